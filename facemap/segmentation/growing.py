"""Growing skin outward from what is skin for certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.segmentation.grid import (
    BoolGrid,
    Evidence,
    FloatGrid,
    resize,
    resize_together,
)
from facemap.types import FloatArray

__all__ = [
    "Grown",
    "chroma_distance",
    "components_touching",
    "dilate",
    "evidence_term",
    "fill_holes",
    "grow_skin",
    "large_components",
    "open_mask",
    "smooth_along_edges",
    "spread_skin",
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
    off_color, dark : ndarray of shape (h, w)
        What of both chroma and darkness make, each without the other.
    """

    skin: BoolGrid
    against: FloatGrid
    against_rough: FloatGrid
    off_color: FloatGrid
    dark: FloatGrid

    def rows(self, part: slice) -> Grown:
        """Cut out a band of rows."""
        return Grown(*(getattr(self, f.name)[part] for f in fields(self)))


@dataclass(frozen=True)
class _Spread:
    """Skin on the coarse grid, how much of it is near, and what it is like there.

    `means` are luminance and the two chromas; they and `support` come on a coarser
    grid.
    """

    skin: BoolGrid
    support: FloatGrid
    means: tuple[FloatGrid, ...]


def grow_skin(
    evidence: Evidence,
    seeds: BoolGrid,
    region: BoolGrid,
    knowledge: Mapping[str, Any],
) -> Grown:
    """Spread skin from `seeds` through `region`, and weigh every cell against it.

    Parameters
    ----------
    evidence : Evidence
    seeds, region : ndarray of shape (h, w), bool
    knowledge : mapping
        ``segmentation.toml``.
    """
    height, width = evidence.u.shape
    size = width, height
    spread = _spread(evidence, seeds, region, knowledge, evidence.chroma_sd)
    bare = _bare_face(evidence, knowledge["evidence"])
    luminance, *local, support = resize_together([*spread.means, spread.support], size)
    off_color, dark = _against_color(
        evidence.luminance - luminance,
        chroma_distance(evidence.chroma, local, evidence.chroma_sd),
        bare,
        knowledge["evidence"],
    )
    shared = off_color + dark
    unknown = support <= knowledge["grow"]["min_support"]
    against = smooth_along_edges(
        [
            shared + evidence_term(detail, "texture", knowledge["evidence"])
            for detail in (evidence.strands, evidence.roughness)
        ],
        evidence,
        knowledge["evidence"],
    )
    for layer in against:
        np.maximum(layer, np.float32(0.5), out=layer, where=unknown)
    return Grown(
        skin=resize(spread.skin.astype(np.float32), size) > 0.5,
        against=against[0],
        against_rough=against[1],
        off_color=off_color,
        dark=dark,
    )


def spread_skin(
    evidence: Evidence,
    seeds: BoolGrid,
    region: BoolGrid,
    knowledge: Mapping[str, Any],
    *,
    chroma_scale: float,
) -> BoolGrid:
    """Spread skin from `seeds` through `region` up to edges, hair and other colors.

    Parameters
    ----------
    evidence : Evidence
    seeds, region : ndarray of shape (h, w), bool
    knowledge : mapping
        ``segmentation.toml``.
    chroma_scale : float
        Widens the spread of chroma that counts as skin.

    Returns
    -------
    ndarray of shape (h, w), bool
    """
    sd = evidence.chroma_sd * chroma_scale
    skin = _spread(evidence, seeds, region, knowledge, sd).skin
    height, width = evidence.u.shape
    return resize(skin.astype(np.float32), (width, height)) > 0.5


def chroma_distance(
    chroma: Sequence[FloatGrid],
    center: Sequence[FloatGrid] | FloatArray,
    sd: FloatArray,
) -> FloatGrid:
    """Distance of two chroma layers from a center, in standard deviations."""
    x, y = (
        (layer - np.asarray(middle, np.float32)) / np.float32(one_sd)
        for layer, middle, one_sd in zip(chroma, center, sd, strict=True)
    )
    return np.asarray(cv2.magnitude(x, y), np.float32)


