"""Three facts are read from EXIF, and damage in it harms nothing."""

from __future__ import annotations

import struct
import tracemalloc
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from facemap.photo.exif import ExifFacts, read_exif
from tests.photo.files import exif


def test_the_three_facts_are_read_in_both_byte_orders():
    facts = ExifFacts(6, datetime(2026, 3, 14, 15, 9, 26), 26.0)
    block = Image.Exif()
    block.load(exif(6))
    for endian in ("<", ">"):
        block.endian = endian
        assert read_exif(block.tobytes()) == facts
        assert read_exif(block.tobytes().removeprefix(b"Exif\0\0")) == facts


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "    :  :     :  :  ", "now"])
def test_a_clock_that_was_not_set_is_no_time(taken):
    assert read_exif(exif(taken=taken)).taken_at is None


@pytest.mark.parametrize(
    ("stored", "read"),
    [(0, None), (7, None), (8, 8.0), (2000, 2000.0), (2001, None), (65535, None)],
)
def test_a_focal_length_that_no_lens_has_is_none(stored, read):
    assert read_exif(exif(focal=stored)).focal_35mm == read


def test_overlapping_values_cost_no_memory():
    n, size = 2000, 500_000
    entries = b"".join(struct.pack("<HHII", tag, 7, size, 8) for tag in range(n))
    block = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", n) + entries
    block += bytes(4 + size)
    tracemalloc.start()
    try:
        assert read_exif(block) == ExifFacts()
        assert tracemalloc.get_traced_memory()[1] < len(block)
    finally:
        tracemalloc.stop()


def test_nothing_is_read_from_nothing():
    assert read_exif(b"") == ExifFacts()
    assert read_exif(Image.Exif().tobytes()) == ExifFacts()


@given(st.binary(max_size=80), st.integers(0, 200))
def test_damaged_blocks_only_lose_facts(noise, start):
    block = exif()
    damaged = block[:start] + noise + block[start + len(noise) :]
    for hostile in (damaged, block[:start], noise):
        assert 1 <= read_exif(hostile).orientation <= 8
