"""The values that pass between stages: frozen, validated, unit-suffixed.

Conventions
-----------
* Arrays are cast, shape-checked and made read-only on the way in.
* ``_px`` pixels of the upright photo, ``_vx`` pixels of a `FaceView`, ``_mm``
  millimeters, ``_uv`` canonical chart, ``_deg`` degrees, ``_wh`` (width, height);
  points are ``(x, y)`` and (0, 0) is the center of the top-left pixel.
* Left and right are the patient's own.
* A missing measurement is ``None`` with a reason beside it; never NaN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FACE_ZONES",
    "ZONE_IDS",
    "Analysis",
    "Axes",
    "Check",
    "Expression",
    "ExpressionLabel",
    "FaceFrame",
    "FaceMap",
    "FaceView",
    "FloatArray",
    "FloatImage",
    "GrayKind",
    "GrayReference",
    "Landmarks",
    "LineKind",
    "Marker",
    "MarkerUse",
    "Mask",
    "ModelUse",
    "Note",
    "Overall",
    "Photo",
    "Points",
    "Pose",
    "Provenance",
    "Quality",
    "RgbImage",
    "Scale",
    "ScaleSource",
    "Segmentation",
    "Surface",
    "Verdict",
    "View",
    "WrinkleLine",
    "WrinkleReading",
    "ZoneRegion",
    "ZoneScore",
    "frozen_mapping",
]

#: The 21 zones of the contract, in its order. Label ``k + 1`` in `FaceMap.labels`.
ZONE_IDS: tuple[str, ...] = (
    "forehead",
    "glabella",
    "nasal_root",
    "crow_feet_r",
    "crow_feet_l",
    "infraorbital_r",
    "infraorbital_l",
    "bunny_r",
    "bunny_l",
    "cheek_r",
    "cheek_l",
    "nasolabial_r",
    "nasolabial_l",
    "upper_lip",
    "lower_lip",
    "marionette_r",
    "marionette_l",
    "chin",
    "jawline_r",
    "jawline_l",
    "neck",
)

#: Those of the face itself, over which the overall severity is taken. The neck has a
#: third of all skin in an ordinary photo, and as much of it as the collar leaves: with
#: it, the overall would say how the patient is dressed.
FACE_ZONES: tuple[str, ...] = tuple(zone for zone in ZONE_IDS if zone != "neck")


@dataclass(frozen=True)
class Axes:
    """Shape and dtype of an array field. A name is any length, the same throughout."""

    dtype: type[np.generic]
    shape: tuple[int | str, ...]


FloatArray = NDArray[np.float64]
RgbImage = Annotated[NDArray[np.uint8], Axes(np.uint8, ("H", "W", 3))]
FloatImage = Annotated[NDArray[np.float32], Axes(np.float32, ("H", "W"))]
LabelImage = Annotated[NDArray[np.uint8], Axes(np.uint8, ("H", "W"))]
Mask = Annotated[NDArray[np.bool_], Axes(np.bool_, ("H", "W"))]
Points = Annotated[FloatArray, Axes(np.float64, ("N", 2))]
Points3 = Annotated[FloatArray, Axes(np.float64, ("N", 3))]
Values = Annotated[FloatArray, Axes(np.float64, ("N",))]


@cache
def _array_fields(cls: type) -> dict[str, Axes]:
    hints = get_type_hints(cls, include_extras=True)
    return {
        name: axes
        for name, hint in hints.items()
        for axes in getattr(hint, "__metadata__", ())
        if isinstance(axes, Axes)
    }


class _ArrayRecord:
    """Gives a dataclass read-only, shape-checked arrays and equality by value."""

    def __post_init__(self) -> None:
        lengths: dict[str, int] = {}
        for name, axes in _array_fields(type(self)).items():  # type: ignore[arg-type]
            value = np.asarray(getattr(self, name), dtype=axes.dtype)
            if value.ndim != len(axes.shape) or not all(
                n == want if isinstance(want, int) else lengths.setdefault(want, n) == n
                for n, want in zip(value.shape, axes.shape, strict=True)
            ):
                raise ValueError(
                    f"{type(self).__name__}.{name} must have shape "
                    f"({', '.join(map(str, axes.shape))}), got {value.shape}"
                )
            if value.flags.writeable:
                # The caller may still hold the array: keep a copy of our own.
                value = value.copy()
                value.setflags(write=False)
            object.__setattr__(self, name, value)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Pickle and deepcopy drop the read-only flag.
        for name, value in state.items():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name))
            for f in fields(self)  # type: ignore[arg-type]
        )

    __hash__ = object.__hash__


class View(StrEnum):
    """Which way the patient faced. `OBLIQUE_R` shows the patient's right cheek."""

    FRONTAL = "frontal"
    OBLIQUE_R = "oblique_r"
    OBLIQUE_L = "oblique_l"
    PROFILE_R = "profile_r"
    PROFILE_L = "profile_l"


