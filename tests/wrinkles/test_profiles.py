import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from facemap.wrinkles.profiles import (
    FWHM,
    LineProfile,
    cross_sections,
    find_center,
    fit_profile,
    shift_path,
)

OFFSETS = np.arange(-50, 51) * 0.1
SIGMAS = np.geomspace(0.2, 1.6, 24)


def dip(depth, sigma, slope=0.0, tilt=0.0):
    x = OFFSETS / sigma
    return -(depth + tilt * x) * np.exp(-0.5 * x**2) + slope * OFFSETS - 1.0


def measured(profile, psf_mm=0.0):
    return fit_profile(OFFSETS, profile, SIGMAS).sharpened(psf_mm)


@given(
    depth=st.floats(0.01, 1.0), sigma=st.floats(0.25, 1.3), slope=st.floats(-0.02, 0.02)
)
@settings(max_examples=60, deadline=None)
def test_a_gaussian_dip_is_read_back(depth, sigma, slope):
    seen, width = measured(dip(depth, sigma, slope * depth))
    assert seen == pytest.approx(depth, rel=0.06)
    assert width == pytest.approx(sigma * FWHM, rel=0.1)
    assert seen * width == pytest.approx(depth * sigma * FWHM, rel=0.08)


@given(
    sigma=st.floats(0.25, 1.0), tilt=st.floats(-1.0, 1.0), psf_mm=st.floats(0.02, 0.2)
)
@settings(max_examples=60, deadline=None)
def test_a_groove_lit_from_the_side_is_read_as_it_was_before_the_blur(
    sigma, tilt, psf_mm
):
    fine = np.arange(-500, 501) * 0.01
    drop = (0.1 + 0.1 * tilt * fine / sigma) * np.exp(-0.5 * (fine / sigma) ** 2)
    wide = np.count_nonzero(drop >= drop.max() / 2) * 0.01
    blurred = gaussian_filter1d(drop, psf_mm / 0.01)
    seen, width = measured(-np.interp(OFFSETS, fine, blurred), psf_mm)
    assert seen == pytest.approx(drop.max(), rel=0.08)
    assert width == pytest.approx(wide, rel=0.1, abs=0.03)


@given(depth=st.floats(0.01, 1.0), factor=st.floats(0.05, 1.0))
@settings(max_examples=40, deadline=None)
def test_a_shallower_dip_reads_shallower_in_proportion(depth, factor):
    rng = np.random.default_rng(1)
    seen = dip(depth, 0.5) + depth * rng.normal(0, 0.05, len(OFFSETS))
    full = fit_profile(OFFSETS, seen, SIGMAS)
    part = fit_profile(OFFSETS, factor * seen, SIGMAS)
    assert part.hollow == pytest.approx(factor * full.hollow, rel=1e-6)
    assert part.tilt == pytest.approx(factor * full.tilt, rel=1e-6)
    assert part.sigma_mm == full.sigma_mm


def test_a_neighbor_five_millimeters_off_has_no_say():
    alone, _ = measured(dip(0.1, 0.4))
    far = dip(0.1, 0.4) - 0.5 * np.exp(-0.5 * ((OFFSETS - 4.5) / 0.4) ** 2)
    assert measured(far)[0] == pytest.approx(alone, rel=0.02)


def test_a_crest_has_no_hollow():
    assert fit_profile(OFFSETS, -dip(0.1, 0.5), SIGMAS).hollow <= 0


@pytest.mark.parametrize("tilt", np.linspace(-1.5, 1.5, 301))
def test_a_crest_lit_from_the_side_has_a_depth_and_a_width(tilt):
    depth, width = LineProfile(-0.1, 0.1 * tilt, 0.3).sharpened(0.0)
    assert depth >= 0
    assert width > 0


def test_blur_is_taken_off_and_mass_is_kept():
    depth, width = LineProfile(hollow=0.06, tilt=0.0, sigma_mm=0.5).sharpened(0.3)
    assert width == pytest.approx(FWHM * 0.4, rel=0.002)
    assert depth == pytest.approx(0.075)


def test_a_line_narrower_than_the_blur_keeps_half_the_blurs_width():
    _, width = LineProfile(hollow=0.1, tilt=0.0, sigma_mm=0.3).sharpened(0.3)
    assert width == pytest.approx(FWHM * 0.15, rel=0.002)


def test_a_path_beside_its_line_is_moved_onto_it():
    y, x = np.mgrid[:60, :80].astype(np.float32)
    image = -0.1 * np.exp(-0.5 * ((y - 30) / 2) ** 2) + 0 * x
    path = np.column_stack([np.arange(10.0, 70.0, 2.0), np.full(30, 27.0)])
    offsets = np.arange(-30, 31) * 0.5
    shift = find_center(
        cross_sections(image, path, offsets), offsets, reach_mm=4, sigma_mm=2, smooth=2
    )
    np.testing.assert_allclose(shift_path(path, shift)[:, 1], 30, atol=0.3)


def test_sections_run_across_the_path():
    image = np.zeros((40, 60), np.float32)
    image[:, 30] = 1.0
    upright = np.column_stack([np.full(20, 30.0), np.arange(10.0, 30.0)])
    sections = cross_sections(image, upright, np.array([-2.0, 0.0, 2.0]))
    np.testing.assert_allclose(sections, np.tile([0, 1, 0], (20, 1)), atol=1e-6)
