"""The classical detector: coherent valleys, judged against the skin's own grain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import (
    line_angle_deg,
    photo_to_view,
    surface_length_mm,
    view_to_photo,
)
from facemap.pointspread import eye_variance_mm2
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
from facemap.wrinkles.coherence import (
    Directions,
    LineField,
    line_field,
    strongest_field,
)
from facemap.wrinkles.cutting import (
    split_at_turns,
    split_by_strength,
    split_by_zone,
    trim_ends,
)
from facemap.wrinkles.folds import FoldField, believed_depth, best_path, widen
from facemap.wrinkles.grid import WorkingGrid, make_grid
from facemap.wrinkles.loads import believed, load_beyond, zone_loads
from facemap.wrinkles.profiles import cross_sections, fit_profile
from facemap.wrinkles.settings import GridSettings, RidgeSettings, load_settings
from facemap.wrinkles.tracing import resample_path, ridge_points, trace_paths

__all__ = [
    "RidgeDetector",
    "find_folds",
    "find_wrinkles",
    "fold_load",
    "fold_paths",
    "lies_on",
    "mean_along",
]

Image = NDArray[np.float32]

#: Outer corners of the eyes in the landmarker's mesh.
_OUTER_CANTHUS = {"crow_feet_r": 33, "crow_feet_l": 263}
_PROFILE_STEP_MM = 0.1
#: Share of a zone that must remain between its edges.
_ENOUGH = 0.25
#: Share of the reach of a hairline in which nothing counts.
_HAIRLINE = 0.6


@dataclass(frozen=True)
class _Scene:
    """What every step needs.

    Attributes
    ----------
    inside : ndarray of shape (h, w), bool
        Grid pixels that are judged: skin of a zone, away from masks.
    evidence, depth, grain, angle_deg : ndarray of shape (h, w)
        As in `LineField`, each zone seen at its own scale.
    folds : mapping
        For each fold zone that is in the picture, what its fold is followed on.
    """

    frame: FaceFrame
    view: FaceView
    surface: Surface
    grid: WorkingGrid
    settings: RidgeSettings
    inside: NDArray[np.bool_]
    evidence: Image
    depth: Image
    grain: Image
    angle_deg: Image
    folds: Mapping[str, FoldField]


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
            blur_mm=_missing_blur_mm(frame, view, settings.grid),
            psf_mm=settings.grid.blur_mm,
            margin_mm=settings.grid.margin_mm,
            fill_sigma_mm=settings.grid.fill_sigma_mm,
        )
        scene = _look(frame, view, surface, grid, settings)
        weight = _weights(grid, scene.inside, settings)
        loads = zone_loads(scene.evidence, grid.labels, weight)
        loads |= _loads_beyond(scene)
        loads = {
            zone: believed(load, settings.priors[zone].least_load)
            for zone, load in loads.items()
        }
        paths = fold_paths(scene)
        loads |= {zone: fold_load(zone, path, scene) for zone, path in paths.items()}
        folds = tuple(find_folds(paths, scene))
        reach_px = settings.line.beside_fold_mm * view.photo_px_per_mm
        wrinkles = (
            line
            for line in find_wrinkles(scene)
            if not any(lies_on(line.path_px, fold.path_px, reach_px) for fold in folds)
        )
        return WrinkleReading(
            (*folds, *wrinkles), {zone: loads.get(zone, 0.0) for zone in assessable}
        )


def _loads_beyond(scene: _Scene) -> dict[str, float]:
    """Take the loads of the zones whose lines run on into the zone beside."""
    loads = {}
    for zone, prior in scene.settings.priors.items():
        beyond = prior.runs_on
        if beyond is None:
            continue
        own, other = (
            (scene.grid.labels == ZONE_IDS.index(name) + 1) & scene.inside
            for name in (zone, beyond.into)
        )
        if own.any():
            loads[zone] = load_beyond(
                scene.evidence,
                own,
                other,
                _corner(scene.frame, scene.view, scene.grid, zone),
                whole=beyond.whole_mm * scene.grid.px_per_mm,
                none=beyond.none_mm * scene.grid.px_per_mm,
            )
    return loads


def find_wrinkles(scene: _Scene) -> Iterator[WrinkleLine]:
    """Trace the crests of the evidence and measure them."""
    grid, rule = scene.grid, scene.settings.line
    crests = ridge_points(scene.evidence, scene.angle_deg, rule.low, rule.high)
    least_px = round(0.6 * rule.min_length_mm * grid.px_per_mm)
    for index, piece in _pieces(trace_paths(crests, least_px), scene):
        path = resample_path(
            piece,
            rule.spacing_mm * grid.px_per_mm,
            rule.smooth_mm * grid.px_per_mm,
        )
        line = _measure(path, piece, index, scene)
        if line is not None:
            yield line


def _pieces(
    traces: Sequence[FloatArray], scene: _Scene
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
                    scene.evidence,
                    rule.low,
                    smooth_px=rule.smooth_mm * px_per_mm,
                    bridge_px=bridge_px,
                ):
                    yield index, trim_ends(piece, scene.evidence)


def fold_paths(scene: _Scene) -> dict[str, FloatArray | None]:
    """Follow the one fold of each fold zone that is in the picture, pixel by pixel."""
    settings = scene.settings
    paths: dict[str, FloatArray | None] = {}
    for zone, field in scene.folds.items():
        rule = settings.folds[zone]
        pixels = best_path(
            field.depth,
            field.where,
            slope=-1.0 / np.tan(np.radians(settings.priors[zone].angle_deg)),
            floor=rule.floor,
            bend=rule.bend,
        )
        paths[zone] = None if pixels is None else pixels + np.array(field.corner)
    return paths


def fold_load(zone: str, path: FloatArray | None, scene: _Scene) -> float:
    """Believed depth x length of a fold over a fold's usual length, in thousandths.

    A longer fold counts by its mean depth. How much of the zone is in the picture says
    nothing about the fold. Length is taken along the expected direction: a path that
    wanders from grain to grain is no longer for it.
    """
    if path is None:
        return 0.0
    settings, field = scene.settings, scene.folds[zone]
    rule = settings.folds[zone]
    steepness = np.sin(np.radians(settings.priors[zone].angle_deg))
    length_mm = len(path) / scene.grid.px_per_mm / steepness
    share = min(length_mm / rule.whole_mm, 1.0)
    return float(1000.0 * mean_along(_believed(zone, scene), _in(field, path)) * share)


def _believed(zone: str, scene: _Scene) -> Image:
    rule, field = scene.settings.folds[zone], scene.folds[zone]
    return believed_depth(field.depth, field.grain, rule.doubt_depth, rule.doubt_grain)


def _in(field: FoldField, path: FloatArray) -> FloatArray:
    """Move a path of the whole picture into the cut-out."""
    return np.asarray(path - np.array(field.corner))


def find_folds(
    paths: Mapping[str, FloatArray | None], scene: _Scene
) -> Iterator[WrinkleLine]:
    """Measure the folds that are believed and long enough to be called one.

    A path runs on, where skin has no fold, on its grain: it is drawn from the first to
    the last spot where it is believed, if it is so for the better part.
    """
    px_per_mm = scene.grid.px_per_mm
    for zone, followed in paths.items():
        if followed is None:
            continue
        x, y = _in(scene.folds[zone], followed).astype(int).T
        believed = np.flatnonzero(_believed(zone, scene)[y, x] > 0)
        if 2 * len(believed) < len(followed):
            continue
        pixels = followed[believed[0] : believed[-1] + 1]
        rule = scene.settings.folds[zone]
        path = resample_path(
            pixels,
            scene.settings.line.spacing_mm * px_per_mm,
            rule.smooth_mm * px_per_mm,
        )
        line = _measure(path, pixels, ZONE_IDS.index(zone), scene, fold=True)
        if line is not None:
            yield line


def _missing_blur_mm(frame: FaceFrame, view: FaceView, settings: GridSettings) -> float:
    """Return the blur that a photo lacks to the one that all are brought to.

    Gaussian blurs add in their variances. A sharpened photo, whose variance is
    negative, is blurred by more. One beyond the common blur stays as it is, nearly.
    """
    own = eye_variance_mm2(view, photo_to_view(frame.landmarks.xy_px, view))
    if own is None:
        own = settings.usual_blur_mm**2
    lacking = settings.blur_mm**2 - own
    return float(np.sqrt(max(lacking, settings.least_blur_mm**2)))


def _look(
    frame: FaceFrame,
    view: FaceView,
    surface: Surface,
    grid: WorkingGrid,
    settings: RidgeSettings,
) -> _Scene:
    """Gather evidence, each zone at the scale of its own lines."""
    erode = round(settings.grid.erode_mm * grid.px_per_mm)
    square = np.ones((2 * erode + 1, 2 * erode + 1), np.uint8)
    inside = cv2.erode(grid.skin, square) > 0
    for index, zone in enumerate(ZONE_IDS):
        if aside_mm := settings.priors[zone].aside_mm:
            own = (grid.labels == index + 1) & inside
            above, below = (round(x * grid.px_per_mm) for x in aside_mm)
            inside &= ~own | _away_from_edges(own, above, below)
    directions = _expected_directions(frame, view, grid, inside, settings)
    shape = grid.labels.shape
    evidence, depth, grain, angle = (np.zeros(shape, np.float32) for _ in range(4))
    folds: dict[str, FoldField] = {}
    margin = round(settings.grid.margin_mm * grid.px_per_mm)
    for group in _zone_groups(settings):
        listens = np.isin(np.arange(256), [ZONE_IDS.index(z) + 1 for z in group])
        own = listens[grid.labels] & inside
        if not own.any():
            continue
        around = {z: _around_fold(z, grid, inside, settings) for z in group}
        here = np.logical_or.reduce([own, *around.values()])
        x, y, width, height = cv2.boundingRect(here.astype(np.uint8))
        left, top = max(x - margin, 0), max(y - margin, 0)
        box = np.s_[top : y + height + margin, left : x + width + margin]
        mask = own[box]
        expected = directions.only(mask, box)
        for zone, where in around.items():
            expected.classes[where[box] & ~mask] = ZONE_IDS.index(zone) + 1
        field = strongest_field(
            line_field(
                grid.log_luminance[box],
                grid.px_per_mm,
                settings.bands[name],
                expected,
                grain_sigma_mm=settings.grid.grain_sigma_mm,
            )
            for name in settings.priors[group[0]].bands
        )
        for whole, part in (
            (evidence, field.evidence),
            (depth, field.depth),
            (grain, field.grain),
            (angle, field.angle_deg),
        ):
            np.copyto(whole[box], part, where=mask)
        folds |= {
            zone: _cut_out(where[box], field, (left, top))
            for zone, where in around.items()
            if where.any()
        }
    return _Scene(
        frame,
        view,
        surface,
        grid,
        settings,
        inside,
        evidence,
        depth,
        grain,
        angle,
        folds,
    )


def _around_fold(
    zone: str,
    grid: WorkingGrid,
    inside: NDArray[np.bool_],
    settings: RidgeSettings,
) -> NDArray[np.bool_]:
    """Where the fold of a zone is followed; nowhere if the zone has none."""
    rule = settings.folds.get(zone)
    own = (grid.labels == ZONE_IDS.index(zone) + 1) & inside
    if rule is None or not own.any():
        return np.zeros_like(own)
    outward, above = (
        round(x * grid.px_per_mm) for x in (rule.outward_mm, rule.above_mm)
    )
    # The patient's right is on the left of the picture.
    wide = widen(own, -outward if zone.endswith("_r") else outward, above)
    return np.asarray(wide & inside)


def _cut_out(
    where: NDArray[np.bool_], field: LineField, corner: tuple[int, int]
) -> FoldField:
    """Cut a field down to where a fold is followed."""
    x, y, width, height = cv2.boundingRect(where.astype(np.uint8))
    box = np.s_[y : y + height, x : x + width]
    return FoldField(
        where[box], field.depth[box], field.grain[box], (corner[0] + x, corner[1] + y)
    )


def _away_from_edges(
    own: NDArray[np.bool_], above_px: int, below_px: int
) -> NDArray[np.bool_]:
    """Leave aside what lies next to a zone's upper and lower edge, column by column.

    In proportion less, down to nothing, where else little of the zone would remain: a
    border that moves by a little then moves what is judged by a little.
    """
    height = own.shape[0]
    seen = own.any(axis=0)
    first = np.where(seen, own.argmax(axis=0), height)
    last = np.where(seen, height - 1 - own[::-1].argmax(axis=0), -1)
    rows = np.arange(height)[:, None]
    enough = _ENOUGH * own.sum()
    steps = max(above_px, below_px, 1)
    for step in range(steps, 0, -1):
        above, below = above_px * step / steps, below_px * step / steps
        kept = own & (rows >= first + above) & (rows <= last - below)
        if kept.sum() >= enough:
            return np.asarray(kept)
    return own


def _weights(
    grid: WorkingGrid, inside: NDArray[np.bool_], settings: RidgeSettings
) -> Image:
    """How much each pixel counts for its zone's load: less of it under the hairline."""
    weight = inside.astype(np.float32)
    for index, zone in enumerate(ZONE_IDS):
        if reach_mm := settings.priors[zone].hairline_mm:
            own = (grid.labels == index + 1) & inside
            below = _below_hairline(own, reach_mm * grid.px_per_mm)
            np.copyto(weight, below, where=own)
    return weight


