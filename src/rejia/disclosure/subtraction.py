"""What follows from shown counts by addition and subtraction over groups."""

from collections.abc import Iterable, Sequence
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
        is a linear combination of them.
    """
    there = [(of, count) for of, count in known if not isnan(count)]
    if any(is_small(count, min_cell) for _, count in there):
        return True
    first = dict(reversed(there))
    atoms = sorted(frozenset().union(*first))
    for size in range(1, len(atoms) + 1):
        for chosen in combinations(atoms, size):
            if is_small(follows(first.items(), frozenset(chosen)), min_cell):
                return True
    return False


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
    atoms = sorted(frozenset().union(wanted, *there))
    if not there or not wanted <= frozenset().union(*there):
        return nan
    weights = _weights(tuple(there), wanted, atoms)
    return nan if weights is None else float(weights @ np.array([*there.values()]))


def _weights(
    known: Sequence[frozenset[str]], wanted: frozenset[str], atoms: Sequence[str]
) -> np.ndarray | None:
    """Return with what weights known groups add up to the wanted ones, if they do."""
    matrix = np.array([[atom in of for of in known] for atom in atoms], dtype=float)
    goal = np.array([atom in wanted for atom in atoms], dtype=float)
    weights, *_ = np.linalg.lstsq(matrix, goal, rcond=None)
    return weights if np.allclose(matrix @ weights, goal, atol=1e-9) else None
