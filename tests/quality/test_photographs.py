"""The checks on real photographs, through the real stages."""

from __future__ import annotations

import pytest

from facemap.photo import load_photo
from facemap.types import Quality, Verdict
from tests.quality.stages import judge_photo

pytestmark = pytest.mark.faces


def faults(quality: Quality) -> set[str]:
    return {c.id for c in quality.checks if c.verdict is not Verdict.PASS}


@pytest.mark.parametrize("person", ["001", "030", "100"])
def test_a_professional_photo_is_not_faulted_for_how_it_was_taken(faces, person):
    quality = judge_photo(load_photo(faces / "london" / f"{person}_neutral.jpg"))
    assert quality.verdict is Verdict.WARN
    found = faults(quality)
    assert {"resolution", "face_width"} <= found
    taken = {
        *("sharpness", "clipping_high", "clipping_low", "light_balance"),
        *("light_direction", "color_cast", "smoothing", "blocking", "margin"),
    }
    assert not found & taken


@pytest.mark.parametrize("name", ["f_multi", "m_white"])
def test_a_face_averaged_from_many_is_noticed(faces, name):
    assert "averaging" in faults(
        judge_photo(load_photo(faces / "composite" / f"{name}.jpg"))
    )