def _spread(
    evidence: Evidence,
    seeds: BoolGrid,
    region: BoolGrid,
    knowledge: Mapping[str, Any],
    sd: FloatArray,
) -> _Spread:
    grow, grid = knowledge["grow"], knowledge["grid"]
    height, width = evidence.u.shape
    shrink = min(1.0, grid["grow_px_per_mm"] / evidence.px_per_mm)
    size = max(2, round(width * shrink)), max(2, round(height * shrink))
    px_per_mm = evidence.px_per_mm * size[0] / width

    blur = grid["luminance_blur_mm"] * evidence.px_per_mm
    smooth = np.asarray(cv2.GaussianBlur(evidence.luminance, (0, 0), blur), np.float32)
    bare = _bare_face(evidence, knowledge["evidence"])
    # Where scalp hair grows it runs down the face, and furrows run across.
    mixed = np.where(
        bare, (evidence.strands + evidence.roughness) / 2, evidence.strands
    )
    luminance, *chroma, mixed = resize_together([smooth, *evidence.chroma, mixed], size)
    textured = evidence_term(mixed, "texture", knowledge["evidence"])
    masks = [mask.astype(np.float32) for mask in (bare, region, seeds)]
    shares = resize_together(masks, size)
    bare_coarse, allowed, start = (
        share > least for share, least in zip(shares, (0.5, 0.5, 0.99), strict=True)
    )

    if start.any():
        gap = np.abs(luminance - np.median(luminance[start]))
        start &= gap < knowledge["seed"]["max_luminance_gap"]
        off = chroma_distance(chroma, evidence.chroma_mean, sd)
        start &= off < knowledge["seed"]["max_chroma"]
    skin = start
    local_share = np.float32(grow["local_chroma"])
    anchors = ((1 - grow["local_chroma"]) * evidence.chroma_mean).astype(np.float32)
    for _ in range(int(grow["rounds"])):
        support, brightness, *colors = _local_means(
            skin, (luminance, *chroma), grow["reach_mm"] * px_per_mm
        )
        # The chroma that skin is held against follows the local skin only in part.
        means = (
            brightness,
            *(local_share * c + a for c, a in zip(colors, anchors, strict=True)),
        )
        local_luminance, *local, near = resize_together([*means, support], size)
        off_color, dark = _against_color(
            luminance - local_luminance,
            chroma_distance(chroma, local, sd),
            bare_coarse,
            knowledge["evidence"],
        )
        against = off_color + dark + textured
        accepted = (against < grow["max_evidence"]) & allowed
        accepted &= near > grow["min_support"]
        grown = components_touching(accepted, start) | start
        if np.array_equal(grown, skin):
            break
        skin = grown
    return _Spread(skin, support, means)


def components_touching(mask: BoolGrid, seeds: BoolGrid) -> BoolGrid:
    """Keep the connected parts of `mask` that hold a seed."""
    count, label = cv2.connectedComponents(mask.view(np.uint8), connectivity=4)
    keep = np.zeros(count, bool)
    keep[label[seeds & mask]] = True
    keep[0] = False
    return np.asarray(keep.take(np.asarray(label)))


def large_components(mask: BoolGrid, least_cells: float) -> BoolGrid:
    """Keep the connected parts of `mask` of at least so many cells."""
    count, label = cv2.connectedComponents(mask.view(np.uint8), connectivity=4)
    keep = np.bincount(np.ravel(label), minlength=count) >= least_cells
    keep[0] = False
    return np.asarray(keep.take(np.asarray(label)))


def fill_holes(mask: BoolGrid, largest_cells: float) -> BoolGrid:
    """Fill the holes of `mask` that are no larger than so many cells."""
    return ~large_components(~mask, np.nextafter(largest_cells, np.inf))


def dilate(mask: BoolGrid, radius_cells: float) -> BoolGrid:
    """Grow a mask by a disk."""
    return _morph(mask, cv2.MORPH_DILATE, radius_cells)


def open_mask(mask: BoolGrid, radius_cells: float) -> BoolGrid:
    """Remove what is narrower than a disk."""
    return _morph(mask, cv2.MORPH_OPEN, radius_cells)


