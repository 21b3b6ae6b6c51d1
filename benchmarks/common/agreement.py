"""How well numbers agree with readers, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.stats import rankdata

#: Under it the first faint line would move severity more than the next ten.
LEAST_SHAPE = 0.8
FOLDS = 10


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of ranks; NaN where either has no spread."""
    a, b = rankdata(a), rankdata(b)
    if len(a) < 3 or not a.std() or not b.std():
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def auc(values: np.ndarray, positive: np.ndarray) -> float:
    """Area under the receiver operating curve; ties count half."""
    n = int(positive.sum())
    if n in (0, len(positive)):
        return float("nan")
    ranks = rankdata(values)
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(ranks) - n)))


def kappa(a: np.ndarray, b: np.ndarray) -> float:
    """Quadratic weighted kappa of grades, halves rounded up."""
    a, b = np.floor(a + 0.5), np.floor(b + 0.5)
    expected = ((a[:, None] - b[None, :]) ** 2).mean()
    return float(1 - ((a - b) ** 2).mean() / expected) if expected else float("nan")


def fit_curve(load: np.ndarray, grade: np.ndarray) -> tuple[float, float]:
    """Constants of the severity curve that come nearest to the readers."""

    def shape_of(x: float) -> float:
        return max(float(np.exp(x)), LEAST_SHAPE)

    def loss(x: np.ndarray) -> float:
        grades = curve_grade(load, float(np.exp(x[0])), shape_of(x[1]))
        return float(((grades - grade) ** 2).mean())

    starts = [np.array([s, 0.0]) for s in np.log(np.quantile(load, [0.5, 0.9]) + 0.1)]
    found = [minimize(loss, s, method="Nelder-Mead") for s in starts]
    best = min(found, key=lambda r: r.fun).x
    return float(np.exp(best[0])), shape_of(best[1])


def curve_grade(load: np.ndarray, load_0: float, shape: float) -> np.ndarray:
    return np.asarray(4 * (1 - np.exp(-((load / load_0) ** shape))))


def folds_of(people: Sequence[str]) -> np.ndarray:
    """Fold of each row; all rows of a person are in one."""
    order = {person: k for k, person in enumerate(sorted(set(people)))}
    return np.array([order[person] % FOLDS for person in people])


def cross_validated_grades(
    loads: np.ndarray, grade: np.ndarray, people: Sequence[str]
) -> np.ndarray:
    """Grades from curves fitted without the person graded.

    Parameters
    ----------
    loads : ndarray of shape (variants, n)
        Of several variants the one whose ranks agree best is chosen, on the same
        people that its curve is fitted to.
    grade : ndarray of shape (n,)
    people : sequence of str
    """
    fold = folds_of(people)
    out = np.zeros(len(grade))
    # The curve's first guess expects loads of some thousandths or more.
    scale = np.quantile(loads, 0.9, axis=1, keepdims=True)
    loads = 10 * loads / np.where(scale > 0, scale, 1)
    for k in range(FOLDS):
        test, train = fold == k, fold != k
        if not test.any():
            continue
        fit = [spearman(load[train], grade[train]) for load in loads]
        load = loads[int(np.argmax(np.nan_to_num(fit, nan=-1)))]
        out[test] = curve_grade(load[test], *fit_curve(load[train], grade[train]))
    return out


def by_person(
    figure: Callable[[np.ndarray], float],
    people: Sequence[str],
    rounds: int = 500,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % interval of ``figure(rows)`` over draws of people, with replacement."""
    rng = np.random.default_rng(seed)
    names = np.asarray(people)
    rows = [np.flatnonzero(names == person) for person in sorted(set(people))]
    drawn = [
        figure(np.concatenate([rows[k] for k in rng.integers(0, len(rows), len(rows))]))
        for _ in range(rounds)
    ]
    drawn = [value for value in drawn if np.isfinite(value)]
    if not drawn:
        return float("nan"), float("nan")
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)
