"""Packaged knowledge: TOML files in ``facemap/data``, each with a schema number.

Constants with a source live there, not in code, so that a clinician can review a diff
of numbers and sources without reading Python.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from facemap.errors import KnowledgeError

__all__ = ["data_bytes", "data_names", "knowledge_sha256", "load_knowledge"]

_REINSTALL = "Install facemap again."


def data_names(suffix: str = "") -> tuple[str, ...]:
    """Names of the packaged data files, sorted, subfolders included."""
    root = files("facemap") / "data"

    def walk(folder: Any, prefix: str) -> list[str]:  # noqa: ANN401  # Traversable
        found: list[str] = []
        for entry in folder.iterdir():
            if entry.is_dir():
                found += walk(entry, f"{prefix}{entry.name}/")
            else:
                found.append(prefix + entry.name)
        return found

    return tuple(sorted(n for n in walk(root, "") if n.endswith(suffix)))


def data_bytes(name: str) -> bytes:
    """Read one packaged data file.

    Raises
    ------
    KnowledgeError
        It is not there.
    """
    try:
        return (files("facemap") / "data").joinpath(*name.split("/")).read_bytes()
    except OSError as error:
        raise KnowledgeError(
            f"The data file {name} is missing from this installation", hint=_REINSTALL
        ) from error


@cache
def load_knowledge(name: str, schema: int = 1) -> Mapping[str, Any]:
    """Read ``data/<name>.toml`` and check its schema number.

    Parameters
    ----------
    name : str
        Without the suffix.
    schema : int
        The number that the reading code understands.

    Raises
    ------
    KnowledgeError
        The file is missing, is not TOML, or has another schema.
    """
    try:
        table = tomllib.loads(data_bytes(f"{name}.toml").decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{name}.toml is damaged: {error}") from error
    if table.get("schema") != schema:
        raise KnowledgeError(
            f"{name}.toml has schema {table.get('schema')!r}, this facemap reads "
            f"{schema}",
            hint=_REINSTALL,
        )
    return MappingProxyType(table)


@cache
def knowledge_sha256(names: tuple[str, ...]) -> str:
    """Hash over packaged data files: other knowledge, other numbers.

    Raises
    ------
    KnowledgeError
        One of them is not there.
    """
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + b"\0" + data_bytes(name) + b"\0")
    return digest.hexdigest()
