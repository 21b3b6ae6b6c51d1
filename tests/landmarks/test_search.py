"""Finding faces: on a phantom whose landmarks are known, and on made pictures."""

from __future__ import annotations

import numpy as np
import pytest

from facemap.chart import load_chart
from facemap.errors import InputError, NoFaceError
from facemap.landmarks import choose_face, find_faces, mirror_index
from facemap.types import Photo


def make_photo(rgb: np.ndarray) -> Photo:
    return Photo(rgb=rgb, sha256="0" * 64, file="made.png")


def flipped(photo: Photo) -> Photo:
    return make_photo(np.ascontiguousarray(photo.rgb[:, ::-1]))


@pytest.fixture(scope="module")
def found(phantom_photo):
    return find_faces(phantom_photo)


def between_eyes(xy: np.ndarray) -> float:
    return float(np.linalg.norm(xy[33] - xy[263]))


def test_the_phantom_s_landmarks_are_found(found, small_phantom) -> None:
    truth = small_phantom.truth.landmarks_px
    error = np.linalg.norm(found[0].xy_px - truth, axis=1) / between_eyes(truth)
    assert len(found) == found[0].n_faces == 1
    assert np.median(error) < 0.04


def test_a_mirrored_photo_gives_the_mirrored_landmarks(found, phantom_photo) -> None:
    other = find_faces(flipped(phantom_photo))[0]
    width = phantom_photo.size_wh[0]
    back = other.xy_px[mirror_index()] * [-1, 1] + [width - 1, 0]
    assert back == pytest.approx(found[0].xy_px, abs=1e-6)
    assert other.z_px[mirror_index()] == pytest.approx(found[0].z_px, abs=1e-6)
    assert other.spread_px[mirror_index()] == pytest.approx(
        found[0].spread_px, abs=1e-6
    )
    smile = "mouthSmileLeft", "mouthSmileRight"
    assert other.blendshapes[smile[0]] == pytest.approx(found[0].blendshapes[smile[1]])


@pytest.mark.parametrize("cut", [1, 2, 3, 5])
def test_the_mirror_law_holds_at_any_width(phantom_photo, cut: int) -> None:
    # Widths that do not halve evenly are shrunk from one end.
    photo = make_photo(np.ascontiguousarray(phantom_photo.rgb[:, cut:]))
    one, other = find_faces(photo)[0], find_faces(flipped(photo))[0]
    back = other.xy_px[mirror_index()] * [-1, 1] + [photo.size_wh[0] - 1, 0]
    assert back == pytest.approx(one.xy_px, abs=1e-6)


def test_the_same_photo_gives_the_same_landmarks(found, phantom_photo) -> None:
    assert find_faces(phantom_photo)[0] == found[0]


def test_resolution_hardly_moves_a_landmark(found, phantom_photo) -> None:
    half = make_photo(np.ascontiguousarray(phantom_photo.rgb[::2, ::2]))
    xy = find_faces(half)[0].xy_px * 2
    apart = np.linalg.norm(xy - found[0].xy_px, axis=1)
    assert np.median(apart) < 0.015 * between_eyes(xy)


def test_a_small_face_in_a_corner_is_found(phantom_photo) -> None:
    small = phantom_photo.rgb[::4, ::4]
    rgb = np.full((1500, 2300, 3), 140, np.uint8)
    rgb[60 : 60 + small.shape[0], 2000 : 2000 + small.shape[1]] = small
    (face,) = find_faces(make_photo(rgb))
    assert 2000 < face.xy_px[:468, 0].min() < face.xy_px[:468, 0].max() < 2225


def test_a_face_that_fills_the_photo_is_found(found, phantom_photo) -> None:
    low, high = (f(found[0].xy_px[:468], axis=0).astype(int) for f in (np.min, np.max))
    close = phantom_photo.rgb[low[1] : high[1], low[0] : high[0]]
    (face,) = find_faces(make_photo(np.ascontiguousarray(close)))
    apart = np.linalg.norm(face.xy_px + low - found[0].xy_px, axis=1)
    assert np.median(apart) < 0.03 * between_eyes(face.xy_px)


def test_the_largest_of_several_faces_comes_first(phantom_photo) -> None:
    large, small = phantom_photo.rgb, phantom_photo.rgb[::2, ::2]
    rgb = np.full((large.shape[0], large.shape[1] + small.shape[1], 3), 140, np.uint8)
    rgb[: small.shape[0], : small.shape[1]] = small
    rgb[:, small.shape[1] :] = large
    faces = find_faces(make_photo(rgb))
    assert [f.n_faces for f in faces] == [2, 2]
    assert faces[0].xy_px[:, 0].min() > small.shape[1] > faces[1].xy_px[:, 0].max()
    assert choose_face(faces) == faces[0]
    assert choose_face(faces, 1) == faces[1]


def test_a_photo_without_a_face_has_none() -> None:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (300, 470, 3), dtype=np.uint8)
    assert find_faces(make_photo(rgb)) == ()


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9000, 3), (7000, 3, 3)])
def test_a_sliver_has_no_face(shape: tuple[int, int, int]) -> None:
    assert find_faces(make_photo(np.full(shape, 127, np.uint8))) == ()


def test_no_face_is_said_in_a_sentence_with_a_hint() -> None:
    with pytest.raises(NoFaceError, match="No face") as caught:
        choose_face(())
    assert caught.value.hint


@pytest.mark.parametrize("index", [-1, 1, 7])
def test_a_face_number_out_of_range_is_an_unsuitable_value(found, index: int) -> None:
    with pytest.raises(InputError, match="the photo shows 1 face"):
        choose_face(found, index)


def test_mirroring_twice_is_no_change() -> None:
    index = mirror_index()
    assert sorted(index) == list(range(478))
    assert np.array_equal(index[index], np.arange(478))


def test_mirrored_landmarks_lie_across_the_middle() -> None:
    mesh = load_chart().vertices_mm[:468]
    assert np.array_equal(mesh[mirror_index()[:468]] * [-1, 1, 1], mesh)


@pytest.mark.faces
@pytest.mark.slow
def test_every_real_photo_has_its_face(faces) -> None:
    from facemap.photo import load_photo

    for path in sorted(faces.glob("*/*.jpg"))[::12]:
        assert len(find_faces(load_photo(path))) == 1, path.name
