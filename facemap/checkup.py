"""Is this installation whole? Each finding is one line for a person.

Each check imports what it looks at: a library that does not load is its finding.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from facemap.errors import FacemapError, ResourceError

__all__ = ["Finding", "check_installation"]

# Strings that stand in every MediaPipe library that reports usage to its maker, and in
# none that does not (0.10.31 has neither, 0.10.35 and later have both).
_TELEMETRY = (b"TasksStatsProtoLogger", b"CurlClient")


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes
    ----------
    id : str
    ok : bool
    message : str
        What was found, in one sentence.
    """

    id: str
    ok: bool
    message: str


def check_installation() -> tuple[Finding, ...]:
    """Look at models, data files, libraries, and measure a face of known truth."""
    checks: dict[str, Callable[[], str]] = {
        "models": _check_models,
        "data": _check_data,
        "detectors": _check_detectors,
        "opencv": _check_opencv,
        "network": _check_telemetry,
        "self_test": _check_self_test,
    }
    findings = []
    for check_id, check in checks.items():
        try:
            findings.append(Finding(check_id, True, check()))
        except FacemapError as error:
            findings.append(
                Finding(check_id, False, " ".join((str(error), error.hint)))
            )
        except Exception as error:  # noqa: BLE001
            # What a broken library raises is anyone's guess, often not an ImportError.
            said = f"This could not be checked: {type(error).__name__}: {error}."
            findings.append(Finding(check_id, False, said))
    return tuple(findings)


def _check_models() -> str:
    from facemap.models import load_model, model_cards

    cards = model_cards()
    for card in cards:
        load_model(card.id)
    return f"{len(cards)} model file(s), each the one that the registry names."


def _check_data() -> str:
    from facemap.documents import SCHEMA_FILES, load_schema
    from facemap.protocol import check_knowledge
    from facemap.resources import data_names, load_knowledge

    tables = data_names(".toml")
    for name in tables:
        # Those in folders have schemas of their own.
        if "/" not in name:
            load_knowledge(name.removesuffix(".toml"))
    check_knowledge()
    for schema_id in SCHEMA_FILES:
        load_schema(schema_id)
    return f"{len(tables)} data files and {len(SCHEMA_FILES)} schemas read."


def _check_detectors() -> str:
    from facemap.wrinkles import available_detectors, get_detector

    ids = sorted(available_detectors())
    made = [get_detector(detector_id) for detector_id in ids]
    return "Wrinkle detectors: " + ", ".join(f"{d.id} {d.version}" for d in made) + "."


def _check_opencv() -> str:
    found = sorted(
        name
        for dist in importlib.metadata.distributions()
        if (name := (dist.metadata["Name"] or "").lower()).startswith("opencv-")
    )
    if len(set(found)) != 1:
        raise ResourceError(
            f"There must be one OpenCV package, found: {', '.join(found) or 'none'}.",
            hint="They share one folder and break each other: remove all, then install "
            "facemap again.",
        )
    return f"One OpenCV package: {found[0]}."


def _check_telemetry() -> str:
    spec = importlib.util.find_spec("mediapipe")
    if spec is None or spec.origin is None:
        raise ResourceError("MediaPipe is missing.", hint="Install facemap again.")
    libraries = sorted(Path(spec.origin).parent.glob("tasks/c/libmediapipe.*"))
    if not libraries:
        raise ResourceError(
            "The MediaPipe library was not found where it should be.",
            hint="Install facemap again.",
        )
    for library in libraries:
        content = library.read_bytes()
        if any(name in content for name in _TELEMETRY):
            raise ResourceError(
                "The installed MediaPipe reports usage to its maker.",
                hint="Install mediapipe 0.10.31, the last release without.",
            )
    return "MediaPipe holds no code that reports usage."


def _check_self_test() -> str:
    """Analyze a drawn face, whose scale and pose are known."""
    from facemap.photo import load_photo
    from facemap.pipeline import analyze_photo
    from facemap.synthetic import PhantomParams, draw_phantom, encode_phantom
    from facemap.wrinkles import get_detector

    params = PhantomParams(seed=7, size_wh=(900, 1100), yaw_deg=5.0)
    phantom = draw_phantom(params)
    photo = load_photo(encode_phantom(phantom, "png"), name="self-test.png")
    analysis = analyze_photo(photo, get_detector("ridge"))
    scale_error = analysis.frame.scale.mm_per_px / phantom.truth.mm_per_px - 1
    yaw_error = analysis.frame.pose.yaw_deg - params.yaw_deg
    told = f"scale off by {100 * scale_error:+.1f} %, yaw by {yaw_error:+.1f} degrees"
    if abs(scale_error) > 0.08 or abs(yaw_error) > 4 or not math.isfinite(scale_error):
        raise ResourceError(f"A drawn face of known truth measured wrong: {told}.")
    return f"A drawn face of known truth measured right: {told}."
