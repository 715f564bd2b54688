"""What exact arithmetic leaves of means and SDs, given the other printed numbers."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import sqrt

from rejia.ensemble.model import Cell, Column, SignRule, Spec


@dataclass(frozen=True, slots=True)
class Span:
    """
    Closed interval that holds every attainable value.

    Attributes
    ----------
    low, high : float
        Ends, each moved outwards to the next float.
    facts : tuple of str
        Printed numbers that it rests on.
    """

    low: float
    high: float
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Windows of one group that do not overlap with others, in steps."""

    n: int
    sums: tuple[int, int]
    spreads: tuple[int, int]
    facts: tuple[str, ...]


def moment_span(spec: Spec, column: str, label: str, statistic: str) -> Span:
    """
    Bound the mean or the sample SD of a column in a group.

    Parameters
    ----------
    spec : Spec
        Demands.
    column, label : str
        Column, and label of a group or of a union of groups.
    statistic : {'mean', 'sd'}
        What is bounded.

    Returns
    -------
    Span
        No cohort that fits the spec has a value outside.

    Raises
    ------
    ValueError
        If the statistic or the label is unknown.

    Notes
    -----
    With group sums S and spreads R = n Σx² - S², everyone's are ΣS and
    N Σ((R + S²) / n) - (ΣS)². The latter rises with each R; in the means of the groups
    it is N times the weighted sum of squares about their mean, so it is least where all
    means are drawn together and largest at some corner of their windows.
    """
    labels = dict(spec.labels)
    if label not in labels:
        raise ValueError(f"label must be one of {', '.join(labels)}, but got {label!r}")
    if statistic not in ("mean", "sd"):
        raise ValueError(f"statistic must be mean or sd, but got {statistic!r}")
    own = spec.column(column)
    groups = [_group(spec, own, name) for name in labels[label]]
    whole = [cell for cell in spec.cells_of(column) if cell.group == label]
    n = sum(group.n for group in groups)
    sums = [sum(group.sums[end] for group in groups) for end in (0, 1)]
    for cell in whole:
        sums = [max(sums[0], cell.sum_low), min(sums[1], cell.sum_high)]
    facts = tuple(dict.fromkeys(fact for group in groups for fact in group.facts))
    facts = tuple(dict.fromkeys((*facts, *(f for c in whole for f in c.facts))))
    if statistic == "mean":
        low, high = (float(Fraction(total, n) * own.step) for total in sums)
        return Span(_down(low), _up(high), facts)
    spreads = (
        groups[0].spreads
        if len(groups) == 1
        else (_least_spread(groups, n), _most_spread(groups, n))
    )
    for cell in whole:
        spreads = (
            max(spreads[0], cell.spread_low),
            min(spreads[1], cell.spread_high),
        )
    scale = float(own.step) / sqrt(n * max(n - 1, 1))
    return Span(_down(sqrt(spreads[0]) * scale), _up(sqrt(spreads[1]) * scale), facts)


def _group(spec: Spec, column: Column, label: str) -> _Group:
    """Return what a group's own cells, and the lattice, leave of it."""
    n = dict(spec.groups)[label]
    low, high = column.low, column.high
    same = [column.name, *_tied(spec, column.name, label)]
    cells = [c for name in same for c in spec.cells_of(name) if c.groups == (label,)]
    for cell in cells:
        low = low if cell.lowest is None else max(low, cell.lowest)
        high = high if cell.highest is None else min(high, cell.highest)
    sums = (n * low, n * high)
    for cell in cells:
        sums = (max(sums[0], cell.sum_low), min(sums[1], cell.sum_high))
    least = min(
        (_closest(total - n * low, n) for total in range(sums[0], sums[1] + 1)),
        default=0,
    )
    most = max(
        (
            _farthest(total - n * low, n, high - low)
            for total in range(sums[0], sums[1] + 1)
        ),
        default=0,
    )
    for cell in cells:
        least, most = max(least, cell.spread_low), min(most, cell.spread_high)
    facts = tuple(fact for cell in cells for fact in cell.facts)
    return _Group(n, sums, (least, most), facts)


def _tied(spec: Spec, column: str, label: str) -> list[str]:
    """Return the columns that are the same in a group: it does not change."""
    found = []
    for rule in spec.rules:
        if isinstance(rule, SignRule) and (label, 0) in rule.signs:
            pair = [rule.before, rule.after]
            if column in pair:
                pair.remove(column)
                found += pair
    return found


def _closest(total: int, n: int) -> int:
    """Return the least n Σx² - (Σx)² of n whole numbers with a sum: all but equal."""
    rest = total % n
    return rest * (n - rest)


def _farthest(total: int, n: int, top: int) -> int:
    """Return the largest n Σx² - (Σx)² of n whole numbers from 0 to `top`."""
    full, part = divmod(total, top) if top else (0, 0)
    return n * (full * top * top + part * part) - total * total


def _least_spread(groups: list[_Group], n: int) -> int:
    """
    Return a lower bound of the spread of a union.

    All means are drawn towards m; the best m is where the weighted sum of signed
    distances is 0, which is found exactly among the windows' ends and stretches.
    """
    windows = [
        (Fraction(g.sums[0], g.n), Fraction(g.sums[1], g.n), g.n) for g in groups
    ]
    ends = sorted({end for low, high, _ in windows for end in (low, high)})
    candidates = list(ends)
    for left, right in pairwise(ends):
        fixed = [
            (high if high <= left else low, size)
            for low, high, size in windows
            if high <= left or low >= right
        ]
        weight = sum(size for _, size in fixed)
        if weight:
            m = sum((v * size for v, size in fixed), Fraction(0)) / weight
            if left < m < right:
                candidates.append(m)

    def between(m: Fraction) -> Fraction:
        nearest = [(min(max(m, low), high), size) for low, high, size in windows]
        total = sum((value * size for value, size in nearest), Fraction(0))
        squares = sum((value * value * size for value, size in nearest), Fraction(0))
        return n * squares - total * total

    within = sum(Fraction(n * g.spreads[0], g.n) for g in groups)
    bound = within + min(between(m) for m in candidates)
    return max(0, -(-bound.numerator // bound.denominator))


def _most_spread(groups: list[_Group], n: int) -> int:
    """Return an upper bound of the spread of a union: convex, so at a corner."""
    best = Fraction(0)
    for corner in range(2 ** len(groups)):
        sums = [g.sums[corner >> at & 1] for at, g in enumerate(groups)]
        parts = (Fraction(s * s, g.n) for s, g in zip(sums, groups, strict=True))
        squares = sum(parts, Fraction(0))
        best = max(best, n * squares - sum(sums) ** 2)
    within = sum((Fraction(n * g.spreads[1], g.n) for g in groups), Fraction(0))
    return int(best + within)


def _down(value: float) -> float:
    return value - abs(value) * 1e-12


def _up(value: float) -> float:
    return value + abs(value) * 1e-12


def cells_behind(spec: Spec, columns: tuple[str, ...]) -> tuple[Cell, ...]:
    """Return the cells that bear on some columns, through links too."""
    reached = spec.linked(columns)
    return tuple(cell for cell in spec.cells if cell.column in reached)
