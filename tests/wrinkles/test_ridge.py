from dataclasses import replace

import numpy as np
import pytest

from facemap.testing import PlantedLine, plant
from facemap.types import LineKind
from facemap.wrinkles import get_detector, run_detector
from facemap.wrinkles.ridge import RidgeDetector
from facemap.wrinkles.settings import load_settings
from tests.wrinkles.contract import StrictDetectorContract


def detect(face):
    return run_detector(
        get_detector("ridge"), face.frame, face.view, face.surface, face.face_map
    ).lines


class TestContract(StrictDetectorContract):
    @pytest.fixture
    def detector(self):
        return get_detector("ridge")


def test_a_line_against_the_grain_of_its_zone_is_no_wrinkle():
    upright = PlantedLine((0, -45), 90, 30, depth=0.2, width_mm=0.9)
    assert not [x for x in detect(plant([upright])) if x.zone == "forehead"]


def test_a_soft_broad_shadow_in_a_fold_zone_is_a_fold():
    shadow = PlantedLine((-23, 42), 80, 30, depth=0.2, width_mm=3.5)
    folds = [x for x in detect(plant([shadow])) if x.kind is LineKind.FOLD]
    assert [x.zone for x in folds] == ["nasolabial_r"]
    assert folds[0].length_mm == pytest.approx(30, rel=0.15)
    assert folds[0].mass == pytest.approx(0.7, rel=0.2)


def test_a_shadow_edge_is_no_line():
    # As broad as the forehead: the edge of a cast shadow, 0.3 deep.
    face = plant([PlantedLine((0, -90), 0, 300, depth=0.3, width_mm=90)])
    assert not [x for x in detect(face) if x.zone == "forehead"]


def test_a_mask_border_is_no_line():
    # Skin shades off toward the hair, which is masked and far darker.
    hair = PlantedLine((0, -72), 0, 300, depth=2.0, width_mm=10)
    lines = [x for x in detect(plant([hair], noise=0.004)) if x.zone == "forehead"]
    assert sum(x.length_mm for x in lines) < 10


def test_the_slope_of_the_skin_lengthens_a_line():
    planted = [PlantedLine((0, -45), 0, 30, depth=0.1, width_mm=0.9)]
    face = plant(planted)
    rows, columns = face.surface.depth_mm.shape
    # 45 degrees: as far back as outward.
    slope = np.abs(np.arange(columns) - columns / 2) * face.surface.grid_vx
    depth = np.tile(slope / face.view.px_per_mm, (rows, 1))
    turned = type(face.surface)(
        u=face.surface.u,
        v=face.surface.v,
        depth_mm=depth,
        facing=np.full_like(face.surface.facing, 0.5**0.5),
        grid_vx=face.surface.grid_vx,
    )
    detector = get_detector("ridge")
    flat = detector.detect(face.frame, face.view, face.surface, face.face_map).lines
    steep = detector.detect(face.frame, face.view, turned, face.face_map).lines
    assert steep[0].length_mm == pytest.approx(flat[0].length_mm * 2**0.5, rel=0.03)


def test_the_crease_in_a_fold_is_not_counted_again():
    shadow = PlantedLine((-23, 42), 80, 30, depth=0.15, width_mm=3.5)
    crease = PlantedLine((-23, 42), 80, 30, depth=0.15, width_mm=0.8)
    lines = [x for x in detect(plant([shadow, crease])) if x.zone == "nasolabial_r"]
    assert [x.kind for x in lines] == [LineKind.FOLD]


def loads_of(face, detector=None):
    return run_detector(
        detector or get_detector("ridge"),
        face.frame,
        face.view,
        face.surface,
        face.face_map,
    ).loads


def lid_loads(lines, detector=None):
    return loads_of(plant(lines, lids=True), detector)


def test_a_line_under_the_outer_end_of_the_lid_counts_as_crow_feet_too():
    under = PlantedLine((-41, 12), 165, 10, depth=0.6, width_mm=0.9)
    loads, bare = lid_loads([under]), lid_loads([])
    assert loads["infraorbital_r"] > 2 * loads["crow_feet_r"]
    assert loads["crow_feet_r"] > 0.5
    assert loads["crow_feet_l"] == bare["crow_feet_r"] == 0


