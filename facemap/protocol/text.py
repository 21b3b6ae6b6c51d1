"""Files that people write by hand, TOML or JSON, to plain values."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from facemap.errors import DocumentError

__all__ = ["Json", "called", "day_of", "parse_table", "read_file"]

Json = dict[str, Any]


def read_file(path: Path, *, error: Callable[..., DocumentError]) -> str:
    """Read a file that someone wrote.

    Parameters
    ----------
    path : Path
    error : callable
        Makes the error to raise.

    Raises
    ------
    DocumentError
        As made by `error`.
    """
    name = path.name or str(path)
    if path.is_dir():
        raise error(f"{name} is a folder, not a file", hint="Name the file in it.")
    try:
        # Editors on Windows put a mark before the first letter.
        return path.read_text("utf-8-sig")
    except FileNotFoundError as cause:
        raise error(
            f"{name} does not exist", hint="Check the name and the folder."
        ) from cause
    except UnicodeDecodeError as cause:
        raise error(
            f"{name} is no text", hint="It must be TOML or JSON, saved as UTF-8."
        ) from cause
    except OSError as cause:
        raise error(
            f"{name} cannot be read", hint="Check whether you may read it."
        ) from cause


def parse_table(text: str, *, source: str, error: Callable[..., DocumentError]) -> Json:
    """Read a table; dates become text in ISO form.

    Parameters
    ----------
    text : str
        JSON where it begins with a brace, else TOML.
    source : str
        For the message.
    error : callable
        Makes the error to raise.

    Raises
    ------
    DocumentError
        As made by `error`.
    """
    kind = "JSON" if text.lstrip().startswith("{") else "TOML"
    try:
        table: object = (json if kind == "JSON" else tomllib).loads(text)
    except (ValueError, RecursionError) as cause:
        said = f": {cause}" if isinstance(cause, ValueError) else ""
        raise error(
            f"{source} is not valid {kind}{said}",
            hint="Nothing is done with it. Mend that place first.",
        ) from cause
    plain = _plain(table)
    if not isinstance(plain, dict):
        raise error(f"{source} holds no table", hint="Start from the example.")
    return plain


def called(fault: str, document: Json, key: str) -> str:
    """Put the number and id of a row in place of its index.

    Examples
    --------
    >>> called("row[1].depth_mm lacks cap", {"row": [{}, {"id": "chin"}]}, "row")
    'row 2 (chin): depth_mm lacks cap'
    """
    found = re.match(rf"{key}\[(\d+)\](?:\.| )(.*)", fault, re.DOTALL)
    if not found:
        return fault
    index = int(found[1])
    row = document[key][index]
    name = row.get("id") if isinstance(row, dict) else None
    return f"{key} {index + 1} ({name or 'no id'}): {found[2]}"


def day_of(text: str) -> date | None:
    """Read a date; none where the text is empty.

    Raises
    ------
    ValueError
        It is no day of the calendar.
    """
    return date.fromisoformat(text) if text else None


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return value
