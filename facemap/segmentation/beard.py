"""Beard and moustache: rough areas of the lower face, dark or gray."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from facemap.segmentation.grid import BoolGrid, Evidence, FloatGrid, in_box
from facemap.segmentation.growing import (
    Grown,
    components_touching,
    dilate,
    evidence_term,
    fill_holes,
    large_components,
    open_mask,
    smooth_along_edges,
)

__all__ = ["find_beard", "measure_grayness"]

#: The blurs' reach beyond the rows where a beard may grow.
_BESIDE_MM = 6.0


def find_beard(
    evidence: Evidence,
    grown: Grown,
    outline: BoolGrid,
    features: BoolGrid,
    knowledge: Mapping[str, Any],
) -> BoolGrid:
    """Find rough areas of the lower face. Stubble is skin, a beard is not.

    Parameters
    ----------
    evidence : Evidence
    grown : Grown
    outline, features : ndarray of shape (h, w), bool
        The face, and what of it is never a beard: eyes, lips, nostrils.
    knowledge : mapping
        ``segmentation.toml``.

    Returns
    -------
    ndarray of shape (h, w), bool

    Notes
    -----
    Dark hair is darker than the skin around it, gray hair has less color. Skin in bad
    light is either, but not rough; furrows are rough in one direction only, as hair
    may be, but keep the color of skin. A full beard is found as a whole besides: skin
    may have grown into a soft one bit by bit, and is then no measure of it.
    """
    k = knowledge["beard"]
    top, bottom = k["between_v"]
    grows = (evidence.v > top) & (evidence.v < bottom)
    rows = np.flatnonzero(grows.any(axis=1))
    beard = np.zeros(grows.shape, bool)
    if not len(rows):
        return beard
    beside = int(_BESIDE_MM * evidence.px_per_mm)
    part = slice(max(0, rows[0] - beside), rows[-1] + 1 + beside)
    grayness = measure_grayness(evidence, k["least_color"])
    own = float(np.quantile(grayness[evidence.seeds], k["own_quantile"]))
    # Where light of another color falls on this face, its skin looks gray, too.
    own = max(0.0, own - k["gray_start"])
    darkness = np.median(evidence.luminance[evidence.seeds]) - evidence.luminance[part]
    grows = grows[part] & ~features[part]
    beard[part] = _in_band(
        evidence.rows(part),
        grown.rows(part),
        grayness[part],
        own,
        grows,
        outline[part],
        features[part],
        knowledge,
    )
    beard[part] |= _full_beard(
        evidence.rows(part),
        grayness[part] - np.float32(own),
        darkness,
        grows,
        outline[part],
        features[part],
        knowledge["full_beard"],
    )
    return beard


def measure_grayness(evidence: Evidence, least_color: float) -> FloatGrid:
    """Way from the color of this face's skin to gray: 0 at its skin's, 1 where gray.

    Parameters
    ----------
    evidence : Evidence
    least_color : float
        Skin's distance from gray never counts as less, in log chroma ratio: a
        black-and-white photo has none.
    """
    red, blue = evidence.chroma_mean
    toward = -1 / max(float(red * red + blue * blue), least_color**2)
    red_part = (evidence.red_green - np.float32(red)) * np.float32(red * toward)
    blue_part = (evidence.blue_green - np.float32(blue)) * np.float32(blue * toward)
    return np.asarray(red_part + blue_part, np.float32)


def _in_band(
    evidence: Evidence,
    grown: Grown,
    grayness: FloatGrid,
    own: float,
    where: BoolGrid,
    outline: BoolGrid,
    features: BoolGrid,
    knowledge: Mapping[str, Any],
) -> BoolGrid:
    k = knowledge["beard"]
    px_per_mm, cells_per_mm2 = evidence.px_per_mm, evidence.px_per_mm**2

    def blur(layer: FloatGrid, sigma_mm: float) -> FloatGrid:
        sigma = sigma_mm * px_per_mm
        return np.asarray(cv2.GaussianBlur(layer, (0, 0), sigma), np.float32)

    grayness = blur(grayness, k["gray_blur_mm"])
    # Skin that the view grazes takes on glare, and the backdrop's color.
    faces_camera = evidence.facing > k["gray_facing"]
    rough, strands = (
        blur(layer, k["texture_blur_mm"])
        for layer in (evidence.roughness, evidence.strands)
    )
    strands_term = evidence_term(evidence.strands, "texture", knowledge["evidence"])
    colorless = _gray_term(grayness, k["gray_start"] + own, k)
    (against_gray,) = smooth_along_edges(
        [grown.off_color + colorless + strands_term], evidence, knowledge["evidence"]
    )
    against_gray[~faces_camera] = -1
    against = np.maximum(grown.against_rough, against_gray)
    open_cells = k["open_mm"] * px_per_mm
    dark = where & (rough > k["min_texture"]) & (grown.against_rough > 0)
    combed = np.where(colorless > 0, np.maximum(strands, rough), rough)
    gray = where & (combed > k["min_texture"]) & (against > 0)
    large = large_components(open_mask(dark, open_cells), k["min_mm2"] * cells_per_mm2)
    if large.sum() < k["all_mm2"] * cells_per_mm2:
        large = large_components(large, k["alone_mm2"] * cells_per_mm2)
    large |= large_components(
        open_mask(gray, open_cells), k["alone_mm2"] * cells_per_mm2
    )
    # What is rough only below the jaw is clothing.
    beard = components_touching(large, outline)

    sure = open_mask(beard & outline & (against > k["sure_against"]), open_cells)
    sure = large_components(sure, k["min_mm2"] * cells_per_mm2)
    if sure.sum() < k["sure_mm2"] * cells_per_mm2:
        return beard
    colorless = _gray_term(grayness, k["gray_start_beside"], k)
    colorless[~faces_camera] = -1
    beside = blur(
        grown.off_color + np.maximum(grown.dark, colorless) + strands_term,
        k["gray_blur_mm"],
    )
    coarse = where & (strands > k["min_texture_beside"])
    thin = coarse & (beside > k["against_beside"])
    thin &= dilate(sure, k["beside_mm"] * px_per_mm)
    thin = open_mask(thin, k["open_beside_mm"] * px_per_mm) | sure
    beard = beard | components_touching(thin, sure)
    under_mouth = where & in_box(evidence.u, evidence.v, k["under_mouth_uv"])
    if beard[under_mouth].sum() > k["full_share"] * under_mouth.sum():
        beard |= coarse & in_box(evidence.u, evidence.v, k["moustache_uv"])
    filled = fill_holes(beard | features, knowledge["hair"]["hole_mm2"] * cells_per_mm2)
    return beard | (filled & where)


def _full_beard(
    evidence: Evidence,
    grayness: FloatGrid,
    darkness: FloatGrid,
    where: BoolGrid,
    outline: BoolGrid,
    features: BoolGrid,
    k: Mapping[str, Any],
) -> BoolGrid:
    """Find a beard that covers the chin and both jaws, whatever skin grew into it.

    `darkness` is in log luminance, below the seeds.
    """
    nothing = np.zeros(where.shape, bool)
    px_per_mm, cells_per_mm2 = evidence.px_per_mm, evidence.px_per_mm**2
    sigma = k["blur_mm"] * px_per_mm
    strands, roughness, gray, dark = (
        np.asarray(cv2.GaussianBlur(layer, (0, 0), sigma), np.float32)
        for layer in (evidence.strands, evidence.roughness, grayness, darkness)
    )
    hairy = strands + np.clip(strands - roughness, 0, k["combed_most"])
    for layer, name in ((gray, "gray"), (dark, "dark")):
        over = np.clip(layer - k[f"{name}_start"], 0, k[f"{name}_most"])
        hairy += k[f"{name}_weight"] * over
    hairy = where & (hairy > k["start"])
    face = where & outline & (evidence.facing > k["min_facing"])
    for place in ("chin", "jaws"):
        # One jaw may be turned away: the other speaks for both then.
        seen = face & in_box(evidence.u, evidence.v, k[place]["box_uv"])
        if seen.sum() < k["seen_mm2"] * cells_per_mm2:
            return nothing
        if hairy[seen].mean() < k[place]["share"]:
            return nothing
    hairy &= dilate(outline, k["below_jaw_mm"] * px_per_mm)
    hairy = components_touching(open_mask(hairy, k["open_mm"] * px_per_mm), outline)
    # Glare at the edge of the jaw, and the lips, are within the beard.
    within = hairy | features | ~outline
    filled = fill_holes(within, k["hole_mm2"] * cells_per_mm2)
    return hairy | (filled & where & outline)


def _gray_term(grayness: FloatGrid, start: float, k: Mapping[str, Any]) -> FloatGrid:
    term = (grayness - np.float32(start)) / np.float32(k["gray_step"])
    return np.asarray(np.clip(term, *k["gray_clip"]), np.float32)
