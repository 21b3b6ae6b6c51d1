r"""Oriented, elongated ridge filters whose answer is a depth in log luminance.

For every orientation the picture is turned so that lines of that orientation lie
level, filtered with separable kernels, and turned back. The answer at scale
:math:`s` is

.. math:: R_s = 2\sqrt{2}\, s^2\, \partial_y^2 (G_s(y)\, G_L(x) * I)

which is the depth of a long dark line of Gaussian profile with standard deviation
:math:`s`. It is linear in the picture, so half the depth reads half, and depends only
on the pixels under the kernel, so nothing else in the picture has a say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Kernel", "orientations_deg", "ridge_bank"]

Image = NDArray[np.float32]
Values = NDArray[np.float64]

#: A second derivative is sampled well enough from this many pixels on; a picture is
#: halved as often as that allows, which quarters the work each time.
_LEAST_SIGMA_PX = 1.4


@dataclass(frozen=True)
class Kernel:
    """One scale of the bank.

    Attributes
    ----------
    sigma_mm : float
        Across the line.
    length_mm : float
        Standard deviation along the line.
    """

    sigma_mm: float
    length_mm: float


def orientations_deg(count: int) -> NDArray[np.float64]:
    """Evenly spaced angles that a mirror maps onto themselves."""
    return np.asarray(np.arange(count) * (180.0 / count), np.float64)


def ridge_bank(
    image: Image,
    px_per_mm: float,
    kernels: Sequence[Kernel],
    angles_deg: NDArray[np.float64],
    *,
    one_sided: float,
) -> Image:
    """Filter a picture with the whole bank.

    Parameters
    ----------
    image : ndarray of shape (h, w)
        Log luminance. Lines are dark.
    px_per_mm : float
    kernels : sequence of Kernel
    angles_deg : ndarray of shape (K,)
        In the picture's own axes, [0, 180), growing from +x upward.
    one_sided : float
        How much of the step answer is taken off, 0 to 1: a step of height h answers
        0.68 h beside itself although there is no line; its slope gives it away.

    Returns
    -------
    ndarray of shape (K, h, w), float32
        Per orientation the largest depth over the scales, 0 where there is no valley.
    """
    depth = np.zeros((len(angles_deg), *image.shape), np.float32)
    for level, group in _by_level(kernels, px_per_mm).items():
        shrink = 2**level
        size = tuple(-(-n // shrink) for n in image.shape[::-1])
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        taps = [_taps(kernel, px_per_mm / shrink, one_sided) for kernel in group]
        for answer, angle in zip(depth, np.radians(angles_deg), strict=True):
            own = _filter_turned(np.asarray(small, np.float32), angle, taps)
            grown = cv2.resize(own, image.shape[::-1], interpolation=cv2.INTER_LINEAR)
            np.maximum(answer, grown, out=answer)
    return depth


def _by_level(
    kernels: Sequence[Kernel], px_per_mm: float
) -> dict[int, tuple[Kernel, ...]]:
    """Group kernels by how often the picture may be halved before them."""
    levels: dict[int, tuple[Kernel, ...]] = {}
    for kernel in kernels:
        spare = kernel.sigma_mm * px_per_mm / _LEAST_SIGMA_PX
        level = max(int(np.floor(np.log2(spare) + 1e-6)), 0)
        levels[level] = (*levels.get(level, ()), kernel)
    return levels


def _filter_turned(
    image: Image, angle: float, taps: Sequence[tuple[Values, Values, Values]]
) -> Image:
    """Turn the picture so that lines of an angle lie level; filter; turn back."""
    height, width = image.shape
    c, s = np.cos(angle), np.sin(angle)
    size = _turned_size(width, height, c, s)
    # Turned x runs along the line: up and to the right in the picture.
    forward = np.array([[c, -s], [s, c]])
    center = np.array([(width - 1) / 2, (height - 1) / 2])
    shift = (np.array(size) - 1) / 2 - forward @ center
    matrix = np.column_stack([forward, shift])
    turned = cv2.warpAffine(
        image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    best = np.zeros(turned.shape, np.float32)
    for along, second, slope in taps:
        valley = cv2.sepFilter2D(turned, cv2.CV_32F, along, second)
        if slope.any():
            rise = cv2.sepFilter2D(turned, cv2.CV_32F, along, slope)
            valley = cv2.min(cv2.subtract(valley, rise), cv2.add(valley, rise))
        np.maximum(best, valley, out=best)
    back = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    return np.asarray(cv2.warpAffine(best, matrix, (width, height), flags=back))


def _taps(
    kernel: Kernel, px_per_mm: float, one_sided: float
) -> tuple[Values, Values, Values]:
    """Return the kernels along, across (valley), and across (what a step takes off)."""
    sigma = kernel.sigma_mm * px_per_mm
    # For a step, valley / (sigma * slope) is 2.8 where the valley answers most.
    slope = one_sided * 2.8 * sigma * _first_derivative(sigma)
    return _gaussian(kernel.length_mm * px_per_mm), _second_derivative(sigma), slope


def _turned_size(width: int, height: int, c: float, s: float) -> tuple[int, int]:
    # A size of the picture's own parity keeps pixel centers on the same lattice.
    w = int(np.ceil(width * abs(c) + height * abs(s)))
    h = int(np.ceil(width * abs(s) + height * abs(c)))
    return w + (w - width) % 2, h + (h - height) % 2


def _lattice(sigma_px: float) -> tuple[Values, Values]:
    radius = max(int(np.ceil(4 * sigma_px)), 2)
    x = np.arange(-radius, radius + 1, dtype=np.float64)
    return x, np.exp(-0.5 * (x / sigma_px) ** 2)


def _gaussian(sigma_px: float) -> Values:
    _, g = _lattice(sigma_px)
    return np.asarray(g / g.sum())


def _first_derivative(sigma_px: float) -> Values:
    """Kernel that answers the slope per pixel."""
    x, g = _lattice(sigma_px)
    return np.asarray(x * g / (x * x * g).sum())


def _second_derivative(sigma_px: float) -> Values:
    """Kernel that answers 1 at the bottom of a valley of depth 1 and its own width.

    Sampled, then corrected so that constants and slopes answer 0 and the valley
    answers exactly 1: at one pixel of sigma the continuous formula is 5 % off.
    """
    x, g = _lattice(sigma_px)
    k = (x**2 / sigma_px**2 - 1) * g
    k -= g * (k.sum() / g.sum())
    return np.asarray(k / -(k @ g))
