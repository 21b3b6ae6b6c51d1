"""What to keep out of on one face: each structure of ``danger.toml``, and lesions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from math import hypot, radians, tan

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

from facemap.chart import load_chart
from facemap.geometry import in_polygon
from facemap.planning.skin import FaceSkin, Spots, chart_grid, skin_of
from facemap.protocol import (
    DangerShape,
    Lesion,
    Mode,
    ShapeKind,
    Structure,
    keepout_radius_mm,
    load_danger,
)
from facemap.resources import load_knowledge
from facemap.types import FaceFrame, FloatArray

__all__ = ["Keepout", "keepouts_of", "landmark_doubt_mm"]

#: Corner with the least and corner with the greatest coordinates.
_Box = tuple[FloatArray, FloatArray]

#: Spots of the grid that are farther outside than this are not measured: a cell.
_FAR_MM = 2.0
#: A photo from the side says no more of the far side: 75 degrees.
_LARGEST_YAW_DEG = 75.0
#: Between corners 3 mm apart a border runs straight, under skin that bows: as deep as
#: this where it bows with a radius of 11 mm, at the outer corner of the eye.
_BOW_MM = 0.1
#: Corners of the round margin about a lesion.
_ROUND = np.linspace(0, 2 * np.pi, 24, endpoint=False)


@dataclass(frozen=True, eq=False)
class Keepout:
    """A shape on one face.

    Attributes
    ----------
    side : str
        ``r``, ``l``, or empty for what a practitioner outlined.
    core_mm : ndarray of shape (K, 3)
        What the shape is about: a spot, a line, or the border of an area.
    area_uv : ndarray of shape (N, 2)
        For an area, its border on the chart; else empty.
    shape_px : ndarray of shape (M, 2)
        What of it faces the camera, in the upright photo; empty where nothing does.
    """

    id: str
    side: str
    name: str
    core_mm: FloatArray
    area_uv: FloatArray
    shape_px: FloatArray
    radius_mm: float
    blocks: tuple[Mode, ...]
    warns: tuple[Mode, ...]
    dermal_cap_mm: float | None
    consequence: str
    palpate: str
    removes: tuple[str, ...]
    sources: tuple[str, ...]

    def holds(self, spots: Spots) -> NDArray[np.bool_]:
        """Tell which places lie inside, on the skin or on the photo."""
        inside = np.zeros(len(spots), bool)
        if not len(spots):
            return inside
        on_photo, in_space = self._reach
        if _overlap(spots.px, on_photo):
            inside = in_polygon(spots.px, self.shape_px)
        if _overlap(spots.mm, in_space):
            low, high = in_space
            near = ((spots.mm >= low) & (spots.mm <= high)).all(axis=1) & ~inside
            beyond_mm = _beyond_mm(spots.uv[near], spots.mm[near], self)
            inside[near] = beyond_mm <= _BOW_MM
        return inside

    @cached_property
    def _reach(self) -> tuple[_Box, _Box]:
        """The boxes around the shape, on the photo and in space."""
        reach_mm = self.radius_mm + _BOW_MM
        return _box(self.shape_px, 0.0), _box(self.core_mm, reach_mm)


def keepouts_of(
    frame: FaceFrame, lesions: Iterable[Lesion] = ()
) -> tuple[Keepout, ...]:
    """Lay everything to keep out of on a face.

    Parameters
    ----------
    frame : FaceFrame
    lesions : iterable of Lesion
        Outlined by the practitioner: they block everything.

    Returns
    -------
    tuple of Keepout
        Structures in the order of ``danger.toml``, each on the right and on the left,
        then lesions.
    """
    skin = skin_of(frame)
    doubt_mm = landmark_doubt_mm(frame)
    scale_sd = frame.scale.relative_sd
    placed = _placed_shapes()
    cores_mm = skin.carried_mm(*_located_cores())
    ends = np.cumsum([len(one.core_uv) for one in placed])
    shapes = [
        _structure_shape(one, core_mm, skin, scale_sd, doubt_mm)
        for one, core_mm in zip(placed, np.split(cores_mm, ends[:-1]), strict=True)
    ]
    outlined = [
        _lesion_shape(lesion, number, skin, frame.scale.mm_per_px)
        for number, lesion in enumerate(lesions, start=1)
    ]
    return (*shapes, *outlined)


def landmark_doubt_mm(frame: FaceFrame) -> float:
    r"""How far this photo leaves a landmark uncertain, beyond an ordinary photo's.

    Notes
    -----
    Two things: the landmarks of a photo and of its mirror image lie :math:`d` apart,
    so that their mean has a standard deviation of :math:`d / 2`; and what is
    :math:`\sigma` in the picture is :math:`\sigma / \cos\psi` on skin that a turn of
    the head by :math:`\psi` slants, which adds :math:`\sigma \tan\psi`.
    """
    spread_px = frame.landmarks.spread_px[: load_chart().n_mesh]
    apart_mm = float(np.sqrt((spread_px**2).mean())) * frame.scale.mm_per_px
    turned = radians(min(abs(frame.pose.yaw_deg), _LARGEST_YAW_DEG))
    landmark_sd = float(load_knowledge("danger")["derivation"]["landmark_sd_mm"])
    return hypot(apart_mm / 2, landmark_sd * tan(turned))


def _box(points: FloatArray, margin: float) -> _Box:
    """Give the corners of a box around points; nothing lies in that of none."""
    return (
        points.min(axis=0, initial=np.inf) - margin,
        points.max(axis=0, initial=-np.inf) + margin,
    )


def _overlap(points: FloatArray, box: _Box) -> bool:
    low, high = box
    return bool((points.min(0) <= high).all() and (points.max(0) >= low).all())


@dataclass(frozen=True, eq=False)
class _Placed:
    """A structure's shape on one side of the chart, the same for every face."""

    structure: Structure
    shape: DangerShape
    side: str
    core_uv: FloatArray
    area_uv: FloatArray


