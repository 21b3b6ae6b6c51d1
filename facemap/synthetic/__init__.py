"""Faces with known truth: the demo patient, the self-test, and free test material."""

from facemap.synthetic.draw import draw_phantom
from facemap.synthetic.files import encode_phantom, phantom_files
from facemap.synthetic.params import HairStyle, PhantomParams, demo_later, demo_params
from facemap.synthetic.patch import SkinPatch, flat_skin
from facemap.synthetic.truth import (
    Phantom,
    PhantomTruth,
    TruthLine,
    TruthZone,
    truth_document,
)

__all__ = [
    "HairStyle",
    "Phantom",
    "PhantomParams",
    "PhantomTruth",
    "SkinPatch",
    "TruthLine",
    "TruthZone",
    "demo_later",
    "demo_params",
    "draw_phantom",
    "encode_phantom",
    "flat_skin",
    "phantom_files",
    "truth_document",
]
