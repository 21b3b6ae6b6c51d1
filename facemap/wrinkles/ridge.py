"""The classical detector: coherent valleys, judged against the skin's own grain."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from facemap.types import (
    FaceFrame,
    FaceMap,
    FaceView,
    FloatArray,
    Surface,
    WrinkleReading,
)
from facemap.wrinkles.belief import belief
from facemap.wrinkles.fold_zones import fold_load, fold_paths
from facemap.wrinkles.lines import find_folds, find_wrinkles, lies_on
from facemap.wrinkles.loads import (
    load_beyond,
    under_hairline,
    zone_loads,
    zone_pixels,
)
from facemap.wrinkles.scene import Scene, look
from facemap.wrinkles.settings import RidgeSettings, load_settings
from facemap.wrinkles.skin import canthus, inward, take_skin

__all__ = ["RidgeDetector"]


class RidgeDetector:
    """Judges skin by long, coherent valleys of log luminance, and draws its lines.

    How much there is of them is judged on a grid of fixed resolution and sharpness,
    each zone at the scales of its own lines: the mean evidence over a zone's skin,
    which needs no decision about single lines. A fold zone is judged by its one fold,
    followed from end to end. The lines that are drawn are traced beside that, as finely
    as the photo allows, and measured on its own pixels.
    """

    id = "ridge"

    def __init__(self, settings: RidgeSettings | None = None) -> None:
        self._settings = settings or load_settings()

    @property
    def version(self) -> str:
        """Changes whenever the numbers change."""
        return self._settings.version

    @property
    def parameters_sha256(self) -> str:
        """Hash of the settings file."""
        return self._settings.sha256

    def detect(
        self, frame: FaceFrame, view: FaceView, surface: Surface, face_map: FaceMap
    ) -> WrinkleReading:
        """Return the lines and loads of all zones that can be judged."""
        settings = self._settings
        assessable = [r.id for r in face_map.regions if r.assessable]
        skin = take_skin(frame, view, surface, face_map, settings)
        if skin is None:
            return WrinkleReading((), dict.fromkeys(assessable, 0.0))
        # Neither needs the other, and neither keeps two cores busy alone.
        with ThreadPoolExecutor(1) as beside:
            traced = beside.submit(find_wrinkles, skin)
            scene = look(skin)
            paths = fold_paths(scene)
            loads = _loads(scene, paths)
            folds = tuple(find_folds(paths, scene))
            lines = traced.result()
        reach_px = settings.line.beside_fold_mm * view.photo_px_per_mm
        wrinkles = (
            line
            for line in lines
            if not any(lies_on(line.path_px, fold.path_px, reach_px) for fold in folds)
        )
        return WrinkleReading(
            (*folds, *wrinkles), {zone: loads.get(zone, 0.0) for zone in assessable}
        )


def _loads(scene: Scene, paths: Mapping[str, FloatArray | None]) -> dict[str, float]:
    """How much of lines each zone has."""
    grid, priors = scene.skin.grid, scene.skin.settings.priors
    weight = under_hairline(
        scene.inside,
        grid.labels,
        {z: prior.hairline_mm * grid.px_per_mm for z, prior in priors.items()},
    )
    loads = zone_loads(scene.evidence, grid.labels, weight)
    for zone, prior in priors.items():
        if zone in loads and (beyond := prior.runs_on):
            loads[zone] = load_beyond(
                scene.evidence,
                zone_pixels(zone, grid.labels, scene.inside),
                zone_pixels(beyond.into, grid.labels, scene.inside),
                canthus(scene.skin.frame, scene.skin.view, grid, zone),
                inward(scene.skin.frame, scene.skin.view, grid, zone),
                whole=beyond.whole_mm * grid.px_per_mm,
                none=beyond.none_mm * grid.px_per_mm,
            )
    soft = scene.skin.settings.belief.load
    loads = {
        zone: load * float(belief(load, priors[zone].least_load, soft))
        for zone, load in loads.items()
    }
    return loads | {zone: fold_load(zone, path, scene) for zone, path in paths.items()}
