"""What a phantom can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np

from facemap.types import ZONE_IDS

__all__ = ["HairStyle", "PhantomParams", "demo_later", "demo_params"]


class HairStyle(StrEnum):
    """How much hair, and where. `FRINGE` covers the upper forehead."""

    AUTO = "auto"
    NONE = "none"
    SHORT = "short"
    SWEPT = "swept"
    LONG = "long"
    FRINGE = "fringe"

    @classmethod
    def _missing_(cls, value: object) -> None:
        raise ValueError(f"hair must be one of {', '.join(cls)}, got {value}")


#: Documented range of every number; outside it a face is no longer drawn sensibly.
_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "seed": (0, 2**32 - 1),
        "px_per_mm": (0.5, 40),
        "yaw_deg": (-60, 60),
        "pitch_deg": (-30, 30),
        "roll_deg": (-45, 45),
        "camera_distance_mm": (200, 5000),
        "light_azimuth_deg": (-80, 80),
        "light_elevation_deg": (-30, 80),
        "light_size_deg": (1, 60),
        "ambient": (0, 1),
        "exposure_ev": (-3, 3),
        "color_temperature_k": (2500, 12000),
        "ita_deg": (-60, 60),
        "noise": (0, 50),
        "blur_px": (0, 20),
        "beard": (0, 1),
        "background": (0, 1),
    }
)


@dataclass(frozen=True)
class PhantomParams:
    """Everything that decides a phantom: the same values draw the same bytes.

    Attributes
    ----------
    seed : int
        Another seed, another person: shape, colors, brows, moles, lines.
    size_wh : tuple of int
        Width and height in pixels, 64 to 8192.
    px_per_mm : float or None
        Resolution in the plane of the eyes, 0.5 to 40; None frames head and neck.
    yaw_deg, pitch_deg, roll_deg : float
        Head pose with the signs of `facemap.geometry`: -60 to 60, -30 to 30, -45 to 45.
    camera_distance_mm : float
        From the camera to the plane of the eyes, 200 to 5000.
    light_azimuth_deg : float
        Where the main light stands, -80 to 80; positive on the picture's right.
    light_elevation_deg : float
        Above the camera's axis, -30 to 80.
    light_size_deg : float
        Angular radius of the main light, 1 (hard) to 60 (soft).
    ambient : float
        Share of the light that comes from everywhere, 0 to 1.
    exposure_ev : float
        Exposure against a correct one, -3 to 3 stops.
    color_temperature_k : float
        Of the light, with a camera balanced for 6500 K: 2500 to 12000.
    ita_deg : float
        Skin tone as individual typology angle, -60 very dark to 60 very light.
    noise : float
        Standard deviation of the sensor noise at mid-gray, in 8-bit counts, 0 to 50.
    blur_px : float
        Standard deviation of the camera's point spread in pixels, 0 to 20.
    severity : float or mapping of str to float
        Wrinkles, 0 none to 4 severe: of every zone, or by zone (others have none).
    smooth : bool
        Leave out pores, moles, freckles and loose hair: skin without any detail.
    hair : HairStyle
        `HairStyle.AUTO` lets the seed choose.
    gray : float or None
        Share of gray hair, 0 to 1; None lets the seed choose.
    beard : float
        0 none, 0.3 stubble, 1 full.
    glasses : bool
    background : float
        sRGB gray of the studio wall, 0 to 1.

    Raises
    ------
    ValueError
        A value is outside its range.
    """

    seed: int = 0
    size_wh: tuple[int, int] = (1200, 1500)
    px_per_mm: float | None = None
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    camera_distance_mm: float = 1500.0
    light_azimuth_deg: float = 25.0
    light_elevation_deg: float = 35.0
    light_size_deg: float = 14.0
    ambient: float = 0.4
    exposure_ev: float = 0.0
    color_temperature_k: float = 6500.0
    ita_deg: float = 35.0
    noise: float = 1.5
    blur_px: float = 0.6
    severity: float | Mapping[str, float] = 2.0
    smooth: bool = False
    hair: HairStyle = HairStyle.AUTO
    gray: float | None = None
    beard: float = 0.0
    glasses: bool = False
    background: float = 0.78

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(f"{name} must lie in {low} to {high}, got {value}")
        if not all(64 <= n <= 8192 for n in self.size_wh):
            got = " x ".join(map(str, self.size_wh))
            raise ValueError(f"size_wh must lie in 64 to 8192, got {got}")
        if self.gray is not None and not 0 <= self.gray <= 1:
            raise ValueError(f"gray must lie in 0 to 1, got {self.gray}")
        object.__setattr__(self, "hair", HairStyle(self.hair))
        if isinstance(self.severity, Mapping):
            unknown = sorted(set(self.severity) - set(ZONE_IDS))
            if unknown:
                raise ValueError(f"severity names unknown zones: {', '.join(unknown)}")
            frozen = MappingProxyType(dict(self.severity))
            object.__setattr__(self, "severity", frozen)
        if not all(0 <= self.severity_of(zone) <= 4 for zone in ZONE_IDS):
            raise ValueError(f"severity must lie in 0 to 4, got {self.severity}")

    def severity_of(self, zone: str) -> float:
        """Severity asked for in one zone, 0 to 4."""
        if isinstance(self.severity, Mapping):
            return float(self.severity.get(zone, 0.0))
        return float(self.severity)

    def document(self) -> dict[str, Any]:
        """Return the parameters as plain JSON values."""
        values: dict[str, Any] = dict(self.__dict__)
        values["size_wh"] = list(self.size_wh)
        values["hair"] = self.hair.value
        if isinstance(self.severity, Mapping):
            values["severity"] = dict(self.severity)
        return values

    def generator(self, topic: str) -> np.random.Generator:
        """Return a random generator of this seed's own for one topic.

        Topics do not share a stream: more freckles never move a wrinkle.
        """
        return np.random.default_rng([self.seed, *topic.encode()])


def demo_params() -> tuple[PhantomParams, ...]:
    """Return the demo patient, drawn, no person: frontal, at rest, 5 megapixels."""
    return (
        PhantomParams(
            seed=17,
            hair=HairStyle.SHORT,
            size_wh=(2000, 2500),
            severity=2.4,
            ita_deg=38.0,
            gray=0.25,
            light_azimuth_deg=-14.0,
        ),
    )


def demo_later() -> PhantomParams:
    """Return the demo patient weeks later: a milder forehead, other light and turn."""
    (first,) = demo_params()
    return replace(
        first,
        severity=dict.fromkeys(ZONE_IDS, 2.4) | {"forehead": 1.7},
        yaw_deg=1.5,
        pitch_deg=-1.0,
        exposure_ev=0.15,
        light_azimuth_deg=-11.0,
    )
