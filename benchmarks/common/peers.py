"""Published ridge detectors, on the pixels and zones that facemap judges.

Each gives one number per zone. Two are built from their descriptions, as their authors
published no code: the hybrid Hessian filter (Ng et al. 2014,
https://doi.org/10.1007/978-3-319-16811-1_40) and Gabor filters under geometric
constraints (Batool and Chellappa 2015, https://doi.org/10.1016/j.patcog.2014.08.003).
What the descriptions leave open is chosen here and said beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage
from skimage.filters import frangi, meijering, sato
from skimage.measure import regionprops
from skimage.morphology import skeletonize

from facemap.types import ZONE_IDS, FaceMap, FaceView
from facemap.wrinkles.settings import load_settings

PX_PER_MM = 3.2
#: Widths of a wrinkle (standard deviation), one at a time, for the tuned peers.
SIGMAS_MM = (0.45, 0.7, 1.0, 1.4)
#: Orientations of the Gabor bank.
TURNS = 12
#: The description's growing rule: a neighbor's angle may differ by one step of it.
AGREE = np.ones((3, 3, 3))
PEERS = ("frangi", "sato", "meijering", "hessian", "hybrid_hessian", "gabor")


@dataclass(frozen=True)
class Scene:
    """A face at the peers' resolution."""

    log_luminance: np.ndarray
    #: sRGB gray, 0 to 255: what the published thresholds were written for.
    gray: np.ndarray
    labels: np.ndarray
    #: Direction of the lines of each pixel's zone, counterclockwise from horizontal.
    expected_deg: np.ndarray


