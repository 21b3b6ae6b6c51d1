import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.render import (
    draw_overlay,
    encode_jpeg,
    encode_png,
    kind_color,
    severity_color,
    shrink,
)
from facemap.types import LineKind


def luminance(color: str) -> float:
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


@given(st.floats(0, 99), st.floats(1, 100))
def test_a_higher_severity_is_darker_so_it_prints_in_gray(severity, more):
    higher = min(100.0, severity + more)
    assert luminance(severity_color(higher)) < luminance(severity_color(severity))


def test_kinds_of_line_can_be_told_apart_in_gray():
    levels = [luminance(kind_color(kind)) for kind in LineKind]
    assert np.all(np.diff(levels) < -0.1)


def test_the_overlay_keeps_the_photo_at_its_top_left(phantom_analysis):
    picture = draw_overlay(phantom_analysis)
    height, width = phantom_analysis.photo.rgb.shape[:2]
    assert picture.shape[1] == width
    assert picture.shape[0] > height
    # The studio wall in the corner is untouched.
    np.testing.assert_array_equal(
        picture[:20, :20], phantom_analysis.photo.rgb[:20, :20]
    )


def test_the_overlay_colors_the_zones(phantom_analysis):
    picture = draw_overlay(phantom_analysis)
    photo = phantom_analysis.photo.rgb
    x, y = phantom_analysis.face_map.region("forehead").outline_px.mean(0).astype(int)
    assert not np.array_equal(
        picture[y - 9 : y + 9, x - 9 : x + 9], photo[y - 9 : y + 9, x - 9 : x + 9]
    )


def test_a_large_photo_is_shrunk_and_a_small_one_is_not():
    large = np.zeros((300, 500, 3), np.uint8)
    small, factor = shrink(large, 250)
    assert small.shape == (150, 250, 3)
    assert factor == pytest.approx(0.5)
    assert shrink(large, 900)[0] is large


def test_the_same_picture_gives_the_same_bytes():
    picture = np.arange(40 * 30 * 3, dtype=np.uint8).reshape(40, 30, 3)
    assert encode_png(picture) == encode_png(picture.copy())
    assert encode_jpeg(picture) == encode_jpeg(picture.copy())