@cache
def _placed_shapes() -> tuple[_Placed, ...]:
    placed = []
    for structure in load_danger():
        for shape in structure.shapes:
            for side in ("r", "l"):
                on_side = shape if side == "r" else shape.mirrored()
                points_uv = np.array([point.uv for point in on_side.points])
                area_uv = np.empty((0, 2))
                if shape.kind is ShapeKind.AREA:
                    area_uv = points_uv
                    points_uv = np.concatenate([points_uv, points_uv[:1]])
                core_uv = _dense(points_uv)
                placed.append(_Placed(structure, shape, side, core_uv, area_uv))
    return tuple(placed)


@cache
def _located_cores() -> tuple[NDArray[np.int32], FloatArray]:
    """Where on the chart all the cores lie, one after the other."""
    every_uv = np.concatenate([placed.core_uv for placed in _placed_shapes()])
    return load_chart().locate(every_uv)


def _structure_shape(
    placed: _Placed,
    core_mm: FloatArray,
    skin: FaceSkin,
    scale_sd: float,
    doubt_mm: float,
) -> Keepout:
    structure, shape = placed.structure, placed.shape
    radius_mm = keepout_radius_mm(shape, scale_sd=scale_sd, pose_sd_mm=doubt_mm)
    keepout = Keepout(
        id=structure.id,
        side=placed.side,
        name=structure.name,
        core_mm=core_mm,
        area_uv=placed.area_uv,
        shape_px=np.empty((0, 2)),
        radius_mm=radius_mm,
        blocks=structure.blocks,
        warns=structure.warns,
        dermal_cap_mm=structure.dermal_cap_mm,
        consequence=structure.consequence,
        palpate=structure.palpate,
        removes=structure.removes,
        sources=structure.sources,
    )
    return replace(keepout, shape_px=_outline_px(keepout, skin))


