"""The whole face frame, on the phantom and on real photographs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from facemap.chart import load_chart
from facemap.frame import limbus, measure_frame, scale
from facemap.frame.expression import measure_expression
from facemap.frame.mesh import extend_mesh, lift_mesh, pupils_mm
from facemap.frame.pose import fit_pose
from facemap.frame.scale import _obliquity_rad
from facemap.landmarks import choose_face, find_faces
from facemap.resources import load_knowledge
from facemap.synthetic import PhantomParams, draw_phantom
from facemap.synthetic.camera import head_rotation
from facemap.types import (
    ExpressionLabel,
    Landmarks,
    ModelUse,
    Photo,
    Scale,
    ScaleSource,
    View,
)

SIZE_WH = 800, 1000
PAIRED = (
    "browDown",
    "browOuterUp",
    "eyeBlink",
    "eyeSquint",
    "mouthFrown",
    "mouthPress",
    "mouthSmile",
)
# Center and ring of an iris, in radii.
IRIS = np.array([[0, 0], [1, 0], [0, -1], [-1, 0], [0, 1]])


@pytest.fixture(scope="module")
def landmarks(phantom_photo):
    return choose_face(find_faces(phantom_photo))


@pytest.fixture(scope="module")
def frame(phantom_photo, landmarks):
    return measure_frame(phantom_photo, landmarks)


def canonical_landmarks(
    shapes: Mapping[str, float] | None = None, yaw: float = 0.0
) -> tuple[Photo, Landmarks]:
    """The canonical head, 900 mm away, at 4 px/mm; its lips closed."""
    mesh = load_chart().vertices_mm[:468].copy()
    mesh[[13, 14], 1] = mesh[[13, 14], 1].mean()
    camera = mesh @ head_rotation(yaw, 0, 0).T + [0, 0, 900.0]
    xy = 3600 * camera[:, :2] / camera[:, 2:] + [399.5, 499.5]
    blendshapes = {f"{n}{side}": 0.0 for n in PAIRED for side in ("Left", "Right")}
    blendshapes |= {"browInnerUp": 0.0, "mouthPucker": 0.0, "mouthShrugLower": 0.0}
    blendshapes |= dict(shapes or {})
    eyes = pupils_mm() @ head_rotation(yaw, 0, 0).T + np.array([0, 0, 900.0])
    pupils = 3600 * eyes[:, :2] / eyes[:, 2:] + [399.5, 499.5]
    irises = np.concatenate([pupil + 5.9 * 4 * IRIS for pupil in pupils])
    found = Landmarks(
        xy_px=np.concatenate([xy, irises]),
        z_px=np.zeros(478),
        spread_px=np.zeros(478),
        blendshapes=blendshapes,
        n_faces=1,
        model=ModelUse("none", ""),
    )
    rgb = np.full((SIZE_WH[1], SIZE_WH[0], 3), 128, np.uint8)
    return Photo(rgb=rgb, sha256="0" * 64, file="made.png"), found


def label_of(**shapes: float) -> ExpressionLabel:
    photo, found = canonical_landmarks(shapes)
    return measure_expression(found, fit_pose(photo, found)).label


def test_the_phantom_s_scale_is_within_four_percent(frame, small_phantom) -> None:
    truth = small_phantom.truth.mm_per_px
    assert frame.scale.mm_per_px == pytest.approx(truth, rel=0.04)
    assert frame.scale.source is ScaleSource.IRIS_IPD
    assert 0.02 < frame.scale.relative_sd < 0.05


def test_the_phantom_looks_straight_ahead_at_rest(frame) -> None:
    assert frame.view is View.FRONTAL
    assert frame.expression.label is ExpressionLabel.REST
    assert all(0 <= a <= 1 for a in frame.expression.activations.values())


def test_the_same_photo_gives_the_same_frame(frame, phantom_photo, landmarks) -> None:
    again = measure_frame(phantom_photo, landmarks)
    assert np.array_equal(again.vertices_px, frame.vertices_px)
    assert np.array_equal(again.vertices_mm, frame.vertices_mm)
    assert again.scale == frame.scale


def test_a_mirrored_photo_gives_the_mirrored_frame(frame, phantom_photo) -> None:
    rgb = np.ascontiguousarray(phantom_photo.rgb[:, ::-1])
    photo = Photo(rgb=rgb, sha256="0" * 64, file="mirrored.png")
    other = measure_frame(photo, choose_face(find_faces(photo)))
    index = load_chart().mirror_index
    width = photo.size_wh[0]
    assert other.scale.mm_per_px == pytest.approx(frame.scale.mm_per_px, rel=1e-6)
    assert other.pose.yaw_deg == pytest.approx(-frame.pose.yaw_deg, abs=1e-5)
    back = other.vertices_px[index] * [-1, 1] + [width - 1, 0]
    assert back == pytest.approx(frame.vertices_px, abs=1e-4)
    assert other.vertices_mm[index] * [-1, 1, 1] == pytest.approx(
        frame.vertices_mm, abs=1e-4
    )


def test_vertices_lie_between_the_pupils_in_true_millimeters(
    frame, small_phantom
) -> None:
    eyes = frame.vertices_mm[[33, 133, 362, 263]]
    assert np.abs(eyes.mean(axis=0)[:2]).max() < 4  # the pupils' middle is the origin
    nose, chin = frame.vertices_mm[1], frame.vertices_mm[152]
    assert nose[2] < -20  # the tip is nearer to the camera
    truth = small_phantom.truth
    chin_px = np.linalg.norm(truth.landmarks_px[152] - truth.landmarks_px[10])
    height_mm = np.linalg.norm(chin[:2] - frame.vertices_mm[10][:2])
    assert height_mm == pytest.approx(chin_px * truth.mm_per_px, rel=0.08)


def test_the_mesh_beyond_the_landmarks_is_that_of_the_posed_head() -> None:
    photo, found = canonical_landmarks()
    fit = fit_pose(photo, found)
    chart = load_chart()
    want = fit.project(chart.vertices_mm)[chart.n_mesh :]
    # The landmarker's own bias is taken off: the pitch is not read as zero.
    assert extend_mesh(found, fit)[chart.n_mesh :] == pytest.approx(want, abs=2.5)


def test_the_mesh_beyond_the_landmarks_follows_their_border() -> None:
    photo, found = canonical_landmarks()
    fit = fit_pose(photo, found)
    chart = load_chart()
    before = extend_mesh(found, fit)
    moved = found.xy_px.copy()
    moved[:468][chart.vertices_mm[:468, 1] > 60] -= [0.0, 20.0]  # a higher forehead
    other = Landmarks(
        moved, found.z_px, found.spread_px, found.blendshapes, 1, found.model
    )
    shift = extend_mesh(other, fit) - before
    hairline = (chart.vertices_mm[:, 1] > 100) & (np.abs(chart.vertices_mm[:, 0]) < 25)
    neck = chart.vertices_mm[:, 1] < -110
    assert shift[hairline, 1] == pytest.approx(-20, abs=4)
    assert np.abs(shift[neck]).max() < 0.1


def test_lifting_the_canonical_head_gives_it_back() -> None:
    photo, found = canonical_landmarks()
    fit = fit_pose(photo, found)
    chart = load_chart()
    mm = lift_mesh(
        fit.project(chart.vertices_mm), fit, Scale(0.25, 0.03, ScaleSource.ASSUMED)
    )
    # Its axes are the camera's.
    want = fit.to_camera(chart.vertices_mm) - fit.to_camera(pupils_mm()).mean(axis=0)
    size = 0.25 * fit.pose.focal_px / float(fit.to_camera(pupils_mm())[:, 2].mean())
    assert mm / size == pytest.approx(want, abs=1e-6)


@pytest.mark.parametrize(
    ("shapes", "label"),
    [
        ({}, ExpressionLabel.REST),
        ({"browInnerUp": 0.9, "browOuterUpLeft": 0.8, "browOuterUpRight": 0.8},
         ExpressionLabel.BROW_RAISE),
        ({"browDownLeft": 0.9, "browDownRight": 0.8}, ExpressionLabel.FROWN),
        ({"eyeSquintLeft": 0.9, "eyeSquintRight": 0.8}, ExpressionLabel.SQUINT),
        ({"mouthSmileLeft": 0.7, "mouthSmileRight": 0.6}, ExpressionLabel.SMILE),
        ({"eyeBlinkLeft": 0.9}, ExpressionLabel.OTHER),
        # The blendshape alone does not make a pucker: this mouth is wide.
        ({"mouthPucker": 0.9}, ExpressionLabel.REST),
        # A smile narrows the lids; it stays a smile.
        ({"mouthSmileLeft": 0.7, "mouthSmileRight": 0.6, "eyeSquintLeft": 0.9,
          "eyeSquintRight": 0.9}, ExpressionLabel.SMILE),
    ],
)  # fmt: skip
def test_the_expression_is_named(
    shapes: dict[str, float], label: ExpressionLabel
) -> None:
    assert label_of(**shapes) is label


def test_a_narrow_mouth_that_puckers_is_a_pucker() -> None:
    photo, found = canonical_landmarks({"mouthPucker": 0.9})
    xy = found.xy_px.copy()
    middle = xy[[61, 291]].mean(axis=0)
    xy[[61, 291]] = middle + (xy[[61, 291]] - middle) * 0.75
    narrow = Landmarks(
        xy, found.z_px, found.spread_px, found.blendshapes, 1, found.model
    )
    label = measure_expression(narrow, fit_pose(photo, narrow)).label
    assert label is ExpressionLabel.PUCKER


def test_the_camera_s_distance_needs_a_focal_length() -> None:
    photo, found = canonical_landmarks()
    assert measure_frame(photo, found).camera_distance_mm is None
    focal_35mm = 3600 / np.hypot(*SIZE_WH) * np.hypot(36, 24)
    known = measure_frame(replace(photo, focal_35mm=focal_35mm), found)
    # 900 mm to the canonical origin; the pupils lie 40 mm in front of it.
    assert known.camera_distance_mm == pytest.approx(862, rel=0.05)


def test_a_limbus_that_the_ring_contradicts_hardly_counts(monkeypatch) -> None:
    photo, found = canonical_landmarks()
    ring_px = limbus.ring_diameter_px(found, 0)
    scales = {}
    for ratio in (1.0, 1.04, 0.75):
        seen = limbus.Limbus((0.0, 0.0), ratio * ring_px / 2)
        centers = iter(found.xy_px[list(limbus.IRIS_CENTERS)])
        monkeypatch.setattr(
            scale,
            "measure_limbus",
            lambda *_, s=seen, c=centers: replace(s, center_px=tuple(next(c))),
        )
        scales[ratio] = measure_frame(photo, found).scale
    px_per_mm = {ratio: s.px_per_mm for ratio, s in scales.items()}
    assert px_per_mm[1.04] / px_per_mm[1.0] == pytest.approx(1.04**0.6, abs=0.015)
    assert px_per_mm[0.75] / px_per_mm[1.0] == pytest.approx(1.0, abs=0.03)
    assert scales[0.75].relative_sd > scales[1.0].relative_sd


@pytest.mark.parametrize("yaw", [25.0, 50.0])
def test_a_turned_head_has_an_assumed_scale_near_the_truth(yaw: float) -> None:
    photo, found = canonical_landmarks(yaw=yaw)
    scale = measure_frame(photo, found).scale
    assert scale.source is ScaleSource.ASSUMED
    assert scale.relative_sd >= 0.045
    assert scale.mm_per_px == pytest.approx(0.25, rel=0.2)  # no iris to be seen


@pytest.mark.parametrize("yaw", [-25.0, 0.0, 25.0])
def test_eyes_on_the_camera_are_not_foreshortened_but_eyes_turned_with_the_head_are(
    yaw: float,
) -> None:
    photo, found = canonical_landmarks(yaw=yaw)
    fit = fit_pose(photo, found)
    arm_mm = load_knowledge("frame")["scale"]["eye_arm_mm"]
    ahead_mm = load_knowledge("frame")["scale"]["iris_ahead_mm"]
    for gaze, oblique in ((0.0, yaw), (-yaw, 0.0)):
        aside = arm_mm * np.sin(np.radians(gaze))
        irises = pupils_mm() + np.array([aside, 0.0, ahead_mm])
        read = _obliquity_rad(found, fit.project(irises), fit)
        # Each eye stands aside of the camera's axis by half the distance between them.
        assert -np.degrees(read.mean()) == pytest.approx(oblique, abs=3.5)
        assert np.degrees(read[0] - read[1]) == pytest.approx(4.0, abs=1.0)


@pytest.mark.slow
def test_a_turned_phantom_near_the_camera_has_nearly_its_true_scale() -> None:
    params = PhantomParams(
        seed=4, size_wh=(440, 560), yaw_deg=-22.0, camera_distance_mm=500.0, smooth=True
    )
    phantom = draw_phantom(params)
    photo = Photo(rgb=phantom.rgb, sha256="0" * 64, file="phantom.png")
    turned = measure_frame(photo, choose_face(find_faces(photo)))
    assert turned.pose.yaw_deg == pytest.approx(-22, abs=3)
    assert turned.scale.mm_per_px == pytest.approx(phantom.truth.mm_per_px, rel=0.05)


@pytest.mark.faces
@pytest.mark.slow
def test_pupils_of_real_faces_are_as_far_apart_as_people_s(faces) -> None:
    from facemap.photo import load_photo

    paths = (
        sorted(faces.glob("london/*.jpg"))[::9] + sorted(faces.glob("canada/*"))[::7]
    )
    distances = []
    for path in paths:
        photo = load_photo(path)
        frame = measure_frame(photo, choose_face(find_faces(photo)))
        irises = frame.landmarks.xy_px[[468, 473]]
        distances.append(np.linalg.norm(np.subtract(*irises)) * frame.scale.mm_per_px)
    assert 60.5 < np.mean(distances) < 65.5
    assert np.std(distances) > 1  # the prior must not flatten people
