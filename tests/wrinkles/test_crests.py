import numpy as np
import pytest

from facemap.wrinkles.coherence import Band, Directions
from facemap.wrinkles.crests import line_crests

PX_PER_MM = 4.0
BAND = Band(
    sigma_mm=0.24,
    segment_mm=2.4,
    apart_mm=0.0,
    one_sided=0.4,
    grain=0.0,
    orientations=12,
)


def look(image, angle_deg=0.0):
    directions = Directions(
        classes=np.ones(image.shape, np.uint8),
        angle_deg=np.full(256, angle_deg),
        tolerance_deg=np.full(256, 30.0),
        soft_deg=12.0,
    )
    return line_crests(
        image, PX_PER_MM, BAND, directions, grain_sigma_mm=6.0, least_grain=0.004
    )


def skin(depth, sigma_mm, *, length_mm=40.0, noise=0.01, seed=3):
    y, x = (np.mgrid[:160, :240] + 0.5) / PX_PER_MM
    on = np.abs(x - 30) < length_mm / 2
    image = -depth * on * np.exp(-0.5 * ((y - 20) / sigma_mm) ** 2)
    grain = np.random.default_rng(seed).normal(0, noise, image.shape)
    return (image + grain).astype(np.float32)


@pytest.mark.parametrize("sigma_mm", [0.15, 0.3, 0.6])
def test_lines_of_every_width_stand_out(sigma_mm):
    crests = look(skin(0.06, sigma_mm))
    assert np.median(crests.contrast[80, 60:180]) > 4
    across = crests.contrast[78:82].argmax(axis=0) + 78
    assert np.abs(across[60:180] - 79.5).max() <= 2
    assert np.median(np.minimum(crests.angle_deg, 180 - crests.angle_deg)[80]) < 1


def test_a_short_line_stands_out_where_it_is():
    contrast = look(skin(0.1, 0.2, length_mm=5.0)).contrast[80]
    assert contrast[115:125].min() > 4
    assert contrast[[80, 160]].max() < 3


def test_grain_alone_has_little_contrast():
    assert np.quantile(look(skin(0.0, 0.3)).contrast, 0.99) < 4


def test_a_line_across_the_expected_direction_is_none():
    assert look(skin(0.06, 0.3), angle_deg=90.0).contrast[80, 60:180].max() < 3


def test_the_edge_of_a_shadow_stands_out_less_than_a_line():
    y = (np.arange(160) + 0.5) / PX_PER_MM
    edge = np.zeros((160, 240), np.float32) - 0.1 * (y > 20)[:, None]
    edge = (edge + skin(0.0, 0.3)).astype(np.float32)
    assert np.median(look(edge).contrast[76:84].max(axis=0)) < np.median(
        0.8 * look(skin(0.1, 0.3)).contrast[76:84].max(axis=0)
    )


def test_what_is_no_skin_has_no_contrast():
    image = skin(0.1, 0.3)
    classes = np.ones(image.shape, np.uint8)
    classes[:, 100:] = 0
    directions = Directions(classes, np.zeros(256), np.full(256, 30.0), 12.0)
    crests = line_crests(
        image, PX_PER_MM, BAND, directions, grain_sigma_mm=6.0, least_grain=0.004
    )
    assert not crests.contrast[:, 100:].any()
    assert crests.contrast[80, 40:90].min() > 3
