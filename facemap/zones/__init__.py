"""Where each zone lies on this photo, and how much of it can be measured."""

from __future__ import annotations

from facemap.zones.mapping import least_visible, map_zones
from facemap.zones.surface import map_surface

__all__ = ["least_visible", "map_surface", "map_zones"]
