from dataclasses import replace

import numpy as np
import pytest

from facemap.testing.planted import RECTANGLES_MM, plant
from facemap.wrinkles import skin
from facemap.wrinkles.settings import load_settings
from facemap.wrinkles.skin import _away_from_edges, _missing_blur_mm, take_skin


def test_the_shadows_of_chin_and_collar_are_left_out_of_the_neck():
    own = np.zeros((90, 60), bool)
    own[10:80, 5:55] = True
    own[10:20, :20] = False  # the jaw rises to the side
    kept = _away_from_edges(own, 14, 4)
    for column, first in ((30, 24), (10, 34)):
        assert np.flatnonzero(kept[:, column]).tolist() == list(range(first, 76))
    assert not (kept & ~own).any()


def test_of_a_neck_of_which_little_shows_a_quarter_is_read():
    rows = []
    for height in range(2, 60):
        own = np.zeros((90, 60), bool)
        own[10 : 10 + height, 5:55] = True
        kept = _away_from_edges(own, 14, 4)
        rows.append(int(kept[:, 30].sum()))
        assert rows[-1] >= height / 4
    # One row more of neck is one or two rows more to read, never a jump.
    assert np.abs(np.diff(rows)).max() <= 2


@pytest.mark.parametrize(
    ("own_mm2", "missing_mm"), [(0.02, 0.2646), (-0.03, 0.3464), (0.5, 0.1)]
)
def test_every_photo_is_brought_to_one_sharpness(own_mm2, missing_mm):
    grid = replace(load_settings().grid, blur_mm=0.3, least_blur_mm=0.1)
    assert _missing_blur_mm(own_mm2, grid) == pytest.approx(missing_mm, abs=1e-3)


def test_a_photo_without_eyes_to_read_is_taken_for_a_usual_one(monkeypatch):
    face = plant()
    settings = load_settings()
    usual = take_skin(face.frame, face.view, face.surface, face.face_map, settings)
    monkeypatch.setattr(
        skin, "eye_variance_mm2", lambda *_: settings.grid.usual_blur_mm**2
    )
    told = take_skin(face.frame, face.view, face.surface, face.face_map, settings)
    assert usual.psf_mm == told.psf_mm
    assert np.array_equal(usual.grid.log_luminance, told.grid.log_luminance)


def test_where_no_skin_is_judged_there_is_none_to_take():
    hidden = plant(hidden=tuple(RECTANGLES_MM))
    args = hidden.frame, hidden.view, hidden.surface, hidden.face_map
    assert take_skin(*args, load_settings()) is None