class ScaleSource(StrEnum):
    """Where a scale came from."""

    IRIS = "iris"
    IRIS_IPD = "iris_ipd"
    MARKER = "marker"
    SITTING = "sitting"
    ASSUMED = "assumed"


class ExpressionLabel(StrEnum):
    """What the face is doing, as an activation of muscles, never as a feeling."""

    REST = "rest"
    BROW_RAISE = "brow_raise"
    FROWN = "frown"
    SQUINT = "squint"
    SMILE = "smile"
    PUCKER = "pucker"
    OTHER = "other"


class Verdict(StrEnum):
    """Outcome of a quality check."""

    PASS = "pass"
    WARN = "warn"
    REJECT = "reject"


class MarkerUse(StrEnum):
    """What became of a printed marker.

    `SCALE`: the scale is the marker's. `LESS_SURE`: irises and pupils tell more.
    `DISAGREES`: it is far from them, so of another size, or not on this face.
    """

    SCALE = "scale"
    LESS_SURE = "less_sure"
    DISAGREES = "disagrees"


class GrayKind(StrEnum):
    """`CARD`: a real gray card that covers the printed gray. `PRINT`: that print."""

    CARD = "card"
    PRINT = "print"


class LineKind(StrEnum):
    """Fine line: under the wrinkle band; wrinkle: a furrow; fold: a broad shadow."""

    FINE_LINE = "fine_line"
    WRINKLE = "wrinkle"
    FOLD = "fold"


@dataclass(frozen=True, eq=False)
class Photo(_ArrayRecord):
    """An upright, unmirrored sRGB photo. No metadata but what is named here.

    Attributes
    ----------
    rgb : ndarray of shape (H, W, 3), uint8
        sRGB, upright, flipped first where it was declared mirrored.
    sha256 : str
        Of the bytes of the file.
    file : str
        Name of the file, without folder.
    taken_at : datetime or None
        From EXIF, where it was there.
    color_profile : str
        The profile that the file carried: ``"sRGB"``, ``"Display P3"``, ...
    mirrored : bool
        The photo was declared mirrored and has been flipped.
    focal_35mm : float or None
        Focal length, 35 mm equivalent, from EXIF; only the perspective check uses it.
    jpeg_quality : float or None
        Estimated from the quantization tables; None for lossless formats.
    """

    rgb: RgbImage
    sha256: str
    file: str
    taken_at: datetime | None = None
    color_profile: str = "sRGB"
    mirrored: bool = False
    focal_35mm: float | None = None
    jpeg_quality: float | None = None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height, in pixels."""
        return int(self.rgb.shape[1]), int(self.rgb.shape[0])


@dataclass(frozen=True)
class ModelUse:
    """Which weights took part in a measurement."""

    id: str
    sha256: str


@dataclass(frozen=True, eq=False)
class Landmarks(_ArrayRecord):
    """478 face landmarks of one face (468 of the mesh, then 2 x 5 of the irises).

    Attributes
    ----------
    xy_px : ndarray of shape (478, 2)
        In the upright photo.
    z_px : ndarray of shape (478,)
        Relative depth in pixels, smaller is nearer to the camera.
    spread_px : ndarray of shape (478,)
        How far the landmark of the photo and that of its mirror image lie apart:
        the finder's own disagreement.
    blendshapes : mapping of str to float
        52 raw scores, 0 to 1; `facemap.frame` decides which to trust.
    n_faces : int
        How many faces the photo shows; this is the chosen one.
    model : ModelUse
    """

    xy_px: Points
    z_px: Values
    spread_px: Values
    blendshapes: Mapping[str, float]
    n_faces: int
    model: ModelUse


@dataclass(frozen=True, eq=False)
class Pose(_ArrayRecord):
    """Where the head is, from perspective-n-point on the canonical mesh.

    ``camera = rotation @ canonical_mm + translation_mm`` with the camera's x right,
    y down, z away from it; canonical x toward the patient's left, y up, z forward.

    Attributes
    ----------
    yaw_deg : float
        Positive when the patient turns to their own left.
    pitch_deg : float
        Positive when the patient looks up.
    roll_deg : float
        Positive when the head tilts toward the patient's own left shoulder
        (clockwise in the picture).
    rotation : ndarray of shape (3, 3)
    translation_mm : ndarray of shape (3,)
        In millimeters of the canonical head, whose size the `Scale` then corrects.
    focal_px : float
        Assumed or read from EXIF.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    rotation: Annotated[FloatArray, Axes(np.float64, (3, 3))]
    translation_mm: Annotated[FloatArray, Axes(np.float64, (3,))]
    focal_px: float


