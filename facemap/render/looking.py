"""Make two photos look alike in light, for the eye only, within bounds, and say so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facemap.light import LUMINANCE, srgb_to_linear
from facemap.render.points import signed
from facemap.resources import load_knowledge

__all__ = ["UNTOUCHED", "LightMatch", "match_light"]

_Rgb = NDArray[np.uint8]

#: Codes that a camera clips, or that hold next to no light, tell no ratio.
_USABLE_CODES = (5, 250)
_LEAST_PIXELS = 200
#: Under these nothing is worth touching: an 8-bit code of skin is about 0.02 stops.
_LEAST_STOPS = 0.02


@dataclass(frozen=True)
class LightMatch:
    """What is done to the second photo so that it looks like the first.

    Attributes
    ----------
    exposure_ev : float
        Stops by which it is made brighter.
    color : tuple of float
        Factors on linear red, green and blue besides.
    left_ev : float
        Stops that it stays darker for the bound; 0 where the match is whole.
    said : str
        All that in words, for beside the picture.
    """

    exposure_ev: float
    color: tuple[float, float, float]
    left_ev: float
    said: str

    @property
    def gains(self) -> tuple[float, float, float]:
        """Factors on linear red, green and blue."""
        red, green, blue = (2.0**self.exposure_ev * factor for factor in self.color)
        return red, green, blue

    def apply(self, rgb: _Rgb) -> _Rgb:
        """Return the picture so changed; itself where nothing is."""
        if self.gains == (1.0, 1.0, 1.0):
            return rgb
        light = srgb_to_linear(np.arange(256) / 255)
        channels = [
            _encoded(light * gain)[rgb[..., k]] for k, gain in enumerate(self.gains)
        ]
        return np.stack(channels, axis=-1)


#: No match: both photos as they were taken.
UNTOUCHED = LightMatch(
    0.0, (1.0, 1.0, 1.0), 0.0, "Light and color of both photos are as photographed."
)


def match_light(before: _Rgb, after: _Rgb, skin: NDArray[np.bool_]) -> LightMatch:
    """Find how the second photo must change to look like the first, within bounds.

    One factor for each channel of linear light, from the medians of the shared skin:
    lines, spots and shades keep their contrast. The bounds, and why there are any, are
    in ``comparison.toml``.

    Parameters
    ----------
    before, after : ndarray of shape (H, W, 3), uint8
        In one geometry.
    skin : ndarray of shape (H, W), bool
        That both show.

    Returns
    -------
    LightMatch

    Examples
    --------
    >>> skin = np.full((20, 30, 3), 150, np.uint8)
    >>> match_light(skin, skin, np.ones((20, 30), bool)).exposure_ev
    0.0
    """
    low, high = _USABLE_CODES
    usable = skin & (np.minimum(before, after) >= low).all(axis=-1)
    usable &= (np.maximum(before, after) <= high).all(axis=-1)
    if int(usable.sum()) < _LEAST_PIXELS:
        return LightMatch(
            0.0, (1.0, 1.0, 1.0), 0.0, "Too little shared skin to match the light by."
        )
    rule = load_knowledge("comparison")["looking"]
    ours, theirs = (_median_light(rgb[usable]) for rgb in (before, after))
    wanted_ev = float(np.log2((ours @ LUMINANCE) / (theirs @ LUMINANCE)))
    wanted_color = np.log2(ours / theirs) - wanted_ev
    most_ev, most_color = float(rule["most_ev"]), float(rule["most_color_ev"])
    if abs(wanted_ev) < _LEAST_STOPS and np.abs(wanted_color).max() < _LEAST_STOPS:
        return LightMatch(
            0.0, (1.0, 1.0, 1.0), 0.0, "Both photos show the skin in one light."
        )
    exposure_ev = float(np.clip(wanted_ev, -most_ev, most_ev))
    shifts = np.clip(wanted_color, -most_color, most_color)
    red, green, blue = (float(factor) for factor in 2.0**shifts)
    left_ev = wanted_ev - exposure_ev
    said = _said(exposure_ev, (red, green, blue), left_ev)
    if not np.array_equal(shifts, wanted_color):
        said += " A stronger difference of color is left as it is."
    return LightMatch(exposure_ev, (red, green, blue), left_ev, said)


def _median_light(codes: _Rgb) -> NDArray[np.float64]:
    """Mean light of the middle half: a median of codes has steps."""
    far = np.abs(codes - np.median(codes, axis=0)).max(axis=1)
    near = far <= np.median(far)
    return np.asarray(srgb_to_linear(codes[near] / 255.0).mean(axis=0))


def _said(exposure_ev: float, color: tuple[float, float, float], left_ev: float) -> str:
    direction = "brighter" if exposure_ev >= 0 else "darker"
    shifts = ", ".join(
        f"{name} {signed(100 * (factor - 1))} %"
        for name, factor in zip(("red", "green", "blue"), color, strict=True)
    )
    done = []
    if abs(exposure_ev) >= _LEAST_STOPS:
        done.append(f"made {abs(exposure_ev):.2f} stops {direction}")
    if any(round(100 * (factor - 1)) for factor in color):
        done.append(f"shifted in color ({shifts})")
    text = (
        f"For looking only, the second photo was {' and '.join(done)}. "
        "Every number comes from the untouched photos."
    )
    if left_ev:
        rest = "darker" if left_ev > 0 else "brighter"
        text += f" It stays {abs(left_ev):.1f} stops {rest}: no more is matched."
    return text


def _encoded(linear: NDArray[np.float64]) -> _Rgb:
    """Apply the sRGB transfer curve; what is brighter than white is white."""
    linear = np.clip(linear, 0, 1)
    bent = 1.055 * linear ** (1 / 2.4) - 0.055
    coded = np.where(linear <= 0.0031308, 12.92 * linear, bent)
    return np.asarray(np.rint(255 * coded), np.uint8)