def _below_hairline(own: NDArray[np.bool_], reach_px: float) -> Image:
    """Weight of a zone's pixels by how far they lie under its upper edge.

    Column by column: nothing down to six tenths of the reach, all from the whole of it
    on. Where the zone is lower than twice the reach, half its height is the reach.
    """
    height = own.shape[0]
    seen = own.any(axis=0)
    first = np.where(seen, own.argmax(axis=0), 0)
    last = np.where(seen, height - 1 - own[::-1].argmax(axis=0), 0)
    reach = np.minimum(reach_px, 0.5 * (last - first + 1))
    under = np.arange(height)[:, None] - first + 0.5
    fading = (under / np.maximum(reach, 1.0) - _HAIRLINE) / (1 - _HAIRLINE)
    return np.asarray(np.clip(fading, 0, 1) * own, np.float32)


def _zone_groups(settings: RidgeSettings) -> list[list[str]]:
    """Zones that are looked at together: of the same scales, next to each other."""
    groups: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for zone in ZONE_IDS:
        prior = settings.priors[zone]
        groups.setdefault((prior.bands, prior.level), []).append(zone)
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
            corner = _corner(frame, view, grid, zone)
            rows, cols = np.nonzero(classes == index + 1)
            radial = np.degrees(np.arctan2(corner[1] - rows, cols - corner[0]))
            classes[rows, cols] = zones + 1 + np.round(radial).astype(int) % 180
    return Directions(classes, angle, tolerance, settings.line.soft_deg)


