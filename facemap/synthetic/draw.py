"""Draw a phantom: geometry, light, skin, hair, camera, in that order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.resources import load_knowledge
from facemap.synthetic import body, hair
from facemap.synthetic.anatomy import face_creases, plan_furrows
from facemap.synthetic.camera import Camera, head_rotation
from facemap.synthetic.color import (
    lab_to_linear,
    light_color,
    linear_to_srgb8,
    skin_lab,
    srgb_to_linear,
)
from facemap.synthetic.eyes import paint_eye
from facemap.synthetic.furrows import Furrow
from facemap.synthetic.head import Head, build_head
from facemap.synthetic.light import Light, Shading, make_light, open_sky, shade, shadow
from facemap.synthetic.material import SkinMaps, build_grain, build_skin_maps, octaves
from facemap.synthetic.params import HairStyle, PhantomParams
from facemap.synthetic.raster import Fragments, rasterize_grid
from facemap.synthetic.relief import carve
from facemap.synthetic.surface import Patch, sample_image
from facemap.synthetic.truth import Phantom, make_truth
from facemap.types import FloatArray, Mask

__all__ = ["draw_phantom", "make_camera"]

#: Rows shaded in one go; bounds the memory.
_BAND_PIXELS = 1_200_000


@dataclass(frozen=True, eq=False)
class _Scene:
    """What stays the same from pixel to pixel."""

    params: PhantomParams
    head: Head
    camera: Camera
    light: Light
    sky: NDArray[np.float32]
    lit: NDArray[np.float32]
    maps: SkinMaps
    base: FloatArray
    lip: FloatArray
    scalp: FloatArray

    def light_at(self, uv: NDArray[np.floating]) -> NDArray[np.float32]:
        """Sky and main light at chart points; (..., 2)."""
        at = self.head.grid_position(np.asarray(uv, np.float64))
        return sample_image(np.stack([self.sky, self.lit], -1), at[..., 0], at[..., 1])


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
    linear, cover, nearest = _render(scene, furrows, (width * fine, height * fine))
    linear = _shrink(linear, fine)
    cover = _shrink(cover, fine)
    rgb = _expose(linear, params)
    rgb.setflags(write=False)
    covered = cover > 0.35

    def seen(points_mm: FloatArray) -> Mask:
        return _seen(points_mm, scene, nearest, camera, covered)

    truth = make_truth(
        params,
        head,
        camera,
        scene.light,
        furrows,
        (covered, np.zeros_like(covered)),
        _station_shading(scene),
        seen,
    )
    return Phantom(rgb, params, truth)


def _oversampling(camera: Camera, head: Head) -> int:
    """Samples per pixel each way: a furrow 0.3 mm wide must not fall between them."""
    depth = camera.to_camera(head.eye_middle_mm())[2]
    px_per_mm = camera.focal_px / depth
    return int(np.clip(np.ceil(6.0 / px_per_mm), 1, 3))


def _set_scene(params: PhantomParams, head: Head, camera: Camera) -> _Scene:
    light = make_light(params, camera)
    points = head.skin.points_mm.reshape(-1, 3)
    used = np.zeros(head.skin.points_mm.shape[:2], bool)
    used[:-1, :-1] |= head.skin.cells
    occluders = np.concatenate(
        [points[used.reshape(-1)], body.garment(head, 20.0).points_mm.reshape(-1, 3)]
    )
    shape = used.shape
    lit = shadow(points, occluders, light).reshape(shape)
    lit = cv2.GaussianBlur(lit, (0, 0), 0.8)
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
        lit.astype(np.float32),
        build_skin_maps(params),
        lab_to_linear(base_lab),
        lab_to_linear(lip_lab),
        scalp,
    )


_SKY_CACHE: dict[int, tuple[Head, NDArray[np.float32]]] = {}


def _sky(head: Head) -> NDArray[np.float32]:
    kept = _SKY_CACHE.get(id(head))
    if kept is not None and kept[0] is head:
        return kept[1]
    points, normals = head.skin.points_mm, head.skin.normals
    used = np.zeros(points.shape[:2], bool)
    used[:-1, :-1] |= head.skin.cells
    sky = open_sky(points.reshape(-1, 3), normals.reshape(-1, 3), points[used])
    out = cv2.GaussianBlur(sky.reshape(points.shape[:2]), (0, 0), 1.2)
    while len(_SKY_CACHE) >= 8:
        _SKY_CACHE.pop(next(iter(_SKY_CACHE)))
    _SKY_CACHE[id(head)] = (head, np.asarray(out, np.float32))
    return _SKY_CACHE[id(head)][1]


def _raster(
    patch: Patch, values: FloatArray, camera: Camera, size_wh: tuple[int, int]
) -> Fragments:
    depth = camera.to_camera(patch.points_mm)[..., 2]
    xy = camera.project(patch.points_mm)
    return rasterize_grid(xy, depth, values, patch.cells, size_wh, two_sided=True)


def _render(
    scene: _Scene, furrows: Sequence[Furrow], size_wh: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """The scene in linear light before the camera; how much is hair; its depth."""
    width, height = size_wh
    params, head, camera, light = scene.params, scene.head, scene.camera, scene.light
    image = _backdrop(params, size_wh)
    nearest = np.full((height, width), np.inf, np.float32)

    for patch, albedo, rough in _surroundings(scene):
        seen = _raster(patch, patch.normals, camera, size_wh)
        wins = seen.depth_mm < nearest
        normal = seen.values[wins]
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
        n = len(normal)
        flat = np.zeros((n, 3), np.float32)
        one = np.ones(n, np.float32)
        image[wins] = shade(
            Shading(
                np.tile(albedo.astype(np.float32), (n, 1)),
                normal,
                flat,
                flat,
                np.tile((-camera.rotation[2]).astype(np.float32), (n, 1)),
                one,
                one * np.float32(0.75),
                one,
                one * np.float32(rough),
            ),
            light,
        )
        nearest[wins] = seen.depth_mm[wins]

    grid = _chart_values(head)
    seen = _raster(head.skin, grid, camera, size_wh)
    skin = seen.depth_mm < nearest
    nearest = np.minimum(nearest, seen.depth_mm)
    _shade_skin(image, scene, seen, skin, [*face_creases(head), *furrows])
    _paint_eyes(image, scene, seen, skin)
    cover = _comb(image, scene, nearest, size_wh)
    return image, cover, nearest


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
    """Normals and chart coordinates of the skin's grid; (h, w, 5)."""
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


