"""Furrows seen by pixels, and what light makes of a furrow: its optical truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from facemap.resources import load_knowledge
from facemap.synthetic.camera import Camera
from facemap.synthetic.color import LUMINANCE
from facemap.synthetic.furrows import STEP_MM, Furrow
from facemap.synthetic.light import Light, Shading, shade
from facemap.types import FloatArray

__all__ = ["OpticalLine", "Relief", "carve", "cavity_of", "measure_furrow"]

#: A furrow is drawn this many widths to each side; beyond it is under 1e-4 deep.
_REACH = 2.0


@dataclass(frozen=True, eq=False)
class Relief:
    """Relief at some pixels of a picture.

    Attributes
    ----------
    pixel : ndarray of shape (N,)
        Flat index into the picture.
    tilt : ndarray of shape (N, 3), float32
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
    furrows: Sequence[Furrow],
    camera: Camera,
    points_mm: NDArray[np.float32],
    skin: NDArray[np.bool_],
) -> Relief:
    """Add up the furrows at every pixel that sees one.

    Parameters
    ----------
    points_mm : ndarray of shape (H, W, 3)
        The skin behind each pixel.
    skin : ndarray of shape (H, W), bool
    """
    height, width = skin.shape
    tilt = np.zeros((height * width, 3), np.float32)
    log_cavity = np.zeros(height * width, np.float32)
    blood = np.zeros(height * width, np.float32)
    flat = points_mm.reshape(-1, 3)
    touched = np.zeros(height * width, bool)
    for furrow in furrows:
        pixel = _near(furrow, camera, skin)
        if len(pixel) == 0:
            continue
        points = flat[pixel].astype(np.float64)
        distance, k = cKDTree(furrow.path_mm).query(
            points, distance_upper_bound=_REACH * 1.3 * furrow.width_mm.max()
        )
        hit = np.isfinite(distance)
        pixel, points, k = pixel[hit], points[hit], k[hit]
        gap = points - furrow.path_mm[k]
        offset = (gap * furrow.across[k]).sum(axis=1)
        beyond = (gap * furrow.along[k]).sum(axis=1)
        at = np.clip(k + beyond / STEP_MM, 0, len(furrow.depth_mm) - 1)
        index = np.arange(len(furrow.depth_mm))
        depth = np.interp(at, index, furrow.depth_mm)
        wide = np.interp(at, index, furrow.width_mm)
        profile = furrow.profile(offset, wide)
        slope = furrow.slope(offset, depth, wide)
        tilt[pixel] += (slope[:, None] * furrow.across[k]).astype(np.float32)
        log_cavity[pixel] += np.log(cavity_of(depth / wide * profile))
        blood[pixel] += furrow.redness * profile * np.clip(depth / wide / 0.2, 0, 1)
        touched[pixel] = True
    pixel = np.flatnonzero(touched)
    return Relief(pixel, tilt[pixel], np.exp(log_cavity[pixel]), blood[pixel])


def _near(furrow: Furrow, camera: Camera, skin: NDArray[np.bool_]) -> NDArray[np.int64]:
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
class OpticalLine:
    """What light makes of one furrow, without any other and before the camera.

    Attributes
    ----------
    depth : ndarray of shape (M,)
        Greatest drop in log luminance against the skin beside, at stations.
    width_mm : ndarray of shape (M,)
        Full width at half of that drop.
    at : ndarray of shape (M,)
        Index of the station along the furrow's path.
    """

    depth: FloatArray
    width_mm: FloatArray
    at: NDArray[np.int64]


def measure_furrow(
    furrow: Furrow, stations: Shading, at: NDArray[np.int64], light: Light
) -> OpticalLine:
    """Shade cross-sections with and without the furrow and compare.

    Parameters
    ----------
    stations : Shading
        Of the bare skin at the stations, leading shape (M,).
    at : ndarray of shape (M,)
        Indices of the stations along the path.

    Notes
    -----
    The same `shade` as in the picture, on offsets a fiftieth of the width apart, so
    the truth does not depend on the picture's resolution.
    """
    n = 201
    depth, wide = furrow.depth_mm[at][:, None], furrow.width_mm[at][:, None]
    offset = np.linspace(-_REACH, _REACH, n)[None] * wide
    profile = furrow.profile(offset, wide)
    slope = furrow.slope(offset, depth, wide)
    blood = furrow.redness * profile * np.clip(depth / wide / 0.2, 0, 1)
    extinction = np.array(load_knowledge("phantom")["skin"]["blood"])

    def spread(values: NDArray[np.floating]) -> FloatArray:
        wanted = (len(at), n, *values.shape[1:])
        return np.asarray(np.broadcast_to(values[:, None], wanted), np.float64)

    flat = Shading(**{k: spread(v) for k, v in vars(stations).items()})
    carved = Shading(
        **{
            **vars(flat),
            "albedo": flat.albedo * np.exp(-blood[..., None] * extinction),
            "tilt": slope[..., None] * furrow.across[at][:, None],
            "cavity": cavity_of(depth / wide * profile),
        }
    )
    before, after = shade(flat, light) @ LUMINANCE, shade(carved, light) @ LUMINANCE
    drop = np.log(np.maximum(before, 1e-9) / np.maximum(after, 1e-9))
    peak = drop.argmax(axis=1)
    deepest = drop[np.arange(len(at)), peak]
    width = np.array([_width(d, int(p)) for d, p in zip(drop, peak, strict=True)]) * (
        offset[:, 1] - offset[:, 0]
    )
    return OpticalLine(np.maximum(deepest, 0), width, at)


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
