import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facemap.geometry import path_length
from facemap.wrinkles.tracing import resample_path, ridge_points, trace_paths


def ridge(shape=(40, 70), row=20.0, sigma=2.0, depth=0.1):
    y = np.arange(shape[0])[:, None] - row
    return (depth * np.exp(-0.5 * (y / sigma) ** 2) * np.ones((1, shape[1]))).astype(
        np.float32
    )


def test_crests_lie_on_the_ridge():
    crests = ridge_points(ridge(), np.zeros((40, 70), np.float32), 0.02, 0.05)
    assert set(np.nonzero(crests)[0]) <= {19, 20, 21}
    assert crests.any(axis=0).all()


def test_a_ridge_without_a_strong_part_is_left_out():
    weak = ridge(depth=0.04)
    flat = np.zeros(weak.shape, np.float32)
    assert not ridge_points(weak, flat, 0.02, 0.05).any()
    weak[20, 30] = 0.06
    assert ridge_points(weak, flat, 0.02, 0.05).sum() > 100


def test_nothing_above_the_threshold_is_no_crest():
    empty = np.zeros((10, 20), np.float32)
    assert not ridge_points(empty, empty, 0.01, 0.02).any()


def test_a_straight_piece_becomes_one_path_from_end_to_end():
    mask = np.zeros((20, 50), bool)
    mask[9:12, 5:45] = True
    (path,) = trace_paths(mask, 5)
    assert path_length(path) == pytest.approx(39, abs=3)
    assert np.abs(np.diff(path, axis=0)).max() == 1


def test_a_branch_becomes_a_path_of_its_own():
    mask = np.zeros((50, 60), bool)
    mask[25, 5:55] = True
    mask[5:25, 30] = True
    lengths = sorted(len(p) for p in trace_paths(mask, 8))
    assert len(lengths) == 2
    assert lengths[1] >= 45
    assert lengths[0] >= 16


def test_short_pieces_are_dropped():
    mask = np.zeros((20, 30), bool)
    mask[4, 4:8] = True
    assert trace_paths(mask, 5) == []


@given(length=st.floats(3, 200), angle=st.floats(0, np.pi), spacing=st.floats(0.3, 3.0))
@settings(max_examples=40, deadline=None)
def test_resampling_keeps_ends_and_length_of_a_straight_path(length, angle, spacing):
    t = np.linspace(0, length, 30)[:, None]
    path = 5 + t * [np.cos(angle), np.sin(angle)]
    points = resample_path(path, spacing, smooth=2.0)
    np.testing.assert_allclose(points[[0, -1]], path[[0, -1]], atol=1e-9)
    assert path_length(points) == pytest.approx(length, rel=1e-6)


def test_smoothing_takes_the_pixel_steps_out():
    x = np.arange(60.0)
    steps = np.column_stack([x, np.round(0.3 * x)])
    smooth = resample_path(steps, 1.0, smooth=3.0)
    straight = np.hypot(59, 0.3 * 59)
    assert path_length(steps) > 1.05 * straight
    assert path_length(smooth) == pytest.approx(straight, rel=0.01)
