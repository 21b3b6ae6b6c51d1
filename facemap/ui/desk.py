"""What one browser session plans: the intake as far as it is filled in, decisions."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from facemap.planning import (
    Decision,
    Gains,
    Plan,
    Step,
    StepKey,
    Verdict,
    step_key,
    still_meant,
)
from facemap.protocol import (
    Answer,
    Intake,
    Mode,
    Protocol,
    QuestionGroup,
    fill_intake,
    intake_text,
    load_protocol,
)
from facemap.service import Service
from facemap.types import Analysis

__all__ = ["Desk", "Filled", "Rules"]

#: Fields of ``facemap.intake/1``.
Filled = dict[str, Any]


@dataclass(frozen=True)
class _Asked:
    """All that a proposal follows from, beside the photo."""

    intake: str
    protocol: str
    modes: tuple[Mode, ...]
    day: date
    asked_for: tuple[str, ...]
    gains: tuple[tuple[str, float, str], ...]


@dataclass
class Rules:
    """The protocol that a session plans by: one for all its patients."""

    protocol: Protocol = field(default_factory=load_protocol)
    #: Of the clinic's own file; empty for the one that ships.
    name: str = ""


class Desk:
    """The planning of one browser session. Nothing of it is written to disk."""

    def __init__(self, version: int = 0, rules: Rules | None = None) -> None:
        self.filled: Filled = {}
        #: Photos that the answers are meant for, with their names: the first is the
        #: one for which they were given.
        self.meant_for: dict[str, str] = {}
        self.practitioner = ""
        self.rules = Rules() if rules is None else rules
        self.modes: tuple[Mode, ...] = tuple(Mode)
        self.asked_for: tuple[str, ...] = ()
        self.day = date.today()
        self.step = "intake"
        #: Grows where fields must be drawn anew with other values.
        self.version = version
        #: Titles of steps whose decision did not outlive a change, until the next.
        self.undone: tuple[str, ...] = ()
        self._last: tuple[str, _Asked, Plan] | None = None
        #: Steps as proposed last, per photo: without pixels.
        self._proposed: dict[str, tuple[Step, ...]] = {}
        self._decisions: dict[str, dict[StepKey, Decision]] = {}
        self._rounds: Counter[StepKey] = Counter()

    # ---- intake -----------------------------------------------------------------

    def get(self, *path: str) -> Any:  # noqa: ANN401  # as in the intake
        """Give what is filled in at a place of the intake; None where nothing is."""
        found: Any = self.filled
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    def put(self, value: object, *path: str) -> None:
        """Fill in a place of the intake."""
        table = self.filled
        for name in path[:-1]:
            table = table.setdefault(name, {})
        table[path[-1]] = value

    def is_blank(self) -> bool:
        """Tell whether nothing is answered, nor noted, yet."""
        return not _says_anything(self.filled)

    def answer(self, item_id: str) -> Answer:
        """Give the answer to a question."""
        return Answer(self.get("answers", item_id) or Answer.UNKNOWN)

    def set_answer(self, item_id: str, answer: Answer) -> None:
        """Answer a question; a reason to go on in spite of another answer is gone."""
        if answer is not self.answer(item_id):
            self.override(item_id, "")
        self.put(answer.value, "answers", item_id)

    def say_no_to_rest(self, group: QuestionGroup) -> None:
        """Answer all open questions of a group with no."""
        for item in group.items:
            if self.answer(item.id) is Answer.UNKNOWN:
                self.set_answer(item.id, Answer.NO)
        self.version += 1

    def rows(self, key: str) -> list[Filled]:
        """Give the rows of one of the intake's lists."""
        rows: list[Filled] = self.filled.setdefault(key, [])
        return rows

    def set_tenderness(self, muscle: str, side: str, tenderness: float | None) -> None:
        """Note what was found by hand; None takes it back."""
        rows = self.rows("palpation")
        kept = [r for r in rows if (r["muscle"], r["side"]) != (muscle, side)]
        if tenderness is not None:
            found = {"muscle": muscle, "side": side, "tenderness": tenderness}
            kept = sorted([*kept, found], key=lambda r: (r["muscle"], r["side"]))
        self.filled["palpation"] = kept

    def add_outline(self, kind: str, outline_uv: Iterable[Iterable[float]]) -> None:
        """Note skin to keep out of."""
        corners = [[round(float(x), 6) for x in corner] for corner in outline_uv]
        self.rows("lesion").append({"kind": kind, "outline_uv": corners})

    def remove_outline(self, index: int) -> None:
        """Take an outline back."""
        del self.rows("lesion")[index]

    def reason(self, stop_id: str) -> str:
        """Give the reason to go on in spite of a stop; empty where there is none."""
        found = [r["because"] for r in self.rows("override") if r["id"] == stop_id]
        return found[0] if found else ""

    def override(self, stop_id: str, because: str) -> None:
        """Go on in spite of a stop, or with an empty reason no longer."""
        kept = [row for row in self.rows("override") if row["id"] != stop_id]
        if because.strip():
            kept.append({"id": stop_id, "because": because.strip()})
        self.filled["override"] = kept

    def intake_text(self) -> str:
        """Write the intake as it is kept, JSON."""
        return intake_text(self._signed())

    def intake(self) -> Intake:
        """Read the intake.

        Raises
        ------
        IntakeError
            What is filled in makes no intake.
        """
        return fill_intake(self._signed())

    def _signed(self) -> Filled:
        signed = copy.deepcopy(self.filled)
        for row in signed.get("override", ()):
            if self.practitioner.strip():
                row["by"] = self.practitioner.strip()
        return signed

    # ---- plan -------------------------------------------------------------------

    def use_protocol(self, protocol: Protocol | None = None, name: str = "") -> None:
        """Plan by a clinic's own protocol, or by the one that ships again."""
        self.rules.protocol = protocol or load_protocol()
        self.rules.name = name

    def proposal(
        self, service: Service, photo_id: str, analysis: Analysis, gains: Gains
    ) -> Plan:
        """Propose a plan, once for the same intake, protocol, modes and day.

        Decisions on a former proposal stay where the step is the same; the titles of
        the others are in `undone`.
        """
        asked = _Asked(
            self.intake_text(),
            self.rules.protocol.sha256,
            self.modes,
            self.day,
            self.asked_for,
            tuple((zone, *gain) for zone, gain in sorted(gains.items())),
        )
        if self._last is not None and self._last[:2] == (photo_id, asked):
            return self._last[2]
        plan = service.plan(
            analysis,
            self.intake(),
            day=self.day,
            protocol=self.rules.protocol,
            modes=self.modes,
            asked_for=self.asked_for,
            gains=gains,
        )
        decisions = self.decisions(photo_id)
        before = self._proposed.get(photo_id, plan.steps)
        kept = still_meant(before, plan.steps, decisions)
        self.undone = tuple(key[1] for key in decisions if key not in kept)
        # The keys alone: of a mapping, a counter would add the values.
        self._rounds.update(list(decisions))
        self._decisions[photo_id] = kept
        self._proposed[photo_id] = plan.steps
        self._last = (photo_id, asked, plan)
        return plan

    def decisions(self, photo_id: str) -> dict[StepKey, Decision]:
        """Give what is decided on the plan of a photo."""
        return self._decisions.setdefault(photo_id, {})

    def decision(self, photo_id: str, step: Step) -> Decision:
        """Give what is decided of a step."""
        return self.decisions(photo_id).get(step_key(step), Decision())

    def decide(self, photo_id: str, step: Step, **changes: Any) -> None:  # noqa: ANN401
        """Change what is decided of a step."""
        self.undone = ()
        decision = replace(self.decision(photo_id, step), **changes)
        decisions = self.decisions(photo_id)
        if decision == Decision():
            decisions.pop(step_key(step), None)
        else:
            decisions[step_key(step)] = decision

    def decide_all(
        self, photo_id: str, steps: Iterable[Step], verdict: Verdict
    ) -> None:
        """Accept or reject several steps."""
        for step in steps:
            self.decide(photo_id, step, verdict=verdict)
            self._rounds[step_key(step)] += 1

    def switch_point(self, photo_id: str, step: Step, number: int) -> None:
        """Remove a point, or take it back."""
        removed = self.decision(photo_id, step).removed ^ {number}
        self.decide(photo_id, step, removed=removed)
        self._rounds[step_key(step)] += 1

    def round_of(self, step: Step) -> int:
        """Give a number that grows when a step is decided on elsewhere.

        Its fields are then drawn anew, with what was decided.
        """
        return self._rounds[step_key(step)]


def _says_anything(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_says_anything(inside) for inside in value.values())
    return value not in (None, "", Answer.UNKNOWN.value, [])
