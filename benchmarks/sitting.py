"""What photos of one sitting tell together.

    python benchmarks/sitting.py [--seeds 6] [--every N]

On phantoms: how far the scale of a turned face is off against that of its front, as it
is assumed and as it is taken from the front. On photographs of people at rest and
smiling (in ``$FACEMAP_FACES`` or beside the checkout; skipped where absent): whether
the zones rise where both readers, who are machine vision readers, see a rise.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from common.photographs import faces_dir
from common.report import print_heading

from facemap.errors import NoFaceError
from facemap.frame import take_scale
from facemap.photo import load_photo
from facemap.pipeline import locate_face
from facemap.service import open_service
from facemap.sitting import Gain, Shot, combine_shots, shot_of
from facemap.synthetic import PhantomParams, draw_phantom, encode_phantom
from facemap.types import ExpressionLabel, FaceFrame, View

YAWS_DEG = (20.0, -30.0, 45.0, -55.0)
ZONES = ("crow_feet_r", "crow_feet_l", "nasolabial_r", "nasolabial_l")
#: A difference that a reader can mean: half a grade.
RISE = 0.5


def locate(seed: int, yaw_deg: float) -> tuple[FaceFrame, float]:
    """Frame and true mm/px of a phantom."""
    pitch_deg = (-4.0, 0.0, 4.0)[seed % 3]
    params = PhantomParams(
        seed=seed, size_wh=(800, 1000), yaw_deg=yaw_deg, pitch_deg=pitch_deg
    )
    drawn = draw_phantom(params)
    photo = load_photo(encode_phantom(drawn, "png"), name="drawn.png")
    return locate_face(photo), drawn.truth.mm_per_px


def print_transfer(n_seeds: int) -> None:
    errors: dict[float, list[tuple[float, float]]] = defaultdict(list)
    for seed in range(30, 30 + n_seeds):
        front, front_true = locate(seed, 0.0)
        front_error = front.scale.mm_per_px / front_true
        for yaw_deg in YAWS_DEG:
            try:
                aside, true = locate(seed, yaw_deg)
            except NoFaceError:
                continue  # a face that far aside is not always located
            taken = take_scale(aside, [front])
            errors[yaw_deg].append(
                (
                    aside.scale.mm_per_px / true / front_error - 1,
                    taken.scale.mm_per_px / true / front_error - 1,
                )
            )
    print(f"{n_seeds} phantoms: error of the scale against their front, rms")
    print(f"{'yaw':>6}{'n':>4}{'assumed':>10}{'sitting':>10}")
    for yaw_deg, found in errors.items():
        assumed, taken = 100 * np.sqrt(np.mean(np.square(found), axis=0))
        print(f"{yaw_deg:6.0f}{len(found):4}{assumed:9.1f}%{taken:9.1f}%")


def readers() -> dict[tuple[str, str], float]:
    """Mean grade by photo and zone, where both readers gave one."""
    text = (faces_dir() / "grades.csv").read_text("utf-8")
    grades = {}
    for row in csv.DictReader(io.StringIO(text)):
        both = [row["reader_1"], row["reader_2"]]
        if all(both):
            grades[row["file"], row["zone"]] = float(np.mean([float(g) for g in both]))
    return grades


def as_named(shot: Shot, label: ExpressionLabel) -> Shot:
    """Take a photo for what its file is named after: here zones are looked at."""
    return replace(shot, view=View.FRONTAL, expression=label, movement=str(label))


def gains(neutral: Path, smile: Path) -> tuple[Gain, ...]:
    service = open_service()
    rest = as_named(shot_of(service.analyze(neutral)), ExpressionLabel.REST)
    moved = as_named(shot_of(service.analyze(smile)), ExpressionLabel.SMILE)
    return combine_shots([rest, moved]).dynamics[0].zones


def print_gains(every: int) -> None:
    folder = faces_dir() / "london"
    pairs = sorted(folder.glob("*_neutral.jpg"))[::every]
    if not pairs:
        print("No photographs: gains are left out.")
        return
    grade = readers()
    seen: dict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    for neutral in pairs:
        smile = neutral.with_name(neutral.name.replace("neutral", "smile"))
        for gain in gains(neutral, smile):
            names = (f"london/{neutral.name}", f"london/{smile.name}")
            at_rest, moved = (grade.get((name, gain.zone)) for name in names)
            if gain.zone not in ZONES or at_rest is None or moved is None:
                continue
            if gain.gain is None:
                seen[gain.zone, moved - at_rest >= RISE]["not comparable"] += 1
                continue
            said = seen[gain.zone, moved - at_rest >= RISE]
            said["all"] += 1
            said["higher"] += gain.gain > 0
            said["rises"] += gain.answer == "rises"
    print(f"{len(pairs)} people at rest and smiling, against the readers' means")
    print(f"{'zone':14}{'readers':>14}{'n':>5}{'higher':>8}{'rises':>7}")
    for (zone, rise), said in sorted(seen.items()):
        told = "see a rise" if rise else "see none"
        print(f"{zone:14}{told:>14}{said['all']:5}{said['higher']:8}{said['rises']:7}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6, help="phantoms")
    parser.add_argument("--every", type=int, default=1, help="take every nth person")
    args = parser.parse_args()
    print_heading()
    print_transfer(args.seeds)
    print_gains(args.every)


if __name__ == "__main__":
    main()
