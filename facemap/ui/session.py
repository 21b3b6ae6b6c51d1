"""The only module that touches ``st.session_state`` and Streamlit's caches.

Photos and results live in the memory of one browser session, keyed by the photo's
hash; nothing is written to disk, and nothing is keyed on an array.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import streamlit as st

from facemap.comparison import Comparison
from facemap.comparison.series import Visit, visit_of
from facemap.documents import analysis_document, sitting_document
from facemap.errors import FacemapError
from facemap.pipeline import Sight
from facemap.render import draw_overlay, encode_jpeg, encode_png
from facemap.service import Service, open_service
from facemap.sitting import Shot, shot_of
from facemap.types import Analysis, FaceFrame, ScaleSource
from facemap.ui.desk import Desk
from facemap.ui.light_table import LightTable

__all__ = [
    "Case",
    "Options",
    "Reading",
    "Refusal",
    "Upload",
    "attempt",
    "get_case",
    "get_service",
    "said_in",
]

_T = TypeVar("_T")

_LOG = logging.getLogger(__name__)
#: Longest side of the photo sent to the browser: enough to zoom into a wrinkle.
_DISPLAY_SIDE_PX = 2400
#: Between the numbers that the fields of two intakes start from: no field of one is
#: ever taken for a field of the other.
_APART = 10_000


@dataclass(frozen=True)
class Upload:
    """A photo file as it came in."""

    sha256: str
    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Options:
    """What the person said about a photo."""

    mirrored: bool = False
    face: int | None = None


@dataclass(frozen=True)
class Reading:
    """A photo that was analyzed. `id` differs for other photos and other options."""

    id: str
    document: Mapping[str, Any]
    display_jpeg: bytes = field(repr=False)
    frame: FaceFrame = field(repr=False)
    shot: Shot = field(repr=False)
    visit: Visit = field(repr=False)


@dataclass(frozen=True)
class Refusal:
    """A photo that could not be analyzed: why, and what to do."""

    message: str
    hint: str


_BUG = Refusal(
    "Something went wrong inside facemap with this photo",
    "The details are in the window that facemap was started from. Other photos are "
    "not affected.",
)

Progress = Callable[[str, float], None]
#: A photo, what was said about it, and the photos that its scale is taken from.
_Key = tuple[str, Options, tuple[str, ...]]


@st.cache_resource
def get_service() -> Service:
    """Return the use cases, opened once for all sessions."""
    return open_service()


@st.cache_resource
def _turn() -> threading.Lock:
    """One analysis at a time: two at once would each take twice as long."""
    return threading.Lock()


@st.cache_resource(show_spinner=False)
def _demo_photos() -> tuple[tuple[str, bytes], ...]:
    return get_service().demo_photos()


class Case:
    """The photos of one browser session, and what was found on them."""

    def __init__(self) -> None:
        self.uploads: dict[str, Upload] = {}
        self.batch = 0
        self.one_sitting = False
        self.desk = Desk()
        #: The photo that was planned on last, by its hash.
        self.planned_on: str | None = None
        self._desks = [self.desk]
        self._kept: tuple[_Key, Analysis] | None = None
        self._repeats: list[tuple[str, Upload]] = []
        self._options: dict[str, Options] = {}
        self._outcomes: dict[_Key, Reading | Refusal] = {}
        self.light_table = LightTable()

    def add(self, name: str, data: bytes) -> Upload:
        """Take a photo in; the same file twice is one photo, see `repeats`."""
        upload = Upload(hashlib.sha256(data).hexdigest(), name, data)
        known = self.uploads.setdefault(upload.sha256, upload)
        if known is not upload:
            self._repeats.append((name, known))
        return known

    def add_batch(self, photos: Iterable[tuple[str, bytes]]) -> None:
        """Take in photos that came together; the upload field then stands empty."""
        self._repeats.clear()
        for name, data in photos:
            self.add(name, data)
        self.next_batch()

    def repeats(self) -> tuple[tuple[str, Upload], ...]:
        """Names of the last batch that were no new photo, each with the photo."""
        return tuple(self._repeats)

    def add_demo(self) -> None:
        """Take the demo patient in."""
        for name, data in _demo_photos():
            self.add(name, data)

    def next_batch(self) -> None:
        """Give the upload field a new identity: it then stands empty again."""
        self.batch += 1

    def clear(self) -> None:
        """Forget all photos and results; what is the clinic's own stays."""
        self.uploads.clear()
        self.one_sitting = False
        self.desk = Desk(rules=self.desk.rules)
        self.planned_on = None
        self._desks = [self.desk]
        self._kept = None
        self._repeats.clear()
        self._options.clear()
        self._outcomes.clear()
        before, self.light_table = self.light_table, LightTable()
        self.light_table.use_repeatability(
            before.repeatability, before.repeatability_name
        )
        self.next_batch()

    # ---- whose intake -----------------------------------------------------------

    def sit_down(self, upload: Upload) -> bool:
        """Take the intake that is meant for a photo.

        Returns
        -------
        bool
            False where the answers were given for another photo, and nobody said yet
            whether both show one patient.
        """
        sitter = self._sitter(upload)
        for desk in self._desks:
            if sitter in desk.meant_for:
                self.desk = desk
                return True
        if self.desk.is_blank():
            self.desk.meant_for = {sitter: upload.name}
            return True
        return self.one_sitting and all(
            not one.startswith(upload.sha256) for one in self.desk.meant_for
        )

    def given_for(self, upload: Upload) -> str:
        """Say for which photo the answers were given, seen from another one."""
        sitter, name = next(iter(self.desk.meant_for.items()))
        if sitter.startswith(upload.sha256):
            return f"another face in {name}"
        return f"another photo named {name}" if name == upload.name else name

    def answered_on(self) -> str:
        """Give the hash of the photo that the answers were given for first."""
        return next(iter(self.desk.meant_for)).partition("/")[0]

    def same_patient(self, upload: Upload) -> None:
        """Let the intake hold for one more photo."""
        self.desk.meant_for[self._sitter(upload)] = upload.name

    def new_intake(self, upload: Upload) -> None:
        """Start an intake for a photo; the others stay with their photos."""
        self.desk = Desk(_APART * len(self._desks), self.desk.rules)
        self.desk.meant_for = {self._sitter(upload): upload.name}
        self._desks.append(self.desk)

    def _sitter(self, upload: Upload) -> str:
        """Tell one face of one photo: two faces of a photo are two people."""
        return f"{upload.sha256}/{self.options(upload).face or 0}"

    # ---- photos -----------------------------------------------------------------

    def options(self, upload: Upload) -> Options:
        """Return what was said about a photo."""
        return self._options.get(upload.sha256, Options())

    def set_options(self, upload: Upload, **changes: Any) -> None:  # noqa: ANN401
        """Say something else about a photo; it is then analyzed anew."""
        self._options[upload.sha256] = replace(self.options(upload), **changes)

    def outcome(self, upload: Upload) -> Reading | Refusal | None:
        """Return what came of a photo; None where it was not analyzed yet."""
        return self._outcomes.get(self._key(upload))

    def _key(self, upload: Upload) -> _Key:
        alone = self._outcome_alone(upload)
        rulers: tuple[str, ...] = ()
        if self.one_sitting and _has_scale(alone, ScaleSource.ASSUMED):
            rulers = tuple(self._rulers())
        return upload.sha256, self.options(upload), rulers

    def _outcome_alone(self, upload: Upload) -> Reading | Refusal | None:
        """Return what came of a photo by itself, whatever others there are."""
        return self._outcomes.get((upload.sha256, self.options(upload), ()))

    def _rulers(self) -> dict[str, FaceFrame]:
        """Faces whose scale is measured, by the photo's hash."""
        return {
            sha256: found.frame
            for sha256, upload in self.uploads.items()
            if isinstance(found := self._outcome_alone(upload), Reading)
            and not _has_scale(found, ScaleSource.ASSUMED)
        }

    def sitting(self) -> Mapping[str, Any] | None:
        """Put the photos together, where they were said to be of one sitting.

        Returns
        -------
        mapping or None
            ``facemap.sitting/1``; None with under two photos to put together.
        """
        shots = [reading.shot for reading in self.readings().values()]
        if not self.one_sitting or len(shots) < 2:
            return None
        return sitting_document(get_service().combine(shots))

    def waiting(self) -> tuple[Upload, ...]:
        """Photos not analyzed yet."""
        return tuple(u for u in self.uploads.values() if self.outcome(u) is None)

    def refusals(self) -> tuple[tuple[Upload, Refusal], ...]:
        """Photos that could not be analyzed."""
        return tuple(
            (upload, found)
            for upload in self.uploads.values()
            if isinstance(found := self.outcome(upload), Refusal)
        )

    def readings(self) -> dict[str, Reading]:
        """Results of the photos that were analyzed, by the photo's hash."""
        return {
            sha256: found
            for sha256, upload in self.uploads.items()
            if isinstance(found := self.outcome(upload), Reading)
        }

    def n_faces(self, upload: Upload) -> int:
        """Return how many faces a photo shows, as far as any analysis of it told."""
        return max(
            (
                found.document["face"].get("faces_in_photo", 1)
                for (sha256, _, _), found in self._outcomes.items()
                if sha256 == upload.sha256 and isinstance(found, Reading)
            ),
            default=1,
        )

    def analyze(self, upload: Upload, on_progress: Progress) -> None:
        """Analyze a photo. A photo that could not be analyzed becomes a `Refusal`."""
        key = self._key(upload)
        found: Reading | Refusal
        try:
            found = _read(upload, key, self._frames(key), on_progress)
        except FacemapError as error:
            found = Refusal(str(error), error.hint)
        except Exception as error:  # noqa: BLE001
            # A bug. Without an outcome, every rerun would meet it again, and no other
            # photo of the session would ever be shown.
            _log_bug(error)
            found = _BUG
        self._outcomes[key] = found

    def _frames(self, key: _Key) -> list[FaceFrame]:
        rulers = self._rulers() if key[2] else {}
        return [rulers[sha256] for sha256 in key[2]]

    def see(self, upload: Upload, on_progress: Progress) -> Sight:
        """Give everything that was measured on a photo, with its pixels.

        Raises
        ------
        FacemapError
            The photo cannot be analyzed.
        """
        options = self.options(upload)
        with _turn():
            return get_service().see(
                upload.data,
                name=upload.name,
                mirrored=options.mirrored,
                face=options.face,
                on_progress=on_progress,
            )

    def compare(self, before: Sight, after: Sight) -> Comparison:
        """Tell what changed between two photos that were seen."""
        with _turn():
            return get_service().compare(
                before, after, repeatability=self.light_table.repeatability
            )

    def picture_png(self, upload: Upload) -> bytes:
        """Draw the picture to keep."""
        return encode_png(draw_overlay(self.analysis(upload)))

    def analysis(self, upload: Upload) -> Analysis:
        """Give everything that was measured on a photo, its pixels included.

        The photo is analyzed once more, which gives the same numbers: cheaper than to
        hold the pixels of every photo in memory. Those of the last one asked for are.
        """
        key = self._key(upload)
        kept = self._kept
        if kept is not None and kept[0] == key:
            return kept[1]
        with _turn():
            analysis = get_service().analyze(
                upload.data,
                name=upload.name,
                mirrored=key[1].mirrored,
                face=key[1].face,
                sitting=self._frames(key),
            )
        self._kept = (key, analysis)
        return analysis


