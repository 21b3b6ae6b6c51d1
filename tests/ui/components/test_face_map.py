"""The face map's data. What the browser makes of it is tested in the browser."""

from __future__ import annotations

import copy
import json
import re

import pytest

from facemap.render import severity_color
from facemap.types import ZONE_IDS
from facemap.ui.components.face_map import face_map_payload


@pytest.fixture(scope="module")
def hidden_document(document):
    """The phantom's, with a chin that cannot be judged."""
    hidden = copy.deepcopy(document)
    [chin] = [zone for zone in hidden["zones"] if zone["id"] == "chin"]
    chin |= dict.fromkeys(("severity", "severity_sd", "grade"))
    chin |= {"assessable": False, "reason": "Hidden by a beard"}
    return hidden


def test_every_zone_is_there_once_the_most_severe_first(hidden_document) -> None:
    zones = face_map_payload(hidden_document, photo_id="a")["zones"]
    assert sorted(z["id"] for z in zones) == sorted(ZONE_IDS)
    judged = [z["severity"] for z in zones if z["judged"]]
    assert judged == sorted(judged, reverse=True)
    assert [z["judged"] for z in zones] == sorted(
        (z["judged"] for z in zones), reverse=True
    )


def test_a_zone_that_cannot_be_judged_has_a_reason_and_no_figures(
    hidden_document,
) -> None:
    zones = face_map_payload(hidden_document, photo_id="a")["zones"]
    [chin] = [zone for zone in zones if zone["id"] == "chin"]
    assert chin["reason"] == "Can't be judged: hidden by a beard"
    assert chin["label"] == "Chin: Can't be judged: hidden by a beard"
    assert chin["cells"] == []
    assert chin["color"] == severity_color(None)


def test_a_zone_says_its_severity_with_the_uncertainty(document) -> None:
    for zone in face_map_payload(document, photo_id="a")["zones"]:
        if zone["judged"]:
            assert re.fullmatch(r"\d+ ± \d+", zone["said"])
            assert zone["label"] == f"{zone['name']}: severity {zone['said']} of 100"
            assert zone["color"] == severity_color(zone["severity"])


def test_paths_keep_the_documents_coordinates(document) -> None:
    payload = face_map_payload(document, photo_id="a")
    by_id = {zone["id"]: zone for zone in payload["zones"]}
    for zone in document["zones"]:
        drawn = re.findall(r"-?[\d.]+", by_id[zone["id"]]["path"])
        flat = [value for point in zone["outline_px"] for value in point]
        assert [float(n) for n in drawn] == pytest.approx(flat, abs=0.051)
    assert len(payload["lines"]) == len(document["lines"])


def test_kinds_are_counted(document) -> None:
    kinds = face_map_payload(document, photo_id="a")["kinds"]
    assert sum(kind["count"] for kind in kinds) == len(document["lines"])
    assert len({kind["color"] for kind in kinds}) == 3


def test_an_empty_outline_draws_nothing(document) -> None:
    cut_off = copy.deepcopy(document)
    cut_off["zones"][0]["outline_px"] = []
    zones = face_map_payload(cut_off, photo_id="a")["zones"]
    [forehead] = [zone for zone in zones if zone["id"] == "forehead"]
    assert forehead["path"] == ""
    assert forehead["center"] is None


def test_the_payload_is_plain_json(document) -> None:
    payload = face_map_payload(document, photo_id="a")
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload
