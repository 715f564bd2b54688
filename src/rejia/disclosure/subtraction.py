"""What follows from shown counts by addition and subtraction over groups."""

from collections.abc import Iterable
from functools import cache
from itertools import combinations
from math import isnan, nan

import numpy as np

# Patients of which groups, and how many.
Counted = tuple[frozenset[str], float]


def is_small(count: float, min_cell: int) -> bool:
    """Say whether a count is of some, but too few; none is no secret."""
    return 0.5 < count < min_cell - 0.5


def tells(known: Iterable[Counted], min_cell: int) -> bool:
    """
    Say whether counts of some groups tell a small one of any others.

    Parameters
    ----------
    known : iterable of (frozenset of str, float)
        Groups and how many patients of them; `nan` where that is not known.
    min_cell : int
        Smallest count that may be known.

    Returns
    -------
    bool
        Whether one of the counts is small, or the count of some union of groups that
        is a linear combination of them. None in several groups is none in each.
    """
    there = [(of, count) for of, count in known if not isnan(count)]
    if any(is_small(count, min_cell) for _, count in there):
        return True
    first = dict(reversed(there))
    atoms = sorted(frozenset().union(*first))
    unions = [
        frozenset(chosen)
        for size in range(1, len(atoms) + 1)
        for chosen in combinations(atoms, size)
    ]
    while True:
        counts = {of: follows(first.items(), of) for of in unions}
        if any(is_small(count, min_cell) for count in counts.values()):
            return True
        none = frozenset().union(*(of for of, c in counts.items() if abs(c) < 0.5))
        new = [frozenset({atom}) for atom in none if frozenset({atom}) not in first]
        if not new:
            return False
        first |= dict.fromkeys(new, 0.0)


def follows(known: Iterable[Counted], wanted: frozenset[str]) -> float:
    """
    Return the count of some groups that others tell, or `nan`.

    Parameters
    ----------
    known : iterable of (frozenset of str, float)
        Groups and how many patients of them.
    wanted : frozenset of str
        Groups whose count is asked for.
    """
    there = dict(reversed([(of, count) for of, count in known if not isnan(count)]))
    if wanted in there:
        return there[wanted]
    if not there or not wanted <= frozenset().union(*there):
        return nan
    weights = _weights(tuple(there), wanted)
    return nan if weights is None else float(weights @ np.array([*there.values()]))


# Few sets of groups are ever known: the same ones return for every outcome.
@cache
def _weights(
    known: tuple[frozenset[str], ...], wanted: frozenset[str]
) -> np.ndarray | None:
    """Return with what weights known groups add up to the wanted ones, if they do."""
    atoms = sorted(frozenset().union(*known))
    matrix = np.array([[atom in of for of in known] for atom in atoms], dtype=float)
    goal = np.array([atom in wanted for atom in atoms], dtype=float)
    weights, *_ = np.linalg.lstsq(matrix, goal, rcond=None)
    return weights if np.allclose(matrix @ weights, goal, atol=1e-9) else None
