"""Beards of drawn faces, whose hair is known pixel by pixel."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from facemap.faceview import cut_view
from facemap.frame import measure_frame
from facemap.landmarks import choose_face, find_faces
from facemap.photo import load_photo
from facemap.segmentation import segment
from facemap.synthetic import HairStyle, PhantomParams, draw_phantom, encode_phantom
from facemap.zones import map_surface, map_zones
from tests.painted_face import Painting, paint, pose_frame

BARE = PhantomParams(
    size_wh=(720, 900), px_per_mm=3.3, seed=7304, severity=2.0, hair=HairStyle.SHORT
)
FULL = replace(BARE, beard=1.0, gray=0.0)
GRAY = replace(BARE, beard=1.0, gray=1.0)
# Skin used to grow into beards like this, bit by bit.
SOFT = replace(
    FULL,
    size_wh=(520, 640),
    px_per_mm=2.3,
    blur_px=1.0,
    noise=3.0,
    light_size_deg=30.0,
    ambient=0.6,
    ita_deg=28.0,
)
STUBBLE = replace(BARE, beard=0.3, gray=0.0)
DARK_SKIN = {"ita_deg": -30.0}
LOWER = ("chin", "lower_lip", "marionette_r", "marionette_l")


@cache
def drawn(params):
    """Segment a drawn face: its zones, its masks, and the hair that was drawn."""
    phantom = draw_phantom(params)
    photo = load_photo(encode_phantom(phantom, "png"), name="phantom.png")
    frame = measure_frame(photo, choose_face(find_faces(photo)))
    view = cut_view(photo, frame)
    surface = map_surface(view, frame)
    segmentation = segment(view, frame, surface)
    face_map = map_zones(view, frame, surface, segmentation)
    shift = np.float32([[view.step, 0, view.origin_px[0]]] * 2)
    shift[1] = [0, view.step, view.origin_px[1]]
    shift[:, 2] += view.step / 2 - 0.5
    hair = cv2.warpAffine(
        phantom.truth.hair.astype(np.uint8),
        shift,
        view.size_wh,
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    v = cv2.resize(surface.v, view.size_wh)
    u = cv2.resize(surface.u, view.size_wh)
    with np.errstate(invalid="ignore"):
        below_nose = (v > 0.60) & (v < 0.92) & (np.abs(u - 0.5) < 0.3)
    return face_map, segmentation, hair.astype(bool) & below_nose, below_nose


@pytest.mark.parametrize("params", [FULL, GRAY, SOFT, replace(GRAY, **DARK_SKIN)])
def test_hardly_a_beard_hair_lies_on_what_is_measured(params):
    _, segmentation, hair, _ = drawn(params)
    assert hair.sum() > 10_000
    assert (segmentation.skin & hair).sum() < 0.12 * hair.sum()


@pytest.mark.parametrize("params", [FULL, GRAY, SOFT, replace(GRAY, **DARK_SKIN)])
def test_zones_under_a_beard_are_not_judged_and_others_are(params):
    face_map, *_ = drawn(params)
    for zone in LOWER:
        assert face_map.region(zone).reason == "hidden by a beard", zone
    for zone in ("forehead", "infraorbital_r", "crow_feet_l", "nasolabial_r"):
        assert face_map.region(zone).assessable, zone


@pytest.mark.parametrize("params", [replace(BARE, **DARK_SKIN), STUBBLE])
def test_furrows_and_stubble_are_no_beard(params):
    face_map, segmentation, _, below_nose = drawn(params)
    assert not (segmentation.hair & below_nose).any()
    for zone in (*LOWER, "upper_lip", "cheek_l"):
        assert face_map.region(zone).assessable, zone


@pytest.mark.parametrize("skin", [(0.62, 0.44, 0.36), (0.20, 0.11, 0.065)])
def test_a_beard_without_color_is_found_on_any_skin(skin):
    # As bright as the skin: only color and texture tell.
    frame = pose_frame()
    gray = (float(np.dot(skin, (0.2126, 0.7152, 0.0722))),) * 3
    view = paint(frame, Painting(skin=skin, hair=gray, beard=True, hair_to_v=-1.0))
    surface = map_surface(view, frame)
    face_map = map_zones(view, frame, surface, segment(view, frame, surface))
    assert face_map.region("chin").reason == "hidden by a beard"
    for zone in ("forehead", "cheek_r", "infraorbital_r"):
        assert face_map.region(zone).assessable, zone
