"""Ids to words for people. Every sentence of the pages that is made of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from facemap.chart import zone_name, zone_names
from facemap.comparison import Change
from facemap.render.points import whole_points
from facemap.resources import load_knowledge

__all__ = [
    "ANSWERS",
    "ANSWER_NAMES",
    "EXPRESSIONS",
    "KINDS",
    "LEVELS",
    "MODES",
    "SCALE_SOURCES",
    "SIDES",
    "STAGES",
    "VERDICTS",
    "VERDICTS_OF_CHANGE",
    "VIEWS",
    "activations",
    "angle",
    "can_not_judge",
    "changed",
    "check_limits",
    "check_title",
    "check_value",
    "count",
    "doubt_of_photo",
    "gain",
    "movement",
    "number",
    "sentence",
    "severity",
    "signed",
    "unchanged",
    "zone_name",
    "zone_names",
]

STAGES: Mapping[str, str] = {
    "photo": "Reading the photo",
    "face": "Finding the face",
    "zones": "Mapping the zones",
    "quality": "Checking the photo's quality",
    "wrinkles": "Tracing wrinkle lines",
    "severity": "Scoring the zones",
    "done": "Drawing the map",
}

#: Of a photo's quality: short, and what it means.
VERDICTS: Mapping[str, tuple[str, str]] = {
    "pass": ("Good", "Every check passed."),
    "warn": ("Usable, with care", "Some figures are less certain; see the advice."),
    "reject": ("Take it again", "Read these figures with great care."),
}

#: Of a zone in a comparison.
VERDICTS_OF_CHANGE: Mapping[str, str] = {
    "better": "better",
    "worse": "worse",
    "no_detectable_change": "no detectable change",
    "not_comparable": "not comparable",
}

VIEWS: Mapping[str, str] = {
    "frontal": "Frontal",
    "oblique_r": "Oblique, right cheek",
    "oblique_l": "Oblique, left cheek",
    "profile_r": "Profile, right side",
    "profile_l": "Profile, left side",
}

EXPRESSIONS: Mapping[str, str] = {
    "rest": "At rest",
    "brow_raise": "Brows raised",
    "frown": "Frowning",
    "squint": "Squinting",
    "smile": "Smiling",
    "pucker": "Lips puckered",
    "other": "Other movement",
}

SCALE_SOURCES: Mapping[str, str] = {
    "iris": "from the irises",
    "iris_ipd": "from irises and pupil distance",
    "marker": "from a marker in the photo",
    "sitting": "from the same sitting's frontal photo",
    "assumed": "assumed from an average head",
}

#: What a movement does to a zone.
ANSWERS: Mapping[str, str] = {
    "rises": "Rises",
    "falls": "Falls",
    "no_change_beyond_noise": "No change beyond noise",
    "not_comparable": "Can't be compared",
}

KINDS: Mapping[str, str] = {
    "fine_line": "Fine lines",
    "wrinkle": "Wrinkles",
    "fold": "Folds",
}

#: The patient's own.
SIDES: Mapping[str, str] = {"r": "right", "l": "left"}

#: Of an intake. Unknown comes first: nothing is answered until somebody answers.
ANSWER_NAMES: Mapping[str, str] = {"unknown": "Unknown", "no": "No", "yes": "Yes"}

#: How far a stop reaches.
LEVELS: Mapping[str, str] = {
    "stop_all": "Stops everything",
    "stop_area": "Stops its zones",
    "override": "Stops unless overridden",
}

MODES: Mapping[str, str] = {
    "dermal": "Into the skin",
    "intramuscular": "Into muscles",
}

#: Units that read better another way; the others follow the number as they are.
_UNITS = {"degrees": "°", "ratio": "", "faces": "", "0 to 1": " of 1"}


def severity(value: float | None, sd: float | None) -> str:
    """Say a severity with its uncertainty, as ``34 ± 6``."""
    if value is None:
        return "–"
    return number(value, 0) + ("" if sd is None else f" ± {whole_points(sd)}")


def gain(value: float | None, sd: float | None) -> str:
    """Say a difference of severities with its sign and uncertainty.

    Examples
    --------
    >>> gain(11.8, 4.2), gain(-3.0, 5.0)
    ('+12 ± 4', '−3 ± 5')
    """
    if value is None:
        return "–"
    return ("+" if value >= 0.5 else "") + severity(value, sd)


def movement(name: str) -> str:
    """Say what the face does, for any movement that a photo can show.

    Examples
    --------
    >>> movement("smile"), movement("eye_closed_l")
    ('Smiling', 'Left eye closed')
    """
    said = _movement(name)
    return EXPRESSIONS.get(name) or said[0].upper() + said[1:]


def can_not_judge(reason: str | None) -> str:
    """Say that, and why, a zone has no figures."""
    if not reason:
        return "Can't be judged"
    # "Hidden by hair" goes on after a colon; "NASA" would stay.
    start = reason[0].lower() + reason[1:] if reason[1:2].islower() else reason
    return f"Can't be judged: {start}"


def number(value: float | None, digits: int = 1) -> str:
    """Write a number with a real minus sign; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.{digits}f}".replace("-", "−")


