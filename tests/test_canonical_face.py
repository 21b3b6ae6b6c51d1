"""The packaged face mesh is the one in the landmarker's bundle."""

from __future__ import annotations

import io

import numpy as np

from facemap.models import load_model
from facemap.resources import data_bytes
from tools.read_canonical_face import read_canonical_face


def test_the_packaged_mesh_is_the_bundles_mesh() -> None:
    read = read_canonical_face(load_model("face_landmarker"))
    with np.load(io.BytesIO(data_bytes("canonical_face.npz"))) as packaged:
        assert set(packaged) == set(read)
        for name, values in read.items():
            np.testing.assert_array_equal(packaged[name], values, err_msg=name)


def test_the_mesh_is_symmetric() -> None:
    """So that whatever is derived from it keeps the mirror law."""
    mesh = read_canonical_face(load_model("face_landmarker"))
    points = {tuple(p) for p in mesh["vertices_mm"].round(2) + 0.0}
    mirrored = {tuple(p) for p in (mesh["vertices_mm"] * (-1, 1, 1)).round(2) + 0.0}
    assert points == mirrored
