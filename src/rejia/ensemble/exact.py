"""Exact counts and independent draws of one column in one group."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb, isqrt

import numpy as np

from rejia.ensemble.feasible import squares
from rejia.ensemble.model import Cell, Spec
from rejia.errors import DataError

MEGABYTES = 400.0
_STATES_A_SECOND = 2.5e9  # additions of the innermost loop, one core
_WHOLE = 2.0**53
_EPSILON = 2.0**-52


@dataclass(frozen=True, slots=True)
class Count:
    """
    Number of ordered lattice vectors that fit.

    Attributes
    ----------
    ordered : float
        The number; 0 is a proof that there is none.
    relative_error : float
        Bound of its error; 0 where it is a whole number below ``2 ** 53``.
    """

    ordered: float
    relative_error: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """
    What a programme takes, known before it is built.

    Attributes
    ----------
    states : int
        Entries of the table.
    megabytes, seconds : float
        Memory of the table; time to fill it on one core, roughly.
    """

    states: int
    megabytes: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Demand:
    """
    Values of one group, and the windows of their sum and sum of squares.

    Attributes
    ----------
    n : int
        Patients whose values are drawn.
    zeros : int
        Further patients whose value is 0.
    low, high : int
        Ends of the values.
    sums : tuple of (int, int, int)
        Each possible sum, with its window of the sum of squares.
    """

    n: int
    zeros: int
    low: int
    high: int
    sums: tuple[tuple[int, int, int], ...]


def demand(spec: Spec, column: str, group: str) -> Demand:
    """
    Return what is demanded of a column in one group.

    Parameters
    ----------
    spec : Spec
        Its cells of this very group are used; cells of merges are not.
    column, group : str
        Column and group.

    Returns
    -------
    Demand

    Raises
    ------
    ValueError
        If the spec has no such column or group.
    """
    sizes = dict(spec.groups)
    if group not in sizes:
        raise ValueError(f"group must be one of {', '.join(sizes)}, but got {group!r}")
    scale, n = spec.column(column), sizes[group]
    cells = [cell for cell in spec.cells_of(column) if cell.groups == (group,)]
    low, high = scale.low, scale.high
    for cell in spec.cells_of(column):
        if group in cell.groups:
            low = low if cell.lowest is None else max(low, cell.lowest)
            high = high if cell.highest is None else min(high, cell.highest)
    sum_low = max([n * low, *(cell.sum_low for cell in cells)])
    sum_high = min([n * high, *(cell.sum_high for cell in cells)])
    zeros = next((cell.zeros for cell in cells if cell.zeros is not None), None)
    if zeros is not None:
        low = max(low, 1)
    windows = []
    for total in range(sum_low, sum_high + 1):
        least, most = _window(cells, total, n, low, high)
        if least <= most:
            windows.append((total, least, most))
    if windows:
        low, high = _reach(cells, n, (sum_low, sum_high), (low, high))
    return Demand(n - (zeros or 0), zeros or 0, low, high, tuple(windows))


def _window(
    cells: Sequence[Cell], total: int, n: int, low: int, high: int
) -> tuple[int, int]:
    top = max(abs(low), abs(high))
    found = [squares(cell, total) for cell in cells]
    least = max([-(-total * total // n), *(a for a, _ in found)])
    return least, min([n * top * top, *(b for _, b in found)])


def _reach(
    cells: Sequence[Cell], n: int, sums: tuple[int, int], ends: tuple[int, int]
) -> tuple[int, int]:
    """Draw in the ends of the values: one value's distance from the mean is bound."""
    if n < 2 or not cells:
        return ends
    spread = min(cell.spread_high for cell in cells)
    away = isqrt(spread * (n - 1)) + 1
    low, high = (sums[0] - away) // n, -(-(sums[1] + away) // n)
    return max(ends[0], low), min(ends[1], high)


@dataclass(frozen=True, slots=True)
class _Rows:
    low: np.ndarray
    width: np.ndarray
    start: np.ndarray


