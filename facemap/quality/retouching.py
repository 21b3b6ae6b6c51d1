"""Whether the skin has been smoothed, by a filter or by averaging."""

from __future__ import annotations

from facemap.quality.rules import Reading
from facemap.quality.scene import Scene
from facemap.quality.texture import Texture

__all__ = ["measure_averaging", "measure_smoothing"]

#: Below this, texture of 0.2 mm lies under the pixels.
_MIN_PX_PER_MM = 2.0
#: Beyond this, the lens itself has taken the finest texture away.
_MOST_BLUR_MM = 0.75


def _texture(scene: Scene) -> Texture | Reading:
    """Texture of the skin, or why it says nothing."""
    if scene.view.px_per_mm < _MIN_PX_PER_MM:
        return Reading(None, "coarse")
    if scene.blur_mm is not None and scene.blur_mm > _MOST_BLUR_MM:
        return Reading(None, "blurred")
    return scene.texture or Reading(None, "no_skin")


def measure_smoothing(scene: Scene) -> Reading:
    """Measure the finest skin texture, in percent: a beauty filter takes it away."""
    texture = _texture(scene)
    if isinstance(texture, Reading):
        return texture
    return Reading(100 * texture.fine_sd)


def measure_averaging(scene: Scene) -> Reading:
    """Measure how far single pores and spots stand out: in averaged skin none do."""
    texture = _texture(scene)
    return texture if isinstance(texture, Reading) else Reading(texture.tail)
