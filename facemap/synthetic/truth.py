"""What is true of a phantom, and the document that says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facemap.chart import load_zones
from facemap.geometry import line_angle_deg
from facemap.resources import load_knowledge
from facemap.synthetic.camera import Camera
from facemap.synthetic.furrows import STEP_MM, Furrow
from facemap.synthetic.head import Head
from facemap.synthetic.light import Light, Shading
from facemap.synthetic.params import PhantomParams
from facemap.synthetic.relief import measure_furrows, place_stations
from facemap.types import FloatArray, LineKind, Mask, RgbImage, View

__all__ = [
    "Phantom",
    "PhantomTruth",
    "TruthLine",
    "TruthZone",
    "make_truth",
    "truth_document",
]


@dataclass(frozen=True, eq=False)
class TruthLine:
    """One planted line, as light shows it before the camera's blur and noise.

    Attributes
    ----------
    zone : str
    kind : LineKind
    path_px : ndarray of shape (N, 2)
        Center line, where the furrow is at least a quarter as deep as in the mean.
    length_mm : float
        On the skin.
    width_mm : float
        Mean full width at half of the drop in log luminance.
    depth : float
        Mean over the line of the greatest drop in log luminance across it.
    mass : float
        Mean of depth x width.
    orientation_deg : float
        As in `facemap.geometry.line_angle_deg`.
    relief_mm : float
        Greatest geometric depth of the furrow.
    visible : float
        Share of the path that neither hair, nose nor the turn of the head hides.
    """

    zone: str
    kind: LineKind
    path_px: FloatArray
    length_mm: float
    width_mm: float
    depth: float
    mass: float
    orientation_deg: float
    relief_mm: float
    visible: float


@dataclass(frozen=True, eq=False)
class TruthZone:
    """A zone of the atlas on the phantom: its whole outline, hidden parts too."""

    id: str
    outline_px: FloatArray


@dataclass(frozen=True, eq=False)
class PhantomTruth:
    """Everything exact about a phantom.

    Attributes
    ----------
    landmarks_px : ndarray of shape (478, 2)
        Exact projections; (0, 0) is the center of the top-left pixel.
    mm_per_px : float
        In the plane of the eyes.
    yaw_deg, pitch_deg, roll_deg : float
    rotation : ndarray of shape (3, 3)
    translation_mm : ndarray of shape (3,)
    focal_px : float
        See `facemap.types.Pose`; millimeters of this head, not of the canonical one.
    camera_distance_mm : float
    view : View
    ipd_mm : float
        Between the centers of the irises.
    zones : tuple of TruthZone
    lines : tuple of TruthLine
    hair : ndarray of shape (H, W), bool
        Hair of any kind: head, brows, lashes, beard.
    glasses : ndarray of shape (H, W), bool
    """

    landmarks_px: FloatArray
    mm_per_px: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    rotation: FloatArray
    translation_mm: FloatArray
    focal_px: float
    camera_distance_mm: float
    view: View
    ipd_mm: float
    zones: tuple[TruthZone, ...]
    lines: tuple[TruthLine, ...]
    hair: Mask
    glasses: Mask


@dataclass(frozen=True, eq=False)
class Phantom:
    """A drawn face and what is true of it.

    Attributes
    ----------
    rgb : ndarray of shape (H, W, 3), uint8
        sRGB, read-only.
    params : PhantomParams
    truth : PhantomTruth
    """

    rgb: RgbImage
    params: PhantomParams
    truth: PhantomTruth


def make_truth(
    params: PhantomParams,
    head: Head,
    camera: Camera,
    light: Light,
    furrows: Sequence[Furrow],
    masks: tuple[Mask, Mask],
    bare_skin: Callable[[FloatArray], Shading],
    seen: Callable[[FloatArray], Mask],
) -> PhantomTruth:
    """Collect the truth of a phantom.

    Parameters
    ----------
    masks : tuple of two ndarray of shape (H, W), bool
        Hair and glasses in the picture.
    bare_skin : callable
        From chart points to the skin there without relief.
    seen : callable
        From points in canonical millimeters to whether the camera sees them.
    """
    stations = place_stations(furrows)
    depth, width = measure_furrows(furrows, stations, bare_skin(stations.uv), light)
    lines = (
        _line(furrow, params, camera, stations.at[k], depth[k], width[k], seen)
        for furrow, k in (
            (furrow, np.flatnonzero(stations.furrow == i))
            for i, furrow in enumerate(furrows)
        )
    )
    right, left = (eye.iris_center_mm for eye in head.eyes)
    return PhantomTruth(
        landmarks_px=camera.project(head.landmarks_mm()),
        mm_per_px=params.camera_distance_mm / camera.focal_px,
        yaw_deg=params.yaw_deg,
        pitch_deg=params.pitch_deg,
        roll_deg=params.roll_deg,
        rotation=camera.rotation,
        translation_mm=camera.translation_mm,
        focal_px=camera.focal_px,
        camera_distance_mm=params.camera_distance_mm,
        view=_view(params.yaw_deg),
        ipd_mm=float(np.linalg.norm(left - right)),
        zones=tuple(
            TruthZone(z.id, camera.project(head.points_at(_dense(z.outline_uv))))
            for z in load_zones()
        ),
        lines=tuple(line for line in lines if line is not None),
        hair=masks[0],
        glasses=masks[1],
    )


def _dense(outline_uv: FloatArray) -> FloatArray:
    """Outline with points at most 0.02 chart units apart."""
    out = []
    for a, b in zip(outline_uv, np.roll(outline_uv, -1, axis=0), strict=True):
        n = max(int(np.ceil(np.hypot(*(b - a)) / 0.02)), 1)
        out.append(a + (b - a) * np.arange(n)[:, None] / n)
    return np.concatenate(out)


def _view(yaw_deg: float) -> View:
    limits = load_knowledge("phantom")["view"]
    if abs(yaw_deg) <= limits["frontal_yaw_deg"]:
        return View.FRONTAL
    oblique = abs(yaw_deg) <= limits["oblique_yaw_deg"]
    if yaw_deg > 0:
        return View.OBLIQUE_R if oblique else View.PROFILE_R
    return View.OBLIQUE_L if oblique else View.PROFILE_L


def _line(
    furrow: Furrow,
    params: PhantomParams,
    camera: Camera,
    at: NDArray[np.int64],
    depth: FloatArray,
    width: FloatArray,
    seen: Callable[[FloatArray], Mask],
) -> TruthLine | None:
    """Describe one furrow; None where light does not show it at all."""
    table = load_knowledge("phantom")["truth"]
    clear = depth >= table["end_share"] * depth.mean()
    if depth.max() <= 0 or not clear.any():
        return None
    first, last = at[clear][0], at[clear][-1]
    inside = (at >= first) & (at <= last)
    depth, width = depth[inside], width[inside]
    part = slice(first, last + 1)
    points = furrow.path_mm[part]
    path_px = camera.project(points)
    mean_width = float(np.average(width, weights=np.maximum(depth, 1e-9)))
    kind = LineKind.WRINKLE
    if furrow.zone is not None and furrow.zone[:-2] in table["fold_zones"]:
        kind = LineKind.FOLD
    elif mean_width < table["fine_line_mm"]:
        kind = LineKind.FINE_LINE
    step = max(int(1.0 / STEP_MM), 1)
    keep = np.unique([*range(0, len(path_px), step), len(path_px) - 1])
    return TruthLine(
        zone=str(furrow.zone),
        kind=kind,
        path_px=path_px[keep],
        length_mm=float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum()),
        width_mm=mean_width,
        depth=float(depth.mean()),
        mass=float((depth * width).mean()),
        orientation_deg=line_angle_deg(path_px, params.roll_deg),
        relief_mm=float(furrow.depth_mm.max()),
        visible=float(seen(points).mean()),
    )


def truth_document(phantom: Phantom) -> dict[str, Any]:
    """Return the truth as a JSON document of schema ``facemap.phantom/1``."""
    truth = phantom.truth
    height, width = truth.hair.shape

    def path(points: FloatArray) -> list[list[float]]:
        return [[round(float(x), 3), round(float(y), 3)] for x, y in points]

    return {
        "schema": "facemap.phantom/1",
        "params": phantom.params.document(),
        "width_px": width,
        "height_px": height,
        "landmarks_px": path(truth.landmarks_px),
        "mm_per_px": truth.mm_per_px,
        "ipd_mm": round(truth.ipd_mm, 4),
        "yaw_deg": truth.yaw_deg,
        "pitch_deg": truth.pitch_deg,
        "roll_deg": truth.roll_deg,
        "camera_distance_mm": truth.camera_distance_mm,
        "focal_px": truth.focal_px,
        "view": truth.view.value,
        "zones": [
            {"id": zone.id, "outline_px": path(zone.outline_px)} for zone in truth.zones
        ],
        "lines": [
            {
                "zone": line.zone,
                "kind": line.kind.value,
                "length_mm": round(line.length_mm, 3),
                "width_mm": round(line.width_mm, 4),
                "depth": round(line.depth, 5),
                "mass": round(line.mass, 5),
                "orientation_deg": round(line.orientation_deg, 2),
                "relief_mm": round(line.relief_mm, 4),
                "visible": round(line.visible, 3),
                "path_px": path(line.path_px),
            }
            for line in truth.lines
        ],
        "masks": {"hair": _runs(truth.hair), "glasses": _runs(truth.glasses)},
    }


def _runs(mask: Mask) -> dict[str, Any]:
    """Run lengths, row by row, starting with a run of False, on every 4th pixel."""
    step = 4
    small = mask[step // 2 :: step, step // 2 :: step]
    flat = np.concatenate([[False], small.reshape(-1), [False]])
    edges = np.flatnonzero(np.diff(flat.astype(np.int8)))
    bounds = np.concatenate([[0], edges, [small.size]])
    return {
        "step_px": step,
        "first_px": step // 2,
        "size_wh": [int(small.shape[1]), int(small.shape[0])],
        "runs": np.diff(bounds).astype(int).tolist(),
    }
