"""Furrows seen by pixels, and what light makes of a furrow: its optical truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from facemap.light import LUMINANCE
from facemap.resources import load_knowledge
from facemap.synthetic.camera import Camera
from facemap.synthetic.furrows import STEP_MM, Furrow, valley, valley_slope
from facemap.synthetic.light import Light, Shading, shade
from facemap.types import FloatArray, Mask

__all__ = [
    "Relief",
    "Stations",
    "carve",
    "cavity_of",
    "measure_furrows",
    "place_stations",
]

#: A furrow is drawn this many widths to each side; beyond it is under 1e-4 deep.
_REACH = 2.0


@dataclass(frozen=True, eq=False)
class Relief:
    """Relief at some pixels of a picture.

    Attributes
    ----------
    pixel : ndarray of shape (N,)
        Flat index into the picture, rising.
    tilt : ndarray of shape (3, N), float32
        Slope of the skin, canonical axes.
    cavity, blood : ndarray of shape (N,), float32
        Share of light that reaches in; extra blood.
    """

    pixel: NDArray[np.int64]
    tilt: NDArray[np.float32]
    cavity: NDArray[np.float32]
    blood: NDArray[np.float32]


def cavity_of(aspect: FloatArray) -> FloatArray:
    """Share of light that reaches the bottom of a V-shaped groove.

    Parameters
    ----------
    aspect : ndarray
        Depth over width at the top; the walls leave open the sine of half the
        groove's opening angle.
    """
    return np.asarray(1 / np.sqrt(1 + 4 * aspect**2))


def carve(
    furrows: Sequence[Furrow], camera: Camera, depth_mm: NDArray[np.float32], skin: Mask
) -> Relief:
    """Add up the furrows at every pixel that sees one.

    Parameters
    ----------
    depth_mm : ndarray of shape (H, W)
        Distance of the skin behind each pixel along the camera's axis.
    skin : ndarray of shape (H, W), bool
    """
    height, width = skin.shape
    tilt = np.zeros((3, height * width), np.float32)
    log_cavity = np.zeros(height * width, np.float32)
    blood = np.zeros(height * width, np.float32)
    touched = np.zeros(height * width, bool)
    flat = depth_mm.reshape(-1)
    eye = camera.eye_point()
    for furrow in furrows:
        pixel = _near(furrow, camera, skin)
        if len(pixel) == 0:
            continue
        row, column = np.divmod(pixel, width)
        rays = camera.rays(np.stack([column, row], axis=1))
        points = eye + rays * flat[pixel, None].astype(np.float64)
        found = cKDTree(furrow.path_mm).query(
            points, distance_upper_bound=_REACH * 1.3 * furrow.width_mm.max()
        )
        distance, k = (np.asarray(part) for part in found)
        hit = np.isfinite(distance)
        pixel, points, k = pixel[hit], points[hit], k[hit]
        gap = points - furrow.path_mm[k]
        offset = (gap * furrow.across[k]).sum(axis=1)
        beyond = (gap * furrow.along[k]).sum(axis=1)
        at = np.clip(k + beyond / STEP_MM, 0, len(furrow.depth_mm) - 1)
        index = np.arange(len(furrow.depth_mm))
        depth = np.interp(at, index, furrow.depth_mm)
        wide = np.interp(at, index, furrow.width_mm)
        profile = valley(offset, wide, furrow.skew)
        tilt[:, pixel] += (
            valley_slope(offset, depth, wide, furrow.skew) * furrow.across[k].T
        )
        log_cavity[pixel] += np.log(cavity_of(depth / wide * profile))
        blood[pixel] += furrow.redness * profile * np.clip(depth / wide / 0.2, 0, 1)
        touched[pixel] = True
    pixel = np.flatnonzero(touched)
    return Relief(pixel, tilt[:, pixel], np.exp(log_cavity[pixel]), blood[pixel])


def _near(furrow: Furrow, camera: Camera, skin: Mask) -> NDArray[np.int64]:
    """Pixels of skin that may lie in a furrow."""
    height, width = skin.shape
    path = camera.project(furrow.path_mm)
    mm_px = camera.focal_px / camera.to_camera(furrow.path_mm)[:, 2].min()
    reach = int(np.ceil(_REACH * furrow.width_mm.max() * mm_px)) + 2
    low = np.maximum(np.floor(path.min(axis=0)).astype(int) - reach, 0)
    high = np.minimum(
        np.ceil(path.max(axis=0)).astype(int) + reach + 1, [width, height]
    )
    if (high <= low).any():
        return np.empty(0, np.int64)
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    points = np.round((path - low) * 16).astype(np.int32)
    cv2.polylines(mask, [points], False, 1, min(2 * reach, 255), shift=4)
    mask &= skin[low[1] : high[1], low[0] : high[0]]
    rows, columns = np.nonzero(mask)
    return np.asarray((rows + low[1]) * width + columns + low[0], np.int64)


@dataclass(frozen=True, eq=False)
class Stations:
    """Places on furrows where light is asked what it makes of them.

    Attributes
    ----------
    furrow : ndarray of shape (M,)
        Number of the furrow.
    at : ndarray of shape (M,)
        Index along its path.
    uv : ndarray of shape (M, 2)
    """

    furrow: NDArray[np.int64]
    at: NDArray[np.int64]
    uv: FloatArray


def place_stations(furrows: Sequence[Furrow]) -> Stations:
    """About one station per millimeter of furrow, both ends included."""
    at = [
        np.unique(np.linspace(0, n - 1, max(n // 4, 8)).round().astype(np.int64))
        for n in (len(f.path_uv) for f in furrows)
    ]
    return Stations(
        furrow=np.repeat(np.arange(len(furrows)), [len(k) for k in at]),
        at=np.concatenate(at) if at else np.empty(0, np.int64),
        uv=np.concatenate([f.path_uv[k] for f, k in zip(furrows, at, strict=True)])
        if at
        else np.empty((0, 2)),
    )


def measure_furrows(
    furrows: Sequence[Furrow], stations: Stations, bare: Shading, light: Light
) -> tuple[FloatArray, FloatArray]:
    """Shade cross-sections with and without each furrow, and compare.

    Parameters
    ----------
    bare : Shading
        Of the skin at the stations without relief, trailing shape (M,).

    Returns
    -------
    depth : ndarray of shape (M,)
        Greatest drop in log luminance against the skin beside, 0 where there is none.
    width_mm : ndarray of shape (M,)
        Full width at half of that drop.

    Notes
    -----
    The same `shade` as in the picture, on offsets a 33rd of the width apart, each
    furrow alone and before the camera: the truth does not depend on the picture's
    resolution.
    """
    n = 133
    if len(stations.at) == 0:
        return np.empty(0), np.empty(0)

    def gather(name: str) -> FloatArray:
        return np.array(
            [
                getattr(furrows[f], name)[k]
                for f, k in zip(stations.furrow, stations.at, strict=True)
            ]
        )

    skew = np.array([f.skew for f in furrows])[stations.furrow, None]
    redness = np.array([f.redness for f in furrows])[stations.furrow, None]
    deep, wide = gather("depth_mm")[:, None], gather("width_mm")[:, None]
    offset = np.linspace(-_REACH, _REACH, n)[None] * wide
    profile = valley(offset, wide, skew)
    slope = valley_slope(offset, deep, wide, skew)
    blood = redness * profile * np.clip(deep / wide / 0.2, 0, 1)
    extinction = np.array(load_knowledge("phantom")["skin"]["blood"])

    def spread(values: NDArray[np.floating]) -> FloatArray:
        wanted = (*values.shape, n)
        return np.asarray(np.broadcast_to(values[..., None], wanted), np.float64)

    flat = Shading(**{k: spread(v) for k, v in vars(bare).items()})
    carved = replace(
        flat,
        albedo=flat.albedo * np.exp(-blood * extinction[:, None, None]),
        tilt=slope * gather("across").T[..., None],
        cavity=flat.cavity * cavity_of(deep / wide * profile),
    )
    before, after = (
        np.tensordot(LUMINANCE, shade(s, light), axes=1) for s in (flat, carved)
    )
    drop = np.log(np.maximum(before, 1e-9) / np.maximum(after, 1e-9))
    peak = drop.argmax(axis=1)
    deepest = drop[np.arange(len(peak)), peak]
    samples = [_width(d, int(p)) for d, p in zip(drop, peak, strict=True)]
    return np.maximum(deepest, 0), np.array(samples) * (offset[:, 1] - offset[:, 0])


def _width(drop: FloatArray, peak: int) -> float:
    """Full width at half of the peak, in samples."""
    half = drop[peak] / 2
    edges = []
    for side in (drop[peak:], drop[peak::-1]):
        below = np.flatnonzero(side < half)
        if len(below) == 0:
            edges.append(float(len(side) - 1))
            continue
        k = int(below[0])
        edges.append(k - (half - side[k]) / max(side[k - 1] - side[k], 1e-12))
    return edges[0] + edges[1]
