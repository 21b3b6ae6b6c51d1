"""``facemap plan``: a photo and an intake to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from facemap.cli.common import Out, keep, progress, read_text
from facemap.errors import FacemapError, UsageError

if TYPE_CHECKING:
    from facemap.planning import Gains, Plan
    from facemap.results import ResultFolder

__all__ = ["keep_plan", "plan"]


def plan(
    photo: Annotated[
        Path | None,
        typer.Argument(
            metavar="PHOTO_OR_ANALYSIS",
            help="A photograph, or its analysis with the photo in the same folder.",
            readable=False,
        ),
    ] = None,
    intake: Annotated[
        Path | None,
        typer.Option("--intake", metavar="FILE", help="What the patient says."),
    ] = None,
    out: Out = None,
    mode: Annotated[
        str | None,
        typer.Option("--mode", help="dermal or intramuscular only; without it, both."),
    ] = None,
    protocol: Annotated[
        Path | None,
        typer.Option("--protocol", metavar="FILE", help="The clinic's own protocol."),
    ] = None,
    sitting: Annotated[
        Path | None,
        typer.Option(
            "--sitting",
            metavar="FILE",
            help="Its sitting.analysis.json: what movement adds counts too.",
        ),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option("--also", metavar="ROW", help="A row offered on demand only."),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option("--day", metavar="DATE", help="Of the treatment; today."),
    ] = None,
    chart: Annotated[
        Path | None,
        typer.Option(
            "--chart", metavar="FILE", help="Draw the plan on a face chart, as PNG."
        ),
    ] = None,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="The photo is a mirrored selfie.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the plan.")] = False,
    example_intake: Annotated[
        bool,
        typer.Option("--example-intake", help="Print an intake, explained, and stop."),
    ] = False,
) -> None:
    """Propose a needling plan, which a practitioner accepts, changes or rejects.

    Writes STEM.plan.json and STEM.plan.png into --out. Where the intake stops the plan
    it is written with its stops and no steps, and the exit status is 3.
    """
    if example_intake:
        from facemap.protocol import example_text

        typer.echo(example_text("intake"), nl=False)
        return
    if photo is None or intake is None:
        raise UsageError(
            "A plan needs a photo and an intake",
            hint="facemap plan PHOTO --intake FILE --out DIR. "
            "facemap plan --example-intake prints an intake to fill in.",
        )
    if out is None and chart is None and not json:
        raise UsageError(
            "There is nowhere to put the results",
            hint="Name a folder with --out DIR, or print the plan with --json.",
        )
    if chart is not None:
        _check_chart(chart)
    from facemap.documents import plan_document, to_json, validate_document
    from facemap.protocol import load_intake, load_protocol
    from facemap.results import ResultFolder
    from facemap.service import open_service

    # What was typed comes before what takes time.
    options = _plan_options(mode, also or [], day)
    said = load_intake(intake)
    rules = load_protocol(protocol)
    _check_asked(also or [], {row.id for row in rules.rows})
    source, flipped, stem = _photo_to_plan(photo, mirrored)
    service = open_service()
    with progress(1) as following:
        analysis = service.analyze(
            source, mirrored=flipped, on_progress=following(source.name)
        )
    gains = _gains(sitting, analysis.photo.sha256) if sitting is not None else None
    made = service.plan(analysis, said, protocol=rules, gains=gains, **options)
    document = plan_document(made)
    validate_document(document, source="the plan")
    if out is not None:
        folder = ResultFolder(out)
        name = keep_plan(folder, stem, made)
        if not json:
            for ending in ("json", "png"):
                typer.echo(f"{source.name}: {folder.path / name}.plan.{ending}")
    if chart is not None:
        from facemap.render import draw_face_chart, encode_png

        _write_file(chart, encode_png(draw_face_chart(made)))
        if not json:
            typer.echo(f"{source.name}: {chart}")
    if json:
        typer.echo(to_json(document, indent=None), nl=False)
    _tell_plan(made)


def keep_plan(folder: ResultFolder, stem: str, made: Plan) -> str:
    """Write a plan and its picture, never over those of another photo."""
    from facemap.documents import plan_document, to_json
    from facemap.render import draw_plan, encode_png

    files = {
        ".plan.json": to_json(plan_document(made)).encode(),
        ".plan.png": encode_png(draw_plan(made)),
    }
    is_same = partial(_is_plan_of, made.analysis.photo.sha256)
    return keep(folder, stem, files, ".plan.json", is_same)


def _check_chart(path: Path) -> None:
    """Refuse a name that is no picture's before anything is measured."""
    if path.suffix.lower() != ".png" or path.is_dir():
        raise UsageError(
            f"{path} is no name for the face chart",
            hint="It is written as PNG: --chart NAME.png.",
        )


