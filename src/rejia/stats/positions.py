"""Positions of a cumulative probability plot."""

from collections.abc import Sequence
from math import isfinite
from typing import Literal

Position = Literal["i/n", "(i-0.5)/n"]
POSITIONS: tuple[Position, ...] = ("i/n", "(i-0.5)/n")


def cumulative_positions(
    values: Sequence[float], *, position: Position
) -> list[tuple[float, float]]:
    """
    Return the points of a cumulative probability plot.

    Parameters
    ----------
    values : sequence of float
        Individual changes, negative ones too; finite.
    position : str
        ``i/n`` or ``(i-0.5)/n``; the original description of the plot could not be
        found, so that neither is a default.

    Returns
    -------
    list of (float, float)
        Cumulative percentage and value, ascending; ties keep ranks of their own.

    Raises
    ------
    ValueError
        If the position is unknown or a value is not finite.

    References
    ----------
    Landewe R, van der Heijde D. Arthritis Rheum 2004;50:699-706 (cited, not seen).

    Examples
    --------
    >>> cumulative_positions([2, -1], position="i/n")
    [(50.0, -1), (100.0, 2)]
    """
    if position not in POSITIONS:
        raise ValueError(
            f"position must be one of {', '.join(POSITIONS)}, but got {position!r}"
        )
    for value in values:
        if not isfinite(value):
            raise ValueError(f"values must be finite, but got {value}")
    shift = 0.0 if position == "i/n" else 0.5
    n = len(values)
    return [
        (100 * (rank - shift) / n, value)
        for rank, value in enumerate(sorted(values), start=1)
    ]
