"""A comparison, laid out for the pair's script."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from facemap.comparison import Change, LineCounts, ZoneVerdict
from facemap.types import ZONE_IDS
from facemap.ui.components.pair_view import blind_payload, pair_payload
from facemap.ui.prints import Prints

PRINTS = Prints(
    size_wh=(300, 400),
    px_per_mm=2.0,
    before=b"one",
    after=b"two",
    matched=None,
    match_said="",
    change=b"map",
    boxes={zone: (10.0, 20.0, 30.0, 40.0) for zone in ZONE_IDS if zone != "neck"},
)


def change(zone: str, delta: float | None = 0.8, sd: float = 1.735) -> Change:
    least = 1.96 * sd
    verdict = ZoneVerdict.NO_DETECTABLE_CHANGE
    if delta is None:
        verdict = ZoneVerdict.NOT_COMPARABLE
    elif abs(delta) > 2 * least:
        verdict = ZoneVerdict.BETTER if delta < 0 else ZoneVerdict.WORSE
    return Change(
        zone=zone,
        before=30.0,
        after=None if delta is None else 30.0 + delta,
        delta=delta,
        sd=None if delta is None else sd,
        smallest_detectable=None if delta is None else least,
        percent=None,
        length_delta_mm=-12.3,
        depth_delta=None,
        lines=LineCounts(gone=1, same=2),
        verdict=verdict,
        reasons=("The face moves otherwise.",) if delta is None else (),
    )


def lay_out(*changes: Change) -> dict:
    laid = pair_payload(PRINTS, changes, pair_id="a b", labels=("Before", "After"))
    assert json.loads(json.dumps(laid, allow_nan=False)) == laid
    return laid


def test_changed_zones_come_first_and_the_surest_before_the_others() -> None:
    laid = lay_out(
        change("chin"),
        change("forehead", 9.0),
        change("neck", -1.5),
        change("cheek_r", -14.0),
    )
    assert [row["id"] for row in laid["rows"]] == [
        "cheek_r",
        "forehead",
        "neck",
        "chin",
    ]
    assert [row["mark"] for row in laid["rows"]] == ["▼", "▲", "=", "="]


def test_a_zone_without_change_is_told_in_plain_words() -> None:
    [row] = lay_out(change("chin"))["rows"]
    said = "Less than the smallest change these photos could have shown (3.4 points)."
    assert row["sentence"] == said
    assert row["label"] == f"Chin: No detectable change, +0.8 ± 1.7 points. {said}"
    assert row["least"] == "3.4"
    assert not row["tell"]


def test_a_change_that_the_family_does_not_bear_out_is_explained() -> None:
    [row] = lay_out(change("chin", 3.6))["rows"]
    assert row["verdict"] == "no_detectable_change"
    assert "by chance" in row["sentence"]
    assert row["tell"]


@pytest.mark.parametrize("delta", [-30.0, -0.4, 0.0, 12.0])
def test_every_bar_lies_on_the_chart(delta: float) -> None:
    laid = lay_out(change("chin", delta), change("neck", 2.0, sd=0.5))
    for row in laid["rows"]:
        assert row["at"] - row["half"] >= -1e-3
        assert row["at"] + row["half"] <= 1 + 1e-3
    [chin] = [row for row in laid["rows"] if row["id"] == "chin"]
    assert (chin["at"] < 0.5) == (delta < 0)


def test_zones_that_cannot_be_compared_stand_together_with_one_reason() -> None:
    twice = change("upper_lip", None)
    twice = replace(twice, reasons=("the face moves otherwise.",) * 2)
    laid = lay_out(change("cheek_r", None), change("cheek_l", None), twice)
    assert laid["rows"] == []
    assert laid["left_out"] == [
        {"zones": "Both cheeks and upper lip", "reason": "The face moves otherwise."}
    ]


def test_only_zones_that_both_photos_show_can_be_looked_at() -> None:
    laid = lay_out(change("chin"), change("neck"))
    assert [zone["id"] for zone in laid["zones"]] == ["chin"]


def test_a_rater_gets_no_date_name_or_figure() -> None:
    laid = blind_payload(PRINTS, "chin", showing_id="AB 3")
    assert laid["labels"] == ["A", "B"]
    assert laid["modes"] == ["side"]
    assert laid["rows"] == laid["left_out"] == []
    assert laid["match_said"] == ""
    assert [zone["id"] for zone in laid["zones"]] == ["chin"]
