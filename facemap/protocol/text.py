"""Files that people write by hand, TOML or JSON, to plain values."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from facemap.errors import DocumentError

__all__ = ["Json", "called", "day_of", "parse_table"]

Json = dict[str, Any]


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
        said = f": {cause}" if kind == "TOML" and isinstance(cause, ValueError) else ""
        raise error(f"{source} is not valid {kind}{said}") from cause
    plain = _plain(table)
    if not isinstance(plain, dict):
        raise error(f"{source} holds no table")
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
