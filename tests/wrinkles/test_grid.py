import numpy as np
import pytest

from facemap.testing import PlantedLine, plant
from facemap.wrinkles.grid import finer_grid, make_grid


def grid_of(face, **options):
    settings = {
        "blur_mm": 0.2,
        "margin_mm": 6.0,
        "fill_sigma_mm": 2.5,
    } | options
    return make_grid(face.view, face.face_map.labels, 3.2, **settings)


@pytest.mark.parametrize("px_per_mm", [3.0, 5.0, 8.0])
def test_positions_survive_the_way_there_and_back(px_per_mm):
    grid = grid_of(plant(px_per_mm=px_per_mm))
    points = np.array([[3.0, 7.5], [120.25, 301.0]])
    np.testing.assert_allclose(grid.from_view(grid.to_view(points)), points)


def test_a_line_lies_where_it_was_planted():
    face = plant([PlantedLine((0, -45), 0, 60, 0.2, 1.5)], px_per_mm=8.0)
    grid = grid_of(face)
    middle = grid.from_view(np.array([[80 * 8 - 0.5, 45 * 8 - 0.5]]))[0]
    column = grid.log_luminance[:, round(middle[0])]
    assert abs(int(column.argmin()) - middle[1]) < 1


def test_masked_pixels_have_no_say():
    face, hair = plant(), plant([PlantedLine((0, -72), 0, 300, 3.0, 10)])
    hidden = face.face_map.labels == 0
    log_luminance = np.where(hidden, hair.view.log_luminance, face.view.log_luminance)
    dark = type(face.view)(
        rgb=face.view.rgb,
        log_luminance=log_luminance,
        px_per_mm=face.view.px_per_mm,
        photo_px_per_mm=face.view.photo_px_per_mm,
        origin_px=face.view.origin_px,
        step=face.view.step,
    )
    np.testing.assert_array_equal(
        grid_of(face).log_luminance,
        make_grid(
            dark,
            face.face_map.labels,
            3.2,
            blur_mm=0.2,
            margin_mm=6.0,
            fill_sigma_mm=2.5,
        ).log_luminance,
    )


def test_a_view_without_zones_is_refused():
    face = plant()
    with pytest.raises(ValueError, match="no zone"):
        make_grid(
            face.view,
            np.zeros_like(face.face_map.labels),
            3.2,
            blur_mm=0.2,
            margin_mm=6.0,
            fill_sigma_mm=2.5,
        )


def test_a_finer_grid_shows_the_same_skin():
    face = plant([PlantedLine((0, -45), 0, 60, 0.2, 0.5)], px_per_mm=8.0)
    coarse = grid_of(face)
    fine = finer_grid(face.view, face.face_map.labels, coarse, 4.8)
    points = np.array([[40.0, 60.0], [300.0, 410.5]])
    np.testing.assert_allclose(fine.from_view(fine.to_view(points)), points)
    middle = fine.from_view(np.array([[80 * 8 - 0.5, 45 * 8 - 0.5]]))[0]
    column = fine.log_luminance[:, round(middle[0])]
    assert abs(int(column.argmin()) - middle[1]) < 1
    assert np.ptp(column) > np.ptp(coarse.log_luminance)
    shares = [(g.labels == 1).sum() / g.px_per_mm**2 for g in (fine, coarse)]
    assert shares[0] == pytest.approx(shares[1], rel=0.02)


def test_what_a_grid_filled_stays_filled_on_a_finer_one():
    hair = plant([PlantedLine((0, -72), 0, 300, 3.0, 10)], px_per_mm=8.0)
    coarse = grid_of(hair)
    fine = finer_grid(hair.view, hair.face_map.labels, coarse, 4.8)
    masked = fine.labels == 0
    assert np.ptp(fine.log_luminance[masked]) <= np.ptp(coarse.log_luminance) + 1e-6
