"""What to keep out of: all 22, where anatomy has them, never too small."""

from __future__ import annotations

from math import hypot

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.chart import load_chart
from facemap.errors import KnowledgeError
from facemap.protocol import (
    Mode,
    ShapeKind,
    When,
    check_knowledge,
    keepout_radius_mm,
    load_aftercare,
    load_danger,
    nearest_uv,
    rows,
)
from facemap.protocol.anchors import parse_anchor
from facemap.resources import load_knowledge

BY_ID = {structure.id: structure for structure in load_danger()}
SHAPES = [(s.id, shape) for s in load_danger() for shape in s.shapes]


def place_mm(structure: str, shape: int = 0) -> np.ndarray:
    """Where the points of a shape lie on the canonical head."""
    chart = load_chart()
    uv = np.array([point.uv for point in BY_ID[structure].shapes[shape].points])
    return chart.carry(uv, chart.vertices_mm)


def test_all_22_are_there() -> None:
    assert {structure.number for structure in load_danger()} == set(range(1, 23))


def test_nothing_is_ever_proposed_in_the_orbit() -> None:
    orbit = BY_ID["orbit"]
    assert set(orbit.blocks) == set(Mode)
    assert keepout_radius_mm(orbit.shapes[0]) >= 5


#: What the table of radii by two sigma asks for, in millimeters.
@pytest.mark.parametrize(
    ("structure", "radius_mm"),
    [
        ("supraorbital", 9), ("supratrochlear", 8), ("infraorbital", 10), ("mental", 9),
        ("facial_artery_exposed", 8), ("marginal_mandibular", 10),
        ("frontal_branch", 12), ("temporal_veins", 13), ("temporal_artery", 16),
        ("parotid_duct", 20),
    ],
)  # fmt: skip
def test_no_radius_is_smaller_than_its_derivation(structure, radius_mm) -> None:
    for shape in BY_ID[structure].shapes:
        assert keepout_radius_mm(shape) >= radius_mm


@pytest.mark.parametrize(("structure", "shape"), SHAPES)
def test_every_shape_has_its_sigma_and_reason(structure, shape) -> None:
    assert shape.sigma_why.endswith(".")
    assert not (shape.sigma_why.startswith("Assumed") and shape.sigma_evidence != "D")
    assert shape.sigma_mm >= 1
    landmark_mm = load_knowledge("danger")["derivation"]["landmark_sd_mm"]
    sigma_mm = hypot(shape.sigma_mm, landmark_mm)
    assert keepout_radius_mm(shape) >= max(2 * sigma_mm, shape.radius_mm) - 1e-9
    assert all(point.uv[0] <= 0.5 for point in shape.points), structure


@given(st.sampled_from(SHAPES), st.floats(0, 0.3), st.floats(0, 10))
def test_a_photo_less_sure_never_makes_a_shape_smaller(shape, scale_sd, pose) -> None:
    least = keepout_radius_mm(shape[1])
    more = keepout_radius_mm(shape[1], scale_sd=scale_sd, pose_sd_mm=pose)
    assert more >= least
    assert keepout_radius_mm(shape[1], scale_sd=0.3, pose_sd_mm=10) >= more


#: Distance from the midline as published, and how far a mesh may be off.
@pytest.mark.parametrize(
    ("structure", "from_midline_mm"),
    [
        ("supraorbital", (20.5, 26.5)),
        ("infraorbital", (24.7, 27.7)),
        ("mental", (23, 27)),
        ("supratrochlear", (14.7, 22)),
        ("central_arteries", (4.7, 7.8)),
    ],
)
def test_places_lie_where_papers_put_them(structure, from_midline_mm) -> None:
    low, high = from_midline_mm
    for x_mm in -place_mm(structure)[:, 0]:
        assert low <= x_mm <= high


def test_the_infraorbital_foramen_lies_below_the_rim() -> None:
    rim = place_mm("orbit")
    foramen = place_mm("infraorbital")[0]
    under = rim[np.abs(rim[:, 0] - foramen[0]) < 6]
    below_mm = under[:, 1].min() - foramen[1]
    assert 6 < below_mm < 11


def test_the_lids_lie_in_the_orbit() -> None:
    import cv2

    outline = np.array([p.uv for p in BY_ID["orbit"].shapes[0].points], np.float32)
    for landmark in (33, 133, 145, 159, 23, 223):
        uv = load_chart().uv[landmark]
        at = (float(uv[0]), float(uv[1]))
        assert cv2.pointPolygonTest(outline, at, False) > 0, landmark


