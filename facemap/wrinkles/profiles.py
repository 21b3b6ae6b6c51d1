"""Depth and width of a line, from the profile across it."""

from __future__ import annotations

from dataclasses import dataclass

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
    # A dip of standard deviation w answers most at sqrt(2) w.
    scales = np.sqrt(2.0) * sigmas_mm
    x = offsets_mm[:, None] / scales
    kernel = (x**2 - 1) * np.exp(-0.5 * x**2)
    kernel -= np.exp(-0.5 * x**2) * (kernel.sum(0) / np.exp(-0.5 * x**2).sum(0))
    answers = (profile @ kernel) / scales
    guess = sigmas_mm[int(answers.argmax())]
    # Farther out lie the neighbors.
    near = np.abs(offsets_mm) <= _REACH * guess + _MARGIN_MM
    x, y = offsets_mm[near], profile[near]
    best, least = LineProfile(0.0, float(guess)), np.inf
    for sigma in sigmas_mm[(sigmas_mm > 0.6 * guess) & (sigmas_mm < 1.7 * guess)]:
        basis = np.column_stack(
            [-np.exp(-0.5 * (x / sigma) ** 2), np.ones_like(x), x / x[-1]]
        )
        coefficients, *_ = np.linalg.lstsq(basis, y, rcond=None)
        error = float(((y - basis @ coefficients) ** 2).sum())
        if error < least:
            best, least = LineProfile(float(coefficients[0]), float(sigma)), error
    return best
