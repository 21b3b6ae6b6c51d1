"""Depth and width of a line, from the profile across it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray

__all__ = ["LineProfile", "cross_sections", "fit_profile"]

#: Full width at half depth of a Gaussian of standard deviation 1.
FWHM = 2.3548200450309493

#: A dip is flat at 2.5 standard deviations to within 4 %; the margin shows the ground.
_REACH = 2.5
_MARGIN_MM = 0.4


@dataclass(frozen=True)
class LineProfile:
    """Gaussian dip on a sloping ground that fits the profile across a line best.

    Attributes
    ----------
    depth : float
        Log luminance; negative where the profile is a crest.
    sigma_mm : float
        Standard deviation of the dip, as seen, blur included.
    """

    depth: float
    sigma_mm: float

    @property
    def mass(self) -> float:
        """Depth x width (full width at half depth), which blur leaves alone."""
        return self.depth * self.sigma_mm * FWHM

    def sharpened(self, psf_mm: float) -> tuple[float, float]:
        """Depth and full width at half depth (mm) before a blur of `psf_mm`.

        The mass is kept. A line narrower than the blur itself cannot be told from
        one of half its width; the width is not let below that.
        """
        variance = self.sigma_mm**2 - psf_mm**2
        sigma = float(np.sqrt(max(variance, 0.25 * psf_mm**2)))
        sigma = min(sigma, self.sigma_mm)
        return self.depth * self.sigma_mm / sigma, sigma * FWHM


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
    tangent = np.gradient(path, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    at = path[:, None, :] + offsets_px[None, :, None] * normal[:, None, :]
    x, y = (np.ascontiguousarray(at[..., k], np.float32) for k in (0, 1))
    return np.asarray(
        cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )


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
    best, least = LineProfile(0.0, float(sigmas_mm[guess])), np.inf
    for sigma, basis, to_depth in candidates:
        shares = y @ basis
        error = float(y @ y - shares @ shares)
        if error < least:
            best, least = LineProfile(float(shares @ to_depth), sigma), error
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
        an orthonormal basis (K', 3) of dip, level and slope, and the vector that turns
        the shares of the basis into the dip's depth.
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
                np.column_stack([np.ones_like(x), x / x[-1], dip])
            )
            # The dip comes last: its share alone gives its depth.
            to_depth = np.array([0.0, 0.0, 1.0 / upper[2, 2]])
            candidates.append((float(sigma), basis, to_depth))
        by_guess.append((near, tuple(candidates)))
    return _Fits(kernel / scales, tuple(by_guess))
