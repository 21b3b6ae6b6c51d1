"""Which muscle makes the lines of a zone, and with which movement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from facemap.errors import KnowledgeError
from facemap.protocol.rows import both_sides, packaged_rows

__all__ = ["Muscle", "load_muscles", "muscles_behind"]


@dataclass(frozen=True)
class Muscle:
    """A muscle whose pull folds the skin of some zones.

    Attributes
    ----------
    movements : tuple of str
        What a face does when it acts, as in `facemap.sitting.Shot`; empty where no
        movement that a photo can show tells it.
    zones : tuple of str
        Ids as in `ZONE_IDS`; both sides where there are two. Empty where it folds no
        zone by itself.
    evidence : str
        Tag: how well it is known that it makes these lines.
    sources : tuple of str
        Keys of `load_references`.
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
    muscles = []
    for row in packaged_rows("muscles", "muscle", needs="name movements zones"):
        try:
            zones = both_sides(*row["zones"])
        except ValueError as error:
            raise KnowledgeError(
                f"muscles.toml, {row['id']} names unknown zones: {error}"
            ) from error
        muscles.append(
            Muscle(
                id=row["id"],
                name=row["name"],
                movements=tuple(row["movements"]),
                zones=zones,
                evidence=row["evidence"],
                sources=tuple(row["sources"]),
            )
        )
    return tuple(muscles)


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
