"""The structure of PNG, WebP, AVIF and HEIC files, walked without decoding them.

References
----------
PNG: W3C Recommendation, third edition (2025), sections 5 and 11. WebP: RFC 9649. AVIF,
HEIC: ISO/IEC 14496-12, section 4.2.
"""

from __future__ import annotations

import struct

from facemap.photo.refusal import cut_off, damaged, several_frames

__all__ = ["check_iso_media", "check_png", "check_webp"]


def check_png(data: bytes) -> int:
    """Walk the chunks from start to end; return the bits per sample.

    Raises
    ------
    Refusal
        Cut off, damaged or animated.
    """
    position = 8
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
        if kind == b"IEND":
            return data[24]
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


def check_iso_media(data: bytes) -> None:
    """Walk the top-level boxes: none may end outside the file.

    Raises
    ------
    Refusal
        Cut off or damaged.
    """
    position, kinds = 0, set[bytes]()
    while position < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        kinds.add(data[position + 4 : position + 8])
        if size == 1:  # the size is in the 8 bytes that follow
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        elif size == 0:  # to the end of the file
            size = len(data) - position
        if size < 8:
            raise damaged()
        position += size
    if position > len(data) or b"meta" not in kinds:
        raise cut_off()
