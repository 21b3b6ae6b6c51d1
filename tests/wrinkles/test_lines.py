from dataclasses import replace

import numpy as np
import pytest

from facemap.testing import PlantedLine, plant
from facemap.types import LineKind
from facemap.wrinkles import run_detector
from facemap.wrinkles.lines import lies_on
from facemap.wrinkles.ridge import RidgeDetector
from facemap.wrinkles.settings import load_settings


def read(face, settings=None):
    return run_detector(
        RidgeDetector(settings), face.frame, face.view, face.surface, face.face_map
    )


def test_a_path_lies_on_another_where_most_of_it_is_near():
    fold = np.column_stack([np.zeros(50), np.arange(50.0)])
    assert lies_on(fold[10:30] + np.array([2, 0]), fold, reach=3.0)
    assert not lies_on(fold[10:30] + np.array([5, 0]), fold, reach=3.0)


def test_a_fold_shallower_than_the_least_depth_has_a_load_but_is_not_drawn():
    settings = load_settings()
    face = plant([PlantedLine((-23, 42), 60, 30, depth=0.09, width_mm=2.5)])
    drawn = {}
    for least in (0.0, 0.06, 0.12):
        rules = {z: replace(x, least_depth=least) for z, x in settings.folds.items()}
        reading = read(face, replace(settings, folds=rules))
        assert reading.loads["nasolabial_r"] > 40
        drawn[least] = [x for x in reading.lines if x.kind is LineKind.FOLD]
    assert [len(x) for x in drawn.values()] == [1, 1, 0]
    assert 0.06 < drawn[0.0][0].depth < 0.12


def test_lines_are_seen_where_the_photo_is_coarser_than_the_working_grid():
    coarse = 2.5
    assert coarse < load_settings().grid.px_per_mm
    planted = [
        PlantedLine((0, -45), 0, 30, depth=0.2, width_mm=0.9),
        PlantedLine((-23, 42), 60, 30, depth=0.2, width_mm=2.5),
    ]
    usual, seen = (read(plant(planted, px_per_mm=p)) for p in (5.0, coarse))
    for zone in ("forehead", "nasolabial_r"):
        assert seen.loads[zone] == pytest.approx(usual.loads[zone], rel=0.05)
        before, now = (
            sum(x.length_mm for x in reading.lines if x.zone == zone)
            for reading in (usual, seen)
        )
        assert now == pytest.approx(before, rel=0.05)
    assert {x.zone for x in seen.lines} == {"forehead", "nasolabial_r"}
