"""Documents that people write by hand: TOML or JSON, faults with their row."""

from __future__ import annotations

import json
import tomllib

import pytest

from facemap.documents import check_document, parse_document
from facemap.errors import DocumentError
from facemap.protocol import example_text
from facemap.resources import data_bytes

INTAKE, PROTOCOL = example_text("intake"), example_text("protocol")


@pytest.mark.parametrize(
    ("text", "schema_id"),
    [
        (INTAKE, "facemap.intake/1"),
        (PROTOCOL, "facemap.protocol/1"),
        (data_bytes("protocols/dermal.toml").decode(), "facemap.protocol/1"),
        (json.dumps(tomllib.loads(PROTOCOL)), "facemap.protocol/1"),
    ],
)
def test_what_is_shipped_is_valid(text, schema_id) -> None:
    assert check_document(text) == (schema_id, ())
    assert parse_document(text)["schema"] == schema_id


def test_faults_of_form_and_of_sense_name_the_row() -> None:
    deep = PROTOCOL.replace("cap = 0.8", "cap = 3")
    assert check_document(deep)[1] == (
        "row 1 (forehead): depth_mm.cap is 3, above facemap's cap of 1.0 mm for "
        "forehead",
    )
    strange = PROTOCOL.replace("spacing_mm = 3.0", "gap_mm = 3.0")
    assert check_document(strange)[1] == (
        "row 1 (forehead): has fields that its schema does not know: gap_mm",
    )
    maybe = INTAKE.replace('anticoagulant = "no"', 'anticoagulant = "maybe"')
    assert "must be one of" in check_document(maybe)[1][0]


def test_what_is_cut_off_is_refused_by_name() -> None:
    with pytest.raises(DocumentError, match=r"x\.toml is not valid TOML"):
        check_document(PROTOCOL[:-40] + "= [", source="x.toml")
