"""The checks on real photographs, through the real stages."""

from __future__ import annotations

import pytest

from facemap.faceview import cut_view
from facemap.frame import measure_frame
from facemap.landmarks import choose_face, find_faces
from facemap.photo import load_photo
from facemap.quality import check_quality
from facemap.segmentation import segment
from facemap.types import Quality, Verdict
from facemap.zones import map_surface, map_zones

pytestmark = pytest.mark.faces


def judge_photo(path) -> Quality:
    return judge_photo_of(load_photo(path))


def judge_photo_of(photo) -> Quality:
    frame = measure_frame(photo, choose_face(find_faces(photo)))
    view = cut_view(photo, frame)
    surface = map_surface(view, frame)
    segmentation = segment(view, frame, surface)
    face_map = map_zones(view, frame, surface, segmentation)
    return check_quality(photo, frame, view, segmentation, face_map)


def faults(quality: Quality) -> set[str]:
    return {c.id for c in quality.checks if c.verdict is not Verdict.PASS}


@pytest.mark.parametrize("person", ["001", "030", "100"])
def test_a_professional_photo_is_not_faulted_for_how_it_was_taken(faces, person):
    quality = judge_photo(faces / "london" / f"{person}_neutral.jpg")
    assert quality.verdict is Verdict.WARN
    found = faults(quality)
    assert {"resolution", "face_width"} <= found
    taken = {
        *("sharpness", "clipping_high", "clipping_low", "light_balance"),
        *("light_direction", "color_cast", "smoothing", "blocking", "margin"),
    }
    assert not found & taken


@pytest.mark.parametrize("name", ["f_multi", "m_white"])
def test_a_face_averaged_from_many_is_noticed(faces, name):
    assert "averaging" in faults(judge_photo(faces / "composite" / f"{name}.jpg"))
