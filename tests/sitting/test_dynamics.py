"""What a movement adds, and the muscle it points to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.sitting import Answer, combine_shots
from facemap.sitting.averaging import average_zone
from facemap.sitting.dynamics import gain_of
from facemap.types import ZONE_IDS, View
from tests.sitting.made import make_shot, make_zone


def gain(rest, moved, movement="brow_raise", *, shared_sd=0.0):
    return gain_of(
        average_zone([make_zone(severity=rest, own_sd=3.0, shared_sd=shared_sd)]),
        average_zone([make_zone(severity=moved, own_sd=4.0, shared_sd=shared_sd)]),
        movement,
    )


def sd_of(rest, moved):
    """Both photos' errors, 3 and 4, and what a moving face changes without a line."""
    middle = (rest + moved) / 2
    moving = 0.5 * middle * (100 - middle) / 100
    return (3.0**2 + 4.0**2 + 3.0**2 + moving**2) ** 0.5


def test_the_gain_is_in_movement_less_at_rest_with_both_errors() -> None:
    found = gain(20.0, 45.0)
    assert found.gain == 25.0
    assert found.gain_sd == pytest.approx(sd_of(20.0, 45.0))
    assert found.answer is Answer.RISES


@pytest.mark.parametrize(
    ("moved", "answer"),
    [
        (44.22, Answer.NO_CHANGE),
        (44.24, Answer.RISES),
        (4.47, Answer.NO_CHANGE),
        (4.46, Answer.FALLS),
    ],
)
def test_a_change_within_noise_is_no_change(moved: float, answer: Answer) -> None:
    assert gain(20.0, moved).answer is answer


def test_only_a_rise_points_to_a_muscle() -> None:
    assert [m.id for m in gain(20.0, 60.0).points_to] == ["frontalis"]
    assert gain(20.0, 21.0).points_to == ()
    assert gain(60.0, 20.0).points_to == ()


def test_a_rise_points_to_no_muscle_that_the_movement_does_not_call_on() -> None:
    assert gain(20.0, 60.0, "smile").points_to == ()
    assert gain(20.0, 60.0, "mouth_open").points_to == ()


def test_an_error_of_the_scale_is_the_same_in_both_and_drops_out() -> None:
    found = gain(20.0, 45.0, shared_sd=9.0)
    assert found.gain_sd == pytest.approx(sd_of(20.0, 45.0))


@pytest.mark.parametrize(
    ("rest", "moved", "when"),
    [(None, 30.0, "At rest: "), (30.0, None, "In movement: "), (None, None, "At rest")],
)
def test_a_zone_hidden_in_either_cannot_be_compared(rest, moved, when) -> None:
    found = gain(rest, moved)
    assert found.answer is Answer.NOT_COMPARABLE
    assert found.gain is None
    assert found.gain_sd is None
    assert found.reason.startswith(when)
    assert "Hidden by hair" in found.reason


@given(st.floats(0, 100), st.floats(0, 100))
def test_from_there_and_back_is_the_opposite(a: float, b: float) -> None:
    there = gain_of(average_zone([make_zone(severity=a)]),
                    average_zone([make_zone(severity=b)]), "smile")  # fmt: skip
    back = gain_of(average_zone([make_zone(severity=b)]),
                   average_zone([make_zone(severity=a)]), "smile")  # fmt: skip
    assert there.gain == -back.gain
    assert (there.answer is Answer.RISES) == (back.answer is Answer.FALLS)


def test_more_shots_find_a_smaller_gain() -> None:
    few = combine_shots([make_shot(1), make_shot(2, {"chin": 44.0}, movement="smile")])
    many = combine_shots(
        [make_shot(n) for n in range(1, 5)]
        + [make_shot(n, {"chin": 44.0}, movement="smile") for n in range(5, 9)]
    )
    chin = ZONE_IDS.index("chin")
    assert few.dynamics[0].zones[chin].answer is Answer.NO_CHANGE
    assert many.dynamics[0].zones[chin].answer is Answer.RISES


def test_movement_is_held_against_the_rest_of_the_same_view_only() -> None:
    sitting = combine_shots(
        [
            make_shot(1),
            make_shot(2, movement="smile", view=View.OBLIQUE_L),
            make_shot(3, movement="frown"),
        ]
    )
    assert [(d.view, d.movement) for d in sitting.dynamics] == [(View.FRONTAL, "frown")]
