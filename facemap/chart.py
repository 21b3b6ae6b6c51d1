"""The face chart: one canonical head, unrolled, and the zones drawn on it.

The landmarker's mesh ends above mid-forehead and at the jaw. `load_chart` continues it
over the hairline and down the neck, so that every zone has a place in (u, v) and in
millimeters. Zones are polygons in (u, v); `uv_to_px` carries them to any face.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facemap.errors import KnowledgeError
from facemap.resources import data_bytes, load_knowledge
from facemap.types import ZONE_IDS, FloatArray

__all__ = [
    "FaceChart",
    "ZoneDefinition",
    "load_chart",
    "load_zones",
    "uv_to_px",
    "zone_name",
    "zone_names",
]

IntArray = NDArray[np.int32]

#: Chart coordinates are rounded to this step: 1 - u is then exact in binary, and the
#: mirror law holds to the last bit. 1e-6 of the chart is 0.2 micrometers.
_UV_STEP = 2.0**-20
#: Side of the squares that points are sorted into before triangles are tried: about the
#: size of the mesh's smaller triangles.
_BUCKET_UV = 0.02


@dataclass(frozen=True, eq=False)
class FaceChart:
    """The canonical head and its chart. All arrays are read-only.

    Attributes
    ----------
    vertices_mm : ndarray of shape (N, 3)
        x toward the patient's left, y up, z forward.
    uv : ndarray of shape (N, 2)
        u toward the patient's left, v down; [0, 1] over the landmarker's mesh.
    triangles : ndarray of shape (T, 3), int32
        Counter-clockwise seen from outside the head.
    mirror_index : ndarray of shape (N,), int32
        The vertex on the other side of the face.
    n_mesh : int
        How many vertices, from the first, are landmarks; the others continue the head.
    mm_per_uv : float
        Length on the skin of one chart unit, at the front of the face.
    """

    vertices_mm: FloatArray
    uv: FloatArray
    triangles: IntArray
    mirror_index: IntArray
    n_mesh: int
    mm_per_uv: float

    def locate(self, uv: FloatArray) -> tuple[IntArray, FloatArray]:
        """Find the triangle that a chart point lies in.

        Parameters
        ----------
        uv : ndarray of shape (M, 2)

        Returns
        -------
        triangle : ndarray of shape (M,), int32
            Row of `triangles`. Beyond the chart: the triangle at the nearest edge.
        weights : ndarray of shape (M, 3)
            Barycentric coordinates; one is negative beyond the chart, so that a map
            built on them is carried on straight.
        """
        uv = np.asarray(uv, np.float64).reshape(-1, 2)
        index = _triangle_index(self)
        cell = np.clip((uv - index.low) / _BUCKET_UV, 0, index.last).astype(int)
        candidates = index.table[cell[:, 1], cell[:, 0]]
        weights = np.einsum(
            "mcij,mj->mci",
            index.barycentric[candidates],
            np.column_stack([uv, np.ones(len(uv))]),
        )
        lowest = np.where(candidates >= 0, weights.min(axis=2), -np.inf)
        best, every = lowest.argmax(axis=1), np.arange(len(uv))
        triangle = candidates[every, best]
        outside = lowest[every, best] < -1e-9
        if outside.any():
            triangle[outside] = _nearest_rim_triangle(self, uv[outside])
        ones = np.column_stack([uv, np.ones(len(uv))])
        return triangle, np.einsum("mij,mj->mi", index.barycentric[triangle], ones)

    def carry(self, uv: FloatArray, values: FloatArray) -> FloatArray:
        """Interpolate values given at the vertices, linearly in each triangle.

        Parameters
        ----------
        uv : ndarray of shape (M, 2)
        values : ndarray of shape (N, K)

        Returns
        -------
        ndarray of shape (M, K)
        """
        triangle, weights = self.locate(uv)
        corners = np.asarray(values, np.float64)[self.triangles[triangle]]
        return np.asarray(np.einsum("mi,mik->mk", weights, corners))


@dataclass(frozen=True, eq=False)
class ZoneDefinition:
    """One zone of the contract, on the chart.

    Attributes
    ----------
    id : str
    name : str
        For people.
    outline_uv : ndarray of shape (M, 2)
        Closed polygon; the first point is not repeated.
    cautions : tuple of str
        What a reader of this zone's numbers should know.
    sources : tuple of str
        Where the borders come from.
    """

    id: str
    name: str
    outline_uv: FloatArray
    cautions: tuple[str, ...]
    sources: tuple[str, ...]


def uv_to_px(uv: FloatArray, vertices_px: FloatArray) -> FloatArray:
    """Carry chart points onto a photo.

    Parameters
    ----------
    uv : ndarray of shape (M, 2)
    vertices_px : ndarray of shape (N, 2)
        Of the extended mesh, see `FaceFrame.vertices_px`.

    Returns
    -------
    ndarray of shape (M, 2)
        Piecewise affine; points beyond the chart follow the nearest triangle.
    """
    return load_chart().carry(uv, vertices_px)


@cache
def load_chart() -> FaceChart:
    """Read the canonical mesh and continue it to the hairline and down the neck.

    Raises
    ------
    KnowledgeError
        A packaged file is missing or not what it should be.
    """
    knowledge = load_knowledge("chart")
    mm_per_uv = float(knowledge["chart"]["mm_per_uv"])
    try:
        with np.load(BytesIO(data_bytes("canonical_face.npz"))) as file:
            mesh_mm, mesh_uv = file["vertices_mm"], file["uv"]
            triangles = file["triangles"].astype(np.int32)
    except (ValueError, KeyError, OSError) as error:
        raise KnowledgeError("The canonical face is damaged") from error
    mirror = _mirror_of(mesh_mm)
    # The published chart is symmetric to 0.001 only.
    mesh_uv = (mesh_uv + (mesh_uv[mirror] * [-1, 1] + [1, 0])) / 2

    vertices, chart, faces, mirrors = [mesh_mm], [mesh_uv], [triangles], [mirror]
    for table, continuation in (
        (knowledge["head"], _head_rows),
        (knowledge["neck"], _neck_rows),
    ):
        edge = _edge(table, mirror)
        rows_mm, rows_uv = continuation(table, mesh_mm[edge], mesh_uv[edge], mm_per_uv)
        first = sum(len(v) for v in vertices)
        grid = first + np.arange(rows_mm[..., 0].size).reshape(rows_mm.shape[:2])
        vertices.append(rows_mm.reshape(-1, 3))
        chart.append(rows_uv.reshape(-1, 2))
        mirrors.append(grid[:, ::-1].reshape(-1).astype(np.int32))
        faces.append(_strips(np.vstack([edge, grid])))

    uv = np.round(np.concatenate(chart) / _UV_STEP) * _UV_STEP
    triangles = np.concatenate(faces).astype(np.int32)
    corner = uv[triangles]
    clockwise = _cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]) > 0
    triangles[clockwise] = triangles[clockwise][:, ::-1]
    return FaceChart(
        vertices_mm=_frozen(np.concatenate(vertices)),
        uv=_frozen(uv),
        triangles=_frozen(triangles),
        mirror_index=_frozen(np.concatenate(mirrors).astype(np.int32)),
        n_mesh=len(mesh_mm),
        mm_per_uv=mm_per_uv,
    )


@cache
def load_zones() -> tuple[ZoneDefinition, ...]:
    """Read the zone atlas, in the order of `ZONE_IDS`.

    A zone that ends in ``_l`` is its right twin with u turned into 1 - u; the outline
    of a zone on the midline is written for the patient's right half and closed
    likewise.

    Raises
    ------
    KnowledgeError
        The file does not define exactly the zones of the contract.
    """
    table: Mapping[str, Any] = load_knowledge("zones")["zone"]
    wanted = {z.removesuffix("_l") for z in ZONE_IDS if not z.endswith("_r")}
    if set(table) != wanted:
        odd = ", ".join(sorted(set(table) ^ wanted))
        raise KnowledgeError(f"zones.toml has missing or unknown zones: {odd}")
    zones = []
    for zone_id in ZONE_IDS:
        side = zone_id[-2:] if zone_id.endswith(("_r", "_l")) else ""
        entry = table[zone_id.removesuffix(side)]
        half = np.round(np.array(entry["outline_uv"]) / _UV_STEP) * _UV_STEP
        twin = (half * [-1, 1] + [1, 0])[::-1]
        if side == "":
            outline = np.concatenate([half, twin[~np.isin(twin[:, 0], 0.5)]])
        else:
            outline = half if side == "_r" else twin
        suffix = {"": "", "_r": ", right", "_l": ", left"}[side]
        zones.append(
            ZoneDefinition(
                id=zone_id,
                name=entry["name"] + suffix,
                outline_uv=_frozen(outline),
                cautions=tuple(entry["cautions"]),
                sources=tuple(entry["sources"]),
            )
        )
    return tuple(zones)


def zone_name(zone_id: str) -> str:
    """Name a zone for people; left and right are the patient's own."""
    return load_zones()[ZONE_IDS.index(zone_id)].name


