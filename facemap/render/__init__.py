"""Draw an analysis: values in, pictures out. Nothing here measures anything."""

from __future__ import annotations

from facemap.render.aligned import AlignedPair, align_pair
from facemap.render.blink import draw_blink, encode_blink
from facemap.render.changemap import draw_change_map
from facemap.render.codec import encode_jpeg, encode_png, shrink
from facemap.render.collage import draw_collage
from facemap.render.colors import kind_color, mode_color, severity_color
from facemap.render.comparison import draw_side_by_side
from facemap.render.facechart import draw_face_chart
from facemap.render.lineface import LineFace, load_line_face
from facemap.render.looking import LightMatch, match_light
from facemap.render.overlay import draw_overlay
from facemap.render.placing import BadgeSpot, badge_spots, shown_box_px
from facemap.render.plan import blocked_outlines, draw_plan
from facemap.render.residual import draw_registration

__all__ = [
    "AlignedPair",
    "BadgeSpot",
    "LightMatch",
    "LineFace",
    "align_pair",
    "badge_spots",
    "blocked_outlines",
    "draw_blink",
    "draw_change_map",
    "draw_collage",
    "draw_face_chart",
    "draw_overlay",
    "draw_plan",
    "draw_registration",
    "draw_side_by_side",
    "encode_blink",
    "encode_jpeg",
    "encode_png",
    "kind_color",
    "load_line_face",
    "match_light",
    "mode_color",
    "severity_color",
    "shown_box_px",
    "shrink",
]
