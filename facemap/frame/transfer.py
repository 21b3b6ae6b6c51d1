"""The scale of one photo from others of the same sitting.

In a head turned by more than 10 degrees neither iris nor pupils are a ruler. The face
itself is one, once another photo has measured it: its height does not change with a
turn, unlike its width, which is foreshortened, and its depth, which is not measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from facemap.chart import load_chart
from facemap.resources import load_knowledge
from facemap.types import FaceFrame, FloatArray, Scale, ScaleSource

__all__ = ["take_scale"]

_NO_RULER = (ScaleSource.ASSUMED, ScaleSource.SITTING)


def take_scale(frame: FaceFrame, others: Sequence[FaceFrame]) -> FaceFrame:
    r"""Replace an assumed scale by that of other photos of the same sitting.

    Parameters
    ----------
    frame : FaceFrame
    others : sequence of FaceFrame
        Of the same person in the same sitting; those whose own scale is assumed are
        left out, so `frame` may be among them.

    Returns
    -------
    FaceFrame
        With a scale of source `sitting`; unchanged where its own scale is measured or
        none of the others is.

    Notes
    -----
    With heights :math:`h_i` of the upper face's landmarks along the face's own vertical
    axis, about their mean, in millimeters of a measured photo, and :math:`g_i` in those
    that the assumed scale gives, the scale is off by
    :math:`\sum g_i h_i / \sum g_i^2`. Several measured photos are averaged by the
    inverse of their variance; that of the best is kept, as all rest on the same eyes.
    """
    rulers = [other for other in others if other.scale.source not in _NO_RULER]
    if frame.scale.source is not ScaleSource.ASSUMED or not rulers:
        return frame
    own_mm = _heights_mm(frame)
    logs = [np.log(own_mm @ _heights_mm(r) / (own_mm @ own_mm)) for r in rulers]
    weights = [ruler.scale.relative_sd**-2 for ruler in rulers]
    ratio = float(np.exp(np.average(logs, weights=weights)))
    knowledge = load_knowledge("frame")["transfer"]
    turned = knowledge["sd"] + knowledge["sd_per_deg"] * abs(frame.pose.yaw_deg)
    measured = min(ruler.scale.relative_sd for ruler in rulers)
    scale = Scale(
        mm_per_px=frame.scale.mm_per_px * ratio,
        relative_sd=float(np.hypot(measured, turned)),
        source=ScaleSource.SITTING,
    )
    distance_mm = frame.camera_distance_mm
    return replace(
        frame,
        scale=scale,
        vertices_mm=frame.vertices_mm * ratio,
        camera_distance_mm=None if distance_mm is None else distance_mm * ratio,
    )


def _heights_mm(frame: FaceFrame) -> FloatArray:
    """Heights of the landmarks above the mouth, about their mean.

    What the mouth and the jaw do is left out.
    """
    chart = load_chart()
    lowest = float(load_knowledge("frame")["transfer"]["lowest_mm"])
    steady = np.flatnonzero(chart.vertices_mm[: chart.n_mesh, 1] > lowest)
    # A row times a rotation: back into the head's own axes.
    heights = (frame.vertices_mm[steady] @ frame.pose.rotation)[:, 1]
    return np.asarray(heights - heights.mean())
