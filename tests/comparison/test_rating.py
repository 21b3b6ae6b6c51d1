"""Blind rating: fair showings, grades after the sides are known, agreement."""

from __future__ import annotations

import csv
import io
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.comparison import Change, LineCounts, ZoneVerdict
from facemap.comparison.rating import (
    ANSWERS,
    Item,
    Rating,
    between_raters,
    draw_showings,
    mean_kappa,
    rating_table,
    weighted_kappa,
    with_measurement,
    within_rater,
)
from facemap.types import ZONE_IDS

ITEMS = tuple(Item(zone, "b" * 64, "a" * 64) for zone in ZONE_IDS)
grades = st.dictionaries(st.sampled_from(ZONE_IDS), st.sampled_from(ANSWERS))


def rate(rater: str, see, *, seed: int = 1) -> list[Rating]:
    """Rate all items as `see`, a function of the item, says: 2 is much better."""
    return [
        Rating(rater, s, -see(s.item) if s.after_on_left else see(s.item))
        for s in draw_showings(ITEMS, rater=rater, seed=seed)
    ]


def change(item: Item, verdict: ZoneVerdict) -> Change:
    delta = {"better": -8.0, "worse": 8.0}.get(verdict.value, 0.5)
    return Change(
        zone=item.zone, before=30.0, after=30 + delta, delta=delta, sd=1.5,
        smallest_detectable=2.94, percent=None, length_delta_mm=None,
        depth_delta=None, lines=LineCounts(), verdict=verdict,
    )  # fmt: skip


# -- showings


@given(st.integers(0, 2**31), st.text(max_size=5), st.integers(1, len(ITEMS)))
def test_every_pair_is_shown_once_and_some_again_with_sides_changed(
    seed: int, rater: str, count: int
) -> None:
    shown = draw_showings(ITEMS[:count], rater=rater, seed=seed)
    first = [s for s in shown if not s.repeat]
    assert [s.number for s in shown] == list(range(1, len(shown) + 1))
    assert {s.item for s in first} == set(ITEMS[:count])
    assert len(first) == count
    again = shown[count:]
    assert all(s.repeat for s in again)
    assert len(again) == (max(1, round(0.2 * count)) if count > 1 else 0)
    sides = {s.item: s.after_on_left for s in first}
    assert all(sides[s.item] is not s.after_on_left for s in again)
    assert len({s.item for s in again}) == len(again)


@given(st.integers(0, 2**31))
def test_the_later_photo_is_on_either_side_in_half_of_the_pairs(seed: int) -> None:
    first = [s for s in draw_showings(ITEMS, rater="r", seed=seed) if not s.repeat]
    left = sum(s.after_on_left for s in first)
    assert abs(2 * left - len(first)) <= 1


def test_the_same_seed_gives_the_same_showings_and_another_rater_others() -> None:
    once = draw_showings(ITEMS, rater="Ann", seed=7)
    assert draw_showings(ITEMS[::-1], rater="Ann", seed=7) == once
    assert draw_showings(ITEMS, rater="Ben", seed=7) != once
    assert draw_showings(ITEMS, rater="Ann", seed=8) != once


def test_neither_order_nor_side_tells_the_zone() -> None:
    places = Counter()
    sides = Counter()
    for seed in range(400):
        first = [s for s in draw_showings(ITEMS, rater="r", seed=seed) if not s.repeat]
        places[[s.item.zone for s in first].index("chin")] += 1
        sides[next(s.after_on_left for s in first if s.item.zone == "chin")] += 1
    assert len(places) == len(ITEMS)
    assert max(places.values()) < 45  # 19 expected
    assert 160 < sides[True] < 240


def test_a_grade_is_about_the_later_photo_whatever_its_side() -> None:
    for rating in rate("r", lambda item: 2 if item.zone == "chin" else -1):
        assert rating.grade == (2 if rating.showing.item.zone == "chin" else -1)


def test_only_the_five_answers_count() -> None:
    shown = draw_showings(ITEMS, rater="r", seed=1)[0]
    with pytest.raises(ValueError, match="one of"):
        Rating("r", shown, 3)


# -- agreement


def by_definition(x: list[int], y: list[int]) -> float:
    """Cohen's weighted kappa from the table of counts."""
    counts = np.zeros((5, 5))
    for a, b in zip(x, y, strict=True):
        counts[a + 2, b + 2] += 1
    counts /= len(x)
    weight = np.subtract.outer(np.arange(5), np.arange(5)) ** 2
    chance = np.outer(counts.sum(1), counts.sum(0))
    return float(1 - (weight * counts).sum() / (weight * chance).sum())


@given(grades, grades)
def test_kappa_is_that_of_its_definition(first: dict, second: dict) -> None:
    found = weighted_kappa(first, second)
    both = sorted(first.keys() & second.keys())
    assert found.items == len(both)
    x, y = [first[k] for k in both], [second[k] for k in both]
    if found.value is None:
        assert found.reason
        assert len(both) < 2 or len({*x, *y}) == 1
    else:
        assert found.value == pytest.approx(by_definition(x, y), abs=1e-9)
        assert -1 - 1e-9 <= found.value <= 1
        assert weighted_kappa(second, first).value == pytest.approx(found.value)


