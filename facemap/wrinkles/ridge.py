"""The classical detector: oriented ridges, judged against the skin's own grain."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import (
    line_angle_deg,
    path_length,
    photo_to_view,
    sample_grid,
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
from facemap.wrinkles.filters import BankResponse, orientations_deg, ridge_bank
from facemap.wrinkles.grid import WorkingGrid, make_grid
from facemap.wrinkles.profiles import cross_sections, fit_profile
from facemap.wrinkles.settings import RidgeSettings, load_settings
from facemap.wrinkles.tracing import resample_path, ridge_points, trace_paths

__all__ = ["RidgeDetector"]

Image = NDArray[np.float32]

#: Outer corners of the eyes in the landmarker's mesh, the patient's right and left.
_OUTER_CANTHUS = {"crow_feet_r": 33, "crow_feet_l": 263}


@dataclass(frozen=True)
class Evidence:
    """Ridges on the grid, seen through the zones' priors.

    Attributes
    ----------
    along : ndarray of shape (h, w)
        Depth of the best ridge that runs as the zone's lines run.
    across : ndarray of shape (h, w)
        The same for ridges at right angles to those: grain, hair, pores.
    angle_deg, sigma_mm : ndarray of shape (h, w)
        Of the ridge in `along`.
    """

    along: Image
    across: Image
    angle_deg: Image
    sigma_mm: Image


class RidgeDetector:
    """Finds lines as long, coherent, two-sided valleys of log luminance."""

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
        if not (face_map.labels > 0).any():
            return ()
        grid = make_grid(
            view,
            face_map,
            settings.grid.px_per_mm,
            blur_mm=settings.grid.blur_mm,
            margin_mm=settings.grid.margin_mm,
            fill_sigma_mm=settings.grid.fill_sigma_mm,
        )
        bank = ridge_bank(
            grid.log_luminance,
            grid.px_per_mm,
            settings.kernels,
            orientations_deg(settings.orientations),
            one_sided=settings.one_sided,
        )
        evidence = weigh_priors(bank, grid, frame, view, settings)
        return find_lines(evidence, grid, frame, view, surface, settings)


def expected_angles(
    grid: WorkingGrid, frame: FaceFrame, view: FaceView, settings: RidgeSettings
) -> tuple[Image, Image]:
    """Direction of each pixel's lines in the grid's axes, and its tolerance."""
    height, width = grid.labels.shape
    angle = np.zeros((height, width), np.float32)
    tolerance = np.zeros((height, width), np.float32)
    for index, zone in enumerate(ZONE_IDS):
        here = grid.labels == index + 1
        if not here.any():
            continue
        prior = settings.priors[zone]
        tolerance[here] = prior.half_width_deg
        if prior.radial:
            corner_px = frame.landmarks.xy_px[_OUTER_CANTHUS[zone]]
            corner = grid.from_view(photo_to_view(corner_px, view))
            rows, cols = np.nonzero(here)
            angle[here] = np.degrees(np.arctan2(corner[1] - rows, cols - corner[0]))
        else:
            angle[here] = prior.angle_deg - frame.pose.roll_deg
    return angle, tolerance


def weigh_priors(
    bank: BankResponse,
    grid: WorkingGrid,
    frame: FaceFrame,
    view: FaceView,
    settings: RidgeSettings,
) -> Evidence:
    """Keep, at each pixel, the ridges that run as lines of its zone run."""
    expected, tolerance = expected_angles(grid, frame, view, settings)
    erode = round(settings.grid.erode_mm * grid.px_per_mm)
    inside = cv2.erode(grid.skin, np.ones((2 * erode + 1, 2 * erode + 1), np.uint8))
    shape = expected.shape
    along, across = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    best = np.zeros(shape, np.intp)
    for k, theta in enumerate(bank.angles_deg):
        off = np.abs((expected - theta + 90.0) % 180.0 - 90.0)
        soft = settings.line.soft_deg
        weight = np.clip((tolerance + soft - off) / soft, 0, 1) * inside
        turned = np.clip((tolerance + soft - (90.0 - off)) / soft, 0, 1) * inside
        depth = bank.depth[k] * weight
        best[depth > along] = k
        along = np.maximum(along, depth)
        across = np.maximum(across, bank.depth[k] * turned)
    scale = np.take_along_axis(bank.scale, best[None], axis=0)[0]
    sigmas = np.array([k.sigma_mm for k in settings.kernels], np.float32)
    return Evidence(
        along, across, bank.angles_deg[best].astype(np.float32), sigmas[scale]
    )


def find_lines(
    evidence: Evidence,
    grid: WorkingGrid,
    frame: FaceFrame,
    view: FaceView,
    surface: Surface,
    settings: RidgeSettings,
) -> tuple[WrinkleLine, ...]:
    """Trace and measure."""
    rule = settings.line
    low = np.full(grid.labels.shape, rule.low, np.float32)
    high = np.full(grid.labels.shape, rule.high, np.float32)
    grain = {}
    for index in range(len(ZONE_IDS)):
        here = (grid.labels == index + 1) & (evidence.across > 0)
        if not here.any():
            continue
        grain[index] = float(np.median(evidence.across[here]))
        low[here] = max(rule.low, rule.grain_low * grain[index])
        high[here] = max(rule.high, rule.grain_high * grain[index])
    crests = ridge_points(evidence.along, evidence.angle_deg, low, high)
    paths = trace_paths(crests, round(rule.min_length_mm * grid.px_per_mm * 0.7))
    lines = []
    for path in paths:
        for index, piece in split_by_zone(path, grid.labels):
            line = measure_line(
                piece,
                index,
                grain.get(index, 0.0),
                evidence,
                grid,
                frame,
                view,
                surface,
                settings,
            )
            if line is not None:
                lines.append(line)
    return tuple(lines)


def split_by_zone(
    path: FloatArray, labels: NDArray[np.uint8]
) -> list[tuple[int, FloatArray]]:
    """Cut a path where it goes from zone to zone; short visits don't count."""
    at = labels[path[:, 1].astype(int), path[:, 0].astype(int)].astype(int)
    zones, counts = np.unique(at[at > 0], return_counts=True)
    if len(zones) == 0:
        return []
    keep = zones[counts >= max(0.3 * len(path), 10)]
    if len(keep) <= 1:
        return [(int(zones[counts.argmax()]) - 1, path)]
    pieces = []
    for zone in keep:
        where = np.flatnonzero(at == zone)
        pieces.append((int(zone) - 1, path[where[0] : where[-1] + 1]))
    return pieces


