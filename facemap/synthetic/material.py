"""What skin is made of at each point of the chart: pigment, blood, lips, grain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.chart import load_chart
from facemap.synthetic.params import PhantomParams
from facemap.synthetic.surface import blur, sample_image
from facemap.types import FloatArray

__all__ = [
    "Grain",
    "SkinMaps",
    "brow_outline",
    "build_grain",
    "build_skin_maps",
    "octaves",
]

#: Chart pixels per chart unit: 0.4 mm of skin each.
_PER_UV = 520
#: Grain tile: pixels per millimeter, and its side in pixels.
_GRAIN_PX_PER_MM, _GRAIN_SIDE = 10.0, 640

_OUTER_LIPS = (
    [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291],
    [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291],
)
_NOSTRIL_R, _NOSTRIL_L = (
    (238, 79, 166, 60, 20, 239, 75),
    (458, 309, 392, 290, 250, 459, 305),
)
_BROW_R = ([70, 63, 105, 66, 107], [46, 53, 52, 65, 55])


@dataclass(frozen=True, eq=False)
class SkinMaps:
    """Slowly varying properties over the chart.

    Attributes
    ----------
    stack : ndarray of shape (h, w, 6), float32
        Extra pigment and extra blood against the mean of the face; lip and nostril,
        0 to 1; gloss and pores, about 1.
    origin_uv : ndarray of shape (2,)
    """

    stack: NDArray[np.float32]
    origin_uv: FloatArray

    def sample(self, uv: NDArray[np.floating]) -> NDArray[np.float32]:
        """Read at chart points: melanin, blood, lip, nostril, gloss, pores."""
        at = (uv - self.origin_uv) * _PER_UV
        return sample_image(self.stack, at[..., 0], at[..., 1])


@dataclass(frozen=True, eq=False)
class Grain:
    """Fine skin that repeats.

    Attributes
    ----------
    tile : ndarray of shape (n, n, 3), float32
        Periodic: slope along u, slope along v, log albedo, each of unit variance or
        about.
    """

    tile: NDArray[np.float32]

    def sample(self, xy_mm: NDArray[np.floating]) -> NDArray[np.float32]:
        """Read at positions in millimeters: slope along u, slope along v, albedo."""
        at = xy_mm * _GRAIN_PX_PER_MM
        side = np.float32(_GRAIN_SIDE)
        return sample_image(
            self.tile, np.mod(at[..., 0], side), np.mod(at[..., 1], side), wrap=True
        )


def octaves(
    rng: np.random.Generator, shape: tuple[int, int], cells_px: tuple[float, ...]
) -> NDArray[np.float32]:
    """Smooth noise of unit variance: a sum of octaves with the given cell sizes."""
    out = np.zeros(shape, np.float32)
    for cell in cells_px:
        coarse = (int(shape[0] / cell) + 4, int(shape[1] / cell) + 4)
        noise = rng.standard_normal(coarse).astype(np.float32)
        size = (int(coarse[1] * cell), int(coarse[0] * cell))
        big = cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC)
        out += big[: shape[0], : shape[1]]
    return np.asarray(out / max(float(out.std()), 1e-6), np.float32)


@lru_cache(maxsize=4)
def _maps(seed: int, smooth: bool) -> SkinMaps:
    params = PhantomParams(seed=seed)
    uv = load_chart().uv
    low = uv.min(axis=0) - 0.01
    size = np.ceil((uv.max(axis=0) + 0.01 - low) * _PER_UV).astype(int)
    shape = (int(size[1]), int(size[0]))
    rng = params.generator("skin")

    def at(index: int | list[int] | tuple[int, ...]) -> FloatArray:
        return np.asarray((uv[np.array(index)] - low) * _PER_UV)

    rows, columns = np.indices(shape, np.float32)

    def glow(center: FloatArray, sd_uv: float, stretch: float = 1.0) -> FloatArray:
        dx, dy = columns - center[0], (rows - center[1]) * stretch
        sd = np.float32(sd_uv * _PER_UV)
        return np.asarray(np.exp(-(dx * dx + dy * dy) / (2 * sd * sd)), np.float32)

    tone = 0.05 if smooth else 0.09
    melanin = tone * octaves(rng, shape, (120, 45, 16))
    melanin += 0.03 * octaves(rng, shape, (5,)) * (not smooth)
    blood = 0.05 * octaves(rng, shape, (90, 30, 12))
    flush = float(rng.uniform(0.6, 1.3))
    for index in (50, 280):
        blood += flush * 0.2 * glow(at(index), 0.085, 1.2)
    blood += flush * (0.22 * glow(at(4), 0.05) + 0.1 * glow(at(199), 0.06))
    for index in (129, 358):
        blood += flush * 0.13 * glow(at(index), 0.022)
    for ring in ((145, 153, 144), (374, 380, 373)):
        center = at(list(ring)).mean(axis=0)
        melanin += 0.1 * glow(center + np.array([0, 14]), 0.05, 2.4)
        blood += 0.09 * glow(center + np.array([0, 6]), 0.05, 3.0)
    for ring in ((159, 158, 160), (386, 385, 387)):
        melanin += 0.09 * glow(at(ring).mean(axis=0) - [0, 10], 0.045, 2.2)
        blood += 0.1 * glow(at(ring).mean(axis=0) - [0, 6], 0.045, 2.4)

    lip = np.zeros(shape, np.uint8)
    outline = np.concatenate([at(_OUTER_LIPS[0]), at(_OUTER_LIPS[1])[-2:0:-1]])
    outline = _round_corners(outline)
    cv2.fillPoly(lip, [np.round(outline * 16).astype(np.int32)], 255, shift=4)
    lip_soft = blur(lip / 255, 2.2)

    nostril = np.zeros(shape, np.float32)
    for rim in (_NOSTRIL_R, _NOSTRIL_L):
        hole = np.zeros(shape, np.uint8)
        hull = cv2.convexHull(at(rim).astype(np.float32))[:, 0]
        middle = hull.mean(axis=0)
        hull = middle + (hull - middle) * [0.74, 0.6] + [0, 0.8]
        cv2.fillPoly(hole, [np.round(hull * 16).astype(np.int32)], 255, shift=4)
        nostril = np.maximum(nostril, blur(hole / 255, 1.8))

    gloss = 1 + 0.2 * octaves(rng, shape, (25, 8))
    gloss += 0.55 * (glow(at(4), 0.04) + glow(at(6), 0.03) + 0.7 * glow(at(151), 0.09))
    gloss -= 0.35 * (glow(at(145), 0.05) + glow(at(374), 0.05))
    gloss = np.clip(gloss, 0.2, 2) + 1.1 * lip_soft
    pores = 0.75 + 0.9 * (glow(at(4), 0.06) + glow(at(101), 0.06) + glow(at(330), 0.06))
    pores = (pores + 0.5 * glow(at(151), 0.08)) * (1 - 0.85 * lip_soft)
    if smooth:
        pores[:] = 0
    else:
        _spots(rng, melanin, blood, at)
    stack = np.stack([melanin, blood, lip_soft, nostril, gloss, pores], axis=-1)
    return SkinMaps(np.ascontiguousarray(stack, np.float32), low)


def _round_corners(polygon: FloatArray) -> FloatArray:
    """Chaikin's corner cutting, twice."""
    for _ in range(2):
        following = np.roll(polygon, -1, axis=0)
        polygon = np.stack(
            [0.75 * polygon + 0.25 * following, 0.25 * polygon + 0.75 * following], 1
        ).reshape(-1, 2)
    return polygon


