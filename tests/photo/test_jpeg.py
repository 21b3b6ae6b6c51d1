"""What a JPEG tells about itself before it is decoded."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from facemap.photo.jpeg import estimate_quality, read_jpeg_header
from tests.photo.files import DISPLAY_P3, encode, exif, picture


@pytest.mark.parametrize("quality", range(1, 101))
def test_the_quality_that_pillow_was_asked_for_is_found(quality):
    data = encode(picture(), "JPEG", quality=quality)
    header = read_jpeg_header(data, max_scans=20)
    assert estimate_quality(header.luminance_zigzag) == quality


def test_a_table_of_another_maker_gets_the_nearest_quality():
    steps = read_jpeg_header(encode(picture(), "JPEG", quality=80), 20).luminance_zigzag
    # A tenth coarser is about quality 78: libjpeg's scale goes from 40 to 44 percent.
    coarser = tuple(round(1.1 * step) for step in steps)
    assert estimate_quality(coarser) == pytest.approx(78, abs=1)


def test_the_header_is_that_of_pillow():
    options = {"exif": exif(6), "icc_profile": DISPLAY_P3, "progressive": True}
    data = encode(picture(), "JPEG", **options)
    header = read_jpeg_header(data, max_scans=20)
    reference = Image.open(io.BytesIO(data))
    assert header.size_wh == reference.size
    assert header.n_components == 3
    assert header.icc == reference.info["icc_profile"]
    assert header.exif == reference.info["exif"]


def test_a_profile_in_several_segments_is_joined():
    profile = bytes(range(256)) * 600  # two segments and a bit
    header = read_jpeg_header(encode(picture(), "JPEG", icc_profile=profile), 20)
    assert header.icc == profile


def test_gray_and_cmyk_are_told_apart():
    image = Image.fromarray(picture())
    for mode, n in (("L", 1), ("CMYK", 4)):
        data = encode(image.convert(mode), "JPEG")
        assert read_jpeg_header(data, 20).n_components == n
