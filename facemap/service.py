"""What a person can ask facemap to do.

The command line and the app measure through this only; to lay an answer out they also
use `facemap.documents` and `facemap.render`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np

from facemap.comparison import (
    Comparison,
    Repeatability,
    compare_sights,
    learn,
)
from facemap.errors import UnsuitablePhotoError
from facemap.photo import load_photo
from facemap.pipeline import Progress, Sight, analyze_photo, locate_face, see_photo
from facemap.planning import (
    Decisions,
    Gains,
    Plan,
    decide,
    make_plan,
    outline_uv,
    skin_of,
)
from facemap.protocol import Intake, Mode, Protocol, load_protocol
from facemap.sitting import Shot, Sitting, combine_shots
from facemap.types import Analysis, FaceFrame
from facemap.wrinkles import WrinkleDetector, get_detector

__all__ = ["Service", "open_service"]


def _silent(stage: str, fraction: float) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Service:
    """Use cases, over one wrinkle detector."""

    detector: WrinkleDetector

    def analyze(
        self,
        source: Path | str | bytes,
        *,
        name: str | None = None,
        mirrored: bool = False,
        face: int | None = None,
        sitting: Sequence[FaceFrame] = (),
        on_progress: Progress | None = None,
    ) -> Analysis:
        """Analyze one photo.

        Parameters
        ----------
        source : Path, str or bytes
            A file, or what was in it.
        name : str, optional
            What to call it; a file's own name by default.
        mirrored : bool
            The photo is a mirrored selfie; it is flipped first.
        face : int, optional
            Which face, 0 the largest.
        sitting : sequence of FaceFrame
            Of photos of the same sitting, see `locate`.
        on_progress : callable, optional
            Called with a stage and the share of the work done.

        Raises
        ------
        FacemapError
            One sentence and a hint; nothing else is raised on purpose.
        """
        report = on_progress or _silent
        report("photo", 0.0)
        photo = load_photo(source, name=name, mirrored=mirrored)
        return analyze_photo(
            photo, self.detector, face=face, sitting=sitting, on_progress=report
        )

    def locate(
        self,
        source: Path | str | bytes,
        *,
        mirrored: bool = False,
        face: int | None = None,
    ) -> FaceFrame:
        """Find the face and its scale only, to `analyze` others of its sitting with.

        Raises
        ------
        FacemapError
            As `analyze`.
        """
        return locate_face(load_photo(source, mirrored=mirrored), face=face)

    def combine(self, shots: Sequence[Shot]) -> Sitting:
        """Put the photos of one sitting together.

        Parameters
        ----------
        shots : sequence of Shot
            What `facemap.sitting.shot_of` keeps of each analysis, at least one. Nobody
            checks that they show one person.
        """
        return combine_shots(shots)

    def see(
        self,
        source: Path | str | bytes,
        *,
        name: str | None = None,
        mirrored: bool = False,
        face: int | None = None,
        on_progress: Progress | None = None,
    ) -> Sight:
        """Analyze one photo, and keep what `compare` needs besides.

        Parameters and errors as in `analyze`.
        """
        report = on_progress or _silent
        report("photo", 0.0)
        photo = load_photo(source, name=name, mirrored=mirrored)
        return see_photo(photo, self.detector, face=face, on_progress=report)

    def compare(
        self,
        before: Sight,
        after: Sight,
        *,
        repeatability: Repeatability | None = None,
    ) -> Comparison:
        """Tell what changed between two photos of one face, and whether one can.

        Parameters
        ----------
        before, after : Sight
            See `see`. Nobody checks whose face they show; what does not fit is said.
        repeatability : Repeatability, optional
            What a clinic's own repeat shots taught, see `learn_repeatability`.
        """
        return compare_sights(before, after, self.detector, repeatability)

    def learn_repeatability(self, shots: Sequence[Sight]) -> Repeatability:
        """Learn from photos of one person without change how well a set-up repeats.

        Parameters
        ----------
        shots : sequence of Sight
            Two or more.

        Raises
        ------
        UnsuitablePhotoError
            Two of them show other movements: what such photos differ in is a change.
        """
        pairs = [self.compare(one, other) for one, other in combinations(shots, 2)]
        for pair in pairs:
            if pair.moves_otherwise:
                names = f"{pair.before.photo.file} and {pair.after.photo.file}"
                raise UnsuitablePhotoError(
                    f"The face moves otherwise in {names}: these are no repeat shots",
                    hint="Give photos of one person at rest, taken within minutes.",
                )
        return learn((pair.changes for pair in pairs), len(shots))

    def plan(
        self,
        analysis: Analysis,
        intake: Intake,
        *,
        day: date,
        protocol: Protocol | None = None,
        modes: Iterable[Mode] = tuple(Mode),
        asked_for: Iterable[str] = (),
        gains: Gains | None = None,
    ) -> Plan:
        """Propose a plan, which a practitioner accepts, changes or rejects.

        Parameters
        ----------
        analysis : Analysis
            Of one photo, see `analyze`.
        intake : Intake
        day : date
            On which the treatment would be.
        protocol : Protocol, optional
            A clinic's own; by default the one that ships with facemap.
        modes : iterable of Mode
        asked_for : iterable of str
            Ids of rows of the protocol that are offered on demand only.
        gains : mapping, optional
            What movement adds, which raises a zone's priority: of
            `facemap.planning.gains_of` or `facemap.documents.gains_in`.

        Raises
        ------
        FacemapError
            The protocol cannot be read.
        """
        return make_plan(
            analysis,
            intake,
            protocol or load_protocol(),
            day,
            modes=modes,
            asked_for=asked_for,
            gains=gains,
        )

    def review(self, proposal: Plan, decisions: Decisions) -> Plan:
        """Make the plan that is left when a practitioner has decided.

        Parameters
        ----------
        proposal : Plan
            Of `plan`.
        decisions : mapping of StepKey to Decision
            What is accepted and rejected, and which points are removed.
        """
        return decide(proposal, decisions)

    def outline(
        self, frame: FaceFrame, outline_px: Sequence[tuple[float, float]]
    ) -> tuple[tuple[float, float], ...] | None:
        """Find what a practitioner outlined on a photo on the face chart.

        Parameters
        ----------
        frame : FaceFrame
        outline_px : sequence of tuple of float
            Corners in the upright photo.

        Returns
        -------
        tuple of tuple of float or None
            Corners (u, v), as an intake takes them; None where one leaves the face.
        """
        found = outline_uv(skin_of(frame), np.array(outline_px, float))
        return None if found is None else tuple((float(u), float(v)) for u, v in found)

    def demo_photos(self) -> tuple[tuple[str, bytes], ...]:
        """Photos of the demo patient, who is drawn, not a person."""
        # Imported here: whoever analyzes photos loads no renderer.
        from facemap.synthetic import demo_params, draw_phantom, encode_phantom

        return tuple(
            (f"demo-{i}.jpg", encode_phantom(draw_phantom(params), "jpeg", quality=95))
            for i, params in enumerate(demo_params(), start=1)
        )

    def demo_later(self) -> tuple[str, bytes]:
        """Photo of the demo patient at a later visit, with shallower lines."""
        from facemap.synthetic import demo_later, draw_phantom, encode_phantom

        content = encode_phantom(draw_phantom(demo_later()), "jpeg", quality=95)
        return "demo-later.jpg", content


def open_service(detector_id: str = "ridge") -> Service:
    """Return the use cases, ready to go.

    Raises
    ------
    DetectorError
        There is no such detector, or it did not load.
    """
    return Service(get_detector(detector_id))
