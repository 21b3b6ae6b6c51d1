"""The picture and the truth beside it belong together."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from facemap.light import LUMINANCE, srgb_to_linear
from facemap.synthetic import HairStyle, Phantom, PhantomParams, draw_phantom
from facemap.types import ZONE_IDS

SMALL = PhantomParams(seed=4, size_wh=(300, 380), noise=0.0, hair=HairStyle.NONE)
#: A forehead close up: 10 pixels to the millimeter, without camera blur.
CLOSE_UP = PhantomParams(
    seed=2,
    size_wh=(1200, 1640),
    px_per_mm=10.0,
    severity={"forehead": 3.0, "nasolabial_l": 2.0},
    smooth=True,
    hair=HairStyle.NONE,
    noise=0.0,
    blur_px=0.0,
)


def log_luminance(phantom: Phantom) -> np.ndarray:
    linear = srgb_to_linear(phantom.rgb / 255.0)
    return np.log(np.maximum(linear @ LUMINANCE, 1e-4))


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return draw_phantom(SMALL)


def test_the_same_parameters_give_the_same_bytes(phantom):
    again = draw_phantom(replace(SMALL))
    assert np.array_equal(phantom.rgb, again.rgb)
    assert np.array_equal(phantom.truth.landmarks_px, again.truth.landmarks_px)


def test_another_seed_is_another_person(phantom):
    other = draw_phantom(replace(SMALL, seed=5))
    assert np.abs(phantom.rgb.astype(int) - other.rgb).mean() > 3
    shift = phantom.truth.landmarks_px - other.truth.landmarks_px
    assert np.abs(shift).max() > 2


def test_the_picture_is_read_only_and_has_the_size_asked_for(phantom):
    assert phantom.rgb.shape == (380, 300, 3)
    assert not phantom.rgb.flags.writeable


def test_without_severity_there_are_no_lines():
    smooth = replace(SMALL, severity=0.0, smooth=True)
    assert draw_phantom(smooth).truth.lines == ()


def test_lines_lie_only_in_the_zones_asked_for():
    asked = {"forehead": 3.0, "crow_feet_l": 2.0}
    lines = draw_phantom(replace(SMALL, severity=asked)).truth.lines
    assert {line.zone for line in lines} == set(asked)


def test_every_line_lies_inside_its_zone_on_the_picture(phantom):
    outlines = {z.id: z.outline_px.astype(np.float32) for z in phantom.truth.zones}
    assert tuple(outlines) == ZONE_IDS
    for line in phantom.truth.lines:
        inside = [
            cv2.pointPolygonTest(outlines[line.zone], (float(x), float(y)), False) >= 0
            for x, y in line.path_px
        ]
        assert all(inside), line.zone


def test_more_severity_is_more_and_deeper_line():
    masses = [
        sum(
            line.mass * line.length_mm
            for line in draw_phantom(replace(SMALL, severity=s)).truth.lines
        )
        for s in (0.5, 2.0, 4.0)
    ]
    assert masses == sorted(masses)
    assert masses[-1] > 5 * masses[0]


def test_the_picture_is_as_dark_in_a_line_as_the_truth_says():
    carved = draw_phantom(CLOSE_UP)
    bare = draw_phantom(replace(CLOSE_UP, severity=0.0))
    drop = (log_luminance(bare) - log_luminance(carved)).astype(np.float32)
    seen = 0
    for line in carved.truth.lines:
        # Where another line crosses, the two add up; take lines that stand alone.
        if line.visible < 1 or not _alone(line, carved.truth.lines):
            continue
        peaks, widths = _cross_sections(drop, line.path_px, line.width_mm * 10)
        assert np.mean(peaks) == pytest.approx(line.depth, rel=0.1, abs=0.012)
        assert np.median(widths) / 10 == pytest.approx(line.width_mm, rel=0.15)
        seen += 1
    assert seen >= 2


def _alone(line, lines) -> bool:
    return all(
        other is line
        or np.linalg.norm(line.path_px[:, None] - other.path_px, axis=2).min() > 35
        for other in lines
    )


def _cross_sections(drop, path, width_px):
    """Peak and full width at half of it, across the path at each of its points."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    offset = np.linspace(-1.6, 1.6, 129) * width_px
    at = path[:, None] + normal[:, None] * offset[None, :, None]
    at = at.astype(np.float32)
    profile = cv2.remap(drop, at[..., 0], at[..., 1], cv2.INTER_LINEAR)
    peaks = profile.max(axis=1)
    widths = (profile > peaks[:, None] / 2).sum(axis=1) * (offset[1] - offset[0])
    return peaks, widths


def test_skin_tone_keeps_the_relative_depth_of_lines():
    depths = [
        np.array(
            [line.depth for line in draw_phantom(replace(SMALL, ita_deg=t)).truth.lines]
        )
        for t in (-50.0, 55.0)
    ]
    for other in depths[1:]:
        assert len(other) == len(depths[0])
        assert np.median(np.abs(other / depths[0] - 1)) < 0.12


def test_exposure_multiplies_linear_light():
    low, high = (
        log_luminance(draw_phantom(replace(SMALL, exposure_ev=e))) for e in (-1.0, 0.0)
    )
    middle = (slice(150, 230), slice(110, 190))
    change = np.median(high[middle] - low[middle])
    assert change == pytest.approx(np.log(2), abs=0.02)


def test_noise_has_the_deviation_asked_for():
    clean = draw_phantom(SMALL).rgb.astype(float)
    noisy = draw_phantom(replace(SMALL, noise=4.0)).rgb.astype(float)
    gray = (clean > 90) & (clean < 165)
    assert (noisy - clean)[gray].std() == pytest.approx(4.0, rel=0.1)


def test_light_from_the_other_side_changes_the_depth_of_lines():
    depths = [
        np.array(
            [
                line.depth
                for line in draw_phantom(
                    replace(SMALL, light_azimuth_deg=a, severity={"glabella": 3.0})
                ).truth.lines
            ]
        )
        for a in (-60.0, 60.0)
    ]
    assert np.abs(depths[0] - depths[1]).max() > 0.01


def test_hair_covers_the_forehead_under_a_fringe_only():
    visible = {
        hair: np.mean(
            [
                line.visible
                for line in draw_phantom(
                    replace(SMALL, hair=hair, severity={"forehead": 3.0})
                ).truth.lines
            ]
        )
        for hair in (HairStyle.NONE, HairStyle.FRINGE)
    }
    assert visible[HairStyle.NONE] > 0.97
    assert visible[HairStyle.FRINGE] < 0.7


def test_turned_away_lines_are_told_from_visible_ones():
    turned = draw_phantom(replace(SMALL, yaw_deg=45.0, hair=HairStyle.NONE))
    right, left = (
        np.mean([x.visible for x in turned.truth.lines if x.zone == f"crow_feet_{s}"])
        for s in "rl"
    )
    assert right > 0.9
    assert left < 0.3
