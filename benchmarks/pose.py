"""How far does severity move with the head's yaw and the camera's distance?

    python benchmarks/pose.py [--seeds 3] [--light-turns]

Phantoms: the same relief, hair and light, drawn frontal from 1.2 m, then turned by up
to 10 degrees to either side, and seen from 0.5 to 2 m. Resolution in the plane of the
eyes stays. Zones that no longer face the camera are to be called not assessable; they
are counted. The light stands still as the head turns, as in a room; --light-turns
carries it along, which leaves geometry alone.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from common.chain import analyze_phantom
from common.report import Figure, keep, print_heading

from facemap.synthetic import HairStyle, PhantomParams

#: Never used in development.
FIRST_SEED = 7101
SEVERITIES = (1.0, 2.0, 3.0)
BASE = PhantomParams(
    size_wh=(1000, 1250),
    px_per_mm=4.6,
    camera_distance_mm=1200.0,
    hair=HairStyle.SHORT,
)
YAWS_DEG = (-10.0, -5.0, 5.0, 10.0)
DISTANCES_MM = (500.0, 800.0, 2000.0)
TARGET = 5.0


@dataclass(frozen=True)
class Change:
    """One zone of one phantom, against itself frontal from the usual distance."""

    seed: int
    shot: str
    zone: str
    before: float
    #: None where the zone is no longer judged.
    after: float | None

    @property
    def kind(self) -> str:
        return self.zone.removesuffix("_r").removesuffix("_l")

    @property
    def by(self) -> float:
        return 0.0 if self.after is None else self.after - self.before


def shots(base: PhantomParams, *, light_turns: bool) -> dict[str, PhantomParams]:
    # Yaw and the light's azimuth both grow toward the picture's right.
    turned = {
        f"yaw {yaw:+.0f}": replace(
            base,
            yaw_deg=yaw,
            light_azimuth_deg=base.light_azimuth_deg + (yaw if light_turns else 0.0),
        )
        for yaw in YAWS_DEG
    }
    near = {
        f"{mm / 1000:g} m": replace(base, camera_distance_mm=mm) for mm in DISTANCES_MM
    }
    return turned | near


def severities(params: PhantomParams) -> dict[str, float | None]:
    return {s.zone: s.severity for s in analyze_phantom(params)[1].scores}


def measure(seeds: int, *, light_turns: bool) -> list[Change]:
    changes = []
    for k in range(seeds):
        severity = SEVERITIES[k % len(SEVERITIES)]
        base = replace(BASE, seed=FIRST_SEED + k, severity=severity)
        frontal = severities(base)
        for shot, params in shots(base, light_turns=light_turns).items():
            now = severities(params)
            changes += [
                Change(base.seed, shot, zone, before, now[zone])
                for zone, before in frontal.items()
                if before is not None
            ]
    return changes


def rms(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if values else float("nan")


def print_table(title: str, groups: dict[str, list[Change]]) -> None:
    print(f"\n{title:16}{'judged':>7}{'no more':>8}{'mean':>7}{'rms':>7}{'max':>7}")
    for name, changes in groups.items():
        by = [c.by for c in changes if c.after is not None]
        lost = sum(c.after is None for c in changes)
        most = max(map(abs, by), default=float("nan"))
        mean = float(np.mean(by)) if by else float("nan")
        print(f"{name:16}{len(by):7}{lost:8}{mean:+7.1f}{rms(by):7.1f}{most:7.1f}")


def report(changes: list[Change], *, kept: bool) -> None:
    by_shot: dict[str, list[Change]] = defaultdict(list)
    by_kind: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_shot[change.shot].append(change)
        by_kind[change.kind].append(change)
    print_table("shot", by_shot)
    print_table("zone", dict(sorted(by_kind.items())))
    over = sorted((c for c in changes if abs(c.by) > TARGET), key=lambda c: -abs(c.by))
    print(f"\nmore than {TARGET:g} points: {len(over)} of {len(changes)}")
    for c in over:
        print(f"  {c.by:+5.1f}  {c.zone}, {c.shot}, seed {c.seed}: {c.before:.0f}")
    figures = []
    for what, named in (("yaw to 10 degrees", "yaw"), ("camera at 0.5 to 2 m", "m")):
        own = [c for c in changes if (c.shot.startswith("yaw")) == (named == "yaw")]
        by = np.abs([c.by for c in own if c.after is not None])
        kinds = {c.kind for c in own if abs(c.by) > TARGET}
        figures.append(
            Figure(
                f"drawn, {what}: change of severity",
                f"{TARGET:g} points",
                f"rms {rms(list(by)):.1f}, 95 % within {np.quantile(by, 0.95):.1f}, "
                f"most {by.max():.1f}; over it in {(by > TARGET).mean():.0%} of zones"
                + (f" ({', '.join(sorted(kinds))})" if kinds else ""),
                bool(by.max() <= TARGET),
            )
        )
    if kept:
        keep(figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--light-turns", action="store_true")
    options = parser.parse_args()
    print_heading()
    report(
        measure(options.seeds, light_turns=options.light_turns),
        kept=not options.light_turns,
    )


if __name__ == "__main__":
    main()
