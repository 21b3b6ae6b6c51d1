"""Where the face is: pose, view, scale, expression and the extended mesh."""

from __future__ import annotations

from facemap.frame.expression import measure_expression
from facemap.frame.marker import measure_marker, prefer_marker
from facemap.frame.mesh import extend_mesh, lift_mesh
from facemap.frame.pose import fit_pose, view_of
from facemap.frame.scale import measure_scale
from facemap.frame.transfer import take_scale
from facemap.types import FaceFrame, Landmarks, Photo

__all__ = ["measure_frame", "take_scale"]


def measure_frame(photo: Photo, landmarks: Landmarks) -> FaceFrame:
    """Measure everything about where a face is.

    Parameters
    ----------
    photo : Photo
    landmarks : Landmarks
        Of the chosen face.

    Returns
    -------
    FaceFrame
        Its camera distance is that of the focal length in EXIF, as sure as the scale,
        and None without one. Perspective alone tells too little to be said: enough for
        the pose, but the best fitting distance differs by a factor of 2 between heads
        at the same distance. A photo cut out of a larger one keeps its EXIF and then
        reads too near.
    """
    fit = fit_pose(photo, landmarks)
    vertices_px = extend_mesh(landmarks, fit)
    scale = measure_scale(photo, landmarks, fit)
    marker = measure_marker(photo, vertices_px, fit, scale)
    scale = prefer_marker(scale, marker)
    return FaceFrame(
        landmarks=landmarks,
        pose=fit.pose,
        view=view_of(fit.pose.yaw_deg),
        scale=scale,
        expression=measure_expression(landmarks, fit),
        vertices_px=vertices_px,
        vertices_mm=lift_mesh(vertices_px, fit, scale),
        camera_distance_mm=(
            None if photo.focal_35mm is None else fit.pose.focal_px * scale.mm_per_px
        ),
        marker=marker,
    )
