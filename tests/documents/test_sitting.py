"""A sitting as a document: of the right form, and in agreement with itself."""

from __future__ import annotations

import json

import pytest

from facemap.documents import check_document, parse_document, sitting_document, to_json
from facemap.sitting import combine_shots
from facemap.types import ZONE_IDS, View
from tests.sitting.made import make_shot

FOREHEAD, NECK = ZONE_IDS.index("forehead"), ZONE_IDS.index("neck")


@pytest.fixture(scope="module")
def document():
    shots = [
        make_shot(3, view=View.OBLIQUE_R),
        make_shot(1, {"forehead": 20.004, "neck": None}),
        make_shot(2, {"forehead": 24.331, "neck": None, "chin": None}),
        make_shot(4, {"forehead": 70.0}, movement="brow_raise"),
    ]
    return sitting_document(combine_shots(shots))


def faults(document):
    return check_document(to_json(document))[1]


def test_what_is_written_is_valid_and_survives_the_round_trip(document):
    assert faults(document) == ()
    assert parse_document(to_json(document)) == document


def test_the_zones_of_the_document_are_those_at_rest_from_the_front(document):
    assert (document["view"], document["expression"]) == ("frontal", "rest")
    assert [zone["id"] for zone in document["zones"]] == list(ZONE_IDS)
    forehead = document["zones"][FOREHEAD]
    assert forehead["severity"] == 22.17
    assert forehead["severities"] == [20.0, 24.33]
    assert (forehead["shots"], forehead["of_shots"]) == (2, 2)
    assert forehead["grade"] == 0.89


def test_a_zone_says_from_how_many_shots_it_is(document):
    chin = document["zones"][ZONE_IDS.index("chin")]
    assert (chin["shots"], chin["of_shots"], chin["spread_sd"]) == (1, 2, None)
    neck = document["zones"][NECK]
    assert (neck["shots"], neck["severity"]) == (0, None)
    assert neck["reason"] == "Hidden by hair"


def test_a_muscle_that_is_pointed_to_comes_with_its_sources(document):
    [moved] = document["dynamics"]
    assert moved["zones"][FOREHEAD]["points_to"] == ["frontalis"]
    [muscle] = document["muscles"]
    assert muscle["id"] == "frontalis"
    assert muscle["sources"]
    assert muscle["evidence_means"]


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("zones", FOREHEAD, "severity"), 30.0, "zones is not that of the first"),
        (("view",), "oblique_r", "view is not that of the first"),
        (("photos", 0, "view"), "profile_r", "measurements[2].view is not that of all"),
        (("photos", 0, "sha256"), "f" * 64, "does not hold each of photos once"),
        (("measurements", 1, "zones", 0, "severity"), 60.0, "its shots make it 70.00"),
        (("measurements", 1, "zones", 0, "grade"), 1.0, "grade does not agree"),
        (("measurements", 1, "zones", 0, "shots"), 2, "are not the numbers of its"),
        (("measurements", 1, "zones", 0, "spread_sd"), 2.0, "the number of its shots"),
        (("dynamics", 0, "zones", 0, "gain"), 40.0, "gain is not moved less rest"),
        (("dynamics", 0, "zones", 0, "rest"), 1.0, "the severities that were measured"),
        (("dynamics", 0, "zones", 0, "gain_sd"), None, "do not agree with rest and"),
        (("dynamics", 0, "zones", 1, "points_to"), ["frontalis"], "its answer is no_"),
        (("dynamics", 0, "zones", NECK, "reason"), None, "reason does not agree"),
        (("dynamics", 0, "movement"), "frown", "has no such measurement"),
        (("muscles",), [], "names what muscles does not hold"),
        (("measurements", 0, "zones", 3, "severity"), -1, "but must be 0 or more"),
        (("measurements", 0, "zones", 3, "id"), "neck", 'must be "crow_feet_r"'),
        (("measurements",), [], "measurements has 0 entries"),
    ],
)
def test_a_changed_value_is_found_out(document, path, value, told):
    broken = json.loads(to_json(document))
    part = broken
    for key in path[:-1]:
        part = part[key]
    assert part[path[-1]] != value
    part[path[-1]] = value
    assert any(told in fault for fault in faults(broken)), faults(broken)
