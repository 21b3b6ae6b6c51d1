"""Time the analysis of a 12-megapixel JPEG beside ``cv2.imdecode`` of the same file.

    python benchmarks/speed.py [--runs N] [--profile]

Both are timed in turn in one process, warm, on at most two cores, and their ratio is
what counts: machines differ, and other work on them comes and goes. An analysis uses
two cores and a decoder one, so it is said besides how much two threads did more than
one in the same run: where others take the second core, that falls from 2 to 1, and the
ratio grows with it.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])

import cv2
import numpy as np
from common.report import Figure, keep, print_heading

from facemap.service import open_service
from facemap.synthetic import PhantomParams, draw_phantom, encode_phantom


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def free_cores() -> float:
    """How much more two threads do than one."""
    image = np.ones((500, 500), np.float32)

    def work(_: int = 0) -> None:
        for _ in range(10):
            cv2.GaussianBlur(image, (0, 0), 3)

    with ThreadPoolExecutor(2) as pool:
        alone = min(seconds(work) for _ in range(3))
        both = min(seconds(lambda: list(pool.map(work, range(2)))) for _ in range(3))
    return 2 * alone / both


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--profile", action="store_true", help="time each stage")
    args = parser.parse_args()
    print_heading()

    phantom = draw_phantom(PhantomParams(seed=1, size_wh=(3000, 4000)))
    content = encode_phantom(phantom, "jpeg", quality=92)
    buffer = np.frombuffer(content, np.uint8)
    service = open_service()
    stages: dict[str, list[float]] = {}
    mark = [("", 0.0)]

    def on_progress(stage: str, _: float) -> None:
        now = time.perf_counter()
        name, since = mark[0]
        if name:
            stages.setdefault(name, []).append(now - since)
        mark[0] = (stage, now)

    def analyze() -> None:
        mark[0] = ("", 0.0)
        service.analyze(content, name="phantom.jpg", on_progress=on_progress)

    def decode() -> None:
        cv2.imdecode(buffer, cv2.IMREAD_COLOR)

    for _ in range(2):
        decode()
        analyze()
    stages.clear()
    decoded, analyzed, cores = [], [], []
    for _ in range(args.runs):
        cores.append(free_cores())
        decoded.append(min(seconds(decode) for _ in range(3)))
        analyzed.append(seconds(analyze))
    ratios = [a / d for a, d in zip(analyzed, decoded, strict=True)]
    median = statistics.median(ratios)
    keep(
        [
            Figure(
                "analysis of a 12-megapixel JPEG, in cv2.imdecode of it",
                "under 10",
                f"median {median:.1f} of {args.runs} runs ({max(ratios):.1f} at most; "
                f"{statistics.median(cores):.1f} cores free)",
                median < 10,
            )
        ]
    )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"12-megapixel JPEG of {len(content) / 1e6:.1f} MB, {args.runs} runs, warm")
    print(f"free cores     median {statistics.median(cores):7.2f}")
    print(f"cv2.imdecode   median {1e3 * statistics.median(decoded):7.0f} ms")
    print(f"analysis       median {1e3 * statistics.median(analyzed):7.0f} ms")
    print(
        f"ratio          median {median:7.2f}   "
        f"(min {min(ratios):.2f}, max {max(ratios):.2f}; target under 10)"
    )
    print(f"peak memory    {peak_mb:.0f} MB, drawing the phantom included")
    if args.profile:
        for name, taken in stages.items():
            print(f"  {name:10s} median {1e3 * statistics.median(taken):7.1f} ms")


if __name__ == "__main__":
    main()
