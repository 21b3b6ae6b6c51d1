"""The printed card against phantoms of known scale: accuracy, and what it costs.

    python benchmarks/marker.py [--cards N]

Cards are laid beside the temple, within a centimeter (sd) of the plane of the eyes, and
on forehead and cheek, tilted, blurred, in all light, saved as JPEG. The phantoms are of
seeds that nothing was set on, 0.4 to 2 m away, with and without a focal length.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])

import cv2
import numpy as np
from common.report import print_heading

from facemap.chart import load_chart
from facemap.frame import measure_frame
from facemap.frame.marker import measure_marker
from facemap.frame.mesh import extend_mesh, pupils_mm
from facemap.frame.pose import fit_pose
from facemap.landmarks import choose_face, find_faces
from facemap.photo import load_photo
from facemap.synthetic import Phantom, PhantomParams, draw_phantom, encode_phantom
from facemap.synthetic.card import draw_card, phantom_card
from facemap.types import FaceFrame, MarkerUse, Photo

#: Seed, camera distance, yaw, pitch, size.
SHOTS = (
    (101, 1500, 0, 0, (900, 1120)),
    (102, 900, 8, 5, (900, 1120)),
    (103, 600, -12, 0, (1100, 1400)),
    (104, 400, 3, -6, (1000, 1250)),
    (105, 1000, 25, 0, (900, 1120)),
    (106, 700, 0, 8, (1500, 1900)),
    (107, 2000, -5, 0, (900, 1120)),
    (108, 500, -6, 4, (900, 1120)),
)
PLACES = ("temple", "forehead", "cheek")


def lay_card(
    phantom: Phantom, frame: FaceFrame, place: str, rng: np.random.Generator
) -> np.ndarray:
    """Lay a card somewhere a person would; the picture, through JPEG."""
    side = float(rng.choice([-1, 1]))
    if place == "temple":
        at = np.array([95 * side, rng.uniform(-10, 15)])
        turn = np.array([0, 0, 90 * side]) + rng.normal(0, [12, 15, 10])
        behind = rng.normal(0, 10)
    else:
        if place == "forehead":
            at = np.array([rng.uniform(-25, 0), -50])
            turn = np.array([-10, 0, 0]) + rng.normal(0, [8, 6, 8])
        else:
            at = np.array([42 * side, 42])
            turn = np.array([0, 25 * side, 90]) + rng.normal(0, [8, 8, 10])
        truth = phantom.truth
        eyes_px = truth.landmarks_px[[33, 133, 362, 263]].mean(axis=0)
        away = np.linalg.norm(
            frame.vertices_px - (eyes_px + at / truth.mm_per_px), axis=1
        )
        skin = load_chart().vertices_mm[int(away.argmin())] - pupils_mm().mean(axis=0)
        # The card is stiff and the face is round: it stands off a little.
        behind = float(truth.rotation[2] @ skin) - 3 + rng.normal(0, 3)
    card = phantom_card(phantom, (*at.tolist(), behind), tuple(turn.tolist()))
    light = (float(rng.uniform(0.5, 1)),) * 3
    rgb = draw_card(phantom.rgb, card, light=light, blur_px=rng.uniform(0.5, 1.3))
    coded = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])


def readings(cards: int) -> Iterator[tuple[str, float, float | None, float, float]]:
    """Place, distance, log error of the card and its sd, log error of the irises."""
    rng = np.random.default_rng(7)
    for seed, distance, yaw, pitch, size in SHOTS:
        phantom = draw_phantom(
            PhantomParams(
                seed=seed, size_wh=size, camera_distance_mm=distance,
                yaw_deg=yaw, pitch_deg=pitch,
            )
        )  # fmt: skip
        truth = phantom.truth
        focal_35mm = truth.focal_px / np.hypot(*size) * np.hypot(36, 24)
        for focal in (None, float(focal_35mm)):
            photo = Photo(phantom.rgb, "0" * 64, "drawn.png", focal_35mm=focal)
            landmarks = choose_face(find_faces(photo))
            plain = measure_frame(photo, landmarks)
            without = float(np.log(plain.scale.mm_per_px / truth.mm_per_px))
            for n in range(cards):
                place = PLACES[n % len(PLACES)]
                rgb = lay_card(phantom, plain, place, rng)
                marked = Photo(rgb, "0" * 64, "marked.png", focal_35mm=focal)
                marker = measure_frame(marked, landmarks).marker
                if marker is None or marker.use is MarkerUse.DISAGREES:
                    yield place, distance, None, 0.0, without
                else:
                    error = float(np.log(marker.mm_per_px / truth.mm_per_px))
                    yield place, distance, error, marker.relative_sd, without


def report(cards: int) -> None:
    rows = list(readings(cards))
    print(
        f"cards found and believed: {sum(r[2] is not None for r in rows)}/{len(rows)}"
    )
    print(f"{'':>14} {'cards':>5} {'rms %':>6} {'worst %':>8} {'sd said %':>10}  z rms")
    groups = [("all", rows), *((p, [r for r in rows if r[0] == p]) for p in PLACES)]
    for low, high in ((0, 650), (650, 1200), (1200, 9999)):
        part = [r for r in rows if low < r[1] <= high]
        groups.append((f"{min(r[1] for r in part) / 1000:g} m and up", part))
    for name, part in groups:
        found = [r for r in part if r[2] is not None]
        if not found:
            continue
        error = np.array([r[2] for r in found])
        sd = np.array([r[3] for r in found])
        print(
            f"{name:>14} {len(found):>5} {100 * np.sqrt(np.mean(error**2)):>6.2f} "
            f"{100 * np.abs(error).max():>8.2f} {100 * sd.mean():>10.2f}  "
            f"{np.sqrt(np.mean((error / sd) ** 2)):.2f}"
        )
    without = 100 * np.array([r[4] for r in rows])
    print(f"irises and pupils, on the same: rms {np.sqrt(np.mean(without**2)):.2f} %")


def milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def report_speed() -> None:
    phantom = draw_phantom(PhantomParams(seed=1, size_wh=(3000, 4000)))
    content = encode_phantom(phantom, "jpeg", quality=92)
    buffer = np.frombuffer(content, np.uint8)
    photo = load_photo(content, name="drawn.jpg")
    landmarks = choose_face(find_faces(photo))
    scale = measure_frame(photo, landmarks).scale
    fit = fit_pose(photo, landmarks)
    vertices_px = extend_mesh(landmarks, fit)
    pairs = [
        (
            milliseconds(lambda: cv2.imdecode(buffer, cv2.IMREAD_COLOR)),
            milliseconds(lambda: measure_marker(photo, vertices_px, fit, scale)),
        )
        for _ in range(15)
    ]
    decode, look = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"no card in 12 megapixels: {look:.1f} ms beside {decode:.0f} ms of imdecode, "
        f"ratio {statistics.median(b / a for a, b in pairs):.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=10, help="cards per photo")
    args = parser.parse_args()
    print_heading()
    report(args.cards)
    report_speed()


if __name__ == "__main__":
    main()
