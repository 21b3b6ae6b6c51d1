"""What one session keeps of the photos that it compares."""

from __future__ import annotations

from datetime import date

import pytest

from facemap.ui.light_table import LightTable
from facemap.ui.prints import PICTURES, picture

KEY = ("one", "two")


@pytest.fixture
def table(phantom_comparison) -> LightTable:
    table = LightTable()
    table.keep(KEY, phantom_comparison)
    return table


def test_a_comparison_is_kept_with_what_the_page_shows(
    table: LightTable, phantom_comparison
) -> None:
    compared = table.found(KEY)
    assert compared.changes == phantom_comparison.changes
    assert compared.document["schema"] == "facemap.comparison/1"
    assert compared.prints.before[:2] == b"\xff\xd8"
    assert set(compared.prints.boxes) <= {c.zone for c in compared.changes}
    assert len(compared.prints.boxes) > 10
    assert table.pixels(KEY) is phantom_comparison


def test_pixels_of_the_last_comparison_only_are_held(
    table: LightTable, phantom_comparison
) -> None:
    table.keep(("two", "three"), phantom_comparison)
    assert table.pixels(KEY) is None
    assert table.found(KEY) is not None


def test_a_pair_that_was_refused_is_not_tried_again() -> None:
    table = LightTable()
    assert not table.is_known(KEY)
    table.refuse(KEY, "No face was found", "Show the whole face.")
    assert table.is_known(KEY)
    assert table.found(KEY) is None
    assert table.refusal(KEY) == ("No face was found", "Show the whole face.")


def test_what_somebody_says_of_a_day_counts_more_than_the_file() -> None:
    table = LightTable()
    assert table.day("a", None) is None
    assert table.day("a", "2026-03-02T10:11:12") == date(2026, 3, 2)
    table.set_day("a", date(2025, 1, 5))
    assert table.day("a", "2026-03-02T10:11:12") == date(2025, 1, 5)
    table.set_day("a", None)
    assert table.day("a", "2026-03-02T10:11:12") is None


def test_before_and_after_are_swapped() -> None:
    table = LightTable()
    table.pair = ("one", "two")
    drawn = table.version
    table.swap()
    assert table.pair == ("two", "one")
    assert table.version > drawn


def test_a_rater_goes_through_all_pairs_once_and_takes_the_last_back(
    table: LightTable,
) -> None:
    compared = table.found(KEY)
    table.rater = "AB"
    total = len(table.showings(compared))
    for number in range(1, total + 1):
        showing = table.next_showing(compared)
        assert showing.number == number
        table.rate(compared, showing, 0)
    assert table.next_showing(compared) is None
    table.take_back(compared)
    assert table.next_showing(compared).number == total
    table.rater = "CD"
    assert table.next_showing(compared).number == 1
    table.take_back(compared)
    assert len(table.rated(compared)) == total - 1


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_can_be_kept(name: str, phantom_comparison) -> None:
    data = picture(name, phantom_comparison, eyes_hidden=True)
    start = {"png": b"\x89PNG", "webp": b"RIFF"}[PICTURES[name][1]]
    assert data.startswith(start)