def signed(value: float, digits: int = 1) -> str:
    """Write a number with its sign."""
    return f"{value:+.{digits}f}".replace("-", "−")


def count(n: int, one: str, many: str = "") -> str:
    """Say how many.

    Examples
    --------
    >>> count(1, "photo"), count(3, "photo")
    ('1 photo', '3 photos')
    """
    return f"{n} {one if n == 1 else many or one + 's'}"


def doubt_of_photo(document: Mapping[str, Any]) -> str:
    """Say in one sentence why a photo is a poor ground for a plan; empty if it is not.

    Parameters
    ----------
    document : mapping
        ``facemap.analysis/1``.
    """
    label = document["face"]["expression"]["label"]
    quality = document["quality"]["verdict"]
    doubts = []
    if label != "rest":
        how = EXPRESSIONS[label].lower()
        doubts.append(f"the face in this photo is not at rest ({how})")
    if quality == "reject":
        whose = "its" if doubts else "this photo's"
        doubts.append(f"{whose} quality verdict is “{VERDICTS[quality][0]}”")
    if not doubts:
        return ""
    said = " and ".join(doubts)
    return (
        f"{said[0].upper()}{said[1:]}: lines and places may be off, so better plan on "
        "another photo."
    )


def sentence(message: str) -> str:
    """End a message with a full stop, once."""
    return message if message.endswith((".", "!", "?", "…")) else f"{message}."


def check_title(check_id: str) -> str:
    """Name of a quality check."""
    return str(_check(check_id)["title"])


def check_value(check: Mapping[str, Any]) -> str:
    """Say what a check measured, with its unit."""
    return _quantity(check["value"], check["unit"]) or "can't be judged"


def check_limits(check: Mapping[str, Any]) -> str:
    """Say where caution starts and where the photo should be taken again."""
    side = {"high": "above", "low": "below", "far": "beyond"}[
        _check(check["id"])["bad"]
    ]
    limits = (("caution", check["warn"]), ("retake", check["reject"]))
    return ", ".join(
        f"{said} {side} {_quantity(limit, check['unit'])}"
        for said, limit in limits
        if limit is not None
    )


def angle(value_deg: float, positive: str, negative: str) -> str:
    """Say an angle with its direction, the patient's own.

    Examples
    --------
    >>> angle(-6.2, "up", "down")
    '6° down'
    """
    size = number(abs(value_deg), 0)
    return "0°" if size == "0" else f"{size}° {positive if value_deg > 0 else negative}"


def activations(values: Mapping[str, float]) -> str:
    """Say the strongest activations, in percent; what rounds to nothing is left out.

    Examples
    --------
    >>> activations({"smile": 0.31, "eye_closed_l": 0.04, "frown": 0.001})
    'smile 31 %, left eye closed 4 %'
    """
    strongest = sorted(values.items(), key=lambda item: -item[1])[:3]
    said = [(_movement(name), number(100 * v, 0)) for name, v in strongest]
    return ", ".join(f"{name} {v} %" for name, v in said if v != "0") or "none"


def _movement(name: str) -> str:
    """Turn ``eye_closed_l`` into "left eye closed"."""
    for suffix, side in (("_l", "left "), ("_r", "right ")):
        if name.endswith(suffix):
            return side + name.removesuffix(suffix).replace("_", " ")
    return name.replace("_", " ")


def _check(check_id: str) -> Mapping[str, Any]:
    row: Mapping[str, Any] = load_knowledge("quality")["check"][check_id]
    return row


def _quantity(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    # Three digits, but never 1e+03.
    said = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    said = said.replace("-", "−")
    return said + _UNITS.get(unit, f" {unit}" if unit else "")


def changed(change: Change) -> str:
    """Say of a zone that changed by how much, and against what."""
    if change.before is None or change.after is None or change.delta is None:
        return f"{zone_name(change.zone)}: {VERDICTS_OF_CHANGE[change.verdict]}"
    least = number(change.smallest_detectable, 1)
    percent = "" if change.percent is None else f", {signed(change.percent, 0)} %"
    return (
        f"{zone_name(change.zone)}: {VERDICTS_OF_CHANGE[change.verdict]}, "
        f"{number(change.before, 0)} to {number(change.after, 0)} "
        f"({signed(change.delta)} points{percent}; the smallest change these photos "
        f"could show is {least})"
    )


def unchanged(changes: Sequence[Change]) -> str:
    """Say how many zones show no change, and how small one would have shown."""
    least = [
        c.smallest_detectable for c in changes if c.smallest_detectable is not None
    ]
    zones = "1 zone shows" if len(changes) == 1 else f"{len(changes)} zones show"
    return (
        f"{zones} no detectable change: one of {number(min(least), 1)} to "
        f"{number(max(least), 1)} points, by zone, would have shown"
    )
