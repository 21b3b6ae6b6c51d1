"""The ``facemap`` command: a thin shell over `facemap.service`.

Nothing heavy is imported before a command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from facemap import __version__
from facemap.errors import (
    FacemapError,
    ResourceError,
    UnsuitablePhotoError,
    UsageError,
)

if TYPE_CHECKING:
    from facemap.comparison import Comparison, Repeatability
    from facemap.pipeline import Sight
    from facemap.planning import Gains, Plan
    from facemap.results import ResultFolder
    from facemap.service import Service
    from facemap.sitting import Shot, Sitting
    from facemap.types import Analysis, FaceFrame

__all__ = ["app", "main"]

_EPILOG = (
    "Exit status: 0 done; 1 could not; 2 wrong use; 3 the photo or value given is "
    "unsuitable; 4 the installation is damaged. Not a medical device: decision "
    "support for licensed practitioners."
)
_DEBUG = "FACEMAP_DEBUG"
_FAULTS_SHOWN = 20
#: Stem of the document over all photos of a sitting; the contract's name.
_SITTING = "sitting"
#: Stem of what a comparison writes; the contract's name.
_COMPARISON = "comparison"
#: Notes of so many photos that a line for each would hide the others. The document and
# the app say them.
_COMMON_NOTES = {"fine_lines_off", "hairline_not_found", "neck_not_found"}
#: What the parameters of a phantom are called on the command line.
_PHANTOM_OPTIONS = {
    "seed": "--seed",
    "size_wh": "--width and --height",
    "px_per_mm": "--px-per-mm",
    "yaw_deg": "--yaw",
    "pitch_deg": "--pitch",
    "roll_deg": "--roll",
    "camera_distance_mm": "--distance",
    "light_azimuth_deg": "--light",
    "ita_deg": "--ita",
    "severity": "--severity",
    "hair": "--hair",
    "beard": "--beard",
    "exposure_ev": "--exposure",
    "blur_px": "--blur",
    "noise": "--noise",
}
_BUG = FacemapError(
    "Something went wrong inside facemap with this photo",
    hint=f"It is a fault of facemap, not of the photo. {_DEBUG}=1 shows where.",
)

app = typer.Typer(
    name="facemap",
    help="Facial photo analysis for cosmetic treatment planning, on your own machine.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_Out = Annotated[
    Path | None, typer.Option("--out", help="Folder for the results.", metavar="DIR")
]


def main() -> None:
    """Run the command line; the only place that turns errors into exit statuses."""
    try:
        app()
    except FacemapError as error:
        _tell(error)
        sys.exit(error.exit_code)


def _tell(error: FacemapError, about: str = "") -> None:
    typer.echo(f"facemap: {about}{error}", err=True)
    if error.hint:
        typer.echo(f"  {error.hint}", err=True)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"facemap {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    pass


@app.command()
def analyze(
    photos: Annotated[
        list[Path],
        # One that cannot be read must not keep the others from being done.
        typer.Argument(metavar="PHOTO...", help="Photographs.", readable=False),
    ],
    out: _Out = None,
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
    with _progress(len(photos)) as progress:
        for path in photos:
            kept = False
            try:
                analysis = service.analyze(
                    path,
                    mirrored=mirrored,
                    face=face,
                    sitting=frames,
                    on_progress=progress(path.name),
                )
                if same_sitting:
                    shots.append(shot_of(analysis))
                if folder is not None:
                    name = _keep_analysis(folder, path.stem, analysis)
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
                _tell(error, _about(path, error))
            except Exception:
                # Nor must a bug, which only those who mend it want to see in full.
                if os.environ.get(_DEBUG) == "1":
                    raise
                worst = max(worst, _BUG.exit_code)
                _tell(_BUG, f"{path.name}: ")
            if folder is not None and not kept:
                # Names follow from the photos given, not from which of them are good.
                folder.skip(path.stem)
    if shots:
        _give_sitting(service.combine(shots), out, json=json)
    if worst:
        raise typer.Exit(worst)


@app.command()
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
    out: _Out = None,
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
    with _progress(1) as progress:
        analysis = service.analyze(
            source, mirrored=flipped, on_progress=progress(source.name)
        )
    gains = _gains(sitting, analysis.photo.sha256) if sitting is not None else None
    made = service.plan(analysis, said, protocol=rules, gains=gains, **options)
    document = plan_document(made)
    validate_document(document, source="the plan")
    if out is not None:
        from facemap.render import draw_plan, encode_png

        files = {
            ".plan.json": to_json(document).encode(),
            ".plan.png": encode_png(draw_plan(made)),
        }
        is_same = partial(_is_plan_of, analysis.photo.sha256)
        folder = ResultFolder(out)
        name = _keep(folder, stem, files, ".plan.json", is_same)
        if not json:
            typer.echo(f"{source.name}: {folder.path / name}.plan.json")
    if chart is not None:
        from facemap.render import draw_face_chart, encode_png

        _write_file(chart, encode_png(draw_face_chart(made)))
        if not json:
            typer.echo(f"{source.name}: {chart}")
    if json:
        typer.echo(to_json(document, indent=None), nl=False)
    _tell_plan(made)


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

    document = parse_document(_read_text(path), source=path.name)
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

    document = parse_document(_read_text(path), source=path.name)
    if not document["schema"].startswith("facemap.analysis/"):
        raise DocumentError(
            f"{path.name} is a {document['schema']}, not an analysis of a photo",
            hint="Give a photo, or the analysis of one.",
        )
    about = document["photo"]
    stem = path.name.removesuffix(".json").removesuffix(".analysis")
    for folder in (path.parent, Path()):
        beside = folder / Path(about["file"]).name
        if (
            beside.is_file()
            and sha256(beside.read_bytes()).hexdigest() == about["sha256"]
        ):
            return beside, bool(about.get("mirrored")), stem
    raise DocumentError(
        f"{path.name} alone is not enough: it does not hold what hides the skin",
        hint=f"Put the photo {about['file']} beside it, or give the photo itself.",
    )


def _tell_plan(made: Plan) -> None:
    """Say what no one should have to look for, and end as the plan does."""
    from facemap.errors import IntakeError
    from facemap.protocol import load_wording

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
        name = _keep(folder, _SITTING, files, ".analysis.json", is_same)
        if not json:
            n = len(sitting.shots)
            together = "1 photo" if n == 1 else f"{n} photos together"
            typer.echo(f"{together}: {folder.path / name}.analysis.json")
            _tell_movements(sitting)
    if json:
        typer.echo(to_json(document, indent=None), nl=False)
    for note in sitting.notes:
        typer.echo(f"facemap: {note.message}", err=True)


def _tell_movements(sitting: Sitting) -> None:
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
    from facemap.errors import UnsuitablePhotoError

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


@app.command()
def compare(
    photos: Annotated[
        list[Path],
        typer.Argument(metavar="BEFORE AFTER", help="Two photos.", readable=False),
    ],
    out: _Out = None,
    json: Annotated[bool, typer.Option("--json", help="Print the comparison.")] = False,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="The photos are mirrored selfies.")
    ] = False,
    repeat: Annotated[
        bool,
        typer.Option(
            "--repeat",
            help="Two or more photos without change: learn how well they repeat.",
        ),
    ] = False,
    repeatability: Annotated[
        Path | None,
        typer.Option(
            "--repeatability", metavar="FILE", help="What --repeat learned before."
        ),
    ] = None,
) -> None:
    """Say whether two photos can be compared, and what changed between them.

    Writes comparison.json and pictures into --out: the pair in one frame, side by side,
    and a map of change. With --repeat, photos of one person taken within minutes, who
    got up and sat down again between, teach how well this camera and light repeat; that
    goes to repeatability.json, or to --out where that ends in .json.
    """
    if out is None and not json:
        raise UsageError(
            "There is nowhere to put the results",
            hint="Name a folder with --out DIR, or print them with --json.",
        )
    if repeat:
        _learn(photos, out, mirrored=mirrored, json=json)
        return
    if len(photos) != 2:
        raise UsageError(
            f"A comparison takes two photos, not {len(photos)}",
            hint="facemap compare BEFORE AFTER --out DIR.",
        )
    from facemap.documents import comparison_document, to_json, validate_document
    from facemap.results import ResultFolder
    from facemap.service import open_service

    steady = _repeatability(repeatability) if repeatability is not None else None
    service = open_service()
    made = service.compare(
        *_see(service, photos, mirrored=mirrored), repeatability=steady
    )
    document = comparison_document(made)
    validate_document(document, source="the comparison")
    if out is not None:
        files = {".json": to_json(document).encode(), **_comparison_pictures(made)}
        shas = [made.before.photo.sha256, made.after.photo.sha256]
        folder = ResultFolder(out)
        name = _keep(folder, _COMPARISON, files, ".json", partial(_is_pair, shas))
        if not json:
            typer.echo(f"{photos[0].name}, {photos[1].name}: {folder.path / name}.json")
            _tell_changes(made)
    if json:
        typer.echo(to_json(document, indent=None), nl=False)
    _tell_pair(made)


def _comparison_pictures(made: Comparison) -> dict[str, bytes]:
    """Draw what belongs beside a comparison's document."""
    from facemap.render import (
        align_pair,
        draw_blink,
        draw_change_map,
        draw_side_by_side,
        encode_blink,
        encode_png,
    )

    pair = align_pair(made)
    return {
        ".before.png": encode_png(pair.before),
        ".after.png": encode_png(pair.after),
        ".side-by-side.png": encode_png(draw_side_by_side(made)),
        ".change.png": encode_png(draw_change_map(made)),
        ".blink.webp": encode_blink(draw_blink(made)),
    }


