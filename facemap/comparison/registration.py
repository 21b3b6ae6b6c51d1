"""Where the skin of one photo lies in another.

The meshes of the two faces say where to within a millimeter or two: landmarks are found
anew in every photo. The rest is read from the skin: pores, spots and lines, which both
photos show. Light is taken out first, by dividing fine detail by its own local
contrast: what is followed is the pattern, not how strongly it shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.chart import load_chart
from facemap.geometry import photo_to_view
from facemap.resources import load_knowledge
from facemap.types import FaceFrame, FaceView, Surface
from facemap.zones.surface import rasterize

__all__ = ["Registration", "Side", "register"]

Image = NDArray[np.float32]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two photos: what registration needs of it."""

    frame: FaceFrame
    view: FaceView
    surface: Surface


@dataclass(frozen=True, eq=False)
class Registration:
    """A dense map from the view of one photo to that of another.

    Attributes
    ----------
    x_vx, y_vx : ndarray of shape (h, w), float32
        Where each cell of a grid over the first view lies in the second.
    known : ndarray of shape (h, w), bool
        Cells on the mesh, whose skin both photos show.
    step_vx : float
        View pixels of the first view per cell.
    shift_mm : float
        How far the pattern of the skin moved what the mesh said, root mean square.
    rms_mm : float
        How far the pattern is still off, root mean square over skin that has one.
    agreement : float
        Correlation of the patterns, -1 to 1: 1 is the same picture.
    mesh_agreement : float
        The same where only the meshes lay one on the other.
    """

    x_vx: Image
    y_vx: Image
    known: Bool
    step_vx: float
    shift_mm: float
    rms_mm: float
    agreement: float
    mesh_agreement: float

    def warp(self, image: NDArray[Any], size_wh: tuple[int, int]) -> NDArray[Any]:
        """Bring a picture of the second view to the first, of `size_wh`."""
        x, y = self.dense(size_wh)
        return np.asarray(
            cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        )

    def dense(self, size_wh: tuple[int, int]) -> tuple[Image, Image]:
        """Where each pixel of the first view lies in the second."""
        x, y = (
            _upsampled(layer, self.step_vx, size_wh) for layer in (self.x_vx, self.y_vx)
        )
        return x, y


def register(before: Side, after: Side) -> Registration:
    """Find where the skin of one photo lies in another.

    Parameters
    ----------
    before, after : Side

    Returns
    -------
    Registration
        From the view of `before` to that of `after`.
    """
    rule = load_knowledge("comparison")["registration"]
    px_per_mm = min(rule["px_per_mm"], before.view.px_per_mm, after.view.px_per_mm)
    step = before.view.px_per_mm / px_per_mm
    width, height = before.view.size_wh
    size = max(2, round(width / step)), max(2, round(height / step))
    step = width / size[0]
    x, y, known = _by_mesh(before, after, size, step)
    ours = _pattern(_coarse(before.view, size), px_per_mm, rule)
    width, height = after.view.size_wh
    scale = px_per_mm / after.view.px_per_mm
    small_wh = max(2, round(width * scale)), max(2, round(height * scale))
    small, factor = _coarse(after.view, small_wh), width / small_wh[0]

    def theirs_at(x: Image, y: Image) -> Image:
        return _pattern(_at(small, x, y, factor), px_per_mm, rule)

    by_mesh, theirs = (x, y), theirs_at(x, y)
    mesh_agreement = _agreement(ours, theirs, known)
    for finest in rule["finest_scales"]:
        flow, _ = _flow(ours, theirs, known, px_per_mm, finest)
        x, y = _follow(x, y, flow)
        theirs = theirs_at(x, y)
    left, worth = _flow(ours, theirs, known, px_per_mm, rule["finest_scales"][-1])
    moved = np.hypot(x - by_mesh[0], y - by_mesh[1]) / after.view.px_per_mm
    return Registration(
        x_vx=x,
        y_vx=y,
        known=known,
        step_vx=step,
        shift_mm=_rms(moved, worth),
        rms_mm=_rms(np.hypot(*left) / px_per_mm, worth),
        agreement=_agreement(ours, theirs, known),
        mesh_agreement=mesh_agreement,
    )


