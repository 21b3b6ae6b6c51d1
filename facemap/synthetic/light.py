"""Light on skin: one soft main light, light from everywhere, and what is in its way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facemap.resources import load_knowledge
from facemap.synthetic.camera import Camera
from facemap.synthetic.color import light_color
from facemap.synthetic.params import PhantomParams
from facemap.types import FloatArray

__all__ = ["Light", "Shading", "make_light", "open_sky", "shade", "shadow"]

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Light:
    """Light in canonical axes.

    Attributes
    ----------
    direction : ndarray of shape (3,)
        Unit, from the face to the main light.
    up : ndarray of shape (3,)
        The picture's upward direction: ambient light is stronger from above.
    main, ambient : ndarray of shape (3,)
        Linear RGB that a white wall facing it would have.
    size_deg : float
        Angular radius of the main light.
    """

    direction: FloatArray
    up: FloatArray
    main: FloatArray
    ambient: FloatArray
    size_deg: float


@dataclass(frozen=True, eq=False)
class Shading:
    """What `shade` needs at each point; vectors and colors lie along the first axis.

    Attributes
    ----------
    albedo : ndarray of shape (3, ...)
        Linear.
    normal : ndarray of shape (3, ...)
        Unit, of the smooth surface.
    tilt : ndarray of shape (3, ...)
        Slope of the relief: the detailed normal is along ``normal - tilt``.
    grain : ndarray of shape (3, ...)
        Slope of pores and fine grain, which break the sheen too.
    view : ndarray of shape (3, ...)
        Unit, from the face to the camera.
    lit : ndarray of shape (...)
        Share of the main light that nothing stands in the way of.
    sky : ndarray of shape (...)
        Share of the light from everywhere that arrives.
    cavity : ndarray of shape (...)
        Share of light that reaches into the relief, 1 on open skin.
    gloss : ndarray of shape (...)
        Strength of the sheen, 1 on ordinary skin.
    """

    albedo: Array
    normal: Array
    tilt: Array
    grain: Array
    view: Array
    lit: Array
    sky: Array
    cavity: Array
    gloss: Array


def make_light(params: PhantomParams, camera: Camera) -> Light:
    """Set up the light that the parameters ask for."""
    azimuth, elevation = np.radians(
        [params.light_azimuth_deg, params.light_elevation_deg]
    )
    from_face = np.array(
        [
            np.sin(azimuth) * np.cos(elevation),
            -np.sin(elevation),
            -np.cos(azimuth) * np.cos(elevation),
        ]
    )
    color = light_color(params.color_temperature_k) * 2.0**params.exposure_ev
    strength = float(load_knowledge("phantom")["light"]["white"])
    return Light(
        direction=from_face @ camera.rotation,
        up=np.array([0.0, -1.0, 0.0]) @ camera.rotation,
        main=color * strength * (1 - params.ambient),
        ambient=color * strength * params.ambient,
        size_deg=params.light_size_deg,
    )


def shade(at: Shading, light: Light) -> Array:
    """Light that leaves skin toward the camera: linear RGB along the first axis.

    Notes
    -----
    Diffuse light is wrapped a little around the terminator, and each channel sees the
    relief through its own softening: red light travels furthest below the surface, so
    a furrow is shallower in red. Sheen is two Blinn-Phong lobes over the smooth surface
    and its grain; where relief shuts light out it shuts out sheen alike, so that a
    furrow's contrast hardly depends on the tone of the skin.
    """
    table = load_knowledge("phantom")["light"]
    grained = _unit(at.normal - at.grain)
    detail = _unit(at.normal - at.grain - at.tilt)
    facing = _toward(at.normal, light.direction)
    facing_detail = _toward(detail, light.direction)
    half = _unit(
        np.stack([v + d for v, d in zip(at.view, light.direction, strict=True)])
    )
    shine = np.clip(_dot(grained, half), 0, 1)
    shine8 = np.square(np.square(np.square(shine)))
    shine32 = np.square(np.square(shine8))
    broad, tight = table["sheen"]
    grazing = 1 - np.clip(_dot(at.normal, at.view), 0, 1)
    fresnel = 0.028 + 0.25 * np.square(np.square(grazing)) * grazing
    open_share = at.lit * at.cavity
    sheen = (broad * shine8 + tight * shine32) * fresnel * at.gloss
    sheen *= np.clip(facing, 0, 1) * open_share
    around = (0.75 + 0.25 * _toward(detail, light.up)) * at.sky * at.cavity
    out = np.empty_like(at.albedo)
    for k, (soft, wrap) in enumerate(zip(table["relief"], table["wrap"], strict=True)):
        mixed = (1 - soft) * facing + soft * facing_detail
        direct = np.clip((mixed + wrap) / (1 + wrap), 0, None) * open_share
        main, ambient = float(light.main[k]), float(light.ambient[k])
        out[k] = at.albedo[k] * (main * direct + ambient * around) + main * sheen
    return out


def _dot(a: Array, b: Array) -> Array:
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def _toward(vectors: Array, direction: FloatArray) -> Array:
    x, y, z = (float(c) for c in direction)
    return np.asarray(x * vectors[0] + y * vectors[1] + z * vectors[2])


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.sqrt(np.maximum(_dot(vectors, vectors), 1e-12)))


def shadow(points: FloatArray, occluders: FloatArray, light: Light) -> FloatArray:
    """Share of the main light that reaches each point past the occluders.

    Parameters
    ----------
    points : ndarray of shape (N, 3)
    occluders : ndarray of shape (M, 3)
        Points on all surfaces, at most 3 mm apart.
    """
    side, top = _basis(light.direction)
    radius = np.tan(np.radians(light.size_deg))
    turns = np.arange(24) * np.pi * (3 - np.sqrt(5))
    spread = radius * np.sqrt((np.arange(24) + 0.5) / 24)
    seen = np.zeros(len(points))
    for turn, r in zip(turns, spread, strict=True):
        toward = light.direction + r * (np.cos(turn) * side + np.sin(turn) * top)
        seen += _unblocked(points, occluders, toward / np.linalg.norm(toward))
    return seen / len(turns)


def open_sky(
    points: FloatArray, normals: FloatArray, occluders: FloatArray
) -> FloatArray:
    """Share of cosine-weighted light from all around that reaches each point."""
    n = 72
    z = 1 - (np.arange(n) + 0.5) / n * 1.6
    turn = np.arange(n) * np.pi * (3 - np.sqrt(5))
    flat = np.sqrt(1 - z * z)
    directions = np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)
    seen, whole = np.zeros(len(points)), np.full(len(points), 1e-9)
    for direction in directions:
        weight = np.clip(normals @ direction, 0, None)
        whole += weight
        seen += weight * _unblocked(points, occluders, direction)
    return np.asarray(seen / whole)


def _basis(direction: FloatArray) -> tuple[FloatArray, FloatArray]:
    side = np.cross(direction, [0.0, 1.0, 0.0])
    length = np.linalg.norm(side)
    side = side / length if length > 1e-6 else np.array([1.0, 0.0, 0.0])
    return np.asarray(side), np.asarray(np.cross(side, direction))


def _unblocked(
    points: FloatArray, occluders: FloatArray, toward: FloatArray
) -> NDArray[np.bool_]:
    """Whether the way to a far light is free: a depth buffer of 3 mm bins."""
    bin_mm, slack_mm = 3.0, 3.5
    side, top = _basis(toward)
    frame = np.stack([side, top])
    low = (occluders @ frame.T).min(axis=0) - bin_mm
    where = np.floor((occluders @ frame.T - low) / bin_mm).astype(int)
    width, height = where.max(axis=0) + 2
    nearest = np.full(width * height, -np.inf)
    np.maximum.at(nearest, where[:, 1] * width + where[:, 0], occluders @ toward)
    at = np.floor((points @ frame.T - low) / bin_mm).astype(int)
    at = np.clip(at, 0, [width - 1, height - 1])
    return np.asarray(points @ toward > nearest[at[:, 1] * width + at[:, 0]] - slack_mm)
