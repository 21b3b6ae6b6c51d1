"""How much of what was measured is believed, given what chance leaves there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["belief"]

#: Doubts are not let below it: of nothing nothing is doubtful.
_LEAST = 1e-6


def belief(value: ArrayLike, doubt: ArrayLike, soft: float) -> NDArray[Any]:
    """Share of a value that is believed.

    None up to the doubt, all from ``1 + soft`` times the doubt on, without a jump
    between. A value that is believed in full is told as it is: half of it is half.

    Parameters
    ----------
    value, doubt : float or ndarray of the same shape
    soft : float

    Returns
    -------
    ndarray
        0 to 1.

    Examples
    --------
    >>> [float(belief(x, 1.0, 2.0)) for x in (0.5, 1.0, 2.0, 3.0, 6.0)]
    [0.0, 0.0, 0.5, 1.0, 1.0]
    """
    times = np.asarray(value) / np.maximum(doubt, _LEAST)
    return np.asarray(np.clip((times - 1) / soft, 0, 1))
