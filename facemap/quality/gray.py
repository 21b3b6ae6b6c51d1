"""The color of the light, read from a gray beside the printed marker."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.light import LUMINANCE, level_lab, linear_light
from facemap.resources import load_knowledge
from facemap.types import FloatArray, GrayKind, GrayReference, Marker, Mask, Photo

__all__ = ["measure_gray"]


def measure_gray(photo: Photo, marker: Marker | None) -> GrayReference | None:
    """Read the gray of the printed card, or of a real gray card that covers it.

    Parameters
    ----------
    photo : Photo
    marker : Marker or None

    Returns
    -------
    GrayReference or None
        None where the place is covered by something else, cut off, clipped, or too
        unevenly lit.

    Notes
    -----
    The printed gray has a dot of bare paper in its middle. Where that has gone and the
    place is even, gray against the paper beside the marker and about as dark as 18 % is
    beside paper, it is a real card; skin is not gray.
    """
    if marker is None:
        return None
    card, knowledge = load_knowledge("marker")["card"], load_knowledge("marker")["gray"]
    needed = [card["white"][0], *card["gray"][1:]]
    flat, place = _straighten(photo, marker, needed, knowledge)
    if flat is None:
        return None
    gray, dot = _masks(place, card, knowledge)
    white = _within(place, card["white"])
    codes = np.median(flat[gray], axis=0)
    low, high = knowledge["clipped_codes"]
    if codes.min() <= low or codes.max() >= high:
        return None
    light = linear_light(flat)
    on_gray, on_dot, on_paper = (
        np.median(light[mask], axis=0).astype(np.float64) for mask in (gray, dot, white)
    )
    if min(on_dot.min(), on_paper.min()) <= 0:
        return None
    levels = np.log(np.maximum(light[gray] @ LUMINANCE, 1e-4))
    low_level, high_level = np.percentile(levels, [16, 84])
    if (high_level - low_level) / 2 > float(knowledge["max_spread"]):
        return None
    kind = _kind(on_gray, on_dot, on_paper, knowledge)
    if kind is None:
        return None
    _, a, b = level_lab(on_gray).tolist()
    real = kind is GrayKind.CARD
    level = float(on_gray @ LUMINANCE)
    return GrayReference(
        kind=kind,
        outline_px=marker.to_px(_corners(card["gray"])),
        linear_rgb=on_gray,
        cast_ab=(a, b),
        cast_sd=float(knowledge["card_sd" if real else "print_sd"]),
        exposure_ev=float(np.log2(level / knowledge["reflectance"])) if real else None,
    )


def _kind(
    gray: FloatArray, dot: FloatArray, paper: FloatArray, knowledge: dict[str, Any]
) -> GrayKind | None:
    """Tell a print from a card that covers it, by what has become of the dot."""
    to_gray = float(np.log((paper @ LUMINANCE) / (gray @ LUMINANCE)))
    of_dot = float(np.log((dot @ LUMINANCE) / (gray @ LUMINANCE)))
    least, most = knowledge["to_paper"]
    if not least <= np.exp(-to_gray) <= most:
        return None
    if np.hypot(*level_lab(gray / paper)[1:]) > knowledge["max_chroma_to_paper"]:
        return None
    if of_dot >= knowledge["dot_printed"] * to_gray:
        return GrayKind.PRINT
    return GrayKind.CARD if abs(of_dot) <= knowledge["dot_covered"] * to_gray else None


def _straighten(
    photo: Photo, marker: Marker, box: list[float], knowledge: dict[str, Any]
) -> tuple[NDArray[np.uint8] | None, FloatArray]:
    """Lay part of the card out flat.

    Returns
    -------
    flat : ndarray of shape (h, w, 3), uint8, or None
        None where some of it is beyond the photo.
    place : ndarray of shape (h, w, 2)
        Where on the card each pixel lies, in sides of the marker.
    """
    step = 1 / float(knowledge["px_per_side"])
    left, top, right, bottom = box
    x = np.arange(left + step / 2, right, step)
    y = np.arange(top + step / 2, bottom, step)
    place = np.stack(np.meshgrid(x, y), axis=2)
    px = marker.to_px(place.reshape(-1, 2))
    if px.min() < 0 or (px > np.array(photo.size_wh) - 1).any():
        return None, place
    low = np.floor(px.min(axis=0)).astype(int)
    high = np.ceil(px.max(axis=0)).astype(int) + 1
    part = photo.rgb[low[1] : high[1], low[0] : high[0]]
    at = (px - low).reshape(place.shape).astype(np.float32)
    flat = cv2.remap(part, at[..., 0], at[..., 1], cv2.INTER_LINEAR)
    return np.asarray(flat, np.uint8), place


def _masks(
    place: FloatArray, card: dict[str, Any], knowledge: dict[str, Any]
) -> tuple[Mask, Mask]:
    """Where the gray is for certain, and where the dot is."""
    left, top, right, bottom = card["gray"]
    inset = float(knowledge["inset"])
    box = [left + inset, top + inset, right - inset, bottom - inset]
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    away = np.linalg.norm(place - middle, axis=2) / float(card["dot_radius"])
    inner, outer = knowledge["dot_seen"]
    return _within(place, box) & (away > outer), np.asarray(away < inner)


def _within(place: FloatArray, box: list[float]) -> Mask:
    low, high = np.array(box[:2]), np.array(box[2:])
    return np.asarray(((place > low) & (place < high)).all(axis=2))


def _corners(box: list[float]) -> FloatArray:
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
