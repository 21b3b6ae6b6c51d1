r"""At rest and in movement: what a movement adds to each zone.

The gain is the severity in movement less that at rest, of one view. Its variance is
:math:`v_r / n_r + v_m / n_m + (c_m - c_r)^2 + m^2`, in the terms of
`facemap.sitting.averaging`: the scale is off the same way in both, so nearly all of its
error drops out; :math:`m` is what a moving face changes where no line does, however
many shots there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from facemap.protocol import Muscle, muscles_behind
from facemap.resources import load_knowledge
from facemap.sitting.averaging import Measurement, ZoneMean
from facemap.types import ExpressionLabel, View

__all__ = ["Answer", "Dynamics", "Gain", "gain_of", "measure_dynamics"]


class Answer(StrEnum):
    """What a movement does to a zone."""

    RISES = "rises"
    FALLS = "falls"
    NO_CHANGE = "no_change_beyond_noise"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class Gain:
    """What one movement does to one zone.

    Attributes
    ----------
    rest, moved : float or None
        Severity at rest, the static part, and in movement.
    gain, gain_sd : float or None
        In movement less at rest; None unless both could be judged.
    points_to : tuple of Muscle
        Muscles that this movement calls on and that fold this zone; empty unless the
        zone rises.
    reason : str or None
        Why the two cannot be compared.
    """

    zone: str
    rest: float | None
    moved: float | None
    gain: float | None
    gain_sd: float | None
    answer: Answer
    points_to: tuple[Muscle, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Dynamics:
    """What one movement does to every zone, in one view."""

    view: View
    expression: ExpressionLabel
    movement: str
    zones: tuple[Gain, ...]


def measure_dynamics(measurements: Iterable[Measurement]) -> tuple[Dynamics, ...]:
    """Hold each movement against the rest of the same view."""
    found = tuple(measurements)
    rest = {m.view: m for m in found if m.expression is ExpressionLabel.REST}
    return tuple(
        Dynamics(
            view=moved.view,
            expression=moved.expression,
            movement=moved.movement,
            zones=tuple(
                gain_of(still, now, moved.movement)
                for still, now in zip(rest[moved.view].zones, moved.zones, strict=True)
            ),
        )
        for moved in found
        if moved.expression is not ExpressionLabel.REST and moved.view in rest
    )


def gain_of(rest: ZoneMean, moved: ZoneMean, movement: str) -> Gain:
    """Compare one zone in movement with itself at rest."""
    if rest.severity is None or moved.severity is None:
        when = "At rest" if rest.severity is None else "In movement"
        return Gain(
            zone=rest.zone,
            rest=rest.severity,
            moved=moved.severity,
            gain=None,
            gain_sd=None,
            answer=Answer.NOT_COMPARABLE,
            reason=f"{when}: {rest.reason or moved.reason}",
        )
    gain = moved.severity - rest.severity
    rule = load_knowledge("sitting")["dynamics"]
    middle = (rest.severity + moved.severity) / 2
    moving = float(rule["moving_share"]) * middle * (100.0 - middle) / 100.0
    sd = (
        rest.own_sd**2
        + moved.own_sd**2
        + (moved.shared_sd - rest.shared_sd) ** 2
        + float(rule["moving_points"]) ** 2
        + moving**2
    ) ** 0.5
    beyond = float(rule["beyond_noise_sd"])
    answer = Answer.NO_CHANGE
    if abs(gain) >= beyond * sd:
        answer = Answer.RISES if gain > 0 else Answer.FALLS
    rises = answer is Answer.RISES
    return Gain(
        zone=rest.zone,
        rest=rest.severity,
        moved=moved.severity,
        gain=gain,
        gain_sd=sd,
        answer=answer,
        points_to=muscles_behind(rest.zone, movement) if rises else (),
    )
