"""Drawn faces, each drawn and looked at once."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from facemap.comparison import Comparison, compare_sights
from facemap.photo import load_photo
from facemap.pipeline import Sight, see_photo
from facemap.synthetic import HairStyle, PhantomParams, draw_phantom, encode_phantom
from facemap.wrinkles import get_detector

BASE = PhantomParams(
    seed=12,
    size_wh=(820, 1000),
    px_per_mm=3.6,
    severity=2.5,
    camera_distance_mm=1200.0,
    hair=HairStyle.SHORT,
)


def params(**changes: object) -> PhantomParams:
    return replace(BASE, **changes)


_DRAWN: dict[str, bytes] = {}
_SEEN: dict[str, Sight] = {}
_COMPARED: dict[tuple[int, int], tuple[Sight, Sight, Comparison]] = {}


def content(**changes: object) -> bytes:
    wanted = params(**changes)
    if str(wanted) not in _DRAWN:
        _DRAWN[str(wanted)] = encode_phantom(draw_phantom(wanted), "png")
    return _DRAWN[str(wanted)]


def see(**changes: object) -> Sight:
    name = str(params(**changes))
    if name not in _SEEN:
        photo = load_photo(content(**changes), name="p.png")
        _SEEN[name] = see_photo(photo, get_detector())
    return _SEEN[name]


def see_picture(rgb: np.ndarray) -> Sight:
    """Look at a picture that was made from another."""
    photo = replace(see().analysis.photo, rgb=np.ascontiguousarray(rgb))
    return see_photo(photo, get_detector())


def compare(before: Sight, after: Sight) -> Comparison:
    key = id(before), id(after)
    if key not in _COMPARED:
        made = compare_sights(before, after, get_detector())
        # The sights are kept, so that no other has their names.
        _COMPARED[key] = before, after, made
    return _COMPARED[key][2]


@cache
def shot_again() -> Comparison:
    """The same face, turned by 3 degrees, from nearer by."""
    return compare(see(), see(yaw_deg=2.0, pitch_deg=-2.0, camera_distance_mm=1100.0))
