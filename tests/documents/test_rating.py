"""A blind rating as a document: what it holds, and what contradicts itself."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from facemap.comparison import Change, LineCounts, ZoneVerdict
from facemap.comparison.rating import Item, Rating, draw_showings
from facemap.documents import (
    check_document,
    parse_document,
    rating_document,
    to_json,
)

ITEMS = tuple(
    Item(zone, "b" * 64, "a" * 64)
    for zone in ("forehead", "cheek_r", "cheek_l", "chin", "neck")
)
SEEN = {
    "Ann": {"forehead": 1, "cheek_r": 0, "cheek_l": 2, "chin": -1, "neck": 1},
    "Ben": {"forehead": 1, "cheek_r": 1, "cheek_l": 1, "chin": -2, "neck": 0},
}


def change(item: Item, delta: float | None, verdict: ZoneVerdict) -> Change:
    return Change(
        zone=item.zone, before=30.0, after=None, delta=delta,
        sd=None if delta is None else 1.23456, smallest_detectable=None,
        percent=None, length_delta_mm=None, depth_delta=None, lines=LineCounts(),
        verdict=verdict,
    )  # fmt: skip


@pytest.fixture
def document() -> dict[str, Any]:
    """Two raters over five pairs, of which one cannot be compared."""
    ratings = [
        Rating(rater, s, -grade if s.after_on_left else grade)
        for rater, grades in SEEN.items()
        for s in draw_showings(ITEMS, rater=rater, seed=4)
        for grade in [grades[s.item.zone]]
    ]
    measured = {
        item.id: change(item, -5.004567, ZoneVerdict.BETTER) for item in ITEMS[:2]
    }
    measured[ITEMS[3].id] = change(ITEMS[3], None, ZoneVerdict.NOT_COMPARABLE)
    return rating_document(ratings, measured, seed=4)


def test_it_is_valid_and_survives_the_round_trip(document) -> None:
    text = to_json(document)
    assert parse_document(text) == document
    assert check_document(text) == ("facemap.rating/1", ())


def test_it_holds_all_agreements_and_rounds_what_was_measured(document) -> None:
    assert document["raters"] == ["Ann", "Ben"]
    assert len(document["ratings"]) == 12
    assert document["ratings"][0].keys() >= {"after_on", "answer", "grade", "repeat"}
    assert {row["measured_delta"] for row in document["ratings"]} == {None, -5.0}
    [between] = document["between_raters"]["pairs"]
    assert (between["raters"], between["items"]) == (["Ann", "Ben"], 5)
    # By hand: squared differences 0, 1, 1, 1, 1; by chance 2.56 on average.
    assert between["kappa"] == pytest.approx(1 - 0.8 / 2.56, abs=1e-4)
    against = document["with_measurement"]
    assert (against["items"], against["same"]) == (4, 3)


def test_one_rater_alone_and_nothing_measured_is_valid_too() -> None:
    [showing] = draw_showings(ITEMS[:1], rater="Ann", seed=4)
    document = rating_document([Rating("Ann", showing, 0)], seed=4)
    assert document["between_raters"]["pairs"] == []
    assert document["within_raters"][0]["reason"]
    assert check_document(to_json(document)) == ("facemap.rating/1", ())
    nobody = rating_document([], seed=4)
    assert check_document(to_json(nobody)) == ("facemap.rating/1", ())


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("ratings", 0, "answer"), 3, "ratings[0].answer is 3, but must be one of"),
        (("ratings", 0, "zone"), "ear", 'ratings[0].zone is "ear", but must be one of'),
        (("ratings", 2, "measured_sd"), 0, "must be more than 0"),
        (("ratings", 0, "grade"), None, "ratings[0].grade is null"),
        (("seed",), "x", 'seed is "x", but must be a whole number'),
        (("between_raters",), {}, "between_raters lacks method, mean, pairs"),
        (("raters",), ["Ann"], "raters are not those who gave the ratings"),
        (("ratings", 0, "before"), "a" * 64, "before and after are the same photo"),
        (
            ("between_raters", "mean"),
            0.9,
            "between_raters.mean is 0.9, but 0.6875 follows",
        ),
        (
            ("between_raters", "pairs"),
            [],
            "the number of between_raters.pairs is 0, but 1 follows",
        ),
        (("with_measurement", "same"), 4, "with_measurement.same is 4, but 3 follows"),
        (("within_raters", 0, "kappa"), 0.5, "within_raters[0].kappa is 0.5, but null"),
        (("ratings", 0, "measured_verdict"), "worse", "do not fit measured_verdict"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(document, path, value, told) -> None:
    broken = copy.deepcopy(document)
    # The first rating is of a zone of which nothing was measured.
    rows = broken["ratings"]
    rows.sort(key=lambda row: (row["rater"], row["measured_delta"] is not None))
    part: Any = broken
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    _, faults = check_document(to_json(broken))
    assert any(told in fault for fault in faults), faults


def test_a_grade_follows_from_answer_and_side(document) -> None:
    row = next(row for row in document["ratings"] if row["answer"])
    row["after_on"] = {"left": "right", "right": "left"}[row["after_on"]]
    _, faults = check_document(to_json(document))
    assert any("does not follow from answer and side" in fault for fault in faults)


def test_one_zone_of_a_pair_was_measured_once(document) -> None:
    row = next(row for row in document["ratings"] if row["measured_delta"])
    row["measured_delta"] = -6.0
    _, faults = check_document(to_json(document))
    assert any("was measured otherwise before" in fault for fault in faults)


def test_any_name_of_a_rater_is_kept() -> None:
    [showing] = draw_showings(ITEMS[:1], rater='=A("x")\n', seed=4)
    rating = replace(Rating("", showing, 0), rater='=A("x")\n')
    document = rating_document([rating], seed=4)
    assert document["raters"] == ['=A("x")\n']
    assert check_document(to_json(document)) == ("facemap.rating/1", ())
