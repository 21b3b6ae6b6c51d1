"""Where furrows run: patterns by zone, planted inside it and clear of its rim."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np

from facemap.chart import load_chart, load_zones
from facemap.resources import load_knowledge
from facemap.synthetic.furrows import Furrow, lay_furrow
from facemap.synthetic.head import Head, smooth_curve
from facemap.synthetic.params import PhantomParams
from facemap.types import ZONE_IDS, FloatArray

__all__ = ["face_creases", "plan_furrows"]

#: Nominal skin length of a chart unit, for planning; truth is measured on the head.
_MM_PER_UV = 220.0
#: Lines keep this far from the border of their zone, so that theirs is the zone.
_RIM_MM = 1.6

_Rng = np.random.Generator
_Pattern = Callable[[_Rng, int, Mapping[str, Any]], Iterator[FloatArray]]


def _wave(rng: _Rng, n: int, size_mm: float, turns: float) -> FloatArray:
    """Smooth wandering with mean zero, in chart units."""
    t = np.linspace(0, 1, n)
    out = np.zeros(n)
    for k, weight in ((1.0, 1.0), (2.3, 0.45), (4.9, 0.2)):
        out += weight * np.sin(2 * np.pi * (k * turns * t + rng.uniform()))
    return np.asarray((out - out.mean()) * size_mm / _MM_PER_UV)


def _stroke(
    rng: _Rng,
    start_uv: FloatArray,
    angle_deg: float,
    length_mm: float,
    *,
    bend_deg: float = 0.0,
    wobble_mm: float = 0.25,
) -> FloatArray:
    """Draw a bent, wandering stroke; 0 degrees runs to the patient's left, 90 down."""
    n = max(int(length_mm * 2), 12)
    turn = np.radians(angle_deg + bend_deg * np.linspace(-0.5, 0.5, n))
    step = np.stack([np.cos(turn), np.sin(turn)], axis=1) * length_mm / n / _MM_PER_UV
    path = np.asarray(start_uv) + np.cumsum(step, axis=0)
    sideways = np.stack([-np.sin(turn), np.cos(turn)], axis=1)
    wander = _wave(rng, n, wobble_mm, length_mm / 22)
    return np.asarray(path + sideways * (wander - wander[0])[:, None])


def _length(rng: _Rng, table: Mapping[str, Any], share: float = 0.5) -> float:
    low, high = table["length_mm"]
    return float(low + (high - low) * np.clip(share + rng.uniform(-0.4, 0.4), 0, 1))


def _rows(rng: _Rng, count: int, table: Mapping[str, Any]) -> Iterator[FloatArray]:
    """Forehead: wavy rows, arched over the brows, interrupted, some branching."""
    heights = np.linspace(0.198, 0.198 - 0.036 * count, count)
    for height in heights + rng.uniform(-0.007, 0.007, count):
        half = _length(rng, table) / 2 / _MM_PER_UV
        u = np.linspace(-half, half, 160)
        period = rng.uniform(0.075, 0.13)
        arch = rng.uniform(0.0, 0.007) * np.cos(u / period * np.pi)
        arch -= rng.uniform(-0.1, 0.35) * np.abs(u) ** 1.5
        v = height - arch + _wave(rng, 160, 0.5, 1.3)
        row = np.stack([0.5 + rng.normal(0, 0.018) + u, v], axis=1)
        start = 0
        for gap in np.sort(rng.uniform(0.15, 0.85, rng.integers(0, 3))):
            stop = int(gap * 160)
            if stop - start > 30:
                yield row[start:stop]
                start = stop + int(rng.uniform(0.03, 0.09) * 160)
                row = row + np.array([0, rng.normal(0, 0.004)])
        yield row[start:]
        if rng.uniform() < 0.4:
            root = row[int(rng.uniform(0.2, 0.8) * 159)]
            side = rng.choice([0.0, 180.0])
            yield _stroke(rng, root, side + rng.uniform(-24, 24), rng.uniform(8, 16))


def _uprights(rng: _Rng, count: int, table: Mapping[str, Any]) -> Iterator[FloatArray]:
    """Glabella: one to three uprights, leaning apart at the top."""
    places = {1: (0.516,), 2: (0.473, 0.527), 3: (0.470, 0.503, 0.531)}[count]
    for place in places:
        length = _length(rng, table)
        lean = 90 + (place - 0.5) * rng.uniform(-500, -100)
        top = [place + rng.normal(0, 0.004), 0.281 - length / 2 / _MM_PER_UV]
        yield _stroke(rng, np.array(top), lean, length, bend_deg=rng.uniform(-14, 14))


def _bars(rng: _Rng, count: int, table: Mapping[str, Any]) -> Iterator[FloatArray]:
    """Horizontal bars across the midline, stacked from the first row down."""
    first, spacing, sag = table["first_v"], table["spacing_v"], table["sag_v"]
    for k in range(count):
        half = _length(rng, table) / 2 / _MM_PER_UV
        u = np.linspace(-half, half, 60)
        v = first + k * spacing + rng.normal(0, 0.003) - sag * (u / half) ** 2
        yield np.stack([0.5 + rng.normal(0, 0.006) + u, v + _wave(rng, 60, 0.3, 1)], 1)


