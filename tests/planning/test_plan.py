"""The plan: what stops it, what is in it, and that it says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facemap.planning import Plan, gains_of, make_plan
from facemap.planning.priority import need_of
from facemap.protocol import (
    Answer,
    Consent,
    DrawnZone,
    Intake,
    Lesion,
    Mode,
    Override,
    Palpation,
    Sex,
    StopLevel,
    Treatment,
    Wish,
    depth_cap_mm,
    load_items,
    load_protocol,
)
from facemap.sitting import Dynamics
from facemap.sitting.dynamics import Answer as GainAnswer
from facemap.sitting.dynamics import Gain
from facemap.types import ZONE_IDS, Analysis, ExpressionLabel, Verdict, View

DAY = date(2026, 5, 4)
HEALTHY = Intake(
    age_years=45,
    sex=Sex.MALE,
    skin_type=2,
    consent=Consent(Answer.YES, Answer.YES, Answer.NO),
    answers={item.id: Answer.NO for item in load_items()},
    treatments_complete=Answer.YES,
)


@pytest.fixture(scope="module")
def lined(phantom_analysis) -> Analysis:
    return phantom_analysis


def plan(analysis: Analysis, intake: Intake = HEALTHY, **options) -> Plan:
    return make_plan(analysis, intake, load_protocol(), DAY, **options)


@pytest.fixture(scope="module")
def whole(lined) -> Plan:
    return plan(lined)


def test_a_face_with_lines_gets_steps_of_both_modes(whole) -> None:
    assert {step.mode for step in whole.steps} == set(Mode)
    assert whole.nothing_because == ""
    assert not whole.stopped


def test_every_step_says_why_and_names_sources_that_resolve(whole) -> None:
    known = whole.protocol.references
    for step in whole.steps:
        assert step.points
        assert step.why
        assert step.evidence
        assert step.sources
        assert set(step.sources) <= known.keys()
        assert step.depth_mm.low <= step.depth_mm.high
        assert 0 <= step.priority <= 100


def test_the_neediest_comes_first(whole) -> None:
    priorities = [step.priority for step in whole.steps]
    assert priorities == sorted(priorities, reverse=True)


def test_no_depth_is_above_its_cap(lined) -> None:
    for sex, age in ((Sex.MALE, 40), (Sex.FEMALE, 40), (Sex.UNKNOWN, 70)):
        made = plan(lined, replace(HEALTHY, sex=sex, age_years=age))
        rows = {row.id: row for row in made.protocol.rows}
        for step in made.steps:
            row = rows[step.row]
            target = row.muscle or row.zone
            cap = depth_cap_mm(row.mode, target, row.part, sex=sex, age_years=age)
            assert step.depth_mm.high <= cap


def test_thinner_skin_gets_less_depth(lined) -> None:
    def forehead(sex: Sex) -> float:
        made = plan(lined, replace(HEALTHY, sex=sex))
        [step] = [s for s in made.steps if s.row == "dermal_forehead"]
        return step.depth_mm.high

    assert forehead(Sex.FEMALE) < forehead(Sex.MALE)


def test_modes_can_be_asked_for_alone(lined, whole) -> None:
    for mode in Mode:
        made = plan(lined, modes=[mode])
        of_mode = [replace(s, number=0) for s in whole.steps if s.mode is mode]
        assert [replace(step, number=0) for step in made.steps] == of_mode
        assert {left.mode for left in made.excluded} == {mode}


def test_every_zone_is_planned_or_left_out_with_a_reason(whole) -> None:
    planned = {s.zone for s in whole.steps if s.mode is Mode.DERMAL}
    left = {e.zone for e in whole.excluded if e.mode is Mode.DERMAL}
    assert planned | left == set(ZONE_IDS)
    assert not planned & left
    assert all(e.reason for e in whole.excluded)


def test_the_same_input_gives_the_same_plan(lined, whole) -> None:
    again = plan(lined)
    assert again.steps == whole.steps
    assert again.excluded == whole.excluded


@pytest.mark.parametrize(
    "intake",
    [
        replace(HEALTHY, age_years=17),
        replace(HEALTHY, age_years=None),
        replace(HEALTHY, consent=Consent()),
    ],
)
def test_children_and_missing_consent_stop_everything(lined, intake) -> None:
    made = plan(lined, intake)
    assert made.stopped
    assert made.steps == ()
    assert made.nothing_because


@given(
    item=st.sampled_from([i for i in load_items() if i.level is StopLevel.STOP_ALL]),
    answer=st.sampled_from([Answer.YES, Answer.UNKNOWN]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_absolute_item_stops_the_plan(lined, item, answer) -> None:
    answers = {**HEALTHY.answers, item.id: answer}
    made = plan(lined, replace(HEALTHY, answers=answers))
    assert made.stopped
    assert made.steps == ()


@given(item=st.sampled_from([i for i in load_items() if i.level is StopLevel.OVERRIDE]))
@settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_every_relative_item_needs_a_reason(lined, whole, item) -> None:
    said = replace(HEALTHY, answers={**HEALTHY.answers, item.id: Answer.YES})
    held = plan(lined, said)
    assert not {s.zone for s in held.steps} & set(item.zones)
    because = Override(item.id, "Cleared.")
    freed = plan(lined, replace(said, overrides=(because,)))
    assert freed.steps == whole.steps
    assert any(s.overridden_because == "Cleared." for s in freed.stops)


def test_a_wash_out_holds_to_its_last_day(lined) -> None:
    def planned(day: date) -> set[str | None]:
        treated = Treatment("botulinum_toxin", day, ("forehead",))
        made = plan(lined, replace(HEALTHY, treatments=(treated,)), modes=["dermal"])
        return {step.zone for step in made.steps}

    assert "forehead" not in planned(date(2026, 4, 21))
    assert "forehead" in planned(date(2026, 4, 20))


def test_a_lesion_takes_points_away(lined, whole) -> None:
    [before] = [s for s in whole.steps if s.row == "dermal_forehead"]
    u, v = before.points[0].uv
    around = [(u - 0.01, v - 0.01), (u + 0.01, v - 0.01), (u, v + 0.01)]
    made = plan(lined, replace(HEALTHY, lesions=(Lesion("mole", None, tuple(around)),)))
    [after] = [s for s in made.steps if s.row == "dermal_forehead"]
    assert after.left_out["outlined_1"] >= 1
    assert before.points[0] not in after.points
    assert any("Outlined: mole" in reason for reason in after.why)


def test_wish_and_tenderness_raise_the_priority(lined, whole) -> None:
    wish = Wish(("forehead",), 10)
    tender = Palpation("frontalis", "r", 8)
    made = plan(lined, replace(HEALTHY, wishes=(wish,), palpation=(tender,)))
    for row, by in (("dermal_forehead", 15.0), ("intramuscular_frontalis", 23.0)):
        before = next(s for s in whole.steps if s.row == row)
        after = next(s for s in made.steps if s.row == row)
        assert after.priority == pytest.approx(before.priority + by)
        assert any("wish" in reason for reason in after.why)


def test_a_movement_raises_the_priority(lined, whole) -> None:
    gain = Gain("forehead", 40.0, 55.0, 15.0, 3.0, GainAnswer.RISES)
    still = replace(gain, zone="chin", gain=1.0, answer=GainAnswer.NO_CHANGE)
    moved = Dynamics(
        View.FRONTAL, ExpressionLabel.BROW_RAISE, "brow_raise", (gain, still)
    )
    gains = gains_of([moved])
    assert gains == {"forehead": (15.0, "brow_raise")}
    made = plan(lined, gains=gains)
    [before] = [s for s in whole.steps if s.row == "dermal_forehead"]
    [after] = [s for s in made.steps if s.row == "dermal_forehead"]
    assert after.priority == pytest.approx(before.priority + 7.5)
    assert any("brow raise" in reason for reason in after.why)


def test_muscles_are_planned_side_by_side(whole) -> None:
    titles = {step.title for step in whole.steps if step.target == "frontalis"}
    assert titles == {"Frontalis, right", "Frontalis, left"}
    for step in whole.steps:
        if step.target == "frontalis":
            left = [point.uv[0] > 0.5 for point in step.points]
            assert all(left) if step.title.endswith("left") else not any(left)


def test_a_tender_muscle_that_folds_no_skin(lined) -> None:
    def masseter(tenderness: float) -> list[str | None]:
        found = Palpation("masseter", "r", tenderness)
        made = plan(lined, replace(HEALTHY, palpation=(found,)))
        return [step.zone for step in made.steps if step.target == "masseter"]

    assert masseter(7) == ["cheek_r"]
    assert masseter(2) == []


CHEEK = ((0.2, 0.66), (0.28, 0.66), (0.28, 0.74), (0.2, 0.74))


def test_a_drawn_zone_is_planned_by_hand(lined) -> None:
    drawn = DrawnZone("Jaw muscle", Mode.INTRAMUSCULAR, "masseter", None, CHEEK)
    made = plan(lined, replace(HEALTHY, drawn=(drawn,)))
    [step] = [s for s in made.steps if s.zone is None]
    assert step.drawn == "Jaw muscle"
    assert step.target == "masseter"
    # A stop of the area that it lies in holds there too.
    answers = {**HEALTHY.answers, "active_skin_disease": Answer.YES}
    where = {"active_skin_disease": ("cheek_r", "jawline_r")}
    made = plan(lined, replace(HEALTHY, drawn=(drawn,), answers=answers, where=where))
    assert not [s for s in made.steps if s.zone is None]
    assert any("Jaw muscle" in e.reason for e in made.excluded)


def test_skin_that_is_drawn_has_no_lines(lined) -> None:
    drawn = DrawnZone("Temple", Mode.DERMAL, None, None, CHEEK)
    made = plan(lined, replace(HEALTHY, drawn=(drawn,)))
    assert any("Temple, drawn: no lines" in e.reason for e in made.excluded)


def test_rows_on_demand_are_offered_on_demand(lined) -> None:
    row = "intramuscular_corrugator_medial"
    assert row not in {step.row for step in plan(lined).steps}
    left = [e for e in plan(lined).excluded if row in e.reason]
    assert left
    assert row in {step.row for step in plan(lined, asked_for=[row]).steps}


def test_a_face_without_lines_gets_an_empty_plan(lined) -> None:
    scores = tuple(
        replace(score, severity=score.severity and 5.0) for score in lined.scores
    )
    made = plan(replace(lined, scores=scores))
    assert made.steps == ()
    assert "No zone has lines" in made.nothing_because


def test_an_averaged_picture_gets_an_empty_plan(lined) -> None:
    checks = tuple(
        replace(check, verdict=Verdict.WARN, advice="Take another.")
        if check.id == "averaging"
        else check
        for check in lined.quality.checks
    )
    made = plan(replace(lined, quality=replace(lined.quality, checks=checks)))
    assert made.steps == ()
    assert made.nothing_because.endswith("Take another.")
    assert not made.stopped


def test_doubt_lowers_the_priority(lined) -> None:
    [score] = [s for s in lined.scores if s.zone == "forehead"]
    sure = need_of(replace(score, severity=40.0, severity_sd=1.0))
    unsure = need_of(replace(score, severity=40.0, severity_sd=10.0))
    assert sure.priority > unsure.priority > 0
    assert not need_of(replace(score, severity=20.0, severity_sd=10.0)).has_lines
    assert need_of(None).priority == 0
