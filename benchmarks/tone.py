"""Has skin tone a say in severity, in how steady it is, or in false lines?

    python benchmarks/tone.py [--seeds 1] [--no-copies]

One drawn face and light in six tones, with lines and without any: the relief is the
same, so severity should be. In three of the tones the copies of `nuisance.py` move the
lined face's photo; the standard deviation over them should be one and the same.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np
from common.chain import phantom_photo
from common.report import Figure, keep, print_heading
from nuisance import copies

from facemap.pipeline import analyze_photo
from facemap.synthetic import PhantomParams, draw_phantom
from facemap.types import Analysis, LineKind, Photo
from facemap.wrinkles import get_detector

#: Never used in development.
FIRST_SEED = 9101
BASE = PhantomParams(size_wh=(1000, 1250), severity=2.0)
TONES_ITA_DEG = (55.0, 35.0, 15.0, -10.0, -30.0, -50.0)
MOVED_ITA_DEG = (55.0, 15.0, -50.0)
#: Of severity and its nuisance SD in points, of false lines in mm/cm2.
TARGET, TARGET_SD, TARGET_FALSE = 3.0, 0.5, 0.5

Severities = dict[str, float | None]


@dataclass
class Tone:
    """What one tone gave, by seed: severity by zone, and false lines in mm/cm2."""

    lined: list[Severities] = field(default_factory=list)
    bare: list[Severities] = field(default_factory=list)
    false: list[float] = field(default_factory=list)
    #: Standard deviation of each zone over a photo's copies.
    moved: list[dict[str, float]] = field(default_factory=list)


def analyzed(photo: Photo) -> Analysis:
    return analyze_photo(photo, get_detector())


def severities(analysis: Analysis) -> Severities:
    return {score.zone: score.severity for score in analysis.scores}


def false_mm_per_cm2(analysis: Analysis) -> float:
    area = sum(r.area_mm2 for r in analysis.face_map.regions if r.assessable)
    return (
        100
        * sum(x.length_mm for x in analysis.lines if x.kind is not LineKind.FOLD)
        / area
    )


def spread_over_copies(photo: Photo, first: Severities) -> dict[str, float]:
    """Within-subject SD, of zones that are judged on the photo and all copies."""
    seen = [first]
    for _, rgb in copies(np.asarray(photo.rgb)):
        seen.append(severities(analyzed(replace(photo, rgb=np.ascontiguousarray(rgb)))))
    by_zone = {zone: [s[zone] for s in seen] for zone in first}
    return {
        zone: float(np.std(values, ddof=1))
        for zone, values in by_zone.items()
        if None not in values
    }


def measure(seeds: int, *, with_copies: bool) -> dict[float, Tone]:
    tones: dict[float, Tone] = defaultdict(Tone)
    for k in range(seeds):
        base = replace(BASE, seed=FIRST_SEED + k)
        for ita in TONES_ITA_DEG:
            tone = tones[ita]
            photo = phantom_photo(draw_phantom(replace(base, ita_deg=ita)))
            tone.lined.append(severities(analyzed(photo)))
            plain = phantom_photo(
                draw_phantom(replace(base, ita_deg=ita, severity=0.0))
            )
            clean = analyzed(plain)
            tone.bare.append(severities(clean))
            tone.false.append(false_mm_per_cm2(clean))
            if with_copies and ita in MOVED_ITA_DEG:
                tone.moved.append(spread_over_copies(photo, tone.lined[-1]))
    return tones


def rms(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def ranges(
    tones: dict[float, Tone], what: str
) -> dict[tuple[int, str], tuple[float, ...]]:
    """Severity by tone, of each seed's zones that every tone judges."""
    every = [getattr(tone, what) for tone in tones.values()]
    out = {}
    for seed, by_tone in enumerate(zip(*every, strict=True)):
        for zone in by_tone[0]:
            values = tuple(s[zone] for s in by_tone)
            if None not in values:
                out[seed, zone] = values
    return out


def report(tones: dict[float, Tone]) -> None:
    figures = []
    for ita, tone in tones.items():
        known = [v for s in tone.lined for v in s.values() if v is not None]
        grade = max(v for s in tone.bare for v in s.values() if v is not None) / 25
        print(
            f"ITA {ita:+.0f}: {len(known)} zones, severity mean {np.mean(known):.1f}; "
            f"without lines: false {np.mean(tone.false):.2f} mm/cm2, highest grade "
            f"{grade:.2f}"
        )
    print(f"\nseverity, range over the tones (target {TARGET:g})")
    for what in ("lined", "bare"):
        by_zone = ranges(tones, what)
        spread = {key: float(np.ptp(values)) for key, values in by_zone.items()}
        over = sorted(
            (k for k in spread if spread[k] > TARGET), key=lambda k: -spread[k]
        )
        print(f"{what}: median {np.median(list(spread.values())):.1f}")
        for key in over:
            row = " ".join(f"{v:.0f}" for v in by_zone[key])
            print(f"  {key[1]}, seed {FIRST_SEED + key[0]}: {row}")
        zones = ", ".join(f"{zone} {spread[seed, zone]:.0f}" for seed, zone in over)
        figures.append(
            Figure(
                f"drawn tones, {what}: severity",
                f"within {TARGET:g} points",
                f"median range {np.median(list(spread.values())):.1f}, over it "
                f"{len(over)} of {len(spread)} zones" + (f": {zones}" if zones else ""),
                not over,
            )
        )
    false = [float(np.mean(tone.false)) for tone in tones.values()]
    print(f"\nfalse lines, range: {np.ptp(false):.2f} mm/cm2 (target {TARGET_FALSE})")
    figures.append(
        Figure(
            "drawn tones: false lines",
            f"within {TARGET_FALSE} mm/cm²",
            f"{min(false):.2f} to {max(false):.2f}",
            bool(np.ptp(false) <= TARGET_FALSE),
        )
    )
    figures += report_moved(tones)
    keep(figures)


def report_moved(tones: dict[float, Tone]) -> list[Figure]:
    moved = {ita: tone.moved for ita, tone in tones.items() if tone.moved}
    if not moved:
        return []
    # Zones that every tone judges on all copies: the same ones in each.
    shared = [
        set.intersection(*(set(s) for s in by_tone))
        for by_tone in zip(*moved.values(), strict=True)
    ]
    print(f"\nSD over a photo's copies, rms over {sum(map(len, shared))} zones")
    sd = {}
    for ita, seeds in moved.items():
        own = [s[z] for s, zones in zip(seeds, shared, strict=True) for z in zones]
        sd[ita] = rms(own)
        worst = sorted(
            ((s[z], z) for s, zones in zip(seeds, shared, strict=True) for z in zones),
            reverse=True,
        )[:4]
        said = ", ".join(f"{zone} {value:.1f}" for value, zone in worst)
        print(f"ITA {ita:+.0f}: {sd[ita]:.2f}, median {np.median(own):.2f}; {said}")
    gap = max(sd.values()) - min(sd.values())
    print(f"range {gap:.2f} points (target {TARGET_SD})")
    return [
        Figure(
            "drawn tones: nuisance SD of severity",
            f"within {TARGET_SD} points",
            ", ".join(f"{value:.2f} at ITA {ita:+.0f}" for ita, value in sd.items()),
            gap <= TARGET_SD,
        )
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--no-copies", action="store_true", help="without nuisance")
    options = parser.parse_args()
    print_heading()
    report(measure(options.seeds, with_copies=not options.no_copies))


if __name__ == "__main__":
    main()
