"""What one browser session holds."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import pytest
from PIL import Image
from streamlit.runtime.scriptrunner import StopException

from facemap.errors import NoFaceError
from facemap.frame import take_scale
from facemap.sitting import combine_shots
from facemap.types import Scale, ScaleSource
from facemap.ui import session


class OnePhoto:
    """A service that has one answer, and counts how often it is asked."""

    def __init__(self, analysis) -> None:
        self.analysis = analysis
        self.asked: list[dict] = []

    def analyze(self, source, **asked):
        self.asked.append(asked)
        if source == b"nobody":
            raise NoFaceError("No face was found", hint="Show the whole face.")
        asked.get("on_progress", lambda *_: None)("face", 0.1)
        return self.analysis


@pytest.fixture
def service(phantom_analysis, monkeypatch: pytest.MonkeyPatch) -> OnePhoto:
    service = OnePhoto(phantom_analysis)
    monkeypatch.setattr(session, "get_service", lambda: service)
    return service


def silent(stage: str, share: float) -> None:
    """Hear of progress."""


def test_the_same_file_twice_is_one_photo() -> None:
    case = session.Case()
    first = case.add("a.jpg", b"bytes")
    assert case.add("b.jpg", b"bytes") is first
    assert case.add("a.jpg", b"other bytes") is not first
    assert len(case.waiting()) == 2


def test_a_file_that_is_no_new_photo_is_told_until_the_next_batch() -> None:
    case = session.Case()
    case.add_batch([("a.jpg", b"1"), ("b.jpg", b"2"), ("copy.jpg", b"1")])
    assert [(name, known.name) for name, known in case.repeats()] == [
        ("copy.jpg", "a.jpg")
    ]
    assert [upload.name for upload in case.uploads.values()] == ["a.jpg", "b.jpg"]
    case.add_batch([("c.jpg", b"3")])
    assert case.repeats() == ()
    case.add_batch([("c.jpg", b"3")])
    case.clear()
    assert case.repeats() == ()


def test_a_photo_is_analyzed_once(service: OnePhoto) -> None:
    case = session.Case()
    upload = case.add("a.jpg", b"bytes")
    case.analyze(upload, silent)
    assert case.waiting() == ()
    reading = case.readings()[upload.sha256]
    assert reading.document["schema"] == "facemap.analysis/1"
    assert service.asked[0]["name"] == "a.jpg"


def test_other_options_are_another_result(service: OnePhoto) -> None:
    case = session.Case()
    upload = case.add("a.jpg", b"bytes")
    case.analyze(upload, silent)
    first = case.outcome(upload)
    case.set_options(upload, mirrored=True)
    assert case.waiting() == (upload,)
    case.analyze(upload, silent)
    assert service.asked[-1]["mirrored"] is True
    assert case.outcome(upload).id != first.id
    case.set_options(upload, mirrored=False)
    assert case.outcome(upload) is first


def test_a_refusal_is_kept_with_its_hint(service: OnePhoto) -> None:
    case = session.Case()
    upload = case.add("a.jpg", b"nobody")
    case.analyze(upload, silent)
    refusal = session.Refusal("No face was found", "Show the whole face.")
    assert case.refusals() == ((upload, refusal),)
    assert case.readings() == {}
    assert case.waiting() == ()


def test_a_bug_is_told_once_and_the_other_photos_go_on(
    service: OnePhoto,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sound = service.analyze

    def analyze(source, **asked):
        if source == b"odd":
            raise ZeroDivisionError(asked["name"])
        return sound(source, **asked)

    monkeypatch.setattr(service, "analyze", analyze)
    case = session.Case()
    odd, good = case.add("Jane Doe.jpg", b"odd"), case.add("b.jpg", b"bytes")
    for upload in case.waiting():
        case.analyze(upload, silent)
    assert case.waiting() == ()
    [(refused, refusal)] = case.refusals()
    assert refused is odd
    assert refusal.message == "Something went wrong inside facemap with this photo"
    assert refusal.hint
    assert list(case.readings()) == [good.sha256]
    # Enough to find the bug, and nothing of the photo.
    assert "ZeroDivisionError" in caplog.text
    assert "test_session.py" in caplog.text
    assert "Jane" not in caplog.text


def test_a_page_that_is_left_stops_the_analysis(
    service: OnePhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamlit stops a script with an exception, raised where progress is shown."""

    def leave(*_, **__):
        raise StopException

    monkeypatch.setattr(service, "analyze", leave)
    case = session.Case()
    with pytest.raises(StopException):
        case.analyze(case.add("a.jpg", b"bytes"), silent)
    assert len(case.waiting()) == 1


