"""The printed card: found near the face, and what it says about millimeters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from facemap.chart import load_chart
from facemap.frame.mesh import pupils_mm
from facemap.frame.pose import PoseFit
from facemap.light import LUMINANCE, linear_light
from facemap.resources import load_knowledge
from facemap.types import (
    FloatArray,
    Marker,
    MarkerUse,
    Photo,
    Points,
    Scale,
    ScaleSource,
)

__all__ = ["measure_marker", "prefer_marker"]

#: The corners of the square on the card, in sides from its middle, clockwise.
_CORNERS = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
#: Where the corners of a mirrored marker, as it reads, are printed.
_UNMIRRORED = [1, 0, 3, 2]
#: From here on a pixel in four by four, noise and all, is too little: halve first.
_WIDE_STEP = 4.0


@dataclass(frozen=True)
class _Square:
    """The black square in the photo, and how straight its edges are."""

    corners_px: FloatArray
    edge_sd_px: float

    @property
    def side_px(self) -> float:
        """Mean length of the four sides."""
        closed = np.concatenate([self.corners_px, self.corners_px[:1]])
        return float(np.linalg.norm(np.diff(closed, axis=0), axis=1).mean())


def measure_marker(
    photo: Photo, vertices_px: Points, fit: PoseFit, scale: Scale
) -> Marker | None:
    r"""Find the printed card near a face and read its scale.

    Parameters
    ----------
    photo : Photo
    vertices_px : ndarray of shape (N, 2)
        The extended mesh on the photo.
    fit : PoseFit
    scale : Scale
        What irises and pupils say. It tells how large a marker to look for, and which
        reading to refuse.

    Returns
    -------
    Marker or None

    Notes
    -----
    A tilt shortens only across its axis, so the larger singular value of the
    homography's derivative, taken across the line of sight, is the scale at the card's
    distance. That is carried to the plane of the eyes: a card that lies
    :math:`d` behind it (before it where negative) and :math:`z` from the camera reads
    :math:`z / (z - d)` times too many millimeters per pixel. On the face, :math:`d` is
    the posed head's; a card beside it is taken to be level with the eyes.
    """
    eyes_px = fit.project(pupils_mm()).mean(axis=0)
    seen = _look(photo, eyes_px, scale.mm_per_px)
    if seen is None:
        return None
    corners_px, mirrored = seen
    square = _sharpen(photo, corners_px)
    if square is None:
        return None
    knowledge = load_knowledge("marker")["scale"]
    side_mm = float(load_knowledge("marker")["card"]["side_mm"])
    card_to_px = _homography(square.corners_px)
    middle_px = card_to_px[:2, 2] / card_to_px[2, 2]
    across, tilt_deg = _scale_across(card_to_px, side_mm, fit)
    distance_mm = fit.pose.focal_px * across
    depth_mm = _depth_mm(middle_px, vertices_px, fit, scale)
    beside = depth_mm is None
    depth_mm = depth_mm or 0.0
    mm_per_px = across * (1 - depth_mm / distance_mm)

    edge_mm = square.edge_sd_px * across
    edges = [edge_mm / 2, knowledge["edge_sd_mm"], knowledge["edge_sd_px"] * across]
    place_mm = knowledge["beside_sd_mm" if beside else "on_face_sd_mm"]
    parts = [
        *(np.sqrt(2) * np.array(edges) / side_mm),
        knowledge["print_sd"],
        place_mm / distance_mm,
        depth_mm * (_near_sd_per_mm() if photo.focal_35mm is None else 0.0),
    ]
    relative_sd = float(np.linalg.norm(parts))
    apart = abs(float(np.log(mm_per_px / scale.mm_per_px)))
    if apart > np.log1p(knowledge["max_disagreement"]):
        use = MarkerUse.DISAGREES
    elif relative_sd > scale.relative_sd:
        use = MarkerUse.LESS_SURE
    else:
        use = MarkerUse.SCALE
    return Marker(
        corners_px=square.corners_px,
        card_to_px=card_to_px,
        mm_per_px=mm_per_px,
        relative_sd=relative_sd,
        tilt_deg=tilt_deg,
        mirrored=mirrored,
        use=use,
    )


def prefer_marker(scale: Scale, marker: Marker | None) -> Scale:
    """Take the marker's scale where there is one to be used."""
    if marker is None or marker.use is not MarkerUse.SCALE:
        return scale
    return Scale(marker.mm_per_px, marker.relative_sd, ScaleSource.MARKER)


