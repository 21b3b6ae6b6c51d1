"""Growing skin outward from what is skin for certain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.segmentation.grid import BoolGrid, Evidence, FloatGrid, resize

__all__ = [
    "Grown",
    "components_touching",
    "dilate",
    "fill_holes",
    "grow_skin",
    "open_mask",
]


@dataclass(frozen=True)
class Grown:
    """Skin reached from the seeds, and the evidence against skin around it.

    Attributes
    ----------
    skin : ndarray of shape (h, w), bool
    against, against_rough : ndarray of shape (h, w)
        Above 0: no skin. The first takes texture from strands, the second from
        roughness. Far from any skin, where nothing can be compared, at least 0.5.
    """

    skin: BoolGrid
    against: FloatGrid
    against_rough: FloatGrid


def grow_skin(
    evidence: Evidence,
    seeds: BoolGrid,
    region: BoolGrid,
    knowledge: Mapping[str, Any],
    *,
    chroma_scale: float = 1.0,
) -> Grown:
    """Spread skin from `seeds` through `region` up to edges, hair and other colors.

    Parameters
    ----------
    evidence : Evidence
    seeds, region : ndarray of shape (h, w), bool
    knowledge : mapping
        ``segmentation.toml``.
    chroma_scale : float
        Widens the spread of chroma that counts as skin.
    """
    grow, grid = knowledge["grow"], knowledge["grid"]
    height, width = evidence.u.shape
    shrink = min(1.0, grid["grow_px_per_mm"] / evidence.px_per_mm)
    size = max(2, round(width * shrink)), max(2, round(height * shrink))
    px_per_mm = evidence.px_per_mm * size[0] / width

    blur = grid["luminance_blur_mm"] * evidence.px_per_mm
    luminance = resize(cv2.GaussianBlur(evidence.luminance, (0, 0), blur), size)
    chroma = resize(evidence.chroma, size)
    bare = _bare_face(evidence, knowledge["evidence"])
    # Where scalp hair grows it runs down the face, and furrows run across.
    mixed = np.where(
        bare, (evidence.strands + evidence.roughness) / 2, evidence.strands
    )
    texture = resize(mixed, size)
    bare_coarse = resize(bare.astype(np.float32), size) > 0.5
    start = resize(seeds.astype(np.float32), size) > 0.99
    allowed = resize(region.astype(np.float32), size) > 0.5
    sd = (evidence.chroma_sd * chroma_scale).astype(np.float32)

    if start.any():
        gap = np.abs(luminance - np.median(luminance[start]))
        start &= gap < knowledge["seed"]["max_luminance_gap"]
        color = (chroma - evidence.chroma_mean.astype(np.float32)) / sd
        start &= (
            np.hypot(color[..., 0], color[..., 1]) < knowledge["seed"]["max_chroma"]
        )
    skin = start
    anchor = ((1 - grow["local_chroma"]) * evidence.chroma_mean).astype(np.float32)
    for _ in range(int(grow["rounds"])):
        support, mean = _local_means(
            skin, luminance, chroma, grow["reach_mm"] * px_per_mm
        )
        # The chroma that skin is held against follows the local skin only in part.
        mean[..., 1:] *= np.float32(grow["local_chroma"])
        mean[..., 1:] += anchor
        support, mean = resize(support, size), resize(mean, size)
        against = _against_color(
            luminance - mean[..., 0],
            (chroma - mean[..., 1:]) / sd,
            bare_coarse,
            knowledge["evidence"],
        )
        against += _term(texture, "texture", knowledge["evidence"])
        accepted = (against < grow["max_evidence"]) & allowed
        accepted &= support > grow["min_support"]
        grown = components_touching(accepted, start) | start
        if np.array_equal(grown, skin):
            break
        skin = grown

    fine = width, height
    mean = resize(mean, fine)
    color = evidence.chroma - mean[..., 1:]
    shared = _against_color(
        evidence.luminance - mean[..., 0], color / sd, bare, knowledge["evidence"]
    )
    unknown = resize(support, fine) <= grow["min_support"]
    layers = []
    for detail in (evidence.strands, evidence.roughness):
        layer = shared + _term(detail, "texture", knowledge["evidence"])
        layer = _smooth_along_edges(layer, evidence, knowledge["evidence"])
        layers.append(np.where(unknown, np.maximum(layer, 0.5), layer))
    return Grown(
        skin=resize(skin.astype(np.float32), fine) > 0.5,
        against=layers[0].astype(np.float32),
        against_rough=layers[1].astype(np.float32),
    )


def components_touching(mask: BoolGrid, seeds: BoolGrid) -> BoolGrid:
    """Keep the connected parts of `mask` that hold a seed."""
    count, label = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    keep = np.zeros(count, bool)
    keep[np.unique(label[seeds & mask])] = True
    keep[0] = False
    return np.asarray(keep[label])


def fill_holes(mask: BoolGrid, largest_cells: float) -> BoolGrid:
    """Fill the holes of `mask` that are no larger than so many cells."""
    _, label, stats, _ = cv2.connectedComponentsWithStats(
        (~mask).astype(np.uint8), connectivity=4
    )
    small = stats[:, cv2.CC_STAT_AREA] <= largest_cells
    small[0] = False
    return np.asarray(mask | small[label])


def dilate(mask: BoolGrid, radius_cells: float) -> BoolGrid:
    """Grow a mask by a disk."""
    grown = cv2.dilate(mask.astype(np.uint8), _disk(radius_cells))
    return np.asarray(grown > 0)


def open_mask(mask: BoolGrid, radius_cells: float) -> BoolGrid:
    """Remove what is narrower than a disk."""
    opened = cv2.morphologyEx(
        mask.astype(np.uint8), cv2.MORPH_OPEN, _disk(radius_cells)
    )
    return np.asarray(opened > 0)


def _disk(radius: float) -> NDArray[np.uint8]:
    reach = int(np.floor(radius + 0.5))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(x * x + y * y <= (radius + 0.25) ** 2, np.uint8)


def _local_means(
    skin: BoolGrid, luminance: FloatGrid, chroma: FloatGrid, sigma: float
) -> tuple[FloatGrid, FloatGrid]:
    """Measure how much skin is nearby, and its mean luminance and chroma.

    Both come on a coarser grid: a blur this wide loses nothing there.
    """
    weight = skin.astype(np.float32)
    stack = np.dstack([weight, luminance * weight, chroma * weight[..., None]])
    size = stack.shape[1], stack.shape[0]
    coarse = max(2, round(size[0] * 2 / sigma)), max(2, round(size[1] * 2 / sigma))
    blurred = cv2.GaussianBlur(resize(stack, coarse), (0, 0), 2.0)
    mean = blurred[..., 1:] / np.maximum(blurred[..., :1], 1e-3)
    return blurred[..., 0].astype(np.float32), np.asarray(mean, np.float32)


def _bare_face(evidence: Evidence, k: Mapping[str, Any]) -> BoolGrid:
    """Where no scalp hair grows: there a dark or pale place is light, not hair."""
    top, bottom = k["bare_v"]
    bare = (evidence.v >= top) & (evidence.v <= bottom)
    return np.asarray(bare & (np.abs(evidence.u - 0.5) <= k["bare_within_u"]))


def _against_color(
    brighter: FloatGrid, color: FloatGrid, bare: BoolGrid, k: Mapping[str, Any]
) -> FloatGrid:
    dark = (-brighter - k["dark_start"]) / k["dark_step"]
    most = np.where(bare, k["dark_most_bare"], k["dark_most"])
    dark = np.clip(dark, k["dark_least"], most)
    distance = np.hypot(color[..., 0], color[..., 1])
    distance /= np.where(bare, np.float32(k["chroma_scale_bare"]), np.float32(1))
    return np.asarray(k["bias"] + dark + _term(distance, "chroma", k), np.float32)


def _term(value: FloatGrid, name: str, k: Mapping[str, Any]) -> FloatGrid:
    term = (value - k[f"{name}_start"]) / k[f"{name}_step"]
    return np.asarray(np.clip(term, *k[f"{name}_clip"]), np.float32)


def _smooth_along_edges(
    layer: FloatGrid, evidence: Evidence, k: Mapping[str, Any]
) -> FloatGrid:
    """Guided filter (He, Sun, Tang 2013, 10.1109/TPAMI.2012.213)."""
    radius = int(k["smooth_mm"] * evidence.px_per_mm)
    box = (2 * radius + 1, 2 * radius + 1)

    def mean(image: FloatGrid) -> FloatGrid:
        return np.asarray(cv2.boxFilter(image, -1, box, borderType=cv2.BORDER_REFLECT))

    guide = evidence.luminance
    layer = np.clip(layer, -2, 4).astype(np.float32)
    mean_guide, mean_layer = mean(guide), mean(layer)
    slope = (mean(guide * layer) - mean_guide * mean_layer) / (
        mean(guide * guide) - mean_guide**2 + np.float32(k["smooth_eps"])
    )
    return mean(slope) * guide + mean(mean_layer - slope * mean_guide)
