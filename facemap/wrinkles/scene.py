"""What the detector sees of a face: evidence for lines, at every pixel of the skin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import ZONE_IDS
from facemap.wrinkles.coherence import LineField, line_field, strongest_field
from facemap.wrinkles.folds import FoldField, widen
from facemap.wrinkles.settings import FoldSettings, RidgeSettings
from facemap.wrinkles.skin import Skin, expected_directions, judged_skin

__all__ = ["Scene", "look"]

Image = NDArray[np.float32]
Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Scene:
    """Skin, and the evidence on it.

    Attributes
    ----------
    inside : ndarray of shape (h, w), bool
        Grid pixels that are judged: skin of a zone, away from masks.
    evidence : ndarray of shape (h, w)
        As in `LineField`, each zone seen at its own scales.
    folds : mapping
        For each fold zone that is in the picture, what its fold is followed on.
    """

    skin: Skin
    inside: Bool
    evidence: Image
    folds: Mapping[str, FoldField]


def look(skin: Skin) -> Scene:
    """Gather evidence, each zone at the scales of its own lines."""
    grid, settings = skin.grid, skin.settings
    aside_mm = {
        zone: prior.aside_mm
        for zone, prior in settings.priors.items()
        if prior.aside_mm
    }
    inside = judged_skin(grid, settings.grid.erode_mm, aside_mm)
    directions = expected_directions(skin.frame, skin.view, grid, inside, settings)
    evidence = np.zeros(grid.labels.shape, np.float32)
    folds: dict[str, FoldField] = {}
    judged = np.where(inside, grid.labels, 0).astype(np.uint8)
    margin = round(settings.grid.margin_mm * grid.px_per_mm)
    for group in _zone_groups(settings):
        own = _pixels_of(group, judged)
        if not own.any():
            continue
        around = {
            zone: _around_fold(zone, judged, settings.folds[zone], grid.px_per_mm)
            for zone in group
            if zone in settings.folds
        }
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
    return Scene(skin, inside, evidence, folds)


def _pixels_of(zones: Sequence[str], judged: NDArray[np.uint8]) -> Bool:
    """Mark the judged pixels of some zones."""
    listens = np.zeros(256, np.uint8)
    listens[[ZONE_IDS.index(zone) + 1 for zone in zones]] = 1
    return np.asarray(cv2.LUT(judged, listens)).astype(bool)


def _around_fold(
    zone: str, judged: NDArray[np.uint8], rule: FoldSettings, px_per_mm: float
) -> Bool:
    """Where the fold of a zone is followed: on it, and on the skin beside it."""
    own = judged == ZONE_IDS.index(zone) + 1
    outward, above = (round(x * px_per_mm) for x in (rule.outward_mm, rule.above_mm))
    # The patient's right is on the left of the picture.
    wide = widen(own, -outward if zone.endswith("_r") else outward, above)
    return np.asarray(wide & (judged > 0))


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