def zone_names(zone_ids: Iterable[str]) -> str:
    """Name several zones; both sides of one are one.

    Examples
    --------
    >>> zone_names(["chin", "cheek_r", "cheek_l", "crow_feet_l"])
    "Chin; Cheek (both); Crow's feet, left"
    """
    given = list(dict.fromkeys(zone_ids))
    if len(given) == len(ZONE_IDS):
        return "All zones"
    said = []
    for zone in given:
        stem, side = zone[:-2], zone[-2:]
        twins = side in ("_r", "_l") and {f"{stem}_r", f"{stem}_l"} <= set(given)
        name = zone_name(zone)
        said.append(f"{name.rsplit(', ', 1)[0]} (both)" if twins else name)
    return "; ".join(dict.fromkeys(said))


def _frozen(array: Any) -> Any:  # noqa: ANN401  # any dtype, the same one out
    array.setflags(write=False)
    return array


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _mirror_of(mesh_mm: FloatArray) -> IntArray:
    reflected = mesh_mm * [-1, 1, 1]
    gap = np.abs(mesh_mm[:, None] - reflected[None]).max(axis=2)
    if gap.min(axis=1).max() > 1e-6:
        raise KnowledgeError("The canonical face is not symmetric")
    return np.asarray(gap.argmin(axis=1), np.int32)