def _fan(rng: _Rng, count: int, table: Mapping[str, Any]) -> Iterator[FloatArray]:
    """Crow's feet: a fan from the outer corner of the eye, some forked."""
    center = np.array([0.292, 0.384])
    spread = np.linspace(-38, 44, count) if count > 1 else np.array([6.0])
    for angle in spread + rng.uniform(-6, 6, count):
        toward = np.radians(180 - angle)
        direction = np.array([np.cos(toward), np.sin(toward)])
        start = center + direction * rng.uniform(11, 16) / _MM_PER_UV
        length = _length(rng, table) * (1 - 0.35 * abs(angle) / 50)
        bend = rng.uniform(2, 20) * (1 if angle > 0 else -1)
        stroke = _stroke(rng, start, 180 - angle, length, bend_deg=-bend)
        yield stroke
        if rng.uniform() < 0.35:
            root = stroke[int(rng.uniform(0.3, 0.6) * len(stroke))]
            fork = 180 - angle + rng.choice([-1, 1]) * rng.uniform(18, 32)
            yield _stroke(rng, root, fork, length * rng.uniform(0.3, 0.55))


def _lid_arcs(rng: _Rng, count: int, table: Mapping[str, Any]) -> Iterator[FloatArray]:
    """Under the eye: arcs along the lower lid, and short crepe across them."""
    for k in range(count):
        drop = (4.8 + 2.2 * k + rng.uniform(-0.7, 0.7)) / _MM_PER_UV
        if k < 4:
            half = _length(rng, table, 0.7) / 2 / _MM_PER_UV
            u = np.linspace(-half, half, 50)
            v = 0.401 + drop - 1.15 * u**2 / 0.08 * 0.22
            middle = 0.343 + rng.uniform(-0.022, 0.022)
            yield np.stack([middle + u, v + _wave(rng, 50, 0.25, 1.2)], axis=1)
        else:
            start = np.array([rng.uniform(0.29, 0.37), 0.401 + rng.uniform(4, 9) / 220])
            yield _stroke(rng, start, rng.uniform(100, 150), rng.uniform(5, 10))


def _obliques(rng: _Rng, count: int, table: Mapping[str, Any]) -> Iterator[FloatArray]:
    """Side of the nose: short obliques, fanning down and outward."""
    for k in range(count):
        start = np.array([0.466, 0.408 + 0.02 * k + rng.uniform(-0.004, 0.004)])
        yield _stroke(rng, start, rng.uniform(112, 140), _length(rng, table))


def _curtains(rng: _Rng, count: int, table: Mapping[str, Any]) -> Iterator[FloatArray]:
    """Cheek and jaw: long curved folds of thin skin, roughly upright."""
    (u0, v0), (u1, v1) = table["from_uv"], table["to_uv"]
    for k in range(count):
        share = (k + 0.5) / count
        start = np.array([u0 + (u1 - u0) * share, v0 + (v1 - v0) * share])
        start += rng.normal(0, 0.006, 2)
        angle = table["angle_deg"] + rng.uniform(-10, 10)
        length = _length(rng, table)
        yield _stroke(rng, start, angle, length, bend_deg=rng.uniform(-30, -8))


def _barcode(rng: _Rng, count: int, table: Mapping[str, Any]) -> Iterator[FloatArray]:
    """Lips: uprights that fan out from the red border."""
    low, high = table["from_u"], 1 - table["from_u"]
    for place in np.linspace(low, high, count) + rng.normal(0, 0.004, count):
        length = _length(rng, table)
        middle = table["middle_v"] + table["rise_v"] * ((place - 0.5) / 0.08) ** 2
        lean = 90 + table["fan_deg"] * (place - 0.5) / 0.08
        start = np.array([place, middle]) - 0.5 * length / _MM_PER_UV * np.array(
            [np.cos(np.radians(lean)), np.sin(np.radians(lean))]
        )
        yield _stroke(rng, start, lean + rng.uniform(-7, 7), length, wobble_mm=0.12)


def _fold(rng: _Rng, count: int, table: Mapping[str, Any]) -> Iterator[FloatArray]:
    """One fold along a given course, longer with severity."""
    smooth = smooth_curve(np.array(table["course_uv"]), 120)
    run = np.concatenate(
        [[0], np.cumsum(np.linalg.norm(np.diff(smooth, axis=0), axis=1))]
    )
    stop = int(np.searchsorted(run * _MM_PER_UV, _length(rng, table, 0.7)))
    wander = _wave(rng, 120, 0.35, 1.0)
    yield (smooth + np.stack([wander, 0 * wander], axis=1))[:stop]


_PATTERNS: Mapping[str, _Pattern] = MappingProxyType(
    {
        "rows": _rows,
        "rings": _bars,
        "uprights": _uprights,
        "bars": _bars,
        "fan": _fan,
        "lid_arcs": _lid_arcs,
        "obliques": _obliques,
        "curtains": _curtains,
        "barcode": _barcode,
        "fold": _fold,
    }
)


