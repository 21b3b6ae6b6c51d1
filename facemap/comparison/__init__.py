"""Two photos of one face: can they be compared, and what changed.

First whether they can be: every way in which they differ has a value, and zones that it
spoils are left out. Then the same skin is measured twice, in one geometry and at one
sharpness, and a change counts only beyond what photos of no change disagree in.
"""

from facemap.comparison.change import Change, Family, LineCounts, ZoneVerdict
from facemap.comparison.comparing import Comparison, compare_sights, judge_zones
from facemap.comparison.registration import Registration
from facemap.comparison.repeatability import (
    Learned,
    Likeness,
    Repeatability,
    learn,
    shipped_sd,
)
from facemap.comparison.sameness import is_copy

__all__ = [
    "Change",
    "Comparison",
    "Family",
    "Learned",
    "Likeness",
    "LineCounts",
    "Registration",
    "Repeatability",
    "ZoneVerdict",
    "compare_sights",
    "is_copy",
    "judge_zones",
    "learn",
    "shipped_sd",
]
