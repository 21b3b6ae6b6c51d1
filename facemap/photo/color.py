"""Embedded ICC profiles to sRGB."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from facemap.resources import load_knowledge

__all__ = ["UNREADABLE_PROFILE", "to_srgb"]

#: Said of a profile that is damaged or made for other channels than the photo's.
UNREADABLE_PROFILE = "unreadable, taken as sRGB"

_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}


def to_srgb(pixels: NDArray[np.uint8], icc: bytes) -> tuple[NDArray[np.uint8], str]:
    """Convert to sRGB, relative colorimetric.

    Parameters
    ----------
    pixels : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), uint8
        Gray, RGB or CMYK. Not changed, but returned itself where it is sRGB already.
    icc : bytes
        Embedded profile; empty for none, which means sRGB.

    Returns
    -------
    rgb : ndarray of shape (H, W, 3), uint8
    profile : str
        What the profile is called, as far as `photo.toml` knows it.
    """
    mode = _MODES[pixels.shape[2] if pixels.ndim == 3 else 1]
    if not icc:
        return _plain_rgb(pixels, mode), "sRGB"
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        space, name = profile.profile.xcolor_space.strip(), _name(profile, mode)
        transform = ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )
    except (OSError, ValueError, ImageCms.PyCMSError):
        # ValueError: text in it that is no text.
        return _plain_rgb(pixels, mode), UNREADABLE_PROFILE
    if space != _SPACES[mode]:
        return _plain_rgb(pixels, mode), UNREADABLE_PROFILE
    if mode == "RGB" and _is_srgb(transform):
        return pixels, "sRGB"
    converted = ImageCms.applyTransform(_image(pixels, mode), transform)
    return np.asarray(converted), name


def _plain_rgb(pixels: NDArray[np.uint8], mode: str) -> NDArray[np.uint8]:
    if mode == "RGB":
        return pixels
    return np.asarray(_image(pixels, mode).convert("RGB"))


def _image(pixels: NDArray[np.uint8], mode: str) -> Image.Image:
    height, width = pixels.shape[:2]
    return Image.frombuffer(
        mode, (width, height), np.ascontiguousarray(pixels), "raw", mode, 0, 1
    )


def _is_srgb(transform: Any) -> bool:  # noqa: ANN401  # ImageCmsTransform is untyped
    """Whether the transform leaves a cube of colors where they are."""
    levels = np.linspace(0, 255, 6).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(36, 6, 3)
    moved = np.asarray(ImageCms.applyTransform(_image(cube, "RGB"), transform))
    tolerance = load_knowledge("photo")["color"]["srgb_tolerance_levels"]
    return bool(np.abs(moved.astype(int) - cube).max() <= tolerance)


def _name(profile: ImageCms.ImageCmsProfile, mode: str) -> str:
    description = (profile.profile.profile_description or "").strip().lower()
    for start, name in load_knowledge("photo")["color"]["names"].items():
        if description.startswith(start):
            return str(name)
    return f"other {_SPACES[mode]} profile"
