"""The form asks every question once, and what it leaves open stays unknown."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from facemap.errors import KnowledgeError
from facemap.protocol import (
    Answer,
    fill_intake,
    form,
    intake_text,
    load_items,
    load_question_groups,
)


def test_every_question_is_asked_once() -> None:
    asked = [item.id for group in load_question_groups() for item in group.items]
    assert sorted(asked) == sorted(item.id for item in load_items())
    assert all(group.title for group in load_question_groups())


@pytest.mark.parametrize("change", ["drop", "twice"])
def test_a_question_that_is_not_asked_once_is_refused(monkeypatch, change) -> None:
    rows = [
        {"id": g.id, "title": g.title, "items": [i.id for i in g.items]}
        for g in load_question_groups()
    ]
    if change == "drop":
        lost = rows[0]["items"].pop()
    else:
        lost = rows[0]["items"][0]
        rows[1]["items"].append(lost)
    table = MappingProxyType({"group": rows})
    monkeypatch.setattr(form, "load_knowledge", lambda _: table)
    load_question_groups.cache_clear()
    with pytest.raises(KnowledgeError, match=lost):
        load_question_groups()
    load_question_groups.cache_clear()


def test_an_empty_form_says_nothing() -> None:
    intake = fill_intake({})
    assert intake.age_years is None
    assert all(intake.answer(item.id) is Answer.UNKNOWN for item in load_items())


def test_a_zero_is_an_answer() -> None:
    filled = {
        "age_years": 0,
        "palpation": [{"muscle": "masseter", "side": "r", "tenderness": 0}],
    }
    intake = fill_intake(filled)
    assert intake.age_years == 0
    assert intake.palpation[0].tenderness == 0


def test_a_blank_reason_is_none() -> None:
    filled = {"override": [{"id": "anticoagulant", "because": "  "}]}
    assert "override" not in intake_text(filled)
