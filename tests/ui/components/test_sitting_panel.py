"""The panel of a sitting: what changes first, muscles as pointers only."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st

from facemap.documents import sitting_document
from facemap.sitting import combine_shots
from facemap.types import View
from facemap.ui.components.sitting_panel import sitting_panel
from tests.sitting.made import make_shot


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is put on the page."""
    bodies: list[str] = []
    monkeypatch.setattr(st, "html", bodies.append)
    monkeypatch.setattr(st, "download_button", lambda *_, **__: False)
    return bodies


def document(*shots: Any) -> dict[str, Any]:
    return sitting_document(combine_shots(shots))


def test_zones_that_change_come_first_and_the_others_are_folded_away(
    shown: list[str],
) -> None:
    smile = {"crow_feet_r": 50.0, "nasolabial_l": 80.0, "neck": None}
    sitting_panel(document(make_shot(1), make_shot(2, smile, movement="smile")))
    [body] = shown
    order = [
        "Smiling, against rest",
        "Nasolabial fold, left",
        "+60 ± 14",
        "Crow&#x27;s feet, right",
        "19 other zones",
        "Severity by view and movement",
    ]
    assert [body.find(said) for said in order] == sorted(map(body.find, order))
    assert all(said in body for said in order)
    assert "In movement: Hidden by hair" in body


def test_a_muscle_is_a_pointer_with_sources_and_never_a_finding(
    shown: list[str],
) -> None:
    raised = make_shot(2, {"forehead": 70.0}, movement="brow_raise")
    sitting_panel(document(make_shot(1), raised))
    assert "Frontalis" in shown[0]
    assert "points to a muscle" in shown[0]
    assert "no diagnosis" in shown[0]
    assert "Cotofana" in shown[0]


def test_without_movement_there_are_only_means(shown: list[str]) -> None:
    aside = make_shot(3, view=View.OBLIQUE_R)
    sitting_panel(document(make_shot(1, {"chin": None}), make_shot(2), aside))
    body = shown[0]
    assert "against rest" not in body
    assert "Sources" not in body
    assert "At rest, frontal (2 shots)" in body
    assert "At rest, oblique, right cheek (1 shot)" in body
    assert "1 of 2 shots" in body
    assert "what movement adds cannot be told" in body


def test_nothing_that_changes_is_said_in_words(shown: list[str]) -> None:
    sitting_panel(document(make_shot(1), make_shot(2, movement="frown")))
    assert "No zone changes beyond noise." in shown[0]


def test_the_document_can_be_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(st, "html", lambda _: None)
    monkeypatch.setattr(st, "download_button", lambda *a, **_: asked.append(a))
    sitting_panel(document(make_shot(1), make_shot(2)))
    assert asked[0][2] == "sitting.analysis.json"
    assert '"facemap.sitting/1"' in asked[0][1]
