"""The plan as a document: of the contract's form, and honest about itself."""

from __future__ import annotations

import copy
import json
import re
from datetime import date

import pytest

from facemap.documents import (
    check_document,
    gains_in,
    plan_document,
    to_json,
    validate_document,
)
from facemap.documents.plan import plan_faults
from facemap.errors import DocumentError
from facemap.planning import make_plan
from facemap.protocol import (
    example_text,
    load_protocol,
    load_references,
    parse_intake,
)
from facemap.resources import load_knowledge

INTAKE = parse_intake(example_text("intake"), source="the example")


@pytest.fixture(scope="module")
def plan(phantom_analysis):
    return make_plan(phantom_analysis, INTAKE, load_protocol(), date(2026, 5, 4))


@pytest.fixture(scope="module")
def document(plan):
    return plan_document(plan)


def test_a_plan_is_valid(document) -> None:
    validate_document(document)
    assert plan_faults(document) == ()
    assert check_document(to_json(document)) == ("facemap.plan/1", ())


def test_it_has_what_the_contract_names(document) -> None:
    assert {
        "protocol",
        "status",
        "stops",
        "intake",
        "steps",
        "keepouts",
        "excluded",
    } < (document.keys())
    step = document["steps"][0]
    assert {
        "zone", "target", "mode", "priority", "why", "points", "spacing_mm", "depth_mm",
        "needle", "passes", "sessions", "interval_days", "evidence", "sources",
        "cautions",
    } < step.keys()  # fmt: skip
    assert {"x_px", "y_px", "u", "v", "angle_deg"} < step["points"][0].keys()
    assert step["needle"].keys() > {"diameter_mm", "length_mm"}
    assert document["status"] == "proposal"
    assert document["protocol"]["reviewed_by"] is None
    assert "Not yet clinically reviewed" in document["notes"][0]
    assert document["intake"]["sha256"] == INTAKE.sha256


def test_the_same_plan_gives_the_same_text(plan, document) -> None:
    assert to_json(plan_document(plan)) == to_json(document)


def test_every_source_is_written_out(document) -> None:
    known = {reference["id"]: reference["text"] for reference in document["references"]}
    assert all(known.values())
    for step in document["steps"]:
        assert set(step["sources"]) <= known.keys()


def broken(document, change):
    copied = copy.deepcopy(document)
    change(copied)
    return plan_faults(copied)


def test_a_point_in_a_shape_is_told(document) -> None:
    eye = next(k for k in document["keepouts"] if k["id"] == "orbit")
    x, y = (sum(axis) / len(axis) for axis in zip(*eye["shape_px"], strict=True))

    def change(copied):
        copied["steps"][0]["points"][0].update(x_px=x, y_px=y)

    assert any("lies inside orbit" in fault for fault in broken(document, change))


@pytest.mark.parametrize(
    ("told", "change"),
    [
        ("above facemap's", lambda d: d["steps"][0]["depth_mm"].update(cap=6.5)),
        ("above its cap", lambda d: d["steps"][0]["depth_mm"].update(default=6.5)),
        ("has none in references", lambda d: d["references"].clear()),
        ("nothing_because", lambda d: d.update(nothing_because="Why not.")),
        ("higher priority", lambda d: d["steps"][-1].update(priority=99.0)),
        ("outside its zone", lambda d: d["steps"][0]["points"][0].update(u=0.9, v=0.9)),
        ("not numbered", lambda d: d["steps"][0]["points"].pop(0)),
        ("steps are not numbered", lambda d: d["steps"][0].update(number=7)),
        ("not among modes", lambda d: d.update(modes=[])),
    ],
)
def test_what_does_not_agree_is_told(document, told, change) -> None:
    assert any(told in fault for fault in broken(document, change))


def test_a_step_in_spite_of_a_stop_is_told(document) -> None:
    stop = {
        "id": "bleeding_disorder",
        "level": "stop_all",
        "zones": ["forehead"],
        "modes": ["dermal", "intramuscular"],
        "message": "Stop.",
        "answer": "yes",
        "evidence": "D",
        "source_class": "C",
        "sources": document["steps"][0]["sources"],
        "overridden_because": None,
    }
    assert any(
        "in spite of" in f for f in broken(document, lambda d: d["stops"].append(stop))
    )
    stop["overridden_because"] = "I say so."
    faults = broken(document, lambda d: d["stops"].append(stop))
    assert any("nothing overrides it" in fault for fault in faults)


def test_a_stopped_plan_is_valid_and_says_why(phantom_analysis) -> None:
    intake = parse_intake('schema = "facemap.intake/1"\nage_years = 17\n')
    made = plan_document(
        make_plan(phantom_analysis, intake, load_protocol(), date(2026, 5, 4))
    )
    assert check_document(json.dumps(made)) == ("facemap.plan/1", ())
    assert made["steps"] == []
    assert "Under 18" in made["nothing_because"]


def test_nothing_forbidden_is_said(phantom_analysis) -> None:
    every = [row.id for row in load_protocol().rows]
    made = make_plan(
        phantom_analysis, INTAKE, load_protocol(), date(2026, 5, 4), asked_for=every
    )
    text = to_json(plan_document(made))
    for pattern in load_knowledge("evidence")["forbidden"]["patterns"]:
        assert not re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE), pattern


def test_the_planning_rules_have_sources() -> None:
    for name, table in load_knowledge("planning").items():
        if name != "schema":
            assert table["sources"]
            assert set(table["sources"]) <= load_references().keys()


def sitting(sha256: str) -> dict:
    def zone(name: str, answer: str, gain: float | None) -> dict:
        return {"id": name, "answer": answer, "gain": gain}

    return {
        "photos": [{"sha256": sha256}],
        "dynamics": [
            {"movement": "frown", "zones": [zone("glabella", "rises", 12.0)]},
            {
                "movement": "brow_raise",
                "zones": [
                    zone("glabella", "rises", 4.0),
                    zone("forehead", "rises", 20.0),
                    zone("chin", "no_change_beyond_noise", 1.0),
                    zone("neck", "not_comparable", None),
                ],
            },
        ],
    }


def test_a_sitting_gives_the_largest_rise_of_each_zone() -> None:
    assert gains_in(sitting("a"), "a") == {
        "glabella": (12.0, "frown"),
        "forehead": (20.0, "brow_raise"),
    }


def test_a_sitting_of_other_photos_is_refused() -> None:
    with pytest.raises(DocumentError, match="does not hold this photo"):
        gains_in(sitting("a"), "b")
