"""The stages in order, with progress. Measures nothing itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from facemap import __version__
from facemap.chart import load_zones
from facemap.faceview import cut_view
from facemap.frame import measure_frame, take_scale
from facemap.landmarks import choose_face, find_faces
from facemap.quality import check_quality
from facemap.resources import knowledge_sha256, load_knowledge
from facemap.scoring import score_zones
from facemap.segmentation import segment
from facemap.types import (
    Analysis,
    FaceFrame,
    FaceView,
    GrayKind,
    MarkerUse,
    Note,
    Photo,
    Provenance,
    Quality,
    ScaleSource,
    Segmentation,
    Surface,
    ZoneScore,
)
from facemap.wrinkles import WrinkleDetector, run_detector
from facemap.zones import map_surface, map_zones

__all__ = [
    "MEASURED_BY",
    "STAGES",
    "Progress",
    "Sight",
    "analyze_photo",
    "locate_face",
    "parameters_sha256",
    "see_photo",
]

#: Data files that numbers depend on. A detector answers for its own; colors, words and
#: drawn faces change no number, so analyses stay comparable when they change.
MEASURED_BY: tuple[str, ...] = (
    "canonical_face.npz",
    "chart.toml",
    "frame.toml",
    "marker.toml",
    "photo.toml",
    "quality.toml",
    "scoring.toml",
    "segmentation.toml",
    "zones.toml",
)

#: Called with the stage about to start and the share of the work already done.
Progress = Callable[[str, float], None]

#: Stage ids, in order, each with the share of the work done when it starts.
STAGES: dict[str, float] = {
    "face": 0.05,
    "zones": 0.25,
    "quality": 0.5,
    "wrinkles": 0.6,
    "severity": 0.95,
    "done": 1.0,
}


@dataclass(frozen=True)
class Sight:
    """An analysis, and the view of the face that it was made on."""

    analysis: Analysis
    view: FaceView
    surface: Surface


def _silent(stage: str, fraction: float) -> None:
    """Report progress to nobody."""


def locate_face(photo: Photo, *, face: int | None = None) -> FaceFrame:
    """Take a photo through the first stages only: where the face is.

    Raises
    ------
    NoFaceError
        The photo shows no face.
    """
    return measure_frame(photo, choose_face(find_faces(photo), face))


def analyze_photo(
    photo: Photo,
    detector: WrinkleDetector,
    *,
    face: int | None = None,
    sitting: Sequence[FaceFrame] = (),
    on_progress: Progress = _silent,
) -> Analysis:
    """Take a photo through every stage.

    Parameters
    ----------
    photo : Photo
    detector : WrinkleDetector
    face : int, optional
        Which face, 0 the largest; without it the largest, and a note says so where
        there are others.
    sitting : sequence of FaceFrame
        Of photos of the same sitting: a scale that would be assumed is taken from them.
    on_progress : callable, optional
        Called with a key and value of `STAGES` as each stage starts.

    Returns
    -------
    Analysis

    Raises
    ------
    NoFaceError
        The photo shows no face.
    DetectorError
        A plug-in broke its contract.
    """
    return see_photo(
        photo, detector, face=face, sitting=sitting, on_progress=on_progress
    ).analysis


def see_photo(
    photo: Photo,
    detector: WrinkleDetector,
    *,
    face: int | None = None,
    sitting: Sequence[FaceFrame] = (),
    on_progress: Progress = _silent,
) -> Sight:
    """Take a photo through every stage, and keep what a comparison needs besides.

    Parameters and errors as in `analyze_photo`.
    """

    def start(stage: str) -> None:
        on_progress(stage, STAGES[stage])

    start("face")
    frame = take_scale(locate_face(photo, face=face), sitting)
    view = cut_view(photo, frame)
    start("zones")
    surface = map_surface(view, frame)
    segmentation = segment(view, frame, surface)
    face_map = map_zones(view, frame, surface, segmentation)
    start("quality")
    # Neither needs the other, and neither keeps two cores busy alone.
    with ThreadPoolExecutor(1) as beside:
        judged = beside.submit(
            check_quality, photo, frame, view, segmentation, face_map
        )
        start("wrinkles")
        reading = run_detector(detector, frame, view, surface, face_map)
        quality = judged.result()
    start("severity")
    scores, overall = score_zones(frame, view, face_map, reading, quality)
    start("done")
    analysis = Analysis(
        photo=photo,
        provenance=_provenance(frame, detector),
        quality=quality,
        frame=frame,
        face_map=face_map,
        lines=reading.lines,
        scores=scores,
        overall=overall,
        notes=_notes(
            photo, frame, view, segmentation, quality, scores, chosen=face is not None
        ),
    )
    return Sight(analysis, view, surface)


def parameters_sha256(detector: WrinkleDetector) -> str:
    """Hash everything that a number depends on: data files, and the detector's own."""
    parameters = f"{knowledge_sha256(MEASURED_BY)} {detector.parameters_sha256}"
    return hashlib.sha256(parameters.encode()).hexdigest()


def _provenance(frame: FaceFrame, detector: WrinkleDetector) -> Provenance:
    return Provenance(
        facemap=__version__,
        detector_id=detector.id,
        detector_version=detector.version,
        models=(frame.landmarks.model,),
        parameters_sha256=parameters_sha256(detector),
    )


def _notes(
    photo: Photo,
    frame: FaceFrame,
    view: FaceView,
    segmentation: Segmentation,
    quality: Quality,
    scores: Sequence[ZoneScore],
    *,
    chosen: bool,
) -> tuple[Note, ...]:
    """Say what no single zone or check can say. The words are in ``notes.toml``."""
    marker, gray = frame.marker, quality.gray
    swapped = marker is not None and marker.mirrored
    undrawn = _undrawn(scores)
    said = {
        "several_faces": frame.landmarks.n_faces > 1 and not chosen,
        "fine_lines_off": view.photo_px_per_mm
        < load_knowledge("notes")["fine_px_per_mm"],
        "scale_assumed": frame.scale.source is ScaleSource.ASSUMED,
        "hairline_not_found": not segmentation.hairline_found,
        "neck_not_found": not segmentation.neck_found,
        "no_line_drawn": bool(undrawn),
        "marker_mirrored": swapped and not photo.mirrored,
        "marker_unmirrored": swapped and photo.mirrored,
        "marker_disagrees": marker is not None and marker.use is MarkerUse.DISAGREES,
        "marker_less_sure": marker is not None and marker.use is MarkerUse.LESS_SURE,
        "gray_card": gray is not None and gray.kind is GrayKind.CARD,
        "gray_print": gray is not None and gray.kind is GrayKind.PRINT,
    }
    words = load_knowledge("notes")["note"]
    off = marker.mm_per_px / frame.scale.mm_per_px - 1 if marker else 0.0
    facts = {
        "n_faces": frame.landmarks.n_faces,
        "px_per_mm": f"{view.photo_px_per_mm:.1f}",
        "undrawn": "; ".join(undrawn),
        "marker_percent": abs(100 * off),
        "marker_direction": "more" if off > 0 else "fewer",
    }
    return tuple(
        Note(note_id, words[note_id].format(**facts))
        for note_id, is_so in said.items()
        if is_so
    )


def _undrawn(scores: Sequence[ZoneScore]) -> list[str]:
    """Names of the zones that have a severity to speak of, and no line to show."""
    least = float(load_knowledge("notes")["undrawn_from_severity"])
    return [
        zone.name
        for zone, score in zip(load_zones(), scores, strict=True)
        if score.severity is not None
        and score.severity >= least
        and not score.line_count
    ]
