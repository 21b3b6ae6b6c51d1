"""The landmarker finds the drawn face where the truth says it is."""

from __future__ import annotations

import numpy as np
import pytest

from facemap.landmarks import choose_face
from facemap.landmarks.search import find_faces
from facemap.photo import load_photo
from facemap.synthetic import (
    HairStyle,
    PhantomParams,
    draw_phantom,
    encode_phantom,
)

SIZE = (500, 640)


@pytest.mark.parametrize(
    "params",
    [
        PhantomParams(seed=1, size_wh=SIZE, hair=HairStyle.SHORT),
        PhantomParams(seed=5, size_wh=SIZE, yaw_deg=45.0, ita_deg=-50.0),
        PhantomParams(seed=6, size_wh=SIZE, pitch_deg=-20.0, glasses=True),
        PhantomParams(
            seed=7, size_wh=SIZE, roll_deg=20.0, ita_deg=60.0, camera_distance_mm=400.0
        ),
    ],
    ids=["frontal", "turned, very dark", "nodding, glasses", "tilted, light, near"],
)
def test_landmarks_lie_within_4_percent_of_the_pupils_distance(params):
    phantom = draw_phantom(params)
    photo = load_photo(encode_phantom(phantom, "png"), name="phantom.png")
    found = choose_face(find_faces(photo))
    gaps = np.linalg.norm(found.xy_px - phantom.truth.landmarks_px, axis=1)
    unit_px = phantom.truth.ipd_mm / phantom.truth.mm_per_px
    assert np.median(gaps) < 0.04 * unit_px
