from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from facemap.testing import plant
from facemap.wrinkles.fold_zones import believed_part, fold_load
from facemap.wrinkles.folds import FoldField
from facemap.wrinkles.scene import look
from facemap.wrinkles.settings import load_settings
from facemap.wrinkles.skin import take_skin

DEEP, FAINT = 0.2, 0.01  # believed in full, and not at all
CORNER = (100, 200)


@cache
def blank_scene():
    face = plant(px_per_mm=3.2)
    skin = take_skin(
        face.frame, face.view, face.surface, face.face_map, load_settings()
    )
    assert skin is not None
    return look(skin)


def scene_of(depths, zone="nasolabial_r"):
    """A fold that is as deep in each row as is told."""
    depth = np.repeat(np.array(depths, np.float32)[:, None], 11, axis=1)
    field = FoldField(np.ones(depth.shape, bool), depth, np.zeros_like(depth), CORNER)
    return replace(blank_scene(), folds={zone: field})


def path_of(rows):
    return np.column_stack([np.full(rows, 5.0), np.arange(rows)]) + CORNER


def part_of(depths):
    return believed_part("nasolabial_r", path_of(len(depths)), scene_of(depths))


def test_a_path_that_is_believed_for_less_than_half_is_no_fold():
    assert part_of([FAINT] * 21 + [DEEP] * 19) is None
    assert part_of([FAINT] * 20 + [DEEP] * 20) is not None


def test_a_path_over_skin_without_a_fold_is_no_fold():
    assert part_of([FAINT] * 40) is None


def test_a_fold_goes_from_the_first_to_the_last_spot_that_is_believed():
    depths = [FAINT] * 3 + [DEEP] * 8 + [FAINT] * 4 + [DEEP] * 20 + [FAINT] * 5
    np.testing.assert_array_equal(part_of(depths), path_of(40)[3:35])


def test_a_fold_that_is_believed_throughout_stays_whole():
    np.testing.assert_array_equal(part_of([DEEP] * 40), path_of(40))


@pytest.mark.parametrize("zone", ["nasolabial_r", "nasolabial_l", "marionette_r"])
def test_a_load_grows_with_the_length_of_the_fold_until_it_is_whole(zone):
    settings = load_settings()
    # The rows of a whole fold: it runs at a slant.
    slant = np.sin(np.radians(settings.priors[zone].angle_deg))
    px_per_mm = blank_scene().skin.grid.px_per_mm
    whole = settings.folds[zone].whole_mm * px_per_mm * slant
    scene = scene_of([DEEP] * round(3 * whole), zone)

    def load(rows):
        return fold_load(zone, path_of(rows), scene)

    third = int(whole / 3)
    assert load(third) == pytest.approx(1000 * DEEP * third / whole, rel=1e-4)
    assert load(2 * third) == pytest.approx(2 * load(third))
    assert load(int(whole)) < 1000 * DEEP
    for rows in (int(whole) + 1, round(2 * whole), round(3 * whole)):
        assert load(rows) == pytest.approx(1000 * DEEP)


def test_a_load_is_that_of_the_mean_depth_that_is_believed():
    depths = [DEEP] * 30 + [FAINT] * 10 + [2 * DEEP] * 40
    load = fold_load("nasolabial_r", path_of(80), scene_of(depths))
    assert load == pytest.approx(1000 * (30 * DEEP + 40 * 2 * DEEP) / 80)


def test_without_a_path_there_is_no_load():
    assert fold_load("nasolabial_r", None, scene_of([DEEP] * 40)) == 0
