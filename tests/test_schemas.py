"""What does not meet a schema is told in words, with its place."""

import copy
import json

import pytest

from facemap.documents import analysis_document, check_document, parse_document, to_json
from facemap.errors import DocumentError
from facemap.schemas import place


@pytest.fixture(scope="module")
def document(phantom_analysis):
    return analysis_document(phantom_analysis)


def test_the_top_of_a_document_has_a_name_too():
    assert place() == "the document"
    assert place("lines", 0, "path_px", 2) == "lines[0].path_px[2]"


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (
            ("overall", "severity"),
            140,
            "overall.severity is 140, but must be 100 or less",
        ),
        (("overall", "severity"), "x", '"x", but must be a number or null'),
        (
            ("face", "view"),
            "above",
            'face.view is "above", but must be one of "frontal", "oblique_r", ',
        ),
        (("photo", "sha256"), "12", "which is not of the form ^[0-9a-f]{64}$"),
        (("zones", 0, "id"), "neck", 'zones[0].id is "neck", but must be "forehead"'),
        (("zones", 0, "assessable"), 1, "is 1, but must be true or false"),
        (("zones", 0, "severity"), None, "must be a number where assessable is true"),
        (("zones", 0, "orientation_deg"), 180, "but must be less than 180"),
        (("zones", 0, "outline_px"), [[1]], "has 1 entries, but must have 2 or more"),
        (("zones", 0), [], "zones[0] is a list, but must be an object"),
        (("photo",), {}, "photo lacks sha256, file, width_px"),
        (("face", "landmarks_px"), [], "has 0 entries, but must have 478 or more"),
        (("face", "scale", "mm_per_px"), 0, "but must be more than 0"),
        (("lines", 0, "mass"), -1, "lines[0].mass is -1, but must be 0 or more"),
    ],
)
def test_each_kind_of_fault_has_its_sentence(document, path, value, told):
    broken = copy.deepcopy(document)
    part = broken
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    _, faults = check_document(to_json(broken))
    assert any(told in fault for fault in faults), faults
    for fault in faults:
        for python in ("None", "True", "False", "[[", "{'", "'"):
            assert python not in fault
    with pytest.raises(DocumentError, match=r"x\.json is not a valid facemap"):
        parse_document(to_json(broken), source="x.json")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" + 400 * "0"])
def test_a_number_that_no_arithmetic_holds_is_refused(document, number):
    text = to_json(document).replace(
        f'"mm_per_px": {document["face"]["scale"]["mm_per_px"]}',
        f'"mm_per_px": {number}',
    )
    assert json.loads(text) != document
    _, faults = check_document(text)
    assert faults == ("face.scale.mm_per_px is too large a number",)


def test_all_faults_are_told_and_those_at_the_top_first(document):
    broken = copy.deepcopy(document)
    broken["zones"][3]["grade"] = 9
    broken["photo"]["width_px"] = 0
    del broken["overall"]
    _, faults = check_document(to_json(broken))
    assert [fault.split(" ")[0] for fault in faults] == [
        "the",
        "photo.width_px",
        "zones[3].grade",
    ]
