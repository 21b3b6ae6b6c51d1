from __future__ import annotations

import cv2
import pytest

from facemap.types import Verdict
from tests.quality.drawing import TONES, check, draw_scene, with_rgb


@pytest.mark.parametrize("tone", TONES)
def test_untouched_skin_passes_at_every_tone(tone):
    scene = draw_scene(tone=TONES[tone])
    assert check(scene, "smoothing").verdict is Verdict.PASS
    assert check(scene, "averaging").verdict is Verdict.PASS


@pytest.mark.parametrize("tone", ["light", "dark"])
def test_a_beauty_filter_is_noticed(tone):
    scene = draw_scene(tone=TONES[tone])
    smooth = cv2.bilateralFilter(scene.photo.rgb, 17, 30, 6)
    found = check(with_rgb(scene, smooth), "smoothing")
    assert found.verdict is Verdict.WARN
    assert "beauty" in found.advice


def test_stronger_smoothing_leaves_less_texture():
    values = [
        check(draw_scene(texture=t), "smoothing").value for t in (0.04, 0.02, 0.01)
    ]
    assert values == sorted(values, reverse=True)


def test_skin_without_a_single_spot_is_noticed():
    assert check(draw_scene(spots=False), "averaging").verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("wishes", "words"),
    [({"px_per_mm": 1.8}, "too coarse"), ({"blur_mm": 2.5}, "too blurred")],
)
def test_a_photo_that_shows_no_texture_is_not_called_retouched(wishes, words):
    for check_id in ("smoothing", "averaging"):
        found = check(draw_scene(**wishes), check_id)
        assert (found.value, found.verdict) == (None, Verdict.PASS)
        assert words in found.advice
