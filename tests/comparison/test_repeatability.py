"""A clinic's own shots against what ships."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.comparison import Learned, Repeatability, learn
from facemap.documents import (
    check_document,
    repeatability_document,
    repeatability_in,
    to_json,
)

SHIPPED = Repeatability()


@given(st.floats(0, 100), st.floats(0, 400), st.floats(0.1, 500))
def test_own_shots_pull_toward_what_they_say(severity, square, freedom):
    own = Repeatability({"chin": Learned(square, freedom)}, 5)
    ends = sorted([SHIPPED.sd("chin", severity), square**0.5])
    assert ends[0] - 1e-9 <= own.sd("chin", severity) <= ends[1] + 1e-9


def test_zones_without_own_shots_have_what_ships():
    own = Repeatability({"chin": Learned(9.0, 4.0)}, 5)
    assert own.sd("neck", 30.0) == SHIPPED.sd("neck", 30.0)


def test_many_shots_decide_and_few_do_not():
    few, many = (Repeatability({"chin": Learned(25.0, n)}, 9) for n in (1.0, 1000.0))
    assert few.sd("chin", 50.0) < 2.5
    assert many.sd("chin", 50.0) == pytest.approx(5.0, rel=0.01)


def test_what_pairs_differ_by_is_learned():
    made = learn([{"chin": 2.0}, {"chin": -2.0}, {"chin": 1.0, "neck": 3.0}], 3)
    assert made.zones["chin"] == Learned(3.0, 2.0)
    # Of three pairs one could be compared: a third of the freedom.
    assert made.zones["neck"].freedom == pytest.approx(2 / 3)


def test_it_survives_its_document():
    made = learn([{"chin": 2.0, "neck": 0.5}], 2)
    document = repeatability_document(made)
    assert check_document(to_json(document)) == ("facemap.repeatability/1", ())
    assert repeatability_in(document) == made