@cache
def _detector(expected_of_image: float) -> cv2.aruco.ArucoDetector:
    """Return a detector of the card's marker alone, as it is and mirrored.

    Parameters
    ----------
    expected_of_image : float
        Perimeter of the marker to look for, over the longer side of the image.
    """
    knowledge = load_knowledge("marker")
    search, marker_id = knowledge["search"], int(knowledge["card"]["id"])
    known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    size = known.markerSize
    cells = known.generateImageMarker(marker_id, size + 2)[1:-1, 1:-1]
    printed = np.asarray(cells > 0, np.uint8)
    mirrored = np.ascontiguousarray(printed[:, ::-1])
    both = [cv2.aruco.Dictionary.getByteListFromBits(b) for b in (printed, mirrored)]
    dictionary = cv2.aruco.Dictionary(
        np.concatenate(both), size, int(search["correct_bits"])
    )
    settings = cv2.aruco.DetectorParameters()
    settings.errorCorrectionRate = 1.0  # else it rounds down to no bit at all
    settings.perspectiveRemovePixelPerCell = int(search["samples_per_cell"])
    window = int(search["window_px"])
    settings.adaptiveThreshWinSizeMin = settings.adaptiveThreshWinSizeMax = window
    least, most = search["perimeter"]
    settings.minMarkerPerimeterRate = least * expected_of_image
    settings.maxMarkerPerimeterRate = most * expected_of_image
    return cv2.aruco.ArucoDetector(dictionary, settings)


def _look(
    photo: Photo, around_px: FloatArray, mm_per_px: float
) -> tuple[FloatArray, bool] | None:
    """Find the marker, roughly, in a small picture of the surroundings of the face.

    Returns
    -------
    corners_px : ndarray of shape (4, 2)
        As printed, clockwise from the top left.
    mirrored : bool
    """
    knowledge = load_knowledge("marker")
    search, side_mm = knowledge["search"], float(knowledge["card"]["side_mm"])
    reach_px = float(search["around_mm"]) / mm_per_px
    low = np.maximum(np.floor(around_px - reach_px), 0).astype(int)
    high = np.minimum(np.ceil(around_px + reach_px) + 1, photo.size_wh).astype(int)
    if (high - low < 2).any():
        return None
    part = photo.rgb[low[1] : high[1], low[0] : high[0]]
    step = side_mm / mm_per_px / float(search["side_px"])
    small = _reduce(part, max(step, 1.0))
    longer = max(small.shape)
    expected = 4 * side_mm / mm_per_px * small.shape[1] / part.shape[1] / longer
    found, ids, _ = _detector(round(expected, 2)).detectMarkers(small)
    if ids is None or not len(ids):
        return None
    grown = np.array(part.shape[1::-1]) / small.shape[1::-1]
    corners = [(c[0] + 0.5) * grown - 0.5 + low for c in found]
    aside = [float(np.linalg.norm(c.mean(axis=0) - around_px)) for c in corners]
    nearest = int(np.argmin(aside))
    mirrored = bool(np.ravel(ids)[nearest])
    printed = corners[nearest][_UNMIRRORED] if mirrored else corners[nearest]
    return np.asarray(printed, np.float64), mirrored


