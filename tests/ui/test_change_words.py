"""What a comparison says in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from facemap.comparison import ZoneVerdict
from facemap.resources import load_knowledge
from facemap.types import ZONE_IDS, Check, Verdict
from facemap.ui import change_words


@pytest.fixture
def changes(phantom_comparison):
    return phantom_comparison.changes


def changed(change, verdict: ZoneVerdict):
    return replace(change, verdict=verdict)


def test_photos_without_change_are_no_proof_of_none(changes) -> None:
    said = change_words.headline(True, changes)
    assert "not proof" in said.text


def test_what_cannot_be_compared_gives_no_figure(changes) -> None:
    none = [changed(c, ZoneVerdict.NOT_COMPARABLE) for c in changes]
    said = change_words.headline(False, none)
    assert said.verdict == "reject"
    assert said.title == "These photos can't be compared"


def test_changed_zones_are_named_and_the_cause_is_left_open(changes) -> None:
    better = {"cheek_r", "cheek_l", "chin"}
    told = [
        changed(c, ZoneVerdict.BETTER)
        if c.zone in better
        else changed(c, ZoneVerdict.WORSE)
        if c.zone == "neck"
        else changed(c, ZoneVerdict.NO_DETECTABLE_CHANGE)
        for c in changes
    ]
    said = change_words.headline(True, told)
    assert said.verdict == "pass"
    assert said.text.startswith(
        "Lines are less marked in both cheeks and chin; lines are more marked in neck."
    )
    assert said.text.endswith("What caused it a photo cannot tell.")
    told[0] = changed(told[0], ZoneVerdict.NOT_COMPARABLE)
    said = change_words.headline(True, told)
    assert (said.verdict, said.title) == ("warn", "20 of 21 zones can be compared")


def test_every_zone_can_be_named_in_a_sentence() -> None:
    for zone in ZONE_IDS:
        said = change_words.zone_list([zone])
        assert "," not in said
        assert said[0].islower()
    assert change_words.zone_list(ZONE_IDS) == "all zones"


def check(name: str, value: float | None, verdict: Verdict = Verdict.PASS) -> Check:
    row = load_knowledge("comparison")["check"][name]
    warn, reject = row.get("warn"), row.get("reject")
    return Check(
        name, value, row["unit"], warn, reject, verdict, "Do it so.", ("chin",)
    )


def test_every_check_has_a_title_a_value_and_its_limits() -> None:
    for name, row in load_knowledge("comparison")["check"].items():
        one = check(name, 4.6666)
        assert change_words.check_title(one) == row["title"]
        assert change_words.check_value(one)
        assert ("spoils it" in change_words.check_limits(one)) == ("reject" in row)
    assert change_words.check_value(check("yaw", 4.6666)) == "4.7°"
    assert change_words.check_value(check("light", None)) == "can't be judged"
    assert change_words.check_value(check("order", None)) == "no dates"
    assert change_words.check_value(check("view", None, Verdict.REJECT)) == "different"


def test_checks_that_say_the_same_are_one() -> None:
    first = check("expression", 0.5, Verdict.REJECT)
    second = replace(first, value=0.9, zones=("forehead", "chin"))
    other = check("yaw", 4.0, Verdict.WARN)
    [one, same] = change_words.one_each([first, other, second])
    assert one.value == 0.9
    assert one.zones == ("forehead", "chin")
    assert same is other
