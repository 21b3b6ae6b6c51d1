from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facemap.quality.coding import blocking
from facemap.types import Verdict
from tests.quality.drawing import TONES, check, draw_scene, jpeg, with_rgb


@settings(deadline=None)
@given(st.integers(0, 7), st.integers(0, 7), st.floats(1, 20))
def test_a_grid_is_found_wherever_it_starts(dx, dy, step):
    rows, columns = np.indices((88, 120))
    tiles = ((rows + dy) // 8 + (columns + dx) // 8) % 2
    assert blocking((100 + step * tiles).astype(np.float32)) == pytest.approx(
        step, rel=0.15
    )


def test_noise_has_no_grid():
    noise = np.random.default_rng(0).normal(120, 10, (160, 200)).astype(np.float32)
    assert blocking(noise) < 0.6  # counts of a standard deviation of 10


@pytest.mark.parametrize("tone", ["light", "very_dark"])
def test_harder_compression_leaves_higher_steps(tone):
    scene = draw_scene(tone=TONES[tone], blur_mm=0.6)
    values = [
        check(with_rgb(scene, jpeg(scene.photo.rgb, q)), "blocking").value
        for q in (95, 80, 50, 30, 10)
    ]
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("quality", "verdict"), [(90, Verdict.PASS), (30, Verdict.WARN)]
)
def test_compression_shows_after_saving_as_something_better(quality, verdict):
    scene = draw_scene()
    again = with_rgb(scene, jpeg(scene.photo.rgb, quality), jpeg_quality=100.0)
    assert check(again, "compression").verdict is Verdict.PASS
    assert check(again, "blocking").verdict is verdict


@pytest.mark.parametrize(
    ("quality", "verdict"),
    [(95.0, Verdict.PASS), (60.0, Verdict.WARN), (15.0, Verdict.REJECT)],
)
def test_the_quality_that_the_file_names_is_judged(quality, verdict):
    scene = draw_scene()
    found = check(with_rgb(scene, scene.photo.rgb, jpeg_quality=quality), "compression")
    assert (found.value, found.verdict) == (quality, verdict)


def test_a_lossless_file_has_no_quality_to_judge():
    found = check(draw_scene(), "compression")
    assert (found.value, found.verdict) == (None, Verdict.PASS)
