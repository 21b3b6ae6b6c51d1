"""The structure of PNG, WebP, AVIF and HEIC files, walked without decoding them.

References
----------
PNG: W3C Recommendation, third edition (2025), sections 5 and 11. WebP: RFC 9649. AVIF,
HEIC: ISO/IEC 14496-12, section 4.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from facemap.photo.refusal import cut_off, damaged, several_frames

__all__ = ["PngHeader", "check_iso_media", "check_png", "check_webp"]


@dataclass(frozen=True)
class PngHeader:
    """What must be known before decoding.

    Attributes
    ----------
    bits : int
        Per sample.
    code_points : tuple of int or None
        Color primaries and transfer (ITU-T H.273), where the file declares them.
    """

    bits: int
    code_points: tuple[int, int] | None


def check_png(data: bytes) -> PngHeader:
    """Walk the chunks from start to end.

    Raises
    ------
    Refusal
        Cut off, damaged or animated.
    """
    position, code_points = 8, None
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise cut_off() if len(data) < 33 else damaged()
    while True:
        if position + 12 > len(data):
            raise cut_off()
        length, kind = struct.unpack_from(">I4s", data, position)
        if not kind.isalpha():
            raise damaged()
        if position + 12 + length > len(data):
            raise cut_off()
        if kind == b"acTL":
            if length != 8 or not (
                frames := struct.unpack_from(">I", data, position + 8)[0]
            ):
                raise damaged()
            if frames > 1:
                raise several_frames("an animated PNG")
        if kind == b"cICP" and length == 4:
            code_points = (data[position + 8], data[position + 9])
        if kind == b"IEND":
            return PngHeader(data[24], code_points)
        position += 12 + length


def check_webp(data: bytes) -> None:
    """Compare the size in the header with the file's, and the animation flag.

    Raises
    ------
    Refusal
        Cut off or animated.
    """
    if len(data) < 21 or 8 + int.from_bytes(data[4:8], "little") > len(data):
        raise cut_off()
    if data[12:16] == b"VP8X" and data[20] & 0b10:
        raise several_frames("an animated WebP")


def check_iso_media(data: bytes) -> tuple[int, int] | None:
    """Walk the boxes that describe the pictures: none may end outside the file.

    pi-heif hands names from the file to Python unchecked and crashes the process where
    one is no text, so they are decoded here first.

    Returns
    -------
    tuple of int or None
        Code points of the color primaries and of the transfer (ITU-T H.273), where the
        file declares them.

    Raises
    ------
    Refusal
        Cut off or damaged.
    """
    found, code_points = False, None
    try:
        for kind, start, end in _boxes(data, 0, len(data)):
            if kind == b"meta":
                found = True
                code_points = _check_descriptions(data, start + 4, end)
    except (IndexError, UnicodeDecodeError, struct.error) as error:
        raise damaged() from error
    if not found:
        raise cut_off()
    return code_points


def _check_descriptions(data: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Decode item types and names, names of auxiliary pictures, and color."""
    code_points = None
    for kind, inside, stop in _boxes(data, start, end):
        if kind == b"iinf":
            # Version 0 counts the entries in 2 bytes, later ones in 4.
            first = inside + (6 if data[inside] == 0 else 8)
            for _, entry, entry_end in _boxes(data, first, stop):
                # Version 2 has item numbers of 2 bytes, version 3 of 4.
                names = entry + (10 if data[entry] == 3 else 8)
                data[names:entry_end].decode("utf-8")
        elif kind in (b"iprp", b"ipco"):
            code_points = _check_descriptions(data, inside, stop) or code_points
        elif kind == b"auxC":
            data[inside + 4 : stop].split(b"\0", 1)[0].decode("utf-8")
        elif kind == b"colr" and data[inside : inside + 4] == b"nclx":
            # The first is the photo's; gain maps and the like come later.
            code_points = code_points or struct.unpack_from(">HH", data, inside + 4)
    return code_points


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type, the start of the body and the end of each box in a stretch."""
    position = start
    while position < end:
        head = 8
        size = int.from_bytes(data[position : position + 4], "big")
        if size == 1:  # the size is in the 8 bytes that follow
            head = 16
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        elif size == 0:  # to the end
            size = end - position
        if size < head:
            raise damaged()
        if position + size > end:
            raise cut_off()
        yield data[position + 4 : position + 8], position + head, position + size
        position += size
