"""How well do lines and severity agree with readers, beside published detectors?

    python benchmarks/wrinkles.py [--sets london portraits] [--every 1]
        [--only agreement|rest] [--peers all|frangi|none] [--rows FILE]

Photographs: $FACEMAP_FACES, else shared/faces beside the checkout. The grades are those
of two machine readers, by eye; they are an ordering, nothing clinical. Every peer runs
on the same pixels and zones (`common/peers.py`), as published and tuned: the best of
its widths per zone, chosen on other people than it is then judged on. What was measured
is kept in benchmarks/out/wrinkles.csv; --rows prints the tables of such a file again.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from common.agreement import (
    auc,
    by_person,
    cross_validated_grades,
    fit_curve,
    kappa,
    spearman,
)
from common.chain import map_face
from common.measuring import Row, measure, measure_set, read_rows, write_rows
from common.peers import PEERS
from common.photographs import need_photographs, read_grades
from common.report import Figure, keep, print_heading

from facemap.photo import load_photo

KEPT = Path(__file__).parent / "out" / "wrinkles.csv"
ZONES = (
    "forehead",
    "glabella",
    "crow_feet",
    "nasolabial",
    "infraorbital",
    "marionette",
    "neck",
)
BIG_FOUR = ZONES[:4]
Measure = Callable[[np.ndarray], float]


#: Least value by figure and zone.
TARGETS: dict[str, dict[str, float]] = {
    "Spearman pooled": dict.fromkeys(BIG_FOUR, 0.85)
    | {"infraorbital": 0.80, "marionette": 0.80, "neck": 0.70},
    "Spearman within portraits": dict.fromkeys(BIG_FOUR, 0.75)
    | {"infraorbital": 0.70, "marionette": 0.70},
    "AUC london, 1 and more against 0": dict.fromkeys(
        ("forehead", "crow_feet", "nasolabial"), 0.93
    ),
    "quadratic kappa, cross-validated": dict.fromkeys(ZONES, 0.75),
}


class Zone:
    """One kind of zone: what was measured on it, and what the readers say."""

    def __init__(
        self, kind: str, rows: Iterable[Row], grades: dict[tuple[str, str], float]
    ):
        self.rows = [r for r in rows if r.kind == kind and (r.file, r.zone) in grades]
        self.people = [r.person for r in self.rows]
        self.grade = np.array([grades[r.file, r.zone] for r in self.rows])
        self.portrait = np.array(
            [r.file.startswith("portraits") for r in self.rows], bool
        )
        self.ours = np.array([r.severity for r in self.rows])
        self.load = np.array([r.load for r in self.rows])

    def peer(self, name: str) -> np.ndarray:
        return np.array([r.peers[name] for r in self.rows])

    def variants(self, name: str) -> np.ndarray:
        """A peer at all its widths, the published ones first."""
        keys = [k for k in self.rows[0].peers if k.split("@")[0] == name]
        return np.array([self.peer(k) for k in keys])

    def figures(self, values: np.ndarray, graded: np.ndarray) -> dict[str, Measure]:
        """Every figure, as a function of the rows it is taken over."""
        grade, portrait = self.grade, self.portrait
        clear = ~portrait & ((grade >= 1) | (grade == 0))

        def pooled(at: np.ndarray) -> float:
            return spearman(values[at], grade[at])

        def within(at: np.ndarray) -> float:
            return pooled(at[portrait[at]]) if portrait[at].sum() > 5 else float("nan")

        def london(at: np.ndarray) -> float:
            at = at[clear[at]]
            return auc(values[at], grade[at] >= 1)

        def agreement(at: np.ndarray) -> float:
            return kappa(graded[at], grade[at])

        return {
            "Spearman pooled": pooled,
            "Spearman within portraits": within,
            "AUC london, 1 and more against 0": london,
            "quadratic kappa, cross-validated": agreement,
        }


def print_agreement(rows: Iterable[Row], grades: dict[tuple[str, str], float]) -> None:
    rows = list(rows)
    zones = {kind: Zone(kind, rows, grades) for kind in ZONES}
    zones = {kind: zone for kind, zone in zones.items() if len(zone.rows) >= 10}
    table: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    own_figures: dict[str, dict[str, float]] = defaultdict(dict)
    for kind, zone in zones.items():
        every = np.arange(len(zone.rows))
        graded = cross_validated_grades(zone.load[None], zone.grade, zone.people)
        for what, figure in zone.figures(zone.ours, graded).items():
            low, high = by_person(figure, zone.people)
            own_figures[what][kind] = figure(every)
            own = f"**{figure(every):.2f}** ({low:.2f} to {high:.2f})"
            table[what]["facemap"].append(own.replace("nan", "-"))
        for peer in PEERS:
            if peer not in zone.rows[0].peers:
                continue
            values = zone.variants(peer)
            first = cross_validated_grades(values[:1], zone.grade, zone.people)
            tuned = cross_validated_grades(values, zone.grade, zone.people)
            for name, value, grade in (
                (peer, values[0], first),
                (f"{peer}, tuned", tuned, tuned),
            ):
                for what, figure in zone.figures(value, grade).items():
                    text = f"{figure(every):.2f}".replace("nan", "-")
                    table[what][name].append(text)
    keep(against_targets(own_figures))
    for what, methods in table.items():
        print(f"\n| {what} | " + " | ".join(zones) + " |")
        print("|---" * (len(zones) + 1) + "|")
        for name in sorted(methods, key=lambda n: (n != "facemap", "tuned" in n)):
            print(f"| {name} | " + " | ".join(methods[name]) + " |")
    print()
    for kind, zone in zones.items():
        load_0, shape = fit_curve(zone.load, zone.grade)
        london = zone.grade[~zone.portrait]
        print(
            f"{kind}: n {len(zone.rows)}; london {(london >= 1).sum()} of 1 and more, "
            f"{(london == 0).sum()} of 0; curve load_0 {load_0:.2f}, shape {shape:.2f}"
        )


def against_targets(found: dict[str, dict[str, float]]) -> Iterator[Figure]:
    """Our figures by zone, each target a line."""
    for what, targets in TARGETS.items():
        for target in sorted(set(targets.values()), reverse=True):
            own = {
                kind: found[what][kind]
                for kind, least in targets.items()
                if least == target and np.isfinite(found[what].get(kind, np.nan))
            }
            if own:
                lacking = [
                    f"{kind} lacks {target - value:.2f}"
                    for kind, value in own.items()
                    if value < target
                ]
                said = ", ".join(f"{kind} {value:.2f}" for kind, value in own.items())
                yield Figure(
                    f"{what}: {', '.join(own)}",
                    f"{target:.2f}",
                    "; ".join([said, *lacking]),
                    not lacking,
                )


def print_tone(rows: Iterable[Row], grades: dict[tuple[str, str], float]) -> None:
    """Agreement by third of skin tone, and what sets a third apart from the others."""
    rows = [r for r in rows if np.isfinite(r.ita_deg)]
    tone = {r.file: r.ita_deg for r in rows}
    edges = np.quantile(list(tone.values()), [1 / 3, 2 / 3])
    unequal, intervals = [], 0
    print(f"\nITA thirds of {len(tone)} photos: under {edges[0]:.0f} degrees, to")
    print(f"{edges[1]:.0f}, over; Spearman, its interval, difference from the others")
    for kind in BIG_FOUR:
        zone = Zone(kind, rows, grades)
        if len(zone.rows) < 10:
            continue
        third = np.digitize([r.ita_deg for r in zone.rows], edges)
        every = np.arange(len(zone.rows))
        for k, name in enumerate(("darkest", "middle", "lightest")):

            def one(
                at: np.ndarray, k: int = k, third: np.ndarray = third, z: Zone = zone
            ) -> float:
                at = at[third[at] == k]
                return spearman(z.ours[at], z.grade[at])

            def apart(
                at: np.ndarray, k: int = k, third: np.ndarray = third, z: Zone = zone
            ) -> float:
                own, rest = at[third[at] == k], at[third[at] != k]
                return spearman(z.ours[own], z.grade[own]) - spearman(
                    z.ours[rest], z.grade[rest]
                )

            low, high = by_person(one, zone.people)
            less, more = by_person(apart, zone.people)
            intervals += 1
            if not less <= 0 <= more:
                unequal.append(f"{kind} {name} {apart(every):+.2f}")
            note = "" if less <= 0 <= more else "  excludes equality"
            grade, portraits = zone.grade[third == k], zone.portrait[third == k]
            print(
                f"{kind:12}{name:10}n {(third == k).sum():3}  {one(every):5.2f} "
                f"({low:.2f} to {high:.2f})  {apart(every):+.2f} "
                f"({less:+.2f} to {more:+.2f}){note}; {portraits.sum()} of portraits, "
                f"{(grade == 0).mean():.0%} of grade 0, SD {grade.std():.2f}"
            )

    keep(
        [
            Figure(
                "skin tone, photographs: a third against the others",
                "no interval excludes equality",
                f"{len(unequal)} of {intervals} do"
                + (f": {', '.join(unequal)}" if unequal else ""),
                not unequal,
            )
        ]
    )


def print_coverage(rows: Iterable[Row], grades: dict[tuple[str, str], float]) -> None:
    rows = list(rows)
    files, seen = {r.file for r in rows}, {(r.file, r.zone) for r in rows}
    wanted = [key for key in grades if key[0] in files]
    share = sum(key in seen for key in wanted) / max(len(wanted), 1)
    print(f"coverage of zones that both readers graded: {share:.3f}")
    keep(
        [
            Figure(
                "coverage of zones that both readers graded",
                "95 %",
                f"{share:.1%} of {len(wanted)}",
                share >= 0.95,
            )
        ]
    )


def print_smiles(rows: Iterable[Row], grades: dict[tuple[str, str], float]) -> None:
    """Does severity rise where the readers see a rise of half a grade or more?"""
    severity = {(r.file, r.zone): r.severity for r in rows}
    for kind in ("crow_feet", "nasolabial"):
        rises = [
            severity[smile, zone] > value
            for (file, zone), value in severity.items()
            if zone.startswith(kind)
            and "neutral" in file
            and (smile := file.replace("neutral", "smile"), zone) in severity
            and (file, zone) in grades
            and (smile, zone) in grades
            and grades[smile, zone] - grades[file, zone] >= 0.5
        ]
        if rises:
            share = float(np.mean(rises))
            print(f"rises with a smile, {kind}: {share:.3f} of {len(rises)}")
            keep(
                [
                    Figure(
                        f"severity rises with a smile: {kind}",
                        "95 %",
                        f"{share:.1%} of {len(rises)}",
                        share >= 0.95,
                    )
                ]
            )


def print_smooth(folder: Path) -> None:
    rows = list(measure_set(folder, "composite", peers="none"))
    severity = np.array([r.severity for r in rows])
    false = np.array([r.false_mm_per_cm2 for r in rows])
    grade = 4 * severity / 100
    keep(
        [
            Figure(
                "averaged faces: lines",
                "under 2 mm/cm²",
                f"{false.mean():.2f}",
                bool(false.mean() < 2),
            ),
            Figure(
                "averaged faces: every grade",
                "below 0.5",
                f"95th percentile {np.quantile(grade, 0.95):.2f}, most "
                f"{grade.max():.2f}; {(grade < 0.5).mean():.0%} of zones below",
                bool((grade < 0.5).all()),
            ),
        ]
    )
    print(
        f"composite: severity mean {severity.mean():.1f}, 95th percentile "
        f"{np.quantile(severity, 0.95):.1f}; lines {false.mean():.2f} mm/cm2"
    )


def print_nuisance(folder: Path, sample: list[str]) -> None:
    """Mirror image and 0.75x copy of the same photo."""
    gaps: dict[str, list[float]] = {"mirror": [], "0.75x": []}
    for name in sample:
        photo = load_photo(folder / name)
        rgb = photo.rgb
        width, height = photo.size_wh
        small = cv2.resize(
            rgb,
            (round(width * 0.75), round(height * 0.75)),
            interpolation=cv2.INTER_AREA,
        )
        base = {r.zone: r.severity for r in measure(photo, name, peers="none")}
        for what, other in (("mirror", rgb[:, ::-1]), ("0.75x", small)):
            copy = replace(photo, rgb=np.ascontiguousarray(other))
            for row in measure(copy, name, peers="none"):
                zone = row.zone
                if what == "mirror" and zone[-2:] in ("_r", "_l"):
                    zone = zone[:-1] + {"r": "l", "l": "r"}[zone[-1]]
                if zone in base:
                    gaps[what].append(abs(row.severity - base[zone]))
    for what, values in gaps.items():
        gap = np.array(values)
        print(
            f"{what}: severity differs by {gap.mean():.2f} on average, "
            f"{np.quantile(gap, 0.95):.2f} in 19 of 20, {gap.max():.2f} at most"
        )


def print_speed(folder: Path, name: str) -> None:
    face = map_face(load_photo(folder / name))
    took = []
    for _ in range(5):
        start = time.perf_counter()
        face.read()
        took.append(time.perf_counter() - start)
    width, height = face.view.size_wh
    print(
        f"speed: {min(took) * 1e3:.0f} ms for a view of {width} x {height} at "
        f"{face.view.px_per_mm:.1f} px/mm (best of 5)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=["london", "portraits"])
    parser.add_argument("--every", type=int, default=1, help="take one photo in N")
    parser.add_argument("--only", choices=["agreement", "rest"], default=None)
    parser.add_argument("--peers", choices=["all", "frangi", "none"], default="all")
    parser.add_argument("--rows", type=Path, help="what an earlier run kept")
    options = parser.parse_args()
    print_heading()
    folder = need_photographs()
    if options.only != "rest":
        grades = read_grades(folder)
        if options.rows:
            rows = read_rows(options.rows)
        else:
            sets = options.sets
            every, peers = options.every, options.peers
            rows = [r for s in sets for r in measure_set(folder, s, every, peers)]
            write_rows(KEPT, rows)
        print_agreement(rows, grades)
        print_coverage(rows, grades)
        print_smiles(rows, grades)
        print_tone(rows, grades)
    if options.only != "agreement":
        print_smooth(folder)
        canada = [f"canada/{p.name}" for p in sorted((folder / "canada").glob("*"))]
        print_nuisance(folder, canada[::12])
        print_speed(folder, canada[0])


if __name__ == "__main__":
    main()