def _see(service: Service, photos: list[Path], *, mirrored: bool) -> list[Sight]:
    with _progress(len(photos)) as progress:
        sights = []
        for path in photos:
            try:
                sights.append(
                    service.see(
                        path, mirrored=mirrored, on_progress=progress(path.name)
                    )
                )
            except FacemapError as error:
                _tell(error, _about(path, error))
                raise typer.Exit(error.exit_code) from error
    return sights


def _learn(photos: list[Path], out: Path | None, *, mirrored: bool, json: bool) -> None:
    """Learn how well a set-up repeats, and write it down."""
    if len(photos) < 2:
        raise UsageError(
            "One photo says nothing of how well it repeats",
            hint="Give two or more photos of one person, taken within minutes.",
        )
    from facemap.documents import repeatability_document, to_json
    from facemap.results import ResultFolder
    from facemap.service import open_service

    service = open_service()
    learned = service.learn_repeatability(_see(service, photos, mirrored=mirrored))
    if not learned.zones:
        raise UnsuitablePhotoError(
            "No zone can be compared between these photos",
            hint="Take them within minutes, at rest, with the same light and distance.",
        )
    document = repeatability_document(learned)
    if out is not None:
        to_file = out.suffix.lower() == ".json"
        folder = ResultFolder(out.parent if to_file else out)
        stem = out.stem if to_file else "repeatability"
        files = {".json": to_json(document).encode()}
        name = _keep(folder, stem, files, ".json", lambda found: found == document)
        if not json:
            typer.echo(f"{len(photos)} photos together: {folder.path / name}.json")
    if json:
        typer.echo(to_json(document, indent=None), nl=False)


