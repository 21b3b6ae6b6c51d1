"""The classical detector: coherent valleys, judged against the skin's own grain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import (
    line_angle_deg,
    path_length,
    photo_to_view,
    surface_length_mm,
    view_to_photo,
)
from facemap.sharpness import eye_blur_mm
from facemap.types import (
    ZONE_IDS,
    FaceFrame,
    FaceMap,
    FaceView,
    FloatArray,
    LineKind,
    Surface,
    WrinkleLine,
    WrinkleReading,
)
from facemap.wrinkles.coherence import Directions, line_field
from facemap.wrinkles.crests import Crests, line_crests
from facemap.wrinkles.cutting import (
    plainest_part,
    split_at_turns,
    split_by_strength,
    split_by_zone,
    trim_ends,
)
from facemap.wrinkles.folds import best_path
from facemap.wrinkles.grid import WorkingGrid, finer_grid, make_grid
from facemap.wrinkles.profiles import (
    FWHM,
    cross_sections,
    find_center,
    fit_profile,
    shift_path,
)
from facemap.wrinkles.settings import LineSettings, RidgeSettings, load_settings
from facemap.wrinkles.tracing import resample_path, ridge_points, trace_paths

__all__ = [
    "RidgeDetector",
    "find_folds",
    "find_wrinkles",
    "fold_load",
    "fold_paths",
    "lies_on",
    "mean_along",
    "zone_loads",
]

Image = NDArray[np.float32]

#: Outer corners of the eyes in the landmarker's mesh.
_OUTER_CANTHUS = {"crow_feet_r": 33, "crow_feet_l": 263}
_PROFILE_STEP_MM = 0.08
#: How far a profile is seen where its middle is looked for, in reaches.
_CENTER_REACH = 2.5
#: Share of a zone that must remain between its edges.
_ENOUGH = 0.25


@dataclass(frozen=True)
class _Scene:
    """What every step needs.

    Attributes
    ----------
    labels : ndarray of shape (H, W), uint8
        Of the view; only what is judged.
    inside : ndarray of shape (h, w), bool
        Grid pixels that are judged: skin of a zone, away from masks.
    evidence, depth, grain, angle_deg : ndarray of shape (h, w)
        As in `LineField`, each zone seen at its own scale.
    psf_mm : float
        Standard deviation of the photo's point spread.
    """

    frame: FaceFrame
    view: FaceView
    surface: Surface
    labels: NDArray[np.uint8]
    grid: WorkingGrid
    settings: RidgeSettings
    inside: NDArray[np.bool_]
    evidence: Image
    depth: Image
    grain: Image
    angle_deg: Image
    psf_mm: float


class RidgeDetector:
    """Finds lines as long, coherent, two-sided valleys of log luminance.

    Everything is measured on a grid of fixed resolution, each zone at the scale of its
    own lines. How much there is of them is the mean evidence over a zone's skin, which
    needs no decision about single lines; the lines are traced on the same evidence.
    A fold zone is judged by its one fold, followed from end to end.
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
    ) -> WrinkleReading:
        """Return the lines and loads of all zones that can be judged."""
        settings = self._settings
        judged = [
            0,
            *(k + 1 if r.assessable else 0 for k, r in enumerate(face_map.regions)),
        ]
        labels = np.asarray(judged, np.uint8)[face_map.labels]
        labels[_near_canthi(frame, view, settings.grid.canthus_mm)] = 0
        assessable = [r.id for r in face_map.regions if r.assessable]
        if not labels.any():
            return WrinkleReading((), dict.fromkeys(assessable, 0.0))
        grid = make_grid(
            view,
            labels,
            settings.grid.px_per_mm,
            blur_mm=settings.grid.blur_mm,
            margin_mm=settings.grid.margin_mm,
            fill_sigma_mm=settings.grid.fill_sigma_mm,
        )
        scene = _look(frame, view, surface, labels, grid, settings)
        loads = zone_loads(scene.evidence, grid.labels, scene.inside)
        paths = fold_paths(scene)
        loads |= {zone: fold_load(zone, path, scene) for zone, path in paths.items()}
        folds = tuple(find_folds(paths, scene))
        reach_px = settings.line.beside_fold_mm * view.photo_px_per_mm
        wrinkles = (
            line
            for line in find_wrinkles(scene)
            if not any(
                fold.zone == line.zone and lies_on(line.path_px, fold.path_px, reach_px)
                for fold in folds
            )
        )
        return WrinkleReading(
            (*folds, *wrinkles), {zone: loads.get(zone, 0.0) for zone in assessable}
        )


