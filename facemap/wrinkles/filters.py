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

__all__ = ["Kernel", "RidgeBank", "orientations_deg"]

Image = NDArray[np.float32]
Values = NDArray[np.float64]

#: A second derivative is sampled well enough from this many pixels on; a picture is
#: halved as often as that allows, which quarters the work each time.
_LEAST_SIGMA_PX = 1.4
#: Along the line the picture is thinned out to no less than this many columns per
#: standard deviation.
_LEAST_LENGTH_PX = 2.1
#: Picture kept beyond the skin's ends, in standard deviations along the line.
_MARGIN = 3.0
_AS_IS = np.ones(1)
#: Variance that linear interpolation between half pixels adds, on average.
_BLUR_PX2 = 1 / 24


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


class RidgeBank:
    """Filters that one picture is asked for, one orientation at a time.

    Parameters
    ----------
    image : ndarray of shape (h, w)
        Log luminance. Lines are dark.
    px_per_mm : float
    kernels : sequence of Kernel
    one_sided : float
        How much of the step answer is taken off, 0 to 1: a step of height h answers
        0.68 h beside itself although there is no line; its slope gives it away.
    inside : ndarray of shape (h, w), bool
        Where answers are wanted; elsewhere they may be anything from 0 up.
    """

    def __init__(
        self,
        image: Image,
        px_per_mm: float,
        kernels: Sequence[Kernel],
        *,
        one_sided: float,
        inside: NDArray[np.bool_],
    ) -> None:
        self._size = image.shape[1], image.shape[0]
        hull = _hull(inside)
        self._levels = []
        for level, group in _by_level(kernels, px_per_mm).items():
            shrink = 2**level
            size = tuple(-(-n // shrink) for n in self._size)
            small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            self._levels.append(
                _Level(
                    np.asarray(small, np.float32),
                    (hull + 0.5) * (np.array(size) / self._size) - 0.5,
                    px_per_mm / shrink,
                    group,
                    one_sided,
                )
            )

    def answer(self, angle_deg: float) -> Image:
        """Depth of the ridges of one orientation.

        Parameters
        ----------
        angle_deg : float
            In the picture's own axes, [0, 180), growing from +x upward.

        Returns
        -------
        ndarray of shape (h, w), float32
            The largest depth over the scales, 0 where there is no valley.
        """
        best: Image | None = None
        for level in self._levels:
            own = level.answer(float(np.radians(angle_deg)))
            if own.shape != self._size[::-1]:
                own = _float32(cv2.resize(own, self._size))
            best = own if best is None else np.maximum(best, own, out=best)
        return np.zeros(self._size[::-1], np.float32) if best is None else best


class _Level:
    """Kernels that share one halving of the picture."""

    def __init__(
        self,
        image: Image,
        hull: Values,
        px_per_mm: float,
        kernels: Sequence[Kernel],
        one_sided: float,
    ) -> None:
        self._size, self._hull = (image.shape[1], image.shape[0]), hull
        # Linear interpolation between half pixels is as good as a cubic between whole
        # ones, and four times as fast; sixteen orientations share the doubling.
        self._doubled = _float32(
            cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        )
        self._center = (np.array(image.shape[::-1]) - 1) / 2
        lengths = [kernel.length_mm * px_per_mm for kernel in kernels]
        # Odd, so that a stride has a middle pixel and a mirror keeps it.
        self._stride = max(int(min(lengths) / _LEAST_LENGTH_PX - 1) // 2 * 2 + 1, 1)
        self._margin = np.array(
            [
                np.ceil(_MARGIN * max(lengths)),
                np.ceil(4 * max(kernel.sigma_mm for kernel in kernels) * px_per_mm),
            ]
        )
        self._taps = [
            _taps(kernel, px_per_mm, one_sided, self._stride) for kernel in kernels
        ]

    def answer(self, angle: float) -> Image:
        """Turn the picture so that lines of an angle lie level; filter; turn back."""
        c, s = np.cos(angle), np.sin(angle)
        # Turned x runs along the line: up and to the right in the picture.
        forward = np.array([[c, -s], [s, c]])
        # Whole pixels from the picture's own center: unturned, the lattices are one,
        # and a mirror image falls on the mirrored lattice.
        corners = (self._hull - self._center) @ forward.T
        odd = np.array(self._size) % 2
        phase = (1 - odd) / 2
        low = np.floor(corners.min(axis=0) - self._margin) + phase
        high = np.ceil(corners.max(axis=0) + self._margin) - phase
        strides = np.array([self._stride, 1])
        count = -(-(high - low + 1).astype(int) // strides)
        count += (count * strides - (high - low + 1).astype(int)) % 2
        size = count * strides
        low -= (size - (high - low + 1)) / 2
        shift = -low - forward @ self._center
        turned = cv2.warpAffine(
            self._doubled,
            np.column_stack([forward / 2, shift - forward.sum(axis=1) / 4]),
            size.tolist(),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        # The answer is smooth along the line: fewer columns say the same.
        turned = cv2.resize(turned, count.tolist(), interpolation=cv2.INTER_AREA)
        best = np.zeros(turned.shape, np.float32)
        for along, second, slope in self._taps:
            level = cv2.sepFilter2D(turned, cv2.CV_32F, along, _AS_IS)
            valley = cv2.sepFilter2D(level, cv2.CV_32F, _AS_IS, second)
            if slope.any():
                rise = cv2.sepFilter2D(level, cv2.CV_32F, _AS_IS, slope)
                valley = _float32(valley) - np.abs(rise)
            np.maximum(best, valley, out=best)
        back = np.column_stack([forward, shift])
        back[0] = (back[0] + [0, 0, 0.5]) / self._stride - [0, 0, 0.5]
        flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
        return _float32(cv2.warpAffine(best, back, self._size, flags=flags))


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


def _hull(inside: NDArray[np.bool_]) -> Values:
    """Corners (x, y) of the convex hull of some pixels; of all where there are none."""
    rows, cols = np.nonzero(inside if inside.any() else np.ones_like(inside))
    # Only the ends of a row can be corners.
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    last = np.append(first[1:], len(rows)) - 1
    ends = np.concatenate([first, last])
    points = np.column_stack([cols[ends], rows[ends]]).astype(np.float32)
    return np.asarray(cv2.convexHull(points)[:, 0], np.float64)


def _taps(
    kernel: Kernel, px_per_mm: float, one_sided: float, stride: int
) -> tuple[Values, Values, Values]:
    """Return the kernels along, across (valley), and across (what a step takes off)."""
    sigma = kernel.sigma_mm * px_per_mm
    # For a step, valley / (sigma * slope) is 2.8 where the valley answers most.
    slope = one_sided * 2.8 * sigma * _first_derivative(sigma)
    # The mean over a stride blurs by a variance of (stride^2 - 1) / 12, interpolation
    # on the way back by twice that.
    length = np.sqrt((kernel.length_mm * px_per_mm) ** 2 - (stride**2 - 1) / 4)
    return _gaussian(length / stride), _second_derivative(sigma), slope


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
    answers exactly 1: at one pixel of sigma the continuous formula is 5 % off. What
    interpolation blurs on the way is given back.
    """
    x, g = _lattice(sigma_px)
    k = (x**2 / sigma_px**2 - 1) * g
    k -= g * (k.sum() / g.sum())
    variance = sigma_px**2 + _BLUR_PX2
    seen = sigma_px / np.sqrt(variance) * np.exp(-0.5 * x**2 / variance)
    return np.asarray(k / -(k @ seen))


def _float32(image: object) -> Image:
    return np.asarray(image, np.float32)