def _write_file(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise FacemapError(
            f"{path} cannot be written: {error.strerror or 'unknown reason'}",
            hint="Is the folder there, and may it be written to?",
        ) from error


def _plan_options(mode: str | None, also: list[str], day: str | None) -> dict[str, Any]:
    from datetime import date

    from facemap.protocol import Mode

    try:
        modes = tuple(Mode) if mode is None else (Mode(mode),)
    except ValueError as error:
        raise UsageError(
            f"There is no mode {mode}", hint=f"There are: {', '.join(Mode)}."
        ) from error
    try:
        when = date.today() if day is None else date.fromisoformat(day)
    except ValueError as error:
        raise UsageError(
            f"{day} is no day of the calendar", hint="Write it as 2026-05-04."
        ) from error
    return {"modes": modes, "asked_for": also, "day": when}


def _gains(path: Path, photo_sha256: str) -> Gains:
    from facemap.documents import gains_in, parse_document
    from facemap.errors import DocumentError

    document = parse_document(read_text(path), source=path.name)
    if document["schema"] != "facemap.sitting/1":
        raise DocumentError(
            f"{path.name} is a {document['schema']}, not a sitting",
            hint="facemap analyze --same-sitting writes one.",
        )
    return gains_in(document, photo_sha256)


def _check_asked(also: list[str], known: set[str]) -> None:
    if strange := sorted(set(also) - known):
        raise UsageError(
            f"The protocol has no row {', '.join(strange)}",
            hint="A plan names the rows that are offered on demand among excluded.",
        )


def _photo_to_plan(path: Path, mirrored: bool) -> tuple[Path, bool, str]:
    """Find the photo to plan on: the file given, or the photo of a given analysis.

    Returns
    -------
    Path
        The photo.
    bool
        Whether it is mirrored.
    str
        What to name the results after.
    """
    if path.suffix.lower() != ".json":
        return path, mirrored, path.stem
    from hashlib import sha256

    from facemap.documents import parse_document
    from facemap.errors import DocumentError

    document = parse_document(read_text(path), source=path.name)
    if not document["schema"].startswith("facemap.analysis/"):
        raise DocumentError(
            f"{path.name} is a {document['schema']}, not an analysis of a photo",
            hint="Give a photo, or the analysis of one.",
        )
    about = document["photo"]
    stem = path.name.removesuffix(".json").removesuffix(".analysis")
    name = Path(about["file"]).name
    found = [folder / name for folder in (path.parent, Path())]
    found = [beside for beside in found if beside.is_file()]
    for beside in found:
        if sha256(beside.read_bytes()).hexdigest() == about["sha256"]:
            return beside, bool(about.get("mirrored")), stem
    # Planned from the document alone, points could land on hair or behind the nose.
    missing = (
        f"the {name} beside it is another photo"
        if found
        else f"its photo {name} is not beside it"
    )
    raise DocumentError(
        f"{path.name} alone is not enough, and {missing}: an analysis holds neither "
        "where hair and glasses hide the skin nor the skin beyond the landmarks",
        hint=f"Put the photo {name} into its folder, or give the photo itself.",
    )


def _tell_plan(made: Plan) -> None:
    """Say what no one should have to look for, and end as the plan does."""
    from facemap.errors import IntakeError
    from facemap.planning import override_remarks
    from facemap.protocol import load_wording

    for remark in (*override_remarks(made.stops), *made.remarks):
        typer.echo(f"facemap: {remark}", err=True)
    if made.stopped:
        raise IntakeError(
            made.nothing_because, hint="The plan is written with its stops, no steps."
        )
    if made.nothing_because:
        typer.echo(f"facemap: {made.nothing_because}", err=True)
    elif made.protocol.reviewed_by is None:
        typer.echo(f"facemap: {load_wording()['unreviewed']}", err=True)


def _is_plan_of(sha256: str, document: Mapping[str, Any]) -> bool:
    photo = document.get("photo")
    return (
        str(document.get("schema")).startswith("facemap.plan/")
        and isinstance(photo, Mapping)
        and photo.get("sha256") == sha256
    )
