"""How well the landmarker and the frame stage find the phantom, and how fast it is.

    python benchmarks/phantom.py [--quick]

Prints, for poses, tones and distances: the median landmark error in percent of the
distance between the pupils, the error of the scale and the errors of the pose.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from common.report import print_heading

from facemap.frame import measure_frame
from facemap.landmarks import choose_face
from facemap.landmarks.search import find_faces
from facemap.photo import load_photo
from facemap.synthetic import HairStyle, PhantomParams, draw_phantom, encode_phantom

SIZE = (900, 1150)

CASES = {
    "seed 1": PhantomParams(seed=1, size_wh=SIZE),
    "seed 2": PhantomParams(seed=2, size_wh=SIZE),
    "yaw 20": PhantomParams(seed=3, size_wh=SIZE, yaw_deg=20.0),
    "yaw -30": PhantomParams(seed=4, size_wh=SIZE, yaw_deg=-30.0),
    "yaw 45": PhantomParams(seed=5, size_wh=SIZE, yaw_deg=45.0),
    "pitch 20": PhantomParams(seed=6, size_wh=SIZE, pitch_deg=20.0),
    "pitch -20": PhantomParams(seed=7, size_wh=SIZE, pitch_deg=-20.0),
    "roll 20": PhantomParams(seed=8, size_wh=SIZE, roll_deg=20.0),
    "0.4 m": PhantomParams(seed=9, size_wh=SIZE, camera_distance_mm=400.0),
    "2 m": PhantomParams(seed=10, size_wh=SIZE, camera_distance_mm=2000.0),
    "ITA -50": PhantomParams(seed=11, size_wh=SIZE, ita_deg=-50.0),
    "ITA 60": PhantomParams(seed=12, size_wh=SIZE, ita_deg=60.0),
    "beard": PhantomParams(seed=13, size_wh=SIZE, beard=1.0),
    "glasses": PhantomParams(seed=14, size_wh=SIZE, glasses=True),
    "fringe": PhantomParams(seed=15, size_wh=SIZE, hair=HairStyle.FRINGE),
    "severity 4": PhantomParams(seed=16, size_wh=SIZE, severity=4.0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="every third case, no large picture"
    )
    quick = parser.parse_args().quick
    print_heading()
    cases = list(CASES.items())[:: 3 if quick else 1]
    print(f"{'case':<12}{'landmarks':>10}{'scale':>8}{'yaw':>7}{'pitch':>7}{'roll':>7}")
    medians = []
    for name, params in cases:
        phantom = draw_phantom(params)
        photo = load_photo(encode_phantom(phantom, "png"), name="phantom.png")
        faces = find_faces(photo)
        if not faces:
            print(f"{name:<12}{'not found':>10}")
            medians.append(np.inf)
            continue
        truth, landmarks = phantom.truth, choose_face(faces)
        frame = measure_frame(photo, landmarks)
        unit_px = truth.ipd_mm / truth.mm_per_px
        gaps = np.linalg.norm(landmarks.xy_px - truth.landmarks_px, axis=1)
        medians.append(100 * float(np.median(gaps)) / unit_px)
        print(
            f"{name:<12}{medians[-1]:>8.2f} %"
            f"{100 * (frame.scale.mm_per_px / truth.mm_per_px - 1):>+6.1f} %"
            f"{frame.pose.yaw_deg - params.yaw_deg:>+7.1f}"
            f"{frame.pose.pitch_deg - params.pitch_deg:>+7.1f}"
            f"{frame.pose.roll_deg - params.roll_deg:>+7.1f}"
        )
    print(f"\nworst median {max(medians):.2f} %, target under 4 %")
    for size in ((700, 900),) if quick else ((700, 900), (3000, 4000)):
        params = PhantomParams(seed=1, size_wh=size)
        draw_phantom(params)
        start = time.perf_counter()
        draw_phantom(params)
        print(f"{size[0]} x {size[1]}: {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
