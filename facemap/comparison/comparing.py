"""Two photos to one comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from math import hypot

from facemap.comparison.change import (
    BEYOND,
    Change,
    Family,
    LineCounts,
    ZoneVerdict,
    judge_family,
)
from facemap.comparison.checks import check_order, check_pair, days_between, reasons_of
from facemap.comparison.matching import LinePair, count_lines, match_lines
from facemap.comparison.pairing import Pair, pair_up
from facemap.comparison.registration import Registration, Side, register
from facemap.comparison.repeatability import Likeness, Repeatability
from facemap.pipeline import Sight
from facemap.resources import load_knowledge
from facemap.scoring import severity_of
from facemap.types import ZONE_IDS, Analysis, Check, Verdict, WrinkleLine
from facemap.wrinkles import WrinkleDetector, run_detector

__all__ = ["Comparison", "compare_sights", "judge_zones"]

#: Checks that tell a face that moves otherwise.
_MOVING = ("expression", "smile", "mouth_width")


@dataclass(frozen=True, eq=False)
class Comparison:
    """What changed between two photos of one face.

    Attributes
    ----------
    before, after : Analysis
        Each by itself.
    comparable : bool
        Whether any zone can be compared.
    checks : tuple of Check
        Of the pair.
    changes : tuple of Change
        All zones, in the order of `ZONE_IDS`.
    lines : tuple of LinePair
    pair : Pair
        What pictures are drawn from.
    shots_learned_from : int
        Of the clinic's own set-up; 0 where only what ships with facemap counts.
    days_entered : mapping of str to (date or None)
        By a photo's hash, what somebody said of its date, see `dated`.
    """

    before: Analysis
    after: Analysis
    comparable: bool
    checks: tuple[Check, ...]
    registration: Registration
    family: Family
    changes: tuple[Change, ...]
    lines: tuple[LinePair, ...]
    pair: Pair
    shots_learned_from: int = 0
    days_entered: Mapping[str, date | None] = field(default_factory=dict)

    @property
    def days(self) -> tuple[date | None, date | None]:
        """When the photos were taken: what somebody said, else what the files hold."""
        return self._day(self.before), self._day(self.after)

    def _day(self, analysis: Analysis) -> date | None:
        photo = analysis.photo
        taken_on = photo.taken_at.date() if photo.taken_at else None
        return self.days_entered.get(photo.sha256, taken_on)

    def dated(self, days_entered: Mapping[str, date | None]) -> Comparison:
        """Let dates that somebody entered count for more than those of the files.

        Parameters
        ----------
        days_entered : mapping of str to (date or None)
            By a photo's hash; None where nobody knows, whatever the file says. Of other
            photos there may be some too.
        """
        own = {self.before.photo.sha256, self.after.photo.sha256}
        entered = {sha256: d for sha256, d in days_entered.items() if sha256 in own}
        made = replace(self, days_entered=entered)
        if not entered:
            return made
        order = check_order(days_between(*made.days))
        checks = tuple(order if c.id == "order" else c for c in self.checks)
        return replace(made, checks=checks)

    @property
    def moves_otherwise(self) -> bool:
        """Whether the face does something else in the second photo."""
        return _moves_otherwise(self.checks)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What keeps the photos from being compared, or makes it less sure."""
        told = [c for c in self.checks if c.verdict is not Verdict.PASS]
        # Of photos of two faces it says nothing how else they differ.
        strange = [c for c in told if c.id == "same_skin"]
        return tuple(dict.fromkeys(c.advice for c in strange or told))


def compare_sights(
    before: Sight,
    after: Sight,
    detector: WrinkleDetector,
    repeatability: Repeatability | None = None,
) -> Comparison:
    """Compare two photos, each of which was analyzed.

    Both are measured again, on the skin that both show, in one geometry and at one
    sharpness: what two photos of no change disagree in is halved by that.
    """
    steady = repeatability or Repeatability()
    registration = register(_side(before), _side(after))
    pair = pair_up(before, after, registration)
    frame, surface = before.analysis.frame, before.surface
    # None needs the other, and none keeps two cores busy alone.
    with ThreadPoolExecutor(2) as beside:
        judged = beside.submit(check_pair, before, after, registration, pair)
        other = beside.submit(
            run_detector, detector, frame, pair.after, surface, pair.face_map
        )
        first = run_detector(detector, frame, pair.before, surface, pair.face_map)
        second = other.result()
        checks = judged.result()
    reasons = {zone: _reasons(zone, pair, checks) for zone in ZONE_IDS}
    pairs = {
        zone: (
            severity_of(zone, first.loads[zone]),
            severity_of(zone, second.loads[zone]),
        )
        for zone in ZONE_IDS
        if not reasons[zone]
    }
    sds, family, verdicts = judge_zones(
        pairs,
        _likeness(before, after, registration, checks),
        steady,
        _moves_otherwise(checks),
    )
    lines = match_lines(first.lines, second.lines, pair)
    changes = []
    for zone in ZONE_IDS:
        if zone in pairs:
            changes.append(
                _change(
                    zone,
                    pairs[zone],
                    sds[zone],
                    verdicts[zone],
                    lines,
                    first.lines,
                    second.lines,
                )
            )
        else:
            changes.append(
                _unjudged(zone, before.analysis, after.analysis, reasons[zone])
            )
    return Comparison(
        before=before.analysis,
        after=after.analysis,
        comparable=bool(pairs),
        checks=checks,
        registration=registration,
        family=family,
        changes=tuple(changes),
        lines=tuple(line for line in lines if line.zone in pairs),
        pair=pair,
        shots_learned_from=steady.shots,
    )


