"""The compare page, as far as it goes without a browser."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from facemap.comparison import Learned, Repeatability
from facemap.documents import (
    check_document,
    rating_document,
    repeatability_document,
    to_json,
)
from facemap.errors import UnsuitablePhotoError
from facemap.render.aligned import dates_of
from facemap.service import Service
from facemap.types import ZONE_IDS, Verdict
from facemap.ui import prints
from facemap.ui.privacy import SCRIPT

#: Streamlit's test runner leaves its event loop to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch, phantom_sight, phantom_comparison):
    """A service that has one answer for every photo; what was compared."""
    asked: list[tuple[str, str]] = []

    def of(source: bytes):
        analysis = phantom_sight.analysis
        photo = replace(
            analysis.photo,
            sha256=hashlib.sha256(source).hexdigest(),
            taken_at=datetime(2026, 1, 1 + source[-1] % 9),
        )
        return replace(analysis, photo=photo)

    def see(_, source, **__):
        return replace(phantom_sight, analysis=of(source))

    def compare(_, before, after, **__):
        asked.append((before.analysis.photo.sha256, after.analysis.photo.sha256))
        return replace(phantom_comparison, before=before.analysis, after=after.analysis)

    monkeypatch.setattr(Service, "analyze", lambda _, source, **__: of(source))
    monkeypatch.setattr(Service, "see", see)
    monkeypatch.setattr(Service, "compare", compare)
    return asked


def open_page() -> AppTest:
    app = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    return app.switch_page("../pages/compare.py").run()


def upload(app: AppTest, *names: str) -> AppTest:
    """Upload files whose last byte sets their day."""
    files = [
        (f"{n}.png", n.encode() + bytes([k]), "image/png") for k, n in enumerate(names)
    ]
    app.file_uploader[0].set_value(files)
    return app.run()


@pytest.fixture
def pair(compared) -> AppTest:
    app = upload(open_page(), "march", "june")
    assert not app.exception
    return app


@pytest.fixture
def three(compared) -> AppTest:
    app = upload(open_page(), "march", "june", "august")
    assert not app.exception
    return app


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page offers to keep, by the name of the file."""
    offered: dict[str, Any] = {}

    def offer(_: str, data: Any, name: str, *__: Any, **___: Any) -> None:
        offered[name] = data

    monkeypatch.setattr(streamlit, "download_button", offer)
    return offered


def page_text(app: AppTest) -> str:
    return "\n".join(part.body for part in app.html)


def go_to(app: AppTest, part: str) -> AppTest:
    app.segmented_control(key="compare_part").set_value(part).run()
    assert not app.exception
    return app


def field(app: AppTest, kind: str, start: str) -> Any:
    """Find the first field by the start of its key."""
    return next(f for f in getattr(app, kind) if (f.key or "").startswith(start))


def table_of(app: AppTest) -> Any:
    return app.session_state["case"].light_table


def sha256_of(app: AppTest, name: str) -> str:
    uploads = app.session_state["case"].uploads.values()
    return next(u.sha256 for u in uploads if u.name == name)


def test_without_photos_the_page_asks_for_two() -> None:
    app = open_page()
    assert not app.exception
    assert "Two photos of one face" in page_text(app)
    assert len(app.file_uploader) == 1


def test_one_photo_waits_for_another(compared) -> None:
    app = upload(open_page(), "march")
    assert "march.png is here. Add another photo" in page_text(app)
    assert compared == []


def test_photos_of_the_session_are_compared_the_earlier_first(compared) -> None:
    app = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    upload(app, "march", "june")
    app.switch_page("../pages/compare.py").run()
    assert not app.exception
    assert compared == [(sha256_of(app, "march.png"), sha256_of(app, "june.png"))]
    assert field(app, "date_input", "compare_day_before_").value == date(2026, 1, 1)


def test_the_verdict_comes_first_and_the_checks_are_told(pair: AppTest) -> None:
    said = page_text(pair)
    assert said.index("zones can be compared") < said.index("passed")
    for words in ("Smallest change that would show", "Expression, difference"):
        assert words in said
    assert len(pair.get("bidi_component")) == 1


