"""The plan page, as far as it goes without a browser."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from facemap.documents import plan_document
from facemap.documents.plan import plan_faults
from facemap.planning import Verdict, decide
from facemap.protocol import load_items, load_washouts
from facemap.service import Service
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
    assert len(app.file_uploader) == 0


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
    assert "Stopped in some zones or modes" in page_text(app)


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


def test_start_over_forgets_the_intake_too(app: AppTest) -> None:
    fill_in(app)
    app.switch_page("../pages/analyze.py").run()
    app.button(key="analyze_clear").click().run()
    assert desk_of(app).filled == {}
    assert desk_of(app).intake().age_years is None
