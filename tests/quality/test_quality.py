from __future__ import annotations

import numpy as np
import pytest

from facemap.quality import check_quality
from facemap.quality.rules import load_rules
from facemap.types import Quality, Verdict
from tests.quality.drawing import TONES, check, draw_scene, mirrored

WORST_FIRST = [Verdict.REJECT, Verdict.WARN, Verdict.PASS]


def judge_scene(scene) -> Quality:
    return check_quality(
        scene.photo, scene.frame, scene.view, scene.segmentation, scene.face_map
    )


def verdicts(quality: Quality) -> dict[str, Verdict]:
    return {c.id: c.verdict for c in quality.checks}


def test_a_good_photo_is_faulted_for_nothing_but_its_resolution():
    found = verdicts(judge_scene(draw_scene()))
    warned = {name for name, verdict in found.items() if verdict is not Verdict.PASS}
    assert warned == {"resolution", "face_width"}


def test_the_checks_come_in_the_order_of_the_data_file():
    quality = judge_scene(draw_scene())
    assert [c.id for c in quality.checks] == [rule.id for rule in load_rules()]


def test_the_verdict_is_that_of_the_worst_check():
    for scene in (draw_scene(), draw_scene(yaw_deg=18), draw_scene(blur_mm=2.5)):
        quality = judge_scene(scene)
        found = set(verdicts(quality).values())
        assert quality.verdict is next(v for v in WORST_FIRST if v in found)


def test_every_value_is_a_number_that_json_can_hold():
    scene = draw_scene(fringe=True, glasses=True, beard=True, exposure=4.0)
    for c in judge_scene(scene).checks:
        assert c.value is None or np.isfinite(c.value), c.id


@pytest.mark.parametrize("fault", ["none", "side", "dim"])
def test_verdicts_are_the_same_for_every_skin_tone(fault):
    wishes = {
        "none": {},
        "side": {"light_azimuth_deg": 65, "ambient": 0.35},
        "dim": {"exposure": 0.6},
    }[fault]
    found = {
        name: verdicts(judge_scene(draw_scene(tone=tone, **wishes)))
        for name, tone in TONES.items()
    }
    for name in TONES:
        assert found[name] == found["light"], name


def test_the_same_photo_gives_the_same_checks():
    scene = draw_scene(light_azimuth_deg=30)
    assert judge_scene(scene) == judge_scene(scene)


def test_a_mirrored_face_gets_the_same_verdicts_and_mirrored_advice():
    wishes = {"yaw_deg": 8, "roll_deg": 9, "light_azimuth_deg": 70, "ambient": 0.3}
    one = judge_scene(draw_scene(**wishes))
    other = judge_scene(draw_scene(**vars(mirrored(**wishes))))
    assert verdicts(one) == verdicts(other)
    for a, b in zip(one.checks, other.checks, strict=True):
        if a.id not in ("yaw", "roll", "light_direction", "light_balance"):
            continue
        mirrored_advice = (
            a.advice.replace("left", "#").replace("right", "left").replace("#", "right")
        )
        words = b.advice.split()
        same = [w for w in mirrored_advice.split() if not w.isdigit()]
        assert [w for w in words if not w.isdigit()] == same, a.id
        if a.id == "light_balance":
            assert a.value == pytest.approx(b.value, rel=0.05)
        else:
            assert a.value == pytest.approx(-b.value, abs=5.1), a.id


def test_every_fault_together_still_gets_an_answer_for_every_row():
    scene = draw_scene(
        px_per_mm=2.2, blur_mm=3.0, fringe=True, glasses=True, beard=True, noise=8.0
    )
    quality = judge_scene(scene)
    assert len(quality.checks) == len(load_rules())
    assert all(c.advice for c in quality.checks if c.value is None)
    assert check(scene, "smoothing").value is None
