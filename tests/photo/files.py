"""Files of every format with known pixels, made in memory."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEIC_FOLDER = Path(__file__).parent / "data"
LOSSLESS = ("PNG", "TIFF", "WEBP")
FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "AVIF", "HEIC")

TAKEN, FOCAL = "2026:03:14 15:09:26", 26


@cache
def picture() -> NDArray[np.uint8]:
    """240 x 320, smooth, and different under every turn and flip."""
    y, x = np.mgrid[0:240, 0:320]
    rgb = np.stack([60 + x * 0.5, 70 + y * 0.6, 180 - (x + y) * 0.2], axis=-1)
    rgb[20:60, 30:90] = (220, 40, 30)
    picture = rgb.astype(np.uint8)
    picture.setflags(write=False)
    return picture


def exif(
    orientation: int = 1, *, taken: str = TAKEN, gps: bool = True, focal: int = FOCAL
) -> bytes:
    """An EXIF block as a phone writes it, with a place and an owner."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "MakerOfPhones"
    block[0xA430] = "Jane Owner"
    details = block.get_ifd(0x8769)
    details[0x9003] = taken
    details[0xA405] = focal
    if gps:
        place = block.get_ifd(0x8825)
        place[1], place[2] = "N", (52.0, 31.0, 0.0)
    return block.tobytes()


def encode(image: NDArray[np.uint8] | Image.Image, format_: str, **options) -> bytes:
    """Encode with Pillow; lossless where the format can be."""
    if not isinstance(image, Image.Image):
        image = Image.fromarray(image)
    defaults = {
        "JPEG": {"quality": 95, "subsampling": 0},
        "WEBP": {"lossless": True},
        "AVIF": {"quality": 95, "subsampling": "4:4:4", "speed": 9},
    }
    file = io.BytesIO()
    image.save(file, format_, **{**defaults.get(format_, {}), **options})
    return file.getvalue()


@cache
def sample(format_: str) -> bytes:
    """A sound file of the format."""
    if format_ == "HEIC":
        return (HEIC_FOLDER / "plain.heic").read_bytes()
    return encode(picture(), format_, exif=exif())


def stored_for(upright: NDArray, orientation: int) -> NDArray:
    """The pixels a camera stores so that this orientation shows them upright.

    From CIPA DC-008, 4.6.4: where row 0 and column 0 of the stored picture lie.
    """
    return np.ascontiguousarray(
        {
            1: lambda u: u,
            2: lambda u: u[:, ::-1],
            3: lambda u: u[::-1, ::-1],
            4: lambda u: u[::-1],
            5: lambda u: u.swapaxes(0, 1),  # row 0 on the left, column 0 at the top
            6: lambda u: u.swapaxes(0, 1)[::-1],  # row 0 on the right
            7: lambda u: u.swapaxes(0, 1)[::-1, ::-1],
            8: lambda u: u.swapaxes(0, 1)[:, ::-1],
        }[orientation](upright)
    )


def tiff(
    pixels: NDArray, *, photometric: int = 2, extra: dict[int, int] | None = None
) -> bytes:
    """An uncompressed little-endian TIFF of one strip, directory at the end."""
    height, width = pixels.shape[:2]
    samples = pixels.shape[2] if pixels.ndim == 3 else 1
    data = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    bits = (8 * pixels.itemsize,) * samples
    bits_at = 8 + len(data)
    tags = {
        256: (4, 1, width),
        257: (4, 1, height),
        258: (3, samples, bits_at if samples > 2 else bits[0]),
        259: (3, 1, 1),
        262: (3, 1, photometric),
        273: (4, 1, 8),
        277: (3, 1, samples),
        278: (4, 1, height),
        279: (4, 1, len(data)),
    } | {tag: (3, 1, value) for tag, value in (extra or {}).items()}
    bits_bytes = struct.pack(f"<{samples}H", *bits)
    directory = struct.pack("<H", len(tags)) + b"".join(
        struct.pack("<HHII", tag, *tags[tag]) for tag in sorted(tags)
    )
    start = struct.pack("<2sHI", b"II", 42, bits_at + len(bits_bytes))
    return start + data + bits_bytes + directory + bytes(4)


def encode_16_bit(pixels: NDArray[np.uint16], suffix: str) -> bytes:
    """Encode 16-bit gray or RGB with OpenCV."""
    stored = pixels if pixels.ndim == 2 else pixels[..., ::-1]
    done, data = cv2.imencode(suffix, np.ascontiguousarray(stored))
    assert done
    return data.tobytes()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG file, with its checksum."""
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def icc_profile(
    description: str,
    colorants: tuple[tuple[float, float, float], ...],
    gamma: float | None,
) -> bytes:
    """Build an RGB matrix profile (ICC.1:2010); gamma None is sRGB's curve."""

    def fixed(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(values: tuple[float, ...]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(fixed, values))

    def text(value: str) -> bytes:
        encoded = value.encode("utf-16-be")
        head = struct.pack(">II4sII", 1, 12, b"enUS", len(encoded), 28)
        return b"mluc\0\0\0\0" + head + encoded

    if gamma is None:
        parameters = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
        curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0)
    else:
        parameters = (gamma,)
        curve = b"para\0\0\0\0" + struct.pack(">HH", 0, 0)
    curve += b"".join(map(fixed, parameters))
    white = (0.9642, 1.0, 0.82491)
    tags = {b"desc": text(description), b"cprt": text("CC0"), b"wtpt": xyz(white)}
    if colorants:
        for channel, values in zip(b"rgb", colorants, strict=True):
            tags[bytes([channel]) + b"XYZ"] = xyz(values)
            tags[bytes([channel]) + b"TRC"] = curve
    else:
        tags[b"kTRC"] = curve
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        padded = value + b"\0" * (-len(value) % 4)
        table += name + struct.pack(">II", start + len(body), len(value))
        body += padded
    space = b"RGB " if colorants else b"GRAY"
    header = struct.pack(
        ">I4sI4s4s4s12x4s28x", start + len(body), b"lcms", 0x04300000, b"mntr", space,
        b"XYZ ", b"acsp",
    )  # fmt: skip
    header += b"".join(map(fixed, white))
    return header.ljust(128, b"\0") + table + body


# Colorants adapted to D50. Display P3: the values of Apple's own profile; Adobe RGB:
# Adobe RGB (1998) Color Image Encoding, annex A; sRGB: IEC 61966-2-1, by Bradford.
DISPLAY_P3 = icc_profile(
    "Display P3",
    (
        (0.51512, 0.24120, -0.00105),
        (0.29198, 0.69225, 0.04189),
        (0.15710, 0.06657, 0.78407),
    ),
    None,
)
ADOBE_RGB = icc_profile(
    "Adobe RGB (1998)",
    (
        (0.60974, 0.31111, 0.01947),
        (0.20528, 0.62567, 0.06087),
        (0.14919, 0.06322, 0.74457),
    ),
    563 / 256,
)
SRGB_BY_ANOTHER_NAME = icc_profile(
    "Jane's display",
    (
        (0.43607, 0.22249, 0.01392),
        (0.38515, 0.71687, 0.09708),
        (0.14307, 0.06061, 0.71410),
    ),
    None,
)
GRAY_GAMMA_1 = icc_profile("Gray Gamma 1.0", (), 1.0)
