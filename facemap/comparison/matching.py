"""The lines of two photos, one to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facemap.comparison.change import BEYOND, LineCounts
from facemap.comparison.pairing import Pair
from facemap.geometry import path_length, photo_to_view
from facemap.resources import load_knowledge
from facemap.types import FaceView, FloatArray, WrinkleLine
from facemap.wrinkles.profiles import cross_sections, fit_profile

__all__ = ["LinePair", "count_lines", "match_lines"]

#: Across a line, and the widths that are tried (standard deviations), in millimeters.
_OFFSETS_MM: FloatArray = np.arange(-40, 41, dtype=np.float64) * 0.08
_SIGMAS_MM: FloatArray = np.geomspace(0.15, 1.2, 16)
#: Most of a path lies on another: the same line.
_MOSTLY = 0.5


@dataclass(frozen=True, eq=False)
class LinePair:
    """One line, and how deep it is in either photo, measured at the same place.

    Attributes
    ----------
    zone : str
    path_px : ndarray of shape (N, 2)
        In the first photo.
    depth_before, depth_after : float
        Drop in log luminance.
    drawn_before, drawn_after : bool
        Whether the photo's own lines hold it.
    fate : str
        ``gone``, ``shallower``, ``same``, ``deeper`` or ``new``.
    """

    zone: str
    path_px: FloatArray
    depth_before: float
    depth_after: float
    drawn_before: bool
    drawn_after: bool
    fate: str


def match_lines(
    before: Sequence[WrinkleLine], after: Sequence[WrinkleLine], pair: Pair
) -> tuple[LinePair, ...]:
    """Match lines, and measure each where it lies in both pictures.

    A line that only one of the photos holds may have been missed in the other by a
    hair's breadth; so what tells its fate is its depth in both, at the same place.
    """
    near_px = load_knowledge("comparison")["lines"]["near_mm"] * (
        pair.before.photo_px_per_mm
    )
    found = [_line(line, pair, True, _on(line, after, near_px)) for line in before]
    found += [
        _line(line, pair, False, True)
        for line in after
        if not _on(line, before, near_px)
    ]
    return tuple(found)


def count_lines(lines: Sequence[LinePair], zone: str) -> LineCounts:
    """How many lines of a zone met which fate."""
    fates = [line.fate for line in lines if line.zone == zone]
    return LineCounts(
        **{name: fates.count(name) for name in LineCounts.__dataclass_fields__}
    )


def _on(line: WrinkleLine, others: Sequence[WrinkleLine], near_px: float) -> bool:
    points = [other.path_px for other in others if other.zone == line.zone]
    if not points:
        return False
    gaps = np.linalg.norm(line.path_px[:, None] - np.concatenate(points)[None], axis=2)
    return bool((gaps.min(axis=1) < near_px).mean() >= _MOSTLY)


def _line(line: WrinkleLine, pair: Pair, drawn: bool, drawn_after: bool) -> LinePair:
    path_vx = photo_to_view(line.path_px, pair.before)
    first, second = (_depth(path_vx, view) for view in (pair.before, pair.after))
    fate = _fate(first, second, drawn, drawn_after)
    return LinePair(line.zone, line.path_px, first, second, drawn, drawn_after, fate)


def _depth(path_vx: FloatArray, view: FaceView) -> float:
    if path_length(path_vx) == 0:
        return 0.0
    sections = cross_sections(view.log_luminance, path_vx, _OFFSETS_MM * view.px_per_mm)
    profile = fit_profile(
        _OFFSETS_MM, sections.mean(axis=0, dtype=np.float64), _SIGMAS_MM
    )
    return max(profile.sharpened(0.0)[0], 0.0)


def _fate(before: float, after: float, drawn: bool, drawn_after: bool) -> str:
    rule = load_knowledge("comparison")["lines"]
    if drawn and after <= rule["gone"] * before:
        return "gone"
    if drawn_after and before <= rule["gone"] * after:
        return "new"
    doubt = BEYOND * np.sqrt(2) * rule["depth_sd_share"] * (before + after) / 2
    if abs(after - before) <= doubt:
        return "same"
    return "deeper" if after > before else "shallower"
