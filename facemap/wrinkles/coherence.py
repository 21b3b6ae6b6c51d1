r"""Line evidence: valleys that go on, piece after piece, above the skin's own grain.

For a direction :math:`\theta` with normal :math:`n`, the valley of scale :math:`s` is

.. math:: v = 2\sqrt{2}\, s^2\, \partial_n^2 (G_s * I) - c\,|\partial_n (G_s * I)|

averaged along a short segment of that direction: the depth of a long dark line of
Gaussian profile with standard deviation :math:`s`, less what a step answers. A pore or
the end of a hair fills one segment; a line fills the next ones too. So the evidence is
the least of three segments in a row,

.. math:: e = \min(v(x - a\theta), v(x), v(x + a\theta)),

of the direction that says most. All of this is homogeneous: half the depth reads half.
Grain, the answers at right angles to a zone's lines, only decides what is believed: up
to a multiple of the local grain nothing, from half as much again on all. Where skin is
all but even, a band may ask for a depth that the eye can see, grain or none. Where
lines of several scales are looked for, the scale with the most evidence counts at every
pixel.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.types import FloatArray
from facemap.wrinkles.belief import belief

__all__ = [
    "Band",
    "Directions",
    "LineField",
    "Segments",
    "grain_nearby",
    "line_field",
    "orientations_deg",
    "strongest_field",
]

Image = NDArray[np.float32]
Box = tuple[slice, slice]

#: A step of height 1 answers where 2.8 times scale times slope is that answer.
_STEP = 2.8
#: Grain varies over centimeters: a sixth of the picture's resolution shows it.
_COARSE = 6
_SQUARE = np.ones((3, 3), np.uint8)
#: Every second orientation is enough to know the grain.
_GRAIN_STEP = 2


@dataclass(frozen=True)
class Band:
    """One scale, and how far a line must go on at it.

    Attributes
    ----------
    sigma_mm : float
        Across the line.
    segment_mm : float
        Length of a segment. Four samples, evenly spaced.
    apart_mm : float
        From the middle of one segment to that of the next.
    one_sided : float
        How much of a step's answer is taken off, 0 to 1.
    grain : float
        Multiples of the local grain up to which nothing is believed.
    orientations : int
        Directions looked in, evenly spaced.
    least_depth : float
        Depth up to which nothing is believed, however little grain there is.
    """

    sigma_mm: float
    segment_mm: float
    one_sided: float
    orientations: int
    apart_mm: float = 0.0
    grain: float = 0.0
    least_depth: float = 0.0


@dataclass(frozen=True)
class Directions:
    """Which way the lines run at each pixel.

    Attributes
    ----------
    classes : ndarray of shape (h, w), uint8
        Index into the others; 0 is no skin.
    angle_deg, tolerance_deg : ndarray of shape (256,)
        Expected direction in the picture's axes, growing from +x upward, and how far
        off it lines may run.
    soft_deg : float
        Beyond the tolerance a direction fades out over this many degrees.
    """

    classes: NDArray[np.uint8]
    angle_deg: FloatArray
    tolerance_deg: FloatArray
    soft_deg: float

    def only(self, mask: NDArray[np.bool_], box: Box) -> Directions:
        """Return those of some pixels of a box; the others are no skin."""
        classes = np.where(mask, self.classes[box], 0).astype(np.uint8)
        return replace(self, classes=classes)

    def within(self, box: Box) -> Directions:
        """Return those of a box."""
        return replace(self, classes=np.ascontiguousarray(self.classes[box]))

    def adding(self, where: NDArray[np.bool_], index: int) -> Directions:
        """Return these, and those of one class on more pixels."""
        return replace(self, classes=np.where(where, np.uint8(index), self.classes))

    def listeners(self, angles_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weight of each direction as a line, and as grain, for each class.

        Returns
        -------
        along, across : ndarray of shape (len(angles_deg), 256)
            0 for classes that no pixel has.
        """
        off = np.abs((self.angle_deg - angles_deg[:, None] + 90.0) % 180.0 - 90.0)
        reach = self.tolerance_deg + self.soft_deg
        counts = cv2.calcHist([self.classes], [0], None, [256], [0.0, 256.0])
        there = (counts.ravel() > 0).astype(float)
        there[0] = 0
        return (
            there * np.clip((reach - off) / self.soft_deg, 0, 1),
            there * np.clip((reach - 90.0 + off) / self.soft_deg, 0, 1),
        )

    def spread(self, weights: FloatArray) -> Image:
        """Give every pixel the weight of its class."""
        return np.asarray(cv2.LUT(self.classes, weights.astype(np.float32)))


