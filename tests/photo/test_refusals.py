"""What is no photo gets one clear sentence that names the file, and a hint."""

from __future__ import annotations

import os
import random
import re
import struct
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from facemap.errors import PhotoError
from facemap.photo import load_photo
from facemap.types import Photo
from tests.photo.files import (
    FORMATS,
    HEIC_FOLDER,
    encode,
    exif,
    picture,
    png_chunk,
    sample,
    tiff,
)


def refusal_of(source: Path | bytes, name: str | None = "IMG 1.jpg") -> str:
    """The sentence; also checks the form that every refusal has."""
    with pytest.raises(PhotoError) as caught:
        load_photo(source, name=name)
    sentence, hint = str(caught.value), caught.value.hint
    assert caught.value.exit_code == 3
    assert hint.endswith(".")
    assert "\n" not in sentence + hint
    assert not re.search(r"Error|Exception|Traceback|errno|<[_a-z]|0x", sentence + hint)
    return sentence


def frames(format_: str) -> bytes:
    others = [Image.fromarray(picture()[::-1])]
    return encode(picture(), format_, save_all=True, append_images=others)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "IMG 1.jpg is empty"),
        (b"Dear colleague, the photo is attached.", "IMG 1.jpg is not a photo"),
        (bytes(5000), "IMG 1.jpg is not a photo"),
        (
            b"%PDF-1.7\n...",
            "IMG 1.jpg is a PDF document, which cannot be read",
        ),
        (
            b'<?xml version="1.0"?>\n<svg xmlns="..."/>',
            "IMG 1.jpg is an SVG drawing, not a photo",
        ),
        (
            b"\0\0\0\x18ftypcrx \0\0\0\0crx isom",
            "IMG 1.jpg is a camera raw file, which cannot be read",
        ),
        (
            b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100),
            "IMG 1.jpg is a video, not a photo",
        ),
        (
            b"\0\0\0\x18ftyphevc\0\0\0\0hevcmsf1",
            "IMG 1.jpg is an HEIF sequence, not a single photo",
        ),
    ],
)
def test_strangers_are_called_by_name(data, sentence):
    assert refusal_of(data) == sentence


@pytest.mark.parametrize("format_", ["GIF", "BMP", "JPEG2000", "PPM", "ICO"])
def test_formats_outside_the_list_are_refused(format_):
    refusal_of(encode(Image.fromarray(picture()).convert("P").convert("RGB"), format_))


def test_raw_files_that_look_like_tiff_are_refused():
    for extra in ({50706: 1}, {254: 1}):  # DNG; a thumbnail first, as in NEF and ARW
        assert "camera raw" in refusal_of(tiff(picture(), extra=extra))
    assert "camera raw" in refusal_of(
        tiff(picture())[:8] + b"CR" + tiff(picture())[10:]
    )


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (frames("PNG"), "an animated PNG"),
        (frames("WEBP"), "an animated WebP"),
        (frames("AVIF"), "an animated AVIF"),
        (frames("TIFF"), "a TIFF file of 2 pages"),
    ],
    ids=["PNG", "WebP", "AVIF", "TIFF"],
)
def test_several_pictures_are_refused(data, kind):
    assert refusal_of(data) == f"IMG 1.jpg is {kind}, not a single photo"


@pytest.mark.parametrize("share", [0.001, 0.1, 0.6, 0.99])
@pytest.mark.parametrize("format_", FORMATS)
def test_a_cut_file_is_refused(format_, share, capfd):
    data = sample(format_)
    sentence = refusal_of(data[: max(24, int(share * len(data)))])
    assert sentence == "IMG 1.jpg is cut off: the end of the file is missing"
    assert capfd.readouterr() == ("", "")  # the decoders keep quiet, too


def test_a_cut_jpeg_with_an_end_put_on_it_is_refused():
    data = encode(picture(), "JPEG")
    assert "cut off" in refusal_of(data[: int(0.6 * len(data))] + b"\xff\xd9")


def test_a_gray_wall_at_the_bottom_is_no_damage_in_a_lossless_file():
    wall = picture().copy()
    wall[100:] = 128
    np.testing.assert_array_equal(load_photo(encode(wall, "PNG")).rgb, wall)


def test_the_end_of_a_preview_inside_is_not_the_end_of_the_photo():
    preview = encode(picture()[::2, ::2], "JPEG", quality=30)
    data = encode(picture(), "JPEG", comment=preview)
    assert b"\xff\xd9" in data[:-2]
    assert load_photo(data).size_wh == (320, 240)
    assert "cut off" in refusal_of(data[:-1])


