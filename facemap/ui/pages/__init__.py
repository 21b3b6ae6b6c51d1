"""One module a page; each has one function, ``page``."""

from __future__ import annotations

__all__: list[str] = []
