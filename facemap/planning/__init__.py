"""From a measured face, an intake and a protocol to a plan, for review."""

from __future__ import annotations

from facemap.planning.keepouts import Keepout, keepouts_of, landmark_doubt_mm
from facemap.planning.skin import FaceSkin, skin_of

__all__ = ["FaceSkin", "Keepout", "keepouts_of", "landmark_doubt_mm", "skin_of"]