def _corner(
    frame: FaceFrame, view: FaceView, grid: WorkingGrid, zone: str
) -> FloatArray:
    """Outer corner of a zone's eye, on the grid."""
    corner_px = frame.landmarks.xy_px[_OUTER_CANTHUS[zone]]
    return grid.from_view(photo_to_view(corner_px, view))


def lies_on(path: FloatArray, other: FloatArray, reach: float) -> bool:
    """Whether most of a path lies within reach of another: one thing, seen twice."""
    gaps = np.linalg.norm(path[:, None] - other[None], axis=2).min(axis=1)
    return bool(np.median(gaps) < reach)


def mean_along(image: Image, pixels: FloatArray) -> float:
    """Mean of a picture over a path of pixels."""
    return float(image[pixels[:, 1].astype(int), pixels[:, 0].astype(int)].mean())


def _measure(
    path: FloatArray,
    pixels: FloatArray,
    index: int,
    scene: _Scene,
    *,
    fold: bool = False,
) -> WrinkleLine | None:
    """Turn a path on the grid into a line; None if it is too short or no valley."""
    settings, grid = scene.settings, scene.grid
    rule = settings.folds[ZONE_IDS[index]] if fold else settings.line
    path_vx = grid.to_view(path)
    length_mm = surface_length_mm(path_vx, scene.view, scene.surface)
    if length_mm < rule.min_length_mm:
        return None
    offsets_mm, sigmas_mm = _profile_grid(
        settings.fold_sigmas_mm if fold else settings.line_sigmas_mm
    )
    sections = cross_sections(grid.log_luminance, path, offsets_mm * grid.px_per_mm)
    profile = fit_profile(
        offsets_mm, sections.mean(axis=0, dtype=np.float64), sigmas_mm
    )
    field = scene.folds[ZONE_IDS[index]] if fold else scene
    if isinstance(field, FoldField):
        pixels = _in(field, pixels)
    strength = mean_along(field.depth, pixels)
    if profile.depth <= 0 or strength <= 0:
        return None
    depth, width = profile.sharpened(grid.psf_mm)
    path_px = view_to_photo(path_vx, scene.view)
    return WrinkleLine(
        zone=ZONE_IDS[index],
        kind=LineKind.FOLD if fold else _kind(width, scene),
        path_px=path_px,
        length_mm=length_mm,
        width_mm=width,
        depth=depth,
        mass=profile.mass,
        orientation_deg=line_angle_deg(path_px, scene.frame.pose.roll_deg),
        # Signal as a share of signal and grain.
        confidence=strength / (strength + mean_along(field.grain, pixels)),
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
