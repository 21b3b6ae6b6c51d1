import numpy as np
import pytest

from facemap.geometry import line_angle_deg
from facemap.testing import PlantedLine, plant
from facemap.testing.planted import LIDS_MM, RECTANGLES_MM
from facemap.types import ZONE_IDS

ZONES_MM = RECTANGLES_MM | LIDS_MM
CANTHI = [33, 263]


def pixel(x_mm, y_mm, roll_deg, px_per_mm=5.0):
    """Where a spot of the upright face is in the picture."""
    turned = (x_mm + 1j * y_mm) * np.exp(1j * np.radians(roll_deg))
    return np.array([turned.real + 80, turned.imag + 90]) * px_per_mm - 0.5


def value_at(image, xy):
    x, y = np.round(xy).astype(int)
    return image[y, x]


@pytest.mark.parametrize("roll_deg", [-20.0, 0.0, 15.0])
def test_a_planted_line_is_dark_along_itself_and_nowhere_beside(roll_deg):
    # From (-10, -45) to (10, -45), and rising to the right.
    for angle_deg in (0, 30):
        line = PlantedLine((0, -45), angle_deg, 20, depth=0.3, width_mm=2.0)
        image = plant([line], roll_deg=roll_deg).view.log_luminance
        a = np.radians(angle_deg)
        for along in (-8, 0, 8):
            for beside, drop in ((0, 0.3), (-4, 0.0), (4, 0.0)):
                spot = (
                    along * np.cos(a) + beside * np.sin(a),
                    -45 - along * np.sin(a) + beside * np.cos(a),
                )
                seen = value_at(image, pixel(*spot, roll_deg))
                assert seen == pytest.approx(-1.2 - drop, abs=0.02)


@pytest.mark.parametrize("roll_deg", [-20.0, 0.0, 15.0])
def test_zones_are_labeled_and_outlined_where_they_are_on_the_face(roll_deg):
    face_map = plant(roll_deg=roll_deg, lids=True).face_map
    for zone, (left, top, right, bottom) in ZONES_MM.items():
        number = ZONE_IDS.index(zone) + 1
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        np.testing.assert_allclose(
            face_map.region(zone).outline_px, [pixel(*c, roll_deg) for c in corners]
        )
        x, y = (left + right) / 2, (top + bottom) / 2
        for edge in ((left, y), (right, y), (x, top), (x, bottom)):
            out = np.sign(np.subtract(edge, (x, y)))
            inside, outside = (pixel(*(edge + d * out), roll_deg) for d in (-0.5, 0.5))
            assert value_at(face_map.labels, inside) == number
            assert value_at(face_map.labels, outside) != number


def test_no_zone_covers_another():
    face_map = plant(lids=True).face_map
    counts = np.bincount(face_map.labels.ravel(), minlength=len(ZONE_IDS) + 1)
    for number, zone in enumerate(ZONE_IDS, start=1):
        assert counts[number] / 25 == face_map.region(zone).area_mm2


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("roll_deg", [-20.0, 0.0, 15.0])
def test_the_eyes_are_level_in_the_faces_own_frame(roll_deg, mirrored):
    frame = plant(roll_deg=roll_deg, mirrored=mirrored).frame
    eyes = frame.landmarks.xy_px[CANTHI]
    found = line_angle_deg(eyes, frame.pose.roll_deg)
    assert min(found, 180 - found) == pytest.approx(0, abs=1e-6)
    np.testing.assert_array_equal(frame.vertices_px[CANTHI], eyes)
    shown = -roll_deg if mirrored else roll_deg
    np.testing.assert_allclose(eyes, [pixel(x, 0, shown) for x in (-44, 44)])


def test_a_turned_face_in_the_mirror_is_turned_the_other_way():
    line = PlantedLine((-46, 40), 80, 18, depth=0.2, width_mm=1.0)
    face, mirrored = (
        plant([line], roll_deg=15, mirrored=m, hidden=["chin"]) for m in (False, True)
    )
    np.testing.assert_array_equal(
        mirrored.view.log_luminance, face.view.log_luminance[:, ::-1]
    )
    assert mirrored.frame.pose.roll_deg == -15
    for here, there in (("cheek_r", "cheek_l"), ("forehead", "forehead")):
        mine, its = (
            f.face_map.labels == ZONE_IDS.index(z) + 1
            for f, z in ((face, here), (mirrored, there))
        )
        np.testing.assert_array_equal(its, mine[:, ::-1])


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_hidden_zone_has_no_pixel_and_its_mirror_image_neither(mirrored):
    face_map = plant(hidden=["cheek_r"], mirrored=mirrored).face_map
    hidden = "cheek_l" if mirrored else "cheek_r"
    for number, zone in enumerate(ZONE_IDS, start=1):
        shown = zone in RECTANGLES_MM and zone != hidden
        assert face_map.region(zone).assessable == shown
        assert (face_map.labels == number).any() == shown
