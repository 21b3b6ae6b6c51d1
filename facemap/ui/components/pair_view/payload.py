"""A comparison, laid out for the script of the pair: words and places only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from facemap.comparison import Change, ZoneVerdict
from facemap.render.colors import change_color
from facemap.ui import change_words, words
from facemap.ui.prints import Prints

__all__ = ["blind_payload", "pair_payload"]

Json = dict[str, Any]
_CHANGED = (ZoneVerdict.BETTER, ZoneVerdict.WORSE)
#: Half the width of the chart is this many points at least.
_LEAST_SPAN = 5.0
_SAME_SAID = (
    "No detectable change: less than the smallest change these photos could have "
    "shown, which stands on the right."
)


def pair_payload(
    prints: Prints,
    changes: Sequence[Change],
    *,
    pair_id: str,
    labels: tuple[str, str],
) -> Json:
    """Lay two photos and what changed out.

    Parameters
    ----------
    prints : Prints
    changes : sequence of Change
        Changed zones come first, then the others; those that cannot be compared come
        last, by their reason.
    pair_id : str
        Another id, another pair: it is drawn anew and fitted.
    labels : tuple of str
        What stands on the two photos.
    """
    told = [change for change in changes if change.delta is not None]
    told.sort(key=lambda c: (c.verdict not in _CHANGED, -_size(c)))
    span = max([_LEAST_SPAN, *(abs(c.delta or 0) + _least(c) for c in told)])
    return {
        **_frame(prints, pair_id, labels),
        "modes": ["wipe", "blink", "side"],
        "match_said": prints.match_said,
        "focus": None,
        "zones": [
            {
                "id": c.zone,
                "name": words.zone_name(c.zone),
                "box": list(prints.boxes[c.zone]),
            }
            for c in changes
            if c.zone in prints.boxes
        ],
        "span": words.number(span, 0),
        "same_said": _SAME_SAID,
        "rows": [_row(change, span) for change in told],
        "left_out": _left_out(change for change in changes if change.delta is None),
    }


def blind_payload(prints: Prints, zone: str, *, showing_id: str) -> Json:
    """Lay one zone of two photos out for a rater: no dates, names or figures.

    The pictures are A and B: left and right are the patient's own.
    """
    return {
        **_frame(prints, showing_id, ("A", "B")),
        "modes": ["side"],
        "match_said": "",
        "focus": zone,
        "zones": [
            {"id": zone, "name": words.zone_name(zone), "box": list(prints.boxes[zone])}
        ],
        "span": "",
        "same_said": "",
        "rows": [],
        "left_out": [],
    }


def _frame(prints: Prints, pair_id: str, labels: tuple[str, str]) -> Json:
    width, height = prints.size_wh
    return {
        "id": pair_id,
        "labels": list(labels),
        "width_px": width,
        "height_px": height,
        "px_per_mm": prints.px_per_mm,
    }


def _size(change: Change) -> float:
    return abs(change.delta or 0.0) / (change.sd or 1.0)


def _least(change: Change) -> float:
    return change.smallest_detectable or 0.0


def _row(change: Change, span: float) -> Json:
    name, delta = words.zone_name(change.zone), change.delta or 0.0
    said = change_words.points(change.delta, change.sd)
    sentence = change_words.change_sentence(change)
    return {
        "id": change.zone,
        "name": name,
        "verdict": change.verdict.value,
        "color": change_color(change.verdict),
        "mark": change_words.MARKS[change.verdict],
        "short": change_words.SHORT[change.verdict],
        "said": said,
        "least": words.number(change.smallest_detectable),
        "tell": abs(delta) > _least(change),
        "sentence": sentence,
        "label": f"{name}: {change_words.SHORT[change.verdict]}, {said} points. "
        f"{sentence}",
        # Of the chart's width, 0.5 in the middle.
        "at": _share(delta, span),
        "half": round(_least(change) / span / 2, 4),
        "facts": _facts(change),
    }


def _share(value: float, span: float) -> float:
    return round(0.5 + value / span / 2, 4)


def _facts(change: Change) -> list[list[str]]:
    facts = [
        ("Severity before", words.number(change.before)),
        ("Severity after", words.number(change.after)),
        ("Lines", change_words.lines_sentence(change.lines)),
    ]
    if change.percent is not None:
        facts.append(("Change, of before", f"{words.number(change.percent, 0)} %"))
    if change.length_delta_mm is not None:
        length = words.number(change.length_delta_mm, 0)
        facts.append(("Length of lines, change", f"{length} mm"))
    if change.depth_delta is not None:
        facts.append(("Mean depth, change", words.number(change.depth_delta, 3)))
    return [list(fact) for fact in facts]


def _left_out(changes: Iterable[Change]) -> list[Json]:
    by_reason: dict[str, list[str]] = {}
    for change in changes:
        by_reason.setdefault(change_words.change_sentence(change), []).append(
            change.zone
        )
    found: list[Json] = []
    for reason, zones in by_reason.items():
        said = change_words.zone_list(zones)
        found.append({"zones": said[0].upper() + said[1:], "reason": reason})
    return found
