from __future__ import annotations

import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.errors import KnowledgeError
from facemap.quality import MEASURES
from facemap.quality.rules import Reading, judge, load_rules, parse_rule
from facemap.types import ZONE_IDS, Verdict, View

ROW = {
    "title": "Tilt",
    "unit": "degrees",
    "bad": "high",
    "warn": 5,
    "reject": 10,
    "widens_sd": [1.1, 1.5],
    "advice": {"any": "Mend it by {amount:.0f}."},
    "unknown": {"dark": "It is dark."},
    "reason": "Because.",
}
SEVERITY = {Verdict.PASS: 0, Verdict.WARN: 1, Verdict.REJECT: 2}


def rule(**changes):
    return parse_rule("tilt", {**ROW, **changes})


def test_every_row_is_measured_and_every_measure_has_a_row():
    assert [r.id for r in load_rules()] == list(MEASURES)


def test_every_row_says_why_its_limits_are_what_they_are():
    for row in load_rules():
        assert len(row.reason + row.source) > 20, row.id


def test_every_row_has_a_sentence_for_each_case():
    for row in load_rules():
        for sentence in (*row.advice.values(), *row.unknown.values()):
            assert sentence[0].isupper() or sentence.startswith("{amount"), sentence
            assert sentence.endswith("."), sentence


def test_advice_asks_for_no_number_but_the_measured_one():
    for row in load_rules():
        for sentence in row.advice.values():
            names = {name for _, name, _, _ in string.Formatter().parse(sentence)}
            assert names <= {None, "amount"}, row.id


def test_no_row_concerns_a_zone_that_does_not_exist():
    for row in load_rules():
        for zones in (row.zones, *row.zones_by_case.values()):
            assert set(zones) <= set(ZONE_IDS)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"warm": 3}, "unknown key warm"),
        ({"bad": "big"}, "bad must be"),
        ({"widens_sd": [0.9, 1.0]}, "widens_sd"),
        ({"widens_sd": [1.0]}, "missing or of the wrong kind"),
        ({"reason": ""}, "neither a reason nor a source"),
        ({"zones": ["nose"]}, "unknown zone nose"),
        ({"reject": 4}, "milder than warn"),
        ({"bad": "low", "reject": 12}, "milder than warn"),
        ({"advice": "Mend it."}, "missing or of the wrong kind"),
    ],
)
def test_a_faulty_row_is_refused_by_name(change, fault):
    with pytest.raises(KnowledgeError, match=f"check tilt: .*{fault}"):
        rule(**change)


@pytest.mark.parametrize(
    ("bad", "values"),
    [("high", (4, 5, 5.1, 10.1)), ("far", (-5, 5, -5.1, -10.1))],
)
def test_limits_themselves_are_still_good(bad, values):
    verdicts = [
        judge(rule(bad=bad), Reading(v, words={"amount": v}), View.FRONTAL).verdict
        for v in values
    ]
    assert verdicts == [Verdict.PASS, Verdict.PASS, Verdict.WARN, Verdict.REJECT]


@given(
    st.sampled_from(["high", "low", "far"]),
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8),
)
def test_a_worse_value_never_gets_a_better_verdict(bad, values):
    limits = {"warn": -5, "reject": -10} if bad == "low" else {}
    own = rule(bad=bad, **limits)
    badness = {"high": lambda v: v, "low": lambda v: -v, "far": abs}[bad]
    checks = [
        judge(own, Reading(v, words={"amount": v}), View.FRONTAL)
        for v in sorted(values, key=badness)
    ]
    for better, worse in pairwise(checks):
        assert SEVERITY[better.verdict] <= SEVERITY[worse.verdict]
        assert better.widens_sd <= worse.widens_sd


def test_a_pass_has_no_advice_and_widens_nothing():
    check = judge(rule(), Reading(3.0, words={"amount": 3}), View.FRONTAL)
    assert (check.advice, check.widens_sd) == ("", 1.0)


def test_what_cannot_be_judged_passes_and_says_why():
    check = judge(rule(), Reading(None, "dark"), View.FRONTAL)
    assert (check.value, check.verdict) == (None, Verdict.PASS)
    assert check.advice == "It is dark."


def test_the_number_in_the_advice_is_rounded():
    check = judge(rule(), Reading(6.4, words={"amount": 6.4}), View.FRONTAL)
    assert check.advice == "Mend it by 6."


def test_a_view_may_have_limits_of_its_own():
    own = rule(view={"oblique": {"warn": 8, "reject": 20}})
    six = Reading(6.0, words={"amount": 6})
    assert judge(own, six, View.FRONTAL).verdict is Verdict.WARN
    check = judge(own, six, View.OBLIQUE_L)
    assert (check.verdict, check.warn, check.reject) == (Verdict.PASS, 8, 20)


def test_a_reading_may_name_the_zones_it_concerns():
    own = rule(zones=["chin"], zones_by_case={"any": ["neck"]})
    words = {"amount": 9}
    assert judge(own, Reading(9, words=words), View.FRONTAL).zones == ("neck",)
    named = Reading(9, words=words, zones=("forehead",))
    assert judge(own, named, View.FRONTAL).zones == ("forehead",)


def test_a_case_without_words_is_a_fault_of_the_data_file():
    with pytest.raises(KnowledgeError, match="no words for the case 'other'"):
        judge(rule(), Reading(9, "other"), View.FRONTAL)
