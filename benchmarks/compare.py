"""Is a change found where there is one, and none where there is none?

    python benchmarks/compare.py [--photos N] [--faces N] [--only PART] [--seed N]

Photographs: two copies of one photo, in other exposure, color, compression, size,
noise, blur, roll, side light and framing, show no change; so do drawn faces shot again.
Then the detail of one zone that the readers grade 1.5 and more is made weaker by 30 %,
and the photo copied. Besides: faces at rest and smiling, other people, filtered photos,
how exactly skin is found again on drawn faces, and the time that two photos take.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from common.photographs import need_photographs, read_grades
from common.report import Figure, keep, print_heading
from nuisance import LINEAR, copies, encoded

from facemap.comparison import Comparison, ZoneVerdict
from facemap.comparison.registration import Registration
from facemap.geometry import photo_to_view, sample_grid
from facemap.photo import load_photo
from facemap.pipeline import Sight, see_photo
from facemap.service import open_service
from facemap.synthetic import HairStyle, PhantomParams, draw_phantom, encode_phantom
from facemap.synthetic.draw import make_camera
from facemap.synthetic.head import build_head
from facemap.types import ZONE_IDS, Photo
from facemap.wrinkles import get_detector

PARTS = ("still", "planted", "shot", "moved", "people", "filters", "skin", "speed")
#: Never used in development.
FIRST_SEED = 9301
SERVICE = open_service()
CALLED = (ZoneVerdict.BETTER, ZoneVerdict.WORSE)
#: From what is made weaker to its ground, in millimeters; folds are broad.
GROUND_MM, FOLD_GROUND_MM = 2.5, 5.0
WEAKER = 0.3


@dataclass(frozen=True)
class Tally:
    """Zones of comparisons in which nothing, or nothing there, changed."""

    compared: int = 0
    called: int = 0
    better: int = 0
    lost: int = 0

    def add(self, made: Comparison, *, but: str = "") -> Tally:
        """Count the zones, without one."""
        own = [c for c in made.changes if c.zone != but]
        judged = [c for c in own if c.delta is not None]
        return Tally(
            self.compared + len(judged),
            self.called + sum(c.verdict in CALLED for c in judged),
            self.better + sum(c.verdict is ZoneVerdict.BETTER for c in judged),
            # Both photos could judge them.
            self.lost
            + sum(
                c.delta is None and c.before is not None and c.after is not None
                for c in own
            ),
        )

    @property
    def rate(self) -> float:
        return self.called / max(self.compared, 1)

    @property
    def kept(self) -> float:
        return self.compared / max(self.compared + self.lost, 1)


def see(photo: Photo, rgb: np.ndarray | None = None) -> Sight:
    if rgb is not None:
        photo = replace(photo, rgb=np.ascontiguousarray(rgb))
    return see_photo(photo, get_detector())


def copied(photo: Photo, rng: random.Random) -> tuple[str, np.ndarray]:
    """One of the photo's copies, or a crop of nine tenths of it."""
    rgb = np.asarray(photo.rgb)
    made = dict(copies(rgb))
    height, width = rgb.shape[:2]
    made["10 % crop"] = rgb[height // 20 : -height // 20, width // 20 : -width // 20]
    name = rng.choice(sorted(made))
    return name, made[name]


def weakened(photo: Photo, sight: Sight, zone: str) -> np.ndarray:
    """Make the detail of one zone weaker, with a soft border."""
    view = sight.view
    own = sight.analysis.face_map.labels == ZONE_IDS.index(zone) + 1
    x0, y0 = (round(v) for v in view.origin_px)
    height, width = (round(n * view.step) for n in own.shape)
    mask = np.zeros(photo.rgb.shape[:2], np.float32)
    part = mask[y0 : y0 + height, x0 : x0 + width]
    part[:] = cv2.resize(own.astype(np.float32), (width, height))[
        : part.shape[0], : part.shape[1]
    ]
    px_per_mm = view.photo_px_per_mm
    mask = cv2.GaussianBlur(mask, (0, 0), px_per_mm)
    logs = np.log(LINEAR[photo.rgb] + 1e-3)
    fold = zone.startswith(("nasolabial", "marionette"))
    ground_mm = FOLD_GROUND_MM if fold else GROUND_MM
    ground = cv2.GaussianBlur(logs, (0, 0), ground_mm * px_per_mm)
    return encoded(np.exp(logs - WEAKER * mask[..., None] * (logs - ground)) - 1e-3)


def measure_still(folder: Path, names: list[str], seed: int) -> list[Figure]:
    tally, doubted = Tally(), 0
    for k, name in enumerate(names):
        rng, photo = random.Random(f"{seed} {name}"), load_photo(folder / name)
        shots = [copied(photo, rng) for _ in range(2)]
        made = SERVICE.compare(*(see(photo, rgb) for _, rgb in shots))
        tally = tally.add(made)
        doubted += refused(made)
        label = f"{name}: {shots[0][0]} > {shots[1][0]}"
        print_called(label, made)
        print(f"  {k + 1} of {len(names)}", end="\r", flush=True)
    print(f"still: {tally}, doubted {doubted} of {len(names)}")
    return [
        Figure(
            "two copies of a photo: zones called changed",
            "5 % at most",
            f"{tally.rate:.1%} of {tally.compared} ({len(names)} photos)",
            tally.rate <= 0.05,
        ),
        Figure(
            "two copies of a photo: zones that stay comparable",
            "90 %",
            f"{tally.kept:.1%}",
            tally.kept >= 0.9,
        ),
        Figure(
            "one person, two copies: wrongly doubted",
            "2 % at most",
            f"{doubted} of {len(names)}",
            doubted <= 0.02 * len(names),
        ),
    ]


def refused(made: Comparison) -> bool:
    return any(c.id == "same_skin" and c.verdict == "reject" for c in made.checks)


def print_called(label: str, made: Comparison, but: str = "") -> None:
    for c in made.changes:
        if c.verdict in CALLED and c.zone != but:
            print(f"  {label}: {c.zone} {c.before:.1f} > {c.after:.1f} (sd {c.sd:.1f})")


def measure_planted(
    folder: Path, zones: list[tuple[str, str]], seed: int
) -> list[Figure]:
    tally, found, judged = Tally(), defaultdict(list), 0
    for name, zone in zones:
        rng, photo = random.Random(f"{seed} {name} {zone}"), load_photo(folder / name)
        first = see(photo)
        other = replace(photo, rgb=np.ascontiguousarray(weakened(photo, first, zone)))
        copy, rgb = copied(other, rng)
        made = SERVICE.compare(first, see(other, rgb))
        change = made.changes[ZONE_IDS.index(zone)]
        tally = tally.add(made, but=zone)
        print_called(f"{name} ({zone}), {copy}", made, but=zone)
        if change.delta is None:
            print(f"  {name}: {zone} not comparable: {change.reasons}")
            continue
        judged += 1
        hit = change.verdict is ZoneVerdict.BETTER
        found[zone.removesuffix("_r").removesuffix("_l")].append(hit)
        if not hit:
            print(
                f"  missed {name}, {copy}: {zone} {change.before:.1f} > "
                f"{change.after:.1f} (sd {change.sd:.1f})"
            )
    hits = sum(map(sum, found.values()))
    share, others = hits / max(judged, 1), tally.better / max(tally.compared, 1)
    said = ", ".join(f"{k} {sum(v)} of {len(v)}" for k, v in sorted(found.items()))
    print(f"planted: {hits} of {judged} ({said}); others {tally}")
    return [
        Figure(
            "detail of a zone 30 % weaker, and copied: called better",
            "85 %",
            f"{share:.0%} of {judged} ({said})",
            share >= 0.85,
        ),
        Figure(
            "the other zones of the same photos: called better",
            "5 % at most",
            f"{others:.1%} of {tally.compared}",
            others <= 0.05,
        ),
    ]


def phantom(params: PhantomParams) -> Sight:
    content = encode_phantom(draw_phantom(params), "png")
    return SERVICE.see(content, name="phantom.png")


def drawn(faces: int, seed: int) -> Iterator[tuple[random.Random, PhantomParams]]:
    for k in range(faces):
        rng = random.Random(f"{seed} {k}")
        yield (
            rng,
            PhantomParams(
                seed=FIRST_SEED + k,
                size_wh=(1000, 1250),
                px_per_mm=4.6,
                severity=rng.uniform(0.5, 3.5),
                ita_deg=rng.choice([55.0, 35.0, 15.0, -10.0, -30.0, -50.0]),
                camera_distance_mm=1200.0,
                hair=HairStyle.SHORT,
            ),
        )


def shot_again(params: PhantomParams, rng: random.Random) -> PhantomParams:
    """Turn by up to 3 degrees, step nearer or back by up to a tenth."""
    return replace(
        params,
        yaw_deg=rng.uniform(-3, 3),
        pitch_deg=rng.uniform(-3, 3),
        roll_deg=rng.uniform(-3, 3),
        camera_distance_mm=params.camera_distance_mm * rng.uniform(0.9, 1.1),
    )


def measure_shot(faces: int, seed: int) -> list[Figure]:
    tally, deltas = Tally(), []
    for rng, params in drawn(faces, seed):
        first = phantom(params)
        made = SERVICE.compare(first, phantom(shot_again(params, rng)))
        tally = tally.add(made)
        print_called(f"seed {params.seed}", made)
        # The same face with shallower lines, shot again and as it was.
        milder = replace(params, severity=0.7 * float(params.severity))
        again = shot_again(milder, rng)
        still, moved = (SERVICE.compare(first, phantom(p)) for p in (milder, again))
        deltas += [
            (a.delta - b.delta) / a.sd
            for a, b in zip(moved.changes, still.changes, strict=True)
            if a.delta is not None and b.delta is not None
        ]
    within = float(np.mean(np.abs(deltas) <= 1.96))
    return [
        Figure(
            "drawn faces shot again (3 degrees, 10 % of distance): called changed",
            "5 % at most",
            f"{tally.rate:.1%} of {tally.compared} ({faces} faces)",
            tally.rate <= 0.05,
        ),
        Figure(
            "drawn faces shot again: zones that stay comparable",
            "90 %",
            f"{tally.kept:.1%}",
            tally.kept >= 0.9,
        ),
        Figure(
            "drawn change, shot again: delta within its own error of the still one",
            "90 %",
            f"{within:.1%} of {len(deltas)}",
            within >= 0.9,
        ),
    ]


def measure_moved(folder: Path, names: list[str]) -> list[Figure]:
    mouth_eyes = ("crow_feet", "nasolabial", "upper_lip", "lower_lip", "marionette")
    left_in, zones, doubted, pairs = 0, 0, 0, 0
    fits: list[tuple[float, float]] = []
    for name in names:
        smile = name.replace("neutral", "smile")
        if "neutral" not in name or not (folder / smile).is_file():
            continue
        made = SERVICE.compare(*(see(load_photo(folder / n)) for n in (name, smile)))
        own = [c for c in made.changes if c.zone.startswith(mouth_eyes)]
        bad = [c.zone for c in own if c.delta is not None or not c.reasons]
        if bad:
            print(f"  {name}: compared though smiling: {', '.join(bad)}")
        left_in, zones, pairs = left_in + len(bad), zones + len(own), pairs + 1
        doubted += refused(made)
        fits.append((made.registration.mesh_agreement, made.registration.agreement))
    by_mesh, refined = np.median(fits, axis=0)
    better = sum(after > before for before, after in fits)
    return [
        Figure(
            "one person, rest and smile: the skin's pattern correlates",
            "better than by landmarks alone",
            f"median {refined:.2f}, by landmarks alone {by_mesh:.2f}; better in "
            f"{better} of {pairs}",
            better == pairs,
        ),
        Figure(
            "rest against smile: zones of mouth and eyes not compared, with the reason",
            "all",
            f"{1 - left_in / max(zones, 1):.1%} of {zones} ({pairs} people)",
            left_in == 0,
        ),
        Figure(
            "one person, rest and smile: wrongly doubted",
            "2 % at most",
            f"{doubted} of {pairs}",
            doubted <= 0.02 * pairs,
        ),
    ]


def measure_people(folder: Path, names: list[str], seed: int) -> list[Figure]:
    rng, doubted, pairs = random.Random(seed), 0, 0
    shuffled = names[:]
    rng.shuffle(shuffled)
    for one, other in zip(shuffled, shuffled[1:] + shuffled[:1], strict=True):
        if one.split("_")[0] == other.split("_")[0]:
            continue
        made = SERVICE.compare(*(see(load_photo(folder / n)) for n in (one, other)))
        pairs += 1
        if refused(made):
            doubted += 1
        else:
            print(f"  {one}, {other}: {made.registration.agreement:.2f}, not doubted")
    return [
        Figure(
            "two people: doubted, from registration alone",
            "80 %",
            f"{doubted} of {pairs}",
            doubted >= 0.8 * pairs,
        )
    ]


def measure_filters(folder: Path, names: list[str]) -> list[Figure]:
    said = 0
    for name in names:
        photo = load_photo(folder / name)
        first = see(photo)
        reach = first.view.photo_px_per_mm
        soft = cv2.bilateralFilter(np.asarray(photo.rgb), 0, 25, 0.9 * reach)
        made = SERVICE.compare(first, see(photo, soft))
        ok = not made.comparable and any(c.id == "texture" for c in made.checks)
        said += ok
        if not ok:
            print(f"  {name}: a beauty filter went unsaid")
    return [
        Figure(
            "a photo and its filtered copy: said, and not scored",
            "all",
            f"{said} of {len(names)}",
            said == len(names),
        )
    ]


def off_mm(
    before: Sight, after: Sight, made: Registration, params: tuple[PhantomParams, ...]
) -> np.ndarray:
    """How far from the truth skin is found, over a net of spots on the head."""
    u, v = np.meshgrid(np.linspace(0.12, 0.88, 50), np.linspace(0.08, 0.95, 60))
    uv = np.column_stack([u.ravel(), v.ravel()])
    here, there = (
        photo_to_view(make_camera(p, head).project(head.points_at(uv)), sight.view)
        for p, sight, head in zip(
            params, (before, after), map(build_head, params), strict=True
        )
    )
    surface = before.surface
    seen = [
        sample_grid(layer, here, surface.grid_vx) for layer in (surface.u, surface.v)
    ]
    cells = (here + 0.5) / made.step_vx - 0.5
    x, y, known = (
        cv2.remap(
            np.asarray(layer, np.float32),
            cells[:, :1].astype(np.float32),
            cells[:, 1:].astype(np.float32),
            cv2.INTER_LINEAR,
        )[:, 0]
        for layer in (made.x_vx, made.y_vx, made.known)
    )
    # What the mesh says lies there is the spot, not what is in front of it.
    shown = (np.hypot(*(seen - uv.T)) < 0.03) & (known > 0.99)
    return np.hypot(x - there[:, 0], y - there[:, 1])[shown] / after.view.px_per_mm


def measure_skin(faces: int, seed: int) -> list[Figure]:
    off = []
    for rng, params in drawn(faces, seed + 1):
        other = replace(
            params,
            yaw_deg=rng.uniform(-5, 5),
            pitch_deg=rng.uniform(-5, 5),
            roll_deg=rng.uniform(-5, 5),
            light_azimuth_deg=params.light_azimuth_deg + rng.uniform(-20, 20),
        )
        first, second = phantom(params), phantom(other)
        made = SERVICE.compare(first, second)
        off.append(off_mm(first, second, made.registration, (params, other)))
    every = np.concatenate(off)
    median, most = float(np.median(every)), float(np.quantile(every, 0.95))
    return [
        Figure(
            "drawn faces, 5 degrees apart: how far off skin is found",
            "0.3 mm; 95 % within 1 mm",
            f"median {median:.2f} mm, 95 % within {most:.2f} mm ({faces} pairs)",
            median <= 0.3 and most <= 1,
        )
    ]


def measure_speed(runs: int = 7) -> list[Figure]:
    params = PhantomParams(seed=1, size_wh=(3000, 4000))
    contents = [
        encode_phantom(draw_phantom(p), "jpeg", quality=92)
        for p in (params, replace(params, yaw_deg=2.0))
    ]

    def seconds(compared: bool) -> float:
        start = time.perf_counter()
        if compared:
            SERVICE.compare(*(SERVICE.see(c, name="p.jpg") for c in contents))
        else:
            SERVICE.analyze(contents[0], name="p.jpg")
        return time.perf_counter() - start

    seconds(True)
    ratios = [seconds(True) / seconds(False) for _ in range(runs)]
    ratio = statistics.median(ratios)
    return [
        Figure(
            "two 12-megapixel photos compared, in analyses of one",
            "under 4",
            f"median {ratio:.1f} of {runs} runs ({max(ratios):.1f} at most)",
            ratio < 4,
        )
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=60, help="per part")
    parser.add_argument("--faces", type=int, default=8, help="drawn ones, per part")
    parser.add_argument("--only", choices=PARTS, nargs="*", default=PARTS)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print_heading()
    folder = need_photographs()
    grades = read_grades(folder)
    rng = random.Random(args.seed)
    names = sorted({name for name, _ in grades})
    strong = sorted(
        key for key, grade in grades.items() if grade >= 1.5 and key[1] != "upper_lip"
    )
    some = rng.sample(names, min(args.photos, len(names)))
    neutral = [n for n in names if "neutral" in n][: args.photos]
    measures = {
        "still": lambda: measure_still(folder, some, args.seed),
        "planted": lambda: measure_planted(
            folder, rng.sample(strong, min(args.photos, len(strong))), args.seed
        ),
        "shot": lambda: measure_shot(args.faces, args.seed),
        "moved": lambda: measure_moved(folder, neutral),
        "people": lambda: measure_people(folder, some, args.seed),
        "filters": lambda: measure_filters(folder, some[::6]),
        "skin": lambda: measure_skin(args.faces, args.seed),
        "speed": measure_speed,
    }
    for part in args.only:
        print(f"-- {part}", flush=True)
        for figure in (figures := measures[part]()):
            reached = "reached" if figure.reached else "not reached"
            print(f"{figure.what}: {figure.measured} ({figure.target}; {reached})")
        keep(figures)


if __name__ == "__main__":
    main()
