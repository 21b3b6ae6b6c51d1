"""Continue skin smoothly into masked pixels, so that a mask's border is no ridge."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray

__all__ = ["continue_smoothly"]

#: The window grows where the near one holds too little skin: in standard deviations of
#: the near one, and the share of skin at which the far one takes over.
_FAR = 4.0
_LITTLE = 0.05
#: Variance added to the positions, in window variances: holds slopes back where the
#: pixels at hand lie on a thin strip.
_DAMPING = 0.02
#: Coarse pixels per standard deviation of the near window.
_SAMPLES = 2.5


def continue_smoothly(
    values: NDArray[np.float32], known: NDArray[np.bool_], sigma_px: float
) -> NDArray[np.float32]:
    """Replace unknown pixels by a local plane through the known ones.

    Normalized convolution of first order [1]_: shading gradients are carried across the
    border; a mean would leave a bend there that filters take for a line.

    Parameters
    ----------
    values : ndarray of shape (h, w)
    known : ndarray of shape (h, w), bool
    sigma_px : float
        Standard deviation of the window.

    Returns
    -------
    ndarray of shape (h, w), float32
        Known pixels as they were.

    References
    ----------
    .. [1] Knutsson H, Westin CF. Normalized and differential convolution. Proc. CVPR
       1993:515-523. :doi:`10.1109/CVPR.1993.341081`
    """
    height, width = values.shape
    shrink = max(sigma_px / _SAMPLES, 1.0)
    size = max(round(width / shrink), 2), max(round(height / shrink), 2)
    weight = _shrink(known.astype(np.float64), size)
    value = _shrink(np.where(known, values, 0.0).astype(np.float64), size)
    value /= np.maximum(weight, 1e-9)
    share, near = _plane(value, weight, _SAMPLES)
    _, far = _plane(value, weight, _FAR * _SAMPLES)
    trust = np.clip(share / _LITTLE, 0, 1)
    coarse = trust * near + (1 - trust) * far
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.where(known, values, smooth).astype(np.float32)


def _shrink(image: FloatArray, size_wh: tuple[int, int]) -> FloatArray:
    small = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float64)


def _plane(
    value: FloatArray, weight: FloatArray, sigma: float
) -> tuple[FloatArray, FloatArray]:
    """Share of known pixels under the window, and the fitted plane in its middle."""
    height, width = value.shape
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x -= (width - 1) / 2
    y -= (height - 1) / 2
    border = cv2.BORDER_CONSTANT

    def total(image: FloatArray) -> FloatArray:
        blurred = cv2.GaussianBlur(weight * image, (0, 0), sigma, borderType=border)
        return np.asarray(blurred, np.float64)

    one = np.ones_like(value)
    images = one, x, y, value, x * x, y * y, x * y, x * value, y * value
    with ThreadPoolExecutor(2) as pool:
        share, *totals = pool.map(total, images)
    norm = np.maximum(share, 1e-9)
    mx, my, mv, xx, yy, xy, xv, yv = (image / norm for image in totals)
    damping = _DAMPING * sigma**2
    xx += damping - mx * mx
    yy += damping - my * my
    xy -= mx * my
    xv -= mx * mv
    yv -= my * mv
    determinant = np.maximum(xx * yy - xy * xy, damping**2)
    slope_x = (xv * yy - yv * xy) / determinant
    slope_y = (yv * xx - xv * xy) / determinant
    # No farther out than the window reaches: a plane is local.
    dx = np.clip(x - mx, -2 * sigma, 2 * sigma)
    dy = np.clip(y - my, -2 * sigma, 2 * sigma)
    return share, mv + slope_x * dx + slope_y * dy
