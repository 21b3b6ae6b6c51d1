"""From two photos to a pair that can be looked at, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageEnhance

from facemap.documents import parse_document

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


@pytest.fixture(scope="session")
def other_file(phantom_file: Path) -> Path:
    """The same drawn face in other light and another frame."""
    file = phantom_file.with_name("later.jpg")
    with Image.open(phantom_file) as photo:
        width, height = photo.size
        part = photo.crop((6, 10, width - 8, height - 4))
        ImageEnhance.Brightness(part).enhance(0.92).save(file, quality=92)
    return file


def come_to_rest(page: Page) -> None:
    page.wait_for_selector('[data-test-script-state="notRunning"]')


def compare(page: Page, app_url: str, *files: Path) -> Locator:
    page.goto(f"{app_url}/compare")
    page.locator(".fx-intro").wait_for()
    page.set_input_files("input[type=file]", [str(file) for file in files])
    pair = page.locator(".pv[data-ready]")
    pair.wait_for()
    come_to_rest(page)
    return pair


def test_two_photos_are_compared_and_looked_at(
    page: Page, app_url: str, phantom_file: Path, other_file: Path, tmp_path: Path
) -> None:
    """One walk: a comparison takes seconds, and every step needs one."""
    pair = compare(page, app_url, phantom_file, other_file)
    view = pair.locator(".pv-view")

    # What can be said comes before the pictures.
    verdict = page.locator(".fx-pair-verdict")
    assert "zones can be compared" in verdict.inner_text()
    assert verdict.bounding_box()["y"] < view.bounding_box()["y"]
    rows = pair.locator("li[data-zone]")
    assert rows.count() > 10
    assert set(rows.evaluate_all("rows => rows.map(row => row.dataset.verdict)")) == {
        "no_detectable_change"
    }

    # The slider, by keyboard and by pointer.
    handle = pair.get_by_role("slider")
    assert handle.get_attribute("aria-valuenow") == "50"
    handle.focus()
    page.keyboard.press("ArrowRight")
    assert handle.get_attribute("aria-valuenow") == "52"
    page.keyboard.press("Home")
    assert handle.get_attribute("aria-valuetext") == "0 % Before, 100 % After"
    box = view.bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 210, steps=4)
    page.mouse.up()
    assert int(handle.get_attribute("aria-valuenow")) in (69, 70, 71)

    # A row leads both pictures to its zone, and tells what was found.
    fitted = view.get_attribute("data-zoom")
    row = rows.filter(has_text="Chin").get_by_role("button")
    row.click()
    assert float(view.get_attribute("data-zoom")) > 1.5 * float(fitted)
    assert row.get_attribute("aria-expanded") == "true"
    assert "Less than the smallest change these photos could have shown" in (
        row.inner_text()
    )
    first, second = (
        image.get_attribute("style") for image in pair.locator(".pv-pane img").all()
    )
    assert re.search(r"matrix\(.*\)", first).group() in second

    # Blink: in turns by itself, paused and turned by key.
    pair.get_by_role("radio", name="Slider").focus()
    page.keyboard.press("ArrowRight")
    blink = pair.get_by_role("radio", name="Blink")
    assert blink.get_attribute("aria-checked") == "true"
    page.wait_for_function(
        "view => view.dataset.shows === 'After'", arg=view.element_handle()
    )
    pair.get_by_role("button", name="Pause").click()
    shown = view.get_attribute("data-shows")
    page.wait_for_timeout(1300)
    assert view.get_attribute("data-shows") == shown
    view.focus()
    page.keyboard.press(" ")
    assert view.get_attribute("data-shows") != shown

    # Side by side, as wide as the page.
    pair.get_by_role("radio", name="Side by side").click()
    panes = [pane.bounding_box() for pane in pair.locator(".pv-pane").all()]
    assert panes[0]["width"] == pytest.approx(panes[1]["width"], abs=1)
    assert panes[0]["x"] + panes[0]["width"] < panes[1]["x"] + 1

    # To keep.
    with page.expect_download() as numbers:
        page.get_by_role("button", name="Comparison (JSON)").click()
    numbers.value.save_as(tmp_path / "comparison.json")
    document = parse_document((tmp_path / "comparison.json").read_text("utf-8"))
    assert document["schema"] == "facemap.comparison/1"
    with page.expect_download() as picture:
        page.get_by_role("button", name="Side by side (PNG)").click()
    assert picture.value.suggested_filename == "comparison.side-by-side.png"
    picture.value.save_as(tmp_path / "pair.png")
    with Image.open(tmp_path / "pair.png") as opened:
        assert opened.format == "PNG"

    # Blindly.
    page.get_by_text("Blind rating").click()
    page.get_by_label("Who rates").fill("AB")
    page.keyboard.press("Enter")
    blind = page.locator(".pv[data-ready='AB 1']")
    blind.wait_for()
    assert blind.locator(".pv-label").all_inner_texts() == ["A", "B"]
    assert phantom_file.name not in page.locator(".stMain").inner_text()
    page.get_by_role("button", name="No difference").click()
    page.locator(".pv[data-ready='AB 2']").wait_for()
    come_to_rest(page)


def test_the_page_fits_a_phone_in_the_dark(
    page: Page, app_url: str, phantom_file: Path, other_file: Path
) -> None:
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": 420, "height": 900})
    pair = compare(page, app_url, phantom_file, other_file)
    widest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.stMainBlockContainer *')]"
        ".map((element) => element.getBoundingClientRect().right))"
    )
    assert widest <= 420
    # Whole faces, not strips of them.
    for image in page.locator(".st-key-compare_pair [data-testid=stImage] img").all():
        box = image.bounding_box()
        assert box["height"] > box["width"]
    # Who asked for less motion starts the turns by hand.
    pair.get_by_role("radio", name="Blink").click()
    assert pair.get_by_role("button", name="Play").is_visible()
