"""Where the face is: pose, view, scale, expression and the extended mesh."""

from __future__ import annotations

from facemap.frame.expression import measure_expression
from facemap.frame.mesh import extend_mesh, lift_mesh
from facemap.frame.pose import fit_pose, view_of
from facemap.frame.scale import measure_scale
from facemap.types import FaceFrame, Landmarks, Photo

__all__ = ["measure_frame"]


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
    """
    fit = fit_pose(photo, landmarks)
    scale = measure_scale(photo, landmarks, fit)
    vertices_px = extend_mesh(landmarks, fit)
    return FaceFrame(
        landmarks=landmarks,
        pose=fit.pose,
        view=view_of(fit.pose.yaw_deg),
        scale=scale,
        expression=measure_expression(landmarks, fit),
        vertices_px=vertices_px,
        vertices_mm=lift_mesh(vertices_px, fit, scale),
    )
