"""Which changes count, of all zones tested at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.comparison import ZoneVerdict
from facemap.comparison.change import judge_family
from facemap.types import ZONE_IDS

SAME = ZoneVerdict.NO_DETECTABLE_CHANGE

deltas = st.dictionaries(
    st.sampled_from(ZONE_IDS),
    st.tuples(st.floats(-60, 60), st.floats(0.3, 8)),
    min_size=1,
)


@given(deltas)
def test_better_falls_and_worse_rises(found):
    _, verdicts = judge_family(found)
    for zone, (delta, sd) in found.items():
        if verdicts[zone] is ZoneVerdict.BETTER:
            assert delta < 0
        if verdicts[zone] is ZoneVerdict.WORSE:
            assert delta > 0
        if abs(delta) < 1.9 * sd:
            assert verdicts[zone] is SAME


@given(deltas)
def test_a_change_in_the_other_direction_is_judged_alike(found):
    _, one = judge_family(found)
    _, other = judge_family({zone: (-d, sd) for zone, (d, sd) in found.items()})
    for zone in found:
        assert (one[zone] is SAME) == (other[zone] is SAME)


@given(deltas, st.sampled_from(ZONE_IDS))
def test_what_stands_out_more_never_counts_less(found, zone):
    delta, sd = found.get(zone, (5.0, 1.0))
    if judge_family(found | {zone: (delta, sd)})[1][zone] is not SAME:
        assert judge_family(found | {zone: (2 * delta, sd)})[1][zone] is not SAME


@given(deltas)
def test_the_threshold_is_that_of_the_verdicts(found):
    family, verdicts = judge_family(found)
    assert family.zones == len(found)
    assert 0.05 / len(found) - 1e-12 <= family.threshold <= 0.05
    counted = [z for z, v in verdicts.items() if v is not SAME]
    assert len(counted) <= round(family.threshold * len(found) / 0.05)


def test_where_nothing_changes_few_comparisons_call_anything_changed():
    rng = np.random.default_rng(1)
    called = 0
    for _ in range(400):
        noise = {zone: (float(rng.normal(0, 2)), 2.0) for zone in ZONE_IDS}
        called += any(v is not SAME for v in judge_family(noise)[1].values())
    assert called <= 0.08 * 400


def test_one_clear_change_among_twenty_zones_is_found():
    still = dict.fromkeys(ZONE_IDS, (0.5, 1.5))
    _, verdicts = judge_family(still | {"neck": (-6.0, 1.5)})
    assert verdicts.pop("neck") is ZoneVerdict.BETTER
    assert set(verdicts.values()) == {SAME}


def test_a_change_that_alone_would_count_does_not_among_twenty():
    alone = {"chin": (-3.3, 1.5)}
    assert judge_family(alone)[1]["chin"] is ZoneVerdict.BETTER
    among = dict.fromkeys(ZONE_IDS, (0.5, 1.5)) | alone
    assert judge_family(among)[1]["chin"] is SAME


@pytest.mark.parametrize("found", [{}])
def test_of_no_zone_nothing_is_said(found):
    family, verdicts = judge_family(found)
    assert family.zones == 0
    assert verdicts == {}
