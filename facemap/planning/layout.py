"""Where the points go: along lines and beside them, and in windows over muscles.

Everything is measured on the skin of this face, in millimeters. Nothing here knows left
from right: rows are laid from the middle of a line outward, and ties are broken by the
distance from the midline, so that a mirrored face gets mirrored points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.distance import cdist

from facemap.chart import load_zones
from facemap.geometry import in_polygon
from facemap.planning.keepouts import Keepout
from facemap.planning.skin import FaceSkin, Spots, chart_grid, skin_of
from facemap.protocol import Mode
from facemap.resources import load_knowledge
from facemap.types import ZONE_IDS, Analysis, FloatArray, WrinkleLine

__all__ = [
    "MERGED",
    "OFF_SKIN",
    "Canvas",
    "Layout",
    "PlanPoint",
    "lay_lines",
    "lay_window",
]

#: What a candidate that is no point became, where no keep-out took it.
OFF_SKIN = "off_skin"
MERGED = "merged"

#: Corners of a path, before points are laid along it.
_PATH_MM = 0.5
#: Of a path: a traced line has the steps of its grid, which are no skin.
_SMOOTH_MM = 1.0
#: A path that jumps farther than this on the chart, 8 mm, has left the skin.
_JUMP_UV = 0.04
_TIE_UV = 6  # decimals: 0.2 micrometers


@dataclass(frozen=True)
class PlanPoint:
    """One proposed insertion.

    Attributes
    ----------
    angle_deg : float or None
        Which way the line runs there, in the face's own frame; None where there is
        none.
    number : int
        Within its step, from 1 on; 0 before it has one.
    """

    uv: tuple[float, float]
    px: tuple[float, float]
    angle_deg: float | None = None
    number: int = 0


@dataclass(frozen=True)
class Layout:
    """Points, and what became of the other candidates.

    Attributes
    ----------
    left_out : mapping of str to int
        By id of the keep-out, or `OFF_SKIN`, or `MERGED`. For a window they are spots
        of a grid, of which `n_candidates` were looked at.
    """

    points: tuple[PlanPoint, ...]
    left_out: Mapping[str, int]
    n_candidates: int


@dataclass(frozen=True, eq=False)
class Canvas:
    """One measured face with what to keep out of."""

    analysis: Analysis
    keepouts: tuple[Keepout, ...]

    @cached_property
    def skin(self) -> FaceSkin:
        """Its mesh."""
        return skin_of(self.analysis.frame)

    def on_zone(self, spots: Spots, zone: str | None) -> NDArray[np.bool_]:
        """Tell which places the photo shows as bare skin, of a zone if one is given."""
        face_map = self.analysis.face_map
        at = (spots.px + 0.5 - face_map.origin_px) / face_map.step - 0.5
        rows, columns = face_map.labels.shape
        column, row = np.rint(at).astype(int).T
        inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        label = np.zeros(len(spots), int)
        label[inside] = face_map.labels[row[inside], column[inside]]
        good = label > 0 if zone is None else label == ZONE_IDS.index(zone) + 1
        if zone is not None:
            outline_uv = load_zones()[ZONE_IDS.index(zone)].outline_uv
            good[good] = in_polygon(spots.uv[good], outline_uv)
        limit = load_knowledge("zones")["visibility"]["max_uv_gap"]
        good[good] = self.skin.shows(spots[good], within_uv=limit)
        return np.asarray(good)

    def sift(
        self, spots: Spots, mode: Mode, zone: str | None
    ) -> tuple[NDArray[np.bool_], Counter[str]]:
        """Tell which places may hold a point, and count why the others may not."""
        left_out: Counter[str] = Counter()
        good = self.on_zone(spots, zone)
        left_out[OFF_SKIN] = int((~good).sum())
        for keepout in self.keepouts:
            if mode in keepout.blocks and good.any():
                inside = np.zeros(len(spots), bool)
                inside[good] = keepout.holds(spots[good])
                left_out[keepout.id] += int(inside.sum())
                good &= ~inside
        return good, +left_out

    def warned_by(self, spots: Spots, mode: Mode) -> tuple[Keepout, ...]:
        """Give the shapes that warn a mode and that some of the places lie in."""
        return tuple(
            keepout
            for keepout in self.keepouts
            if mode in keepout.warns and keepout.holds(spots).any()
        )


def lay_lines(
    canvas: Canvas,
    zone: str,
    lines: Iterable[WrinkleLine],
    *,
    spacing_mm: float,
    side_rows: int,
    taken_uv: FloatArray | None = None,
) -> Layout:
    """Lay points into the skin along each line, and rows on either side.

    Parameters
    ----------
    canvas : Canvas
    zone : str
    lines : iterable of WrinkleLine
    spacing_mm : float
        Along a row, and from row to row.
    side_rows : int
        On either side.
    taken_uv : ndarray of shape (K, 2), optional
        Points of other zones, to keep away from likewise.

    Returns
    -------
    Layout
        Points nearer to an earlier one than ``nearest_share`` of the spacing are left
        out: the strongest line first, its own row before those beside any line.
    """
    share = float(load_knowledge("planning")["layout"]["nearest_share"])
    candidates: list[tuple[tuple[float, ...], FloatArray, FloatArray]] = []
    for rank, path_uv in enumerate(_ranked_paths(canvas, lines)):
        for away, row_uv in _rows(canvas.skin, path_uv, spacing_mm, side_rows):
            at_uv, ahead_uv, offset_mm = _along(canvas.skin, row_uv, spacing_mm)
            for uv, ahead, offset in zip(at_uv, ahead_uv, offset_mm, strict=True):
                key = (away, rank, round(abs(offset), 3), *_place(uv))
                candidates.append((key, uv, ahead))
    candidates.sort(key=lambda candidate: candidate[0])
    if not candidates:
        return Layout((), {}, 0)
    uv = np.array([candidate[1] for candidate in candidates])
    ahead = np.array([candidate[2] for candidate in candidates])
    spots = canvas.skin.spots(uv)
    good, left_out = canvas.sift(spots, Mode.DERMAL, zone)
    taken_mm = np.empty((0, 3))
    if taken_uv is not None and len(taken_uv):
        taken_mm = canvas.skin.mm(taken_uv)
    nearest = cdist(spots.mm, taken_mm).min(axis=1, initial=np.inf)
    kept: list[int] = []
    for index in np.flatnonzero(good).tolist():
        if nearest[index] >= share * spacing_mm:
            kept.append(index)
            gap = np.linalg.norm(spots.mm - spots.mm[index], axis=1)
            nearest = np.minimum(nearest, gap)
        else:
            left_out[MERGED] += 1
    angle = _angles_deg(canvas, spots[kept], ahead[kept])
    return Layout(_points(spots[kept], angle), left_out, len(spots))


def lay_window(
    canvas: Canvas,
    zone: str | None,
    window_uv: FloatArray,
    *,
    spacing_mm: float,
    max_points: int,
    clear_of_midline: bool = False,
    mode: Mode = Mode.INTRAMUSCULAR,
) -> Layout:
    """Lay points into a window over a muscle.

    Parameters
    ----------
    canvas : Canvas
    zone : str or None
        Where the points must lie; None for a window that a practitioner drew.
    window_uv : ndarray of shape (N, 2)
    spacing_mm : float
        Points stand at least so far apart, and hardly farther.
    max_points : int
    clear_of_midline : bool
        Keep half the spacing from the midline: the window has a mirror image.
    mode : Mode

    Returns
    -------
    Layout
        The first point lies nearest to the middle of what is left of the window, each
        further one nearest to it at the spacing from the others.
    """
    grid_uv = chart_grid().uv.reshape(-1, 2)
    spots = canvas.skin.spots(grid_uv[in_polygon(grid_uv, window_uv)])
    if clear_of_midline and len(spots):
        middle_uv = np.column_stack([np.full(len(spots), 0.5), spots.uv[:, 1]])
        apart = np.linalg.norm(spots.mm - canvas.skin.mm(middle_uv), axis=1)
        spots = spots[apart >= spacing_mm / 2]
    good, left_out = canvas.sift(spots, mode, zone)
    n_candidates = len(spots)
    left = np.flatnonzero(good).tolist()
    spots = spots[sorted(left, key=lambda i: _place(spots.uv[i]))]
    kept: list[int] = []
    if len(spots):
        farthest = 2.0 - float(load_knowledge("planning")["layout"]["nearest_share"])
        middle_mm = spots.mm.mean(axis=0)
        from_middle = np.linalg.norm(spots.mm - middle_mm, axis=1).round(3)
        nearest = np.full(len(spots), np.inf)
        fits = np.ones(len(spots), bool)
        while fits.any() and len(kept) < max_points:
            kept.append(int(np.where(fits, from_middle, np.inf).argmin()))
            gap = np.linalg.norm(spots.mm - spots.mm[kept[-1]], axis=1)
            nearest = np.minimum(nearest, gap)
            fits = (nearest >= spacing_mm) & (nearest <= farthest * spacing_mm)
    return Layout(_points(spots[kept], None), left_out, n_candidates)


def _ranked_paths(canvas: Canvas, lines: Iterable[WrinkleLine]) -> list[FloatArray]:
    """Carry the lines onto the chart, the strongest first; a broken one in parts."""
    ranked = []
    for line in lines:
        for path_uv in _lifted(canvas, line):
            strength = round(line.mass * line.length_mm, 6)
            ranked.append(((-strength, *_place(path_uv.mean(axis=0))), path_uv))
    ranked.sort(key=lambda pair: pair[0])
    return [path_uv for _, path_uv in ranked]


def _lifted(canvas: Canvas, line: WrinkleLine) -> list[FloatArray]:
    step_px = _PATH_MM / canvas.analysis.frame.scale.mm_per_px
    path_px = _resampled(line.path_px, step_px)
    if len(path_px) > 2:
        sigma = _SMOOTH_MM / _PATH_MM
        path_px = gaussian_filter1d(path_px, sigma, axis=0, mode="nearest")
    path_uv, found = canvas.skin.find(path_px)
    path_uv = path_uv[found]
    if len(path_uv) < 2:
        return []
    jumps = np.abs(np.diff(path_uv, axis=0)).max(axis=1) > _JUMP_UV
    parts = np.split(path_uv, np.flatnonzero(jumps) + 1)
    return [part for part in parts if len(part) > 1]


def _resampled(path: FloatArray, step: float) -> FloatArray:
    """Give a path corners at even steps, both ends kept."""
    length = np.concatenate(
        [[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    )
    at = np.linspace(0, length[-1], max(2, round(length[-1] / step) + 1))
    return np.column_stack([np.interp(at, length, axis) for axis in path.T])


def _rows(
    skin: FaceSkin, path_uv: FloatArray, spacing_mm: float, side_rows: int
) -> Iterable[tuple[int, FloatArray]]:
    """Give a line, and its copies on either side, each with how many rows away."""
    yield 0, path_uv
    along_mm = np.gradient(skin.mm(path_uv), axis=0)
    across = np.cross(skin.normal(path_uv), along_mm)
    both_uv, both_ways = np.tile(path_uv, (2, 1)), np.concatenate([across, -across])
    for away in range(1, side_rows + 1):
        walked = skin.walk(both_uv, both_ways, away * spacing_mm)
        for row_uv in np.split(walked, 2):
            yield away, row_uv


def _along(
    skin: FaceSkin, path_uv: FloatArray, spacing_mm: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lay points along a path by length on the skin, centered.

    Returns
    -------
    at_uv, ahead_uv : ndarray of shape (M, 2)
        The points, and where the path goes on from each.
    offset_mm : ndarray of shape (M,)
        Along the path, from its middle.
    """
    steps_mm = np.linalg.norm(np.diff(skin.mm(path_uv), axis=0), axis=1)
    length_mm = np.concatenate([[0.0], np.cumsum(steps_mm)])
    n = int(length_mm[-1] / spacing_mm + 1e-6) + 1
    offset_mm = np.asarray((np.arange(n) - (n - 1) / 2) * spacing_mm, np.float64)
    at_mm = np.asarray(offset_mm + length_mm[-1] / 2, np.float64)

    def place(way_mm: FloatArray) -> FloatArray:
        return np.column_stack(
            [np.interp(way_mm, length_mm, axis) for axis in path_uv.T]
        )

    behind, before = place(at_mm - _SMOOTH_MM), place(at_mm + _SMOOTH_MM)
    return place(at_mm), place(at_mm) + before - behind, np.asarray(offset_mm)


def _angles_deg(canvas: Canvas, spots: Spots, ahead_uv: FloatArray) -> FloatArray:
    """Direction of the lines at some points, in the face's own frame, [0, 180)."""
    dx, dy = (canvas.skin.px(ahead_uv) - spots.px).T
    angle = -np.degrees(np.arctan2(dy, dx)) + canvas.analysis.frame.pose.roll_deg
    return np.asarray(angle % 180.0)


def _place(uv: Sequence[float] | FloatArray) -> tuple[float, float]:
    """Sort by distance from the midline, then from the top: the same in a mirror."""
    return round(abs(float(uv[0]) - 0.5), _TIE_UV), round(float(uv[1]), _TIE_UV)


def _points(spots: Spots, angle_deg: FloatArray | None) -> tuple[PlanPoint, ...]:
    angles = [None] * len(spots) if angle_deg is None else angle_deg.tolist()
    places = zip(spots.uv.tolist(), spots.px.tolist(), angles, strict=True)
    return tuple(PlanPoint((u, v), (x, y), angle) for (u, v), (x, y), angle in places)
