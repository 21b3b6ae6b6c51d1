"""An intake judged: what stops a plan, where, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from facemap.protocol.caps import Mode
from facemap.protocol.contraindications import (
    Item,
    StopLevel,
    load_consents,
    load_items,
    load_washouts,
)
from facemap.protocol.intake import Answer, Intake, Override, Treatment
from facemap.protocol.rows import both_sides
from facemap.resources import load_knowledge
from facemap.types import ZONE_IDS

__all__ = ["Caution", "Stop", "advise_intake", "judge_intake", "stopped_zones"]

_BOTH = tuple(Mode)
_INTO = {Mode.DERMAL: "into skin", Mode.INTRAMUSCULAR: "into muscle"}


@dataclass(frozen=True)
class Stop:
    """A reason not to needle.

    Attributes
    ----------
    level : StopLevel
        Never ``caution``.
    zones : tuple of str
        All of them for ``stop_all``.
    modes : tuple of Mode
    answer : Answer
        Unknown where it stops because it is not answered.
    evidence, source_class : str
        Tags: of the level or interval, and of the best source that it rests on.
    overridden_because : str or None
        Only ever given for the level ``override``.
    overridden_by : str
        Who overrode it; empty where the intake does not say.
    override_opens : tuple of Mode
        What an override opens. A stop that is overridden in part is two: one that is
        overridden, and one of the other modes, which holds.
    """

    id: str
    level: StopLevel
    zones: tuple[str, ...]
    modes: tuple[Mode, ...]
    message: str
    answer: Answer
    evidence: str
    source_class: str
    sources: tuple[str, ...]
    overridden_because: str | None = None
    overridden_by: str = ""
    override_opens: tuple[Mode, ...] = _BOTH

    @property
    def holds(self) -> bool:
        """Whether nothing may be planned in its zones and modes."""
        return self.overridden_because is None

    @property
    def said(self) -> str:
        """The message, with what an override left stopped."""
        if not self.holds or set(self.modes) & set(self.override_opens):
            return self.message
        what = " and ".join(_INTO[mode] for mode in self.modes)
        return f"{self.message} The override does not open needling {what}."


@dataclass(frozen=True)
class Caution:
    """What to say with every step in some zones."""

    id: str
    zones: tuple[str, ...]
    message: str
    evidence: str
    sources: tuple[str, ...]


def judge_intake(intake: Intake, today: date) -> tuple[Stop, ...]:
    """Find everything that stops a plan.

    Parameters
    ----------
    intake : Intake
    today : date
        On which the treatment would be. A treatment that lies in its future, or has no
        date, counts as one of today.

    Returns
    -------
    tuple of Stop
        Age and consents first, then questions, then recent treatments. Those with a
        reason given are among them, see `Stop.holds`.

    Examples
    --------
    >>> stops = judge_intake(Intake(age_years=17), date(2026, 5, 4))
    >>> stops[0].message, stops[0].level.value
    ('Under 18: no plan is made.', 'stop_all')
    """
    reasons = {override.id: override for override in intake.overrides}
    found = (*_basics(intake), *_questions(intake), *_treatments(intake, today))
    return tuple(
        part for stop in found for part in _overridden(stop, reasons.get(stop.id))
    )


def advise_intake(intake: Intake) -> tuple[Caution, ...]:
    """Find what is no reason to stop, but to be said."""
    knowledge = load_knowledge("contraindications")
    cautions = []
    young, skin = knowledge["young"], knowledge["skin_type"]
    if intake.age_years is not None and intake.age_years < young["under_years"]:
        cautions.append(_general("age", young["message"], young))
    if intake.skin_type is None:
        cautions.append(_general("skin_type", skin["unknown"], skin))
    elif intake.skin_type >= skin["from_type"]:
        cautions.append(_general("skin_type", skin["message"], skin))
    cautions += [
        Caution(item.id, item.zones, _words(item, answer), item.evidence, item.sources)
        for item in load_items()
        if item.level is StopLevel.CAUTION
        and (answer := intake.answer(item.id)) is not Answer.NO
    ]
    return tuple(cautions)


def stopped_zones(stops: Iterable[Stop], mode: Mode) -> Mapping[str, tuple[Stop, ...]]:
    """Give the zones in which a mode is stopped, each with what stops it.

    Parameters
    ----------
    stops : iterable of Stop
    mode : Mode

    Returns
    -------
    mapping of str to tuple of Stop
        In the order of `ZONE_IDS`; zones that nothing stops are not in it.
    """
    holding = [stop for stop in stops if stop.holds and mode in stop.modes]
    stopped = {
        zone: tuple(stop for stop in holding if zone in stop.zones) for zone in ZONE_IDS
    }
    return {zone: reasons for zone, reasons in stopped.items() if reasons}


def _basics(intake: Intake) -> Iterator[Stop]:
    adult = load_knowledge("contraindications")["adult"]
    if intake.age_years is None or intake.age_years < adult["min_years"]:
        unknown = intake.age_years is None
        yield Stop(
            id="age",
            level=StopLevel.STOP_ALL,
            zones=ZONE_IDS,
            modes=_BOTH,
            message=adult["unknown"] if unknown else adult["message"],
            answer=Answer.UNKNOWN if unknown else Answer.YES,
            evidence=adult["evidence"],
            source_class=adult["source_class"],
            sources=tuple(adult["sources"]),
        )
    for consent in load_consents():
        answer: Answer = getattr(intake.consent, consent.id)
        if answer is not Answer.YES:
            yield Stop(
                id=f"consent_{consent.id}",
                level=consent.level,
                zones=ZONE_IDS,
                modes=_BOTH,
                message=consent.message,
                answer=answer,
                evidence=consent.evidence,
                source_class=consent.source_class,
                sources=consent.sources,
            )


def _questions(intake: Intake) -> Iterator[Stop]:
    for item in load_items():
        answer = intake.answer(item.id)
        if item.level is StopLevel.CAUTION or answer is Answer.NO:
            continue
        said = intake.where.get(item.id, ()) if answer is Answer.YES else ()
        yield Stop(
            id=item.id,
            level=item.level,
            zones=both_sides(*said) if item.where and said else item.zones,
            modes=_BOTH,
            message=_words(item, answer),
            answer=answer,
            evidence=item.evidence,
            source_class=item.source_class,
            sources=item.sources,
            override_opens=item.override_opens,
        )


def _treatments(intake: Intake, today: date) -> Iterator[Stop]:
    for treatment in intake.treatments:
        washout = load_washouts()[treatment.kind]
        # A date to come, like one not known, is no time that has passed.
        passed = 0 if treatment.date is None else max(0, (today - treatment.date).days)
        modes = tuple(mode for mode in Mode if passed < washout.days[mode])
        if not modes:
            continue
        where = treatment.zones if washout.where else ()
        yield Stop(
            id=washout.id,
            level=StopLevel.OVERRIDE,
            zones=both_sides(*where) if where else ZONE_IDS,
            modes=modes,
            message=_wait(treatment, today),
            answer=Answer.UNKNOWN if treatment.date is None else Answer.YES,
            evidence=washout.evidence,
            source_class=washout.source_class,
            sources=washout.sources,
        )
    if intake.treatments_complete is not Answer.YES:
        unknown = load_knowledge("contraindications")["treatments_unknown"]
        yield Stop(
            id="treatments_unknown",
            level=StopLevel.OVERRIDE,
            zones=ZONE_IDS,
            modes=_BOTH,
            message=unknown["message"],
            answer=Answer.UNKNOWN,
            evidence=unknown["evidence"],
            source_class=unknown["source_class"],
            sources=tuple(unknown["sources"]),
        )


def _overridden(stop: Stop, override: Override | None) -> tuple[Stop, ...]:
    """Part a stop into what an override opens and what stays."""
    opened = tuple(mode for mode in stop.modes if mode in stop.override_opens)
    if override is None or stop.level is not StopLevel.OVERRIDE or not opened:
        return (stop,)
    freed = replace(
        stop,
        modes=opened,
        overridden_because=override.because,
        overridden_by=override.by.strip(),
    )
    left = tuple(mode for mode in stop.modes if mode not in opened)
    return (freed, replace(stop, modes=left)) if left else (freed,)


def _words(item: Item, answer: Answer) -> str:
    if answer is Answer.UNKNOWN:
        return f"Not answered: {item.question}"
    return item.message


def _wait(treatment: Treatment, today: date) -> str:
    washout = load_washouts()[treatment.kind]
    if treatment.date is None:
        when = "on a day that is not given"
    elif treatment.date > today:
        when = f"to come on {treatment.date.isoformat()}"
    else:
        when = f"{(today - treatment.date).days} days ago"
    spans = {
        f"{washout.days[mode]} days before needling "
        + ("into skin" if mode is Mode.DERMAL else "into muscle")
        for mode in Mode
    }
    asked = f"sources ask for {washout.minimum_days} to {washout.longest_days}"
    return (
        f"{washout.name} {when}. Wait {' and '.join(sorted(spans))}; "
        f"convention, {asked} days."
    )


def _general(caution_id: str, message: str, row: Mapping[str, Any]) -> Caution:
    return Caution(
        caution_id, ZONE_IDS, message, row["evidence"], tuple(row["sources"])
    )
