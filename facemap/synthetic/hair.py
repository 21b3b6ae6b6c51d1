"""Hair as strands: head hair, brows, lashes, beard. Drawn far to near."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.light import srgb_to_linear
from facemap.resources import load_knowledge
from facemap.synthetic.body import skull_ellipsoid
from facemap.synthetic.camera import Camera
from facemap.synthetic.color import linear_to_srgb8
from facemap.synthetic.head import Head
from facemap.synthetic.light import Light
from facemap.synthetic.material import brow_outline
from facemap.synthetic.params import HairStyle, PhantomParams
from facemap.types import FloatArray

__all__ = [
    "HairLayer",
    "Strands",
    "beard_strands",
    "brow_strands",
    "chosen_style",
    "draw_strands",
    "hair_color",
    "head_strands",
    "lash_strands",
    "under_hairline",
]


#: Hair on the far side of this point from the light lies in the head's own shade.
_HEAD_CENTER_MM = np.array([0.0, 20.0, -40.0])


@dataclass(frozen=True, eq=False)
class Strands:
    """Hairs of one kind.

    Attributes
    ----------
    points_mm : ndarray of shape (N, K, 3)
    color : ndarray of shape (N, 3)
        Linear.
    width_mm : float
    gloss : float
    dense : bool
        So many that what shows between them is hair, too.
    """

    points_mm: FloatArray
    color: FloatArray
    width_mm: float
    gloss: float
    dense: bool = False


@dataclass(frozen=True, eq=False)
class HairLayer:
    """Strands as a picture: sRGB color, and coverage from 0 to 255."""

    rgb: NDArray[np.uint8]
    cover: NDArray[np.uint8]


def chosen_style(params: PhantomParams) -> HairStyle:
    """Return the style asked for, or the seed's own."""
    if params.hair is not HairStyle.AUTO:
        return params.hair
    styles = (HairStyle.SHORT, HairStyle.SWEPT, HairStyle.LONG)
    return styles[int(params.generator("style").integers(3))]


def hair_color(params: PhantomParams) -> tuple[FloatArray, float]:
    """Linear color of hair without gray, and the share of gray."""
    table = load_knowledge("phantom")["hair"]
    rng = params.generator("hair color")
    names = ["black", "dark_brown", "brown", "blond", "red"]
    odds = np.array(table["odds_light" if params.ita_deg > 30 else "odds_dark"])
    name = names[int(rng.choice(len(names), p=odds / odds.sum()))]
    color = srgb_to_linear(np.array(table[name]) / 255) * rng.uniform(0.8, 1.25)
    drawn = float(rng.choice([0.0, 0.0, 0.1, 0.35, 0.8]))
    return np.asarray(color), drawn if params.gray is None else params.gray


def _mix(rng: np.random.Generator, params: PhantomParams, n: int) -> FloatArray:
    """Colors of n hairs: no two alike, some gray."""
    color, gray = hair_color(params)
    out = color * np.exp(rng.normal(0, 0.22, (n, 1)) + rng.normal(0, 0.05, (n, 3)))
    silver = np.array([0.34, 0.34, 0.33]) * np.exp(rng.normal(0, 0.16, (n, 1)))
    turned = np.clip(gray + 0.22 * rng.normal(size=(n, 1)), 0, 1) if gray > 0 else 0.0
    return np.asarray(out + turned * (silver - out))


def _hairline_y(points_mm: FloatArray, params: PhantomParams, head: Head) -> FloatArray:
    """Height of the hairline at the azimuth of each point, millimeters."""
    table = load_knowledge("phantom")["hair"]
    rng = params.generator("hairline")
    rise = rng.uniform(-4, 5)
    recess = rng.uniform(0, 9)
    center, _ = skull_ellipsoid(head)
    gap = points_mm - center
    azimuth = np.degrees(np.arctan2(np.abs(gap[..., 0]), gap[..., 2]))
    y = np.interp(azimuth, table["hairline_azimuth_deg"], table["hairline_y_mm"])
    wander = (
        np.sin(azimuth * 0.31 + 1.3)
        + np.sin(azimuth * 0.83)
        + 0.6 * np.sin(gap[..., 0] * 0.47)
    )
    y = y + 0.9 * wander
    temple = np.exp(-(((azimuth - 36) / 16) ** 2))
    front = np.exp(-((azimuth / 45) ** 2))
    return np.asarray((y + recess * temple + rise * front) * head.scale)


