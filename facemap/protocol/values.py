"""What a protocol says, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from facemap.protocol.anchors import Anchor
from facemap.protocol.caps import Mode
from facemap.protocol.references import Grade, Reference

__all__ = ["Away", "Needle", "Offer", "Protocol", "Row", "Span", "Technique"]


class Offer(StrEnum):
    """Whether a step is proposed."""

    ON = "on"
    FLAG = "flag"  # only where the practitioner asks for it
    BY_HAND = "by_hand"  # where the practitioner draws it
    OFF = "off"


@dataclass(frozen=True)
class Span:
    """Two bounds of a number, the smaller first: a range, or a default and its end."""

    low: float
    high: float


@dataclass(frozen=True)
class Needle:
    """Which needles fit."""

    diameter_mm: Span
    length_mm: Span


@dataclass(frozen=True)
class Technique:
    """How it is done, whatever the place.

    Attributes
    ----------
    passes, sessions : Span
        The default, and the most.
    interval_days : int
        From one session to the next.
    review_days : tuple of int
        After the last session.
    side_rows : int
        Rows of points on either side of a line.
    """

    id: str
    mode: Mode
    words: str
    needle: Needle
    passes: Span
    sessions: Span
    interval_days: int
    review_days: tuple[int, ...]
    side_rows: int
    evidence: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Away:
    """How far insertions must lie from a line on the face, in its own millimeters.

    Attributes
    ----------
    line : tuple of Anchor
        On the patient's right half.
    name : str
        What the line is, for people.
    """

    line: tuple[Anchor, ...]
    mm: float
    name: str


@dataclass(frozen=True)
class Row:
    """One proposal: a zone's skin, or a muscle.

    Attributes
    ----------
    mode : Mode
    zone : str or None
        Where the points lie, without its side; None where a practitioner draws it.
    muscle, part : str or None, str
        For intramuscular rows.
    technique : Technique or None
        None, as are depth and spacing, where `offer` is off.
    depth_mm : Span or None
        The default and the cap.
    max_points : int or None
        Per side.
    window : tuple of Anchor
        Polygon on the patient's right half, or across the midline; empty for skin,
        whose points follow the lines.
    away : Away or None
        A window moves with the landmarks; this holds on every face.
    angle_deg : Span or None
        In which directions lines of this zone usually run.
    grade : Grade
        How well an effect is known.
    why_off : str
    reviewed_by, reviewed_on : str or None, date or None
        None: not yet clinically reviewed.
    """

    id: str
    mode: Mode
    zone: str | None
    muscle: str | None
    part: str
    offer: Offer
    why_off: str
    technique: Technique | None
    depth_mm: Span | None
    spacing_mm: float | None
    max_points: int | None
    paired: bool
    window: tuple[Anchor, ...]
    away: Away | None
    angle_deg: Span | None
    grade: Grade
    cautions: tuple[str, ...]
    evidence: str
    sources: tuple[str, ...]
    reviewed_by: str | None
    reviewed_on: date | None

    @property
    def target(self) -> str:
        """A muscle, or ``skin``."""
        return self.muscle or "skin"


@dataclass(frozen=True)
class Protocol:
    """A whole protocol.

    Attributes
    ----------
    reviewed_by : str or None
        Who answers for the whole; None: not yet clinically reviewed.
    references : mapping of str to Reference
        Everything that its rows cite, and more.
    sha256 : str
        Of the file or files that it was read from.
    """

    id: str
    version: str
    title: str
    reviewed_by: str | None
    reviewed_on: date | None
    rows: tuple[Row, ...]
    references: Mapping[str, Reference]
    sha256: str

    def of_mode(self, mode: Mode) -> tuple[Row, ...]:
        """Give the rows of one mode, in their order."""
        return tuple(row for row in self.rows if row.mode is mode)

    @property
    def unreviewed(self) -> tuple[Row, ...]:
        """Rows that nobody has reviewed."""
        return tuple(row for row in self.rows if row.reviewed_by is None)
