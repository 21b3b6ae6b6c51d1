"""Is the photo good enough? If not, what would make it better.

Gates advise and widen uncertainty; they do not silence. No check looks at how bright
the skin is: exposure is judged by what is burnt out or black, light by its balance,
color after scaling to one luminance. Dark skin is never at fault for being dark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from facemap.quality.clipping import measure_clipping_high, measure_clipping_low
from facemap.quality.coding import measure_blocking, measure_compression
from facemap.quality.color import measure_color_cast
from facemap.quality.cover import measure_beard, measure_forehead_hair, measure_glasses
from facemap.quality.face import (
    measure_expression,
    measure_eyes_open,
    measure_mouth_closed,
)
from facemap.quality.framing import (
    measure_faces,
    measure_landmark_agreement,
    measure_margin,
)
from facemap.quality.light import measure_light_balance, measure_light_direction
from facemap.quality.pose import (
    measure_camera_distance,
    measure_pitch,
    measure_roll,
    measure_yaw,
)
from facemap.quality.retouching import measure_averaging, measure_smoothing
from facemap.quality.rules import Reading, judge, load_rules
from facemap.quality.scene import Scene
from facemap.quality.sharpness import (
    measure_face_width,
    measure_resolution,
    measure_sharpness,
)
from facemap.types import (
    FaceFrame,
    FaceMap,
    FaceView,
    Photo,
    Quality,
    Segmentation,
    Verdict,
)

__all__ = ["MEASURES", "check_quality"]

#: How each row of ``quality.toml`` is measured.
MEASURES: Mapping[str, Callable[[Scene], Reading]] = MappingProxyType(
    {
        "faces": measure_faces,
        "margin": measure_margin,
        "resolution": measure_resolution,
        "face_width": measure_face_width,
        "landmark_agreement": measure_landmark_agreement,
        "sharpness": measure_sharpness,
        "clipping_high": measure_clipping_high,
        "clipping_low": measure_clipping_low,
        "light_balance": measure_light_balance,
        "light_direction": measure_light_direction,
        "color_cast": measure_color_cast,
        "yaw": measure_yaw,
        "pitch": measure_pitch,
        "roll": measure_roll,
        "camera_distance": measure_camera_distance,
        "expression": measure_expression,
        "eyes_open": measure_eyes_open,
        "mouth_closed": measure_mouth_closed,
        "forehead_hair": measure_forehead_hair,
        "glasses": measure_glasses,
        "beard": measure_beard,
        "compression": measure_compression,
        "blocking": measure_blocking,
        "smoothing": measure_smoothing,
        "averaging": measure_averaging,
    }
)

_WORST_FIRST = (Verdict.REJECT, Verdict.WARN, Verdict.PASS)


def check_quality(
    photo: Photo,
    frame: FaceFrame,
    view: FaceView,
    segmentation: Segmentation,
    face_map: FaceMap,
) -> Quality:
    """Judge a photo by every row of ``quality.toml``, in its order.

    Parameters
    ----------
    photo : Photo
    frame : FaceFrame
    view : FaceView
    segmentation : Segmentation
    face_map : FaceMap

    Returns
    -------
    Quality
        The verdict is that of the worst check.
    """
    scene = Scene(photo, frame, view, segmentation, face_map)
    checks = tuple(
        judge(rule, MEASURES[rule.id](scene), frame.view) for rule in load_rules()
    )
    found = {check.verdict for check in checks}
    return Quality(next(v for v in _WORST_FIRST if v in found), checks, scene.gray)
