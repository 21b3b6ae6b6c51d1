"""The plan page, as far as it goes without a browser."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from facemap.documents import plan_document
from facemap.documents.plan import plan_faults
from facemap.planning import Verdict, decide
from facemap.protocol import example_text, load_items, load_protocol, load_washouts
from facemap.service import Service
from facemap.types import Verdict as Quality
from facemap.ui.privacy import SCRIPT

#: Streamlit's test runner leaves its event loop to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, phantom_analysis, phantom_png) -> AppTest:
    """The page with a photo on it, and nothing answered."""
    monkeypatch.setattr(Service, "analyze", lambda *_, **__: phantom_analysis)
    app = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    app.switch_page("../pages/plan.py").run()
    app.file_uploader[0].set_value([("visit.png", phantom_png, "image/png")])
    return app.run()


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch, phantom_analysis, phantom_png) -> AppTest:
    """The page with two photos on it, and the first one's intake answered."""
    monkeypatch.setattr(Service, "analyze", lambda *_, **__: phantom_analysis)
    app = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    app.switch_page("../pages/plan.py").run()
    photos = (("ada.png", phantom_png), ("bea.png", phantom_png + b"another"))
    app.file_uploader[0].set_value([(name, data, "image/png") for name, data in photos])
    return fill_in(app.run())


def choose(app: AppTest, name: str) -> AppTest:
    uploads = app.session_state["case"].uploads.values()
    sha256 = next(u.sha256 for u in uploads if u.name == name)
    app.segmented_control(key="plan_photo").set_value(sha256).run()
    assert not app.exception
    return app


def is_asked_whose(app: AppTest) -> bool:
    return any(b.key == "plan_whose_same" for b in app.button)


def page_text(app: AppTest) -> str:
    return "\n".join(part.body for part in app.html)


def field(app: AppTest, kind: str, start: str) -> Any:
    """Find a field by the start of its key."""
    found = [one for one in getattr(app, kind) if (one.key or "").startswith(start)]
    assert len(found) == 1, [one.key for one in getattr(app, kind)]
    return found[0]


def answer(app: AppTest, name: str, value: str) -> AppTest:
    return field(app, "segmented_control", f"plan_{name}_").set_value(value).run()


def go_to(app: AppTest, part: str) -> AppTest:
    app.segmented_control(key="plan_step").set_value(part).run()
    assert not app.exception
    return app


def desk_of(app: AppTest) -> Any:
    return app.session_state["case"].desk


def fill_in(app: AppTest) -> AppTest:
    """Answer everything so that nothing is stopped."""
    for button in [b for b in app.button if b.label == "The rest: no"]:
        app.button(key=button.key).click().run()
    app.number_input[0].set_value(46).run()
    answer(app, "consent_treatment", "yes")
    answer(app, "consent_photo", "yes")
    answer(app, "treatments_complete", "yes")
    assert not app.exception
    return app


def test_without_a_photo_the_page_asks_for_one() -> None:
    app = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    app.switch_page("../pages/plan.py").run()
    assert not app.exception
    assert len(app.file_uploader) == 1
    assert app.button(key="plan_demo").label == "Open the demo patient"


def test_a_photo_of_the_session_is_planned_on(
    monkeypatch: pytest.MonkeyPatch, phantom_analysis, phantom_png
) -> None:
    monkeypatch.setattr(Service, "analyze", lambda *_, **__: phantom_analysis)
    app = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    app.file_uploader[0].set_value([("visit.png", phantom_png, "image/png")])
    app.run()
    app.switch_page("../pages/plan.py").run()
    assert not app.exception
    assert "visit.png" in page_text(app)
    assert [one.label for one in app.file_uploader] == ["Protocol file"]


def test_every_question_is_asked_and_stands_at_unknown(app: AppTest) -> None:
    for item in load_items():
        control = field(app, "segmented_control", f"plan_answers_{item.id}_")
        assert control.value == "unknown"
        assert item.question == control.label
    assert "Unknown never counts as no" in page_text(app).replace("\n", " ")


def test_unanswered_no_plan_is_made_and_it_is_said_why(app: AppTest) -> None:
    go_to(app, "plan")
    said = page_text(app)
    assert 'role="alert"' in said
    assert "The intake stops the plan." in said
    assert "answers missing" in said
    assert "<article" not in said
    assert "Answer the questions" not in said
    # Consent to the photo may be what is missing.
    assert app.get("bidi_component") == []
    assert "Steps proposed" not in said