def _surroundings(scene: _Scene) -> list[tuple[Patch, FloatArray, float]]:
    """Garment, ears and skull with their colors and sheen."""
    rng = scene.params.generator("garment")
    palette = load_knowledge("phantom")["garment"]["colors"]
    cloth = srgb_to_linear(np.array(palette[int(rng.integers(len(palette)))]) / 255)
    blush = scene.base * [1.0, 0.84, 0.86]
    head = scene.head
    return [
        (body.garment(head, float(rng.uniform(14, 40))), cloth, 0.05),
        (body.skull(head), scene.scalp, 0.4),
        (body.ear(head, -1), blush, 0.7),
        (body.ear(head, 1), blush, 0.7),
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
    eye_point = camera.eye_point()
    rows = max(_BAND_PIXELS // width, 8)
    for top in range(0, height, rows):
        band = slice(top, min(top + rows, height))
        here = skin[band]
        if not here.any():
            continue
        ys, xs = np.nonzero(here)
        depth = seen.depth_mm[band][here].astype(np.float64)
        rays = camera.rays(np.stack([xs, ys + top], axis=1))
        points = eye_point + rays * depth[:, None]
        whole = np.zeros((*here.shape, 3), np.float32)
        whole[here] = points
        shifted = replace(camera, center_px=camera.center_px - [0, top])
        relief = carve(furrows, shifted, whole, here)
        index = np.full(here.size, -1)
        index[here.reshape(-1)] = np.arange(len(points))
        at = index[relief.pixel]
        shading = _skin_shading(scene, seen.values[band][here], points, grain)
        shading.tilt[at] = relief.tilt
        shading.cavity[at] *= relief.cavity
        blood = np.array(load_knowledge("phantom")["skin"]["blood"], np.float32)
        shading.albedo[at] *= np.exp(-relief.blood[:, None] * blood)
        image[band][here] = shade(shading, scene.light)


def _skin_shading(
    scene: _Scene,
    values: NDArray[np.floating],
    points_mm: FloatArray,
    grain: object,
) -> Shading:
    """Bare skin without relief at points with the given normals and chart places."""
    table = load_knowledge("phantom")["skin"]
    normal = values[:, :3].astype(np.float32)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    uv = values[:, 3:5]
    maps = scene.maps.sample(uv)
    melanin, blood, lip, nostril, gloss, pores = (maps[:, k] for k in range(6))
    sky, lit = scene.light_at(uv).T
    n = len(normal)
    slopes = np.zeros((n, 3), np.float32)
    speckle = np.zeros(n, np.float32)
    if not scene.params.smooth:
        across = np.stack([normal[:, 2], 0 * normal[:, 0], -normal[:, 0]], axis=1)
        across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-3)
        down = np.cross(across, normal).astype(np.float32)
        fine = grain.sample(uv * np.float32(220.0))
        strength = (0.035 + 0.05 * pores)[:, None]
        slopes = strength * (fine[:, :1] * across + fine[:, 1:2] * -down)
        speckle = (0.012 + 0.014 * pores) * fine[:, 2]
    extinction = np.outer(melanin - speckle, table["melanin"]) + np.outer(
        blood, table["blood"]
    )
    base = scene.base * np.exp(-extinction)
    stripes = 1 + 0.06 * lip * np.sin(uv[:, 0] * 900 + 4 * np.sin(uv[:, 1] * 160))
    albedo = base * (1 - lip[:, None]) + scene.lip * (lip * stripes)[:, None]
    clear = hair.under_hairline(points_mm, scene.params, scene.head)
    rooted = 1 / (1 + np.exp(clear / 1.6))
    albedo = albedo * (1 - rooted[:, None]) + scene.scalp * rooted[:, None]
    return Shading(
        albedo=albedo.astype(np.float32),
        normal=normal,
        tilt=np.zeros((n, 3), np.float32),
        grain=slopes.astype(np.float32),
        view=_toward(scene.camera, points_mm),
        lit=lit.astype(np.float32),
        sky=(sky * (1 - 0.55 * rooted)).astype(np.float32),
        cavity=(1 - 0.93 * nostril).astype(np.float32),
        gloss=(gloss * (1 - rooted)).astype(np.float32),
    )


def _toward(camera: Camera, points_mm: FloatArray) -> NDArray[np.float32]:
    view = camera.eye_point() - points_mm
    view /= np.linalg.norm(view, axis=-1, keepdims=True)
    return np.asarray(view, np.float32)


def _station_shading(scene: _Scene):  # type: ignore[no-untyped-def]
    """A function from chart points to bare skin there, for the truth."""
    head = scene.head
    plain = replace(scene, params=replace(scene.params, smooth=True))

    def at(uv: FloatArray) -> Shading:
        values = np.concatenate([head.normals_at(uv), uv], axis=1)
        return _skin_shading(plain, values, head.points_at(uv), None)

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
        sky, lit = scene.light_at(chart).T
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
    for strands, slack in (
        (hair.lash_strands(params, head), 6.0),
        (hair.brow_strands(params, head), 3.0),
        (hair.beard_strands(params, head), 3.0),
        (hair.head_strands(params, head), 4.0),
    ):
        if strands is None:
            continue
        layer = hair.HairLayer(
            np.empty((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
        )
        mean = strands.color.mean(axis=0) * (
            0.7 * scene.light.main + scene.light.ambient
        )
        layer.rgb[:] = linear_to_srgb8(mean).round().astype(np.uint8)
        hair.draw_strands(
            strands, scene.camera, scene.light, nearest, layer, slack_mm=slack
        )
        where = layer.cover > 0
        alpha = layer.cover[where].astype(np.float32)[:, None] / 255
        table = srgb_to_linear(np.arange(256) / 255).astype(np.float32)
        image[where] = image[where] * (1 - alpha) + table[layer.rgb[where]] * alpha
        total[where] = 1 - (1 - total[where]) * (1 - alpha[:, 0])
    return total


def _shrink(image: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    if factor == 1:
        return image
    size = (image.shape[1] // factor, image.shape[0] // factor)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _expose(linear: NDArray[np.float32], params: PhantomParams) -> NDArray[np.uint8]:
    """The camera: point spread, sRGB curve, noise, eight bits."""
    if params.blur_px > 0:
        linear = cv2.GaussianBlur(linear, (0, 0), params.blur_px)
    codes = linear_to_srgb8(linear)
    if params.noise > 0:
        rng = params.generator("noise")
        shape = codes.shape
        common = rng.standard_normal(shape[:2], dtype=np.float32)[..., None]
        each = rng.standard_normal(shape, dtype=np.float32)
        # Shot noise: in code values it is largest in the shadows.
        gain = np.sqrt(1.6 - codes / 255 * 1.2)
        codes = codes + params.noise * gain * (0.8 * common + 0.6 * each)
    return np.asarray(np.clip(np.round(codes), 0, 255), np.uint8)
