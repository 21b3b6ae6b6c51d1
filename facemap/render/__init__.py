"""Draw an analysis: values in, pictures out. Nothing here measures anything."""

from __future__ import annotations

from facemap.render.codec import encode_jpeg, encode_png, shrink
from facemap.render.colors import kind_color, mode_color, severity_color
from facemap.render.facechart import draw_face_chart
from facemap.render.lineface import LineFace, load_line_face
from facemap.render.marks import CLUSTER_SPACINGS
from facemap.render.overlay import draw_overlay
from facemap.render.plan import blocked_outlines, draw_plan
from facemap.render.points import point_clusters

__all__ = [
    "CLUSTER_SPACINGS",
    "LineFace",
    "blocked_outlines",
    "draw_face_chart",
    "draw_overlay",
    "draw_plan",
    "encode_jpeg",
    "encode_png",
    "kind_color",
    "load_line_face",
    "mode_color",
    "point_clusters",
    "severity_color",
    "shrink",
]
