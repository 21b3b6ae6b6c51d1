"""Compare what was not compared yet, with progress."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from facemap.comparison import Comparison
from facemap.pipeline import Sight
from facemap.ui import words
from facemap.ui.light_table import Compared, PairKey
from facemap.ui.session import Case, Refusal, attempt

__all__ = ["compare_pairs", "key_of", "with_pixels"]

_BUG = Refusal(
    "Something went wrong inside facemap with these photos",
    "The details are in the window that facemap was started from. Other photos are "
    "not affected.",
)

#: Hashes of two photos, the earlier first.
Pair = tuple[str, str]


def key_of(case: Case, pair: Pair) -> PairKey:
    """Give what a comparison is kept under: other options, another comparison."""
    readings = case.readings()
    return readings[pair[0]].id, readings[pair[1]].id


def compare_pairs(case: Case, pairs: Sequence[Pair]) -> list[Compared | None]:
    """Compare pairs of photos; those that were compared before are known.

    Returns
    -------
    list of Compared or None
        None for a pair that was refused.
    """
    table = case.light_table
    waiting = [pair for pair in pairs if not table.is_known(key_of(case, pair))]
    if waiting:
        _run(case, list(dict.fromkeys(waiting)))
    return [table.found(key_of(case, pair)) for pair in pairs]


def with_pixels(case: Case, pair: Pair) -> Comparison:
    """Give a comparison with its pixels, for pictures to keep.

    It is made once more where it is not the last one, which gives the same: cheaper
    than to hold the pixels of every photo in memory.
    """
    key = key_of(case, pair)
    known = case.light_table.pixels(key)
    if known is None:
        before, after = (
            case.see(case.uploads[sha256], lambda *_: None) for sha256 in pair
        )
        known = case.compare(before, after)
        case.light_table.keep(key, known)
    return known


def _run(case: Case, waiting: Sequence[Pair]) -> None:
    bar = st.progress(0.0)
    sights: dict[str, Sight] = {}
    # Each photo is seen once, and laid beside another for about half as long.
    photos = list(dict.fromkeys(sha256 for pair in waiting for sha256 in pair))
    total = len(photos) + 0.5 * len(waiting)
    done = 0.0

    def look(sha256: str) -> None:
        name = case.uploads[sha256].name

        def show(stage: str, share: float) -> None:
            said = words.STAGES.get(stage, stage)
            bar.progress((done + min(share, 1.0)) / total, f"{name}: {said} …")

        sights[sha256] = case.see(case.uploads[sha256], show)

    def compare(pair: Pair) -> Comparison:
        nonlocal done
        for sha256 in pair:
            if sha256 not in sights:
                look(sha256)
                done += 1.0
        bar.progress(done / total, "Laying the photos over each other …")
        return case.compare(sights[pair[0]], sights[pair[1]])

    for i, pair in enumerate(waiting):
        outcome = attempt(partial(compare, pair), _BUG)
        key = key_of(case, pair)
        if isinstance(outcome, Refusal):
            case.light_table.refuse(key, outcome.message, outcome.hint)
        else:
            case.light_table.keep(key, outcome)
        done = min(done + 0.5, total)
        # Only what is needed again: the pixels of a photo take much memory.
        needed = {sha256 for later in waiting[i + 1 :] for sha256 in later}
        sights = {sha256: s for sha256, s in sights.items() if sha256 in needed}
    bar.empty()
