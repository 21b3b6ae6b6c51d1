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

__all__ = ["BankResponse", "Kernel", "orientations_deg", "ridge_bank"]

Image = NDArray[np.float32]


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


@dataclass(frozen=True)
class BankResponse:
    """What the bank answers, per orientation.

    Attributes
    ----------
    angles_deg : ndarray of shape (K,)
        In the grid's own axes, [0, 180), growing from +x upward.
    depth : ndarray of shape (K, h, w), float32
        Largest depth over the scales; 0 where there is no two-sided valley.
    scale : ndarray of shape (K, h, w), uint8
        Index of the kernel that gave it.
    """

    angles_deg: NDArray[np.float64]
    depth: Image
    scale: NDArray[np.uint8]


def orientations_deg(count: int) -> NDArray[np.float64]:
    """Evenly spaced angles that a mirror maps onto themselves."""
    return (np.arange(count) + 0.5) * (180.0 / count)


def _gaussian(sigma_px: float) -> NDArray[np.float64]:
    radius = max(int(np.ceil(3.5 * sigma_px)), 1)
    x = np.arange(-radius, radius + 1)
    g = np.exp(-0.5 * (x / sigma_px) ** 2)
    return np.asarray(g / g.sum())


def _second_derivative(sigma_px: float) -> NDArray[np.float64]:
    """Kernel that answers 1 at the bottom of a valley of depth 1 and its own width.

    Sampled, then corrected so that constants and slopes answer 0 and the valley
    answers exactly 1: at one pixel of sigma the continuous formula is 5 % off.
    """
    radius = max(int(np.ceil(4.0 * sigma_px)), 2)
    x = np.arange(-radius, radius + 1)
    g = np.exp(-0.5 * (x / sigma_px) ** 2)
    k = (x**2 / sigma_px**2 - 1) * g
    k -= g * (k.sum() / g.sum())
    return np.asarray(k / (k * -g).sum())


def ridge_bank(
    image: Image,
    px_per_mm: float,
    kernels: Sequence[Kernel],
    angles_deg: NDArray[np.float64],
    *,
    one_sided: float,
) -> BankResponse:
    """Filter a picture with the whole bank.

    Parameters
    ----------
    image : ndarray of shape (h, w)
        Log luminance. Lines are dark.
    px_per_mm : float
    kernels : sequence of Kernel
        Narrowest first.
    angles_deg : ndarray of shape (K,)
    one_sided : float
        How much of the step answer is taken off, 0 to 1: a step of height h answers
        0.68 h beside itself although there is no line; its slope gives it away.

    Returns
    -------
    BankResponse
    """
    height, width = image.shape
    center = np.array([(width - 1) / 2, (height - 1) / 2])
    depth = np.zeros((len(angles_deg), height, width), np.float32)
    scale = np.zeros((len(angles_deg), height, width), np.uint8)
    taps = [
        (
            _gaussian(k.length_mm * px_per_mm).astype(np.float32),
            _second_derivative(k.sigma_mm * px_per_mm).astype(np.float32),
            _gaussian(k.sigma_mm * px_per_mm).astype(np.float32),
        )
        for k in kernels
    ]
    for index, angle in enumerate(np.radians(angles_deg)):
        c, s = np.cos(angle), np.sin(angle)
        # A size of the picture's own parity keeps pixel centers on the same lattice.
        size = _turned_size(width, height, c, s)
        middle = (np.array(size) - 1) / 2
        # Turned x runs along the line: up and to the right in the picture.
        forward = np.array([[c, -s], [s, c]])
        matrix = np.column_stack([forward, middle - forward @ center])
        turned = cv2.warpAffine(
            image,
            matrix,
            size,
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        best: Image | None = None
        which = np.zeros(turned.shape, np.float32)
        for k, (along, second, smooth) in enumerate(taps):
            answer = _answer(turned, along, second, smooth, one_sided)
            if best is None:
                best = answer
            else:
                which[answer > best] = k
                best = np.maximum(best, answer)
        assert best is not None
        back = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
        depth[index] = cv2.warpAffine(best, matrix, (width, height), flags=back)
        scale[index] = cv2.warpAffine(
            which,
            matrix,
            (width, height),
            flags=cv2.WARP_INVERSE_MAP | cv2.INTER_NEAREST,
        ).astype(np.uint8)
    return BankResponse(np.asarray(angles_deg, np.float64), depth, scale)


def _turned_size(width: int, height: int, c: float, s: float) -> tuple[int, int]:
    w = int(np.ceil(width * abs(c) + height * abs(s)))
    h = int(np.ceil(width * abs(s) + height * abs(c)))
    return w + (w - width) % 2, h + (h - height) % 2


def _answer(
    turned: Image, along: Image, second: Image, smooth: Image, one_sided: float
) -> Image:
    valley = cv2.sepFilter2D(turned, cv2.CV_32F, along, second)
    if one_sided:
        level = cv2.sepFilter2D(turned, cv2.CV_32F, along, smooth)
        slope = np.zeros_like(level)
        # Rise across one sigma, from the smoothed picture itself.
        slope[1:-1] = level[2:] - level[:-2]
        sigma_px = float(
            np.sqrt((np.arange(len(smooth)) - len(smooth) // 2) ** 2 @ smooth)
        )
        # For a step, valley / (sigma * slope) is 2.8 where the valley answers most.
        valley = valley - np.float32(one_sided * 1.4 * sigma_px) * np.abs(slope)
    return np.maximum(valley, 0, dtype=np.float32)
