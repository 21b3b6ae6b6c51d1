"""Rest and smile, told apart by comparing photos of one face."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.sitting import combine_shots
from facemap.sitting.movement import tell_apart
from facemap.types import ExpressionLabel, View
from tests.sitting.made import make_shot

NEVER, HARDLY, LIKELY, SURELY = 0.05, 0.35, 0.65, 0.97


def named(*smiles: float, movement: str) -> list[str]:
    shots = [make_shot(n, movement=movement, smile=s) for n, s in enumerate(smiles)]
    return [shot.movement for shot in tell_apart(shots)]


def test_a_mouth_that_smiles_at_rest_is_at_rest_beside_a_smile() -> None:
    assert named(LIKELY, SURELY, movement="smile") == ["rest", "smile"]


def test_a_faint_smile_is_one_beside_rest() -> None:
    assert named(HARDLY, NEVER, movement="rest") == ["smile", "rest"]


@pytest.mark.parametrize("movement", ["rest", "smile"])
def test_photos_that_hardly_differ_keep_their_name(movement: str) -> None:
    assert named(0.5, 0.6, 0.4, movement=movement) == [movement] * 3
    assert named(0.5, movement=movement) == [movement]


def test_a_slow_climb_without_a_gap_is_left_alone() -> None:
    assert named(0.1, 0.25, 0.5, 0.75, 0.9, movement="rest") == ["rest"] * 5


def test_names_that_differ_already_are_left_alone() -> None:
    shots = [
        make_shot(1, smile=NEVER),
        make_shot(2, smile=HARDLY),
        make_shot(3, movement="smile", smile=SURELY),
    ]
    assert tell_apart(shots) == tuple(shots)


def test_only_photos_of_one_view_are_compared() -> None:
    shots = [
        make_shot(1, movement="smile", smile=LIKELY),
        make_shot(2, movement="smile", smile=SURELY, view=View.OBLIQUE_R),
    ]
    assert tell_apart(shots) == tuple(shots)


def test_other_movements_are_not_touched() -> None:
    shots = [
        make_shot(1, movement="pucker", smile=SURELY),
        make_shot(2, smile=NEVER),
        make_shot(3, movement="mouth_open", smile=SURELY),
    ]
    assert tell_apart(shots) == tuple(shots)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_who_smiles_more_is_never_taken_for_rest(
    smiles: list,
) -> None:
    found = list(zip(smiles, named(*smiles, movement="rest"), strict=True))
    resting = [smile for smile, name in found if name == "rest"]
    smiling = [smile for smile, name in found if name == "smile"]
    assert resting
    assert max(resting) <= min(smiling, default=1.0)


def test_a_sitting_says_which_photos_were_named_by_comparison() -> None:
    sitting = combine_shots(
        [
            make_shot(1, movement="smile", smile=LIKELY),
            make_shot(2, movement="smile", smile=SURELY),
        ]
    )
    assert [m.expression for m in sitting.measurements] == [
        ExpressionLabel.REST,
        ExpressionLabel.SMILE,
    ]
    assert len(sitting.dynamics) == 1
    [said] = [note.message for note in sitting.notes if note.id == "compared"]
    assert "1.jpg" in said
    assert "2.jpg" not in said
