import numpy as np
import pytest

from facemap.testing import PlantedLine, plant
from facemap.types import LineKind
from facemap.wrinkles import get_detector, run_detector
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


def lid_loads(lines):
    face = plant(lines, lids=True)
    return run_detector(
        get_detector("ridge"), face.frame, face.view, face.surface, face.face_map
    ).loads


def test_a_line_under_the_outer_end_of_the_lid_counts_as_crow_feet_too():
    under = PlantedLine((-41, 12), 165, 10, depth=0.6, width_mm=0.9)
    loads, bare = lid_loads([under]), lid_loads([])
    assert loads["infraorbital_r"] > 2 * loads["crow_feet_r"]
    assert loads["crow_feet_r"] > 0.5
    assert loads["crow_feet_l"] == bare["crow_feet_r"] == 0


def test_a_line_under_the_middle_of_the_lid_is_no_crow_foot():
    loads = lid_loads([PlantedLine((-25, 12), 165, 8, depth=0.6, width_mm=0.9)])
    assert loads["infraorbital_r"] > 0.5
    assert loads["crow_feet_r"] == 0


def test_skin_without_a_fold_has_no_load_in_a_fold_zone():
    face = plant(noise=0.01, px_per_mm=3.4)
    loads = run_detector(
        get_detector("ridge"), face.frame, face.view, face.surface, face.face_map
    ).loads
    for zone in ("nasolabial_r", "nasolabial_l"):
        assert loads[zone] < 10  # of 1000; a deep fold has 400


def test_a_fold_half_as_deep_has_half_the_load():
    half, full = (
        run_detector(
            get_detector("ridge"), face.frame, face.view, face.surface, face.face_map
        ).loads["nasolabial_r"]
        for face in (
            plant([PlantedLine((-23, 42), 80, 30, depth=x, width_mm=2.5)])
            for x in (0.2, 0.4)
        )
    )
    assert full == pytest.approx(2 * half, rel=0.05)


def test_no_fold_is_drawn_on_grain():
    drawn = detect(plant(noise=0.01, px_per_mm=3.4))
    assert not [x for x in drawn if x.kind is LineKind.FOLD]