def _reduce(rgb: NDArray[np.uint8], step: float) -> NDArray[np.uint8]:
    """Make a rough gray picture `step` times smaller, in a hurry.

    Four neighbors are averaged wherever a pixel is taken, however far apart those are:
    of what has four pixels to a cell afterwards, that is enough.
    """
    height, width = rgb.shape[:2]
    size = max(2, round(width / step)), max(2, round(height / step))
    if step >= _WIDE_STEP:
        rgb = rgb[: height // 2 * 2, : width // 2 * 2]
        rgb = np.asarray(cv2.resize(rgb, (width // 2, height // 2)), np.uint8)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)


def _sharpen(photo: Photo, corners_px: FloatArray) -> _Square | None:
    """Place the edges of the square in the photo itself, to a fraction of a pixel.

    None where an edge is not to be seen, or is not straight.
    """
    edge = load_knowledge("marker")["edge"]
    square = _Square(corners_px, 0.0)
    margin = 2 * float(edge["reach"][0]) * square.side_px + 2
    low = np.maximum(np.floor(corners_px.min(axis=0) - margin), 0).astype(int)
    high = np.ceil(corners_px.max(axis=0) + margin).astype(int) + 1
    part = photo.rgb[low[1] : high[1], low[0] : high[0]]
    weights = LUMINANCE[np.newaxis].astype(np.float32)
    light = np.asarray(cv2.transform(linear_light(part), weights), np.float32)
    square = _Square(corners_px - low, 0.0)
    for reach in edge["reach"]:
        found = _fit_edges(light, square, float(reach) * square.side_px)
        if found is None:
            return None
        square = found
    if square.edge_sd_px > float(edge["max_bend"]) * square.side_px:
        return None
    return _Square(square.corners_px + low, square.edge_sd_px)


def _fit_edges(
    light: NDArray[np.float32], square: _Square, reach_px: float
) -> _Square | None:
    """Read each edge on rays across it, and cross the lines through them."""
    edge = load_knowledge("marker")["edge"]
    clear = float(edge["clear"])
    along = np.linspace(clear, 1 - clear, int(edge["rays"]))
    middle = square.corners_px.mean(axis=0)
    closed = np.concatenate([square.corners_px, square.corners_px[:1]])
    lines, residuals = [], []
    for start, end in pairwise(closed):
        ahead = (end - start) / np.linalg.norm(end - start)
        outward = np.array([ahead[1], -ahead[0]])
        outward *= np.sign(outward @ ((start + end) / 2 - middle))
        on_edge = start + along[:, None] * (end - start)
        offset, seen = _crossings(light, on_edge, outward, reach_px)
        if np.count_nonzero(seen) < int(edge["least_rays"]):
            return None
        points = (on_edge + offset[:, None] * outward)[seen].astype(np.float32)
        fitted = cv2.fitLine(points, cv2.DIST_HUBER, 0, 1e-3, 1e-3)
        dx, dy, x, y = np.ravel(fitted).astype(np.float64)
        # Points p of the line fulfill (-dy, dx, dy * x - dx * y) @ (p, 1) = 0.
        line = np.array([-dy, dx, dy * x - dx * y])
        lines.append(line)
        residuals.append(points @ line[:2] + line[2])
    before = [lines[-1], *lines[:-1]]
    corners = np.stack([np.cross(a, b) for a, b in zip(before, lines, strict=True)])
    if (np.abs(corners[:, 2]) < 1e-9).any():
        return None
    spread = float(np.sqrt(np.mean(np.concatenate(residuals) ** 2)))
    return _Square(corners[:, :2] / corners[:, 2:], spread)


def _crossings(
    light: NDArray[np.float32],
    on_edge: FloatArray,
    outward: FloatArray,
    reach_px: float,
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Where black ends on each ray, in pixels outward, and which rays show it.

    By area under the profile: blur, as long as it is even, does not move that.
    """
    edge = load_knowledge("marker")["edge"]
    n = 2 * int(np.ceil(2 * reach_px)) + 1
    steps = np.linspace(-reach_px, reach_px, n)
    xy = (on_edge[:, None] + steps[:, None] * outward).astype(np.float32)
    x, y = np.ascontiguousarray(xy.transpose(2, 0, 1))
    profile = np.asarray(
        cv2.remap(light, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.float64,
    )
    ends = max(1, n // 4)
    dark, bright = profile[:, :ends].mean(axis=1), profile[:, -ends:].mean(axis=1)
    contrast = bright - dark
    seen = contrast > max(float(edge["least_contrast"]), 0.5 * np.median(contrast))
    share = (bright[:, None] - profile) / np.where(seen, contrast, 1)[:, None]
    share = (share[:, 1:] + share[:, :-1]).mean(axis=1) / 2
    offset = (2 * share - 1) * reach_px
    return offset, seen & (np.abs(offset) < 0.8 * reach_px)


def _homography(corners_px: FloatArray) -> FloatArray:
    matrix = cv2.getPerspectiveTransform(
        _CORNERS.astype(np.float32), corners_px.astype(np.float32)
    )
    return np.asarray(matrix, np.float64)


def _scale_across(
    card_to_px: FloatArray, side_mm: float, fit: PoseFit
) -> tuple[float, float]:
    """Millimeters per pixel at the card's distance, and its tilt in degrees."""
    x, y, w = card_to_px[:, 2]
    jacobian = card_to_px[:2, :2] - np.outer([x, y], card_to_px[2, :2]) / w
    jacobian /= w * side_mm
    # Off the axis a lens stretches: as if seen straight on, along the line of sight.
    off = (np.array([x, y]) / w - fit.center_px) / fit.pose.focal_px
    away = float(np.linalg.norm(off))
    cosine = 1 / np.hypot(1, away)
    outward = off / away if away else off
    upright = cosine * (np.eye(2) + (cosine - 1) * np.outer(outward, outward))
    longest, shortest = np.linalg.svd(upright @ jacobian, compute_uv=False)
    tilt_deg = np.degrees(np.arccos(np.clip(shortest / longest, 0, 1)))
    return float(cosine / longest), float(tilt_deg)


def _depth_mm(
    at_px: FloatArray, vertices_px: Points, fit: PoseFit, scale: Scale
) -> float | None:
    """How far behind the eyes a card on the face at a place lies; None beside it.

    Where the head turns away a card that faces the camera lies before it, not on it.
    """
    knowledge = load_knowledge("marker")["scale"]
    chart = load_chart()
    a, b, c = vertices_px[chart.triangles].transpose(1, 0, 2)
    doubled = _cross(b - a, c - a)
    weights = np.stack([_cross(b - at_px, c - at_px), _cross(c - at_px, a - at_px)])
    weights /= np.where(doubled, doubled, np.inf)
    weights = np.concatenate([weights, 1 - weights.sum(axis=0, keepdims=True)])
    inside = (weights >= 0).all(axis=0) & (doubled != 0)
    if not inside.any():
        return None
    corners = fit.to_camera(chart.vertices_mm)[chart.triangles[inside]]
    depths = (corners[..., 2].T * weights[:, inside]).sum(axis=0)
    a, b, c = corners[int(np.argmin(depths))]
    normal = np.cross(b - a, c - a)
    facing = abs(float(normal @ a)) / np.linalg.norm(normal) / np.linalg.norm(a)
    if facing < float(knowledge["least_facing"]):
        return None
    eyes = float(fit.to_camera(pupils_mm())[:, 2].mean())
    true_size = fit.pose.focal_px * scale.mm_per_px / eyes
    behind = float((depths.min() - eyes) * true_size)
    return behind - float(knowledge["stand_off_mm"])


def _near_sd_per_mm() -> float:
    """Return how unsure the pose is of the nearness of a camera of unknown lens."""
    pose = load_knowledge("frame")["pose"]
    sd = np.array([pose["near_sd_per_m"], pose["near_reading_sd_per_m"]]) / 1000
    return float((sd**-2).sum() ** -0.5)


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
