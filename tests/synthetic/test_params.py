"""Values outside their range are refused; the rest is kept as given."""

from __future__ import annotations

import json

import pytest

from facemap.synthetic import HairStyle, PhantomParams, demo_params


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("yaw_deg", 80.0),
        ("ita_deg", -90.0),
        ("camera_distance_mm", 10.0),
        ("size_wh", (10, 900)),
        ("severity", 5.0),
        ("severity", {"forehead": -1.0}),
        ("gray", 1.5),
        ("seed", -1),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        PhantomParams(**{name: value})


def test_an_unknown_zone_is_refused():
    with pytest.raises(ValueError, match="nose_tip"):
        PhantomParams(severity={"nose_tip": 1.0})


def test_zones_that_are_not_named_have_no_wrinkles():
    params = PhantomParams(severity={"chin": 2.0})
    assert params.severity_of("chin") == 2.0
    assert params.severity_of("neck") == 0.0


def test_hair_may_be_given_as_text():
    assert PhantomParams(hair="fringe").hair is HairStyle.FRINGE


def test_topics_have_random_streams_of_their_own():
    params = PhantomParams(seed=3)
    first = params.generator("skin").uniform(size=4)
    assert (first == params.generator("skin").uniform(size=4)).all()
    assert (first != params.generator("hair").uniform(size=4)).any()


def test_parameters_are_plain_json():
    for params in (*demo_params(), PhantomParams(severity={"neck": 1.0})):
        assert json.loads(json.dumps(params.document()))["seed"] == params.seed


def test_the_demo_patient_is_frontal_and_not_square():
    for params in demo_params():
        assert params.yaw_deg == 0
        width, height = params.size_wh
        assert width != height
        assert 3e6 < width * height < 6e6
