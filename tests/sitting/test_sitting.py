"""Photos of one sitting: what is alike is averaged, and what must be said is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from facemap.sitting import combine_shots, shot_of
from facemap.types import ZONE_IDS, Verdict, View
from tests.sitting.made import PROVENANCE, make_shot

NOON = datetime(2026, 3, 2, 12, 0)


def note_ids(*shots) -> set[str]:
    return {note.id for note in combine_shots(shots).notes}


def test_only_what_is_alike_is_averaged() -> None:
    sitting = combine_shots(
        [
            make_shot(1, movement="smile"),
            make_shot(2, view=View.OBLIQUE_R),
            make_shot(3),
            make_shot(4, movement="mouth_open"),
            make_shot(5),
            make_shot(6, movement="nose_scrunch"),
        ]
    )
    assert [(m.view, m.movement, len(m.shots)) for m in sitting.measurements] == [
        (View.FRONTAL, "rest", 2),
        (View.FRONTAL, "smile", 1),
        (View.FRONTAL, "mouth_open", 1),
        (View.FRONTAL, "nose_scrunch", 1),
        (View.OBLIQUE_R, "rest", 1),
    ]


def test_a_copy_of_a_photo_is_not_another_shot() -> None:
    a, b = make_shot(1), make_shot(2)
    sitting = combine_shots([a, b, replace(a, file="copy.jpg")])
    assert sitting.shots == (a, b)
    assert len(sitting.measurements[0].shots) == 2
    [said] = [n.message for n in sitting.notes if n.id == "repeated"]
    assert "1 left out" in said


def test_the_order_of_the_photos_changes_no_number() -> None:
    shots = [make_shot(n, {"chin": 10.0 * n}) for n in range(1, 4)]
    shots.append(make_shot(9, {"chin": 80.0}, movement="pucker"))
    one, other = combine_shots(shots), combine_shots(shots[::-1])
    chin = ZONE_IDS.index("chin")
    assert [m.movement for m in one.measurements] == [
        m.movement for m in other.measurements
    ]
    a, b = (s.measurements[0].zones[chin] for s in (one, other))
    assert (a.severity, a.severity_sd) == (b.severity, b.severity_sd)
    assert one.dynamics[0].zones[chin].gain == other.dynamics[0].zones[chin].gain


def test_a_sitting_without_shots_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="at least one"):
        combine_shots([])


def test_shots_made_differently_are_not_put_together() -> None:
    other = replace(PROVENANCE, detector_version="2")
    with pytest.raises(ValueError, match="made alike"):
        combine_shots([make_shot(1), make_shot(2, provenance=other)])


def test_what_cannot_be_told_is_said() -> None:
    assert note_ids(make_shot(1)) == {"one_shot_each", "no_movement"}
    assert note_ids(make_shot(1), make_shot(2)) == {"no_movement"}
    assert "no_rest" in note_ids(make_shot(1, movement="smile"))
    aside = make_shot(2, movement="smile", view=View.OBLIQUE_L)
    assert "no_rest_of_the_view" in note_ids(make_shot(1), aside)
    assert note_ids(make_shot(1), make_shot(2), make_shot(3, movement="smile")) == set()


def test_photos_taken_far_apart_are_asked_about() -> None:
    def pair(hours: float, *, zone=None) -> set[str]:
        later = NOON + timedelta(hours=hours)
        return note_ids(
            make_shot(1, taken_at=later.replace(tzinfo=zone)),
            make_shot(2, taken_at=NOON),
        )

    assert "far_apart" not in pair(2.9)
    assert "far_apart" in pair(3.1)
    # A clock with a time zone and one without cannot be compared.
    assert "far_apart" not in pair(30, zone=UTC)
    assert "far_apart" not in note_ids(make_shot(1, taken_at=NOON), make_shot(2))


def test_photos_that_should_be_taken_again_are_named() -> None:
    poor = make_shot(2, verdict=Verdict.REJECT)
    [said] = [n for n in combine_shots([make_shot(1), poor]).notes if n.id == "poor"]
    assert "2.jpg" in said.message
    assert "1.jpg" not in said.message


def test_a_shot_keeps_what_its_analysis_says(phantom_analysis) -> None:
    shot = shot_of(phantom_analysis)
    assert shot.sha256 == phantom_analysis.photo.sha256
    assert shot.expression is phantom_analysis.frame.expression.label
    assert tuple(zone.zone for zone in shot.zones) == ZONE_IDS
    for zone, score in zip(shot.zones, phantom_analysis.scores, strict=True):
        assert zone.severity == score.severity
        assert (zone.reason is None) == (score.severity is not None)
        if score.severity_sd is not None:
            both = (zone.own_sd**2 + zone.shared_sd**2) ** 0.5
            assert both == pytest.approx(score.severity_sd)


def test_one_photo_alone_is_measured_as_by_itself(phantom_analysis) -> None:
    [measured] = combine_shots([shot_of(phantom_analysis)]).measurements
    overall = phantom_analysis.overall
    assert measured.overall.severity == pytest.approx(overall.severity)
    assert measured.overall.severity_sd == pytest.approx(overall.severity_sd)
    for zone, score in zip(measured.zones, phantom_analysis.scores, strict=True):
        assert zone.severity == score.severity
        assert zone.severity_sd == pytest.approx(score.severity_sd)


def test_every_note_has_its_words() -> None:
    shots = [
        make_shot(1, movement="smile", taken_at=NOON, verdict=Verdict.REJECT),
        make_shot(1),
        make_shot(2, movement="frown", taken_at=NOON + timedelta(days=2)),
    ]
    for note in combine_shots(shots).notes:
        assert note.message.endswith((".", "?"))
        assert "{" not in note.message
