"""The classical detector: oriented ridges, judged against the skin's own grain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import (
    line_angle_deg,
    photo_to_view,
    surface_length_mm,
    view_to_photo,
)
from facemap.types import (
    ZONE_IDS,
    FaceFrame,
    FaceMap,
    FaceView,
    FloatArray,
    LineKind,
    Surface,
    WrinkleLine,
)
from facemap.wrinkles.cutting import (
    split_at_turns,
    split_by_strength,
    split_by_zone,
    trim_ends,
)
from facemap.wrinkles.filters import Kernel, RidgeBank, orientations_deg
from facemap.wrinkles.folds import best_path
from facemap.wrinkles.grid import WorkingGrid, make_grid
from facemap.wrinkles.profiles import cross_sections, fit_profile
from facemap.wrinkles.settings import RidgeSettings, load_settings
from facemap.wrinkles.tracing import resample_path, ridge_points, trace_paths

__all__ = [
    "Evidence",
    "RidgeDetector",
    "confidence",
    "find_folds",
    "find_wrinkles",
    "lies_on",
    "mean_along",
    "zone_grain",
]

Image = NDArray[np.float32]

#: Outer corners of the eyes in the landmarker's mesh.
_OUTER_CANTHUS = {"crow_feet_r": 33, "crow_feet_l": 263}
_PROFILE_STEP_MM = 0.1


@dataclass(frozen=True)
class Evidence:
    """Ridges on the grid, seen through the zones' priors.

    Attributes
    ----------
    along : ndarray of shape (h, w)
        Depth of the best ridge that runs as the zone's lines run.
    across : ndarray of shape (h, w)
        The same for ridges at right angles to those: grain, hair, pores.
    angle_deg : ndarray of shape (h, w)
        Of the ridge in `along`, in the grid's axes.
    """

    along: Image
    across: Image
    angle_deg: Image


@dataclass(frozen=True)
class _Scene:
    """What every step needs."""

    frame: FaceFrame
    view: FaceView
    surface: Surface
    grid: WorkingGrid
    settings: RidgeSettings


class RidgeDetector:
    """Finds lines as long, coherent, two-sided valleys of log luminance.

    Folds are followed as one path per fold zone. Everything is measured on a grid of
    fixed resolution and judged by absolute thresholds; the grain of a zone, that is
    the ridges at right angles to its lines, only says how sure a line is.
    """

    id = "ridge"

    def __init__(self, settings: RidgeSettings | None = None) -> None:
        self._settings = settings or load_settings()

    @property
    def version(self) -> str:
        """Changes whenever the numbers change."""
        return self._settings.version

    @property
    def parameters_sha256(self) -> str:
        """Hash of the settings file."""
        return self._settings.sha256

    def detect(
        self, frame: FaceFrame, view: FaceView, surface: Surface, face_map: FaceMap
    ) -> tuple[WrinkleLine, ...]:
        """Return the lines of all zones that can be judged."""
        settings = self._settings
        judged = [
            0,
            *(k + 1 if r.assessable else 0 for k, r in enumerate(face_map.regions)),
        ]
        labels = np.asarray(judged, np.uint8)[face_map.labels]
        labels[_near_canthi(frame, view, settings.grid.canthus_mm)] = 0
        if not labels.any():
            return ()
        grid = make_grid(
            view,
            labels,
            settings.grid.px_per_mm,
            blur_mm=settings.grid.blur_mm,
            margin_mm=settings.grid.margin_mm,
            fill_sigma_mm=settings.grid.fill_sigma_mm,
        )
        scene = _Scene(frame, view, surface, grid, settings)
        folds = tuple(find_folds(scene))
        reach_px = settings.line.beside_fold_mm * view.photo_px_per_mm
        return (
            *folds,
            *(
                line
                for line in find_wrinkles(scene)
                if not any(
                    fold.zone == line.zone
                    and lies_on(line.path_px, fold.path_px, reach_px)
                    for fold in folds
                )
            ),
        )


def find_wrinkles(scene: _Scene) -> Iterator[WrinkleLine]:
    """Trace crests of the fine scales and measure them."""
    grid, rule = scene.grid, scene.settings.line
    settings = scene.settings
    evidence = _evidence(
        scene, grid, settings.kernels, settings.one_sided, settings.fine_kernels
    )
    grain = zone_grain(evidence, grid.labels)
    floor = np.array([0.0, *grain], np.float32)[grid.labels]
    crests = ridge_points(
        evidence.along,
        evidence.angle_deg,
        np.maximum(rule.low, rule.grain_low * floor),
        np.maximum(rule.high, rule.grain_high * floor),
    )
    least_px = round(0.6 * rule.min_length_mm * grid.px_per_mm)
    traces = trace_paths(crests, least_px)
    for index, piece in _pieces(traces, evidence, scene):
        strength = mean_along(evidence.along, piece)
        if strength <= rule.floor:
            continue
        path = resample_path(
            piece,
            rule.spacing_mm * grid.px_per_mm,
            rule.smooth_mm * grid.px_per_mm,
        )
        line = _measure(path, index, strength, scene)
        if line is not None and line.length_mm >= rule.min_length_mm:
            yield line


def _pieces(
    traces: Sequence[FloatArray], evidence: Evidence, scene: _Scene
) -> Iterator[tuple[int, FloatArray]]:
    """Cut traces into lines of one zone each, and leave out what is none."""
    rule, px_per_mm = scene.settings.line, scene.grid.px_per_mm
    bridge_px = round(rule.bridge_mm * px_per_mm)
    arm_px = round(rule.turn_mm * px_per_mm)
    for trace in traces:
        for path in split_at_turns(trace, arm_px, rule.turn_deg):
            for index, part in split_by_zone(path, scene.grid.labels, bridge_px):
                for piece in split_by_strength(
                    part,
                    evidence.along,
                    rule.floor,
                    smooth_px=rule.smooth_mm * px_per_mm,
                    bridge_px=bridge_px,
                ):
                    yield index, trim_ends(piece, evidence.along)


def find_folds(scene: _Scene) -> Iterator[WrinkleLine]:
    """Follow the one fold of each fold zone."""
    settings, grid = scene.settings, scene.grid
    for index, zone in enumerate(ZONE_IDS):
        rule = settings.folds.get(zone)
        inside = grid.labels == index + 1
        if rule is None or not inside.any():
            continue
        crop = grid.crop(inside, settings.grid.margin_mm)
        own = crop.labels == index + 1
        evidence = _evidence(
            scene, crop, rule.kernels, rule.one_sided, within=own, grain=False
        )
        slope = -1.0 / np.tan(np.radians(settings.priors[zone].angle_deg))
        pixels = best_path(
            evidence.along, own, slope=slope, floor=rule.floor, bend=rule.bend
        )
        if pixels is None:
            continue
        path = resample_path(
            pixels,
            settings.line.spacing_mm * grid.px_per_mm,
            rule.smooth_mm * grid.px_per_mm,
        )
        strength = mean_along(evidence.along, pixels)
        shift = crop.offset_in(grid)
        line = _measure(path + shift, index, strength, scene, fold=True)
        if line is not None and line.length_mm >= rule.min_length_mm:
            yield line


def _evidence(
    scene: _Scene,
    grid: WorkingGrid,
    kernels: tuple[Kernel, ...],
    one_sided: float,
    fine_kernels: tuple[Kernel, ...] = (),
    *,
    within: NDArray[np.bool_] | None = None,
    grain: bool = True,
) -> Evidence:
    """Keep, at each pixel, the ridges that run as lines of its zone run.

    `within` leaves other pixels aside, and without `grain` nothing is known across.
    """
    settings = scene.settings
    angles = orientations_deg(settings.orientations)
    erode = round(settings.grid.erode_mm * grid.px_per_mm)
    square = np.ones((2 * erode + 1, 2 * erode + 1), np.uint8)
    inside = cv2.erode(grid.skin, square) > 0
    if within is not None:
        inside &= within
    directions = _expected_directions(scene, grid, inside)
    wide = RidgeBank(
        grid.log_luminance,
        grid.px_per_mm,
        kernels,
        one_sided=one_sided,
        inside=inside,
    )
    fine = _FineBank(scene, grid, fine_kernels, one_sided) if fine_kernels else None

    def strongest(turns: range) -> tuple[Image, Image, NDArray[np.uint8]]:
        along = np.zeros(inside.shape, np.float32)
        across = np.zeros(inside.shape, np.float32)
        best = np.zeros(inside.shape, np.uint8)
        for k in turns:
            here, beside = directions.weights(angles[k], settings.line.soft_deg)
            if not (here.any() or (grain and beside.any())):
                continue
            answer = wide.answer(angles[k])
            if fine is not None:
                fine.add_to(answer, angles[k])
            depth = answer * here
            np.copyto(best, k, where=depth > along)
            np.maximum(along, depth, out=along)
            if grain:
                np.maximum(across, np.multiply(answer, beside, out=answer), out=across)
        return along, across, best

    # OpenCV and NumPy let go of the interpreter: two halves run side by side.
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(strongest, (range(k, len(angles), 2) for k in (0, 1)))
    best = np.where(second[0] > first[0], second[2], first[2])
    return Evidence(
        np.maximum(first[0], second[0]),
        np.maximum(first[1], second[1]),
        angles.astype(np.float32)[best],
    )


class _FineBank:
    """The finest scale, heard in the zones whose lines are that thin."""

    def __init__(
        self,
        scene: _Scene,
        grid: WorkingGrid,
        kernels: tuple[Kernel, ...],
        one_sided: float,
    ) -> None:
        settings = scene.settings
        thin = np.zeros(256, bool)
        thin[1 : len(ZONE_IDS) + 1] = [settings.priors[z].fine for z in ZONE_IDS]
        inside = thin[grid.labels]
        self._bank: RidgeBank | None = None
        if not inside.any():
            return
        crop = grid.crop(inside, settings.grid.margin_mm)
        x, y = crop.offset_in(grid).astype(int)
        height, width = crop.labels.shape
        self._box = np.s_[y : y + height, x : x + width]
        self._heard = inside[self._box].astype(np.float32)
        self._bank = RidgeBank(
            crop.log_luminance,
            grid.px_per_mm,
            kernels,
            one_sided=one_sided,
            inside=inside[self._box],
        )

    def add_to(self, answer: Image, angle_deg: float) -> None:
        """Raise an answer of the whole grid, in place, where this scale says more."""
        if self._bank is not None:
            own = self._bank.answer(angle_deg) * self._heard
            np.maximum(answer[self._box], own, out=answer[self._box])


def _near_canthi(
    frame: FaceFrame, view: FaceView, radius_mm: float
) -> NDArray[np.bool_]:
    """Mark lashes and lid folds around the outer corners of the eyes."""
    mask = np.zeros(view.log_luminance.shape, bool)
    radius = radius_mm * view.px_per_mm
    for index in _OUTER_CANTHUS.values():
        x, y = photo_to_view(frame.landmarks.xy_px[index], view)
        # Not cv2.circle: it rounds, and a mirrored face would lose other pixels.
        top, left = (max(int(v - radius), 0) for v in (y, x))
        box = mask[top : int(y + radius) + 2, left : int(x + radius) + 2]
        rows, cols = np.ogrid[: box.shape[0], : box.shape[1]]
        box |= (rows + top - y) ** 2 + (cols + left - x) ** 2 <= radius**2
    return mask


@dataclass(frozen=True)
class _Directions:
    """Which way the lines run at each pixel.

    Attributes
    ----------
    classes : ndarray of shape (h, w), uint8
        Index into the others; 0 is no skin.
    angle_deg, tolerance_deg : ndarray of shape (256,)
        Expected direction in the grid's axes, and how far off it lines may run.
    """

    classes: NDArray[np.uint8]
    angle_deg: FloatArray
    tolerance_deg: FloatArray

    def weights(self, theta_deg: float, soft_deg: float) -> tuple[Image, Image]:
        """Weight of a ridge of this direction as a line, and as grain."""
        off = np.abs((self.angle_deg - theta_deg + 90.0) % 180.0 - 90.0)
        reach = self.tolerance_deg + soft_deg
        here = np.clip((reach - off) / soft_deg, 0, 1)
        beside = np.clip((reach - 90.0 + off) / soft_deg, 0, 1)
        here[0] = beside[0] = 0
        return (
            np.asarray(cv2.LUT(self.classes, here.astype(np.float32))),
            np.asarray(cv2.LUT(self.classes, beside.astype(np.float32))),
        )


def _expected_directions(
    scene: _Scene, grid: WorkingGrid, inside: NDArray[np.bool_]
) -> _Directions:
    """Look up every zone's prior; radial ones in whole degrees."""
    zones = len(ZONE_IDS)
    angle, tolerance = np.zeros(256), np.zeros(256)
    # After the zones come the 180 whole degrees of radial ones.
    angle[zones + 1 : zones + 181] = np.arange(180)
    classes = np.where(inside, grid.labels, 0).astype(np.uint8)
    for index, zone in enumerate(ZONE_IDS):
        prior = scene.settings.priors[zone]
        tolerance[index + 1] = prior.half_width_deg
        angle[index + 1] = prior.angle_deg - scene.frame.pose.roll_deg
        if prior.radial:
            tolerance[zones + 1 : zones + 181] = prior.half_width_deg
            corner_px = scene.frame.landmarks.xy_px[_OUTER_CANTHUS[zone]]
            corner = grid.from_view(photo_to_view(corner_px, scene.view))
            rows, cols = np.nonzero(classes == index + 1)
            radial = np.degrees(np.arctan2(corner[1] - rows, cols - corner[0]))
            classes[rows, cols] = zones + 1 + np.round(radial).astype(int) % 180
    return _Directions(classes, angle, tolerance)


