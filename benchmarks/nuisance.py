"""How far do numbers move when only the photo changes, not the face?

    python benchmarks/nuisance.py [--photos 14] [--rows FILE]

Copies of a photo differ in exposure, white balance, compression, size, noise, blur,
roll, light from one side and framing. The standard deviation over a photo's copies is a
lower bound for that of real re-shooting. It is given for zones that both readers, who
are machines, grade 0.5 and more on average. A plain Frangi mean moves beside it.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from common.chain import map_face
from common.measuring import Row, measure
from common.photographs import need_photographs, read_grades
from common.report import Figure, keep, print_heading

from facemap.faceview import cut_view
from facemap.photo import load_photo

#: Copies that leave the face where it is, for telling zones from light.
HELD = ("exposure +0.4 EV", "exposure -0.4 EV", "JPEG 75", "blur 0.7 px")
KEPT = Path(__file__).parent / "out" / "nuisance.json"
#: Zones under it have nothing that could move.
LEAST_GRADE = 0.5
_CODES = np.arange(256) / 255
LINEAR = np.where(
    _CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4
).astype(np.float32)


def encoded(linear: np.ndarray) -> np.ndarray:
    linear = np.clip(linear, 0, 1)
    srgb = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    return np.round(255 * srgb).astype(np.uint8)


def copies(rgb: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Name and picture of every copy."""
    height, width = rgb.shape[:2]
    linear = LINEAR[rgb]
    yield "exposure +0.4 EV", encoded(linear * 2**0.4)
    yield "exposure -0.4 EV", encoded(linear * 2**-0.4)
    yield "white balance", encoded(linear * np.array([1.12, 1, 0.88], np.float32))
    code = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    yield "JPEG 75", cv2.imdecode(code, cv2.IMREAD_COLOR)[..., ::-1]
    size = round(width * 0.8), round(height * 0.8)
    yield "scale 0.8", cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(0).normal(0, 3, rgb.shape)
    yield "noise 3 counts", np.clip(np.round(rgb + noise), 0, 255).astype(np.uint8)
    yield "blur 0.7 px", cv2.GaussianBlur(rgb, (0, 0), 0.7)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 4, 1)
    yield (
        "roll 4 degrees",
        cv2.warpAffine(
            rgb,
            turn,
            (width, height),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        ),
    )
    across = np.linspace(-1, 1, width, dtype=np.float32)[:, None]
    yield "side light +15 %", encoded(linear * (1 + 0.15 * across))
    yield "side light -15 %", encoded(linear * (1 - 0.15 * across))
    yield "re-framed", rgb[7:, 11:-3]


@dataclass(frozen=True)
class Reading:
    """One zone of one copy."""

    file: str
    copy: str
    zone: str
    severity: float
    frangi: float
    area_mm2: float
    severity_sd: float


def readings(file: str, copy: str, rows: Iterable[Row]) -> Iterator[Reading]:
    for r in rows:
        yield Reading(
            file, copy, r.zone, r.severity, r.peers["frangi"], r.area_mm2, r.severity_sd
        )


def measure_copies(folder: Path, names: Iterable[str]) -> Iterator[Reading]:
    for name in names:
        photo = load_photo(folder / name)
        yield from readings(name, "photo", measure(photo, name, "frangi"))
        for copy, rgb in copies(np.asarray(photo.rgb)):
            other = replace(photo, rgb=np.ascontiguousarray(rgb))
            yield from readings(name, copy, measure(other, name, "frangi"))


def print_held(
    folder: Path, found: Iterable[Reading], graded: set[tuple[str, str]]
) -> None:
    """How much of a change is left where face and zones stay those of the photo?"""
    severity = {(r.file, r.copy, r.zone): r.severity for r in found}
    gaps: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for name in sorted({key[0] for key in severity if key[0].startswith("portraits")}):
        photo = load_photo(folder / name)
        face = map_face(photo)
        for copy, rgb in copies(np.asarray(photo.rgb)):
            if copy not in HELD:
                continue
            copied = replace(photo, rgb=np.ascontiguousarray(rgb))
            _, scores = face.score(cut_view(copied, face.frame))
            for score in scores:
                key, now = (name, "photo", score.zone), (name, copy, score.zone)
                if score.severity is None or (name, score.zone) not in graded:
                    continue
                if key in severity and now in severity:
                    gaps[copy].append(
                        (severity[now] - severity[key], score.severity - severity[key])
                    )
    print("\nportraits, change of severity, rms: whole, and with face and zones held")
    for copy, pairs in gaps.items():
        whole, held = np.array(pairs).T
        print(f"  {copy}: {rms(whole):.2f}, {rms(held):.2f} of {len(pairs)}")


def print_stated(zones: Mapping[tuple[str, str], Mapping[str, Reading]]) -> None:
    """Do 95 of 100 copies lie within what the report states for the photo?"""
    within: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for (file, zone), seen in zones.items():
        severity = np.array([r.severity for r in seen.values()])
        # The mean of n readings is itself off by a share of their spread.
        off = (severity - severity.mean()) * np.sqrt(len(seen) / (len(seen) - 1))
        hits = np.abs(off) <= 1.96 * seen["photo"].severity_sd
        kind = zone.removesuffix("_r").removesuffix("_l")
        for key in (("set", file.split("/")[0]), ("zone", kind)):
            within[key] += hits.tolist()
    print("coverage of 1.96 sd (95 % wanted; more is too wide):", end=" ")
    print(
        ", ".join(
            f"{n} {np.mean(h):.1%}" for (by, n), h in within.items() if by == "set"
        )
    )
    for (by, name), hits in sorted(within.items()):
        if by == "zone":
            print(f"  {name}: {np.mean(hits):.1%} of {len(hits)}")


