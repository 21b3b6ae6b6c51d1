"""Rows of packaged tables: each with its id, its sources and its evidence tag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from facemap.errors import KnowledgeError
from facemap.protocol.references import load_references, load_tags
from facemap.resources import load_knowledge
from facemap.types import ZONE_IDS

__all__ = ["both_sides", "packaged_rows", "row_error", "side_of", "zone_stems"]


def packaged_rows(
    name: str, key: str, *, needs: str, may: str = ""
) -> Iterator[Mapping[str, Any]]:
    """Go through the rows of a packaged table, each checked.

    Parameters
    ----------
    name : str
        Of the table, as in `load_knowledge`.
    key : str
        Of the array in it.
    needs, may : str
        Fields beside ``id``, ``sources`` and ``evidence``, parted by spaces.

    Raises
    ------
    KnowledgeError
        With file, row and what is wrong: a field missing or unknown, an id twice, a
        source missing or unknown, an evidence tag unknown.
    """
    wanted = {"id", "sources", "evidence", *needs.split()}
    known = wanted | set(may.split())
    seen: set[str] = set()
    for number, row in enumerate(load_knowledge(name)[key], 1):
        where = (name, key, f"{number} ({row.get('id', 'no id')})")
        if lacking := sorted(wanted - row.keys()):
            raise row_error(*where, f"lacks {', '.join(lacking)}")
        if strange := sorted(row.keys() - known):
            raise row_error(*where, f"has unknown fields: {', '.join(strange)}")
        if row["id"] in seen:
            raise row_error(*where, "has the id of another row")
        seen.add(row["id"])
        if not row["sources"]:
            raise row_error(*where, "has no source")
        if lost := sorted(set(row["sources"]) - load_references().keys()):
            raise row_error(*where, f"cites unknown sources: {', '.join(lost)}")
        if row["evidence"] not in load_tags():
            raise row_error(*where, f"has an unknown evidence tag {row['evidence']!r}")
        if row.get("source_class", row["evidence"]) not in load_tags():
            raise row_error(*where, "has an unknown source_class")
        yield row


def row_error(name: str, key: str, row: str, what: str) -> KnowledgeError:
    """Say what is wrong with which row of which file."""
    return KnowledgeError(f"{name}.toml, {key} {row} {what}")


def zone_stems() -> tuple[str, ...]:
    """Zones as data files name them: without their side.

    Examples
    --------
    >>> zone_stems()[:4]
    ('forehead', 'glabella', 'nasal_root', 'crow_feet')
    """
    return tuple(dict.fromkeys(side_of(zone)[0] for zone in ZONE_IDS))


def side_of(zone: str) -> tuple[str, str]:
    """Part a zone from its side.

    Examples
    --------
    >>> side_of("crow_feet_l"), side_of("chin")
    (('crow_feet', 'l'), ('chin', ''))
    """
    if zone.endswith(("_r", "_l")):
        return zone[:-2], zone[-1]
    return zone, ""


def both_sides(*named: str) -> tuple[str, ...]:
    """Zones of the contract for names with or without a side, in its order.

    Raises
    ------
    ValueError
        One is no zone; the message names it.

    Examples
    --------
    >>> both_sides("chin", "bunny")
    ('bunny_r', 'bunny_l', 'chin')
    >>> both_sides("bunny_l")
    ('bunny_l',)
    """
    found = {zone for zone in ZONE_IDS if {zone, side_of(zone)[0]} & set(named)}
    covered = found | {side_of(zone)[0] for zone in found}
    if strange := sorted(set(named) - covered):
        raise ValueError(", ".join(strange))
    return tuple(zone for zone in ZONE_IDS if zone in found)
