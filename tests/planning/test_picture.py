"""The plan's picture: on the photo, in marks that gray keeps apart."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from facemap.planning import make_plan
from facemap.protocol import Mode, example_text, load_protocol, parse_intake
from facemap.render import draw_plan, encode_png
from facemap.render.colors import mode_color, rgb_of
from facemap.render.plan import _framed

INTAKE = parse_intake(example_text("intake"), source="the example")
DAY = date(2026, 5, 4)


@pytest.fixture(scope="module")
def picture(phantom_analysis):
    return draw_plan(make_plan(phantom_analysis, INTAKE, load_protocol(), DAY))


def share_of(picture, mode: Mode) -> float:
    color = np.array(rgb_of(mode_color(mode)))
    return float((np.abs(picture.astype(int) - color).max(axis=2) < 12).mean())


def test_points_of_both_modes_are_drawn(picture) -> None:
    assert share_of(picture, Mode.DERMAL) > 0.002
    assert share_of(picture, Mode.INTRAMUSCULAR) > 0.0002


def test_the_modes_stay_apart_in_gray() -> None:
    light, dark = (
        np.dot(rgb_of(mode_color(m)), (0.2126, 0.7152, 0.0722)) for m in Mode
    )
    assert light > 150
    assert dark < 80


def test_the_same_plan_gives_the_same_picture(picture, phantom_analysis) -> None:
    again = draw_plan(make_plan(phantom_analysis, INTAKE, load_protocol(), DAY))
    assert encode_png(again) == encode_png(picture)


def test_a_stopped_plan_has_a_picture_without_points(phantom_analysis) -> None:
    young = parse_intake('schema = "facemap.intake/1"\nage_years = 17\n')
    drawn = draw_plan(make_plan(phantom_analysis, young, load_protocol(), DAY))
    assert share_of(drawn, Mode.DERMAL) == 0
    assert share_of(drawn, Mode.INTRAMUSCULAR) == 0


def test_one_mode_hides_the_other(phantom_analysis) -> None:
    made = make_plan(
        phantom_analysis, INTAKE, load_protocol(), DAY, modes=[Mode.DERMAL]
    )
    drawn = draw_plan(made)
    assert share_of(drawn, Mode.INTRAMUSCULAR) == 0
    assert share_of(drawn, Mode.DERMAL) > 0.002


def test_the_picture_is_no_larger_than_asked(phantom_analysis) -> None:
    made = make_plan(phantom_analysis, INTAKE, load_protocol(), DAY)
    small = draw_plan(made, max_side_px=600)
    assert small.shape[1] <= 600
    assert small.ndim == 3


def test_every_keep_out_is_hatched_to_its_border(phantom_analysis, picture) -> None:
    made = make_plan(phantom_analysis, INTAKE, load_protocol(), DAY)
    frame = _framed(made, 2200)
    dark = (picture[: frame.size_wh[1]].max(axis=2) < 80).astype(np.float32)
    for keepout in made.keepouts:
        if keepout.blocks and keepout.id in {"orbit", "supraorbital", "mental"}:
            mask = np.zeros(dark.shape, np.uint8)
            corners = np.rint(frame(keepout.shape_px)).astype(np.int32)
            cv2.fillPoly(mask, [corners], 1)
            assert dark[mask > 0].mean() > 0.03, keepout.id
