"""What changed in each zone, and whether that is more than chance shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import erfc, sqrt

from facemap.resources import load_knowledge

__all__ = ["BEYOND", "Change", "Family", "LineCounts", "ZoneVerdict", "judge_family"]

#: Two-sided 95 % of a normal distribution.
BEYOND = 1.96


class ZoneVerdict(StrEnum):
    """What can be said of a zone."""

    BETTER = "better"
    WORSE = "worse"
    NO_DETECTABLE_CHANGE = "no_detectable_change"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class LineCounts:
    """Lines of a zone, matched one to one."""

    gone: int = 0
    shallower: int = 0
    same: int = 0
    deeper: int = 0
    new: int = 0


@dataclass(frozen=True)
class Change:
    """One zone before and after, on the skin that both photos show.

    Attributes
    ----------
    before, after : float or None
        Severity on the shared skin; that of the photo alone where the two cannot be
        compared. None where a photo cannot judge the zone.
    delta : float or None
        After less before: negative is better.
    sd : float or None
        Standard deviation of `delta` where nothing changes.
    smallest_detectable : float or None
        Smaller changes of this one zone are not told from none (95 %).
    percent : float or None
        Of the severity before; None where that is too small to be a denominator.
    length_delta_mm, depth_delta : float or None
        Of the lines that are drawn: total length; mean depth, weighted by length.
    reasons : tuple of str
        Why the zone cannot be compared.
    """

    zone: str
    before: float | None
    after: float | None
    delta: float | None
    sd: float | None
    smallest_detectable: float | None
    percent: float | None
    length_delta_mm: float | None
    depth_delta: float | None
    lines: LineCounts
    verdict: ZoneVerdict
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Family:
    """How testing many zones at once is accounted for.

    Attributes
    ----------
    zones : int
        How many were tested.
    method : str
    threshold : float
        The p-value under which a change of a zone counts.
    """

    zones: int
    method: str
    threshold: float


def judge_family(
    deltas: Mapping[str, tuple[float, float]],
) -> tuple[Family, Mapping[str, ZoneVerdict]]:
    r"""Tell which changes stand out, of all zones tested.

    Benjamini and Hochberg [1]_: with :math:`m` zones and p-values in rising order, all
    up to the last :math:`p_{(k)} \le q\,k / m` count. Of those that are called changed
    then no more than :math:`q` are not, on average; where nothing changed anywhere, one
    is called changed in at most that share of comparisons.

    Parameters
    ----------
    deltas : mapping of str to (float, float)
        Per zone its change and the standard deviation of that.

    References
    ----------
    .. [1] Benjamini Y, Hochberg Y. Controlling the false discovery rate. J R Stat
       Soc B. 1995;57:289-300. :doi:`10.1111/j.2517-6161.1995.tb02031.x`

    Examples
    --------
    >>> family, verdicts = judge_family({"chin": (-9.0, 1.5), "neck": (2.0, 1.5)})
    >>> family.zones, verdicts["chin"].value, verdicts["neck"].value
    (2, 'better', 'no_detectable_change')
    """
    rate = float(load_knowledge("comparison")["family"]["rate"])
    chance = {zone: _p_value(delta, sd) for zone, (delta, sd) in deltas.items()}
    threshold = _step_up(sorted(chance.values()), rate)
    verdicts = {
        zone: _verdict(delta) if chance[zone] <= threshold else _SAME
        for zone, (delta, _) in deltas.items()
    }
    return Family(len(deltas), "Benjamini-Hochberg", threshold), verdicts


_SAME = ZoneVerdict.NO_DETECTABLE_CHANGE


def _verdict(delta: float) -> ZoneVerdict:
    return ZoneVerdict.BETTER if delta < 0 else ZoneVerdict.WORSE


def _p_value(delta: float, sd: float) -> float:
    """Two-sided, of a normal distribution."""
    return erfc(abs(delta) / sd / sqrt(2.0))


def _step_up(chance: Sequence[float], rate: float) -> float:
    """Return the p-value up to which all count; that of one zone where none does."""
    count = len(chance)
    limits = [rate * (k + 1) / count for k in range(count)]
    passed = [limit for p, limit in zip(chance, limits, strict=True) if p <= limit]
    return passed[-1] if passed else (limits[0] if limits else rate)
