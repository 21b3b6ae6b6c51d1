"""Eyeballs behind the lids: sclera, iris, pupil, wet shine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facemap.light import srgb_to_linear
from facemap.resources import load_knowledge
from facemap.synthetic.camera import Camera
from facemap.synthetic.head import Eye
from facemap.synthetic.light import Light
from facemap.synthetic.params import PhantomParams
from facemap.types import FloatArray

__all__ = ["iris_color", "paint_eye"]

_MM_PER_UV = 220.0


def iris_color(params: PhantomParams) -> FloatArray:
    """Linear color of the iris: lighter eyes come with lighter skin only."""
    table = load_knowledge("phantom")["iris"]
    rng = params.generator("iris")
    names = ["brown", "hazel", "green", "blue", "gray"]
    odds = np.array(table["odds_light" if params.ita_deg > 30 else "odds_dark"])
    name = names[int(rng.choice(len(names), p=odds / odds.sum()))]
    color = srgb_to_linear(np.array(table[name]) / 255)
    return np.asarray(color * rng.uniform(0.8, 1.2))


def _fibers(params: PhantomParams) -> FloatArray:
    """Brightness of the iris by angle and radius, mean 1; (360, 24)."""
    rng = params.generator("iris fibers")
    spokes = rng.standard_normal((360, 24))
    kernel = np.exp(-0.5 * (np.arange(-6, 7) / 1.6) ** 2)
    around = np.fft.ifft(
        np.fft.fft(spokes, axis=0)
        * np.fft.fft(np.roll(np.pad(kernel, (0, 347)), -6))[:, None],
        axis=0,
    ).real
    out = around + 0.6 * around.mean(axis=1, keepdims=True) * 3
    return np.asarray(1 + 0.24 * out / out.std())


def paint_eye(
    eye: Eye,
    camera: Camera,
    light: Light,
    params: PhantomParams,
    xy_px: FloatArray,
    uv: FloatArray,
    sky: FloatArray,
    lit: FloatArray,
) -> NDArray[np.float32]:
    """Linear color of pixels that look between the lids.

    Parameters
    ----------
    xy_px : ndarray of shape (N, 2)
    uv : ndarray of shape (N, 2)
        Chart position of the lids' opening at the pixel.
    sky, lit : ndarray of shape (N,)
        Light that reaches the place; see `Shading`.
    """
    eye_point = camera.eye_point()
    rays = camera.rays(xy_px)
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    to_center = eye.center_mm - eye_point
    closest = rays @ to_center
    miss2 = (to_center @ to_center) - closest**2
    depth = closest - np.sqrt(np.maximum(eye.radius_mm**2 - miss2, 0))
    normal = eye_point + depth[:, None] * rays - eye.center_mm
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    across = normal[:, :2] * eye.radius_mm
    rho = np.hypot(across[:, 0], across[:, 1]) / eye.iris_radius_mm

    edge = 1 / (1 + np.exp((rho - 1) * 45))
    fibers = _fibers(params)
    angle = np.degrees(np.arctan2(across[:, 1], across[:, 0])).astype(int) % 360
    ring = np.clip(rho * 24, 0, 23).astype(int)
    color = iris_color(params)
    iris = color * fibers[angle, ring][:, None]
    amber = np.clip(1.25 - 1.6 * np.abs(rho - 0.42), 0, 1)[:, None]
    iris = iris * (0.85 + 0.5 * amber * [1.15, 0.95, 0.6])
    limbus = 1 - 0.72 * np.exp(-(((rho - 1.0) / 0.14) ** 2))
    pupil = 1 / (1 + np.exp((rho - 0.33) * 60))
    iris = iris * (limbus * (1 - pupil))[:, None] + 0.004

    rng = params.generator("sclera")
    white = np.array([0.50, 0.455, 0.42]) * rng.uniform(0.92, 1.04)
    ring_uv = eye.lids.ring()
    corner = ring_uv[48]
    inner = np.hypot(*((uv - corner) * _MM_PER_UV).T)
    outer = np.hypot(*((uv - ring_uv[0]) * _MM_PER_UV).T)
    pink = 0.55 * np.exp(-((inner / 5.5) ** 2)) + 0.3 * np.exp(-((outer / 5.0) ** 2))
    sclera = white * np.exp(-pink[:, None] * [0.08, 0.75, 0.6])
    caruncle = np.exp(-((inner / 2.6) ** 2))[:, None]
    sclera = sclera * (1 - caruncle) + caruncle * [0.42, 0.17, 0.14]
    base = sclera * (1 - edge[:, None]) + iris * edge[:, None]

    u = np.clip(uv[:, 0], *sorted((ring_uv[0, 0], corner[0])))
    order = 1 if ring_uv[0, 0] < corner[0] else -1
    upper, lower = eye.lids.upper_uv[::order], eye.lids.lower_uv[::order]
    below = (uv[:, 1] - np.interp(u, upper[:, 0], upper[:, 1])) * _MM_PER_UV
    above = (np.interp(u, lower[:, 0], lower[:, 1]) - uv[:, 1]) * _MM_PER_UV
    lid = (1 - 0.72 * np.exp(-np.maximum(below, 0) / 1.7)) * (
        1 - 0.35 * np.exp(-np.maximum(above, 0) / 0.8)
    )
    facing = np.clip(normal @ light.direction * 0.75 + 0.25, 0, 1)
    glow = (facing * lit)[:, None] * light.main + sky[:, None] * light.ambient
    shaded = base * glow * lid[:, None]

    view = -rays
    half = view + light.direction
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    # The cornea, 7.8 mm in radius, bulges from the globe over the iris.
    catch = np.hypot(*(across - 7.8 * half[:, :2]).T)
    size = 0.55 + 0.02 * params.light_size_deg
    glint = 1 / (1 + np.exp((catch - size) * 9)) * np.clip(lit, 0.25, 1)
    tear = 0.1 * np.exp(-(((above - 0.25) / 0.25) ** 2))
    return np.asarray(
        shaded + (0.85 * glint[:, None] + tear[:, None] * lit[:, None]) * light.main,
        np.float32,
    )
