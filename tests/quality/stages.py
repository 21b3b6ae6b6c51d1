"""From a photo to its quality, through the real stages."""

from __future__ import annotations

from facemap.faceview import cut_view
from facemap.frame import measure_frame
from facemap.landmarks import choose_face, find_faces
from facemap.quality import check_quality
from facemap.segmentation import segment
from facemap.types import Photo, Quality
from facemap.zones import map_surface, map_zones


def judge_photo(photo: Photo) -> Quality:
    frame = measure_frame(photo, choose_face(find_faces(photo)))
    view = cut_view(photo, frame)
    surface = map_surface(view, frame)
    segmentation = segment(view, frame, surface)
    face_map = map_zones(view, frame, surface, segmentation)
    return check_quality(photo, frame, view, segmentation, face_map)
