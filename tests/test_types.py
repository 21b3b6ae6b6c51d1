"""The values that pass between stages stay what they are, also as copies."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from facemap.types import frozen_mapping


@pytest.fixture(
    params=[lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy],
    ids=["pickle", "deepcopy"],
)
def duplicate(request):
    """A way to make another of the same: to a process, or in this one."""
    return request.param


def test_an_analysis_survives_being_handed_on(phantom_analysis, duplicate):
    again = duplicate(phantom_analysis)
    assert again is not phantom_analysis
    assert again == phantom_analysis


def test_a_copy_is_as_read_only_as_the_first(phantom_analysis, duplicate):
    again = duplicate(phantom_analysis)
    landmarks = again.frame.landmarks
    for array in (again.photo.rgb, landmarks.xy_px, again.face_map.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    for mapping in (landmarks.blendshapes, again.frame.expression.activations):
        with pytest.raises(TypeError, match="item assignment"):
            mapping["smile"] = 1.0


def test_a_frozen_mapping_is_a_copy_and_equals_what_it_froze(duplicate):
    values = {"smile": 0.25, "frown": 0.5}
    frozen = frozen_mapping(values)
    assert frozen == values
    assert list(frozen) == ["smile", "frown"]
    assert duplicate(frozen) == frozen
    values["smile"] = 1.0
    assert frozen["smile"] == 0.25
    assert frozen != values


def test_analyses_that_differ_in_one_number_are_not_equal(phantom_analysis):
    other = copy.deepcopy(phantom_analysis)
    xy_px = np.array(other.frame.landmarks.xy_px)
    xy_px[7, 1] += 1e-9
    object.__setattr__(other.frame.landmarks, "xy_px", xy_px)
    assert other != phantom_analysis