def test_a_pair_is_compared_once(pair: AppTest, compared) -> None:
    pair.run()
    go_to(pair, "blind")
    go_to(pair, "result")
    assert len(compared) == 1


def test_before_and_after_can_be_swapped_and_the_order_is_doubted(
    pair: AppTest, compared
) -> None:
    pair.button(key="compare_swap").click().run()
    assert not pair.exception
    assert compared[1] == compared[0][::-1]
    assert "is the order right?" in page_text(pair)
    assert "fx-pair-verdict fx-warn" in page_text(pair)


def test_what_nobody_knows_is_not_counted_as_alike(pair: AppTest) -> None:
    said = page_text(pair)
    # The pictures have no date, and nothing tells the drawn camera's distance.
    for title in ("Distance of the camera", "Order of the dates"):
        row = said.rindex('<li class="fx-check', 0, said.index(title))
        assert "Not known" in said[row : said.index(title)]
    assert "passed, 2 not known" in said


def test_a_date_that_somebody_gives_stands_on_the_photo(pair: AppTest) -> None:
    day = field(pair, "date_input", f"compare_day_after_{sha256_of(pair, 'june.png')}")
    day.set_value(date(2025, 12, 24)).run()
    assert not pair.exception
    table = table_of(pair)
    assert table.days == {sha256_of(pair, "june.png"): date(2025, 12, 24)}
    assert "is the order right?" in page_text(pair)


def test_a_date_can_be_taken_away(pair: AppTest) -> None:
    day = field(pair, "date_input", f"compare_day_after_{sha256_of(pair, 'june.png')}")
    day.set_value(None).run()
    assert not pair.exception
    assert table_of(pair).days == {sha256_of(pair, "june.png"): None}
    assert field(pair, "date_input", "compare_day_after_").value is None


def test_a_date_by_hand_is_in_what_is_kept(pair: AppTest, kept) -> None:
    june = sha256_of(pair, "june.png")
    field(pair, "date_input", f"compare_day_after_{june}").set_value(
        date(2025, 12, 24)
    ).run()
    assert "date by hand" in page_text(pair)
    schema, faults = check_document(kept["comparison.json"])
    assert (schema, faults) == ("facemap.comparison/1", ())
    document = json.loads(kept["comparison.json"])
    before, after = document["before"], document["after"]
    assert (before["day"], before["day_entered"]) == ("2026-01-01", False)
    assert (after["day"], after["day_entered"]) == ("2025-12-24", True)
    [order] = [c for c in document["checks"] if c["id"] == "order"]
    assert (order["value"], order["verdict"]) == (-8, "warn")
    assert order["advice"] in document["reasons"]
    said = page_text(pair)
    assert said.index("Order of the dates") < said.index("Exposure of the skin")


def test_a_date_put_back_is_that_of_the_file_again(pair: AppTest, kept) -> None:
    june = sha256_of(pair, "june.png")
    for day in (date(2025, 12, 24), date(2026, 1, 2)):
        field(pair, "date_input", f"compare_day_after_{june}").set_value(day).run()
    after = json.loads(kept["comparison.json"])["after"]
    assert (after["day"], after["day_entered"]) == ("2026-01-02", False)
    assert "date by hand" not in page_text(pair)


def test_pictures_say_which_date_was_entered(
    pair: AppTest, monkeypatch: pytest.MonkeyPatch, kept
) -> None:
    drawn: list[tuple[str, str]] = []

    def draw(_: str, comparison: Any, **__: Any) -> bytes:
        drawn.append(dates_of(comparison))
        return b""

    monkeypatch.setattr(prints, "picture", draw)
    june = sha256_of(pair, "june.png")
    field(pair, "date_input", f"compare_day_after_{june}").set_value(
        date(2026, 3, 1)
    ).run()
    kept["comparison.side-by-side.png"]()
    assert drawn == [("2026-01-01", "2026-03-01 (entered by hand)")]


