"""Wrinkle detectors: their contract, and how to find one by name."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

import numpy as np

from facemap.errors import DetectorError
from facemap.geometry import view_to_photo
from facemap.types import (
    ZONE_IDS,
    FaceFrame,
    FaceMap,
    FaceView,
    LineKind,
    Surface,
    WrinkleLine,
    WrinkleReading,
)

__all__ = [
    "WrinkleDetector",
    "available_detectors",
    "get_detector",
    "reading_of",
    "run_detector",
]

_GROUP = "facemap.wrinkle_detectors"
#: Always there, also in a checkout whose metadata is stale.
_BUILT_IN = {"ridge": "facemap.wrinkles.ridge:RidgeDetector"}


@runtime_checkable
class WrinkleDetector(Protocol):
    """Finds wrinkle lines. Must be deterministic and leave its inputs as they are."""

    @property
    def id(self) -> str:
        """Name in the registry."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the numbers change."""
        ...

    @property
    def parameters_sha256(self) -> str:
        """Hash of every setting that the numbers depend on."""
        ...

    def detect(
        self, frame: FaceFrame, view: FaceView, surface: Surface, face_map: FaceMap
    ) -> WrinkleReading:
        """Return the lines of all zones, paths in the upright photo, and the loads.

        A load for every assessable zone. A detector that knows lines only makes its
        reading with `reading_of`.
        """
        ...


@cache
def available_detectors() -> dict[str, str]:
    """Map detector ids to where they come from, without importing them."""
    found = {ep.name: ep.value for ep in entry_points(group=_GROUP)}
    return dict(sorted((found | _BUILT_IN).items()))


def get_detector(detector_id: str = "ridge") -> WrinkleDetector:
    """Make a detector by id.

    Raises
    ------
    DetectorError
        No detector has that id, or it did not load.
    """
    if detector_id in _BUILT_IN:
        # Imported here: whoever only lists detectors loads no filters.
        from facemap.wrinkles.ridge import RidgeDetector

        return RidgeDetector()
    for ep in entry_points(group=_GROUP, name=detector_id):
        try:
            made = ep.load()()
        except Exception as error:
            raise DetectorError(
                f"The wrinkle detector {detector_id!r} ({ep.value}) did not load: "
                f"{error}"
            ) from error
        if not isinstance(made, WrinkleDetector):
            raise DetectorError(
                f"The wrinkle detector {detector_id!r} ({ep.value}) lacks id, version, "
                "parameters_sha256 or detect"
            )
        return made
    near = get_close_matches(detector_id, available_detectors(), n=3)
    raise DetectorError(
        f"There is no wrinkle detector {detector_id!r}",
        hint=f"Did you mean {', '.join(near)}?" if near else "",
    )


def reading_of(lines: tuple[WrinkleLine, ...], face_map: FaceMap) -> WrinkleReading:
    """Make a reading of lines alone.

    A zone's load is the sum of length x mass x confidence of its lines over its area:
    mass is depth x width, so this is the mean depth over the zone's skin.

    Parameters
    ----------
    lines : tuple of WrinkleLine
    face_map : FaceMap

    Returns
    -------
    WrinkleReading
    """
    loads = {}
    for region in face_map.regions:
        if region.assessable:
            own = [line for line in lines if line.zone == region.id]
            dark = sum(x.length_mm * x.mass * x.confidence for x in own)
            loads[region.id] = 1000.0 * dark / max(region.area_mm2, 1.0)
    return WrinkleReading(lines, loads)


def run_detector(
    detector: WrinkleDetector,
    frame: FaceFrame,
    view: FaceView,
    surface: Surface,
    face_map: FaceMap,
) -> WrinkleReading:
    """Run a detector and hold it to its contract.

    Raises
    ------
    DetectorError
        It failed, or returned something that is no reading, a line whose zone is
        unknown or cannot be judged, a number that is not finite or out of range, a path
        that leaves the picture, or no load for a zone that can be judged.
    """
    try:
        reading = detector.detect(frame, view, surface, face_map)
    except Exception as error:
        # A plug-in is not ours: what it raises may be anything.
        raise DetectorError(
            f"The wrinkle detector {detector.id!r} failed: {error}",
            hint="Use another detector, or tell its maker.",
        ) from error
    if not isinstance(reading, WrinkleReading) or not isinstance(reading.lines, tuple):
        raise DetectorError(f"{detector.id} did not return a WrinkleReading")
    low, high = view_to_photo(
        np.array([[-0.5, -0.5], np.array(view.size_wh) - 0.5]), view
    )
    for line in reading.lines:
        if fault := _fault(line, face_map, low, high):
            raise DetectorError(f"{detector.id} returned {fault}")
    for region in face_map.regions:
        load = reading.loads.get(region.id) if region.assessable else 0.0
        if load is None or not 0 <= load < np.inf:
            raise DetectorError(f"{detector.id} returned no load for {region.id}")
    return reading


def _fault(
    line: object, face_map: FaceMap, low: np.ndarray, high: np.ndarray
) -> str | None:
    """Say what is wrong with a line, or None."""
    if not isinstance(line, WrinkleLine):
        return f"a {type(line).__name__} where a WrinkleLine belongs"
    if line.zone not in ZONE_IDS:
        return f"a line in the unknown zone {line.zone!r}"
    if not face_map.region(line.zone).assessable:
        return f"a line in {line.zone}, which cannot be judged"
    if line.kind not in tuple(LineKind):
        return f"a line of the unknown kind {line.kind!r}"
    positive = (line.length_mm, line.width_mm, line.depth, line.mass)
    if not all(np.isfinite(x) and x > 0 for x in positive):
        return f"a line in {line.zone} whose measures are not finite and positive"
    if not 0 <= line.confidence <= 1:
        return f"a line in {line.zone} with a confidence of {line.confidence}"
    if not 0 <= line.orientation_deg < 180:
        return f"a line in {line.zone} with an orientation of {line.orientation_deg}"
    path = line.path_px
    if len(path) < 2 or not np.isfinite(path).all():
        return f"a line in {line.zone} without a path"
    if (path < low).any() or (path > high).any():
        return f"a line in {line.zone} that leaves the picture"
    return None
