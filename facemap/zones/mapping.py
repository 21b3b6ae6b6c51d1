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
from facemap.geometry import fill_polygon, in_polygon, photo_to_view
from facemap.resources import load_knowledge
from facemap.types import (
    ZONE_IDS,
    FaceFrame,
    FaceMap,
    FaceView,
    FloatArray,
    Segmentation,
    Surface,
    View,
    ZoneRegion,
)
from facemap.zones.trimming import trim_to_skin

__all__ = ["least_visible", "map_zones"]

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
#: On a face that looks into the camera nothing is turned away; jaws are seen slantwise.
_OBLIQUE = "seen too obliquely"
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

    shape = len(ZONE_IDS), len(_Loss)
    kind = samples.zone * len(_Loss) + loss
    counts_mm2 = np.bincount(kind, area_mm2, shape[0] * shape[1])
    shares_mm2 = np.asarray(counts_mm2, np.float64).reshape(shape)
    visible = shares_mm2[:, _Loss.NONE] / shares_mm2.sum(axis=1)
    reasons = [
        _reason(zone_id, view, frame.view, float(share), lost, limits)
        for zone_id, share, lost in zip(ZONE_IDS, visible, shares_mm2, strict=True)
    ]
    to_trim = [ZONE_IDS.index(zone_id) for zone_id in trim["zones"]]
    to_trim = [index for index in to_trim if reasons[index] is None]
    trimmed = trim_to_skin(
        [outlines_px[index] for index in to_trim], segmentation.skin, view, trim
    )
    for index, outline_px in zip(to_trim, trimmed, strict=True):
        outlines_px[index] = outline_px
    regions = tuple(
        ZoneRegion(
            id=zone_id,
            outline_px=outlines_px[index],
            visible=float(visible[index]),
            area_mm2=float(shares_mm2[index, _Loss.NONE]),
            reason=reasons[index],
        )
        for index, zone_id in enumerate(ZONE_IDS)
    )
    labels = _draw_labels(view, surface, outlines_px, limits)
    labels *= usable
    labels.setflags(write=False)  # ours alone: spares the record a copy
    return FaceMap(
        labels=labels,
        regions=regions,
        origin_px=view.origin_px,
        step=view.step,
    )


def _reason(
    zone_id: str,
    view: FaceView,
    facing: View,
    visible: float,
    shares_mm2: FloatArray,
    limits: Mapping[str, Any],
) -> str | None:
    """Why a zone cannot be judged; None where it can."""
    if view.photo_px_per_mm < limits["min_px_per_mm"]:
        return _TOO_COARSE
    if visible < least_visible(zone_id):
        cause = _cause(shares_mm2, least_visible(zone_id))
        if cause is _Loss.TURNED and facing is View.FRONTAL:
            return _OBLIQUE
        return _REASONS[cause]
    return None


def _cause(share: FloatArray, least_visible: float) -> _Loss:
    """Name what keeps a zone from being judged, given the area of each loss.

    Half of every frontal jawline is turned away, and the rest is enough: where a beard
    takes that rest, it is the reason, though more is turned away. So with the red of
    the lips, which is not recognized as skin on any face.
    """
    largest = _Loss(1 + int(share[1:].argmax()))
    without_hair = share[[_Loss.NONE, _Loss.HAIR, _Loss.BEARD]].sum()
    if (
        largest in (_Loss.TURNED, _Loss.COVERED)
        and without_hair >= least_visible * share.sum()
    ):
        return max(_Loss.HAIR, _Loss.BEARD, key=lambda loss: float(share[loss]))
    return largest


def least_visible(zone_id: str) -> float:
    """Share of a zone's skin that must be measurable for the zone to be judged."""
    table = load_knowledge("zones")["visibility"]["min_visible"]
    kind = zone_id.removesuffix("_r").removesuffix("_l")
    return float(table.get(kind, table["default"]))