@dataclass(frozen=True, slots=True)
class Programme:
    """
    Filled table of one group.

    Attributes
    ----------
    demand : Demand
        What it counts.
    sums, squares, mass : numpy.ndarray
        Final states with their weights, of the values counted from the lower end.
    """

    demand: Demand
    table: np.ndarray
    rows: _Rows
    weights: np.ndarray
    sums: np.ndarray
    squares: np.ndarray
    mass: np.ndarray

    @property
    def total(self) -> float:
        """Weight of all vectors: their number under the uniform law."""
        return float(self.mass.sum()) * comb(
            self.demand.n + self.demand.zeros, self.demand.zeros
        )

    def original(self) -> tuple[np.ndarray, np.ndarray]:
        """Return sum and sum of squares of each final state, of the values."""
        n, low = self.demand.n, self.demand.low
        sums = self.sums + n * low
        return sums, self.squares + 2 * low * self.sums + n * low * low

    def states(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Draw final states."""
        ladder = np.cumsum(self.mass)
        found = np.searchsorted(ladder, rng.random(draws) * ladder[-1], side="right")
        return np.asarray(np.minimum(found, len(ladder) - 1))

    def vectors(self, states: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw an ordered vector for each final state: int32 ``[draw, patient]``."""
        from rejia.ensemble.programme import trace

        n = self.demand.n
        out = np.zeros((len(states), n), np.int32)
        rows = self.rows
        trace(
            out,
            self.sums[states],
            self.squares[states],
            rng.random((len(states), n)),
            self.table,
            rows.start,
            rows.low,
            rows.width,
            self.weights,
        )
        out += np.int32(self.demand.low)
        if self.demand.zeros:
            none = np.zeros((len(states), self.demand.zeros), np.int32)
            out = rng.permuted(np.concatenate([out, none], axis=1), axis=1)
        return out


def forecast(demand: Demand) -> Forecast:
    """Return what the programme of a demand would take."""
    rows = _lay(demand)
    states = int(rows.width.sum())
    values = demand.high - demand.low + 1
    seconds = states * min(values, 1 + _typical(demand)) / _STATES_A_SECOND
    return Forecast(states, states * 8 / 1e6, seconds)


def _typical(demand: Demand) -> int:
    """Return the largest value that a vector can hold, from the lower end."""
    n, low = demand.n, demand.low
    squared = [high - 2 * low * s + n * low * low for s, _, high in demand.sums]
    return isqrt(max([0, *squared]))


@lru_cache(maxsize=64)
def _lay(demand: Demand) -> _Rows:
    from rejia.ensemble.programme import lay_rows

    n, low = demand.n, demand.low
    top = demand.high - low
    shifted = [
        (s - n * low, a - 2 * low * s + n * low**2, b - 2 * low * s + n * low**2)
        for s, a, b in demand.sums
        if 0 <= s - n * low <= n * top
    ]
    if not shifted or top < 0:
        empty = np.zeros((n + 1, 1), np.int64)
        return _Rows(empty, empty, empty)
    first, last = shifted[0][0], shifted[-1][0]
    lows = np.ones(last - first + 1, np.int64)
    highs = np.zeros(last - first + 1, np.int64)
    for s, least, most in shifted:
        lows[s - first], highs[s - first] = least, most
    row_low, width = lay_rows(n, top, first, lows, highs)
    start = np.cumsum(width.ravel()) - width.ravel()
    return _Rows(row_low, width, start.reshape(width.shape))


def build(demand: Demand, weights: np.ndarray | None = None) -> Programme:
    """
    Fill the table of a demand.

    Parameters
    ----------
    demand : Demand
        Values and windows of a group.
    weights : numpy.ndarray or None
        Weight of each value from the lower end; None counts vectors.

    Returns
    -------
    Programme

    Raises
    ------
    DataError
        If its table would take more than `MEGABYTES`.
    """
    from rejia.ensemble.programme import fill

    rows = _lay(demand)
    states = int(rows.width.sum())
    if states * 8 / 1e6 > MEGABYTES:
        fault = f"{states} states need {states * 8 / 1e6:.0f} MB; {MEGABYTES:.0f} MB"
        raise DataError("the exact programme does not fit:", [f"{fault} are allowed"])
    if weights is None:
        weights = np.ones(max(demand.high - demand.low, 0) + 1)
    table = np.zeros(states)
    fill(table, rows.start, rows.low, rows.width, weights)
    n = demand.n
    width = rows.width[n]
    sums = np.repeat(np.arange(len(width)), width)
    within = np.arange(len(sums)) - np.repeat(np.cumsum(width) - width, width)
    squared = rows.low[n][sums] + 2 * within
    final = rows.start[n, 0] if len(width) else 0
    mass = table[final : final + len(sums)]
    kept = mass > 0.0
    return Programme(
        demand, table, rows, weights, sums[kept], squared[kept], mass[kept]
    )


def count(spec: Spec, column: str, group: str) -> Count:
    """
    Count the ordered lattice vectors that fit the cells of one group.

    Parameters
    ----------
    spec : Spec
        Demands; links between columns, merges and attained ends are not counted.
    column, group : str
        Column and group.

    Returns
    -------
    Count
        0 is a proof that no vector fits.

    Raises
    ------
    DataError
        If the table would take more than `MEGABYTES`.

    Notes
    -----
    All terms are positive, so a relative error is at most the number of roundings
    of one path, patients times values, times the spacing of floats.
    """
    asked = demand(spec, column, group)
    total = build(asked).total
    steps = asked.n * (asked.high - asked.low + 2)
    return Count(total, 0.0 if total < _WHOLE else steps * _EPSILON)