def corrupt(data: bytes, start: int, length: int = 40) -> bytes:
    noise = random.Random(1).randbytes(length)
    return data[:start] + noise + data[start + length :]


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_damaged_pixels_are_refused_where_the_format_can_tell(format_):
    data = sample(format_)
    assert refusal_of(corrupt(data, len(data) // 2)) == (
        "IMG 1.jpg is damaged and cannot be decoded"
    )


@pytest.mark.parametrize("format_", FORMATS)
def test_a_damaged_header_is_refused(format_):
    refusal_of(corrupt(sample(format_), 16, 300))


def test_too_many_bytes_are_refused_unread(tmp_path):
    file = tmp_path / "scan.tif"
    with file.open("wb") as stream:
        stream.truncate(60_000_001)  # sparse: takes no room on the disk
    expected = "scan.tif is larger than the 60 MB that are read"
    assert refusal_of(file, name=None) == expected


@pytest.mark.parametrize("format_", ["PNG", "TIFF"])
def test_bombs_are_refused_before_decoding(format_):
    options = {"compression": "group4"} if format_ == "TIFF" else {}
    data = encode(Image.new("1", (10_000, 9_000)), format_, **options)
    assert len(data) < 200_000
    assert refusal_of(data).startswith("IMG 1.jpg has 90 million pixels, more than")


def with_size(data: bytes, position: int, layout: str, *size: int) -> bytes:
    """Claim another size in the header."""
    packed = struct.pack(layout, *size)
    return data[:position] + packed + data[position + len(packed) :]


def test_claimed_sizes_are_refused_before_decoding():
    jpeg, heic, avif = sample("JPEG"), sample("HEIC"), sample("AVIF")
    frame = jpeg.index(b"\xff\xc0") + 5
    assert "3600 million" in refusal_of(with_size(jpeg, frame, ">HH", 60000, 60000))
    for data in (heic, avif):
        extent = data.index(b"ispe") + 8
        refusal_of(with_size(data, extent, ">II", 30000, 30000))
    webp = encode(picture(), "WEBP")  # VP8L: width - 1 and height - 1, 14 bits each
    assert "90 million" in refusal_of(with_size(webp, 21, "<I", 9999 | 8999 << 14))
    # A TIFF tile far larger than its picture.
    data = tiff(picture(), extra={322: 60000, 323: 60000})
    assert "damaged" in refusal_of(data)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_a_thumbnail_is_refused(format_):
    small = picture()[:160, :199]
    assert refusal_of(encode(small, format_)) == (
        "IMG 1.jpg is too small to show skin: 199 x 160 pixels"
    )


def test_a_jpeg_without_end_of_scans_is_refused():
    data = encode(picture(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    bomb = data[:last] + data[last:-2] * 200 + b"\xff\xd9"
    assert "damaged" in refusal_of(bomb)


def test_kinds_of_jpeg_that_no_camera_writes_are_refused():
    data = bytearray(encode(picture(), "JPEG"))
    data[data.index(b"\xff\xc0") + 1] = 0xC3
    assert "lossless" in refusal_of(bytes(data))


def test_pixels_that_are_no_colors_are_refused():
    numbers = tiff(picture()[..., 0].astype(np.float32), photometric=1, extra={339: 3})
    assert "no camera" in refusal_of(numbers)
    colors = tiff(picture().astype(np.float32), extra={339: 3})
    assert "no camera" in refusal_of(colors)
    planes = tiff(picture().astype(np.uint16), extra={284: 2})
    assert "no camera" in refusal_of(planes)
    assert "no camera" in refusal_of(encode(Image.new("LAB", (320, 240)), "TIFF"))


def test_a_heic_name_that_is_no_text_does_not_crash_the_process():
    data = (HEIC_FOLDER / "plain.heic").read_bytes()
    assert "damaged" in refusal_of(data.replace(b"Exif", b"\xeexif", 1))
    data = (HEIC_FOLDER / "alpha.heic").read_bytes()
    assert "damaged" in refusal_of(data.replace(b"urn:", b"\xeern:", 1))


def test_a_heic_with_a_false_depth_does_not_crash_the_process():
    data = (HEIC_FOLDER / "gray.heic").read_bytes()
    depth = data.index(b"hvcC") + 4 + 17  # 5 reserved bits, then luma bits - 8
    assert data[depth] == 0b11111_000
    deeper = data[:depth] + bytes([0b11111_010]) + data[depth + 1 :]
    assert "no camera" in refusal_of(deeper)


def test_a_false_animation_header_is_refused_without_a_warning():
    data = sample("PNG")
    data = data[:33] + png_chunk(b"acTL", bytes(8)) + data[33:]
    assert "damaged" in refusal_of(data)


def test_a_repeated_single_tag_is_refused_without_a_warning():
    data = bytearray(tiff(picture()))
    entry = data.rindex(struct.pack("<HHI", 262, 3, 1))
    data[entry : entry + 8] = struct.pack("<HHI", 262, 3, 2)
    assert "damaged" in refusal_of(bytes(data))


def test_missing_files_folders_and_pipes_are_refused(tmp_path):
    missing = tmp_path / "gone.jpg"
    assert refusal_of(missing, name=None) == "gone.jpg does not exist"
    assert refusal_of(tmp_path, None).endswith(" is a folder, not a photo")
    assert refusal_of(tmp_path / "nu\0ll.jpg", name=None).startswith("null.jpg ")
    refusal_of(tmp_path / ("n" * 5000), name=None)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert refusal_of(tmp_path / "pipe.jpg", None) == "pipe.jpg is not a file"


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    # Not by chmod: the tests may run as root, who may read everything.
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "locked.jpg"
    file.write_bytes(sample("JPEG"))
    monkeypatch.setattr(Path, "open", refuse)
    assert refusal_of(file, None) == "locked.jpg may not be read by this user"


def outcome(data: bytes) -> str:
    """Load hostile bytes: a photo or a refusal, nothing else."""
    try:
        photo = load_photo(data, name="x")
    except PhotoError as error:
        return str(error)
    assert isinstance(photo, Photo)
    return "a photo"


FUZZ = settings(
    max_examples=60,
    deadline=None,
    # Native decoders under random damage: the same damage everywhere, every time.
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize("format_", FORMATS)
@FUZZ
@given(st.data())
def test_no_beginning_of_a_file_is_a_photo(format_, data):
    whole = sample(format_)
    end = data.draw(st.integers(0, len(whole) - 1))
    assert outcome(whole[:end]) != "a photo"


@pytest.mark.parametrize("format_", FORMATS)
@FUZZ
@given(st.data())
def test_no_damage_raises_anything_but_a_refusal(format_, data):
    damaged = bytearray(sample(format_))
    # Headers matter more than pixels: half of the damage is done to them.
    position = st.integers(0, 1_000_000) | st.integers(0, 600)
    damage = st.lists(st.tuples(position, st.integers(0, 255)), min_size=1, max_size=12)
    for place, value in data.draw(damage):
        damaged[place % len(damaged)] = value
    outcome(bytes(damaged))


@FUZZ
@given(st.sampled_from(FORMATS), st.binary(max_size=300))
def test_no_bytes_after_a_signature_raise_anything_but_a_refusal(format_, body):
    assert outcome(sample(format_)[:12] + body) != "a photo"


@FUZZ
@given(st.binary(max_size=200))
def test_no_exif_block_prevents_a_photo(block):
    whole = exif()
    for hostile in (b"Exif\0\0" + block, whole[: len(block)], whole[:40] + block):
        assert outcome(encode(picture(), "WEBP", exif=hostile, method=0)) == "a photo"


def test_the_heic_of_the_tests_are_whole():
    for file in HEIC_FOLDER.glob("*.heic"):
        assert outcome(file.read_bytes()) == "a photo"


def test_a_tiff_whose_values_overlap_is_refused_before_it_costs_memory():
    n, size = 500, 400_000
    entries = b"".join(struct.pack("<HHII", 300 + i, 7, size, 8) for i in range(n))
    file = struct.pack("<2sHIH", b"II", 42, 8, n) + entries + bytes(4 + size)
    tracemalloc.start()
    try:
        assert refusal_of(file) == "IMG 1.jpg is damaged and cannot be decoded"
        assert tracemalloc.get_traced_memory()[1] < 2 * len(file)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("stage", ["decode", "to_srgb"])
def test_running_out_of_memory_is_a_refusal(stage, monkeypatch):
    def run_out(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(f"facemap.photo.loading.{stage}", run_out)
    refusal = refusal_of(sample("PNG"))
    assert refusal == "IMG 1.jpg is damaged and cannot be decoded"