def _lesion_shape(
    lesion: Lesion, number: int, skin: FaceSkin, mm_per_px: float
) -> Keepout:
    """Grow the hull of an outline by the margin, in the picture.

    On slanted skin a millimeter is less of the picture than in front: there the margin
    is wider than asked.
    """
    rule = load_knowledge("danger")["outlined"]
    outline_px = (
        np.array(lesion.outline_px)
        if lesion.outline_px is not None
        else skin.px(np.array(lesion.outline_uv))
    )
    around = np.column_stack([np.cos(_ROUND), np.sin(_ROUND)])
    # Flats between the corners of the circle lie outside it.
    around *= rule["margin_mm"] / mm_per_px / np.cos(np.pi / len(_ROUND))
    grown = (outline_px[:, None] + around).reshape(-1, 2)
    hull = cv2.convexHull(grown.astype(np.float32))[:, 0].astype(np.float64)
    return Keepout(
        id=f"outlined_{number}",
        side="",
        name=f"Outlined: {lesion.kind}",
        core_mm=np.empty((0, 3)),
        area_uv=np.empty((0, 2)),
        shape_px=hull,
        radius_mm=float(rule["margin_mm"]),
        blocks=tuple(Mode(mode) for mode in rule["blocks"]),
        warns=(),
        dermal_cap_mm=None,
        consequence="",
        palpate="",
        removes=(),
        sources=tuple(rule["sources"]),
    )


def _dense(points_uv: FloatArray) -> FloatArray:
    """Give a chart polyline a corner at least every three millimeters."""
    parts = [points_uv[:1]]
    for start, end in pairwise(points_uv):
        n = max(
            1, int(np.ceil(np.linalg.norm(end - start) * load_chart().mm_per_uv / 3))
        )
        share = np.arange(1, n + 1)[:, None] / n
        parts.append(start * (1 - share) + end * share)
    return np.concatenate(parts)


def _beyond_mm(uv: FloatArray, at_mm: FloatArray, keepout: Keepout) -> FloatArray:
    """How far places lie outside a shape; negative inside.

    Straight through space, which is never longer than along the skin: the shape is
    rather too large than too small.
    """
    core = keepout.core_mm
    start, along = (core, np.zeros_like(core))
    if len(core) > 1:
        start, along = core[:-1], np.diff(core, axis=0)
    # With g = p - a and t along d: |g - t d|^2 = |g|^2 - 2 t g.d + t^2 |d|^2.
    length2 = (along**2).sum(axis=1)
    g_d = at_mm @ along.T - (start * along).sum(axis=1)
    g_g = (at_mm**2).sum(axis=1)[:, None] - 2 * at_mm @ start.T
    g_g += (start**2).sum(axis=1)
    share = np.clip(g_d / np.maximum(length2, 1e-12), 0, 1)
    squared = g_g + share * (share * length2 - 2 * g_d)
    gap = np.sqrt(np.maximum(squared.min(axis=1), 0.0))
    if len(keepout.area_uv):
        gap = np.where(in_polygon(uv, keepout.area_uv), -gap, gap)
    return np.asarray(gap - keepout.radius_mm)


def _outline_px(keepout: Keepout, skin: FaceSkin) -> FloatArray:
    """Draw the border of what the camera sees of a shape."""
    grid, grid_mm = chart_grid(), skin.grid_mm
    low, high = keepout.core_mm.min(axis=0), keepout.core_mm.max(axis=0)
    middle, reach = (low + high) / 2, (high - low) / 2 + keepout.radius_mm + _FAR_MM
    # Layer by layer: NumPy is slow along short rows. Nothing is near NaN.
    near = skin.grid_faces.copy()
    for axis in range(3):
        near &= np.abs(grid_mm[..., axis] - middle[axis]) <= reach[axis]
    if not near.any():
        return np.empty((0, 2))
    rows, columns = (np.flatnonzero(near.any(axis=axis)) for axis in (1, 0))
    # A cell more on each side, which is outside and closes the border.
    row, column = rows[0] - 1, columns[0] - 1
    part = near[row : rows[-1] + 2, column : columns[-1] + 2]
    beyond = np.full(part.shape, _FAR_MM)
    inside = np.nonzero(part)
    at = inside[0] + row, inside[1] + column
    beyond[inside] = _beyond_mm(grid.uv[at], grid_mm[at], keepout)
    borders = find_contours(beyond, 0.0)
    if not borders:
        return np.empty((0, 2))
    border = max(borders, key=len)[:-1, ::-1]
    return skin.px(grid.uv[row, column] + border * grid.step_uv)
