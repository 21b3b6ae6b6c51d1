"""What lies where in the view: skin, hair, glasses; the neck and the hairline.

No learned model takes part. Skin is grown outward from places of this face that are
skin for certain; what it does not reach is hair, glasses, clothing or background.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from facemap.resources import load_knowledge
from facemap.segmentation.beard import find_beard
from facemap.segmentation.features import (
    draw_polygons,
    draw_rings,
    face_outline,
    ring,
)
from facemap.segmentation.glasses import find_glasses
from facemap.segmentation.grid import BoolGrid, Evidence, measure_evidence
from facemap.segmentation.growing import (
    Grown,
    chroma_distance,
    components_touching,
    dilate,
    fill_holes,
    grow_skin,
    large_components,
    open_mask,
    spread_skin,
)
from facemap.types import FaceFrame, FaceView, Segmentation, Surface

__all__ = ["segment"]


def segment(view: FaceView, frame: FaceFrame, surface: Surface) -> Segmentation:
    """Tell skin from hair, glasses, clothing and background.

    Parameters
    ----------
    view : FaceView
    frame : FaceFrame
    surface : Surface

    Returns
    -------
    Segmentation
        Masks of the view's size. Where no sample of skin is in the picture, none of it
        is skin.

    Notes
    -----
    Every threshold is a difference in log luminance, in log chroma ratio or in log
    texture ratio to the same face, so that exposure and skin tone drop out.
    """
    knowledge = load_knowledge("segmentation")
    nothing = np.zeros(view.log_luminance.shape, bool)
    evidence = measure_evidence(view, surface, knowledge)
    if evidence is None:
        return Segmentation(nothing, nothing, nothing, False, False)
    card = _card(frame, view, evidence)
    evidence = evidence.without(card)
    if not evidence.seeds.any():
        return Segmentation(nothing, nothing, nothing, False, False)
    cells_per_mm2 = evidence.px_per_mm**2
    margin = knowledge["hair"]["margin_mm"] * evidence.px_per_mm
    outline = draw_rings((face_outline(),), frame, view, evidence)
    eyes, brows, lips, nostrils = (
        draw_rings(ring(name), frame, view, evidence)
        for name in ("eye", "brow", "lips", "nostril")
    )
    below = evidence.inside & ~outline & (evidence.v > 0.6)

    grown = grow_skin(evidence, evidence.seeds, evidence.inside, knowledge)
    skin = fill_holes(grown.skin, knowledge["hair"]["hole_mm2"] * cells_per_mm2)
    brow_hair = _brow_hair(evidence, grown, brows, knowledge["hair"])
    scalp = _scalp_hair(evidence, grown, skin, below, knowledge["hair"])
    features = dilate(eyes, 2 * evidence.px_per_mm) | dilate(lips, evidence.px_per_mm)
    features |= nostrils
    beard = find_beard(evidence, grown, outline, features, knowledge) & ~scalp
    hair = scalp | beard | brow_hair
    around_eyes = dilate(eyes | brows, 1.5 * evidence.px_per_mm)
    glasses = find_glasses(evidence, around_eyes, knowledge["glasses"])

    cover = knowledge["cover"]
    # A rim fences skin off from the seeds: what looks like skin counts as skin here.
    stray = outline & ~skin & ~hair & ~features & (grown.against_rough > 0)
    covered = large_components(
        open_mask(stray, cover["open_mm"] * evidence.px_per_mm),
        cover["min_mm2"] * cells_per_mm2,
    )
    lateral = np.abs(evidence.u - 0.5) > cover["lateral_u"]
    face = outline & ~covered & (skin | ~lateral)

    neck, neck_found = _neck(evidence, below & ~beard, knowledge)
    measurable = face | (skin & evidence.inside) | neck
    measurable &= ~dilate(hair, margin) & ~features & ~glasses

    edge = evidence.v < knowledge["hair"]["edge_v"]
    edge &= np.abs(evidence.u - 0.5) < knowledge["hair"]["edge_half_width_u"]
    bare = skin[edge].mean() if edge.any() else 1.0
    hairline_found = bool(bare <= 1 - knowledge["hair"]["hairline_share"])
    if not hairline_found:
        measurable &= ~(evidence.v < knowledge["hair"]["bald_v"])

    measurable &= ~card

    return Segmentation(
        skin=_to_view(measurable, view),
        hair=_to_view(hair, view),
        glasses=_to_view(glasses, view),
        hairline_found=hairline_found,
        neck_found=neck_found,
    )


def _card(frame: FaceFrame, view: FaceView, evidence: Evidence) -> BoolGrid:
    """Where the printed card lies: neither skin nor hair, whatever it looks like."""
    if frame.marker is None:
        return np.zeros(evidence.u.shape, bool)
    margin = load_knowledge("segmentation")["cover"]["card_margin_mm"]
    left, top, right, bottom = load_knowledge("marker")["card"]["outline"]
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    card = draw_polygons([frame.marker.to_px(corners)], view, evidence)
    return dilate(card, margin * evidence.px_per_mm)


def _to_view(mask: BoolGrid, view: FaceView) -> BoolGrid:
    """Scale a mask up, its border in smooth curves."""
    full = np.zeros(view.log_luminance.shape, np.uint8)
    if mask.any():
        soft = cv2.GaussianBlur(mask.view(np.uint8) * np.uint8(255), (0, 0), 0.7)
        soft = cv2.resize(soft, view.size_wh, interpolation=cv2.INTER_LINEAR)
        cv2.threshold(soft, 127, 1, cv2.THRESH_BINARY, dst=full)
    full.setflags(write=False)  # ours alone: spares the record a copy
    return full.view(np.bool_)


def _brow_hair(
    evidence: Evidence, grown: Grown, brows: BoolGrid, k: Mapping[str, Any]
) -> BoolGrid:
    """Join the landmarks' brows and the hair around them that the picture shows."""
    near = dilate(brows, k["brow_reach_mm"] * evidence.px_per_mm)
    near &= np.abs(evidence.u - 0.5) > k["brow_clear_u"]
    dark = open_mask(
        (grown.against > 0) & near | brows, k["brow_open_mm"] * evidence.px_per_mm
    )
    return brows | components_touching(dark, brows)


