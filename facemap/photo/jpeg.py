"""The structure of a JPEG file, read without decoding it.

References
----------
ITU-T T.81 (1992), annex B; APP1 as in CIPA DC-008 (EXIF), APP2 as in ICC.1:2010, B.4.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

import numpy as np

from facemap.photo.refusal import READABLE, Refusal, cut_off, damaged
from facemap.resources import load_knowledge

__all__ = ["JpegHeader", "estimate_quality", "read_jpeg_header"]

# A marker is 0xFF and a code; 0xFF00 is data, 0xFFD0 to 0xFFD7 are restarts within it.
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
_END, _SCAN, _QUANTIZATION, _APP1, _APP2 = 0xD9, 0xDA, 0xDB, 0xE1, 0xE2
# Baseline, extended and progressive Huffman; the others no camera writes.
_FRAMES = (0xC0, 0xC1, 0xC2)
_OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_WITHOUT_LENGTH = (0x01, 0xD8)


@dataclass(frozen=True)
class JpegHeader:
    """What must be known before decoding.

    Attributes
    ----------
    size_wh : tuple of int
        As stored, before EXIF orientation.
    n_components : int
        1 gray, 3 color, 4 CMYK.
    luminance_zigzag : tuple of int
        The 64 quantization steps of the first component.
    exif, icc : bytes
        Empty where there is none.
    """

    size_wh: tuple[int, int]
    n_components: int
    luminance_zigzag: tuple[int, ...]
    exif: bytes
    icc: bytes


def read_jpeg_header(data: bytes, max_scans: int) -> JpegHeader:
    """Walk the markers from start to end of the first image of the file.

    What follows that image (a gain map, a preview, a maker's trailer) is ignored. The
    walk finds the true end, which a search from the back would not: previews inside
    the file have ends of their own.

    Raises
    ------
    Refusal
        Cut off, damaged, or of a kind that no camera writes.
    """
    size_wh, n_components, table_id = (0, 0), 0, 0
    tables: dict[int, tuple[int, ...]] = {}
    exif, icc, scans = b"", dict[int, bytes](), 0
    position = 2
    while True:
        marker = _MARKER.search(data, position)
        if marker is None:
            raise cut_off()
        code, position = marker[1][0], marker.end()
        if code == _END:
            break
        if code in _WITHOUT_LENGTH:
            continue
        length = int.from_bytes(data[position : position + 2], "big")
        body = data[position + 2 : position + length]
        if len(body) != length - 2:
            raise cut_off() if length >= 2 else damaged()
        position += length
        if code in _FRAMES:
            if n_components or len(body) < 9 or len(body) != 6 + 3 * body[5]:
                raise damaged()
            bits, height, width, n_components = struct.unpack(">BHHB", body[:6])
            size_wh, table_id = (width, height), body[8]
            if bits != 8:
                raise _unusual(f"a {bits}-bit JPEG")
        elif code in _OTHER_FRAMES:
            raise _unusual("a lossless, arithmetic or hierarchical JPEG")
        elif code == _QUANTIZATION:
            tables |= _read_tables(body)
        elif code == _APP1 and body.startswith(b"Exif\0\0"):
            exif = exif or body
        elif code == _APP2 and body.startswith(b"ICC_PROFILE\0") and len(body) > 14:
            icc[body[12]] = body[14:]
        elif code == _SCAN:
            scans += 1
            if scans > max_scans:
                raise damaged()
    if not scans or n_components not in (1, 3, 4) or table_id not in tables:
        raise damaged()
    return JpegHeader(
        size_wh,
        n_components,
        tables[table_id],
        exif,
        b"".join(icc[i] for i in sorted(icc)),
    )


def estimate_quality(luminance_zigzag: tuple[int, ...]) -> float:
    r"""Estimate the quality setting, 1 to 100, on libjpeg's scale.

    libjpeg multiplies the standard's table by :math:`s = 50/q` (or :math:`2 - q/50`
    from 50 up) and rounds. The setting is returned whose table is nearest in the mean
    absolute log ratio: exact for files by libjpeg, the nearest equivalent for makers'
    own tables.

    Parameters
    ----------
    luminance_zigzag : tuple of int
        64 steps, in the order of the file.
    """
    base = np.array(load_knowledge("photo")["jpeg"]["luminance_zigzag"])
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    tables = np.clip((base * percent[:, None] + 50) // 100, 1, 255)
    ratio = np.log(np.maximum(luminance_zigzag, 1)) - np.log(tables)
    return float(quality[np.abs(ratio).mean(axis=1).argmin()])


def _read_tables(body: bytes) -> dict[int, tuple[int, ...]]:
    tables, position = {}, 0
    while position < len(body):
        wide, table_id = body[position] >> 4, body[position] & 15
        layout = ">64H" if wide else ">64B"
        try:
            tables[table_id] = struct.unpack_from(layout, body, position + 1)
        except struct.error as error:
            raise damaged() from error
        position += 1 + struct.calcsize(layout)
    return tables


def _unusual(kind: str) -> Refusal:
    return Refusal(f"is {kind}, which cannot be read", f"Save it as {READABLE}.")
