"""Knowledge of needling as data: each number with its source and its evidence tag.

Nothing here looks at a photo. Tables that ship with facemap are read by the functions
named ``load_``; they are not yet clinically reviewed, and say so.
"""

from __future__ import annotations

from facemap.protocol.aftercare import Advice, When, load_aftercare
from facemap.protocol.anchors import Anchor, nearest_uv
from facemap.protocol.caps import DepthCap, Mode, Sex, depth_cap_mm, load_caps
from facemap.protocol.danger import (
    DangerShape,
    ShapeKind,
    Structure,
    keepout_radius_mm,
    load_danger,
)
from facemap.protocol.muscles import Muscle, load_muscles, muscles_behind
from facemap.protocol.reading import load_protocol, parse_protocol, protocol_faults
from facemap.protocol.references import (
    Grade,
    Reference,
    load_grades,
    load_references,
    load_tags,
    load_wording,
)
from facemap.protocol.values import Needle, Offer, Protocol, Row, Span, Technique

__all__ = [
    "Advice",
    "Anchor",
    "DangerShape",
    "DepthCap",
    "Grade",
    "Mode",
    "Muscle",
    "Needle",
    "Offer",
    "Protocol",
    "Reference",
    "Row",
    "Sex",
    "ShapeKind",
    "Span",
    "Structure",
    "Technique",
    "When",
    "depth_cap_mm",
    "keepout_radius_mm",
    "load_aftercare",
    "load_caps",
    "load_danger",
    "load_grades",
    "load_muscles",
    "load_protocol",
    "load_references",
    "load_tags",
    "load_wording",
    "muscles_behind",
    "nearest_uv",
    "parse_protocol",
    "protocol_faults",
]
