"""How well do lines and severity agree with readers? One command, one table.

    python benchmarks/wrinkles.py [--sets london portraits] [--every 1] [--fit]

Photographs: $FACEMAP_FACES, else shared/faces beside the checkout. The grades are those
of two machine readers, by eye; they are an ordering, nothing clinical. A plain
multi-scale Frangi mean per zone runs beside us on the same pixels.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from common.photographs import need_photographs
from scipy.optimize import minimize
from scipy.stats import rankdata, spearmanr
from skimage.filters import frangi

from facemap.faceview import cut_view
from facemap.frame import measure_frame
from facemap.landmarks import choose_face, find_faces
from facemap.photo import load_photo
from facemap.quality import check_quality
from facemap.scoring import score_zones
from facemap.segmentation import segment
from facemap.types import ZONE_IDS, FaceMap, FaceView, LineKind, Photo
from facemap.wrinkles import get_detector, run_detector
from facemap.zones import map_surface, map_zones

ZONES = (
    "forehead",
    "glabella",
    "crow_feet",
    "nasolabial",
    "infraorbital",
    "marionette",
    "neck",
)
#: Under it the first faint line would move severity more than the next ten.
LEAST_SHAPE = 0.8
#: Widths of a wrinkle, in millimeters, for the peer.
FRANGI_SIGMAS_MM = (0.3, 0.5, 0.8, 1.3)


@dataclass(frozen=True)
class Row:
    """One zone of one photo."""

    file: str
    zone: str
    severity: float
    load: float
    frangi: float
    false_mm_per_cm2: float

    @property
    def person(self) -> str:
        return self.file.split("_")[0].removesuffix(".jpg")

    @property
    def kind(self) -> str:
        return self.zone.removesuffix("_r").removesuffix("_l")


def read_grades(folder: Path) -> dict[tuple[str, str], float]:
    """Mean of the two readers, where both could grade."""
    with (folder / "grades.csv").open(newline="") as file:
        return {
            (row["file"], row["zone"]): (
                float(row["reader_1"]) + float(row["reader_2"])
            )
            / 2
            for row in csv.DictReader(file)
            if row["reader_1"] and row["reader_2"]
        }


def frangi_means(view: FaceView, face_map: FaceMap) -> dict[str, float]:
    """Mean Frangi answer per zone, on the same pixels, at 3.2 px/mm."""
    factor = min(3.2 / view.px_per_mm, 1.0)
    size = tuple(round(n * factor) for n in view.size_wh)
    picture = cv2.resize(view.log_luminance, size, interpolation=cv2.INTER_AREA)
    labels = cv2.resize(face_map.labels, size, interpolation=cv2.INTER_NEAREST)
    sigmas = [s * view.px_per_mm * factor for s in FRANGI_SIGMAS_MM]
    answer = frangi(picture, sigmas=sigmas, black_ridges=True)
    return {
        zone: float(answer[labels == k + 1].mean()) if (labels == k + 1).any() else 0.0
        for k, zone in enumerate(ZONE_IDS)
    }


def measure(photo: Photo, name: str, peer: bool = True) -> list[Row]:
    """Analyze one photo, every zone."""
    frame = measure_frame(photo, choose_face(find_faces(photo)))
    view = cut_view(photo, frame)
    surface = map_surface(view, frame)
    segmentation = segment(view, frame, surface)
    face_map = map_zones(view, frame, surface, segmentation)
    quality = check_quality(photo, frame, view, segmentation, face_map)
    reading = run_detector(get_detector(), frame, view, surface, face_map)
    scores, _ = score_zones(frame, view, face_map, reading, quality)
    other = frangi_means(view, face_map) if peer else defaultdict(float)
    rows = []
    for score, region in zip(scores, face_map.regions, strict=True):
        if score.severity is None or score.load is None:
            continue
        own = [line for line in reading.lines if line.zone == score.zone]
        thin = sum(x.length_mm for x in own if x.kind is not LineKind.FOLD)
        rows.append(
            Row(
                name,
                score.zone,
                score.severity,
                score.load,
                other[score.zone],
                100 * thin / region.area_mm2,
            )
        )
    return rows


def measure_set(folder: Path, name: str, every: int) -> Iterator[Row]:
    for path in sorted((folder / name).glob("*.jpg"))[::every]:
        yield from measure(load_photo(path), f"{name}/{path.name}")


def auc(values: np.ndarray, positive: np.ndarray) -> float:
    """Area under the receiver operating curve; ties count half."""
    n = int(positive.sum())
    if n in (0, len(positive)):
        return float("nan")
    ranks = rankdata(values)
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(ranks) - n)))


def kappa(a: np.ndarray, b: np.ndarray) -> float:
    """Quadratic weighted kappa of grades, halves rounded up."""
    a, b = np.floor(a + 0.5), np.floor(b + 0.5)
    expected = ((a[:, None] - b[None, :]) ** 2).mean()
    return float(1 - ((a - b) ** 2).mean() / expected) if expected else float("nan")


def fit_curve(load: np.ndarray, grade: np.ndarray) -> tuple[float, float]:
    """Constants of the severity curve that come nearest to the readers."""

    def shape_of(x: float) -> float:
        return max(float(np.exp(x)), LEAST_SHAPE)

    def loss(x: np.ndarray) -> float:
        grades = curve_grade(load, float(np.exp(x[0])), shape_of(x[1]))
        return float(((grades - grade) ** 2).mean())

    starts = [np.array([s, 0.0]) for s in np.log(np.quantile(load, [0.5, 0.9]) + 0.1)]
    found = [minimize(loss, s, method="Nelder-Mead") for s in starts]
    best = min(found, key=lambda r: r.fun).x
    return float(np.exp(best[0])), shape_of(best[1])


def curve_grade(load: np.ndarray, load_0: float, shape: float) -> np.ndarray:
    return np.asarray(4 * (1 - np.exp(-((load / load_0) ** shape))))


def cross_validated_grades(rows: list[Row], grade: np.ndarray) -> np.ndarray:
    """Grades from curves fitted without the person graded, ten folds."""
    load = np.array([r.load for r in rows])
    people = sorted({r.person for r in rows})
    fold = np.array([people.index(r.person) % 10 for r in rows])
    out = np.zeros(len(rows))
    for k in range(10):
        out[fold == k] = curve_grade(
            load[fold == k], *fit_curve(load[fold != k], grade[fold != k])
        )
    return out


def print_agreement(rows: Iterable[Row], grades: dict[tuple[str, str], float]) -> None:
    rows = [r for r in rows if (r.file, r.zone) in grades]
    print(
        f"{'zone':14}{'n':>5}{'pooled':>9}{'portraits':>11}{'AUC':>7}{'kappa cv':>10}"
        f"   Frangi: pooled  portraits  AUC     load_0  shape"
    )
    for kind in ZONES:
        own = [r for r in rows if r.kind == kind]
        if len(own) < 10:
            continue
        grade = np.array([grades[r.file, r.zone] for r in own])
        portrait = np.array([r.file.startswith("portraits") for r in own])
        clear = ~portrait & ((grade >= 1) | (grade == 0))

        def figures(
            values: np.ndarray,
            grade: np.ndarray = grade,
            portrait: np.ndarray = portrait,
            clear: np.ndarray = clear,
        ) -> tuple[float, float, float]:
            some = portrait.sum() > 5
            within = spearmanr(values[portrait], grade[portrait])[0] if some else np.nan
            return (
                float(spearmanr(values, grade)[0]),
                float(within),
                auc(values[clear], grade[clear] >= 1),
            )

        ours = figures(np.array([r.severity for r in own]))
        peer = figures(np.array([r.frangi for r in own]))
        k = kappa(cross_validated_grades(own, grade), grade)
        load_0, shape = fit_curve(np.array([r.load for r in own]), grade)
        print(
            f"{kind:14}{len(own):5}{ours[0]:9.2f}{ours[1]:11.2f}{ours[2]:7.2f}{k:10.2f}"
            f"   {peer[0]:14.2f}{peer[1]:11.2f}{peer[2]:5.2f}{load_0:11.2f}{shape:7.2f}"
        )


def print_coverage(rows: Iterable[Row], grades: dict[tuple[str, str], float]) -> None:
    rows = list(rows)
    files, seen = {r.file for r in rows}, {(r.file, r.zone) for r in rows}
    wanted = [key for key in grades if key[0] in files]
    share = sum(key in seen for key in wanted) / max(len(wanted), 1)
    print(f"coverage of zones that both readers graded: {share:.3f}")


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
            print(f"rises with a smile, {kind}: {np.mean(rises):.3f} of {len(rises)}")


def print_smooth(folder: Path) -> None:
    rows = list(measure_set(folder, "composite", 1))
    severity = np.array([r.severity for r in rows])
    false = np.array([r.false_mm_per_cm2 for r in rows])
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
        base = {r.zone: r.severity for r in measure(photo, name, peer=False)}
        for what, other in (("mirror", rgb[:, ::-1]), ("0.75x", small)):
            copy = replace(photo, rgb=np.ascontiguousarray(other))
            for row in measure(copy, name, peer=False):
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
    photo = load_photo(folder / name)
    frame = measure_frame(photo, choose_face(find_faces(photo)))
    view = cut_view(photo, frame)
    surface = map_surface(view, frame)
    segmentation = segment(view, frame, surface)
    face_map = map_zones(view, frame, surface, segmentation)
    detector = get_detector()
    took = []
    for _ in range(5):
        start = time.perf_counter()
        run_detector(detector, frame, view, surface, face_map)
        took.append(time.perf_counter() - start)
    width, height = view.size_wh
    print(
        f"speed: {min(took) * 1e3:.0f} ms for a view of {width} x {height} at "
        f"{view.px_per_mm:.1f} px/mm (best of 5)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=["london", "portraits"])
    parser.add_argument("--every", type=int, default=1, help="take one photo in N")
    parser.add_argument("--only", choices=["agreement", "rest"], default=None)
    options = parser.parse_args()
    folder = need_photographs()
    if options.only != "rest":
        grades = read_grades(folder)
        rows = [r for s in options.sets for r in measure_set(folder, s, options.every)]
        print_agreement(rows, grades)
        print_coverage(rows, grades)
        print_smiles(rows, grades)
    if options.only != "agreement":
        print_smooth(folder)
        canada = [f"canada/{p.name}" for p in sorted((folder / "canada").glob("*"))]
        print_nuisance(folder, canada[::12])
        print_speed(folder, canada[0])


if __name__ == "__main__":
    main()
