"""How blurred the edges are, read at the eyes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import FaceView, FloatArray

__all__ = [
    "FWHM",
    "edge_blur_px",
    "edge_variance_px2",
    "eye_blur_mm",
    "eye_variance_mm2",
    "seen_blur_mm",
]

# The lid rims: lashes, iris, and the lids' own edges, which every face has.
_EYE_R = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
_EYE_L = (
    *(263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
)
#: Part of the eye's width that is looked at on each side of its middle: with lashes.
_EYE_MARGIN = (0.75, 0.6)
#: An eye this much narrower than the other is turned away.
_TURNED_AWAY = 0.6

#: Fewer pixels across hold no edge with room on both sides.
_LEAST_PX = 8
_SMOOTHING_PX = 0.7
_REBLUR = 1.6
#: A central difference is a derivative seen through a box two pixels wide.
_DERIVATIVE_VARIANCE = 2**2 / 12
#: Only edges this strong, relative to their own brightness, rise above skin texture
#: (under 0.1 in our photographs) and noise.
_EDGE_CONTRAST = 0.35
#: Fewer edge pixels say nothing: the eyes are shut, hidden or tiny.
_MIN_EDGE_PIXELS = 60
#: Edges are lids, lashes and reflections: the finest quarter shows what the lens did,
#: the rest what anatomy did. Lower quantiles follow noise.
_FINEST = 0.25
#: Full width at half depth of a Gaussian of standard deviation 1.
FWHM = 2.3548200450309493


def edge_blur_px(luminance: NDArray[np.float32]) -> FloatArray:
    """Blur of every strong edge, as the standard deviation of a Gaussian point spread.

    Returns
    -------
    ndarray of shape (N,)
        In pixels, in no order of meaning; 0 where an edge is sharper than one pixel.
        See `edge_variance_px2`.

    Examples
    --------
    >>> x = np.arange(60.0) - 29.7
    >>> from scipy.special import ndtr
    >>> edge = (0.2 + 0.6 * ndtr(x / 2.0)) * np.ones((40, 1))
    >>> round(float(np.median(edge_blur_px(edge.astype(np.float32)))), 1)
    2.0
    """
    variance = edge_variance_px2(luminance)
    return np.asarray(np.sqrt(np.maximum(variance, 0)))


def edge_variance_px2(luminance: NDArray[np.float32]) -> FloatArray:
    r"""Variance of a Gaussian point spread at every strong edge.

    At the middle of a step edge blurred by :math:`\sigma`, the gradient is
    proportional to :math:`1/\sigma`. Blurring again by a known amount therefore tells
    :math:`\sigma` from the ratio of the two gradients [1]_, whatever the contrast of
    the edge, the exposure or the tone of the skin.

    Parameters
    ----------
    luminance : ndarray of shape (H, W)
        Linear light.

    Returns
    -------
    ndarray of shape (N,)
        In square pixels, in no order of meaning; negative where the photo has been
        sharpened beyond what a lens and pixels can do.

    Notes
    -----
    With pre-smoothing :math:`p` and second blur :math:`kp`, and :math:`R` the ratio of
    the gradients, :math:`\sigma^2 = p^2 (k^2 - 1) / (R^2 - 1) - p^2 - 1/3`; the last
    term is the central difference's own.

    References
    ----------
    .. [1] Zhuo S, Sim T. Defocus map estimation from a single image. Pattern
       Recognition. 2011;44(9):1852-1858. :doi:`10.1016/j.patcog.2011.03.009`
    """
    if min(luminance.shape) < _LEAST_PX:
        return np.empty(0)
    smooth, smoother = (
        np.asarray(cv2.GaussianBlur(luminance, (0, 0), sigma_px), np.float32)
        for sigma_px in (_SMOOTHING_PX, _SMOOTHING_PX * _REBLUR)
    )
    gx, gy = _gradient(smooth)
    strength = _length(gx, gy)
    ridge = _is_ridge(strength, gx, gy)
    again = np.maximum(_length(*_gradient(smoother))[ridge], 1e-9)
    ratio_sq = (strength[ridge] / again) ** 2
    total_sq = _SMOOTHING_PX**2 * (_REBLUR**2 - 1) / np.maximum(ratio_sq - 1, 1e-6)
    step = strength[ridge] * np.sqrt(0.5 * np.pi * total_sq)
    strong = step > _EDGE_CONTRAST * smooth[1:-1, 1:-1][ridge]
    # A ratio near 1 is a slope of shading, not an edge.
    strong &= ratio_sq > 1.0 + 1e-4
    own_sq = total_sq[strong] - _SMOOTHING_PX**2 - _DERIVATIVE_VARIANCE
    return np.asarray(own_sq, np.float64)


def _gradient(
    image: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Take central differences, times two, without the outermost pixels."""
    return (
        image[1:-1, 2:] - image[1:-1, :-2],
        image[2:, 1:-1] - image[:-2, 1:-1],
    )


