"""The rules that a plan is judged by, checked from its document.

Nothing of `facemap.planning` is used. The tables are read as they are packaged; places
are carried onto the face by barycentric weights found by trying triangles; radii,
distances and polygons are computed here. What is shared with the planner is the mesh of
the measured face, the chart, and where on the chart an anchor of ``danger.toml`` lies.
"""

from __future__ import annotations

import math
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from facemap.chart import load_chart, load_zones
from facemap.protocol import Sex, load_danger
from facemap.resources import data_bytes, load_knowledge
from facemap.types import ZONE_IDS, Analysis, FaceFrame

Json = dict[str, Any]

#: Places are rounded to a hundredth of a pixel in the document.
_ROUNDING_MM = 0.02
#: Points of a polyline, along the skin.
_STEPS = 8
_RIM_MM = 5.0
#: Triangles whose middles are nearest; all where none of them holds a place.
_TRIED = 12


@dataclass(frozen=True)
class Fault:
    """A rule that a point or a step breaks, and by how much."""

    rule: str
    step: str
    amount: float = 0.0


@dataclass(frozen=True)
class Spacing:
    """How far the points of a step lie from the nearest of it, of the protocol's."""

    row: str
    mode: str
    share: np.ndarray
    #: Whether something was left out, so that gaps are expected.
    gaps: bool


