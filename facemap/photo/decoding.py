"""Pixels out of files whose format is known.

JPEG goes through OpenCV, which yields the same pixels as Pillow in two thirds of the
time; everything else through Pillow's plug-in for that very format (never
``Image.open``, which would try others and warn about large pictures on its own terms)
and pi-heif.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pi_heif.heif import open_heif
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from facemap.photo.cicp import profile_of_code_points
from facemap.photo.container import check_iso_media, check_png, check_webp
from facemap.photo.exif import ExifFacts, read_exif
from facemap.photo.jpeg import estimate_quality, read_jpeg_header
from facemap.photo.refusal import (
    Refusal,
    cut_off,
    damaged,
    several_frames,
    unusual_colors,
)
from facemap.photo.signature import Format
from facemap.photo.tiff import check_tiff
from facemap.resources import load_knowledge

__all__ = ["Picture", "decode"]

_AS_STORED = cv2.IMREAD_UNCHANGED
_JPEG_FLAGS = {
    1: cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION,
    3: cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION,
}
_ICC, _EXIF = "icc_profile", "exif"


@dataclass(frozen=True)
class Picture:
    """A decoded file.

    Attributes
    ----------
    pixels : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), uint8
        Gray, RGB or CMYK, transparency flattened on white, in the file's own colors.
    icc : bytes
        Empty where there is none.
    exif : ExifFacts
    orientation : int
        What is still to be done, 1 to 8: some decoders turn the picture themselves.
    jpeg_quality : float or None
    """

    pixels: NDArray[np.uint8]
    icc: bytes
    exif: ExifFacts
    orientation: int
    jpeg_quality: float | None = None


def decode(data: bytes, format_: Format) -> Picture:
    """Decode a file after checking its structure and size.

    Raises
    ------
    Refusal
        Cut off, damaged, too large, too small, or several pictures.
    """
    try:
        return _DECODERS[format_](data)
    except Refusal:
        raise
    except Exception as error:
        # The bytes are hostile and the decoders are not ours: on damaged input they
        # raise OSError, SyntaxError, ValueError, RuntimeError, struct.error and more;
        # MemoryError where a length in it is absurd.
        raise damaged() from error


def _decode_jpeg(data: bytes) -> Picture:
    header = read_jpeg_header(data, load_knowledge("photo")["limits"]["max_jpeg_scans"])
    _check_size(header.size_wh)
    if header.n_components == 4:
        pixels = _pixels(JpegImageFile(io.BytesIO(data)))
    else:
        flags = _JPEG_FLAGS[header.n_components]
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        if decoded is None or decoded.shape[1::-1] != header.size_wh:
            raise damaged()
        pixels = np.asarray(decoded, np.uint8)
    # Where data is missing, decoders fill the rest with mid-gray, to the bottom.
    if (pixels[-8:] == 128).all() and (pixels[0] != 128).any():
        raise cut_off()
    exif = read_exif(header.exif)
    quality = estimate_quality(header.luminance_zigzag)
    return Picture(pixels, header.icc, exif, exif.orientation, quality)


def _decode_png(data: bytes) -> Picture:
    header = check_png(data)
    image = PngImageFile(io.BytesIO(data))
    _check_size(image.size)
    image.load()
    exif = read_exif(image.info.get(_EXIF, b""))
    pixels = _pixels(image)
    if header.bits == 16 and image.mode == "RGB":
        pixels = _round_16_bit(data, pixels)
    # PNG (third edition, 11.3.2.6): code points go before a profile.
    icc = _profile(header.code_points) or image.info.get(_ICC, b"")
    return Picture(pixels, icc, exif, exif.orientation)


def _decode_tiff(data: bytes) -> Picture:
    max_pixels = load_knowledge("photo")["limits"]["max_pixels"]
    header = check_tiff(data, max_pixels)
    _check_size(header.size_wh)
    image = TiffImageFile(io.BytesIO(data))
    icc = image.info.get(_ICC, b"")
    pixels = _pixels(image)
    if header.bits == 16 and image.mode == "RGB":
        pixels = _round_16_bit(data, pixels)
    elif header.bits == 16 and header.photometric == 0 and pixels.ndim == 2:
        pixels = 255 - pixels  # white is zero: Pillow minds it in 8 bits only
    # Both decoders turn TIFF pictures upright themselves.
    return Picture(pixels, icc, read_exif(data), 1)


def _decode_webp(data: bytes) -> Picture:
    check_webp(data)
    image = WebPImageFile(io.BytesIO(data))
    _check_size(image.size)
    exif = read_exif(image.info.get(_EXIF, b""))
    return Picture(_pixels(image), image.info.get(_ICC, b""), exif, exif.orientation)


def _decode_avif(data: bytes) -> Picture:
    code_points = check_iso_media(data)
    image = AvifImageFile(io.BytesIO(data))
    _check_size(image.size)
    if image.n_frames > 1:
        raise several_frames("an animated AVIF")
    # Pillow writes the container's own rotation into the EXIF block.
    exif = read_exif(image.info.get(_EXIF, b""))
    icc = image.info.get(_ICC, b"") or _profile(code_points)
    return Picture(_pixels(image), icc, exif, exif.orientation)


def _decode_heic(data: bytes) -> Picture:
    code_points = check_iso_media(data)
    container = open_heif(io.BytesIO(data))
    # Bursts hold several pictures: the standard's primary one is what viewers show.
    image = container[container.primary_index]
    _check_size(image.size)
    if image.mode not in ("L", "RGB", "RGBA"):
        # Deep gray: pi-heif believes the depth that the header claims and writes past
        # its memory where the picture has another.
        raise unusual_colors()
    exif = read_exif(image.info[_EXIF] or b"")
    # Rotated by the container, which outranks EXIF (ISO/IEC 23008-12, 6.5.10).
    icc = image.info.get(_ICC, b"") or _profile(code_points)
    return Picture(_pixels(image.to_pillow()), icc, exif, 1)


_DECODERS: dict[Format, Callable[[bytes], Picture]] = {
    Format.JPEG: _decode_jpeg,
    Format.PNG: _decode_png,
    Format.TIFF: _decode_tiff,
    Format.WEBP: _decode_webp,
    Format.AVIF: _decode_avif,
    Format.HEIC: _decode_heic,
}


def _check_size(size_wh: tuple[int, int]) -> None:
    limits = load_knowledge("photo")["limits"]
    width, height = size_wh
    if width * height > limits["max_pixels"]:
        raise Refusal(
            f"has {width * height / 1e6:.0f} million pixels, more than the "
            f"{limits['max_pixels'] / 1e6:.0f} million that are read",
            "Save it smaller.",
        )
    if min(width, height) < limits["min_side_px"]:
        raise Refusal(
            f"is too small to show skin: {width} x {height} pixels",
            f"Each side needs at least {limits['min_side_px']} pixels, a face that is "
            "to be graded about 400.",
        )


def _profile(code_points: tuple[int, int] | None) -> bytes:
    return profile_of_code_points(*code_points) if code_points else b""


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    """Load into 8-bit gray, RGB or CMYK."""
    image.load()
    if image.mode in ("I;16", "I;16B", "I;16L"):
        return _to_8_bit(np.asarray(image).astype(np.uint16))
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return np.asarray(Image.alpha_composite(white, layer).convert("RGB"))
    if image.mode == "1":
        return np.asarray(image.convert("L"))
    if image.mode in ("P", "YCbCr"):
        return np.asarray(image.convert("RGB"))
    if image.mode not in ("L", "RGB", "CMYK"):
        raise unusual_colors()
    return np.asarray(image)


def _round_16_bit(data: bytes, high_bytes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Decode 16-bit RGB again, to round where Pillow keeps the high bytes.

    `high_bytes` stays the answer where OpenCV reads the file otherwise.
    """
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), _AS_STORED)
    if bgr is None or bgr.dtype != np.uint16 or bgr.shape != high_bytes.shape:
        return high_bytes
    rounded = cv2.cvtColor(_to_8_bit(np.asarray(bgr, np.uint16)), cv2.COLOR_BGR2RGB)
    agree = cv2.absdiff(rounded, high_bytes).max() <= 1
    return np.asarray(rounded, np.uint8) if agree else high_bytes


def _to_8_bit(values: NDArray[np.uint16]) -> NDArray[np.uint8]:
    return np.asarray(cv2.convertScaleAbs(values, alpha=1 / 257), np.uint8)
