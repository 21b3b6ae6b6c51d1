from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facemap.wrinkles.coherence import (
    Band,
    Directions,
    line_field,
    orientations_deg,
    strongest_field,
)
from facemap.wrinkles.coherence import _boxes_of as boxes_of

PX_PER_MM = 3.2
BAND = Band(
    sigma_mm=0.56,
    segment_mm=3.6,
    apart_mm=3.6,
    one_sided=0.8,
    grain=0.0,
    orientations=24,
)
SHAPE = (150, 230)


def everywhere(angle_deg=0.0, tolerance_deg=90.0, shape=SHAPE):
    angle, tolerance = np.zeros(256), np.zeros(256)
    angle[1], tolerance[1] = angle_deg, tolerance_deg
    return Directions(np.ones(shape, np.uint8), angle, tolerance, soft_deg=12.0)


def look(image, band=BAND, directions=None):
    return line_field(
        image.astype(np.float32),
        PX_PER_MM,
        band,
        directions or everywhere(shape=image.shape),
        soft=0.5,
        grain_sigma_mm=6.0,
    )


def valley(angle_deg=0.0, length_mm=200.0, depth=0.1, sigma_mm=0.56, center=(115, 75)):
    """A dark line through a point, on flat skin."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    across = ((x - center[0]) * s + (y - center[1]) * c) / PX_PER_MM
    along = ((x - center[0]) * c - (y - center[1]) * s) / PX_PER_MM
    dip = -depth * np.exp(-0.5 * (across / sigma_mm) ** 2)
    return np.where(np.abs(along) <= length_mm / 2, dip, 0.0)


@pytest.mark.parametrize("angle_deg", orientations_deg(24))
def test_a_long_line_reads_its_own_depth_whatever_its_direction(angle_deg):
    field = look(valley(angle_deg))
    assert field.depth[75, 115] == pytest.approx(0.1, rel=0.12)


@pytest.mark.parametrize("angle_deg", [3.75, 41.25, 93.75, 138.75])
def test_a_line_between_two_directions_reads_most_of_its_depth(angle_deg):
    assert look(valley(angle_deg)).depth[75, 115] > 0.08


@settings(deadline=None, max_examples=10)
@given(factor=st.floats(0.05, 20), seed=st.integers(0, 99))
def test_the_depth_is_linear_in_the_picture(factor, seed):
    image = valley(20.0) + np.random.default_rng(seed).normal(0, 0.02, SHAPE)
    once, more = look(image), look(factor * image)
    np.testing.assert_allclose(
        more.depth, factor * once.depth, rtol=1e-3, atol=1e-5 * factor
    )
    np.testing.assert_allclose(more.grain, factor * once.grain, rtol=1e-3, atol=1e-6)


def test_what_does_not_go_on_is_no_line():
    row_mm = 2 * (BAND.apart_mm + BAND.segment_mm / 2)
    short = look(valley(length_mm=0.3 * row_mm))
    long = look(valley(length_mm=1.2 * row_mm))
    assert short.depth.max() < 0.2 * 0.1
    assert long.depth[75, 115] == pytest.approx(0.1, rel=0.1)


def test_a_line_keeps_its_length():
    for length_mm in (15.0, 25.0, 40.0):
        crest = look(valley(length_mm=length_mm)).depth[75]
        seen_mm = np.count_nonzero(crest > 0.05) / PX_PER_MM
        assert seen_mm == pytest.approx(length_mm, abs=1.5)


def test_a_pore_is_no_line():
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    pore = -0.5 * np.exp(-0.5 * ((x - 115) ** 2 + (y - 75) ** 2) / 2.0**2)
    assert look(pore).depth.max() < 0.05 * 0.5


def test_a_step_reads_less_than_half_of_what_it_would_read_otherwise():
    image = np.zeros(SHAPE)
    image[75:] = -0.3
    trusting = replace(BAND, one_sided=0.0)
    assert look(image).depth.max() < 0.45 * look(image, trusting).depth.max()


def test_slopes_and_levels_are_not_seen():
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    field = look(0.003 * x - 0.002 * y - 4.0)
    assert field.depth[20:-20, 20:-20].max() < 0.003


@given(seed=st.integers(0, 99))
@settings(deadline=None, max_examples=8)
def test_a_mirror_image_gives_the_mirror_image(seed):
    image = valley(25.0) + np.random.default_rng(seed).normal(0, 0.02, SHAPE)
    plain = look(image, directions=everywhere(30.0, 40.0))
    turned = look(image[:, ::-1], directions=everywhere(150.0, 40.0))
    np.testing.assert_allclose(turned.depth[:, ::-1], plain.depth, atol=1e-5)
    np.testing.assert_allclose(turned.grain[:, ::-1], plain.grain, atol=2e-4)


def test_a_line_across_the_zone_is_not_heard():
    field = look(valley(90.0), directions=everywhere(0.0, 30.0))
    assert field.depth.max() < 0.01


def test_grain_is_what_runs_across_and_only_decides_what_is_believed():
    grainy = np.random.default_rng(1).normal(0, 0.1, SHAPE)
    band = Band(0.56, 3.6, 0.8, 24, apart_mm=2.2, grain=1.5)
    directions = everywhere(0.0, 30.0)
    noise = look(grainy, band, directions)
    assert noise.evidence.mean() < 0.3 * noise.depth.mean()
    clear = look(grainy + valley(0.0, depth=1.0), band, directions)
    assert clear.evidence[75, 115] == clear.depth[75, 115]
    assert clear.grain[75, 115] < noise.grain[75, 115] + 0.03  # of a depth of 1


def test_up_to_the_least_depth_nothing_is_believed_from_half_as_much_again_all():
    band = replace(BAND, grain=0.5, least_depth=0.025)
    directions = everywhere(0.0, 30.0)
    depths = np.array([0.02, 0.03, 0.034, 0.06, 0.12])
    read = np.array(
        [look(valley(depth=d), band, directions).evidence[75, 115] for d in depths]
    )
    assert read[0] == 0
    assert read[4] == pytest.approx(2 * read[3], rel=1e-3)
    assert (np.diff(read / depths)[:3] > 0).all()


def test_on_grainy_skin_the_least_depth_has_no_say():
    grainy = valley() + np.random.default_rng(1).normal(0, 0.3, SHAPE)
    directions = everywhere(0.0, 30.0)
    band = replace(BAND, grain=1.0)
    plain = look(grainy, band, directions)
    assert plain.grain.min() > 0.025
    np.testing.assert_array_equal(
        look(grainy, replace(band, least_depth=0.025), directions).evidence,
        plain.evidence,
    )


def test_of_two_bands_each_keeps_its_least_depth():
    fine = replace(BAND, sigma_mm=0.4, least_depth=0.2)
    broad = replace(BAND, sigma_mm=0.8, least_depth=0.01)
    image = valley(sigma_mm=0.5)
    one, other = look(image, fine), look(image, broad)
    assert one.evidence.max() == 0
    np.testing.assert_array_equal(
        strongest_field([one, other]).evidence, other.evidence
    )


def test_only_pixels_of_a_zone_are_heard():
    classes = np.zeros(SHAPE, np.uint8)
    classes[:, :100] = 1
    angle, tolerance = np.zeros(256), np.zeros(256)
    tolerance[1] = 30.0
    field = look(valley(), directions=Directions(classes, angle, tolerance, 12.0))
    assert field.depth[75, 99] > 0.09
    assert not field.depth[:, 100:].any()


def test_of_two_bands_the_one_that_sees_more_of_a_line_counts():
    fine, broad = replace(BAND, sigma_mm=0.4), replace(BAND, sigma_mm=1.2)
    image = valley(sigma_mm=0.4, center=(115, 40)) + valley(
        sigma_mm=1.2, center=(115, 110)
    )
    one, other = look(image, fine), look(image, broad)
    field = strongest_field([one, other])
    np.testing.assert_array_equal(
        field.evidence, np.maximum(one.evidence, other.evidence)
    )
    assert field.depth[40, 115] == one.depth[40, 115]
    assert field.depth[110, 115] == other.depth[110, 115]
    assert strongest_field([one]) is one


def covered(boxes, shape):
    count = np.zeros(shape, int)
    for box in boxes:
        count[box] += 1
    return count


def test_two_cheeks_are_looked_at_apart_and_the_pores_of_one_together():
    classes = np.zeros((120, 400), np.uint8)
    classes[20:100, 10:90] = 1
    classes[20:100, 310:390] = 2
    classes[40:60, 30:50] = 0
    classes[48:52, 38:42] = 1  # an island in a hole
    assert sorted(boxes_of(classes, 20), key=str) == [
        np.s_[20:100, 10:90],
        np.s_[20:100, 310:390],
    ]
    # What lies close takes less to look at in one go.
    assert boxes_of(classes, 300) == [np.s_[20:100, 10:390]]


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_boxes_hold_all_skin(seed, reach):
    rng = np.random.default_rng(seed)
    classes = np.zeros((90, 140), np.uint8)
    for _ in range(rng.integers(1, 7)):
        y, x = rng.integers(0, 90), rng.integers(0, 140)
        h, w = rng.integers(1, 30, 2)
        classes[y : y + h, x : x + w] = rng.integers(1, 200)
    boxes = boxes_of(classes, reach)
    assert (covered(boxes, classes.shape)[classes > 0] > 0).all()


def test_no_two_boxes_would_take_less_to_look_at_in_one():
    rng = np.random.default_rng(5)
    classes = (rng.random((90, 140)) > 0.995).astype(np.uint8)

    def effort(*boxes):
        rows, cols = (
            max(b[k].stop for b in boxes) - min(b[k].start for b in boxes) + 2 * 4
            for k in (0, 1)
        )
        return rows * cols

    boxes = boxes_of(classes, 4)
    assert len(boxes) > 3
    for one, other in combinations(boxes, 2):
        assert effort(one, other) > effort(one) + effort(other)


def test_what_is_seen_of_a_part_does_not_hang_on_the_other_parts():
    rng = np.random.default_rng(3)
    image = rng.normal(0, 0.02, SHAPE)
    both = everywhere(40.0, 40.0)
    classes = np.zeros(SHAPE, np.uint8)
    classes[30:60, 10:40] = classes[80:140, 180:220] = 1
    whole, parts = (
        look(image, directions=d) for d in (both, replace(both, classes=classes))
    )
    here = classes > 0
    np.testing.assert_allclose(parts.depth[here], whole.depth[here], atol=1e-6)
    assert not parts.depth[~here].any()
