"""Draw a phantom: geometry, light, skin, hair, camera, in that order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.light import srgb_to_linear
from facemap.resources import load_knowledge
from facemap.synthetic import body, hair
from facemap.synthetic.anatomy import face_creases, plan_furrows
from facemap.synthetic.camera import Camera, head_rotation
from facemap.synthetic.color import (
    lab_to_linear,
    light_color,
    linear_to_srgb8,
    skin_lab,
)
from facemap.synthetic.eyes import paint_eye
from facemap.synthetic.furrows import Furrow
from facemap.synthetic.glasses import wear_glasses
from facemap.synthetic.head import Head, build_head
from facemap.synthetic.light import Light, Shading, make_light, open_sky, shade, shadow
from facemap.synthetic.material import Grain, SkinMaps, build_grain, build_skin_maps
from facemap.synthetic.params import HairStyle, PhantomParams
from facemap.synthetic.raster import Fragments, rasterize_grid
from facemap.synthetic.relief import carve
from facemap.synthetic.surface import Patch, blur, sample_image
from facemap.synthetic.truth import Phantom, make_truth
from facemap.types import FloatArray, Mask

__all__ = ["draw_phantom", "make_camera"]

#: Rows shaded in one go; bounds the memory.
_BAND_PIXELS = 120_000


@dataclass(frozen=True, eq=False)
class _Scene:
    """What stays the same from pixel to pixel."""

    params: PhantomParams
    head: Head
    camera: Camera
    light: Light
    sky: NDArray[np.float32]
    lit: NDArray[np.float32]
    clear: NDArray[np.float32]
    maps: SkinMaps
    base: FloatArray
    lip: FloatArray
    scalp: FloatArray

    def light_at(self, uv: NDArray[np.floating]) -> NDArray[np.float32]:
        """Sky, main light and distance below the hairline at chart points; (N, 3)."""
        at = (uv - self.head.uv_origin.astype(np.float32)) / np.float32(
            self.head.step_uv
        )
        stack = np.stack([self.sky, self.lit, self.clear], axis=-1)
        return sample_image(stack, at[..., 0], at[..., 1])


def make_camera(params: PhantomParams, head: Head) -> Camera:
    """Place the camera so that the face is in the middle of the picture."""
    width, height = params.size_wh
    table = load_knowledge("phantom")["camera"]
    px_per_mm = params.px_per_mm or height / (table["frame_height_mm"] * head.scale)
    rotation = head_rotation(params.yaw_deg, params.pitch_deg, params.roll_deg)
    translation = -rotation @ (np.array(table["middle_mm"]) * head.scale)
    eyes = rotation @ head.eye_middle_mm()
    translation[2] = params.camera_distance_mm - eyes[2]
    return Camera(
        rotation=rotation,
        translation_mm=translation,
        focal_px=px_per_mm * params.camera_distance_mm,
        center_px=np.array([(width - 1) / 2, (height - 1) / 2]),
    )


def draw_phantom(params: PhantomParams) -> Phantom:
    """Draw a synthetic face with exact truth.

    Parameters
    ----------
    params : PhantomParams

    Returns
    -------
    Phantom
        The same parameters give the same bytes.

    Examples
    --------
    >>> phantom = draw_phantom(PhantomParams(seed=1, size_wh=(180, 220)))
    >>> phantom.rgb.shape
    (220, 180, 3)
    """
    head = build_head(params)
    camera = make_camera(params, head)
    fine = _oversampling(camera, head)
    scene = _set_scene(params, head, camera.scaled(fine))
    furrows = plan_furrows(params, head)
    width, height = params.size_wh
    linear, cover, worn, nearest = _render(
        scene, furrows, (width * fine, height * fine)
    )
    linear = _shrink(linear, fine)
    rgb = _expose(linear, params)
    rgb.setflags(write=False)
    covered = _shrink(cover, fine) > 0.35
    framed = _shrink(worn, fine) > 0.35

    def seen(points_mm: FloatArray) -> Mask:
        return _seen(points_mm, scene, nearest, camera, covered | framed)

    truth = make_truth(
        params,
        head,
        camera,
        scene.light,
        furrows,
        (covered, framed),
        _station_shading(scene),
        seen,
    )
    return Phantom(rgb, params, truth)


def _oversampling(camera: Camera, head: Head) -> int:
    """Choose samples per pixel each way, so that no furrow falls between them."""
    depth = camera.to_camera(head.eye_middle_mm())[2]
    px_per_mm = camera.focal_px / depth
    return int(np.clip(np.round(6.0 / px_per_mm), 1, 3))


def _set_scene(params: PhantomParams, head: Head, camera: Camera) -> _Scene:
    light = make_light(params, camera)
    points = head.skin.points_mm.reshape(-1, 3)
    used = np.zeros(head.skin.points_mm.shape[:2], bool)
    used[:-1, :-1] |= head.skin.cells
    occluders = np.concatenate(
        [points[used.reshape(-1)], body.garment(head, 20.0).points_mm.reshape(-1, 3)]
    )
    lit = blur(shadow(points, occluders, light).reshape(used.shape), 0.8)
    rng = params.generator("lip color")
    base_lab = skin_lab(params.ita_deg)
    pale = np.clip((params.ita_deg + 60) / 120, 0, 1)
    lip_lab = base_lab + np.array([-5 - 7 * pale, 5 + 6 * pale, -3]) * rng.uniform(
        0.8, 1.25
    )
    color, gray = hair.hair_color(params)
    scalp = lab_to_linear(base_lab)
    if hair.chosen_style(params) is not HairStyle.NONE:
        scalp = 0.5 * ((1 - gray) * color + gray * np.array([0.3, 0.3, 0.3]))
    return _Scene(
        params,
        head,
        camera,
        light,
        _sky(head),
        lit,
        hair.under_hairline(head.skin.points_mm, params, head).astype(np.float32),
        build_skin_maps(params),
        lab_to_linear(base_lab),
        lab_to_linear(lip_lab),
        scalp,
    )


@lru_cache(maxsize=8)
def _sky(head: Head) -> NDArray[np.float32]:
    """Share of open sky over each grid point; the same in every pose and light."""
    points, normals = head.skin.points_mm, head.skin.normals
    used = np.zeros(points.shape[:2], bool)
    used[:-1, :-1] |= head.skin.cells
    sky = open_sky(points.reshape(-1, 3), normals.reshape(-1, 3), points[used])
    return blur(sky.reshape(used.shape), 1.2)


def _raster(
    patch: Patch,
    values: FloatArray,
    camera: Camera,
    size_wh: tuple[int, int],
    *,
    two_sided: bool = False,
) -> Fragments:
    depth = camera.to_camera(patch.points_mm)[..., 2]
    xy = camera.project(patch.points_mm)
    return rasterize_grid(xy, depth, values, patch.cells, size_wh, two_sided=two_sided)


def _plain_shading(
    values: NDArray[np.float32], gloss: float, sky: float, lit: float, camera: Camera
) -> Shading:
    """Material without relief, from normals and albedo, (6, N)."""
    normals, albedo = values[:3], values[3:]
    normals = normals / np.maximum(np.linalg.norm(normals, axis=0), 1e-6)
    flat = np.zeros_like(normals)
    one = np.ones(normals.shape[1], np.float32)
    view = -camera.rotation[2].astype(np.float32)
    return Shading(
        albedo=albedo,
        normal=normals,
        tilt=flat,
        grain=flat,
        view=np.outer(view, one),
        lit=one * np.float32(lit),
        sky=one * np.float32(sky),
        cavity=one,
        gloss=one * np.float32(gloss),
    )


def _render(
    scene: _Scene, furrows: Sequence[Furrow], size_wh: tuple[int, int]
) -> tuple[NDArray[np.float32], ...]:
    """Return the scene in linear light; the shares of hair and of frame; its depth."""
    width, height = size_wh
    params, head, camera, light = scene.params, scene.head, scene.camera, scene.light
    image = _backdrop(params, size_wh)
    nearest = np.full((height, width), np.inf, np.float32)

    for patch, albedo, gloss, sky, lit in _surroundings(scene):
        values = np.concatenate([patch.normals, albedo], axis=-1)
        seen = _raster(patch, values, camera, size_wh, two_sided=True)
        wins = seen.depth_mm < nearest
        image[wins] = shade(
            _plain_shading(seen.values[wins].T, gloss, sky, lit, camera), light
        ).T
        nearest[wins] = seen.depth_mm[wins]

    grid = _chart_values(head)
    seen = _raster(head.skin, grid, camera, size_wh)
    skin = seen.depth_mm < nearest
    nearest = np.minimum(nearest, seen.depth_mm)
    _shade_skin(image, scene, seen, skin, [*face_creases(head), *furrows])
    _paint_eyes(image, scene, seen, skin)
    worn = np.zeros(nearest.shape, np.float32)
    if params.glasses:
        worn = wear_glasses(image, head, camera, light, nearest)
    cover = _comb(image, scene, nearest, size_wh)
    return image, cover, worn * (1 - cover), nearest


def _seen(
    points_mm: FloatArray,
    scene: _Scene,
    nearest: NDArray[np.float32],
    camera: Camera,
    covered: Mask,
) -> Mask:
    """Whether the camera sees each point of the skin."""
    out = np.ones(len(points_mm), bool)
    depth = camera.to_camera(points_mm)[:, 2]
    for xy, shape in (
        (scene.camera.project(points_mm), nearest.shape),
        (camera.project(points_mm), covered.shape),
    ):
        at = np.round(xy).astype(int)
        out &= ((at >= 0) & (at < [shape[1], shape[0]])).all(axis=1)
        column = np.clip(at[:, 0], 0, shape[1] - 1)
        row = np.clip(at[:, 1], 0, shape[0] - 1)
        if shape is nearest.shape or shape == nearest.shape:
            out &= depth < nearest[row, column] + 2.0
        if shape == covered.shape:
            out &= ~covered[row, column]
    return out


def _chart_values(head: Head) -> FloatArray:
    """Return normals and chart coordinates of the skin's grid; (h, w, 5)."""
    rows, columns = np.indices(head.skin.points_mm.shape[:2])
    uv = np.stack([columns, rows], axis=-1) * head.step_uv + head.uv_origin
    return np.concatenate([head.skin.normals, uv], axis=-1)


