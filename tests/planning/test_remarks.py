"""What must be seen at first sight: overridden stops, and what the photo is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from facemap.documents import plan_notes
from facemap.planning import (
    intake_remarks,
    make_plan,
    override_remarks,
    photo_remarks,
)
from facemap.planning.layout import Layout, PlanPoint
from facemap.planning.reasons import said_left_out, said_points
from facemap.protocol import (
    Answer,
    Override,
    Palpation,
    Wish,
    judge_intake,
    load_protocol,
)
from facemap.types import Analysis, Check, ExpressionLabel, Quality, Verdict
from tests.planning.test_plan import DAY, HEALTHY

ANTICOAGULATED = replace(
    HEALTHY, answers={**HEALTHY.answers, "anticoagulant": Answer.YES}
)


def check(name: str, verdict: Verdict, widens_sd: float) -> Check:
    advice = f"Mend {name}."
    return Check(name, 1.0, "1", 0.5, 0.9, verdict, advice, (), widens_sd)


def shown(
    analysis: Analysis, label: ExpressionLabel, *checks: Check, worst: Verdict
) -> Analysis:
    expression = replace(analysis.frame.expression, label=label)
    return replace(
        analysis,
        frame=replace(analysis.frame, expression=expression),
        quality=Quality(worst, checks),
    )


@pytest.mark.parametrize(
    ("by", "told"), [("", "Overridden"), ("Dr. A.", "Overridden (by Dr. A.)")]
)
def test_an_overridden_stop_is_said_once_with_reason_and_by_whom(by, told) -> None:
    reason = (Override("anticoagulant", "Cleared in\nwriting.", by),)
    stops = judge_intake(replace(ANTICOAGULATED, overrides=reason), DAY)
    [said] = override_remarks(stops)
    assert said.startswith(f"{told}, into skin only: Anticoagulant")
    assert said.endswith("Reason: Cleared in writing.")
    assert override_remarks(judge_intake(ANTICOAGULATED, DAY)) == []
    latex = {**HEALTHY.answers, "latex_allergy": Answer.YES}
    reason = (Override("latex_allergy", "Nitrile gloves.", by),)
    stops = judge_intake(replace(HEALTHY, answers=latex, overrides=reason), DAY)
    assert override_remarks(stops)[0].startswith(f"{told}: Allergy to latex")


def test_a_photo_at_rest_that_passes_has_no_remark(phantom_analysis) -> None:
    good = shown(phantom_analysis, ExpressionLabel.REST, worst=Verdict.PASS)
    assert photo_remarks(good) == []


@pytest.mark.parametrize("label", set(ExpressionLabel) - {ExpressionLabel.REST})
def test_a_photo_that_is_not_at_rest_says_so_once(phantom_analysis, label) -> None:
    warned = check("expression", Verdict.WARN, 1.3)
    moved = shown(phantom_analysis, label, warned, worst=Verdict.WARN)
    [said] = photo_remarks(moved)
    assert said.startswith("The photo shows ")
    assert "Plan on a frontal photo at rest." in said
    made = make_plan(moved, HEALTHY, load_protocol(), DAY)
    assert said in plan_notes(made)


def test_of_a_poor_photo_the_worst_advice_is_said_and_only_once(
    phantom_analysis,
) -> None:
    checks = (
        check("light", Verdict.WARN, 3.0),
        check("pose", Verdict.REJECT, 1.2),
        check("focus", Verdict.REJECT, 2.0),
    )
    poor = shown(phantom_analysis, ExpressionLabel.REST, *checks, worst=Verdict.REJECT)
    assert photo_remarks(poor) == ["Photo quality: reject. Mend focus."]
    notes = " ".join(plan_notes(make_plan(poor, HEALTHY, load_protocol(), DAY)))
    assert notes.count("Mend focus.") == 1
    assert notes.count("Mend pose.") == 1
    warned = shown(
        phantom_analysis, ExpressionLabel.REST, checks[0], worst=Verdict.WARN
    )
    assert photo_remarks(warned) == ["Photo quality: warn. Mend light."]


def test_a_little_tenderness_is_said_with_the_threshold(phantom_analysis) -> None:
    said = replace(HEALTHY, palpation=(Palpation("masseter", "r", 4),))
    made = make_plan(phantom_analysis, said, load_protocol(), DAY)
    why = {e.zone: e.reason for e in made.excluded if e.target == "masseter"}
    told = "Tenderness 4 of 10 found by hand is under the 5 from which a muscle"
    assert told in why["cheek_r"]
    assert why["cheek_l"].endswith("No tenderness was found by hand.")
    enough = replace(HEALTHY, palpation=(Palpation("masseter", "r", 5),))
    made = make_plan(phantom_analysis, enough, load_protocol(), DAY)
    assert [s.zone for s in made.steps if s.target == "masseter"] == ["cheek_r"]


def test_nothing_is_excluded_twice(phantom_analysis) -> None:
    tender = replace(HEALTHY, palpation=(Palpation("frontalis", "l", 3),))
    for intake in (HEALTHY, tender, ANTICOAGULATED):
        smooth = replace(
            phantom_analysis,
            scores=tuple(
                replace(s, severity=0.0, severity_sd=0.0)
                for s in phantom_analysis.scores
            ),
        )
        for analysis in (phantom_analysis, smooth):
            left = make_plan(analysis, intake, load_protocol(), DAY).excluded
            named = [(e.zone, e.mode, e.target, e.side) for e in left]
            assert len(named) == len(set(named))
    left = make_plan(smooth, tender, load_protocol(), DAY).excluded
    assert {e.side for e in left if e.target == "frontalis"} == {"r", "l"}


def test_one_point_is_one() -> None:
    point = PlanPoint((0.5, 0.5), (1.0, 1.0))
    assert said_points(Layout((point,), {}, 1), 10.0) == "1 point"
    assert said_points(Layout((point, point), {}, 2), 10.0) == "2 points, 10 mm apart"
    [said] = said_left_out((), Layout((), {"off_skin": 1}, 1))
    assert said.startswith("1 point was left out: ")


@pytest.mark.parametrize(
    ("days", "told"),
    [(-1, "after this day"), (31, "31 days before"), (30, ""), (0, "")],
)
def test_an_intake_that_is_old_or_of_the_future_is_told(days, told) -> None:
    filled = replace(HEALTHY, filled_on=DAY - timedelta(days=days))
    said = " ".join(intake_remarks(filled, DAY, []))
    assert told in said
    assert bool(said) == bool(told)


def test_a_wish_that_no_step_meets_is_told(phantom_analysis) -> None:
    wishing = replace(
        HEALTHY, wishes=(Wish(("cheek_r", "cheek_l"), 8.0), Wish(("forehead",), 3.0))
    )
    [said] = intake_remarks(wishing, DAY, ["forehead", None])
    assert "Cheek (both)" in said
    assert "Forehead" not in said
    assert intake_remarks(wishing, DAY, ["forehead", "cheek_l"]) == []
    made = make_plan(phantom_analysis, wishing, load_protocol(), DAY)
    assert set(made.remarks) <= set(plan_notes(made))
