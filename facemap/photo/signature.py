"""What a file is, by its first bytes. Names and extensions are never asked."""

from __future__ import annotations

from enum import StrEnum

from facemap.photo.refusal import READABLE, Refusal, several_frames

__all__ = ["Format", "identify"]


class Format(StrEnum):
    """The formats that are read; there is no way to any other decoder."""

    JPEG = "JPEG"
    PNG = "PNG"
    TIFF = "TIFF"
    WEBP = "WebP"
    AVIF = "AVIF"
    HEIC = "HEIC"


_STARTS: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
)
# Brands of ISO base media files: ISO/IEC 23008-12 (HEIF), AOMedia AVIF 1.1.
_HEVC_STILL = frozenset({b"heic", b"heix", b"heim", b"heis"})
_HEVC_SEQUENCE = frozenset({b"hevc", b"hevx", b"hevm", b"hevs"})
_AV1 = frozenset({b"avif", b"avis"})

# What people drop in by mistake, so that the sentence can say what it is.
_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"8BPS", "a Photoshop document"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"FUJIFILMCCD-RAW", "a camera raw file"),
    (b"IIU\0", "a camera raw file"),
    (b"IIRO", "a camera raw file"),
    (b"II+\0", "a BigTIFF picture"),
    (b"MM\0+", "a BigTIFF picture"),
    (b"\x1a\x45\xdf\xa3", "a video"),
)


def identify(data: bytes) -> Format:
    """Tell the format of a file.

    Parameters
    ----------
    data : bytes
        The file, or its first kilobyte.

    Raises
    ------
    Refusal
        It is none of the formats that are read.
    """
    for start, format_ in _STARTS:
        if data.startswith(start):
            return format_
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format.WEBP
    if data[4:8] == b"ftyp":
        return _identify_iso_media(data)
    for start, what in _STRANGERS:
        if data.startswith(start):
            raise Refusal(f"is {what}, which cannot be read", f"Save it as {READABLE}.")
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"<svg") or (head.startswith(b"<?xml") and b"<svg" in head):
        raise Refusal("is an SVG drawing, not a photo", f"Give a photo: {READABLE}.")
    raise Refusal("is not a photo", f"Give a photo: {READABLE}.")


def _identify_iso_media(data: bytes) -> Format:
    size = int.from_bytes(data[:4], "big")
    # Major brand, 4 bytes of version, compatible brands.
    brands = [data[8:12]] + [data[i : i + 4] for i in range(16, min(size, 1024), 4)]
    if brands[0] in _HEVC_SEQUENCE:
        raise several_frames("an HEIF sequence")
    # The major brand decides; the generic "mif1" leaves it to the others.
    for brand in brands:
        if brand in _AV1:
            return Format.AVIF
        if brand in _HEVC_STILL:
            return Format.HEIC
    if brands[0] in (b"crx ", b"crx"):
        raise Refusal(
            "is a camera raw file, which cannot be read", f"Save it as {READABLE}."
        )
    raise Refusal("is a video, not a photo", f"Give a photo: {READABLE}.")
