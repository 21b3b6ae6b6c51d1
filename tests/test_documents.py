import json
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.documents import (
    SCHEMA_FILES,
    analysis_document,
    load_schema,
    parse_document,
    to_json,
    validate_document,
)
from facemap.errors import DocumentError
from facemap.types import ZONE_IDS


@pytest.fixture(scope="module")
def document(phantom_analysis):
    return analysis_document(phantom_analysis)


@pytest.mark.parametrize("schema_id", SCHEMA_FILES)
def test_every_schema_is_itself_valid(schema_id):
    jsonschema.Draft202012Validator.check_schema(load_schema(schema_id))


def test_an_analysis_meets_its_schema_and_survives_the_round_trip(document):
    assert parse_document(to_json(document)) == document


def test_all_zones_stand_in_the_order_of_the_contract(document):
    assert tuple(zone["id"] for zone in document["zones"]) == ZONE_IDS


def test_a_zone_has_a_severity_or_a_reason_and_never_both(document):
    for zone in document["zones"]:
        assert (zone["severity"] is None) == (not zone["assessable"])
        assert (zone["reason"] is None) == zone["assessable"]


def test_one_line_per_document_when_asked(document):
    text = to_json(document, indent=None)
    assert text.count("\n") == 1
    assert json.loads(text) == document


def test_a_direction_just_under_180_degrees_is_written_as_0(phantom_analysis):
    flat = [replace(s, orientation_deg=179.997) for s in phantom_analysis.scores]
    lines = [replace(x, orientation_deg=179.997) for x in phantom_analysis.lines]
    changed = replace(phantom_analysis, scores=tuple(flat), lines=tuple(lines))
    document = analysis_document(changed)
    validate_document(document)
    assert {zone["orientation_deg"] for zone in document["zones"]} == {0.0}


def test_not_a_number_is_never_written(document):
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json({**document, "overall": {"severity": float("nan")}})


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("overall", "severity"), 140),
        (("face", "view"), "from_above"),
        (("photo", "sha256"), "1234"),
        (("zones", 0, "id"), "neck"),
        (("zones", 0, "reason"), 7),
        (("face", "landmarks_px"), []),
    ],
)
def test_a_changed_value_is_refused_with_its_place(document, place, value):
    broken = json.loads(json.dumps(document))
    part = broken
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    with pytest.raises(DocumentError, match=str(place[0])):
        validate_document(broken)


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"schema": 3}', "NaN"])
def test_text_that_is_no_document_is_refused_in_one_sentence(text):
    with pytest.raises(DocumentError) as caught:
        parse_document(text, source="x.json")
    assert str(caught.value).startswith("x.json")
    assert caught.value.hint


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_a_document_error(text):
    with pytest.raises(DocumentError):
        parse_document(text)