def _side(sight: Sight) -> Side:
    return Side(sight.analysis.frame, sight.view, sight.surface)


def _reasons(zone: str, pair: Pair, checks: tuple[Check, ...]) -> tuple[str, ...]:
    region = pair.face_map.region(zone)
    if region.reason is not None:
        return (region.reason,)
    found = reasons_of(checks, zone)
    least = float(load_knowledge("comparison")["zone"]["least_shared"])
    if pair.shared[zone] < least:
        share = f"{100 * pair.shared[zone]:.0f}"
        found += (f"Only {share} % of its skin shows in both photos.",)
    return found


def judge_zones(
    pairs: Mapping[str, tuple[float, float]],
    likeness: Likeness,
    steady: Repeatability,
    moves_otherwise: bool = False,
) -> tuple[Mapping[str, float], Family, Mapping[str, ZoneVerdict]]:
    """Judge the severities of all zones that could be compared.

    Parameters
    ----------
    pairs : mapping of str to (float, float)
        Per zone its severity before and after.
    likeness : Likeness
    steady : Repeatability
    moves_otherwise : bool
        Whether the face does something else in the second photo.

    Returns
    -------
    sds : mapping of str to float
        Per zone the standard deviation of a change where nothing changes.
    family : Family
    verdicts : mapping of str to ZoneVerdict
    """
    sds = {}
    for zone, (before, after) in pairs.items():
        severity = (before + after) / 2
        sds[zone] = steady.sd(zone, severity, likeness)
        if moves_otherwise:
            # Skin is drawn, and light falls on it otherwise, also where no line folds.
            moving = load_knowledge("sitting")["dynamics"]
            headroom = severity * (100 - severity) / 100
            sds[zone] = hypot(
                sds[zone], moving["moving_points"], moving["moving_share"] * headroom
            )
    family, verdicts = judge_family(
        {zone: (b - a, sds[zone]) for zone, (a, b) in pairs.items()}
    )
    return sds, family, verdicts


def _moves_otherwise(checks: tuple[Check, ...]) -> bool:
    return any(c.id in _MOVING and c.verdict is Verdict.REJECT for c in checks)


def _likeness(
    before: Sight,
    after: Sight,
    registration: Registration,
    checks: tuple[Check, ...],
) -> Likeness:
    first, second = before.analysis.frame.pose, after.analysis.frame.pose
    turned = hypot(first.yaw_deg - second.yaw_deg, first.pitch_deg - second.pitch_deg)
    contrast = next(c.value for c in checks if c.id == "contrast")
    return Likeness(registration.agreement, turned, contrast or 1.0)


def _change(
    zone: str,
    severities: tuple[float, float],
    sd: float,
    verdict: ZoneVerdict,
    lines: Sequence[LinePair],
    first: Sequence[WrinkleLine],
    second: Sequence[WrinkleLine],
) -> Change:
    before, after = severities
    delta = after - before
    (length_b, depth_b), (length_a, depth_a) = (
        _drawn(zone, drawn) for drawn in (first, second)
    )
    least = float(load_knowledge("comparison")["percent"]["least_severity"])
    return Change(
        zone=zone,
        before=before,
        after=after,
        delta=delta,
        sd=sd,
        smallest_detectable=BEYOND * sd,
        percent=100 * delta / before if before >= least else None,
        length_delta_mm=length_a - length_b,
        depth_delta=(
            depth_a - depth_b if depth_a is not None and depth_b is not None else None
        ),
        lines=count_lines(lines, zone),
        verdict=verdict,
    )


def _drawn(zone: str, lines: Sequence[WrinkleLine]) -> tuple[float, float | None]:
    own = [line for line in lines if line.zone == zone]
    total = sum(line.length_mm for line in own)
    if not total:
        return 0.0, None
    return total, sum(line.depth * line.length_mm for line in own) / total


def _unjudged(
    zone: str, before: Analysis, after: Analysis, reasons: tuple[str, ...]
) -> Change:
    first, second = (_severity(zone, analysis) for analysis in (before, after))
    return Change(
        zone=zone,
        before=first,
        after=second,
        delta=None,
        sd=None,
        smallest_detectable=None,
        percent=None,
        length_delta_mm=None,
        depth_delta=None,
        lines=LineCounts(),
        verdict=ZoneVerdict.NOT_COMPARABLE,
        reasons=reasons,
    )


def _severity(zone: str, analysis: Analysis) -> float | None:
    return analysis.scores[ZONE_IDS.index(zone)].severity
