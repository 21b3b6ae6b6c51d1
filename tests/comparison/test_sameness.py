"""Copies of one photo are told from photos of one face."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from facemap.comparison import is_copy
from facemap.comparison.sameness import photo_agreement
from facemap.photo import load_photo
from facemap.pipeline import locate_face
from facemap.types import Analysis
from tests.comparison.seen import compare, content, see


def copy_of(analysis: Analysis, image: Image.Image, **saved: object) -> Analysis:
    """Another file of a photo; where the face lies in it nobody needs to find."""
    file = io.BytesIO()
    image.convert("RGB").save(file, **saved)
    photo = load_photo(file.getvalue(), name="copy")
    return replace(analysis, photo=photo)


def picture(**changes: object) -> Image.Image:
    return Image.open(io.BytesIO(content(**changes))).convert("RGB")


@pytest.mark.parametrize("quality", [95, 70, 40])
def test_a_photo_saved_again_is_a_copy(quality: int) -> None:
    first = see().analysis
    copy = copy_of(first, picture(), format="JPEG", quality=quality)
    assert copy.photo.sha256 != first.photo.sha256
    assert is_copy(first, copy)
    assert photo_agreement(first, first) == 1.0


def test_a_photo_made_smaller_larger_or_brighter_is_a_copy() -> None:
    first = see().analysis
    width, height = picture().size
    for image in (
        picture().resize((width // 2, height // 2)),
        picture().resize((2 * width, 2 * height)),
        ImageEnhance.Brightness(picture()).enhance(0.8),
    ):
        assert is_copy(first, copy_of(first, image, format="PNG"))


@pytest.mark.parametrize(
    "shot",
    [
        {"yaw_deg": 1.0},
        {"yaw_deg": 2.0, "pitch_deg": -2.0, "camera_distance_mm": 1100.0},
        {"seed": 13},
    ],
)
def test_another_shot_is_no_copy(shot: dict[str, object]) -> None:
    first = see().analysis
    again = copy_of(first, picture(**shot), format="PNG")
    assert not is_copy(first, again)
    assert not is_copy(replace(again, frame=first.frame), first)


def test_a_face_moved_by_a_millimeter_and_a_half_is_no_copy() -> None:
    first = see().analysis
    moved = np.roll(np.asarray(picture()), (4, 4), axis=(0, 1))  # 5.7 px at 3.6 px/mm
    assert not is_copy(first, copy_of(first, Image.fromarray(moved), format="PNG"))


def test_a_picture_of_another_shape_is_no_copy() -> None:
    first = see().analysis
    width, height = picture().size
    stretched = picture().resize((round(1.1 * width), height))
    assert photo_agreement(first, copy_of(first, stretched, format="PNG")) == 0.0


def test_a_picture_without_any_detail_is_no_copy() -> None:
    first = see().analysis
    plain = Image.new("RGB", picture().size, (90, 90, 90))
    assert photo_agreement(first, copy_of(first, plain, format="PNG")) == 0.0


def test_a_copy_is_told_and_compared_all_the_same() -> None:
    first = see()
    analysis = copy_of(first.analysis, picture(), format="PNG", compress_level=1)
    made = compare(first, replace(first, analysis=analysis))
    [told] = made.reasons
    assert "seem to show the same photo" in told
    assert made.comparable


def test_two_shots_of_a_real_person_are_no_copies(faces) -> None:
    def seen(name: str) -> Analysis:
        photo = load_photo(faces / name)
        return replace(see().analysis, photo=photo, frame=locate_face(photo))

    near = [seen(f"zoom/zoom_{cm}cm.jpg") for cm in (15, 30, 45, 60)]
    for one, other in permutations(near, 2):
        assert photo_agreement(one, other) < 0.5
    for person in ("001", "009", "017", "026"):
        pair = [seen(f"london/{person}_{face}.jpg") for face in ("neutral", "smile")]
        assert photo_agreement(*pair) < 0.5