def _repeatability(path: Path) -> Repeatability:
    from facemap.documents import parse_document, repeatability_in
    from facemap.errors import DocumentError

    document = parse_document(_read_text(path), source=path.name)
    if document["schema"] != "facemap.repeatability/1":
        raise DocumentError(
            f"{path.name} is a {document['schema']}, not what repeat shots taught",
            hint="facemap compare --repeat writes one.",
        )
    return repeatability_in(document)


def _tell_changes(made: Comparison) -> None:
    """Say in words what changed, and what could not be compared."""
    from facemap.comparison import ZoneVerdict
    from facemap.ui import words

    for change in made.changes:
        if change.verdict in (ZoneVerdict.BETTER, ZoneVerdict.WORSE):
            typer.echo(f"  {words.changed(change)}")
    still = [c for c in made.changes if c.verdict is ZoneVerdict.NO_DETECTABLE_CHANGE]
    if still:
        typer.echo(f"  {words.unchanged(still)}")
    out = [c for c in made.changes if c.verdict is ZoneVerdict.NOT_COMPARABLE]
    if out:
        names = "; ".join(words.zone_name(c.zone).lower() for c in out)
        typer.echo(f"  not comparable: {names}")


def _tell_pair(made: Comparison) -> None:
    """Say how the photos differ; end as unsuitable where nothing can be compared."""
    if not made.comparable:
        raise UnsuitablePhotoError(
            "These photos cannot be compared",
            hint=" ".join(made.reasons) or "No zone can be judged in both.",
        )
    for reason in made.reasons:
        typer.echo(f"facemap: {reason}", err=True)


def _is_pair(shas: list[str], document: Mapping[str, Any]) -> bool:
    sides = [document.get(name) for name in ("before", "after")]
    return (
        str(document.get("schema")).startswith("facemap.comparison/")
        and [side.get("sha256") for side in sides if isinstance(side, Mapping)] == shas
    )