def zone_loads(
    evidence: Image, labels: NDArray[np.uint8], inside: NDArray[np.bool_]
) -> dict[str, float]:
    """Mean evidence over the skin of each zone, in thousandths of log luminance.

    Parameters
    ----------
    evidence : ndarray of shape (h, w)
    labels : ndarray of shape (h, w)
        Zone number from 1, 0 where there is none.
    inside : ndarray of shape (h, w), bool
        Which pixels count.

    Returns
    -------
    dict
        Of the zones that have a pixel that counts.
    """
    zones = labels[inside]
    pixels = np.bincount(zones, minlength=len(ZONE_IDS) + 1)
    total = np.bincount(zones, evidence[inside], minlength=len(ZONE_IDS) + 1)
    return {
        zone: float(1000 * total[k] / pixels[k])
        for k, zone in enumerate(ZONE_IDS, start=1)
        if pixels[k]
    }


def find_wrinkles(scene: _Scene) -> Iterator[WrinkleLine]:
    """Trace the crests that stand out from the skin's grain, and measure them."""
    rule = scene.settings.line
    grid, crests = _look_closer(scene)
    lines = ridge_points(crests.contrast, crests.angle_deg, rule.low, rule.high)
    least_px = round(0.8 * rule.min_length_mm * grid.px_per_mm)
    traces = trace_paths(lines, least_px)
    for index, piece in _pieces(traces, crests.contrast, grid, rule):
        contrast = mean_along(crests.contrast, piece)
        share = path_length(piece) / (grid.px_per_mm * rule.sure_mm)
        if contrast * share**rule.growth < rule.mean:
            continue
        path = resample_path(
            piece, rule.spacing_mm * grid.px_per_mm, rule.smooth_mm * grid.px_per_mm
        )
        line = _measure(grid.to_view(path), index, contrast, scene)
        if line is not None:
            yield line


def _look_closer(scene: _Scene) -> tuple[WorkingGrid, Crests]:
    """Look for lines as finely as the photo allows."""
    settings, rule = scene.settings, scene.settings.line
    px_per_mm = min(max(scene.view.px_per_mm, scene.grid.px_per_mm), rule.px_per_mm)
    grid = scene.grid
    if px_per_mm > grid.px_per_mm:
        grid = finer_grid(scene.view, scene.labels, grid, px_per_mm)
    inside = _inside(grid, rule.erode_mm, rule.aside_mm)
    directions = _expected_directions(scene.frame, scene.view, grid, inside, settings)
    contrast, angle = (np.zeros(inside.shape, np.float32) for _ in range(2))
    if inside.any():
        x, y, width, height = cv2.boundingRect(inside.astype(np.uint8))
        box = np.s_[y : y + height, x : x + width]
        crests = line_crests(
            grid.log_luminance[box],
            grid.px_per_mm,
            replace(
                rule.band, sigma_mm=rule.band.sigma_mm * rule.px_per_mm / px_per_mm
            ),
            directions.only(inside[box], box),
            grain_sigma_mm=settings.grid.grain_sigma_mm,
            least_grain=rule.least_grain,
        )
        contrast[box], angle[box] = crests.contrast, crests.angle_deg
    return grid, Crests(contrast, angle)


