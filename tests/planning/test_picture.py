"""The plan's picture: on the photo, in marks that gray keeps apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest

from facemap.planning import make_plan
from facemap.protocol import (
    Answer,
    Consent,
    Intake,
    Mode,
    Override,
    example_text,
    load_protocol,
    parse_intake,
)
from facemap.render import draw_face_chart, draw_plan, encode_png
from facemap.render.colors import chrome_color, mode_color, rgb_of
from facemap.render.marks import text_unit
from facemap.render.plan import _framed
from facemap.types import ExpressionLabel, Quality, Verdict
from tests.planning.made import mirrored

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


@pytest.mark.parametrize("draw", [draw_plan, draw_face_chart])
@pytest.mark.parametrize(
    "change",
    [
        {"consent": Consent(Answer.YES, Answer.NO)},
        {"consent": Consent(Answer.NO, Answer.YES)},
        {"age_years": 17},
        {"answers": {**INTAKE.answers, "pregnant_or_breastfeeding": Answer.YES}},
    ],
)
def test_a_stopped_plan_is_a_card_that_has_nothing_of_the_photo(
    phantom_analysis, draw, change
) -> None:
    made = make_plan(phantom_analysis, replace(INTAKE, **change), load_protocol(), DAY)
    card = draw(made)
    noise = np.random.default_rng(0).integers(0, 256, made.analysis.photo.rgb.shape)
    photo = replace(made.analysis.photo, rgb=noise.astype(np.uint8))
    elsewhere = replace(made.analysis, photo=photo, frame=mirrored(made.analysis).frame)
    assert np.array_equal(card, draw(replace(made, analysis=elsewhere)))
    # Text on paper is all that there is.
    paper = np.array(rgb_of(chrome_color("paper")))
    assert (np.abs(card.astype(int) - paper).max(axis=2) < 8).mean() > 0.8


def test_every_reason_of_a_stopped_plan_has_room(phantom_analysis) -> None:
    one = replace(INTAKE, age_years=17)
    few, many = (
        draw_plan(make_plan(phantom_analysis, intake, load_protocol(), DAY))
        for intake in (one, Intake())
    )
    assert many.shape[1] == few.shape[1]
    assert many.shape[0] > few.shape[0] + 20 * 1.4 * text_unit(few.shape[1])


@pytest.mark.parametrize("draw", [draw_plan, draw_face_chart])
def test_an_overridden_stop_and_a_smile_have_lines_of_their_own(
    phantom_analysis, draw
) -> None:
    answers = {**INTAKE.answers, "latex_allergy": Answer.YES}
    reason = (Override("latex_allergy", "Nitrile gloves.", "Dr. A. Example"),)
    said = replace(INTAKE, answers=answers, overrides=reason)
    made = make_plan(phantom_analysis, said, load_protocol(), DAY)
    frame = made.analysis.frame
    smile = replace(frame.expression, label=ExpressionLabel.SMILE)
    rest = replace(frame.expression, label=ExpressionLabel.REST)
    good = Quality(Verdict.PASS, ())

    def high(plan, expression) -> int:
        shown = replace(frame, expression=expression)
        analysis = replace(plan.analysis, frame=shown, quality=good)
        return draw(replace(plan, analysis=analysis)).shape[0]

    plain = high(replace(made, stops=()), rest)
    line = round(1.4 * text_unit(draw(made).shape[1]))
    assert high(made, rest) == pytest.approx(plain + line, abs=1)
    assert high(made, smile) > high(made, rest)


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
