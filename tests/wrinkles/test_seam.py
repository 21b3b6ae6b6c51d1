import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from facemap.errors import DetectorError
from facemap.testing import plant
from facemap.types import LineKind, WrinkleLine, WrinkleReading
from facemap.wrinkles import (
    WrinkleDetector,
    available_detectors,
    get_detector,
    reading_of,
    run_detector,
)

GOOD = WrinkleLine(
    zone="forehead",
    kind=LineKind.WRINKLE,
    path_px=np.array([[300.0, 200.0], [320.0, 200.0]]),
    length_mm=4.0,
    width_mm=0.5,
    depth=0.1,
    mass=0.05,
    orientation_deg=0.0,
    confidence=0.9,
)


class Fake:
    id = "fake"
    version = "0"
    parameters_sha256 = "0" * 64

    def __init__(self, *lines):
        self.lines = lines

    def detect(self, frame, view, surface, face_map):
        return reading_of(self.lines, face_map)


def run(*lines, **options):
    face = plant(**options)
    return run_detector(
        Fake(*lines), face.frame, face.view, face.surface, face.face_map
    )


def test_the_built_in_detector_is_listed_and_loads():
    assert "ridge" in available_detectors()
    detector = get_detector("ridge")
    assert isinstance(detector, WrinkleDetector)
    assert detector.id == "ridge"
    assert len(detector.parameters_sha256) == 64


def test_listing_loads_no_filters():
    code = (
        "import sys, facemap.wrinkles as w; w.available_detectors();"
        "sys.exit('facemap.wrinkles.ridge' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_detector_is_refused_with_a_suggestion():
    with pytest.raises(DetectorError, match="no wrinkle detector 'ridges'") as caught:
        get_detector("ridges")
    assert "ridge" in caught.value.hint


def test_a_good_line_passes():
    assert run(GOOD).lines == (GOOD,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"zone": "nose"}, "unknown zone"),
        ({"zone": "jawline_l"}, "cannot be judged"),
        ({"kind": "groove"}, "unknown kind"),
        ({"length_mm": float("nan")}, "not finite and positive"),
        ({"depth": 0.0}, "not finite and positive"),
        ({"confidence": 1.5}, "confidence"),
        ({"orientation_deg": 180.0}, "orientation"),
        ({"path_px": np.array([[3.0, 4.0]])}, "without a path"),
        ({"path_px": np.array([[3.0, 4.0], [-8.0, 4.0]])}, "leaves the picture"),
    ],
)
def test_a_line_that_breaks_the_contract_is_refused(change, said):
    with pytest.raises(DetectorError, match=said):
        run(dataclasses.replace(GOOD, **change))


def refuse(answer, said):
    class Answering(Fake):
        def detect(self, frame, view, surface, face_map):
            return answer

    face = plant()
    with pytest.raises(DetectorError, match=said):
        run_detector(Answering(), face.frame, face.view, face.surface, face.face_map)


def test_something_that_is_no_line_is_refused():
    loads = run().loads
    refuse(
        WrinkleReading(({"zone": "forehead"},), loads),
        "a dict where a WrinkleLine belongs",
    )


def test_lines_alone_are_no_reading():
    refuse((GOOD,), "did not return a WrinkleReading")


@pytest.mark.parametrize("load", [None, float("nan"), float("inf"), -1.0])
def test_a_zone_without_a_load_is_refused(load):
    loads = {k: v for k, v in run().loads.items() if k != "forehead"}
    if load is not None:
        loads["forehead"] = load
    refuse(WrinkleReading((), loads), "no load for forehead")


def test_a_reading_of_lines_spreads_their_depth_over_the_zone():
    face = plant()
    area = face.face_map.region("forehead").area_mm2
    loads = reading_of((GOOD,), face.face_map).loads
    assert loads["forehead"] == pytest.approx(1000 * 4.0 * 0.05 * 0.9 / area)
    assert loads["glabella"] == 0


def test_a_detector_that_fails_is_refused_by_name():
    class Failing(Fake):
        def detect(self, frame, view, surface, face_map):
            return 1 / 0

    face = plant()
    with pytest.raises(DetectorError, match="'fake' failed: division") as caught:
        run_detector(Failing(), face.frame, face.view, face.surface, face.face_map)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
