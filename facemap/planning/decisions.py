"""What a practitioner decides of a proposal, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from facemap.planning.layout import PlanPoint
from facemap.planning.steps import Step
from facemap.protocol import Mode

__all__ = [
    "Decided",
    "Decision",
    "Decisions",
    "StepKey",
    "Verdict",
    "point_name",
    "step_key",
]

#: What a step is called from one plan of a face to the next: its row and its title.
StepKey = tuple[str, str]


class Verdict(StrEnum):
    """Of a step. One that nobody decided on stays a proposal."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Decision:
    """What is decided of one step.

    Attributes
    ----------
    because : str
        Why it is rejected, in the practitioner's words; may be empty.
    removed : frozenset of int
        Numbers of the points that are taken out.
    """

    verdict: Verdict = Verdict.OPEN
    because: str = ""
    removed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Decided:
    """A step as it was proposed, and what became of it.

    Attributes
    ----------
    removed : tuple of PlanPoint
        Points that are taken out of it.
    """

    step: Step
    verdict: Verdict
    because: str
    removed: tuple[PlanPoint, ...]


#: What is decided so far. A step that is not there is open, with all its points.
Decisions = Mapping[StepKey, Decision]


def point_name(step: Step, number: int) -> str:
    """Name a point as pictures do: into muscle by a letter, into skin by its number."""
    if step.mode is Mode.DERMAL:
        return str(number)
    return chr(ord("a") + (number - 1) % 26)


def step_key(step: Step) -> StepKey:
    """Name a step. No two steps of a plan have the same."""
    return step.row, step.title
