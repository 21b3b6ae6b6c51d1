"""From a measured face, an intake and a protocol to a plan, for review."""

from __future__ import annotations

from facemap.planning.charting import (
    MuscleSpot,
    charted_keepouts,
    frontal_mm,
    muscle_spots,
    outline_uv,
)
from facemap.planning.decisions import (
    Decided,
    Decision,
    Decisions,
    StepKey,
    Verdict,
    point_name,
    step_key,
)
from facemap.planning.keepouts import Keepout, keepouts_of, landmark_doubt_mm
from facemap.planning.layout import Canvas, Layout, PlanPoint, lay_lines, lay_window
from facemap.planning.plan import PLANNED_BY, Plan, gains_of, make_plan
from facemap.planning.remarks import (
    intake_remarks,
    override_remarks,
    photo_remarks,
)
from facemap.planning.review import REMOVED, decide, still_meant
from facemap.planning.skin import FaceSkin, Spots, skin_of
from facemap.planning.steps import Excluded, Gains, Step

__all__ = [
    "PLANNED_BY",
    "REMOVED",
    "Canvas",
    "Decided",
    "Decision",
    "Decisions",
    "Excluded",
    "FaceSkin",
    "Gains",
    "Keepout",
    "Layout",
    "MuscleSpot",
    "Plan",
    "PlanPoint",
    "Spots",
    "Step",
    "StepKey",
    "Verdict",
    "charted_keepouts",
    "decide",
    "frontal_mm",
    "gains_of",
    "intake_remarks",
    "keepouts_of",
    "landmark_doubt_mm",
    "lay_lines",
    "lay_window",
    "make_plan",
    "muscle_spots",
    "outline_uv",
    "override_remarks",
    "photo_remarks",
    "point_name",
    "skin_of",
    "step_key",
    "still_meant",
]
