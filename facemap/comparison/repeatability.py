r"""How much two photos of no change disagree in: as shipped, or the clinic's own.

A clinic that photographs someone several times within minutes, getting up and sitting
down again between, learns how well its own camera, lamps and chair repeat. Of :math:`n`
such shots each zone gives :math:`d^2`, the mean square of the differences of all pairs,
with :math:`n - 1` degrees of freedom; over several people they add up. What ships with
facemap counts as :math:`\nu_0` degrees of freedom, so that few shots move it
little [1]_:

.. math:: s^2 = \frac{\nu_0 s_0^2 + \nu d^2}{\nu_0 + \nu}

References
----------
.. [1] Smyth GK. Linear models and empirical Bayes methods for assessing differential
   expression in microarray experiments. Stat Appl Genet Mol Biol. 2004;3:3.
   :doi:`10.2202/1544-6115.1027`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import sqrt

from facemap.resources import load_knowledge

__all__ = ["Learned", "Repeatability", "learn"]


@dataclass(frozen=True)
class Learned:
    """Of one zone: mean square of its differences, and its degrees of freedom."""

    mean_square: float
    freedom: float


@dataclass(frozen=True)
class Repeatability:
    """Standard deviation of a change where nothing changes.

    Attributes
    ----------
    zones : mapping of str to Learned
        The clinic's own, of zones that it has any of.
    shots : int
        How many photos that was learned from.
    """

    zones: Mapping[str, Learned] = field(default_factory=dict)
    shots: int = 0

    def sd(self, zone: str, severity: float) -> float:
        """Of a change of a zone, at the mean severity of both photos.

        Examples
        --------
        >>> round(Repeatability().sd("chin", 50.0), 2)
        1.5
        >>> steady = Repeatability({"chin": Learned(0.25, 12.0)}, 13)
        >>> round(steady.sd("chin", 50.0), 2)
        1.02
        """
        rule = load_knowledge("comparison")["noise"]
        kind = zone.removesuffix("_r").removesuffix("_l")
        most = rule["most"].get(kind, rule["most"]["other"])
        shipped = min(rule["points"] + rule["rise"] * severity, most)
        own = self.zones.get(zone)
        if own is None:
            return float(shipped)
        worth = float(rule["shipped_freedom"])
        total = worth * shipped**2 + own.freedom * own.mean_square
        return sqrt(total / (worth + own.freedom))


def learn(pairs: Iterable[Mapping[str, float]], shots: int) -> Repeatability:
    """Learn from the changes of all pairs of `shots` photos without change.

    Parameters
    ----------
    pairs : iterable of mapping of str to float
        Of each pair the change of every zone that could be compared.
    shots : int
        Photos of one person in one state.
    """
    squares: dict[str, list[float]] = {}
    for pair in pairs:
        for zone, delta in pair.items():
            squares.setdefault(zone, []).append(delta**2)
    whole = shots * (shots - 1) / 2
    return Repeatability(
        {
            # Where some pairs could not be compared, the others count for less.
            zone: Learned(sum(found) / len(found), (shots - 1) * len(found) / whole)
            for zone, found in squares.items()
        },
        shots,
    )
