"""Photo and surface on one coarse grid, and the image evidence measured there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import shrink
from facemap.light import LUMINANCE, linear_light
from facemap.types import FaceView, FloatArray, Surface

__all__ = [
    "BoolGrid",
    "Evidence",
    "FloatGrid",
    "in_box",
    "measure_evidence",
    "resize",
    "resize_together",
]

FloatGrid = NDArray[np.float32]
BoolGrid = NDArray[np.bool_]

#: Fewer cells are no sample of a face's skin.
_LEAST_SEEDS = 50


@dataclass(frozen=True)
class Evidence:
    """What the picture shows, cell by cell, relative to this face's own skin.

    Attributes
    ----------
    px_per_mm : float
        Cells per millimeter.
    step_vx : tuple of float
        View pixels per cell, across and down.
    u, v, facing : ndarray of shape (h, w)
        Of the surface; NaN outside the mesh.
    luminance : ndarray of shape (h, w)
        Natural logarithm.
    red_green, blue_green : ndarray of shape (h, w)
        Chroma: ln(R / G) and ln(B / G), smoothed; the seeds' own where a channel is
        clipped.
    strands, roughness : ndarray of shape (h, w)
        Log ratio to the seeds of detail across the face, and of detail that runs in no
        direction. Furrows of the forehead have little of the first, furrows of any
        direction little of the second; hair has the first, beard both.
    seeds : ndarray of shape (h, w), bool
        Skin for certain.
    chroma_mean, chroma_sd : ndarray of shape (2,)
        Of the seeds, red against green first.
    """

    px_per_mm: float
    step_vx: tuple[float, float]
    u: FloatGrid
    v: FloatGrid
    facing: FloatGrid
    luminance: FloatGrid
    red_green: FloatGrid
    blue_green: FloatGrid
    strands: FloatGrid
    roughness: FloatGrid
    seeds: BoolGrid
    chroma_mean: FloatArray
    chroma_sd: FloatArray

    @property
    def inside(self) -> BoolGrid:
        """Cells that the mesh covers."""
        return np.isfinite(self.u)

    @property
    def chroma(self) -> tuple[FloatGrid, FloatGrid]:
        """The two layers of chroma. NumPy is slow on pairs that lie side by side."""
        return self.red_green, self.blue_green

    def without(self, covered: BoolGrid) -> Evidence:
        """Take cells out of the mesh."""
        if not covered.any():
            return self
        nothing = np.float32(np.nan)
        return replace(
            self,
            u=np.where(covered, nothing, self.u),
            v=np.where(covered, nothing, self.v),
            seeds=self.seeds & ~covered,
        )

    def rows(self, part: slice) -> Evidence:
        """Cut out a band of rows."""
        layers = {
            f.name: getattr(self, f.name)[part]
            for f in fields(self)
            if f.name not in ("px_per_mm", "step_vx", "chroma_mean", "chroma_sd")
        }
        return replace(self, **layers)


def resize(image: NDArray[Any], size_wh: tuple[int, int]) -> FloatGrid:
    """Average down or interpolate up, without a preferred side."""
    if size_wh[0] < image.shape[1]:
        return np.asarray(shrink(image, size_wh), np.float32)
    return np.asarray(cv2.resize(image, size_wh), np.float32)


def resize_together(
    layers: Sequence[FloatGrid], size_wh: tuple[int, int]
) -> list[FloatGrid]:
    """Resize layers of one size: several at once take less time than one by one."""
    resized = resize(np.asarray(cv2.merge(list(layers))), size_wh)
    return [np.asarray(layer, np.float32) for layer in cv2.split(resized)]


def measure_evidence(
    view: FaceView, surface: Surface, knowledge: Mapping[str, Any]
) -> Evidence | None:
    """Measure color and texture on the coarse grid.

    Returns
    -------
    Evidence or None
        None where no skin that could serve as a sample is in the picture.
    """
    grid, seed = knowledge["grid"], knowledge["seed"]
    width, height = view.size_wh
    factor = min(1.0, grid["px_per_mm"] / view.px_per_mm)
    size = max(2, round(width * factor)), max(2, round(height * factor))
    step = width / size[0], height / size[1]
    px_per_mm = view.px_per_mm / step[0]

    u, v, facing = (
        _sample(layer, surface.grid_vx, size, step)
        for layer in (surface.u, surface.v, surface.facing)
    )
    seeds = _in_boxes(u, v, seed["boxes_uv"]) & (facing > seed["min_facing"])
    if seeds.sum() < _LEAST_SEEDS:
        return None

    with ThreadPoolExecutor(1) as beside:
        texture = beside.submit(_detail, view, size, grid)
        luminance, red_green, blue_green, shown = _color(view, size, grid)
    across, down = texture.result()
    lit = seeds & (shown > 0.5)
    if lit.sum() < _LEAST_SEEDS:
        lit = seeds
    samples = np.stack([red_green[lit], blue_green[lit]])
    mean = np.median(samples, axis=1)
    spread = 1.4826 * np.median(np.abs(samples - mean[:, None]), axis=1)
    spread = np.clip(spread, *seed["chroma_sd"])
    from_gray = float(np.hypot(*(mean / spread)))
    spread *= np.clip(from_gray / seed["gray_distance_sd"], seed["least_spread"], 1)
    quantile = seed["texture_quantile"]
    strands, roughness = (
        t - np.float32(max(np.quantile(t[seeds], quantile), np.log(floor_)))
        for t, floor_ in (
            (across, seed["texture_floor"]),
            (np.minimum(across, down), seed["texture_floor"]),
        )
    )
    # Where a channel of smooth skin is clipped, color says nothing for or against it.
    # Collars lie further down, bright hair is not smooth.
    smooth = np.clip(1 - strands / knowledge["evidence"]["texture_start"], 0, 1)
    lost = (1 - shown) * smooth * (v < knowledge["evidence"]["bare_v"][1])
    red_green, blue_green = (
        np.asarray(ratio + lost * (middle - ratio), np.float32)
        for middle, ratio in zip(mean, (red_green, blue_green), strict=True)
    )
    return Evidence(
        px_per_mm=px_per_mm,
        step_vx=step,
        u=u,
        v=v,
        facing=facing,
        luminance=luminance,
        red_green=red_green,
        blue_green=blue_green,
        strands=strands,
        roughness=roughness,
        seeds=seeds,
        chroma_mean=mean.astype(np.float64),
        chroma_sd=spread.astype(np.float64),
    )


def _sample(
    layer: FloatGrid, grid_vx: float, size: tuple[int, int], step: tuple[float, float]
) -> FloatGrid:
    scale_x, scale_y = step[0] / grid_vx, step[1] / grid_vx
    matrix = np.array(
        [[scale_x, 0, scale_x / 2 - 0.5], [0, scale_y, scale_y / 2 - 0.5]]
    )
    return np.asarray(
        cv2.warpAffine(
            layer,
            matrix,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def in_box(u: FloatGrid, v: FloatGrid, box: Sequence[float]) -> BoolGrid:
    """Cells within (u_min, u_max, v_min, v_max) of the right half, or its twin."""
    u0, u1, v0, v1 = box
    folded = np.minimum(u, 1 - u)  # the right half stands for both
    return np.asarray((folded >= u0) & (folded <= u1) & (v >= v0) & (v <= v1))


def _in_boxes(u: FloatGrid, v: FloatGrid, boxes: Sequence[Sequence[float]]) -> BoolGrid:
    found = np.zeros(u.shape, bool)
    for box in boxes:
        found |= in_box(u, v, box)
    return found


def _color(
    view: FaceView, size: tuple[int, int], grid: Mapping[str, Any]
) -> tuple[FloatGrid, FloatGrid, FloatGrid, FloatGrid]:
    """Log luminance, the two smooth log ratios of channels, and what those are worth.

    The last is 0 where only some channels are clipped, else 1.
    """
    px_per_mm = view.px_per_mm * size[0] / view.size_wh[0]
    blur = grid["chroma_blur_mm"] * px_per_mm
    floor = np.float32(grid["floor"])
    channels = linear_light(shrink(view.rgb, size))
    luminance = cv2.transform(channels, LUMINANCE[np.newaxis])
    layers = cv2.split(channels)
    red, green, blue = (cv2.log(np.maximum(layer, floor)) for layer in layers)
    room = np.float32(grid["clipping_room"])
    worth, pale = (
        np.clip((1 - extreme(layers)) / room, 0, 1)
        for extreme in (np.maximum.reduce, np.minimum.reduce)
    )

    def smooth(layer: FloatGrid) -> FloatGrid:
        return np.asarray(cv2.GaussianBlur(layer, (0, 0), blur), np.float32)

    # White with all channels clipped is as likely a collar: that stays what it is.
    shown = 1 - smooth((1 - worth) * pale)
    # Clipped cells take the color of those around them that are not.
    worth = np.maximum(worth, np.float32(0.05))
    weight = smooth(worth)
    red_green, blue_green = (
        np.asarray(smooth(worth * ratio) / weight, np.float32)
        for ratio in (red - green, blue - green)
    )
    logs = cv2.log(np.maximum(luminance, floor))
    return np.asarray(logs, np.float32), red_green, blue_green, shown


def _detail(
    view: FaceView, size: tuple[int, int], grid: Mapping[str, Any]
) -> tuple[FloatGrid, FloatGrid]:
    """Log RMS of fine detail along x and along y."""
    width, height = view.size_wh
    factor = min(1.0, grid["texture_px_per_mm"] / view.px_per_mm)
    fine = resize(
        view.log_luminance,
        (max(2, round(width * factor)), round(height * factor)),
    )
    px_per_mm = view.px_per_mm * fine.shape[1] / width
    sigma = grid["texture_detail_mm"] * px_per_mm
    window = grid["texture_window_mm"] * px_per_mm
    none = 1e-2  # a Gaussian of no width leaves its axis alone

    def power(sigma_x: float, sigma_y: float) -> FloatGrid:
        detail = fine - cv2.GaussianBlur(fine, (0, 0), sigma_x, sigmaY=sigma_y)
        return np.asarray(cv2.GaussianBlur(detail * detail, (0, 0), window))

    across, down = (
        np.asarray(0.5 * cv2.log(np.maximum(layer, np.float32(1e-6))))
        for layer in resize_together([power(sigma, none), power(none, sigma)], size)
    )
    return across, down