def _scalp_hair(
    evidence: Evidence,
    grown: Grown,
    skin: BoolGrid,
    below: BoolGrid,
    k: Mapping[str, Any],
) -> BoolGrid:
    """Find hair that comes in from above or from the side, and its strands."""
    outer = (evidence.v < 0.0) | (np.abs(evidence.u - 0.5) > 0.36)
    upper = (evidence.v < k["above_v"]) | (np.abs(evidence.u - 0.5) > k["beyond_u"])
    upper &= evidence.inside & ~below & (evidence.v < k["down_to_v"])
    hair = open_mask(upper & ~skin, 0.5 * evidence.px_per_mm)
    hair = components_touching(hair, outer & hair)
    near = dilate(hair, k["strand_reach_mm"] * evidence.px_per_mm)
    strands = upper & near & (grown.against > k["strand_against"])
    return hair | components_touching(strands | hair, hair)


def _neck(
    evidence: Evidence, region: BoolGrid, knowledge: Mapping[str, Any]
) -> tuple[BoolGrid, bool]:
    """Grow the neck from skin-colored cells under the jaw.

    The shadow of the chin parts it from the face, so it gets seeds of its own: cells of
    the face's chroma, smooth, in one large piece.
    """
    k = knowledge["neck"]
    sd = evidence.chroma_sd * k["chroma_scale"]
    off = chroma_distance(evidence.chroma, evidence.chroma_mean, sd)
    like = off < k["max_chroma"]
    like &= region & (evidence.roughness < k["max_texture"])
    on_face = np.median(evidence.luminance[evidence.seeds])
    like &= np.abs(evidence.luminance - on_face) < k["max_luminance_gap"]
    u0, u1, v0, v1 = k["seed_uv"]
    folded = np.minimum(evidence.u, 1 - evidence.u)
    like_here = like & (folded >= u0) & (folded <= u1)
    like_here &= (evidence.v >= v0) & (evidence.v <= v1)
    like_here = open_mask(like_here, k["seed_open_mm"] * evidence.px_per_mm)
    cells_per_mm2 = evidence.px_per_mm**2
    seeds = large_components(like_here, k["min_seed_mm2"] * cells_per_mm2)
    neck = np.zeros(region.shape, bool)
    if not seeds.any():
        return neck, False
    rows = np.flatnonzero(region.any(axis=1))
    part = slice(rows[0], rows[-1] + 1)
    spread = spread_skin(
        evidence.rows(part),
        seeds[part],
        region[part],
        knowledge,
        chroma_scale=k["chroma_scale"],
    )
    neck[part] = fill_holes(spread, knowledge["hair"]["hole_mm2"] * cells_per_mm2)
    neck &= region
    return neck, bool(neck.sum() >= k["min_mm2"] * cells_per_mm2)
