"""Visits to series: what belongs together, in what order, and what changed."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.comparison import Change, LineCounts, ZoneVerdict
from facemap.comparison.change import BEYOND
from facemap.comparison.series import (
    Treatment,
    Visit,
    ZoneReading,
    arrange,
    series_table,
    visit_of,
)
from facemap.types import ZONE_IDS, View

FIRST = date(2026, 3, 2)


def visit(
    name: str,
    *,
    day: date | None = FIRST,
    severity: float | None = 30.0,
    sd: float = 2.0,
    view: View = View.FRONTAL,
    movement: str = "rest",
    **zones: float | None,
) -> Visit:
    """Every zone reads the same, but for those named."""

    def reading(zone: str) -> ZoneReading:
        value = zones.get(zone, severity)
        if value is None:
            return ZoneReading(zone, None, None, f"{zone} is hidden by hair")
        return ZoneReading(zone, value, sd)

    return Visit(
        name, f"{name}.jpg", day, view, movement, tuple(map(reading, ZONE_IDS))
    )


def change(zone: str, delta: float | None, sd: float | None) -> Change:
    return Change(
        zone=zone,
        before=30.0,
        after=None if delta is None else 30.0 + delta,
        delta=delta,
        sd=sd,
        smallest_detectable=None if sd is None else BEYOND * sd,
        percent=None,
        length_delta_mm=None,
        depth_delta=None,
        lines=LineCounts(),
        verdict=ZoneVerdict.NOT_COMPARABLE,
        reasons=() if delta is not None else ("The face moves otherwise.",),
    )


days = st.one_of(
    st.none(), st.integers(0, 900).map(lambda n: FIRST + timedelta(days=n))
)
visits = st.lists(
    st.builds(
        visit,
        st.text("abcdef", min_size=1, max_size=3),
        day=days,
        severity=st.one_of(st.none(), st.floats(0, 100)),
        sd=st.floats(0.3, 9),
        view=st.sampled_from(View),
        movement=st.sampled_from(["rest", "smile", "frown"]),
    ),
    min_size=1,
    max_size=9,
)


@given(visits)
def test_every_photo_is_in_the_series_of_its_view_and_movement(given_: list) -> None:
    found = arrange(given_)
    kinds = {(v.view, v.movement) for v in given_}
    assert {(s.view, s.movement) for s in found} == kinds
    assert len(found) == len(kinds)
    for series in found:
        held = (*series.visits, *series.undated)
        kind = series.view, series.movement
        assert {(v.view, v.movement) for v in held} == {kind}
        ids = {v.id for v in given_ if (v.view, v.movement) == kind}
        assert sorted(v.id for v in held) == sorted(ids)


@given(visits)
def test_visits_run_by_date_and_steps_from_each_to_the_next(given_: list) -> None:
    for series in arrange(given_):
        dated = [v.day for v in series.visits if v.day is not None]
        assert dated == sorted(dated)
        assert series.dated or dated == []
        ids = [v.id for v in series.visits]
        for line in series.timelines:
            assert [p.visit for p in line.points] == ids
            assert [(s.before, s.after) for s in line.steps] == list(pairwise(ids))
            if len(ids) > 1:
                assert line.first_to_last is not None
                assert line.first_to_last.before == ids[0]
                assert line.first_to_last.after == ids[-1]
            else:
                assert line.first_to_last is None


@given(visits)
def test_the_order_in_which_dated_photos_are_given_decides_nothing(
    given_: list,
) -> None:
    apart = {v.id: v for v in given_}
    dated = [
        replace(v, day=FIRST + timedelta(days=k)) for k, v in enumerate(apart.values())
    ]
    assert arrange(dated) == arrange(dated[::-1])


@given(visits)
def test_bands_hold_the_severity_and_stay_on_the_scale(given_: list) -> None:
    for series in arrange(given_):
        for line in series.timelines:
            for point in line.points:
                if point.severity is None:
                    assert (point.low, point.high) == (None, None)
                else:
                    assert 0 <= point.low <= point.severity <= point.high <= 100


@given(visits)
def test_a_change_comes_with_its_sd_and_the_smallest_that_would_show(
    given_: list,
) -> None:
    by_id = {v.id: v for v in reversed(given_)}
    for series in arrange(by_id.values()):
        for k, line in enumerate(series.timelines):
            for step in line.steps:
                a, b = (by_id[i].zones[k] for i in (step.before, step.after))
                if a.severity is None or b.severity is None:
                    assert step.verdict is ZoneVerdict.NOT_COMPARABLE
                    assert step.delta is None
                    assert step.reasons
                    continue
                assert step.delta == pytest.approx(b.severity - a.severity)
                assert step.sd == pytest.approx(hypot(a.severity_sd, b.severity_sd))
                assert step.smallest_detectable == pytest.approx(1.96 * step.sd)
                changed = step.verdict in (ZoneVerdict.BETTER, ZoneVerdict.WORSE)
                # A family of tests asks for more than a single one, never for less.
                assert not changed or abs(step.delta) > step.smallest_detectable * 0.99


def test_a_fall_is_better_and_a_rise_is_worse() -> None:
    later = FIRST + timedelta(days=60)
    [series] = arrange([visit("a"), visit("b", day=later, chin=10.0, forehead=55.0)])
    assert series.timeline("chin").first_to_last.verdict is ZoneVerdict.BETTER
    assert series.timeline("forehead").first_to_last.verdict is ZoneVerdict.WORSE
    assert (
        series.timeline("cheek_r").first_to_last.verdict
        is ZoneVerdict.NO_DETECTABLE_CHANGE
    )
    assert series.ends.zones == len(ZONE_IDS)


def test_photos_compared_with_each_other_count_in_place_of_readings_apart() -> None:
    later = FIRST + timedelta(days=60)
    pair = [visit("a", sd=6.0), visit("b", day=later, severity=26.0, sd=6.0)]
    [apart] = arrange(pair)
    assert apart.timeline("chin").first_to_last.verdict is (
        ZoneVerdict.NO_DETECTABLE_CHANGE
    )
    changes = [change(zone, -4.0, 0.8) for zone in ZONE_IDS]
    changes[ZONE_IDS.index("neck")] = change("neck", None, None)
    [series] = arrange(pair, measured={("a", "b"): changes})
    step = series.timeline("chin").first_to_last
    assert step.paired
    assert (step.delta, step.sd) == (-4.0, 0.8)
    assert step.verdict is ZoneVerdict.BETTER
    neck = series.timeline("neck").first_to_last
    assert neck.verdict is ZoneVerdict.NOT_COMPARABLE
    assert neck.reasons == ("The face moves otherwise.",)


def test_a_course_breaks_where_two_photos_cannot_be_compared() -> None:
    shown = [visit(n, day=FIRST + timedelta(days=k)) for k, n in enumerate("abcd")]
    refused = [change(zone, None, None) for zone in ZONE_IDS]
    [series] = arrange(shown, (), {("b", "c"): refused})
    line = series.timeline("chin")
    assert line.runs == (0, 0, 1, 1)
    rows = csv.DictReader(io.StringIO(series_table([series])))
    said = [row["since_last_reasons"] for row in rows if row["zone"] == "chin"]
    assert said == ["", "", "The face moves otherwise.", ""]


def test_a_photo_without_a_date_has_no_place_among_dated_ones() -> None:
    later = FIRST + timedelta(days=60)
    lost = visit("lost", day=None)
    [series] = arrange([visit("b", day=later), lost, visit("a")])
    assert [v.id for v in series.visits] == ["a", "b"]
    assert series.undated == (lost,)
    assert series.dated


def test_where_no_photo_has_a_date_the_order_given_counts() -> None:
    [series] = arrange([visit("z", day=None), visit("a", day=None)])
    assert [v.id for v in series.visits] == ["z", "a"]
    assert not series.dated
    assert series.undated == ()


def test_treatments_go_with_the_zones_they_concern_by_date() -> None:
    late = Treatment(FIRST + timedelta(days=20), "Needling", ("chin",))
    early = Treatment(FIRST + timedelta(days=10), "Peel")
    [series] = arrange([visit("a")], [late, early])
    assert series.timeline("chin").treatments == (early, late)
    assert series.timeline("neck").treatments == (early,)


def test_the_face_at_rest_from_the_front_comes_first() -> None:
    found = arrange(
        [
            visit("a", view=View.OBLIQUE_R),
            visit("b", movement="frown"),
            visit("c"),
        ]
    )
    assert [(s.view, s.movement) for s in found] == [
        (View.FRONTAL, "rest"),
        (View.FRONTAL, "frown"),
        (View.OBLIQUE_R, "rest"),
    ]


def test_a_reading_is_never_certain() -> None:
    with pytest.raises(ValueError, match="no number is certain"):
        ZoneReading("chin", 20.0, 0.0)
    with pytest.raises(ValueError, match="come together"):
        ZoneReading("chin", 20.0, None)


def test_a_visit_is_taken_from_an_analysis(phantom_analysis) -> None:
    taken = visit_of(phantom_analysis, day=FIRST)
    assert taken.id == phantom_analysis.photo.sha256
    assert (taken.day, taken.view, taken.movement) == (FIRST, View.FRONTAL, "rest")
    severities = [score.severity for score in phantom_analysis.scores]
    assert [reading.severity for reading in taken.zones] == severities
    assert visit_of(phantom_analysis).day is None


# -- to keep


def test_the_table_holds_each_zone_of_each_photo_and_what_changed() -> None:
    later = FIRST + timedelta(days=30)
    shown = [
        visit("=a", severity=50.0),
        replace(visit("b", day=later, severity=20.0, chin=None), day_entered=True),
        visit("c", day=None),
    ]
    done = [Treatment(FIRST + timedelta(days=2), "Needling, 1 mm", ("chin",))]
    rows = list(csv.DictReader(io.StringIO(series_table(arrange(shown, done)))))
    assert len(rows) == 2 * len(ZONE_IDS)  # c has no date, and so no place
    first, last = (row for row in rows if row["zone"] == "forehead")
    assert (first["photo"], first["day"], first["day_entered"]) == (
        "'=a.jpg",
        "2026-03-02",
        "False",
    )
    assert (last["day"], last["day_entered"]) == ("2026-04-01", "True")
    assert first["since_last_delta"] == first["since_first_delta"] == ""
    for since in ("since_last", "since_first"):
        assert float(last[f"{since}_delta"]) == -30
        assert float(last[f"{since}_sd"]) == pytest.approx(hypot(2, 2), abs=0.01)
        assert last[f"{since}_verdict"] == "better"
        assert last[f"{since}_paired"] == "False"
    assert (float(last["severity_low"]), float(last["severity_high"])) == (
        pytest.approx(20 - 1.96 * 2, abs=0.01),
        pytest.approx(20 + 1.96 * 2, abs=0.01),
    )
    chin = [row for row in rows if row["zone"] == "chin"]
    assert chin[1]["severity"] == ""
    assert chin[1]["reason"] == "chin is hidden by hair"
    assert chin[1]["since_last_verdict"] == "not_comparable"
    assert [row["treatments_since_last"] for row in chin] == [
        "",
        "2026-03-04 Needling, 1 mm",
    ]
    assert last["treatments_since_last"] == ""
