import numpy as np
import pytest

from facemap.types import FaceView
from facemap.zones.trimming import trim_to_skin

RULE = {"grid_px_per_mm": 2.0, "bridge_mm": 5.0, "smooth_mm": 1.5}
STEP = 1.5
BOX = np.array([[20.0, 10.0], [140.0, 10.0], [140.0, 110.0], [20.0, 110.0]])


def view() -> FaceView:
    """A view of 120 x 90 pixels at 4 px/mm, each 1.5 photo pixels wide."""
    return FaceView(
        rgb=np.zeros((90, 120, 3), np.uint8),
        log_luminance=np.zeros((90, 120), np.float32),
        px_per_mm=4.0,
        photo_px_per_mm=6.0,
        origin_px=(6.0, 3.0),
        step=STEP,
    )


def test_the_outline_stops_where_the_skin_stops():
    skin = np.ones((90, 120), bool)
    skin[:40] = False  # hair
    (trimmed,) = trim_to_skin([BOX], skin, view(), RULE)
    # Row 40's upper edge lies at 3 + 1.5 * 40 in the photo, half a pixel up.
    assert trimmed[:, 1].min() == pytest.approx(62.5, abs=2.5)
    assert trimmed[:, 1].max() == pytest.approx(110, abs=2.5)
    assert trimmed[:, 0].min() == pytest.approx(20, abs=2.5)


def test_a_strand_of_hair_does_not_end_the_zone():
    skin = np.ones((90, 120), bool)
    skin[40:48] = False  # 2 mm wide
    (trimmed,) = trim_to_skin([BOX], skin, view(), RULE)
    assert trimmed[:, 1].min() == pytest.approx(10, abs=2.5)
    assert trimmed[:, 1].max() == pytest.approx(110, abs=2.5)


def test_only_the_largest_patch_is_kept():
    skin = np.zeros((90, 120), bool)
    skin[:20] = True
    skin[60:] = True
    (trimmed,) = trim_to_skin([BOX], skin, view(), RULE)
    # Of the upper patch 21 pixels lie in the box, of the lower one 17.
    assert trimmed[:, 1].max() < 60


def test_without_skin_the_outline_stays_as_it_is():
    (trimmed,) = trim_to_skin([BOX], np.zeros((90, 120), bool), view(), RULE)
    np.testing.assert_array_equal(trimmed, BOX)


def test_a_mirrored_picture_gives_a_mirrored_outline():
    skin = np.ones((90, 120), bool)
    skin[:35, :50] = False
    (here,) = trim_to_skin([BOX], skin, view(), RULE)
    photo_width = 192  # the view in its middle: 6 pixels of margin on both sides
    flipped = BOX * (-1, 1) + (photo_width - 1, 0)
    (there,) = trim_to_skin([flipped], skin[:, ::-1], view(), RULE)
    back = there * (-1, 1) + (photo_width - 1, 0)
    for side in (np.min, np.max):
        np.testing.assert_allclose(side(back, axis=0), side(here, axis=0), atol=0.8)


def test_outlines_are_trimmed_each_on_its_own():
    skin = np.ones((90, 120), bool)
    skin[:40] = False
    lower = BOX * (0.5, 0.5) + (40, 50)
    both = trim_to_skin([BOX, lower], skin, view(), RULE)
    for outline, trimmed in zip((BOX, lower), both, strict=True):
        (alone,) = trim_to_skin([outline], skin, view(), RULE)
        assert (trimmed == alone).all()


def test_a_mirrored_picture_gives_exactly_the_mirrored_corners():
    rng = np.random.default_rng(5)
    rough = np.kron(rng.random((18, 24)) < 0.8, np.ones((5, 5), bool))
    corners = np.array([[21.0, 12.0], [139.0, 17.0], [120.0, 108.0], [33.0, 96.0]])
    (here,) = trim_to_skin([corners], rough, view(), RULE)
    width = 192
    flipped = corners * (-1, 1) + (width - 1, 0)
    (there,) = trim_to_skin([flipped], rough[:, ::-1], view(), RULE)
    back = there * (-1, 1) + (width - 1, 0)
    assert sorted(map(tuple, back.round(6))) == sorted(map(tuple, here.round(6)))
