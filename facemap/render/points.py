"""How an uncertainty is said in whole points."""

from __future__ import annotations

__all__ = ["signed", "whole_points"]


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