@app.command()
def phantom(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder to draw into.")
    ],
    seed: Annotated[int, typer.Option(help="Another seed, another person.")] = 0,
    count: Annotated[
        int, typer.Option(help="How many, with seeds from --seed up.", min=1)
    ] = 1,
    width: Annotated[int, typer.Option(help="Pixels.")] = 1200,
    height: Annotated[int, typer.Option(help="Pixels.")] = 1500,
    px_per_mm: Annotated[
        float | None, typer.Option(help="Resolution; without it, head and neck fit.")
    ] = None,
    yaw: Annotated[
        float, typer.Option(help="Degrees, positive to the patient's left.")
    ] = 0.0,
    pitch: Annotated[float, typer.Option(help="Degrees, positive looking up.")] = 0.0,
    roll: Annotated[
        float, typer.Option(help="Degrees, positive to the patient's left shoulder.")
    ] = 0.0,
    distance: Annotated[
        float, typer.Option(help="From camera to eyes, millimeters.")
    ] = 1500.0,
    light: Annotated[
        float, typer.Option(help="Where the light stands, degrees; 0 in front.")
    ] = 25.0,
    ita: Annotated[
        float, typer.Option(help="Skin tone: -60 very dark to 60 very light.")
    ] = 35.0,
    severity: Annotated[
        float, typer.Option(help="Wrinkles, 0 none to 4 severe.")
    ] = 2.0,
    smooth: Annotated[
        bool, typer.Option("--smooth", help="No pores, moles or loose hair.")
    ] = False,
    hair: Annotated[
        str, typer.Option(help="auto, none, short, swept, long or fringe.")
    ] = "auto",
    beard: Annotated[float, typer.Option(help="0 none to 1 full.")] = 0.0,
    glasses: Annotated[bool, typer.Option("--glasses", help="With glasses.")] = False,
    exposure: Annotated[float, typer.Option(help="Stops, 0 is correct.")] = 0.0,
    blur: Annotated[float, typer.Option(help="SD of the point spread, pixels.")] = 0.6,
    noise: Annotated[
        float, typer.Option(help="SD of the sensor noise, 8-bit counts.")
    ] = 1.5,
    jpeg: Annotated[
        int | None,
        typer.Option(help="Also write a JPEG of this quality.", min=1, max=95),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the files written as a list.")
    ] = False,
) -> None:
    """Draw synthetic faces with exact truth: STEM.png and STEM.truth.json."""
    from facemap.results import ResultFolder
    from facemap.synthetic import HairStyle, PhantomParams, phantom_files

    folder = ResultFolder(out)
    written: list[str] = []
    for number in range(seed, seed + count):
        try:
            params = PhantomParams(
                seed=number,
                size_wh=(width, height),
                px_per_mm=px_per_mm,
                yaw_deg=yaw,
                pitch_deg=pitch,
                roll_deg=roll,
                camera_distance_mm=distance,
                light_azimuth_deg=light,
                ita_deg=ita,
                severity=severity,
                smooth=smooth,
                hair=HairStyle(hair),
                beard=beard,
                glasses=glasses,
                exposure_ev=exposure,
                blur_px=blur,
                noise=noise,
            )
        except ValueError as error:
            name, _, fault = str(error).partition(" ")
            raise UsageError(
                f"Such a face cannot be drawn: {_PHANTOM_OPTIONS[name]} {fault}",
                hint="See facemap phantom --help.",
            ) from error
        files = phantom_files(params, "", jpeg_quality=jpeg)
        stem = _keep(
            folder,
            f"phantom-{number}",
            files,
            ".truth.json",
            partial(_is_drawn_from, params.document()),
        )
        for suffix in files:
            written.append(str(folder.path / f"{stem}{suffix}"))
            if not json:
                typer.echo(written[-1])
    if json:
        _print_json(written)


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the tour.")
    ],
) -> None:
    """Take the tour without a camera: draw the demo patient and analyze the photos."""
    from facemap.results import ResultFolder
    from facemap.service import open_service

    folder = ResultFolder(out)
    service = open_service()
    photos = service.demo_photos()
    with _progress(len(photos)) as progress:
        for name, content in photos:
            found = service.analyze(content, name=name, on_progress=progress(name))
            photo = Path(name)
            _keep_analysis(folder, photo.stem, found, {photo.suffix: content})
    typer.echo(f"The demo patient is in {out}")


@app.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...]", help="Documents to validate.", readable=False
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print what was found as a list.")
    ] = False,
) -> None:
    """Check that this installation is whole, or with files, that each is valid."""
    if files:
        _check_files(files, json)
        return
    from facemap.checkup import check_installation

    findings = check_installation()
    if json:
        _print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"{'ok    ' if finding.ok else 'FAILED'}  {finding.message}")
    if not all(finding.ok for finding in findings):
        raise ResourceError(
            "This installation is damaged", hint="Install facemap again."
        )


