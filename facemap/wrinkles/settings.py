"""Settings of the ridge detector, read from ``data/wrinkles.toml``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import hypot
from typing import Any

from facemap.errors import KnowledgeError
from facemap.resources import data_bytes, load_knowledge
from facemap.types import ZONE_IDS
from facemap.wrinkles.coherence import Band

__all__ = [
    "BeliefSettings",
    "DoubtSettings",
    "FoldSettings",
    "GridSettings",
    "LineSettings",
    "RidgeSettings",
    "RunsOn",
    "ZonePrior",
    "load_settings",
]


@dataclass(frozen=True)
class ZonePrior:
    """Which way the lines of a zone run.

    Attributes
    ----------
    angle_deg : float
        In the face's own frame; unused where `radial`.
    half_width_deg : float
        Directions farther off are no wrinkles of this zone.
    radial : bool
        Away from the outer corner of the eye.
    bands : tuple of str
        Scales at which the zone's lines are looked for.
    level : str
        Third of the face, in which zones of the same bands are looked at together.
    aside_mm : tuple of float
        What is left aside next to the zone's upper and lower edge; none if empty.
    hairline_mm : float
        Skin nearer than this to the zone's upper edge counts less, and nothing of the
        upper part of it; 0: all skin counts alike.
    least_load : float
        A load up to this is that of skin without a visible line.
    runs_on : RunsOn or None
        Where the zone's lines go on beyond its border.
    """

    angle_deg: float
    half_width_deg: float
    radial: bool
    bands: tuple[str, ...]
    level: str
    aside_mm: tuple[float, ...]
    hairline_mm: float
    least_load: float
    runs_on: RunsOn | None


@dataclass(frozen=True)
class RunsOn:
    """How far the lines of a zone are followed into the zone beside.

    Attributes
    ----------
    into : str
        The zone beside, of the same side.
    whole_mm, none_mm : float
        How far inward of the outer corner of the eye they count in full, and from
        where on no more.
    """

    into: str
    whole_mm: float
    none_mm: float


@dataclass(frozen=True)
class GridSettings:
    """The working grid. See `facemap.wrinkles.grid.make_grid`.

    Attributes
    ----------
    blur_mm, least_blur_mm : float
        Point spread that every photo is brought to, its own included, and the least
        that is added for it.
    usual_blur_mm : float
        Taken for the photo's own where the eyes do not show it.
    erode_mm : float
        Ridges this near to a border of the skin are left aside.
    canthus_mm : float
        Around the outer corner of the eye lashes and lid folds are left aside.
    grain_sigma_mm : float
        Window in which the skin's grain is taken.
    soft_deg : float
        Beyond a zone's half width a direction fades out over this many degrees.
    """

    px_per_mm: float
    blur_mm: float
    least_blur_mm: float
    usual_blur_mm: float
    margin_mm: float
    fill_sigma_mm: float
    erode_mm: float
    canthus_mm: float
    grain_sigma_mm: float
    soft_deg: float


@dataclass(frozen=True)
class BeliefSettings:
    """Over which share of a doubt belief grows. See `facemap.wrinkles.belief.belief`.

    Attributes
    ----------
    line, fold, load : float
        Of a valley's depth, of a fold's, and of a zone's load.
    """

    line: float
    fold: float
    load: float


@dataclass(frozen=True)
class LineSettings:
    """When a ridge counts as a line.

    Attributes
    ----------
    px_per_mm : float
        Of the grid lines are traced on, where the photo has as much.
    band : Band
        On that grid; on a coarser one its scale grows as the pixels do.
    least_grain : float
        See `facemap.wrinkles.crests.line_crests`.
    erode_mm, aside_mm : float, mapping of str to tuple of float
        As for the evidence, but for what is drawn.
    low, high, mean : float
        Contrast (depth over grain) up to which a line goes on, that it must reach, and
        that it must have on average.
    growth, sure_mm : float
        Shorter lines than `sure_mm` need a mean greater by the missing share of length
        to this power, longer ones less.
    end_share : float
        Ends with less than this share of a line's contrast are cut off.
    recenter_mm : float
        How far the middle of a line may lie from the crest that was traced.
    """

    px_per_mm: float
    band: Band
    least_grain: float
    erode_mm: float
    aside_mm: Mapping[str, tuple[float, ...]]
    low: float
    high: float
    mean: float
    growth: float
    sure_mm: float
    end_share: float
    min_length_mm: float
    recenter_mm: float
    spacing_mm: float
    smooth_mm: float
    beside_fold_mm: float
    bridge_mm: float
    turn_mm: float
    turn_deg: float
    fine_width_mm: float
    fine_px_per_mm: float


@dataclass(frozen=True)
class FoldSettings:
    """How a fold is followed. See `facemap.wrinkles.folds`.

    Attributes
    ----------
    outward_mm, above_mm : float
        How far beyond the zone, away from the midline and above, it is looked for.
    floor, bend : float
        See `best_path`.
    doubt_depth, doubt_grain : float
        See `believed_depth`.
    whole_mm : float
        Length from which on a fold counts in full.
    plain : float
        A fold is drawn where it has this share of the depth of its deepest fifth.
    least_depth : float
        A shallower one is not drawn.
    """

    outward_mm: float
    above_mm: float
    floor: float
    bend: float
    doubt_depth: float
    doubt_grain: float
    whole_mm: float
    smooth_mm: float
    min_length_mm: float
    plain: float
    least_depth: float


@dataclass(frozen=True)
class DoubtSettings:
    """How sure width and depth are, apart from their product.

    Attributes
    ----------
    share : float
        Relative standard deviation where the photo is sharp.
    psf_share : float
        Relative standard deviation of the point spread itself.
    """

    share: float
    psf_share: float

    def share_of(self, sigma_mm: float, psf_mm: float) -> float:
        """Return the relative standard deviation of a line's width, and of its depth.

        A width before blur is the root of two variances' difference, so that an error
        of the point spread counts by the ratio of the variances.
        """
        return hypot(self.share, self.psf_share * (psf_mm / sigma_mm) ** 2)


@dataclass(frozen=True)
class RidgeSettings:
    """Everything the ridge detector's numbers depend on."""

    version: str
    grid: GridSettings
    belief: BeliefSettings
    bands: Mapping[str, Band]
    line: LineSettings
    line_sigmas_mm: tuple[float, float]
    fold_sigmas_mm: tuple[float, float]
    doubt: DoubtSettings
    priors: Mapping[str, ZonePrior]
    folds: Mapping[str, FoldSettings]
    sha256: str