def _morph(mask: BoolGrid, operation: int, radius_cells: float) -> BoolGrid:
    """Work on what the mask holds and the disk can reach: large disks take time."""
    disk = _disk(radius_cells)
    reach = len(disk) // 2
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    part = (
        slice(max(0, y - reach), y + height + reach),
        slice(max(0, x - reach), x + width + reach),
    )
    found = np.zeros(mask.shape, bool)
    if width:
        found[part] = cv2.morphologyEx(mask[part].view(np.uint8), operation, disk)
    return found


@cache
def _disk(radius: float) -> NDArray[np.uint8]:
    reach = int(np.floor(radius + 0.5))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = np.asarray(x * x + y * y <= (radius + 0.25) ** 2, np.uint8)
    disk.setflags(write=False)
    return disk


def _local_means(
    skin: BoolGrid, layers: Sequence[FloatGrid], sigma: float
) -> tuple[FloatGrid, ...]:
    """Measure how much skin is nearby, then the mean of each layer over it.

    All come on a coarser grid: a blur this wide loses nothing there.
    """
    weight = skin.astype(np.float32)
    height, width = skin.shape
    coarse = max(2, round(width * 2 / sigma)), max(2, round(height * 2 / sigma))
    support, *sums = (
        np.asarray(cv2.GaussianBlur(layer, (0, 0), 2.0), np.float32)
        for layer in resize_together(
            [weight, *(layer * weight for layer in layers)], coarse
        )
    )
    enough = np.maximum(support, np.float32(1e-3))
    return support, *(np.divide(total, enough, dtype=np.float32) for total in sums)


def _bare_face(evidence: Evidence, k: Mapping[str, Any]) -> BoolGrid:
    """Where no scalp hair grows: there a dark or pale place is light, not hair."""
    top, bottom = k["bare_v"]
    bare = (evidence.v >= top) & (evidence.v <= bottom)
    return np.asarray(bare & (np.abs(evidence.u - 0.5) <= k["bare_within_u"]))


def _against_color(
    brighter: FloatGrid, distance: FloatGrid, bare: BoolGrid, k: Mapping[str, Any]
) -> tuple[FloatGrid, FloatGrid]:
    dark = (-brighter - k["dark_start"]) / k["dark_step"]
    np.clip(dark, k["dark_least"], k["dark_most"], out=dark)
    np.minimum(dark, np.float32(k["dark_most_bare"]), out=dark, where=bare)
    np.divide(distance, np.float32(k["chroma_scale_bare"]), out=distance, where=bare)
    off_color = np.float32(k["bias"]) + evidence_term(distance, "chroma", k)
    return np.asarray(off_color, np.float32), np.asarray(dark, np.float32)


def evidence_term(value: FloatGrid, name: str, k: Mapping[str, Any]) -> FloatGrid:
    """Weigh a measured value: one of the summands of the evidence against skin."""
    term = (value - k[f"{name}_start"]) / k[f"{name}_step"]
    return np.asarray(np.clip(term, *k[f"{name}_clip"]), np.float32)


def smooth_along_edges(
    layers: Sequence[FloatGrid], evidence: Evidence, k: Mapping[str, Any]
) -> list[FloatGrid]:
    """Guided filter (He, Sun, Tang 2013, 10.1109/TPAMI.2012.213)."""
    radius = int(k["smooth_mm"] * evidence.px_per_mm)
    box = (2 * radius + 1, 2 * radius + 1)

    def mean(image: FloatGrid) -> FloatGrid:
        return np.asarray(cv2.boxFilter(image, -1, box, borderType=cv2.BORDER_REFLECT))

    guide = evidence.luminance
    mean_guide = mean(guide)
    variance = mean(guide * guide) - mean_guide**2 + np.float32(k["smooth_eps"])

    def smooth(layer: FloatGrid) -> FloatGrid:
        layer = np.clip(layer, np.float32(-2), np.float32(4))
        mean_layer = mean(layer)
        slope = (mean(guide * layer) - mean_guide * mean_layer) / variance
        return mean(slope) * guide + mean(mean_layer - slope * mean_guide)

    return [smooth(layer) for layer in layers]