def _pieces(
    traces: Sequence[FloatArray],
    contrast: Image,
    grid: WorkingGrid,
    rule: LineSettings,
) -> Iterator[tuple[int, FloatArray]]:
    """Cut traces into lines of one zone each, and leave out what is none."""
    bridge_px = round(rule.bridge_mm * grid.px_per_mm)
    arm_px = round(rule.turn_mm * grid.px_per_mm)
    for trace in traces:
        for path in split_at_turns(trace, arm_px, rule.turn_deg):
            for index, part in split_by_zone(path, grid.labels, bridge_px):
                for piece in split_by_strength(
                    part,
                    contrast,
                    rule.low,
                    smooth_px=rule.smooth_mm * grid.px_per_mm,
                    bridge_px=bridge_px,
                ):
                    yield index, trim_ends(piece, contrast, rule.end_share)


def fold_paths(scene: _Scene) -> dict[str, FloatArray | None]:
    """Follow the one fold of each fold zone that is in the picture, pixel by pixel."""
    settings = scene.settings
    paths: dict[str, FloatArray | None] = {}
    for zone, rule in settings.folds.items():
        inside = (scene.grid.labels == ZONE_IDS.index(zone) + 1) & scene.inside
        if not inside.any():
            continue
        x, y, width, height = cv2.boundingRect(inside.astype(np.uint8))
        box = np.s_[y : y + height, x : x + width]
        pixels = best_path(
            scene.depth[box],
            inside[box],
            slope=-1.0 / np.tan(np.radians(settings.priors[zone].angle_deg)),
            floor=rule.floor,
            bend=rule.bend,
        )
        paths[zone] = None if pixels is None else pixels + np.array([x, y])
    return paths


def fold_load(zone: str, path: FloatArray | None, scene: _Scene) -> float:
    """Mean depth of a fold, in thousandths; less where it is shorter than a whole one.

    How much of the zone is in the picture says nothing about the fold.
    """
    if path is None:
        return 0.0
    length_mm = path_length(path) / scene.grid.px_per_mm
    share = min(length_mm / scene.settings.folds[zone].whole_mm, 1.0)
    return 1000.0 * mean_along(scene.depth, path) * share


def find_folds(
    paths: Mapping[str, FloatArray | None], scene: _Scene
) -> Iterator[WrinkleLine]:
    """Measure the folds that are long and deep enough to be called one."""
    px_per_mm = scene.grid.px_per_mm
    for zone, pixels in paths.items():
        if pixels is None:
            continue
        rule, line_rule = scene.settings.folds[zone], scene.settings.line
        part = plainest_part(
            pixels,
            scene.depth,
            rule.plain,
            smooth_px=rule.smooth_mm * px_per_mm,
            bridge_px=round(line_rule.bridge_mm * px_per_mm),
        )
        if len(part) < 2:
            continue
        path = resample_path(
            part,
            line_rule.spacing_mm * px_per_mm,
            rule.smooth_mm * px_per_mm,
        )
        contrast = mean_along(scene.depth, part) / max(
            mean_along(scene.grain, part), line_rule.least_grain
        )
        line = _measure(
            scene.grid.to_view(path),
            ZONE_IDS.index(zone),
            contrast,
            scene,
            fold=True,
        )
        if line is not None and line.depth >= rule.least_depth:
            yield line


