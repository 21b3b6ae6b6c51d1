from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from facemap.segmentation.growing import (
    components_touching,
    dilate,
    fill_holes,
    large_components,
    open_mask,
)


def test_only_parts_that_hold_a_seed_are_kept():
    mask = np.zeros((6, 9), bool)
    mask[1:3, 1:3] = mask[1:5, 6:8] = True
    seeds = np.zeros_like(mask)
    seeds[2, 2] = seeds[5, 0] = True
    kept = components_touching(mask, seeds)
    assert kept[1, 1]
    assert kept.sum() == 4


def test_parts_that_meet_at_a_corner_only_are_two():
    mask = np.eye(4, 5, dtype=bool)
    seeds = np.zeros_like(mask)
    seeds[0, 0] = True
    assert components_touching(mask, seeds).sum() == 1


def test_small_holes_are_filled_and_large_ones_are_not():
    mask = np.ones((20, 30), bool)
    mask[3:5, 3:5] = False
    mask[8:14, 8:20] = False
    filled = fill_holes(mask, 4)
    assert filled[3:5, 3:5].all()
    assert not filled[8:14, 8:20].any()


def test_parts_of_at_least_the_wanted_size_are_large():
    mask = np.zeros((9, 12), bool)
    mask[1:3, 1:3] = mask[5:7, 5:8] = True
    assert (large_components(mask, 5) == (mask & (np.arange(12) > 4))).all()
    assert (large_components(mask, 4) == mask).all()
    assert not large_components(mask, 6.5).any()


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7))
def test_disks_reach_as_far_wherever_the_mask_lies(seed, radius):
    rng = np.random.default_rng(seed)
    mask = np.zeros((31, 44), bool)
    y, x = rng.integers(0, 31), rng.integers(0, 44)
    mask[y : y + 9, x : x + 6] = rng.random(mask[y : y + 9, x : x + 6].shape) < 0.9
    gap = np.square(np.indices(mask.shape) - np.argwhere(mask)[..., None, None])
    near = gap.sum(axis=1).min(axis=0, initial=10**6) <= (radius + 0.25) ** 2
    assert (dilate(mask, radius) == near).all()


def test_a_dilated_spot_is_a_disk_of_that_radius():
    mask = np.zeros((41, 51), bool)
    mask[20, 25] = True
    y, x = np.nonzero(dilate(mask, 10))
    assert np.hypot(y - 20, x - 25).max() <= 10.25
    assert abs(len(x) - np.pi * 10.25**2) < 0.08 * np.pi * 10.25**2


def test_opening_removes_a_furrow_and_keeps_a_patch():
    mask = np.zeros((40, 60), bool)
    mask[10:12, 5:55] = True
    mask[20:35, 10:30] = True
    opened = open_mask(mask, 2)
    assert not opened[10:12].any()
    assert opened[22:33, 12:28].all()


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(0.6, 3.0))
def test_masks_have_no_preferred_side(seed, radius):
    rng = np.random.default_rng(seed)
    mask, seeds = rng.random((2, 17, 24)) < 0.5
    for change in (
        lambda m: dilate(m, radius),
        lambda m: open_mask(m, radius),
        lambda m: fill_holes(m, 3),
    ):
        assert np.array_equal(change(mask[:, ::-1]), change(mask)[:, ::-1])
    assert np.array_equal(
        components_touching(mask[:, ::-1], seeds[:, ::-1]),
        components_touching(mask, seeds)[:, ::-1],
    )