@dataclass(frozen=True)
class Scale:
    """Millimeters per pixel in the plane of the eyes, with its uncertainty."""

    mm_per_px: float
    relative_sd: float
    source: ScaleSource

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mm_per_px) and self.mm_per_px > 0):
            raise ValueError(f"mm_per_px must be positive, got {self.mm_per_px}")

    @property
    def px_per_mm(self) -> float:
        """Pixels per millimeter."""
        return 1.0 / self.mm_per_px


@dataclass(frozen=True, eq=False)
class Marker(_ArrayRecord):
    """The printed card of ``marker.toml``, found in the photo.

    Attributes
    ----------
    corners_px : ndarray of shape (4, 2)
        Of the black square, as printed: top left, top right, bottom right, bottom left.
    card_to_px : ndarray of shape (3, 3)
        Homography from the card, in sides of the square from its middle, to the photo.
    mm_per_px : float
        In the plane of the eyes, according to the card alone.
    relative_sd : float
    tilt_deg : float
        Between the card and a plane across the line of sight.
    mirrored : bool
        It reads mirrored, so the photo is.
    use : MarkerUse
    """

    corners_px: Annotated[FloatArray, Axes(np.float64, (4, 2))]
    card_to_px: Annotated[FloatArray, Axes(np.float64, (3, 3))]
    mm_per_px: float
    relative_sd: float
    tilt_deg: float
    mirrored: bool
    use: MarkerUse

    def to_px(self, on_card: FloatArray) -> FloatArray:
        """Carry places on the card to the photo; shape (N, 2), in sides to pixels."""
        points = np.column_stack([on_card, np.ones(len(on_card))]) @ self.card_to_px.T
        return np.asarray(points[:, :2] / points[:, 2:])


@dataclass(frozen=True, eq=False)
class GrayReference(_ArrayRecord):
    """What the light made of a gray of known color.

    Attributes
    ----------
    kind : GrayKind
    outline_px : ndarray of shape (4, 2)
        Of the gray, in the photo.
    linear_rgb : ndarray of shape (3,)
        Median, in linear light, white = 1.
    cast_ab : tuple of float
        CIELAB a* and b* of that, scaled to one luminance; a neutral gray has 0, 0.
    cast_sd : float
        Of each, because the reference is no perfect gray.
    exposure_ev : float or None
        Stops by which a gray of 18 % came out brighter; None of a print, whose
        reflectance nobody knows. Only as far as the camera left light linear.
    """

    kind: GrayKind
    outline_px: Annotated[FloatArray, Axes(np.float64, (4, 2))]
    linear_rgb: Annotated[FloatArray, Axes(np.float64, (3,))]
    cast_ab: tuple[float, float]
    cast_sd: float
    exposure_ev: float | None

    @property
    def white_balance(self) -> tuple[float, float, float]:
        """Factors on linear red, green and blue that would make it neutral; green 1."""
        red, green, blue = self.linear_rgb.tolist()
        return green / red, 1.0, green / blue


@dataclass(frozen=True)
class Expression:
    """What the face is doing: a label, and activations from 0 to 1."""

    label: ExpressionLabel
    activations: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class FaceFrame(_ArrayRecord):
    """Everything known about where the face is.

    Attributes
    ----------
    vertices_px : ndarray of shape (N, 2)
        The extended mesh on the photo: the 468 landmarks, then the vertices that
        `facemap.chart` adds for hairline and neck, carried along by the pose.
    vertices_mm : ndarray of shape (N, 3)
        The same on the skin, metric: x and y as in the photo (y down), z toward the
        camera is negative; origin between the pupils.
    camera_distance_mm : float or None
        Where it can be known.
    marker : Marker or None
        The printed card, where one is in the photo.
    """

    landmarks: Landmarks
    pose: Pose
    view: View
    scale: Scale
    expression: Expression
    vertices_px: Points
    vertices_mm: Annotated[FloatArray, Axes(np.float64, ("N", 3))]
    camera_distance_mm: float | None = None
    marker: Marker | None = None


