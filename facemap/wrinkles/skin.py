"""What is judged of a face, on the working grid, and which way its lines may run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import photo_to_view
from facemap.pointspread import eye_variance_mm2, seen_blur_mm
from facemap.types import ZONE_IDS, FaceFrame, FaceMap, FaceView, FloatArray, Surface
from facemap.wrinkles.coherence import Directions
from facemap.wrinkles.grid import WorkingGrid, make_grid
from facemap.wrinkles.settings import GridSettings, RidgeSettings

__all__ = [
    "Skin",
    "canthus",
    "expected_directions",
    "inward",
    "judged_skin",
    "take_skin",
]

Bool = NDArray[np.bool_]

#: Outer corners of the eyes in the landmarker's mesh.
_OUTER_CANTHUS = {"crow_feet_r": 33, "crow_feet_l": 263}
#: Share of a zone that must remain between its edges.
_ENOUGH = 0.25


@dataclass(frozen=True)
class Skin:
    """What evidence is gathered from, and lines are traced on.

    Attributes
    ----------
    labels : ndarray of shape (H, W), uint8
        Of the view: zones that are judged, as `FaceMap.labels`.
    psf_mm : float
        Standard deviation of the photo's own point spread.
    """

    frame: FaceFrame
    view: FaceView
    surface: Surface
    labels: NDArray[np.uint8]
    grid: WorkingGrid
    settings: RidgeSettings
    psf_mm: float


def take_skin(
    frame: FaceFrame,
    view: FaceView,
    surface: Surface,
    face_map: FaceMap,
    settings: RidgeSettings,
) -> Skin | None:
    """Bring the skin that is judged to the working grid, and to its sharpness.

    Returns
    -------
    Skin or None
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
    return Skin(
        frame,
        view,
        surface,
        labels,
        grid,
        settings,
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
    judged += [0] * (256 - len(judged))
    table = np.asarray(judged, np.uint8)
    labels = np.asarray(cv2.LUT(face_map.labels, table), np.uint8)
    radius = settings.canthus_mm * view.px_per_mm
    for index in _OUTER_CANTHUS.values():
        x, y = photo_to_view(frame.landmarks.xy_px[index], view)
        # Not cv2.circle: it rounds, and a mirrored face would lose other pixels.
        top, left = (max(int(v - radius), 0) for v in (y, x))
        box = labels[top : int(y + radius) + 2, left : int(x + radius) + 2]
        rows, cols = np.ogrid[: box.shape[0], : box.shape[1]]
        box[(rows + top - y) ** 2 + (cols + left - x) ** 2 <= radius**2] = 0
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
        zone_px = (grid.labels == ZONE_IDS.index(zone) + 1).astype(np.uint8)
        x, y, width, height = cv2.boundingRect(zone_px)
        box = np.s_[y : y + height, x : x + width]
        own = (zone_px[box] > 0) & inside[box]
        if not own.any():
            continue
        above, below = (round(x * grid.px_per_mm) for x in edges_mm)
        inside[box] &= ~own | _away_from_edges(own, above, below)
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
            own = (classes == index + 1).view(np.uint8)
            x, y, width, height = cv2.boundingRect(own)
            rows, cols = np.nonzero(own[y : y + height, x : x + width])
            rows, cols = rows + y, cols + x
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
