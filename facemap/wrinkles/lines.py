"""Lines that are drawn: traced where they stand out, and measured on the photo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import (
    line_angle_deg,
    path_length,
    surface_length_mm,
    view_to_photo,
)
from facemap.pointspread import FWHM
from facemap.types import ZONE_IDS, FloatArray, LineKind, WrinkleLine
from facemap.wrinkles.crests import Crests, line_crests
from facemap.wrinkles.cutting import (
    mean_along,
    most_along,
    plainest_part,
    split_at_turns,
    split_by_strength,
    split_by_zone,
    trim_ends,
)
from facemap.wrinkles.fold_zones import believed_part, within
from facemap.wrinkles.grid import WorkingGrid, finer_grid
from facemap.wrinkles.profiles import (
    cross_sections,
    find_center,
    fit_profile,
    shift_path,
)
from facemap.wrinkles.scene import Scene
from facemap.wrinkles.settings import LineSettings
from facemap.wrinkles.skin import Skin, expected_directions, judged_skin
from facemap.wrinkles.tracing import resample_path, ridge_points, trace_paths

__all__ = ["find_folds", "find_wrinkles", "lies_on"]

Image = NDArray[np.float32]

_PROFILE_STEP_MM = 0.08
#: How far a profile is seen where its middle is looked for, in reaches.
_CENTER_REACH = 2.5


def find_wrinkles(skin: Skin) -> tuple[WrinkleLine, ...]:
    """Trace the crests that stand out from the skin's grain, and measure them."""
    rule = skin.settings.line
    grid, crests = _look_closer(skin)
    lines = ridge_points(crests.contrast, crests.angle_deg, rule.low, rule.high)
    least_px = round(0.8 * rule.min_length_mm * grid.px_per_mm)
    traces = [
        trace
        for trace in trace_paths(lines, least_px)
        # No part of a trace is longer than it, or has more contrast than its best.
        if _stands_out(trace, most_along(crests.contrast, trace), grid, rule)
    ]
    found = []
    for index, piece in _pieces(traces, crests.contrast, grid, rule):
        contrast = mean_along(crests.contrast, piece)
        if not _stands_out(piece, contrast, grid, rule):
            continue
        path = resample_path(
            piece, rule.spacing_mm * grid.px_per_mm, rule.smooth_mm * grid.px_per_mm
        )
        found.append(_measure(grid.to_view(path), index, contrast, skin))
    return tuple(line for line in found if line is not None)


def _stands_out(
    path: FloatArray, contrast: float, grid: WorkingGrid, rule: LineSettings
) -> bool:
    """Tell a line from chance: the shorter, the more contrast is asked of it."""
    share = path_length(path) / (grid.px_per_mm * rule.sure_mm)
    return bool(contrast * share**rule.growth >= rule.mean)


def _look_closer(skin: Skin) -> tuple[WorkingGrid, Crests]:
    """Look for lines as finely as the photo allows."""
    settings, rule = skin.settings, skin.settings.line
    px_per_mm = min(max(skin.view.px_per_mm, skin.grid.px_per_mm), rule.px_per_mm)
    grid = skin.grid
    if px_per_mm > grid.px_per_mm:
        grid = finer_grid(skin.view, skin.labels, grid, px_per_mm)
    inside = judged_skin(grid, rule.erode_mm, rule.aside_mm)
    directions = expected_directions(skin.frame, skin.view, grid, inside, settings)
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


def find_folds(
    paths: Mapping[str, FloatArray | None], scene: Scene
) -> Iterator[WrinkleLine]:
    """Measure the folds that are believed, long and deep enough to be called one."""
    px_per_mm = scene.skin.grid.px_per_mm
    for zone, followed in paths.items():
        sure = None if followed is None else believed_part(zone, followed, scene)
        if sure is None:
            continue
        rule, line_rule = scene.skin.settings.folds[zone], scene.skin.settings.line
        field = scene.folds[zone]
        part = plainest_part(
            within(field, sure),
            field.depth,
            rule.plain,
            smooth_px=rule.smooth_mm * px_per_mm,
            bridge_px=round(line_rule.bridge_mm * px_per_mm),
        )
        if len(part) < 2:
            continue
        path = resample_path(
            part + np.array(field.corner),
            line_rule.spacing_mm * px_per_mm,
            rule.smooth_mm * px_per_mm,
        )
        contrast = mean_along(field.depth, part) / max(
            mean_along(field.grain, part), line_rule.least_grain
        )
        line = _measure(
            scene.skin.grid.to_view(path),
            ZONE_IDS.index(zone),
            contrast,
            scene.skin,
            fold=True,
        )
        if line is not None and line.depth >= rule.least_depth:
            yield line


def lies_on(path: FloatArray, other: FloatArray, reach: float) -> bool:
    """Whether most of a path lies within reach of another: one thing, seen twice."""
    apart = np.maximum(
        path.min(axis=0) - other.max(axis=0), other.min(axis=0) - path.max(axis=0)
    )
    if (apart >= reach).any():
        return False
    gaps = np.linalg.norm(path[:, None] - other[None], axis=2).min(axis=1)
    return bool(np.median(gaps) < reach)


def _measure(
    path_vx: FloatArray,
    index: int,
    contrast: float,
    skin: Skin,
    *,
    fold: bool = False,
) -> WrinkleLine | None:
    """Turn a path in the view into a line; None if it is too short or no valley."""
    settings, view = skin.settings, skin.view
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
    length_mm = surface_length_mm(path_vx, view, skin.surface)
    if length_mm < rule.min_length_mm:
        return None
    profile = fit_profile(
        offsets_mm, sections.mean(axis=0, dtype=np.float64), sigmas_mm
    )
    depth, width = profile.sharpened(skin.psf_mm)
    if depth <= 0:
        return None
    unsure = settings.doubt.share_of(width / FWHM, skin.psf_mm)
    path_px = view_to_photo(path_vx, view)
    return WrinkleLine(
        zone=ZONE_IDS[index],
        kind=LineKind.FOLD if fold else _kind(width, skin),
        path_px=path_px,
        length_mm=length_mm,
        width_mm=width,
        depth=depth,
        mass=depth * width,
        orientation_deg=line_angle_deg(path_px, skin.frame.pose.roll_deg),
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


def _kind(width_mm: float, skin: Skin) -> LineKind:
    """Tell fine lines by their width, where the photo is fine enough to show it."""
    rule = skin.settings.line
    thin = width_mm < rule.fine_width_mm
    seen = skin.view.photo_px_per_mm >= rule.fine_px_per_mm
    return LineKind.FINE_LINE if thin and seen else LineKind.WRINKLE
