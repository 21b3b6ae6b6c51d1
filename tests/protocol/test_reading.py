"""Protocols: ours is whole, and a bad one is refused with file, row and reason."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.errors import DocumentError, ProtocolError
from facemap.protocol import (
    Mode,
    Offer,
    Sex,
    depth_cap_mm,
    load_caps,
    load_muscles,
    load_protocol,
    load_references,
    parse_protocol,
    protocol_cap_mm,
    protocol_faults,
)
from facemap.protocol.rows import zone_stems
from facemap.resources import data_bytes

EXAMPLE = data_bytes("examples/protocol.toml").decode()
Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> dict[str, Any]:
    document = tomllib.loads(EXAMPLE)
    change(document)
    return document


# -- ours


def test_every_zone_has_a_dermal_row_and_every_muscle_a_row() -> None:
    protocol = load_protocol()
    dermal = [row.zone for row in protocol.of_mode(Mode.DERMAL)]
    assert dermal == list(zone_stems())
    muscles = {row.muscle for row in protocol.of_mode(Mode.INTRAMUSCULAR)}
    assert muscles == {muscle.id for muscle in load_muscles()}


def test_nothing_of_ours_is_presented_as_reviewed() -> None:
    protocol = load_protocol()
    assert protocol.reviewed_by is None
    assert protocol.unreviewed == protocol.rows


def test_every_row_of_ours_has_sources_that_resolve() -> None:
    protocol = load_protocol()
    for row in protocol.rows:
        cited = {*row.sources, *row.grade.sources}
        cited |= set(row.technique.sources) if row.technique else set()
        assert cited <= protocol.references.keys()
        assert row.sources


def test_what_is_proposed_has_all_its_numbers() -> None:
    for row in load_protocol().rows:
        if row.offer is Offer.OFF:
            assert row.why_off
            continue
        assert row.technique
        assert row.depth_mm
        assert 0 < row.depth_mm.low <= row.depth_mm.high
        assert row.technique.needle.length_mm.high >= row.depth_mm.high
        assert row.spacing_mm
        if row.mode is Mode.INTRAMUSCULAR and row.offer is not Offer.BY_HAND:
            assert len(row.window) >= 3
            assert row.spacing_mm >= 10
            middle = sum(anchor.uv[0] for anchor in row.window) / len(row.window)
            assert (
                middle < 0.5 if row.paired else middle == pytest.approx(0.5, abs=0.01)
            )


def test_skin_is_never_needled_deeper_than_it_is_thick_in_women() -> None:
    female = {
        "forehead": 1.06, "glabella": 1.09, "crow_feet": 0.98, "nasal_root": 1.12,
        "infraorbital": 0.75, "cheek": 1.07, "jawline": 1.09, "neck": 1.16,
    }  # fmt: skip
    for zone, total_mm in female.items():
        cap_mm = depth_cap_mm(Mode.DERMAL, zone, sex=Sex.FEMALE, age_years=30)
        assert cap_mm is not None
        assert cap_mm < total_mm


def test_the_thinner_cap_holds_unless_sex_and_age_say_otherwise() -> None:
    for cap in load_caps():

        def given_(sex, age, cap=cap):
            return depth_cap_mm(cap.mode, cap.target, cap.part, sex=sex, age_years=age)

        assert given_(Sex.MALE, 60) == cap.cap_mm
        lower = cap.cap_mm if cap.lower_mm is None else cap.lower_mm
        assert given_(Sex.FEMALE, 30) == lower
        assert given_(Sex.UNKNOWN, 30) == lower
        assert given_(Sex.MALE, 61) == lower
        assert given_(Sex.MALE, None) == lower


def test_no_zone_and_no_muscle_that_is_proposed_is_without_a_cap() -> None:
    for row in load_protocol().rows:
        if row.depth_mm:
            target = row.muscle or row.zone
            cap_mm = protocol_cap_mm(row.mode, str(target), row.part)
            assert cap_mm is not None
            assert row.depth_mm.high <= cap_mm


def test_the_packaged_protocol_is_read_once_and_has_a_hash() -> None:
    assert load_protocol() is load_protocol()
    assert len(load_protocol().sha256) == 64


# -- a clinic's


def test_the_annotated_example_is_valid() -> None:
    protocol = parse_protocol(EXAMPLE)
    assert protocol.id == "my_clinic"
    assert [row.offer for row in protocol.rows] == ["on", "flag", "off"]
    assert protocol.references["our_rules"].found_at == ("Folder 7, shelf 2",)
    assert set(load_references()) < set(protocol.references)


def test_a_protocol_may_be_json_too() -> None:
    document = tomllib.loads(EXAMPLE)
    again = parse_protocol(json.dumps(document))
    assert again.rows == parse_protocol(EXAMPLE).rows


def reviewed(document: dict[str, Any]) -> None:
    for part in (document, *document["row"]):
        part["reviewed_by"] = "Dr. A. Example"
        part["reviewed_on"] = "2026-05-01"


def test_a_protocol_that_is_reviewed_row_by_row_names_its_reviewer() -> None:
    protocol = parse_protocol(json.dumps(changed(reviewed)))
    assert protocol.reviewed_by == "Dr. A. Example"
    assert protocol.unreviewed == ()


def test_a_file_is_read_and_named(tmp_path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(EXAMPLE.replace("cap = 0.8", "cap = 1.8"), "utf-8")
    with pytest.raises(ProtocolError) as error:
        load_protocol(path)
    assert str(error.value) == (
        "ours.toml, row 1 (forehead): depth_mm.cap is 1.8, above facemap's cap of 1.0 "
        "mm for forehead"
    )
    assert error.value.exit_code == 3
    assert error.value.hint
    with pytest.raises(ProtocolError, match=r"none\.toml does not exist"):
        load_protocol(tmp_path / "none.toml")


BAD: dict[str, tuple[Change, str]] = {
    "no source": (
        lambda d: d["row"][0].update(sources=[]),
        "row 1 (forehead): sources has 0 entries",
    ),
    "lost source": (
        lambda d: d["row"][1]["sources"].append("hearsay"),
        "row 2 (mentalis): sources has what is in no list of sources: hearsay",
    ),
    "technique's lost source": (
        lambda d: d["technique"]["lines"].update(sources=["hearsay"]),
        "technique.lines.sources has what is in no list",
    ),
    "above the cap": (
        lambda d: d["row"][0]["depth_mm"].update(cap=1.01),
        "row 1 (forehead): depth_mm.cap is 1.01, above facemap's cap of 1.0 mm",
    ),
    "muscle above its cap": (
        lambda d: d["row"][1]["depth_mm"].update(cap=8.5),
        "row 2 (mentalis): depth_mm.cap is 8.5, above facemap's cap of 8.0 mm",
    ),
    "default above cap": (
        lambda d: d["row"][0]["depth_mm"].update(default=0.9),
        "row 1 (forehead): depth_mm has a default above its cap",
    ),
    "unknown zone": (
        lambda d: d["row"][0].update(zone="ear"),
        'row 1 (forehead): zone is "ear", but must be one of',
    ),
    "unknown muscle": (
        lambda d: d["row"][1].update(muscle="gluteus"),
        "row 2 (mentalis): muscle is no muscle that facemap knows: gluteus",
    ),
    "muscle without a cap": (
        lambda d: d["row"][1].update(muscle="zygomaticus_major"),
        "row 2 (mentalis): is for zygomaticus_major, for which facemap knows no cap",
    ),
    "unknown key": (
        lambda d: d["row"][0].update(depth=3),
        "row 1 (forehead): has fields that its schema does not know: depth",
    ),
    "unknown key at the top": (
        lambda d: d.update(author="x"),
        "the document has fields that its schema does not know: author",
    ),
    "empty range": (
        lambda d: d["technique"]["lines"]["needle"].update(
            length_mm={"min": 9, "max": 7}
        ),
        "technique.lines.needle.length_mm is an empty range",
    ),
    "empty angle": (
        lambda d: d["row"][0].update(angle_deg={"min": 20, "max": -20}),
        "row 1 (forehead): angle_deg is an empty range",
    ),
    "passes": (
        lambda d: d["technique"]["lines"].update(passes={"default": 3, "max": 2}),
        "technique.lines.passes has a default above its max",
    ),
    "no depth": (
        lambda d: d["row"][0].pop("depth_mm"),
        "row 1 (forehead): lacks depth_mm",
    ),
    "no window": (
        lambda d: d["row"][1].pop("window"),
        "row 2 (mentalis): lacks window",
    ),
    "odd corner": (
        lambda d: d["row"][1]["window"].append({}),
        "row 2 (mentalis): window[4] needs either landmarks or uv",
    ),
    "nowhere to be away from": (
        lambda d: d["row"][1].update(away={"from": "x", "mm": 5, "line": [{}, {}]}),
        "row 2 (mentalis): away.line[0] needs either landmarks or uv",
    ),
    "away from nothing": (
        lambda d: d["row"][1].update(away={"from": "x", "mm": 0, "line": []}),
        "row 2 (mentalis): away",
    ),
    "off without why": (
        lambda d: d["row"][2].pop("why_off"),
        "row 3 (zygomaticus_major): is off, but says nothing in why_off",
    ),
    "unknown technique": (
        lambda d: d["row"][0].update(technique="laser"),
        "row 1 (forehead): technique names 'laser', which there is not",
    ),
    "muscle in the skin": (
        lambda d: d["row"][1].update(technique="lines"),
        "row 2 (mentalis): may not name a muscle: its technique is dermal",
    ),
    "unknown grade": (
        lambda d: d["row"][0].update(grade="high"),
        "row 1 (forehead): grade is none that facemap knows: high",
    ),
    "same id": (
        lambda d: d["row"][1].update(id="forehead"),
        "row 2 (forehead): has the id of another row",
    ),
    "needle too short": (
        lambda d: d["technique"]["muscle"]["needle"].update(
            length_mm={"min": 5, "max": 5}
        ),
        "row 2 (mentalis): depth_mm.cap is deeper than its needle is long",
    ),
    "whole said to be reviewed": (
        lambda d: d.update(reviewed_by="Dr. A", reviewed_on="2026-05-01"),
        "row 1 (forehead): is not reviewed, but the whole is presented as reviewed",
    ),
    "reviewed without a day": (
        lambda d: d["row"][0].update(reviewed_by="Dr. A"),
        "row 1 (forehead): reviewed_by is given, but reviewed_on is not",
    ),
    "reviewed by nobody": (
        lambda d: d["row"][0].update(reviewed_on="2026-05-01"),
        "row 1 (forehead): reviewed_on is given, but nobody in reviewed_by",
    ),
    "reviewed by a dash": (
        lambda d: d["row"][0].update(reviewed_by="-", reviewed_on="2026-05-01"),
        "row 1 (forehead): reviewed_by names nobody",
    ),
    "no such day": (
        lambda d: d["row"][0].update(reviewed_by="Dr. A", reviewed_on="2026-02-30"),
        "row 1 (forehead): reviewed_on is no day of the calendar",
    ),
    "source of ours redefined": (
        lambda d: d["reference"].update(meng2022=d["reference"]["our_rules"]),
        "reference.meng2022 has the id of one of facemap's sources",
    ),
    "source not to be found": (
        lambda d: d["reference"]["our_rules"].pop("address"),
        "reference.our_rules needs one of doi",
    ),
    "another schema": (
        lambda d: d.update(schema="facemap.protocol/2"),
        'schema is "facemap.protocol/2", but must be "facemap.protocol/1"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_protocol_is_refused_with_row_and_reason(name: str) -> None:
    change, told = BAD[name]
    document = changed(change)
    faults = protocol_faults(document)
    assert any(fault.startswith(told) for fault in faults), faults
    with pytest.raises(ProtocolError, match=r"^ours\.toml, "):
        parse_protocol(json.dumps(document), source="ours.toml")


@pytest.mark.parametrize("text", ["[[row", "{", "", "schema = 1", '{"row": [1]}'])
def test_what_is_no_protocol_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match=r"x\.toml"):
        parse_protocol(text, source="x.toml")


@given(st.floats(0.001, 30), st.floats(0.001, 30), st.sampled_from(range(2)))
def test_no_depth_above_the_cap_is_ever_read(low: float, cap: float, at: int) -> None:
    document = changed(
        lambda d: d["row"][at].update(depth_mm={"default": low, "cap": cap})
    )
    limit = (1.0, 8.0)[at]
    if low <= cap <= limit:
        assert protocol_faults(document) == ()
    else:
        assert protocol_faults(document)


def test_a_window_across_the_midline_is_its_own_mirror_image() -> None:
    across = [row for row in load_protocol().rows if row.window and not row.paired]
    assert across
    for row in across:
        corners = {anchor.uv for anchor in row.window}
        assert corners == {anchor.mirrored().uv for anchor in row.window}