@dataclass(frozen=True)
class LineField:
    """Evidence at every pixel.

    Attributes
    ----------
    depth : ndarray of shape (h, w)
        Depth (log luminance) of the most coherent valley that runs as the zone's lines
        run; 0 where there is none.
    grain : ndarray of shape (h, w)
        Mean answer, of either sign, at right angles to those, nearby.
    doubt : ndarray of shape (h, w)
        Depth up to which nothing is believed.
    soft : float
        As in `facemap.wrinkles.belief.belief`.
    """

    depth: Image
    grain: Image
    doubt: Image
    soft: float

    @property
    def evidence(self) -> Image:
        """Depth, as far as it stands out from the grain."""
        return np.asarray(self.depth * belief(self.depth, self.doubt, self.soft))


def orientations_deg(count: int) -> NDArray[np.float64]:
    """Evenly spaced angles that a mirror maps onto themselves."""
    return np.asarray(np.arange(count) * (180.0 / count), np.float64)


def line_field(
    image: Image,
    px_per_mm: float,
    band: Band,
    directions: Directions,
    *,
    soft: float,
    grain_sigma_mm: float,
) -> LineField:
    """Look for lines of one band, in every direction that a zone's lines may run.

    Parameters
    ----------
    image : ndarray of shape (h, w), float32
        Log luminance. Lines are dark.
    px_per_mm : float
    band : Band
    directions : Directions
    soft : float
        Over this share of what is doubtful, depth comes to be believed.
    grain_sigma_mm : float
        Standard deviation of the window in which grain is taken.

    Returns
    -------
    LineField
    """
    reach_px = Segments.reach_px(px_per_mm, band)
    depth, answers, weights = (np.zeros(image.shape, np.float32) for _ in range(3))
    for box in _boxes_of(directions.classes, reach_px):
        own = directions.within(box)
        segments = Segments(image, px_per_mm, band, box)
        depth[box], answers[box], weights[box] = _look_along(segments, own, band)
    grain = grain_nearby(answers, weights, grain_sigma_mm * px_per_mm)
    return LineField(
        depth=depth,
        grain=grain,
        doubt=np.maximum(band.grain * grain, np.float32(band.least_depth)),
        soft=soft,
    )


def _look_along(
    segments: Segments, directions: Directions, band: Band
) -> tuple[Image, Image, Image]:
    """Depth of the most coherent valley; sum of the grain's answers, and its weight."""
    angles = orientations_deg(band.orientations)
    along, across = directions.listeners(angles)
    across[1::_GRAIN_STEP] = 0
    depth, answers = (np.zeros(directions.classes.shape, np.float32) for _ in range(2))
    for k, angle in enumerate(angles.tolist()):
        lines, grain = along[k].any(), across[k].any()
        if not (lines or grain):
            continue
        segment = segments.along(angle)
        if grain:
            answer = np.abs(segments.center(segment))
            answer *= directions.spread(across[k])
            answers += answer
        if lines:
            valley = segments.coherent(segment, angle)
            valley *= directions.spread(along[k])
            np.maximum(depth, valley, out=depth)
    return depth, answers, directions.spread(across.sum(axis=0))


def strongest_field(fields: Iterable[LineField]) -> LineField:
    """Take at every pixel the band that gives the most evidence; the first of equals.

    A furrow and a hair-fine line each have one band that sees most of them, so that
    neither is counted twice.
    """
    best, *others = fields
    for other in others:
        more = other.evidence > best.evidence
        depth, grain, doubt = (
            np.where(more, theirs, ours).astype(np.float32)
            for theirs, ours in (
                (other.depth, best.depth),
                (other.grain, best.grain),
                (other.doubt, best.doubt),
            )
        )
        best = LineField(depth, grain, doubt, best.soft)
    return best


