"""From a number to a `Check`: limits, zones and words come from ``quality.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from facemap.errors import KnowledgeError
from facemap.resources import load_knowledge
from facemap.types import ZONE_IDS, Check, Verdict, View

__all__ = ["Reading", "Rule", "Thresholds", "judge", "load_rules", "parse_rule"]

Side = Literal["high", "low", "far"]

_SIDES = ("high", "low", "far")
_VIEW_GROUPS: Mapping[str, tuple[View, ...]] = MappingProxyType(
    {
        "frontal": (View.FRONTAL,),
        "oblique": (View.OBLIQUE_R, View.OBLIQUE_L),
        "profile": (View.PROFILE_R, View.PROFILE_L),
    }
)


@dataclass(frozen=True)
class Reading:
    """What a measure found on one photo.

    Attributes
    ----------
    value : float or None
        None where it cannot be judged; `case` then names the reason.
    case : str
        Which advice fits, or which reason: a key of the rule's tables.
    words : mapping of str to object
        Fills the places in the advice.
    zones : tuple of str or None
        Zones concerned, where the measure knows better than the rule.
    """

    value: float | None
    case: str = "any"
    words: Mapping[str, object] = field(default_factory=dict)
    zones: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Thresholds:
    """Beyond `warn`: less sure. Beyond `reject`: take the photo again."""

    warn: float | None
    reject: float | None


@dataclass(frozen=True)
class Rule:
    """One row of ``quality.toml``.

    Attributes
    ----------
    bad : {"high", "low", "far"}
        Which values are worse; ``"far"`` from zero on either side.
    by_view : mapping of View to Thresholds
    widens_sd : tuple of float
        Factor on a severity's standard deviation on a warning and on a rejection.
    advice : mapping of str to str
        By case, with places such as ``{amount}`` for numbers.
    unknown : mapping of str to str
        By case: why it cannot be judged.
    zones : tuple of str
        Zones concerned; empty means the whole photo.
    zones_by_case : mapping of str to tuple of str
        Takes the place of `zones` for these cases.
    reason, source : str
        Why these thresholds; one of the two may be empty.
    """

    id: str
    title: str
    unit: str
    bad: Side
    by_view: Mapping[View, Thresholds]
    widens_sd: tuple[float, float]
    advice: Mapping[str, str]
    unknown: Mapping[str, str]
    zones: tuple[str, ...]
    zones_by_case: Mapping[str, tuple[str, ...]]
    reason: str
    source: str


_FIELDS = frozenset(
    {
        "title",
        "unit",
        "bad",
        "warn",
        "reject",
        "view",
        "widens_sd",
        "advice",
        "unknown",
        "zones",
        "zones_by_case",
        "reason",
        "source",
    }
)


def parse_rule(check_id: str, row: Mapping[str, Any]) -> Rule:
    """Read one row.

    Raises
    ------
    KnowledgeError
        A key is unknown or missing, a zone does not exist, the thresholds are in the
        wrong order, or neither a reason nor a source is given.
    """

    def refuse(fault: str) -> KnowledgeError:
        return KnowledgeError(f"quality.toml, check {check_id}: {fault}")

    if unknown := sorted(set(row) - _FIELDS):
        raise refuse(f"unknown key {', '.join(unknown)}")
    try:
        title, unit, bad = str(row["title"]), str(row["unit"]), row["bad"]
        low, high = (float(factor) for factor in row["widens_sd"])
        advice = {str(k): str(v) for k, v in row["advice"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise refuse(f"{error} is missing or of the wrong kind") from error
    if bad not in _SIDES:
        raise refuse(f"bad must be one of {', '.join(_SIDES)}")
    if not 1 <= low <= high:
        raise refuse("widens_sd must be two factors, 1 or more, in order")
    if not (row.get("reason") or row.get("source")):
        raise refuse("neither a reason nor a source")
    by_case = {k: tuple(v) for k, v in row.get("zones_by_case", {}).items()}
    zones = tuple(row.get("zones", ()))
    if strangers := sorted({*zones, *sum(by_case.values(), ())} - set(ZONE_IDS)):
        raise refuse(f"unknown zone {', '.join(strangers)}")
    by_view: dict[View, Thresholds] = {}
    for group, views in _VIEW_GROUPS.items():
        own = {**row, **row.get("view", {}).get(group, {})}
        warn, reject = (
            None if own.get(k) is None else float(own[k]) for k in ("warn", "reject")
        )
        ordered = warn is None or reject is None or _worse(bad, reject, warn)
        if not ordered:
            raise refuse("reject is milder than warn")
        by_view |= dict.fromkeys(views, Thresholds(warn, reject))
    return Rule(
        id=check_id,
        title=title,
        unit=unit,
        bad=bad,
        by_view=MappingProxyType(by_view),
        widens_sd=(low, high),
        advice=MappingProxyType(advice),
        unknown=MappingProxyType(dict(row.get("unknown", {}))),
        zones=zones,
        zones_by_case=MappingProxyType(by_case),
        reason=str(row.get("reason", "")),
        source=str(row.get("source", "")),
    )


@cache
def load_rules() -> tuple[Rule, ...]:
    """Every row of ``quality.toml``, in its order.

    Raises
    ------
    KnowledgeError
        The file is missing or a row is not valid.
    """
    rows = load_knowledge("quality").get("check", {})
    return tuple(parse_rule(check_id, row) for check_id, row in rows.items())


def judge(rule: Rule, reading: Reading, view: View) -> Check:
    """Hold a reading against a rule.

    Parameters
    ----------
    rule : Rule
    reading : Reading
    view : View
        Which thresholds apply.

    Returns
    -------
    Check
        A pass has no advice. What cannot be judged passes, and the advice says why.

    Raises
    ------
    KnowledgeError
        The rule has no words for the reading's case.
    """
    limits = rule.by_view[view]
    verdict = _verdict(rule.bad, limits, reading.value)
    zones = reading.zones
    if zones is None:
        zones = rule.zones_by_case.get(reading.case, rule.zones)
    return Check(
        id=rule.id,
        value=reading.value,
        unit=rule.unit,
        warn=limits.warn,
        reject=limits.reject,
        verdict=verdict,
        advice=_words(rule, reading, verdict),
        zones=zones,
        widens_sd={
            Verdict.PASS: 1.0,
            Verdict.WARN: rule.widens_sd[0],
            Verdict.REJECT: rule.widens_sd[1],
        }[verdict],
    )


def _verdict(bad: Side, limits: Thresholds, value: float | None) -> Verdict:
    if value is None:
        return Verdict.PASS
    if limits.reject is not None and _worse(bad, value, limits.reject):
        return Verdict.REJECT
    if limits.warn is not None and _worse(bad, value, limits.warn):
        return Verdict.WARN
    return Verdict.PASS


def _worse(bad: Side, value: float, limit: float) -> bool:
    if bad == "low":
        return value < limit
    return (abs(value) if bad == "far" else value) > limit


def _words(rule: Rule, reading: Reading, verdict: Verdict) -> str:
    if reading.value is None:
        table = rule.unknown
    elif verdict is Verdict.PASS:
        return ""
    else:
        table = rule.advice
    try:
        return table[reading.case].format(**reading.words)
    except (KeyError, IndexError, ValueError) as error:
        raise KnowledgeError(
            f"quality.toml, check {rule.id}: no words for the case {reading.case!r}"
        ) from error
