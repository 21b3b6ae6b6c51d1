"""Is a change found where there is one, and none where there is none?

    python benchmarks/compare.py [--only PART ...] [--photos N] [--faces N] [--jobs N]
                                 [--again]

Photographs: two copies of one photo, in other exposure, color, compression, size,
noise, blur, roll, side light and framing, show no change; so do drawn faces shot again
one person seen from four distances, and photos with a tenth more or less contrast or
gamma, as another camera gives them; another person sits in a dim room. Then the detail
of one zone that the readers grade 1.5 and more is made weaker by 30 %, and the photo
copied. Besides: faces at rest and smiling, other people, filtered photos, another view,
how exactly skin is found again on drawn faces, and the time that two photos take.

What was measured of every pair is kept in `benchmarks/out/compare`; `--again` judges
that once more, as after a change of the noise that a change is held against.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from itertools import combinations
from math import hypot
from pathlib import Path

import cv2
import numpy as np
from common.photographs import need_photographs, read_grades
from common.report import ROOT, Figure, keep, print_heading
from nuisance import LINEAR, copies, encoded

from facemap.comparison import (
    Likeness,
    Registration,
    Repeatability,
    ZoneVerdict,
    judge_zones,
)
from facemap.errors import FacemapError
from facemap.geometry import photo_to_view, sample_grid
from facemap.photo import load_photo
from facemap.pipeline import Sight, see_photo
from facemap.service import open_service
from facemap.synthetic import HairStyle, PhantomParams, draw_phantom, encode_phantom
from facemap.synthetic.draw import make_camera
from facemap.synthetic.head import build_head
from facemap.types import ZONE_IDS, Photo
from facemap.wrinkles import get_detector

KEPT = ROOT / "benchmarks" / "out" / "compare"
#: Never used in development; the noise was chosen on 24 faces from 9301 on.
FIRST_SEED = 9401
SERVICE = open_service()
CALLED = (ZoneVerdict.BETTER, ZoneVerdict.WORSE)
#: From what is made weaker to its ground, in millimeters; folds are broad.
GROUND_MM, FOLD_GROUND_MM = 2.5, 5.0
WEAKER = 0.3
#: Points: less is hardly seen between two shots of a face that was turned.
FELL = 2.0
#: What another camera, or another setting of it, does to codes from 0 to 1.
TONES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "contrast 0.9": lambda x: 0.5 + 0.9 * (x - 0.5),
    "contrast 1.1": lambda x: 0.5 + 1.1 * (x - 0.5),
    "gamma 0.9": lambda x: x**0.9,
    "gamma 1.1": lambda x: x**1.1,
}
MOUTH_EYES = ("crow_feet", "nasolabial", "upper_lip", "lower_lip", "marionette")


@dataclass(frozen=True)
class Seen:
    """What was measured of one pair.

    Attributes
    ----------
    label : str
    kind : str
        Which pairs of its part it belongs to.
    target : str
        The one zone that was changed.
    zones : dict of str to list of float
        Severity before and after, of zones that could be compared.
    lost : list of str
        Zones that each photo can judge by itself, and the two cannot compare.
    unsaid : list of str
        Zones that were not compared, without a reason.
    rejected : list of str
        Checks that keep the pair, or a part of it, from being compared.
    off_mm : list of float
        How far from the truth skin was found.
    """

    label: str
    kind: str
    target: str
    zones: dict[str, list[float]]
    lost: list[str]
    unsaid: list[str]
    rejected: list[str]
    agreement: float
    mesh_agreement: float
    turned_deg: float
    contrast: float
    moves_otherwise: bool
    off_mm: list[float] = field(default_factory=list)

    @property
    def doubted(self) -> bool:
        return "same_skin" in self.rejected

    @property
    def verdicts(self) -> dict[str, tuple[float, float, ZoneVerdict]]:
        """Per zone its change, the deviation of that, and what it is called."""
        return _judged(self)


def _judged(seen: Seen) -> dict[str, tuple[float, float, ZoneVerdict]]:
    pairs = {zone: (before, after) for zone, (before, after) in seen.zones.items()}
    sds, _, verdicts = judge_zones(
        pairs,
        Likeness(seen.agreement, seen.turned_deg, seen.contrast),
        Repeatability(),
        seen.moves_otherwise,
    )
    return {z: (b - a, sds[z], verdicts[z]) for z, (a, b) in pairs.items()}


def seen(
    label: str,
    before: Sight,
    after: Sight,
    *,
    kind: str = "",
    target: str = "",
    truth: tuple[PhantomParams, PhantomParams] | None = None,
) -> Seen:
    """Compare, and keep what counts."""
    made = SERVICE.compare(before, after)
    first, second = (s.analysis.frame.pose for s in (before, after))
    judged = [c for c in made.changes if c.delta is not None]
    left = [c for c in made.changes if c.delta is None]
    off = off_mm(before, after, made.registration, truth) if truth else np.empty(0)
    found = Seen(
        label,
        kind,
        target,
        {c.zone: [c.before, c.after] for c in judged},
        [c.zone for c in left if c.before is not None and c.after is not None],
        [c.zone for c in left if not c.reasons],
        [c.id for c in made.checks if c.verdict == "reject"],
        made.registration.agreement,
        made.registration.mesh_agreement,
        hypot(first.yaw_deg - second.yaw_deg, first.pitch_deg - second.pitch_deg),
        next(c.value for c in made.checks if c.id == "contrast") or 1.0,
        made.moves_otherwise,
        [round(float(v), 3) for v in off[::7]],
    )
    # Judged again it must be what the product said.
    assert all(found.verdicts[c.zone][2] is c.verdict for c in judged)
    return found


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


def phantom(params: PhantomParams) -> Sight:
    content = encode_phantom(draw_phantom(params), "png")
    return SERVICE.see(content, name="phantom.png")


def drawn(k: int, seed: int) -> tuple[random.Random, PhantomParams]:
    """Return the k-th face, and what its other photos are drawn with."""
    rng = random.Random(f"{seed} {k}")
    return rng, PhantomParams(
        seed=FIRST_SEED + k,
        size_wh=(1000, 1250),
        px_per_mm=4.6,
        severity=rng.uniform(0.5, 3.5),
        ita_deg=rng.choice([55.0, 35.0, 15.0, -10.0, -30.0, -50.0]),
        camera_distance_mm=1200.0,
        hair=HairStyle.SHORT,
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


# -- measuring: each takes one job of its part, and yields what it saw


@cache
def folder() -> Path:
    return need_photographs()


def see_still(name: str, seed: int) -> Iterator[Seen]:
    rng, photo = random.Random(f"{seed} {name}"), load_photo(folder() / name)
    shots = [copied(photo, rng) for _ in range(2)]
    label = f"{name}: {shots[0][0]} > {shots[1][0]}"
    yield seen(label, *(see(photo, rgb) for _, rgb in shots))


def see_planted(job: tuple[str, tuple[str, ...]], seed: int) -> Iterator[Seen]:
    name, zones = job
    photo = load_photo(folder() / name)
    first = see(photo)
    for zone in zones:
        rng = random.Random(f"{seed} {name} {zone}")
        other = replace(photo, rgb=np.ascontiguousarray(weakened(photo, first, zone)))
        copy, rgb = copied(other, rng)
        yield seen(f"{name}, {copy}", first, see(other, rgb), target=zone)


def see_shot(k: int, seed: int) -> Iterator[Seen]:
    rng, params = drawn(k, seed)
    first, label = phantom(params), f"seed {params.seed}"
    yield seen(label, first, phantom(shot_again(params, rng)), kind="no change")
    # The same face with shallower lines, shot again and as it was.
    milder = replace(params, severity=0.7 * float(params.severity))
    again = shot_again(milder, rng)
    yield seen(label, first, phantom(milder), kind="milder")
    yield seen(label, first, phantom(again), kind="milder, shot again")


def see_pair(pair: tuple[str, str], seed: int) -> Iterator[Seen]:
    del seed
    sights = (see(load_photo(folder() / name)) for name in pair)
    yield seen(" > ".join(pair), *sights)


def see_turned(k: int, seed: int) -> Iterator[Seen]:
    rng, params = drawn(k, seed + 2)
    yaw = rng.choice((-1, 1)) * rng.uniform(30, 50)
    sights = phantom(params), phantom(replace(params, yaw_deg=yaw))
    yield seen(f"seed {params.seed}, {yaw:.0f} degrees", *sights)


def see_filtered(name: str, seed: int) -> Iterator[Seen]:
    del seed
    photo = load_photo(folder() / name)
    first = see(photo)
    reach = 0.9 * first.view.photo_px_per_mm
    soft = cv2.bilateralFilter(np.asarray(photo.rgb), 0, 25, reach)
    yield seen(name, first, see(photo, soft))


def see_toned(name: str, seed: int) -> Iterator[Seen]:
    rng, photo = random.Random(f"{seed} {name}"), load_photo(folder() / name)
    first = see(photo)
    for tone, curve in TONES.items():
        codes = 255 * np.clip(curve(np.arange(256) / 255), 0, 1)
        other = replace(photo, rgb=np.rint(codes).astype(np.uint8)[photo.rgb])
        copy, rgb = copied(other, rng)
        yield seen(f"{name}, {tone}, {copy}", first, see(other, rgb), kind=tone)


def see_skin(k: int, seed: int) -> Iterator[Seen]:
    rng, params = drawn(k, seed + 1)
    other = replace(
        params,
        yaw_deg=rng.uniform(-5, 5),
        pitch_deg=rng.uniform(-5, 5),
        roll_deg=rng.uniform(-5, 5),
        light_azimuth_deg=params.light_azimuth_deg + rng.uniform(-20, 20),
    )
    sights = phantom(params), phantom(other)
    yield seen(f"seed {params.seed}", *sights, truth=(params, other))


# -- figures, of what was seen


def figures_still(found: list[Seen]) -> Iterator[Figure]:
    yield from unchanged("two copies of a photo", found, f"{len(found)} photos")
    yield doubts("one person, two copies: wrongly doubted", found)


def figures_planted(found: list[Seen]) -> Iterator[Figure]:
    hits: dict[str, list[bool]] = defaultdict(list)
    for pair in found:
        if pair.target not in pair.zones:
            print(f"  {pair.label}: {pair.target} not comparable: {pair.rejected}")
            continue
        delta, sd, verdict = pair.verdicts[pair.target]
        hit = verdict is ZoneVerdict.BETTER
        hits[pair.target.removesuffix("_r").removesuffix("_l")].append(hit)
        if not hit:
            before, after = pair.zones[pair.target]
            print(
                f"  missed {pair.label}: {pair.target} {before:.1f} > {after:.1f} "
                f"({delta:+.1f}, sd {sd:.1f})"
            )
    every = [hit for of_kind in hits.values() for hit in of_kind]
    said = ", ".join(f"{k} {sum(v)} of {len(v)}" for k, v in sorted(hits.items()))
    yield Figure(
        "detail of a zone 30 % weaker, and copied: called better",
        "85 %",
        f"{np.mean(every):.1%} of {len(every)} ({said})",
        bool(np.mean(every) >= 0.85),
    )
    others = [v for p in found for z, v in p.verdicts.items() if z != p.target]
    better = float(np.mean([v is ZoneVerdict.BETTER for _, _, v in others]))
    worse = float(np.mean([v is ZoneVerdict.WORSE for _, _, v in others]))
    yield Figure(
        "the other zones of the same photos: called better",
        "5 % at most",
        f"{better:.1%} of {len(others)}; worse {worse:.1%}",
        better <= 0.05,
    )


def figures_shot(found: list[Seen]) -> Iterator[Figure]:
    by_kind: dict[str, list[Seen]] = defaultdict(list)
    for pair in found:
        by_kind[pair.kind].append(pair)
    again = by_kind["no change"]
    what = "drawn faces shot again (3 degrees, 10 % of distance)"
    yield from unchanged(what, again, f"{len(again)} faces")
    off = []
    for still, moved in zip(
        by_kind["milder"], by_kind["milder, shot again"], strict=True
    ):
        other = moved.verdicts
        for zone, (delta, _, _) in still.verdicts.items():
            if zone in other:
                off.append((other[zone][0] - delta) / other[zone][1])
    within = float(np.mean(np.abs(off) <= 1.96))
    yield Figure(
        "drawn change, shot again: delta within its own error of the still one",
        "90 %",
        f"{within:.1%} of {len(off)}",
        within >= 0.9,
    )
    yield milder_found(by_kind["milder"], by_kind["milder, shot again"])


def milder_found(still: list[Seen], again: list[Seen]) -> Figure:
    """How many zones whose lines were drawn milder are called better, shot again."""
    fell = [
        moved.verdicts[zone][2]
        for one, moved in zip(still, again, strict=True)
        for zone, (delta, _, _) in one.verdicts.items()
        if delta < -FELL and zone in moved.verdicts
    ]
    n = sum(verdict is ZoneVerdict.BETTER for verdict in fell)
    return Figure(
        f"drawn faces with milder lines all over, shot again: zones that fell by over "
        f"{FELL:g} points, called better",
        "told, no target",
        f"{n} of {len(fell)}",
        None,
    )


def figures_near(found: list[Seen]) -> Iterator[Figure]:
    # Near the camera a few centimeters change the face: much is rightly left out.
    called, kept = unchanged(
        "one person from 15 to 60 cm", found, f"{len(found)} pairs"
    )
    yield from (called, replace(kept, target="told, no target", reached=None))
    within = [abs(d) <= 1.96 * sd for p in found for d, sd, _ in p.verdicts.values()]
    yield Figure(
        "one person from 15 to 60 cm: delta within its own error",
        "95 % expected",
        f"{np.mean(within):.0%} of {len(within)}",
        None,
    )
    yield doubts("one person from 15 to 60 cm: wrongly doubted", found)


def figures_dim(found: list[Seen]) -> Iterator[Figure]:
    yield doubts("one person, webcam in a dim room: wrongly doubted", found)


def figures_moved(found: list[Seen]) -> Iterator[Figure]:
    fits = np.array([(p.mesh_agreement, p.agreement) for p in found])
    by_mesh, refined = np.median(fits, axis=0)
    better = int((fits[:, 1] > fits[:, 0]).sum())
    yield Figure(
        "one person, rest and smile: the skin's pattern correlates",
        "better than by landmarks alone",
        f"median {refined:.2f}, by landmarks alone {by_mesh:.2f}; better in "
        f"{better} of {len(found)}",
        better == len(found),
    )
    own = [z for z in ZONE_IDS if z.startswith(MOUTH_EYES)]
    bad = [(p.label, z) for p in found for z in own if z in p.zones or z in p.unsaid]
    for label, zone in bad:
        print(f"  {label}: {zone} compared though smiling, or no reason given")
    yield Figure(
        "rest against smile: zones of mouth and eyes not compared, with the reason",
        "all",
        f"{1 - len(bad) / (len(found) * len(own)):.1%} of {len(found) * len(own)} "
        f"({len(found)} people)",
        not bad,
    )
    rest = [v for p in found for z, v in p.verdicts.items() if z not in own]
    called = sum(verdict in CALLED for _, _, verdict in rest)
    yield Figure(
        "rest against smile: other zones that are compared, called changed",
        "told, no target",
        f"{called} of {len(rest)}",
        None,
    )
    yield doubts("one person, rest and smile: wrongly doubted", found)


def figures_people(found: list[Seen]) -> Iterator[Figure]:
    for pair in found:
        if not pair.doubted:
            print(f"  {pair.label}: {pair.agreement:.2f}, not doubted")
    n = sum(pair.doubted for pair in found)
    yield Figure(
        "two people: doubted, from registration alone",
        "80 %",
        f"{n} of {len(found)}",
        n >= 0.8 * len(found),
    )


def figures_filters(found: list[Seen]) -> Iterator[Figure]:
    said = [p for p in found if not p.zones and "texture" in p.rejected]
    for pair in found:
        if pair not in said:
            print(f"  {pair.label}: a beauty filter went unsaid")
    yield Figure(
        "a photo and its filtered copy: said, and not scored",
        "all",
        f"{len(said)} of {len(found)}",
        len(said) == len(found),
    )


def figures_toned(found: list[Seen]) -> Iterator[Figure]:
    what = "a tenth of contrast or gamma, and copied"
    yield from unchanged(what, found, f"{len(found)} pairs")
    blind = [v for p in found for v in replace(p, contrast=1.0).verdicts.values()]
    yield Figure(
        f"{what}: zones called changed if contrasts were taken for equal",
        "told, no target",
        f"{np.mean([verdict in CALLED for *_, verdict in blind]):.1%} of {len(blind)}",
        None,
    )


def figures_turned(found: list[Seen]) -> Iterator[Figure]:
    said = [p for p in found if not p.zones and not p.unsaid]
    for pair in found:
        if pair not in said:
            print(f"  {pair.label}: scored {sorted(pair.zones)}")
    yield Figure(
        "drawn faces, from the front and turned 30 to 50 degrees: said, and not scored",
        "all",
        f"{len(said)} of {len(found)}",
        len(said) == len(found),
    )


def figures_skin(found: list[Seen]) -> Iterator[Figure]:
    every = np.concatenate([pair.off_mm for pair in found])
    median, most = float(np.median(every)), float(np.quantile(every, 0.95))
    yield Figure(
        "drawn faces, 5 degrees apart: how far off skin is found",
        "0.3 mm; 95 % within 1 mm",
        f"median {median:.2f} mm, 95 % within {most:.2f} mm ({len(found)} pairs)",
        median <= 0.3 and most <= 1,
    )


def unchanged(what: str, found: list[Seen], of: str) -> Iterator[Figure]:
    """Of pairs in which nothing changed."""
    judged = [(p, z, *v) for p in found for z, v in p.verdicts.items()]
    called = [row for row in judged if row[-1] in CALLED]
    for pair, zone, delta, sd, _ in called:
        print(f"  {pair.label}: {zone} {delta:+.1f} (sd {sd:.1f})")
    rate = len(called) / max(len(judged), 1)
    yield Figure(
        f"{what}: zones called changed",
        "5 % at most",
        f"{rate:.1%} of {len(judged)} ({of})",
        rate <= 0.05,
    )
    kept = len(judged) / max(len(judged) + sum(len(p.lost) for p in found), 1)
    yield Figure(
        f"{what}: zones that stay comparable", "90 %", f"{kept:.1%}", kept >= 0.9
    )


def doubts(what: str, found: list[Seen]) -> Figure:
    wrong = [pair for pair in found if pair.doubted]
    for pair in wrong:
        print(f"  {pair.label}: doubted, {pair.agreement:.2f}")
    return Figure(
        what,
        "2 % at most",
        f"{len(wrong)} of {len(found)}",
        len(wrong) <= 0.02 * len(found),
    )


def measure_speed(runs: int = 7) -> list[Figure]:
    params = PhantomParams(seed=1, size_wh=(3000, 4000))
    contents = [
        encode_phantom(draw_phantom(p), "jpeg", quality=92)
        for p in (params, replace(params, yaw_deg=2.0))
    ]

    def seconds(compared: bool) -> float:
        start = time.perf_counter()
        if compared:
            # Side by side, as the command does.
            with ThreadPoolExecutor(2) as pool:
                SERVICE.compare(*pool.map(partial(SERVICE.see, name="p.jpg"), contents))
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


# -- all parts


@dataclass(frozen=True)
class Part:
    """What is measured, one job after the other, and what is said of it."""

    jobs: Callable[[argparse.Namespace], Iterable]
    see: Callable[..., Iterator[Seen]]
    figures: Callable[[list[Seen]], Iterator[Figure]]


@cache
def every_photo() -> list[dict[str, str]]:
    with (folder() / "index.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def some_photos(options: argparse.Namespace) -> list[str]:
    names = [row["file"] for row in every_photo()]
    rng = random.Random(options.seed)
    return rng.sample(names, min(options.photos, len(names)))


def planted_zones(options: argparse.Namespace) -> list[tuple[str, tuple[str, ...]]]:
    """Zones that the readers grade 1.5 and more, photo by photo."""
    strong = sorted(
        key
        for key, grade in read_grades(folder()).items()
        if grade >= 1.5 and key[1] != "upper_lip"
    )
    rng = random.Random(options.seed)
    by_photo: dict[str, list[str]] = defaultdict(list)
    for name, zone in rng.sample(strong, min(options.photos, len(strong))):
        by_photo[name].append(zone)
    return [(name, tuple(zones)) for name, zones in by_photo.items()]


def pairs_of(beginning: str, options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """All pairs of one person's photos."""
    del options
    own = (r["file"] for r in every_photo() if r["file"].startswith(beginning))
    return combinations(sorted(own), 2)


