"""The way in: a file, or its bytes, to a `~facemap.types.Photo`."""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.errors import PhotoError
from facemap.photo.color import to_srgb
from facemap.photo.decoding import decode
from facemap.photo.refusal import READABLE, Refusal, damaged
from facemap.photo.signature import identify
from facemap.resources import load_knowledge
from facemap.types import Photo

__all__ = ["load_photo"]

_UNNAMED = "The photo"


def load_photo(
    source: Path | str | bytes, *, name: str | None = None, mirrored: bool = False
) -> Photo:
    """Read a photo: upright, in sRGB, with nothing beside it that is not needed.

    JPEG, PNG, TIFF, WebP, AVIF and HEIC, told by content. Of the metadata, only what
    `Photo` names is kept.

    Parameters
    ----------
    source : Path, str or bytes
        A file, or the bytes of one.
    name : str, optional
        What to call it; by default the file's own name. Folders in it are dropped.
    mirrored : bool
        The photo shows the patient as in a mirror (many selfies do): flip it.

    Raises
    ------
    PhotoError
        It cannot be read, is no single photo, is damaged, too large or too small.
    """
    if name is None:
        name = _UNNAMED if isinstance(source, bytes) else Path(source).name
    name = _base_name(name)
    try:
        data = source if isinstance(source, bytes) else _read(Path(source))
        return _load(data, name, mirrored)
    except Refusal as refusal:
        raise PhotoError(f"{name} {refusal}", hint=refusal.hint) from refusal
    except MemoryError as error:
        why = damaged()
        raise PhotoError(f"{name} {why}", hint=why.hint) from error


def _load(data: bytes, name: str, mirrored: bool) -> Photo:
    max_bytes = load_knowledge("photo")["limits"]["max_bytes"]
    if not data:
        raise Refusal("is empty", "Copy or send the original file again.")
    if len(data) > max_bytes:
        raise Refusal(
            f"is larger than the {max_bytes // 1_000_000} MB that are read",
            "Save it as a JPEG.",
        )
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(hashlib.sha256, data)
        picture = decode(data, identify(data))
    rgb, profile = to_srgb(picture.pixels, picture.icc)
    rgb = _turn(rgb, picture.orientation, mirrored)
    # Handed over for good: read-only, so that `Photo` need not copy it.
    rgb.setflags(write=False)
    return Photo(
        rgb=rgb,
        sha256=digest.result().hexdigest(),
        file=name,
        taken_at=picture.exif.taken_at,
        color_profile=profile,
        mirrored=mirrored,
        focal_35mm=picture.exif.focal_35mm,
        jpeg_quality=picture.jpeg_quality,
    )


def _read(path: Path) -> bytes:
    max_bytes = load_knowledge("photo")["limits"]["max_bytes"]
    try:
        if path.is_dir():
            raise Refusal("is a folder, not a photo", "Name the photos in it.")
        if not path.exists():
            raise Refusal("does not exist", "Check the name and the folder.")
        if not path.is_file():
            raise Refusal("is not a file", f"Give a photo: {READABLE}.")
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except PermissionError as error:
        raise Refusal(
            "may not be read by this user", "Check the permissions of the file."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        raise Refusal(
            "could not be read from the disk", "Copy it to this computer first."
        ) from error


def _base_name(name: str) -> str:
    """Drop folders, of either system, and what would break a line on a screen."""
    return re.sub(r"[\x00-\x1f\x7f]", "", re.split(r"[/\\]", name)[-1]) or _UNNAMED


def _turn(
    rgb: NDArray[np.uint8], orientation: int, mirrored: bool
) -> NDArray[np.uint8]:
    """Undo an EXIF orientation (CIPA DC-008, 4.6.4), then a mirror.

    Orientations 5 to 8 are 1 to 4 of the transposed picture, in another order; OpenCV
    is several times faster here than a strided copy.
    """
    if orientation >= 5:
        rgb = np.asarray(cv2.transpose(rgb), np.uint8)
    # As seen after the transposition: 6 is a quarter turn to the right, 8 to the left.
    flip_x = (orientation in (2, 3, 6, 7)) != mirrored
    flip_y = orientation in (3, 4, 7, 8)
    if flip_x or flip_y:
        code = -1 if flip_x and flip_y else 1 if flip_x else 0
        rgb = np.asarray(cv2.flip(rgb, code), np.uint8)
    return rgb
