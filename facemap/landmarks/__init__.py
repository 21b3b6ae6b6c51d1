"""Where the landmarks of each face are, and which face is meant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from facemap.errors import InputError, NoFaceError
from facemap.landmarks.search import MESH_SIZE, find_faces, mirror_index
from facemap.resources import load_knowledge
from facemap.types import Landmarks

__all__ = ["MESH_SIZE", "choose_face", "find_faces", "mirror_index"]


def choose_face(faces: Sequence[Landmarks], index: int | None = None) -> Landmarks:
    """Pick one face; the largest unless told otherwise.

    Parameters
    ----------
    faces : sequence of Landmarks
        From `find_faces`, largest first.
    index : int, optional
        0 for the largest, 1 for the next, ...

    Raises
    ------
    NoFaceError
        There is no face, or the finder contradicts itself about where it is: in the
        photo and in its mirror image it sees different ones.
    InputError
        There is no face of that number.
    """
    if not faces:
        raise NoFaceError(
            "No face was found in the photo",
            hint="Use a sharp photo in which the whole face is visible and upright.",
        )
    index = 0 if index is None else index
    if not 0 <= index < len(faces):
        count = "1 face" if len(faces) == 1 else f"{len(faces)} faces"
        raise InputError(
            f"There is no face number {index}; the photo shows {count}",
            hint=f"Numbers run from 0, the largest face, to {len(faces) - 1}.",
        )
    face = faces[index]
    height_px = float(np.ptp(face.xy_px[:MESH_SIZE, 1]))
    doubt = float(np.median(face.spread_px)) / height_px
    if doubt > load_knowledge("frame")["landmarks"]["max_spread"]:
        raise NoFaceError(
            "What looks like a face in the photo could not be located reliably",
            hint="Does the photo lie on its side, or stand on its head? Turn it "
            "upright, and use one in which the whole face is visible.",
        )
    return face
