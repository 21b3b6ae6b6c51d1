"""The checks on phantoms, through the real stages."""

from __future__ import annotations

import pytest

from facemap.synthetic import HairStyle, PhantomParams, draw_phantom
from facemap.types import Photo, Verdict
from tests.quality.stages import judge_photo


@pytest.mark.slow
def test_a_phantom_gets_the_same_verdicts_dark_and_light():
    found = []
    for ita_deg in (45.0, -40.0):
        params = PhantomParams(
            seed=3,
            size_wh=(640, 800),
            hair=HairStyle.NONE,
            severity=0.0,
            ita_deg=ita_deg,
            light_azimuth_deg=10.0,
        )
        photo = Photo(draw_phantom(params).rgb, "0" * 64, "phantom.png")
        quality = judge_photo(photo)
        found.append({c.id: c.verdict for c in quality.checks})
    assert found[0] == found[1]
    assert Verdict.REJECT not in found[0].values()
