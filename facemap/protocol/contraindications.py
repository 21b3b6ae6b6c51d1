"""What stops a plan: the packaged table of contraindications and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from facemap.protocol.caps import Mode
from facemap.protocol.rows import both_sides, packaged_rows, row_error
from facemap.types import ZONE_IDS

__all__ = [
    "Item",
    "StopLevel",
    "Washout",
    "load_consents",
    "load_items",
    "load_washouts",
]

_TABLE = "contraindications"
_WASHOUT = "name days minimum_days longest_days source_class"


class StopLevel(StrEnum):
    """How far a stop reaches."""

    STOP_ALL = "stop_all"
    STOP_AREA = "stop_area"
    OVERRIDE = "override"
    CAUTION = "caution"


@dataclass(frozen=True)
class Item:
    """A question of the intake, or a consent.

    Attributes
    ----------
    zones : tuple of str
        Which zones it concerns.
    where : bool
        Whether the patient says in which zones.
    override_opens : tuple of Mode
        What an override opens; the other modes stay stopped.
    evidence, source_class : str
        Tags: of the level, and of the best source that it rests on.
    """

    id: str
    level: StopLevel
    question: str
    message: str
    zones: tuple[str, ...]
    where: bool
    evidence: str
    source_class: str
    sources: tuple[str, ...]
    override_opens: tuple[Mode, ...] = tuple(Mode)


@dataclass(frozen=True)
class Washout:
    """How long to wait after a treatment.

    Attributes
    ----------
    days : mapping of Mode to int
        What holds.
    minimum_days, longest_days : int
        The shortest and the longest that any source asks for; for words only.
    where : bool
        Whether it concerns the treated zones only.
    evidence, source_class : str
        Tags: of the days, and of the best source that they rest on.
    """

    id: str
    name: str
    days: Mapping[Mode, int]
    minimum_days: int
    longest_days: int
    where: bool
    evidence: str
    source_class: str
    sources: tuple[str, ...]


@cache
def load_items() -> tuple[Item, ...]:
    """Read the questions, in their order.

    Raises
    ------
    KnowledgeError
        With the row and what is wrong with it.
    """
    return tuple(
        _items(
            "item",
            needs="level question message source_class",
            may="zones where override_opens",
        )
    )


@cache
def load_consents() -> tuple[Item, ...]:
    """Read the consents that a plan needs.

    Raises
    ------
    KnowledgeError
        With the row and what is wrong with it.
    """
    return tuple(_items("consent", needs="level message source_class", may=""))


@cache
def load_washouts() -> Mapping[str, Washout]:
    """Read the intervals, by kind of treatment.

    Raises
    ------
    KnowledgeError
        With the row and what is wrong with it.
    """
    found = {}
    for row in packaged_rows(_TABLE, "washout", needs=_WASHOUT, may="where"):
        days = {Mode(mode): number for mode, number in row["days"].items()}
        spread = (row["minimum_days"], *days.values(), row["longest_days"])
        if set(days) != set(Mode) or min(spread) < 0:
            raise row_error(_TABLE, "washout", row["id"], "needs days for each mode")
        if max(spread) != row["longest_days"] or min(spread) != row["minimum_days"]:
            what = "has days outside what its sources ask for"
            raise row_error(_TABLE, "washout", row["id"], what)
        found[row["id"]] = Washout(
            id=row["id"],
            name=row["name"],
            days=days,
            minimum_days=row["minimum_days"],
            longest_days=row["longest_days"],
            where=row.get("where", False),
            evidence=row["evidence"],
            source_class=row["source_class"],
            sources=tuple(row["sources"]),
        )
    return found


def _items(key: str, *, needs: str, may: str) -> list[Item]:
    items = []
    for row in packaged_rows(_TABLE, key, needs=needs, may=may):
        try:
            level = StopLevel(row["level"])
            zones = both_sides(*row["zones"]) if "zones" in row else ZONE_IDS
        except ValueError as error:
            what = f"has an unknown level or zone: {error}"
            raise row_error(_TABLE, key, row["id"], what) from error
        if level is StopLevel.STOP_AREA and not row.get("where"):
            raise row_error(_TABLE, key, row["id"], "stops an area, but of no place")
        if "override_opens" in row and level is not StopLevel.OVERRIDE:
            raise row_error(_TABLE, key, row["id"], "opens what nothing overrides")
        items.append(
            Item(
                id=row["id"],
                level=level,
                question=row.get("question", ""),
                message=row["message"],
                zones=zones,
                where=row.get("where", False),
                evidence=row["evidence"],
                source_class=row["source_class"],
                sources=tuple(row["sources"]),
                override_opens=_opened(key, row),
            )
        )
    return items


def _opened(key: str, row: Mapping[str, Any]) -> tuple[Mode, ...]:
    """Read the modes that an override opens; all where the row does not say."""
    named = set(row.get("override_opens", Mode))
    if not named or not named <= set(Mode):
        what = "has override_opens with no mode, or one that is unknown"
        raise row_error(_TABLE, key, row["id"], what)
    return tuple(mode for mode in Mode if mode in named)