def make_scene(view: FaceView, face_map: FaceMap) -> Scene:
    """Shrink to 3.2 px/mm and cut out the zones, with a centimeter around them."""
    factor = min(PX_PER_MM / view.px_per_mm, 1.0)
    size = tuple(round(n * factor) for n in view.size_wh)
    labels = cv2.resize(face_map.labels, size, interpolation=cv2.INTER_NEAREST)
    x, y, width, height = cv2.boundingRect((labels > 0).astype(np.uint8))
    margin = round(10 * PX_PER_MM)
    box = np.s_[
        max(y - margin, 0) : y + height + margin,
        max(x - margin, 0) : x + width + margin,
    ]

    def small(picture: np.ndarray) -> np.ndarray:
        shrunk = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(shrunk[box])

    gray = cv2.cvtColor(view.rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    labels = np.ascontiguousarray(labels[box])
    return Scene(small(view.log_luminance), small(gray), labels, _expected(labels))


def _expected(labels: np.ndarray) -> np.ndarray:
    """Angle of each pixel's zone's lines."""
    priors = load_settings().priors
    # A fan is taken as horizontal, its middle direction.
    angles = [0 if priors[z].radial else priors[z].angle_deg for z in ZONE_IDS]
    return np.asarray([0, *angles], np.float32)[labels]


def zone_means(answer: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    total = np.bincount(labels.ravel(), answer.ravel(), len(ZONE_IDS) + 1)
    pixels = np.bincount(labels.ravel(), minlength=len(ZONE_IDS) + 1)
    return {
        zone: float(total[k] / pixels[k])
        for k, zone in enumerate(ZONE_IDS, start=1)
        if pixels[k]
    }


def frangi_means(view: FaceView, face_map: FaceMap) -> dict[str, float]:
    """Frangi with the library's own settings."""
    scene = make_scene(view, face_map)
    return zone_means(frangi(scene.log_luminance), scene.labels)


def answers(scene: Scene) -> Iterator[tuple[str, np.ndarray]]:
    """Every peer as published (``name``), then at one width each (``name@mm``)."""
    picture = scene.log_luminance
    for filt in (frangi, sato, meijering):
        name = filt.__name__
        for suffix, sigmas in _scales():
            answer = filt(picture) if sigmas is None else filt(picture, sigmas=sigmas)
            yield f"{name}{suffix}", answer
            if filt is frangi:
                # The library's `hessian` is its Frangi answer with 1 wherever that is
                # zero: what it tells is where there is no ridge. Turned, for its good.
                yield (
                    f"hessian{suffix}",
                    1 - np.where(answer <= 0, np.float32(1), answer),
                )
    whole = np.zeros_like(scene.expected_deg)
    for suffix, sigmas in _scales():
        # As published: foreheads, so horizontal lines everywhere. Tuned: each zone's.
        across = whole if sigmas is None else scene.expected_deg
        yield (
            f"hybrid_hessian{suffix}",
            hybrid_hessian(scene, across, sigmas or (1, 2, 3, 4)),
        )
        yield f"gabor{suffix}", gabor_lines(scene, sigmas or (1.0, 2.0))


def _scales() -> Iterator[tuple[str, tuple[float, ...] | None]]:
    yield "", None
    for mm in SIGMAS_MM:
        yield f"@{mm}", (mm * PX_PER_MM,)


def _hessian(image: np.ndarray, sigma: float) -> tuple[np.ndarray, ...]:
    soft = cv2.GaussianBlur(image, (0, 0), sigma)
    down, right = np.gradient(soft)
    yy, xy = np.gradient(down)
    return sigma**2 * np.gradient(right)[1], sigma**2 * xy, sigma**2 * yy


def hybrid_hessian(
    scene: Scene, along_deg: np.ndarray, sigmas: tuple[float, ...]
) -> np.ndarray:
    """Share of ridge pixels of the Hessian of the derivative across the lines.

    Open in the description: the constants (Frangi's: 0.5, and half of the largest
    Hessian norm on the skin), the threshold (0.05) and the smallest piece (4 mm2).
    """
    gray, skin = scene.gray, scene.labels > 0
    down, right = np.gradient(cv2.GaussianBlur(gray, (0, 0), 1.0))
    angle = np.radians(along_deg)
    across = down * np.cos(angle) + right * np.sin(angle)
    best = np.zeros_like(gray)
    for sigma in sigmas:
        xx, xy, yy = _hessian(across, sigma)
        half, spread = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
        first, second = half - spread, half + spread
        swap = np.abs(first) > np.abs(second)
        weak, strong = np.where(swap, second, first), np.where(swap, first, second)
        ratio = (weak / np.where(strong == 0, 1e-6, strong)) ** 2
        norm = weak**2 + strong**2
        largest = norm[skin].max() / 4
        answer = np.exp(-ratio / 0.5) * (1 - np.exp(-norm / (2 * largest + 1e-6)))
        best = np.maximum(best, np.where(strong > 0, answer, 0))
    pieces, count = ndimage.label(best > 0.05, np.ones((3, 3)))
    large = np.bincount(pieces.ravel(), minlength=count + 1) >= 4 * PX_PER_MM**2
    large[0] = False
    return large[pieces].astype(np.float32)


def gabor_lines(scene: Scene, sigmas: tuple[float, ...]) -> np.ndarray:
    """Center lines of long pieces of agreeing direction that their zone allows.

    Open in the description: the thresholds (mean of the skin's answers plus one and
    plus two standard deviations, so relative to the photo), the least length (5 mm)
    and elongation (3).
    """
    best = np.full((TURNS, *scene.gray.shape), -np.inf, np.float32)
    for sigma in sigmas:
        side = 2 * round(3.5 * 2 * sigma) + 1
        for k in range(TURNS):
            kernel = cv2.getGaborKernel(
                (side, side), sigma, np.pi * (0.5 + k / TURNS), 4 * sigma, 0.5, np.pi
            )
            kernel -= kernel.mean()
            kernel /= np.abs(kernel).sum()
            answer = cv2.filter2D(scene.gray, cv2.CV_32F, kernel.astype(np.float32))
            best[k] = np.maximum(best[k], answer)
    strength, turn = best.max(axis=0), best.argmax(axis=0)
    skin = strength[scene.labels > 0]
    # The kernel's lines turn clockwise in the picture as k grows.
    off = (-turn * 180 / TURNS - scene.expected_deg + 90) % 180 - 90
    plausible = (np.abs(off) <= 30) & (scene.labels > 0)
    weak = plausible & (strength > skin.mean() + skin.std())
    stack = (turn == np.arange(TURNS)[:, None, None]) & weak
    pieces, count = ndimage.label(stack, AGREE)
    seeds = np.unique(pieces[stack & (strength > skin.mean() + 2 * skin.std())])
    flat = pieces.max(axis=0)
    # Too few pixels for the least length: dropped first, for speed.
    few = np.bincount(flat.ravel(), minlength=count + 1) < 4 * PX_PER_MM
    flat[few[flat]] = 0
    kept = np.zeros(count + 1, bool)
    for region in regionprops(flat):
        long = region.axis_major_length
        kept[region.label] = long >= max(
            5 * PX_PER_MM, 3 * max(region.axis_minor_length, 1)
        )
    kept &= np.isin(np.arange(count + 1), seeds)
    kept[0] = False
    return skeletonize(kept[flat]).astype(np.float32)
