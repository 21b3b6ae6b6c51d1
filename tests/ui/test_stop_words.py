"""What is said of an intake follows what is really stopped."""

from __future__ import annotations

from datetime import date

import pytest

from facemap.protocol import Answer, Mode, judge_intake, load_items
from facemap.ui import stop_words
from facemap.ui.desk import Desk

DAY = date(2026, 5, 4)
BOTH = tuple(Mode)


@pytest.fixture
def desk() -> Desk:
    """An intake on which nothing is stopped."""
    desk = Desk()
    for item in load_items():
        desk.set_answer(item.id, Answer.NO)
    desk.put(46, "age_years")
    desk.put("yes", "consent", "treatment")
    desk.put("yes", "consent", "photo")
    desk.put("yes", "treatments_complete")
    return desk


def said_of(desk: Desk, modes=BOTH) -> stop_words.StopVerdict:
    return stop_words.verdict(judge_intake(desk.intake(), DAY), modes)


def test_nothing_stopped_is_said_so(desk: Desk) -> None:
    assert said_of(desk).verdict == "pass"


def test_one_zone_is_named_and_the_rest_planned(desk: Desk) -> None:
    desk.set_answer("active_skin_disease", Answer.YES)
    desk.put(["chin"], "where", "active_skin_disease")
    said = said_of(desk)
    assert (said.verdict, said.lines[0]) == ("warn", "Chin.")


def test_an_open_list_of_treatments_is_what_is_missing(desk: Desk) -> None:
    desk.put("unknown", "treatments_complete")
    said = said_of(desk)
    assert said.title == stop_words.ALL_STOPPED
    assert said.lines[0].startswith("1 answer missing: Recent treatments")


def test_what_nothing_overrides_is_told_from_what_a_reason_lifts(desk: Desk) -> None:
    desk.set_answer("bleeding_disorder", Answer.YES)
    desk.set_answer("anticoagulant", Answer.YES)
    fixed, lifted = said_of(desk).lines
    assert fixed.startswith("Nothing overrides this: Bleeding disorder")
    assert lifted.startswith("Needs a reason to go on")
    desk.set_answer("bleeding_disorder", Answer.NO)
    desk.override("anticoagulant", "Cleared in writing.")
    # The reason opens the skin; muscles stay closed.
    assert said_of(desk).verdict == "warn"
    desk.set_answer("anticoagulant", Answer.NO)
    assert said_of(desk).verdict == "pass"


def test_a_stop_of_one_needle_stops_all_only_where_it_alone_is_chosen(
    desk: Desk,
) -> None:
    # Needled into skin ten days ago: of the two waits one is over.
    desk.filled["treatment"] = [{"kind": "needling", "date": "2026-04-20", "zones": []}]
    stops = judge_intake(desk.intake(), DAY)
    [stopped] = {stop.modes for stop in stops}
    assert len(stopped) == 1
    [free] = set(BOTH) - set(stopped)
    assert said_of(desk, stopped).title == stop_words.ALL_STOPPED
    assert said_of(desk, (free,)).verdict == "pass"
    both = said_of(desk)
    assert both.verdict == "warn"
    assert both.lines[0].endswith(": All zones.")
