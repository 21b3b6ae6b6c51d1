"""Verdicts of the photo checks over real photographs, per set and per skin tone.

    python benchmarks/quality.py [--every N]

Reads the photographs from FACEMAP_FACES, or from ``../shared/faces`` beside the
checkout. Skin tone is the individual typology angle (ITA) of the cheeks; the thirds of
each set are compared, because no check may find fault with dark skin for being dark.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from common.chain import map_face
from common.photographs import need_photographs
from common.report import print_heading

from facemap.errors import FacemapError
from facemap.light import LUMINANCE, level_lab, linear_light
from facemap.photo import load_photo
from facemap.quality.rules import load_rules
from facemap.quality.scene import Scene
from facemap.types import Quality, Verdict

SETS = ("london", "canada", "composite", "zoom", "portraits")
ROOT = Path(__file__).parents[1]


def ita_deg(scene: Scene) -> float | None:
    """Individual typology angle of the cheeks, at the photo's own exposure."""
    cheeks = np.logical_or(*scene.cheeks)
    if not cheeks.any():
        return None
    skin = np.median(linear_light(scene.rgb[cheeks][np.newaxis])[0], axis=0)
    luminance = float(skin @ LUMINANCE)
    lightness = 116 * np.cbrt(luminance) - 16
    # level_lab is scaled to L* = 65; chroma goes with the cube root of luminance.
    b = level_lab(skin.astype(float))[2] * np.cbrt(luminance / 0.34)
    return float(np.degrees(np.arctan2(lightness - 50, b)))


def analyze(path: Path) -> tuple[Quality, float | None, float]:
    face = map_face(load_photo(path))
    started = time.perf_counter()
    quality = face.quality
    seconds = time.perf_counter() - started
    scene = Scene(face.photo, face.frame, face.view, face.segmentation, face.face_map)
    tone = ita_deg(scene)
    return quality, tone, seconds


def table(title: str, found: dict[str, list[Quality]]) -> None:
    print(f"\n{title}: percent of photos warned / rejected, ? cannot be judged")
    print(f"{'':20}" + "".join(f"{name:>16}" for name in found))
    for number, rule in enumerate(load_rules()):
        cells = []
        for qualities in found.values():
            checks = [quality.checks[number] for quality in qualities]
            count = Counter(c.verdict for c in checks)
            unknown = sum(c.value is None for c in checks)
            n = max(len(checks), 1)
            cell = (
                f"{100 * count[Verdict.WARN] / n:.0f}/"
                f"{100 * count[Verdict.REJECT] / n:.0f}"
            )
            cells.append(cell + (f" {100 * unknown / n:.0f}?" if unknown else ""))
        print(f"{rule.id:20}" + "".join(f"{cell:>16}" for cell in cells))
    whole = []
    for qualities in found.values():
        count = Counter(q.verdict for q in qualities)
        whole.append("/".join(str(count[v]) for v in Verdict))
    print(f"{'pass/warn/reject':20}" + "".join(f"{cell:>16}" for cell in whole))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="every N-th photo only")
    every = parser.parse_args().every
    folder = need_photographs()
    print_heading()
    by_set: dict[str, list[Quality]] = defaultdict(list)
    tones: dict[str, list[tuple[float, Quality]]] = defaultdict(list)
    times = []
    for name in SETS:
        for path in sorted((folder / name).glob("*.jpg"))[::every]:
            try:
                quality, tone, seconds = analyze(path)
            except FacemapError as error:
                print(f"{name}/{path.name}: {error}")
                continue
            by_set[name].append(quality)
            times.append(seconds)
            if tone is not None:
                tones[name].append((tone, quality))
    table("By set", by_set)
    for name in ("london", "portraits"):
        rows = sorted(tones[name], key=lambda row: row[0])
        thirds = np.array_split(np.arange(len(rows)), 3)
        by_tone = {
            f"ITA {rows[t[0]][0]:.0f} to {rows[t[-1]][0]:.0f}": [rows[i][1] for i in t]
            for t in thirds
            if len(t)
        }
        table(f"{name} by skin tone, dark to light", by_tone)
    print(f"\ncheck_quality: median {1000 * np.median(times):.0f} ms a photo")
    return 0


if __name__ == "__main__":
    sys.exit(main())
