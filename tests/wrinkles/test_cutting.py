import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.wrinkles.cutting import (
    plainest_part,
    split_at_turns,
    split_by_strength,
    split_by_zone,
    trim_ends,
)


def straight(length: int, y: int = 5) -> np.ndarray:
    return np.column_stack([np.arange(length), np.full(length, y)]).astype(float)


def test_a_path_through_two_zones_is_cut_at_the_border():
    labels = np.zeros((12, 60), np.uint8)
    labels[:, :25], labels[:, 25:] = 3, 7
    (first, here), (second, there) = split_by_zone(straight(60), labels, 6)
    assert (first, second) == (2, 6)
    assert (len(here), len(there)) == (25, 35)


def test_there_and_back_counts_no_pixel_twice():
    labels = np.full((12, 60), 1, np.uint8)
    labels[:, 20:40] = 2
    parts = split_by_zone(straight(60), labels, 6)
    assert [zone for zone, _ in parts] == [0, 1, 0]
    assert sum(len(part) for _, part in parts) == 60


@given(st.integers(0, 54), st.integers(1, 5))
def test_a_short_visit_does_not_cut(start, length):
    labels = np.full((12, 60), 4, np.uint8)
    labels[:, start : start + length] = 9
    ((zone, part),) = split_by_zone(straight(60), labels, 6)
    assert zone == 3
    assert len(part) == 60


def test_what_lies_in_no_zone_is_dropped():
    labels = np.zeros((12, 60), np.uint8)
    labels[:, 30:] = 5
    ((zone, part),) = split_by_zone(straight(60), labels, 6)
    assert zone == 4
    assert part[:, 0].min() == 30


def test_a_hairpin_is_two_lines():
    there = straight(40)
    back = there[::-1] + np.array([0, 3])
    turn = [(40.0, 6.0), (40.0, 7.0)]
    parts = split_at_turns(np.concatenate([there, turn, back]), 6, 60.0)
    assert len(parts) == 2
    for part in parts:
        assert len(part) == pytest.approx(41, abs=3)


def test_an_arched_line_stays_whole():
    angle = np.linspace(0, np.pi, 200)
    arch = np.column_stack([60 * np.cos(angle), 60 * np.sin(angle)])
    (part,) = split_at_turns(arch, 6, 60.0)
    assert len(part) == 200


def test_only_the_strong_part_of_a_path_is_kept():
    strength = np.full((12, 80), 0.01, np.float32)
    strength[:, 20:60] = 0.08
    (part,) = split_by_strength(straight(80), strength, 0.03, smooth_px=2, bridge_px=4)
    assert part[:, 0].min() == pytest.approx(20, abs=3)
    assert part[:, 0].max() == pytest.approx(59, abs=3)


def test_a_small_gap_is_bridged_and_a_large_one_is_not():
    strength = np.full((12, 120), 0.08, np.float32)
    strength[:, 30:36] = 0.0
    strength[:, 70:90] = 0.0
    parts = split_by_strength(straight(120), strength, 0.03, smooth_px=1, bridge_px=8)
    assert len(parts) == 2


def test_a_linked_weak_tail_takes_nothing_from_a_strong_line():
    """A path's mean must not decide: what else touches it is chance."""
    strength = np.full((12, 300), 0.012, np.float32)
    strength[:, :60] = 0.06
    alone = split_by_strength(straight(60), strength, 0.03, smooth_px=2, bridge_px=4)
    linked = split_by_strength(straight(300), strength, 0.03, smooth_px=2, bridge_px=4)
    assert len(alone) == len(linked) == 1
    assert len(linked[0]) == pytest.approx(len(alone[0]), abs=3)


def test_weak_ends_are_trimmed():
    strength = np.zeros((3, 20), np.float32)
    strength[1, 4:16] = 0.1
    strength[1, :4], strength[1, 16:] = 0.03, 0.03
    kept = trim_ends(straight(20, y=1), strength, 0.5)
    assert (kept[0, 0], kept[-1, 0]) == (4, 15)


def test_of_a_fold_its_plainest_part_is_kept():
    strength = np.full((3, 60), 0.02, np.float32)
    strength[1, 5:12] = 0.1
    strength[1, 20:50] = 0.2
    kept = plainest_part(straight(60, y=1), strength, 0.4, smooth_px=0.5, bridge_px=3)
    assert kept[[0, -1], 0].tolist() == pytest.approx([20, 49], abs=1)


def test_of_nothing_no_part_is_plain():
    flat = np.zeros((3, 60), np.float32)
    kept = plainest_part(straight(60, y=1), flat, 0.4, smooth_px=1, bridge_px=3)
    assert len(kept) == 0