def _inside(path_uv: FloatArray, outline_uv: FloatArray) -> list[FloatArray]:
    """Stretches of a path that lie in a polygon, clear of its rim."""
    outline = np.asarray(outline_uv * _MM_PER_UV, np.float32)
    clear = np.array(
        [
            cv2.pointPolygonTest(outline, (float(x), float(y)), True) >= _RIM_MM
            for x, y in path_uv * _MM_PER_UV
        ]
    )
    edges = np.flatnonzero(np.diff(np.concatenate([[0], clear.astype(int), [0]])))
    return [
        path_uv[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 4
    ]


def _profile(rng: _Rng, n: int) -> tuple[FloatArray, FloatArray]:
    """Depth and width along a line, about 1: irregular, with tapering ends."""
    t = np.linspace(0, 1, n)
    rough = np.interp(t, np.linspace(0, 1, 9), rng.normal(0, 0.22, 9))
    fine = np.interp(t, np.linspace(0, 1, 33), rng.normal(0, 0.1, 33))
    left, right = rng.uniform(0.15, 0.4, 2)
    taper = np.clip(t / left, 0, 1) * np.clip((1 - t) / right, 0, 1)
    depth = np.exp(rough + fine) * np.sin(0.5 * np.pi * taper) ** 0.8
    widening = np.interp(t, np.linspace(0, 1, 7), rng.normal(0, 0.13, 7))
    width = np.exp(widening) * (0.7 + 0.3 * np.sin(0.5 * np.pi * taper))
    return depth, width


def _count(table: Mapping[str, Any], severity: float) -> int:
    return round(float(np.interp(severity, range(5), [0, *table["count"]])))


def _grow(values: list[float], severity: float) -> float:
    """Value at a severity, given at severities 1 and 4; proportional below 1."""
    low, high = values
    return float(np.interp(severity, [0, 1, 4], [low * 0.6, low, high]))


def plan_furrows(params: PhantomParams, head: Head) -> tuple[Furrow, ...]:
    """Plant the wrinkles of a seed and a severity, in the order of the zones."""
    tables = load_knowledge("phantom")["furrow"]
    outlines = {z.id: z.outline_uv for z in load_zones()}
    furrows: list[Furrow] = []
    for zone in ZONE_IDS:
        severity = params.severity_of(zone)
        left = zone.endswith("_l")
        table = tables[zone.removesuffix("_l").removesuffix("_r")]
        count = _count(table, severity)
        if severity <= 0 or count == 0:
            continue
        rng = params.generator(f"furrows {zone}")
        outline = outlines[zone] * [-1, 1] + [1, 0] if left else outlines[zone]
        for course in _PATTERNS[table["pattern"]](rng, count, table):
            width = _grow(table["width_mm"], severity) * np.exp(rng.normal(0, 0.18))
            aspect = _grow(table["aspect"], severity) * np.exp(rng.normal(0, 0.22))
            skew, redness = rng.uniform(-0.22, 0.22), rng.uniform(0.0, 0.05)
            for piece in _inside(course, outline):
                depth, wide = _profile(rng, 120)
                path = piece * [-1, 1] + [1, 0] if left else piece
                furrow = lay_furrow(
                    head,
                    path,
                    zone=zone,
                    depth_mm=depth * aspect * width,
                    width_mm=wide * width,
                    skew=-skew if left else skew,
                    redness=redness,
                )
                if furrow.length_mm() >= 3.0:
                    furrows.append(furrow)
    return tuple(furrows)


def face_creases(head: Head) -> tuple[Furrow, ...]:
    """Lay what every face has: the mouth's line and the creases of the lids."""
    table = load_knowledge("phantom")["crease"]
    uv = load_chart().uv
    creases = []
    upper, lower = table["mouth_upper"], table["mouth_lower"]
    mouth = smooth_curve(
        np.concatenate([uv[[76]], 0.5 * (uv[upper] + uv[lower]), uv[[306]]]), 121
    )
    for path, entry in (
        (mouth, table["mouth"]),
        *(
            (eye.lids.upper_uv[4:-3] - [0, 1] * _lid_rise(table["lid"]), table["lid"])
            for eye in head.eyes
        ),
    ):
        taper = np.sin(np.pi * np.linspace(0, 1, 60)) ** entry["taper"]
        creases.append(
            lay_furrow(
                head,
                path,
                zone=None,
                depth_mm=entry["depth_mm"] * taper,
                width_mm=np.full(60, entry["width_mm"]),
                skew=0.0,
                redness=entry["redness"],
            )
        )
    return tuple(creases)


def _lid_rise(table: Mapping[str, Any]) -> FloatArray:
    """How far above the margin the crease runs, in chart units; (42, 1)."""
    arch = np.sin(np.pi * np.linspace(0.08, 0.92, 42)) ** 0.6
    return np.asarray(arch[:, None] * table["rise_mm"] / _MM_PER_UV)
