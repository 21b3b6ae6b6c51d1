"""Measure a photo once, for every table: facemap's numbers and its peers'."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from skimage.color import rgb2lab

from common.chain import map_face
from common.peers import answers, frangi_means, make_scene, zone_means
from facemap.photo import load_photo
from facemap.types import ZONE_IDS, FaceMap, FaceView, LineKind, Photo

#: Where skin tone is read: large, lit, seldom covered.
_TONE_ZONES = ("forehead", "cheek_r", "cheek_l")


@dataclass(frozen=True)
class Row:
    """One assessed zone of one photo."""

    file: str
    zone: str
    severity: float
    load: float
    false_mm_per_cm2: float
    area_mm2: float
    #: Individual typology angle of the face's skin, for checking fairness only.
    ita_deg: float
    peers: dict[str, float] = field(default_factory=dict)
    #: What the photo itself brings in, as the report states it; not kept in files.
    severity_sd: float = float("nan")

    @property
    def person(self) -> str:
        return self.file.split("_")[0].removesuffix(".jpg")

    @property
    def kind(self) -> str:
        return self.zone.removesuffix("_r").removesuffix("_l")


def measure(photo: Photo, name: str, peers: str = "all") -> list[Row]:
    """Analyze one photo, every zone.

    ``peers``: "all", "frangi" (with the library's settings) or "none".
    """
    face = map_face(photo)
    view, face_map = face.view, face.face_map
    reading, scores = face.score()
    others: dict[str, dict[str, float]] = {}
    if peers == "all":
        scene = make_scene(view, face_map)
        others = {n: zone_means(a, scene.labels) for n, a in answers(scene)}
    elif peers == "frangi":
        others = {"frangi": frangi_means(view, face_map)}
    ita = skin_tone(view, face_map)
    rows = []
    for score, region in zip(scores, face_map.regions, strict=True):
        if score.severity is None or score.load is None:
            continue
        own = [line for line in reading.lines if line.zone == score.zone]
        thin = sum(x.length_mm for x in own if x.kind is not LineKind.FOLD)
        rows.append(
            Row(
                name,
                score.zone,
                score.severity,
                score.load,
                100 * thin / region.area_mm2,
                region.area_mm2,
                ita,
                {n: means.get(score.zone, 0.0) for n, means in others.items()},
                float("nan") if score.severity_sd is None else score.severity_sd,
            )
        )
    return rows


def skin_tone(view: FaceView, face_map: FaceMap) -> float:
    """Individual typology angle of forehead and cheeks; the photo's light is in it."""
    tones = [ZONE_IDS.index(zone) + 1 for zone in _TONE_ZONES]
    skin = view.rgb[np.isin(face_map.labels, tones)]
    if not len(skin):
        return float("nan")
    lab = np.median(rgb2lab(skin[None, ::7] / 255.0)[0], axis=0)
    return float(np.degrees(np.arctan2(lab[0] - 50, lab[2])))


def measure_set(
    folder: Path, name: str, every: int = 1, peers: str = "all"
) -> Iterator[Row]:
    for path in sorted((folder / name).glob("*.jpg"))[::every]:
        yield from measure(load_photo(path), f"{name}/{path.name}", peers)


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Keep what was measured, so that tables can be printed again."""
    rows = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(rows[0].peers) if rows else []
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        own = ["severity", "load", "false_mm_per_cm2", "area_mm2", "ita_deg"]
        out.writerow(["file", "zone", *own, *names])
        for r in rows:
            values = (getattr(r, name) for name in own)
            out.writerow([r.file, r.zone, *values, *r.peers.values()])


def read_rows(path: Path) -> list[Row]:
    with path.open(newline="") as file:
        head, *lines = csv.reader(file)
    return [
        Row(
            line[0],
            line[1],
            *map(float, line[2:7]),
            dict(zip(head[7:], map(float, line[7:]), strict=True)),
        )
        for line in lines
    ]
