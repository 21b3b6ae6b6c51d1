r"""Many visits of one face: what each zone did over time, and between which dates.

Only photos of one view and one movement are held against each other. Two readings that
were made apart differ by chance with the standard deviation

.. math:: s = \sqrt{s_1^2 + s_2^2}

Where two photos were also compared with each other (`facemap.comparison`), that change
counts in its place: on the skin that both show, at one sharpness, much less is chance.
Such changes are each measured by themselves, so steps need not add up to the change
from first to last.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise
from math import hypot
from typing import Any

from facemap.comparison.cells import plain_cell
from facemap.comparison.change import (
    BEYOND,
    Change,
    Family,
    ZoneVerdict,
    judge_family,
)
from facemap.frame.expression import movement_of
from facemap.types import ZONE_IDS, Analysis, View

__all__ = [
    "Point",
    "Series",
    "Step",
    "Timeline",
    "Treatment",
    "Visit",
    "ZoneReading",
    "arrange",
    "series_table",
    "visit_of",
]

_VIEWS = tuple(View)
#: Severity is 0 to 100.
_MOST = 100.0
_NO_READING = "One of the photos cannot judge this zone."

#: Changes of photos that were compared with each other, by the ids of the visits.
Measured = Mapping[tuple[str, str], Sequence[Change]]


@dataclass(frozen=True)
class ZoneReading:
    """One zone on one visit. Severity and its standard deviation, or why not."""

    zone: str
    severity: float | None
    severity_sd: float | None
    reason: str | None = None

    def __post_init__(self) -> None:
        if (self.severity is None) != (self.severity_sd is None):
            raise ValueError("A severity and its standard deviation come together")
        if self.severity_sd is not None and not self.severity_sd > 0:
            raise ValueError("A standard deviation is above 0: no number is certain")


@dataclass(frozen=True)
class Visit:
    """One photo of a series.

    Attributes
    ----------
    id : str
        The hash of its file.
    day : date or None
        None where nobody knows when it was taken.
    movement : str
        What the face does, ``rest`` where nothing.
    zones : tuple of ZoneReading
        All zones, in the order of `ZONE_IDS`.
    day_entered : bool
        Somebody entered the day by hand; it is not that of the file.
    """

    id: str
    name: str
    day: date | None
    view: View
    movement: str
    zones: tuple[ZoneReading, ...]
    day_entered: bool = False

    def __post_init__(self) -> None:
        if tuple(reading.zone for reading in self.zones) != ZONE_IDS:
            raise ValueError("A visit has a reading of every zone, in order")


@dataclass(frozen=True)
class Treatment:
    """Something that was done. No zones: the whole face."""

    day: date
    name: str
    zones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Point:
    """One zone on one visit, with the band that holds it 95 times of 100."""

    visit: str
    day: date | None
    severity: float | None
    low: float | None
    high: float | None
    reason: str | None = None


@dataclass(frozen=True)
class Step:
    """One zone from one visit to a later one.

    Attributes
    ----------
    before, after : str
        Ids of the visits.
    delta, sd, smallest_detectable : float or None
        As of a `Change`: negative is better; None where it cannot be compared.
    paired : bool
        The two photos were compared with each other, not only read apart.
    reasons : tuple of str
        Why it cannot be compared.
    """

    before: str
    after: str
    delta: float | None
    sd: float | None
    smallest_detectable: float | None
    verdict: ZoneVerdict
    paired: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """One zone over the visits of a series.

    Attributes
    ----------
    points : tuple of Point
        One a visit.
    steps : tuple of Step
        Each from one visit to the next.
    first_to_last : Step or None
        None with under two visits in a known order.
    treatments : tuple of Treatment
        Those that concern the zone, by date.
    """

    zone: str
    points: tuple[Point, ...]
    steps: tuple[Step, ...]
    first_to_last: Step | None
    treatments: tuple[Treatment, ...]

    @property
    def runs(self) -> tuple[int, ...]:
        """Number the points by stretches in which each compares with the one before."""
        breaks = [step.verdict is ZoneVerdict.NOT_COMPARABLE for step in self.steps]
        return tuple(accumulate([0, *map(int, breaks)]))


@dataclass(frozen=True)
class Series:
    """Visits of one view and movement, in their order.

    Attributes
    ----------
    visits : tuple of Visit
        By date. Where no visit has one, in the order given.
    undated : tuple of Visit
        Those whose place among dated ones nobody knows; they are left out.
    timelines : tuple of Timeline
        All zones, in the order of `ZONE_IDS`.
    ends, steps : Family
        All zones from first to last are one family of tests; all steps another.
    """

    view: View
    movement: str
    visits: tuple[Visit, ...]
    undated: tuple[Visit, ...]
    timelines: tuple[Timeline, ...]
    ends: Family
    steps: Family

    @property
    def dated(self) -> bool:
        """Whether the order is that of dates, not that in which photos were given."""
        return all(visit.day is not None for visit in self.visits)

    def timeline(self, zone: str) -> Timeline:
        """Give that of one zone."""
        return self.timelines[ZONE_IDS.index(zone)]


def visit_of(analysis: Analysis, *, day: date | None = None) -> Visit:
    """Take from an analysis what a series needs, without pixels.

    Parameters
    ----------
    analysis : Analysis
    day : date, optional
        What somebody said, who knows better than the photo.
    """
    taken_at = analysis.photo.taken_at
    return Visit(
        id=analysis.photo.sha256,
        name=analysis.photo.file,
        day=day or (taken_at.date() if taken_at else None),
        view=analysis.frame.view,
        movement=str(movement_of(analysis.frame.expression)),
        zones=tuple(
            ZoneReading(score.zone, score.severity, score.severity_sd, region.reason)
            for score, region in zip(
                analysis.scores, analysis.face_map.regions, strict=True
            )
        ),
        day_entered=day is not None,
    )


def arrange(
    visits: Iterable[Visit],
    treatments: Iterable[Treatment] = (),
    measured: Measured | None = None,
) -> tuple[Series, ...]:
    """Sort visits into series, and say what changed in each.

    Parameters
    ----------
    visits : iterable of Visit
        In any order; the same photo counts once.
    treatments : iterable of Treatment
    measured : mapping, optional
        Changes of visits that were compared with each other.

    Returns
    -------
    tuple of Series
        The face at rest from the front first. A series may hold one visit only.
    """
    groups: dict[tuple[View, str], dict[str, Visit]] = {}
    for visit in visits:
        group = groups.setdefault((visit.view, visit.movement), {})
        group.setdefault(visit.id, visit)
    done = sorted(treatments, key=lambda treatment: treatment.day)
    order = sorted(groups, key=lambda k: (_VIEWS.index(k[0]), k[1] != "rest", k[1]))
    return tuple(
        _series(tuple(groups[key].values()), done, measured or {}) for key in order
    )


def _series(
    visits: Sequence[Visit], treatments: Sequence[Treatment], measured: Measured
) -> Series:
    dated = [(visit.day, visit) for visit in visits if visit.day is not None]
    in_order = tuple(v for _, v in sorted(dated, key=lambda one: one[0]))
    undated = tuple(visit for visit in visits if visit.day is None)
    if not in_order:
        in_order, undated = undated, ()
    pairs = list(pairwise(in_order))
    ends = [(in_order[0], in_order[-1])] if len(in_order) > 1 else []
    first_to_last, ends_family = _judged(ends, measured)
    steps, steps_family = _judged(pairs, measured)
    return Series(
        view=visits[0].view,
        movement=visits[0].movement,
        visits=in_order,
        undated=undated,
        timelines=tuple(
            Timeline(
                zone=zone,
                points=tuple(_point(visit, k) for visit in in_order),
                steps=tuple(step[k] for step in steps),
                first_to_last=first_to_last[0][k] if first_to_last else None,
                treatments=tuple(t for t in treatments if zone in (t.zones or (zone,))),
            )
            for k, zone in enumerate(ZONE_IDS)
        ),
        ends=ends_family,
        steps=steps_family,
    )


def _point(visit: Visit, k: int) -> Point:
    reading = visit.zones[k]
    low = high = None
    if reading.severity is not None and reading.severity_sd is not None:
        half = BEYOND * reading.severity_sd
        low = max(0.0, reading.severity - half)
        high = min(_MOST, reading.severity + half)
    return Point(visit.id, visit.day, reading.severity, low, high, reading.reason)


@dataclass(frozen=True)
class _Gap:
    """What differs between two visits in one zone, before it is judged."""

    delta: float | None
    sd: float | None
    paired: bool
    reasons: tuple[str, ...]


def _judged(
    pairs: Sequence[tuple[Visit, Visit]], measured: Measured
) -> tuple[list[tuple[Step, ...]], Family]:
    """Judge every zone of every pair, all as one family of tests."""
    gaps = [_gaps(before, after, measured) for before, after in pairs]
    tested = {
        f"{i} {zone}": (gap.delta, gap.sd)
        for i, found in enumerate(gaps)
        for zone, gap in zip(ZONE_IDS, found, strict=True)
        if gap.delta is not None and gap.sd is not None
    }
    family, verdicts = judge_family(tested)
    steps = [
        tuple(
            Step(
                before=before.id,
                after=after.id,
                delta=gap.delta,
                sd=gap.sd,
                smallest_detectable=None if gap.sd is None else BEYOND * gap.sd,
                verdict=verdicts.get(f"{i} {zone}", ZoneVerdict.NOT_COMPARABLE),
                paired=gap.paired,
                reasons=gap.reasons,
            )
            for zone, gap in zip(ZONE_IDS, gaps[i], strict=True)
        )
        for i, (before, after) in enumerate(pairs)
    ]
    return steps, family


def _gaps(before: Visit, after: Visit, measured: Measured) -> tuple[_Gap, ...]:
    changes = measured.get((before.id, after.id))
    if changes is None:
        return tuple(map(_apart, before.zones, after.zones))
    by_zone = {change.zone: change for change in changes}
    return tuple(_compared(by_zone[zone]) for zone in ZONE_IDS)


def _apart(before: ZoneReading, after: ZoneReading) -> _Gap:
    if before.severity is None or after.severity is None:
        why = before.reason or after.reason or _NO_READING
        return _Gap(None, None, False, (why,))
    sd = hypot(before.severity_sd or 0.0, after.severity_sd or 0.0)
    return _Gap(after.severity - before.severity, sd, False, ())


def _compared(change: Change) -> _Gap:
    return _Gap(change.delta, change.sd, True, change.reasons)


_STEP = ("delta", "sd", "smallest_detectable", "verdict", "paired", "reasons")
_COLUMNS = (
    "view",
    "movement",
    "zone",
    "photo",
    "sha256",
    "day",
    "day_entered",
    "severity",
    "severity_low",
    "severity_high",
    "reason",
    "treatments_since_last",
    *(f"since_last_{name}" for name in _STEP),
    *(f"since_first_{name}" for name in _STEP),
)


def series_table(series: Iterable[Series]) -> str:
    """Write series as CSV, a line for each zone of each photo.

    The change since the photo before stands beside each, that since the first one
    beside the last.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for one in series:
        for line in one.timelines:
            for k, visit in enumerate(one.visits):
                writer.writerow(_row(one, line, k, visit))
    return text.getvalue()