def rms(values: Iterable[float]) -> float:
    return float(np.sqrt(np.mean(np.square(list(values)))))


def report(all_readings: Iterable[Reading], graded: set[tuple[str, str]]) -> None:
    zones: dict[tuple[str, str], dict[str, Reading]] = defaultdict(dict)
    for r in all_readings:
        zones[r.file, r.zone][r.copy] = r
    number = max(len(seen) for seen in zones.values())
    lost = sum(
        "photo" in seen and len(seen) < number
        for key, seen in zones.items()
        if key in graded
    )
    zones = {
        key: seen
        for key, seen in zones.items()
        if key in graded and "photo" in seen and len(seen) > 3
    }
    ours = {
        k: np.std([r.severity for r in s.values()], ddof=1) for k, s in zones.items()
    }
    other = {
        k: np.std(f, ddof=1) / np.mean(f)
        for k, s in zones.items()
        if np.mean(f := [r.frangi for r in s.values()]) > 0
    }
    print(f"{len({k[0] for k in zones})} photos, {number - 1} copies each,", end=" ")
    print(f"{len(zones)} zones of grade {LEAST_GRADE} and more; {lost} lost in a copy")
    print(
        f"within-subject SD of severity: rms {rms(ours.values()):.2f}, median "
        f"{np.median(list(ours.values())):.2f}, 90th percentile "
        f"{np.quantile(list(ours.values()), 0.9):.2f} points (target 1.5)"
    )
    sd = list(ours.values())
    keep(
        [
            Figure(
                "within-subject SD of severity under nuisance",
                "1.5 points",
                f"rms {rms(sd):.2f}, median {np.median(sd):.2f} of {len(sd)} zones",
                rms(sd) <= 1.5,
            )
        ]
    )
    print(
        f"Frangi mean, in % of itself: rms {100 * rms(other.values()):.0f}, median "
        f"{100 * np.median(list(other.values())):.0f}"
    )
    for name in ("london", "portraits"):
        own = [sd for k, sd in ours.items() if k[0].startswith(name)]
        if own:
            print(f"  {name}: rms {rms(own):.2f}, median {np.median(own):.2f}")
    for kind in sorted({k[1].removesuffix("_r").removesuffix("_l") for k in ours}):
        own = [sd for k, sd in ours.items() if k[1].startswith(kind)]
        print(f"  {kind}: rms {rms(own):.2f} of {len(own)}")
    print_stated(zones)
    print("\n| copy | mean | SD | largest | rms SD without it | Frangi SD, % |")
    print("|---|---|---|---|---|---|")
    for copy in next(iter(zones.values())):
        pairs = [(s["photo"], s[copy]) for s in zones.values() if copy in s]
        if copy == "photo":
            continue
        gap = np.array([b.severity - a.severity for a, b in pairs])
        without = rms(
            np.std([r.severity for r in s.values() if r.copy != copy], ddof=1)
            for s in zones.values()
        )
        far = [100 * (b.frangi / a.frangi - 1) for a, b in pairs if a.frangi > 0]
        print(
            f"| {copy} | {gap.mean():+.2f} | {gap.std():.2f} | {abs(gap).max():.1f} "
            f"| {without:.2f} | {np.std(far):.0f} |"
        )
    gaps = sorted(
        (
            (b.severity - a.severity, b.area_mm2 / a.area_mm2 - 1, b)
            for s in zones.values()
            for copy, b in s.items()
            if (a := s["photo"]) and copy != "photo"
        ),
        key=lambda item: -abs(item[0]),
    )
    stable = [gap for gap, area, _ in gaps if abs(area) <= 0.05]
    print(f"\nchange of severity, rms: {rms(g[0] for g in gaps):.2f}; where the zone's")
    print(f"area stays within 5 %: {rms(stable):.2f} ({len(stable)} of {len(gaps)})")
    print("largest swings:")
    for gap, area, r in gaps[:12]:
        print(f"  {gap:+5.1f}  area {area:+5.0%}  {r.copy}, {r.file} {r.zone}")


def sample(folder: Path, number: int) -> list[str]:
    """Every so many of the neutral faces and of the portraits, half of each."""
    names = []
    for pattern in ("london/*neutral.jpg", "portraits/*.jpg"):
        paths = sorted(folder.glob(pattern))
        step = max(2 * len(paths) // number, 1)
        names += [f"{p.parent.name}/{p.name}" for p in paths[step // 2 :: step]]
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=14)
    parser.add_argument("--rows", type=Path, help="what an earlier run kept")
    options = parser.parse_args()
    print_heading()
    folder = need_photographs()
    if options.rows:
        found = [Reading(**r) for r in json.loads(options.rows.read_text())]
    else:
        found = list(measure_copies(folder, sample(folder, options.photos)))
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps([vars(r) for r in found]))
    grades = read_grades(folder)
    graded = {key for key, grade in grades.items() if grade >= LEAST_GRADE}
    report(found, graded)
    print_held(folder, found, graded)


if __name__ == "__main__":
    main()
