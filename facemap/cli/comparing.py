"""``facemap compare``: two photos to what changed, or what cannot be said."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from facemap.cli.common import Out, about, keep, progress, read_text, tell
from facemap.errors import FacemapError, UnsuitablePhotoError, UsageError

if TYPE_CHECKING:
    from facemap.comparison import Comparison, Repeatability
    from facemap.pipeline import Sight
    from facemap.results import ResultFolder
    from facemap.service import Service

__all__ = ["compare", "keep_comparison"]

#: Stem of what a comparison writes; the contract's name.
_COMPARISON = "comparison"


def compare(
    photos: Annotated[
        list[Path],
        typer.Argument(metavar="BEFORE AFTER", help="Two photos.", readable=False),
    ],
    out: Out = None,
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
    if not repeat and len(photos) != 2:
        raise UsageError(
            f"A comparison takes two photos, not {len(photos)}",
            hint="facemap compare BEFORE AFTER --out DIR.",
        )
    if out is None and not json:
        raise UsageError(
            "There is nowhere to put the results",
            hint="Name a folder with --out DIR, or print them with --json.",
        )
    if repeat and repeatability is not None:
        raise UsageError(
            "--repeat learns anew and takes no --repeatability",
            hint="Learn first; then compare two photos by the file that it wrote.",
        )
    if repeat:
        _learn(photos, out, mirrored=mirrored, json=json)
        return
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
        folder = ResultFolder(out)
        name = keep_comparison(folder, made)
        if not json:
            typer.echo(f"{photos[0].name}, {photos[1].name}: {folder.path / name}.json")
            _tell_changes(made)
    if json:
        typer.echo(to_json(document, indent=None), nl=False)
    _tell_pair(made)


def keep_comparison(folder: ResultFolder, made: Comparison) -> str:
    """Write a comparison and its pictures, never over those of another pair."""
    from facemap.documents import comparison_document, to_json

    document = to_json(comparison_document(made)).encode()
    files = {".json": document, **_comparison_pictures(made)}
    shas = [made.before.photo.sha256, made.after.photo.sha256]
    return keep(folder, _COMPARISON, files, ".json", partial(_is_pair, shas))


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
    with progress(len(photos)) as following, ThreadPoolExecutor(2) as pool:
        # One photo alone does not keep two cores busy.
        seen = [
            pool.submit(
                service.see, path, mirrored=mirrored, on_progress=following(path.name)
            )
            for path in photos
        ]
        sights = []
        for path, found in zip(photos, seen, strict=True):
            try:
                sights.append(found.result())
            except FacemapError as error:
                pool.shutdown(cancel_futures=True)
                tell(error, about(path, error))
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
    sights = _see(service, photos, mirrored=mirrored)
    shots = {sight.analysis.photo.sha256: sight for sight in sights}
    if len(shots) < len(sights):
        typer.echo("facemap: A photo that is given twice counts once.", err=True)
    if len(shots) < 2:
        raise UnsuitablePhotoError(
            "These are copies of one file, which repeat themselves",
            hint="Give two or more photos of one person, taken within minutes.",
        )
    _tell_copies(list(shots.values()))
    learned = service.learn_repeatability(tuple(shots.values()))
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
        name = keep(folder, stem, files, ".json", lambda found: found == document)
        if not json:
            typer.echo(f"{len(shots)} photos together: {folder.path / name}.json")
    if json:
        typer.echo(to_json(document, indent=None), nl=False)


def _tell_copies(sights: list[Sight]) -> None:
    """Say which files seem to show one photo, which repeats itself too well."""
    from itertools import combinations

    from facemap.comparison import is_copy

    for one, other in combinations((sight.analysis for sight in sights), 2):
        if is_copy(one, other):
            typer.echo(
                f"facemap: {one.photo.file} and {other.photo.file} seem to show the "
                "same photo: leave one out, it repeats itself better than you can.",
                err=True,
            )


def _repeatability(path: Path) -> Repeatability:
    from facemap.documents import parse_repeatability

    return parse_repeatability(read_text(path), source=path.name)


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
        names = words.zone_names(c.zone for c in out)
        typer.echo(f"  not comparable: {names.lower()}")


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
