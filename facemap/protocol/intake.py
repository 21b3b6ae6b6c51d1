"""The intake: what a patient says and a practitioner finds by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from facemap.errors import IntakeError
from facemap.protocol.caps import Mode, Sex
from facemap.protocol.contraindications import StopLevel, load_items, load_washouts
from facemap.protocol.muscles import load_muscles
from facemap.protocol.rows import both_sides
from facemap.protocol.text import Json, called, day_of, parse_table, read_file
from facemap.schemas import form_faults, place

__all__ = [
    "Answer",
    "Consent",
    "DrawnZone",
    "Intake",
    "Lesion",
    "Outline",
    "Override",
    "Palpation",
    "Treatment",
    "Wish",
    "intake_faults",
    "load_intake",
    "parse_intake",
]

_SCHEMA = "facemap.intake/1"
_SKIN_TYPES = ("I", "II", "III", "IV", "V", "VI")
_LISTS = ("treatment", "palpation", "wish", "lesion", "drawn", "override")

#: Corners of a polygon, in the unit that the field's name says.
Outline = tuple[tuple[float, float], ...]


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


class Answer(StrEnum):
    """Unknown is no answer, and never counts as no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Consent:
    """Three consents, each by itself."""

    treatment: Answer = Answer.UNKNOWN
    photo: Answer = Answer.UNKNOWN
    marketing: Answer = Answer.UNKNOWN


@dataclass(frozen=True)
class Treatment:
    """The last one of its kind.

    Attributes
    ----------
    kind : str
        A key of `load_washouts`.
    date : date or None
        None: unknown, which counts as today.
    zones : tuple of str
        Empty: unknown, which counts as all.
    """

    kind: str
    date: date | None
    zones: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Palpation:
    """Tenderness found by hand.

    Attributes
    ----------
    side : str
        ``r`` or ``l``, the patient's own.
    tenderness : float
        0 to 10.
    """

    muscle: str
    side: str
    tenderness: float
    note: str = ""


@dataclass(frozen=True)
class Wish:
    """What the patient would like treated, 0 to 10; both sides where none is named."""

    zones: tuple[str, ...]
    importance: float
    note: str = ""


@dataclass(frozen=True)
class Lesion:
    """Outlined skin in which nothing is planned; one of the outlines is given."""

    kind: str
    outline_px: Outline | None
    outline_uv: Outline | None
    note: str = ""


@dataclass(frozen=True)
class DrawnZone:
    """A zone drawn where the mesh has none; one of the outlines is given."""

    name: str
    mode: Mode
    muscle: str | None
    outline_px: Outline | None
    outline_uv: Outline | None
    note: str = ""


@dataclass(frozen=True)
class Override:
    """Why to go on in spite of a stop."""

    id: str
    because: str
    by: str = ""


@dataclass(frozen=True)
class Intake:
    """What is known of a patient before a plan. Nothing of it is told from a photo.

    Attributes
    ----------
    age_years : int or None
    skin_type : int or None
        Fitzpatrick type, 1 to 6.
    answers : mapping of str to Answer
        By id of `load_items`; what is not there is unknown.
    where : mapping of str to tuple of str
        Zones of an answer; what is not there is unknown, which counts as all.
    treatments_complete : Answer
        Whether `treatments` has all that is recent.
    sha256 : str
        Of the file; empty where there is none.
    """

    filled_on: date | None = None
    age_years: int | None = None
    sex: Sex = Sex.UNKNOWN
    skin_type: int | None = None
    consent: Consent = Consent()
    answers: Mapping[str, Answer] = field(default_factory=_nothing)
    where: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing)
    treatments_complete: Answer = Answer.UNKNOWN
    treatments: tuple[Treatment, ...] = ()
    palpation: tuple[Palpation, ...] = ()
    wishes: tuple[Wish, ...] = ()
    lesions: tuple[Lesion, ...] = ()
    drawn: tuple[DrawnZone, ...] = ()
    overrides: tuple[Override, ...] = ()
    sha256: str = ""

    def answer(self, item_id: str) -> Answer:
        """Give the answer to a question."""
        return self.answers.get(item_id, Answer.UNKNOWN)


def load_intake(path: Path) -> Intake:
    """Read an intake from a file.

    Raises
    ------
    IntakeError
        It cannot be used; the message has file, place and reason.
    """
    return parse_intake(read_file(path, error=IntakeError), source=path.name)