def _length(gx: NDArray[np.float32], gy: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.magnitude(gx, gy), np.float32)


def _is_ridge(
    strength: NDArray[np.float32], gx: NDArray[np.float32], gy: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Where the gradient is greatest along its own direction."""
    padded = np.pad(strength, 1)
    height, width = strength.shape
    along_x = np.abs(gx) > np.abs(gy) * 2.4142  # tan 67.5 degrees
    along_y = np.abs(gy) > np.abs(gx) * 2.4142
    falling = gx * gy > 0
    ridge = np.zeros(strength.shape, np.bool_)
    diagonal = ~along_x & ~along_y
    for sector, (dx, dy) in (
        (along_x, (1, 0)),
        (along_y, (0, 1)),
        (diagonal & falling, (1, 1)),
        (diagonal & ~falling, (1, -1)),
    ):
        ahead = padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        behind = padded[1 - dy : 1 - dy + height, 1 - dx : 1 - dx + width]
        ridge |= sector & (strength >= ahead) & (strength >= behind)
    return ridge & (strength > 0)


def eye_blur_mm(view: FaceView, landmarks_vx: FloatArray) -> float | None:
    """Full width at half height of the point spread at the eyes.

    Not from skin, whose texture differs between people: smooth skin is not blur.

    Returns
    -------
    float or None
        In millimeters, a pixel or more; None where too few edges show.
    """
    variance = eye_variance_mm2(view, landmarks_vx)
    return None if variance is None else FWHM * seen_blur_mm(variance, view.px_per_mm)


def seen_blur_mm(variance_mm2: float, px_per_mm: float) -> float:
    """Return the standard deviation of a point spread: a pixel wide or more.

    Sharpening fakes edges finer than the pixels that carry them.
    """
    return float(np.sqrt(max(variance_mm2, (1.0 / FWHM / px_per_mm) ** 2)))


def eye_variance_mm2(view: FaceView, landmarks_vx: FloatArray) -> float | None:
    """Variance of the point spread at the eyes.

    Over copies of a photo that differ in exposure, white balance, light, compression or
    framing it mostly stays within 0.006 mm2. Of a blur of known variance nine tenths
    are seen, in sharpened photos two thirds.

    Returns
    -------
    float or None
        In square millimeters, negative in a sharpened photo; None where too few edges
        show.
    """
    rims = [landmarks_vx[list(rim)] for rim in (_EYE_R, _EYE_L)]
    widths = [float(np.ptp(rim[:, 0])) for rim in rims]
    crops = [
        _eye_luminance(view, rim, width)
        for rim, width in zip(rims, widths, strict=True)
        if width >= _TURNED_AWAY * max(widths)
    ]
    variances = np.concatenate([edge_variance_px2(crop) for crop in crops])
    if len(variances) < _MIN_EDGE_PIXELS:
        return None
    return float(np.quantile(variances, _FINEST)) / view.px_per_mm**2


def _eye_luminance(
    view: FaceView, rim_vx: FloatArray, width_vx: float
) -> NDArray[np.float32]:
    reach = width_vx * np.asarray(_EYE_MARGIN)
    middle = (rim_vx.min(axis=0) + rim_vx.max(axis=0)) / 2
    low = np.maximum(np.floor(middle - reach), 0).astype(int)
    high = np.maximum(np.ceil(middle + reach), 0).astype(int) + 1
    crop = view.log_luminance[low[1] : high[1], low[0] : high[0]]
    return np.exp(crop)
