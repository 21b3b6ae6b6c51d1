"""The ``facemap`` command: a thin shell over `facemap.service`.

Nothing heavy is imported before a command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from facemap import __version__
from facemap.cli.analyzing import analyze
from facemap.cli.checking import check
from facemap.cli.common import tell
from facemap.cli.comparing import compare
from facemap.cli.drawing import demo, phantom
from facemap.cli.planning import plan
from facemap.errors import FacemapError

__all__ = ["app", "main"]

_EPILOG = (
    "Exit status: 0 done; 1 could not; 2 wrong use; 3 the photo or value given is "
    "unsuitable; 4 the installation is damaged. Not a medical device: decision "
    "support for licensed practitioners."
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


def main() -> None:
    """Run the command line; the only place that turns errors into exit statuses."""
    try:
        app()
    except FacemapError as error:
        tell(error)
        sys.exit(error.exit_code)


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


for command in (analyze, plan, compare, phantom, demo, check):
    app.command()(command)


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