def test_one_photo_twice_is_no_pair(pair: AppTest, compared) -> None:
    chosen = pair.selectbox[1]
    chosen.set_value(sha256_of(pair, "march.png")).run()
    assert "Before and after are the same file: march.png." in page_text(pair)
    assert len(compared) == 1


def test_two_files_of_one_photo_are_told_above_the_verdict(pair: AppTest) -> None:
    said = page_text(pair)
    note = "march.png and june.png: These two files seem to show the same photo"
    assert said.index(note) < said.index("zones can be compared")
    assert "Agreement of the pictures" not in said


def test_failed_checks_come_first_and_name_their_zones(
    pair: AppTest, monkeypatch: pytest.MonkeyPatch, phantom_comparison
) -> None:
    bad = [
        replace(c, verdict=Verdict.REJECT, advice="The face moves.", zones=("chin",))
        if c.id == "expression"
        else c
        for c in phantom_comparison.checks
    ]
    monkeypatch.setattr(
        Service,
        "compare",
        lambda *_, **__: replace(phantom_comparison, checks=tuple(bad)),
    )
    pair.button(key="compare_swap").click().run()
    assert not pair.exception
    said = page_text(pair)
    assert said.index("Expression, difference") < said.index("Exposure of the skin")
    assert "It concerns chin." in said


def test_photos_in_which_no_skin_fits_are_not_laid_over_each_other(
    pair: AppTest, monkeypatch: pytest.MonkeyPatch, phantom_comparison
) -> None:
    advice = {"same_skin": "It does not fit.", "pitch": "The chin is higher."}
    bad = [
        replace(c, verdict=Verdict.REJECT, advice=advice[c.id]) if c.id in advice else c
        for c in phantom_comparison.checks
    ]
    other = replace(phantom_comparison, checks=tuple(bad), comparable=False)
    monkeypatch.setattr(Service, "compare", lambda *_, **__: other)
    pair.button(key="compare_swap").click().run()
    assert not pair.exception
    said = page_text(pair)
    assert "These photos can&#x27;t be compared" in said
    assert "It does not fit." in said
    for other_advice in ("The chin is higher.", "Exposure of the skin", "passed"):
        assert other_advice not in said
    assert pair.get("bidi_component") == []
    labels = [button.label for button in pair.get("download_button")]
    assert labels == ["Comparison (JSON)"]


def test_a_refusal_is_explained(pair: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_, **__):
        raise UnsuitablePhotoError("Too dark", hint="More light.")

    monkeypatch.setattr(Service, "compare", refuse)
    pair.button(key="compare_swap").click().run()
    assert not pair.exception
    assert "Too dark" in page_text(pair)
    assert "More light." in page_text(pair)


def test_a_bug_is_told_without_the_photos_names(
    pair: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Service, "compare", lambda *_, **__: 1 / 0)
    pair.button(key="compare_swap").click().run()
    assert not pair.exception
    assert "Something went wrong inside facemap with these photos" in page_text(pair)


def test_numbers_and_pictures_can_be_kept(pair: AppTest) -> None:
    labels = [button.label for button in pair.get("download_button")]
    assert labels[0] == "Comparison (JSON)"
    assert {"Side by side (PNG)", "Change map (PNG)", "In turns (WebP)"} < set(labels)


# -- the clinic's own repeat shots


OURS = Repeatability({"chin": Learned(0.25, 6.0), "neck": Learned(2.0, 6.0)}, 7)


def load(app: AppTest, name: str, content: bytes) -> AppTest:
    [uploader] = [u for u in app.file_uploader if u.label == "Repeatability file"]
    uploader.set_value([(name, content, "application/json")]).run()
    assert not app.exception
    return app


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, compared) -> list[Repeatability | None]:
    """What each comparison was judged by."""
    used: list[Repeatability | None] = []
    known = Service.compare

    def compare(service, before, after, *, repeatability):
        used.append(repeatability)
        shots = repeatability.shots if repeatability else 0
        return replace(
            known(service, before, after, repeatability=repeatability),
            shots_learned_from=shots,
        )

    monkeypatch.setattr(Service, "compare", compare)
    return used


