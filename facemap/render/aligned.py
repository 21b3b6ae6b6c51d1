"""Both photos of a comparison in one frame: the same crop, scale and place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.comparison import Comparison
from facemap.render.colors import chrome_color, rgb_of
from facemap.render.looking import UNTOUCHED, LightMatch, match_light
from facemap.types import FloatArray

__all__ = ["SHARING", "AlignedPair", "align_pair", "dates_of"]

_Rgb = NDArray[np.uint8]
_Bool = NDArray[np.bool_]

#: Around the zones, in millimeters.
_MARGIN_MM = 8.0
#: What a lid and its lashes reach beyond the lid's margin.
_LID_MM = 6.0
_EYES = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382),
)

#: Said wherever eyes are hidden, or a picture is cut down to zones.
SHARING = (
    "Hidden eyes, or a bar over them, are no anonymity: the face can still be "
    "recognized. Crops show less, but moles and lines can be recognized too. Share "
    "only what the patient has agreed to."
)


@dataclass(frozen=True, eq=False)
class AlignedPair:
    """Two pictures of one size; the same skin lies at the same pixel.

    Attributes
    ----------
    before, after : ndarray of shape (H, W, 3), uint8
        `after` in the geometry of the first photo, and in its light where matched.
    covered : ndarray of shape (H, W), bool
        Where the second photo has a pixel to show; elsewhere `after` is plain.
    labels : ndarray of shape (H, W), uint8
        Zones of the skin that both photos show, as in `FaceMap`.
    low_px : ndarray of shape (2,)
        Photo position of the top-left edge, in the first photo.
    factor : float
        Picture pixels per pixel of the first photo.
    mm_px : float
        Picture pixels per millimeter.
    match : LightMatch
    eyes_hidden : bool
    """

    before: _Rgb
    after: _Rgb
    covered: _Bool
    labels: NDArray[np.uint8]
    low_px: FloatArray
    factor: float
    mm_px: float
    match: LightMatch
    eyes_hidden: bool

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of each picture."""
        return int(self.before.shape[1]), int(self.before.shape[0])

    def place(self, points_px: FloatArray) -> FloatArray:
        """Where points of the first photo lie in the pictures."""
        return np.asarray((points_px + 0.5 - self.low_px) * self.factor - 0.5)


def align_pair(
    comparison: Comparison,
    *,
    max_side_px: int = 1600,
    max_px_per_mm: float | None = None,
    matched: bool = True,
    eyes_hidden: bool = False,
) -> AlignedPair:
    """Show both photos in the geometry of the first.

    Where no zone can be compared there is no skin to lay on each other, and a face that
    moves otherwise must not be bent back: the second photo is then only turned, sized
    and shifted to the first face.

    Parameters
    ----------
    comparison : Comparison
    max_side_px : int
        Longest side of a picture. A photo is never enlarged, except by
        `max_px_per_mm`.
    max_px_per_mm : float, optional
        Resolution to show instead, whatever that of the photo, up to `max_side_px`.
    matched : bool
        Match the second photo's light to the first's (`match_light`).
    eyes_hidden : bool
        Cover the eyes with plain patches.
    """
    low, high = _box_px(comparison)
    scale = comparison.before.frame.scale
    factor = 1.0 if max_px_per_mm is None else max_px_per_mm * scale.mm_per_px
    factor = min(factor, max_side_px / float((high - low).max()))
    size = np.maximum(2, np.floor((high - low) * factor)).astype(int)
    size_wh = int(size[0]), int(size[1])
    x, y = _photo_grid(low, factor, size_wh)
    before, _ = _sampled(comparison.before.photo.rgb, x, y, 1 / factor)
    if comparison.comparable and not comparison.moves_otherwise:
        x, y = _in_second(comparison, low, factor, size_wh)
    else:
        x, y = _turned(comparison, x, y)
    per_px = _second_per_first(comparison) / factor
    after, covered = _sampled(comparison.after.photo.rgb, x, y, per_px)
    labels = _labels(comparison, low, factor, size_wh)
    matched = matched and comparison.comparable
    match = match_light(before, after, labels > 0) if matched else UNTOUCHED
    after = np.where(
        covered[..., None],
        match.apply(after),
        np.array(rgb_of(chrome_color("rule")), np.uint8),
    )
    pair = AlignedPair(
        before,
        after,
        covered,
        labels,
        low,
        factor,
        factor * scale.px_per_mm,
        match,
        eyes_hidden,
    )
    if eyes_hidden:
        _hide_eyes(pair, comparison)
    return pair


def dates_of(comparison: Comparison) -> tuple[str, str]:
    """Days on which the photos were taken, or ``"no date"``.

    With the time too, where the day is the same; what somebody entered says so.
    """
    photos = comparison.before.photo, comparison.after.photo
    entered = [photo.sha256 in comparison.days_entered for photo in photos]
    same = comparison.days[0] == comparison.days[1] and not any(entered)
    first, second = (
        _day(photo.taken_at, same) if not by_hand else _entered(day)
        for photo, day, by_hand in zip(photos, comparison.days, entered, strict=True)
    )
    return first, second


def _entered(day: date | None) -> str:
    return f"{day:%Y-%m-%d} (entered by hand)" if day else "no date"


def _day(taken_at: datetime | None, timed: bool) -> str:
    if taken_at is None:
        return "no date"
    return f"{taken_at:%Y-%m-%d %H:%M}" if timed else f"{taken_at:%Y-%m-%d}"