def parse_intake(text: str, *, source: str = "the intake") -> Intake:
    """Read an intake from TOML or JSON.

    Parameters
    ----------
    text : str
    source : str
        Its name, for messages.

    Raises
    ------
    IntakeError
        It cannot be used; the message has place and reason.
    """
    table = parse_table(text, source=source, error=IntakeError)
    faults = intake_faults(table)
    if faults:
        more = len(faults) - 1
        raise IntakeError(
            f"{source}, {faults[0]}" + (f" (and {more} more)" if more else ""),
            hint="Nothing is planned with it. Compare it with the annotated example.",
        )
    consent = table.get("consent", {})
    skin_type = table.get("skin_type", "unknown")
    return Intake(
        filled_on=day_of(table.get("filled_on", "")),
        age_years=table.get("age_years"),
        sex=Sex(table.get("sex", "unknown")),
        skin_type=None if skin_type == "unknown" else _SKIN_TYPES.index(skin_type) + 1,
        consent=Consent(**{key: Answer(value) for key, value in consent.items()}),
        answers=MappingProxyType(
            {key: Answer(value) for key, value in table.get("answers", {}).items()}
        ),
        where=MappingProxyType(
            {key: both_sides(*zones) for key, zones in table.get("where", {}).items()}
        ),
        treatments_complete=Answer(table.get("treatments_complete", "unknown")),
        treatments=tuple(
            Treatment(
                kind=row["kind"],
                date=day_of(row.get("date", "")),
                zones=both_sides(*row.get("zones", ())),
                note=row.get("note", ""),
            )
            for row in table.get("treatment", ())
        ),
        palpation=tuple(Palpation(**row) for row in table.get("palpation", ())),
        wishes=tuple(
            Wish(both_sides(row["zone"]), row["importance"], row.get("note", ""))
            for row in table.get("wish", ())
        ),
        lesions=tuple(
            Lesion(
                kind=row["kind"],
                outline_px=_outline(row, "outline_px"),
                outline_uv=_outline(row, "outline_uv"),
                note=row.get("note", ""),
            )
            for row in table.get("lesion", ())
        ),
        drawn=tuple(
            DrawnZone(
                name=row["name"],
                mode=Mode(row["mode"]),
                muscle=row.get("muscle"),
                outline_px=_outline(row, "outline_px"),
                outline_uv=_outline(row, "outline_uv"),
                note=row.get("note", ""),
            )
            for row in table.get("drawn", ())
        ),
        overrides=tuple(Override(**row) for row in table.get("override", ())),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def intake_faults(table: Json) -> tuple[str, ...]:
    """Say all that is wrong with an intake, a sentence a fault with its place.

    Parameters
    ----------
    table : dict
        As read; dates are text.
    """
    faults = form_faults(table, _SCHEMA) or tuple(_faults(table))
    for key in _LISTS:
        faults = tuple(called(fault, table, key) for fault in faults)
    return faults


def _faults(table: Json) -> Iterator[str]:
    days = {"filled_on": table.get("filled_on", "")}
    days |= {
        place("treatment", at, "date"): row.get("date", "")
        for at, row in enumerate(table.get("treatment", ()))
    }
    for where, text in days.items():
        try:
            day_of(text)
        except ValueError:
            yield f"{where} is no day of the calendar: {text}"
    muscles = {muscle.id for muscle in load_muscles()}
    for key in ("palpation", "drawn"):
        for at, row in enumerate(table.get(key, ())):
            if row.get("muscle") not in {None, *muscles}:
                named = row["muscle"]
                yield f"{place(key, at, 'muscle')} is none that facemap knows: {named}"
    for at, row in enumerate(table.get("drawn", ())):
        if (row["mode"] == Mode.INTRAMUSCULAR) != ("muscle" in row):
            yield f"{place('drawn', at)} needs a muscle if intramuscular, and only then"
    for key in ("lesion", "drawn"):
        for at, row in enumerate(table.get(key, ())):
            if ("outline_px" in row) == ("outline_uv" in row):
                yield f"{place(key, at)} needs either outline_px or outline_uv"
    answers = table.get("answers", {})
    for item_id in table.get("where", {}):
        if answers.get(item_id) != Answer.YES:
            yield f"{place('where', item_id)} is given, but its answer is not yes"
    yield from _override_faults(table)


def _override_faults(table: Json) -> Iterator[str]:
    levels = {item.id: item.level for item in load_items()}
    levels |= dict.fromkeys(load_washouts(), StopLevel.OVERRIDE)
    levels["treatments_unknown"] = StopLevel.OVERRIDE
    never = {"age", "consent_treatment", "consent_photo"}
    seen: set[str] = set()
    for at, row in enumerate(table.get("override", ())):
        where, named = place("override", at), row["id"]
        if named in seen:
            yield f"{where} is for {named}, which has one already"
        seen.add(named)
        if named not in levels and named not in never:
            yield f"{where} is for {named}, which nothing is called"
        elif named in never or levels[named] in (
            StopLevel.STOP_ALL,
            StopLevel.STOP_AREA,
        ):
            yield f"{where} is for {named}, which nothing overrides"


def _outline(row: Json, key: str) -> Outline | None:
    corners = row.get(key)
    return None if corners is None else tuple((x, y) for x, y in corners)
