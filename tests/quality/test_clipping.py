from __future__ import annotations

import numpy as np
import pytest

from facemap.types import ZONE_IDS, Verdict
from tests.quality.drawing import TONES, check, draw_scene, with_rgb


def spot(scene, zone: str, value, share: float):
    """Fill the top part of a zone's skin with one color."""
    rgb = scene.photo.rgb.copy()
    rows, columns = np.nonzero(scene.face_map.labels == ZONE_IDS.index(zone) + 1)
    n = int(share * len(rows))
    rgb[rows[:n], columns[:n]] = value
    return with_rgb(scene, rgb)


@pytest.mark.parametrize("tone", TONES)
def test_a_correct_exposure_loses_nothing_at_any_tone(tone):
    scene = draw_scene(tone=TONES[tone])
    assert check(scene, "clipping_high").value == pytest.approx(0, abs=0.01)
    assert check(scene, "clipping_low").value == pytest.approx(0, abs=0.01)


def test_a_burnt_out_zone_is_named():
    found = check(spot(draw_scene(), "cheek_l", 255, 0.5), "clipping_high")
    assert found.verdict is Verdict.WARN
    assert found.zones == ("cheek_l",)


def test_a_black_zone_is_named():
    found = check(spot(draw_scene(), "cheek_r", 0, 0.5), "clipping_low")
    assert found.verdict is Verdict.WARN
    assert found.zones == ("cheek_r",)


def test_a_burnt_out_red_channel_counts_by_its_weight_in_luminance():
    scene = draw_scene()
    white = check(spot(scene, "cheek_l", (255, 255, 255), 0.5), "clipping_high")
    red = check(spot(scene, "cheek_l", (255, 160, 140), 0.5), "clipping_high")
    assert red.value / white.value == pytest.approx(0.2126, rel=0.01)


def test_more_exposure_never_burns_less():
    values = [
        check(draw_scene(exposure=e), "clipping_high").value
        for e in (1.0, 1.5, 2.0, 3.0, 5.0)
    ]
    assert values == sorted(values)
    assert values[-1] > 50


def test_less_exposure_never_blackens_less():
    values = [
        check(draw_scene(exposure=e, noise=0.0), "clipping_low").value
        for e in (1.0, 0.1, 0.02, 0.002)
    ]
    assert values == sorted(values)
    assert values[-1] > 90
