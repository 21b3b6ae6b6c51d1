"""Can two photos be compared? Every way in which they differ, with its value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from math import log
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.comparison.pairing import Pair
from facemap.comparison.registration import Registration
from facemap.comparison.sameness import photo_agreement
from facemap.frame.expression import movement_of
from facemap.geometry import shrink
from facemap.light import srgb_to_linear
from facemap.pipeline import Sight
from facemap.pointspread import FWHM
from facemap.resources import load_knowledge
from facemap.types import ZONE_IDS, Check, Expression, FaceFrame, Verdict

__all__ = ["check_order", "check_pair", "days_between", "reasons_of"]

_Image = NDArray[np.float32]

#: How far the tip of the nose lies before the plane of the eyes.
_NOSE_MM = 25.0
_FINE_MM = (0.5, 1.2)
#: Wide enough that sharpness and noise tell little, and narrower than most shading.
_RELIEF_MM = (2.0, 6.0)
#: Every so manyth pixel each way is enough of the skin to know what is common to it.
_EVERY = 3
_THIN = np.s_[::_EVERY, ::_EVERY]
#: Beyond this an activation says no more.
_LEAST = 1e-3
#: Log luminance: no detail at all is not less than this.
_FAINTEST = 1e-9
# Of a robust spread, for a normal distribution.
_MAD = 1.4826


def check_pair(
    before: Sight, after: Sight, registration: Registration, pair: Pair
) -> tuple[Check, ...]:
    """Judge every way in which two photos differ.

    Returns
    -------
    tuple of Check
        In the order of ``comparison.toml``; those that cannot be judged have no value.
    """
    first, second = before.analysis.frame, after.analysis.frame
    labels = pair.face_map.labels[_THIN]
    skin = labels > 0
    logs = tuple(view.log_luminance[_THIN] for view in (pair.before, pair.after))
    values: dict[str, float | None] = {
        "same_photo": photo_agreement(before.analysis, after.analysis),
        "same_skin": registration.agreement,
        "yaw": abs(first.pose.yaw_deg - second.pose.yaw_deg),
        "pitch": abs(first.pose.pitch_deg - second.pose.pitch_deg),
        "perspective": _perspective(first, second),
        "resolution": _ratio(before.view.photo_px_per_mm, after.view.photo_px_per_mm),
        "sharpness": abs(pair.blur_mm[0] - pair.blur_mm[1]) * FWHM,
        "texture": _texture(pair, skin),
        "contrast": _contrast(pair, skin),
        "exposure": _exposure(logs, skin),
        "color": _color(pair, skin),
        "light": _light(logs, labels),
    }
    around_mouth_and_eyes = _zones_of("smile")
    return (
        _view(first, second),
        *(_checked(name, value) for name, value in values.items()),
        *_expressions(first, second),
        _checked("smile", _smile(first, second), around_mouth_and_eyes),
        _checked("mouth_width", _mouth_width(first, second), around_mouth_and_eyes),
        _order(before, after),
    )


def reasons_of(checks: tuple[Check, ...], zone: str) -> tuple[str, ...]:
    """Why a zone cannot be compared, by the checks of the pair."""
    said = [
        check
        for check in checks
        if check.verdict is Verdict.REJECT and (not check.zones or zone in check.zones)
    ]
    # Of photos of two faces it says nothing how else they differ.
    strange = [check for check in said if check.id == "same_skin"]
    # A smile also parts the lips: two actions, one reason.
    return tuple(dict.fromkeys(check.advice for check in strange or said))


def _row(name: str) -> Mapping[str, Any]:
    row: Mapping[str, Any] = load_knowledge("comparison")["check"][name]
    return row


def _checked(name: str, value: float | None, zones: tuple[str, ...] = ()) -> Check:
    row = _row(name)
    warn, reject = row.get("warn"), row.get("reject")
    verdict = Verdict.PASS
    if value is not None:
        sign = 1 if row["bad"] == "high" else -1
        for limit, worse in ((warn, Verdict.WARN), (reject, Verdict.REJECT)):
            if limit is not None and sign * value > sign * limit:
                verdict = worse
    advice = (
        ""
        if verdict is Verdict.PASS
        else row["advice"].format(amount=value if value is not None else 0)
    )
    return Check(name, value, row["unit"], warn, reject, verdict, advice, zones)


def _view(first: FaceFrame, second: FaceFrame) -> Check:
    row = _row("view")
    same = first.view is second.view
    advice = row["advice"].format(
        before=_said(str(first.view)), after=_said(str(second.view))
    )
    return Check(
        "view",
        None,
        row["unit"],
        None,
        None,
        Verdict.PASS if same else Verdict.REJECT,
        "" if same else advice,
    )


def _perspective(first: FaceFrame, second: FaceFrame) -> float | None:
    near = first.camera_distance_mm, second.camera_distance_mm
    if near[0] is None or near[1] is None:
        return None
    return 100 * _NOSE_MM * abs(1 / near[0] - 1 / near[1])


def _ratio(one: float, other: float) -> float:
    return max(one, other) / min(one, other)


def _texture(pair: Pair, skin: NDArray[np.bool_]) -> float | None:
    """Spread of the finest detail of the smoother over that of the rougher photo."""
    if not skin.any():
        return None
    before, after = (
        _spread(_band(view.log_luminance, view.px_per_mm, _FINE_MM)[_THIN][skin])
        for view in (pair.before, pair.after)
    )
    return 1 / _ratio(before, after)


def _contrast(pair: Pair, skin: NDArray[np.bool_]) -> float | None:
    """Spread of detail some millimeters wide, the greater over the lesser."""
    if not skin.any():
        return None
    height, width = skin.shape
    before, after = (
        _spread(
            _band(
                # Blurs this wide take a third of a second at full size.
                shrink(view.log_luminance, (width, height)),
                view.px_per_mm / _EVERY,
                _RELIEF_MM,
            )[skin]
        )
        for view in (pair.before, pair.after)
    )
    return _ratio(before, after)


def _band(
    log_luminance: _Image, px_per_mm: float, band_mm: tuple[float, float]
) -> _Image:
    fine, coarse = (
        cv2.GaussianBlur(log_luminance, (0, 0), mm * px_per_mm / 2) for mm in band_mm
    )
    return np.asarray(fine - coarse, np.float32)


def _spread(detail: _Image) -> float:
    return max(float(np.median(np.abs(detail))) * _MAD, _FAINTEST)


def _exposure(logs: tuple[_Image, ...], skin: NDArray[np.bool_]) -> float | None:
    if not skin.any():
        return None
    before, after = (log_luminance[skin] for log_luminance in logs)
    gap = after - before
    return abs(float(np.median(gap))) / log(2)


def _color(pair: Pair, skin: NDArray[np.bool_]) -> float | None:
    """Distance of the mean skin colors in a* and b*, scaled to one luminance."""
    if not skin.any():
        return None
    spots = []
    for view in (pair.before, pair.after):
        own = view.rgb[_THIN][skin]
        rgb = srgb_to_linear(own / 255.0).mean(axis=0)
        rgb *= 0.3 / max(float(rgb.mean()), 1e-6)
        pixel = np.asarray(rgb, np.float32)[None, None]
        spots.append(cv2.cvtColor(pixel, cv2.COLOR_LRGB2Lab)[0, 0, 1:])
    return float(np.hypot(*(spots[0] - spots[1])))


def _light(logs: tuple[_Image, ...], labels: NDArray[np.uint8]) -> float | None:
    """By what factor the balance of the right and left half of the face changed."""
    halves = [
        np.isin(labels, [k + 1 for k, z in enumerate(ZONE_IDS) if z.endswith(side)])
        for side in ("_r", "_l")
    ]
    if not all(half.any() for half in halves):
        return None
    balance = [
        float(np.median(log_luminance[halves[0]]))
        - float(np.median(log_luminance[halves[1]]))
        for log_luminance in logs
    ]
    return float(np.exp(abs(balance[0] - balance[1])))


def _expressions(first: FaceFrame, second: FaceFrame) -> Iterator[Check]:
    """One check per action that differs; one that passes where none does."""
    row = _row("expression")
    table = load_knowledge("comparison")["expression"]
    said = _said(movement_of(first.expression)), _said(movement_of(second.expression))
    found = False
    for action in table:
        gap = _gap(first.expression, second.expression, action)
        if gap is None or gap <= row["reject"]:
            continue
        found = True
        how = ", ".join(said)
        if said[0] == said[1]:
            how = f"{_said(action)}: more in one photo than in the other"
        yield Check(
            "expression",
            gap,
            row["unit"],
            None,
            row["reject"],
            Verdict.REJECT,
            row["advice"].format(how=how),
            _zones_of(action),
        )
    if not found:
        yield Check(
            "expression", 0.0, row["unit"], None, row["reject"], Verdict.PASS, ""
        )


def _zones_of(action: str) -> tuple[str, ...]:
    kinds = load_knowledge("comparison")["expression"][action]
    return tuple(zone for zone in ZONE_IDS if _kind(zone) in kinds)


def _smile(first: FaceFrame, second: FaceFrame) -> float | None:
    """By how much the log odds of a smile differ."""
    odds = []
    for frame in (first, second):
        share = frame.expression.activations.get("smile")
        if share is None:
            return None
        share = min(max(share, _LEAST), 1 - _LEAST)
        odds.append(log(share / (1 - share)))
    return abs(odds[0] - odds[1])


def _mouth_width(first: FaceFrame, second: FaceFrame) -> float:
    """By how many percent the mouth is wider, against the distance of the eyes."""
    widths = [
        float(np.linalg.norm(np.subtract(*points[[61, 291]])))
        / float(np.linalg.norm(np.subtract(*points[[33, 263]])))
        for points in (first.vertices_mm, second.vertices_mm)
    ]
    return 100 * (max(widths) / min(widths) - 1)


def _gap(first: Expression, second: Expression, action: str) -> float | None:
    a, b = first.activations.get(action), second.activations.get(action)
    return None if a is None or b is None else abs(a - b)


def _kind(zone: str) -> str:
    return zone.removesuffix("_r").removesuffix("_l")


def _said(name: str) -> str:
    return name.replace("_", " ")


def _order(before: Sight, after: Sight) -> Check:
    first, second = before.analysis.photo.taken_at, after.analysis.photo.taken_at
    days = None
    if first is not None and second is not None:
        days = (second - first).total_seconds() / 86400
    return check_order(days)


def days_between(first: date | None, second: date | None) -> int | None:
    """Count the days from one date to another; None where one is not known."""
    return None if first is None or second is None else (second - first).days


def check_order(days: float | None) -> Check:
    """Judge the order of two photos.

    Parameters
    ----------
    days : float or None
        From the first to the second; None where nobody knows.

    Examples
    --------
    >>> check_order(-3).advice
    "The photo given as 'before' was taken later: is the order right?"
    """
    row = _row("order")
    late = days is not None and days < 0
    return Check(
        "order",
        days,
        row["unit"],
        None,
        None,
        Verdict.WARN if late else Verdict.PASS,
        row["advice"] if late else "",
    )
