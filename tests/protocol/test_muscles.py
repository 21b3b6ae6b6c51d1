"""The table of muscles, as shipped."""

from __future__ import annotations

import pytest

from facemap.errors import KnowledgeError
from facemap.protocol import load_muscles, muscles_behind, rows
from facemap.resources import load_knowledge
from facemap.types import ExpressionLabel


def test_every_movement_is_one_that_a_photo_can_show() -> None:
    rules = load_knowledge("frame")["expression"]["label"]
    shown = set(ExpressionLabel) - {"rest", "other"}
    shown |= {rule["action"] for rule in rules if rule["label"] == "other"}
    for muscle in load_muscles():
        assert set(muscle.movements) <= shown, muscle.id


def test_ids_are_unique() -> None:
    ids = [muscle.id for muscle in load_muscles()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("zone", "movement", "muscle"),
    [
        ("forehead", "brow_raise", "frontalis"),
        ("glabella", "frown", "corrugator_supercilii"),
        ("nasal_root", "frown", "procerus"),
        ("crow_feet_l", "smile", "orbicularis_oculi_lateral"),
        ("crow_feet_r", "squint", "orbicularis_oculi_lateral"),
        ("nasolabial_r", "smile", "zygomaticus_major"),
        ("upper_lip", "pucker", "orbicularis_oris_upper"),
        ("bunny_l", "nose_scrunch", "nasalis"),
    ],
)
def test_anatomy_that_any_textbook_has(zone: str, movement: str, muscle: str) -> None:
    assert muscle in {m.id for m in muscles_behind(zone, movement)}


def test_both_sides_have_the_same_muscles() -> None:
    for muscle in load_muscles():
        right = {z for z in muscle.zones if z.endswith("_r")}
        assert {z.removesuffix("_r") + "_l" for z in right} <= set(muscle.zones)


@pytest.mark.parametrize(
    "change",
    [
        {"zones": ["ear"]},
        {"sources": ["hearsay"]},
        {"evidence": "Z"},
        {"name": None},
    ],
)
def test_a_damaged_table_is_refused(monkeypatch, change: dict) -> None:
    table = dict(load_knowledge("muscles"))
    row = {**table["muscle"][0], **change}
    if change.get("name", "") is None:
        del row["name"]
    table["muscle"] = [row]
    monkeypatch.setattr(rows, "load_knowledge", lambda _: table)
    load_muscles.cache_clear()
    try:
        with pytest.raises(KnowledgeError, match=r"muscles\.toml"):
            load_muscles()
    finally:
        load_muscles.cache_clear()
