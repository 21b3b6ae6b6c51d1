"""The drawn face and its spots, laid out for the chart's script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from facemap.planning import MuscleSpot
from facemap.render import LineFace
from facemap.types import FloatArray
from facemap.ui.words import SIDES

__all__ = ["face_chart_payload"]

Json = dict[str, Any]

#: Below it no muscle is felt for.
_LOWEST_MM = 132.0


def face_chart_payload(
    face: LineFace,
    spots: Iterable[MuscleSpot],
    tenderness: Mapping[tuple[str, str], float],
) -> Json:
    """Lay the chart out.

    Parameters
    ----------
    face : LineFace
    spots : iterable of MuscleSpot
    tenderness : mapping of tuple of str to float
        By muscle and side, 0 to 10; what is not there is not noted.

    Returns
    -------
    dict
        Plain JSON values, in millimeters of the drawn face.
    """
    return {
        "box": [*face.box_mm[:3], min(face.box_mm[3], _LOWEST_MM)],
        "strokes": [
            {
                "path": _path(stroke.points_mm),
                "width": stroke.weight_mm,
                "filled": stroke.filled,
            }
            for stroke in face.strokes
        ],
        "irises": [
            {
                "path": _path(iris.ring_mm),
                "width": iris.weight_mm,
                "pupil": iris.pupil_mm,
                "x": float(iris.center_mm[0]),
                "y": float(iris.center_mm[1]),
            }
            for iris in face.irises
        ],
        "spots": [
            {
                "id": f"{spot.muscle}/{spot.side}",
                "muscle": spot.muscle,
                "side": spot.side,
                "label": f"{spot.name}, {SIDES[spot.side]}",
                "x": round(spot.at_mm[0], 2),
                "y": round(spot.at_mm[1], 2),
                "value": _number(tenderness.get((spot.muscle, spot.side))),
            }
            for spot in spots
        ],
    }


def _number(value: float | None) -> float | int | None:
    """Give a whole number as one: it is written without a point."""
    return int(value) if value is not None and value == int(value) else value


def _path(points_mm: FloatArray) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points_mm.tolist())