def _edge(table: Mapping[str, Any], mirror: IntArray) -> IntArray:
    right = list(table["edge_right"])
    return np.array([*right, table["edge_middle"], *mirror[right][::-1]], np.int32)


def _head_rows(
    table: Mapping[str, Any], edge_mm: FloatArray, edge_uv: FloatArray, mm_per_uv: float
) -> tuple[FloatArray, FloatArray]:
    """Slide the edge back over an ellipsoid, away from the tip of the nose.

    Each vertex keeps its azimuth around the viewing axis and its offset from the
    ellipsoid, and moves by the same arc length.
    """
    axes = np.array(table["semi_axes_mm"])
    unit = (edge_mm - table["center_mm"]) / axes
    radius = np.linalg.norm(unit, axis=1)
    polar = np.arccos(unit[:, 2] / radius)
    across = unit[:, :2] / np.hypot(unit[:, 0], unit[:, 1])[:, None]
    outward = edge_uv - table["chart_center_uv"]
    outward /= np.linalg.norm(outward, axis=1)[:, None]
    # Speed of a point per radian of polar angle: how much arc one radian is.
    planar = np.cos(polar)[:, None] * across
    speed = np.linalg.norm(np.column_stack([planar, -np.sin(polar)]) * axes, axis=1)
    rows_mm, rows_uv = [], []
    for arc_mm in table["rows_mm"]:
        angle = polar + arc_mm / (speed * radius)
        direction = np.column_stack([np.sin(angle)[:, None] * across, np.cos(angle)])
        rows_mm.append(table["center_mm"] + axes * radius[:, None] * direction)
        rows_uv.append(edge_uv + outward * (arc_mm / mm_per_uv))
    return np.array(rows_mm), np.array(rows_uv)