@cache
def load_settings() -> RidgeSettings:
    """Read and check the packaged settings.

    Raises
    ------
    KnowledgeError
        A key is missing or unknown.
    """
    table = load_knowledge("wrinkles")
    try:
        return RidgeSettings(
            version=str(table["version"]),
            grid=GridSettings(**table["grid"]),
            belief=BeliefSettings(**table["belief"]),
            bands={name: Band(**band) for name, band in table["band"].items()},
            line=_line_settings(table["line"]),
            line_sigmas_mm=tuple(table["profile"]["line_sigmas_mm"]),
            fold_sigmas_mm=tuple(table["profile"]["fold_sigmas_mm"]),
            doubt=DoubtSettings(**table["profile"]["doubt"]),
            folds={
                zone: FoldSettings(**table["fold"][_unsided(zone)])
                for zone in ZONE_IDS
                if _unsided(zone) in table["fold"]
            },
            priors={zone: _prior(zone, table) for zone in ZONE_IDS},
            sha256=hashlib.sha256(data_bytes("wrinkles.toml")).hexdigest(),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise KnowledgeError(f"wrinkles.toml lacks or misspells {error}") from error


def _line_settings(table: Mapping[str, Any]) -> LineSettings:
    edges_mm = table["aside_mm"]
    if unknown := set(edges_mm) - {_unsided(zone) for zone in ZONE_IDS}:
        raise KeyError(f"line.aside_mm: {', '.join(sorted(unknown))}")
    aside_mm = {
        zone: tuple(edges_mm[_unsided(zone)])
        for zone in ZONE_IDS
        if _unsided(zone) in edges_mm
    }
    return LineSettings(
        **{**table, "band": Band(**table["band"]), "aside_mm": aside_mm}
    )


#: What may be said of a zone.
_PRIOR_KEYS = frozenset(
    {
        "aside_mm",
        "angle_deg",
        "band",
        "hairline_mm",
        "half_width_deg",
        "least_load",
        "level",
        "radial",
        "runs_on",
    }
)


def _prior(zone: str, table: Mapping[str, Any]) -> ZonePrior:
    entry = table["zone"][_unsided(zone)]
    if unknown := set(entry) - _PRIOR_KEYS:
        raise KeyError(f"{_unsided(zone)}: {', '.join(sorted(unknown))}")
    angle = float(entry.get("angle_deg", 0.0))
    band: str | list[str] = entry["band"]
    bands = (band,) if isinstance(band, str) else tuple(band)
    if unknown := set(bands) - set(table["band"]):
        raise KeyError(f"{_unsided(zone)}: {', '.join(sorted(unknown))}")
    if zone.endswith("_l"):
        angle = (180.0 - angle) % 180.0
    return ZonePrior(
        angle_deg=angle,
        half_width_deg=float(entry["half_width_deg"]),
        radial=bool(entry.get("radial", False)),
        bands=bands,
        level=str(entry["level"]),
        aside_mm=tuple(entry.get("aside_mm", ())),
        hairline_mm=float(entry.get("hairline_mm", 0.0)),
        least_load=float(entry.get("least_load", 0.0)),
        runs_on=_runs_on(zone, entry.get("runs_on")),
    )


def _runs_on(zone: str, entry: dict[str, Any] | None) -> RunsOn | None:
    if entry is None:
        return None
    return RunsOn(**{**entry, "into": entry["into"] + zone[-2:]})


def _unsided(zone: str) -> str:
    return zone.removesuffix("_r").removesuffix("_l")
