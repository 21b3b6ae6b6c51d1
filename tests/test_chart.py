from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.chart import load_chart, load_zones, uv_to_px
from facemap.types import ZONE_IDS

CHART = load_chart()


def cross(a, b):
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def area(polygon):
    return 0.5 * cross(polygon, np.roll(polygon, -1, axis=0)).sum()


def test_the_landmarks_come_first_and_the_head_goes_on_beyond_them():
    assert CHART.n_mesh == 468
    assert len(CHART.vertices_mm) == len(CHART.uv) == len(CHART.mirror_index) > 468
    glabella_mm = CHART.vertices_mm[9]
    beyond = CHART.vertices_mm[468:]
    # A high hairline lies about 70 mm above the glabella, along the skin.
    assert beyond[:, 1].max() - glabella_mm[1] > 60
    menton_mm = CHART.vertices_mm[152]
    assert menton_mm[1] - beyond[:, 1].min() == pytest.approx(80, abs=1)


def test_the_chart_is_its_own_mirror_image_to_the_last_bit():
    mirrored_mm = CHART.vertices_mm[CHART.mirror_index] * [-1, 1, 1]
    assert np.array_equal(mirrored_mm, CHART.vertices_mm)
    mirrored_uv = CHART.uv[CHART.mirror_index]
    assert np.array_equal(1 - mirrored_uv[:, 0], CHART.uv[:, 0])
    assert np.array_equal(mirrored_uv[:, 1], CHART.uv[:, 1])
    as_sets = {frozenset(t) for t in CHART.triangles.tolist()}
    mirrored = {frozenset(t) for t in CHART.mirror_index[CHART.triangles].tolist()}
    # The published mesh itself has a few diagonals of one side only.
    assert len(as_sets ^ mirrored) <= 0.02 * len(as_sets)


def test_no_triangle_of_the_chart_is_flipped_or_flat():
    corner = CHART.uv[CHART.triangles]
    doubled = cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    assert (doubled < -1e-5).all()


def test_the_continued_head_faces_outward():
    beyond = CHART.triangles[CHART.triangles.max(axis=1) >= CHART.n_mesh]
    corner = CHART.vertices_mm[beyond]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    outward = corner.mean(axis=1) - [0, 0, -60]
    assert (np.einsum("ij,ij->i", normal, outward * [1, 0, 1]) > 0).mean() > 0.98


def test_every_edge_has_at_most_two_triangles():
    sides = np.sort(CHART.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    _, count = np.unique(sides, axis=0, return_counts=True)
    assert count.max() == 2


@given(u=st.floats(0.15, 0.85), v=st.floats(0.0, 1.4))
def test_a_chart_point_comes_back_from_an_affine_photo(u, v):
    matrix, shift = np.array([[900.0, 60.0], [-40.0, 1100.0]]), np.array([35.0, 7.0])
    photo = uv_to_px(np.array([[u, v]]), CHART.uv @ matrix.T + shift)
    back = (photo - shift) @ np.linalg.inv(matrix).T
    assert back == pytest.approx(np.array([[u, v]]), abs=1e-9)


@given(u=st.floats(-0.5, 1.5), v=st.floats(-0.5, 2.0))
def test_points_beyond_the_chart_go_on_straight(u, v):
    weights = CHART.locate(np.array([[u, v]]))[1]
    assert weights.sum() == pytest.approx(1, abs=1e-9)
    assert uv_to_px(np.array([[u, v]]), CHART.uv) == pytest.approx(
        np.array([[u, v]]), abs=1e-9
    )


def test_a_landmark_lands_on_itself():
    rng = np.random.default_rng(3)
    photo = rng.uniform(0, 1000, (len(CHART.uv), 2))
    assert uv_to_px(CHART.uv, photo) == pytest.approx(photo, abs=1e-6)


def test_the_chart_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        CHART.uv[0, 0] = 1.0


def test_the_zones_are_those_of_the_contract_in_its_order():
    zones = load_zones()
    assert tuple(z.id for z in zones) == ZONE_IDS
    assert len({z.name for z in zones}) == len(ZONE_IDS)
    assert all(z.sources for z in zones)


def test_every_zone_has_an_area_a_clinician_would_expect():
    for zone in load_zones():
        area_mm2 = abs(area(zone.outline_uv)) * CHART.mm_per_uv**2
        assert 150 < area_mm2 < 20_000, zone.id


def test_left_zones_mirror_right_ones_and_middle_zones_mirror_themselves():
    zones = {z.id: z for z in load_zones()}
    for zone_id, zone in zones.items():
        twin = zones[zone_id.replace("_r", "_l")] if zone_id.endswith("_r") else zone
        if zone_id.endswith("_l"):
            continue
        mirrored = {(1 - u, v) for u, v in zone.outline_uv.tolist()}
        assert mirrored == {(u, v) for u, v in twin.outline_uv.tolist()}, zone_id
        assert area(zone.outline_uv) * area(twin.outline_uv) > 0, zone_id


def test_no_point_of_the_chart_is_in_two_zones():
    u, v = np.meshgrid(np.linspace(0, 1, 240), np.linspace(-0.12, 1.52, 330))
    inside = np.zeros(u.shape, int)
    for zone in load_zones():
        a, b = zone.outline_uv, np.roll(zone.outline_uv, -1, axis=0)
        crossings = np.zeros(u.shape, bool)
        for (u0, v0), (u1, v1) in zip(a, b, strict=True):
            if v0 != v1:
                straddles = (v < v0) != (v < v1)
                crossings ^= straddles & (u < u0 + (v - v0) * (u1 - u0) / (v1 - v0))
        inside += crossings
    assert inside.max() == 1
