"""Knowledge of needling as data: each number with its source and its evidence tag.

Nothing here looks at a photo. Tables that ship with facemap are read by the functions
named ``load_``; they are not yet clinically reviewed, and say so.
"""

from __future__ import annotations

from facemap.protocol.muscles import Muscle, load_muscles, muscles_behind
from facemap.protocol.references import (
    Grade,
    Reference,
    load_grades,
    load_references,
    load_tags,
)

__all__ = [
    "Grade",
    "Muscle",
    "Reference",
    "load_grades",
    "load_muscles",
    "load_references",
    "load_tags",
    "muscles_behind",
]
