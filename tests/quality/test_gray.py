"""The gray beside the printed marker, and a real card laid over it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from facemap.light import LUMINANCE, level_lab
from facemap.quality.gray import measure_gray
from facemap.synthetic.card import PAPER, card_homography, draw_card
from facemap.types import GrayKind, Marker, MarkerUse, Photo, Verdict
from tests.quality.drawing import check, draw_scene

WARM = (1.0, 0.85, 0.55)
CENTER_PX = np.array([299.5, 199.5])


def card_photo(turn_deg=(10, 20, 15), x_mm=-30.0, **options) -> tuple[Photo, Marker]:
    """A card at 6 px/mm before a wall, and the marker as found."""
    card = card_homography((x_mm, 0, 600), turn_deg, 3600, CENTER_PX)
    rgb = draw_card(np.full((400, 600, 3), 150, np.uint8), card, **options)
    marker = Marker(np.zeros((4, 2)), card, 1 / 6, 0.01, 0.0, False, MarkerUse.SCALE)
    return Photo(rgb=rgb, sha256="0" * 64, file="card.png"), marker


def test_without_a_marker_there_is_no_gray() -> None:
    photo, _ = card_photo()
    assert measure_gray(photo, None) is None


def test_a_print_in_neutral_light_is_neutral_and_no_meter() -> None:
    gray = measure_gray(*card_photo(blur_px=1.0))
    assert gray.kind is GrayKind.PRINT
    assert gray.cast_ab == pytest.approx((0, 0), abs=0.6)
    assert gray.cast_sd >= 4
    assert gray.exposure_ev is None


@pytest.mark.parametrize("covered", [True, False])
def test_the_color_of_the_light_is_read(covered: bool) -> None:
    gray = measure_gray(*card_photo(light=WARM, covered=covered, blur_px=1.0))
    assert gray.kind is (GrayKind.CARD if covered else GrayKind.PRINT)
    assert gray.cast_ab == pytest.approx(level_lab(np.array(WARM))[1:], abs=0.8)
    want = [WARM[1] / channel for channel in WARM]
    assert gray.white_balance == pytest.approx(want, rel=0.03)


@pytest.mark.parametrize("stops", [-2.0, 0.0, 1.0])
def test_a_real_card_is_a_meter(stops: float) -> None:
    tint = (2.0**stops,) * 3
    gray = measure_gray(*card_photo(light=tint, covered=True))
    assert gray.exposure_ev == pytest.approx(stops, abs=0.05)
    assert gray.cast_ab == pytest.approx((0, 0), abs=1.0)


def test_the_outline_is_where_the_gray_is() -> None:
    photo, marker = card_photo(turn_deg=(0, 0, 0))
    gray = measure_gray(photo, marker)
    # 20 to 40 mm right of the square's middle, which is 30 mm left of the center.
    left, right = CENTER_PX[0] + 6 * np.array([-30 + 20, -30 + 40])
    assert gray.outline_px[:, 0] == pytest.approx([left, right, right, left])
    assert gray.outline_px[:, 1] == pytest.approx(
        199.5 + 6 * np.array([-10, -10, 10, 10])
    )


@pytest.mark.parametrize(
    "skin", [(0.55, 0.35, 0.25), (0.35, 0.2, 0.13), (0.12, 0.06, 0.035)], ids=str
)
def test_skin_where_the_gray_was_cut_off_is_no_gray(skin) -> None:
    assert measure_gray(*card_photo(covered=True, gray=skin)) is None


def test_a_white_card_is_no_gray() -> None:
    assert measure_gray(*card_photo(covered=True, gray=(PAPER,) * 3)) is None


def test_a_gray_in_half_shadow_is_not_read() -> None:
    photo, marker = card_photo(turn_deg=(0, 0, 0))
    rgb = photo.rgb.copy()
    middle = int(CENTER_PX[0])
    rgb[:, middle:] = (rgb[:, middle:] * 0.6).astype(np.uint8)
    assert measure_gray(replace(photo, rgb=rgb), marker) is None


def test_a_card_partly_beyond_the_photo_is_not_read() -> None:
    assert measure_gray(*card_photo(turn_deg=(0, 0, 0), x_mm=15)) is None


def test_a_burnt_out_gray_is_not_read() -> None:
    assert measure_gray(*card_photo(light=(6.0, 5.0, 4.0), covered=True)) is None


def scene_with(photo: Photo, marker: Marker, **options):
    scene = draw_scene(**options)
    return replace(scene, photo=photo, frame=replace(scene.frame, marker=marker))


@pytest.mark.parametrize(
    ("covered", "name", "own"), [(True, "gray card", 1), (False, "printed gray", 5)]
)
def test_the_cast_is_measured_on_the_gray_and_says_so(covered, name, own) -> None:
    photo, marker = card_photo(light=WARM, covered=covered)
    found = check(scene_with(photo, marker), "color_cast")
    a, b = level_lab(np.array(WARM))[1:]
    beyond = np.hypot(max(abs(a) - own, 0), abs(b) - own)
    assert found.value == pytest.approx(beyond, abs=1.0)
    assert found.verdict is Verdict.WARN
    assert f"too yellow, measured on the {name}" in found.advice


def test_the_gray_is_believed_rather_than_the_cheeks() -> None:
    """Skin looks too blue, but the light on the card is neutral."""
    photo, marker = card_photo(covered=True)
    blue = (0.7, 1.0, 2.2)
    assert check(draw_scene(tint=blue), "color_cast").verdict is Verdict.WARN
    found = check(scene_with(photo, marker, tint=blue), "color_cast")
    assert (found.value, found.verdict) == (0.0, Verdict.PASS)


def test_a_color_is_read_at_one_luminance() -> None:
    assert level_lab(np.array(WARM) * 0.01)[0] == pytest.approx(65, abs=0.1)
    assert float(np.array([1, 1, 1]) @ LUMINANCE) == pytest.approx(1)
