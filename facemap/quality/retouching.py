"""Whether the skin has been smoothed, by a filter or by averaging."""

from __future__ import annotations

from facemap.quality.rules import Reading
from facemap.quality.scene import Scene

__all__ = ["measure_averaging", "measure_smoothing"]

#: Below this, texture of 0.2 mm lies under the pixels.
_MIN_PX_PER_MM = 2.0


def _unknown(scene: Scene) -> Reading:
    return Reading(None, "no_skin" if _fine_enough(scene) else "coarse")


def _fine_enough(scene: Scene) -> bool:
    return scene.view.px_per_mm >= _MIN_PX_PER_MM


def measure_smoothing(scene: Scene) -> Reading:
    """Measure the finest skin texture, in percent: a beauty filter takes it away."""
    if not _fine_enough(scene) or scene.texture is None:
        return _unknown(scene)
    return Reading(100 * scene.texture.fine_sd)


def measure_averaging(scene: Scene) -> Reading:
    """Measure how far single pores and spots stand out: in averaged skin none do."""
    if not _fine_enough(scene) or scene.texture is None:
        return _unknown(scene)
    return Reading(scene.texture.tail)
