r"""How much two photos of no change disagree in: as shipped, or the clinic's own.

What ships with facemap is a rule: skin without lines moves by its grain, lines by more,
and the more so, the less alike the two photos show the skin, the more the head turned
between them, and the more the contrast of one exceeds the other's. `comparison.toml`
has its constants.

A clinic that photographs someone several times within minutes, getting up and sitting
down again between, learns how its own camera, lamps and chair do beside that rule. Of
:math:`n` such shots each zone gives :math:`r`, the mean of :math:`(d / s_0)^2` over all
pairs, the change over what ships, with :math:`n - 1` degrees of freedom; over several
people they add up. What ships counts as :math:`\nu_0` degrees of freedom, so that few
shots move it little [1]_:

.. math:: s^2 = s_0^2 \, \frac{\nu_0 + \nu r}{\nu_0 + \nu}

References
----------
.. [1] Smyth GK. Linear models and empirical Bayes methods for assessing differential
   expression in microarray experiments. Stat Appl Genet Mol Biol. 2004;3:3.
   :doi:`10.2202/1544-6115.1027`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import hypot, log, sqrt

from facemap.comparison.change import Change
from facemap.resources import load_knowledge

__all__ = ["Learned", "Likeness", "Repeatability", "learn", "shipped_sd"]


@dataclass(frozen=True)
class Likeness:
    """How alike two photos show one face.

    Attributes
    ----------
    agreement : float
        Correlation of the skin's pattern, once one is laid on the other; at most 1.
    turned_deg : float
        By how much the head turned and nodded between them.
    contrast : float
        How many times one photo's contrast of the skin is the other's; at least 1.
    """

    agreement: float = 1.0
    turned_deg: float = 0.0
    contrast: float = 1.0


def shipped_sd(zone: str, severity: float, likeness: Likeness) -> float:
    """Return the standard deviation of a change where nothing changed.

    Parameters
    ----------
    zone : str
    severity : float
        Mean of both photos, 0 to 100.
    likeness : Likeness

    Returns
    -------
    float
        Points of severity.

    Examples
    --------
    >>> alike, turned = Likeness(0.95), Likeness(0.7, turned_deg=3.0)
    >>> [round(shipped_sd("chin", 30.0, how), 1) for how in (alike, turned)]
    [1.7, 9.2]
    """
    rule = load_knowledge("comparison")["noise"]
    kind = zone.removesuffix("_r").removesuffix("_l")
    # A zone without lines has some that another shot may find.
    reach = min(max(severity, rule["least_severity"]), rule["full"]) / rule["full"]
    reach *= 1.0 - rule["saturated"] * severity / 100.0
    lines = hypot(
        rule["lines"],
        rule["unlike"] * max(0.0, 1.0 - likeness.agreement),
        rule["degree"] * likeness.turned_deg,
        rule["contrast"] * log(likeness.contrast),
    )
    return hypot(rule["points"], rule["share"].get(kind, 1.0) * reach * lines)


@dataclass(frozen=True)
class Learned:
    """Of one zone: mean of its squared changes over what ships; degrees of freedom."""

    ratio: float
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

    def sd(self, zone: str, severity: float, likeness: Likeness) -> float:
        """Of a change of a zone, at the mean severity of both photos.

        Examples
        --------
        >>> alike = Likeness(0.95)
        >>> round(Repeatability().sd("chin", 50.0, alike), 2)
        1.4
        >>> steady = Repeatability({"chin": Learned(0.25, 12.0)}, 13)
        >>> round(steady.sd("chin", 50.0, alike), 2)
        1.04
        """
        shipped = shipped_sd(zone, severity, likeness)
        own = self.zones.get(zone)
        if own is None:
            return shipped
        worth = float(load_knowledge("comparison")["noise"]["shipped_freedom"])
        return shipped * sqrt((worth + own.freedom * own.ratio) / (worth + own.freedom))


def learn(pairs: Iterable[Iterable[Change]], shots: int) -> Repeatability:
    """Learn from the changes of all pairs of `shots` photos without change.

    Parameters
    ----------
    pairs : iterable of iterable of Change
        Of each pair its zones, with the standard deviations that ship with facemap;
        those that could not be compared are left out.
    shots : int
        Photos of one person in one state.
    """
    ratios: dict[str, list[float]] = {}
    for pair in pairs:
        for change in pair:
            if change.delta is not None and change.sd:
                ratio = (change.delta / change.sd) ** 2
                ratios.setdefault(change.zone, []).append(ratio)
    whole = shots * (shots - 1) / 2
    return Repeatability(
        {
            # Where some pairs could not be compared, the others count for less.
            zone: Learned(sum(found) / len(found), (shots - 1) * len(found) / whole)
            for zone, found in ratios.items()
        },
        shots,
    )
