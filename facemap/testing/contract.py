"""What every wrinkle detector must keep: subclass, and give a `detector` fixture.

These are laws, not a measure of skill: that a line twice as deep counts twice, whatever
else is in the picture, and that what is no line counts nothing. How fine a line a
detector sees is its own business, so the lines planted here are plain ones.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise

import numpy as np

from facemap.errors import DetectorError
from facemap.geometry import view_to_photo
from facemap.testing.planted import RECTANGLES_MM, PlantedFace, PlantedLine, plant
from facemap.types import WrinkleReading
from facemap.wrinkles import WrinkleDetector, run_detector

try:
    import pytest
except ModuleNotFoundError as error:
    raise DetectorError(
        "The contract of wrinkle detectors is a set of tests, and pytest is not "
        "installed",
        hint="Install it beside facemap: pip install pytest",
    ) from error

__all__ = ["WrinkleDetectorContract"]

#: Plain lines along their zones' own direction, well over any grain.
_FOREHEAD = PlantedLine((0, -45), 0, 30, depth=0.2, width_mm=0.9)
_CROW = PlantedLine((-59, 6), 22, 16, depth=0.25, width_mm=0.9)
_CHEEK = PlantedLine((-46, 40), 80, 18, depth=0.2, width_mm=1.0)
_NEIGHBOR = PlantedLine((-46, 40), 80, 30, depth=1.5, width_mm=2.0)
_AREA_CM2 = sum(
    (right - left) * (bottom - top) / 100
    for left, top, right, bottom in RECTANGLES_MM.values()
)


def _read(detector: WrinkleDetector, face: PlantedFace) -> WrinkleReading:
    return run_detector(detector, face.frame, face.view, face.surface, face.face_map)


def _forehead(depth: float, width_mm: float = 0.9) -> PlantedLine:
    return PlantedLine((0, -45), 0, 30, depth, width_mm)


class WrinkleDetectorContract:
    """Laws on flat skin with planted lines.

    Every reading is taken through `facemap.wrinkles.run_detector`, so the form of lines
    and loads is held to as well.
    """

    @pytest.fixture
    def detector(self) -> WrinkleDetector:
        """Return the detector under test; a subclass overrides this."""
        pytest.fail("a contract class needs a detector fixture")

    def test_it_says_what_it_is(self, detector: WrinkleDetector) -> None:
        """An id and a version that are words, and the hash of its settings."""
        assert isinstance(detector, WrinkleDetector)
        assert re.fullmatch(r"[a-z][a-z0-9_-]*", detector.id)
        assert detector.version.strip()
        assert re.fullmatch(r"[0-9a-f]{64}", detector.parameters_sha256)

    def test_flat_skin_has_no_lines(self, detector: WrinkleDetector) -> None:
        """Nothing is drawn, and nothing counted."""
        reading = _read(detector, plant())
        assert reading.lines == ()
        assert max(reading.loads.values()) == pytest.approx(0, abs=1e-6)

    def test_grain_alone_makes_hardly_a_line(self, detector: WrinkleDetector) -> None:
        """Under 2 mm of lines per cm2, and under a tenth of one plain line's load."""
        reading = _read(detector, plant(noise=0.02, px_per_mm=3.4))
        assert sum(x.length_mm for x in reading.lines) < 2 * _AREA_CM2
        plain = _read(detector, plant([_FOREHEAD], px_per_mm=3.4)).loads["forehead"]
        assert reading.loads["forehead"] < 0.1 * plain

    def test_a_plain_line_is_found_where_it_is(self, detector: WrinkleDetector) -> None:
        """Most of its length, within a millimeter, in its own zone."""
        face = plant([_FOREHEAD], noise=0.004)
        lines = _read(detector, face).lines
        assert {x.zone for x in lines} == {"forehead"}
        found = np.concatenate([x.path_px for x in lines])
        middle = (np.array(face.view.size_wh) - 1) / 2
        truth = middle + np.array([[0.0, -45.0]]) * face.view.px_per_mm
        truth_px = view_to_photo(truth, face.view)[0]
        off_mm = np.abs(found[:, 1] - truth_px[1]) / face.view.photo_px_per_mm
        assert off_mm.max() < 1.0
        assert sum(x.length_mm for x in lines) == pytest.approx(30, rel=0.3)

    def test_deeper_is_more(self, detector: WrinkleDetector) -> None:
        """Each deeper line is a larger load, also where it is very deep."""
        loads = [
            _read(detector, plant([_forehead(depth)])).loads["forehead"]
            for depth in (0.1, 0.2, 0.4, 0.8)
        ]
        assert all(a < b for a, b in pairwise(loads)), loads

    @pytest.mark.parametrize("depth", [0.2, 0.4, 0.8])
    def test_half_as_deep_is_half(
        self, detector: WrinkleDetector, depth: float
    ) -> None:
        """The load is linear: nothing is scaled to what else is in the picture."""
        half, full = (
            _read(detector, plant([_forehead(d)])).loads["forehead"]
            for d in (depth / 2, depth)
        )
        assert full == pytest.approx(2 * half, rel=0.1)

    def test_depth_of_a_line_is_linear(self, detector: WrinkleDetector) -> None:
        """So is what is told of the line itself."""
        half, full = (
            max(_read(detector, plant([_forehead(d)])).lines, key=lambda x: x.length_mm)
            for d in (0.2, 0.4)
        )
        assert full.depth == pytest.approx(2 * half.depth, rel=0.1)
        assert full.mass == pytest.approx(2 * half.mass, rel=0.1)

    def test_a_second_line_adds_to_the_load(self, detector: WrinkleDetector) -> None:
        """Two lines apart are the sum of both."""
        other = PlantedLine((0, -60), 0, 30, depth=0.2, width_mm=0.9)
        one, two, both = (
            _read(detector, plant(x)).loads["forehead"]
            for x in ([_FOREHEAD], [other], [_FOREHEAD, other])
        )
        assert both == pytest.approx(one + two, rel=0.1)

    def test_a_strong_neighbor_changes_nothing(self, detector: WrinkleDetector) -> None:
        """A fold in the cheek has no say in the forehead."""
        alone, beside = (
            _read(detector, plant(x)) for x in ([_FOREHEAD], [_FOREHEAD, _NEIGHBOR])
        )
        assert beside.loads["forehead"] == pytest.approx(
            alone.loads["forehead"], rel=0.02
        )
        before, now = (
            sum(x.length_mm for x in r.lines if x.zone == "forehead")
            for r in (alone, beside)
        )
        assert now == pytest.approx(before, rel=0.02)

    @pytest.mark.parametrize("exposure", [-1.5, 0.8])
    def test_exposure_changes_nothing(
        self, detector: WrinkleDetector, exposure: float
    ) -> None:
        """Less light, or darker skin, is a constant on log luminance."""
        planted = [_FOREHEAD, _CROW]
        usual, other = (
            _read(detector, plant(planted, noise=0.01, exposure=e)).loads
            for e in (0.0, exposure)
        )
        for zone in ("forehead", "crow_feet_r"):
            assert other[zone] == pytest.approx(usual[zone], rel=0.02)

    @pytest.mark.parametrize("px_per_mm", [3.2, 4.3, 6.1, 8.0])
    def test_resolution_has_no_say(
        self, detector: WrinkleDetector, px_per_mm: float
    ) -> None:
        """The same line from another camera is the same load, and as long."""
        usual, seen = (
            _read(detector, plant([_FOREHEAD], px_per_mm=p)) for p in (5.0, px_per_mm)
        )
        assert seen.loads["forehead"] == pytest.approx(
            usual.loads["forehead"], rel=0.15
        )
        before, now = (sum(x.length_mm for x in r.lines) for r in (usual, seen))
        assert now == pytest.approx(before, rel=0.15)

    def test_mirror_in_mirror_out(self, detector: WrinkleDetector) -> None:
        """A flipped face has the same loads, sides swapped."""
        face, turned = (
            plant([_FOREHEAD, _CROW, _CHEEK], noise=0.01, mirrored=m)
            for m in (False, True)
        )
        loads, flipped = _read(detector, face).loads, _read(detector, turned).loads
        for here, there in (
            ("forehead", "forehead"),
            ("crow_feet_r", "crow_feet_l"),
            ("cheek_r", "cheek_l"),
        ):
            assert flipped[there] == pytest.approx(loads[here], rel=0.05)

    def test_the_same_face_gives_the_same_reading(
        self, detector: WrinkleDetector
    ) -> None:
        """To the last bit, and whatever was read before."""
        face = plant([_FOREHEAD, _CROW], noise=0.01)
        first = _read(detector, face)
        _read(detector, plant([_CHEEK], noise=0.02, seed=8))
        again = _read(detector, face)
        assert again.lines == first.lines
        assert dict(again.loads) == dict(first.loads)

    def test_two_faces_at_a_time_are_read_as_one_after_the_other(
        self, detector: WrinkleDetector
    ) -> None:
        """Two photos that are compared are read side by side, in two threads."""
        faces = plant([_FOREHEAD, _CROW]), plant([_CHEEK], noise=0.01)
        alone = [_read(detector, face).loads for face in faces]
        with ThreadPoolExecutor(2) as pool:
            beside = [made.loads for made in pool.map(partial(_read, detector), faces)]
        assert beside == alone

    def test_its_inputs_stay_as_they_are(self, detector: WrinkleDetector) -> None:
        """Others read them after it."""
        face, twin = (plant([_FOREHEAD, _CROW], noise=0.01) for _ in range(2))
        _read(detector, face)
        for name in ("frame", "view", "surface", "face_map"):
            assert getattr(face, name) == getattr(twin, name)

    def test_nothing_is_found_where_nothing_can_be_judged(
        self, detector: WrinkleDetector
    ) -> None:
        """A zone under hair has no lines and no load, whatever lies there."""
        face = plant([_FOREHEAD, _CROW], hidden=["forehead"])
        # Not through `run_detector`: it refuses what is to be seen here.
        reading = detector.detect(face.frame, face.view, face.surface, face.face_map)
        assert "forehead" not in {x.zone for x in reading.lines}
        assert "forehead" not in reading.loads
        assert reading.loads["crow_feet_r"] > 0
