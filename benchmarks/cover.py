"""Are lines drawn on what covers skin: glasses, fringe, beard, brows, lashes?

    python benchmarks/cover.py [--seeds 2] [--beards 60]

Phantoms, whose hair and glasses are known pixel by pixel, half of them without a single
wrinkle. A traced line lies on cover where a quarter of it is within 0.3 mm of hair or
of a frame. What kind of hair it is tells the same face drawn with less of it; what lies
over 3 mm outside every zone is an ear, a garment or the backdrop. The same face without
that cover says how far severity is moved by it.

Last, full beards on people, skins, hair colors, lights and cameras at random: how many
are taken for skin, in the zones that lie under most of them.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from common.chain import analyze_phantom
from common.plan_faces import random_phantom
from common.report import Figure, keep, print_heading
from scipy.spatial import cKDTree

from facemap.errors import FacemapError
from facemap.synthetic import HairStyle, Phantom, PhantomParams, draw_phantom
from facemap.types import Analysis
from facemap.wrinkles.tracing import resample_path

#: Never used in development.
FIRST_SEED = 7201
FIRST_BEARD = 71_001
UNDER_BEARD = ("chin", "lower_lip", "jawline_r", "jawline_l")
BARE = PhantomParams(
    size_wh=(1000, 1250), px_per_mm=4.6, hair=HairStyle.SHORT, beard=0.0
)
COVERS: dict[str, dict[str, object]] = {
    "nothing": {},
    "glasses": {"glasses": True},
    "fringe": {"hair": HairStyle.FRINGE},
    "long hair": {"hair": HairStyle.LONG},
    "stubble": {"beard": 0.3},
    "beard": {"beard": 1.0},
    "gray beard": {"beard": 1.0, "gray": 1.0},
    "fringe, glasses": {"hair": HairStyle.FRINGE, "glasses": True},
}
REACH_MM = 0.3
SHARE = 0.25
BESIDE_MM = 3.0
STEP_PX = 1.0
TARGET = 5.0
#: Landmarks of both brows and of both eyes' margins.
BROWS = (70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 300, 293, 334, 296, 336, 276, 283)
EYES = (33, 160, 159, 158, 133, 153, 145, 144, 263, 387, 386, 385, 362, 380, 374, 373)
LIP_CORNERS = (61, 291)


@dataclass(frozen=True)
class OnCover:
    """A traced line that lies on cover."""

    cover: str
    seed: int
    kind: str
    zone: str
    length_mm: float
    share: float


@dataclass(frozen=True)
class Moved:
    """Severity with the cover and without it."""

    cover: str
    seed: int
    zone: str
    without: float
    covered: float | None


def widened(mask: np.ndarray, reach_px: float) -> np.ndarray:
    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= reach_px


def at(mask: np.ndarray, points_px: np.ndarray) -> np.ndarray:
    """Values of a mask under points."""
    x, y = np.round(points_px).astype(int).T
    height, width = mask.shape
    return mask[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]


def masks_of(phantom: Phantom) -> Iterator[tuple[str, np.ndarray]]:
    """Each kind of cover, where it lies; one pixel is of one kind."""
    truth, params = phantom.truth, phantom.params
    yield "glasses", truth.glasses
    plain = replace(params, hair=HairStyle.NONE, beard=0.0, glasses=False)
    own = draw_phantom(plain).truth.hair
    bearded = own
    if params.beard:
        bearded = draw_phantom(replace(plain, beard=params.beard)).truth.hair
    y, x = np.indices(own.shape, np.float32)
    marks = np.asarray(truth.landmarks_px)
    pixels = np.stack([x[own], y[own]], axis=1)
    to_brow, _ = cKDTree(marks[list(BROWS)]).query(pixels)
    to_eye, _ = cKDTree(marks[list(EYES)]).query(pixels)
    lash = np.zeros_like(own)
    lash[own] = to_eye < to_brow
    yield "lashes", lash
    yield "brows", own & ~lash
    beard = bearded & ~own
    (right, left) = marks[list(LIP_CORNERS)]
    slope = (left[1] - right[1]) / (left[0] - right[0])
    above = y < right[1] + slope * (x - right[0])
    yield "moustache", beard & above
    yield "beard", beard & ~above
    yield "head hair", truth.hair & ~bearded


def beside_zones(phantom: Phantom) -> np.ndarray:
    """Where no zone is, nor comes near."""
    inside = np.zeros(phantom.rgb.shape[:2], np.uint8)
    outlines = [
        np.round(np.asarray(zone.outline_px)).astype(np.int32)
        for zone in phantom.truth.zones
        if len(zone.outline_px) > 2
    ]
    for outline in outlines:
        cv2.fillPoly(inside, [outline], 1)
    return ~widened(inside.astype(bool), BESIDE_MM / phantom.truth.mm_per_px)


def on_cover(cover: str, phantom: Phantom, analysis: Analysis) -> Iterator[OnCover]:
    reach_px = REACH_MM / phantom.truth.mm_per_px
    kinds = {kind: widened(mask, reach_px) for kind, mask in masks_of(phantom)}
    kinds["beside the face"] = beside_zones(phantom)
    for line in analysis.lines:
        points = resample_path(np.asarray(line.path_px, float), STEP_PX, 0.01)
        shares = {kind: float(at(mask, points).mean()) for kind, mask in kinds.items()}
        if sum(shares.values()) >= SHARE:
            kind = max(shares, key=lambda k: shares[k])
            share = min(sum(shares.values()), 1.0)
            yield OnCover(
                cover, phantom.params.seed, kind, line.zone, line.length_mm, share
            )


def measure(seeds: int) -> tuple[list[OnCover], list[Moved], dict[str, list[float]]]:
    found, moved = [], []
    lengths: dict[str, list[float]] = defaultdict(list)
    for k in range(seeds):
        # Half of the faces have no line that could be taken for one.
        base = replace(BARE, seed=FIRST_SEED + k, severity=2.0 * (k % 2))
        without: dict[str, float | None] = {}
        for cover, how in COVERS.items():
            phantom, analysis = analyze_phantom(replace(base, **how))
            found += on_cover(cover, phantom, analysis)
            lengths[cover] += [line.length_mm for line in analysis.lines]
            now = {s.zone: s.severity for s in analysis.scores}
            without = without or now
            moved += [
                Moved(cover, base.seed, zone, before, now[zone])
                for zone, before in without.items()
                if before is not None and cover != "nothing"
            ]
    return found, moved, lengths


def report(
    found: list[OnCover], moved: list[Moved], lengths: dict[str, list[float]]
) -> Figure:
    kinds = sorted({f.kind for f in found})
    print("\nmm of traced lines on cover, by its kind, of all mm traced")
    print(f"{'drawn with':18}" + "".join(f"{k:>16}" for k in kinds) + f"{'all':>8}")
    for cover, mm in lengths.items():
        cells = "".join(f"{on(found, cover, kind):16.0f}" for kind in kinds)
        print(f"{cover:18}{cells}{sum(mm):8.0f}")
    print("\nlines on cover:")
    for f in sorted(found, key=lambda f: (f.kind, -f.share * f.length_mm)):
        print(
            f"  {f.kind}: {f.zone}, {f.length_mm:.0f} mm, {f.share:.0%} of it; "
            f"drawn with {f.cover}, seed {f.seed}"
        )
    print("\nseverity with the cover less that without it")
    print(f"{'drawn with':18}{'judged':>8}{'no more':>9}{'rms':>7}  over {TARGET:g}")
    for cover in list(lengths)[1:]:
        own = [m for m in moved if m.cover == cover]
        by = {
            f"{m.zone} ({m.seed})": m.covered - m.without
            for m in own
            if m.covered is not None
        }
        rms = float(np.sqrt(np.mean(np.square(list(by.values())))))
        over = sorted((z for z in by if abs(by[z]) > TARGET), key=lambda z: -abs(by[z]))
        said = ", ".join(f"{zone} {by[zone]:+.0f}" for zone in over)
        print(f"{cover:18}{len(by):8}{len(own) - len(by):9}{rms:7.1f}  {said}")
    total = sum(sum(mm) for mm in lengths.values())
    wrong = sum(f.share * f.length_mm for f in found)
    parts = ", ".join(
        f"{kind} {sum(f.share * f.length_mm for f in found if f.kind == kind):.0f} mm"
        for kind in kinds
    )
    return Figure(
        "drawn glasses, fringe, beard, lashes, ear, garment: lines on them",
        "none",
        f"{len(found)} lines, {wrong:.0f} of {total:.0f} mm traced"
        + (f" ({parts})" if parts else ""),
        not found,
    )


def measure_beards(count: int) -> Figure:
    """Of full beards drawn at random: how many are judged as if they were skin."""
    missed = []
    for k in range(count):
        params = replace(random_phantom(FIRST_BEARD + k), beard=1.0)
        try:
            _, analysis = analyze_phantom(params)
        except FacemapError as error:
            print(f"  beard, seed {params.seed}: {error}")
            continue
        under = [analysis.face_map.region(zone) for zone in UNDER_BEARD]
        seen = sum(r.visible >= 0.5 for r in under)
        missed.append(seen > len(under) / 2)
        if missed[-1]:
            print(f"  beard taken for skin: seed {params.seed}")
    return Figure(
        "full beards drawn at random: taken for skin",
        "none",
        f"{sum(missed)} of {len(missed)}",
        not any(missed),
    )


def on(found: Iterable[OnCover], cover: str, kind: str) -> float:
    own = (f for f in found if f.cover == cover and f.kind == kind)
    return sum(f.share * f.length_mm for f in own)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--beards", type=int, default=60)
    options = parser.parse_args()
    print_heading()
    figure = report(*measure(options.seeds))
    beards = measure_beards(options.beards)
    print(f"{beards.what}: {beards.measured}")
    keep([figure, beards])


if __name__ == "__main__":
    main()