def _by_mesh(
    before: Side, after: Side, size_wh: tuple[int, int], step: float
) -> tuple[Image, Image, Bool]:
    """Where the two meshes say that each cell lies."""
    rule = load_knowledge("comparison")["registration"]
    chart = load_chart()
    corners = (photo_to_view(before.frame.vertices_px, before.view) + 0.5) / step - 0.5
    there = photo_to_view(after.frame.vertices_px, after.view)
    # A plane through all vertices; what is left of it is small and may be smoothed.
    design = np.column_stack([corners, np.ones(len(corners))])
    plane, *_ = np.linalg.lstsq(design, there, rcond=None)
    rest = there - design @ plane
    values = np.stack([rest[:, 0], rest[:, 1], before.frame.vertices_mm[:, 2]])
    # The mesh is coarse: on cells of a millimeter, and between them in proportion.
    coarse = max(round(before.view.px_per_mm / step), 1)
    cells = -(-size_wh[0] // coarse), -(-size_wh[1] // coarse)
    layers, found = rasterize(
        chart, (corners + 0.5) / coarse - 0.5, values, cells[::-1]
    )
    weight = found.astype(np.float32)
    sigma = rule["mesh_sigma_mm"] * before.view.px_per_mm / step / coarse
    share = np.maximum(_blurred(weight, sigma), np.float32(1e-3))
    rows, cols = np.mgrid[: size_wh[1], : size_wh[0]].astype(np.float32)
    x, y = (
        np.asarray(
            cols * plane[0, k]
            + rows * plane[1, k]
            + plane[2, k]
            + _upsampled(
                np.asarray(
                    _blurred(layers[k].astype(np.float32) * weight, sigma) / share,
                    np.float32,
                ),
                coarse,
                size_wh,
            ),
            np.float32,
        )
        for k in (0, 1)
    )
    inside = _upsampled(weight, coarse, size_wh) > 0.5
    facing = np.minimum(
        _upsampled(before.surface.facing, before.surface.grid_vx / step, size_wh),
        _at(after.surface.facing, x, y, after.surface.grid_vx),
    )
    height, width = after.view.log_luminance.shape
    within = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    return x, y, inside & within & (facing >= rule["least_facing"])


def _pattern(image: Image, px_per_mm: float, rule: Mapping[str, Any]) -> Image:
    """Fine detail over its own local contrast: what light leaves alone."""
    fine = _blurred(image, rule["fine_sigma_mm"] * px_per_mm)
    detail = fine - _blurred(image, rule["detail_sigma_mm"] * px_per_mm)
    contrast = np.sqrt(_blurred(detail * detail, rule["contrast_sigma_mm"] * px_per_mm))
    clear = np.maximum(contrast, np.float32(rule["least_contrast"]))
    return np.asarray(np.clip(detail / clear, -3, 3), np.float32)


def _flow(
    ours: Image, theirs: Image, known: Bool, px_per_mm: float, finest: int
) -> tuple[tuple[Image, Image], Image]:
    """How far to move on `theirs` to find what `ours` shows, in cells, and its worth.

    Optical flow [1]_, believed where both patterns are alike once it is followed, and
    smoothed: skin bends over millimeters.

    References
    ----------
    .. [1] Kroeger T, et al. Fast optical flow using dense inverse search. Proc. ECCV
       2016:471-488. :doi:`10.1007/978-3-319-46493-0_29`
    """
    rule = load_knowledge("comparison")["registration"]
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    finder.setFinestScale(finest)
    left, top, width, height = cv2.boundingRect(known.astype(np.uint8))
    flow = np.zeros((*ours.shape, 2), np.float32)
    if not width:
        return (flow[..., 0], flow[..., 1]), flow[..., 0]
    box = np.s_[top : top + height, left : left + width]
    first, second = (
        np.clip(np.where(known[box], 128 + 40 * x[box], 128), 0, 255).astype(np.uint8)
        for x in (ours, theirs)
    )
    flow[box] = finder.calc(first, second, np.zeros((*first.shape, 2), np.float32))
    rows, cols = np.mgrid[: ours.shape[0], : ours.shape[1]].astype(np.float32)
    found = cv2.remap(
        theirs, cols + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR
    )
    near = rule["alike_sigma_mm"] * px_per_mm
    both, own, other = (
        _blurred(np.asarray(known * a * b, np.float32), near)
        for a, b in ((ours, found), (ours, ours), (found, found))
    )
    alike = both / np.sqrt(np.maximum(own * other, 1e-6))
    worth = (
        known
        * np.clip((alike - rule["least_alike"]) / (1 - rule["least_alike"]), 0, 1) ** 2
    )
    worth = np.asarray(worth, np.float32)
    sigma = rule["flow_sigma_mm"] * px_per_mm
    share = _blurred(worth, sigma) + np.float32(rule["stiffness"])
    smooth = tuple(
        np.asarray(_blurred(worth * flow[..., k], sigma) / share) for k in (0, 1)
    )
    return (smooth[0], smooth[1]), worth


def _follow(x: Image, y: Image, flow: tuple[Image, Image]) -> tuple[Image, Image]:
    """Go on from where a map leads by a flow on its pictures."""
    rows, cols = np.mgrid[: x.shape[0], : x.shape[1]].astype(np.float32)
    moved = (
        cv2.remap(
            layer,
            cols + flow[0],
            rows + flow[1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for layer in (x, y)
    )
    first, second = moved
    return np.asarray(first, np.float32), np.asarray(second, np.float32)


def _agreement(ours: Image, theirs: Image, known: Bool) -> float:
    a, b = ours[known], theirs[known]
    if len(a) == 0:
        return 0.0
    return float((a * b).sum() / np.sqrt(max((a * a).sum() * (b * b).sum(), 1e-9)))


def _rms(values: Image, weight: Image) -> float:
    total = float(weight.sum())
    return float(np.sqrt((weight * values**2).sum() / total)) if total else 0.0


def _coarse(view: FaceView, size_wh: tuple[int, int]) -> Image:
    """Read a view on a coarser grid, whose cells are square as `_at` takes them.

    A resize to whole rows and columns stretches rows a little otherwise: by up to half
    a cell at the far end.
    """
    step = view.size_wh[0] / size_wh[0]
    image = view.log_luminance
    if step > 1:
        image = _blurred(image, 0.5 * float(np.sqrt(step**2 - 1)))
    shift = 0.5 * step - 0.5
    matrix = np.array([[step, 0, shift], [0, step, shift]])
    return np.asarray(
        cv2.warpAffine(
            image,
            matrix,
            size_wh,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def _at(layer: Image, x: Image, y: Image, step: float) -> Image:
    """Read a grid of `step` view pixels a cell at view positions."""
    half = np.float32(0.5)
    return np.asarray(
        cv2.remap(
            layer,
            (x + half) / np.float32(step) - half,
            (y + half) / np.float32(step) - half,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def _upsampled(layer: Image, step: float, size_wh: tuple[int, int]) -> Image:
    """Read a grid of `step` pixels a cell at every pixel."""
    matrix = np.array(
        [[1 / step, 0, 0.5 / step - 0.5], [0, 1 / step, 0.5 / step - 0.5]]
    )
    return np.asarray(
        cv2.warpAffine(
            layer,
            matrix,
            size_wh,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def _blurred(image: Image, sigma_px: float) -> Image:
    return np.asarray(
        cv2.GaussianBlur(np.asarray(image, np.float32), (0, 0), max(sigma_px, 0.1))
    )
