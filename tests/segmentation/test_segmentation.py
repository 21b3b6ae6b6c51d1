from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from facemap.faceview import cut_view
from facemap.frame import measure_frame
from facemap.landmarks import choose_face, find_faces
from facemap.photo import load_photo
from facemap.segmentation import segment
from facemap.types import ZONE_IDS
from facemap.zones import map_surface, map_zones
from tests.painted_face import Painting, mirror_frame, paint, pose_frame, view_of

FRAME = pose_frame()
# Linear light: Fitzpatrick I to VI, roughly.
TONES = {
    "very light": (0.62, 0.44, 0.36),
    "light": (0.42, 0.26, 0.19),
    "brown": (0.20, 0.11, 0.065),
    "very dark": (0.065, 0.033, 0.020),
}


def masks(painting, frame=FRAME):
    view = paint(frame, painting)
    surface = map_surface(view, frame)
    segmentation = segment(view, frame, surface)
    return segmentation, map_zones(view, frame, surface, segmentation)


def overlap(a, b):
    return (a & b).sum() / (a | b).sum()


@pytest.fixture(scope="module")
def plain():
    return masks(Painting())


def test_masks_have_the_shape_of_the_view_and_do_not_overlap(plain):
    segmentation, _ = plain
    assert segmentation.skin.shape == (990, 660)
    assert not (segmentation.skin & segmentation.hair).any()
    assert not (segmentation.skin & segmentation.glasses).any()


def test_a_bare_face_is_found_from_hairline_to_collar(plain):
    segmentation, face_map = plain
    assert segmentation.hairline_found
    assert segmentation.neck_found
    for zone in ("forehead", "glabella", "cheek_r", "nasolabial_l", "chin", "neck"):
        assert face_map.region(zone).assessable, zone
    assert face_map.region("cheek_l").visible > 0.8


