import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facemap.wrinkles.profiles import FWHM, LineProfile, cross_sections, fit_profile

OFFSETS = np.arange(-50, 51) * 0.1
SIGMAS = np.geomspace(0.2, 1.6, 24)


def dip(depth, sigma, slope=0.0):
    return -depth * np.exp(-0.5 * (OFFSETS / sigma) ** 2) + slope * OFFSETS - 1.0


@given(
    depth=st.floats(0.01, 1.0), sigma=st.floats(0.25, 1.3), slope=st.floats(-0.02, 0.02)
)
@settings(max_examples=60, deadline=None)
def test_a_gaussian_dip_is_read_back(depth, sigma, slope):
    profile = fit_profile(OFFSETS, dip(depth, sigma, slope * depth), SIGMAS)
    assert profile.depth == pytest.approx(depth, rel=0.06)
    assert profile.sigma_mm == pytest.approx(sigma, rel=0.1)
    assert profile.mass == pytest.approx(depth * sigma * FWHM, rel=0.08)


@given(depth=st.floats(0.01, 1.0), factor=st.floats(0.05, 1.0))
@settings(max_examples=40, deadline=None)
def test_a_shallower_dip_reads_shallower_in_proportion(depth, factor):
    rng = np.random.default_rng(1)
    seen = dip(depth, 0.5) + depth * rng.normal(0, 0.05, len(OFFSETS))
    full = fit_profile(OFFSETS, seen, SIGMAS)
    part = fit_profile(OFFSETS, factor * seen, SIGMAS)
    assert part.depth == pytest.approx(factor * full.depth, rel=1e-6)
    assert part.sigma_mm == full.sigma_mm


def test_a_neighbor_five_millimeters_off_has_no_say():
    alone = fit_profile(OFFSETS, dip(0.1, 0.4), SIGMAS)
    far = dip(0.1, 0.4) - 0.5 * np.exp(-0.5 * ((OFFSETS - 4.5) / 0.4) ** 2)
    assert fit_profile(OFFSETS, far, SIGMAS).depth == pytest.approx(
        alone.depth, rel=0.02
    )


def test_a_crest_has_no_depth():
    assert fit_profile(OFFSETS, -dip(0.1, 0.5), SIGMAS).depth <= 0


def test_blur_is_taken_off_and_mass_is_kept():
    blurred = LineProfile(depth=0.06, sigma_mm=0.5)
    depth, width = blurred.sharpened(0.3)
    assert width == pytest.approx(FWHM * 0.4)
    assert depth == pytest.approx(0.075)
    assert depth * width == pytest.approx(blurred.mass)


def test_a_line_narrower_than_the_blur_keeps_half_the_blurs_width():
    _, width = LineProfile(depth=0.1, sigma_mm=0.3).sharpened(0.3)
    assert width == pytest.approx(FWHM * 0.15)


def test_sections_run_across_the_path():
    image = np.zeros((40, 60), np.float32)
    image[:, 30] = 1.0
    upright = np.column_stack([np.full(20, 30.0), np.arange(10.0, 30.0)])
    sections = cross_sections(image, upright, np.array([-2.0, 0.0, 2.0]))
    np.testing.assert_allclose(sections, np.tile([0, 1, 0], (20, 1)), atol=1e-6)