def _spots(
    rng: np.random.Generator,
    melanin: NDArray[np.float32],
    blood: NDArray[np.float32],
    at: object,
) -> None:
    """Freckles, moles, sun spots and small red spots, in place."""
    height, width = melanin.shape
    freckled = rng.uniform() < 0.35
    kinds = (
        # count, radius in chart pixels, strength, channel
        (int(rng.integers(250, 600)) if freckled else 40, (0.9, 2.0), (0.12, 0.4), 0),
        (int(rng.integers(1, 7)), (2.2, 4.2), (0.9, 1.7), 0),
        (int(rng.integers(0, 14)), (4.0, 10.0), (0.08, 0.25), 0),
        (int(rng.integers(3, 14)), (1.5, 4.0), (0.1, 0.3), 1),
    )
    for count, radii, strengths, channel in kinds:
        target = melanin if channel == 0 else blood
        xs = np.clip(rng.normal(0.5, 0.17, count), 0.05, 0.95) * width
        ys = rng.uniform(0.15, 0.62, count) * height
        radius = rng.uniform(*radii, count)
        strength = rng.uniform(*strengths, count)
        aspect = rng.uniform(0.75, 1.3, count)
        for x, y, r, s, e in zip(xs, ys, radius, strength, aspect, strict=True):
            reach = int(3 * r) + 2
            x0, y0 = int(x), int(y)
            if not (reach < x0 < width - reach and reach < y0 < height - reach):
                continue
            yy, xx = np.mgrid[-reach : reach + 1, -reach : reach + 1]
            far = np.hypot((xx - x + x0) * e, (yy - y + y0) / e) / r
            spot = s / (1 + np.exp((far - 1) * 4.5))
            target[y0 - reach : y0 + reach + 1, x0 - reach : x0 + reach + 1] += spot


