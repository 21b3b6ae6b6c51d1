"""Which muscle makes the lines of a zone, and with which movement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from facemap.errors import KnowledgeError
from facemap.resources import load_knowledge
from facemap.types import ZONE_IDS

__all__ = ["Muscle", "load_muscles", "muscles_behind"]


@dataclass(frozen=True)
class Muscle:
    """A muscle whose pull folds the skin of some zones.

    Attributes
    ----------
    movements : tuple of str
        What a face does when it acts, as in `facemap.sitting.Shot`.
    zones : tuple of str
        Ids as in `ZONE_IDS`; both sides where there are two.
    evidence : str
        How well it is known that it makes these lines; a key of ``evidence`` in
        ``muscles.toml``.
    sources : tuple of str
        Keys of ``source`` in ``muscles.toml``.
    """

    id: str
    name: str
    movements: tuple[str, ...]
    zones: tuple[str, ...]
    evidence: str
    sources: tuple[str, ...]


@cache
def load_muscles() -> tuple[Muscle, ...]:
    """Read the packaged table.

    Raises
    ------
    KnowledgeError
        A row is incomplete, or names a zone or a source that there is not.
    """
    table = load_knowledge("muscles")
    try:
        return tuple(_muscle(row, table) for row in table["muscle"])
    except (KeyError, TypeError) as error:
        raise KnowledgeError(f"muscles.toml lacks or misspells {error}") from error


def muscles_behind(zone: str, movement: str) -> tuple[Muscle, ...]:
    """Muscles that fold a zone when the face makes a movement.

    Examples
    --------
    >>> [muscle.id for muscle in muscles_behind("forehead", "brow_raise")]
    ['frontalis']
    >>> muscles_behind("forehead", "smile")
    ()
    """
    return tuple(
        muscle
        for muscle in load_muscles()
        if zone in muscle.zones and movement in muscle.movements
    )


def _muscle(row: Mapping[str, Any], table: Mapping[str, Any]) -> Muscle:
    zones = tuple(
        zone
        for zone in ZONE_IDS
        if zone.removesuffix("_r").removesuffix("_l") in row["zones"]
    )
    known = {zone.removesuffix("_r").removesuffix("_l") for zone in zones}
    strangers = {
        *(set(row["zones"]) - known),
        *(set(row["sources"]) - set(table["source"])),
        *({row["evidence"]} - set(table["evidence"])),
    }
    if strangers:
        raise KeyError(*sorted(strangers))
    return Muscle(
        id=row["id"],
        name=row["name"],
        movements=tuple(row["movements"]),
        zones=zones,
        evidence=row["evidence"],
        sources=tuple(row["sources"]),
    )
