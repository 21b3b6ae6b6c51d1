"""A plan on the face chart: the canonical head seen straight from the front.

Places on it are millimeters of a head of average size, x toward the patient's left and
y down, from the canonical head's own origin. Radii of keep-outs stay this face's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from facemap.chart import load_chart
from facemap.planning.keepouts import Keepout, keepouts_of
from facemap.planning.plan import Plan
from facemap.planning.skin import FaceSkin, skin_of
from facemap.protocol import Lesion, Mode, Protocol, load_muscles
from facemap.resources import load_knowledge
from facemap.types import FloatArray

__all__ = [
    "MuscleSpot",
    "charted_keepouts",
    "frontal_mm",
    "muscle_spots",
    "outline_uv",
]

#: A muscle on the midline is felt for on both sides of it.
_OFF_MIDLINE_MM = 5.0


@dataclass(frozen=True)
class MuscleSpot:
    """Where a muscle is felt for: a place to mark what was found.

    Attributes
    ----------
    side : str
        ``r`` or ``l``, the patient's own.
    at_mm : tuple of float
        On the drawn face, see `frontal_mm`.
    """

    muscle: str
    name: str
    side: str
    at_mm: tuple[float, float]


def muscle_spots(protocol: Protocol) -> tuple[MuscleSpot, ...]:
    """Give every muscle a spot on each side of the drawn face.

    Parameters
    ----------
    protocol : Protocol
        Its windows say where a muscle lies; a muscle without one has a spot in
        ``facechart.toml``.
    """
    written = load_knowledge("facechart")["spots"]
    windows: dict[str, list[FloatArray]] = {}
    for row in protocol.of_mode(Mode.INTRAMUSCULAR):
        if row.muscle and row.window:
            uv = np.array([corner.uv for corner in row.window])
            windows.setdefault(row.muscle, []).append(frontal_mm(uv).mean(axis=0))
    spots = []
    for muscle in load_muscles():
        if muscle.id in windows:
            x, y = np.mean(windows[muscle.id], axis=0).tolist()
        elif muscle.id in written:
            x, y = written[muscle.id][0], -written[muscle.id][1]
        else:
            continue
        x = min(x, -_OFF_MIDLINE_MM)
        for side, sign in (("r", 1.0), ("l", -1.0)):
            spots.append(MuscleSpot(muscle.id, muscle.name, side, (sign * x, y)))
    return tuple(spots)


def frontal_mm(uv: FloatArray) -> FloatArray:
    """Carry chart places (u, v) onto the drawn face, (M, 2).

    Examples
    --------
    >>> left, right = frontal_mm(np.array([[0.6, 0.3], [0.4, 0.3]]))
    >>> bool(left[0] > 0), bool(np.allclose(left, right * [-1, 1]))
    (True, True)
    """
    return load_chart().carry(uv, load_chart().vertices_mm)[:, :2] * [1, -1]


def charted_keepouts(plan: Plan) -> tuple[Keepout, ...]:
    """Lay what a plan keeps out of onto the drawn face.

    Returns
    -------
    tuple of Keepout
        Their `shape_px` is in millimeters of the drawn face. An outline on the photo
        that lies beside the face is left out.
    """
    frame = plan.analysis.frame
    mm_per_px = frame.scale.mm_per_px
    head_mm = load_chart().vertices_mm * [1, -1, -1]
    # The photo's own scale and pose: its uncertainty, and with it the radii, hold.
    drawn = replace(frame, vertices_px=head_mm[:, :2] / mm_per_px, vertices_mm=head_mm)
    lesions = _carried(plan.intake.lesions, skin_of(frame))
    return tuple(
        replace(keepout, shape_px=keepout.shape_px * mm_per_px)
        for keepout in keepouts_of(drawn, lesions)
    )


def outline_uv(skin: FaceSkin, outline_px: FloatArray) -> FloatArray | None:
    """Carry an outline from the photo to the chart; None where it leaves the face."""
    uv, found = skin.find(outline_px)
    return uv if found.all() else None


def _carried(lesions: Iterable[Lesion], skin: FaceSkin) -> list[Lesion]:
    kept = []
    for lesion in lesions:
        if lesion.outline_px is not None:
            uv = outline_uv(skin, np.array(lesion.outline_px))
            if uv is None:
                continue
            corners = tuple((float(u), float(v)) for u, v in uv)
            lesion = replace(lesion, outline_px=None, outline_uv=corners)
        kept.append(lesion)
    return kept
