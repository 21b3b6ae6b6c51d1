"""What the commands share: how they tell, keep and show progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from facemap.errors import FacemapError

if TYPE_CHECKING:
    from facemap.results import ResultFolder
    from facemap.types import Analysis

__all__ = [
    "BUG",
    "DEBUG",
    "Out",
    "about",
    "keep",
    "keep_analysis",
    "print_json",
    "progress",
    "read_text",
    "tell",
]

DEBUG = "FACEMAP_DEBUG"
BUG = FacemapError(
    "Something went wrong inside facemap with this photo",
    hint=f"It is a fault of facemap, not of the photo. {DEBUG}=1 shows where.",
)

Out = Annotated[
    Path | None, typer.Option("--out", help="Folder for the results.", metavar="DIR")
]


def tell(error: FacemapError, about: str = "") -> None:
    """Say what is wrong and what to do, on standard error."""
    typer.echo(f"facemap: {about}{error}", err=True)
    if error.hint:
        typer.echo(f"  {error.hint}", err=True)


def about(path: Path, error: FacemapError) -> str:
    """Name the photo unless the sentence already does."""
    return "" if path.name in str(error) else f"{path.name}: "


def read_text(path: Path) -> str:
    """Read a text file; what is none is told in a sentence."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(path, "is not a text file") from error
    except OSError as error:
        raise _unreadable(path, "cannot be read") from error


def _unreadable(path: Path, why: str) -> FacemapError:
    from facemap.errors import DocumentError

    return DocumentError(f"{path.name} {why}", hint="Check the name of the file.")


def keep_analysis(
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
    return keep(folder, stem, files, ".analysis.json", is_same)


def keep(
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


def print_json(value: object) -> None:
    """Print for machines."""
    from json import dumps

    typer.echo(dumps(value, indent=2, ensure_ascii=False))


@contextmanager
def progress(n_photos: int) -> Iterator[Callable[[str], Callable[[str, float], None]]]:
    """Show a progress bar on standard error, only where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda name: lambda stage, fraction: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=float(n_photos))
        shares: list[float] = []

        def follow(name: str) -> Callable[[str, float], None]:
            index = len(shares)
            shares.append(0.0)

            def show(stage: str, fraction: float) -> None:
                # Photos may be looked at side by side.
                shares[index] = fraction
                bar.update(task, completed=sum(shares), description=f"{name}: {stage}")

            return show

        yield follow