def test_a_repeatability_file_is_used_named_and_taken_out(judged, kept) -> None:
    app = upload(open_page(), "march", "june")
    assert "by zone; from what ships with facemap" in page_text(app)
    load(app, "<ours>.json", to_json(repeatability_document(OURS)).encode())
    assert judged == [None, OURS]
    said = page_text(app)
    assert "from 7 shots of your own too" in said
    assert "7 shots of your own without change (&lt;ours&gt;.json)" in said
    assert "2 of 21 zones" in said
    document = json.loads(kept["comparison.json"])
    assert document["repeatability"] == {"source": "own", "shots": 7}
    app.run()
    assert len(judged) == 2
    app.button(key="compare_noise_remove").click().run()
    assert judged == [None, OURS, None]
    assert "from what ships with facemap" in page_text(app)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe", "ours.json is not a text file."),
        (b"[1", "ours.json is not valid JSON."),
        (b"{}", "ours.json names no schema that this facemap knows."),
        (b'{"schema": "facemap.rating/1"}', "is not a valid facemap.rating/1: "),
        (
            to_json(rating_document([], seed=1)).encode(),
            "ours.json is a facemap.rating/1, not what repeat shots taught.",
        ),
        (b'{"schema": "facemap.repeatability/1"}', "lacks shots, zones."),
        (
            to_json(repeatability_document(OURS)).replace("neck", "chin").encode(),
            "zones name chin twice.",
        ),
    ],
)
def test_a_bad_repeatability_file_is_told_in_one_sentence(
    judged, content: bytes, told: str
) -> None:
    app = upload(open_page(), "march", "june")
    load(app, "ours.json", content)
    alerts = [part for part in app.html if 'class="fx-alert"' in part.body]
    assert len(alerts) == 1
    assert told in alerts[0].body
    assert judged == [None]


# -- over time


def test_a_course_needs_three_photos(pair: AppTest) -> None:
    assert pair.segmented_control(key="compare_part").options == [
        "Result",
        "Blind rating",
    ]


def test_three_photos_become_a_course(three: AppTest, compared) -> None:
    go_to(three, "course")
    said = page_text(three)
    assert "Frontal, at rest" in said
    assert "3 photos, 2026-01-01 to 2026-01-03" in said
    assert "2026-01-01 to 2026-01-02" in said
    assert "First to last" in said
    days = {
        name: sha256_of(three, f"{name}.png") for name in ("march", "june", "august")
    }
    assert set(compared) == {
        (days["march"], days["june"]),
        (days["june"], days["august"]),
        (days["march"], days["august"]),
    }
    assert len(compared) == 3
    assert said.count("seem to show the same photo") == 3
    [chart] = three.get("vega_lite_chart")
    spec = json.loads(chart.proto.spec)
    assert len(spec["layer"]) == 4
    assert spec["layer"][0]["encoding"]["x"]["type"] == "temporal"


def test_the_course_can_be_kept_with_dates_by_hand(three: AppTest, kept) -> None:
    go_to(three, "course")
    june = sha256_of(three, "june.png")
    field(three, "date_input", f"compare_day_course_{june}").set_value(
        date(2026, 2, 2)
    ).run()
    rows = list(csv.DictReader(io.StringIO(kept["course.csv"])))
    assert len(rows) == 3 * 21
    chin = [row for row in rows if row["zone"] == "chin"]
    assert [(row["photo"], row["day"], row["day_entered"]) for row in chin] == [
        ("march.png", "2026-01-01", "False"),
        ("august.png", "2026-01-03", "False"),
        ("june.png", "2026-02-02", "True"),
    ]


def test_the_chart_names_the_days_of_photos_and_ends_above_the_band(
    three: AppTest,
) -> None:
    go_to(three, "course")
    [chart] = three.get("vega_lite_chart")
    spec = json.loads(chart.proto.spec)
    encoding = spec["layer"][0]["encoding"]
    assert encoding["x"]["axis"]["values"] == ["2026-01-01", "2026-01-02", "2026-01-03"]
    scale, axis = encoding["y"]["scale"], encoding["y"]["axis"]
    # Vega then ends the axis at a line of it, at or above the end of the domain.
    assert scale["nice"] == axis["tickCount"]
    top = scale["domain"][1]
    readings = three.session_state["case"].readings().values()
    zone = ZONE_IDS.index(spec["usermeta"]["zone"])
    read = [reading.visit.zones[zone] for reading in readings]
    assert max(min(100, r.severity + 1.95 * r.severity_sd) for r in read) <= top <= 100


