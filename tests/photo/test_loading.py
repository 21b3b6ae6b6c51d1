"""A photo comes in upright, sRGB, and with nothing beside it."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import cv2
import numpy as np
import pytest
from PIL import Image

from facemap.photo import load_photo
from tests.photo.files import (
    FORMATS,
    HEIC_FOLDER,
    LOSSLESS,
    encode,
    encode_16_bit,
    exif,
    picture,
    png_chunk,
    sample,
    stored_for,
    tiff,
)

SKIN = (200, 120, 90)
QUADRANTS = (SKIN, (90, 160, 100), (80, 100, 180), (128, 128, 128))


def corners(rgb):
    """Color at the middle of the four quarters, in reading order."""
    h, w = rgb.shape[0] // 4, rgb.shape[1] // 4
    return [rgb[y, x].astype(int) for y in (h, 3 * h) for x in (w, 3 * w)]


@pytest.mark.parametrize("format_", LOSSLESS)
def test_lossless_formats_keep_every_pixel(format_):
    np.testing.assert_array_equal(load_photo(sample(format_)).rgb, picture())


@pytest.mark.parametrize("format_", ["JPEG", "AVIF"])
def test_lossy_formats_stay_close(format_):
    difference = np.abs(load_photo(sample(format_)).rgb.astype(int) - picture())
    assert difference.mean() < 1.0  # levels; both at quality 95, without subsampling


def test_heic_is_read():
    photo = load_photo(HEIC_FOLDER / "plain.heic")
    assert photo.size_wh == (320, 240)
    np.testing.assert_allclose(corners(photo.rgb), QUADRANTS, atol=1)


def test_ten_bit_heic_is_read():
    photo = load_photo(HEIC_FOLDER / "ten_bit.heic")
    np.testing.assert_allclose(corners(photo.rgb), QUADRANTS, atol=2)


def test_a_heic_burst_shows_its_primary_picture():
    photo = load_photo(HEIC_FOLDER / "burst.heic")
    mirrored = [QUADRANTS[i] for i in (1, 0, 3, 2)]
    np.testing.assert_allclose(corners(photo.rgb), mirrored, atol=2)


def test_jpeg_pixels_are_those_of_pillow():
    for options in ({}, {"quality": 60, "subsampling": 2}, {"progressive": True}):
        data = encode(picture(), "JPEG", **options)
        expected = np.asarray(Image.open(io.BytesIO(data)))
        np.testing.assert_array_equal(load_photo(data).rgb, expected)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", LOSSLESS)
def test_orientation_is_undone_exactly(format_, orientation):
    stored = stored_for(picture(), orientation)
    if format_ == "TIFF":
        data = tiff(stored, extra={274: orientation})
    else:
        data = encode(stored, format_, exif=exif(orientation))
    np.testing.assert_array_equal(load_photo(data).rgb, picture())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "AVIF"])
def test_orientation_is_undone_in_lossy_formats(format_, orientation):
    stored = stored_for(picture(), orientation)
    photo = load_photo(encode(stored, format_, exif=exif(orientation)))
    assert photo.size_wh == (320, 240)
    assert np.abs(photo.rgb.astype(int) - picture()).mean() < 1.0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_a_16_bit_tiff_is_undone(orientation):
    values = np.random.default_rng(5).integers(0, 65536, (240, 320, 3), np.uint16)
    expected = np.rint(values / 257)
    color = tiff(stored_for(values, orientation), extra={274: orientation})
    np.testing.assert_array_equal(load_photo(color).rgb, expected)
    gray = stored_for(values[..., 1], orientation)
    gray = tiff(gray, photometric=1, extra={274: orientation})
    np.testing.assert_array_equal(load_photo(gray).rgb[..., 0], expected[..., 1])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_a_16_bit_png_is_undone(orientation):
    values = np.random.default_rng(6).integers(0, 65536, (240, 320, 3), np.uint16)
    data = encode_16_bit(stored_for(values, orientation), ".png")
    block = exif(orientation).removeprefix(b"Exif\0\0")
    data = data[:33] + png_chunk(b"eXIf", block) + data[33:]
    np.testing.assert_array_equal(load_photo(data).rgb, np.rint(values / 257))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(orientation):
    data = encode(picture(), "PNG", exif=exif(orientation))
    np.testing.assert_array_equal(load_photo(data).rgb, picture())


def test_a_rotated_heic_is_turned_once():
    photo = load_photo(HEIC_FOLDER / "turned_p3.heic")
    assert photo.size_wh == (240, 320)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_declared_mirror_image_is_flipped_after_turning(orientation):
    stored = stored_for(picture()[:, ::-1], orientation)
    photo = load_photo(encode(stored, "PNG", exif=exif(orientation)), mirrored=True)
    assert photo.mirrored
    np.testing.assert_array_equal(photo.rgb, picture())


@pytest.mark.parametrize("format_", FORMATS)
def test_time_and_focal_length_are_read(format_):
    photo = load_photo(sample(format_))
    assert photo.taken_at == datetime(2026, 3, 14, 15, 9, 26)
    assert photo.focal_35mm == 26


@pytest.mark.parametrize("format_", FORMATS)
def test_place_owner_and_device_do_not_travel(format_):
    data = sample(format_)
    assert b"MakerOfPhones" in data or format_ == "HEIC"
    photo = load_photo(data, name="a.bin")
    kept = pickle.dumps(photo)
    for secret in (b"MakerOfPhones", b"Jane Owner", b"Exif", b"GPS"):
        assert secret not in kept
    assert {f.name for f in dataclasses.fields(photo)} == {
        "rgb", "sha256", "file", "taken_at", "color_profile", "mirrored", "focal_35mm",
        "jpeg_quality",
    }  # fmt: skip


def test_the_hash_is_of_the_file_and_the_name_has_no_folder(tmp_path):
    file = tmp_path / "visit 1" / "Ana.JPG"
    file.parent.mkdir()
    file.write_bytes(sample("PNG"))  # the extension lies
    photo = load_photo(file)
    assert photo.sha256 == hashlib.sha256(sample("PNG")).hexdigest()
    assert photo.file == "Ana.JPG"


@pytest.mark.parametrize(
    ("name", "kept"),
    [("a/b/c.jpg", "c.jpg"), ("D:\\patients\\c.jpg", "c.jpg"), ("a\nb.png", "ab.png")],
)
def test_a_given_name_loses_its_folders(name, kept):
    assert load_photo(sample("PNG"), name=name).file == kept


def test_pixels_are_read_only():
    for format_ in FORMATS:
        assert not load_photo(sample(format_)).rgb.flags.writeable


def test_the_same_bytes_give_the_same_photo_in_many_threads():
    data = sample("AVIF")
    with ThreadPoolExecutor(4) as pool:
        photos = list(pool.map(load_photo, [data] * 8))
    assert all(photo == photos[0] for photo in photos)


def test_sixteen_bit_gray_is_rounded():
    values = np.linspace(0, 65535, 240 * 320).reshape(240, 320).astype(np.uint16)
    expected = np.rint(values / 257)
    for data in (
        encode_16_bit(values, ".png"),
        encode_16_bit(values, ".tiff"),
        tiff(values, photometric=1),
    ):
        np.testing.assert_array_equal(load_photo(data).rgb[..., 1], expected)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bit_color_is_rounded(suffix):
    rng = np.random.default_rng(3)
    values = rng.integers(0, 65536, (240, 320, 3), dtype=np.uint16)
    photo = load_photo(encode_16_bit(values, suffix))
    np.testing.assert_array_equal(photo.rgb, np.rint(values / 257))


def test_one_bit_gray_and_palette_pictures_become_rgb():
    image = Image.fromarray(picture())
    for mode in ("1", "L", "P"):
        converted = image.convert(mode)
        for format_ in ("PNG", "TIFF"):
            photo = load_photo(encode(converted, format_))
            np.testing.assert_array_equal(photo.rgb, converted.convert("RGB"))


def test_a_gray_jpeg_becomes_rgb():
    gray = picture()[..., 1]
    photo = load_photo(encode(gray, "JPEG", quality=100))
    np.testing.assert_allclose(photo.rgb, np.dstack([gray] * 3), atol=1)


def test_white_is_zero_tiff_is_not_a_negative():
    values = picture()[..., 1]
    expected = 255 - values.astype(int)
    for bits in (values, values.astype(np.uint16) * 257):
        photo = load_photo(tiff(bits, photometric=0))
        np.testing.assert_array_equal(photo.rgb[..., 0], expected)


@pytest.mark.parametrize("format_", ["PNG", "TIFF", "WEBP"])
def test_transparency_shows_white(format_):
    alpha = np.full((240, 320), 255, np.uint8)
    alpha[:, :100] = 0
    rgb = load_photo(encode(np.dstack([picture(), alpha]), format_)).rgb
    np.testing.assert_array_equal(rgb[:, 100:], picture()[:, 100:])
    assert (rgb[:, :100] == 255).all()


def test_transparency_of_heic_shows_white():
    rgb = load_photo(HEIC_FOLDER / "alpha.heic").rgb
    np.testing.assert_allclose(rgb[:, :90], 255, atol=1)
    np.testing.assert_allclose(rgb[:, 110:], np.full((240, 210, 3), SKIN), atol=3)


def test_transparency_of_gray_and_palette_pictures_shows_white():
    gray_alpha = Image.fromarray(picture()).convert("LA")
    gray_alpha.putalpha(Image.new("L", (320, 240), 0))
    palette = Image.fromarray(picture()).convert("P")
    for data in (
        encode(gray_alpha, "PNG"),
        encode(palette, "PNG", transparency=bytes(256)),
    ):
        assert (load_photo(data).rgb == 255).all()


def test_what_follows_the_picture_in_a_jpeg_is_ignored():
    data = sample("JPEG")
    assert load_photo(data + sample("PNG")).size_wh == (320, 240)
    second = Image.fromarray(picture()[::-1])
    multi = encode(picture(), "MPO", save_all=True, append_images=[second], quality=95)
    photo = load_photo(multi)  # phones append gain maps and previews in this way
    assert np.abs(photo.rgb.astype(int) - picture()).mean() < 1.0


def test_the_quality_is_known_only_of_jpeg():
    assert load_photo(encode(picture(), "JPEG", quality=83)).jpeg_quality == 83
    for format_ in ("PNG", "TIFF", "WEBP", "AVIF", "HEIC"):
        assert load_photo(sample(format_)).jpeg_quality is None


def test_a_jpeg_that_opencv_wrote_is_read():
    done, data = cv2.imencode(".jpg", picture()[..., ::-1])
    assert done
    assert load_photo(data.tobytes()).jpeg_quality == 95  # OpenCV's default


def test_a_path_may_be_written_as_text(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (320, 240), "gray").save(path)
    assert load_photo(str(path)).file == "a.png"
    assert load_photo(str(path)).sha256 == load_photo(path).sha256
