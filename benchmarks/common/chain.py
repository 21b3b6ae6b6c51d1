"""The way from a photo to its zones and their severity, stage by stage.

`facemap.pipeline.analyze_photo` goes the same way, and keeps neither the view nor the
reading. Whoever needs those, or holds one stage and changes another, starts here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from facemap.faceview import cut_view
from facemap.frame import measure_frame
from facemap.landmarks import choose_face, find_faces
from facemap.photo import load_photo
from facemap.pipeline import analyze_photo
from facemap.quality import check_quality
from facemap.scoring import score_zones
from facemap.segmentation import segment
from facemap.synthetic import Phantom, PhantomParams, draw_phantom, encode_phantom
from facemap.types import (
    Analysis,
    FaceFrame,
    FaceMap,
    FaceView,
    Photo,
    Quality,
    Segmentation,
    Surface,
    WrinkleReading,
    ZoneScore,
)
from facemap.wrinkles import get_detector, run_detector
from facemap.zones import map_surface, map_zones


@dataclass(frozen=True)
class MappedFace:
    """A photo as far as its zones."""

    photo: Photo
    frame: FaceFrame
    view: FaceView
    surface: Surface
    segmentation: Segmentation
    face_map: FaceMap

    @cached_property
    def quality(self) -> Quality:
        return check_quality(
            self.photo, self.frame, self.view, self.segmentation, self.face_map
        )

    def read(self, view: FaceView | None = None) -> WrinkleReading:
        """What our detector says, of this view or another on the same zones."""
        view = view or self.view
        return run_detector(
            get_detector(), self.frame, view, self.surface, self.face_map
        )

    def score(
        self, view: FaceView | None = None
    ) -> tuple[WrinkleReading, tuple[ZoneScore, ...]]:
        """Lines and loads, and what they make of every zone."""
        view, reading = view or self.view, self.read(view)
        scores, _ = score_zones(self.frame, view, self.face_map, reading, self.quality)
        return reading, scores


def map_face(photo: Photo) -> MappedFace:
    """Take a photo as far as its zones."""
    frame = measure_frame(photo, choose_face(find_faces(photo)))
    view = cut_view(photo, frame)
    surface = map_surface(view, frame)
    segmentation = segment(view, frame, surface)
    face_map = map_zones(view, frame, surface, segmentation)
    return MappedFace(photo, frame, view, surface, segmentation, face_map)


def analyze_phantom(params: PhantomParams) -> tuple[Phantom, Analysis]:
    """Draw a phantom, and take it through every stage as a photo is."""
    phantom = draw_phantom(params)
    return phantom, analyze_photo(phantom_photo(phantom), get_detector())


def phantom_photo(phantom: Phantom) -> Photo:
    return load_photo(encode_phantom(phantom, "png"), name="phantom.png")
