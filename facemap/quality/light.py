"""From which side the face is lit, and how evenly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.chart import load_chart
from facemap.quality.rules import Reading
from facemap.quality.scene import Scene
from facemap.types import FloatArray, View

__all__ = [
    "Light",
    "fit_light",
    "measure_light_balance",
    "measure_light_direction",
    "vertex_normals",
]

# No skin, or skin of another color: brows, eyes, lips, nostrils.
_NO_SKIN = (
    *(0, 11, 12, 13, 14, 15, 16, 17, 37, 38, 39, 40, 61, 72, 73, 74, 78, 80, 81, 82),
    *(84, 85, 86, 87, 88, 91, 95, 146, 178, 179, 180, 181, 183, 184, 185, 191, 267),
    *(268, 269, 270, 271, 272, 291, 292, 302, 303, 304, 308, 310, 311, 312, 314, 315),
    *(316, 317, 318, 321, 324, 325, 375, 402, 403, 404, 405, 407, 408, 409, 415, 62),
    *(76, 77, 89, 90, 96, 306, 307, 319, 320),
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
    *(70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    *(300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
)
#: Skin turned further from the camera than this (about 70 degrees) is seen too flat.
_LEAST_FACING = 0.35
#: Blur of the luminance before it is read at the landmarks, in millimeters: lines and
#: spots are not shading.
_SHADING_MM = 3.0
#: Fewer readings do not settle a direction.
_MIN_VERTICES = 100
#: Shading weaker than this, over the mean luminance, has no direction worth naming: a
#: phantom in light from everywhere shows 0.11, from ears and eye sockets alone.
_EVEN_CONTRAST = 0.12
#: Where one light explains less than this, there are several (portraits lit from both
#: sides: 0.04 to 0.35; one window or lamp: 0.5 to 0.9).
_LEAST_EXPLAINED = 0.4


def measure_light_balance(scene: Scene) -> Reading:
    """Measure the mean luminance of the darker cheek over that of the brighter."""
    if scene.frame.view is not View.FRONTAL:
        return Reading(None, "not_frontal")
    if not all(cheek.any() for cheek in scene.cheeks):
        return Reading(None, "no_cheek")
    right, left = (
        max(float(scene.luminance[cheek].mean(dtype=np.float64)), 1e-6)
        for cheek in scene.cheeks
    )
    ratio = min(right, left) / max(right, left)
    case = "right_darker" if right < left else "left_darker"
    return Reading(ratio, case, {"amount": 100 * (1 - ratio)})


def measure_light_direction(scene: Scene) -> Reading:
    """Measure how far to the side the light stands; the patient's left is positive."""
    shading = _shading(scene)
    if shading is None:
        return Reading(None, "no_skin")
    light = fit_light(*shading)
    if light.contrast < _EVEN_CONTRAST:
        return Reading(None, "even")
    if light.explained < _LEAST_EXPLAINED:
        return Reading(None, "several")
    case = "from_left" if light.azimuth_deg > 0 else "from_right"
    return Reading(light.azimuth_deg, case, {"amount": abs(light.azimuth_deg)})


def _shading(scene: Scene) -> tuple[FloatArray, FloatArray] | None:
    """Luminance and normals at the landmarks that lie on bare skin."""
    chart = load_chart()
    n_mesh = chart.n_mesh
    points = scene.frame.vertices_mm * (1.0, -1.0, -1.0)  # y up, z to the camera
    normals = vertex_normals(points, chart.triangles)[:n_mesh]
    cells = np.round(scene.to_coarse(scene.landmarks_vx[:n_mesh])).astype(int)
    last = np.subtract(scene.coarse_wh, 1)
    inside = np.all((cells >= 0) & (cells <= last), axis=1)
    cells = np.clip(cells, 0, last)
    sigma = _SHADING_MM * scene.coarse_px_per_mm
    # No more of the picture than the blur brings to the landmarks.
    reach = math.ceil(5 * sigma)
    low, high = np.maximum(cells.min(axis=0) - reach, 0), cells.max(axis=0) + reach + 1
    part = slice(low[1], high[1]), slice(low[0], high[0])
    skin = scene.skin[part]
    weight = cv2.GaussianBlur(skin.astype(np.float32), (0, 0), sigma)
    shade = cv2.GaussianBlur(scene.luminance[part] * skin, (0, 0), sigma)
    x, y = (cells - low).T
    usable = inside & (weight[y, x] > 0.5) & (normals[:, 2] > _LEAST_FACING)
    usable[list(_NO_SKIN)] = False
    if np.count_nonzero(usable) < _MIN_VERTICES:
        return None
    luminance = np.divide(shade[y, x][usable], weight[y, x][usable], dtype=np.float64)
    return luminance, normals[usable]