def _box_px(comparison: Comparison) -> tuple[FloatArray, FloatArray]:
    """Frame the face in the first photo, within its view."""
    analysis, view = comparison.before, comparison.pair.before
    margin = _MARGIN_MM * analysis.frame.scale.px_per_mm
    shown = [analysis.frame.landmarks.xy_px]
    shown += [
        region.outline_px
        for region in analysis.face_map.regions
        if len(region.outline_px)
        and (region.id != "neck" or comparison.pair.face_map.region("neck").visible)
    ]
    every = np.concatenate(shown)
    origin = np.array(view.origin_px, np.float64)
    edge = origin + view.step * np.array(view.size_wh)
    edge = np.minimum(edge, analysis.photo.size_wh)
    low = np.clip(np.floor(every.min(axis=0) - margin), np.ceil(origin), edge - 2)
    high = np.clip(np.ceil(every.max(axis=0) + margin), low + 2, np.floor(edge))
    return low, high


def _photo_grid(
    low: FloatArray, factor: float, size_wh: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each picture pixel lies in the first photo."""
    columns, rows = (
        low[k] + (np.arange(size_wh[k]) + 0.5) / factor - 0.5 for k in (0, 1)
    )
    x, y = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
    return x, y


def _in_second(
    comparison: Comparison, low: FloatArray, factor: float, size_wh: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each picture pixel lies in the second photo."""
    registration, view = comparison.registration, comparison.pair.before
    cell = view.step * registration.step_vx  # photo pixels
    gain = 1 / (factor * cell)
    shift = (low - view.origin_px) / cell + 0.5 * gain - 0.5
    into = np.array([[gain, 0, shift[0]], [0, gain, shift[1]]])
    second = comparison.after.face_map
    x, y = (
        np.asarray(
            origin
            + second.step
            * (
                cv2.warpAffine(
                    layer,
                    into,
                    size_wh,
                    flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                    borderMode=cv2.BORDER_REPLICATE,
                )
                + 0.5
            )
            - 0.5,
            np.float32,
        )
        for layer, origin in zip(
            (registration.x_vx, registration.y_vx), second.origin_px, strict=True
        )
    )
    return x, y


def _turned(
    comparison: Comparison, x: NDArray[np.float32], y: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Carry places of the first photo to the second, by the faces' likeness alone."""
    first, second = (
        a.frame.landmarks.xy_px for a in (comparison.before, comparison.after)
    )
    # As complex numbers: there = turn * (here - middle) + middle there.
    here, there = (points[:, 0] + 1j * points[:, 1] for points in (first, second))
    centered = here - here.mean()
    turn = np.vdot(centered, there - there.mean()) / np.vdot(centered, centered)
    shift = there.mean() - turn * here.mean()
    moved = turn * (x + 1j * y) + shift
    return moved.real.astype(np.float32), moved.imag.astype(np.float32)


def _second_per_first(comparison: Comparison) -> float:
    """Pixels of the second photo per pixel of the first, on the same skin."""
    first, second = (a.frame.scale for a in (comparison.before, comparison.after))
    return first.mm_per_px / second.mm_per_px


def _sampled(
    rgb: _Rgb, x: NDArray[np.float32], y: NDArray[np.float32], per_px: float
) -> tuple[_Rgb, _Bool]:
    """Read a photo at places; averaged first where it has `per_px` > 1 to each."""
    height, width = rgb.shape[:2]
    covered = (x >= -0.5) & (y >= -0.5) & (x <= width - 0.5) & (y <= height - 0.5)
    if not covered.any():
        return np.zeros((*x.shape, 3), np.uint8), covered
    x0, y0 = (max(0, int(a[covered].min()) - 8) for a in (x, y))
    x1, y1 = (int(a[covered].max()) + 9 for a in (x, y))
    part = rgb[y0:y1, x0:x1]
    x, y = x - np.float32(x0), y - np.float32(y0)
    if per_px > 1:
        old_wh = part.shape[1], part.shape[0]
        new_wh = [max(1, round(n / per_px)) for n in old_wh]
        part = np.asarray(cv2.resize(part, new_wh, interpolation=cv2.INTER_AREA))
        x, y = (
            ((a + np.float32(0.5)) * np.float32(new / old) - np.float32(0.5))
            for a, new, old in zip((x, y), new_wh, old_wh, strict=True)
        )
    read = cv2.remap(part, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, np.uint8), covered


def _labels(
    comparison: Comparison, low: FloatArray, factor: float, size_wh: tuple[int, int]
) -> NDArray[np.uint8]:
    face_map, view = comparison.pair.face_map, comparison.pair.before
    gain = 1 / (factor * view.step)
    shift = (low - view.origin_px) / view.step + 0.5 * gain - 0.5
    into = np.array([[gain, 0, shift[0]], [0, gain, shift[1]]])
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(face_map.labels, into, size_wh, flags=flags))


def _hide_eyes(pair: AlignedPair, comparison: Comparison) -> None:
    """Cover lids and lashes. Both photos show them at the same place by now."""
    landmarks = comparison.before.frame.landmarks.xy_px
    mask = np.zeros(pair.before.shape[:2], np.uint8)
    for ring in _EYES:
        corners = pair.place(landmarks[list(ring)])
        hull = cv2.convexHull(np.rint(corners).astype(np.int32))
        cv2.fillConvexPoly(mask, hull, 255)
    side = 2 * round(_LID_MM * pair.mm_px) + 1
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    hidden = cv2.dilate(mask, reach) > 0
    for picture in (pair.before, pair.after):
        picture[hidden] = rgb_of(chrome_color("muted"))
