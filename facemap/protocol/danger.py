"""What to keep out of: structures under the skin, as shapes on the face chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from math import hypot
from typing import Any

from facemap.protocol.anchors import Anchor, parse_anchor
from facemap.protocol.caps import Mode
from facemap.protocol.references import load_tags
from facemap.protocol.rows import packaged_rows, row_error
from facemap.resources import load_knowledge

__all__ = ["DangerShape", "ShapeKind", "Structure", "keepout_radius_mm", "load_danger"]

_NEEDS = "number name blocks warns consequence palpate shape"

_SHAPE_FIELDS = frozenset(
    ["kind", "points", "sigma_mm", "sigma_why", "sigma_evidence", "radius_mm"]
)


class ShapeKind(StrEnum):
    """How the points of a shape go together."""

    DISC = "disc"
    BAND = "band"
    AREA = "area"


#: Fewest points of each kind.
_POINTS: Mapping[ShapeKind, int] = {
    ShapeKind.DISC: 1,
    ShapeKind.BAND: 2,
    ShapeKind.AREA: 3,
}


@dataclass(frozen=True)
class DangerShape:
    """A place, on the patient's right half, and how sure it is.

    Attributes
    ----------
    points : tuple of Anchor
        One for a disc, a line for a band, a polygon for an area.
    sigma_mm : float
        How far people differ, one standard deviation.
    sigma_why : str
    sigma_evidence : str
        Tag of `sigma_mm`.
    radius_mm : float
        What the rule asks for at least: half the width of a disc or band, or how far an
        area is grown.
    """

    kind: ShapeKind
    points: tuple[Anchor, ...]
    sigma_mm: float
    sigma_why: str
    sigma_evidence: str
    radius_mm: float

    def mirrored(self) -> DangerShape:
        """Give the same shape on the patient's left half."""
        points = tuple(point.mirrored() for point in self.points)
        return replace(self, points=points)


@dataclass(frozen=True)
class Structure:
    """A structure under the skin.

    Attributes
    ----------
    number : int
        In the list of 22; a structure of two parts has its number twice.
    shapes : tuple of DangerShape
        On the right half; each has its mirror image on the left.
    blocks : tuple of Mode
        In which nothing is proposed inside.
    warns : tuple of Mode
        In which it is said.
    dermal_cap_mm : float or None
        No deeper into the skin inside.
    removes : tuple of str
        Usual points that it takes away, in words.
    """

    id: str
    number: int
    name: str
    shapes: tuple[DangerShape, ...]
    blocks: tuple[Mode, ...]
    warns: tuple[Mode, ...]
    dermal_cap_mm: float | None
    consequence: str
    palpate: str
    removes: tuple[str, ...]
    evidence: str
    sources: tuple[str, ...]


@cache
def load_danger() -> tuple[Structure, ...]:
    """Read the packaged table.

    Raises
    ------
    KnowledgeError
        With the row and what is wrong with it.
    """
    structures = []
    for row in packaged_rows(
        "danger", "structure", needs=_NEEDS, may="dermal_cap_mm removes"
    ):
        try:
            shapes = tuple(_shape(shape) for shape in row["shape"])
            blocks, warns = (
                tuple(Mode(mode) for mode in row[key]) for key in ("blocks", "warns")
            )
        except (KeyError, ValueError) as error:
            what = f"cannot be read: {error}"
            raise row_error("danger", "structure", row["id"], what) from error
        structures.append(
            Structure(
                id=row["id"],
                number=row["number"],
                name=row["name"],
                shapes=shapes,
                blocks=blocks,
                warns=warns,
                dermal_cap_mm=row.get("dermal_cap_mm"),
                consequence=row["consequence"],
                palpate=row["palpate"],
                removes=tuple(row.get("removes", ())),
                evidence=row["evidence"],
                sources=tuple(row["sources"]),
            )
        )
    return tuple(structures)


def keepout_radius_mm(
    shape: DangerShape, *, scale_sd: float = 0.0, pose_sd_mm: float = 0.0
) -> float:
    r"""Half the width of a keep-out: two standard deviations, or what its rule asks.

    Parameters
    ----------
    shape : DangerShape
    scale_sd : float
        Relative, of the photo's scale; that of the derivation holds if larger.
    pose_sd_mm : float
        How far the photo's pose leaves a landmark uncertain.

    Notes
    -----
    :math:`2\sqrt{\sigma^2 + \sigma_l^2 + \sigma_p^2 + (s\,d/2)^2}` with :math:`d` the
    way from the landmark that a place is given by.

    Examples
    --------
    >>> orbit = load_danger()[0]
    >>> round(keepout_radius_mm(orbit.shapes[0]), 1)
    7.0
    """
    derivation = load_knowledge("danger")["derivation"]
    away_mm = max(point.away_mm for point in shape.points)
    sigma_mm = hypot(
        shape.sigma_mm,
        derivation["landmark_sd_mm"],
        pose_sd_mm,
        max(scale_sd, derivation["scale_sd"]) * away_mm / 2,
    )
    return max(shape.radius_mm, float(derivation["sigmas"]) * sigma_mm)


def _shape(row: Mapping[str, Any]) -> DangerShape:
    strange = row.keys() - _SHAPE_FIELDS
    if strange:
        raise ValueError(f"unknown fields of a shape: {', '.join(sorted(strange))}")
    kind = ShapeKind(row["kind"])
    points = tuple(parse_anchor(point) for point in row["points"])
    if len(points) < _POINTS[kind] or (kind is ShapeKind.DISC and len(points) > 1):
        raise ValueError(f"{kind} of {len(points)} points")
    if not (row["sigma_mm"] > 0 and row["radius_mm"] > 0 and row["sigma_why"]):
        raise ValueError("a shape without sigma, its reason, or radius")
    if row["sigma_evidence"] not in load_tags():
        raise ValueError(f"an unknown evidence tag {row['sigma_evidence']!r}")
    return DangerShape(
        kind=kind,
        points=points,
        sigma_mm=float(row["sigma_mm"]),
        sigma_why=row["sigma_why"],
        sigma_evidence=row["sigma_evidence"],
        radius_mm=float(row["radius_mm"]),
    )
