"""Two photos of one face: can they be compared, and what changed.

First whether they can be: every way in which they differ has a value, and zones that it
spoils are left out. Then the same skin is measured twice, in one geometry and at one
sharpness, and a change counts only beyond what photos of no change disagree in.
"""

from facemap.comparison.change import Change, Family, LineCounts, ZoneVerdict
from facemap.comparison.comparing import Comparison, compare_sights
from facemap.comparison.registration import Registration

__all__ = [
    "Change",
    "Comparison",
    "Family",
    "LineCounts",
    "Registration",
    "ZoneVerdict",
    "compare_sights",
]
