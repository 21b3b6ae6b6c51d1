"""``facemap check``: is this installation whole, is a document valid."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from facemap.cli.common import print_json, read_text, tell
from facemap.errors import FacemapError, ResourceError

__all__ = ["check"]

_FAULTS_SHOWN = 20


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
        print_json([asdict(finding) for finding in findings])
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
            schema_id, faults = check_document(read_text(path), source=path.name)
            if faults:
                number = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
                raise DocumentError(f"{path.name} is not a valid {schema_id}: {number}")
        except FacemapError as error:
            worst = max(worst, error.exit_code)
            tell(error)
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
        print_json(results)
    if worst:
        raise typer.Exit(worst)


def _tell_faults(faults: tuple[str, ...]) -> None:
    """List faults, as many as can be read; `--json` gives all."""
    for fault in faults[:_FAULTS_SHOWN]:
        typer.echo(f"  {fault}", err=True)
    if len(faults) > _FAULTS_SHOWN:
        typer.echo(f"  and {len(faults) - _FAULTS_SHOWN} more", err=True)
