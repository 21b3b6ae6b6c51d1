"""Color declared by code points instead of an embedded profile.

Phones and browsers write AVIF and HEIC that way. The code points become an ICC profile,
so that there is one way to sRGB.

References
----------
ITU-T H.273 (2024), tables 2 and 3. ICC.1:2010, sections 7 to 10.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from facemap.photo.refusal import Refusal
from facemap.resources import load_knowledge

__all__ = ["profile_of_code_points"]

# High dynamic range: perceptual quantizer, hybrid log-gamma.
_HIGH_DYNAMIC_RANGE = (16, 18)
_WHITE_D50 = (0.9642, 1.0, 0.8249)
# Parametric curve 3 of sRGB (IEC 61966-2-1): gamma, a, b, c, d.
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def profile_of_code_points(primaries: int, transfer: int) -> bytes:
    """Make an ICC profile of the primaries, with the tone curve of sRGB.

    Parameters
    ----------
    primaries, transfer : int
        Code points of H.273.

    Returns
    -------
    bytes
        Empty where the primaries are those of sRGB, or not known.

    Raises
    ------
    Refusal
        High dynamic range: its tones depend on a display, so depths of lines would.
    """
    if transfer in _HIGH_DYNAMIC_RANGE:
        raise Refusal(
            "is a high-dynamic-range picture, whose tones cannot be measured",
            "Switch HDR photos off in the camera, or save it as a JPEG.",
        )
    known = load_knowledge("photo")["color"]["primaries"].get(str(primaries))
    if known is None:
        return b""
    colorants = {f"{c}XYZ".encode(): _xyz(known[f"{c}_xyz_d50"]) for c in "rgb"}
    curve = b"para\0\0\0\0\0\3\0\0" + _fixed(_SRGB_CURVE)
    return _profile(
        {
            b"desc": _text(known["name"]),
            b"cprt": _text("CC0"),
            b"wtpt": _xyz(_WHITE_D50),
            **colorants,
            **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
        }
    )


def _profile(tags: dict[bytes, bytes]) -> bytes:
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x",
        start + len(body),
        0x04300000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        b"acsp",
    )
    return (header + _fixed(_WHITE_D50)).ljust(128, b"\0") + table + body


def _fixed(values: Iterable[float]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: Iterable[float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _text(value: str) -> bytes:
    encoded = value.encode("utf-16-be")
    head = struct.pack(">II4sII", 1, 12, b"enUS", len(encoded), 28)
    return b"mluc\0\0\0\0" + head + encoded
