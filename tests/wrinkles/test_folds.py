import numpy as np
import pytest

from facemap.wrinkles.folds import best_path, widen

INSIDE = np.ones((60, 40), bool)


def fold(slope, start=20.0, rows=(0, 60), depth=0.2):
    y, x = np.mgrid[:60, :40].astype(float)
    image = depth * np.exp(-0.5 * ((x - start - slope * y) / 2) ** 2)
    image[: rows[0]] = 0
    image[rows[1] :] = 0
    return image.astype(np.float32)


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.5])
def test_the_path_follows_the_fold(slope):
    start = 20.0 - 30 * slope
    path = best_path(fold(slope, start), INSIDE, slope=slope, floor=0.02, bend=0.002)
    assert len(path) == 60
    np.testing.assert_allclose(path[:, 0], start + slope * path[:, 1], atol=1.0)


def test_the_path_ends_where_the_fold_ends():
    path = best_path(
        fold(0.0, rows=(15, 45)), INSIDE, slope=0.0, floor=0.02, bend=0.002
    )
    assert (path[0, 1], path[-1, 1]) == (15, 44)


def test_a_mirrored_fold_has_the_mirrored_path():
    image = fold(-0.4, 28.0)
    path = best_path(image, INSIDE, slope=-0.5, floor=0.02, bend=0.002)
    mirrored = best_path(
        np.ascontiguousarray(image[:, ::-1]), INSIDE, slope=0.5, floor=0.02, bend=0.002
    )
    np.testing.assert_array_equal(39 - mirrored[:, 0], path[:, 0])


def test_smooth_skin_has_no_fold():
    flat = np.full((60, 40), 0.01, np.float32)
    assert best_path(flat, INSIDE, slope=0.0, floor=0.02, bend=0.002) is None


def test_the_path_stays_inside():
    inside = np.zeros((60, 40), bool)
    inside[:, 5:12] = True
    image = fold(0.0, 25.0) + fold(0.0, 8.0, depth=0.05)
    path = best_path(image, inside, slope=0.0, floor=0.02, bend=0.002)
    assert path[:, 0].min() >= 5
    assert path[:, 0].max() < 12


@pytest.mark.parametrize("outward", [-3, 3])
def test_a_zone_is_widened_outward_and_above(outward):
    zone = np.zeros((20, 20), bool)
    zone[10:14, 8:12] = True
    added = widen(zone, outward, 2) & ~zone
    rows, columns = np.nonzero(added)
    beside = columns[(rows >= 10)]
    assert set(beside) == ({5, 6, 7} if outward < 0 else {12, 13, 14})
    assert set(rows[rows < 10]) == {8, 9}
    assert rows.max() < 14
    assert set(columns[rows < 10]) == {8, 9, 10, 11}
