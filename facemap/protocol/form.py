"""The intake as a form: questions in groups, and an intake from what is filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from facemap.errors import KnowledgeError
from facemap.protocol.contraindications import Item, load_items
from facemap.protocol.intake import Answer, Intake, parse_intake
from facemap.protocol.text import Json
from facemap.resources import load_knowledge

__all__ = ["QuestionGroup", "fill_intake", "intake_text", "load_question_groups"]

_SCHEMA = "facemap.intake/1"
#: What stays when nothing is known of it: the empty answer of a field.
_EMPTY: tuple[object, ...] = (None, "", [], {}, Answer.UNKNOWN)


@dataclass(frozen=True)
class QuestionGroup:
    """Questions that are asked together."""

    id: str
    title: str
    items: tuple[Item, ...]


@cache
def load_question_groups() -> tuple[QuestionGroup, ...]:
    """Read the groups, in their order.

    Raises
    ------
    KnowledgeError
        A question is in no group, in two, or in none that there is.
    """
    items = {item.id: item for item in load_items()}
    rows = load_knowledge("intake_form")["group"]
    asked = [item_id for row in rows for item_id in row["items"]]
    if sorted(asked) != sorted(items):
        odd = {i for i in asked if asked.count(i) > 1} | (set(asked) ^ set(items))
        raise KnowledgeError(
            "intake_form.toml asks these questions not once: " + ", ".join(sorted(odd))
        )
    return tuple(
        QuestionGroup(
            row["id"], row["title"], tuple(items[item_id] for item_id in row["items"])
        )
        for row in rows
    )


def intake_text(filled: Mapping[str, Any]) -> str:
    """Write what is filled in as an intake, ``facemap.intake/1``, in JSON.

    Parameters
    ----------
    filled : mapping
        Fields of the intake. Empty ones are left out, which leaves them unknown; so
        are zones of an answer that is not yes, and overrides without a reason.

    Examples
    --------
    >>> print(intake_text({"age_years": 46, "answers": {"needle_phobia": "unknown"}}))
    {
     "schema": "facemap.intake/1",
     "age_years": 46
    }
    <BLANKLINE>
    """
    answers = filled.get("answers", {})
    kept = {
        **filled,
        "where": {
            item_id: zones
            for item_id, zones in filled.get("where", {}).items()
            if answers.get(item_id) == Answer.YES
        },
        "override": [
            row for row in filled.get("override", ()) if row["because"].strip()
        ],
    }
    table = {"schema": _SCHEMA, **_without_empty(kept)}
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def fill_intake(filled: Mapping[str, Any]) -> Intake:
    """Make an intake from what is filled in.

    Parameters
    ----------
    filled : mapping
        As in `intake_text`.

    Raises
    ------
    IntakeError
        It is no intake; the message has place and reason.
    """
    return parse_intake(intake_text(filled), source="the form")


def _without_empty(table: Mapping[str, Any]) -> Json:
    kept: Json = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            value = _without_empty(value)
        elif isinstance(value, list | tuple):
            value = [
                _without_empty(row) if isinstance(row, Mapping) else row
                for row in value
            ]
        if value not in _EMPTY:
            kept[key] = value
    return kept
