"""The printed card, drawn into pictures in known perspective."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from facemap.frame import measure_frame
from facemap.frame.mesh import pupils_mm
from facemap.landmarks import choose_face, find_faces
from facemap.synthetic.camera import head_rotation
from facemap.synthetic.card import card_homography, draw_card, phantom_card
from facemap.types import MarkerUse, Photo, ScaleSource
from tests.frame.test_frame import canonical_landmarks

FLAT = (0.0, 0.0, 0.0)
UPRIGHT = (0.0, 0.0, 90.0)
SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


@pytest.fixture(scope="module")
def landmarks(phantom_photo):
    return choose_face(find_faces(phantom_photo))


@pytest.fixture(scope="module")
def card_at(small_phantom):
    """Homography of a card so many mm right of and below the eyes, level with them."""

    def place(x_mm, y_mm, turn_deg, **options):
        return phantom_card(small_phantom, (x_mm, y_mm, 0), turn_deg, **options)

    return place


def corners_of(card_to_px):
    points = np.column_stack([SQUARE, np.ones(4)]) @ card_to_px.T
    return points[:, :2] / points[:, 2:]


@pytest.mark.parametrize("blur_px", [0.5, 1.4])
@pytest.mark.parametrize(
    "turn_deg",
    [FLAT, (0, 25, 0), (-30, 0, 10), (20, 20, -45), (0, -15, 85)],
    ids=str,
)
def test_a_card_level_with_the_eyes_gives_their_scale(
    small_phantom, phantom_photo, landmarks, card_at, turn_deg, blur_px
) -> None:
    card = card_at(-95, 5, turn_deg)
    rgb = draw_card(phantom_photo.rgb, card, blur_px=blur_px)
    frame = measure_frame(replace(phantom_photo, rgb=rgb), landmarks)
    truth = small_phantom.truth.mm_per_px
    assert frame.scale.source is ScaleSource.MARKER
    assert frame.scale.mm_per_px == pytest.approx(truth, rel=0.01)
    assert 0.005 < frame.scale.relative_sd < 0.03
    assert frame.marker.use is MarkerUse.SCALE
    assert frame.marker.corners_px == pytest.approx(corners_of(card), abs=0.5)
    assert not frame.marker.mirrored


def test_the_tilt_is_read(phantom_photo, landmarks, card_at) -> None:
    rgb = draw_card(phantom_photo.rgb, card_at(-90, 5, (0, -35, 0)))
    marker = measure_frame(replace(phantom_photo, rgb=rgb), landmarks).marker
    assert marker.tilt_deg == pytest.approx(35, abs=6)


def test_without_a_card_nothing_changes(phantom_photo, landmarks) -> None:
    frame = measure_frame(phantom_photo, landmarks)
    assert frame.marker is None
    assert frame.scale.source is ScaleSource.IRIS_IPD


def test_another_marker_of_the_dictionary_is_not_ours(
    phantom_photo, landmarks, card_at
) -> None:
    rgb = draw_card(phantom_photo.rgb, card_at(-95, 5, FLAT), marker_id=7)
    assert measure_frame(replace(phantom_photo, rgb=rgb), landmarks).marker is None


@pytest.mark.parametrize("side_mm", [15.0, 25.0])
def test_a_card_of_another_size_is_refused(
    phantom_photo, landmarks, card_at, side_mm
) -> None:
    plain = measure_frame(phantom_photo, landmarks)
    rgb = draw_card(phantom_photo.rgb, card_at(-95, 5, UPRIGHT, side_mm=side_mm))
    frame = measure_frame(replace(phantom_photo, rgb=rgb), landmarks)
    assert frame.marker.use is MarkerUse.DISAGREES
    assert frame.scale == plain.scale


def test_a_dark_photo_gives_the_same_scale(phantom_photo, landmarks, card_at) -> None:
    card = card_at(-95, 5, (10, -20, 30))
    seen = [
        measure_frame(
            replace(phantom_photo, rgb=draw_card(phantom_photo.rgb, card, light=tint)),
            landmarks,
        ).scale.mm_per_px
        for tint in [(1.0, 1.0, 1.0), (0.15, 0.14, 0.12)]
    ]
    assert seen[1] == pytest.approx(seen[0], rel=0.003)


def test_a_mirrored_photo_gives_the_mirrored_marker(
    phantom_photo, landmarks, card_at
) -> None:
    rgb = draw_card(phantom_photo.rgb, card_at(-95, 5, (5, 20, 15)), blur_px=0.7)
    frame = measure_frame(replace(phantom_photo, rgb=rgb), landmarks)
    flipped = replace(phantom_photo, rgb=np.ascontiguousarray(rgb[:, ::-1]))
    other = measure_frame(flipped, choose_face(find_faces(flipped)))
    back = other.marker.corners_px * [-1, 1] + [phantom_photo.size_wh[0] - 1, 0]
    assert other.marker.mirrored
    assert back == pytest.approx(frame.marker.corners_px, abs=0.05)
    assert other.scale.mm_per_px == pytest.approx(frame.scale.mm_per_px, rel=1e-3)


def test_a_card_with_a_finger_over_the_square_is_not_read(
    phantom_photo, landmarks, card_at
) -> None:
    card = card_at(-95, 5, UPRIGHT)
    rgb = draw_card(phantom_photo.rgb, card)
    corners = corners_of(card)
    x, y = np.round(corners.mean(axis=0)).astype(int)
    skin = phantom_photo.rgb[tuple(np.round(landmarks.xy_px[50]).astype(int)[::-1])]
    rgb[y - 60 : y - 25, x - 10 : x + 12] = skin
    frame = measure_frame(replace(phantom_photo, rgb=rgb), landmarks)
    assert frame.marker is None
    assert frame.scale.source is ScaleSource.IRIS_IPD


def canonical_with_card(x_mm: float, y_mm: float, z_mm: float, photo: Photo):
    """A card in the camera's frame; the canonical origin is 900 mm away."""
    card = card_homography((x_mm, y_mm, z_mm), FLAT, 3600, np.array([399.5, 499.5]))
    return replace(photo, rgb=draw_card(photo.rgb, card))