def _check_files(files: list[Path], json: bool) -> None:
    from facemap.documents import check_document
    from facemap.errors import DocumentError

    worst = 0
    results: list[dict[str, object]] = []
    for path in files:
        faults: tuple[str, ...] = ()
        try:
            schema_id, faults = check_document(_read_text(path), source=path.name)
            if faults:
                number = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
                raise DocumentError(f"{path.name} is not a valid {schema_id}: {number}")
        except FacemapError as error:
            worst = max(worst, error.exit_code)
            _tell(error)
            _tell_faults(faults)
            ok, message = False, str(error)
        else:
            ok, message = True, f"a valid {schema_id}"
            if not json:
                typer.echo(f"ok      {path.name}: {message}")
        results.append(
            {"file": str(path), "ok": ok, "message": message, "faults": list(faults)}
        )
    if json:
        _print_json(results)
    if worst:
        raise typer.Exit(worst)


def _tell_faults(faults: tuple[str, ...]) -> None:
    """List faults, as many as can be read; `--json` gives all."""
    for fault in faults[:_FAULTS_SHOWN]:
        typer.echo(f"  {fault}", err=True)
    if len(faults) > _FAULTS_SHOWN:
        typer.echo(f"  and {len(faults) - _FAULTS_SHOWN} more", err=True)


@app.command("app")
def start_app(
    port: Annotated[
        int | None, typer.Option(help="Port, 8501 by default.", min=1, max=65535)
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Start the web app, on this machine only (127.0.0.1)."""
    from facemap.ui.launch import run_app

    run_app(port=port, open_browser=browser)


def _about(path: Path, error: FacemapError) -> str:
    """Name the photo unless the sentence already does."""
    return "" if path.name in str(error) else f"{path.name}: "


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(path, "is not a text file") from error
    except OSError as error:
        raise _unreadable(path, "cannot be read") from error


def _unreadable(path: Path, why: str) -> FacemapError:
    from facemap.errors import DocumentError

    return DocumentError(f"{path.name} {why}", hint="Check the name of the file.")


def _keep_analysis(
    folder: ResultFolder,
    stem: str,
    analysis: Analysis,
    beside: Mapping[str, bytes] | None = None,
) -> str:
    """Write an analysis and its picture, never over those of another photo."""
    from facemap.documents import analysis_document, to_json
    from facemap.render import draw_overlay, encode_png

    files = {
        **(beside or {}),
        ".analysis.json": to_json(analysis_document(analysis)).encode(),
        ".overlay.png": encode_png(draw_overlay(analysis)),
    }
    is_same = partial(_is_of_photo, analysis.photo.sha256)
    return _keep(folder, stem, files, ".analysis.json", is_same)


def _keep(
    folder: ResultFolder,
    stem: str,
    files: Mapping[str, bytes],
    document: str,
    is_same: Callable[[Mapping[str, Any]], bool],
) -> str:
    """Write a result, and say so where it could not have the name expected."""
    expected = folder.name_for(stem)
    name = folder.keep(stem, files, document, is_same)
    if name != expected:
        typer.echo(
            f"facemap: {expected}{document} is of something else and was left as it "
            f"is; this result is {name}{document}",
            err=True,
        )
    return name


def _is_of_photo(sha256: str, document: Mapping[str, Any]) -> bool:
    photo = document.get("photo")
    return (
        str(document.get("schema")).startswith("facemap.analysis/")
        and isinstance(photo, Mapping)
        and photo.get("sha256") == sha256
    )


def _is_of_sitting(photos: set[str], document: Mapping[str, Any]) -> bool:
    found = document.get("photos")
    return (
        str(document.get("schema")).startswith("facemap.sitting/")
        and isinstance(found, list)
        and {p.get("sha256") for p in found if isinstance(p, Mapping)} == photos
    )


def _is_drawn_from(params: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    return (
        str(document.get("schema")).startswith("facemap.phantom/")
        and document.get("params") == params
    )


def _print_json(value: object) -> None:
    from json import dumps

    typer.echo(dumps(value, indent=2, ensure_ascii=False))


@contextmanager
def _progress(n_photos: int) -> Iterator[Callable[[str], Callable[[str, float], None]]]:
    """Show a progress bar on standard error, only where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda name: lambda stage, fraction: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=float(n_photos))
        started = -1

        def follow(name: str) -> Callable[[str, float], None]:
            nonlocal started
            started += 1
            done_before = started

            def show(stage: str, fraction: float) -> None:
                bar.update(
                    task,
                    completed=done_before + fraction,
                    description=f"{name}: {stage}",
                )

            return show

        yield follow
