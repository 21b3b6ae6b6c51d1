"""Why a file is refused, before its name is known."""

from __future__ import annotations

__all__ = [
    "READABLE",
    "Refusal",
    "cut_off",
    "damaged",
    "several_frames",
    "unusual_colors",
]

#: The formats that are read, as a person would say them.
READABLE = "JPEG, PNG, TIFF, WebP, AVIF or HEIC"

_SEND_AGAIN = "Copy or send the original file again."


class Refusal(Exception):  # noqa: N818  # never leaves facemap.photo
    """The rest of a sentence that begins with the file's name, and a hint."""

    def __init__(self, predicate: str, hint: str) -> None:
        super().__init__(predicate)
        self.hint = hint


def cut_off() -> Refusal:
    """Say that part of the file is missing."""
    return Refusal("is cut off: the end of the file is missing", _SEND_AGAIN)


def damaged() -> Refusal:
    """Say that the file contradicts its own format."""
    return Refusal("is damaged and cannot be decoded", _SEND_AGAIN)


def several_frames(kind: str) -> Refusal:
    """Say that the file holds pictures of which none is the main one."""
    return Refusal(f"is {kind}, not a single photo", "Export one picture from it.")


def unusual_colors() -> Refusal:
    """Say that the numbers in the file are no colors that a camera writes."""
    return Refusal(
        "stores its colors in a way that no camera does",
        "Save it as an 8-bit or 16-bit RGB picture.",
    )
