"""A plain pair of glasses: two rims, a bridge, two side-pieces."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.resources import load_knowledge
from facemap.synthetic.camera import Camera
from facemap.synthetic.head import Head
from facemap.synthetic.light import Light
from facemap.synthetic.surface import blur
from facemap.types import FloatArray

__all__ = ["frame_paths", "wear_glasses"]


def frame_paths(head: Head) -> tuple[FloatArray, ...]:
    """Shape the frame: right rim, left rim, bridge, right and left side-piece.

    Returns
    -------
    tuple of ndarray of shape (N, 3)
        Paths in canonical millimeters.
    """
    table = load_knowledge("phantom")["glasses"]
    turn = np.linspace(0, 2 * np.pi, 97)
    half_wide, half_high = table["half_width_mm"], table["half_height_mm"]
    power = 2 / table["squareness"]
    x = half_wide * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power
    y = half_high * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power
    nose = head.vertices_mm[6]
    middle_y = head.eye_middle_mm()[1] - table["drop_mm"]
    front = nose[2] + table["before_nose_mm"]
    rims = []
    for eye in head.eyes:
        across = eye.iris_center_mm[0] + eye.side * table["outward_mm"] + x
        # The frame wraps around the face a little.
        depth = front - table["wrap"] * across**2
        rims.append(np.stack([across, middle_y + y, depth], axis=1))
    inner = rims[1][:, 0].min()
    span = np.linspace(-1, 1, 17)
    rise = middle_y + 0.3 * half_high + 2.5 * (1 - span**2)
    bridge = np.stack([span * inner, rise, np.full(17, front + 1.0)], axis=1)
    sides = []
    for index, side in ((234, -1), (454, 1)):
        rim = rims[0] if side < 0 else rims[1]
        hinge = rim[np.argmax(side * rim[:, 0])] + [0, 0.35 * half_high, 0]
        ear = head.vertices_mm[index] + [side * 3.0, 22.0, -6.0]
        corner = np.array([side * max(abs(hinge[0]) + 6, 76), hinge[1], hinge[2] - 14])
        sides.append(np.array([hinge, corner, ear]))
    return (*rims, bridge, *sides)


def wear_glasses(
    image: NDArray[np.float32],
    head: Head,
    camera: Camera,
    light: Light,
    nearest_mm: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Draw the frame and its soft shadow, in place; returns its coverage, 0 to 1.

    Parameters
    ----------
    image : ndarray of shape (H, W, 3)
        Linear light.
    nearest_mm : ndarray of shape (H, W)
        Depth of what is already there: the far side-piece goes behind the head.
    """
    table = load_knowledge("phantom")["glasses"]
    shadow_offset = -8.0 * light.direction / max(float(light.direction[2]), 0.3)
    paths = frame_paths(head)
    cast = _cover([p + shadow_offset for p in paths[:3]], camera, nearest_mm, 30.0)
    scale = camera.focal_px / camera.translation_mm[2]
    cast = blur(cast, 1.2 * float(scale)) * np.isfinite(nearest_mm)
    image *= 1 - np.float32(table["shadow"]) * cast[..., None]
    cover = _cover(list(paths), camera, nearest_mm, 6.0)
    tint = np.array(table["albedo"]) * (0.5 * light.main + light.ambient)
    image += cover[..., None] * (tint.astype(np.float32) - image)
    return cover


def _cover(
    paths: list[FloatArray],
    camera: Camera,
    nearest_mm: NDArray[np.float32],
    slack_mm: float,
) -> NDArray[np.float32]:
    """Share of each pixel under paths as thick as a frame, where they are seen."""
    thickness_mm = load_knowledge("phantom")["glasses"]["thickness_mm"]
    height, width = nearest_mm.shape
    mask = np.zeros((height, width), np.uint8)
    for path in paths:
        steps = np.linspace(0, len(path) - 1, max(12 * len(path), 60))
        knots = np.arange(len(path))
        fine = np.stack([np.interp(steps, knots, path[:, k]) for k in range(3)], axis=1)
        xy, far = camera.project(fine), camera.to_camera(fine)[:, 2]
        at = np.clip(np.round(xy), 0, [width - 1, height - 1]).astype(int)
        seen = far < nearest_mm[at[:, 1], at[:, 0]] + slack_mm
        thick = max(1, round(thickness_mm * camera.focal_px / float(far.mean())))
        fixed = np.round(xy * 16).astype(np.int32)
        for k in np.flatnonzero(seen[:-1] & seen[1:]):
            cv2.line(
                mask,
                fixed[k].tolist(),
                fixed[k + 1].tolist(),
                255,
                thick,
                cv2.LINE_AA,
                4,
            )
    return np.asarray(mask / 255, np.float32)
