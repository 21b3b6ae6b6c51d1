"""A document that contradicts itself is found out, wherever the lie is told."""

import copy
import json

import numpy as np
import pytest

from facemap.documents import analysis_document, check_document, to_json
from facemap.documents.arithmetic import analysis_faults
from facemap.synthetic import PhantomParams, draw_phantom, phantom_files
from facemap.types import ZONE_IDS


@pytest.fixture(scope="module")
def document(phantom_analysis):
    return analysis_document(phantom_analysis)


@pytest.fixture(scope="module")
def line_zone(document):
    """Place of a zone with at least two lines of different depth."""
    for index, zone in enumerate(document["zones"]):
        depths = {x["depth"] for x in document["lines"] if x["zone"] == zone["id"]}
        if len(depths) > 1:
            return index
    raise AssertionError("the phantom has no such zone")


def faults(document):
    return check_document(to_json(document))[1]


def changed(document, *path_and_value):
    """Return a copy with one value put elsewhere."""
    *path, last, value = path_and_value
    copied = copy.deepcopy(document)
    part = copied
    for key in path:
        part = part[key]
    part[last] = value(part[last]) if callable(value) else value
    return copied


def test_what_facemap_writes_agrees_with_itself(document):
    assert faults(document) == ()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("grade", lambda x: x - 0.02 if x > 2 else x + 0.02),
        ("severity", lambda x: x - 0.5 if x > 50 else x + 0.5),
        ("line_count", lambda x: x + 1),
        ("total_length_mm", lambda x: x + 0.1),
        ("mean_width_mm", lambda x: x + 0.01),
        ("mean_depth", lambda x: x + 0.001),
        ("mean_depth", None),
        ("max_depth", lambda x: x + 0.0002),
        ("orientation_deg", lambda x: (x + 20) % 180),
        ("orientation_deg", None),
        ("severity_sd", None),
        ("area_mm2", 0),
        ("visible", 0),
        ("outline_px", []),
        ("outline_px", lambda x: [[x + 5000, y] for x, y in x]),
    ],
)
def test_a_changed_number_of_a_zone_is_found_at_its_place(
    document, line_zone, name, change
):
    told = faults(changed(document, "zones", line_zone, name, change))
    place = "grade" if name == "severity" else name
    assert any(t.startswith(f"zones[{line_zone}].{place} ") for t in told), told


@pytest.mark.parametrize(
    ("name", "change", "place"),
    [
        ("mass", lambda x: 1.5 * x + 0.001, "lines[0].mass"),
        ("length_mm", lambda x: 20 * x, "lines[0].length_mm"),
        ("path_px", lambda p: [[x - 5000, y] for x, y in p], "lines[0].path_px"),
    ],
)
def test_a_changed_line_is_found_at_its_place(document, name, change, place):
    told = faults(changed(document, "lines", 0, name, change))
    assert any(t.startswith(place) for t in told), told


def test_a_line_that_changes_its_zone_is_missed_in_both(document):
    old = document["lines"][0]["zone"]
    new = next(z["id"] for z in document["zones"] if z["id"] != old)
    told = "\n".join(faults(changed(document, "lines", 0, "zone", new)))
    for zone in (old, new):
        assert f"zones[{ZONE_IDS.index(zone)}].line_count" in told


def test_a_line_in_a_zone_that_cannot_be_judged_is_refused(document):
    zone = ZONE_IDS.index(document["lines"][0]["zone"])
    hidden = {"assessable": False, "reason": "hidden by hair"} | dict.fromkeys(
        ("severity", "severity_sd", "grade")
    )
    told = faults(changed(document, "zones", zone, lambda old: old | hidden))
    assert any(t.startswith("lines[0].zone ") for t in told)


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (("overall", "severity"), lambda x: x + 0.1),
        (("overall", "severity"), None),
        (("overall", "severity_sd"), lambda x: x + 0.1),
        (("overall", "assessed_zones"), lambda x: x - 1),
        (("quality", "verdict"), lambda x: "pass" if x != "pass" else "warn"),
        (("photo", "taken_at"), "last Tuesday"),
    ],
)
def test_a_changed_total_is_found_at_its_place(document, place, change):
    told = faults(changed(document, *place, change))
    assert [t.split(" ")[0] for t in told] == [".".join(place)]


@pytest.mark.parametrize(
    ("use", "source", "off", "place"),
    [
        ("scale", "marker", 0.0, None),
        ("scale", "iris_ipd", 0.0, "face.scale.source"),
        ("disagrees", "marker", 0.0, "face.scale.source"),
        ("disagrees", "iris_ipd", 0.1, None),
        ("scale", "marker", 0.001, "face.scale.mm_per_px"),
    ],
)
def test_a_marker_and_the_scale_from_it_agree(document, use, source, off, place):
    scale = {**document["face"]["scale"], "source": source}
    marker = {
        "corners_px": [[10.0, 10.0], [90.0, 10.0], [90.0, 90.0], [10.0, 90.0]],
        "mm_per_px": scale["mm_per_px"] + off,
        "relative_sd": 0.012,
        "tilt_deg": 3.0,
        "mirrored": False,
        "use": use,
    }
    face = {**document["face"], "scale": scale, "marker": marker}
    told = faults({**document, "face": face})
    assert [t.split(" ")[0] for t in told] == ([place] if place else [])


