"""Eyes, brows, lips and nostrils: landmarks say where they are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from facemap.chart import load_chart
from facemap.geometry import fill_polygon, photo_to_view
from facemap.segmentation.grid import BoolGrid, Evidence
from facemap.types import FaceFrame, FaceView, FloatArray

__all__ = ["draw_polygons", "draw_rings", "face_outline", "ring"]

#: Landmark rings of the patient's right side; the mesh's mirror index gives the left.
_RINGS = {
    "eye": (
        33,
        246,
        161,
        160,
        159,
        158,
        157,
        173,
        133,
        155,
        154,
        153,
        145,
        144,
        163,
        7,
    ),
    "brow": (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    "nostril": (79, 239, 238, 241, 242, 20, 60, 75, 166, 219),
}
_LIPS_RIGHT = (17, 84, 181, 91, 146, 61, 185, 40, 39, 37, 0)
_JAW_RIGHT = (152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234)
_TOP_RIGHT = (127, 162, 21, 54, 103, 67, 109, 10)


def ring(name: str) -> tuple[tuple[int, ...], ...]:
    """Landmark rings of a feature: ``eye``, ``brow``, ``nostril`` or ``lips``."""
    if name == "lips":
        return (_closed(_LIPS_RIGHT),)
    mirror = load_chart().mirror_index
    right = _RINGS[name]
    return right, tuple(int(mirror[i]) for i in right)


def face_outline() -> tuple[int, ...]:
    """Landmark ring around the landmarker's mesh."""
    return _closed(_JAW_RIGHT + _TOP_RIGHT)


def draw_rings(
    rings: tuple[tuple[int, ...], ...],
    frame: FaceFrame,
    view: FaceView,
    evidence: Evidence,
) -> BoolGrid:
    """Fill landmark rings on the grid."""
    rings_px = (frame.vertices_px[list(indices)] for indices in rings)
    return draw_polygons(rings_px, view, evidence)


def draw_polygons(
    polygons_px: Iterable[FloatArray], view: FaceView, evidence: Evidence
) -> BoolGrid:
    """Fill polygons given on the photo, shape (N, 2) each, on the grid."""
    rows, columns = evidence.u.shape
    canvas = np.zeros((rows, columns), np.uint8)
    for polygon_px in polygons_px:
        canvas |= fill_polygon(_to_cells(polygon_px, view, evidence), (rows, columns))
    return np.asarray(canvas > 0)


def _closed(right: tuple[int, ...]) -> tuple[int, ...]:
    mirror = load_chart().mirror_index
    left = tuple(int(mirror[i]) for i in right[-2:0:-1])
    return right + left


def _to_cells(xy_px: FloatArray, view: FaceView, evidence: Evidence) -> FloatArray:
    step = np.asarray(evidence.step_vx)
    return np.asarray((photo_to_view(xy_px, view) + 0.5) / step - 0.5)
