"""Change where there is one, none where there is none, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import cv2
import numpy as np
import pytest

from facemap.comparison import ZoneVerdict
from facemap.documents import (
    check_document,
    comparison_document,
    dated_document,
    to_json,
)
from facemap.types import (
    ZONE_IDS,
    ExpressionLabel,
    Verdict,
    View,
    frozen_mapping,
)
from tests.comparison.seen import compare, see, see_picture, shot_again

CHANGED = (ZoneVerdict.BETTER, ZoneVerdict.WORSE)


def change_of(made, zone):
    return made.changes[ZONE_IDS.index(zone)]


def check_of(made, name):
    return next(check for check in made.checks if check.id == name)


def with_frame(sight, **changes):
    frame = replace(sight.analysis.frame, **changes)
    return replace(sight, analysis=replace(sight.analysis, frame=frame))


@pytest.fixture(scope="module")
def milder():
    """The lines of the forehead alone became shallower."""
    severe = dict.fromkeys(ZONE_IDS, 2.5)
    mild = severe | {"forehead": 0.8}
    before, after = (see(severity=s) for s in (severe, mild))
    return compare(before, after)


def test_a_photo_beside_itself_shows_no_change():
    made = compare(see(), see())
    assert made.comparable
    [told] = made.reasons
    assert "seem to show the same photo" in told
    judged = [c for c in made.changes if c.delta is not None]
    assert len(judged) > 12
    assert all(abs(c.delta) < 0.5 for c in judged)
    assert not any(c.verdict in CHANGED for c in made.changes)
    assert all(c.lines.gone == c.lines.new == 0 for c in judged)


def test_a_face_shot_again_shows_no_change():
    made = shot_again()
    judged = [c for c in made.changes if c.delta is not None]
    assert len(judged) > 10
    called = [c.zone for c in judged if c.verdict in CHANGED]
    assert len(called) <= 0.05 * len(judged) + 1, called


def test_lines_that_became_shallower_are_found_where_they_are(milder):
    forehead = change_of(milder, "forehead")
    assert forehead.verdict is ZoneVerdict.BETTER
    assert forehead.delta < -forehead.smallest_detectable
    assert forehead.lines.shallower + forehead.lines.gone > forehead.lines.deeper
    elsewhere = [c.zone for c in milder.changes if c.verdict in CHANGED]
    assert set(elsewhere) <= {"forehead", "glabella", "nasal_root"}


def test_the_other_order_tells_the_other_change():
    before, after = see(), see(severity=1.0)
    there, back = compare(before, after), compare(after, before)
    for one, other in zip(there.changes, back.changes, strict=True):
        if one.delta is not None and other.delta is not None:
            assert one.delta == pytest.approx(-other.delta, abs=4.0)


def test_a_smile_spoils_mouth_and_eyes_and_not_the_forehead():
    shapes = {**see().analysis.frame.expression.activations, "smile": 0.9}
    smiling = with_frame(
        see(),
        expression=replace(
            see().analysis.frame.expression,
            label=ExpressionLabel.SMILE,
            activations=frozen_mapping(shapes),
        ),
    )
    made = compare(see(), smiling)
    for zone in ("crow_feet_r", "nasolabial_l", "upper_lip", "marionette_r"):
        spoiled = change_of(made, zone)
        assert spoiled.verdict is ZoneVerdict.NOT_COMPARABLE
        assert "smile" in spoiled.reasons[0]
    forehead = change_of(made, "forehead")
    assert forehead.verdict is ZoneVerdict.NO_DETECTABLE_CHANGE
    # A face that moves is less sure all over.
    assert forehead.sd > change_of(compare(see(), see()), "forehead").sd


def test_another_view_is_said_and_not_scored():
    made = compare(see(), with_frame(see(), view=View.OBLIQUE_R))
    assert not made.comparable
    assert {c.verdict for c in made.changes} == {ZoneVerdict.NOT_COMPARABLE}
    assert "different sides" in made.reasons[0]


def test_another_face_is_doubted_without_saying_whose_it_is():
    made = compare(see(), see(seed=13))
    assert not made.comparable
    assert check_of(made, "same_skin").verdict is Verdict.REJECT
    assert any("may not be the same face or view" in why for why in made.reasons)


def test_a_filtered_photo_is_said_and_not_scored():
    rgb = np.asarray(see().analysis.photo.rgb)
    soft = see_picture(cv2.bilateralFilter(rgb, 0, 30, 3.5))
    made = compare(see(), soft)
    assert not made.comparable
    assert "smoother" in check_of(made, "texture").advice


@pytest.mark.parametrize("gamma", [0.85, 1.0, 1.15])
def test_more_contrast_of_the_camera_is_no_change_of_the_skin(gamma):
    rgb = np.asarray(see().analysis.photo.rgb)
    codes = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    made = compare(see(), see_picture(codes[rgb]))
    assert not [
        change.zone
        for change in made.changes
        if change.verdict in (ZoneVerdict.BETTER, ZoneVerdict.WORSE)
    ]
    contrast = check_of(made, "contrast").value
    # A gamma multiplies every log luminance, shade and line alike.
    assert contrast == pytest.approx(max(gamma, 1 / gamma), abs=0.03)


def test_what_one_zone_has_less_of_is_no_contrast_of_the_camera(milder):
    assert check_of(milder, "contrast").value < 1.05


def test_the_sharper_photo_is_blurred_to_the_other():
    rgb = np.asarray(see().analysis.photo.rgb)
    made = compare(see(), see_picture(cv2.GaussianBlur(rgb, (0, 0), 0.9)))
    assert made.pair.blurred == "before"
    assert made.comparable
    called = [c.zone for c in made.changes if c.verdict in CHANGED]
    assert len(called) <= 1, called


def test_a_turned_head_is_said():
    made = compare(see(), see(yaw_deg=5.0))
    assert check_of(made, "yaw").verdict is Verdict.WARN
    assert check_of(made, "yaw").value == pytest.approx(5, abs=1.5)


def test_brighter_and_redder_is_no_change():
    rgb = np.asarray(see().analysis.photo.rgb, np.float32)
    other = np.clip(rgb * [1.08, 1.0, 0.92] * 0.9, 0, 255).astype(np.uint8)
    made = compare(see(), see_picture(other))
    assert not any(c.verdict in CHANGED for c in made.changes)
    assert check_of(made, "exposure").value < 1


def test_percent_is_left_out_where_there_is_little_to_take_it_of():
    for change in shot_again().changes:
        if change.percent is not None:
            assert change.before >= 12.5
            assert change.percent == pytest.approx(100 * change.delta / change.before)


def test_the_document_is_valid_and_agrees_with_itself(milder):
    for made in (milder, shot_again(), compare(see(), see(seed=13))):
        text = to_json(comparison_document(made))
        assert check_document(text) == ("facemap.comparison/1", ())


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda d: d["changes"][0].update(delta=40.0), "after less before"),
        (lambda d: d["changes"][0].update(verdict="worse"), "called worse"),
        (lambda d: d["family"].update(zones=3), "zones are compared"),
        (lambda d: d.update(comparable=False), "comparable does not agree"),
        (lambda d: d["changes"][0].update(smallest_detectable=0.1), "1.96 times"),
        (
            lambda d: d["changes"][0].update(verdict="not_comparable", reasons=[]),
            "no reason",
        ),
    ],
)
def test_a_document_that_contradicts_itself_is_told(milder, edit, told):
    document = comparison_document(milder)
    edit(document)
    _, faults = check_document(to_json(document))
    assert any(told in fault for fault in faults), faults


def test_a_fainter_smile_is_told_beside_a_photo_at_rest():
    """By itself no smile, but more of one than the other photo has."""
    resting = see().analysis.frame.expression

    def with_smile(share):
        shapes = {**resting.activations, "smile": share}
        return with_frame(
            see(), expression=replace(resting, activations=frozen_mapping(shapes))
        )

    alike, otherwise = (
        compare(with_smile(0.02), with_smile(share)) for share in (0.03, 0.2)
    )
    assert check_of(alike, "smile").verdict is Verdict.PASS
    assert check_of(otherwise, "smile").verdict is Verdict.REJECT
    spoiled = change_of(otherwise, "nasolabial_l")
    assert spoiled.verdict is ZoneVerdict.NOT_COMPARABLE
    assert change_of(otherwise, "forehead").delta is not None


def test_a_mouth_drawn_wider_is_told():
    frame = see().analysis.frame
    wide = frame.vertices_mm.copy()
    wide[[61, 291], 0] *= 1.08
    made = compare(see(), with_frame(see(), vertices_mm=wide))
    assert check_of(made, "mouth_width").value == pytest.approx(8, abs=0.5)
    assert change_of(made, "marionette_r").delta is None
    assert check_of(compare(see(), see()), "mouth_width").value == 0


def test_of_photos_of_two_faces_only_that_is_said():
    made = compare(see(), see(seed=13))
    (reason,) = made.reasons
    assert "may not be the same face" in reason
    said = {why for change in made.changes for why in change.reasons}
    assert not any("Expose" in why or "chin" in why for why in said)


def taken(sight, at):
    sha256 = f"{at:%Y%m%d}".ljust(64, "0")
    photo = replace(sight.analysis.photo, taken_at=at, sha256=sha256)
    return replace(sight, analysis=replace(sight.analysis, photo=photo))


@pytest.fixture(scope="module")
def wrong_way_round():
    """By their files the first photo was taken later."""
    before = taken(see(), datetime(2026, 6, 1, 10))
    after = taken(see(), datetime(2026, 3, 1, 9))
    return compare(before, after)


def test_a_date_that_somebody_entered_counts_for_more_than_the_files(wrong_way_round):
    made = wrong_way_round
    assert check_of(made, "order").verdict is Verdict.WARN
    assert made.days == (date(2026, 6, 1), date(2026, 3, 1))
    mended = made.dated({made.after.photo.sha256: date(2026, 9, 1)})
    assert mended.days == (date(2026, 6, 1), date(2026, 9, 1))
    assert (check_of(mended, "order").value, check_of(mended, "order").verdict) == (
        92,
        Verdict.PASS,
    )
    assert set(made.reasons) - set(mended.reasons) == {check_of(made, "order").advice}
    unknown = made.dated({made.after.photo.sha256: None})
    assert check_of(unknown, "order").value is None


@pytest.mark.parametrize("day", [date(2026, 9, 1), date(2025, 1, 1), None])
def test_the_document_says_which_date_was_entered(wrong_way_round, day):
    entered = {wrong_way_round.after.photo.sha256: day, "0" * 64: date(2020, 1, 1)}
    document = comparison_document(wrong_way_round.dated(entered))
    assert document == dated_document(comparison_document(wrong_way_round), entered)
    assert document["before"]["day"] == "2026-06-01"
    assert not document["before"]["day_entered"]
    assert document["after"]["day"] == (day and day.isoformat())
    assert document["after"]["day_entered"]
    assert document["after"]["taken_at"] == "2026-03-01T09:00:00"
    assert check_document(to_json(document)) == ("facemap.comparison/1", ())


def test_a_day_that_nobody_entered_is_that_of_the_file(wrong_way_round):
    document = comparison_document(wrong_way_round)
    for change, told in (
        ({"day": "2026-09-01"}, "after.day is not that of taken_at"),
        ({"day": "2026-02-31"}, "after.day is no date"),
        ({"day": "2026-09-01", "day_entered": True}, "the check of the order does not"),
    ):
        changed = {**document, "after": {**document["after"], **change}}
        _, faults = check_document(to_json(changed))
        assert any(fault.startswith(told) for fault in faults), faults