def test_of_a_minor_no_plan_is_made_and_the_reason_has_its_sources(
    app: AppTest,
) -> None:
    fill_in(app)
    app.number_input[0].set_value(16).run()
    go_to(app, "plan")
    said = page_text(app)
    assert "Nothing overrides this: Under 18: no plan is made." in said
    stops = said.partition("fx-stop")[2]
    assert "Stops everything" in stops
    assert "sources</summary>" in stops
    assert "No step is proposed" in said
    assert app.get("bidi_component") == []
    labels = [button.label for button in app.get("download_button")]
    assert labels[0] == "Plan (JSON)"


def test_what_stops_all_zones_is_not_said_to_stop_some(app: AppTest) -> None:
    fill_in(app)
    answer(app, "answers_anticoagulant", "yes")
    said = page_text(app)
    assert "The intake stops the plan" in said
    assert "Needs a reason to go on, given in the intake: Anticoagulant" in said
    assert "The rest is planned" not in said
    go_to(app, "plan")
    said = page_text(app)
    assert "Needs a reason to go on, given in the intake: Anticoagulant" in said
    assert "missing" not in said
    assert "Answer the questions" not in said


def test_an_answered_intake_gives_steps_with_all_that_a_step_has(app: AppTest) -> None:
    fill_in(app)
    assert "Nothing stops a plan" in page_text(app)
    go_to(app, "plan")
    said = page_text(app)
    for words in (
        "Depth", "at most", "Needle", "Passes", "Sessions", "days apart", "Evidence",
        "source", "caution", "not yet clinically reviewed",
    ):  # fmt: skip
        assert words in said, words
    assert said.count("<article") == said.count("<dt>Depth</dt>") > 0
    assert len(app.get("bidi_component")) == 1


def test_an_absolute_contraindication_stops_the_plan(app: AppTest) -> None:
    fill_in(app)
    answer(app, "answers_bleeding_disorder", "yes")
    said = page_text(app)
    assert "Stops everything" in said
    assert "Bleeding disorder" in said
    assert not [i for i in app.text_input if "override" in i.key]
    go_to(app, "plan")
    assert "<article" not in page_text(app)


def test_an_override_asks_for_a_reason_which_is_kept_in_the_plan(app: AppTest) -> None:
    fill_in(app)
    answer(app, "answers_anticoagulant", "yes")
    assert "Stops unless overridden" in page_text(app)
    reason = field(app, "text_input", "plan_override_anticoagulant")
    reason.set_value("Cleared in writing.").run()
    assert "Overridden" in page_text(app)
    go_to(app, "plan")
    said = page_text(app)
    assert "<article" in said
    assert "Overridden: Anticoagulant" in said
    assert "Reason: Cleared in writing." in said
    proposal = desk_of(app)._last[2]
    document = plan_document(proposal)
    stop, left = document["stops"]
    assert stop["overridden_because"] == "Cleared in writing."
    assert (stop["modes"], left["modes"]) == (["dermal"], ["intramuscular"])
    assert left["overridden_because"] is None


def test_a_yes_that_concerns_some_zones_asks_where(app: AppTest) -> None:
    fill_in(app)
    answer(app, "answers_active_skin_disease", "yes")
    where = field(app, "multiselect", "plan_where_active_skin_disease")
    where.set_value(["chin"]).run()
    assert not app.exception
    assert desk_of(app).intake().where == {"active_skin_disease": ("chin",)}
    said = page_text(app)
    assert "Stopped in some zones or modes" in said
    assert ">Chin.</p>" in said


def test_a_recent_treatment_is_asked_for_with_its_day(app: AppTest) -> None:
    fill_in(app)
    kinds = field(app, "multiselect", "plan_treatments_")
    assert len(kinds.options) == len(load_washouts())
    kinds.set_value(["needling"]).run()
    day = field(app, "date_input", "plan_when_needling")
    day.set_value(date(2025, 1, 1)).run()
    [treatment] = desk_of(app).intake().treatments
    assert treatment.date == date(2025, 1, 1)
    assert "Nothing stops a plan" in page_text(app)


def test_answers_outlive_a_look_at_another_page(app: AppTest) -> None:
    fill_in(app)
    app.switch_page("../pages/about.py").run()
    app.switch_page("../pages/plan.py").run()
    assert not app.exception
    assert app.number_input[0].value == 46
    control = field(app, "segmented_control", "plan_answers_needle_phobia_")
    assert control.value == "no"


