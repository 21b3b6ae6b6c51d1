"""Draw an analysis: values in, pictures out. Nothing here measures anything."""

from __future__ import annotations

from facemap.render.codec import encode_jpeg, encode_png, shrink
from facemap.render.colors import kind_color, mode_color, severity_color
from facemap.render.facechart import draw_face_chart
from facemap.render.lineface import LineFace, load_line_face
from facemap.render.overlay import draw_overlay
from facemap.render.placing import BadgeSpot, badge_spots, shown_box_px
from facemap.render.plan import blocked_outlines, draw_plan

__all__ = [
    "BadgeSpot",
    "LineFace",
    "badge_spots",
    "blocked_outlines",
    "draw_face_chart",
    "draw_overlay",
    "draw_plan",
    "encode_jpeg",
    "encode_png",
    "kind_color",
    "load_line_face",
    "mode_color",
    "severity_color",
    "shown_box_px",
    "shrink",
]
