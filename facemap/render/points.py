"""Points in words and in groups: an uncertainty in whole points, points that belong."""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from facemap.types import FloatArray

__all__ = ["point_clusters", "signed", "whole_points"]


def point_clusters(at: FloatArray, reach: float) -> list[FloatArray]:
    """Group points that lie together.

    Parameters
    ----------
    at : ndarray of shape (M, 2)
    reach : float
        Points nearer to each other than this are of one group, and so are theirs.

    Examples
    --------
    >>> at = np.array([[0.0, 0], [9, 0], [1, 0], [2, 0]])
    >>> [group[:, 0].tolist() for group in point_clusters(at, 1.5)]
    [[0.0, 1.0, 2.0], [9.0]]
    """
    if not len(at):
        return []
    n, labels = connected_components(cdist(at, at) < reach, directed=False)
    return [np.asarray(at[labels == label]) for label in range(n)]


def signed(points: float) -> str:
    """Write a change in whole points, with its sign; none has none.

    Examples
    --------
    >>> signed(-6.6), signed(2.0), signed(-0.3)
    ('-7', '+2', '0')
    """
    whole = round(points)
    return f"{whole:+d}" if whole else "0"


def whole_points(sd: float) -> int:
    """Round a standard deviation for print; never to nothing.

    A severity is printed in whole points, which alone is half a point off. No number is
    certain.

    Examples
    --------
    >>> whole_points(0.0), whole_points(0.4), whole_points(5.6)
    (1, 1, 6)
    """
    return max(1, round(sd))