def smiling(options: argparse.Namespace) -> list[tuple[str, str]]:
    names = {row["file"] for row in every_photo()}
    pairs = ((n, n.replace("neutral", "smile")) for n in sorted(names))
    own = [(n, smile) for n, smile in pairs if n != smile and smile in names]
    return own[: options.photos]


def strangers(options: argparse.Namespace) -> list[tuple[str, str]]:
    person = {r["file"]: f"{r['set']} {r['person']}" for r in every_photo()}
    names = some_photos(options)
    pairs = zip(names, names[1:] + names[:1], strict=True)
    return [(one, other) for one, other in pairs if person[one] != person[other]]


def faces(options: argparse.Namespace) -> range:
    return range(options.faces)


PARTS = {
    "still": Part(some_photos, see_still, figures_still),
    "planted": Part(planted_zones, see_planted, figures_planted),
    "shot": Part(faces, see_shot, figures_shot),
    "near": Part(partial(pairs_of, "zoom/zoom"), see_pair, figures_near),
    "dim": Part(partial(pairs_of, "zoom/lisa"), see_pair, figures_dim),
    "moved": Part(smiling, see_pair, figures_moved),
    "people": Part(strangers, see_pair, figures_people),
    "filters": Part(lambda o: some_photos(o)[::6], see_filtered, figures_filters),
    "toned": Part(lambda o: some_photos(o)[::6], see_toned, figures_toned),
    "turned": Part(faces, see_turned, figures_turned),
    "skin": Part(faces, see_skin, figures_skin),
}