def _neck_rows(
    table: Mapping[str, Any], edge_mm: FloatArray, edge_uv: FloatArray, mm_per_uv: float
) -> tuple[FloatArray, FloatArray]:
    """Lead the jaw's edge back to the throat and down a cylinder.

    Columns lie round the neck in the order and proportion of the jaw's x.
    """
    radius = table["radius_mm"]
    angle = np.radians(table["half_angle_deg"]) * edge_mm[:, 0] / edge_mm[-1, 0]
    throat_y = table["throat_y_mm"] + table["throat_rise_mm"] * (1 - np.cos(angle))
    rows_mm, rows_uv = [], []
    path_mm = np.zeros(len(edge_mm))
    before = edge_mm
    for down in np.linspace(0, 1, int(table["rows"]) + 1):
        y = throat_y + down * (table["base_y_mm"] - throat_y)
        front = table["throat_z_mm"] + down * (
            table["base_z_mm"] - table["throat_z_mm"]
        )
        row = np.column_stack(
            [
                radius * np.sin(angle),
                y,
                front - radius + radius * np.cos(angle),
            ]
        )
        path_mm = path_mm + np.linalg.norm(row - before, axis=1)
        before = row
        rows_mm.append(row)
        rows_uv.append(
            np.column_stack(
                [
                    0.5 + angle * radius / mm_per_uv,
                    edge_uv[:, 1] + path_mm / mm_per_uv,
                ]
            )
        )
    return np.array(rows_mm), np.array(rows_uv)


def _strips(rows: IntArray) -> IntArray:
    """Triangles between rows of vertices, diagonals mirrored about the middle."""
    middle = (rows.shape[1] - 1) // 2
    faces: list[Sequence[int]] = []
    for upper, lower in pairwise(rows):
        for k in range(rows.shape[1] - 1):
            a, b, c, d = upper[k], upper[k + 1], lower[k], lower[k + 1]
            if k < middle:
                faces += [(a, b, d), (a, d, c)]
            else:
                faces += [(a, b, c), (b, d, c)]
    return np.array(faces, np.int32)


@dataclass(frozen=True, eq=False)
class _TriangleIndex:
    """Which triangles may hold a chart point, by square bucket.

    Attributes
    ----------
    barycentric : ndarray of shape (T, 3, 3)
        Takes (u, v, 1) to barycentric coordinates.
    table : ndarray of shape (rows, columns, C), int32
        Candidates of each bucket, filled up with -1.
    low, last : ndarray of shape (2,)
        Corner of the first bucket; index of the last one.
    """

    barycentric: FloatArray
    table: IntArray
    low: FloatArray
    last: FloatArray


@cache
def _triangle_index(chart: FaceChart) -> _TriangleIndex:
    corner = chart.uv[chart.triangles]
    homogeneous = np.concatenate([corner, np.ones((*corner.shape[:2], 1))], axis=2)
    low = chart.uv.min(axis=0)
    first = np.floor((corner.min(axis=1) - low) / _BUCKET_UV - 1e-6).astype(int)
    last = np.floor((corner.max(axis=1) - low) / _BUCKET_UV + 1e-6).astype(int)
    first = np.maximum(first, 0)
    columns, rows = last.max(axis=0) + 1
    buckets: dict[tuple[int, int], list[int]] = {}
    for triangle, ((x0, y0), (x1, y1)) in enumerate(zip(first, last, strict=True)):
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                buckets.setdefault((y, x), []).append(triangle)
    table = np.full((rows, columns, max(map(len, buckets.values()))), -1, np.int32)
    for (y, x), triangles in buckets.items():
        table[y, x, : len(triangles)] = triangles
    return _TriangleIndex(
        barycentric=np.linalg.inv(homogeneous.transpose(0, 2, 1)),
        table=table,
        low=low,
        last=np.array([columns, rows], float) - 1,
    )


@cache
def _rim(chart: FaceChart) -> tuple[IntArray, IntArray]:
    """Edges that only one triangle has, (E, 2), and that triangle, (E,)."""
    sides = np.sort(chart.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, first, count = np.unique(
        sides, axis=0, return_index=True, return_counts=True
    )
    alone = count == 1
    return edges[alone].astype(np.int32), (first[alone] // 3).astype(np.int32)


def _nearest_rim_triangle(chart: FaceChart, uv: FloatArray) -> IntArray:
    edges, triangle = _rim(chart)
    start, end = chart.uv[edges[:, 0]], chart.uv[edges[:, 1]]
    along = end - start
    share = np.einsum("mek,ek->me", uv[:, None] - start, along) / (along**2).sum(axis=1)
    nearest = start + np.clip(share, 0, 1)[..., None] * along
    gap = np.linalg.norm(uv[:, None] - nearest, axis=2)
    return np.asarray(triangle[gap.argmin(axis=1)])
