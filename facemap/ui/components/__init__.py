"""Widgets shared by pages, one a module. They show documents; they measure nothing."""

from __future__ import annotations

__all__: list[str] = []
