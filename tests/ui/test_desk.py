"""What a session plans: the intake as it is filled in, and decisions."""

from __future__ import annotations

import json
from datetime import date

import pytest

from facemap.planning import Verdict
from facemap.protocol import (
    Answer,
    Mode,
    intake_faults,
    judge_intake,
    load_items,
    load_question_groups,
    parse_intake,
)
from facemap.service import open_service
from facemap.ui.desk import Desk

SHA = "photo"


@pytest.fixture
def desk() -> Desk:
    """An intake on which nothing is stopped."""
    desk = Desk()
    desk.day = date(2026, 5, 4)
    for item in load_items():
        desk.set_answer(item.id, Answer.NO)
    desk.put(46, "age_years")
    desk.put("yes", "consent", "treatment")
    desk.put("yes", "consent", "photo")
    desk.put("yes", "treatments_complete")
    return desk


def propose(desk: Desk, analysis):
    return desk.proposal(open_service(), SHA, analysis, {})


def test_an_empty_form_is_an_intake_that_stops_everything() -> None:
    intake = Desk().intake()
    stops = judge_intake(intake, date(2026, 5, 4))
    assert {stop.id for stop in stops} > {"age", "consent_treatment", "needle_phobia"}
    assert all(intake.answer(item.id) is Answer.UNKNOWN for item in load_items())


def test_what_is_filled_in_is_a_valid_intake(desk: Desk) -> None:
    desk.filled["treatment"] = [{"kind": "needling", "date": "", "zones": []}]
    desk.put("II", "skin_type")
    desk.set_tenderness("masseter", "r", 7)
    desk.rows("wish").append({"zone": "chin", "importance": 3})
    desk.add_outline("mole", [[0.3, 0.5], [0.31, 0.5], [0.31, 0.51]])
    table = json.loads(desk.intake_text())
    assert intake_faults(table) == ()
    intake = desk.intake()
    assert intake.skin_type == 2
    assert intake.palpation[0].tenderness == 7
    assert intake.lesions[0].outline_uv[0] == (0.3, 0.5)
    assert intake == parse_intake(desk.intake_text())


def test_the_rest_of_a_group_can_be_answered_with_no_and_keeps_what_is_said() -> None:
    desk, group = Desk(), load_question_groups()[0]
    desk.set_answer(group.items[0].id, Answer.YES)
    before = desk.version
    desk.say_no_to_rest(group)
    said = [desk.answer(item.id) for item in group.items]
    assert said == [Answer.YES, *[Answer.NO] * (len(group.items) - 1)]
    assert desk.version > before


def test_zones_go_with_a_yes_only(desk: Desk) -> None:
    desk.set_answer("lymphedema", Answer.YES)
    desk.put(["chin"], "where", "lymphedema")
    assert desk.intake().where == {"lymphedema": ("chin",)}
    desk.set_answer("lymphedema", Answer.NO)
    assert desk.intake().where == {}


def test_a_reason_is_kept_with_its_practitioner_and_goes_with_the_answer(
    desk: Desk,
) -> None:
    desk.set_answer("anticoagulant", Answer.YES)
    [stop] = judge_intake(desk.intake(), desk.day)
    assert stop.holds
    desk.override("anticoagulant", "  Cleared in writing. ")
    desk.practitioner = "Dr. A. Example"
    [override] = desk.intake().overrides
    assert (override.because, override.by) == ("Cleared in writing.", "Dr. A. Example")
    stop, left = judge_intake(desk.intake(), desk.day)
    assert stop.overridden_because == "Cleared in writing."
    assert left.holds
    desk.set_answer("anticoagulant", Answer.NO)
    desk.set_answer("anticoagulant", Answer.YES)
    assert desk.reason("anticoagulant") == ""


def test_tenderness_is_noted_once_a_muscle_and_side_and_can_be_taken_back() -> None:
    desk = Desk()
    desk.set_tenderness("masseter", "r", 3)
    desk.set_tenderness("masseter", "l", 4)
    desk.set_tenderness("masseter", "r", 7)
    assert [(r["side"], r["tenderness"]) for r in desk.rows("palpation")] == [
        ("l", 4),
        ("r", 7),
    ]
    desk.set_tenderness("masseter", "r", None)
    assert len(desk.rows("palpation")) == 1


def test_a_plan_is_proposed_once_for_the_same_answers(
    desk: Desk, phantom_analysis
) -> None:
    first = propose(desk, phantom_analysis)
    assert propose(desk, phantom_analysis) is first
    desk.day = date(2026, 5, 5)
    assert propose(desk, phantom_analysis) is not first


def test_decisions_stay_where_the_step_is_the_same_and_the_others_are_told(
    desk: Desk, phantom_analysis
) -> None:
    first = propose(desk, phantom_analysis)
    for step in first.steps:
        desk.decide(SHA, step, verdict=Verdict.ACCEPTED)
    desk.modes = (Mode.DERMAL,)
    skin = propose(desk, phantom_analysis)
    gone = [step.title for step in first.steps if step.mode is not Mode.DERMAL]
    assert gone
    assert list(desk.undone) == gone
    assert len(desk.decisions(SHA)) == len(skin.steps)
    desk.decide(SHA, skin.steps[0], verdict=Verdict.REJECTED)
    assert desk.undone == ()


def test_a_point_is_removed_and_taken_back(desk: Desk, phantom_analysis) -> None:
    step = propose(desk, phantom_analysis).steps[0]
    before = desk.round_of(step)
    desk.switch_point(SHA, step, 2)
    assert desk.decision(SHA, step).removed == {2}
    assert desk.round_of(step) > before
    desk.switch_point(SHA, step, 2)
    assert desk.decisions(SHA) == {}


def test_a_zone_is_decided_on_as_a_whole(desk: Desk, phantom_analysis) -> None:
    steps = propose(desk, phantom_analysis).steps[:2]
    desk.decide_all(SHA, steps, Verdict.REJECTED)
    assert {d.verdict for d in desk.decisions(SHA).values()} == {Verdict.REJECTED}
    assert len(desk.decisions(SHA)) == 2


def test_a_plan_can_change_twice_after_a_zone_was_decided_on(
    desk: Desk, phantom_analysis
) -> None:
    steps = propose(desk, phantom_analysis).steps
    desk.decide_all(SHA, steps, Verdict.ACCEPTED)
    before = [desk.round_of(step) for step in steps]
    for day in (5, 6):
        desk.day = date(2026, 5, day)
        propose(desk, phantom_analysis)
    assert [desk.round_of(step) for step in steps] == [n + 2 for n in before]