def build_skin_maps(params: PhantomParams) -> SkinMaps:
    """Paint the chart of a seed. The last few are kept."""
    return _maps(params.seed, params.smooth)


@lru_cache(maxsize=4)
def _grain_master(seed: int) -> NDArray[np.float32]:
    rng = PhantomParams(seed=seed).generator("grain")
    side = (_GRAIN_SIDE, _GRAIN_SIDE)
    height = np.zeros(side, np.float32)
    for sd_px, weight in ((2.2, 1.0), (4.5, 1.3), (9.0, 1.2)):
        noise = rng.standard_normal(side).astype(np.float32)
        band = _periodic_blur(noise, sd_px)
        height += weight * sd_px * band / band.std() * 0.1
    # Pores: pits 0.2 to 0.35 mm across, about one per square millimeter.
    dots = np.zeros(side, np.float32)
    n = int((_GRAIN_SIDE / _GRAIN_PX_PER_MM) ** 2 * 1.0)
    where = rng.integers(0, _GRAIN_SIDE, (n, 2))
    np.add.at(dots, (where[:, 0], where[:, 1]), rng.uniform(0.3, 1.0, n))
    pits = _periodic_blur(dots, 1.15)
    pits /= pits.max()
    height -= 1.6 * pits
    slope_u = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / 2
    slope_v = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / 2
    pigment = rng.standard_normal(side).astype(np.float32)
    fine = _periodic_blur(pigment, 1.6)
    coarse = _periodic_blur(pigment, 5.0)
    albedo = 0.5 * fine / fine.std() + 0.6 * coarse / coarse.std() - 5.0 * pits
    stack = [slope_u / slope_u.std(), slope_v / slope_v.std(), albedo]
    return np.ascontiguousarray(np.stack(stack, axis=-1), np.float32)


def _periodic_blur(image: NDArray[np.float32], sd_px: float) -> NDArray[np.float32]:
    pad = int(4 * sd_px) + 1
    wide = np.pad(image, pad, mode="wrap")
    return np.asarray(blur(wide, sd_px)[pad:-pad, pad:-pad])


def build_grain(params: PhantomParams, px_per_mm: float) -> Grain:
    """Fine grain of a seed, averaged over pixels of the given size."""
    tile = _grain_master(params.seed)
    sd_px = 0.4 * _GRAIN_PX_PER_MM / px_per_mm
    if sd_px < 0.35:
        return Grain(tile)
    planes = [
        _periodic_blur(np.ascontiguousarray(p), sd_px) for p in tile.transpose(2, 0, 1)
    ]
    return Grain(np.ascontiguousarray(np.stack(planes, axis=-1)))


def brow_outline(side: int) -> FloatArray:
    """Upper and lower border of a brow on the chart, medial end last; (2, 5, 2)."""
    uv = load_chart().uv
    both = np.array([uv[_BROW_R[0]], uv[_BROW_R[1]]])
    return both if side < 0 else np.asarray(both * [-1, 1] + [1, 0])
