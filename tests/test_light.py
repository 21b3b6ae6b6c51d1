"""What a code of sRGB is worth in light."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.light import LUMINANCE, linear_light, srgb_to_linear


def test_the_weights_of_luminance_sum_to_white() -> None:
    assert LUMINANCE.sum() == pytest.approx(1.0, abs=1e-12)


def test_the_curve_has_no_step_where_its_two_parts_meet() -> None:
    below, above = srgb_to_linear(np.array([0.04045, 0.04045 + 1e-9]))
    assert above == pytest.approx(below, rel=1e-5)


@given(st.floats(0, 1))
def test_encoding_undoes_the_curve(value: float) -> None:
    linear = float(srgb_to_linear(np.array(value)))
    below = linear <= 0.0031308
    code = 12.92 * linear if below else 1.055 * linear ** (1 / 2.4) - 0.055
    assert code == pytest.approx(value, abs=1e-7)


def test_pictures_go_through_the_same_curve() -> None:
    codes = np.arange(256, dtype=np.uint8).reshape(2, 128)
    assert linear_light(codes) == pytest.approx(srgb_to_linear(codes / 255), abs=1e-7)


def test_channels_are_kept_apart() -> None:
    pixels = np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8)
    assert linear_light(pixels).tolist() == (pixels / 255).tolist()
