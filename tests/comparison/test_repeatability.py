"""A clinic's own shots against what ships."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.comparison import (
    Change,
    Learned,
    Likeness,
    LineCounts,
    Repeatability,
    ZoneVerdict,
    learn,
    shipped_sd,
)
from facemap.documents import (
    check_document,
    repeatability_document,
    repeatability_in,
    to_json,
)

SHIPPED = Repeatability()
ALIKE = Likeness(0.95)


def seen(zone: str, delta: float | None, sd: float | None = 1.0) -> Change:
    """A zone of a pair without change."""
    before, after = (None, None) if delta is None else (20.0, 20.0 + delta)
    return Change(
        zone=zone,
        before=before,
        after=after,
        delta=delta,
        sd=None if delta is None else sd,
        smallest_detectable=None,
        percent=None,
        length_delta_mm=None,
        depth_delta=None,
        lines=LineCounts(),
        verdict=ZoneVerdict.NO_DETECTABLE_CHANGE,
    )


@given(
    st.floats(0, 100),
    st.floats(-1, 1),
    st.floats(0, 1),
    st.floats(0, 30),
    st.floats(0, 9),
    st.floats(1, 3),
)
def test_less_alike_in_any_way_is_never_surer(
    severity, low, less, turned, more, contrast
):
    sd = [
        shipped_sd("chin", severity, how)
        for how in (
            Likeness(min(low + less, 1.0), turned),
            Likeness(low, turned),
            Likeness(low, turned + more),
            Likeness(low, turned + more, contrast),
        )
    ]
    assert 0 < sd[0] <= sd[1] <= sd[2] <= sd[3]


def test_lines_move_more_than_skin_without_and_less_where_severity_is_full():
    none, some, all_over = (shipped_sd("neck", s, ALIKE) for s in (0.0, 20.0, 100.0))
    assert none < some
    assert all_over < some


@given(st.floats(0, 100), st.floats(0, 400), st.floats(0.1, 500))
def test_own_shots_pull_toward_what_they_say(severity, ratio, freedom):
    own = Repeatability({"chin": Learned(ratio, freedom)}, 5)
    shipped = SHIPPED.sd("chin", severity, ALIKE)
    ends = sorted([shipped, shipped * ratio**0.5])
    assert ends[0] - 1e-9 <= own.sd("chin", severity, ALIKE) <= ends[1] + 1e-9


def test_zones_without_own_shots_have_what_ships():
    own = Repeatability({"chin": Learned(9.0, 4.0)}, 5)
    assert own.sd("neck", 30.0, ALIKE) == SHIPPED.sd("neck", 30.0, ALIKE)


def test_many_shots_decide_and_few_do_not():
    few, many = (Repeatability({"chin": Learned(9.0, n)}, 9) for n in (1.0, 1000.0))
    shipped = SHIPPED.sd("chin", 50.0, ALIKE)
    assert few.sd("chin", 50.0, ALIKE) < 1.5 * shipped
    assert many.sd("chin", 50.0, ALIKE) == pytest.approx(3 * shipped, rel=0.01)


def test_what_pairs_differ_by_is_learned():
    made = learn(
        [
            [seen("chin", 2.0), seen("neck", None)],
            [seen("chin", -2.0)],
            [seen("chin", 2.0, sd=2.0), seen("neck", 3.0)],
        ],
        3,
    )
    assert made.zones["chin"] == Learned(3.0, 2.0)
    # Of three pairs one could be compared: a third of the freedom.
    assert made.zones["neck"].freedom == pytest.approx(2 / 3)


def test_it_survives_its_document():
    made = learn([[seen("chin", 2.0), seen("neck", 0.5)]], 2)
    document = repeatability_document(made)
    assert check_document(to_json(document)) == ("facemap.repeatability/1", ())
    assert repeatability_in(document) == made
