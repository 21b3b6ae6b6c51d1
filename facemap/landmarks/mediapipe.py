"""The only module that knows MediaPipe: models in, plain arrays out.

Two sets of models per process, made when first needed and lent to one thread at a
time: a photo and its mirror image are asked about at once. A forked child makes its
own. Single images only (IMAGE mode): the tracking modes do not give the same answer
twice.
"""

from __future__ import annotations

import atexit
import io
import os
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from facemap.errors import ResourceError
from facemap.geometry import norm_to_px
from facemap.models import load_model, model_card
from facemap.types import FloatArray, ModelUse, RgbImage

__all__ = ["MODEL_ID", "RawBox", "RawFace", "detect_boxes", "detect_faces", "model_use"]

MODEL_ID = "face_landmarker"

# Under this confidence the detector reports curtains and ears (its own default).
_MIN_CONFIDENCE = 0.5
# Pixels; the detector looks at 128 x 128, and what is larger only aliases.
_DETECTOR_LONGEST = 384
_MAX_FACES = 6
_SETS = 2


@dataclass(frozen=True)
class RawBox:
    """A face as the detector sees it: brows to chin, in pixels of the image asked."""

    center_px: tuple[float, float]
    side_px: float
    confidence: float


@dataclass(frozen=True)
class RawFace:
    """Landmarks in pixels of the image asked, z in the same unit, and blendshapes."""

    xy_px: FloatArray
    z_px: FloatArray
    blendshapes: dict[str, float]


class _Models:
    """The two models of the bundle, asked one at a time."""

    def __init__(self) -> None:
        # Half a second to import: only when a face is asked for.
        from mediapipe.tasks.python import vision
        from mediapipe.tasks.python.core.base_options import BaseOptions
        from mediapipe.tasks.python.vision.core import image

        bundle = load_model(MODEL_ID)
        try:
            with zipfile.ZipFile(io.BytesIO(bundle)) as parts:
                detector = parts.read("face_detector.tflite")
        except (zipfile.BadZipFile, KeyError) as error:
            raise ResourceError(f"The bundle {MODEL_ID} has no detector") from error
        self._image = image.Image
        self._srgb = image.ImageFormat.SRGB
        with _quiet_stderr():
            self._detector = vision.FaceDetector.create_from_options(
                vision.FaceDetectorOptions(
                    base_options=BaseOptions(model_asset_buffer=detector),
                    running_mode=vision.RunningMode.IMAGE,
                    min_detection_confidence=_MIN_CONFIDENCE,
                )
            )
            self._landmarker = vision.FaceLandmarker.create_from_options(
                vision.FaceLandmarkerOptions(
                    base_options=BaseOptions(model_asset_buffer=bundle),
                    running_mode=vision.RunningMode.IMAGE,
                    num_faces=_MAX_FACES,
                    min_face_detection_confidence=_MIN_CONFIDENCE,
                    min_face_presence_confidence=_MIN_CONFIDENCE,
                    output_face_blendshapes=True,
                )
            )

    def boxes(self, rgb: RgbImage) -> Any:  # noqa: ANN401  # untyped library
        return self._detector.detect(self._wrap(rgb)).detections

    def faces(self, rgb: RgbImage) -> Any:  # noqa: ANN401  # untyped library
        return self._landmarker.detect(self._wrap(rgb))

    def abandon(self) -> None:
        """Leave the models to the end of the process.

        The tasks' destructors would close them through a thread pool that is shut by
        then, and print a traceback; without a handle they do nothing.
        """
        for task in (self._detector, self._landmarker):
            task._handle = None

    def _wrap(self, rgb: RgbImage) -> Any:  # noqa: ANN401  # untyped library
        return self._image(
            image_format=self._srgb, data=np.ascontiguousarray(rgb, dtype=np.uint8)
        )


class _Pool:
    """Sets of models that all answer the same, each lent to one thread at a time."""

    def __init__(self) -> None:
        self._free = threading.Semaphore(_SETS)
        self._lock = threading.Lock()
        self._made: list[_Models] = []
        self._idle: list[_Models] = []

    @contextmanager
    def lend(self) -> Iterator[_Models]:
        with self._free:
            with self._lock:
                models = self._idle.pop() if self._idle else self._make()
            try:
                yield models
            finally:
                self._idle.append(models)

    def _make(self) -> _Models:
        models = _Models()
        atexit.register(models.abandon)
        self._made.append(models)
        return models

    def abandon(self) -> None:
        for models in self._made:
            models.abandon()


_pool = _Pool()


def _forget_after_fork() -> None:
    # A child inherits the models, but not the threads behind them.
    global _pool
    _pool.abandon()
    _pool = _Pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Send file descriptor 2 to nowhere while the models load.

    The native library writes four notes about its delegates there, from before its
    logging can be configured, and offers no switch. Errors still arrive as exceptions.
    """
    sys.stderr.flush()
    with Path(os.devnull).open("wb") as nowhere:
        saved = os.dup(2)
        try:
            os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def model_use() -> ModelUse:
    """Say which weights this adapter uses."""
    card = model_card(MODEL_ID)
    return ModelUse(id=card.id, sha256=card.sha256)


def detect_boxes(rgb: RgbImage) -> tuple[RawBox, ...]:
    """Find faces coarsely, in about 4 ms.

    Parameters
    ----------
    rgb : ndarray of shape (H, W, 3), uint8

    Returns
    -------
    tuple of RawBox
        Surest first.
    """
    height, width = rgb.shape[:2]
    small = rgb
    while max(small.shape[:2]) > _DETECTOR_LONGEST:
        half = max(1, small.shape[1] // 2), max(1, small.shape[0] // 2)
        small = np.asarray(cv2.resize(small, half, interpolation=cv2.INTER_AREA))
    step = np.array([width / small.shape[1], height / small.shape[0]])
    with _pool.lend() as models:
        found = models.boxes(small)
    boxes = []
    for one in found:
        box = one.bounding_box
        # The box counts pixel edges, so its middle is already in step with them.
        middle = np.array([box.origin_x + box.width / 2, box.origin_y + box.height / 2])
        center = middle * step - 0.5
        boxes.append(
            RawBox(
                center_px=(float(center[0]), float(center[1])),
                side_px=float(max(box.width * step[0], box.height * step[1])),
                confidence=float(one.categories[0].score),
            )
        )
    return tuple(sorted(boxes, key=lambda b: -b.confidence))


def detect_faces(rgb: RgbImage) -> tuple[RawFace, ...]:
    """Find the 478 landmarks of every face in an image, in about 15 ms for one face.

    Parameters
    ----------
    rgb : ndarray of shape (H, W, 3), uint8
        Best with faces 200 to 400 pixels wide: the model looks at 256 x 256.
    """
    height, width = rgb.shape[:2]
    with _pool.lend() as models:
        found = models.faces(rgb)
    faces = []
    pairs = zip(found.face_landmarks, found.face_blendshapes, strict=True)
    for points, shapes in pairs:
        norm = np.array([(p.x, p.y, p.z) for p in points], dtype=np.float64)
        faces.append(
            RawFace(
                xy_px=norm_to_px(norm[:, :2], (width, height)),
                # z comes in the unit of x.
                z_px=norm[:, 2] * width,
                blendshapes={s.category_name: float(s.score) for s in shapes},
            )
        )
    return tuple(faces)