def _exposed(view: FaceView, limits: Mapping[str, Any]) -> BoolImage:
    """Where most of the skin around a pixel is neither black nor white.

    A pixel alone says little: specks of glare come and go with a little light, and
    every hole would take a margin of skin with it.
    """
    low, high = np.log(limits["luminance"]).tolist()
    shown = np.asarray(cv2.inRange(view.log_luminance, low, high))
    side = 2 * round(limits["clipped_mm"] * view.px_per_mm / 2) + 1
    return np.asarray(cv2.blur(shown, (side, side)) > 127).view(np.bool_)


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
    spot_px = _carry((samples.triangle, samples.weights), frame.vertices_px)
    # Axes apart: NumPy is slow along short rows.
    x_vx, y_vx = np.ascontiguousarray(photo_to_view(spot_px, view).T)
    width, height = view.size_wh
    outside = (x_vx < -0.5) | (x_vx >= width - 0.5)
    outside |= (y_vx < -0.5) | (y_vx >= height - 0.5)
    pixel = _nearest(y_vx, height) * width + _nearest(x_vx, width)
    rows, columns = surface.u.shape
    x_cell, y_cell = ((a + 0.5) / surface.grid_vx - 0.5 for a in (x_vx, y_vx))
    cell = _nearest(y_cell, rows) * columns + _nearest(x_cell, columns)

    # Another part of the face lies in front where the surface shows another (u, v).
    shown = [
        np.abs(layer.take(cell) - own) < limits["max_uv_gap"]
        for layer, own in zip((surface.u, surface.v), samples.uv.T, strict=True)
    ]
    turned = ~(shown[0] & shown[1])
    turned |= surface.facing.take(cell) < limits["min_facing"]

    neck = samples.zone == ZONE_IDS.index("neck")
    bearded = samples.uv[:, 1] > limits["beard_from_v"]
    hair = segmentation.hair.take(pixel)
    return np.select(
        [
            outside,
            turned,
            usable.take(pixel),
            segmentation.glasses.take(pixel),
            hair & ~bearded,
            hair,
            segmentation.skin.take(pixel),
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


def _nearest(position: FloatArray, length: int) -> NDArray[np.int64]:
    return np.clip(np.rint(position), 0, length - 1).astype(np.int64)


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
        inside = grid[in_polygon(grid, definition.outline_uv)]
        zone.append(np.full(len(inside), index))
        uv.append(inside)
    spots = np.concatenate(uv)
    triangle, weights = chart.locate(spots)
    return _Samples(np.concatenate(zone), spots, triangle, weights)


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
    corners = vertices_px.take(load_chart().triangles.take(triangle, axis=0), axis=0)
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


def _column_cells(width: int, columns: int) -> NDArray[np.intp]:
    """Give the cell of each column of pixels: the left half, and its mirror image.

    Cells run from edge to edge. A pixel's center may lie between two of them, and would
    else be of the right one on both sides.
    """
    cell = ((np.arange(width) + 0.5) * columns / width).astype(np.intp)
    half = width // 2
    cell[width - half :] = columns - 1 - cell[:half][::-1]
    return cell


@cache
def _twin_labels() -> LabelImage:
    """For each label that of the zone on the other side; 0 stays 0."""
    other = {"_r": "_l", "_l": "_r"}
    twins = [zone[:-2] + other.get(zone[-2:], zone[-2:]) for zone in ZONE_IDS]
    return np.array([0, *(ZONE_IDS.index(twin) + 1 for twin in twins)], np.uint8)


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
    # The right half stands for both: a cell on a border is its twin's twin.
    folded = np.minimum(surface.u, 1 - surface.u)
    column = np.nan_to_num((folded - low[0]) * _ATLAS_PER_UV).astype(int)
    row = np.nan_to_num((surface.v - low[1]) * _ATLAS_PER_UV).astype(int)
    column = np.clip(column, 0, atlas.shape[1] - 1)
    row = np.clip(row, 0, atlas.shape[0] - 1)
    found = atlas[row, column]
    found = np.where(surface.u > 0.5, _twin_labels()[found], found)
    coarse = np.where(shown, found, 0)

    width, height = view.size_wh
    labels = np.zeros((height, width), np.uint8)
    around = np.ones((3, 3), np.uint8)
    rows, columns = coarse.shape
    y_cell = ((np.arange(height) + 0.5) / surface.grid_vx).astype(np.intp)
    x_cell, y_cell = _column_cells(width, columns), np.minimum(y_cell, rows - 1)
    for index, outline_px in enumerate(outlines_px):
        here = cv2.dilate((coarse == index + 1).view(np.uint8), around)
        column, row, n_columns, n_rows = cv2.boundingRect(here)
        if not n_columns:
            continue
        x0, y0 = int(column * surface.grid_vx), int(row * surface.grid_vx)
        x1 = min(width, int(np.ceil((column + n_columns) * surface.grid_vx)))
        y1 = min(height, int(np.ceil((row + n_rows) * surface.grid_vx)))
        corners = photo_to_view(outline_px, view) - [x0, y0]
        filled = fill_polygon(corners, (y1 - y0, x1 - x0))
        filled &= here.take(x_cell[x0:x1], axis=1).take(y_cell[y0:y1], axis=0)
        np.copyto(labels[y0:y1, x0:x1], index + 1, where=filled.view(np.bool_))
    return labels
