"""What the measures share about one photo, worked out once and only when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.geometry import photo_to_view, shrink
from facemap.light import LUMINANCE, linear_light
from facemap.quality.gray import measure_gray
from facemap.quality.texture import Texture, face_texture
from facemap.sharpness import eye_blur_mm
from facemap.types import (
    ZONE_IDS,
    FaceFrame,
    FaceMap,
    FaceView,
    FloatArray,
    GrayReference,
    Photo,
    Segmentation,
)

__all__ = ["Scene"]

#: Rough resolution at which areas are counted and light is measured: a pore is 0.2 mm,
#: a highlight or a shadow several millimeters, and 2 px/mm is the least we accept.
_COARSE_PX_PER_MM = 2.0

# Landmarks around the cheek below the eye: the patient's right, and left.
_CHEEKS = (
    (50, 205, 207, 187, 123, 117, 118, 101),
    (280, 425, 427, 411, 352, 346, 347, 330),
)
#: A tenth of that area: less may be one spot or one shadow.
_MIN_CHEEK_MM2 = 50.0

#: Gaps in the skin that a highlight or a shadow leaves are closed up to this reach.
_JOIN_MM = 5.0

#: Fractional bits of polygon corners, so that a border stays put when mirrored.
_SHIFT = 4


@dataclass(frozen=True, eq=False)
class Scene:
    """One photo with everything that earlier stages know about it."""

    photo: Photo
    frame: FaceFrame
    view: FaceView
    segmentation: Segmentation
    face_map: FaceMap

    @cached_property
    def landmarks_vx(self) -> FloatArray:
        """The 478 landmarks in the view, shape (478, 2)."""
        return photo_to_view(self.frame.landmarks.xy_px, self.view)

    @cached_property
    def block_vx(self) -> int:
        """View pixels per cell of the coarse grid, each way."""
        return max(1, round(self.view.px_per_mm / _COARSE_PX_PER_MM))

    @cached_property
    def coarse_wh(self) -> tuple[int, int]:
        """Width and height of the coarse grid, of whole cells only."""
        width, height = (n // self.block_vx for n in self.view.size_wh)
        return width, height

    @cached_property
    def coarse_px_per_mm(self) -> float:
        """Cells of the coarse grid per millimeter."""
        return self.view.px_per_mm / self.block_vx

    @cached_property
    def _origin_vx(self) -> tuple[int, int]:
        """First view pixel of the grid; what fills no cell is left out evenly."""
        x, y = (n % self.block_vx // 2 for n in self.view.size_wh)
        return x, y

    def coarse(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Average an image of the view's size down to the coarse grid."""
        whole = self.under(image, (0, 0, *self.coarse_wh))
        return np.asarray(shrink(whole, self.coarse_wh), np.uint8)

    def under(
        self, image: NDArray[np.uint8], cells_xywh: tuple[int, int, int, int]
    ) -> NDArray[np.uint8]:
        """Cut out what lies under cells, of an image of the view's size."""
        x, y, width, height = (n * self.block_vx for n in cells_xywh)
        x, y = x + self._origin_vx[0], y + self._origin_vx[1]
        return image[y : y + height, x : x + width]

    def to_coarse(self, xy_vx: FloatArray) -> FloatArray:
        """View pixels to cells of the coarse grid."""
        return (np.asarray(xy_vx) - self._origin_vx + 0.5) / self.block_vx - 0.5

    def fill(self, corners_vx: FloatArray) -> NDArray[np.bool_]:
        """Cells of the coarse grid inside a polygon in the view."""
        width, height = self.coarse_wh
        mask = np.zeros((height, width), np.uint8)
        self._draw(mask, corners_vx, 1)
        return mask.view(np.bool_)

    def _draw(
        self, image: NDArray[np.uint8], corners_vx: FloatArray, value: int
    ) -> None:
        corners = np.round(self.to_coarse(corners_vx) * 2**_SHIFT).astype(np.int32)
        cv2.fillPoly(image, [corners], value, shift=_SHIFT)

    @cached_property
    def rgb(self) -> NDArray[np.uint8]:
        """The view on the coarse grid."""
        return self.coarse(self.view.rgb)

    @cached_property
    def luminance(self) -> NDArray[np.float32]:
        """Linear luminance on the coarse grid, white = 1."""
        weights = LUMINANCE[np.newaxis].astype(np.float32)
        return np.asarray(cv2.transform(linear_light(self.rgb), weights), np.float32)

    @cached_property
    def skin(self) -> NDArray[np.bool_]:
        """Skin on the coarse grid."""
        return self._coarse_mask(self.segmentation.skin)

    @cached_property
    def whole_skin(self) -> NDArray[np.bool_]:
        """Skin, with the gaps closed that highlights and shadows leave in it."""
        side = 2 * max(1, round(_JOIN_MM * self.coarse_px_per_mm)) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
        closed = cv2.morphologyEx(self.skin.view(np.uint8), cv2.MORPH_CLOSE, kernel)
        return np.asarray((closed > 0) & ~self.hair & ~self.glasses)

    @cached_property
    def skin_zones(self) -> NDArray[np.uint8]:
        """Zones where skin shows, its gaps closed: index in `ZONE_IDS` + 1, else 0."""
        return np.where(self.whole_skin, self.zones, np.uint8(0))

    @cached_property
    def hair(self) -> NDArray[np.bool_]:
        """Hair, brows and beard on the coarse grid."""
        return self._coarse_mask(self.segmentation.hair)

    @cached_property
    def glasses(self) -> NDArray[np.bool_]:
        """Glasses on the coarse grid."""
        return self._coarse_mask(self.segmentation.glasses)

    def _coarse_mask(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        if not mask.any():
            width, height = self.coarse_wh
            return np.zeros((height, width), np.bool_)
        return self.coarse(mask.view(np.uint8) * np.uint8(255)) > 127

    @cached_property
    def zones(self) -> NDArray[np.uint8]:
        """Whole zones, whatever covers them: index in `ZONE_IDS` + 1, else 0."""
        width, height = self.coarse_wh
        labels = np.zeros((height, width), np.uint8)
        for number, region in enumerate(self.face_map.regions, start=1):
            if len(region.outline_px) >= 3:
                self._draw(labels, photo_to_view(region.outline_px, self.view), number)
        return labels

    def within(self, zone_ids: tuple[str, ...]) -> NDArray[np.bool_]:
        """Cells of the coarse grid that lie in any of these zones."""
        wanted = np.zeros(256, np.uint8)
        wanted[[ZONE_IDS.index(zone) + 1 for zone in zone_ids]] = 1
        return np.asarray(cv2.LUT(self.zones, wanted), np.uint8).view(np.bool_)

    @cached_property
    def cheeks(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Bare skin of the patient's right and left cheek, on the coarse grid.

        Empty where less than `_MIN_CHEEK_MM2` of it shows.
        """
        right, left = (
            self.fill(self.landmarks_vx[list(ring)]) & self.skin for ring in _CHEEKS
        )
        least = _MIN_CHEEK_MM2 * self.coarse_px_per_mm**2
        return (
            right & (np.count_nonzero(right) >= least),
            left & (np.count_nonzero(left) >= least),
        )

    @cached_property
    def gray(self) -> GrayReference | None:
        """Gray reference beside the printed marker; None where there is none."""
        return measure_gray(self.photo, self.frame.marker)

    @cached_property
    def blur_mm(self) -> float | None:
        """Point spread at the eyes; None where too few edges show."""
        return eye_blur_mm(self.view, self.landmarks_vx)

    @cached_property
    def texture(self) -> Texture | None:
        """Fine structure of the skin; None where too little shows."""
        return face_texture(self.view, self.segmentation.skin, self.landmarks_vx)

    @cached_property
    def eye_mid_to_chin_mm(self) -> float:
        """Between the midpoint of the eyes and the chin, on the head."""
        corners = self.frame.vertices_mm[[33, 133, 362, 263]]
        return float(np.linalg.norm(self.frame.vertices_mm[152] - corners.mean(axis=0)))
