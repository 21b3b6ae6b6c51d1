import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facemap.wrinkles.filters import Kernel, RidgeBank, orientations_deg

PX_PER_MM = 3.2


def line(sigma_mm, depth, angle_deg=0.0, shape=(91, 131)):
    """A line through the middle of a picture that is not square."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    a = np.radians(angle_deg)
    beside = (x - (shape[1] - 1) / 2) * np.sin(a) + (y - (shape[0] - 1) / 2) * np.cos(a)
    dip = np.exp(-0.5 * (beside / (sigma_mm * PX_PER_MM)) ** 2)
    return (-depth * dip).astype(np.float32)


def ridge_bank(image, px_per_mm, kernels, angles_deg, *, one_sided):
    everywhere = np.ones(image.shape, bool)
    bank = RidgeBank(image, px_per_mm, kernels, one_sided=one_sided, inside=everywhere)
    return np.stack([bank.answer(angle) for angle in angles_deg])


def middle(image):
    return image[..., image.shape[-2] // 2, image.shape[-1] // 2]


@pytest.mark.parametrize("sigma_mm", [0.35, 0.56, 0.9, 1.3])
def test_a_line_of_the_kernels_own_width_reads_its_depth(sigma_mm):
    bank = ridge_bank(
        line(sigma_mm, 0.2),
        PX_PER_MM,
        [Kernel(sigma_mm, 2.0)],
        np.array([0.0]),
        one_sided=0.0,
    )
    # Coarse scales are seen on halved pixels: some blur, and no pixel on the bottom.
    assert middle(bank)[0] == pytest.approx(0.2, rel=0.15)


@given(
    depth=st.floats(0.01, 1.0), factor=st.floats(0.1, 10.0), exposure=st.floats(-3, 3)
)
@settings(max_examples=25, deadline=None)
def test_the_answer_is_linear_and_blind_to_exposure(depth, factor, exposure):
    image = line(0.5, depth, 20.0)
    arguments = (PX_PER_MM, [Kernel(0.5, 2.0)], np.array([15.0]))
    once = ridge_bank(image, *arguments, one_sided=0.8)
    more = ridge_bank(
        (factor * image + exposure).astype(np.float32), *arguments, one_sided=0.8
    )
    np.testing.assert_allclose(more, factor * once, rtol=1e-3, atol=2e-5)


@pytest.mark.parametrize("angle_deg", [0.0, 15.0, 60.0, 90.0, 135.0])
def test_the_best_orientation_is_that_of_the_line(angle_deg):
    angles = orientations_deg(12)
    bank = ridge_bank(
        line(0.5, 0.2, angle_deg), PX_PER_MM, [Kernel(0.5, 2.0)], angles, one_sided=0.0
    )
    assert angles[middle(bank).argmax()] == angle_deg


def test_a_mirrored_picture_gives_mirrored_answers():
    image = np.random.default_rng(3).normal(0, 0.1, (71, 96)).astype(np.float32)
    angles = orientations_deg(12)
    kernels = [Kernel(0.35, 1.6), Kernel(0.9, 2.6)]
    bank = ridge_bank(image, PX_PER_MM, kernels, angles, one_sided=0.8)
    mirrored = ridge_bank(
        np.ascontiguousarray(image[:, ::-1]), PX_PER_MM, kernels, angles, one_sided=0.8
    )
    # 15 degrees becomes 165; 0 stays.
    twin = np.concatenate([[0], np.arange(1, 12)[::-1]])
    np.testing.assert_allclose(mirrored[twin][:, :, ::-1], bank, atol=2e-4)


def test_a_step_answers_far_less_than_a_line_as_deep():
    step = np.zeros((90, 130), np.float32)
    step[45:] = 0.3
    arguments = (PX_PER_MM, [Kernel(0.5, 2.0)], np.array([0.0]))
    both = ridge_bank(step, *arguments, one_sided=0.8)[0, 30:60, 65].max()
    one = ridge_bank(step, *arguments, one_sided=0.0)[0, 30:60, 65].max()
    assert one > 0.18
    assert both < 0.09


def test_orientations_map_onto_themselves_in_a_mirror():
    angles = orientations_deg(12)
    assert sorted((180.0 - angles) % 180.0) == sorted(angles)


def test_skin_that_is_left_out_changes_nothing_elsewhere():
    image = np.random.default_rng(4).normal(0, 0.1, (120, 150)).astype(np.float32)
    inside = np.zeros(image.shape, bool)
    inside[30:80, 50:110] = True
    kernels = [Kernel(0.56, 3.0), Kernel(0.9, 4.0)]
    part = RidgeBank(image, PX_PER_MM, kernels, one_sided=0.8, inside=inside)
    whole = ridge_bank(image, PX_PER_MM, kernels, [30.0], one_sided=0.8)[0]
    # Strides begin elsewhere: what noise answers differs a little.
    apart = part.answer(30.0)[inside] - whole[inside]
    assert np.sqrt((apart**2).mean()) < 0.15 * np.sqrt((whole[inside] ** 2).mean())


def test_no_kernels_answer_nothing():
    image = np.zeros((20, 30), np.float32)
    assert not ridge_bank(image, PX_PER_MM, [], [0.0], one_sided=0.0).any()
