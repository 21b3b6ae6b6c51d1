"""The panels of HTML: order, words, and nothing from a file that could run."""

from __future__ import annotations

import copy

import pytest
import streamlit as st

from facemap.errors import ResourceError
from facemap.ui.components import markup
from facemap.ui.components.chrome import explain_error
from facemap.ui.components.facts import facts, notes
from facemap.ui.components.quality_panel import quality_panel
from facemap.ui.components.summary import summary


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is put on the page."""
    bodies: list[str] = []
    monkeypatch.setattr(st, "html", bodies.append)
    return bodies


def check(check_id: str, verdict: str, advice: str = "") -> dict:
    return {
        "id": check_id,
        "value": 3.0,
        "unit": "px/mm",
        "warn": 7.0,
        "reject": 2.0,
        "verdict": verdict,
        "advice": advice,
    }


def test_the_worst_check_comes_first(shown: list[str]) -> None:
    checks = [
        check("pitch", "pass"),
        check("resolution", "warn", "Move closer."),
        check("sharpness", "reject", "Hold the camera still."),
    ]
    quality_panel({"verdict": "reject", "checks": checks})
    [body] = shown
    order = [body.index(said) for said in ("Hold the camera", "Move closer", "Nod")]
    assert order == sorted(order)
    assert "1 check passed" in body
    assert "Take it again" in body


def test_a_photo_without_fault_opens_its_checks(shown: list[str]) -> None:
    quality_panel({"verdict": "pass", "checks": [check("pitch", "pass")]})
    assert "<details open>" in shown[0]


def test_the_summary_says_what_can_and_what_cannot_be_said(
    shown: list[str], document
) -> None:
    summary(document)
    nothing = copy.deepcopy(document)
    nothing["overall"] = {"severity": None, "severity_sd": None, "assessed_zones": 0}
    summary(nothing)
    assert " ± " in shown[0]
    assert "Can't be judged" in shown[1]
    assert "None" not in shown[1]


def test_the_facts_give_the_scale_with_uncertainty_and_source(
    shown: list[str], document
) -> None:
    facts(document)
    scale = document["face"]["scale"]
    assert (
        f"{scale['mm_per_px']:.3f} mm/px ± {100 * scale['relative_sd']:.1f} %"
        in (shown[0])
    )
    assert document["photo"]["sha256"][:16] in shown[0]


def test_notes_are_shown_where_there_are_any(shown: list[str]) -> None:
    notes({"notes": []})
    assert shown == []
    notes({"notes": [{"id": "n", "message": "2 px/mm < 7 px/mm"}]})
    assert "2 px/mm &lt; 7 px/mm" in shown[0]


def test_a_bug_is_named_without_a_link_to_anywhere(shown: list[str]) -> None:
    assert explain_error(ZeroDivisionError("of a <secret>")) is True
    assert "ZeroDivisionError" in shown[0]
    assert "secret" not in shown[0]
    assert "http" not in shown[0]


def test_what_facemap_refuses_is_shown_as_a_sentence_and_a_hint(
    shown: list[str],
) -> None:
    assert explain_error(ResourceError("A file is gone", hint="Install again.")) is True
    assert "A file is gone" in shown[0]
    assert "Install again." in shown[0]


def test_text_can_only_be_read() -> None:
    assert markup.text('<a href="x">&') == "&lt;a href=&quot;x&quot;&gt;&amp;"


def test_a_verdict_is_never_told_by_color_alone() -> None:
    marks = {markup.badge(v, "Word") for v in ("pass", "warn", "reject")}
    assert len(marks) == 3
    assert all("Word" in mark for mark in marks)