def _has_scale(found: Reading | Refusal | None, source: ScaleSource) -> bool:
    return isinstance(found, Reading) and found.frame.scale.source is source


def _read(
    upload: Upload,
    key: _Key,
    sitting: list[FaceFrame],
    on_progress: Progress,
) -> Reading:
    _, options, rulers = key
    with _turn():
        analysis = get_service().analyze(
            upload.data,
            name=upload.name,
            mirrored=options.mirrored,
            face=options.face,
            sitting=sitting,
            on_progress=on_progress,
        )
    return Reading(
        "/".join((upload.sha256, str(options.mirrored), str(options.face), *rulers)),
        analysis_document(analysis),
        encode_jpeg(analysis.photo.rgb, max_side_px=_DISPLAY_SIDE_PX),
        analysis.frame,
        shot_of(analysis),
        visit_of(analysis),
    )


def attempt(work: Callable[[], _T], otherwise: Refusal) -> _T | Refusal:
    """Do something; a `Refusal` where it cannot be done, `otherwise` for a bug."""
    try:
        return work()
    except FacemapError as error:
        return Refusal(str(error), error.hint)
    except Exception as error:  # noqa: BLE001
        _log_bug(error)
        return otherwise


def _log_bug(error: Exception) -> None:
    """Log the type and the place of a bug; its message may quote the photo."""
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("Analysis failed with %s at\n%s", type(error).__name__, where)


def get_case() -> Case:
    """Return this browser session's photos."""
    if "case" not in st.session_state:
        st.session_state["case"] = Case()
    case: Case = st.session_state["case"]
    return case


def said_in(key: str) -> Any:  # noqa: ANN401  # whatever the field holds
    """Give what a field holds, for what is to happen when it changes."""
    return st.session_state[key]