def _backdrop(params: PhantomParams, size_wh: tuple[int, int]) -> NDArray[np.float32]:
    width, height = size_wh
    y, x = np.mgrid[0:1:64j, 0:1:64j]
    level = float(srgb_to_linear(np.array(params.background)))
    toward = np.sin(np.radians(params.light_azimuth_deg))
    glow = level * (1.06 - 0.45 * ((x - 0.5) ** 2 + (y - 0.35) ** 2) - 0.1 * (y - 0.4))
    glow = glow * (1 - 0.12 * toward * (x - 0.5))
    color = light_color(params.color_temperature_k) * 2.0**params.exposure_ev
    tint = np.array([0.985, 1.0, 1.02])
    small = (glow[..., None] * color * tint).astype(np.float32)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


def _surroundings(scene: _Scene) -> list[tuple[Patch, FloatArray, float, float, float]]:
    """Garment, skull, nape, ears: shape, color, sheen, open sky, share of light."""
    rng = scene.params.generator("garment")
    palette = load_knowledge("phantom")["garment"]["colors"]
    cloth = srgb_to_linear(np.array(palette[int(rng.integers(len(palette)))]) / 255)
    blush = scene.base * [1.0, 0.84, 0.86]
    head = scene.head

    def even(patch: Patch, color: FloatArray) -> FloatArray:
        return np.broadcast_to(color, patch.points_mm.shape)

    top = body.garment(head, float(rng.uniform(18, 40)))
    skull, nape = body.skull(head), body.nape(head)
    ears = [body.ear(head, side) for side in (-1, 1)]
    clear = hair.under_hairline(skull.points_mm, scene.params, head)
    hairy = 1 / (1 + np.exp(np.clip(clear / 3, -30, 30)))[..., None]
    return [
        (top, even(top, cloth), 0.05, 0.75, 1.0),
        (skull, scene.base * (1 - hairy) + scene.scalp * hairy, 0.3, 0.6, 1.0),
        (nape, even(nape, scene.base), 0.3, 0.3, 0.3),
        *((ear, even(ear, blush), 0.6, 0.7, 0.8) for ear in ears),
    ]


