"""The three facts of EXIF that a photo keeps. Place, person and device are not read."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime

from facemap.photo.refusal import Refusal
from facemap.photo.tiff import byte_order, read_directory

__all__ = ["ExifFacts", "read_exif"]

_ORIENTATION, _EXIF_DIRECTORY = 274, 34665
_DATE_TIME_ORIGINAL, _FOCAL_LENGTH_35MM = 36867, 41989
# From the widest fisheye lenses to telescopes. 0 says that it is unknown, and what else
# lies outside would put the camera inside the head or beyond the street.
_MIN_FOCAL_35MM, _MAX_FOCAL_35MM = 8, 2000


@dataclass(frozen=True)
class ExifFacts:
    """What is kept.

    Attributes
    ----------
    orientation : int
        1 to 8; 1 is upright.
    taken_at : datetime or None
        Local time of the camera, without time zone.
    focal_35mm : float or None
        Focal length for the same angle of view on 36 x 24 mm film; None where it is
        absent or no lens of a camera has it.
    """

    orientation: int = 1
    taken_at: datetime | None = None
    focal_35mm: float | None = None


def read_exif(block: bytes) -> ExifFacts:
    r"""Read an EXIF block; what is damaged in it counts as absent.

    Parameters
    ----------
    block : bytes
        A TIFF structure, with or without ``Exif\0\0`` in front; may be empty.
    """
    block = block.removeprefix(b"Exif\0\0")
    try:
        order = byte_order(block)
        (offset,) = struct.unpack_from(f"{order}I", block, 4)
        first, _ = read_directory(block, offset, order)
    except (ValueError, struct.error, Refusal):
        return ExifFacts()
    pointer = first.get(_EXIF_DIRECTORY)
    try:
        second = (
            read_directory(block, pointer.integers()[0], order)[0] if pointer else {}
        )
    except (ValueError, IndexError, Refusal):
        second = {}
    orientation = first[_ORIENTATION].integers() if _ORIENTATION in first else ()
    focal = (
        second[_FOCAL_LENGTH_35MM].integers() if _FOCAL_LENGTH_35MM in second else ()
    )
    taken = second[_DATE_TIME_ORIGINAL].text() if _DATE_TIME_ORIGINAL in second else ""
    return ExifFacts(
        orientation=orientation[0] if orientation and 1 <= orientation[0] <= 8 else 1,
        taken_at=_parse_time(taken),
        focal_35mm=(
            float(focal[0])
            if focal and _MIN_FOCAL_35MM <= focal[0] <= _MAX_FOCAL_35MM
            else None
        ),
    )


def _parse_time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
