"""Pose by PnP, on landmarks projected from the canonical head itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facemap.chart import load_chart
from facemap.frame.pose import PoseFit, fit_pose, pose_angles_deg, view_of
from facemap.landmarks import mirror_index
from facemap.resources import load_knowledge
from facemap.synthetic.camera import head_rotation
from facemap.types import FloatArray, Landmarks, ModelUse, Photo, View

SIZE_WH = 900, 1100
CENTER = np.array([449.5, 549.5])
#: Of the camera of `project`, by its defaults.
FOCAL_35MM = 4.0 * 900.0 / np.hypot(*SIZE_WH) * np.hypot(36, 24)


def make_landmarks(xy: FloatArray) -> Landmarks:
    irises = np.zeros((478 - len(xy), 2))
    return Landmarks(
        xy_px=np.concatenate([xy, irises]),
        z_px=np.zeros(478),
        spread_px=np.zeros(478),
        blendshapes={},
        n_faces=1,
        model=ModelUse("none", ""),
    )


def make_photo(focal_35mm: float | None = None) -> Photo:
    rgb = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
    return Photo(rgb=rgb, sha256="0" * 64, file="made.png", focal_35mm=focal_35mm)


def project(
    yaw: float,
    pitch: float,
    roll: float,
    *,
    distance_mm: float = 900.0,
    px_per_mm: float = 4.0,
    offset_mm: tuple[float, float] = (0.0, 0.0),
) -> FloatArray:
    """The canonical head as a pinhole camera sees it."""
    mesh = load_chart().vertices_mm[:468]
    camera = mesh @ head_rotation(yaw, pitch, roll).T + [*offset_mm, distance_mm]
    focal = px_per_mm * distance_mm
    return CENTER + focal * camera[:, :2] / camera[:, 2:]


def gains() -> tuple[float, float]:
    knowledge = load_knowledge("frame")["pose"]
    return knowledge["yaw_gain"], knowledge["pitch_gain"]


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-50, 50),
    st.floats(-25, 25),
    st.floats(-40, 40),
    st.tuples(st.floats(-60, 60), st.floats(-60, 60)),
)
def test_any_pose_is_read_back(
    yaw: float, pitch: float, roll: float, offset: tuple[float, float]
) -> None:
    xy = project(yaw, pitch, roll, offset_mm=offset)
    pose = fit_pose(make_photo(FOCAL_35MM), make_landmarks(xy)).pose
    yaw_gain, pitch_gain = gains()
    assert pose.yaw_deg == pytest.approx(yaw * yaw_gain, abs=0.8)
    assert pose.pitch_deg == pytest.approx(pitch * pitch_gain, abs=0.8)
    assert pose.roll_deg == pytest.approx(roll, abs=0.8)


@given(st.floats(-80, 80), st.floats(-80, 80), st.floats(-170, 170))
def test_angles_undo_the_phantom_s_rotation(
    yaw: float, pitch: float, roll: float
) -> None:
    angles = pose_angles_deg(head_rotation(yaw, pitch, roll))
    assert angles == pytest.approx((yaw, pitch, roll), abs=1e-6)


def test_the_pose_s_rotation_says_the_same_as_its_angles() -> None:
    pose = fit_pose(make_photo(), make_landmarks(project(20, -8, 12))).pose
    want = head_rotation(pose.yaw_deg, pose.pitch_deg, pose.roll_deg)
    assert pose.rotation == pytest.approx(want, abs=1e-12)


def test_a_known_focal_length_gives_the_distance() -> None:
    distance_mm, px_per_mm = 600.0, 4.0
    diagonal_px = np.hypot(*SIZE_WH)
    focal_35mm = px_per_mm * distance_mm / diagonal_px * np.hypot(36, 24)
    xy = project(0, 0, 0, distance_mm=distance_mm, px_per_mm=px_per_mm)
    pose = fit_pose(make_photo(focal_35mm), make_landmarks(xy)).pose
    assert pose.focal_px == pytest.approx(px_per_mm * distance_mm)
    assert pose.translation_mm[2] == pytest.approx(distance_mm, rel=1e-3)


@pytest.mark.parametrize("yaw", [0.0, 25.0])
def test_perspective_tells_how_near_a_camera_stood(yaw: float) -> None:
    knowledge = load_knowledge("frame")["pose"]
    doubt = (knowledge["near_reading_sd_per_m"] / knowledge["near_sd_per_m"]) ** 2
    usual = knowledge["near_per_m"]
    for distance_mm in (400.0, 700.0, 2500.0):
        xy = project(yaw, 0, 0, distance_mm=distance_mm)
        pose = fit_pose(make_photo(), make_landmarks(xy)).pose
        want = (1000 / distance_mm + doubt * usual) / (1 + doubt)
        assert 1000 / pose.translation_mm[2] == pytest.approx(want, abs=0.12)
        assert pose.yaw_deg == pytest.approx(yaw * gains()[0], abs=2)


def test_a_flat_face_is_not_put_beyond_the_horizon() -> None:
    mesh = load_chart().vertices_mm[:468]
    # Seen by a camera infinitely far away.
    xy = CENTER + 4.0 * mesh[:, :2] * [1, -1]
    pose = fit_pose(make_photo(), make_landmarks(xy)).pose
    assert 900 < pose.translation_mm[2] <= 20000
    assert pose.yaw_deg == pytest.approx(0, abs=0.5)


def test_landmarks_gone_astray_hardly_turn_the_head() -> None:
    xy = project(10, 5, 0)
    xy[load_chart().vertices_mm[:468, 1] < -60] += [0.0, 60.0]  # the jaw drops 15 mm
    pose = fit_pose(make_photo(), make_landmarks(xy)).pose
    yaw_gain, pitch_gain = gains()
    assert pose.yaw_deg == pytest.approx(10 * yaw_gain, abs=1.0)
    assert pose.pitch_deg == pytest.approx(5 * pitch_gain, abs=2.5)


def test_a_mirrored_face_turns_the_other_way() -> None:
    xy = project(17, -6, 9, offset_mm=(30.0, 10.0))
    other = xy[mirror_index()[:468]] * [-1, 1] + [SIZE_WH[0] - 1, 0]
    pose, back = (fit_pose(make_photo(), make_landmarks(p)).pose for p in (xy, other))
    assert back.yaw_deg == pytest.approx(-pose.yaw_deg, abs=1e-6)
    assert back.pitch_deg == pytest.approx(pose.pitch_deg, abs=1e-6)
    assert back.roll_deg == pytest.approx(-pose.roll_deg, abs=1e-6)


def test_back_projection_undoes_projection() -> None:
    fit = fit_pose(make_photo(), make_landmarks(project(12, 4, -8)))
    mesh = load_chart().vertices_mm[:468]
    xy = np.concatenate([fit.project(mesh), np.zeros((10, 2))])
    assert fit.back_project(xy) == pytest.approx(mesh, abs=1e-6)


@pytest.mark.parametrize(
    ("yaw", "view"),
    [
        (0, View.FRONTAL),
        (-19, View.FRONTAL),
        (45, View.OBLIQUE_R),
        (-45, View.OBLIQUE_L),
        (80, View.PROFILE_R),
        (-80, View.PROFILE_L),
    ],
)
def test_the_view_shows_the_cheek_turned_toward_the_camera(
    yaw: float, view: View
) -> None:
    assert view_of(yaw) is view


@pytest.fixture
def phantom_fit(phantom_photo) -> Callable[[], PoseFit]:
    from facemap.landmarks import find_faces

    return lambda: fit_pose(phantom_photo, find_faces(phantom_photo)[0])


def test_the_phantom_s_pose_is_within_three_degrees(phantom_fit, small_phantom) -> None:
    pose, truth = phantom_fit().pose, small_phantom.truth
    assert pose.yaw_deg == pytest.approx(truth.yaw_deg, abs=3)
    assert pose.pitch_deg == pytest.approx(truth.pitch_deg, abs=3)
    assert pose.roll_deg == pytest.approx(truth.roll_deg, abs=3)


@pytest.mark.slow
@pytest.mark.parametrize("angles", [(28.0, 0.0, 8.0), (-15.0, 8.0, 0.0)])
def test_a_turned_phantom_s_pose_is_within_three_degrees(
    angles: tuple[float, float, float],
) -> None:
    from facemap.landmarks import find_faces
    from facemap.synthetic import PhantomParams, draw_phantom

    yaw, pitch, roll = angles
    phantom = draw_phantom(
        PhantomParams(
            seed=2,
            size_wh=(440, 560),
            yaw_deg=yaw,
            pitch_deg=pitch,
            roll_deg=roll,
            smooth=True,
        )
    )
    photo = Photo(rgb=phantom.rgb, sha256="0" * 64, file="phantom.png")
    pose = fit_pose(photo, find_faces(photo)[0]).pose
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx(angles, abs=3)


@pytest.mark.parametrize("padding_px", [0, 300, 3000])
def test_where_the_face_lies_in_the_picture_does_not_turn_it(
    padding_px: int, phantom_photo
) -> None:
    from facemap.landmarks import choose_face, find_faces

    landmarks = choose_face(find_faces(phantom_photo))
    wide = Photo(
        np.pad(phantom_photo.rgb, ((0, 0), (0, padding_px), (0, 0))), "", "wide.png"
    )
    here = fit_pose(phantom_photo, landmarks).pose
    there = fit_pose(wide, landmarks).pose
    assert there.yaw_deg == pytest.approx(here.yaw_deg, abs=1e-9)
    assert there.translation_mm == pytest.approx(here.translation_mm, abs=1e-9)
