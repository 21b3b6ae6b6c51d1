"""For makers of wrinkle detectors: faces of known lines, and the laws to keep.

`facemap.testing.contract` holds the laws as a pytest class; see ``docs/detectors.md``.
"""

from __future__ import annotations

from facemap.testing.planted import PlantedFace, PlantedLine, plant

__all__ = ["PlantedFace", "PlantedLine", "plant"]
