"""Analyses made from others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from facemap.chart import load_chart
from facemap.types import ZONE_IDS, Analysis


def other(zone: str) -> str:
    """The zone of the other side."""
    swapped = {"_r": "_l", "_l": "_r"}
    return zone[:-2] + swapped[zone[-2:]] if zone[-2:] in swapped else zone


def mirrored(analysis: Analysis) -> Analysis:
    """The same face in a mirror, exactly."""
    frame, face_map = analysis.frame, analysis.face_map
    width = analysis.photo.size_wh[0]
    twin = load_chart().mirror_index

    def flip(points):
        return points * [-1, 1] + [width - 1, 0]

    labels = face_map.labels[:, ::-1]
    swap = [0, *(1 + ZONE_IDS.index(other(zone)) for zone in ZONE_IDS)]
    columns = face_map.labels.shape[1]
    x, y = face_map.origin_px
    regions = {region.id: region for region in face_map.regions}
    scores = {score.zone: score for score in analysis.scores}
    landmarks = frame.landmarks
    return replace(
        analysis,
        frame=replace(
            frame,
            vertices_px=flip(frame.vertices_px)[twin],
            vertices_mm=(frame.vertices_mm * [-1, 1, 1])[twin],
            pose=replace(
                frame.pose,
                yaw_deg=-frame.pose.yaw_deg,
                roll_deg=-frame.pose.roll_deg,
            ),
            landmarks=landmarks,
        ),
        face_map=replace(
            face_map,
            labels=np.array(swap, np.uint8)[labels],
            origin_px=(width - x - columns * face_map.step, y),
            regions=tuple(
                replace(
                    regions[other(zone)],
                    id=zone,
                    outline_px=flip(regions[other(zone)].outline_px),
                )
                for zone in ZONE_IDS
            ),
        ),
        lines=tuple(
            replace(line, zone=other(line.zone), path_px=flip(line.path_px))
            for line in analysis.lines
        ),
        scores=tuple(replace(scores[other(zone)], zone=zone) for zone in ZONE_IDS),
    )
