"""What an intake stops, and what would lift it, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from facemap.protocol import Answer, Mode, Stop, StopLevel, stopped_zones
from facemap.types import ZONE_IDS
from facemap.ui import words

__all__ = ["ALL_STOPPED", "StopVerdict", "verdict", "what_lifts"]

ALL_STOPPED = "The intake stops the plan"
#: So many missing answers are named; of more, only the first.
_NAMED = 3


@dataclass(frozen=True)
class StopVerdict:
    """The first thing to say of an intake: pass, warn or reject, and why."""

    verdict: str
    title: str
    lines: tuple[str, ...]


def verdict(stops: Sequence[Stop], modes: Sequence[Mode]) -> StopVerdict:
    """Say what is stopped of the modes that are asked for.

    Parameters
    ----------
    stops : sequence of Stop
        As judged, those with a reason given among them.
    modes : sequence of Mode
    """
    holding = [stop for stop in stops if stop.holds]
    where = {mode: tuple(stopped_zones(holding, mode)) for mode in modes}
    if not any(where.values()):
        why = "Every question is answered."
        if holding:
            why = "What is stopped below concerns no needle that is chosen."
        return StopVerdict("pass", "Nothing stops a plan", (why,))
    if _stops_all(holding, modes):
        return StopVerdict("reject", ALL_STOPPED, what_lifts(stops, modes))
    lines = [
        f"{words.MODES[mode]}: {words.zone_names(zones)}."
        for mode, zones in where.items()
        if zones
    ]
    if len(set(where.values())) == 1:
        lines = [f"{words.zone_names(where[modes[0]])}."]
    return StopVerdict(
        "warn",
        "Stopped in some zones or modes",
        (*lines, "The rest is planned. See why below."),
    )


def what_lifts(stops: Iterable[Stop], modes: Sequence[Mode]) -> tuple[str, ...]:
    """Say what would have to be answered or overridden for a plan to be made.

    Returns
    -------
    tuple of str
        Sentences; of stops that by themselves reach all zones, where there are any.
    """
    holding = [s for s in stops if s.holds and set(s.modes) & set(modes)]
    holding = [s for s in holding if len(s.zones) == len(ZONE_IDS)] or holding
    missing = [s.message for s in holding if s.answer is Answer.UNKNOWN]
    answered = [s for s in holding if s.answer is not Answer.UNKNOWN]
    lifted = [s.message for s in answered if s.level is StopLevel.OVERRIDE]
    fixed = [s.message for s in answered if s.level is not StopLevel.OVERRIDE]
    said = []
    if missing:
        n = len(missing)
        named = _sentences(missing[:_NAMED])
        first = f"{words.count(n, 'answer')} missing"
        said.append(
            f"{first}, the first of them: {named}"
            if n > _NAMED
            else f"{first}: {named}"
        )
    if fixed:
        said.append(f"Nothing overrides this: {_sentences(fixed)}")
    if lifted:
        said.append(
            f"Needs a reason to go on, given in the intake: {_sentences(lifted)}"
        )
    return tuple(said)


def _stops_all(holding: Sequence[Stop], modes: Sequence[Mode]) -> bool:
    return any(stop.level is StopLevel.STOP_ALL for stop in holding) or all(
        len(stopped_zones(holding, mode)) == len(ZONE_IDS) for mode in modes
    )


def _sentences(messages: Iterable[str]) -> str:
    return " ".join(map(words.sentence, dict.fromkeys(messages)))
