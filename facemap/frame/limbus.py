"""How wide the visible iris is, read from the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.light import linear_light
from facemap.resources import load_knowledge
from facemap.types import FloatArray, Landmarks, Mask, Photo

__all__ = ["EYELIDS", "IRIS_CENTERS", "Limbus", "measure_limbus", "ring_diameter_px"]

#: Landmarks at the middle of the irises, the patient's right first; the four of the
#: ring follow each.
IRIS_CENTERS = (468, 473)
#: Landmarks around the opening of the lids, the patient's right first.
EYELIDS = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
)

# Radial step, as share of the radius.
_STEP = 0.025
_RAYS_PER_SIDE = 21
_FIT_ROUNDS = 6
# How far from its guessed middle an eye is cut out, in radii: along, across the lids.
_REACH = np.array([2.1, 1.35])


@dataclass(frozen=True)
class Limbus:
    """The edge between iris and white, a circle in the photo."""

    center_px: tuple[float, float]
    radius_px: float


@dataclass(frozen=True)
class _Edge:
    """Points on the edge, and how many were found on each side of the iris."""

    xy_px: FloatArray
    per_side: tuple[int, int]
    median_radius_px: float


def ring_diameter_px(landmarks: Landmarks, eye: int) -> float:
    """Diameter of the landmarker's own iris ring; eye 0 is the patient's right."""
    center = IRIS_CENTERS[eye]
    ring = landmarks.xy_px[center + 1 : center + 5] - landmarks.xy_px[center]
    return 2 * float(np.linalg.norm(ring, axis=1).mean())


def measure_limbus(photo: Photo, landmarks: Landmarks, eye: int) -> Limbus | None:
    """Find the limbus on both sides of an iris, between the lids.

    Parameters
    ----------
    photo : Photo
    landmarks : Landmarks
    eye : int
        0 for the patient's right eye, 1 for the left.

    Returns
    -------
    Limbus or None
        None where it is not seen on both sides: lids half closed, gaze aside, too few
        pixels, reflections in glasses.

    Notes
    -----
    Along rays through the open part of the eye the steepest rise of red light is the
    limbus: red sees light irises as dark as brown ones, and in linear light, unlike in
    coded values, a soft edge is steepest in its middle. A circle through these points,
    with Cauchy weights, is measured twice, the second time around the first answer.
    The idea is Daugman's integro-differential operator (doi
    10.1109/TCSVT.2003.818350), restricted to the sectors that lids leave open.

    The landmarker may put the iris beside its place by a quarter of its radius, one
    edge then being out of reach. Where that happens the circle is looked for anew.
    """
    knowledge = load_knowledge("frame")["limbus"]
    center = landmarks.xy_px[IRIS_CENTERS[eye]]
    radius = ring_diameter_px(landmarks, eye) / 2
    if radius < float(knowledge["min_radius_px"]):
        return None
    red, corner = _smooth_red(photo, center, radius, float(knowledge["blur"]))
    if red is None:
        return None
    lids = landmarks.xy_px[list(EYELIDS[eye])]
    opening = _Opening(red, corner, lids, float(knowledge["lid_clearance"]) * radius)
    guess = np.array([*center, radius])
    circle = _settle(opening, guess)
    if circle is None:
        circle = _settle(opening, _look_around(opening, guess))
    if circle is None:
        return None
    return Limbus((float(circle[0]), float(circle[1])), float(circle[2]))


@dataclass(frozen=True)
class _Opening:
    """An eye's red light, and the part of it that the lids leave open."""

    red: FloatArray
    corner_px: FloatArray
    lids_px: FloatArray
    clearance_px: float

    def at(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Red light at places in the photo; shape of `x`."""
        return _bilinear(self.red, x - self.corner_px[0], y - self.corner_px[1])

    def shows(self, x: FloatArray, y: FloatArray) -> Mask:
        """Tell whether the lids leave places open; shape of `x`."""
        return np.asarray(_depth_inside(self.lids_px, x, y) > self.clearance_px)


def _settle(opening: _Opening, guess: FloatArray) -> FloatArray | None:
    """Fit the circle near a guess; None where one side of it is not seen."""
    knowledge = load_knowledge("frame")["limbus"]
    half = np.radians(
        np.linspace(-1, 1, _RAYS_PER_SIDE) * float(knowledge["sector_deg"])
    )
    rays_rad = np.concatenate([half, np.pi - half])
    tolerance = float(knowledge["robust"]) * guess[2]
    circle = guess
    for low, high in knowledge["search"]:
        edge = _edge_points(opening, circle, (low, high), rays_rad)
        if min(edge.per_side) < int(knowledge["min_rays_per_side"]):
            return None
        start = np.array([*circle[:2], edge.median_radius_px])
        circle = _fit_circle(edge.xy_px, start, tolerance)
    return circle


def _look_around(opening: _Opening, guess: FloatArray) -> FloatArray:
    """Find the circle whose fainter side has the clearest edge, beside a guess.

    Other places and sizes count less, as the landmarker is seldom that far off.
    """
    knowledge = load_knowledge("frame")["limbus"]["around"]
    x, y, radius = guess
    step = float(knowledge["step"])
    n_aside, n_size = (round(float(knowledge[k]) / step) for k in ("aside", "size"))
    aside = step * np.arange(-n_aside, n_aside + 1)
    size = 1 + step * np.arange(-n_size, n_size + 1)
    half = np.radians(np.linspace(-1, 1, 7) * float(knowledge["sector_deg"]))
    rays = np.stack([half, np.pi - half])
    # Axes: place, size, side, ray.
    radii = radius * size[:, None, None]
    xs = x + radius * aside[:, None, None, None] + np.cos(rays) * radii
    ys = np.broadcast_to(y + np.sin(rays) * radii, xs.shape)
    dx, dy = np.cos(rays) * step * radius, np.sin(rays) * step * radius
    rise = opening.at(xs + dx, ys + dy) - opening.at(xs - dx, ys - dy)
    rise = np.where(opening.shows(xs, ys), rise.clip(min=0), 0.0)
    usual = np.exp(
        -((aside[:, None] / float(knowledge["aside_sd"])) ** 2) / 2
        - (np.log(size) / float(knowledge["size_sd"])) ** 2 / 2
    )
    clear = rise.mean(axis=-1).min(axis=-1) * usual
    place, wide = np.unravel_index(int(clear.argmax()), clear.shape)
    return np.array([x + radius * aside[place], y, radius * size[wide]])


def _smooth_red(
    photo: Photo, center_px: FloatArray, radius_px: float, blur: float
) -> tuple[FloatArray | None, FloatArray]:
    """Cut the eye's red light out, smoothed; and where its first pixel lies."""
    reach = _REACH * radius_px + 3
    low = np.maximum(np.floor(center_px - reach).astype(int), 0)
    # A guessed iris may lie outside: a negative end would count from the other side.
    high = np.maximum(np.ceil(center_px + reach).astype(int) + 1, 0)
    coded = photo.rgb[low[1] : high[1], low[0] : high[0], 0]
    if min(coded.shape) < radius_px:
        return None, low.astype(np.float64)
    red = linear_light(np.ascontiguousarray(coded)).astype(np.float64)
    sigma = max(0.5, blur * radius_px)
    return np.asarray(cv2.GaussianBlur(red, (0, 0), sigma)), low.astype(np.float64)


def _edge_points(
    opening: _Opening,
    circle: FloatArray,
    search: tuple[float, float],
    rays_rad: FloatArray,
) -> _Edge:
    """Find the steepest rise along each ray, where it is a peak inside the opening."""
    radii = np.arange(search[0], search[1], _STEP) * circle[2]
    x = circle[0] + np.cos(rays_rad)[:, None] * radii
    y = circle[1] + np.sin(rays_rad)[:, None] * radii
    value = opening.at(x, y)
    shown = opening.shows(x, y)
    rise = np.where(shown[:, 2:] & shown[:, :-2], value[:, 2:] - value[:, :-2], 0.0)
    # Between two pixels the rise is constant: rounding noise must not pick the peak.
    rise = rise.round(10)

    peak = rise.argmax(axis=1).clip(1, rise.shape[1] - 2)
    ray = np.arange(len(rise))
    before, top, after = (rise[ray, peak + k] for k in (-1, 0, 1))
    good = (before > 0) & (after > 0) & (top >= before) & (top >= after)
    bend = np.minimum(before - 2 * top + after, -1e-9)
    shift = 0.5 * (before - after) / bend
    radius = (radii[peak + 1] + shift * (radii[1] - radii[0]))[good]
    angle = rays_rad[good]
    points = circle[:2] + radius[:, None] * np.stack(
        [np.cos(angle), np.sin(angle)], axis=1
    )
    n = len(rays_rad) // 2
    return _Edge(
        xy_px=points,
        per_side=(int(good[:n].sum()), int(good[n:].sum())),
        median_radius_px=float(np.median(radius)) if len(radius) else 0.0,
    )


def _fit_circle(
    points_px: FloatArray, start: FloatArray, tolerance_px: float
) -> FloatArray:
    """Circle through points, outliers weighted down.

    The sectors left and right say little about the height of the middle, so that it is
    held near its start by a quarter of a point's weight.
    """
    circle = start.copy()
    hold = np.diag([0.0, 0.25, 0.0])
    for _ in range(_FIT_ROUNDS):
        away = points_px - circle[:2]
        distance = np.hypot(away[:, 0], away[:, 1])
        error = distance - circle[2]
        weight = 1 / (1 + (error / tolerance_px) ** 2)
        jacobian = np.column_stack([-away / distance[:, None], -np.ones(len(distance))])
        normal = jacobian.T @ (weight[:, None] * jacobian) + hold
        pull = jacobian.T @ (weight * error) + hold @ (circle - start)
        circle = circle - np.linalg.solve(normal, pull)
    return circle


def _bilinear(image: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Sample in double precision, which mirrors exactly; cv2.remap does not."""
    height, width = image.shape
    x, y = x.clip(0, width - 1), y.clip(0, height - 1)
    i = np.minimum(x.astype(int), width - 2)
    j = np.minimum(y.astype(int), height - 2)
    a, b = x - i, y - j
    upper = image[j, i] * (1 - a) + image[j, i + 1] * a
    lower = image[j + 1, i] * (1 - a) + image[j + 1, i + 1] * a
    return np.asarray(upper * (1 - b) + lower * b)


def _depth_inside(polygon: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance to a polygon's edge, negative outside; shape of `x`."""
    start, end = polygon, np.roll(polygon, -1, axis=0)
    side = end - start
    dx, dy = x[..., None] - start[:, 0], y[..., None] - start[:, 1]
    along = (dx * side[:, 0] + dy * side[:, 1]) / (side**2).sum(axis=1)
    along = along.clip(0, 1)
    square = (dx - along * side[:, 0]) ** 2 + (dy - along * side[:, 1]) ** 2
    gap = np.sqrt(square.min(axis=-1))
    inside = _crossings(start, end, x, y) % 2 == 1
    return np.asarray(np.where(inside, gap, -gap))


def _crossings(
    start: FloatArray, end: FloatArray, x: FloatArray, y: FloatArray
) -> NDArray[np.int_]:
    """How many sides of a polygon a ray to the right meets."""
    spans = (start[:, 1] > y[..., None]) != (end[:, 1] > y[..., None])
    rise = end[:, 1] - start[:, 1]
    slope = (end[:, 0] - start[:, 0]) / np.where(rise == 0, 1.0, rise)
    meets = start[:, 0] + (y[..., None] - start[:, 1]) * slope
    return np.asarray((spans & (x[..., None] < meets)).sum(axis=-1))