def _look(
    frame: FaceFrame,
    view: FaceView,
    surface: Surface,
    labels: NDArray[np.uint8],
    grid: WorkingGrid,
    settings: RidgeSettings,
) -> _Scene:
    """Gather evidence, each zone at the scale of its own lines."""
    aside_mm = {
        zone: prior.aside_mm
        for zone, prior in settings.priors.items()
        if prior.aside_mm
    }
    inside = _inside(grid, settings.grid.erode_mm, aside_mm)
    directions = _expected_directions(frame, view, grid, inside, settings)
    shape = grid.labels.shape
    evidence, depth, grain, angle = (np.zeros(shape, np.float32) for _ in range(4))
    margin = round(settings.grid.margin_mm * grid.px_per_mm)
    for group in _zone_groups(settings):
        listens = np.isin(np.arange(256), [ZONE_IDS.index(z) + 1 for z in group])
        here = listens[grid.labels] & inside
        if not here.any():
            continue
        x, y, width, height = cv2.boundingRect(here.astype(np.uint8))
        box = np.s_[
            max(y - margin, 0) : y + height + margin,
            max(x - margin, 0) : x + width + margin,
        ]
        mask = here[box]
        field = line_field(
            grid.log_luminance[box],
            grid.px_per_mm,
            settings.bands[settings.priors[group[0]].band],
            directions.only(mask, box),
            grain_sigma_mm=settings.grid.grain_sigma_mm,
        )
        for whole, part in (
            (evidence, field.evidence),
            (depth, field.depth),
            (grain, field.grain),
            (angle, field.angle_deg),
        ):
            np.copyto(whole[box], part, where=mask)
    return _Scene(
        frame,
        view,
        surface,
        labels,
        grid,
        settings,
        inside,
        evidence,
        depth,
        grain,
        angle,
        _psf_mm(frame, view),
    )


def _psf_mm(frame: FaceFrame, view: FaceView) -> float:
    """Return the standard deviation of the photo's point spread, read at the eyes."""
    landmarks_vx = photo_to_view(frame.landmarks.xy_px, view)
    fwhm_mm = eye_blur_mm(view, landmarks_vx)
    return (1.0 / view.px_per_mm if fwhm_mm is None else fwhm_mm) / FWHM


def _inside(
    grid: WorkingGrid, erode_mm: float, aside_mm: Mapping[str, tuple[float, ...]]
) -> NDArray[np.bool_]:
    """Mark skin that is judged: away from masks, and from what zones leave aside."""
    erode = round(erode_mm * grid.px_per_mm)
    square = np.ones((2 * erode + 1, 2 * erode + 1), np.uint8)
    inside = cv2.erode(grid.skin, square) > 0
    for zone, edges_mm in aside_mm.items():
        own = (grid.labels == ZONE_IDS.index(zone) + 1) & inside
        above, below = (round(x * grid.px_per_mm) for x in edges_mm)
        inside &= ~own | _away_from_edges(own, above, below)
    return inside


def _away_from_edges(
    own: NDArray[np.bool_], above_px: int, below_px: int
) -> NDArray[np.bool_]:
    """Leave aside what lies next to a zone's upper and lower edge, column by column.

    Nothing is left aside where little of the zone would remain.
    """
    height = own.shape[0]
    seen = own.any(axis=0)
    first = np.where(seen, own.argmax(axis=0), height)
    last = np.where(seen, height - 1 - own[::-1].argmax(axis=0), -1)
    rows = np.arange(height)[:, None]
    kept = own & (rows >= first + above_px) & (rows <= last - below_px)
    return kept if kept.sum() >= _ENOUGH * own.sum() else own


def _zone_groups(settings: RidgeSettings) -> list[list[str]]:
    """Zones that are looked at together: of one scale, and next to each other."""
    groups: dict[tuple[str, str], list[str]] = {}
    for zone in ZONE_IDS:
        prior = settings.priors[zone]
        groups.setdefault((prior.band, prior.level), []).append(zone)
    return list(groups.values())


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


def _expected_directions(
    frame: FaceFrame,
    view: FaceView,
    grid: WorkingGrid,
    inside: NDArray[np.bool_],
    settings: RidgeSettings,
) -> Directions:
    """Look up every zone's prior; radial ones in whole degrees."""
    zones = len(ZONE_IDS)
    angle, tolerance = np.zeros(256), np.zeros(256)
    # After the zones come the 180 whole degrees of radial ones.
    angle[zones + 1 : zones + 181] = np.arange(180)
    classes = np.where(inside, grid.labels, 0).astype(np.uint8)
    for index, zone in enumerate(ZONE_IDS):
        prior = settings.priors[zone]
        tolerance[index + 1] = prior.half_width_deg
        angle[index + 1] = prior.angle_deg - frame.pose.roll_deg
        if prior.radial:
            tolerance[zones + 1 : zones + 181] = prior.half_width_deg
            corner_px = frame.landmarks.xy_px[_OUTER_CANTHUS[zone]]
            corner = grid.from_view(photo_to_view(corner_px, view))
            rows, cols = np.nonzero(classes == index + 1)
            radial = np.degrees(np.arctan2(corner[1] - rows, cols - corner[0]))
            classes[rows, cols] = zones + 1 + np.round(radial).astype(int) % 180
    return Directions(classes, angle, tolerance, settings.line.soft_deg)


