"""What hides the skin: hair, glasses, a beard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facemap.quality.rules import Reading
from facemap.quality.scene import Scene
from facemap.types import ZONE_IDS

__all__ = ["measure_beard", "measure_forehead_hair", "measure_glasses"]

_BEARD_ZONES = (
    "upper_lip",
    "lower_lip",
    "marionette_r",
    "marionette_l",
    "chin",
    "jawline_r",
    "jawline_l",
)
_GLASSES_ZONES = (
    "nasal_root",
    "crow_feet_r",
    "crow_feet_l",
    "infraorbital_r",
    "infraorbital_l",
    "bunny_r",
    "bunny_l",
)


def _covered(scene: Scene, zones: tuple[str, ...], cover: NDArray[np.bool_]) -> Reading:
    """Share of the zones together that a cover hides, in percent."""
    region = scene.within(zones)
    if not region.any():
        return Reading(None, "outside")
    value = 100.0 * float(cover[region].mean())
    covered = np.unique(scene.zones[cover])
    touched = tuple(zone for zone in zones if ZONE_IDS.index(zone) + 1 in covered)
    return Reading(value, "any", {"amount": value}, zones=touched or None)


def measure_forehead_hair(scene: Scene) -> Reading:
    """Measure the share of the forehead under hair, in percent."""
    return _covered(scene, ("forehead",), scene.hair)


def measure_glasses(scene: Scene) -> Reading:
    """Measure the share of the skin around the eyes under glasses, in percent."""
    return _covered(scene, _GLASSES_ZONES, scene.glasses)


def measure_beard(scene: Scene) -> Reading:
    """Measure the share of the lower face under beard or moustache, in percent."""
    return _covered(scene, _BEARD_ZONES, scene.hair)