def test_the_forehead_ends_at_the_hair(plain):
    segmentation, face_map = plain
    assert segmentation.hair[:200].any()
    forehead = np.flatnonzero((face_map.labels == 1).any(axis=1))
    surface = map_surface(paint(FRAME, Painting()), FRAME)
    row = int((forehead[0] + 0.5) / surface.grid_vx)
    highest_v = surface.v[row, surface.v.shape[1] // 2]
    # Up to 6 mm below the painted hairline, never above it.
    assert 0 <= highest_v - Painting().hair_to_v < 0.03


def test_a_fringe_hides_the_forehead_and_nothing_else():
    segmentation, face_map = masks(Painting(fringe=True))
    assert segmentation.hairline_found
    assert face_map.region("forehead").reason == "hidden by hair"
    for zone in ("cheek_r", "cheek_l", "nasolabial_r", "chin", "infraorbital_l"):
        assert face_map.region(zone).assessable, zone


def test_a_gray_fringe_on_pale_skin_is_hair():
    pale = Painting(skin=TONES["very light"], hair=(0.42, 0.37, 0.35), fringe=True)
    _, face_map = masks(pale)
    assert face_map.region("forehead").reason == "hidden by hair"
    assert face_map.region("cheek_r").assessable


def test_a_bald_head_is_cut_at_the_height_of_a_mean_hairline():
    segmentation, face_map = masks(Painting(hair_to_v=-1.0))
    assert not segmentation.hairline_found
    forehead = face_map.region("forehead")
    assert forehead.assessable
    assert 0.6 < forehead.visible < 0.95


def test_a_beard_hides_the_chin_but_not_the_cheekbones():
    _, face_map = masks(Painting(beard=True))
    assert face_map.region("chin").reason == "hidden by a beard"
    assert face_map.region("forehead").assessable
    assert face_map.region("infraorbital_r").assessable


def test_glasses_are_found_and_their_lenses_stay_skin(plain):
    assert not plain[0].glasses.any()
    segmentation, face_map = masks(Painting(glasses=True))
    bridge = np.round(FRAME.vertices_px[[168, 6]]).astype(int)
    x, (y0, y1) = bridge[0, 0], bridge[:, 1]
    assert segmentation.glasses[y0:y1, x].any()
    # Two rims of 50 x 36 mm and a bar, 1.2 mm thick and 0.8 mm margins: 750 mm2.
    area_mm2 = segmentation.glasses.sum() / 9
    assert 250 < area_mm2 < 1300
    assert face_map.region("nasal_root").reason == "covered by glasses"
    assert face_map.region("infraorbital_r").assessable
    assert face_map.region("cheek_l").assessable


def test_a_high_collar_takes_the_neck_away():
    segmentation, face_map = masks(Painting(collar_v=0.93))
    assert not segmentation.neck_found
    assert not face_map.region("neck").assessable


def test_the_neck_ends_at_the_collar(plain):
    low = masks(Painting(collar_v=1.45))[1].region("neck").visible
    high = masks(Painting(collar_v=1.15))[1].region("neck").visible
    assert high < plain[1].region("neck").visible < low


@pytest.mark.parametrize("tone", TONES)
def test_skin_tone_drops_out(plain, tone):
    skin = np.array(TONES[tone])
    hair = tuple(0.09 * skin)
    segmentation, face_map = masks(Painting(skin=tuple(skin), hair=hair))
    assert overlap(segmentation.skin, plain[0].skin) > 0.95
    for zone in ZONE_IDS:
        own, reference = face_map.region(zone), plain[1].region(zone)
        assert own.assessable == reference.assessable, zone
        assert own.visible == pytest.approx(reference.visible, abs=0.08), zone


@pytest.mark.parametrize("exposure", [0.5, 0.7, 1.4])
def test_exposure_drops_out(plain, exposure):
    segmentation, _ = masks(Painting(exposure=exposure))
    assert overlap(segmentation.skin, plain[0].skin) > 0.97


def test_skin_whose_red_is_clipped_is_still_skin(plain):
    # Red ends at 1, green and blue do not: the color of the skin is lost.
    bright, _ = masks(Painting(exposure=2.6))
    assert overlap(bright.skin, plain[0].skin) > 0.9


def test_a_small_shadow_covers_nothing(plain):
    view = paint(FRAME, Painting())
    rgb = view.rgb.copy()
    middle = np.rint(FRAME.vertices_px[205]).astype(int)
    cv2.circle(rgb, tuple(middle.tolist()), 14, (20, 40, 20), -1)  # 9 mm wide
    view = view_of(rgb, 3.0)
    surface = map_surface(view, FRAME)
    spotted = segment(view, FRAME, surface)
    lost = plain[0].skin & ~spotted.skin
    assert lost.sum() < 0.01 * plain[0].skin.sum()


def test_a_mirrored_photo_gives_mirrored_masks():
    frame = pose_frame(yaw_deg=10.0)
    view = paint(frame, Painting(fringe=True))
    there = segment(view, frame, map_surface(view, frame))
    flipped = view_of(np.ascontiguousarray(view.rgb[:, ::-1]), view.px_per_mm)
    twin = mirror_frame(frame, view.size_wh[0])
    back = segment(flipped, twin, map_surface(flipped, twin))
    for name in ("skin", "hair", "glasses"):
        one, other = getattr(there, name), getattr(back, name)[:, ::-1]
        assert (one ^ other).mean() < 1e-3, name


def test_a_black_and_white_photo_has_skin_too():
    gray = (0.3, 0.3, 0.3)
    _, face_map = masks(Painting(skin=gray, hair=(0.02, 0.02, 0.02)))
    for zone in ("forehead", "cheek_r", "chin"):
        assert face_map.region(zone).assessable, zone


def test_a_shadow_across_the_cheek_is_skin(plain):
    view = paint(FRAME, Painting())
    x = int(FRAME.vertices_px[50, 0])
    dim = np.round(view.rgb[:, :x] * 0.66).astype(np.uint8)
    shaded = view_of(np.hstack([dim, view.rgb[:, x:]]), view.px_per_mm)
    surface = map_surface(shaded, FRAME)
    face_map = map_zones(shaded, FRAME, surface, segment(shaded, FRAME, surface))
    for zone in ("cheek_r", "nasolabial_r", "jawline_r"):
        visible = face_map.region(zone).visible
        assert visible > plain[1].region(zone).visible - 0.15, zone


def test_the_same_input_gives_the_same_masks(plain):
    assert masks(Painting())[0] == plain[0]


def test_a_black_picture_has_no_skin():
    view = view_of(np.zeros((990, 660, 3), np.uint8), 3.0)
    segmentation = segment(view, FRAME, map_surface(view, FRAME))
    face_map = map_zones(view, FRAME, map_surface(view, FRAME), segmentation)
    assert not any(r.assessable for r in face_map.regions)


def test_a_face_outside_the_view_has_no_skin():
    far = view_of(np.full((300, 200, 3), 128, np.uint8), 3.0)
    frame = pose_frame()
    moved = replace(frame, vertices_px=frame.vertices_px + np.array([5000.0, 0.0]))
    segmentation = segment(far, moved, map_surface(far, moved))
    assert not segmentation.skin.any()
    assert not segmentation.neck_found


@pytest.mark.faces
@pytest.mark.parametrize(
    ("file", "hidden", "glasses"),
    [
        ("london/045_neutral.jpg", set(), False),
        ("london/037_neutral.jpg", {"chin", "upper_lip"}, False),
        ("portraits/p023.jpg", {"chin", "upper_lip"}, False),
        ("portraits/p036.jpg", {"forehead"}, True),
        ("portraits/p025.jpg", {"forehead"}, False),
        ("portraits/p048.jpg", set(), True),
        ("london/062_neutral.jpg", set(), False),
    ],
)
def test_real_faces_hide_what_they_hide(faces, file, hidden, glasses):
    photo = load_photo(faces / file)
    frame = measure_frame(photo, choose_face(find_faces(photo)))
    view = cut_view(photo, frame)
    surface = map_surface(view, frame)
    segmentation = segment(view, frame, surface)
    face_map = map_zones(view, frame, surface, segmentation)
    checked = {"forehead", "chin", "upper_lip", "cheek_r", "nasolabial_l"}
    refused = {z for z in checked if not face_map.region(z).assessable}
    assert refused == hidden
    assert segmentation.glasses.any() == glasses
