"""Faces to plan on, each with its mirror image: photographed, or drawn at random."""

from __future__ import annotations

import pickle
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from common.chain import phantom_photo
from common.report import ROOT
from facemap.errors import FacemapError
from facemap.photo import load_photo
from facemap.pipeline import analyze_photo
from facemap.synthetic import HairStyle, Phantom, PhantomParams, draw_phantom
from facemap.types import ZONE_IDS, Analysis, Photo
from facemap.wrinkles import get_detector

CACHE = ROOT / "benchmarks" / "out" / "plan"


@dataclass(frozen=True)
class Truth:
    """What a plan on a phantom is held against."""

    landmarks_px: np.ndarray
    mm_per_px: float
    zones: dict[str, np.ndarray]
    #: Hair and glasses, packed.
    cover: np.ndarray
    shape: tuple[int, int]


@dataclass(frozen=True)
class Case:
    """A face that was analyzed, and its mirror image."""

    name: str
    analysis: Analysis
    mirrored: Analysis | None
    truth: Truth | None = None


def random_phantom(seed: int) -> PhantomParams:
    """Another person, seen and lit otherwise, on a picture that is hardly ever square.

    Three in four stand as a clinic would take them, within 15 degrees.
    """
    rng = np.random.default_rng([seed, 71])
    px_per_mm = float(rng.uniform(2.3, 3.5))
    turned = 45.0 if rng.random() < 0.25 else 15.0
    severity: float | dict[str, float] = float(rng.uniform(0, 4))
    if rng.random() < 0.5:
        severity = {zone: float(rng.uniform(0, 4)) for zone in ZONE_IDS}
    return PhantomParams(
        seed=seed,
        size_wh=(
            round(px_per_mm * rng.uniform(210, 320)),
            round(px_per_mm * rng.uniform(235, 300)),
        ),
        px_per_mm=px_per_mm,
        yaw_deg=float(rng.uniform(-turned, turned)),
        pitch_deg=float(rng.uniform(-12, 12)),
        roll_deg=float(rng.uniform(-15, 15)),
        camera_distance_mm=float(rng.uniform(600, 2500)),
        light_azimuth_deg=float(rng.uniform(-50, 50)),
        light_elevation_deg=float(rng.uniform(5, 55)),
        light_size_deg=float(rng.uniform(5, 40)),
        ambient=float(rng.uniform(0.25, 0.7)),
        exposure_ev=float(rng.uniform(-0.5, 0.5)),
        ita_deg=float(rng.uniform(-50, 55)),
        noise=float(rng.uniform(0.5, 3)),
        blur_px=float(rng.uniform(0.4, 1.0)),
        severity=severity,
        hair=rng.choice(list(HairStyle)),
        beard=float(rng.choice([0.0, 0.0, 0.0, 0.3, 1.0])),
        glasses=bool(rng.random() < 0.15),
    )


def analyzed(photo: Photo) -> Analysis | None:
    try:
        return analyze_photo(photo, get_detector())
    except FacemapError:
        return None


def photograph(path: Path, name: str) -> Case | None:
    photo = load_photo(path)
    return _case(name, photo)


def drawn(seed: int, name: str, *, smooth: bool = False) -> Case | None:
    """A random phantom, or the same person without a line and without a beard."""
    params = random_phantom(seed)
    if smooth:
        params = replace(params, severity=0.0, smooth=True, beard=0.0)
    phantom = draw_phantom(params)
    return _case(name, phantom_photo(phantom), _truth(phantom))


def _case(name: str, photo: Photo, truth: Truth | None = None) -> Case | None:
    analysis = analyzed(photo)
    if analysis is None:
        return None
    flipped = np.ascontiguousarray(photo.rgb[:, ::-1])
    return Case(name, analysis, analyzed(replace(photo, rgb=flipped)), truth)


def _truth(phantom: Phantom) -> Truth:
    truth = phantom.truth
    cover = truth.hair | truth.glasses
    return Truth(
        truth.landmarks_px,
        truth.mm_per_px,
        {zone.id: zone.outline_px for zone in truth.zones},
        np.packbits(cover),
        cover.shape,
    )


def cached(make, name: str, kept: bool) -> Case | None:
    """Analyses are kept on request: a plan changes more often than its detector."""
    detector = get_detector()
    file = CACHE / f"{detector.id}{detector.version}-{name.replace('/', '-')}.z"
    if kept and file.is_file():
        return pickle.loads(zlib.decompress(file.read_bytes()))
    case = make()
    if kept:
        slim = case and replace(
            case,
            analysis=_without_pixels(case.analysis),
            mirrored=case.mirrored and _without_pixels(case.mirrored),
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(zlib.compress(pickle.dumps(slim), 1))
    return case


def _without_pixels(analysis: Analysis) -> Analysis:
    photo = analysis.photo
    return replace(analysis, photo=replace(photo, rgb=np.zeros_like(photo.rgb)))