def _row(series: Series, line: Timeline, k: int, visit: Visit) -> dict[str, Any]:
    point = line.points[k]
    ends = line.first_to_last if k == len(series.visits) - 1 else None
    return {
        "view": str(series.view),
        "movement": series.movement,
        "zone": line.zone,
        "photo": plain_cell(visit.name),
        "sha256": visit.id,
        "day": visit.day or "",
        "day_entered": visit.day_entered,
        "severity": _rounded(point.severity),
        "severity_low": _rounded(point.low),
        "severity_high": _rounded(point.high),
        "reason": point.reason or "",
        "treatments_since_last": plain_cell(_treated(series, line, k)),
        **_cells("since_last", line.steps[k - 1] if k else None),
        **_cells("since_first", ends),
    }


def _treated(series: Series, line: Timeline, k: int) -> str:
    """Name what was done after the photo before, up to the day of this one."""
    until = series.visits[k].day
    since = series.visits[k - 1].day if k else date.min
    if until is None or since is None:
        return ""
    done = (t for t in line.treatments if since < t.day <= until)
    return "; ".join(f"{treatment.day} {treatment.name}" for treatment in done)


def _cells(prefix: str, step: Step | None) -> dict[str, Any]:
    if step is None:
        return {f"{prefix}_{name}": "" for name in _STEP}
    return {
        f"{prefix}_delta": _rounded(step.delta),
        f"{prefix}_sd": _rounded(step.sd),
        f"{prefix}_smallest_detectable": _rounded(step.smallest_detectable),
        f"{prefix}_verdict": str(step.verdict),
        f"{prefix}_paired": step.paired,
        f"{prefix}_reasons": " ".join(step.reasons),
    }


def _rounded(value: float | None) -> float | str:
    # Adding zero turns -0.0 into 0.0.
    return "" if value is None else round(value, 2) + 0.0
