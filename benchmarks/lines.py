"""Lines found on drawn faces, where every line is known.

    python benchmarks/lines.py [--seeds 4]

The seeds were never looked at while the detector was made. A point of a line is right
within 1 % of the inter-ocular distance. A line that was drawn too thin, too faint or
hidden need not be found, and is no error where it is.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from common.chain import analyze_phantom
from common.report import Figure, keep, print_heading
from scipy.spatial import cKDTree

from facemap.synthetic import Phantom, PhantomParams
from facemap.synthetic.truth import TruthLine
from facemap.types import Analysis, LineKind, WrinkleLine
from facemap.wrinkles.tracing import resample_path

FIRST_SEED = 9001
LEAST_WIDTH_MM = 0.3
LEAST_DEPTH = 0.05
LEAST_VISIBLE = 0.9
TOLERANCE = 0.01
STEP_PX = 1.0
TARGET_F1 = 0.90
OUTER_CORNERS = [33, 263]


@dataclass(frozen=True)
class Hits:
    """Points of lines, and how many of them are right."""

    planted: int
    planted_found: int
    found: int
    found_right: int

    def __add__(self, other: Hits) -> Hits:
        return Hits(
            self.planted + other.planted,
            self.planted_found + other.planted_found,
            self.found + other.found,
            self.found_right + other.found_right,
        )

    @property
    def precision(self) -> float:
        return self.found_right / max(self.found, 1)

    @property
    def recall(self) -> float:
        return self.planted_found / max(self.planted, 1)

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / max(both, 1e-9)

    def __str__(self) -> str:
        sides = f"precision {self.precision:.2f}, recall {self.recall:.2f}"
        return f"{sides}, F1 {self.f1:.2f}"


def points(path: np.ndarray) -> np.ndarray:
    return resample_path(np.asarray(path, float), STEP_PX, 0.01)


def is_plain(line: TruthLine) -> bool:
    return (
        line.width_mm >= LEAST_WIDTH_MM
        and line.depth >= LEAST_DEPTH
        and line.visible >= LEAST_VISIBLE
    )


def near(a: np.ndarray, b: np.ndarray, reach_px: float) -> np.ndarray:
    """Which points of `a` have a point of `b` within reach."""
    if not len(a) or not len(b):
        return np.zeros(len(a), bool)
    return np.asarray(cKDTree(b).query(a, distance_upper_bound=reach_px)[0] < np.inf)


def joined(paths: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(paths) if paths else np.zeros((0, 2))


def compare(phantom: Phantom, analysis: Analysis) -> tuple[Hits, list[tuple]]:
    """Hits, and for each plain line that was found its errors.

    An error is (kind, length, depth x width, depth, width), each a share; of the lines
    found along it, length is summed over what lies on it, the others are their mean by
    length.
    """
    truth = phantom.truth
    corners = np.asarray(truth.landmarks_px)[OUTER_CORNERS]
    reach = TOLERANCE * float(np.linalg.norm(corners[0] - corners[1]))
    judged = {r.id for r in analysis.face_map.regions if r.assessable}
    plain = [x for x in truth.lines if is_plain(x) and x.zone in judged]
    plain_at = [points(line.path_px) for line in plain]
    other_at = joined([points(x.path_px) for x in truth.lines if not is_plain(x)])
    found_at = [points(line.path_px) for line in analysis.lines]
    planted, found = joined(plain_at), joined(found_at)
    right = near(found, planted, reach)
    ignored = ~right & near(found, other_at, reach)
    hits = Hits(
        len(planted),
        int(near(planted, found, reach).sum()),
        int((~ignored).sum()),
        int(right.sum()),
    )
    errors = []
    for line, at in zip(plain, plain_at, strict=True):
        if near(at, found, reach).mean() < 0.5:
            continue
        parts: list[tuple[WrinkleLine, float]] = []
        for own, own_at in zip(analysis.lines, found_at, strict=True):
            share = float(near(own_at, at, reach).mean())
            if share > 0.25:
                parts.append((own, share * own.length_mm))
        length = sum(mm for _, mm in parts)
        if not length:
            continue

        def mean(name: str, parts: list = parts, length: float = length) -> float:
            return sum(getattr(own, name) * mm for own, mm in parts) / length

        errors.append(
            (
                line.kind,
                length / line.length_mm - 1,
                mean("mass") / line.mass - 1,
                mean("depth") / line.depth - 1,
                mean("width_mm") / line.width_mm - 1,
            )
        )
    return hits, errors


def measure_lines(seeds: int) -> None:
    total = Hits(0, 0, 0, 0)
    errors: list[tuple] = []
    for k in range(seeds):
        # From mild to marked lines, one face each.
        severity = 1.5 + 2 * k / max(seeds - 1, 1)
        params = PhantomParams(
            seed=FIRST_SEED + k,
            size_wh=(1600, 2000),
            px_per_mm=7.5,
            severity=round(severity, 2),
        )
        phantom, analysis = analyze_phantom(params)
        hits, off = compare(phantom, analysis)
        print(f"seed {params.seed}, severity {params.severity}: {hits}")
        total, errors = total + hits, errors + off
    print(f"all: {total} (target F1 0.90)")
    figures = [
        Figure("drawn lines, F1", f"{TARGET_F1:.2f}", str(total), total.f1 >= TARGET_F1)
    ]
    names = ("length", "depth x width", "depth", "width")
    for kinds, what in (
        ((LineKind.WRINKLE, LineKind.FINE_LINE), "thin lines"),
        ((LineKind.FOLD,), "folds"),
    ):
        own = np.array([e[1:] for e in errors if e[0] in kinds])
        if len(own):
            said = ", ".join(
                f"{name} {100 * np.median(own[:, i]):+.0f} % "
                f"(absolute {100 * np.median(abs(own[:, i])):.0f} %)"
                for i, name in enumerate(names)
            )
            print(f"median error of {len(own)} {what}: {said}")
            off = np.median(abs(own), axis=0)
            figures.append(
                Figure(
                    f"drawn {what}: length, depth x width (median error)",
                    "10 %, 15 %",
                    f"{100 * off[0]:.0f} %, {100 * off[1]:.0f} % of {len(own)}",
                    bool(off[0] <= 0.10 and off[1] <= 0.15),
                )
            )
    print("(targets: length 10 %, depth x width 15 %)")
    keep(figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args()
    print_heading()
    measure_lines(options.seeds)


if __name__ == "__main__":
    main()
