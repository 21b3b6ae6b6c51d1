"""From an uploaded photo to a face map that can be used, in a real browser."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from facemap.documents import parse_document
from facemap.types import ZONE_IDS

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

UPLOAD = "input[type=file]"


def come_to_rest(page: Page) -> None:
    """Wait until the script has run to its end."""
    page.wait_for_selector('[data-test-script-state="notRunning"]')


def face_map(page: Page) -> Locator:
    """Wait for the map, and for the script to come to rest."""
    shown = page.locator(".fm[data-ready]")
    shown.wait_for()
    come_to_rest(page)
    return shown


def upload(page: Page, *files: Path) -> Locator:
    page.set_input_files(UPLOAD, [str(file) for file in files])
    return face_map(page)


def zoom_of(page: Page) -> float:
    return float(page.locator(".fm-view").get_attribute("data-zoom") or 0)


def wheel(page: Page, delta_y: float) -> None:
    """Turn the wheel, and wait until the map has followed."""
    from playwright.sync_api import expect

    view = page.locator(".fm-view")
    before = view.get_attribute("data-zoom") or ""
    page.mouse.wheel(0, delta_y)
    expect(view).not_to_have_attribute("data-zoom", before)


def test_a_photo_becomes_a_face_map(page: Page, phantom_file: Path) -> None:
    shown = upload(page, phantom_file)
    assert shown.locator("path.fm-zone").count() >= 18
    rows = shown.locator("tbody tr[data-zone]")
    assert rows.count() == len(ZONE_IDS)
    severities = [
        int(text.split(" ")[0]) for text in shown.locator(".fm-said").all_inner_texts()
    ]
    assert severities == sorted(severities, reverse=True)
    assert re.search(r"\d+ mm", shown.locator(".fm-scale").inner_text())
    box = shown.locator(".fm-photo").bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert "Not a medical device" in page.locator(".fx-footer").inner_text()


def test_layers_can_be_switched_off_and_on(page: Page, phantom_file: Path) -> None:
    shown = upload(page, phantom_file)
    zones, chip = shown.locator(".fm-zones"), shown.get_by_role("button", name="Zones")
    assert zones.is_visible()
    chip.click()
    assert zones.is_hidden()
    assert chip.get_attribute("aria-pressed") == "false"
    chip.click()
    assert zones.is_visible()
    landmarks = shown.locator(".fm-landmarks")
    assert landmarks.is_hidden()
    shown.get_by_role("button", name="Landmarks").click()
    assert landmarks.is_visible()
    assert landmarks.locator("circle").count() == 478


def test_the_map_zooms_pans_and_fits(page: Page, phantom_file: Path) -> None:
    upload(page, phantom_file)
    fitted = zoom_of(page)
    page.locator(".fm-view").hover()
    wheel(page, -600)
    assert zoom_of(page) > 1.5 * fitted
    world = page.locator(".fm-world")
    before = world.get_attribute("transform")
    page.locator(".fm-view").focus()
    page.keyboard.press("ArrowLeft")
    assert world.get_attribute("transform") != before
    page.keyboard.press("0")
    assert zoom_of(page) == pytest.approx(fitted, rel=1e-3)
    page.get_by_role("button", name="Zoom in").click()
    assert zoom_of(page) == pytest.approx(1.4 * fitted, rel=1e-3)


def test_zooming_keeps_the_point_under_the_pointer(
    page: Page, phantom_file: Path
) -> None:
    shown = upload(page, phantom_file)
    box = shown.locator(".fm-view").bounding_box()
    assert box is not None
    # Whole pixels of the window: browsers round the pointer's place to them.
    at_x, at_y = round(box["x"] + 150), round(box["y"] + 220)
    page.mouse.move(at_x, at_y)

    def under_pointer() -> tuple[float, float]:
        transform = page.locator(".fm-world").get_attribute("transform") or ""
        k, _, _, _, x0, y0 = map(float, re.findall(r"-?[\d.]+(?:e-?\d+)?", transform))
        return (at_x - box["x"] - x0) / k, (at_y - box["y"] - y0) / k

    before = under_pointer()
    wheel(page, -500)
    assert under_pointer() == pytest.approx(before, abs=0.01)  # photo pixels


def test_a_zone_on_the_map_and_its_row_are_one(page: Page, phantom_file: Path) -> None:
    shown = upload(page, phantom_file)
    zone = shown.locator('path[data-zone="forehead"]')
    row = shown.locator('tr[data-zone="forehead"]')
    zone.focus()
    page.keyboard.press("Enter")
    assert "fm-selected" in (row.get_attribute("class") or "")
    assert zone.get_attribute("aria-pressed") == "true"
    assert shown.locator(".fm-detail").count() == 1
    page.keyboard.press("Escape")
    assert shown.locator(".fm-detail").count() == 0
    row.click()
    assert "fm-selected" in (zone.get_attribute("class") or "")
    label = zone.get_attribute("aria-label") or ""
    assert re.match(r"Forehead: (severity \d+ ± \d+ of 100|Can't be judged: )", label)


def test_the_numbers_and_the_picture_can_be_kept(
    page: Page, phantom_file: Path, tmp_path: Path
) -> None:
    upload(page, phantom_file)
    with page.expect_download() as numbers:
        page.get_by_role("button", name="Numbers (JSON)").click()
    assert numbers.value.suggested_filename == "phantom.analysis.json"
    numbers.value.save_as(tmp_path / "a.json")
    document = parse_document((tmp_path / "a.json").read_text("utf-8"))
    digest = hashlib.sha256(phantom_file.read_bytes()).hexdigest()
    assert document["photo"]["sha256"] == digest
    with page.expect_download() as picture:
        page.get_by_role("button", name="Picture (PNG)").click()
    assert picture.value.suggested_filename == "phantom.overlay.png"
    picture.value.save_as(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as opened:
        assert opened.format == "PNG"


def test_a_bad_file_is_explained_and_the_others_go_on(
    page: Page, phantom_file: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "notes.jpg"
    bad.write_text("not an image at all")
    shown = upload(page, bad, phantom_file)
    assert "notes.jpg" in page.get_by_role("alert").inner_text()
    assert shown.locator("path.fm-zone").count() >= 18


def test_the_demo_patient_opens(page: Page) -> None:
    page.get_by_role("button", name="Open the demo patient").click()
    assert face_map(page).locator("path.fm-zone").count() >= 18


def test_start_over_comes_back_to_the_start(page: Page, phantom_file: Path) -> None:
    upload(page, phantom_file)
    page.get_by_role("button", name="Start over").click()
    page.locator(".fm").wait_for(state="detached")
    page.locator(".fx-intro").wait_for()
    come_to_rest(page)
    upload(page, phantom_file)


@pytest.mark.faces
def test_a_real_photo_becomes_a_face_map(page: Page, faces: Path) -> None:
    photo = sorted((faces / "portraits").glob("*.jpg"))[0]
    shown = upload(page, photo)
    assert shown.locator("path.fm-zone").count() >= 18
    assert shown.locator("tbody tr[data-zone]").count() == len(ZONE_IDS)
    assert shown.locator(".fm-lines path.fm-line").count() > 0