def see_job(name: str, seed: int, job: object) -> list[Seen]:
    """What one job saw; nothing where a photo shows no face."""
    try:
        return list(PARTS[name].see(job, seed))
    except FacemapError as error:
        print(f"  {job}: {error}", flush=True)
        return []


def see_part(name: str, options: argparse.Namespace) -> list[Seen]:
    path = KEPT / f"{name}.json"
    if options.again:
        return [Seen(**row) for row in json.loads(path.read_text("utf-8"))]
    work = partial(see_job, name, options.seed)
    jobs = list(PARTS[name].jobs(options))
    if options.jobs > 1:
        with ProcessPoolExecutor(options.jobs) as pool:
            found = [pair for pairs in pool.map(work, jobs) for pair in pairs]
    else:
        found = [pair for job in jobs for pair in work(job)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(p) for p in found]), "utf-8")
    return found


def main() -> None:
    names = (*PARTS, "speed")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=60, help="per part")
    parser.add_argument("--faces", type=int, default=8, help="drawn ones, per part")
    parser.add_argument("--only", choices=names, nargs="*", default=names)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--again", action="store_true", help="judge what is kept")
    options = parser.parse_args()
    print_heading()
    for name in options.only:
        print(f"-- {name}", flush=True)
        if name == "speed":
            figures = measure_speed()
        else:
            figures = list(PARTS[name].figures(see_part(name, options)))
        for figure in figures:
            reached = {True: "reached", False: "not reached", None: "no target"}
            print(
                f"{figure.what}: {figure.measured} ({figure.target}; "
                f"{reached[figure.reached]})",
                flush=True,
            )
        keep(figures)


if __name__ == "__main__":
    main()
