from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from facemap.types import ZONE_IDS, Segmentation, View
from facemap.zones import map_surface, map_zones
from facemap.zones.mapping import _column_cells
from tests.painted_face import mirror_frame, pose_frame, view_of

PX_PER_MM = 3.0
WIDTH, HEIGHT = 661, 990
GRAY = view_of(np.full((HEIGHT, WIDTH, 3), 128, np.uint8), PX_PER_MM)
NOTHING = np.zeros((HEIGHT, WIDTH), bool)
ALL_SKIN = Segmentation(~NOTHING, NOTHING, NOTHING, True, True)


def zones_of(frame, view=GRAY, segmentation=ALL_SKIN):
    return map_zones(view, frame, map_surface(view, frame), segmentation)


def strip(top_px, bottom_px):
    """A mask across the whole picture between two heights."""
    mask = NOTHING.copy()
    mask[int(top_px) : int(bottom_px)] = True
    return mask


def test_every_zone_has_a_region_in_the_order_of_the_contract():
    face_map = zones_of(pose_frame())
    assert tuple(r.id for r in face_map.regions) == ZONE_IDS
    for region in face_map.regions:
        assert len(region.outline_px) > 10
        assert np.isfinite(region.outline_px).all()
        assert 0 <= region.visible <= 1
        assert (region.reason is None) == region.assessable


def test_a_bare_face_seen_from_the_front_can_be_judged_everywhere():
    face_map = zones_of(pose_frame())
    refused = {r.id: r.reason for r in face_map.regions if not r.assessable}
    # The jaw's underside is turned away from a camera at the height of the eyes.
    assert set(refused) <= {"jawline_r", "jawline_l"}
    assert face_map.region("forehead").visible > 0.9
    assert face_map.region("nasolabial_r").visible > 0.95


def test_labels_lie_inside_the_outlines():
    face_map = zones_of(pose_frame(yaw_deg=12.0))
    for index, region in enumerate(face_map.regions):
        outline = np.round(region.outline_px * 16).astype(np.int32)[:, None]
        filled = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.fillPoly(filled, [outline], 1, shift=4)
        labeled = face_map.labels == index + 1
        assert labeled.any(), region.id
        assert (filled[labeled] == 1).all(), region.id


def test_the_area_of_a_zone_does_not_depend_on_where_the_head_looks():
    frontal = zones_of(pose_frame())
    for yaw, pitch in ((15, 0), (-12, 0), (0, 10)):
        turned = zones_of(pose_frame(yaw, pitch))
        for zone in ("glabella", "nasal_root", "upper_lip", "chin"):
            assert turned.region(zone).area_mm2 == pytest.approx(
                frontal.region(zone).area_mm2, rel=0.03
            ), zone


def test_the_area_is_that_of_the_surface_not_of_the_picture():
    cheek = zones_of(pose_frame(yaw_deg=25.0)).region("cheek_r")
    outline = cheek.outline_px / PX_PER_MM
    x, y = outline[:, 0], outline[:, 1]
    picture_mm2 = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    frontal_mm2 = zones_of(pose_frame()).region("cheek_r").area_mm2
    assert cheek.area_mm2 >= frontal_mm2
    assert cheek.area_mm2 > picture_mm2


def test_a_head_half_as_large_has_a_quarter_of_the_area():
    frame = pose_frame()
    whole = zones_of(frame).region("forehead").area_mm2
    half = zones_of(replace(frame, vertices_mm=frame.vertices_mm / 2))
    assert half.region("forehead").area_mm2 == pytest.approx(whole / 4, rel=1e-6)


def test_zones_of_the_far_side_are_turned_away():
    face_map = zones_of(pose_frame(yaw_deg=45.0))
    for zone in ("crow_feet_l", "cheek_l", "jawline_l"):
        assert face_map.region(zone).reason == "turned away from the camera"
        assert not (face_map.labels == ZONE_IDS.index(zone) + 1).sum() > 300
    for zone in ("crow_feet_r", "cheek_r", "nasolabial_r"):
        assert face_map.region(zone).assessable


def test_nothing_is_turned_away_on_a_frontal_photo():
    turned = replace(pose_frame(yaw_deg=45.0), view=View.FRONTAL)
    assert zones_of(turned).region("jawline_l").reason == "seen too obliquely"


def test_each_way_of_hiding_a_zone_has_its_own_words():
    frame = pose_frame()
    forehead = strip(0, frame.vertices_px[9, 1])
    chin = strip(frame.vertices_px[18, 1], frame.vertices_px[152, 1] + 10)
    eyes = strip(frame.vertices_px[8, 1], frame.vertices_px[50, 1])
    for mask, kind, zone, reason in (
        (forehead, "hair", "forehead", "hidden by hair"),
        (chin, "hair", "chin", "hidden by a beard"),
        (eyes, "glasses", "nasal_root", "covered by glasses"),
        (forehead, None, "forehead", "covered, or not recognized as skin"),
    ):
        masks = {"hair": NOTHING, "glasses": NOTHING, "skin": ~mask}
        if kind:
            masks[kind] = mask
        hidden = replace(ALL_SKIN, **masks)
        region = zones_of(frame, segmentation=hidden).region(zone)
        assert region.reason == reason
        assert region.visible < 0.2