def test_tenderness_and_wishes_are_noted(app: AppTest) -> None:
    fill_in(app)
    go_to(app, "by_hand")
    assert len(app.get("bidi_component")) == 2  # the face chart and the photo
    app.selectbox(key="plan_felt_muscle").set_value("masseter").run()
    app.slider(key="plan_felt").set_value(7).run()
    app.button(key="plan_note").click().run()
    field(app, "multiselect", "plan_wishes_").set_value(["chin"]).run()
    field(app, "slider", "plan_wish_chin").set_value(9).run()
    assert not app.exception
    assert "Masseter, right" in page_text(app)
    intake = desk_of(app).intake()
    assert (intake.palpation[0].muscle, intake.palpation[0].tenderness) == (
        "masseter",
        7,
    )
    assert (intake.wishes[0].zones, intake.wishes[0].importance) == (("chin",), 9)
    app.button(key="plan_unfelt_masseter_r").click().run()
    assert desk_of(app).intake().palpation == ()


def test_steps_are_accepted_and_rejected_and_points_removed(app: AppTest) -> None:
    fill_in(app)
    go_to(app, "plan")
    field(app, "segmented_control", "plan_verdict_1_").set_value("accepted").run()
    field(app, "segmented_control", "plan_verdict_2_").set_value("rejected").run()
    field(app, "text_input", "plan_because_2_").set_value("Not wished.").run()
    field(app, "multiselect", "plan_points_1_").set_value([2]).run()
    assert not app.exception
    said = page_text(app)
    assert ">Accepted</span>" in said
    assert ">Rejected</span>" in said
    desk = desk_of(app)
    photo_id, _, proposal = desk._last
    document = plan_document(decide(proposal, desk.decisions(photo_id)))
    assert plan_faults(document) == ()
    assert document["steps"][0]["decision"] == "accepted"
    assert [p["number"] for p in document["steps"][0]["removed"]] == [2]
    assert [r["because"] for r in document["rejected"]] == ["Not wished."]
    field(app, "segmented_control", "plan_verdict_2_").set_value(None).run()
    assert desk.decision(photo_id, proposal.steps[1]).verdict is Verdict.OPEN


def test_decisions_that_a_change_undoes_are_told(app: AppTest) -> None:
    fill_in(app)
    go_to(app, "plan")
    for step in desk_of(app)._last[2].steps:
        control = field(app, "segmented_control", f"plan_verdict_{step.number}_")
        control.set_value("accepted").run()
    app.segmented_control(key="plan_modes").set_value("Skin").run()
    assert not app.exception
    assert "The plan changed, so decide again" in page_text(app)


def test_the_plan_its_pictures_and_the_intake_can_be_kept(app: AppTest) -> None:
    fill_in(app)
    go_to(app, "plan")
    labels = [button.label for button in app.get("download_button")]
    assert labels == [
        "Plan (JSON)",
        "Picture (PNG)",
        "Face chart (PNG)",
        "Intake (JSON)",
    ]


def test_answers_are_not_taken_for_another_photo_unless_somebody_says_so(
    two: AppTest,
) -> None:
    go_to(choose(two, "ada.png"), "plan")
    assert "<article" in page_text(two)
    choose(two, "bea.png")
    said = page_text(two)
    assert "These answers were given for ada.png. Are they of the same patient?" in said
    assert "<article" not in said
    assert two.get("download_button") == two.get("bidi_component") == []
    assert "A new intake starts blank" in said
    assert len(two.get("image")) == 2
    two.button(key="plan_whose_same").click().run()
    assert not two.exception
    assert not is_asked_whose(two)
    assert "<article" in page_text(two)
    choose(two, "ada.png")
    assert not is_asked_whose(choose(two, "bea.png"))


