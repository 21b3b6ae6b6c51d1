"""The drawn card is the card that the sheet shows, where it should be."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from facemap.light import srgb_to_linear
from facemap.synthetic.card import PAPER, card_homography, draw_card

CENTER_PX = np.array([249.5, 149.5])
WALL = np.full((300, 500, 3), 150, np.uint8)


def to_px(card_to_px, *sides):
    points = np.column_stack([sides, np.ones(len(sides))]) @ card_to_px.T
    return points[:, :2] / points[:, 2:]


def linear_at(rgb, xy):
    x, y = np.round(xy).astype(int)
    return srgb_to_linear(rgb[y, x] / 255)


def test_a_detector_of_others_finds_the_marker_in_its_place() -> None:
    card = card_homography((-20, 5, 500), (15, -20, 10), 2500, CENTER_PX)
    known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    detector = cv2.aruco.ArucoDetector(known, settings)
    corners, ids, _ = detector.detectMarkers(draw_card(WALL, card, blur_px=0.7))
    assert np.ravel(ids).tolist() == [0]
    want = to_px(card, (-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
    assert corners[0][0] == pytest.approx(want, abs=0.6)


def test_a_card_that_faces_the_camera_has_its_size() -> None:
    card = card_homography((0, 0, 500), (0, 0, 0), 2500, CENTER_PX)
    left, right = to_px(card, (-0.5, 0), (0.5, 0))
    assert right - left == pytest.approx([20 * 2500 / 500, 0])


def test_paper_and_gray_reflect_what_they_should() -> None:
    card = card_homography((-10, 0, 500), (0, 0, 0), 2500, CENTER_PX)
    paper, gray, dot = to_px(card, (0.75, 0), (1.2, 0.2), (1.5, 0))
    plain = draw_card(WALL, card, light=(0.9, 0.8, 0.5))
    covered = draw_card(WALL, card, light=(0.9, 0.8, 0.5), covered=True)
    light = np.array([0.9, 0.8, 0.5])
    assert linear_at(plain, paper) == pytest.approx(PAPER * light, abs=0.005)
    assert linear_at(plain, gray) == pytest.approx(0.18 * light, abs=0.005)
    assert linear_at(plain, dot) == pytest.approx(PAPER * light, abs=0.005)
    assert linear_at(covered, dot) == pytest.approx(0.18 * light, abs=0.005)


def test_nothing_but_the_card_changes() -> None:
    card = card_homography((-10, 0, 500), (0, 0, 0), 2500, CENTER_PX)
    changed = (draw_card(WALL, card) != WALL).any(axis=2)
    inside = to_px(card, (-0.75, -0.75), (2.25, 0.75))
    rows, columns = (
        np.flatnonzero(changed.any(axis=1)),
        np.flatnonzero(changed.any(axis=0)),
    )
    assert [columns[0], rows[0]] == pytest.approx(inside[0], abs=1)
    assert [columns[-1], rows[-1]] == pytest.approx(inside[1], abs=1)


def test_a_mirrored_card_is_the_picture_mirrored() -> None:
    size = 20.0
    plain = card_homography((-10, 0, 500), (0, 0, 0), 2500, CENTER_PX, side_mm=size)
    other = card_homography(
        (10, 0, 500), (0, 0, 0), 2500, CENTER_PX, side_mm=size, mirrored=True
    )
    assert np.array_equal(draw_card(WALL, other), draw_card(WALL, plain)[:, ::-1])
