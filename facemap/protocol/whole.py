"""Whether all packaged knowledge of needling can be read, and agrees with itself."""

from __future__ import annotations

from collections.abc import Callable

from facemap.errors import KnowledgeError
from facemap.protocol.aftercare import load_aftercare
from facemap.protocol.caps import load_caps, protocol_cap_mm
from facemap.protocol.contraindications import load_consents, load_items, load_washouts
from facemap.protocol.danger import load_danger
from facemap.protocol.form import load_question_groups
from facemap.protocol.intake import parse_intake
from facemap.protocol.muscles import load_muscles
from facemap.protocol.reading import load_protocol, parse_protocol
from facemap.protocol.references import load_grades, load_references
from facemap.resources import data_bytes
from facemap.schemas import load_schema

__all__ = ["check_knowledge", "example_text"]


def example_text(name: str) -> str:
    """Give an annotated example, ``intake`` or ``protocol``, as TOML."""
    return data_bytes(f"examples/{name}.toml").decode("utf-8")


def check_knowledge() -> None:
    """Read everything once.

    Raises
    ------
    KnowledgeError
        A packaged file is missing, damaged, or disagrees with another.
    """
    loaders: tuple[Callable[[], object], ...] = (
        load_references,
        load_grades,
        load_muscles,
        load_caps,
        load_protocol,
        load_consents,
        load_items,
        load_question_groups,
        load_washouts,
        load_danger,
        load_aftercare,
    )
    for load in loaders:
        load()
    for row in load_protocol().rows:
        target = row.muscle or row.zone or ""
        if row.depth_mm and protocol_cap_mm(row.mode, target, row.part) is None:
            raise KnowledgeError(f"caps.toml has no cap for {target}")
    asked = set(load_schema("facemap.intake/1")["properties"]["answers"]["properties"])
    if asked != {item.id for item in load_items()}:
        raise KnowledgeError(
            "The schema of the intake asks other questions than it has"
        )
    parse_protocol(example_text("protocol"), source="examples/protocol.toml")
    parse_intake(example_text("intake"), source="examples/intake.toml")
