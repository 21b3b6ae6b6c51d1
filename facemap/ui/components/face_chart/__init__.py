"""A drawn face to note on where muscles are tender."""

from __future__ import annotations

from facemap.ui.components.face_chart.payload import face_chart_payload
from facemap.ui.components.face_chart.widget import Noted, face_chart

__all__ = ["Noted", "face_chart", "face_chart_payload"]
