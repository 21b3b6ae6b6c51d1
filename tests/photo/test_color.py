"""Colors mean the same, whatever profile the file carries."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from facemap.errors import PhotoError
from facemap.photo import load_photo
from facemap.photo.color import to_srgb
from tests.photo.files import (
    ADOBE_RGB,
    DISPLAY_P3,
    GRAY_GAMMA_1,
    HEIC_FOLDER,
    SRGB_BY_ANOTHER_NAME,
    encode,
    encode_16_bit,
    picture,
    png_chunk,
)

SKIN = (200, 120, 90)

# XYZ to linear sRGB: IEC 61966-2-1. RGB to XYZ: SMPTE EG 432-1, Adobe RGB (1998) 4.3.5.
# All share the white point D65, so no adaptation enters.
TO_SRGB = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)
P3_TO_XYZ = np.array(
    [
        [0.4865709, 0.2656677, 0.1982173],
        [0.2289746, 0.6917385, 0.0792869],
        [0.0000000, 0.0451134, 1.0439444],
    ]
)
ADOBE_TO_XYZ = np.array(
    [
        [0.57667, 0.18556, 0.18823],
        [0.29734, 0.62736, 0.07529],
        [0.02703, 0.07069, 0.99134],
    ]
)


def flat(color: tuple[int, ...], mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (320, 240), color)


def srgb_decode(levels):
    value = np.asarray(levels) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def srgb_encode(linear):
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )


def expected_of(profile: str, color: tuple[int, ...]):
    """By the definitions of the spaces, without ICC."""
    if profile == "Display P3":
        return srgb_encode(TO_SRGB @ P3_TO_XYZ @ srgb_decode(color))
    return srgb_encode(TO_SRGB @ ADOBE_TO_XYZ @ (np.array(color) / 255) ** (563 / 256))


@pytest.mark.parametrize("color", [SKIN, (90, 60, 45), (235, 205, 190), (128,) * 3])
@pytest.mark.parametrize(
    ("icc", "name"), [(DISPLAY_P3, "Display P3"), (ADOBE_RGB, "Adobe RGB (1998)")]
)
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_wide_gamut_skin_becomes_srgb(format_, icc, name, color):
    options = {"quality": 100} if format_ == "JPEG" else {}
    photo = load_photo(encode(flat(color), format_, icc_profile=icc, **options))
    assert photo.color_profile == name
    # 1 level of rounding, 1 of the lossy formats
    np.testing.assert_allclose(photo.rgb[99, 99], expected_of(name, color), atol=2)


def test_a_p3_heic_becomes_srgb():
    photo = load_photo(HEIC_FOLDER / "turned_p3.heic")
    assert photo.color_profile == "Display P3"
    # Orientation 6: what was top left is top right.
    expected = expected_of("Display P3", SKIN)
    np.testing.assert_allclose(photo.rgb[60, 180], expected, atol=2)


def declared(data: bytes, primaries: int, transfer: int) -> bytes:
    """Declare other code points in an AVIF or HEIC file."""
    place = data.index(b"colrnclx") + 8
    return data[:place] + struct.pack(">HH", primaries, transfer) + data[place + 4 :]


def test_p3_declared_by_code_points_becomes_srgb():
    png = encode(flat(SKIN), "PNG")
    png = png[:33] + png_chunk(b"cICP", bytes([12, 13, 0, 1])) + png[33:]
    avif = declared(encode(flat(SKIN), "AVIF"), 12, 13)
    for data in (png, avif, HEIC_FOLDER / "nclx_p3.heic"):
        photo = load_photo(data)
        assert photo.color_profile == "Display P3"
        expected = expected_of("Display P3", SKIN)
        np.testing.assert_allclose(photo.rgb[60, 60], expected, atol=2)


def test_an_embedded_profile_goes_before_code_points_in_avif():
    data = encode(flat(SKIN), "AVIF", icc_profile=ADOBE_RGB)
    assert load_photo(declared(data, 12, 13)).color_profile == "Adobe RGB (1998)"


@pytest.mark.parametrize("primaries", [1, 2, 6, 200])
def test_primaries_of_srgb_or_nobody_change_nothing(primaries):
    data = encode(picture(), "AVIF")
    expected = load_photo(data).rgb
    photo = load_photo(declared(data, primaries, 13))
    assert photo.color_profile == "sRGB"
    np.testing.assert_array_equal(photo.rgb, expected)


@pytest.mark.parametrize("transfer", [16, 18])
def test_high_dynamic_range_is_refused(transfer):
    data = declared((HEIC_FOLDER / "nclx_p3.heic").read_bytes(), 9, transfer)
    with pytest.raises(PhotoError, match="high-dynamic-range picture") as caught:
        load_photo(data)
    assert "HDR" in caught.value.hint


def test_srgb_under_any_name_leaves_pixels_alone():
    built_in = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (built_in, SRGB_BY_ANOTHER_NAME):
        photo = load_photo(encode(picture(), "PNG", icc_profile=icc))
        assert photo.color_profile == "sRGB"
        np.testing.assert_array_equal(photo.rgb, picture())


def test_srgb_pixels_are_not_copied():
    rgb = np.array(picture())
    assert to_srgb(rgb, b"")[0] is rgb
    assert to_srgb(rgb, SRGB_BY_ANOTHER_NAME)[0] is rgb


def test_a_profile_name_that_is_not_known_does_not_travel():
    icc = DISPLAY_P3.replace(
        "Display P3".encode("utf-16-be"), "Jane's Mac".encode("utf-16-be")
    )
    photo = load_photo(encode(flat(SKIN), "PNG", icc_profile=icc))
    assert photo.color_profile == "other RGB profile"
    expected = expected_of("Display P3", SKIN)
    np.testing.assert_allclose(photo.rgb[0, 0], expected, atol=1)


@pytest.mark.parametrize(
    "icc",
    [
        b"no profile",
        DISPLAY_P3[:200],
        DISPLAY_P3.replace(b"RGB ", b"R\xffB "),
        GRAY_GAMMA_1,
    ],
)
def test_a_profile_that_cannot_apply_is_taken_as_srgb_and_said(icc):
    photo = load_photo(encode(picture(), "PNG", icc_profile=icc))
    assert photo.color_profile == "unreadable, taken as sRGB"
    np.testing.assert_array_equal(photo.rgb, picture())


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF"])
def test_a_gray_profile_applies_to_gray(format_):
    photo = load_photo(encode(flat(64, "L"), format_, icc_profile=GRAY_GAMMA_1))
    assert photo.color_profile == "Gray Gamma"
    expected = float(srgb_encode(64 / 255))
    np.testing.assert_allclose(photo.rgb[9, 9], [expected] * 3, atol=1.5)


@pytest.mark.parametrize("format_", ["JPEG", "TIFF"])
def test_cmyk_without_profile_is_complemented(format_):
    # 0, 128, 160, 25 of ink: R = (255 - C)(255 - K) / 255, and so on.
    options = {"quality": 100} if format_ == "JPEG" else {}
    photo = load_photo(encode(flat((0, 128, 160, 25), "CMYK"), format_, **options))
    assert photo.color_profile == "sRGB"
    np.testing.assert_allclose(photo.rgb[9, 9], (230, 115, 86), atol=2)


def test_wide_gamut_16_bit_pictures_become_srgb():
    data = encode_16_bit(np.full((240, 320, 3), SKIN, np.uint16) * 257, ".png")
    chunk = png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(ADOBE_RGB))
    photo = load_photo(data[:33] + chunk + data[33:])
    assert photo.color_profile == "Adobe RGB (1998)"
    expected = expected_of("Adobe RGB (1998)", SKIN)
    np.testing.assert_allclose(photo.rgb[9, 9], expected, atol=1)


def test_transparent_wide_gamut_pixels_are_white():
    photo = load_photo(encode(flat((*SKIN, 0), "RGBA"), "PNG", icc_profile=ADOBE_RGB))
    assert (photo.rgb == 255).all()
