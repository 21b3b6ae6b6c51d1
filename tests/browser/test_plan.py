"""From an uploaded photo to a reviewed plan that can be kept, in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from facemap.documents import check_document, parse_document
from facemap.protocol import load_question_groups, parse_intake

if TYPE_CHECKING:
    from playwright.sync_api import Download, Locator, Page

UPLOAD = "input[type=file]"


def come_to_rest(page: Page) -> None:
    """Wait until the script has run to its end, and nothing starts it again."""
    still = "[data-test-script-state=notRunning]"
    page.wait_for_timeout(150)
    page.wait_for_selector(still)
    page.wait_for_timeout(350)
    page.wait_for_selector(still)


def keyed(page: Page, start: str) -> Locator:
    """Find a field by the start of its key."""
    return page.locator(f'[class*="st-key-{start}"]').first


def choose(page: Page, start: str, option: str) -> None:
    keyed(page, start).get_by_text(option, exact=True).click()
    come_to_rest(page)


def open_plan(page: Page, photo: Path) -> None:
    page.get_by_role("link", name="Plan").first.click()
    page.locator(".fx-intro h1", has_text="A plan to review").wait_for()
    page.set_input_files(UPLOAD, str(photo))
    page.locator(".st-key-plan_bar").wait_for()
    come_to_rest(page)


def fill_in(page: Page) -> None:
    """Answer everything so that nothing is stopped."""
    for _ in load_question_groups():
        page.get_by_role("button", name="The rest: no").first.click()
        come_to_rest(page)
    page.get_by_label("Age, years").fill("46")
    page.keyboard.press("Enter")
    come_to_rest(page)
    choose(page, "plan_consent_treatment", "Yes")
    choose(page, "plan_consent_photo", "Yes")
    choose(page, "plan_treatments_complete", "Yes")
    page.get_by_text("Nothing stops a plan").wait_for()


def plan_map(page: Page) -> Locator:
    shown = page.locator(".pm[data-ready]")
    shown.wait_for()
    come_to_rest(page)
    return shown


def click_point(page: Page, shown: Locator, which: int) -> None:
    mark = shown.locator(".pm-point").nth(which)
    mark.scroll_into_view_if_needed()
    mark.click()
    come_to_rest(page)


def keep(page: Page, label: str, folder: Path) -> tuple[Download, Path]:
    with page.expect_download() as kept:
        page.get_by_role("button", name=label).click()
    path = folder / kept.value.suggested_filename
    kept.value.save_as(path)
    return kept.value, path


def walk(page: Page, photo: Path, folder: Path) -> None:
    """Go the whole way: intake, by hand, review, and what is kept."""
    open_plan(page, photo)
    assert "The intake stops the plan" in keyed(page, "plan_stops").inner_text()
    fill_in(page)
    choose(page, "plan_answers_anticoagulant", "Yes")
    page.get_by_text("Stops unless overridden").wait_for()
    page.get_by_placeholder("Reason to go on").fill("Cleared in writing.")
    page.keyboard.press("Enter")
    page.get_by_text("Overridden").wait_for()
    come_to_rest(page)

    choose(page, "plan_step", "2 By hand")
    page.locator('[data-spot="masseter/r"]').click()
    page.locator(".fc-scale").get_by_text("7", exact=True).click()
    come_to_rest(page)
    spot = page.locator('[data-spot="masseter/r"]')
    assert "tenderness 7 of 10" in (spot.get_attribute("aria-label") or "")
    view = plan_map(page).locator(".pm-view")
    page.locator(".pm-outline").click()
    view.scroll_into_view_if_needed()
    box = view.bounding_box()
    assert box is not None
    x, y = box["x"] + 0.5 * box["width"], box["y"] + 0.4 * box["height"]
    for dx, dy in ((0, 0), (12, 0), (12, 12), (0, 12)):
        page.mouse.click(x + dx, y + dy)
    page.locator(".pm-done").click()
    page.get_by_text("1. Mole").wait_for()

    choose(page, "plan_step", "3 Plan")
    shown = plan_map(page)
    n_points = shown.locator(".pm-point").count()
    assert n_points > 0
    keepouts = shown.locator(".pm-keepouts")
    assert keepouts.is_visible()
    shown.get_by_role("button", name="Keep-outs").click()
    assert keepouts.is_hidden()
    click_point(page, shown, 0)
    assert shown.locator(".pm-point.pm-gone").count() == 1
    last = page.locator(".fx-step .fx-number").all_inner_texts()[-1]
    choose(page, "plan_verdict_1_", "Accept")
    choose(page, f"plan_verdict_{last}_", "Reject")
    assert page.locator(".fx-state", has_text="Accepted").count() == 1
    assert shown.locator(".pm-point").count() < n_points

    download, path = keep(page, "Plan (JSON)", folder)
    assert download.suggested_filename == f"{photo.stem}.plan.json"
    text = path.read_text("utf-8")
    assert check_document(text) == ("facemap.plan/1", ())
    document = json.loads(text)
    assert document["photo"]["sha256"] == parse_document(text)["photo"]["sha256"]
    assert document["steps"][0]["decision"] == "accepted"
    assert sum(len(step["removed"]) for step in document["steps"]) == 1
    assert [row["number"] for row in document["rejected"]] == [int(last)]
    assert document["stops"][0]["overridden_because"] == "Cleared in writing."
    assert any(k["id"].startswith("outlined") for k in document["keepouts"])
    for label, suffix in (("Picture (PNG)", "plan"), ("Face chart (PNG)", "chart")):
        download, path = keep(page, label, folder)
        assert download.suggested_filename == f"{photo.stem}.{suffix}.png"
        with Image.open(path) as opened:
            assert opened.format == "PNG"
    _, path = keep(page, "Intake (JSON)", folder)
    intake = parse_intake(path.read_text("utf-8"))
    assert intake.palpation[0].tenderness == 7
    assert len(intake.lesions) == 1


def test_a_photo_becomes_a_reviewed_plan(
    page: Page, phantom_file: Path, tmp_path: Path
) -> None:
    walk(page, phantom_file, tmp_path)


@pytest.mark.faces
def test_a_real_photo_becomes_a_reviewed_plan(
    page: Page, faces: Path, tmp_path: Path
) -> None:
    walk(page, sorted((faces / "portraits").glob("*.jpg"))[6], tmp_path)


def test_numbers_stand_by_the_points_when_zoomed_in(
    page: Page, phantom_file: Path
) -> None:
    open_plan(page, phantom_file)
    fill_in(page)
    choose(page, "plan_step", "3 Plan")
    shown = plan_map(page)
    number = shown.locator(".pm-number").first
    assert number.is_hidden()
    point = shown.locator(".pm-point").first.bounding_box()
    assert point is not None
    page.mouse.move(point["x"] + 2, point["y"] + 2)
    for _ in range(6):
        page.mouse.wheel(0, -400)
    number.wait_for(state="visible")
    assert re.fullmatch(r"\d+", number.text_content() or "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_plan_page_is_no_wider_than_a_phone(
    page: Page, phantom_file: Path, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    open_plan(page, phantom_file)
    fill_in(page)
    page.set_viewport_size({"width": 420, "height": 900})
    for part in ("2 By hand", "3 Plan"):
        choose(page, "plan_step", part)
        plan_map(page)
        widest = page.evaluate(
            "Math.max(...[...document.querySelectorAll('.stMainBlockContainer *')]"
            ".map((element) => element.getBoundingClientRect().right))"
        )
        assert widest <= 420, part
