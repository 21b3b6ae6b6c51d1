"""``facemap analyze``: photos to analyses, one by one or as one sitting."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from facemap.cli.common import (
    BUG,
    DEBUG,
    Out,
    about,
    keep,
    keep_analysis,
    progress,
    tell,
)
from facemap.errors import FacemapError, UnsuitablePhotoError, UsageError

if TYPE_CHECKING:
    from facemap.service import Service
    from facemap.sitting import Shot, Sitting
    from facemap.types import Analysis, FaceFrame

__all__ = ["analyze", "tell_movements"]

#: Stem of the document over all photos of a sitting; the contract's name.
_SITTING = "sitting"
#: Notes of so many photos that a line for each would hide the others. The document and
# the app say them.
_COMMON_NOTES = {"fine_lines_off", "hairline_not_found", "neck_not_found"}


def analyze(
    photos: Annotated[
        list[Path],
        # One that cannot be read must not keep the others from being done.
        typer.Argument(metavar="PHOTO...", help="Photographs.", readable=False),
    ],
    out: Out = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the analysis, a line a photo.")
    ] = False,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="The photos are mirrored selfies.")
    ] = False,
    face: Annotated[
        int | None,
        typer.Option(
            "--face", min=0, help="Which face: 0 the largest, 1 the next, ..."
        ),
    ] = None,
    detector: Annotated[
        str, typer.Option("--detector", help="Wrinkle detector to use.")
    ] = "ridge",
    same_sitting: Annotated[
        bool,
        typer.Option(
            "--same-sitting",
            help="The photos show one person in one sitting: average what is alike.",
        ),
    ] = False,
) -> None:
    """Find the face, judge the photo, map zones, measure wrinkles.

    Writes STEM.analysis.json and STEM.overlay.png for each photo into --out. Those of
    another photo are never overwritten: the next is STEM-2. With --same-sitting also
    sitting.analysis.json: several shots as one measurement, and what movement adds.
    """
    if out is None and not json:
        raise UsageError(
            "There is nowhere to put the results",
            hint="Name a folder with --out DIR, or print them with --json.",
        )
    from facemap.documents import analysis_document, to_json
    from facemap.results import ResultFolder
    from facemap.service import open_service
    from facemap.sitting import shot_of

    service = open_service(detector)
    folder = ResultFolder(out) if out is not None else None
    if same_sitting and folder is not None:
        # A photo of that name steps aside.
        folder.skip(_SITTING)
    frames = _locate(service, photos, mirrored, face) if same_sitting else ()
    shots: list[Shot] = []
    worst = 0
    with progress(len(photos)) as following:
        for path in photos:
            kept = False
            try:
                analysis = service.analyze(
                    path,
                    mirrored=mirrored,
                    face=face,
                    sitting=frames,
                    on_progress=following(path.name),
                )
                if same_sitting:
                    shots.append(shot_of(analysis))
                if folder is not None:
                    name = keep_analysis(folder, path.stem, analysis)
                    kept = True
                    if not json:
                        typer.echo(f"{path.name}: {folder.path / name}.analysis.json")
                if json:
                    document = analysis_document(analysis)
                    typer.echo(to_json(document, indent=None), nl=False)
                _tell_rejected(path, analysis)
            except FacemapError as error:
                # One bad photo must not lose the others.
                worst = max(worst, error.exit_code)
                tell(error, about(path, error))
            except Exception:
                # Nor must a bug, which only those who mend it want to see in full.
                if os.environ.get(DEBUG) == "1":
                    raise
                worst = max(worst, BUG.exit_code)
                tell(BUG, f"{path.name}: ")
            if folder is not None and not kept:
                # Names follow from the photos given, not from which of them are good.
                folder.skip(path.stem)
    if shots:
        _give_sitting(service.combine(shots), out, json=json)
    if worst:
        raise typer.Exit(worst)


def _locate(
    service: Service, photos: list[Path], mirrored: bool, face: int | None
) -> tuple[FaceFrame, ...]:
    """Find the faces of a sitting; what is wrong with a photo is told on analyzing."""
    frames = []
    for path in photos:
        with suppress(Exception):
            frames.append(service.locate(path, mirrored=mirrored, face=face))
    return tuple(frames)


def _give_sitting(sitting: Sitting, out: Path | None, *, json: bool) -> None:
    from facemap.documents import sitting_document, to_json
    from facemap.results import ResultFolder

    document = sitting_document(sitting)
    if out is not None:
        folder = ResultFolder(out)
        files = {".analysis.json": to_json(document).encode()}
        photos = {shot.sha256 for shot in sitting.shots}
        is_same = partial(_is_of_sitting, photos)
        name = keep(folder, _SITTING, files, ".analysis.json", is_same)
        if not json:
            n = len(sitting.shots)
            together = "1 photo" if n == 1 else f"{n} photos together"
            typer.echo(f"{together}: {folder.path / name}.analysis.json")
            tell_movements(sitting)
    if json:
        typer.echo(to_json(document, indent=None), nl=False)
    for note in sitting.notes:
        typer.echo(f"facemap: {note.message}", err=True)


def tell_movements(sitting: Sitting) -> None:
    """Say in words which zones a movement changes, and the muscles it points to."""
    from facemap.sitting import Answer
    from facemap.ui import words

    for moved in sitting.dynamics:
        said = f"{words.movement(moved.movement)}, {words.VIEWS[moved.view].lower()}"
        typer.echo(f"{said}, against rest:")
        changed = [z for z in moved.zones if z.answer in (Answer.RISES, Answer.FALLS)]
        for zone in changed:
            line = (
                f"  {words.zone_name(zone.zone)}: {words.number(zone.rest, 0)} to "
                f"{words.number(zone.moved, 0)} ({words.gain(zone.gain, zone.gain_sd)})"
            )
            if zone.points_to:
                line += f"; points to {', '.join(m.name for m in zone.points_to)}"
            typer.echo(line)
        judged = sum(zone.gain is not None for zone in moved.zones)
        typer.echo(f"  No change beyond noise in {judged - len(changed)} other zones.")


def _tell_rejected(path: Path, analysis: Analysis) -> None:
    """Say what the numbers alone would not: that this photo was no good."""
    advice = [c.advice for c in analysis.quality.checks if c.verdict == "reject"]
    if not analysis.overall.assessed_zones:
        raise UnsuitablePhotoError(
            "No zone of the face could be judged", hint=" ".join(advice)
        )
    if advice:
        typer.echo(f"facemap: {path.name}: better take it again", err=True)
        typer.echo(f"  {' '.join(advice)}", err=True)
    for note in analysis.notes:
        if note.id not in _COMMON_NOTES:
            typer.echo(f"facemap: {path.name}: {note.message}", err=True)


def _is_of_sitting(photos: set[str], document: Mapping[str, Any]) -> bool:
    found = document.get("photos")
    return (
        str(document.get("schema")).startswith("facemap.sitting/")
        and isinstance(found, list)
        and {p.get("sha256") for p in found if isinstance(p, Mapping)} == photos
    )
