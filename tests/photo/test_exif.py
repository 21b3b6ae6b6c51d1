"""Three facts are read from EXIF, and damage in it harms nothing."""

from __future__ import annotations

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


def test_nothing_is_read_from_nothing():
    assert read_exif(b"") == ExifFacts()
    assert read_exif(Image.Exif().tobytes()) == ExifFacts()


@given(st.binary(max_size=80), st.integers(0, 200))
def test_damaged_blocks_only_lose_facts(noise, start):
    block = exif()
    damaged = block[:start] + noise + block[start + len(noise) :]
    for hostile in (damaged, block[:start], noise):
        assert 1 <= read_exif(hostile).orientation <= 8