@pytest.mark.parametrize("day", [date(1850, 5, 5), date(2131, 5, 5)])
def test_a_date_that_no_photo_can_have_is_shown_to_be_mended(
    three: AppTest, day: date
) -> None:
    table_of(three).set_day(sha256_of(three, "june.png"), day)
    three.run()
    assert not three.exception
    go_to(three, "course")
    june = sha256_of(three, "june.png")
    assert field(three, "date_input", f"compare_day_course_{june}").value == day


def test_photos_with_a_date_are_compared_first(three: AppTest) -> None:
    case = three.session_state["case"]
    for name in ("march", "june"):
        table_of(three).set_day(sha256_of(three, f"{name}.png"), None)
    table_of(three).pair = None
    table_of(three).set_day(sha256_of(three, "june.png"), date(2026, 5, 5))
    three.run()
    assert [case.uploads[sha256].name for sha256 in table_of(three).pair] == [
        "august.png",
        "june.png",
    ]


def test_a_treatment_is_noted_drawn_and_taken_back(three: AppTest) -> None:
    go_to(three, "course")
    field(three, "date_input", "compare_treated_on").set_value(date(2026, 1, 2))
    field(three, "text_input", "compare_treated_with").set_value(" Needling <1> ")
    three.button(key="compare_treated").click().run()
    assert not three.exception
    [treatment] = table_of(three).treatments
    assert (treatment.day, treatment.name) == (date(2026, 1, 2), "Needling <1>")
    assert "Needling &lt;1&gt;" in page_text(three)
    [chart] = three.get("vega_lite_chart")
    spec = json.loads(chart.proto.spec)
    assert spec["layer"][-1]["data"]["values"][0]["name"] == "Needling <1>"
    three.button(key="compare_untreat_0").click().run()
    assert table_of(three).treatments == []


# -- blind rating


def rate_all(app: AppTest, answer: int) -> None:
    while any(b.key == f"compare_answer_{answer}" for b in app.button):
        app.button(key=f"compare_answer_{answer}").click().run()
        assert not app.exception


def test_a_rater_sees_no_date_name_or_result(pair: AppTest) -> None:
    go_to(pair, "blind")
    pair.text_input(key="compare_rater").set_value("AB").run()
    said = page_text(pair)
    assert "In which picture are the lines less marked?" in said
    for hidden in ("march.png", "june.png", "2026", "zones can be compared"):
        assert hidden not in said
    assert len(pair.selectbox) == len(pair.date_input) == 0


def test_two_raters_come_to_an_agreement_that_can_be_kept(pair: AppTest) -> None:
    go_to(pair, "blind")
    for rater, answer in (("AB", 1), ("CD", -1)):
        pair.text_input(key="compare_rater").set_value(rater).run()
        rate_all(pair, answer)
        assert "That was all" in page_text(pair)
    said = page_text(pair)
    for words in ("Mean grade", "AB, CD", "Agreement with oneself"):
        assert words in said
    labels = [button.label for button in pair.get("download_button")]
    assert labels == ["Ratings (CSV)", "Ratings (JSON)"]


def test_the_last_answer_can_be_taken_back(pair: AppTest) -> None:
    go_to(pair, "blind")
    pair.text_input(key="compare_rater").set_value("AB").run()
    pair.button(key="compare_answer_0").click().run()
    assert "Pair 2 of" in page_text(pair)
    pair.button(key="compare_take_back").click().run()
    assert "Pair 1 of" in page_text(pair)


def test_start_over_forgets_the_comparison_too(pair: AppTest) -> None:
    pair.button(key="compare_clear").click().run()
    assert not pair.exception
    assert table_of(pair).pair is None
    assert "Two photos of one face" in page_text(pair)
