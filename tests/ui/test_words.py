"""Ids to words: every id that a document may hold has its words."""

from __future__ import annotations

import pytest

from facemap.pipeline import STAGES
from facemap.resources import load_knowledge
from facemap.sitting import Answer
from facemap.types import (
    ZONE_IDS,
    ExpressionLabel,
    LineKind,
    ScaleSource,
    Verdict,
    View,
)
from facemap.ui import words


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        (words.ANSWERS, Answer),
        (words.EXPRESSIONS, ExpressionLabel),
        (words.KINDS, LineKind),
        (words.SCALE_SOURCES, ScaleSource),
        (words.STAGES, ["photo", *STAGES]),
        (words.VERDICTS, Verdict),
        (words.VIEWS, View),
    ],
)
def test_every_id_has_words(said, ids) -> None:
    assert list(said) == [str(i) for i in ids]


def test_every_zone_has_a_name_of_its_own() -> None:
    assert len({words.zone_name(zone) for zone in ZONE_IDS}) == len(ZONE_IDS)


def test_every_check_has_a_title_and_limits() -> None:
    for check_id, row in load_knowledge("quality")["check"].items():
        assert words.check_title(check_id) == row["title"]
        check = {"id": check_id, "unit": "u", "warn": 5.0, "reject": None}
        assert words.check_limits(check).startswith("caution ")


def test_a_limit_says_its_side() -> None:
    check = {"id": "resolution", "unit": "px/mm", "warn": 7.0, "reject": 2.0}
    assert words.check_limits(check) == "caution below 7 px/mm, retake below 2 px/mm"


def test_a_severity_is_said_with_its_uncertainty() -> None:
    assert words.severity(34.4, 5.6) == "34 ± 6"
    assert words.severity(0.2, 0.3) == "0 ± 1"  # nothing is certain
    assert words.severity(34.4, None) == "34"
    assert words.severity(None, None) == "–"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("Hidden by hair", "Can't be judged: hidden by hair"),
        ("under 2 px/mm", "Can't be judged: under 2 px/mm"),
        ("RGB", "Can't be judged: RGB"),
        ("", "Can't be judged"),
        (None, "Can't be judged"),
    ],
)
def test_a_zone_that_cannot_be_judged_says_why(reason, said) -> None:
    assert words.can_not_judge(reason) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (None, "mm", "can't be judged"),
        (-6.23, "degrees", "−6.23°"),
        (0.0, "", "0"),
        (2414.2, "px", "2414 px"),
        (0.7312, "ratio", "0.731"),
        (3.0, "%", "3 %"),
    ],
)
def test_a_check_says_its_value_and_unit(value, unit, said) -> None:
    assert words.check_value({"value": value, "unit": unit}) == said


def test_an_angle_that_rounds_to_nothing_has_no_direction() -> None:
    assert words.angle(-0.4, "up", "down") == "0°"
    assert words.angle(6.2, "to the left", "to the right") == "6° to the left"


def test_a_message_ends_with_one_full_stop() -> None:
    assert words.sentence("It is no photo") == "It is no photo."
    assert words.sentence("It is no photo.") == "It is no photo."
