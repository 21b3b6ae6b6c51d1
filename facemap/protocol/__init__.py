"""Knowledge of needling as data: each number with its source and its evidence tag.

Nothing here looks at a photo. Tables that ship with facemap are read by the functions
named ``load_``; they are not yet clinically reviewed, and say so.
"""

from __future__ import annotations

from facemap.protocol.aftercare import Advice, When, load_aftercare
from facemap.protocol.anchors import Anchor, nearest_uv
from facemap.protocol.caps import (
    DepthCap,
    Mode,
    Sex,
    depth_cap_mm,
    load_caps,
    protocol_cap_mm,
)
from facemap.protocol.contraindications import (
    Item,
    StopLevel,
    Washout,
    load_consents,
    load_items,
    load_washouts,
)
from facemap.protocol.danger import (
    DangerShape,
    ShapeKind,
    Structure,
    keepout_radius_mm,
    load_danger,
)
from facemap.protocol.form import (
    QuestionGroup,
    fill_intake,
    intake_text,
    load_question_groups,
)
from facemap.protocol.intake import (
    Answer,
    Consent,
    DrawnZone,
    Intake,
    Lesion,
    Override,
    Palpation,
    Treatment,
    Wish,
    intake_faults,
    load_intake,
    parse_intake,
)
from facemap.protocol.judging import (
    Caution,
    Stop,
    advise_intake,
    judge_intake,
    stopped_zones,
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
from facemap.protocol.whole import check_knowledge, example_text

__all__ = [
    "Advice",
    "Anchor",
    "Answer",
    "Caution",
    "Consent",
    "DangerShape",
    "DepthCap",
    "DrawnZone",
    "Grade",
    "Intake",
    "Item",
    "Lesion",
    "Mode",
    "Muscle",
    "Needle",
    "Offer",
    "Override",
    "Palpation",
    "Protocol",
    "QuestionGroup",
    "Reference",
    "Row",
    "Sex",
    "ShapeKind",
    "Span",
    "Stop",
    "StopLevel",
    "Structure",
    "Technique",
    "Treatment",
    "Washout",
    "When",
    "Wish",
    "advise_intake",
    "check_knowledge",
    "depth_cap_mm",
    "example_text",
    "fill_intake",
    "intake_faults",
    "intake_text",
    "judge_intake",
    "keepout_radius_mm",
    "load_aftercare",
    "load_caps",
    "load_consents",
    "load_danger",
    "load_grades",
    "load_intake",
    "load_items",
    "load_muscles",
    "load_protocol",
    "load_question_groups",
    "load_references",
    "load_tags",
    "load_washouts",
    "load_wording",
    "muscles_behind",
    "nearest_uv",
    "parse_intake",
    "parse_protocol",
    "protocol_cap_mm",
    "protocol_faults",
    "stopped_zones",
]