def grain_nearby(answers: Image, weights: Image, sigma_px: float) -> Image:
    """Mean grain around each pixel, from sums of weighted answers and of weights."""
    height, width = answers.shape
    coarse = -(-width // _COARSE), -(-height // _COARSE)
    answer, weight = (
        cv2.GaussianBlur(
            cv2.resize(x, coarse, interpolation=cv2.INTER_AREA),
            (0, 0),
            sigma_px / _COARSE,
            borderType=cv2.BORDER_CONSTANT,
        )
        for x in (answers, weights)
    )
    mean = answer / np.maximum(weight, 1e-6)
    return np.asarray(
        cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


class Segments:
    """Segments of valleys, from derivatives that all directions share.

    Steps between samples are whole pixels, so that no interpolation blurs them; the
    pictures are larger than what is asked for by what those steps need.

    Parameters
    ----------
    image : ndarray of shape (h, w)
        Beyond its border it goes on as it is there.
    px_per_mm : float
    band : Band
    box : tuple of slice, optional
        The part that is asked for; all of it by default.
    """

    def __init__(
        self, image: Image, px_per_mm: float, band: Band, box: Box | None = None
    ) -> None:
        box = box or np.s_[0 : image.shape[0], 0 : image.shape[1]]
        sigma = band.sigma_mm * px_per_mm
        # Four samples, an eighth and three eighths of the segment from its middle.
        self._samples = tuple(k / 8 * band.segment_mm * px_per_mm for k in (1, 3))
        self._apart = band.apart_mm * px_per_mm
        self._shape = box[0].stop - box[0].start, box[1].stop - box[1].start
        padded = _with_margin(image, box, self.reach_px(px_per_mm, band))
        # The quarter is that of the mean of four samples.
        valley = 2 * np.sqrt(2) * sigma**2 / 4
        step = band.one_sided * _STEP * sigma / 4
        flat, slope, bend = _taps(sigma)
        self._bends = tuple(
            _separable(padded, valley * weight * x, y)
            for x, y, weight in ((bend, flat, 1), (slope, slope, 2), (flat, bend, 1))
        )
        self._slopes = tuple(
            _separable(padded, step * x, y) for x, y in ((slope, flat), (flat, slope))
        )
        self._stepped = band.one_sided > 0

    @staticmethod
    def reach_px(px_per_mm: float, band: Band) -> int:
        """How far around a pixel the picture has a say in its answer."""
        steps_mm = 3 / 8 * band.segment_mm + 2 * band.apart_mm
        # A step may be a fifth longer; filters and rounding add a few pixels.
        return (
            round(1.2 * steps_mm * px_per_mm) + 5 + _radius(band.sigma_mm * px_per_mm)
        )

    def along(self, angle_deg: float) -> Image:
        """Mean valley over a segment of this direction, around every pixel."""
        # A line that rises to the right runs along (c, -s); (s, c) is its normal.
        c, s = (float(f(np.radians(angle_deg))) for f in (np.cos, np.sin))
        xx, xy, yy = self._bends
        valley = cv2.addWeighted(xx, s * s, yy, c * c, 0)
        valley = self._mean(cv2.scaleAdd(xy, s * c, valley), c, s)
        if not self._stepped:
            return valley
        rise = self._mean(
            cv2.addWeighted(self._slopes[0], s, self._slopes[1], c, 0), c, s
        )
        return np.subtract(valley, np.abs(rise, out=rise), out=valley)

    def coherent(self, segment: Image, angle_deg: float) -> Image:
        """Return what holds for three segments in a row; the best of the three rows.

        The outer two may lie a pixel beside: a line bends, and runs between two
        directions.
        """
        c, s = (float(f(np.radians(angle_deg))) for f in (np.cos, np.sin))
        step = _whole(self._apart, c, s)
        ends = np.minimum(*_beside(_widened(segment), *step))
        row = np.minimum(ends, _middle(segment, ends.shape), out=ends)
        beside = np.maximum(*_beside(_widened(row), *step))
        rows = np.maximum(beside, _middle(row, beside.shape), out=beside)
        return np.minimum(self.center(rows), self.center(segment))

    def center(self, picture: Image) -> Image:
        """Cut a picture to the size that was asked for."""
        return _middle(picture, self._shape)

    def _mean(self, picture: object, c: float, s: float) -> Image:
        """Sum of four samples of the segment."""
        whole = np.asarray(picture, np.float32)
        pairs = [_beside(whole, *_whole(x, c, s)) for x in self._samples]
        # The two pairs differ in size, and neither need be the larger both ways.
        shape = tuple(min(pair[0].shape[k] for pair in pairs) for k in (0, 1))
        first, *others = (_middle(x, shape) for pair in pairs for x in pair)
        out = first + others[0]
        for other in others[1:]:
            out += other
        return out


@cache
def _whole(length_px: float, c: float, s: float) -> tuple[int, int]:
    """Step (x, y) of whole pixels that keeps closest to the direction.

    A length may be a fifth off and half a pixel; the same to either side of a mirror.
    """
    slack = 0.2 * length_px + 0.5
    reach = int(length_px + slack) + 1
    steps = (
        (dx, dy)
        for dx in range(-reach, reach + 1)
        for dy in range(-reach, reach + 1)
        if abs(dx * c - dy * s - length_px) <= slack
    )

    def off(step: tuple[int, int]) -> tuple[float, float]:
        dx, dy = step
        # Rounded: what is the same but for rounding noise is the same.
        return round(abs(dx * s + dy * c), 6), round(
            abs(dx * c - dy * s - length_px), 6
        )

    return min(steps, key=off)


def _beside(picture: Image, dx: int, dy: int) -> tuple[Image, Image]:
    """Return the picture from either end of a step, smaller by it on all sides."""
    height, width = picture.shape
    x, y = abs(dx), abs(dy)
    return (
        picture[y - dy : height - y - dy, x - dx : width - x - dx],
        picture[y + dy : height - y + dy, x + dx : width - x + dx],
    )


def _widened(picture: Image) -> Image:
    return np.asarray(cv2.dilate(picture, _SQUARE), np.float32)


def _middle(picture: Image, shape: tuple[int, ...]) -> Image:
    top, left = ((n - m) // 2 for n, m in zip(picture.shape, shape, strict=True))
    return picture[top : top + shape[0], left : left + shape[1]]


def _separable(picture: object, x: FloatArray, y: FloatArray) -> Image:
    return np.asarray(cv2.sepFilter2D(picture, cv2.CV_32F, x, y), np.float32)  # type: ignore[call-overload]


def _with_margin(image: Image, box: Box, margin: int) -> Image:
    """Cut out a box and what lies around it; beyond the picture its border goes on."""
    around = [
        (max(part.start - margin, 0), min(part.stop + margin, size))
        for part, size in zip(box, image.shape, strict=True)
    ]
    (top, bottom), (left, right) = around
    padded = cv2.copyMakeBorder(
        image[top:bottom, left:right],
        margin - box[0].start + top,
        box[0].stop + margin - bottom,
        margin - box[1].start + left,
        box[1].stop + margin - right,
        cv2.BORDER_REPLICATE,
    )
    return np.asarray(padded, np.float32)


def _boxes_of(classes: NDArray[np.uint8], reach_px: int) -> list[Box]:
    """Boxes around all that is not 0, such that looking at them takes least.

    Whatever lies within reach of a box is looked at with it: parts that are close are
    taken together, parts that lie apart are not.
    """
    found = cv2.connectedComponentsWithStats((classes > 0).astype(np.uint8))[2][1:]
    boxes: list[tuple[int, int, int, int]] = []
    for x, y, width, height, _ in found.tolist():
        box = x, y, x + width, y + height
        while near := [b for b in boxes if _cheaper_together(b, box, 2 * reach_px)]:
            boxes = [b for b in boxes if b not in near]
            box = _union(box, *near)
        boxes.append(box)
    return [np.s_[top:bottom, left:right] for left, top, right, bottom in boxes]


def _union(*boxes: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _cheaper_together(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int], frame: int
) -> bool:
    both, first, second = (
        (right - left + frame) * (bottom - top + frame)
        for left, top, right, bottom in (_union(one, other), one, other)
    )
    return both <= first + second


def _radius(sigma_px: float) -> int:
    return int(np.ceil(4 * sigma_px))


def _taps(sigma_px: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gaussian, and kernels that answer a slope and a bend with exactly theirs."""
    radius = _radius(sigma_px)
    x = np.arange(-radius, radius + 1, dtype=np.float64)
    bell = np.exp(-0.5 * (x / sigma_px) ** 2)
    slope = x * bell
    bend = (x**2 / sigma_px**2 - 1) * bell
    bend -= bell * (bend.sum() / bell.sum())
    return bell / bell.sum(), slope / (slope @ x), 2 * bend / (bend @ x**2)
