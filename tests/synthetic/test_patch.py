"""The plain patch of skin holds the line it says it holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facemap.synthetic import flat_skin


def drop_across(patch) -> np.ndarray:
    """Drop in log luminance down the middle column."""
    log = np.log(patch.linear)
    return log[0, 0] - log[:, patch.linear.shape[1] // 2]


@settings(deadline=None, max_examples=30)
@given(
    depth=st.floats(0.02, 0.8),
    width_mm=st.floats(0.4, 2.0),
    ita_deg=st.floats(-50, 55),
)
def test_depth_and_width_are_those_asked_for(depth, width_mm, ita_deg):
    patch = flat_skin(
        (160, 121), px_per_mm=10.0, width_mm=width_mm, depth=depth, ita_deg=ita_deg
    )
    drop = drop_across(patch)
    assert drop.max() == pytest.approx(depth, rel=0.01)
    above = np.interp(np.linspace(0, 120, 12001), np.arange(121), drop) > depth / 2
    assert above.sum() / 100 / 10.0 == pytest.approx(width_mm, rel=0.03)


def test_length_is_measured_along_the_path():
    path = np.array([[20.0, 20.0], [50.0, 60.0], [50.0, 100.0]])
    patch = flat_skin((140, 120), px_per_mm=5.0, path_px=path, depth=0.2)
    assert patch.length_mm == pytest.approx(90 / 5)


def test_blur_keeps_the_mass_and_lowers_the_depth():
    sharp = drop_across(flat_skin(width_mm=0.4, depth=0.1))
    soft = drop_across(flat_skin(width_mm=0.4, depth=0.1, blur_px=3.0))
    assert soft.max() < 0.7 * sharp.max()
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.05)


def test_without_depth_there_is_no_line():
    patch = flat_skin((100, 80))
    assert np.ptp(patch.linear) < 1e-6


def test_grain_has_the_deviation_asked_for():
    patch = flat_skin((300, 200), grain=0.03, seed=2)
    assert np.log(patch.linear).std() == pytest.approx(0.03, rel=0.02)