def test_foramina_block_muscle_and_leave_the_skin() -> None:
    for structure in ("supraorbital", "supratrochlear", "infraorbital", "mental"):
        assert BY_ID[structure].blocks == (Mode.INTRAMUSCULAR,)


def test_nothing_goes_into_muscle_below_the_hyoid() -> None:
    for structure in ("carotid", "thyroid_and_larynx", "great_auricular"):
        assert Mode.INTRAMUSCULAR in BY_ID[structure].blocks
        assert BY_ID[structure].dermal_cap_mm == 0.5


def test_the_left_is_the_mirror_of_the_right() -> None:
    for _, shape in SHAPES:
        for right, left in zip(shape.points, shape.mirrored().points, strict=True):
            assert left.uv == (1 - right.uv[0], right.uv[1])
        assert shape.mirrored().mirrored() == shape


def damaged(monkeypatch, **change: object) -> None:
    table = dict(load_knowledge("danger"))
    table["structure"] = [table["structure"][0] | change]
    monkeypatch.setattr(rows, "load_knowledge", lambda _: table)
    load_danger.cache_clear()


@pytest.fixture
def again():
    yield
    load_danger.cache_clear()


SHAPE = {
    "kind": "disc",
    "points": [{"landmarks": [9]}],
    "sigma_mm": 3.0,
    "sigma_why": "Assumed.",
    "sigma_evidence": "D",
    "radius_mm": 5.0,
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sources": []}, "has no source"),
        ({"blocks": ["surgery"]}, "cannot be read"),
        ({"shape": [SHAPE | {"kind": "ball"}]}, "cannot be read"),
        ({"shape": [SHAPE | {"kind": "area"}]}, "area of 1 points"),
        ({"shape": [SHAPE | {"sigma_why": ""}]}, "without sigma, its reason"),
        ({"shape": [SHAPE | {"sigma_mm": 0}]}, "without sigma, its reason"),
        ({"shape": [SHAPE | {"sigma_evidence": "Z"}]}, "unknown evidence tag 'Z'"),
        ({"shape": [SHAPE | {"depth": 1}]}, "unknown fields of a shape: depth"),
        ({"shape": [SHAPE | {"points": [{}]}]}, "needs either landmarks or uv"),
    ],
)
def test_a_bad_row_is_refused(monkeypatch, again, change, told) -> None:
    damaged(monkeypatch, **change)
    with pytest.raises(KnowledgeError, match=r"danger\.toml, structure") as error:
        load_danger()
    assert told in str(error.value)


# -- places


def test_a_landmark_is_at_its_own_place() -> None:
    chart = load_chart()
    for landmark in range(0, chart.n_mesh, 7):
        uv = parse_anchor({"landmarks": [landmark]}).uv
        assert uv == pytest.approx(tuple(chart.uv[landmark]), abs=2e-6)


@given(st.integers(0, 1109), st.floats(0.02, 0.5), st.floats(0.02, 0.5))
def test_the_nearest_skin_of_a_point_on_skin_is_itself(triangle, s, t) -> None:
    chart = load_chart()
    corner = chart.triangles[triangle]
    weights = np.array([1 - s - t, s, t])
    at_mm, uv = weights @ chart.vertices_mm[corner], weights @ chart.uv[corner]
    found = np.array(nearest_uv(at_mm))
    again_mm = chart.carry(found[None], chart.vertices_mm)[0]
    assert np.linalg.norm(again_mm - at_mm) < 0.01 or np.allclose(found, uv, atol=1e-5)


def test_places_mirror() -> None:
    chart = load_chart()
    rng = np.random.default_rng(1)
    for landmark in rng.integers(0, chart.n_mesh, 30):
        at_mm = chart.vertices_mm[landmark] + rng.normal(0, 4, 3)
        u, v = nearest_uv(at_mm)
        mu, mv = nearest_uv(at_mm * [-1, 1, 1])
        assert (mu, mv) == pytest.approx((1 - u, v), abs=1e-5)


def test_every_kind_of_shape_is_used() -> None:
    assert {shape.kind for _, shape in SHAPES} == set(ShapeKind)


# -- aftercare, and the whole


def test_advice_covers_the_whole_session() -> None:
    advice = load_aftercare()
    assert {row.when for row in advice} == set(When)
    assert all(row.text.endswith(".") for row in advice)


def test_all_knowledge_agrees_with_itself() -> None:
    check_knowledge()
