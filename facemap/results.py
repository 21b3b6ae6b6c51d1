"""Results as files in a folder, where nothing that is another's is ever overwritten.

A result is a document and what belongs beside it, all named after one stem. The
document says whose result it is. A name whose document is another's, or whose files
are no result at all, is left alone and the next number is taken: ``face``, ``face-2``,
``face-3``. So two processes may write into one folder at once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import get_ident
from typing import Any

from facemap.errors import FacemapError, UsageError

__all__ = ["ResultFolder"]


class ResultFolder:
    """A folder to keep results in.

    Parameters
    ----------
    path : Path
        Is made where it is not there.

    Raises
    ------
    UsageError
        It cannot be made.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"The folder {path} cannot be made", hint="Name another folder."
            ) from error
        self.path = path
        self._given: set[str] = set()

    def name_for(self, stem: str) -> str:
        """Return the name that the next result of this stem would have.

        Returns
        -------
        str
            The stem, or the stem with the first number that this run has not given
            away yet. Whether the folder has room for it, only `keep` can tell.
        """
        return next(n for n in _numbered(stem) if n.casefold() not in self._given)

    def skip(self, stem: str) -> None:
        """Leave out the name of a result that there is not going to be."""
        self._given.add(self.name_for(stem).casefold())

    def keep(
        self,
        stem: str,
        files: Mapping[str, bytes],
        document: str,
        is_same: Callable[[Mapping[str, Any]], bool],
    ) -> str:
        """Write a result under its stem, or under the first number that is free.

        Parameters
        ----------
        stem : str
        files : mapping of str to bytes
            What follows the stem in a file's name, and what is in the file.
        document : str
            Which of them is the document; it is written first.
        is_same : callable
            Whether a document that is already there is of the same thing: then its
            files are written anew.

        Returns
        -------
        str
            The name written under.

        Raises
        ------
        FacemapError
            A file cannot be written; what was there is still whole.
        """
        for name in _numbered(stem):
            if name.casefold() in self._given:
                continue
            contents = {self.path / f"{name}{s}": files[s] for s in files}
            first = self.path / f"{name}{document}"
            if not os.path.lexists(first) and any(map(os.path.lexists, contents)):
                continue  # pictures without a document are somebody else's
            if not _write_new(first, contents[first]):
                if not is_same(_read_document(first)):
                    continue
                _write(first, contents[first])
            for path, content in contents.items():
                if path != first:
                    _write(path, content)
            self._given.add(name.casefold())
            break
        return name


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    for n in count(2):
        yield f"{stem}-{n}"


def _read_document(path: Path) -> Mapping[str, Any]:
    """Read a JSON object; empty where there is none."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, over what is there."""
    with _written_apart(path, content) as part:
        part.replace(path)


def _write_new(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all; False where there is one already."""
    if os.path.lexists(path):
        return False
    with _written_apart(path, content) as part:
        try:
            path.hardlink_to(part)
        except FileExistsError:
            return False
        except OSError:
            # A file system without links: claim the name, then fill it.
            try:
                path.open("xb").close()
            except FileExistsError:
                return False
            try:
                part.replace(path)
            except OSError:
                path.unlink()
                raise
    return True


@contextmanager
def _written_apart(path: Path, content: bytes) -> Iterator[Path]:
    """Write to a name of this thread's own, which is gone afterwards."""
    part = path.with_name(f".facemap-{os.getpid()}-{get_ident()}.part")
    try:
        part.write_bytes(content)
        yield part
    except OSError as error:
        raise FacemapError(
            f"{path.name} cannot be written: {error.strerror or 'unknown reason'}",
            hint="Is the disk full, or the folder read-only?",
        ) from error
    finally:
        with suppress(OSError):  # where it cannot be removed, it was never made
            part.unlink()
