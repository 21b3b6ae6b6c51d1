"""How deep a needle may ever go: above these no protocol may reach."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from facemap.protocol.muscles import load_muscles
from facemap.protocol.rows import packaged_rows, row_error, zone_stems
from facemap.resources import load_knowledge

__all__ = ["DepthCap", "Mode", "Sex", "depth_cap_mm", "load_caps", "protocol_cap_mm"]


class Mode(StrEnum):
    """Into the skin, or through it into muscle."""

    DERMAL = "dermal"
    INTRAMUSCULAR = "intramuscular"


class Sex(StrEnum):
    """As the patient says; never told from a photo."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class DepthCap:
    """The greatest depth for a zone's skin or for a muscle.

    Attributes
    ----------
    target : str
        A zone without its side (dermal), or a muscle.
    part : str
        Of the muscle, where its parts differ; else empty.
    lower_mm : float or None
        What holds for thinner skin, see `depth_cap_mm`.
    """

    id: str
    mode: Mode
    target: str
    part: str
    cap_mm: float
    lower_mm: float | None
    why: str
    evidence: str
    sources: tuple[str, ...]


@cache
def load_caps() -> tuple[DepthCap, ...]:
    """Read the packaged caps.

    Raises
    ------
    KnowledgeError
        A row is incomplete, without a source, or of no zone or muscle.
    """
    muscles = {muscle.id for muscle in load_muscles()}
    caps = []
    for row in packaged_rows(
        "caps", "cap", needs="mode target cap_mm why", may="part lower_mm"
    ):
        mode = Mode(row["mode"])
        known = zone_stems() if mode is Mode.DERMAL else muscles
        lower = row.get("lower_mm")
        if row["target"] not in known:
            what = f"has the unknown target {row['target']!r}"
            raise row_error("caps", "cap", row["id"], what)
        if not 0 < (lower or row["cap_mm"]) <= row["cap_mm"]:
            raise row_error("caps", "cap", row["id"], "has a lower cap above its cap")
        caps.append(
            DepthCap(
                id=row["id"],
                mode=mode,
                target=row["target"],
                part=row.get("part", ""),
                cap_mm=row["cap_mm"],
                lower_mm=lower,
                why=row["why"],
                evidence=row["evidence"],
                sources=tuple(row["sources"]),
            )
        )
    return tuple(caps)


def depth_cap_mm(
    mode: Mode,
    target: str,
    part: str = "",
    *,
    sex: Sex = Sex.UNKNOWN,
    age_years: int | None = None,
) -> float | None:
    """Give the greatest depth there, for one person.

    Parameters
    ----------
    target, part : str
        As in `DepthCap`. Of a muscle whose parts differ, without a part: the smaller.
    sex : Sex
    age_years : int or None
        Where the cap differs, the lower one holds for women, for anyone over 60, and
        where sex or age is not known.

    Returns
    -------
    float or None
        None where facemap knows no cap: then nothing may be planned there.

    Examples
    --------
    >>> depth_cap_mm(Mode.DERMAL, "forehead", sex=Sex.MALE, age_years=40)
    1.0
    >>> depth_cap_mm(Mode.DERMAL, "forehead", sex=Sex.FEMALE, age_years=40)
    0.9
    >>> depth_cap_mm(Mode.DERMAL, "forehead", sex=Sex.MALE, age_years=None)
    0.9
    >>> depth_cap_mm(Mode.INTRAMUSCULAR, "corrugator_supercilii")
    3.0
    """
    over = load_knowledge("caps")["lower"]["over_years"]
    thinner = sex is not Sex.MALE or age_years is None or age_years > over
    depths = [
        cap.lower_mm if thinner and cap.lower_mm is not None else cap.cap_mm
        for cap in _caps_of(mode, target, part)
    ]
    return min(depths, default=None)


def protocol_cap_mm(mode: Mode, target: str, part: str = "") -> float | None:
    """Give the cap above which no protocol may go there, whoever the patient is.

    Examples
    --------
    >>> protocol_cap_mm(Mode.DERMAL, "forehead")
    1.0
    """
    caps = _caps_of(mode, target, part)
    return min((cap.cap_mm for cap in caps), default=None)


def _caps_of(mode: Mode, target: str, part: str) -> tuple[DepthCap, ...]:
    return tuple(
        cap
        for cap in load_caps()
        if (cap.mode, cap.target) == (mode, target) and part in ("", cap.part)
    )
