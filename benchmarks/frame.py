"""How good the face frame is, in figures.

    python benchmarks/frame.py [--every N]

Prints interpupillary distance and expression by set of real photographs (in
``$FACEMAP_FACES`` or beside the checkout; skipped where absent), pose, scale and
landmark errors on phantoms, and the time of each step.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from common.photographs import faces_dir
from common.report import print_heading

from facemap.faceview import cut_view
from facemap.frame import measure_frame
from facemap.landmarks import choose_face, find_faces
from facemap.photo import load_photo
from facemap.synthetic import PhantomParams, draw_phantom
from facemap.types import FaceFrame, Photo

FACES = faces_dir()
# Yaw, pitch, roll and the camera's distance in meters.
POSES = (
    (0, 0, 0, 1.5),
    (15, 0, 0, 1.0),
    (30, 0, 0, 1.5),
    (-30, 0, 0, 0.5),
    (0, 12, 0, 1.5),
    (0, -12, 0, 0.6),
    (-22, 0, 10, 2.0),
)
SEEDS = (1, 2, 3)


def frame_of(photo: Photo) -> FaceFrame:
    return measure_frame(photo, choose_face(find_faces(photo)))


def ipd_mm(frame: FaceFrame) -> float:
    pupils = frame.landmarks.xy_px[[468, 473]]
    return float(np.linalg.norm(np.subtract(*pupils)) * frame.scale.mm_per_px)


def photo_sets() -> Iterator[tuple[str, list[Path]]]:
    london = sorted(FACES.glob("london/*.jpg"))
    yield "london neutral", [p for p in london if "neutral" in p.name]
    yield "london smile", [p for p in london if "smile" in p.name]
    for name in ("canada", "composite", "portraits", "zoom"):
        yield name, sorted(FACES.glob(f"{name}/*.jpg"))


def print_photographs(every: int) -> None:
    print(f"{'set':16}{'n':>4}{'IPD mm':>9}{'sd':>6}{'|yaw|':>7}  expressions")
    for name, paths in photo_sets():
        frames = [frame_of(load_photo(path)) for path in paths[::every]]
        ipd = [ipd_mm(frame) for frame in frames]
        yaw = np.mean([abs(frame.pose.yaw_deg) for frame in frames])
        labels = Counter(frame.expression.label.value for frame in frames)
        said = ", ".join(f"{label} {n}" for label, n in labels.most_common())
        print(
            f"{name:16}{len(frames):4}{np.mean(ipd):9.2f}{np.std(ipd):6.2f}"
            f"{yaw:7.1f}  {said}"
        )


def print_phantoms() -> None:
    print(
        f"{'yaw pitch roll m':18}{'yaw':>7}{'pitch':>7}{'roll':>7}"
        f"{'mm/px %':>9}{'landmarks %':>13}   worst of {len(SEEDS)} phantoms"
    )
    for yaw, pitch, roll, meters in POSES:
        errors = []
        for seed in SEEDS:
            phantom = draw_phantom(
                PhantomParams(
                    seed=seed,
                    size_wh=(600, 750),
                    yaw_deg=yaw,
                    pitch_deg=pitch,
                    roll_deg=roll,
                    camera_distance_mm=1000 * meters,
                    severity=1,
                    smooth=True,
                )
            )
            truth = phantom.truth
            frame = frame_of(Photo(rgb=phantom.rgb, sha256="", file="phantom.png"))
            xy = truth.landmarks_px
            off = np.linalg.norm(frame.landmarks.xy_px - xy, axis=1)
            errors.append(
                (
                    frame.pose.yaw_deg - yaw,
                    frame.pose.pitch_deg - pitch,
                    frame.pose.roll_deg - roll,
                    100 * (frame.scale.mm_per_px / truth.mm_per_px - 1),
                    100 * np.median(off) / np.linalg.norm(xy[33] - xy[263]),
                )
            )
        worst = np.abs(errors).max(axis=0)
        print(
            f"{f'{yaw} {pitch} {roll} {meters}':18}{worst[0]:7.1f}{worst[1]:7.1f}"
            f"{worst[2]:7.1f}{worst[3]:9.1f}{worst[4]:13.1f}"
        )


def print_times(rounds: int = 7) -> None:
    phantom = draw_phantom(PhantomParams(seed=1, size_wh=(750, 1000), smooth=True))
    rgb = np.asarray(cv2.resize(phantom.rgb, (3000, 4000)))
    photo = Photo(rgb=rgb, sha256="", file="phantom.png")
    coded = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    best: dict[str, float] = {}

    def clock(name: str, start: float) -> float:
        now = time.perf_counter()
        best[name] = min(best.get(name, 1e9), 1e3 * (now - start))
        return now

    for _ in range(rounds):
        now = time.perf_counter()
        cv2.imdecode(coded, cv2.IMREAD_COLOR)
        now = clock("imdecode", now)
        landmarks = choose_face(find_faces(photo))
        now = clock("find_faces", now)
        frame = measure_frame(photo, landmarks)
        now = clock("measure_frame", now)
        cut_view(photo, frame)
        clock("cut_view", now)
    print("12 megapixels, best of", rounds, "rounds, milliseconds:")
    print("  ".join(f"{name} {ms:.0f}" for name, ms in best.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take one photo in N")
    options = parser.parse_args()
    print_heading()
    print_times()
    print_phantoms()
    if FACES.is_dir():
        print_photographs(options.every)
    else:
        print(f"no photographs in {FACES} (set FACEMAP_FACES)")


if __name__ == "__main__":
    main()
