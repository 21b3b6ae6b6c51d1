"""The adapter: quiet, telemetry-free, safe in threads and after a fork."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from facemap.landmarks import find_faces
from facemap.landmarks.mediapipe import detect_boxes, detect_faces, model_use
from facemap.models import model_card

_ASK = """
import numpy as np
from facemap.landmarks.mediapipe import detect_boxes, detect_faces
image = np.zeros((90, 120, 3), np.uint8)
print(len(detect_boxes(image)), len(detect_faces(image)))
"""
_ASK_AFTER_FORK = (
    _ASK
    + """
import os
child = os.fork()
if child == 0:
    os._exit(len(detect_faces(image)))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
)


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=Path(__file__).parents[2],
        check=False,
    )


def test_nothing_is_written_to_stderr() -> None:
    done = run(_ASK)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 0\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_asks_models_of_its_own() -> None:
    done = run(_ASK_AFTER_FORK)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 0\n0\n", "")


def test_the_installed_library_has_no_telemetry() -> None:
    spec = importlib.util.find_spec("mediapipe")
    assert spec is not None
    assert spec.origin is not None
    (library,) = (Path(spec.origin).parent / "tasks" / "c").glob("libmediapipe.*")
    code = library.read_bytes()
    assert b"TasksStatsProtoLogger" not in code
    assert b"CurlClient" not in code


def test_the_weights_are_named() -> None:
    assert model_use().sha256 == model_card("face_landmarker").sha256


def test_threads_share_the_models(phantom_photo) -> None:
    alone = find_faces(phantom_photo)
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(find_faces, [phantom_photo] * 3))
    assert all(faces == alone for faces in together)


def test_a_box_holds_the_face_it_names(phantom_photo) -> None:
    (box,) = detect_boxes(phantom_photo.rgb)
    (face,) = detect_faces(phantom_photo.rgb)
    eyes = face.xy_px[[33, 263, 1]]
    assert (np.abs(eyes - box.center_px) < box.side_px / 2).all()
