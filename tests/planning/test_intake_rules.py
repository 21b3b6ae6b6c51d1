"""Over all intakes: what stops, stops; what is overridden, is; and days count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from facemap.planning import Plan, make_plan
from facemap.protocol import (
    Answer,
    Intake,
    Mode,
    Override,
    StopLevel,
    Treatment,
    load_items,
    load_protocol,
    load_washouts,
    stopped_zones,
)
from facemap.types import Analysis
from tests.planning.test_plan import DAY, HEALTHY
from tests.protocol.test_intake import intakes

ZONE = "forehead"
ITEMS = {level: [i for i in load_items() if i.level is level] for level in StopLevel}


def nearly_healthy(said: Intake) -> Intake:
    """Keep little of what stops, so that most plans have steps to hold."""
    few = dict(list(said.answers.items())[:2])
    answers = {**HEALTHY.answers, **few}
    return replace(
        HEALTHY,
        answers=answers,
        treatments=said.treatments[:1],
        overrides=said.overrides,
    )


@pytest.fixture(scope="module")
def forehead(phantom_analysis) -> Analysis:
    """A face with lines on the forehead only, so that many plans take little time."""
    lines = [line for line in phantom_analysis.lines if line.zone == ZONE][:2]
    scores = tuple(
        score if score.zone == ZONE else replace(score, severity=0.0, severity_sd=0.0)
        for score in phantom_analysis.scores
    )
    return replace(phantom_analysis, lines=tuple(lines), scores=scores)


def plan(analysis: Analysis, intake: Intake, day: date = DAY) -> Plan:
    return make_plan(analysis, intake, load_protocol(), day)


def planned(made: Plan) -> set[Mode]:
    """Modes in which the forehead is planned."""
    return {step.mode for step in made.steps if step.zone == ZONE}


def answered(item_id: str, answer: Answer, **more: object) -> Intake:
    return replace(HEALTHY, answers={**HEALTHY.answers, item_id: answer}, **more)


@pytest.fixture(scope="module")
def free(forehead) -> Plan:
    made = plan(forehead, HEALTHY)
    assert planned(made) == set(Mode)
    return made


@pytest.mark.parametrize("answer", [Answer.YES, Answer.UNKNOWN])
@pytest.mark.parametrize("item", ITEMS[StopLevel.STOP_ALL], ids=lambda item: item.id)
def test_every_absolute_contraindication_stops_every_step(
    forehead, item, answer
) -> None:
    reason = (Override(item.id, "I say so."),)
    for overrides in ((), reason):
        made = plan(forehead, answered(item.id, answer, overrides=overrides))
        assert made.stopped
        assert made.steps == ()
        assert made.nothing_because.startswith("The intake stops the plan.")
        [stop] = [stop for stop in made.stops if stop.id == item.id]
        assert stop.holds


@pytest.mark.parametrize("item", ITEMS[StopLevel.OVERRIDE], ids=lambda item: item.id)
def test_every_relative_one_needs_an_override_that_is_kept(
    forehead, free, item
) -> None:
    held = plan(forehead, answered(item.id, Answer.YES))
    assert planned(held) == (set() if ZONE in item.zones else set(Mode))
    reason = (Override(item.id, "Cleared in writing."),)
    freed = plan(forehead, answered(item.id, Answer.YES, overrides=reason))
    opened = set(item.override_opens)
    assert [s.target for s in freed.steps] == [
        s.target for s in free.steps if s.mode in opened
    ]
    stop, *left = [stop for stop in freed.stops if stop.id == item.id]
    assert stop.overridden_because == "Cleared in writing."
    assert set(stop.modes) == opened
    assert [set(s.modes) for s in left if s.holds] == (
        [set(Mode) - opened] if opened != set(Mode) else []
    )


def test_what_is_not_for_muscle_by_default_no_override_opens_for_muscle(
    forehead,
) -> None:
    closed = [i for i in load_items() if "into muscle not" in i.message]
    assert (
        [i.id for i in closed if Mode.INTRAMUSCULAR not in i.override_opens]
        == ["anticoagulant"]
        == [i.id for i in closed]
    )
    reason = (Override("anticoagulant", "Cleared in writing.", "Dr. A. Example"),)
    for answer in (Answer.YES, Answer.UNKNOWN):
        made = plan(forehead, answered("anticoagulant", answer, overrides=reason))
        assert {step.mode for step in made.steps} == {Mode.DERMAL}
        held = [e.reason for e in made.excluded if e.zone == ZONE]
        assert any("does not open needling into muscle" in said for said in held)
    assert made.stops[0].overridden_by == "Dr. A. Example"


def test_an_override_of_the_skin_alone_leaves_a_plan_for_muscles_stopped(
    forehead,
) -> None:
    reason = (Override("anticoagulant", "Cleared in writing."),)
    said = answered("anticoagulant", Answer.YES, overrides=reason)
    modes = [Mode.INTRAMUSCULAR]
    made = make_plan(forehead, said, load_protocol(), DAY, modes=modes)
    assert made.stopped
    assert "does not open needling into muscle" in made.nothing_because


@pytest.mark.parametrize("item", ITEMS[StopLevel.STOP_AREA], ids=lambda item: item.id)
def test_an_area_that_is_stopped_has_no_step_and_the_others_keep_theirs(
    forehead, free, item
) -> None:
    where = {item.id: (ZONE,)}
    assert not planned(plan(forehead, answered(item.id, Answer.YES, where=where)))
    where = {item.id: ("chin",)}
    made = plan(forehead, answered(item.id, Answer.YES, where=where))
    assert made.steps == free.steps


@pytest.mark.parametrize("kind", load_washouts())
def test_a_wash_out_ends_on_its_day_in_either_mode(forehead, kind) -> None:
    washout = load_washouts()[kind]
    for mode in Mode:
        for passed, is_over in (
            (washout.days[mode] - 1, False),
            (washout.days[mode], True),
        ):
            treated = Treatment(kind, DAY - timedelta(passed), (ZONE,))
            made = plan(forehead, replace(HEALTHY, treatments=(treated,)))
            assert (mode in planned(made)) == is_over, (mode, passed)


@pytest.mark.parametrize("kind", ["botulinum_toxin", "oral_isotretinoin"])
def test_a_treatment_to_come_or_of_no_known_day_holds_until_it_is_overridden(
    forehead, free, kind
) -> None:
    for when in (None, DAY, DAY + timedelta(1), DAY + timedelta(400)):
        said = replace(HEALTHY, treatments=(Treatment(kind, when, (ZONE,)),))
        assert not planned(plan(forehead, said))
        freed = replace(said, overrides=(Override(kind, "No effect is left."),))
        assert plan(forehead, freed).steps == free.steps


@given(intakes.map(nearly_healthy))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_the_intake_no_step_stands_where_something_stops(
    forehead, intake
) -> None:
    made = plan(forehead, intake)
    for mode in Mode:
        stopped = stopped_zones(made.stops, mode)
        for step in made.steps:
            assert step.mode is not mode or step.zone not in stopped
    levels = {stop.level for stop in made.stops if stop.holds}
    if StopLevel.STOP_ALL in levels:
        assert made.stopped
    if made.stopped:
        assert made.steps == ()
    assert bool(made.steps) != bool(made.nothing_because)
