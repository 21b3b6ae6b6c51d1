"""Zones on the photo: outlines, labels, what can be measured, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.chart import FaceChart, load_chart, load_zones
from facemap.geometry import photo_to_view
from facemap.resources import load_knowledge
from facemap.types import (
    ZONE_IDS,
    FaceFrame,
    FaceMap,
    FaceView,
    FloatArray,
    Segmentation,
    Surface,
    ZoneRegion,
)
from facemap.zones.trimming import trim_to_skin

__all__ = ["map_zones"]

BoolImage = NDArray[np.bool_]
LabelImage = NDArray[np.uint8]


class _Loss(IntEnum):
    """What becomes of a spot of a zone."""

    NONE = 0
    OUTSIDE = 1
    TURNED = 2
    GLASSES = 3
    HAIR = 4
    BEARD = 5
    CLIPPED = 6
    CLOTHING = 7
    COVERED = 8


_REASONS = {
    _Loss.OUTSIDE: "outside the picture",
    _Loss.TURNED: "turned away from the camera",
    _Loss.GLASSES: "covered by glasses",
    _Loss.HAIR: "hidden by hair",
    _Loss.BEARD: "hidden by a beard",
    _Loss.CLIPPED: "too bright or too dark to show detail",
    _Loss.CLOTHING: "the neck could not be told from clothing",
    _Loss.COVERED: "covered, or not recognized as skin",
}
_TOO_COARSE = "the photo has under 2 pixels per millimeter there"


@dataclass(frozen=True, eq=False)
class _Samples:
    """Spots spread evenly over the zones of the chart.

    Attributes
    ----------
    zone : ndarray of shape (M,)
        Index into `ZONE_IDS`.
    uv : ndarray of shape (M, 2)
    triangle : ndarray of shape (M,)
    weights : ndarray of shape (M, 3)
        Barycentric.
    """

    zone: NDArray[np.int64]
    uv: FloatArray
    triangle: NDArray[np.int32]
    weights: FloatArray


def map_zones(
    view: FaceView, frame: FaceFrame, surface: Surface, segmentation: Segmentation
) -> FaceMap:
    """Find the 21 zones on the photo, and what of each can be measured.

    Parameters
    ----------
    view : FaceView
    frame : FaceFrame
    surface : Surface
    segmentation : Segmentation

    Returns
    -------
    FaceMap
        Every zone has a region; one that cannot be judged says why. Shares and areas
        are counted on the surface, so foreshortening drops out.
    """
    limits, trim = (
        load_knowledge("zones")["visibility"],
        load_knowledge("zones")["trim"],
    )
    usable = segmentation.skin & _exposed(view, limits)
    samples = _zone_samples()
    loss = _losses(view, frame, surface, segmentation, usable, samples, limits)
    area_mm2 = _sample_areas_mm2(samples, frame.vertices_mm)
    outlines_px = [_carry(o, frame.vertices_px) for o in _dense_outlines()]

    regions = []
    for index, zone_id in enumerate(ZONE_IDS):
        own = samples.zone == index
        share = np.bincount(loss[own], area_mm2[own], minlength=len(_Loss))
        visible = float(share[_Loss.NONE] / share.sum())
        reason = None
        if view.photo_px_per_mm < limits["min_px_per_mm"]:
            reason = _TOO_COARSE
        elif visible < _least_visible(zone_id, limits):
            reason = _REASONS[_Loss(1 + int(share[1:].argmax()))]
        if reason is None and zone_id in trim["zones"]:
            outlines_px[index] = trim_to_skin(
                outlines_px[index], segmentation.skin, view, trim
            )
        regions.append(
            ZoneRegion(
                id=zone_id,
                outline_px=outlines_px[index],
                visible=visible,
                area_mm2=float(share[_Loss.NONE]),
                reason=reason,
            )
        )
    labels = _draw_labels(view, surface, outlines_px, limits)
    labels *= usable
    labels.setflags(write=False)  # ours alone: spares the record a copy
    return FaceMap(
        labels=labels,
        regions=tuple(regions),
        origin_px=view.origin_px,
        step=view.step,
    )


def _least_visible(zone_id: str, limits: Mapping[str, Any]) -> float:
    table = limits["min_visible"]
    kind = zone_id.removesuffix("_r").removesuffix("_l")
    return float(table.get(kind, table["default"]))


def _exposed(view: FaceView, limits: Mapping[str, Any]) -> BoolImage:
    low, high = np.log(limits["luminance"]).tolist()
    return np.asarray(cv2.inRange(view.log_luminance, low, high)).view(np.bool_)


def _losses(
    view: FaceView,
    frame: FaceFrame,
    surface: Surface,
    segmentation: Segmentation,
    usable: BoolImage,
    samples: _Samples,
    limits: Mapping[str, Any],
) -> NDArray[np.int64]:
    """One `_Loss` per sample; of several, the one that explains most."""
    triangles = load_chart().triangles
    corners = frame.vertices_px[triangles[samples.triangle]]
    spot_vx = photo_to_view(np.einsum("ni,nik->nk", samples.weights, corners), view)
    width, height = view.size_wh
    outside = ((spot_vx < -0.5) | (spot_vx >= np.array([width, height]) - 0.5)).any(1)
    x, y = np.clip(np.rint(spot_vx), 0, [width - 1, height - 1]).astype(int).T
    rows, columns = surface.u.shape
    column, row = (
        np.clip(
            np.rint((spot_vx + 0.5) / surface.grid_vx - 0.5), 0, [columns - 1, rows - 1]
        )
        .astype(int)
        .T
    )

    # Another part of the face lies in front where the surface shows another (u, v).
    shown = np.stack([surface.u[row, column], surface.v[row, column]], axis=1)
    covered_by_face = ~(np.abs(shown - samples.uv).max(axis=1) < limits["max_uv_gap"])
    turned = covered_by_face | (surface.facing[row, column] < limits["min_facing"])

    neck = samples.zone == ZONE_IDS.index("neck")
    bearded = samples.uv[:, 1] > limits["beard_from_v"]
    hair, glasses = segmentation.hair[y, x], segmentation.glasses[y, x]
    return np.select(
        [
            outside,
            turned,
            usable[y, x],
            glasses,
            hair & ~bearded,
            hair,
            segmentation.skin[y, x],
            neck,
        ],
        [
            _Loss.OUTSIDE,
            _Loss.TURNED,
            _Loss.NONE,
            _Loss.GLASSES,
            _Loss.HAIR,
            _Loss.BEARD,
            _Loss.CLIPPED,
            _Loss.CLOTHING,
        ],
        default=_Loss.COVERED,
    )


def _sample_areas_mm2(samples: _Samples, vertices_mm: FloatArray) -> FloatArray:
    """Skin that each sample stands for, by the stretch of its triangle."""
    chart = load_chart()
    corner = vertices_mm[chart.triangles]
    face = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    stretch = np.linalg.norm(face, axis=1) / _twice_chart_areas(chart)
    return np.asarray(stretch[samples.triangle] * _SAMPLE_UV**2)


def _twice_chart_areas(chart: FaceChart) -> FloatArray:
    corner = chart.uv[chart.triangles]
    ab, ac = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    return np.asarray(np.abs(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]))


#: Spacing of the samples on the chart: about 1.6 mm.
_SAMPLE_UV = 0.008
#: Outlines get a point at least this often: about 2 mm.
_OUTLINE_UV = 0.01
#: Cells per chart unit of the zone atlas: 0.4 mm.
_ATLAS_PER_UV = 500


@cache
def _zone_samples() -> _Samples:
    chart = load_chart()
    low, high = chart.uv.min(axis=0), chart.uv.max(axis=0)
    half = np.arange(_SAMPLE_UV / 2, high[0] - 0.5, _SAMPLE_UV)
    u = np.concatenate([0.5 - half[::-1], 0.5 + half])
    v = np.arange(low[1], high[1], _SAMPLE_UV)
    grid = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    zone, uv = [], []
    for index, definition in enumerate(load_zones()):
        inside = grid[_in_polygon(grid, definition.outline_uv)]
        zone.append(np.full(len(inside), index))
        uv.append(inside)
    spots = np.concatenate(uv)
    triangle, weights = chart.locate(spots)
    return _Samples(np.concatenate(zone), spots, triangle, weights)


def _in_polygon(points: FloatArray, outline: FloatArray) -> BoolImage:
    x, y = points[:, 0], points[:, 1]
    inside = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 != y1:
            straddles = (y < y0) != (y < y1)
            inside ^= straddles & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside


@cache
def _dense_outlines() -> tuple[tuple[NDArray[np.int32], FloatArray], ...]:
    """Per zone: triangle and barycentric weights of each point of its outline."""
    chart = load_chart()
    located = []
    for definition in load_zones():
        points = []
        outline = definition.outline_uv
        for start, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
            steps = max(1, int(np.ceil(np.linalg.norm(end - start) / _OUTLINE_UV)))
            share = np.arange(steps)[:, None] / steps
            points.append(start * (1 - share) + end * share)
        located.append(chart.locate(np.concatenate(points)))
    return tuple(located)


def _carry(
    located: tuple[NDArray[np.int32], FloatArray], vertices_px: FloatArray
) -> FloatArray:
    triangle, weights = located
    corners = vertices_px[load_chart().triangles[triangle]]
    return np.asarray(np.einsum("ni,nik->nk", weights, corners))


@cache
def _atlas() -> tuple[LabelImage, FloatArray]:
    """Labels over the chart, and the chart position of its first cell's corner."""
    chart = load_chart()
    low, high = chart.uv.min(axis=0), chart.uv.max(axis=0)
    columns, rows = np.ceil((high - low) * _ATLAS_PER_UV).astype(int)
    labels = np.zeros((rows, columns), np.uint8)
    for index, definition in enumerate(load_zones()):
        corners = (definition.outline_uv - low) * _ATLAS_PER_UV - 0.5
        points = np.round(corners * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(labels, [points], index + 1, shift=4)
    return labels, low


def _draw_labels(
    view: FaceView,
    surface: Surface,
    outlines_px: list[FloatArray],
    limits: Mapping[str, Any],
) -> LabelImage:
    """Fill the outlines, each only where the surface shows that zone.

    The outline gives the sharp border, the surface hides the far side of a turned face.
    """
    atlas, low = _atlas()
    shown = np.isfinite(surface.u) & (surface.facing >= limits["min_facing"])
    column = np.nan_to_num((surface.u - low[0]) * _ATLAS_PER_UV).astype(int)
    row = np.nan_to_num((surface.v - low[1]) * _ATLAS_PER_UV).astype(int)
    column = np.clip(column, 0, atlas.shape[1] - 1)
    row = np.clip(row, 0, atlas.shape[0] - 1)
    coarse = np.where(shown, atlas[row, column], 0)

    width, height = view.size_wh
    labels = np.zeros((height, width), np.uint8)
    around = np.ones((3, 3), np.uint8)
    for index, outline_px in enumerate(outlines_px):
        here = cv2.dilate((coarse == index + 1).astype(np.uint8), around)
        if not here.any():
            continue
        rows, columns = np.flatnonzero(here.any(1)), np.flatnonzero(here.any(0))
        x0, y0 = int(columns[0] * surface.grid_vx), int(rows[0] * surface.grid_vx)
        x1 = min(width, int(np.ceil((columns[-1] + 1) * surface.grid_vx)))
        y1 = min(height, int(np.ceil((rows[-1] + 1) * surface.grid_vx)))
        x_cell = ((np.arange(x0, x1) + 0.5) / surface.grid_vx).astype(int)
        y_cell = ((np.arange(y0, y1) + 0.5) / surface.grid_vx).astype(int)
        patch = here[np.minimum(y_cell, len(here) - 1)][:, x_cell]
        filled = _fill(photo_to_view(outline_px, view) - [x0, y0], patch.shape) & patch
        np.copyto(labels[y0:y1, x0:x1], index + 1, where=filled.view(np.bool_))
    return labels


def _fill(corners: FloatArray, shape: tuple[int, ...]) -> LabelImage:
    """Fill a polygon so that its mirror image fills to the mirror image.

    OpenCV takes one side's border pixels and not the other's: only those are kept that
    both the polygon and, seen in a mirror, its image take.
    """
    there, back = np.zeros((2, *shape), np.uint8)
    for canvas, points in (
        (there, corners),
        (back, corners * (-1, 1) + (shape[1] - 1, 0)),
    ):
        fixed = np.round(points * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(canvas, [fixed], 1, shift=4)
    return np.asarray(there & back[:, ::-1])