def test_a_line_under_the_middle_of_the_lid_is_no_crow_foot():
    # With a least load, so little of a line would go unseen anyway.
    settings = load_settings()
    priors = {z: replace(x, least_load=0.0) for z, x in settings.priors.items()}
    detector = RidgeDetector(replace(settings, priors=priors))
    middle, outer = (
        lid_loads([PlantedLine((x, 12), 165, 8, depth=0.6, width_mm=0.9)], detector)
        for x in (-25, -36)
    )
    for loads in (middle, outer):
        assert loads["infraorbital_r"] > 0.5
    assert outer["crow_feet_r"] > 0.5
    assert middle["crow_feet_r"] < 0.01 * outer["crow_feet_r"]


def test_skin_without_a_fold_has_no_load_in_a_fold_zone():
    loads = loads_of(plant(noise=0.01, px_per_mm=3.4))
    for zone in ("nasolabial_r", "nasolabial_l", "marionette_r", "marionette_l"):
        assert loads[zone] < 10  # of 1000; a deep fold has 400


def test_a_fold_half_as_deep_has_half_the_load():
    half, full = (
        loads_of(plant([PlantedLine((-23, 42), 80, 30, depth=x, width_mm=2.5)]))[
            "nasolabial_r"
        ]
        for x in (0.2, 0.4)
    )
    assert full == pytest.approx(2 * half, rel=0.05)


def test_no_fold_is_drawn_on_grain():
    drawn = detect(plant(noise=0.01, px_per_mm=3.4))
    assert not [x for x in drawn if x.kind is LineKind.FOLD]


NASOLABIAL = PlantedLine((-23, 42), 60, 24, depth=0.2, width_mm=2.5)
MARIONETTE = PlantedLine((-22.5, 70), 100, 16, depth=0.2, width_mm=2.5)


def test_a_shadow_beside_the_chin_is_a_marionette_fold():
    face = plant([MARIONETTE])
    folds = [x for x in detect(face) if x.kind is LineKind.FOLD]
    assert [x.zone for x in folds] == ["marionette_r"]
    assert folds[0].length_mm == pytest.approx(16, rel=0.15)
    assert folds[0].mass == pytest.approx(0.5, rel=0.2)
    loads = loads_of(face)
    # Two fifths of a whole fold, somewhat less than 0.2 deep.
    assert 40 < loads["marionette_r"] < 80
    for zone in ("marionette_l", "nasolabial_r", "chin"):
        assert loads[zone] < 0.01


@pytest.mark.parametrize("lids", [False, True])
def test_folds_and_lids_in_the_mirror_have_the_same_loads(lids):
    under = PlantedLine((-41, 12), 165, 10, depth=0.6, width_mm=0.9)
    planted = [NASOLABIAL, MARIONETTE, *([under] if lids else [])]
    loads, mirrored = (
        loads_of(plant(planted, noise=0.01, mirrored=m, lids=lids))
        for m in (False, True)
    )
    zones = ["nasolabial", "marionette", *(["crow_feet", "infraorbital"] * lids)]
    for zone in zones:
        assert loads[f"{zone}_r"] > 0.5
        for here, there in ("rl", "lr"):
            assert mirrored[f"{zone}_{there}"] == pytest.approx(
                loads[f"{zone}_{here}"], rel=0.02, abs=1e-6
            )


@pytest.mark.parametrize("roll_deg", [-15, 15])
def test_folds_of_a_tilted_head_have_the_same_loads(roll_deg):
    upright, tilted = (
        loads_of(plant([NASOLABIAL, MARIONETTE], roll_deg=r)) for r in (0, roll_deg)
    )
    for zone in ("nasolabial_r", "marionette_r"):
        assert upright[zone] > 30
        assert tilted[zone] == pytest.approx(upright[zone], rel=0.04)
