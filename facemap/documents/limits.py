"""Whether an analysis keeps to the limits and curves that it says it was made with.

Where the view changes with yaw, how much of a zone must show, and what a load means
stands in facemap's data files. Their hash is in the document: one that was made with
others, or by another detector, is not measured against ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from facemap import __version__
from facemap.documents.layout import DECIMALS
from facemap.errors import DetectorError
from facemap.frame.pose import view_of
from facemap.pipeline import parameters_sha256
from facemap.resources import load_knowledge
from facemap.schemas import place
from facemap.scoring import severity_of
from facemap.wrinkles import get_detector
from facemap.zones import least_visible

__all__ = ["limit_faults"]

Json = dict[str, Any]

_HALF = {kind: 0.5 * 10.0**-decimals for kind, decimals in DECIMALS.items()}
#: Of sums of floats, on top of the rounding.
_FLOAT = 1e-9


def limit_faults(document: Json) -> Iterator[str]:
    """Say what contradicts the knowledge that the document names.

    Parameters
    ----------
    document : dict
        ``facemap.analysis/1``, of the right form.

    Yields
    ------
    str
        A sentence a fault, beginning with its place. None where the document was made
        by another version, detector or data than those installed.
    """
    if not _is_ours(document["provenance"]):
        return
    yield from _view_faults(document["face"])
    px_per_mm = 1.0 / document["face"]["scale"]["mm_per_px"]
    limits = load_knowledge("zones")["visibility"]
    for index, zone in enumerate(document["zones"]):
        where = place("zones", index)
        yield from _visibility_faults(where, zone, px_per_mm, limits)
        if zone["severity"] is not None and zone["load"] is not None:
            yield from _severity_faults(where, zone)


def _is_ours(provenance: Json) -> bool:
    """Whether the installed knowledge is that of the document."""
    try:
        detector = get_detector(provenance["detector"]["id"])
    except DetectorError:
        return False
    return bool(
        provenance["facemap"] == __version__
        and provenance["detector"]["version"] == detector.version
        and provenance["parameters_sha256"] == parameters_sha256(detector)
    )


def _view_faults(face: Json) -> Iterator[str]:
    yaw_deg = face["yaw_deg"]
    half = _HALF["deg"] + _FLOAT
    views = [str(view_of(yaw_deg + error)) for error in (-half, half)]
    if face["view"] not in views:
        yield (
            f"{place('face', 'view')} is {face['view']}, but yaw_deg {yaw_deg} makes "
            f"it {views[0]}"
        )


def _visibility_faults(
    where: str, zone: Json, px_per_mm: float, limits: Mapping[str, Any]
) -> Iterator[str]:
    least, coarsest = least_visible(zone["id"]), float(limits["min_px_per_mm"])
    half = _HALF["share"] + _FLOAT
    # mm_per_px has six decimals: a few millionths of itself.
    slack = 1e-4 * coarsest
    if zone["assessable"]:
        if px_per_mm < coarsest - slack:
            yield (
                f"{where}.assessable is true, but the photo has {px_per_mm:.2f} pixels "
                f"per millimeter, under {coarsest:g}"
            )
        if zone["visible"] < least - half:
            yield (
                f"{where}.visible is {zone['visible']}, under {least:g}, but the zone "
                "is assessable"
            )
    elif px_per_mm > coarsest + slack and zone["visible"] > least + half:
        yield (
            f"{where}.visible is {zone['visible']}, over {least:g}, but the zone is "
            "not assessable"
        )


def _severity_faults(where: str, zone: Json) -> Iterator[str]:
    severity, load = zone["severity"], zone["load"]
    low, high = (
        severity_of(zone["id"], max(load + error, 0.0))
        for error in (-_HALF["load"], _HALF["load"])
    )
    slack = _HALF["severity"] + _FLOAT
    if not low - slack <= severity <= high + slack:
        yield (
            f"{where}.severity is {severity}, but load {load} makes it "
            f"{severity_of(zone['id'], load):.2f}"
        )
