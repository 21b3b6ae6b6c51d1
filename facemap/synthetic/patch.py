"""A plain patch of skin with one furrow: known truth for tests of detectors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from facemap.geometry import path_length
from facemap.light import LUMINANCE
from facemap.synthetic.color import lab_to_linear, linear_to_srgb8, skin_lab
from facemap.synthetic.surface import blur
from facemap.types import FloatArray

__all__ = ["SkinPatch", "flat_skin"]


@dataclass(frozen=True, eq=False)
class SkinPatch:
    """Flat skin under even light, with at most one dark line on it.

    Attributes
    ----------
    rgb : ndarray of shape (H, W, 3), uint8
    linear : ndarray of shape (H, W), float32
        Luminance before noise and quantization, after the blur.
    path_px : ndarray of shape (N, 2)
    length_mm, width_mm, depth : float
        Of the planted line; `width_mm` is its full width at half depth and `depth` its
        drop in log luminance, both before the blur.
    px_per_mm : float
    """

    rgb: NDArray[np.uint8]
    linear: NDArray[np.float32]
    path_px: FloatArray
    length_mm: float
    width_mm: float
    depth: float
    px_per_mm: float


def flat_skin(
    size_wh: tuple[int, int] = (240, 180),
    *,
    px_per_mm: float = 8.0,
    path_px: FloatArray | None = None,
    width_mm: float = 0.5,
    depth: float = 0.0,
    ita_deg: float = 35.0,
    grain: float = 0.0,
    noise: float = 0.0,
    blur_px: float = 0.0,
    seed: int = 0,
) -> SkinPatch:
    """Draw flat skin with one line of Gaussian profile in log luminance.

    Parameters
    ----------
    size_wh : tuple of int
        Width and height in pixels.
    px_per_mm : float
    path_px : ndarray of shape (N, 2), optional
        Polyline; by default a level line over the middle three fifths.
    width_mm : float
        Full width at half depth.
    depth : float
        Drop in log luminance at the bottom; 0 plants no line.
    ita_deg : float
        Skin tone.
    grain : float
        Standard deviation of the skin's own mottling in log luminance.
    noise : float
        Standard deviation of sensor noise in 8-bit counts.
    blur_px : float
        Standard deviation of the camera's point spread.
    seed : int
        Of grain and noise.

    Examples
    --------
    >>> patch = flat_skin((80, 60), width_mm=1.0, depth=0.3)
    >>> shade = patch.linear[30, 40] / patch.linear[5, 40]
    >>> round(float(-np.log(shade)), 2)
    0.3
    """
    width, height = size_wh
    if path_px is None:
        middle = float(height // 2)
        path_px = np.array([[0.2 * width, middle], [0.8 * width, middle]])
    path = np.asarray(path_px, np.float64)
    rng = np.random.default_rng(seed)
    log_skin = np.zeros((height, width))
    if grain > 0:
        cell = blur(rng.standard_normal((height, width)), 0.25 * px_per_mm)
        log_skin += grain * cell / cell.std()
    sd_px = width_mm * px_per_mm / (2 * np.sqrt(2 * np.log(2)))
    distance = _distance_px(path, size_wh)
    log_skin -= depth * np.exp(-0.5 * (distance / sd_px) ** 2)
    linear = lab_to_linear(skin_lab(ita_deg)) * np.exp(log_skin)[..., None]
    if blur_px > 0:
        linear = blur(linear, blur_px).astype(np.float64)
    codes = linear_to_srgb8(linear).astype(np.float64)
    if noise > 0:
        codes += noise * rng.standard_normal(codes.shape)
    return SkinPatch(
        rgb=np.clip(np.round(codes), 0, 255).astype(np.uint8),
        linear=np.asarray(linear @ LUMINANCE, np.float32),
        path_px=path,
        length_mm=path_length(path) / px_per_mm,
        width_mm=width_mm,
        depth=depth,
        px_per_mm=px_per_mm,
    )


def _distance_px(path: FloatArray, size_wh: tuple[int, int]) -> FloatArray:
    """Exact distance of every pixel from a polyline."""
    y, x = np.mgrid[0 : size_wh[1], 0 : size_wh[0]]
    pixels = np.stack([x, y], axis=-1).astype(np.float64)
    nearest = np.full(x.shape, np.inf)
    for a, b in pairwise(path):
        along = b - a
        share = ((pixels - a) @ along) / max(float(along @ along), 1e-12)
        foot = a + np.clip(share, 0, 1)[..., None] * along
        nearest = np.minimum(nearest, np.linalg.norm(pixels - foot, axis=-1))
    return nearest
