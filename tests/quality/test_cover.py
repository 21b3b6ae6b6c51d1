from __future__ import annotations

import pytest

from facemap.types import Verdict
from tests.quality.drawing import check, draw_scene

ROWS = {"forehead_hair": "fringe", "glasses": "glasses", "beard": "beard"}


@pytest.mark.parametrize(("check_id", "cover"), ROWS.items())
def test_a_cover_is_noticed_and_nothing_else_with_it(check_id, cover):
    scene = draw_scene(**{cover: True})
    found = {row: check(scene, row).verdict for row in ROWS}
    assert found.pop(check_id) is Verdict.WARN
    assert set(found.values()) == {Verdict.PASS}


@pytest.mark.parametrize("check_id", ROWS)
def test_a_bare_face_has_no_cover(check_id):
    found = check(draw_scene(), check_id)
    assert (found.value, found.verdict) == (0.0, Verdict.PASS)


def test_glasses_concern_the_zones_that_they_touch():
    zones = check(draw_scene(glasses=True), "glasses").zones
    assert {"infraorbital_r", "infraorbital_l"} <= set(zones)
    assert "forehead" not in zones


def test_the_advice_says_how_much_of_the_forehead_is_hidden():
    found = check(draw_scene(fringe=True), "forehead_hair")
    assert f"covers {found.value:.0f} % of the forehead" in found.advice
    assert 20 < found.value < 70  # the drawn fringe ends at mid-forehead
