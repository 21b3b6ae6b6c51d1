"""The sheet to print: as the tool draws it, and as the detector needs it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from facemap.resources import load_knowledge

ROOT = Path(__file__).parents[1]
SHEET = (ROOT / "docs" / "marker-sheet.pdf").read_bytes()
PAGE_MM = 210.0, 279.4
PX_PER_MM = 8


def content() -> str:
    found = re.search(rb"stream\n(.*?)\nendstream", SHEET, re.DOTALL)
    assert found
    return found[1].decode("latin-1")


def painted() -> np.ndarray:
    """The filled rectangles of the page, in their order."""
    image = np.full([round(mm * PX_PER_MM) for mm in PAGE_MM[::-1]], 255, np.uint8)
    filled = re.compile(r"^([\d.]+) g ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f", re.M)
    for row in filled.findall(content()):
        gray, x, y, width, height = map(float, row)
        left, top, right, bottom = (
            round(mm * PX_PER_MM) for mm in (x, y, x + width, y + height)
        )
        image[top:bottom, left:right] = round(255 * gray)
    return image


def test_the_sheet_is_what_the_tool_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    from draw_marker_sheet import draw_sheet

    sys.modules.pop("draw_marker_sheet")
    assert draw_sheet() == SHEET


def test_one_millimeter_is_one_millimeter_on_paper() -> None:
    scale = re.match(r"([\d.]+) 0 0 -([\d.]+) 0 ([\d.]+) cm", content())
    assert scale
    assert [float(s) for s in scale.groups()[:2]] == pytest.approx([72 / 25.4] * 2)
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", SHEET)
    assert box
    size_mm = [float(points) / 72 * 25.4 for points in box.groups()]
    assert size_mm == pytest.approx(PAGE_MM, abs=1e-3)
    assert b"/PrintScaling /None" in SHEET


def test_the_detector_finds_each_marker_at_its_size() -> None:
    card = load_knowledge("marker")["card"]
    known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    corners, ids, _ = cv2.aruco.ArucoDetector(known).detectMarkers(painted())
    assert np.ravel(ids).tolist() == [card["id"]] * 2
    for square in corners:
        sides = np.linalg.norm(np.diff(square[0], axis=0), axis=1) / PX_PER_MM
        assert sides == pytest.approx(card["side_mm"], abs=0.3)


def test_the_gray_is_where_the_data_file_says() -> None:
    card = load_knowledge("marker")["card"]
    image = painted()
    ink = round(255 * (1 - card["gray_ink"]))
    left, top, right, bottom = (card["side_mm"] * edge for edge in card["gray"])
    patches = re.findall(
        rf"{1 - card['gray_ink']:g} g ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f",
        content(),
    )
    large = [tuple(map(float, p)) for p in patches if float(p[2]) > 10]
    assert len(large) == 2
    for x, y, width, height in large:
        assert (width, height) == pytest.approx((right - left, bottom - top))
        middle = (round((x - left) * PX_PER_MM), round((y - top) * PX_PER_MM))
        # The black square lies around the card's origin, paper to its right.
        half = round(card["side_mm"] / 2 * PX_PER_MM) - 4
        assert image[middle[1] - half, middle[0] - half] == 0
        assert image[middle[1], round((x - 3) * PX_PER_MM)] == 255
        assert image[round((y + 1) * PX_PER_MM), round((x + 1) * PX_PER_MM)] == ink


def test_the_ruler_is_fifty_millimeters() -> None:
    line = re.compile(r"G 0.2 w ([\d.]+) ([\d.]+) m ([\d.]+) ([\d.]+) l S")
    lengths = [
        float(x1) - float(x0) for x0, y0, x1, y1 in line.findall(content()) if y0 == y1
    ]
    assert 50.0 in lengths


def test_the_sheet_says_how_to_print_it() -> None:
    for words in ("100 %", "Actual size", "50 mm", "18 % gray card"):
        assert words in content()