class Face:
    """One face's skin, by itself: chart to millimeters and pixels."""

    def __init__(self, frame: FaceFrame) -> None:
        chart = load_chart()
        self.frame = frame
        self.triangles = np.asarray(chart.triangles)
        corner = chart.uv[self.triangles]
        self._origin = corner[:, 0]
        self._middles = cKDTree(corner.mean(axis=1))
        self._inverse = np.linalg.inv(
            np.stack([corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]], axis=2)
        )

    def at(self, uv: np.ndarray, values: np.ndarray) -> np.ndarray:
        uv = np.asarray(uv, float).reshape(-1, 2)
        triangle, weights = self.locate(uv)
        return np.einsum("mi,mik->mk", weights, values[self.triangles[triangle]])

    def locate(self, uv: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Triangle of each place, and weights there; the nearest are tried first."""
        _, near = self._middles.query(uv, k=_TRIED)
        triangle, weights = self._best(uv, near)
        lost = np.flatnonzero(weights.min(axis=1) < -1e-9)
        if len(lost):
            every = np.broadcast_to(
                np.arange(len(self.triangles)), (len(lost), len(self.triangles))
            )
            triangle[lost], weights[lost] = self._best(uv[lost], every)
        return triangle, weights

    def _best(self, uv: np.ndarray, tried: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        away = uv[:, None] - self._origin[tried]
        two = np.einsum("mtij,mtj->mti", self._inverse[tried], away)
        weights = np.concatenate([1 - two.sum(-1, keepdims=True), two], axis=2)
        best = weights.min(axis=2).argmax(axis=1)
        every = np.arange(len(uv))
        return tried[every, best], weights[every, best]

    def mm(self, uv: np.ndarray) -> np.ndarray:
        return self.at(uv, self.frame.vertices_mm)

    def px(self, uv: np.ndarray) -> np.ndarray:
        return self.at(uv, self.frame.vertices_px)

    def stretch_mm(self, uv: np.ndarray) -> np.ndarray:
        """Millimeters on the skin per pixel of the picture, (M, 3, 2), at places."""
        frame = self.frame
        triangle, _ = self.locate(np.asarray(uv, float))
        corners = self.triangles[triangle]
        px, mm = frame.vertices_px[corners], frame.vertices_mm[corners]
        in_px = np.stack([px[:, k] - px[:, 0] for k in (1, 2)], axis=2)
        in_mm = np.stack([mm[:, k] - mm[:, 0] for k in (1, 2)], axis=2)
        return in_mm @ np.linalg.pinv(in_px)

    def surface_mm(self, a_uv: np.ndarray, b_uv: np.ndarray) -> np.ndarray:
        """Lengths on the skin from places to others, straight on the chart."""
        share = np.linspace(0, 1, _STEPS + 1)[:, None, None]
        way = self.mm((a_uv * (1 - share) + b_uv * share).reshape(-1, 2))
        way = way.reshape(_STEPS + 1, -1, 3)
        return np.linalg.norm(np.diff(way, axis=0), axis=2).sum(axis=0)


def inside(points: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Even-odd rule."""
    points, outline = np.asarray(points, float), np.asarray(outline, float)
    x, y = points[:, 0, None], points[:, 1, None]
    (x1, y1), (x2, y2) = outline.T, np.roll(outline, -1, axis=0).T
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return (cross.sum(axis=1) % 2).astype(bool)


def to_polyline(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Distance of points to a polyline, in its own units."""
    if len(line) == 1:
        return np.linalg.norm(points - line[0], axis=1)
    start, along = line[:-1], np.diff(line, axis=0)
    away = points[:, None] - start
    t = np.einsum("msk,sk->ms", away, along)
    t = np.clip(t / np.maximum((along**2).sum(axis=1), 1e-12), 0, 1)
    return np.linalg.norm(away - t[..., None] * along, axis=2).min(axis=1)


def faults_of(
    document: Json, analysis: Analysis, *, sex: Sex, age_years: int | None
) -> Iterator[Fault]:
    """Every rule that a plan breaks, point by point."""
    face = Face(analysis.frame)
    rim = Rim(face)
    shapes = list(_shapes(face))
    for step in document["steps"]:
        name = f"{step['row']} {step['zone'] or step['drawn']}"
        uv = np.array([[p["u"], p["v"]] for p in step["points"]])
        px = np.array([[p["x_px"], p["y_px"]] for p in step["points"]])
        at = face.mm(uv)
        slipped = np.linalg.norm(face.px(uv) - px, axis=1)
        for amount in slipped[slipped > 0.02]:
            yield Fault("place on photo and chart differ", name, amount)
        for shape in shapes:
            if step["mode"] in shape.blocks:
                deep = shape.radius_mm - shape.away_mm(uv, at)
                for amount in deep[deep > _ROUNDING_MM]:
                    yield Fault(f"inside {shape.id}", name, amount)
        for keepout in document["keepouts"]:
            if step["mode"] in keepout["blocks"] and len(keepout["shape_px"]) > 2:
                drawn = np.array(keepout["shape_px"])
                edge = to_polyline(px, np.vstack([drawn, drawn[:1]]))
                for amount in edge[inside(px, drawn) & (edge > 0.02)]:
                    yield Fault(f"inside drawn {keepout['id']}", name, amount)
        near = rim.outside_mm(px, at)
        for amount in near[near < _RIM_MM - _ROUNDING_MM]:
            yield Fault("within 5 mm of the orbital rim", name, _RIM_MM - amount)
        for line_mm, least_mm in _away_lines(step["row"], face):
            short = least_mm - to_polyline(at, line_mm)
            for amount in short[short > _ROUNDING_MM]:
                yield Fault("nearer than its row allows", name, amount)
        yield from _off_zone(step, name, uv, px, analysis)
        yield from _too_deep(step, name, uv, at, shapes, sex, age_years)
        yield from _unsourced(step, name, document)


def spacings_of(document: Json, frame: FaceFrame) -> Iterator[Spacing]:
    """For each step of more than one point, how far the points lie apart."""
    face = Face(frame)
    for step in document["steps"]:
        uv = np.array([[p["u"], p["v"]] for p in step["points"]])
        if len(uv) < 2:
            continue
        yield Spacing(
            f"{step['row']} {step['zone'] or step['drawn']}",
            step["mode"],
            _nearest_mm(face, uv, uv) / step["spacing_mm"],
            bool(step["left_out"]),
        )


def crowded(document: Json, frame: FaceFrame) -> Iterator[Fault]:
    """Points of one mode that lie nearer than 0.85 of the spacing to another step's."""
    face = Face(frame)
    steps = [
        (s, np.array([[p["u"], p["v"]] for p in s["points"]]))
        for s in document["steps"]
    ]
    for n, (step, uv) in enumerate(steps):
        for other, other_uv in steps[:n]:
            if other["mode"] != step["mode"] or step["mode"] != "dermal":
                continue
            spacing = min(step["spacing_mm"], other["spacing_mm"])
            gap = _nearest_mm(face, uv, other_uv, itself=False) / spacing
            for share in gap[gap < 0.85]:
                yield Fault(
                    "two steps crowd", f"{step['row']} {other['row']}", 0.85 - share
                )


def _nearest_mm(
    face: Face, uv: np.ndarray, others: np.ndarray, *, itself: bool = True
) -> np.ndarray:
    """Along the skin to the nearest other point, of the few nearest in space."""
    a, b = face.mm(uv), face.mm(others)
    gaps = cdist(a, b)
    if itself:
        np.fill_diagonal(gaps, np.inf)
    k = min(3, len(others))
    order = np.argsort(gaps, axis=1)[:, :k]
    near = np.stack([face.surface_mm(uv, others[order[:, j]]) for j in range(k)])
    found = np.take_along_axis(gaps, order, axis=1).T
    return np.where(np.isfinite(found), near, np.inf).min(axis=0)


class Rim:
    """The rim of both orbits, straight from its landmarks."""

    def __init__(self, face: Face) -> None:
        chart, frame = load_chart(), face.frame
        [orbit] = [s for s in load_knowledge("danger")["structure"] if s["number"] == 1]
        right = [p["landmarks"] for p in orbit["shape"][0]["points"]]
        left = [[int(chart.mirror_index[k]) for k in ids] for ids in right]
        self.px = [_means(frame.vertices_px, ids) for ids in (right, left)]
        self.mm = [_means(frame.vertices_mm, ids) for ids in (right, left)]

    def outside_mm(self, px: np.ndarray, at: np.ndarray) -> np.ndarray:
        """How far points lie outside the nearer rim; negative inside."""
        out = np.full(len(px), np.inf)
        for ring_px, ring_mm in zip(self.px, self.mm, strict=True):
            away = to_polyline(at, np.vstack([ring_mm, ring_mm[:1]]))
            away = np.where(inside(px, ring_px), -away, away)
            out = np.minimum(out, away)
        return out


def _means(vertices: np.ndarray, groups: list[list[int]]) -> np.ndarray:
    return np.array([vertices[ids].mean(axis=0) for ids in groups])


@dataclass(frozen=True)
class _Shape:
    id: str
    blocks: tuple[str, ...]
    dermal_cap_mm: float | None
    radius_mm: float
    core_mm: np.ndarray
    area_uv: np.ndarray | None

    def away_mm(self, uv: np.ndarray, at: np.ndarray) -> np.ndarray:
        away = to_polyline(at, self.core_mm)
        if self.area_uv is not None:
            away = np.where(inside(uv, self.area_uv), -away, away)
        return away


def _shapes(face: Face) -> Iterator[_Shape]:
    """Every structure, with the derivation of its radius written out once more."""
    table = load_knowledge("danger")
    rule, frame = table["derivation"], face.frame
    spread = frame.landmarks.spread_px[: load_chart().n_mesh]
    apart = math.sqrt(float(np.mean(spread**2))) * frame.scale.mm_per_px / 2
    turned = math.radians(min(abs(frame.pose.yaw_deg), 75.0))
    pose = math.hypot(apart, rule["landmark_sd_mm"] * math.tan(turned))
    scale = max(rule["scale_sd"], frame.scale.relative_sd)
    for row, placed in zip(table["structure"], load_danger(), strict=True):
        for shape, where in zip(row["shape"], placed.shapes, strict=True):
            offsets = [math.hypot(*p.get("mm", (0.0,))) for p in shape["points"]]
            sigma = math.sqrt(
                shape["sigma_mm"] ** 2
                + rule["landmark_sd_mm"] ** 2
                + pose**2
                + (scale * max(offsets) / 2) ** 2
            )
            radius = max(2 * sigma, shape["radius_mm"])
            right = np.array([point.uv for point in where.points])
            for uv in (right, right * [-1, 1] + [1, 0]):
                closed = np.vstack([uv, uv[:1]]) if shape["kind"] == "area" else uv
                dense = [closed[:1]]
                for a, b in pairwise(closed):
                    dense.append(a + (b - a) * np.linspace(0, 1, 25)[1:, None])
                yield _Shape(
                    row["id"],
                    tuple(row["blocks"]),
                    row.get("dermal_cap_mm"),
                    radius,
                    face.mm(np.concatenate(dense)),
                    uv if shape["kind"] == "area" else None,
                )


def _away_lines(row_id: str, face: Face) -> Iterator[tuple[np.ndarray, float]]:
    """Lines that a packaged row keeps away from, straight from their landmarks."""
    mirror = load_chart().mirror_index
    text = data_bytes("protocols/intramuscular.toml").decode()
    for row in tomllib.loads(text)["row"]:
        if row["id"] == row_id and "away" in row:
            ids = [anchor["landmarks"] for anchor in row["away"]["line"]]
            for group in (ids, [[int(mirror[k]) for k in one] for one in ids]):
                yield _means(face.frame.vertices_mm, group), float(row["away"]["mm"])


def _off_zone(
    step: Json, name: str, uv: np.ndarray, px: np.ndarray, analysis: Analysis
) -> Iterator[Fault]:
    face_map = analysis.face_map
    x0, y0 = face_map.origin_px
    column = np.floor((px[:, 0] + 0.5 - x0) / face_map.step).astype(int)
    row = np.floor((px[:, 1] + 0.5 - y0) / face_map.step).astype(int)
    height, width = face_map.labels.shape
    held = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    label = np.zeros(len(px), int)
    label[held] = face_map.labels[row[held], column[held]]
    zone = step["zone"]
    if zone is None:
        # Beside the zones only who drew there knows the skin.
        outlines = [np.asarray(z.outline_uv) for z in load_zones()]
        zoned = np.any([inside(uv, outline) for outline in outlines], axis=0)
        (w, h) = analysis.photo.size_wh
        off = (px < -0.5).any(axis=1) | (px >= np.array([w, h]) - 0.5).any(axis=1)
        for _ in range(int((off | (zoned & (label == 0))).sum())):
            yield Fault("off the skin", name)
        return
    wanted = ZONE_IDS.index(zone)
    # A pixel's own rounding may go to either side of a border.
    near = _labels_about(face_map.labels, row, column)
    off = ~(near == wanted + 1).any(axis=1)
    for found in near[off]:
        yield Fault("outside its zone" if found.any() else "off the skin", name)
    outline = np.asarray(load_zones()[wanted].outline_uv)
    closed = np.vstack([outline, outline[:1]])
    away = to_polyline(uv, closed) * load_chart().mm_per_uv
    for amount in away[~inside(uv, outline) & (away > _ROUNDING_MM)]:
        yield Fault("outside its zone", name, amount)


def _labels_about(labels: np.ndarray, row: np.ndarray, column: np.ndarray):
    height, width = labels.shape
    around = [
        labels[np.clip(row + dy, 0, height - 1), np.clip(column + dx, 0, width - 1)]
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
    ]
    return np.stack(around, axis=1)


def _too_deep(
    step: Json,
    name: str,
    uv: np.ndarray,
    at: np.ndarray,
    shapes: list[_Shape],
    sex: Sex,
    age_years: int | None,
) -> Iterator[Fault]:
    target = step["target"]
    if step["mode"] == "dermal":
        target = (step["zone"] or step["like"] or "").removesuffix("_r")
        target = target.removesuffix("_l")
    caps = load_knowledge("caps")
    rows = [
        cap
        for cap in caps["cap"]
        if (cap["mode"], cap["target"], cap.get("part", ""))
        == (step["mode"], target, step["part"] or "")
    ]
    if not rows:
        yield Fault("no cap is known", name)
        return
    thin = sex is not Sex.MALE or age_years is None
    thin = thin or age_years > caps["lower"]["over_years"]
    highest = rows[0].get("lower_mm", rows[0]["cap_mm"]) if thin else rows[0]["cap_mm"]
    limit = np.full(len(uv), float(highest))
    if step["mode"] == "dermal":
        for shape in shapes:
            if shape.dermal_cap_mm is not None:
                within = shape.away_mm(uv, at) < shape.radius_mm - _ROUNDING_MM
                limit[within] = np.minimum(limit[within], shape.dermal_cap_mm)
    asked = [p.get("cap_mm") or step["depth_mm"]["cap"] for p in step["points"]]
    for amount in (np.array(asked) - limit)[np.array(asked) > limit + 1e-9]:
        yield Fault("deeper than its cap", name, amount)
    if step["depth_mm"]["default"] > min(step["depth_mm"]["cap"], *asked):
        yield Fault("default deeper than the cap", name)


def _unsourced(step: Json, name: str, document: Json) -> Iterator[Fault]:
    known = load_knowledge("references")["reference"]
    written = {r["id"]: r["text"] for r in document["references"]}
    if not step["sources"]:
        yield Fault("no source", name)
    for source in step["sources"]:
        row = known.get(source, {})
        ways = ("doi", "pmid", "pmcid", "isbn", "address")
        if not written.get(source) or not any(row.get(way) for way in ways):
            yield Fault("a source that does not resolve", name)


@dataclass(frozen=True)
class Mirrored:
    """How a plan agrees with that of the mirrored photo, step by step."""

    step: str
    mode: str
    n: int
    n_other: int
    #: From each point of either plan to the nearest of the other, in millimeters.
    gaps_mm: np.ndarray


def mirror_of(document: Json, other: Json, frame: FaceFrame) -> Iterator[Mirrored]:
    """Lay the plan of the mirrored photo over that of the photo."""
    face = Face(frame)
    here, there = (_places(d, flip=k) for k, d in enumerate((document, other)))
    for key in sorted(here.keys() | there.keys()):
        a, b = here.get(key), there.get(key)
        if a is None or b is None:
            n = len(a if a is not None else b)
            gaps = np.full(n, np.inf)
        else:
            tree_a, tree_b = cKDTree(face.mm(a)), cKDTree(face.mm(b))
            gaps = np.concatenate(
                [tree_b.query(tree_a.data)[0], tree_a.query(tree_b.data)[0]]
            )
        n_here, n_there = (0 if x is None else len(x) for x in (a, b))
        yield Mirrored(key[0], key[2], n_here, n_there, gaps)


def _places(document: Json, *, flip: int) -> dict[tuple[str, str, str], np.ndarray]:
    swap = {"r": "l", "l": "r"}
    places: dict[tuple[str, str, str], list] = defaultdict(list)
    for step in document["steps"]:
        zone = step["zone"] or step["drawn"]
        if flip and zone[-2:] in ("_r", "_l"):
            zone = zone[:-1] + swap[zone[-1]]
        for p in step["points"]:
            u = 1 - p["u"] if flip else p["u"]
            places[step["row"], zone, step["mode"]].append([u, p["v"]])
    return {key: np.array(rows) for key, rows in places.items()}
