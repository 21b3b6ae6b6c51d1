r"""Rest and smile told apart by comparing the photos of one face.

By itself a photo is named by thresholds that suit most faces: some people's mouths at
rest read as a smile, and some smiles read as rest. Beside another photo of the same
face the difference is plain. Where all photos of a view are named alike, though their
evidence for a smile, :math:`\log(p / (1 - p))` of its activation :math:`p`, lies far
apart, the widest gap parts rest from smile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import log

from facemap.resources import load_knowledge
from facemap.sitting.shots import Shot
from facemap.types import ExpressionLabel, View

__all__ = ["tell_apart"]

_EITHER = (ExpressionLabel.REST, ExpressionLabel.SMILE)
# Beyond this an activation says no more.
_LEAST = 1e-3


def tell_apart(shots: Sequence[Shot]) -> tuple[Shot, ...]:
    """Name rest and smile anew where comparing shows that they were named wrong.

    Parameters
    ----------
    shots : sequence of Shot

    Returns
    -------
    tuple of Shot
        The same shots in the same order; those named anew are `compared`.
    """
    smiles_from = {view: _smiles_from(shots, view) for view in View}
    return tuple(_named(shot, smiles_from[shot.view]) for shot in shots)


def _smiles_from(shots: Sequence[Shot], view: View) -> float | None:
    """Evidence from which on a shot is a smile; None where names are left alone."""
    alike = [s for s in shots if s.view is view and s.expression in _EITHER]
    if len({shot.expression for shot in alike}) != 1:
        return None
    evidence = sorted(map(_evidence, alike))
    step, above = max(((b - a, b) for a, b in pairwise(evidence)), default=(0.0, 0.0))
    least = float(load_knowledge("sitting")["movement"]["smile_log_odds"])
    return above if step >= least else None


def _named(shot: Shot, smiles_from: float | None) -> Shot:
    if smiles_from is None or shot.expression not in _EITHER:
        return shot
    label = _EITHER[_evidence(shot) >= smiles_from]
    if label is shot.expression:
        return shot
    return replace(shot, expression=label, movement=str(label), compared=True)


def _evidence(shot: Shot) -> float:
    share = min(max(shot.smile, _LEAST), 1 - _LEAST)
    return log(share / (1 - share))
