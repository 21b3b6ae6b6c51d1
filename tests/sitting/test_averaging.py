"""The mean of several shots, and how sure it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.sitting.averaging import average, average_zone
from tests.sitting.made import make_shot, make_zone

SEVERITIES = st.lists(st.floats(0, 100), min_size=1, max_size=6)


def test_one_shot_is_its_own_measurement() -> None:
    mean = average_zone([make_zone(severity=37.0, own_sd=3.0, shared_sd=4.0)])
    assert mean.severity == 37.0
    assert mean.severity_sd == pytest.approx(5.0)
    assert mean.spread_sd is None


def test_with_few_shots_what_they_claim_decides_and_with_many_their_spread() -> None:
    # All shots agree, though each claims 4 points.
    sd = {n: average_zone([make_zone()] * n).severity_sd for n in (1, 2, 4, 64)}
    assert sd[2] == pytest.approx(4 * np.sqrt(4 / 5 / 2))
    assert sd[4] == pytest.approx(4 * np.sqrt(4 / 7 / 4))
    assert sd[64] < 4 / np.sqrt(64) / 3


def test_shots_further_apart_than_they_claim_are_less_sure() -> None:
    near = average_zone([make_zone(severity=s) for s in (28.0, 30.0, 32.0)])
    far = average_zone([make_zone(severity=s) for s in (10.0, 30.0, 50.0)])
    assert near.severity == far.severity == 30.0
    assert far.spread_sd == pytest.approx(20.0)
    assert far.severity_sd > 3 * near.severity_sd


def test_the_stated_sd_is_that_of_repeated_sittings() -> None:
    """Known truth: shots drawn around 40 with the sd that they claim."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(2000):
        drawn = rng.normal(40.0, 4.0, 3)
        found.append(average_zone([make_zone(severity=float(s)) for s in drawn]))
    error = np.array([mean.severity - 40.0 for mean in found])
    stated = np.array([mean.severity_sd for mean in found])
    assert float(np.std(error / stated)) == pytest.approx(1.0, abs=0.08)


def test_what_all_shots_share_is_not_averaged_away() -> None:
    many = average_zone([make_zone(own_sd=4.0, shared_sd=2.0)] * 50)
    assert many.severity_sd == pytest.approx(2.0, rel=0.01)


@given(SEVERITIES)
def test_the_mean_is_plain_and_does_not_follow_the_claims(severities: list) -> None:
    # A shot that claims less does not weigh more.
    shots = [make_zone(severity=s, own_sd=1 + i) for i, s in enumerate(severities)]
    assert average_zone(shots).severity == pytest.approx(np.mean(severities))


@given(SEVERITIES, st.randoms(use_true_random=False))
def test_the_order_of_the_shots_does_not_matter(severities: list, random) -> None:
    shots = [make_zone(severity=s) for s in severities]
    mixed = random.sample(shots, len(shots))
    a, b = average_zone(shots), average_zone(mixed)
    assert a.severity == pytest.approx(b.severity)
    assert a.severity_sd == pytest.approx(b.severity_sd)


def test_a_zone_hidden_in_one_shot_is_averaged_over_the_others() -> None:
    mean = average_zone([make_zone(severity=s) for s in (20.0, None, 30.0)])
    assert mean.severity == 25.0
    assert mean.n_shots == 2
    assert mean.severities == (20.0, None, 30.0)
    assert mean.reason is None


def test_a_zone_hidden_in_all_shots_says_why_once() -> None:
    mean = average_zone([make_zone(severity=None)] * 3)
    assert mean.severity is None
    assert mean.severity_sd is None
    assert mean.reason == "Hidden by hair"


def test_the_face_is_the_mean_of_its_zones_by_area() -> None:
    measured = average([make_shot(1, {"neck": None, "forehead": 40.0})])
    assert measured.overall.assessed_zones == 20
    assert measured.overall.severity == pytest.approx((19 * 20 + 40) / 20)
    assert measured.overall.severity_sd == pytest.approx(np.sqrt(17 / 20))


def test_a_face_of_which_nothing_can_be_judged_has_no_severity() -> None:
    zones = make_shot().zones
    measured = average([make_shot(1, {zone.zone: None for zone in zones})])
    assert measured.overall.severity is None
    assert measured.overall.assessed_zones == 0