def test_a_known_table_gives_its_known_kappa() -> None:
    """By hand: 1/2 differs on average; 7/6 would by chance."""
    first, second = (
        {str(k): v for k, v in enumerate(values)}
        for values in ([0, 0, 1, 1, 2, 2], [0, 1, 1, 2, 2, 1])
    )
    assert weighted_kappa(first, second).value == pytest.approx(4 / 7)


def test_full_agreement_is_one_and_opposites_are_below_nothing() -> None:
    ratings = rate("Ann", lambda i: (ZONE_IDS.index(i.zone) % 5) - 2)
    ratings += rate("Ben", lambda i: (ZONE_IDS.index(i.zone) % 5) - 2)
    ratings += rate("Cyd", lambda i: 2 - (ZONE_IDS.index(i.zone) % 5))
    found = {k.raters: k for k in between_raters(ratings)}
    assert found["Ann", "Ben"].value == pytest.approx(1.0)
    assert found["Ann", "Cyd"].value < 0
    assert len(found) == 3
    mean = np.mean([k.value for k in found.values()])
    assert mean_kappa(found.values()) == pytest.approx(mean)
    assert within_rater(ratings, "Ann").value == pytest.approx(1.0)


def test_one_rater_agrees_with_nobody() -> None:
    assert between_raters(rate("Ann", lambda _: 1)) == ()
    assert mean_kappa(()) is None


def test_constant_grades_have_no_kappa_and_say_why() -> None:
    ratings = rate("Ann", lambda _: 0) + rate("Ben", lambda _: 0)
    [kappa] = between_raters(ratings)
    assert (kappa.value, kappa.sd) == (None, None)
    assert kappa.reason == "All grades are the same."
    # Two constants that differ agree less than not at all: no better than chance.
    [kappa] = between_raters(rate("Ann", lambda _: 0) + rate("Ben", lambda _: 1))
    assert kappa.value == 0.0


def test_what_only_one_has_graded_counts_for_nothing() -> None:
    ann = rate("Ann", lambda i: len(i.zone) % 3 - 1)
    ben = [r for r in rate("Ben", lambda i: len(i.zone) % 3 - 1)
           if r.showing.item.zone in ("chin", "neck", "forehead")]  # fmt: skip
    [kappa] = between_raters(ann + ben)
    assert kappa.items == 3


def test_a_rater_who_always_sees_improvement_is_found_out() -> None:
    """Nothing changed anywhere; the rater sees improvement in every pair."""
    measured = {i.id: change(i, ZoneVerdict.NO_DETECTABLE_CHANGE) for i in ITEMS}
    found = with_measurement(rate("Ann", lambda _: 1), measured)
    assert found.items == len(ITEMS)
    assert found.same == 0
    assert found.table["better", "no_detectable_change"] == len(ITEMS)


def test_agreement_with_the_measurement_counts_signs_of_comparable_zones() -> None:
    verdicts = [ZoneVerdict.BETTER, ZoneVerdict.WORSE, ZoneVerdict.NOT_COMPARABLE]
    measured = {i.id: change(i, verdicts[k % 3]) for k, i in enumerate(ITEMS)}

    def see(item: Item) -> int:
        return {"better": 2, "worse": -1}.get(measured[item.id].verdict.value, 2)

    ratings = rate("Ann", see) + rate("Ben", lambda _: 0)
    ann = with_measurement(ratings, measured, "Ann")
    assert (ann.items, ann.same) == (14, 14)
    assert ann.kappa.value == pytest.approx(1.0)
    both = with_measurement(ratings, measured)
    assert (both.items, both.same) == (28, 14)
    assert sum(both.table.values()) == 28


# -- export


def test_the_table_holds_every_answer_with_its_side() -> None:
    measured = {ITEMS[0].id: change(ITEMS[0], ZoneVerdict.BETTER)}
    ratings = rate("Ann", lambda _: 1)
    rows = list(csv.DictReader(io.StringIO(rating_table(ratings, measured))))
    assert len(rows) == len(ratings)
    for row, rating in zip(rows, ratings, strict=True):
        assert row["after_on"] == ("left" if rating.showing.after_on_left else "right")
        assert int(row["grade"]) == 1
        assert row["before"] == "b" * 64
    [known, *_] = [r for r in rows if r["zone"] == ITEMS[0].zone]
    assert known["measured_verdict"] == "better"
    assert rows[0]["measured_verdict"] in ("", "better")


def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    ratings = rate('=HYPERLINK("x")', lambda _: 0)[:1]
    [row] = csv.DictReader(io.StringIO(rating_table(ratings)))
    assert row["rater"].startswith("'=")
