"""Depth and width of a line, from the profile across it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from facemap.pointspread import FWHM
from facemap.types import FloatArray

__all__ = [
    "LineProfile",
    "cross_sections",
    "find_center",
    "fit_profile",
    "shift_path",
]

#: A dip is flat at 2.5 standard deviations to within 4 %; the margin shows the ground.
_REACH = 2.5
_MARGIN_MM = 0.4


@dataclass(frozen=True)
class LineProfile:
    r"""Dip on a sloping ground that fits the profile across a line best.

    Light that comes from the side darkens one wall of a groove and brightens the other,
    in proportion to their slope; the groove's bottom is shaded besides. With a Gaussian
    groove :math:`g` of standard deviation :math:`\sigma` the drop in log luminance is
    :math:`a\,g(x) + b\,x/\sigma\,g(x)`.

    Attributes
    ----------
    hollow, tilt : float
        :math:`a` and :math:`b`, log luminance.
    sigma_mm : float
        As seen, blur included.
    """

    hollow: float
    tilt: float
    sigma_mm: float

    def sharpened(self, psf_mm: float) -> tuple[float, float]:
        """Greatest drop, and full width at half of it (mm), before a blur of `psf_mm`.

        Blur keeps the area of the hollow and the moment of the tilt. A line narrower
        than the blur itself cannot be told from one of half its width; its sigma is
        not let below that.
        """
        variance = max(self.sigma_mm**2 - psf_mm**2, 0.25 * psf_mm**2)
        sigma = min(float(np.sqrt(variance)), self.sigma_mm)
        gain = self.sigma_mm / sigma
        bell = np.exp(-0.5 * _ACROSS**2)
        drop = bell * (self.hollow * gain + self.tilt * gain**2 * _ACROSS)
        top = int(drop.argmax())
        half = drop[top] / 2
        inside = np.flatnonzero(drop >= half)
        if half <= 0 or inside[0] == 0 or inside[-1] == len(drop) - 1:
            # A crest lit from the side: what drop is left lies beyond its flank.
            return 0.0, sigma * FWHM
        steps = inside[-1] - inside[0]
        for at, beside in ((inside[0], inside[0] - 1), (inside[-1], inside[-1] + 1)):
            steps += (drop[at] - half) / (drop[at] - drop[beside])
        return float(drop[top]), float(steps * (_ACROSS[1] - _ACROSS[0]) * sigma)


#: Where a profile is drawn, in standard deviations.
_ACROSS = np.linspace(-4.0, 4.0, 161)


def cross_sections(
    image: NDArray[np.float32], path: FloatArray, offsets_px: FloatArray
) -> NDArray[np.float32]:
    """Sample a picture along the normals of a path.

    Parameters
    ----------
    image : ndarray of shape (h, w)
    path : ndarray of shape (N, 2)
    offsets_px : ndarray of shape (K,)

    Returns
    -------
    ndarray of shape (N, K), float32
        Border values are carried outward.
    """
    normal = _normals(path)
    x, y = (
        (path[:, k, None] + offsets_px * normal[:, k, None]).astype(np.float32)
        for k in (0, 1)
    )
    return np.asarray(
        cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )


def _normals(path: FloatArray) -> FloatArray:
    tangent = np.gradient(path, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    return np.column_stack([-tangent[:, 1], tangent[:, 0]])


def find_center(
    sections: NDArray[np.float32],
    offsets_mm: FloatArray,
    *,
    reach_mm: float,
    sigma_mm: float,
    smooth: float,
) -> FloatArray:
    """How far beside each point of a path the middle of its line lies.

    Parameters
    ----------
    sections : ndarray of shape (N, K)
    offsets_mm : ndarray of shape (K,)
        Evenly spaced.
    reach_mm : float
        No farther is looked.
    sigma_mm : float
        Scale of the valley that is looked for.
    smooth : float
        Standard deviation along the path, in points.
    """
    step = float(offsets_mm[1] - offsets_mm[0])
    valley = cv2.sepFilter2D(
        sections,
        cv2.CV_32F,
        _bend_taps(sigma_mm / step),
        _bell_taps(smooth),
        borderType=cv2.BORDER_REPLICATE,
    )
    near = np.flatnonzero(np.abs(offsets_mm) <= reach_mm + step / 2)
    chosen = offsets_mm[near][np.asarray(valley)[:, near].argmax(axis=1)]
    return np.asarray(gaussian_filter1d(chosen, smooth, mode="nearest"))


def _bell_taps(sigma: float) -> FloatArray:
    x = np.arange(-np.ceil(3 * sigma), np.ceil(3 * sigma) + 1)
    bell = np.exp(-0.5 * (x / sigma) ** 2)
    return np.asarray(bell / bell.sum())


def _bend_taps(sigma: float) -> FloatArray:
    """Second derivative of a Gaussian: most where a profile is lowest."""
    x = np.arange(-np.ceil(3 * sigma), np.ceil(3 * sigma) + 1)
    bell = np.exp(-0.5 * (x / sigma) ** 2)
    bend = (x**2 / sigma**2 - 1) * bell
    return np.asarray(bend - bell * (bend.sum() / bell.sum()))


def shift_path(path: FloatArray, shift: FloatArray) -> FloatArray:
    """Move each point of a path along its normal."""
    return np.asarray(path + shift[:, None] * _normals(path))


def fit_profile(
    offsets_mm: FloatArray, profile: FloatArray, sigmas_mm: FloatArray
) -> LineProfile:
    """Fit a dip of unknown width, least squares.

    The scale at which the profile's own second derivative answers most says how far
    to look; within that reach, for each width the fit is linear, and which width fits
    best does not depend on the depth: half the depth reads half.

    Parameters
    ----------
    offsets_mm, profile : ndarray of shape (K,)
        Distance from the line, evenly spaced, and log luminance there.
    sigmas_mm : ndarray of shape (M,)
        Widths to try, rising.
    """
    fits = _prepare(tuple(offsets_mm.tolist()), tuple(sigmas_mm.tolist()))
    guess = int((profile @ fits.scale_kernels).argmax())
    near, candidates = fits.by_guess[guess]
    y = profile[near]
    best, least = LineProfile(0.0, 0.0, float(sigmas_mm[guess])), np.inf
    for sigma, basis, to_parts in candidates:
        shares = y @ basis
        error = float(y @ y - shares @ shares)
        if error < least:
            tilt, hollow = (to_parts @ shares).tolist()
            best, least = LineProfile(hollow, tilt, sigma), error
    return best


@dataclass(frozen=True)
class _Fits:
    """What does not depend on the profile.

    Attributes
    ----------
    scale_kernels : ndarray of shape (K, M)
        Second derivative at each scale, normalized.
    by_guess : tuple
        Per guess of the width: which offsets count, and per width near it the width,
        an orthonormal basis (K', 4) of level, slope, tilt and hollow, and the matrix
        that turns the shares of the basis into the last two.
    """

    scale_kernels: FloatArray
    by_guess: tuple[
        tuple[NDArray[np.bool_], tuple[tuple[float, FloatArray, FloatArray], ...]], ...
    ]


@cache
def _prepare(offsets_mm: tuple[float, ...], sigmas_mm: tuple[float, ...]) -> _Fits:
    offsets, sigmas = np.array(offsets_mm), np.array(sigmas_mm)
    # A dip of standard deviation w answers most at sqrt(2) w.
    scales = np.sqrt(2.0) * sigmas
    x = offsets[:, None] / scales
    bell = np.exp(-0.5 * x**2)
    kernel = (x**2 - 1) * bell
    kernel -= bell * (kernel.sum(axis=0) / bell.sum(axis=0))
    by_guess = []
    for guess in sigmas:
        # Farther out lie the neighbors.
        near = np.abs(offsets) <= _REACH * guess + _MARGIN_MM
        x = offsets[near]
        candidates = []
        for sigma in sigmas[(sigmas > 0.6 * guess) & (sigmas < 1.7 * guess)]:
            dip = -np.exp(-0.5 * (x / sigma) ** 2)
            basis, upper = np.linalg.qr(
                np.column_stack([np.ones_like(x), x / x[-1], x / sigma * dip, dip])
            )
            to_parts = np.linalg.inv(upper)[2:]
            candidates.append((float(sigma), basis, to_parts))
        by_guess.append((near, tuple(candidates)))
    return _Fits(kernel / scales, tuple(by_guess))