def test_a_card_on_the_forehead_is_carried_to_the_plane_of_the_eyes() -> None:
    photo, found = canonical_landmarks()
    focal_35mm = 3600 / np.hypot(*photo.size_wh) * np.hypot(36, 24)
    photo = replace(photo, focal_35mm=focal_35mm)
    # 52 mm before the origin, as the middle of the forehead is; the pupils, 40 mm.
    on_forehead = canonical_with_card(0, -65, 900 - 52, photo)
    scale = measure_frame(on_forehead, found).scale
    assert scale.source is ScaleSource.MARKER
    pupils_mm_per_px = (900 - 40) / 3600
    assert scale.mm_per_px == pytest.approx(pupils_mm_per_px, rel=0.006)
    assert scale.mm_per_px > 1.004 * (900 - 52) / 3600


def test_a_card_before_the_side_of_a_turned_head_is_level_with_the_eyes() -> None:
    """The mesh goes on behind it, to the ear and the hair."""
    photo, found = canonical_landmarks(yaw=25)
    focal_35mm = 3600 / np.hypot(*photo.size_wh) * np.hypot(36, 24)
    eyes = pupils_mm().mean(axis=0) @ head_rotation(25, 0, 0).T + [0, 0, 900]
    x, y, z = eyes.tolist()
    photo = canonical_with_card(x - 95, y, z, photo)
    marker = measure_frame(replace(photo, focal_35mm=focal_35mm), found).marker
    assert marker.mm_per_px == pytest.approx(z / 3600, rel=0.012)


def test_the_nearer_the_camera_the_less_sure_the_scale() -> None:
    photo, found = canonical_landmarks()
    photo = canonical_with_card(0, -65, 900 - 52, photo)
    # The same picture through half the focal length: from half as far away.
    long, wide = (
        replace(photo, focal_35mm=focal / np.hypot(800, 1000) * np.hypot(36, 24))
        for focal in (3600, 1800)
    )
    far = measure_frame(long, found).marker.relative_sd
    assert measure_frame(wide, found).marker.relative_sd > 1.4 * far
