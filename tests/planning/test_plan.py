"""The plan: what stops it, what is in it, and that it says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facemap.documents import plan_document
from facemap.documents.plan import plan_faults
from facemap.geometry import in_polygon
from facemap.planning import (
    Canvas,
    Plan,
    Step,
    gains_of,
    keepouts_of,
    lay_lines,
    make_plan,
    skin_of,
)
from facemap.planning.layout import ALONE
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
from tests.planning.made import mirrored

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
    opened = [s for s in whole.steps if s.mode in item.override_opens]
    unnumbered = [replace(step, number=0) for step in freed.steps]
    assert unnumbered == [replace(step, number=0) for step in opened]
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


TEMPLE = ((0.135, 0.24), (0.19, 0.24), (0.19, 0.3), (0.15, 0.3))
BROW = ((0.3, 0.1), (0.42, 0.1), (0.42, 0.2), (0.3, 0.2))


def drawn_step(made: Plan) -> Step:
    [step] = [s for s in made.steps if s.zone is None]
    return step


def nearest_mm(analysis: Analysis, step: Step) -> np.ndarray:
    at = skin_of(analysis.frame).mm(np.array([p.uv for p in step.points]))
    gaps = np.linalg.norm(at[:, None] - at, axis=2)
    np.fill_diagonal(gaps, np.inf)
    return gaps.min(axis=1)


def test_drawn_skin_without_lines_gets_a_field_of_points(lined) -> None:
    drawn = DrawnZone("Right temple", Mode.DERMAL, None, None, TEMPLE)
    made = plan(lined, replace(HEALTHY, drawn=(drawn,)), modes=[Mode.DERMAL])
    step = drawn_step(made)
    assert step.title == "Skin: Right temple"
    assert step.like == "crow_feet"
    assert step.depth_mm.high == 0.75
    assert any("field of" in reason for reason in step.why)
    assert step.cautions[0].startswith("Drawn beside the zones")
    assert len(step.points) > 5
    gaps = nearest_mm(lined, step)
    assert gaps.min() >= step.spacing_mm
    assert gaps.max() <= 1.15 * step.spacing_mm
    assert in_polygon(np.array([p.uv for p in step.points]), np.array(TEMPLE)).all()
    assert plan_faults(plan_document(made)) == ()


def test_drawn_skin_mirrors_and_is_planned_in_its_own_mode_only(lined) -> None:
    twin = tuple((1 - u, v) for u, v in TEMPLE)
    both = (
        DrawnZone("Right temple", Mode.DERMAL, None, None, TEMPLE),
        DrawnZone("Left temple", Mode.DERMAL, None, None, twin),
    )
    said = replace(HEALTHY, drawn=both)
    there = plan(mirrored(lined), said, modes=[Mode.DERMAL]).steps
    here = plan(lined, said, modes=[Mode.DERMAL]).steps

    def uv(steps: tuple[Step, ...], name: str) -> np.ndarray:
        [step] = [s for s in steps if s.drawn == name]
        return np.array([point.uv for point in step.points])

    right, left = uv(here, "Right temple"), uv(there, "Left temple")
    gaps = np.linalg.norm(right[:, None] - (left * [-1, 1] + [1, 0]), axis=2)
    assert len(left) == len(right)
    assert gaps.min(axis=1).max() < 1e-6
    muscles = plan(lined, said, modes=[Mode.INTRAMUSCULAR])
    assert not [s for s in muscles.steps if s.zone is None]
    assert not [e for e in muscles.excluded if "drawn" in e.reason]


def test_drawn_skin_follows_lines_that_no_step_is_for(lined) -> None:
    drawn = DrawnZone("Brow", Mode.DERMAL, None, None, BROW)
    scores = tuple(
        replace(score, severity=1.0) if score.zone == "forehead" else score
        for score in lined.scores
    )
    made = plan(replace(lined, scores=scores), replace(HEALTHY, drawn=(drawn,)))
    step = drawn_step(made)
    assert any(" along " in reason for reason in step.why)
    assert all(point.angle_deg is not None for point in step.points)
    assert in_polygon(np.array([p.uv for p in step.points]), np.array(BROW)).all()


def test_drawn_skin_keeps_away_from_the_points_of_a_zone(lined) -> None:
    drawn = DrawnZone("Brow", Mode.DERMAL, None, None, BROW)
    made = plan(lined, replace(HEALTHY, drawn=(drawn,)), modes=[Mode.DERMAL])
    skin = skin_of(lined.frame)
    step = drawn_step(made)
    others = [p.uv for s in made.steps if s is not step for p in s.points]
    apart = np.linalg.norm(
        skin.mm(np.array([p.uv for p in step.points]))[:, None]
        - skin.mm(np.array(others)),
        axis=2,
    )
    assert apart.min() >= step.spacing_mm


def test_what_is_kept_out_of_and_stops_hold_in_drawn_skin_too(lined) -> None:
    eye = ((0.3, 0.33), (0.4, 0.33), (0.4, 0.38), (0.3, 0.38))
    drawn = DrawnZone("Lid", Mode.DERMAL, None, None, eye)
    made = plan(lined, replace(HEALTHY, drawn=(drawn,)))
    assert not [s for s in made.steps if s.zone is None]
    [left] = [e for e in made.excluded if e.reason.startswith("Lid, drawn")]
    assert "Orbit" in left.reason
    temple = DrawnZone("Temple", Mode.DERMAL, None, None, TEMPLE)
    answers = {**HEALTHY.answers, "active_skin_disease": Answer.YES}
    where = {"active_skin_disease": ("crow_feet_r", "forehead")}
    said = replace(HEALTHY, drawn=(temple,), answers=answers, where=where)
    assert not [s for s in plan(lined, said).steps if s.zone is None]


def test_a_point_over_a_shallow_vessel_has_its_own_cap(lined) -> None:
    jaw = ((0.24, 0.7), (0.34, 0.7), (0.34, 0.86), (0.24, 0.86))
    drawn = DrawnZone("Jaw", Mode.DERMAL, None, None, jaw)
    made = plan(lined, replace(HEALTHY, drawn=(drawn,)), modes=[Mode.DERMAL])
    mixed = [s for s in made.steps if any(p.cap_mm is not None for p in s.points)]
    for step in mixed:
        own = [p.cap_mm for p in step.points]
        assert min(own) == step.depth_mm.high < max(own)
        assert any("may not be deeper" in caution for caution in step.cautions)
    keepouts = [k for k in made.keepouts if k.dermal_cap_mm is not None]
    for step in made.steps:
        spots = skin_of(lined.frame).spots(np.array([p.uv for p in step.points]))
        for keepout in keepouts:
            for point, held in zip(step.points, keepout.holds(spots), strict=True):
                cap = point.cap_mm or step.depth_mm.high
                assert not held or cap <= keepout.dermal_cap_mm


def test_one_or_two_points_are_no_step(lined) -> None:
    line = next(x for x in lined.lines if x.zone == "forehead")
    skin = skin_of(lined.frame)
    at = np.array([[0.45, 0.15], [0.452, 0.15]])
    short = replace(line, path_px=skin.px(at))
    # What lies under it, with its margin, takes the row below the line.
    below = ((0.45, 0.187), (0.452, 0.187), (0.451, 0.2))
    said = replace(HEALTHY, lesions=(Lesion("mole", None, below),))
    made = plan(replace(lined, lines=(short,)), said, modes=[Mode.DERMAL])
    [left] = [e for e in made.excluded if e.zone == "forehead"]
    assert left.reason.startswith("Only 2 points are left, too few")


def test_nothing_is_planned_beside_a_line_that_is_kept_out_of(lined) -> None:
    line = next(x for x in lined.lines if x.zone == "forehead")
    skin = skin_of(lined.frame)
    at = np.array([[0.42, 0.15], [0.5, 0.15]])
    path = replace(line, path_px=skin.px(at))
    on_it = ((0.38, 0.1495), (0.54, 0.1495), (0.54, 0.1505), (0.38, 0.1505))
    canvas = Canvas(lined, keepouts_of(lined.frame))
    open_to = lay_lines(canvas, "forehead", [path], spacing_mm=3.0, side_rows=2)
    mole = [Lesion("scar", None, on_it)]
    canvas = Canvas(lined, keepouts_of(lined.frame, mole))
    held = lay_lines(canvas, "forehead", [path], spacing_mm=3.0, side_rows=2)
    assert open_to.points
    assert held.points == ()
    assert held.left_out[ALONE] > 5


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


def bearded_by(analysis: Analysis, percent: float) -> Analysis:
    checks = tuple(
        replace(check, value=percent) if check.id == "beard" else check
        for check in analysis.quality.checks
    )
    return replace(analysis, quality=replace(analysis.quality, checks=checks))


def test_nothing_is_planned_where_a_beard_ends(lined) -> None:
    tender = replace(
        HEALTHY,
        palpation=tuple(
            Palpation(m, s, 8.0) for m in ("mentalis", "dao") for s in "rl"
        ),
    )
    shaven, bearded = (plan(bearded_by(lined, n), tender) for n in (30.0, 40.0))
    low = ("cheek", "upper_lip", "lower_lip", "marionette", "chin", "jawline")

    def below(made: Plan) -> list[Step]:
        return [s for s in made.steps if s.zone is not None and s.zone.startswith(low)]

    assert {step.mode for step in below(shaven)} == set(Mode)
    assert below(bearded) == []
    assert [s.row for s in bearded.steps] == [
        s.row for s in shaven.steps if s not in below(shaven)
    ]
    said = [left for left in bearded.excluded if "beard covers 40 %" in left.reason]
    assert {left.mode for left in said} == set(Mode)


def test_of_a_stopped_plan_there_is_nothing_to_keep_out_of(lined) -> None:
    made = plan(lined, replace(HEALTHY, age_years=17))
    assert made.stopped
    assert made.keepouts == ()
    document = plan_document(made)
    assert document["keepouts"] == []
    assert plan_faults(document) == ()


def test_doubt_lowers_the_priority(lined) -> None:
    [score] = [s for s in lined.scores if s.zone == "forehead"]
    sure = need_of(replace(score, severity=40.0, severity_sd=1.0))
    unsure = need_of(replace(score, severity=40.0, severity_sd=10.0))
    assert sure.priority > unsure.priority > 0
    assert not need_of(replace(score, severity=20.0, severity_sd=10.0)).has_lines
    assert need_of(None).priority == 0