def test_the_picture_is_the_photo_with_a_legend_below(service: OnePhoto) -> None:
    case = session.Case()
    upload = case.add("a.jpg", b"bytes")
    picture = Image.open(io.BytesIO(case.picture_png(upload)))
    height, width = service.analysis.photo.rgb.shape[:2]
    assert picture.format == "PNG"
    assert picture.width == width
    assert picture.height > height


def test_clearing_leaves_nothing_and_empties_the_upload_field(
    service: OnePhoto,
) -> None:
    case = session.Case()
    upload = case.add("a.jpg", b"bytes")
    case.set_options(upload, mirrored=True)
    case.analyze(upload, silent)
    batch = case.batch
    case.clear()
    assert case.uploads == {}
    assert case.readings() == {}
    assert case.options(upload) == session.Options()
    assert case.batch != batch


@pytest.fixture
def sides(phantom_analysis, monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """Photos whose names say whether they are from the side; what was asked."""
    asked: list[dict] = []
    front = phantom_analysis.frame
    assumed = replace(front, scale=Scale(0.3, 0.05, ScaleSource.ASSUMED))

    class Sides:
        def analyze(self, source, *, sitting, **more):
            asked.append({"name": more["name"], "sitting": list(sitting)})
            frame = assumed if source.startswith(b"side") else front
            sha256 = hashlib.sha256(source).hexdigest()
            return replace(
                phantom_analysis,
                photo=replace(phantom_analysis.photo, sha256=sha256),
                frame=take_scale(frame, sitting),
            )

        def combine(self, shots):
            return combine_shots(shots)

    monkeypatch.setattr(session, "get_service", Sides)
    return asked


def run(case: session.Case) -> int:
    """Analyze until nothing waits; how many rounds it took."""
    rounds = 0
    while waiting := case.waiting():
        rounds += 1
        for upload in waiting:
            case.analyze(upload, silent)
    return rounds


def test_of_one_sitting_a_photo_from_the_side_takes_its_scale_from_the_front(
    sides: list[dict],
) -> None:
    case = session.Case()
    side, front = case.add("side.jpg", b"side"), case.add("front.jpg", b"front")
    assert run(case) == 1
    alone = case.outcome(side)
    assert alone.document["face"]["scale"]["source"] == "assumed"
    case.one_sitting = True
    assert run(case) == 1
    assert len(sides) == 3
    assert sides[-1]["name"] == "side.jpg"
    assert sides[-1]["sitting"] == [case.outcome(front).frame]
    together = case.outcome(side)
    assert together.document["face"]["scale"]["source"] == "sitting"
    assert together.id != alone.id
    case.one_sitting = False
    assert case.outcome(side) is alone


def test_another_front_is_another_scale_for_the_side(sides: list[dict]) -> None:
    case = session.Case()
    case.one_sitting = True
    case.add("side.jpg", b"side")
    case.add("front.jpg", b"front")
    assert run(case) == 2
    assert len(sides[-1]["sitting"]) == 1
    case.add("other.jpg", b"front too")
    run(case)
    assert len(sides[-1]["sitting"]) == 2


def test_without_a_front_the_side_is_analyzed_once(sides: list[dict]) -> None:
    case = session.Case()
    case.one_sitting = True
    case.add("side.jpg", b"side")
    assert run(case) == 1


def test_photos_are_put_together_only_where_they_were_said_to_be_one_sitting(
    sides: list[dict],
) -> None:
    case = session.Case()
    case.add("a.jpg", b"a")
    case.one_sitting = True
    run(case)
    assert case.sitting() is None
    case.add("b.jpg", b"b")
    run(case)
    assert len(case.sitting()["photos"]) == 2
    case.one_sitting = False
    assert case.sitting() is None
    case.one_sitting = True
    case.clear()
    assert case.one_sitting is False


# -- whose intake


def test_an_intake_is_taken_for_no_other_photo_or_face_by_itself() -> None:
    case = session.Case()
    first, twin = case.add("a.jpg", b"1"), case.add("a.jpg", b"2")
    assert case.sit_down(first)
    assert case.sit_down(twin)  # nothing is answered yet
    assert case.sit_down(first)
    case.desk.put(46, "age_years")
    assert not case.sit_down(twin)
    assert case.given_for(twin) == "another photo named a.jpg"
    case.set_options(first, face=1)
    assert not case.sit_down(first)
    assert case.given_for(first) == "another face in a.jpg"
    case.set_options(first, face=0)
    assert case.sit_down(first)


def test_fields_of_two_intakes_have_no_name_in_common() -> None:
    case = session.Case()
    first, other = case.add("a.jpg", b"1"), case.add("b.jpg", b"2")
    case.sit_down(first)
    before = case.desk
    before.put(46, "age_years")
    case.new_intake(other)
    assert case.desk.is_blank()
    assert abs(case.desk.version - before.version) > 1000
    assert case.sit_down(first)
    assert case.desk is before
