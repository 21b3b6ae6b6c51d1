"""What a comparison says, in words for people who are no engineers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from facemap.comparison import Change, LineCounts, ZoneVerdict
from facemap.comparison.series import Step
from facemap.resources import load_knowledge
from facemap.types import ZONE_IDS, Check, Verdict
from facemap.ui import words

__all__ = [
    "MARKS",
    "SHORT",
    "Headline",
    "change_sentence",
    "check_limits",
    "check_title",
    "check_value",
    "headline",
    "is_judged",
    "lines_sentence",
    "one_each",
    "points",
    "range_of",
    "signed",
    "zone_list",
]

#: A mark beside a color: a verdict is never told by color alone.
MARKS: Mapping[str, str] = {
    "better": "▼",
    "worse": "▲",
    "no_detectable_change": "=",
    "not_comparable": "–",
}

SHORT: Mapping[str, str] = {
    "better": "Better",
    "worse": "Worse",
    "no_detectable_change": "No detectable change",
    "not_comparable": "Can't be compared",
}


@dataclass(frozen=True)
class Headline:
    """The first thing to say of two photos."""

    verdict: str
    title: str
    text: str


def points(delta: float | None, sd: float | None) -> str:
    """Say a change of severity with its standard deviation.

    Examples
    --------
    >>> points(-5.24, 1.7), points(0.04, 1.2), points(None, None)
    ('−5.2 ± 1.7', '0.0 ± 1.2', '–')
    """
    if delta is None or sd is None:
        return "–"
    return f"{signed(delta)} ± {words.number(sd)}"


def signed(value: float) -> str:
    """Write a number with its sign; none where it rounds to nothing."""
    said = words.number(abs(value))
    if float(said) == 0:
        return said
    return ("+" if value > 0 else "−") + said


def change_sentence(change: Change | Step) -> str:
    """Say what a change of one zone amounts to.

    Examples
    --------
    >>> change = Step("a", "b", 0.8, 1.73, 3.4, ZoneVerdict.NO_DETECTABLE_CHANGE, True)
    >>> change_sentence(change)
    'Less than the smallest change these photos could have shown (3.4 points).'
    >>> change_sentence(replace(change, delta=-5.2, verdict=ZoneVerdict.BETTER))
    'Lines are less marked: by 5.2 points, where 3.4 would have shown.'
    """
    if change.delta is None:
        reasons = " ".join(
            words.sentence(reason[0].upper() + reason[1:])
            for reason in dict.fromkeys(change.reasons)
            if reason
        )
        return reasons or "One of the photos cannot judge this zone."
    least = words.number(change.smallest_detectable)
    size = words.number(abs(change.delta))
    if change.verdict is ZoneVerdict.BETTER:
        return (
            f"Lines are less marked: by {size} points, where {least} would have shown."
        )
    if change.verdict is ZoneVerdict.WORSE:
        return (
            f"Lines are more marked: by {size} points, where {least} would have shown."
        )
    if abs(change.delta) <= (change.smallest_detectable or 0.0):
        return (
            f"Less than the smallest change these photos could have shown "
            f"({least} points)."
        )
    return (
        f"Just beyond {least} points, which would show in one zone; but of so many "
        "zones looked at, one such is to be expected by chance."
    )


def lines_sentence(lines: LineCounts) -> str:
    """Count the lines of a zone by what became of them.

    Examples
    --------
    >>> lines_sentence(LineCounts(gone=1, same=2)), lines_sentence(LineCounts())
    ('1 gone, 2 the same', 'no lines drawn')
    """
    said = {
        "gone": lines.gone,
        "shallower": lines.shallower,
        "the same": lines.same,
        "deeper": lines.deeper,
        "new": lines.new,
    }
    return ", ".join(f"{n} {name}" for name, n in said.items() if n) or "no lines drawn"


def range_of(changes: Iterable[Change]) -> str:
    """Say how small a change would have shown, over zones.

    Examples
    --------
    >>> range_of([])
    '–'
    """
    least = [
        c.smallest_detectable for c in changes if c.smallest_detectable is not None
    ]
    if not least:
        return "–"
    low, high = words.number(min(least)), words.number(max(least))
    return low if low == high else f"{low} to {high}"


def headline(comparable: bool, changes: Sequence[Change]) -> Headline:
    """Say whether two photos can be compared, and what changed."""
    told = [c for c in changes if c.verdict is not ZoneVerdict.NOT_COMPARABLE]
    better = [c.zone for c in told if c.verdict is ZoneVerdict.BETTER]
    worse = [c.zone for c in told if c.verdict is ZoneVerdict.WORSE]
    if not comparable or not told:
        why = list(dict.fromkeys(reason for c in changes for reason in c.reasons))
        # One reason for all is worth saying at once; the checks tell the rest.
        shared = [r for r in why if all(r in c.reasons for c in changes)]
        first = f"{words.sentence(shared[0])} " if shared else ""
        return Headline(
            "reject",
            "These photos can't be compared",
            f"{first}No change is given: any figure would say more about the photos "
            "than about the skin.",
        )
    missing = len(changes) - len(told)
    verdict = "warn" if missing else "pass"
    title = (
        f"{len(told)} of {len(changes)} zones can be compared"
        if missing
        else "All zones can be compared"
    )
    if not better and not worse:
        text = (
            f"{'None of these' if missing else 'No zone'} changed by more than these "
            "photos could have shown. That is not proof that nothing changed: a "
            "smaller change would not have shown."
        )
    else:
        said = []
        if better:
            said.append(f"lines are less marked in {zone_list(better)}")
        if worse:
            said.append(f"lines are more marked in {zone_list(worse)}")
        text = words.sentence("; ".join(said))
        text = text[0].upper() + text[1:]
        if len(told) > len(better) + len(worse):
            text += " Elsewhere no change that these photos could have shown."
        text += " What caused it a photo cannot tell."
    return Headline(verdict, title, text)


def zone_list(zones: Iterable[str]) -> str:
    """Name zones within a sentence; both sides of one are one.

    Examples
    --------
    >>> zone_list(["chin", "cheek_r", "cheek_l", "crow_feet_l"])
    "chin, both cheeks and left crow's feet"
    >>> zone_list(["forehead"])
    'forehead'
    >>> zone_list(["glabella", "infraorbital_l"])
    'the skin between the brows and the skin under the left eye'
    """
    given = list(dict.fromkeys(zones))
    if len(given) == len(ZONE_IDS):
        return "all zones"
    said = list(dict.fromkeys(_within(zone, given) for zone in given))
    return " and ".join([", ".join(said[:-1]), said[-1]] if said[1:] else said)


def _within(zone: str, given: Sequence[str]) -> str:
    """Name a zone within a sentence, its side before it."""
    stem = zone.removesuffix("_r").removesuffix("_l")
    name, _, side = words.zone_name(zone).partition(", ")
    name = name[0].lower() + name[1:]
    if {f"{stem}_r", f"{stem}_l"} <= set(given):
        return _BOTH.get(stem, f"{name} on both sides")
    one = _ONE.get(stem)
    return one.format(side=side) if one else f"{side} {name}" if side else name


#: Where the plural reads better.
_BOTH = {
    "cheek": "both cheeks",
    "nasolabial": "both nasolabial folds",
    "marionette": "both marionette lines",
    "infraorbital": "the skin under both eyes",
    "bunny": "both sides of the nose",
}

#: Where a name does not bear its side, or "in", before it.
_ONE = {
    "glabella": "the skin between the brows",
    "infraorbital": "the skin under the {side} eye",
    "bunny": "the {side} side of the nose",
    "lower_lip": "the skin under the lower lip",
    "nasal_root": "the root of the nose",
}


# ---- checks of a pair -----------------------------------------------------------


def check_title(check: Check) -> str:
    """Name of a check of two photos."""
    return str(_row(check)["title"])


def check_value(check: Check) -> str:
    """Say what a check found, and where it would warn and refuse."""
    if check.id == "view":
        return "alike" if check.verdict is Verdict.PASS else "different"
    if check.value is None:
        return "no dates" if check.id == "order" else "can't be judged"
    # Two digits tell as much as is known.
    return _quantity(float(f"{check.value:.2g}"), check)


def is_judged(check: Check) -> bool:
    """Tell whether the photos say anything of what a check asks."""
    return check.id == "view" or check.value is not None


def check_limits(check: Check) -> str:
    """Say where two photos begin to be less alike, and where it spoils them."""
    limits = (("less sure", check.warn), ("spoils it", check.reject))
    side = "below" if _row(check).get("bad") == "low" else "above"
    return ", ".join(
        f"{said} {side} {_quantity(limit, check)}"
        for said, limit in limits
        if limit is not None
    )


def _quantity(value: float, check: Check) -> str:
    return words.check_value({"value": value, "unit": check.unit})


def one_each(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Put checks together that say the same of several zones."""
    found: dict[tuple[str, str], Check] = {}
    for check in checks:
        key = check.id, check.advice
        known = found.get(key)
        if known is None:
            found[key] = check
            continue
        values = [v for v in (known.value, check.value) if v is not None]
        zones = {*known.zones, *check.zones}
        found[key] = replace(
            known,
            value=max(values, default=None),
            zones=tuple(zone for zone in ZONE_IDS if zone in zones),
        )
    return tuple(found.values())


def _row(check: Check) -> Mapping[str, Any]:
    row: Mapping[str, Any] = load_knowledge("comparison")["check"][check.id]
    return row
