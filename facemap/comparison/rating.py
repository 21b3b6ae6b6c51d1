r"""Blind rating: what people see in two pictures who don't know which came first.

People who know which photo is the later one see improvement even on faces that nobody
treated [1]_. So pairs come in random order, the later photo on a random side, without
dates, and some come twice with sides changed: who contradicts oneself there sees
nothing elsewhere either.

One question a pair, *in which picture are the lines less marked*, with five answers:
much or slightly on the left, no difference, slightly or much on the right. Side by side
people tell smaller differences than with a grade for each picture, and it is half the
work; the answers become a grade from -2 (the later photo is much worse) to +2 (much
better) once the sides are known.

Agreement beyond chance is Cohen's kappa with quadratic weights [2]_, with more than two
raters the mean over pairs of raters [3]_. Of grades :math:`x_i, y_i` of the same pairs

.. math:: \kappa = 1 - \frac{\sum_i (x_i - y_i)^2 / n}
                            {\sum_{i,j} (x_i - y_j)^2 / n^2}

It has no value where nothing is expected to differ: all grades are the same.

References
----------
.. [1] Machado et al. Sci Rep. 2021;11. :doi:`10.1038/s41598-021-91922-9`
.. [2] Cohen J. Weighted kappa: nominal scale agreement with provision for scaled
   disagreement or partial credit. Psychol Bull. 1968;70:213-220.
   :doi:`10.1037/h0026256`
.. [3] Light RJ. Measures of response agreement for qualitative data. Psychol Bull.
   1971;76:365-377. :doi:`10.1037/h0031643`
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Any

import numpy as np

from facemap.comparison.cells import plain_cell
from facemap.comparison.change import Change, ZoneVerdict

__all__ = [
    "ANSWERS",
    "Agreement",
    "Item",
    "Kappa",
    "Rating",
    "Showing",
    "between_raters",
    "draw_showings",
    "mean_kappa",
    "rating_row",
    "rating_table",
    "weighted_kappa",
    "with_measurement",
    "within_rater",
]

#: Where the lines are less marked: much on the left, ..., much on the right.
ANSWERS = (-2, -1, 0, 1, 2)
#: So many pairs of a hundred come twice.
_REPEATED = 0.2


@dataclass(frozen=True)
class Item:
    """One zone of two photos, by their hashes; the second was taken later."""

    zone: str
    before: str
    after: str

    @property
    def id(self) -> str:
        """The same for the same zone of the same photos."""
        return f"{self.zone}:{self.before[:12]}:{self.after[:12]}"


@dataclass(frozen=True)
class Showing:
    """An item as it is shown to a rater. `repeat`: it was shown before."""

    number: int
    item: Item
    after_on_left: bool
    repeat: bool = False


@dataclass(frozen=True)
class Rating:
    """What a rater said of a showing: one of `ANSWERS`."""

    rater: str
    showing: Showing
    answer: int

    def __post_init__(self) -> None:
        if self.answer not in ANSWERS:
            raise ValueError(f"An answer is one of {ANSWERS}, not {self.answer}")

    @property
    def grade(self) -> int:
        """From -2, the later photo is much worse, to +2, it is much better."""
        return -self.answer if self.showing.after_on_left else self.answer


@dataclass(frozen=True)
class Kappa:
    """Agreement of two gradings beyond chance.

    Attributes
    ----------
    value : float or None
        1 full agreement, 0 chance; None where it has no value, see `reason`.
    sd : float or None
        Standard deviation, by leaving out one pair of grades at a time; None with
        under three.
    items : int
        How many were graded by both.
    """

    raters: tuple[str, str]
    value: float | None
    sd: float | None
    items: int
    reason: str | None = None


@dataclass(frozen=True)
class Agreement:
    """What raters saw against what was measured.

    Attributes
    ----------
    table : mapping of (str, str) to int
        Counts by what the rater saw and by the verdict measured, each ``better``,
        ``no_detectable_change`` or ``worse``.
    items : int
    same : int
        How many of them are alike.
    kappa : Kappa
        Of -1, 0 and 1 on both sides.
    """

    table: Mapping[tuple[str, str], int]
    items: int
    same: int
    kappa: Kappa


def draw_showings(
    items: Iterable[Item], *, rater: str, seed: int
) -> tuple[Showing, ...]:
    """Draw order and sides for one rater.

    The later photo is on the left in half of the pairs, give or take one. One pair in
    five, at least one of two or more, comes again at the end, with sides changed.

    Parameters
    ----------
    items : iterable of Item
        Their order decides nothing.
    rater : str
        Another rater, another order.
    seed : int
        The same seed, rater and items: the same showings.
    """
    by_id = {item.id: item for item in items}
    ordered = [by_id[key] for key in sorted(by_id)]
    digest = hashlib.sha256(f"{seed}\n{rater}".encode()).digest()
    draw = np.random.default_rng(np.frombuffer(digest, np.uint32))
    order = draw.permutation(len(ordered))
    start = int(draw.integers(2))
    left = draw.permutation([(k + start) % 2 == 0 for k in range(len(ordered))])
    first = [
        Showing(n, ordered[k], bool(left[n - 1])) for n, k in enumerate(order, start=1)
    ]
    again = max(1, round(_REPEATED * len(first))) if len(first) > 1 else 0
    # Not those just seen: an answer would be remembered.
    picked = draw.permutation(max(len(first) - again, again))[:again]
    second = [
        Showing(len(first) + n, first[k].item, not first[k].after_on_left, repeat=True)
        for n, k in enumerate(picked, start=1)
    ]
    return (*first, *second)


def weighted_kappa(
    first: Mapping[str, int],
    second: Mapping[str, int],
    *,
    raters: tuple[str, str] = ("", ""),
) -> Kappa:
    """Kappa with quadratic weights, over what both graded.

    Examples
    --------
    >>> a = {"chin": 2, "neck": 0, "cheek_r": -1, "cheek_l": 1}
    >>> weighted_kappa(a, a).value
    1.0
    >>> weighted_kappa(a, {"chin": 1, "neck": 0, "forehead": 2}).items
    2
    >>> weighted_kappa({"chin": 0, "neck": 0}, {"chin": 0, "neck": 0}).reason
    'All grades are the same.'
    """
    both = sorted(first.keys() & second.keys())
    x, y = (
        np.array([graded[key] for key in both], float) for graded in (first, second)
    )
    if len(both) < 2:
        return Kappa(raters, None, None, len(both), "Fewer than two were graded twice.")
    value = _kappa(x, y)
    if value is None:
        return Kappa(raters, None, None, len(both), "All grades are the same.")
    return Kappa(raters, value, _jackknife(x, y), len(both))


def _kappa(x: np.ndarray, y: np.ndarray) -> float | None:
    expected = x.var() + y.var() + (x.mean() - y.mean()) ** 2
    if expected == 0:
        return None
    return float(1 - ((x - y) ** 2).mean() / expected)


def _jackknife(x: np.ndarray, y: np.ndarray) -> float | None:
    n = len(x)
    if n < 3:
        return None
    left_out = [_kappa(np.delete(x, k), np.delete(y, k)) for k in range(n)]
    values = [value for value in left_out if value is not None]
    if len(values) < n:
        return None
    return float(np.sqrt((n - 1) * np.var(values)))


def _grades(ratings: Iterable[Rating], *, repeat: bool) -> dict[str, dict[str, int]]:
    """Grades by rater and item; where one said something twice, the last counts."""
    found: dict[str, dict[str, int]] = {}
    for rating in ratings:
        if rating.showing.repeat is repeat:
            graded = found.setdefault(rating.rater, {})
            graded[rating.showing.item.id] = rating.grade
    return found


def between_raters(ratings: Sequence[Rating]) -> tuple[Kappa, ...]:
    """Agreement of every two raters; none where there is one."""
    grades = _grades(ratings, repeat=False)
    return tuple(
        weighted_kappa(grades[a], grades[b], raters=(a, b))
        for a, b in combinations(sorted(grades), 2)
    )


def mean_kappa(kappas: Iterable[Kappa]) -> float | None:
    """Mean over pairs of raters that have a value; None where none has."""
    values = [kappa.value for kappa in kappas if kappa.value is not None]
    return fmean(values) if values else None


def within_rater(ratings: Sequence[Rating], rater: str) -> Kappa:
    """Agreement of a rater with oneself, over the pairs that came twice."""
    once = _grades(ratings, repeat=False).get(rater, {})
    again = _grades(ratings, repeat=True).get(rater, {})
    return weighted_kappa(once, again, raters=(rater, rater))


_SEEN = {
    -1: ZoneVerdict.WORSE,
    0: ZoneVerdict.NO_DETECTABLE_CHANGE,
    1: ZoneVerdict.BETTER,
}
_SIGN = {verdict: sign for sign, verdict in _SEEN.items()}


def with_measurement(
    ratings: Sequence[Rating],
    measured: Mapping[str, Change],
    rater: str | None = None,
) -> Agreement:
    """Hold what raters saw against what was measured.

    Parameters
    ----------
    ratings : sequence of Rating
    measured : mapping of str to Change
        By the item's id; those that cannot be compared are left out.
    rater : str, optional
        One of them; all, each pair of rater and item by itself, where not said.
    """
    seen: dict[str, int] = {}
    known: dict[str, int] = {}
    for name, graded in _grades(ratings, repeat=False).items():
        for item, grade in graded.items():
            change = measured.get(item)
            if rater not in (None, name) or change is None:
                continue
            if change.verdict in _SIGN:
                seen[f"{name}\n{item}"] = (grade > 0) - (grade < 0)
                known[f"{name}\n{item}"] = _SIGN[change.verdict]
    table = {(a.value, b.value): 0 for a in _SEEN.values() for b in _SEEN.values()}
    for key, sign in seen.items():
        table[_SEEN[sign].value, _SEEN[known[key]].value] += 1
    return Agreement(
        table=table,
        items=len(seen),
        same=sum(known[key] == sign for key, sign in seen.items()),
        kappa=weighted_kappa(seen, known, raters=(rater or "", "measurement")),
    )


def rating_table(
    ratings: Iterable[Rating], measured: Mapping[str, Change] | None = None
) -> str:
    """Write ratings as CSV, a line each, with what was measured beside it."""
    rows = [rating_row(rating, measured or {}) for rating in ratings]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "rater": plain_cell(row["rater"])} for row in rows)
    return text.getvalue()


_COLUMNS = (
    "rater",
    "number",
    "zone",
    "before",
    "after",
    "after_on",
    "repeat",
    "answer",
    "grade",
    "measured_delta",
    "measured_sd",
    "measured_verdict",
)


def rating_row(rating: Rating, measured: Mapping[str, Change]) -> dict[str, Any]:
    """Lay a rating out, with what was measured by the item's id, where it was."""
    showing = rating.showing
    change = measured.get(showing.item.id)
    values = (
        rating.rater,
        showing.number,
        showing.item.zone,
        showing.item.before,
        showing.item.after,
        "left" if showing.after_on_left else "right",
        showing.repeat,
        rating.answer,
        rating.grade,
        change.delta if change else None,
        change.sd if change else None,
        change.verdict.value if change else None,
    )
    return dict(zip(_COLUMNS, values, strict=True))