def measure_line(
    pixels: FloatArray,
    index: int,
    grain: float,
    evidence: Evidence,
    grid: WorkingGrid,
    frame: FaceFrame,
    view: FaceView,
    surface: Surface,
    settings: RidgeSettings,
) -> WrinkleLine | None:
    """Turn a pixel path into a line, or None where it is too short or no valley."""
    rule = settings.line
    path = resample_path(
        pixels, rule.spacing_mm * grid.px_per_mm, rule.smooth_mm * grid.px_per_mm
    )
    path_vx = grid.to_view(path)
    length = path_length_mm(path_vx, view, surface)
    if length < rule.min_length_mm:
        return None
    rows, cols = pixels[:, 1].astype(int), pixels[:, 0].astype(int)
    sigma = float(np.median(evidence.sigma_mm[rows, cols]))
    strength = float(np.mean(evidence.along[rows, cols]))
    reach = 2.2 * sigma + 0.6
    offsets_mm = np.arange(-reach, reach + 0.05, 0.1)
    sections = cross_sections(grid.log_luminance, path, offsets_mm * grid.px_per_mm)
    sigmas = np.geomspace(0.5 * sigma, 2.0 * sigma, 9)
    profile = fit_profile(offsets_mm, sections.mean(axis=0), sigmas, reach)
    if profile.depth <= 0:
        return None
    depth, width = profile.sharpened(grid.psf_mm)
    significance = strength / max(grain, 1e-6)
    confidence = float(1 / (1 + np.exp(-(significance - 3.0) / 0.7)))
    path_px = view_to_photo(path_vx, view)
    return WrinkleLine(
        zone=ZONE_IDS[index],
        kind=LineKind.WRINKLE,
        path_px=path_px,
        length_mm=length,
        width_mm=width,
        depth=depth,
        mass=profile.mass,
        orientation_deg=line_angle_deg(path_px, frame.pose.roll_deg),
        confidence=confidence,
    )


def path_length_mm(path_vx: FloatArray, view: FaceView, surface: Surface) -> float:
    """Length of a path on the skin: the picture's plane and the depth behind it."""
    z = sample_grid(surface.depth_mm, path_vx, surface.grid_vx)
    z = np.nan_to_num(z, nan=0.0)
    return path_length(np.column_stack([path_vx / view.px_per_mm, z]))
