"""Draw an analysis: values in, pictures out. Nothing here measures anything."""

from __future__ import annotations

from facemap.render.aligned import AlignedPair, align_pair
from facemap.render.blink import draw_blink, encode_blink
from facemap.render.changemap import draw_change_map
from facemap.render.codec import encode_jpeg, encode_png, shrink
from facemap.render.collage import draw_collage
from facemap.render.colors import kind_color, severity_color
from facemap.render.comparison import draw_side_by_side
from facemap.render.looking import LightMatch, match_light
from facemap.render.overlay import draw_overlay
from facemap.render.plan import draw_plan
from facemap.render.residual import draw_registration

__all__ = [
    "AlignedPair",
    "LightMatch",
    "align_pair",
    "draw_blink",
    "draw_change_map",
    "draw_collage",
    "draw_overlay",
    "draw_plan",
    "draw_registration",
    "draw_side_by_side",
    "encode_blink",
    "encode_jpeg",
    "encode_png",
    "kind_color",
    "match_light",
    "severity_color",
    "shrink",
]
