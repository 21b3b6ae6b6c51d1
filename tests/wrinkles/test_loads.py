import numpy as np
import pytest

from facemap.wrinkles.loads import (
    _below_hairline,
    load_beyond,
    under_hairline,
    zone_loads,
)


def test_a_load_is_the_mean_evidence_over_the_pixels_that_count():
    labels = np.array([[1, 1, 1], [2, 0, 4]], np.uint8)
    inside = np.array([[True, True, False], [True, True, False]])
    evidence = np.array([[0.1, 0.0, 9.0], [0.02, 9.0, 9.0]], np.float32)
    loads = zone_loads(evidence, labels, inside)
    assert loads == pytest.approx({"forehead": 50.0, "glabella": 20.0})


def test_a_load_is_a_weighted_mean():
    evidence = np.array([[0.01, 0.03, 0.5]], np.float32)
    labels = np.array([[1, 1, 0]], np.uint8)
    weight = np.array([[1.0, 0.5, 0.0]], np.float32)
    loads = zone_loads(evidence, labels, weight)
    assert list(loads) == ["forehead"]
    assert loads["forehead"] == pytest.approx(1000 * 0.025 / 1.5)


def beside(evidence_beside):
    """Two zones side by side, the corner between them at (9.5, 0), the nose ahead."""
    own, other = (np.zeros((1, 20), bool) for _ in range(2))
    own[:, :10], other[:, 10:] = True, True
    evidence = np.zeros((1, 20), np.float32)
    evidence[own], evidence[other] = 0.1, evidence_beside
    return load_beyond(
        evidence,
        own,
        other,
        np.array([9.5, 0]),
        np.array([1.0, 0]),
        whole=3.0,
        none=5.0,
    )


def test_lines_count_beyond_the_border_a_little_inward():
    # Three pixels in full, then three quarters and a quarter of one.
    assert beside(0.1) == pytest.approx(100)
    assert beside(0.0) == pytest.approx(100 * 10 / 14)


def test_far_inward_nothing_counts():
    far = np.zeros(10, np.float32)
    far[5:] = 9.0
    assert beside(far) == beside(0.0)


def test_a_zone_that_stands_alone_has_its_own_mean():
    own = np.ones((2, 2), bool)
    evidence = np.full((2, 2), 0.02, np.float32)
    corner, inward = np.zeros(2), np.array([1.0, 0.0])
    load = load_beyond(evidence, own, ~own, corner, inward, whole=1.0, none=2.0)
    assert load == pytest.approx(20)


def test_under_the_corner_lines_count_however_far_below():
    own, other = np.zeros((30, 4), bool), np.ones((30, 4), bool)
    own[0], other[0] = True, False
    evidence = np.where(other, 0.02, 0.0).astype(np.float32)
    corner, inward = np.zeros(2), np.array([1.0, 0.0])
    load = load_beyond(evidence, own, other, corner, inward, whole=4.0, none=5.0)
    assert load == pytest.approx(20 * 29 / 30)


def test_skin_under_the_hairline_counts_less_the_nearer_it_is():
    own = np.zeros((100, 3), bool)
    own[10:90, 0] = True  # high: the whole reach
    own[10:30, 1] = True  # low: half its height
    weight = _below_hairline(own, 30.0)
    assert not weight[~own].any()
    assert not weight[10:28, 0].any()
    assert (np.diff(weight[28:40, 0]) > 0).all()
    assert (weight[40:90, 0] == 1).all()
    assert not weight[10:16, 1].any()
    assert (weight[20:30, 1] == 1).all()


def test_only_zones_with_a_hairline_count_less_under_their_upper_edge():
    labels = np.zeros((100, 4), np.uint8)
    labels[10:90, :2], labels[10:90, 2:] = 1, 2
    inside = labels > 0
    inside[:, 1] = False
    weight = under_hairline(inside, labels, {"forehead": 30.0, "glabella": 0.0})
    np.testing.assert_array_equal(
        weight[:, 0], _below_hairline(labels == 1, 30.0)[:, 0]
    )
    assert 0 < np.count_nonzero(weight[:, 0] == 1) < 80
    assert not weight[:, 1].any()
    np.testing.assert_array_equal(weight[:, 2:], inside[:, 2:])
