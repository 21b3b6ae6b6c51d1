"""The same skin twice: one photo, and the other brought to where its skin lies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.comparison.registration import Registration
from facemap.geometry import photo_to_view
from facemap.pipeline import Sight
from facemap.pointspread import eye_variance_mm2, seen_blur_mm
from facemap.resources import load_knowledge
from facemap.types import ZONE_IDS, FaceMap, FaceView, FloatImage, ZoneRegion

__all__ = ["Pair", "pair_up"]


@dataclass(frozen=True, eq=False)
class Pair:
    """Two views of the same skin, in one geometry.

    Attributes
    ----------
    before, after : FaceView
        Both in the geometry of the first photo and of one sharpness.
    face_map : FaceMap
        Skin that both photos show, by zone of the first.
    shared : mapping of str to float
        Per zone that both photos can judge, how much of the skin that either shows
        both do, 0 to 1.
    blurred : str or None
        Which of the two was sharper, and was blurred to the other's point spread:
        ``"before"``, ``"after"``.
    blur_mm : tuple of float
        Point spread of each before that, as a standard deviation.
    """

    before: FaceView
    after: FaceView
    face_map: FaceMap
    shared: dict[str, float]
    blurred: str | None
    blur_mm: tuple[float, float]


def pair_up(before: Sight, after: Sight, registration: Registration) -> Pair:
    """Bring the second photo to the geometry of the first; both to one sharpness."""
    size = before.view.size_wh
    x, y = registration.dense(size)
    sharp_b, sharp_a = (_variance_mm2(sight) for sight in (before, after))
    log_b = before.view.log_luminance
    log_a = _brought(after.view.log_luminance, x, y, after.view, before.view)
    least = load_knowledge("comparison")["sharpness"]["least_variance_mm2"]
    gap = sharp_a - sharp_b
    blurred = None
    if abs(gap) > least:
        sigma = float(np.sqrt(abs(gap))) * before.view.px_per_mm
        blurred = "before" if gap > 0 else "after"
        if gap > 0:
            log_b = _blurred(log_b, sigma)
        else:
            log_a = _blurred(log_a, sigma)
    photo_px_per_mm = min(before.view.photo_px_per_mm, after.view.photo_px_per_mm)
    face_map, shared = _shared_skin(before, after, registration, x, y)
    rgb = cv2.remap(
        after.view.rgb, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    view = replace(before.view, photo_px_per_mm=photo_px_per_mm)
    return Pair(
        before=replace(view, log_luminance=log_b),
        after=replace(view, log_luminance=log_a, rgb=np.asarray(rgb)),
        face_map=face_map,
        shared=shared,
        blurred=blurred,
        blur_mm=(_seen(sharp_b, before), _seen(sharp_a, after)),
    )


def _variance_mm2(sight: Sight) -> float:
    landmarks = sight.analysis.frame.landmarks.xy_px
    found = eye_variance_mm2(sight.view, photo_to_view(landmarks, sight.view))
    # Where no eye tells, a usual photo's; negative in a sharpened one, which counts.
    usual = load_knowledge("comparison")["sharpness"]["usual_blur_mm"]
    return usual**2 if found is None else found


def _seen(variance_mm2: float, sight: Sight) -> float:
    return seen_blur_mm(variance_mm2, sight.view.px_per_mm)


def _brought(
    image: FloatImage,
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    view: FaceView,
    to: FaceView,
) -> FloatImage:
    """Resample without aliasing where the second photo is the finer one."""
    finer = view.px_per_mm / to.px_per_mm
    if finer > 1:
        image = _blurred(image, 0.5 * float(np.sqrt(finer**2 - 1)))
    moved = cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _blurred(image: FloatImage, sigma_px: float) -> FloatImage:
    if sigma_px < 0.1:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), np.float32)


def _shared_skin(
    before: Sight,
    after: Sight,
    registration: Registration,
    x: NDArray[np.float32],
    y: NDArray[np.float32],
) -> tuple[FaceMap, dict[str, float]]:
    ours = before.analysis.face_map
    theirs = cv2.remap(after.analysis.face_map.labels, x, y, cv2.INTER_NEAREST)
    known = cv2.resize(
        registration.known.astype(np.uint8),
        before.view.size_wh,
        interpolation=cv2.INTER_NEAREST,
    )
    both = (ours.labels > 0) & (np.asarray(theirs) > 0) & (known > 0)
    labels = np.where(both, ours.labels, 0).astype(np.uint8)
    count, own = (
        np.bincount(image.ravel(), minlength=256) for image in (labels, ours.labels)
    )
    area = after.analysis.face_map
    regions: list[ZoneRegion] = []
    shared: dict[str, float] = {}
    for k, (mine, other) in enumerate(zip(ours.regions, area.regions, strict=True)):
        share = count[k + 1] / max(own[k + 1], 1)
        reason = mine.reason or other.reason
        if reason is None:
            shared[ZONE_IDS[k]] = float(share)
        regions.append(
            replace(
                mine,
                visible=mine.visible * float(share),
                area_mm2=mine.area_mm2 * float(share),
                reason=reason,
            )
        )
    return replace(ours, labels=labels, regions=tuple(regions)), shared
