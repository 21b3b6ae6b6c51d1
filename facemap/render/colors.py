"""Colors that mean something, all from ``data/palette.toml``."""

from __future__ import annotations

import numpy as np

from facemap.protocol import Mode
from facemap.resources import load_knowledge
from facemap.types import LineKind

__all__ = [
    "change_color",
    "chrome_color",
    "kind_color",
    "mode_color",
    "rgb_of",
    "severity_color",
]


def severity_color(severity: float | None) -> str:
    """Color of a severity, 0 to 100, as ``#rrggbb``; None is "not assessable".

    Examples
    --------
    >>> severity_color(0)
    '#d8f3e6'
    >>> severity_color(None)
    '#9a9a9a'
    """
    palette = load_knowledge("palette")["severity"]
    if severity is None:
        return str(palette["not_assessable"])
    stops = np.array([rgb_of(stop) for stop in palette["stops"]], float)
    at = np.clip(severity, 0, 100) / 100 * (len(stops) - 1)
    mixed = [np.interp(at, range(len(stops)), channel) for channel in stops.T]
    return "#" + "".join(f"{round(value):02x}" for value in mixed)


def kind_color(kind: LineKind) -> str:
    """Color of a kind of line, as ``#rrggbb``."""
    return str(load_knowledge("palette")["kind"][kind])


def change_color(name: str) -> str:
    """Color of a direction of change or of a verdict, as ``#rrggbb``."""
    return str(load_knowledge("palette")["change"][name])


def mode_color(mode: Mode) -> str:
    """Color of a plan's points, as ``#rrggbb``."""
    return str(load_knowledge("palette")["plan"][mode])


def rgb_of(color: str) -> tuple[int, int, int]:
    """Parse ``#rrggbb``."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def chrome_color(name: str) -> str:
    """Color of what surrounds the data: ink, paper, rules."""
    return str(load_knowledge("palette")["chrome"][name])