def _shade_skin(
    image: NDArray[np.float32],
    scene: _Scene,
    seen: Fragments,
    skin: Mask,
    furrows: Sequence[Furrow],
) -> None:
    """Shade the skin into the picture, in place, band by band."""
    height, width = skin.shape
    camera = scene.camera
    scale = camera.focal_px / camera.translation_mm[2]
    grain = build_grain(scene.params, float(scale))
    relief = carve(furrows, camera, seen.depth_mm, skin)
    blood = np.array(load_knowledge("phantom")["skin"]["blood"], np.float32)
    extinction = np.exp(-blood[:, None] * relief.blood)
    view = (camera.rays(_corners(width, height)) * -1).astype(np.float32)
    rows = max(_BAND_PIXELS // width, 8)
    for top in range(0, height, rows):
        band = slice(top, min(top + rows, height))
        here = skin[band]
        if not here.any():
            continue
        ys, xs = np.nonzero(here)
        across, down = xs.astype(np.float32), (ys + top).astype(np.float32)
        toward = view[0][:, None] + np.outer(view[1] - view[0], across / width)
        toward += np.outer(view[2] - view[0], down / height)
        shading = _skin_shading(scene, seen.values[band][here].T, toward, grain)
        first, last = np.searchsorted(relief.pixel, [top * width, (top + rows) * width])
        index = np.cumsum(here.reshape(-1)) - 1
        at, part = index[relief.pixel[first:last] - top * width], slice(first, last)
        shading.tilt[:, at] = relief.tilt[:, part]
        shading.cavity[at] *= relief.cavity[part]
        shading.albedo[:, at] *= extinction[:, part]
        image[band][here] = shade(shading, scene.light).T


def _corners(width: int, height: int) -> FloatArray:
    return np.array([[0.0, 0.0], [width, 0.0], [0.0, height]])


def _skin_shading(
    scene: _Scene,
    values: NDArray[np.floating],
    toward: NDArray[np.floating],
    grain: Grain | None,
) -> Shading:
    """Bare skin without relief.

    Parameters
    ----------
    values : ndarray of shape (5, N)
        Normal and chart coordinates.
    toward : ndarray of shape (3, N)
        To the camera, any length.
    grain : Grain or None
        None for skin without pores.
    """
    table = load_knowledge("phantom")["skin"]
    normal = values[:3].astype(np.float32)
    normal /= np.sqrt(np.maximum((normal * normal).sum(axis=0), 1e-9))
    toward = toward / np.sqrt((toward * toward).sum(axis=0))
    uv = np.ascontiguousarray(values[3:5].T)
    melanin, blood, lip, nostril, gloss, pores = scene.maps.sample(uv).T
    sky, lit, clear = scene.light_at(uv).T
    slopes = np.zeros_like(normal)
    if grain is not None:
        length = np.sqrt(np.maximum(normal[0] ** 2 + normal[2] ** 2, 1e-6))
        ux, uz = normal[2] / length, -normal[0] / length
        fine_u, fine_v, speckle = grain.sample(uv * np.float32(220.0)).T
        strength = 0.035 + 0.05 * pores
        fine_u, fine_v = strength * fine_u, strength * fine_v
        # v runs down the face: its direction is across x normal.
        slopes[0] = fine_u * ux - fine_v * normal[1] * uz * -1
        slopes[1] = fine_v * (uz * normal[0] - ux * normal[2])
        slopes[2] = fine_u * uz + fine_v * normal[1] * ux
        melanin = melanin - (0.012 + 0.014 * pores) * speckle
    rooted = 1 / (1 + np.exp(np.clip(clear / 1.6, -30, 30)))
    stripes = 1 + 0.03 * np.sin(uv[:, 0] * 640 + 5 * np.sin(uv[:, 0] * 90))
    albedo = np.empty_like(normal)
    for k in range(3):
        pigment = table["melanin"][k] * melanin + table["blood"][k] * blood
        bare = float(scene.base[k]) * np.exp(-pigment)
        mouth = bare + lip * (float(scene.lip[k]) * stripes - bare)
        albedo[k] = mouth + rooted * (float(scene.scalp[k]) - mouth)
    return Shading(
        albedo=albedo,
        normal=normal,
        tilt=np.zeros_like(normal),
        grain=slopes,
        view=np.asarray(toward, np.float32),
        lit=lit,
        sky=sky * (1 - 0.55 * rooted),
        cavity=1 - 0.93 * nostril,
        gloss=gloss * (1 - rooted),
    )


def _station_shading(scene: _Scene) -> Callable[[FloatArray], Shading]:
    """Make a function from chart points to bare skin there, for the truth."""
    head = scene.head

    def at(uv: FloatArray) -> Shading:
        values = np.concatenate([head.normals_at(uv), uv], axis=1)
        toward = scene.camera.eye_point() - head.points_at(uv)
        return _skin_shading(scene, values.T, toward.T, None)

    return at


def _paint_eyes(
    image: NDArray[np.float32], scene: _Scene, seen: Fragments, skin: Mask
) -> None:
    height, width = skin.shape
    for eye in scene.head.eyes:
        outline = scene.camera.project(scene.head.points_at(eye.lids.ring()))
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(
            mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4
        )
        x0, y0 = np.maximum(np.floor(outline.min(axis=0)).astype(int) - 2, 0)
        x1, y1 = np.ceil(outline.max(axis=0)).astype(int) + 3
        part = (slice(y0, y1), slice(x0, x1))
        uv = seen.values[part][..., 3:5]
        ring = eye.lids.ring()
        near = (
            (uv[..., 0] > ring[:, 0].min() - 0.02)
            & (uv[..., 0] < ring[:, 0].max() + 0.02)
            & (uv[..., 1] > ring[:, 1].min() - 0.02)
            & (uv[..., 1] < ring[:, 1].max() + 0.02)
        )
        rows, columns = np.nonzero((mask[part] > 0) & skin[part] & near)
        if len(rows) == 0:
            continue
        xy = np.stack([columns + x0, rows + y0], axis=1).astype(float)
        chart = uv[rows, columns].astype(float)
        sky, lit, _ = scene.light_at(chart).T
        color = paint_eye(
            eye, scene.camera, scene.light, scene.params, xy, chart, sky, lit
        )
        alpha = (mask[part][rows, columns] / 255.0)[:, None].astype(np.float32)
        target = image[part]
        target[rows, columns] = target[rows, columns] * (1 - alpha) + color * alpha


def _comb(
    image: NDArray[np.float32],
    scene: _Scene,
    nearest: NDArray[np.float32],
    size_wh: tuple[int, int],
) -> NDArray[np.float32]:
    """Draw all hair into the picture, in place; returns its coverage, 0 to 1."""
    width, height = size_wh
    params, head = scene.params, scene.head
    total = np.zeros((height, width), np.float32)
    table = srgb_to_linear(np.arange(256) / 255).astype(np.float32)
    for strands, slack in (
        (hair.lash_strands(params, head), 6.0),
        (hair.brow_strands(params, head), 3.0),
        (hair.beard_strands(params, head), 3.0),
        (hair.head_strands(params, head), 4.0),
    ):
        if strands is None:
            continue
        low, high = _extent(strands.points_mm, scene.camera, size_wh)
        if (high <= low).any():
            continue
        box = (slice(low[1], high[1]), slice(low[0], high[0]))
        shape = (int(high[1] - low[1]), int(high[0] - low[0]))
        layer = hair.HairLayer(
            np.empty((*shape, 3), np.uint8), np.zeros(shape, np.uint8)
        )
        glow = 0.7 * scene.light.main + scene.light.ambient
        mean = strands.color.mean(axis=0) * glow * (0.6 if strands.dense else 1.0)
        layer.rgb[:] = linear_to_srgb8(mean).round().astype(np.uint8)
        moved = replace(scene.camera, center_px=scene.camera.center_px - low)
        hair.draw_strands(
            strands, moved, scene.light, nearest[box], layer, slack_mm=slack
        )
        where = layer.cover > 0
        alpha = layer.cover[where].astype(np.float32)[:, None] / 255
        part, done = image[box], total[box]
        part[where] = part[where] * (1 - alpha) + table[layer.rgb[where]] * alpha
        done[where] = 1 - (1 - done[where]) * (1 - alpha[:, 0])
    return total


def _extent(
    points_mm: FloatArray, camera: Camera, size_wh: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Box of pixels that strands may touch, within the picture."""
    xy = camera.project(points_mm).reshape(-1, 2)
    low = np.clip(np.floor(xy.min(axis=0)) - 3, 0, size_wh).astype(np.int64)
    high = np.clip(np.ceil(xy.max(axis=0)) + 4, 0, size_wh).astype(np.int64)
    return low, high


def _shrink(image: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    if factor == 1:
        return image
    size = (image.shape[1] // factor, image.shape[0] // factor)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _expose(linear: NDArray[np.float32], params: PhantomParams) -> NDArray[np.uint8]:
    """Play the camera: point spread, sRGB curve, noise, eight bits."""
    if params.blur_px > 0:
        linear = blur(linear, params.blur_px)
    codes = linear_to_srgb8(linear)
    if params.noise > 0:
        rng = params.generator("noise")
        shape = codes.shape
        common = rng.standard_normal(shape[:2], dtype=np.float32)[..., None]
        each = rng.standard_normal(shape, dtype=np.float32)
        # Shot noise: in code values it is largest in the shadows.
        gain = np.sqrt(1.6 - codes / 255 * 1.2)
        codes += np.float32(params.noise) * gain * (0.8 * common + 0.6 * each)
    return np.asarray(np.clip(np.round(codes), 0, 255), np.uint8)