def under_hairline(
    points_mm: FloatArray, params: PhantomParams, head: Head
) -> FloatArray:
    """How far skin lies below the hairline, millimeters; negative under hair."""
    if chosen_style(params) is HairStyle.NONE:
        return np.full(points_mm.shape[:-1], 50.0)
    return np.asarray(_hairline_y(points_mm, params, head) - points_mm[..., 1])


def head_strands(params: PhantomParams, head: Head) -> Strands | None:
    """Head hair in locks around guide hairs; None for a shaved head."""
    style = chosen_style(params)
    if style is HairStyle.NONE:
        return None
    table = load_knowledge("phantom")["hair"][style.value]
    rng = params.generator("head hair")
    center, axes = skull_ellipsoid(head)
    n_locks, n_each, n_steps = 700, 20, 13
    unit = rng.standard_normal((n_locks * 8, 3))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    roots = center + unit * axes * 0.995
    above = roots[:, 1] - _hairline_y(roots, params, head)
    # A third of the locks stand along the hairline, shorter, and cover the scalp there.
    inner = above > rng.uniform(0, 3.0, len(roots))
    edge = inner & (above < 14) & (roots[:, 2] > -20)
    roots = np.concatenate(
        [roots[inner][: 2 * n_locks // 3], roots[edge][: n_locks // 3]]
    )
    short = np.arange(len(roots)) >= 2 * n_locks // 3
    n_locks = len(roots)

    part_x = float(rng.choice([-1, 1])) * table["part_mm"]
    length = table["length_mm"] * np.exp(rng.normal(0, 0.14, n_locks))
    length = np.where(short, np.minimum(length, 46) * 0.8, length)
    front = np.clip((roots[:, 2] - 5) / 45, 0, 1)
    if style is HairStyle.FRINGE:
        fringe = (roots[:, 2] > 8) & (np.abs(roots[:, 0]) < 60)
        length = np.where(
            fringe, table["fringe_mm"] + 0.55 * (roots[:, 1] - 100), length
        )
    path = np.empty((n_locks, n_steps, 3))
    path[:, 0] = roots
    normal = (roots - center) / axes**2
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    side = np.where(roots[:, 0] > part_x, 1.0, -1.0)
    flow = np.zeros((n_locks, 3))
    flow[:, 0] = side * table["sideways"]
    flow[:, 1] = -table["down"]
    flow[:, 2] = -table["back"] * (0.3 + front)
    if style is HairStyle.FRINGE:
        forward = np.array([0.0, -0.2, 1.0]) + np.stack(
            [roots[:, 0] * 0.009, 0 * front, 0 * front], axis=1
        )
        flow = np.where(fringe[:, None], forward, flow)
    flow += rng.normal(0, table["mess"], (n_locks, 3))
    heading = flow + normal * table["lift"]
    gravity = np.array([0.0, -1.0, 0.0])
    lift = table["volume"] * (0.6 + 0.8 * rng.uniform(size=n_locks))
    step = length / (n_steps - 1)
    beside = (79.0 + 17 * rng.uniform(size=n_locks)) * head.scale
    for k in range(1, n_steps):
        sunk = np.clip((center[1] + 5 - path[:, k - 1, 1]) / 30, 0, 1)
        pull = table["gravity"] * (k / n_steps + 1.6 * sunk)
        heading = heading + pull[:, None] * gravity
        heading /= np.linalg.norm(heading, axis=1, keepdims=True)
        point = path[:, k - 1] + heading * step[:, None]
        shell = 1 + lift * min(1.0, k / 3)
        radius = np.linalg.norm((point - center) / axes, axis=1)
        # On the skull hair lies along it; lower down it only stays outside.
        over = (point[:, 1] - center[1] + table["hold_to_mm"]) / 40
        hold = np.clip(over, 0, 1) * table["hold"]
        factor = np.where(radius < shell, 1.0, hold) * (shell / radius - 1) + 1
        point = center + (point - center) * factor[:, None]
        # Below the ears it hangs beside jaw and neck, neither in nor far out.
        wide = np.abs(point[:, 0])
        sunk = np.clip((center[1] + 5 - point[:, 1]) / 30, 0, 1)
        low = sunk * np.clip((point[:, 2] + 85) / 15, 0, 1)
        hung = wide + 0.4 * low * (beside - wide)
        point[:, 0] = np.sign(point[:, 0]) * hung
        moved = point - path[:, k - 1]
        path[:, k] = point
        heading = 0.5 * heading + 0.5 * moved / np.maximum(
            np.linalg.norm(moved, axis=1, keepdims=True), 1e-9
        )

    t = np.linspace(0, 1, n_steps)[None, None, :, None]
    offset = rng.normal(0, 1, (n_locks, n_each, 1, 3)) * table["lock_mm"]
    tangent_offset = (
        offset
        - (offset * normal[:, None, None]).sum(-1, keepdims=True)
        * normal[:, None, None]
    )
    curl = rng.normal(0, table["frizz_mm"], (n_locks, n_each, 1, 3)) * t**1.5
    wave_phase = rng.uniform(0, 2 * np.pi, (n_locks, 1, 1, 1))
    wave = table["wave_mm"] * t * np.sin(2 * np.pi * table["waves"] * t + wave_phase)
    loose = np.minimum(1, length / 80)[:, None, None, None]
    strands = path[:, None] + tangent_offset * (1 - 0.55 * t) + loose * (curl + wave)
    strands = strands.reshape(-1, n_steps, 3)
    color = _mix(rng, params, len(strands))
    # Locks that lie lower are in the shade of those above.
    shelter = (0.55 + 0.5 * lift / lift.max()) * np.exp(rng.normal(0, 0.14, n_locks))
    color *= np.repeat(shelter, n_each)[:, None]
    if not params.smooth:
        stray = rng.uniform(size=len(strands)) < 0.012
        strands[stray] += rng.normal(0, 9, (int(stray.sum()), 1, 3)) * t[0] ** 2
    return Strands(strands, color, table["width_mm"], 0.4, dense=True)


def brow_strands(params: PhantomParams, head: Head) -> Strands:
    """Brows: short hairs, upright near the nose, lying outward toward the tail."""
    rng = params.generator("brows")
    thick = rng.uniform(0.75, 1.15)
    n = int(300 * rng.uniform(0.8, 1.3))
    arch = rng.normal(0, 0.0025)
    points = []
    for side in (-1, 1):
        upper, lower = brow_outline(side)
        t = rng.beta(1.15, 1.05, n)
        across = np.clip(rng.normal(0.5, 0.2, n), 0.02, 0.98)
        knots = np.linspace(0, 1, 5)
        top = np.stack([np.interp(t, knots, upper[:, k]) for k in (0, 1)], 1)
        low = np.stack([np.interp(t, knots, lower[:, k]) for k in (0, 1)], 1)
        middle = (top + low) / 2
        width = thick * np.interp(t, [0, 0.25, 0.8, 1], [0.45, 0.75, 0.95, 0.7])
        root = middle + (low - top) * (across - 0.5)[:, None] * width[:, None]
        root[:, 1] -= arch * np.sin(np.pi * t)
        length = rng.uniform(5.5, 9.5, n) * np.interp(t, [0, 0.3, 1], [0.65, 1, 0.8])
        # t runs from tail to head; angles in the chart, 0 outward, 90 up.
        lean = np.interp(t, [0, 0.5, 0.85, 1], [-28, 8, 42, 76])
        lean += (across - 0.45) * 36 + rng.normal(0, 8, n)
        steps = np.linspace(0, 1, 6)
        turn = np.radians(lean[:, None] - 22 * steps)
        du = side * np.cos(turn) * (length / 5)[:, None] / 205
        dv = -np.sin(turn) * (length / 5)[:, None] / 235
        uv = root[:, None] + np.cumsum(np.stack([du, dv], axis=-1), axis=1)
        skin = head.points_at(uv)
        lifted = head.normals_at(uv) * (0.25 + 0.7 * np.sin(np.pi * steps))[:, None]
        points.append(skin + lifted)
    color = _mix(rng, params, 2 * n) * 0.8
    return Strands(np.concatenate(points), color, 0.13, 0.12)


def lash_strands(params: PhantomParams, head: Head) -> Strands:
    """Lashes of both lids, curved away from the eye."""
    rng = params.generator("lashes")
    points = []
    for eye in head.eyes:
        for margin, n, reach, rise in (
            (eye.lids.upper_uv, 80, 7.0, 0.75),
            (eye.lids.lower_uv, 42, 3.8, -0.6),
        ):
            t = np.clip(rng.uniform(0.04, 0.93, n), 0, 1)
            index = t * (len(margin) - 1)
            knots = np.arange(len(margin))
            uv = np.stack([np.interp(index, knots, margin[:, k]) for k in (0, 1)], 1)
            uv[:, 1] += rng.normal(0, 0.0008, n)
            root, normal = head.points_at(uv), head.normals_at(uv)
            length = (
                reach
                * rng.uniform(0.7, 1.1, n)
                * np.interp(t, [0, 0.6, 1], [1, 0.9, 0.5])
            )
            steps = np.linspace(0, 1, 6)[None, :, None]
            outward = np.zeros((n, 3))
            outward[:, 0] = eye.side * (0.65 - 1.0 * t) + rng.normal(0, 0.1, n)
            first = normal * 0.9 + outward * 0.6 - [0, 0.25 * np.sign(rise), 0]
            later = outward * 0.7 + [0, rise, 0.35]
            points.append(
                root[:, None]
                + length[:, None, None]
                * (
                    first[:, None] * (steps - 0.55 * steps**2)
                    + later[:, None] * 0.55 * steps**2
                )
            )
    strands = np.concatenate(points)
    color, _ = hair_color(params)
    dark = np.minimum(color * 0.5, 0.03)
    return Strands(strands, np.tile(dark, (len(strands), 1)), 0.11, 0.05)


def beard_strands(params: PhantomParams, head: Head) -> Strands | None:
    """Beard and moustache, from stubble to full."""
    if params.beard <= 0:
        return None
    table = load_knowledge("phantom")["beard"]
    rng = params.generator("beard")
    outline = np.array(table["outline_uv"], np.float32)
    full = np.concatenate([outline, (outline * [-1, 1] + [1, 0])[::-1]])
    n = 9000
    uv = rng.uniform(full.min(axis=0), full.max(axis=0), (n, 2))
    lips = np.array(table["lips_uv"])
    lips = np.concatenate([lips, (lips * [-1, 1] + [1, 0])[::-1]])
    keep = np.array(
        [
            cv2.pointPolygonTest(full.astype(np.float32), (float(x), float(y)), True)
            > 0.006 * rng.uniform(-1, 1.5)
            and cv2.pointPolygonTest(
                lips.astype(np.float32), (float(x), float(y)), True
            )
            < -0.004
            for x, y in uv
        ]
    )
    uv = uv[keep]
    length = (0.6 + 15 * max(params.beard - 0.3, 0) / 0.7) * rng.uniform(
        0.6, 1.2, len(uv)
    )
    steps = np.linspace(0, 1, 6)
    lean = np.radians(90 + (uv[:, 0] - 0.5) * -60 + rng.normal(0, 14, len(uv)))
    du = np.cos(lean)[:, None] * length[:, None] * steps / 220
    dv = np.sin(lean)[:, None] * length[:, None] * steps / 235
    path = uv[:, None] + np.stack([du, dv], axis=-1)
    points = head.points_at(path)
    normals = head.normals_at(path)
    points = points + normals * (0.1 + 0.28 * length[:, None] * steps)[..., None]
    shown = rng.uniform(size=len(uv)) < np.clip(0.35 + params.beard, 0, 1)
    color = _mix(rng, params, len(uv)) * 0.8
    return Strands(points[shown], color[shown], 0.12, 0.12)


def draw_strands(
    strands: Strands,
    camera: Camera,
    light: Light,
    depth_mm: NDArray[np.float32],
    layer: HairLayer,
    *,
    slack_mm: float,
) -> None:
    """Draw strands onto a layer, in place, where nothing stands before them.

    Notes
    -----
    Kajiya and Kay's strand shading (1989, 10.1145/74333.74361), in a few pieces along
    each hair.
    """
    scale = camera.focal_px / float(camera.translation_mm[2])
    if strands.dense and strands.width_mm * scale < 0.6:
        # Far under a pixel wide: every third hair, drawn a pixel wide, is enough.
        strands = replace(
            strands, points_mm=strands.points_mm[::3], color=strands.color[::3]
        )
    points = strands.points_mm
    k = points.shape[1]
    n_pieces = max((k - 1) // 3, 1)
    bounds = np.linspace(0, k - 1, n_pieces + 1).astype(int)
    xy = camera.project(points)
    far = camera.to_camera(points)[..., 2]
    height, width = depth_mm.shape
    pixels = np.clip(np.round(xy), 0, [width - 1, height - 1]).astype(int)
    open_way = far < depth_mm[pixels[..., 1], pixels[..., 0]] + slack_mm
    view = camera.eye_point()

    pieces = []
    for a, b in pairwise(bounds):
        tangent = points[:, b] - points[:, a]
        tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
        middle = points[:, (a + b) // 2]
        toward = view - middle
        toward /= np.linalg.norm(toward, axis=1, keepdims=True)
        cos_light, cos_view = tangent @ light.direction, (tangent * toward).sum(axis=1)
        sin_light = np.sqrt(np.maximum(1 - cos_light**2, 0))
        sin_view = np.sqrt(np.maximum(1 - cos_view**2, 0))
        shine = np.maximum(sin_light * sin_view - cos_light * cos_view, 0) ** 26
        outward = middle - _HEAD_CENTER_MM
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        turned = np.clip(0.4 + 0.7 * outward @ light.direction, 0.08, 1)
        above = 0.65 + 0.35 * outward @ light.up
        glow = strands.color * (
            (sin_light * turned)[:, None] * light.main + above[:, None] * light.ambient
        )
        shine = shine * turned
        glow = glow + strands.gloss * 0.16 * shine[:, None] * (
            0.35 * light.main + 0.65 * light.main * strands.color / strands.color.max()
        )
        pieces.append(glow)
    codes = linear_to_srgb8(np.stack(pieces, axis=1)).round().astype(int)
    thickness = max(1, round(strands.width_mm * scale))
    shadow = thickness + 1 if strands.dense else thickness
    # A hair thinner than a pixel covers only part of it.
    cover = int(255 * min(1.0, strands.width_mm * scale) ** 0.7)
    fixed = np.clip(np.round(xy * 16), -480_000, 480_000).astype(np.int32)
    order = np.argsort(-far.mean(axis=1), kind="stable")
    clear = np.stack(
        [open_way[order, a : b + 1].all(axis=1) for a, b in pairwise(bounds)],
        axis=1,
    )
    for s, p in np.argwhere(clear).tolist():
        hair = order[s]
        line = [fixed[hair, bounds[p] : bounds[p + 1] + 1]]
        color = codes[hair, p].tolist()
        cv2.polylines(layer.rgb, line, False, color, thickness, cv2.LINE_AA, 4)
        cv2.polylines(layer.cover, line, False, cover, shadow, cv2.LINE_AA, 4)
