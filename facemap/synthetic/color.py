"""Color: skin tone by typology angle, light by temperature, and light to sRGB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facemap.resources import load_knowledge
from facemap.types import FloatArray

__all__ = [
    "lab_to_linear",
    "light_color",
    "linear_to_srgb8",
    "skin_lab",
]

_XYZ_TO_RGB = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)
_D65 = np.array([0.95047, 1.0, 1.08883])


def linear_to_srgb8(linear: NDArray[np.floating]) -> NDArray[np.float32]:
    """Linear light to sRGB code values, 0 to 255, not rounded.

    Through a table, square-root spaced so that its error stays under a hundredth of a
    count.
    """
    n = 1 << 16
    nodes = (np.arange(n) / (n - 1)) ** 2
    bent = 1.055 * np.maximum(nodes, 1e-9) ** (1 / 2.4) - 0.055
    codes = 255 * np.where(nodes <= 0.0031308, 12.92 * nodes, bent)
    where = np.sqrt(np.clip(linear, 0, 1), dtype=np.float32)
    where *= n - 1
    where += 0.5
    return np.asarray(codes.astype(np.float32)[where.astype(np.uint16)], np.float32)


def lab_to_linear(lab: FloatArray) -> FloatArray:
    """CIELAB (D65) to linear sRGB; shape (..., 3)."""
    lab = np.asarray(lab, float)
    fy = (lab[..., 0] + 16) / 116
    f = np.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * _D65
    return np.asarray(np.maximum(xyz @ _XYZ_TO_RGB.T, 1e-4))


def skin_lab(ita_deg: float) -> FloatArray:
    """Mean skin color of a typology angle, CIELAB.

    Notes
    -----
    ``ITA = atan((L* - 50) / b*)``, so that L* follows from b*; b* and a* are
    interpolated from a table of measured skin.
    """
    table = load_knowledge("phantom")["skin"]
    b = float(np.interp(ita_deg, table["ita_deg"], table["b"]))
    a = float(np.interp(ita_deg, table["ita_deg"], table["a"]))
    return np.array([50 + b * np.tan(np.radians(ita_deg)), a, b])


def light_color(temperature_k: float) -> FloatArray:
    """Linear sRGB of a black body, green = 1, for a camera balanced at 6500 K.

    Kim's cubic approximation of the Planckian locus (US patent 7024034).
    """
    t = temperature_k
    if t <= 4000:
        x = -0.2661239e9 / t**3 - 0.2343589e6 / t**2 + 0.8776956e3 / t + 0.179910
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        x = -3.0258469e9 / t**3 + 2.1070379e6 / t**2 + 0.2226347e3 / t + 0.240390
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    rgb = _XYZ_TO_RGB @ [x / y, 1.0, (1 - x - y) / y]
    if temperature_k != 6500.0:
        rgb = rgb / light_color(6500.0)
    return np.asarray(np.maximum(rgb, 0.02) / rgb[1])
