"""Image file directories of TIFF, which are also the ones of EXIF.

A reader of its own, because EXIF then yields the facts asked for and nothing else, and
a damaged TIFF is refused before a decoder warns about it or reserves memory for it.

References
----------
TIFF revision 6.0 (Adobe, 1992), sections 2 and 8. CIPA DC-008 (EXIF 2.32), section 4.6.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from facemap.photo.refusal import (
    READABLE,
    Refusal,
    cut_off,
    damaged,
    several_frames,
    unusual_colors,
)

__all__ = ["Field", "TiffHeader", "byte_order", "check_tiff", "read_directory"]

# Bytes per value of the field types 1 to 13.
_BYTES_PER_VALUE = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 13: "I"}
_MAX_PAGES = 64
# Strips or tiles: one row each, of 60 million pixels in rows of 200, four planes.
_MAX_PARTS = 1_200_000

_SUBFILE_TYPE, _WIDTH, _HEIGHT = 254, 256, 257
_BITS, _PHOTOMETRIC, _SAMPLES = 258, 262, 277
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 273, 279, 324, 325
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
_PLANAR, _SAMPLE_FORMAT = 284, 339
_DNG_VERSION = 50706
_EXIF, _GPS, _INTEROPERABILITY = 34665, 34853, 40965
# Those of which the specification allows one value; a decoder asks for no other.
_SINGLE = (_WIDTH, _HEIGHT, _PHOTOMETRIC, _SAMPLES, _TILE_WIDTH, _TILE_HEIGHT, 259, 274)


@dataclass(frozen=True)
class Field:
    """One entry of a directory: its type number and raw values, not copied."""

    type: int
    count: int
    raw: memoryview
    order: str

    def integers(self) -> tuple[int, ...]:
        """Return the values, or nothing where they are no unsigned integers."""
        code = _INTEGER_CODES.get(self.type)
        return (
            struct.unpack(f"{self.order}{self.count}{code}", self.raw) if code else ()
        )

    def text(self) -> str:
        """Return ASCII up to the first null byte, or nothing where it is no text."""
        if self.type != 2:
            return ""
        return bytes(self.raw).split(b"\0", 1)[0].decode("ascii", "replace")


@dataclass(frozen=True)
class TiffHeader:
    """What must be known before decoding."""

    size_wh: tuple[int, int]
    bits: int
    photometric: int


def byte_order(data: bytes) -> str:
    """Return the `struct` prefix of a TIFF or EXIF block.

    Raises
    ------
    ValueError
        It is neither.
    """
    orders = {b"II*\0": "<", b"MM\0*": ">"}
    if data[:4] not in orders:
        raise ValueError("neither TIFF nor EXIF")
    return orders[data[:4]]


def read_directory(
    data: bytes, offset: int, order: str
) -> tuple[Mapping[int, Field], int]:
    """Read the directory at an offset, and the offset of the next (0: none).

    Raises
    ------
    ValueError
        It, or a value of it, lies outside the data.
    Refusal
        Its values overlap so far that together they are longer than the data: whoever
        copies each, as decoders do, runs out of memory.
    """
    view, total = memoryview(data), 0
    try:
        (n,) = struct.unpack_from(f"{order}H", data, offset)
        entries = struct.iter_unpack(
            f"{order}HHI4s", view[offset + 2 : offset + 2 + 12 * n]
        )
        found = {}
        for tag, type_, count, inline in entries:
            if not 1 <= type_ < len(_BYTES_PER_VALUE):
                continue  # "readers should skip over fields with an unexpected type"
            size = _BYTES_PER_VALUE[type_] * count
            start = struct.unpack(f"{order}I", inline)[0]
            inside = size <= 4
            raw = memoryview(inline)[:size] if inside else view[start : start + size]
            if len(raw) != size:
                raise ValueError("a value lies outside the data")
            total += 0 if inside else size
            if total > len(data):
                raise damaged()
            found[tag] = Field(type_, count, raw, order)
        (following,) = struct.unpack_from(f"{order}I", data, offset + 2 + 12 * n)
    except struct.error as error:
        raise ValueError("a directory lies outside the data") from error
    return found, following


def check_tiff(data: bytes, max_pixels: int) -> TiffHeader:
    """Check the structure of a TIFF file and read what must be known first.

    Parameters
    ----------
    data : bytes
    max_pixels : int
        No tile may be larger.

    Raises
    ------
    Refusal
        Cut off, damaged, several pages, or a camera's raw file.
    """
    try:
        order = byte_order(data)
        (offset,) = struct.unpack_from(f"{order}I", data, 4)
        first, following = read_directory(data, offset, order)
        for tag in (_EXIF, _GPS, _INTEROPERABILITY):
            if tag in first:
                read_directory(data, _one(first, tag, 0), order)
        pages = _count_pages(data, following, order)
    except (ValueError, struct.error) as error:
        raise cut_off() from error
    if (
        _DNG_VERSION in first
        or data[8:10] == b"CR"
        or _one(first, _SUBFILE_TYPE, 0) & 1
    ):
        raise Refusal(
            "is a camera raw file, which cannot be read", f"Save it as {READABLE}."
        )
    if pages:
        raise several_frames(f"a TIFF file of {pages + 1} pages")
    if any(tag in first and first[tag].count != 1 for tag in _SINGLE):
        raise damaged()
    for starts, lengths in ((_STRIPS, _STRIP_BYTES), (_TILES, _TILE_BYTES)):
        if starts in first and lengths in first:
            if first[starts].count > _MAX_PARTS:
                raise damaged()
            values, sizes = first[starts].integers(), first[lengths].integers()
            ends = map(sum, zip(values, sizes, strict=False))
            if max(ends, default=0) > len(data):
                raise cut_off()
    if _one(first, _TILE_WIDTH, 0) * _one(first, _TILE_HEIGHT, 0) > max_pixels:
        raise damaged()
    bits = _one(first, _BITS, 1)
    # Signed, floating-point or complex; or 16 bits in planes of their own, of which the
    # decoders make wrong colors without a word.
    planes = _one(first, _PLANAR, 1) == 2 and _one(first, _SAMPLES, 1) > 1
    if bits > 16 or _one(first, _SAMPLE_FORMAT, 1) != 1 or (bits == 16 and planes):
        raise unusual_colors()
    return TiffHeader(
        size_wh=(_one(first, _WIDTH, 0), _one(first, _HEIGHT, 0)),
        bits=bits,
        photometric=_one(first, _PHOTOMETRIC, 1),
    )


def _one(directory: Mapping[int, Field], tag: int, default: int) -> int:
    values = directory[tag].integers() if tag in directory else ()
    return values[0] if values else default


def _count_pages(data: bytes, offset: int, order: str) -> int:
    """Count the pages that are no thumbnails (bit 0) and no masks (bit 2)."""
    pages, seen = 0, set[int]()
    while offset and offset not in seen and len(seen) < _MAX_PAGES:
        seen.add(offset)
        page, offset = read_directory(data, offset, order)
        pages += not _one(page, _SUBFILE_TYPE, 0) & 0b101
    return pages
