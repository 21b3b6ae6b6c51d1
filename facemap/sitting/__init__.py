"""Several photos of one sitting: one measurement, and what movement adds to it.

Nobody checks that the photos show one person: facemap knows no one. Whoever says that
they are of one sitting answers for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facemap.resources import knowledge_sha256, load_knowledge
from facemap.sitting.averaging import Measurement, ZoneMean, average
from facemap.sitting.dynamics import Answer, Dynamics, Gain, measure_dynamics
from facemap.sitting.movement import tell_apart
from facemap.sitting.shots import Shot, ShotZone, shot_of
from facemap.types import ExpressionLabel, Note, Provenance, Verdict, View

__all__ = [
    "Answer",
    "Dynamics",
    "Gain",
    "Measurement",
    "Shot",
    "ShotZone",
    "Sitting",
    "ZoneMean",
    "combine_shots",
    "shot_of",
]

_VIEWS = tuple(View)
_LABELS = tuple(ExpressionLabel)


@dataclass(frozen=True)
class Sitting:
    """Everything measured in one sitting.

    Attributes
    ----------
    shots : tuple of Shot
        In the order given; the same file once.
    provenance : Provenance
        That of every shot.
    parameters_sha256 : str
        Of the data files that putting shots together rests on.
    measurements : tuple of Measurement
        One for each view and movement, the face at rest from the front first.
    dynamics : tuple of Dynamics
        One for each view and movement of which there is also a rest.
    """

    shots: tuple[Shot, ...]
    provenance: Provenance
    parameters_sha256: str
    measurements: tuple[Measurement, ...]
    dynamics: tuple[Dynamics, ...]
    notes: tuple[Note, ...]


def combine_shots(shots: Sequence[Shot]) -> Sitting:
    """Average what is alike, and hold movement against rest.

    Parameters
    ----------
    shots : sequence of Shot
        At least one, all made by the same facemap with the same settings.

    Returns
    -------
    Sitting
        The order of the shots decides nothing but the order in which they are listed.

    Raises
    ------
    ValueError
        There is no shot, or they were not made alike.
    """
    if not shots:
        raise ValueError("A sitting has at least one shot")
    provenance = shots[0].provenance
    if any(shot.provenance != provenance for shot in shots):
        raise ValueError("The shots of a sitting must be made alike")
    once: dict[str, Shot] = {}
    for shot in shots:
        once.setdefault(shot.sha256, shot)
    apart = tell_apart(tuple(once.values()))
    groups: dict[tuple[View, ExpressionLabel, str], list[Shot]] = {}
    for shot in apart:
        key = shot.view, shot.expression, shot.movement
        groups.setdefault(key, []).append(shot)
    order = sorted(
        groups, key=lambda key: (_VIEWS.index(key[0]), _LABELS.index(key[1]), key[2])
    )
    measurements = tuple(average(groups[key]) for key in order)
    dynamics = measure_dynamics(measurements)
    return Sitting(
        shots=apart,
        provenance=provenance,
        parameters_sha256=knowledge_sha256(("muscles.toml", "sitting.toml")),
        measurements=measurements,
        dynamics=dynamics,
        notes=_notes(apart, len(shots) - len(apart), measurements, dynamics),
    )


def _notes(
    shots: Sequence[Shot],
    n_repeated: int,
    measurements: Sequence[Measurement],
    dynamics: Sequence[Dynamics],
) -> tuple[Note, ...]:
    """Say what the numbers alone would not. The words are in ``sitting.toml``."""
    knowledge = load_knowledge("sitting")
    taken = [shot.taken_at for shot in shots if shot.taken_at is not None]
    # Some clocks know their time zone and some do not; only like can be compared.
    alike = len({moment.tzinfo is None for moment in taken}) == 1
    apart = (max(taken) - min(taken)).total_seconds() / 3600 if alike else 0.0
    compared = [shot.file for shot in shots if shot.compared]
    poor = [shot.file for shot in shots if shot.verdict is Verdict.REJECT]
    still = any(m.expression is ExpressionLabel.REST for m in measurements)
    moved = any(m.expression is not ExpressionLabel.REST for m in measurements)
    said = {
        "repeated": n_repeated > 0,
        "compared": bool(compared),
        "one_shot_each": all(len(m.shots) == 1 for m in measurements),
        "far_apart": apart > float(knowledge["time"]["max_hours"]),
        "poor": bool(poor),
        "no_rest": moved and not still,
        "no_movement": still and not moved,
        "no_rest_of_the_view": still and moved and not dynamics,
    }
    facts = {
        "repeated": n_repeated,
        "compared": ", ".join(compared),
        "hours": f"{apart:.0f}",
        "poor": ", ".join(poor),
    }
    return tuple(
        Note(note_id, knowledge["note"][note_id].format(**facts))
        for note_id, is_so in said.items()
        if is_so
    )
