"""Are the zones that people could grade assessable, and those they could not, not?

    python benchmarks/zones.py [--every N]

The photographs lie beside the checkout, or where ``FACEMAP_FACES`` says. Prints, per
set and zone, the share of zones that both readers graded and facemap can judge, and
what facemap does with the others; then the time each stage takes on a 12-megapixel
copy.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import time
from collections import defaultdict
from dataclasses import replace

import cv2
from common.chain import map_face
from common.photographs import need_photographs
from common.report import print_heading

from facemap.faceview import cut_view
from facemap.frame import measure_frame
from facemap.landmarks import choose_face, find_faces
from facemap.photo import load_photo
from facemap.segmentation import segment
from facemap.zones import map_surface, map_zones

FACES = need_photographs()


def read_grades() -> dict[str, dict[str, bool]]:
    """For each photo, whether both readers graded each zone."""
    both: dict[str, dict[str, bool]] = defaultdict(dict)
    with (FACES / "grades.csv").open() as file:
        for row in csv.DictReader(file):
            both[row["file"]][row["zone"]] = bool(row["reader_1"] and row["reader_2"])
    return both


def track_assessable(every: int) -> None:
    graded: dict[tuple[str, str], list[bool]] = defaultdict(list)
    ungraded: dict[tuple[str, str], list[bool]] = defaultdict(list)
    misses = []
    for file, zones in sorted(read_grades().items())[::every]:
        face_map = map_face(load_photo(FACES / file)).face_map
        for zone, both in zones.items():
            region = face_map.region(zone)
            key = file.split("/")[0], zone.removesuffix("_r").removesuffix("_l")
            (graded if both else ungraded)[key].append(region.assessable)
            if both and not region.assessable:
                misses.append(f"{file} {zone} {region.visible:.2f} {region.reason}")
    print(f"{'set':10} {'zone':14} {'graded':>14} {'not graded':>16}")
    for key in sorted(graded):
        yes, no = graded[key], ungraded[key]
        print(
            f"{key[0]:10} {key[1]:14} {sum(yes):4}/{len(yes):<4}"
            f"{sum(yes) / len(yes):6.1%}  assessed {sum(no)}/{len(no)}"
        )
    for name in sorted({k[0] for k in graded}):
        yes = [x for k, v in graded.items() if k[0] == name for x in v]
        print(
            f"{name:10} {'all':14} {sum(yes):4}/{len(yes):<4}{sum(yes) / len(yes):6.1%}"
        )
    yes = [x for v in graded.values() for x in v]
    no = [x for v in ungraded.values() for x in v]
    print(f"assessable of those both readers graded: {sum(yes) / len(yes):.2%}")
    if no:
        print(f"refused of those a reader could not grade: {1 - sum(no) / len(no):.0%}")
    print(*misses, sep="\n")


def time_stages(repeats: int = 7) -> None:
    """Median milliseconds on a photo enlarged to 12 megapixels."""
    photo = load_photo(sorted((FACES / "canada").iterdir())[0])
    height, width = photo.rgb.shape[:2]
    scale = (12e6 / (height * width)) ** 0.5
    size = round(width * scale), round(height * scale)
    photo = replace(photo, rgb=cv2.resize(photo.rgb, size))
    frame = measure_frame(photo, choose_face(find_faces(photo)))
    view = cut_view(photo, frame)
    print(f"view {view.size_wh}, {view.px_per_mm:.1f} px/mm")
    spent: dict[str, list[float]] = defaultdict(list)
    for _ in range(repeats):
        start = time.perf_counter()
        surface = map_surface(view, frame)
        after_surface = time.perf_counter()
        segmentation = segment(view, frame, surface)
        after_segment = time.perf_counter()
        map_zones(view, frame, surface, segmentation)
        spent["map_surface"].append(after_surface - start)
        spent["segment"].append(after_segment - after_surface)
        spent["map_zones"].append(time.perf_counter() - after_segment)
    for stage, seconds in spent.items():
        print(f"{stage:12} {1000 * statistics.median(seconds):6.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take one photo in N")
    options = parser.parse_args()
    print_heading()
    track_assessable(options.every)
    time_stages()


if __name__ == "__main__":
    main()
