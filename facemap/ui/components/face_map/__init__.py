"""The face map: photo, zones, lines and the zone table, in one linked widget."""

from __future__ import annotations

from facemap.ui.components.face_map.payload import face_map_payload
from facemap.ui.components.face_map.widget import face_map

__all__ = ["face_map", "face_map_payload"]
