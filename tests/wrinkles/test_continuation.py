import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from facemap.wrinkles.continuation import continue_smoothly


def half_known(shape=(60, 90)):
    known = np.ones(shape, bool)
    known[:, 50:] = False
    return known


@given(slope_x=st.floats(-0.02, 0.02), slope_y=st.floats(-0.02, 0.02))
@settings(max_examples=30, deadline=None)
def test_a_plane_is_carried_across_the_border(slope_x, slope_y):
    y, x = np.mgrid[:60, :90]
    plane = (slope_x * x + slope_y * y).astype(np.float32)
    known = half_known()
    out = continue_smoothly(np.where(known, plane, -9), known, sigma_px=6.0)
    beside = np.s_[5:-5, 50:56]
    # Damped slopes lag by a quarter of the climb over one window; a mean, by 0.8.
    allowed = 0.25 * 6 * (abs(slope_x) + abs(slope_y)) + 1e-4
    assert np.abs(out[beside] - plane[beside]).max() < allowed


def test_known_pixels_stay_as_they_are():
    values = np.random.default_rng(0).normal(size=(60, 90)).astype(np.float32)
    known = half_known()
    out = continue_smoothly(values, known, sigma_px=5.0)
    np.testing.assert_array_equal(out[known], values[known])


def test_what_is_masked_has_no_say():
    values = np.random.default_rng(0).normal(size=(60, 90)).astype(np.float32)
    known = half_known()
    other = np.where(known, values, 1e3).astype(np.float32)
    np.testing.assert_array_equal(
        continue_smoothly(values, known, 5.0), continue_smoothly(other, known, 5.0)
    )


def test_far_from_skin_the_answer_stays_finite():
    known = np.zeros((80, 120), bool)
    known[:6, :6] = True
    values = np.ones((80, 120), np.float32)
    out = continue_smoothly(values, known, 4.0)
    assert np.isfinite(out).all()
    assert np.abs(out).max() < 1.5
