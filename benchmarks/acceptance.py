"""Every measurable line of part 1's acceptance, on real photographs and phantoms.

    python benchmarks/acceptance.py [--faces DIR] [--every N] [--only NAME ...]

Photographs are read from --faces, else FACEMAP_FACES, else ../shared/faces; without
them only the phantom part runs, and says so.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from common.chain import analyze_phantom
from common.photographs import faces_dir
from common.report import print_heading

from facemap.documents import analysis_document, to_json, validate_document
from facemap.errors import FacemapError
from facemap.photo import load_photo
from facemap.pipeline import analyze_photo
from facemap.render import encode_png
from facemap.synthetic import Phantom, PhantomParams
from facemap.types import ZONE_IDS, Analysis, Photo, ScaleSource
from facemap.wrinkles import get_detector

ROOT = Path(__file__).parents[1]
PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".heic", ".webp", ".tif", ".tiff", ".avif"}


def swap(zone: str) -> str:
    """Name of the zone on the other side."""
    other = {"_l": "_r", "_r": "_l"}
    return zone[:-2] + other[zone[-2:]] if zone[-2:] in other else zone


@cache
def detector():
    return get_detector("ridge")


def run(photo: Photo) -> Analysis:
    return analyze_photo(photo, detector())


def severities(analysis: Analysis) -> dict[str, float | None]:
    return {score.zone: score.severity for score in analysis.scores}


def scaled(photo: Photo, factor: float) -> Photo:
    height, width = photo.rgb.shape[:2]
    size_wh = (round(width * factor), round(height * factor))
    smaller = cv2.resize(photo.rgb, size_wh, interpolation=cv2.INTER_AREA)
    return load_photo(encode_png(smaller), name=photo.file)


def mirrored(photo: Photo) -> Photo:
    return load_photo(encode_png(photo.rgb[:, ::-1]), name=photo.file)


def differences(a: dict, b: dict, rename=lambda zone: zone) -> list[float]:
    return [
        abs(a[z] - b[rename(z)])
        for z in ZONE_IDS
        if a[z] is not None and b[rename(z)] is not None
    ]


def spread(values: list[float]) -> str:
    if not values:
        return "nothing to compare"
    v = np.asarray(values)
    return (
        f"n {len(v)}, median {np.median(v):.2f}, 95 % {np.percentile(v, 95):.2f}, "
        f"max {v.max():.2f}"
    )


def iod_px(landmarks: np.ndarray) -> float:
    """Inter-ocular distance: between the outer corners of the eyes."""
    return float(np.linalg.norm(landmarks[33] - landmarks[263]))


def measure_photos(faces: Path, every: int) -> None:
    paths = sorted(p for p in faces.rglob("*") if p.suffix.lower() in PHOTO_SUFFIXES)
    paths = paths[::every]
    with (faces / "grades.csv").open() as lines:
        graded = defaultdict(dict)
        for row in csv.DictReader(lines):
            if row["reader_1"] and row["reader_2"]:
                graded[row["file"]][row["zone"]] = 0
    failed, ipd_mm, verdicts = [], defaultdict(list), defaultdict(Counter)
    hit = total = 0
    refused: Counter[tuple[str, str]] = Counter()
    by_mirror, by_scale, repeat_differs = [], [], 0
    for number, path in enumerate(paths):
        name = path.relative_to(faces).as_posix()
        try:
            photo = load_photo(path)
            analysis = run(photo)
            document = analysis_document(analysis)
            validate_document(document)
        except FacemapError as error:
            failed.append(f"{name}: {error}")
            continue
        group = path.parent.name
        irises = analysis.frame.landmarks.xy_px[[468, 473]]
        ipd_mm[group].append(
            float(np.linalg.norm(irises[0] - irises[1]))
            * analysis.frame.scale.mm_per_px
        )
        verdicts[group][str(analysis.quality.verdict)] += 1
        found = severities(analysis)
        for region in analysis.face_map.regions:
            if region.id in graded.get(name, ()):
                total += 1
                hit += region.assessable
                if not region.assessable:
                    refused[(region.id, region.reason or "")] += 1
        if number % 4 == 0:
            by_mirror += differences(found, severities(run(mirrored(photo))), swap)
            repeat_differs += to_json(document) != to_json(
                analysis_document(run(photo))
            )
        # Both the photo and its copy at 0.75 must have 3 px/mm or more.
        if 0.75 / analysis.frame.scale.mm_per_px >= 3.0:
            by_scale += differences(found, severities(run(scaled(photo, 0.75))))
    print(f"photographs: {len(paths)} analyzed, {len(failed)} without a document")
    for line in failed:
        print(f"  {line}")
    if total:
        print(
            f"graded zones assessable: {100 * hit / total:.1f} % of {total} (target 95)"
        )
    for (zone, reason), count in refused.most_common(12):
        print(f"  {count:3d}  {zone}: {reason}")
    for group, values in sorted(ipd_mm.items()):
        v = np.asarray(values)
        sd = v.std(ddof=1) if len(v) > 1 else 0.0
        print(f"interpupillary distance, {group}: mean {v.mean():.1f} mm, SD {sd:.1f}")
    both = ipd_mm["london"] + ipd_mm["canada"]
    if both:
        print(f"  london and canada: mean {np.mean(both):.2f} mm (target 61 to 65)")
    for group, counts in sorted(verdicts.items()):
        print(f"quality, {group}: {dict(counts)}")
    print(f"mirrored, severity difference: {spread(by_mirror)} (target 3)")
    print(f"at 0.75 scale, severity difference: {spread(by_scale)} (target 5)")
    print(f"same photo twice, other bytes: {repeat_differs}")


def measure_phantoms() -> None:
    landmark_share, right, planted, found = [], 0, 0, 0
    pose_errors, scale_error = defaultdict(list), defaultdict(list)
    unfound = 0
    base = PhantomParams(size_wh=(1500, 1900))
    cases = [replace(base, seed=s) for s in range(20, 28)]
    cases += [
        replace(base, seed=30 + i, yaw_deg=y)
        for i, y in enumerate((-30, -20, -10, 10, 20, 30))
    ]
    cases += [
        replace(base, seed=40 + i, pitch_deg=p) for i, p in enumerate((-15, -8, 8, 15))
    ]
    cases += [replace(base, seed=50 + i, roll_deg=r) for i, r in enumerate((-15, 15))]
    cases += [
        replace(base, seed=60 + i, ita_deg=t) for i, t in enumerate((-50, -20, 10, 55))
    ]
    cases += [
        replace(base, seed=70 + i, camera_distance_mm=d)
        for i, d in enumerate((500, 800, 2000))
    ]
    for params in cases:
        try:
            phantom, analysis = analyze_phantom(params)
        except FacemapError as error:
            unfound += 1
            print(f"  seed {params.seed}: {error}")
            continue
        truth = phantom.truth
        true_px = np.asarray(truth.landmarks_px)
        gap = np.linalg.norm(analysis.frame.landmarks.xy_px - true_px, axis=1)
        landmark_share.append(float(np.median(gap)) / iod_px(true_px))
        error = analysis.frame.scale.mm_per_px / truth.mm_per_px - 1
        # Turned farther, the iris is no ruler, and the analysis says "assumed".
        measured = analysis.frame.scale.source != ScaleSource.ASSUMED
        scale_error["measured" if measured else "assumed"].append(error)
        for axis in ("yaw_deg", "pitch_deg", "roll_deg"):
            pose_errors[axis].append(
                getattr(analysis.frame.pose, axis) - getattr(params, axis)
            )
        good, all_lines = zone_assignment(phantom, analysis)
        right, planted = right + good, planted + all_lines
        found += len(analysis.lines)
    print(f"phantoms: {len(cases)} drawn, {unfound} without a face found")
    print(
        f"landmarks off by (share of inter-ocular distance, median a face): "
        f"{spread(landmark_share)} (target 0.04)"
    )
    for source, errors in scale_error.items():
        print(
            f"mm/px, {source}, off by: mean {100 * np.mean(errors):+.1f} %, worst "
            f"{100 * max(map(abs, errors)):.1f} % of n {len(errors)} (target 4)"
        )
    for axis, errors in pose_errors.items():
        print(
            f"{axis}: mean error {np.mean(errors):+.2f}, worst "
            f"{max(map(abs, errors)):.2f} (target 3)"
        )
    share = 100 * right / max(planted, 1)
    print(
        f"planted lines that lie in the zone they were planted in: {share:.1f} % of "
        f"{planted} (target 95); lines found: {found}"
    )


def zone_assignment(phantom: Phantom, analysis: Analysis) -> tuple[int, int]:
    """How many planted lines lie, by our outlines, in the zone they were planted in."""
    good = count = 0
    outlines = {
        region.id: region.outline_px.astype(np.float32)
        for region in analysis.face_map.regions
        if len(region.outline_px) > 2
    }
    for line in phantom.truth.lines:
        path = np.asarray(line.path_px)
        votes: Counter[str] = Counter()
        for point in path[:: max(1, len(path) // 25)]:
            at = (float(point[0]), float(point[1]))
            for zone, outline in outlines.items():
                if cv2.pointPolygonTest(outline, at, False) >= 0:
                    votes[zone] += 1
        count += 1
        good += bool(votes) and votes.most_common(1)[0][0] == line.zone
    return good, count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path, default=faces_dir())
    parser.add_argument("--every", type=int, default=1, help="take each Nth photograph")
    parser.add_argument("--only", choices=("photos", "phantoms"))
    args = parser.parse_args()
    print_heading()
    if args.only != "photos":
        measure_phantoms()
    if args.only != "phantoms":
        if (args.faces / "grades.csv").is_file():
            measure_photos(args.faces, args.every)
        else:
            print(f"photographs: none in {args.faces}, that part is left out")


if __name__ == "__main__":
    main()