def zone_grain(evidence: Evidence, labels: NDArray[np.uint8]) -> list[float]:
    """Median of the ridges at right angles to a zone's lines, for all zones."""
    seen = evidence.across > 0
    values, zones = evidence.across[seen], labels[seen]
    order = np.argsort(zones, kind="stable")
    ends = np.searchsorted(zones[order], np.arange(1, len(ZONE_IDS) + 2))
    pieces = np.split(values[order], ends)[1:-1]
    return [float(np.median(piece)) if len(piece) else 0.0 for piece in pieces]


def lies_on(path: FloatArray, other: FloatArray, reach: float) -> bool:
    """Whether most of a path lies within reach of another: one thing, seen twice."""
    gaps = np.linalg.norm(path[:, None] - other[None], axis=2).min(axis=1)
    return bool(np.median(gaps) < reach)


def confidence(strength: float, depth: float, floor: float) -> float:
    """Share of a line's depth that is coherent, two-sided and above the skin's floor.

    Parameters
    ----------
    strength : float
        Mean answer of the elongated filters along the line.
    depth : float
        Of the line's profile, which a shadow's edge or a row of pores has too.
    floor : float
        Answer of skin without lines.
    """
    return float(np.clip((strength - floor) / depth, 0.0, 1.0))


def mean_along(image: Image, pixels: FloatArray) -> float:
    """Mean of a picture over a path of pixels."""
    return float(image[pixels[:, 1].astype(int), pixels[:, 0].astype(int)].mean())


