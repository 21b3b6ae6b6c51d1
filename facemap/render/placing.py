"""Where things of a plan stand on its photo: what is shown of it, numbers of steps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from facemap.planning import Plan, Step, point_name
from facemap.protocol import Mode
from facemap.render.marks import CLUSTER_SPACINGS
from facemap.render.points import point_clusters

__all__ = ["BadgeSpot", "badge_spots", "shown_box_px"]

#: Around the face and the points, in millimeters.
_MARGIN_MM = 8.0


@dataclass(frozen=True)
class BadgeSpot:
    """A place on the photo that a number belongs to.

    Attributes
    ----------
    at_px : tuple of float
        A point; the number stands beside it.
    way : tuple of int
        On which side of it there is room: right and down are 1.
    """

    text: str
    at_px: tuple[float, float]
    way: tuple[int, int]


def badge_spots(plan: Plan, step: Step, gone: Collection[int]) -> tuple[BadgeSpot, ...]:
    """Find where the number of a step is written.

    Parameters
    ----------
    plan : Plan
    step : Step
    gone : collection of int
        Numbers of points that are not there any more.

    Returns
    -------
    tuple of BadgeSpot
        Over each group of points into skin; beside each point into muscle, away from
        the midline.
    """
    frame = plan.analysis.frame
    left = [point for point in step.points if point.number not in gone]
    if step.mode is Mode.INTRAMUSCULAR:
        middle_x = float(frame.landmarks.xy_px[:, 0].mean())
        return tuple(
            BadgeSpot(
                f"{step.number}{point_name(step, point.number)}",
                point.px,
                (1 if point.px[0] > middle_x else -1, 0),
            )
            for point in left
        )
    at = np.array([point.px for point in left]).reshape(-1, 2)
    reach_px = CLUSTER_SPACINGS * step.spacing_mm / frame.scale.mm_per_px
    tops = [g[g[:, 1].argmin()].tolist() for g in point_clusters(at, reach_px)]
    return tuple(BadgeSpot(str(step.number), (x, y), (0, -1)) for x, y in tops)


def shown_box_px(plan: Plan) -> tuple[float, float, float, float]:
    """Give the part of the photo with the face and all points: x, y, x, y."""
    frame = plan.analysis.frame
    parts = [frame.landmarks.xy_px]
    parts += [np.array([point.px for point in step.points]) for step in plan.steps]
    every = np.concatenate(parts)
    margin = _MARGIN_MM / frame.scale.mm_per_px
    width, height = plan.analysis.photo.size_wh
    x0, y0 = np.maximum(every.min(axis=0) - margin, -0.5).tolist()
    high = np.minimum(every.max(axis=0) + margin, [width - 0.5, height - 0.5])
    x1, y1 = high.tolist()
    return x0, y0, x1, y1
