"""What the detector sees of a face: evidence for lines, at every pixel of the skin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import photo_to_view
from facemap.pointspread import eye_variance_mm2, seen_blur_mm
from facemap.types import ZONE_IDS, FaceFrame, FaceMap, FaceView, FloatArray, Surface
from facemap.wrinkles.coherence import (
    Directions,
    LineField,
    line_field,
    strongest_field,
)
from facemap.wrinkles.folds import FoldField, widen
from facemap.wrinkles.grid import WorkingGrid, make_grid
from facemap.wrinkles.settings import GridSettings, RidgeSettings

__all__ = [
    "Scene",
    "canthus",
    "expected_directions",
    "inward",
    "judged_skin",
    "look",
]

Image = NDArray[np.float32]
Bool = NDArray[np.bool_]

#: Outer corners of the eyes in the landmarker's mesh.
_OUTER_CANTHUS = {"crow_feet_r": 33, "crow_feet_l": 263}
#: Share of a zone that must remain between its edges.
_ENOUGH = 0.25


@dataclass(frozen=True)
class Scene:
    """What every step needs.

    Attributes
    ----------
    inside : ndarray of shape (h, w), bool
        Grid pixels that are judged: skin of a zone, away from masks.
    evidence : ndarray of shape (h, w)
        As in `LineField`, each zone seen at its own scales.
    labels : ndarray of shape (H, W), uint8
        Of the view: zones that are judged, as `FaceMap.labels`.
    folds : mapping
        For each fold zone that is in the picture, what its fold is followed on.
    psf_mm : float
        Standard deviation of the photo's own point spread.
    """

    frame: FaceFrame
    view: FaceView
    surface: Surface
    labels: NDArray[np.uint8]
    grid: WorkingGrid
    settings: RidgeSettings
    inside: NDArray[np.bool_]
    evidence: Image
    folds: Mapping[str, FoldField]
    psf_mm: float


def look(
    frame: FaceFrame,
    view: FaceView,
    surface: Surface,
    face_map: FaceMap,
    settings: RidgeSettings,
) -> Scene | None:
    """Gather evidence, each zone at the scales of its own lines.

    Returns
    -------
    Scene or None
        None where no skin can be judged.
    """
    labels = _judged_labels(frame, view, face_map, settings.grid)
    if not labels.any():
        return None
    own_mm2 = eye_variance_mm2(view, photo_to_view(frame.landmarks.xy_px, view))
    if own_mm2 is None:
        own_mm2 = settings.grid.usual_blur_mm**2
    grid = make_grid(
        view,
        labels,
        settings.grid.px_per_mm,
        blur_mm=_missing_blur_mm(own_mm2, settings.grid),
        margin_mm=settings.grid.margin_mm,
        fill_sigma_mm=settings.grid.fill_sigma_mm,
    )
    aside_mm = {
        zone: prior.aside_mm
        for zone, prior in settings.priors.items()
        if prior.aside_mm
    }
    inside = judged_skin(grid, settings.grid.erode_mm, aside_mm)
    directions = expected_directions(frame, view, grid, inside, settings)
    evidence = np.zeros(grid.labels.shape, np.float32)
    folds: dict[str, FoldField] = {}
    margin = round(settings.grid.margin_mm * grid.px_per_mm)
    for group in _zone_groups(settings):
        listens = np.isin(np.arange(256), [ZONE_IDS.index(z) + 1 for z in group])
        own = listens[grid.labels] & inside
        if not own.any():
            continue
        around = {z: _around_fold(z, grid, inside, settings) for z in group}
        here = np.logical_or.reduce([own, *around.values()])
        x, y, width, height = cv2.boundingRect(here.astype(np.uint8))
        left, top = max(x - margin, 0), max(y - margin, 0)
        box = np.s_[top : y + height + margin, left : x + width + margin]
        mask = own[box]
        expected = directions.only(mask, box)
        for zone, where in around.items():
            expected = expected.adding(where[box] & ~mask, ZONE_IDS.index(zone) + 1)
        field = strongest_field(
            line_field(
                grid.log_luminance[box],
                grid.px_per_mm,
                settings.bands[name],
                expected,
                soft=settings.belief.line,
                grain_sigma_mm=settings.grid.grain_sigma_mm,
            )
            for name in settings.priors[group[0]].bands
        )
        np.copyto(evidence[box], field.evidence, where=mask)
        folds |= {
            zone: _cut_out(where[box], field, (left, top))
            for zone, where in around.items()
            if where.any()
        }
    return Scene(
        frame,
        view,
        surface,
        labels,
        grid,
        settings,
        inside,
        evidence,
        folds,
        seen_blur_mm(own_mm2, view.px_per_mm),
    )


def _judged_labels(
    frame: FaceFrame, view: FaceView, face_map: FaceMap, settings: GridSettings
) -> NDArray[np.uint8]:
    """Zones of the view that are judged, without lashes and lid folds."""
    judged = [
        0,
        *(k + 1 if r.assessable else 0 for k, r in enumerate(face_map.regions)),
    ]
    labels = np.asarray(judged, np.uint8)[face_map.labels]
    labels[_near_canthi(frame, view, settings.canthus_mm)] = 0
    return labels


def _missing_blur_mm(own_mm2: float, settings: GridSettings) -> float:
    """Return the blur that a photo lacks to the one that all are brought to.

    Gaussian blurs add in their variances. A sharpened photo, whose variance is
    negative, is blurred by more. One beyond the common blur stays as it is, nearly.
    """
    lacking = settings.blur_mm**2 - own_mm2
    return float(np.sqrt(max(lacking, settings.least_blur_mm**2)))


def judged_skin(
    grid: WorkingGrid, erode_mm: float, aside_mm: Mapping[str, tuple[float, ...]]
) -> Bool:
    """Mark skin that is judged: away from masks, and from what zones leave aside."""
    erode = round(erode_mm * grid.px_per_mm)
    square = np.ones((2 * erode + 1, 2 * erode + 1), np.uint8)
    inside = cv2.erode(grid.skin, square) > 0
    for zone, edges_mm in aside_mm.items():
        own = (grid.labels == ZONE_IDS.index(zone) + 1) & inside
        above, below = (round(x * grid.px_per_mm) for x in edges_mm)
        inside &= ~own | _away_from_edges(own, above, below)
    return inside


def _away_from_edges(
    own: NDArray[np.bool_], above_px: int, below_px: int
) -> NDArray[np.bool_]:
    """Leave aside what lies next to a zone's upper and lower edge, column by column.

    In proportion less, down to nothing, where else little of the zone would remain: a
    border that moves by a little then moves what is judged by a little.
    """
    height = own.shape[0]
    seen = own.any(axis=0)
    first = np.where(seen, own.argmax(axis=0), height)
    last = np.where(seen, height - 1 - own[::-1].argmax(axis=0), -1)
    rows = np.arange(height)[:, None]
    enough = _ENOUGH * own.sum()
    steps = max(above_px, below_px, 1)
    for step in range(steps, 0, -1):
        above, below = above_px * step / steps, below_px * step / steps
        kept = own & (rows >= first + above) & (rows <= last - below)
        if kept.sum() >= enough:
            return np.asarray(kept)
    return own


def _around_fold(
    zone: str,
    grid: WorkingGrid,
    inside: NDArray[np.bool_],
    settings: RidgeSettings,
) -> NDArray[np.bool_]:
    """Where the fold of a zone is followed; nowhere if the zone has none."""
    rule = settings.folds.get(zone)
    own = (grid.labels == ZONE_IDS.index(zone) + 1) & inside
    if rule is None or not own.any():
        return np.zeros_like(own)
    outward, above = (
        round(x * grid.px_per_mm) for x in (rule.outward_mm, rule.above_mm)
    )
    # The patient's right is on the left of the picture.
    wide = widen(own, -outward if zone.endswith("_r") else outward, above)
    return np.asarray(wide & inside)


def _cut_out(
    where: NDArray[np.bool_], field: LineField, corner: tuple[int, int]
) -> FoldField:
    """Cut a field down to where a fold is followed."""
    x, y, width, height = cv2.boundingRect(where.astype(np.uint8))
    box = np.s_[y : y + height, x : x + width]
    return FoldField(
        where[box], field.depth[box], field.grain[box], (corner[0] + x, corner[1] + y)
    )


def _zone_groups(settings: RidgeSettings) -> list[list[str]]:
    """Zones that are looked at together: of the same scales, next to each other."""
    groups: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for zone in ZONE_IDS:
        prior = settings.priors[zone]
        groups.setdefault((prior.bands, prior.level), []).append(zone)
    return list(groups.values())


def _near_canthi(
    frame: FaceFrame, view: FaceView, radius_mm: float
) -> NDArray[np.bool_]:
    """Mark lashes and lid folds around the outer corners of the eyes."""
    mask = np.zeros(view.log_luminance.shape, bool)
    radius = radius_mm * view.px_per_mm
    for index in _OUTER_CANTHUS.values():
        x, y = photo_to_view(frame.landmarks.xy_px[index], view)
        # Not cv2.circle: it rounds, and a mirrored face would lose other pixels.
        top, left = (max(int(v - radius), 0) for v in (y, x))
        box = mask[top : int(y + radius) + 2, left : int(x + radius) + 2]
        rows, cols = np.ogrid[: box.shape[0], : box.shape[1]]
        box |= (rows + top - y) ** 2 + (cols + left - x) ** 2 <= radius**2
    return mask


def expected_directions(
    frame: FaceFrame,
    view: FaceView,
    grid: WorkingGrid,
    inside: NDArray[np.bool_],
    settings: RidgeSettings,
) -> Directions:
    """Look up every zone's prior; radial ones in whole degrees."""
    zones = len(ZONE_IDS)
    angle, tolerance = np.zeros(256), np.zeros(256)
    # After the zones come the 180 whole degrees of radial ones.
    angle[zones + 1 : zones + 181] = np.arange(180)
    classes = np.where(inside, grid.labels, 0).astype(np.uint8)
    for index, zone in enumerate(ZONE_IDS):
        prior = settings.priors[zone]
        tolerance[index + 1] = prior.half_width_deg
        angle[index + 1] = prior.angle_deg - frame.pose.roll_deg
        if prior.radial:
            tolerance[zones + 1 : zones + 181] = prior.half_width_deg
            corner = canthus(frame, view, grid, zone)
            rows, cols = np.nonzero(classes == index + 1)
            radial = np.degrees(np.arctan2(corner[1] - rows, cols - corner[0]))
            classes[rows, cols] = zones + 1 + np.round(radial).astype(int) % 180
    return Directions(classes, angle, tolerance, settings.grid.soft_deg)


def canthus(
    frame: FaceFrame, view: FaceView, grid: WorkingGrid, zone: str
) -> FloatArray:
    """Outer corner of a zone's eye, on the grid."""
    corner_px = frame.landmarks.xy_px[_OUTER_CANTHUS[zone]]
    return grid.from_view(photo_to_view(corner_px, view))


def inward(
    frame: FaceFrame, view: FaceView, grid: WorkingGrid, zone: str
) -> FloatArray:
    """Return the unit vector from the outer corner of a zone's eye to the other's."""
    here, there = (
        canthus(frame, view, grid, zone[:-1] + side)
        for side in (zone[-1], "l" if zone[-1] == "r" else "r")
    )
    return np.asarray((there - here) / np.hypot(*(there - here)))
