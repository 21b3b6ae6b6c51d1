"""The fold of a zone: followed, and how much of it there is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray
from facemap.wrinkles.belief import belief
from facemap.wrinkles.cutting import mean_along
from facemap.wrinkles.folds import STEEPEST, FoldField, best_path
from facemap.wrinkles.scene import Scene

__all__ = ["believed_part", "fold_load", "fold_paths", "within"]

Image = NDArray[np.float32]


def fold_paths(scene: Scene) -> dict[str, FloatArray | None]:
    """Follow the one fold of each fold zone that is in the picture, pixel by pixel."""
    settings = scene.skin.settings
    paths: dict[str, FloatArray | None] = {}
    for zone, field in scene.folds.items():
        rule = settings.folds[zone]
        pixels = best_path(
            field.depth,
            field.where,
            slope=_slope(_angle_rad(zone, scene)),
            floor=rule.floor,
            bend=rule.bend,
        )
        paths[zone] = None if pixels is None else pixels + np.array(field.corner)
    return paths


def fold_load(zone: str, path: FloatArray | None, scene: Scene) -> float:
    """Believed depth x length of a fold over a fold's usual length, in thousandths.

    A longer fold counts by its mean depth. How much of the zone is in the picture says
    nothing about the fold. Length is taken along the expected direction: a path that
    wanders from grain to grain is no longer for it.
    """
    if path is None:
        return 0.0
    settings, field = scene.skin.settings, scene.folds[zone]
    rule = settings.folds[zone]
    steepness = abs(np.sin(_angle_rad(zone, scene)))
    length_mm = len(path) / scene.skin.grid.px_per_mm / steepness
    share = min(length_mm / rule.whole_mm, 1.0)
    return float(
        1000.0 * mean_along(_believed(zone, scene), within(field, path)) * share
    )


def _angle_rad(zone: str, scene: Scene) -> float:
    """Which way a zone's fold runs in the picture."""
    prior, roll_deg = scene.skin.settings.priors[zone], scene.skin.frame.pose.roll_deg
    return float(np.radians(prior.angle_deg - roll_deg))


def _slope(angle_rad: float) -> float:
    """Sideways pixels per row, up to what a path can take."""
    return float(np.clip(-1.0 / np.tan(angle_rad), -STEEPEST, STEEPEST))


def believed_part(zone: str, path: FloatArray, scene: Scene) -> FloatArray | None:
    """Return a fold from the first to the last spot where it is believed.

    A path runs on, where skin has no fold, on its grain. None where it is not believed
    for the better part.
    """
    x, y = within(scene.folds[zone], path).astype(int).T
    sure = np.flatnonzero(_believed(zone, scene)[y, x] > 0)
    if 2 * len(sure) < len(path):
        return None
    return path[sure[0] : sure[-1] + 1]


def _believed(zone: str, scene: Scene) -> Image:
    """Depth, as far as it exceeds what the best path over fold-less skin finds."""
    rule, field = scene.skin.settings.folds[zone], scene.folds[zone]
    doubt = rule.doubt_depth + rule.doubt_grain * field.grain
    believed = field.depth * belief(field.depth, doubt, scene.skin.settings.belief.fold)
    return np.asarray(believed, np.float32)


def within(field: FoldField, path: FloatArray) -> FloatArray:
    """Move a path of the whole picture into the cut-out."""
    return np.asarray(path - np.array(field.corner))
