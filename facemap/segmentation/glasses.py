"""Glasses: a bar across the bridge of the nose gives them away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from facemap.segmentation.grid import BoolGrid, Evidence, FloatGrid, in_box
from facemap.segmentation.growing import components_touching, dilate

__all__ = ["find_glasses"]

#: Where a line's two sides lie: above and below, then beside and at the diagonals.
_LEVEL = ((0.0, 1.0),)
_OTHER = ((1.0, 0.0), (0.75, 0.75), (0.75, -0.75))


def find_glasses(
    evidence: Evidence, keep_out: BoolGrid, knowledge: Mapping[str, Any]
) -> BoolGrid:
    """Find the rims, bridge and side-pieces of a pair of glasses.

    Parameters
    ----------
    evidence : Evidence
    keep_out : ndarray of shape (h, w), bool
        Eyes and brows, which have lines of their own.
    knowledge : mapping
        The table ``glasses`` of ``segmentation.toml``.

    Returns
    -------
    ndarray of shape (h, w), bool
        Empty where no bar crosses the bridge of the nose. Lenses are not covered: skin
        shows through them.
    """
    found = np.zeros(evidence.u.shape, bool)
    top, bottom = knowledge["between_v"]
    band = evidence.inside & (evidence.v > top) & (evidence.v < bottom)
    rows = np.flatnonzero(band.any(axis=1))
    if len(rows) == 0:
        return found
    part = slice(rows[0], rows[-1] + 1)
    evidence, band, keep_out = evidence.rows(part), band[part], keep_out[part]
    widths = knowledge["bridge_width_mm"]
    bars = _line_contrast(evidence, widths, _LEVEL)
    bridge = in_box(evidence.u, evidence.v, knowledge["bridge_uv"])
    if _weakest_across(bars, evidence, bridge, knowledge) < knowledge["min_bridge"]:
        return found
    lines = _line_contrast(evidence, [knowledge["rim_width_mm"]], _LEVEL + _OTHER)

    rims = band & (lines > knowledge["min_rim"]) & ~keep_out
    side_pieces = in_box(evidence.u, evidence.v, knowledge["side_piece_uv"])
    strong = rims & (lines > knowledge["min_bridge"]) & (bridge | side_pieces)
    # Rims are traced over small gaps, but drawn without them.
    gap = knowledge["gap_mm"] * evidence.px_per_mm
    rims &= components_touching(dilate(rims, gap), strong)
    found[part] = dilate(rims, knowledge["margin_mm"] * evidence.px_per_mm)
    return found


def _line_contrast(
    evidence: Evidence,
    widths_mm: list[float],
    directions: tuple[tuple[float, float], ...],
) -> FloatGrid:
    """Log contrast of a line, dark or bright, against both its sides."""
    height, width = evidence.u.shape
    best = np.zeros((height, width), np.float32)
    for width_mm in widths_mm:
        sigma = width_mm / 2 * evidence.px_per_mm
        middle = cv2.GaussianBlur(evidence.luminance, (0, 0), sigma)
        reach = int(np.ceil(width_mm * evidence.px_per_mm))
        padded = np.pad(middle, reach, mode="edge")
        for across, down in directions:
            dx, dy = round(across * reach), round(down * reach)
            one, other = (
                padded[reach + y : reach + y + height, reach + x : reach + x + width]
                for x, y in ((dx, dy), (-dx, -dy))
            )
            dark = np.minimum(one, other) - middle
            bright = middle - np.maximum(one, other)
            best = np.maximum(best, np.maximum(dark, bright))
    return best


def _weakest_across(
    lines: FloatGrid, evidence: Evidence, bridge: BoolGrid, knowledge: Mapping[str, Any]
) -> float:
    """Contrast of the best path across the bridge, at its weak end.

    The strongest line in each of a few columns of the chart; a bar is strong in nearly
    all of them, a frown line in few.
    """
    if not bridge.any():
        return 0.0
    u0 = knowledge["bridge_uv"][0]
    columns = int(knowledge["columns"])
    share = (evidence.u[bridge] - u0) / (1 - 2 * u0)
    column = np.clip((share * columns).astype(int), 0, columns - 1)
    strongest = np.zeros(columns)
    np.maximum.at(strongest, column, lines[bridge])
    return float(np.quantile(strongest, knowledge["weak_quantile"]))