@dataclass(frozen=True, eq=False)
class FaceView(_ArrayRecord):
    """The face cut out of the photo at working resolution, and in linear light.

    ``photo_px = origin_px + step * (view_vx + 0.5) - 0.5`` (see `facemap.geometry`).

    Attributes
    ----------
    rgb : ndarray of shape (H, W, 3), uint8
        sRGB.
    log_luminance : ndarray of shape (H, W), float32
        Natural logarithm of linear-light luminance (Rec. 709 weights, white = 0).
    px_per_mm : float
        View pixels per millimeter: at most 7.2; less where the photo has less.
    photo_px_per_mm : float
        Of the photo itself.
    origin_px : tuple of float
        Photo position of the view's top-left edge, from the photo's top-left edge.
    step : float
        Photo pixels per view pixel, 1 or more.
    """

    rgb: RgbImage
    log_luminance: FloatImage
    px_per_mm: float
    photo_px_per_mm: float
    origin_px: tuple[float, float]
    step: float

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of the view, in view pixels."""
        return int(self.rgb.shape[1]), int(self.rgb.shape[0])


@dataclass(frozen=True, eq=False)
class Surface(_ArrayRecord):
    """The skin's shape under the view, on a coarse grid of `grid_vx` view pixels.

    Sample with `facemap.geometry.sample_grid`. Outside the extended mesh: NaN in
    `uv`, 0 in `facing`.

    Attributes
    ----------
    u, v : ndarray of shape (h, w), float32
        Canonical chart coordinates.
    depth_mm : ndarray of shape (h, w), float32
        Distance behind the plane of the eyes, in millimeters; nearer is negative.
    facing : ndarray of shape (h, w), float32
        Cosine between the skin's normal and the line of sight, 0 to 1.
    grid_vx : float
        View pixels per grid cell.
    """

    u: FloatImage
    v: FloatImage
    depth_mm: FloatImage
    facing: FloatImage
    grid_vx: float


@dataclass(frozen=True, eq=False)
class Segmentation(_ArrayRecord):
    """What lies where in the view: only `skin` is measured.

    Attributes
    ----------
    skin, hair, glasses : ndarray of shape (H, W), bool
        `hair` holds brows, lashes, fringe, head hair, beard and moustache.
    hairline_found, neck_found : bool
        Whether the image itself showed where forehead ends and neck begins.
    """

    skin: Mask
    hair: Mask
    glasses: Mask
    hairline_found: bool
    neck_found: bool


@dataclass(frozen=True, eq=False)
class ZoneRegion(_ArrayRecord):
    """One zone on one photo.

    Attributes
    ----------
    outline_px : ndarray of shape (N, 2)
        Whole zone, in the upright photo.
    visible : float
        Share of the zone's skin, by area on the surface, that can be measured.
    area_mm2 : float
        Of the measurable skin, on the surface.
    reason : str or None
        Why the zone cannot be judged, or None.
    """

    id: str
    outline_px: Points
    visible: float
    area_mm2: float
    reason: str | None = None

    @property
    def assessable(self) -> bool:
        """Whether the zone can be judged."""
        return self.reason is None


@dataclass(frozen=True, eq=False)
class FaceMap(_ArrayRecord):
    """Zones in the view.

    Attributes
    ----------
    labels : ndarray of shape (H, W), uint8
        ``ZONE_IDS.index(zone) + 1`` where skin of that zone can be measured, else 0.
    regions : tuple of ZoneRegion
        All 21, in the order of `ZONE_IDS`.
    origin_px, step
        Where the labels lie on the photo; those of the `FaceView`.
    """

    labels: LabelImage
    regions: tuple[ZoneRegion, ...]
    origin_px: tuple[float, float] = (0.0, 0.0)
    step: float = 1.0

    def region(self, zone_id: str) -> ZoneRegion:
        """Look a zone up by id."""
        return self.regions[ZONE_IDS.index(zone_id)]


@dataclass(frozen=True)
class Check:
    """One quality check.

    Attributes
    ----------
    value : float or None
        None where it cannot be judged; the advice then says why.
    warn, reject : float or None
        Thresholds; which side is bad is the data file's business.
    zones : tuple of str
        Zones concerned; empty means the whole photo.
    widens_sd : float
        Factor on the severity's standard deviation in those zones, 1 or more.
    """

    id: str
    value: float | None
    unit: str
    warn: float | None
    reject: float | None
    verdict: Verdict
    advice: str
    zones: tuple[str, ...] = ()
    widens_sd: float = 1.0


@dataclass(frozen=True)
class Quality:
    """All checks of one photo; the verdict is that of the worst.

    `gray` is what color was judged by, where a gray reference is in the photo.
    """

    verdict: Verdict
    checks: tuple[Check, ...]
    gray: GrayReference | None = None


@dataclass(frozen=True, eq=False)
class WrinkleLine(_ArrayRecord):
    """One wrinkle line as a vector path.

    Attributes
    ----------
    path_px : ndarray of shape (N, 2)
        Center line in the upright photo.
    length_mm : float
        Along the skin's surface.
    width_mm : float
        Full width at half depth.
    depth : float
        Mean drop in log luminance against the skin beside the line.
    mass : float
        Mean of depth x width (mm) along the line; robust where width alone is not.
    orientation_deg : float
        [0, 180) in the face's frame: 0 parallel to the interpupillary line, 90
        vertical.
    confidence : float
        0 to 1.
    width_sd_mm, depth_sd : float or None
        Standard deviations of width and depth, whose errors are opposite: large where
        the photo's point spread is as wide as the line. None where not known.
    """

    zone: str
    kind: LineKind
    path_px: Points
    length_mm: float
    width_mm: float
    depth: float
    mass: float
    orientation_deg: float
    confidence: float
    width_sd_mm: float | None = None
    depth_sd: float | None = None


@dataclass(frozen=True)
class WrinkleReading:
    """What a detector says of a face.

    Attributes
    ----------
    lines : tuple of WrinkleLine
    loads : mapping of str to float
        How much of lines each assessable zone has: mean over its skin of the depth of
        the lines there, in thousandths of log luminance. Severity comes from this.
    """

    lines: tuple[WrinkleLine, ...]
    loads: Mapping[str, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "loads", frozen_mapping(self.loads))


@dataclass(frozen=True)
class ZoneScore:
    """What the lines of one zone add up to. None where it cannot be judged.

    `load` is that of `WrinkleReading`.
    """

    zone: str
    load: float | None
    severity: float | None
    severity_sd: float | None
    grade: float | None
    smallest_line_mm: float | None
    line_count: int
    total_length_mm: float
    mean_width_mm: float | None
    mean_depth: float | None
    max_depth: float | None
    orientation_deg: float | None


@dataclass(frozen=True)
class Overall:
    """Area-weighted severity of the assessed zones."""

    severity: float | None
    severity_sd: float | None
    assessed_zones: int


@dataclass(frozen=True)
class Provenance:
    """What must match before two analyses may be compared."""

    facemap: str
    detector_id: str
    detector_version: str
    models: tuple[ModelUse, ...]
    parameters_sha256: str

    def differences(self, other: Provenance) -> tuple[str, ...]:
        """Names of the fields that differ."""
        return tuple(
            f.name
            for f in fields(self)
            if getattr(self, f.name) != getattr(other, f.name)
        )


@dataclass(frozen=True)
class Note:
    """Something that the reader of an analysis must know, in one sentence."""

    id: str
    message: str


@dataclass(frozen=True)
class Analysis:
    """Everything measured on one photo. Pictures are drawn from it, not kept in it."""

    photo: Photo
    provenance: Provenance
    quality: Quality
    frame: FaceFrame
    face_map: FaceMap
    lines: tuple[WrinkleLine, ...]
    scores: tuple[ZoneScore, ...]
    overall: Overall
    notes: tuple[Note, ...] = ()


class _FrozenMapping(Mapping[str, float]):
    """What `types.MappingProxyType` is, but it can be copied and handed on."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, float]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)

    def __reduce__(self) -> tuple[type[_FrozenMapping], tuple[dict[str, float]]]:
        return _FrozenMapping, (self._values,)


def frozen_mapping(values: Mapping[str, float]) -> Mapping[str, float]:
    """Return a read-only copy of a mapping, which can be copied and pickled."""
    return _FrozenMapping(values)
