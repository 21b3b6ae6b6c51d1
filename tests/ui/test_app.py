"""The pages, as far as they go without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from facemap.errors import NoFaceError
from facemap.render import encode_png
from facemap.service import Service
from facemap.ui.privacy import SCRIPT

UI = Path(__file__).parents[2] / "facemap" / "ui"
PAGES = sorted(page.name for page in (UI / "pages").glob("[!_]*.py"))

#: Streamlit's test runner leaves its event loop to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(SCRIPT), default_timeout=60).run()


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    field = app.file_uploader[0]
    field.set_value([(name, data, "image/png") for name, data in files])
    return app.run()


def face_box(app: AppTest) -> tuple[float, float]:
    """Left and right end of the landmarks that were measured."""
    [reading] = app.session_state["case"].readings().values()
    x_px = [x for x, _ in reading.document["face"]["landmarks_px"]]
    return min(x_px), max(x_px)


def page_text(app: AppTest) -> str:
    """Everything on the page that is HTML of our own."""
    return "\n".join(part.body for part in app.html)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_empty(app: AppTest, page: str) -> None:
    app.switch_page(f"../pages/{page}").run()
    assert not app.exception
    assert "<h1>" in page_text(app)
    assert "Not a medical device" in page_text(app)


def test_the_first_page_is_for_the_main_job(app: AppTest) -> None:
    assert len(app.file_uploader) == 1
    assert app.button(key="analyze_demo").label == "Open the demo patient"


def test_a_photo_is_analyzed_and_shown(app: AppTest, phantom_png: bytes) -> None:
    upload(app, ("visit.png", phantom_png))
    assert not app.exception
    said = page_text(app)
    for words in ("visit.png", "Photo quality", "Overall severity", "of 21", "px/mm ±"):
        assert words in said
    assert 'role="alert"' not in said
    assert len(app.get("bidi_component")) == 1


def test_a_bad_photo_is_explained_and_the_others_go_on(
    app: AppTest, phantom_png: bytes
) -> None:
    bad = ("notes.png", b"not an image at all")
    upload(app, bad, ("visit.png", phantom_png), ("empty.png", b""))
    assert not app.exception
    said = page_text(app)
    assert said.count('role="alert"') == 2
    assert "notes.png" in said
    assert "empty.png" in said
    assert "Overall severity" in said


def test_the_same_photo_twice_is_said_in_one_line(
    app: AppTest, phantom_png: bytes
) -> None:
    upload(app, ("face.png", phantom_png), ("<b>copy.png", phantom_png))
    said = "&lt;b&gt;copy.png is the same photo as face.png"
    assert page_text(app).count(said) == 1
    upload(app, ("face.png", phantom_png))
    assert "face.png is here already" in page_text(app)
    assert said not in page_text(app)


def test_only_bad_photos_still_leave_a_way_on(app: AppTest) -> None:
    upload(app, ("notes.png", b"not an image at all"))
    assert not app.exception
    assert "Overall severity" not in page_text(app)
    assert len(app.file_uploader) == 1


def test_a_files_name_is_shown_and_never_run(app: AppTest) -> None:
    upload(app, ("<img src=x onerror=alert(1)>.png", b"not an image at all"))
    said = page_text(app)
    assert "<img" not in said
    assert "&lt;img" in said


def test_photos_can_be_told_apart_and_chosen(app: AppTest, phantom_png: bytes) -> None:
    again = phantom_png + b"\0"  # another file, the same picture
    upload(app, ("before.png", phantom_png), ("after.png", again))
    [choice] = app.segmented_control
    assert choice.options == ["before.png", "after.png"]


def test_photos_of_one_sitting_are_put_together_when_it_is_said(
    app: AppTest, phantom_png: bytes
) -> None:
    upload(app, ("first.png", phantom_png), ("second.png", phantom_png + b"\0"))
    assert "This sitting" not in page_text(app)
    app.toggle[0].set_value(True).run()
    assert not app.exception
    said = page_text(app)
    assert "2 photos. Shots of one view and movement are averaged" in said
    assert "(2 shots)" in said
    app.toggle[0].set_value(False).run()
    assert "This sitting" not in page_text(app)


def test_a_photo_declared_mirrored_is_analyzed_anew(
    app: AppTest, phantom_png: bytes
) -> None:
    upload(app, ("selfie.png", phantom_png))
    assert "Yes, flipped back" not in page_text(app)
    app.toggle[0].set_value(True).run()
    assert not app.exception
    assert "Yes, flipped back" in page_text(app)


def test_one_of_several_faces_can_be_picked(app: AppTest, small_phantom) -> None:
    rgb = small_phantom.rgb
    pair = np.concatenate([rgb, np.full_like(rgb, 128)], axis=1)
    height, width = rgb.shape[0] * 3 // 4, rgb.shape[1] * 3 // 4
    pair[-height:, -width:] = cv2.resize(rgb, (width, height))
    upload(app, ("pair.png", encode_png(pair)))
    [choice] = app.selectbox
    assert choice.options == ["Face 1 of 2, largest", "Face 2 of 2"]
    assert "shows 2 faces" in page_text(app)
    largest = face_box(app)
    choice.select_index(1).run()
    assert not app.exception
    assert face_box(app)[0] > largest[0]


def test_a_face_that_was_refused_can_be_taken_back(
    app: AppTest, phantom_analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    landmarks = replace(phantom_analysis.frame.landmarks, n_faces=2)
    frame = replace(phantom_analysis.frame, landmarks=landmarks)

    def analyze(_, source, *, face, **asked):
        if face == 1 and source == b"pair":
            raise NoFaceError("The face is cut off")
        return replace(phantom_analysis, frame=frame)

    monkeypatch.setattr(Service, "analyze", analyze)
    upload(app, ("pair.png", b"pair"), ("other.png", b"other"))
    app.selectbox[0].select_index(1).run()
    assert not app.exception
    assert "The face is cut off" in page_text(app)
    [choice] = app.segmented_control
    assert choice.options == ["pair.png", "other.png"]
    assert "Overall severity" not in page_text(app)
    assert [toggle.label for toggle in app.toggle] == [
        "One sitting",
        "Mirrored (selfie)",
    ]
    app.selectbox[0].select_index(0).run()
    assert not app.exception
    assert "The face is cut off" not in page_text(app)
    assert "Overall severity" in page_text(app)


def test_start_over_forgets_everything(app: AppTest, phantom_png: bytes) -> None:
    upload(app, ("visit.png", phantom_png))
    app.button(key="analyze_clear").click().run()
    assert "visit.png" not in page_text(app)
    assert app.session_state["case"].uploads == {}


def test_the_demo_patient_opens(
    app: AppTest, phantom_png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = (("demo-1.jpg", phantom_png),)
    monkeypatch.setattr(Service, "demo_photos", lambda _: drawn)
    app.button(key="analyze_demo").click().run()
    assert not app.exception
    assert "demo-1.jpg" in page_text(app)
