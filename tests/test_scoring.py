import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.scoring import overall_of, score_zones, severity_of
from facemap.testing import plant
from facemap.testing.planted import RECTANGLES_MM
from facemap.types import ZONE_IDS, Check, LineKind, Quality, Verdict, WrinkleLine
from facemap.wrinkles import reading_of

FINE = Quality(Verdict.PASS, ())


def line(zone="forehead", **change):
    values = {
        "kind": LineKind.WRINKLE,
        "path_px": np.array([[300.0, 200.0], [400.0, 200.0]]),
        "length_mm": 20.0,
        "width_mm": 0.6,
        "depth": 0.1,
        "mass": 0.06,
        "orientation_deg": 2.0,
        "confidence": 0.8,
    }
    return WrinkleLine(zone=zone, **(values | change))


def scores(lines=(), *, quality=FINE, **options):
    face = plant(**options)
    zones, overall = score_zones(
        face.frame,
        face.view,
        face.face_map,
        reading_of(tuple(lines), face.face_map),
        quality,
    )
    return {z.zone: z for z in zones}, overall


@given(
    zone=st.sampled_from(ZONE_IDS),
    small=st.floats(0, 100),
    more=st.floats(0, 100),
)
def test_severity_rises_with_the_load_and_stays_in_bounds(zone, small, more):
    low, high = severity_of(zone, small), severity_of(zone, small + more)
    assert 0 <= low <= high <= 100


def test_smooth_skin_scores_zero():
    zones, overall = scores()
    assert zones["forehead"].severity == 0
    assert zones["forehead"].grade == 0
    assert zones["forehead"].line_count == 0
    assert zones["forehead"].mean_depth is None
    assert overall.severity == 0


def test_all_zones_are_there_in_order_with_none_for_what_cannot_be_judged():
    zones, overall = scores([line()], hidden=["glabella"])
    assert tuple(zones) == ZONE_IDS
    hidden = zones["glabella"]
    assert (hidden.severity, hidden.severity_sd, hidden.grade) == (None, None, None)
    assert (hidden.line_count, hidden.total_length_mm) == (0, 0.0)
    judged = [z for z in zones.values() if z.severity is not None]
    assert overall.assessed_zones == len(judged) == len(RECTANGLES_MM) - 1


def test_lines_of_a_hidden_zone_are_not_counted():
    zones, _ = scores([line("glabella")], hidden=["glabella"])
    assert zones["glabella"].line_count == 0


def test_under_two_pixels_per_millimeter_there_is_no_severity():
    zones, overall = scores([line()], px_per_mm=1.9)
    assert all(z.severity is None for z in zones.values())
    assert overall == type(overall)(None, None, 0)


def test_what_the_lines_add_up_to_is_weighted_by_length():
    zones, _ = scores(
        [
            line(length_mm=30.0, depth=0.1, width_mm=0.5),
            line(length_mm=10.0, depth=0.3, width_mm=0.9),
        ]
    )
    forehead = zones["forehead"]
    assert forehead.line_count == 2
    assert forehead.total_length_mm == 40
    assert forehead.mean_depth == pytest.approx(0.15)
    assert forehead.mean_width_mm == pytest.approx(0.6)
    assert forehead.max_depth == pytest.approx(0.3)


def test_directions_on_both_sides_of_zero_average_to_zero():
    zones, _ = scores([line(orientation_deg=178.0), line(orientation_deg=2.0)])
    mean = zones["forehead"].orientation_deg
    assert min(mean, 180 - mean) == pytest.approx(0, abs=1e-6)


def test_a_check_widens_the_zones_that_it_concerns():
    check = Check(
        "sharpness",
        0.5,
        "mm",
        0.3,
        0.6,
        Verdict.WARN,
        "Hold still.",
        ("forehead",),
        2.0,
    )
    before, _ = scores([line(), line("crow_feet_r")])
    after, _ = scores(
        [line(), line("crow_feet_r")], quality=Quality(Verdict.WARN, (check,))
    )
    assert after["forehead"].severity == before["forehead"].severity
    assert after["forehead"].severity_sd == 2 * before["forehead"].severity_sd
    assert after["crow_feet_r"].severity_sd == before["crow_feet_r"].severity_sd


def test_a_coarser_photo_is_less_sure_and_sees_wider_lines_only():
    fine, _ = scores([line()], px_per_mm=8.0)
    coarse, _ = scores([line()], px_per_mm=2.2)
    assert coarse["forehead"].severity_sd > fine["forehead"].severity_sd
    assert coarse["forehead"].smallest_line_mm > fine["forehead"].smallest_line_mm


def test_the_face_is_the_mean_of_its_zones_by_area():
    _, overall = scores([line()])
    zones, _ = scores([line()])
    face = plant()
    area = {r.id: r.area_mm2 for r in face.face_map.regions}
    judged = [z for z in zones.values() if z.severity is not None]
    expected = sum(z.severity * area[z.zone] for z in judged) / sum(
        area[z.zone] for z in judged
    )
    assert overall.severity == pytest.approx(expected)
    assert overall.severity_sd < max(z.severity_sd for z in judged)


def test_the_neck_is_no_part_of_the_overall_severity():
    face = [("chin", 10.0, 2.0, 300.0), ("forehead", 40.0, 3.0, 900.0)]
    alone = overall_of(face)
    with_neck = overall_of([*face, ("neck", 90.0, 2.0, 2000.0)])
    assert alone.severity == pytest.approx(32.5)
    assert with_neck.severity == alone.severity
    assert with_neck.severity_sd == alone.severity_sd
    assert (alone.assessed_zones, with_neck.assessed_zones) == (2, 3)


def test_where_only_the_neck_shows_there_is_no_overall_severity():
    overall = overall_of([("neck", 90.0, 2.0, 2000.0), ("chin", None, None, 300.0)])
    assert (overall.severity, overall.severity_sd) == (None, None)
    assert overall.assessed_zones == 1


def test_blur_hides_thin_lines_as_coarse_pixels_do():
    def sharpness(value):
        check = Check("sharpness", value, "mm", 0.9, 1.8, Verdict.PASS, "")
        return Quality(Verdict.PASS, (check,))

    sharp, blurred, unknown = (
        scores(quality=sharpness(v), px_per_mm=5.0)[0]["forehead"].smallest_line_mm
        for v in (0.25, 0.8, None)
    )
    assert sharp == unknown == pytest.approx(0.4)
    assert blurred == pytest.approx(0.8)