def lies_on(path: FloatArray, other: FloatArray, reach: float) -> bool:
    """Whether most of a path lies within reach of another: one thing, seen twice."""
    gaps = np.linalg.norm(path[:, None] - other[None], axis=2).min(axis=1)
    return bool(np.median(gaps) < reach)


def mean_along(image: Image, pixels: FloatArray) -> float:
    """Mean of a picture over a path of pixels."""
    return float(image[pixels[:, 1].astype(int), pixels[:, 0].astype(int)].mean())


def _measure(
    path_vx: FloatArray,
    index: int,
    contrast: float,
    scene: _Scene,
    *,
    fold: bool = False,
) -> WrinkleLine | None:
    """Turn a path in the view into a line; None if it is too short or no valley."""
    settings, view = scene.settings, scene.view
    rule = settings.folds[ZONE_IDS[index]] if fold else settings.line
    offsets_mm, sigmas_mm = _profile_grid(
        settings.fold_sigmas_mm if fold else settings.line_sigmas_mm
    )
    if not fold:
        near_mm = offsets_mm[
            np.abs(offsets_mm) <= _CENTER_REACH * settings.line.recenter_mm
        ]
        shift_mm = find_center(
            cross_sections(view.log_luminance, path_vx, near_mm * view.px_per_mm),
            near_mm,
            reach_mm=settings.line.recenter_mm,
            sigma_mm=settings.line.band.sigma_mm,
            smooth=settings.line.smooth_mm / settings.line.spacing_mm,
        )
        path_vx = shift_path(path_vx, shift_mm * view.px_per_mm)
    sections = cross_sections(view.log_luminance, path_vx, offsets_mm * view.px_per_mm)
    length_mm = surface_length_mm(path_vx, view, scene.surface)
    if length_mm < rule.min_length_mm:
        return None
    profile = fit_profile(
        offsets_mm, sections.mean(axis=0, dtype=np.float64), sigmas_mm
    )
    depth, width = profile.sharpened(scene.psf_mm)
    if depth <= 0:
        return None
    unsure = settings.doubt.share_of(width / FWHM, scene.psf_mm)
    path_px = view_to_photo(path_vx, view)
    return WrinkleLine(
        zone=ZONE_IDS[index],
        kind=LineKind.FOLD if fold else _kind(width, scene),
        path_px=path_px,
        length_mm=length_mm,
        width_mm=width,
        depth=depth,
        mass=depth * width,
        orientation_deg=line_angle_deg(path_px, scene.frame.pose.roll_deg),
        # Signal as a share of signal and grain.
        confidence=contrast / (contrast + 1.0),
        width_sd_mm=unsure * width,
        depth_sd=unsure * depth,
    )


@cache
def _profile_grid(widths_mm: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    """Offsets across a line at which it is sampled, and the widths tried."""
    reach_mm = 2.5 * widths_mm[1] + 0.4
    count = round(reach_mm / _PROFILE_STEP_MM)
    offsets = np.arange(-count, count + 1, dtype=np.float64) * _PROFILE_STEP_MM
    return offsets, np.geomspace(*widths_mm, 24)


def _kind(width_mm: float, scene: _Scene) -> LineKind:
    """Tell fine lines by their width, where the photo is fine enough to show it."""
    rule = scene.settings.line
    thin = width_mm < rule.fine_width_mm
    seen = scene.view.photo_px_per_mm >= rule.fine_px_per_mm
    return LineKind.FINE_LINE if thin and seen else LineKind.WRINKLE