def vertex_normals(vertices: FloatArray, triangles: NDArray[np.int32]) -> FloatArray:
    """Find unit normals at the vertices, the mean of the triangles around each.

    Parameters
    ----------
    vertices : ndarray of shape (N, 3)
    triangles : ndarray of shape (T, 3)

    Returns
    -------
    ndarray of shape (N, 3)
        On the side from which a triangle's corners run counter-clockwise, in
        coordinates with y up and z toward the viewer.
    """
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    faces = np.cross(b - a, c - a)
    normals = np.zeros(vertices.shape)
    for k in range(3):
        np.add.at(normals, triangles[:, k], faces)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / np.maximum(length, 1e-12))


@dataclass(frozen=True)
class Light:
    """The light as the shading of the skin tells it.

    Attributes
    ----------
    azimuth_deg, elevation_deg : float
        Where it stands, from the camera: positive to the picture's right, and above.
    explained : float
        Share of the shading's variance that one light there explains, 0 to 1.
    contrast : float
        Standard deviation of the explained shading over the mean luminance.
    """

    azimuth_deg: float
    elevation_deg: float
    explained: float
    contrast: float


def fit_light(luminance: FloatArray, normals: FloatArray) -> Light:
    r"""Find the one distant light that explains the shading of a surface best.

    Lambert's law with light from everywhere besides,
    :math:`L = a + k \max(0, \mathbf n \cdot \mathbf d)` with :math:`a, k \ge 0`, is
    fitted for every direction :math:`\mathbf d` of a grid; the surface's own
    reflectance is taken as the same everywhere, so it drops out.

    Parameters
    ----------
    luminance : ndarray of shape (N,)
        Linear light.
    normals : ndarray of shape (N, 3)
        Unit; x right, y up, z toward the camera.

    Returns
    -------
    Light

    Examples
    --------
    >>> angle = np.radians(np.arange(-60, 61, 20.0))
    >>> n = np.array([[np.sin(a), np.sin(b), np.cos(a)] for a in angle for b in angle])
    >>> n /= np.linalg.norm(n, axis=1, keepdims=True)
    >>> light = fit_light(0.3 + 0.5 * np.maximum(n @ [0.6, 0.0, 0.8], 0), n)
    >>> light.azimuth_deg, light.elevation_deg
    (35.0, 0.0)
    """
    azimuths, elevations, directions = _light_grid()
    lit = np.maximum(normals @ directions.T, 0.0)
    mean, variance = float(luminance.mean()), float(luminance.var())
    lit_mean, lit_power = lit.mean(axis=0), np.mean(lit**2, axis=0)
    lit_variance = np.maximum(lit_power - lit_mean**2, 1e-12)
    product = luminance @ lit / len(luminance)
    gain = np.maximum(product - mean * lit_mean, 0) / lit_variance
    rest = np.where(
        gain * lit_mean <= mean,
        variance - gain**2 * lit_variance,
        # No light but this one: the line goes through zero.
        variance + mean**2 - product**2 / np.maximum(lit_power, 1e-12),
    )
    best = int(rest.argmin())
    explained = max(0.0, 1.0 - float(rest[best]) / max(variance, 1e-12))
    return Light(
        azimuth_deg=float(azimuths[best]),
        elevation_deg=float(elevations[best]),
        explained=explained,
        contrast=float(np.sqrt(explained * variance)) / max(mean, 1e-12),
    )


@cache
def _light_grid() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Azimuths and elevations in degrees, and the unit vectors there."""
    azimuths, elevations = (
        grid.ravel()
        for grid in np.meshgrid(np.arange(-90, 91, 5.0), np.arange(-30, 81, 10.0))
    )
    a, e = np.radians(azimuths), np.radians(elevations)
    directions = [np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)]
    return azimuths, elevations, np.column_stack(directions)
