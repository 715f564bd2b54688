"""Complete lists: columns of few values, of which every cohort can be looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rejia.ensemble._battery_tests import RankSum
from rejia.ensemble.battery import battery
from rejia.ensemble.exact import Demand, demand
from rejia.ensemble.feasible import squares
from rejia.ensemble.model import Ensemble, Spec

_SUM = 60  # steps of a group above its least value: larger sums have too many vectors
_STEPS = 60_000
_COHORTS = 300_000

Vector = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ListProof:
    """
    The p of a Mann-Whitney test of all cohorts.

    Attributes
    ----------
    test : RankSum
        The test.
    lists : tuple of (str, tuple of tuple of int)
        By group: every vector of values that fits its windows, in rising order.
    cohorts : int
        Choices of one vector for each group that fit the windows of all totals, where
        these are held against them.
    low, high : float
        Least and largest p of these; where all values are tied there is none.
    """

    test: RankSum
    lists: tuple[tuple[str, tuple[Vector, ...]], ...]
    cohorts: int
    low: float
    high: float


def list_cohorts(spec: Spec, test: RankSum) -> ListProof | None:
    """
    List all cohorts that fit, and return the ends of p.

    Parameters
    ----------
    spec : Spec
        Demands. Links to other columns, and who holds the ends of ranges, are left
        out, and so are groups that are not in the test if cohorts were too many: every
        cohort that fits the spec is in the list.
    test : RankSum
        The test.

    Returns
    -------
    ListProof or None
        None if there are too many, or none has a p.
    """
    inside = (*test.group, *test.reference)
    names = [label for label, _ in spec.groups]
    found: dict[str, tuple[Vector, ...]] = {}
    for name in sorted(names, key=lambda one: one not in inside):
        listed = vectors(demand(spec, test.column, name))
        if listed is not None:
            found[name] = listed
        elif name in inside:
            return None
    for kept in (found, {name: found[name] for name in inside}):
        if np.prod([float(len(one)) for one in kept.values()]) <= _COHORTS:
            ordered = [(name, kept[name]) for name in names if name in kept]
            return _ends(spec, test, ordered)
    return None


def vectors(asked: Demand) -> tuple[Vector, ...] | None:
    """
    List every vector that fits a demand, in rising order; None if they are too many.

    Parameters
    ----------
    asked : Demand
        Values of one group, and windows of their sum and sum of squares.
    """
    if not asked.sums:
        return ()
    if asked.sums[-1][0] - asked.n * asked.low > _SUM:
        return None
    zeros, steps = (0,) * asked.zeros, 0
    found: list[Vector] = []
    least = min(a for _, a, _ in asked.sums)
    most = max(b for _, _, b in asked.sums)
    ends = (asked.sums[0][0], asked.sums[-1][0])
    windows = {total: (a, b) for total, a, b in asked.sums}
    open_: list[tuple[Vector, int, int]] = [((), 0, 0)]
    while open_:
        begun, total, squared = open_.pop()
        steps += 1
        if steps > _STEPS:
            return None
        left = asked.n - len(begun)
        if not left:
            a, b = windows.get(total, (1, 0))
            if a <= squared <= b:
                found.append((*zeros, *begun))
            continue
        start = begun[-1] if begun else asked.low
        for value in range(start, min(asked.high, (ends[1] - total) // left) + 1):
            s, q, rest = total + value, squared + value * value, left - 1
            if s + rest * asked.high < ends[0]:
                continue
            # Evenly spread they have the least squares, all but one at the least the
            # most.
            short = max(rest * value, ends[0] - s)
            top = ends[1] - s - (rest - 1) * value
            even = -(-short * short // rest) if rest else 0
            far = (rest - 1) * value * value + top * top if rest else 0
            if q + even <= most and q + far >= least:
                open_.append(((*begun, value), s, q))
    return tuple(sorted(found))


def _ends(
    spec: Spec, test: RankSum, lists: Sequence[tuple[str, tuple[Vector, ...]]]
) -> ListProof | None:
    """Return the ends of p among all choices of vectors that fit all totals."""
    names = [name for name, _ in lists]
    shape = [len(listed) for _, listed in lists]
    places = [at.ravel() for at in np.indices(shape)]
    good = np.ones(len(places[0]), bool)
    for one in _fit(spec, test.column, lists, places):
        good &= one
    places = [at[good] for at in places]
    if not len(places[0]):
        return None
    values = [
        np.array(listed)[at].T for (_, listed), at in zip(lists, places, strict=True)
    ]
    cohorts = np.concatenate(values)
    if np.abs(cohorts).max() > np.iinfo(np.int16).max:
        return None
    group = np.repeat(np.arange(len(names)), [len(one) for one in values])
    column = spec.column(test.column)
    ensemble = Ensemble(
        np.ascontiguousarray(cohorts[np.newaxis], np.int16),
        np.array([float(column.step)]),
        group.astype(np.int8),
        (column,),
        tuple(names),
        spec=spec.id,
    )
    p = battery(ensemble, (test,)).p[0]
    if np.isnan(p).all():
        return None
    ends = float(np.nanmin(p)), float(np.nanmax(p))
    return ListProof(test, tuple(lists), len(places[0]), *ends)


def _fit(
    spec: Spec,
    column: str,
    lists: Sequence[tuple[str, tuple[Vector, ...]]],
    places: Sequence[np.ndarray],
) -> Iterator[np.ndarray]:
    """Yield of each total which choices of vectors fit its windows."""
    names = [name for name, _ in lists]
    for cell in spec.cells_of(column):
        if len(cell.groups) < 2 or not set(cell.groups) <= set(names):
            continue
        total, squared = np.zeros(len(places[0]), int), np.zeros(len(places[0]), int)
        for name in cell.groups:
            at = names.index(name)
            listed = np.array(lists[at][1], np.int64)
            total += listed.sum(axis=1)[places[at]]
            squared += (listed * listed).sum(axis=1)[places[at]]
        good = (cell.sum_low <= total) & (total <= cell.sum_high)
        for one in np.unique(total[good]):
            a, b = squares(cell, int(one))
            good &= (total != one) | ((a <= squared) & (squared <= b))
        yield good