def test_a_check_that_stands_twice_is_found(document):
    checks = document["quality"]["checks"]
    told = faults(changed(document, "quality", "checks", [*checks, checks[0]]))
    assert told == (
        f"quality.checks[{len(checks)}].id is faces, which is there already",
    )


@pytest.mark.parametrize("seed", range(30))
def test_rounding_alone_is_never_a_fault(document, seed):
    """Sums over lines that were rounded after they were summed."""
    random = np.random.default_rng(seed)
    copied = copy.deepcopy(document)
    exact = {"length_mm": 5e-4, "width_mm": 5e-4, "depth": 5e-5}
    for zone in copied["zones"]:
        own = [x for x in copied["lines"] if x["zone"] == zone["id"]]
        if not own:
            continue
        true = {
            name: np.array([x[name] for x in own])
            + random.uniform(-half, half, len(own))
            for name, half in exact.items()
        }
        length = true["length_mm"]
        zone["total_length_mm"] = round(float(length.sum()), 3)
        for mean, name, decimals in (
            ("mean_width_mm", "width_mm", 3),
            ("mean_depth", "depth", 4),
        ):
            zone[mean] = round(float(true[name] @ length / length.sum()), decimals)
    assert analysis_faults(copied) == ()


@pytest.fixture(scope="module")
def truth():
    params = PhantomParams(size_wh=(200, 260))
    assert draw_phantom(params).params == params
    return json.loads(phantom_files(params, "")[".truth.json"])


def test_the_truth_of_a_phantom_agrees_with_itself(truth):
    assert faults(truth) == ()


@pytest.mark.parametrize(
    ("place", "change", "told"),
    [
        (("width_px",), 201, "params.size_wh"),
        (("zones",), lambda zones: zones[::-1], "zones does not hold"),
        (("masks", "hair", "runs"), [1, 2], "masks.hair.runs covers 3 cells"),
    ],
)
def test_a_changed_truth_is_found_at_its_place(truth, place, change, told):
    [fault] = faults(changed(truth, *place, change))
    assert fault.startswith(told)


# -- what the document says against the knowledge that it was made with


@pytest.fixture(scope="module")
def judged(document):
    """Places of the zones that have a severity."""
    return [i for i, z in enumerate(document["zones"]) if z["severity"] is not None]


def test_a_view_that_is_not_its_yaw_is_found(document):
    told = faults(changed(document, "face", "view", "profile_r"))
    assert [t.split(" ")[0] for t in told] == ["face.view"]


@pytest.mark.parametrize(("yaw_deg", "view"), [(20.0, "frontal"), (20.0, "oblique_r")])
def test_at_the_border_rounding_decides(document, yaw_deg, view):
    face = {**document["face"], "yaw_deg": yaw_deg, "view": view}
    assert faults({**document, "face": face}) == ()


def test_a_load_that_does_not_make_its_severity_is_found(document, judged):
    at = max(judged, key=lambda i: document["zones"][i]["load"])
    told = faults(changed(document, "zones", at, "load", lambda x: 1.1 * x))
    assert [t.split(" ")[0] for t in told] == [f"zones[{at}].severity"]


def test_a_zone_that_hardly_shows_is_not_assessable(document, judged):
    told = faults(changed(document, "zones", judged[0], "visible", 0.02))
    assert [t.split(" ")[0] for t in told] == [f"zones[{judged[0]}].visible"]


def test_a_zone_that_shows_is_assessable(document):
    at = next(i for i, z in enumerate(document["zones"]) if not z["line_count"])
    hidden = {"assessable": False, "reason": "hidden by hair", "visible": 0.9}
    hidden |= dict.fromkeys(
        ("load", "severity", "severity_sd", "grade", "smallest_line_mm")
    )
    told = faults(changed(document, "zones", at, lambda old: old | hidden))
    assert f"zones[{at}].visible" in {t.split(" ")[0] for t in told}


def test_a_photo_too_coarse_has_no_assessable_zone(document, judged):
    scale = {**document["face"]["scale"], "mm_per_px": 0.6}
    told = faults({**document, "face": {**document["face"], "scale": scale}})
    assert f"zones[{judged[0]}].assessable" in {t.split(" ")[0] for t in told}


@pytest.mark.parametrize(
    "change",
    [
        {"facemap": "0.0.9"},
        {"parameters_sha256": "0" * 64},
        {"detector": {"id": "ridge", "version": "0"}},
        {"detector": {"id": "elsewhere", "version": "2"}},
    ],
)
def test_other_knowledge_is_not_measured_against_ours(document, judged, change):
    """Its curves and limits may have been others."""
    at = max(judged, key=lambda i: document["zones"][i]["load"])
    provenance = {**document["provenance"], **change}
    told = changed({**document, "provenance": provenance}, "zones", at, "load", 99.0)
    assert faults(told) == ()
