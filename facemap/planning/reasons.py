"""What is said of a step: why it is there, and what was left out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from facemap.chart import zone_name
from facemap.planning.keepouts import Keepout
from facemap.planning.layout import ALONE, MERGED, NEAR, OBLIQUE, OFF_SKIN, Layout
from facemap.planning.priority import Need
from facemap.protocol import Stop
from facemap.resources import load_knowledge

__all__ = [
    "all_left_out",
    "reasons_of",
    "said_left_out",
    "said_points",
    "said_share",
    "stopped_by",
    "too_few",
    "too_little_tenderness",
]

_PALPABLE = "Tender by hand, {0:.0f} of 10. It folds no skin: the photo says nothing."
_LEFT_OUT: Mapping[str, str] = {
    OFF_SKIN: "outside the zone, or where no bare skin shows",
    OBLIQUE: "where the skin is seen too slantwise to place a point",
    ALONE: "beside a stretch of line that holds no point",
    NEAR: "nearer to a landmark than the protocol allows",
    MERGED: "nearer to another point than the spacing allows",
}


def stopped_by(stops: Iterable[Stop]) -> str:
    """Say what stops a place."""
    return " ".join(dict.fromkeys(stop.said for stop in stops))


def reasons_of(need: Need) -> list[str]:
    """Say in words what speaks for a step."""
    said = []
    score = need.score
    if score is not None and score.severity is not None:
        said.append(
            f"{zone_name(score.zone)}: severity {score.severity:.0f} ± "
            f"{score.severity_sd or 0:.0f} of 100."
        )
    if need.gain is not None:
        movement = need.movement.replace("_", " ")
        said.append(
            f"Severity rises by {need.gain:.0f} with this movement: {movement}."
        )
    if need.wish is not None:
        said.append(f"The patient's wish: {need.wish:g} of 10.")
    if need.tenderness is not None:
        if score is None:
            said.append(_PALPABLE.format(need.tenderness))
        else:
            said.append(f"Tender by hand: {need.tenderness:g} of 10.")
    return said


def said_left_out(keepouts: Iterable[Keepout], layout: Layout) -> list[str]:
    """Say how many points along lines were left out, and why."""
    names = _names(keepouts)
    parts = [f"{n} {names[key]}" for key, n in layout.left_out.items()]
    total = sum(layout.left_out.values())
    were = "1 point was" if total == 1 else f"{total} points were"
    return [f"{were} left out: {'; '.join(parts)}."] if parts else []


def said_points(layout: Layout, spacing_mm: float) -> str:
    """Say how many points there are, and how far apart where they are several."""
    n = len(layout.points)
    return "1 point" if n == 1 else f"{n} points, {spacing_mm:g} mm apart"


def too_little_tenderness(found: float | None) -> str:
    """Say that what was found by hand is too little; empty where nothing was."""
    least = float(load_knowledge("planning")["threshold"]["least_tenderness"])
    if not found or found >= least:
        return ""
    return (
        f"Tenderness {found:g} of 10 found by hand is under the {least:g} from which a "
        "muscle is planned for."
    )


def said_share(keepouts: Iterable[Keepout], layout: Layout) -> list[str]:
    """Say how much of a window is left out, and why."""
    names = _names(keepouts)
    parts = [
        f"{100 * n / layout.n_candidates:.0f} % {names[key]}"
        for key, n in layout.left_out.items()
    ]
    return [f"Of its window are left out: {'; '.join(parts)}."] if parts else []


def all_left_out(keepouts: Iterable[Keepout], layout: Layout) -> str:
    """Say why no point is left."""
    names = _names(keepouts)
    found = ", ".join(names[key] for key in layout.left_out if key != MERGED)
    if not found and layout.left_out.get(MERGED):
        return "Every point would lie where another step has one."
    return f"Every point would lie in what is kept out of: {found or 'nothing found'}."


def too_few(keepouts: Iterable[Keepout], layout: Layout) -> str:
    """Say why the few points that are left make no step."""
    if not layout.points:
        return all_left_out(keepouts, layout)
    n = len(layout.points)
    left = f"Only {n} {'point is' if n == 1 else 'points are'} left, too few for a step"
    return " ".join([f"{left}.", *said_left_out(keepouts, layout)])


def _names(keepouts: Iterable[Keepout]) -> Mapping[str, str]:
    return {**{keepout.id: keepout.name for keepout in keepouts}, **_LEFT_OUT}
