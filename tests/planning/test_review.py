"""A practitioner's decisions make a new plan; nothing of the old one gets lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from facemap.documents import check_document, plan_document, to_json
from facemap.documents.plan import plan_faults
from facemap.planning import (
    REMOVED,
    Decision,
    Verdict,
    decide,
    make_plan,
    step_key,
    still_meant,
)
from facemap.protocol import Mode, example_text, load_protocol, parse_intake

INTAKE = parse_intake(example_text("intake"), source="the example")
DAY = date(2026, 5, 4)


@pytest.fixture(scope="module")
def plan(phantom_analysis):
    return make_plan(phantom_analysis, INTAKE, load_protocol(), DAY)


def test_steps_and_points_have_numbers_from_1_on(plan) -> None:
    assert [step.number for step in plan.steps] == list(range(1, len(plan.steps) + 1))
    for step in plan.steps:
        numbers = [point.number for point in step.points]
        assert numbers == list(range(1, len(numbers) + 1))


def test_every_step_has_a_name_of_its_own(plan) -> None:
    assert len({step_key(step) for step in plan.steps}) == len(plan.steps)


def test_no_decision_changes_nothing(plan) -> None:
    left = decide(plan, {})
    assert left.steps == plan.steps
    assert left.decided == ()


def test_a_rejected_step_is_in_no_step_and_its_number_is_not_given_again(plan) -> None:
    first = plan.steps[0]
    rejected = Decision(Verdict.REJECTED, "Too close to a scar.")
    left = decide(plan, {step_key(first): rejected})
    assert [step.number for step in left.steps] == [s.number for s in plan.steps[1:]]
    document = plan_document(left)
    assert plan_faults(document) == ()
    assert check_document(to_json(document)) == ("facemap.plan/1", ())
    [gone] = document["rejected"]
    assert gone["number"] == 1
    assert gone["because"] == "Too close to a scar."
    assert len(gone["points"]) == len(first.points)
    reasons = [row["reason"] for row in document["excluded"]]
    assert f"{first.title}: rejected by the practitioner: Too close to a scar." in (
        reasons
    )
    assert first.title not in json.dumps(document["steps"])


def test_an_accepted_step_says_so_and_the_others_stay_open(plan) -> None:
    key = step_key(plan.steps[0])
    document = plan_document(decide(plan, {key: Decision(Verdict.ACCEPTED)}))
    assert [step["decision"] for step in document["steps"]] == [
        "accepted",
        *[None] * (len(plan.steps) - 1),
    ]
    assert document["status"] == "proposal"


def test_a_removed_point_is_counted_said_and_kept_as_a_record(plan) -> None:
    step = plan.steps[0]
    decisions = {step_key(step): Decision(removed=frozenset({2, 3}))}
    left = decide(plan, decisions)
    assert [p.number for p in left.steps[0].points][:2] == [1, 4]
    assert left.steps[0].left_out[REMOVED] == 2
    assert left.steps[0].why[-1] == "Removed by the practitioner: 2 points (2, 3)."
    document = plan_document(left)
    assert plan_faults(document) == ()
    assert check_document(to_json(document)) == ("facemap.plan/1", ())
    assert [point["number"] for point in document["steps"][0]["removed"]] == [2, 3]
    written = {row["id"]: row for row in document["steps"][0]["left_out"]}
    assert written[REMOVED]["name"] == "Removed by the practitioner"


def test_a_step_without_a_point_left_is_rejected(plan) -> None:
    step = plan.steps[0]
    every = frozenset(point.number for point in step.points)
    left = decide(plan, {step_key(step): Decision(Verdict.ACCEPTED, removed=every)})
    assert step.number not in {one.number for one in left.steps}
    assert left.decided[0].verdict is Verdict.REJECTED
    assert "Every point was removed" in left.decided[0].because


def test_with_every_step_rejected_the_plan_is_empty_and_says_why(plan) -> None:
    no = {step_key(step): Decision(Verdict.REJECTED) for step in plan.steps}
    left = decide(plan, no)
    assert left.steps == ()
    document = plan_document(left)
    assert document["nothing_because"] == "The practitioner rejected every step."
    assert check_document(to_json(document)) == ("facemap.plan/1", ())
    assert not left.stopped


def test_the_proposal_itself_is_what_is_decided_on(plan) -> None:
    left = decide(plan, {step_key(plan.steps[0]): Decision(Verdict.ACCEPTED)})
    with pytest.raises(ValueError, match="decided on before"):
        decide(left, {})


def test_decisions_outlive_a_new_plan_only_where_the_step_is_the_same(
    phantom_analysis, plan
) -> None:
    decisions = {step_key(step): Decision(Verdict.ACCEPTED) for step in plan.steps}
    again = make_plan(phantom_analysis, INTAKE, load_protocol(), DAY)
    assert still_meant(plan.steps, again.steps, decisions) == decisions
    skin = make_plan(
        phantom_analysis, INTAKE, load_protocol(), DAY, modes=[Mode.DERMAL]
    )
    kept = still_meant(plan.steps, skin.steps, decisions)
    assert set(kept) == {step_key(step) for step in skin.steps}
    first = plan.steps[0]
    shifted = [replace(first, points=first.points[1:])]
    assert still_meant(plan.steps, shifted, decisions) == {}


def test_numbers_that_do_not_agree_are_told(plan) -> None:
    key = step_key(plan.steps[0])
    left = decide(plan, {key: Decision(removed=frozenset({2}))})
    document = plan_document(left)
    document["steps"][0]["removed"].clear()
    assert any("are not numbered" in fault for fault in plan_faults(document))