def test_a_beard_that_hides_what_the_camera_faces_of_a_jawline_is_the_reason():
    """Though more of the jawline is turned away, as on every frontal photo."""
    frame = pose_frame()
    bare = zones_of(frame).region("jawline_r")
    assert bare.assessable
    assert bare.visible < 0.6
    beard = strip(frame.vertices_px[0, 1], HEIGHT)
    hidden = replace(ALL_SKIN, hair=beard, skin=~beard)
    for zone in ("jawline_r", "jawline_l"):
        region = zones_of(frame, segmentation=hidden).region(zone)
        assert region.reason == "hidden by a beard"
    turned = zones_of(pose_frame(yaw_deg=45.0), segmentation=hidden)
    assert turned.region("jawline_l").reason == "turned away from the camera"


def test_a_neck_in_a_scarf_says_so():
    frame = pose_frame()
    below = strip(frame.vertices_px[200, 1], HEIGHT)
    hidden = replace(ALL_SKIN, skin=~below, neck_found=False)
    region = zones_of(frame, segmentation=hidden).region("neck")
    assert region.reason == "the neck could not be told from clothing"


def test_a_zone_beyond_the_edge_of_the_picture_is_outside():
    frame = pose_frame()
    cut = int(frame.vertices_px[151, 1])
    view = replace(
        GRAY,
        rgb=GRAY.rgb[cut:],
        log_luminance=GRAY.log_luminance[cut:],
        origin_px=(0.0, float(cut)),
    )
    nothing = NOTHING[cut:]
    skin = Segmentation(~nothing, nothing, nothing, True, True)
    face_map = zones_of(frame, view, skin)
    assert face_map.region("forehead").reason == "outside the picture"
    assert face_map.region("chin").assessable


def test_burnt_out_skin_is_not_measured():
    frame = pose_frame()
    rgb = GRAY.rgb.copy()
    rgb[: int(frame.vertices_px[9, 1])] = 255
    region = zones_of(frame, view_of(rgb, PX_PER_MM)).region("forehead")
    assert region.reason == "too bright or too dark to show detail"


def test_specks_of_glare_take_nothing_away():
    frame = pose_frame()
    rgb = GRAY.rgb.copy()
    rgb[np.random.default_rng(3).random(rgb.shape[:2]) < 0.1] = 255
    speckled = zones_of(frame, view_of(rgb, PX_PER_MM))
    np.testing.assert_array_equal(speckled.labels, zones_of(frame, GRAY).labels)


def test_a_photo_under_two_pixels_per_millimeter_gives_no_zone():
    frame = pose_frame()
    face_map = zones_of(frame, replace(GRAY, photo_px_per_mm=1.9))
    assert all("2 pixels per millimeter" in r.reason for r in face_map.regions)
    assert all(r.area_mm2 > 0 for r in zones_of(frame).regions)


def test_left_and_right_swap_in_a_mirrored_photo():
    frame = pose_frame(yaw_deg=14.0)
    face_map = zones_of(frame)
    mirrored = zones_of(mirror_frame(frame, WIDTH))
    swap = {"r": "l", "l": "r"}
    for region in face_map.regions:
        zone = region.id
        twin_id = zone[:-1] + swap[zone[-1]] if zone[-2:] in ("_r", "_l") else zone
        twin = mirrored.region(twin_id)
        assert twin.visible == pytest.approx(region.visible, abs=0.01)
        assert twin.area_mm2 == pytest.approx(region.area_mm2, rel=0.01, abs=2)
        own = face_map.labels == ZONE_IDS.index(zone) + 1
        other = mirrored.labels[:, ::-1] == ZONE_IDS.index(twin_id) + 1
        # Borders are drawn to a sixteenth of a pixel.
        assert (own ^ other).sum() <= 0.01 * own.sum() + 40, zone


def test_cells_lie_mirrored_whatever_the_width():
    for width, columns in ((545, 170), (543, 164), (560, 175), (7, 3)):
        cells = _column_cells(width, columns)
        middle = slice(None) if width % 2 == 0 else [*range(width // 2)]
        np.testing.assert_array_equal(
            cells[middle], (columns - 1 - cells[::-1])[middle]
        )
        assert cells.min() == 0
        assert cells.max() == columns - 1
        assert (np.diff(cells) >= 0).all()
