"""Make ``facemap/data/canonical_face.npz`` from the face landmarker's bundle.

The bundle holds the canonical face that its landmarks are fitted to, as a protocol
buffer: ``{canonical_mesh = 1: {vertex_buffer = 3: float; index_buffer = 4: uint32}}``,
where a vertex is x, y, z in centimeters and u, v on the texture. It is read out here so
that the chart is of the same face, point by point, as the landmarks.

Run from the checkout: ``.venv/bin/python tools/read_canonical_face.py``
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from facemap.models import load_model

TARGET = Path(__file__).parents[1] / "facemap" / "data" / "canonical_face.npz"

_GEOMETRY = "geometry_pipeline_metadata_landmarks.binarypb"
_MESH, _VERTICES, _TRIANGLES = 1, 3, 4
_VARINT, _BYTES, _FLOAT = 0, 2, 5
#: The bundle is in single precision, which says no more than this.
_DECIMALS = 6


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _fields(message: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Field numbers and values of a protocol buffer message, in order."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        value: int | float | bytes
        if wire == _VARINT:
            value, at = _varint(message, at)
        elif wire == _FLOAT:
            (value,) = struct.unpack_from("<f", message, at)
            at += 4
        elif wire == _BYTES:
            size, at = _varint(message, at)
            value, at = message[at : at + size], at + size
        else:
            raise ValueError(f"a mesh has no field of wire type {wire}")
        yield number, value


def read_canonical_face(bundle: bytes) -> dict[str, np.ndarray]:
    """Read the canonical face.

    Returns
    -------
    dict
        ``vertices_mm`` (468, 3), ``uv`` (468, 2) and ``triangles`` (898, 3).
    """
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        metadata = archive.read(_GEOMETRY)
    mesh = next(
        value
        for number, value in _fields(metadata)
        if number == _MESH and isinstance(value, bytes)
    )
    numbers = {_VERTICES: [], _TRIANGLES: []}
    for number, value in _fields(mesh):
        if number in numbers:
            numbers[number].append(value)
    vertices = np.array(numbers[_VERTICES], np.float64).reshape(-1, 5)
    return {
        "vertices_mm": np.round(vertices[:, :3] * 10, _DECIMALS),
        "uv": np.round(vertices[:, 3:], _DECIMALS),
        "triangles": np.array(numbers[_TRIANGLES], np.int32).reshape(-1, 3),
    }


if __name__ == "__main__":
    np.savez_compressed(TARGET, **read_canonical_face(load_model("face_landmarker")))
    print(TARGET.name, "written")