def test_the_intake_keeps_the_name_of_the_photo_it_was_given_for(
    two: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    monkeypatch.setattr(
        "streamlit.download_button", lambda *given, **_: names.append(given[2])
    )
    choose(two, "bea.png").button(key="plan_whose_same").click().run()
    go_to(two, "plan")
    assert names[-4:] == [
        "bea.plan.json",
        "bea.plan.png",
        "bea.chart.png",
        "ada.intake.json",
    ]


def test_a_new_intake_is_blank_and_the_other_one_stays_with_its_photo(
    two: AppTest,
) -> None:
    choose(two, "bea.png").button(key="plan_whose_new").click().run()
    assert not two.exception
    assert two.number_input[0].value is None
    control = field(two, "segmented_control", "plan_answers_needle_phobia_")
    assert control.value == "unknown"
    two.number_input[0].set_value(31).run()
    choose(two, "ada.png")
    assert not is_asked_whose(two)
    assert two.number_input[0].value == 46
    assert "Nothing stops a plan" in page_text(two)
    choose(two, "bea.png")
    assert two.number_input[0].value == 31
    control = field(two, "segmented_control", "plan_answers_needle_phobia_")
    assert control.value == "unknown"
    assert desk_of(two).answer("needle_phobia") == "unknown"
    assert list(desk_of(two).meant_for.values()) == ["bea.png"]


def test_the_photo_chosen_outlives_a_look_at_another_page(two: AppTest) -> None:
    choose(two, "bea.png").button(key="plan_whose_new").click().run()
    two.switch_page("../pages/about.py").run()
    two.switch_page("../pages/plan.py").run()
    assert not is_asked_whose(two)
    assert list(desk_of(two).meant_for.values()) == ["bea.png"]


def test_photos_of_one_sitting_are_of_one_patient(two: AppTest) -> None:
    two.session_state["case"].one_sitting = True
    assert not is_asked_whose(choose(two, "bea.png"))
    assert two.number_input[0].value == 46


def test_what_is_decided_for_one_photo_does_not_stand_at_another(two: AppTest) -> None:
    go_to(two, "plan")
    field(two, "segmented_control", "plan_verdict_1_").set_value("accepted").run()
    choose(two, "bea.png").button(key="plan_whose_same").click().run()
    go_to(two, "plan")
    assert field(two, "segmented_control", "plan_verdict_1_").value is None
    choose(two, "ada.png")
    assert field(two, "segmented_control", "plan_verdict_1_").value == "accepted"
    choose(two, "bea.png")
    assert field(two, "segmented_control", "plan_verdict_1_").value is None


def test_a_photo_that_moves_or_is_bad_is_doubted_above_the_plan(
    monkeypatch: pytest.MonkeyPatch, phantom_analysis, phantom_png
) -> None:
    frame, quality = phantom_analysis.frame, phantom_analysis.quality
    smiling = replace(frame.expression, label="smile")
    bad = replace(
        phantom_analysis,
        frame=replace(frame, expression=smiling),
        quality=replace(quality, verdict=Quality.REJECT),
    )
    monkeypatch.setattr(Service, "analyze", lambda *_, **__: bad)
    app = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    app.switch_page("../pages/plan.py").run()
    app.file_uploader[0].set_value([("visit.png", phantom_png, "image/png")])
    app.run()
    assert not app.exception
    said = page_text(app)
    assert "The face in this photo is not at rest (smiling) and its quality" in said
    assert "verdict is “Take it again”" in said


def test_a_good_photo_at_rest_is_not_doubted(app: AppTest) -> None:
    assert "better plan on another photo" not in page_text(app)


def test_start_over_forgets_the_intake_too(app: AppTest) -> None:
    fill_in(app)
    app.switch_page("../pages/analyze.py").run()
    app.button(key="analyze_clear").click().run()
    assert desk_of(app).filled == {}
    assert desk_of(app).intake().age_years is None


def load_rules(app: AppTest, text: str | bytes, name: str = "ours.toml") -> AppTest:
    data = text if isinstance(text, bytes) else text.encode()
    app.file_uploader(key="plan_protocol").set_value([(name, data, "text/plain")]).run()
    assert not app.exception
    return app


def test_a_clinic_plans_by_its_own_protocol_and_by_the_shipped_again(
    app: AppTest,
) -> None:
    load_rules(fill_in(app), example_text("protocol"))
    rules = desk_of(app).rules
    assert (rules.name, rules.protocol.id) == ("ours.toml", "my_clinic")
    assert "The clinic’s own, from ours.toml." in page_text(app)
    go_to(app, "plan")
    assert "By the clinic’s own protocol, Needling at our clinic" in page_text(app)
    plan = desk_of(app)._last[2]
    assert plan.protocol is rules.protocol
    assert {step.row for step in plan.steps} <= {row.id for row in rules.protocol.rows}
    go_to(app, "intake")
    app.button(key="plan_protocol_remove").click().run()
    assert not app.exception
    assert desk_of(app).rules.protocol is load_protocol()
    assert len(app.file_uploader) == 1


def test_a_protocol_outlives_a_patient(app: AppTest) -> None:
    load_rules(app, example_text("protocol"))
    case = app.session_state["case"]
    case.new_intake(next(iter(case.uploads.values())))
    assert case.desk.rules.name == "ours.toml"
    case.clear()
    assert case.desk.rules.name == "ours.toml"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "<b>.toml is not a text file."),
        (b"schema = ", "<b>.toml "),
        (
            example_text("protocol").replace('zone = "', 'zone = "nowhere_', 1),
            "nowhere_",
        ),
    ],
)
def test_a_bad_protocol_is_told_in_one_sentence_and_not_used(
    app: AppTest, content: str | bytes, said: str
) -> None:
    load_rules(app, content, "<b>.toml")
    assert html.escape(said) in page_text(app)
    assert "<b>" not in page_text(app)
    assert desk_of(app).rules.protocol is load_protocol()
