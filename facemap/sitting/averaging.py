r"""Several shots of one view and movement to one measurement.

The mean is plain. Weights by inverse variance would pull it: a shot's own standard
deviation is smaller where its severity happens to read nearer to 0 or 100.

With :math:`n` shots that spread by :math:`d` (sample standard deviation), and that
themselves claim a mean variance of :math:`\bar v`, one shot's variance is

.. math:: v = \frac{\nu_0 \bar v + (n - 1)\, d^2}{\nu_0 + n - 1}

and the mean's is :math:`v / n + c^2`. What the shots claim counts as :math:`\nu_0`
degrees of freedom [1]_: it decides where there are few shots, and the spread takes over
as they become many. :math:`c` is what no number of shots averages away: the error of
the scale, which rests on the person's irises.

References
----------
.. [1] Smyth GK. Linear models and empirical Bayes methods for assessing differential
   expression in microarray experiments. Stat Appl Genet Mol Biol. 2004;3:3.
   :doi:`10.2202/1544-6115.1027`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from facemap.resources import load_knowledge
from facemap.scoring import overall_of
from facemap.sitting.shots import Shot, ShotZone
from facemap.types import ExpressionLabel, Overall, View

__all__ = ["Measurement", "ZoneMean", "average", "average_zone"]


@dataclass(frozen=True)
class ZoneMean:
    """One zone over the shots of a measurement.

    Attributes
    ----------
    severity : float or None
        Mean over the shots that could judge the zone; None where none could.
    severity_sd : float or None
        Of that mean.
    own_sd, shared_sd : float
        Its two parts: the first shrinks with more shots, the second does not.
    spread_sd : float or None
        Sample standard deviation of the shots; None under two.
    severities : tuple of float or None
        Of each shot, in their order.
    area_mm2, length_mm : float or None
        Means over the same shots.
    reason : str or None
        Why there is no severity.
    """

    zone: str
    severity: float | None
    severity_sd: float | None
    own_sd: float
    shared_sd: float
    spread_sd: float | None
    severities: tuple[float | None, ...]
    area_mm2: float | None
    length_mm: float | None
    reason: str | None = None

    @property
    def n_shots(self) -> int:
        """How many shots could judge the zone."""
        return sum(severity is not None for severity in self.severities)


@dataclass(frozen=True)
class Measurement:
    """What the shots of one view and one movement say together."""

    view: View
    expression: ExpressionLabel
    movement: str
    shots: tuple[Shot, ...]
    zones: tuple[ZoneMean, ...]
    overall: Overall


def average(shots: Sequence[Shot]) -> Measurement:
    """Average shots of one view and movement, of which there is at least one."""
    zones = tuple(
        average_zone(same) for same in zip(*(shot.zones for shot in shots), strict=True)
    )
    first = shots[0]
    return Measurement(
        view=first.view,
        expression=first.expression,
        movement=first.movement,
        shots=tuple(shots),
        zones=zones,
        overall=overall_of(
            (zone.zone, zone.severity, zone.severity_sd, zone.area_mm2)
            for zone in zones
        ),
    )


def average_zone(shots: Sequence[ShotZone]) -> ZoneMean:
    """Average one zone over shots; see the notes of the module.

    Examples
    --------
    Three shots, each claiming 4 points, that lie 3 points apart:

    >>> shots = [ShotZone("chin", s, 4.0, 0.0, 100.0, 10.0) for s in (27.0, 30.0, 33.0)]
    >>> mean = average_zone(shots)
    >>> mean.severity, round(mean.severity_sd, 2), mean.spread_sd
    (30.0, 2.13, 3.0)
    """
    zone = shots[0].zone
    severities = tuple(shot.severity for shot in shots)
    judged = [shot for shot in shots if shot.severity is not None]
    read = [severity for severity in severities if severity is not None]
    if not read:
        return ZoneMean(
            zone=zone,
            severity=None,
            severity_sd=None,
            own_sd=0.0,
            shared_sd=0.0,
            spread_sd=None,
            severities=severities,
            area_mm2=None,
            length_mm=None,
            reason=_reason(shots),
        )
    n = len(read)
    claimed = fmean(shot.own_sd**2 for shot in judged)
    spread = variance(read) if n > 1 else None
    worth = float(load_knowledge("sitting")["averaging"]["claim_degrees_of_freedom"])
    pooled = (worth * claimed + (n - 1) * (spread or 0.0)) / (worth + n - 1)
    own_variance = pooled / n
    shared = fmean(shot.shared_sd for shot in judged)
    return ZoneMean(
        zone=zone,
        severity=fmean(read),
        severity_sd=(own_variance + shared**2) ** 0.5,
        own_sd=own_variance**0.5,
        shared_sd=shared,
        spread_sd=None if spread is None else spread**0.5,
        severities=severities,
        area_mm2=fmean(shot.area_mm2 for shot in judged),
        length_mm=fmean(shot.length_mm for shot in judged),
    )


def _reason(shots: Sequence[ShotZone]) -> str:
    """Why no shot could judge the zone: each reason once."""
    return "; ".join(dict.fromkeys(shot.reason for shot in shots if shot.reason))