def _measure(
    path: FloatArray, index: int, strength: float, scene: _Scene, *, fold: bool = False
) -> WrinkleLine | None:
    """Turn a path on the grid into a line, or None where it is no valley."""
    settings, grid = scene.settings, scene.grid
    widths = settings.fold_sigmas_mm if fold else settings.line_sigmas_mm
    sigmas = np.geomspace(widths[0], widths[1], 24)
    reach = 2.5 * widths[1] + 0.4
    count = round(reach / _PROFILE_STEP_MM)
    offsets_mm = np.arange(-count, count + 1, dtype=np.float64) * _PROFILE_STEP_MM
    sections = cross_sections(grid.log_luminance, path, offsets_mm * grid.px_per_mm)
    profile = fit_profile(offsets_mm, sections.mean(axis=0, dtype=np.float64), sigmas)
    if profile.depth <= 0 or strength <= settings.line.floor:
        return None
    depth, width = profile.sharpened(grid.psf_mm)
    path_vx = grid.to_view(path)
    path_px = view_to_photo(path_vx, scene.view)
    return WrinkleLine(
        zone=ZONE_IDS[index],
        kind=LineKind.FOLD if fold else _kind(width, scene),
        path_px=path_px,
        length_mm=surface_length_mm(path_vx, scene.view, scene.surface),
        width_mm=width,
        depth=depth,
        mass=profile.mass,
        orientation_deg=line_angle_deg(path_px, scene.frame.pose.roll_deg),
        confidence=confidence(strength, profile.depth, settings.line.floor),
    )


def _kind(width_mm: float, scene: _Scene) -> LineKind:
    """Tell fine lines by their width, where the photo is fine enough to show it."""
    rule = scene.settings.line
    thin = width_mm < rule.fine_width_mm
    seen = scene.view.photo_px_per_mm >= rule.fine_px_per_mm
    return LineKind.FINE_LINE if thin and seen else LineKind.WRINKLE
