"""Start the web app with private settings, on this machine only."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

__all__ = ["run_app", "settings"]

_UI = Path(str(files("facemap.ui")))


def settings() -> dict[str, str]:
    """Return the app's settings as environment variables.

    The environment is the place because it counts wherever the app is started from,
    while a settings file counts in one folder.

    Returns
    -------
    dict of str to str
        ``STREAMLIT_BROWSER_GATHER_USAGE_STATS`` and so on.
    """
    table = tomllib.loads((_UI / "streamlit.toml").read_text(encoding="utf-8"))
    return {
        f"STREAMLIT_{_snake('_'.join(path))}": _text(value)
        for path, value in _leaves(table)
    }


def run_app(*, port: int | None = None, open_browser: bool = True) -> None:
    """Serve the app until it is stopped.

    Listens on 127.0.0.1. Whoever wants another address says so with
    ``STREAMLIT_SERVER_ADDRESS`` and ``STREAMLIT_SERVER_ALLOWED_HOSTS``; variables that
    are set already are kept.

    Parameters
    ----------
    port : int, optional
        8501, or the next free one, by default.
    open_browser : bool
        Open the app in the default browser, where there is one.
    """
    for name, value in settings().items():
        os.environ.setdefault(name, value)
    if port is not None:
        os.environ["STREAMLIT_SERVER_PORT"] = str(port)
    if not open_browser:
        os.environ["STREAMLIT_SERVER_HEADLESS"] = "true"
    # Streamlit reads the environment when it is imported: not before here.
    from streamlit.web import cli

    cli.main(["run", str(_UI / "server.py")], prog_name="streamlit")


def _leaves(
    table: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, key))
        else:
            yield (*above, key), value


def _snake(name: str) -> str:
    """Turn ``gatherUsageStats`` into ``GATHER_USAGE_STATS``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        # Blank-separated: a JSON list here would be one host name, and shut all out.
        return " ".join(map(str, value))
    return str(value)
