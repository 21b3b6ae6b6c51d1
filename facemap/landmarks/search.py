"""Where to look for faces, and asking four times: two patches, each both ways round.

Every step treats the photo and its mirror image alike, so a mirrored photo gives the
mirrored landmarks: whatever image the models see for one, they see for the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.chart import load_chart
from facemap.landmarks.mediapipe import (
    RawBox,
    RawFace,
    detect_boxes,
    detect_faces,
    model_use,
)
from facemap.types import FloatArray, Landmarks, Photo, RgbImage, frozen_mapping

__all__ = ["MESH_SIZE", "find_faces", "mirror_index"]

#: Landmarks of the mesh; two irises of five points follow.
MESH_SIZE = 468

# The patch around a face is this many detector boxes wide. One and a half boxes are
# what the landmark model itself cuts out; the rest lets its detector find the face.
# The other values are second tries.
_PATCH_SIDES = (2.0, 1.5, 3.0)
# A second opinion, from a patch of another size: how the detector in the model frames a
# face depends on a little noise or light. Over copies of 13 photos that differ in such
# things landmarks move by 0.14 to 0.26 mm (rms) from one patch, 0.09 to 0.18 from both.
_SECOND_SIDES = 2.5
# Pixels of that patch: 1.5 of 2 boxes is then 384, from which the model takes 256.
_PATCH_LONGEST = 512
# Coarse passes work on a photo of about this size.
_COARSE_LONGEST = 1024
# Two finds closer than this share of a box are one face.
_SAME_FACE = 0.35
# Second tries for small faces: tiles of these shares of the photo, half overlapping.
_TILES = (0.5, 0.25)
# Second try for a face that fills the photo: a frame around it, as share of the photo.
_FRAME = 0.5

T = TypeVar("T")

_IRIS_MIRROR = (473, 476, 475, 474, 477, 468, 471, 470, 469, 472)


@cache
def mirror_index() -> NDArray[np.intp]:
    """Return, for each of the 478 landmarks, the one on the other side of the face.

    The iris rings run the same way round in both eyes, hence a table for them.
    """
    chart = load_chart()
    mesh = chart.mirror_index[: chart.n_mesh]
    index = np.concatenate([mesh, _IRIS_MIRROR]).astype(np.intp)
    index.setflags(write=False)
    return index


def find_faces(photo: Photo) -> tuple[Landmarks, ...]:
    """Find every face in a photo.

    Parameters
    ----------
    photo : Photo

    Returns
    -------
    tuple of Landmarks
        Largest first; empty where there is none.

    Notes
    -----
    A coarse detector looks over the photo, then over a framed photo (a face that fills
    it), then over tiles (a small face). Around each find a patch is cut at the size
    the landmark model likes best, and a wider one; each is asked about both as it is
    and in its mirror image.
    """
    found: list[tuple[RawFace, FloatArray]] = []
    for box in _boxes(photo.rgb):
        face = _refine(photo.rgb, box)
        if face is not None and not any(_same(face[0], f) for f, _ in found):
            found.append(face)
    found.sort(key=lambda f: -_extent(f[0].xy_px))
    model = model_use()
    return tuple(
        Landmarks(
            xy_px=face.xy_px,
            z_px=face.z_px,
            spread_px=spread,
            blendshapes=frozen_mapping(face.blendshapes),
            n_faces=len(found),
            model=model,
        )
        for face, spread in found
    )


def _extent(xy_px: FloatArray) -> float:
    return float(np.prod(np.ptp(xy_px[:MESH_SIZE], axis=0)))


def _same(a: RawFace, b: RawFace) -> bool:
    side = np.sqrt(max(_extent(a.xy_px), _extent(b.xy_px)))
    apart = np.linalg.norm(a.xy_px.mean(axis=0) - b.xy_px.mean(axis=0))
    return bool(apart < _SAME_FACE * side)


@dataclass(frozen=True)
class _Region:
    """A rectangle of the photo, in whole pixels; it may reach beyond the photo."""

    x0: int
    y0: int
    x1: int
    y1: int

    @classmethod
    def around(cls, center_px: tuple[float, float], side_px: float) -> _Region:
        # Outward rounding keeps a region and its mirror image the same; the nudge
        # keeps rounding noise from deciding.
        (x, y), half = center_px, side_px / 2
        return cls(
            x0=int(np.floor(x + 0.5 - half + 1e-6)),
            y0=int(np.floor(y + 0.5 - half + 1e-6)),
            x1=int(np.ceil(x + 0.5 + half - 1e-6)),
            y1=int(np.ceil(y + 0.5 + half - 1e-6)),
        )

    def within(self, rgb: RgbImage) -> _Region:
        height, width = rgb.shape[:2]
        return _Region(
            max(0, self.x0), max(0, self.y0), min(width, self.x1), min(height, self.y1)
        )

    def cut(self, rgb: RgbImage) -> RgbImage:
        height, width = rgb.shape[:2]
        inside = rgb[
            max(0, self.y0) : max(0, self.y1), max(0, self.x0) : max(0, self.x1)
        ]
        before = max(0, -self.x0), max(0, -self.y0)
        after = max(0, self.x1 - width), max(0, self.y1 - height)
        if not any(before + after):
            return inside
        return np.asarray(
            cv2.copyMakeBorder(
                inside,
                before[1],
                after[1],
                before[0],
                after[0],
                cv2.BORDER_CONSTANT,
                value=(0, 0, 0),
            )
        )


@dataclass(frozen=True)
class _Shrunk:
    """A smaller copy of a patch, or of its mirror image, and the way back."""

    rgb: RgbImage
    step: tuple[float, float]
    width: int
    mirrored: bool

    def to_patch(self, xy_px: FloatArray) -> FloatArray:
        xy = (np.asarray(xy_px, float) + 0.5) * self.step - 0.5
        if self.mirrored:
            xy[..., 0] = self.width - 1 - xy[..., 0]
        return xy


def _shrink_both_ways(rgb: RgbImage, longest: int) -> tuple[_Shrunk, _Shrunk]:
    """Bring a patch and its mirror image to at most `longest` pixels a side.

    Halved by area, which is exactly symmetric, then bilinear for what is left: several
    times as fast as one resize by area. What does not divide is dropped on the far
    side, which is the other side for the mirror image.
    """
    height, width = rgb.shape[:2]
    halvings = max(0, int(np.log2(max(height, width) / longest)))
    halvings = min(halvings, int(np.log2(min(height, width))))
    unit = 1 << halvings
    w, h = width - width % unit, height - height % unit
    near = _halve(rgb[:h, :w], halvings)
    far = near if w == width else _halve(rgb[:h, width - w :], halvings)
    turned = np.asarray(cv2.flip(far, 1), np.uint8)
    return (
        _finish(near, longest, (w, h), width, mirrored=False),
        _finish(turned, longest, (w, h), width, mirrored=True),
    )


def _halve(part: RgbImage, times: int) -> RgbImage:
    for _ in range(times):
        size = part.shape[1] // 2, part.shape[0] // 2
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA))
    return part


def _finish(
    part: RgbImage,
    longest: int,
    used_wh: tuple[int, int],
    width: int,
    *,
    mirrored: bool,
) -> _Shrunk:
    shrink = min(1.0, longest / max(part.shape[:2]))
    if shrink < 1:
        size = (
            max(1, round(part.shape[1] * shrink)),
            max(1, round(part.shape[0] * shrink)),
        )
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR))
    return _Shrunk(
        rgb=np.ascontiguousarray(part),
        step=(used_wh[0] / part.shape[1], used_wh[1] / part.shape[0]),
        width=width,
        mirrored=mirrored,
    )


def _boxes(rgb: RgbImage) -> tuple[RawBox, ...]:
    """Look over the photo coarsely; second tries only where nothing was found."""
    views = _shrink_both_ways(rgb, _COARSE_LONGEST)
    height, width = views[0].rgb.shape[:2]
    for regions in _tries(width, height):
        plain, turned = _ask_both(partial(_boxes_within, regions), views)
        if plain or turned:
            return _merge(plain + turned)
    return ()


def _boxes_within(regions: list[_Region], view: _Shrunk) -> list[RawBox]:
    return [
        RawBox(
            center_px=tuple(view.to_patch(center).tolist()),
            side_px=box.side_px * max(view.step),
            confidence=box.confidence,
        )
        for region in regions
        for box in detect_boxes(region.cut(view.rgb))
        for center in [np.add(box.center_px, (region.x0, region.y0))]
    ]


def _ask_both(
    ask: Callable[[_Shrunk], T], views: tuple[_Shrunk, _Shrunk]
) -> tuple[T, T]:
    """Ask about a picture and its mirror image, each on a core of its own."""
    plain, turned = views
    with ThreadPoolExecutor(1) as beside:
        later = beside.submit(ask, turned)
        return ask(plain), later.result()


def _tries(width: int, height: int) -> Iterator[list[_Region]]:
    """Yield regions to look at: the whole, the whole in a frame, then ever smaller."""
    yield [_Region(0, 0, width, height)]
    frame = round(_FRAME * max(width, height))
    yield [_Region(-frame, -frame, width + frame, height + frame)]
    for share in _TILES:
        # Tiles are laid out from both ends so that they mirror onto themselves.
        side = max(1, round(share * max(width, height)))
        starts = [
            sorted({*range(0, max(1, n - side), max(1, side // 2)), max(0, n - side)})
            for n in (width, height)
        ]
        columns = sorted({*starts[0], *(width - side - x for x in starts[0])})
        yield [_Region(x, y, x + side, y + side) for y in starts[1] for x in columns]


def _merge(boxes: list[RawBox]) -> tuple[RawBox, ...]:
    """Average what the photo and its mirror image (and overlapping tiles) both show."""
    groups: list[list[RawBox]] = []
    for box in sorted(boxes, key=lambda b: (-b.side_px, -b.confidence)):
        for group in groups:
            apart = np.subtract(group[0].center_px, box.center_px)
            if np.linalg.norm(apart) < _SAME_FACE * group[0].side_px:
                group.append(box)
                break
        else:
            groups.append([box])
    return tuple(
        RawBox(
            center_px=tuple(np.mean([b.center_px for b in g], axis=0).tolist()),
            side_px=float(np.mean([b.side_px for b in g])),
            confidence=max(b.confidence for b in g),
        )
        for g in groups
    )


def _refine(rgb: RgbImage, box: RawBox) -> tuple[RawFace, FloatArray] | None:
    """Ask the landmark model for the face in a box, both ways round.

    Returns
    -------
    (RawFace, ndarray of shape (478,)) or None
        In photo pixels, and how far a patch's two answers lie apart, in the mean of the
        patches; None where the model sees no
        face in the patch or in its mirror image.
    """
    patches = [
        _Region.around(box.center_px, sides * box.side_px) for sides in _PATCH_SIDES
    ]
    # A frame around the photo costs time, and hardly ever helps.
    for region in (patches[0].within(rgb), *patches):
        first = _both_ways(rgb, region)
        if first is not None:
            break
    else:
        return None
    wide = _Region.around(box.center_px, _SECOND_SIDES * box.side_px).within(rgb)
    if wide == region:
        return first
    second = _both_ways(rgb, wide)
    if second is None or not _same(first[0], second[0]):
        return first
    (a, one), (b, other) = first, second
    face = RawFace(
        xy_px=(a.xy_px + b.xy_px) / 2,
        z_px=(a.z_px + b.z_px) / 2,
        blendshapes={k: (v + b.blendshapes[k]) / 2 for k, v in a.blendshapes.items()},
    )
    return face, (one + other) / 2


def _both_ways(rgb: RgbImage, region: _Region) -> tuple[RawFace, FloatArray] | None:
    """Average the answers on a patch and on its mirror image."""
    mirror = mirror_index()
    plain, turned = _ask_both(
        _central, _shrink_both_ways(region.cut(rgb), _PATCH_LONGEST)
    )
    if plain is None or turned is None:
        return None
    a, b = plain.xy_px, turned.xy_px[mirror]
    other = {_other_side(k): v for k, v in turned.blendshapes.items()}
    face = RawFace(
        xy_px=(a + b) / 2 + (region.x0, region.y0),
        z_px=(plain.z_px + turned.z_px[mirror]) / 2,
        blendshapes={k: (v + other[k]) / 2 for k, v in plain.blendshapes.items()},
    )
    return face, np.linalg.norm(a - b, axis=1)


def _central(view: _Shrunk) -> RawFace | None:
    """Return the face nearest to the middle of a patch, in the patch's pixels."""
    height, width = view.rgb.shape[:2]
    faces = detect_faces(view.rgb)
    if not faces:
        return None
    middle = (width - 1) / 2, (height - 1) / 2
    face = min(
        faces, key=lambda f: float(np.linalg.norm(f.xy_px.mean(axis=0) - middle))
    )
    return RawFace(
        xy_px=view.to_patch(face.xy_px),
        z_px=face.z_px * view.step[0],
        blendshapes=face.blendshapes,
    )


def _other_side(name: str) -> str:
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    if name.endswith("Right"):
        return name.removesuffix("Right") + "Left"
    return name
