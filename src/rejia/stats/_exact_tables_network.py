"""
Fisher's exact test of an r x c table: the network of Mehta and Patel.

Columns are laid one after another. A state is what is left of the row sums, sorted,
because the order of rows does not change what can still happen; a step from state to
state has the probability of that column given the state, so that the steps from any
state sum to one. For every state the most and the least probable completion are known
exactly. A partial table whose completions all count, or none of which counts, is
settled at once; the others are kept by state and probability so far, with equal ones
merged. Where they would not fit in memory, or two columns are left, their completions
are gone through one by one, for all partial tables of a state at a time.
"""

from math import isnan, log1p, nan, prod

import numpy as np
from numpy.typing import NDArray

from rejia.stats import _exact_tables_kernels as kernels
from rejia.stats._exact_tables_2x2 import RELATIVE_TOLERANCE

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

# 24 bytes a state and column, 48 a partial table: 300 MB at most. The steps are some
# minutes.
MOST_STATES = 8_000_000
MOST_PARTIAL_TABLES = 2_000_000
MOST_STEPS = 5_000_000_000


def exact_p_value(table: Integers) -> float:
    """
    Sum the probabilities of all tables not more probable than the observed one.

    Parameters
    ----------
    table : array of int
        At least 2 x 2, no empty row or column.

    Returns
    -------
    float
        `nan` if the table has more states or steps than the limits above.
    """
    rows, columns = _cheaper_orientation(table)
    strides, n_states = _strides(rows)
    if n_states * columns.size > MOST_STATES:
        return nan
    log_factorial = _log_factorial(int(rows.sum()))
    limit = log_probability(table) + log1p(RELATIVE_TOLERANCE)
    sorted_state, longest, shortest = _extreme_completions(
        rows, columns, strides, n_states, log_factorial
    )

    total, laid = 0.0, 0
    root = np.array([(rows * strides).sum()])
    partial: tuple[Integers, Floats, Floats] = (root, np.zeros(1), np.ones(1))
    while laid < columns.size - 2:
        settled, states, past, mass = kernels.lay_column(
            limit,
            *partial,
            int(columns[laid:].sum()),
            int(columns[laid]),
            strides,
            log_factorial,
            sorted_state[laid + 1],
            longest[laid + 1],
            shortest[laid + 1],
            MOST_PARTIAL_TABLES,
        )
        if isnan(settled):
            break
        total += settled
        order = np.lexsort((past, states))
        partial = (states[order], past[order], mass[order])
        laid += 1
    total += kernels.complete_tables(
        limit,
        *partial,
        columns[laid:],
        strides,
        log_factorial,
        longest[laid:],
        shortest[laid:],
        MOST_STEPS,
    )
    return min(total, 1.0)


def log_probability(table: Integers) -> float:
    """Return the log probability of a table, given its row and column sums."""
    log_factorial = _log_factorial(int(table.sum()))
    margins = log_factorial[table.sum(0)].sum() + log_factorial[table.sum(1)].sum()
    return float(margins - log_factorial[table.sum()] - log_factorial[table].sum())


def _log_factorial(n: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])


def _cheaper_orientation(table: Integers) -> tuple[Integers, Integers]:
    """
    Return the sums that make the states, falling, and those laid in turn, growing.

    The largest columns come last, where their many ways are gone through, not kept.
    """
    first, second = (np.sort(table.sum(axis)).astype(np.int64) for axis in (1, 0))
    if _strides(first[::-1])[1] * second.size > _strides(second[::-1])[1] * first.size:
        first, second = second, first
    return first[::-1].copy(), second


def _strides(rows: Integers) -> tuple[Integers, int]:
    """Give each state a number, by all rows but the largest, which follows."""
    sizes = [int(row) + 1 for row in rows[1:]]
    strides = [prod(sizes[i:]) for i in range(1, len(sizes) + 1)]
    return np.array([0, *strides], dtype=np.int64), prod(sizes)


def _extreme_completions(
    rows: Integers,
    columns: Integers,
    strides: Integers,
    n_states: int,
    log_factorial: Floats,
) -> tuple[Integers, Floats, Floats]:
    """Return sorted state, most and least probable completion before each column."""
    shape = (columns.size, n_states)
    sorted_state = np.full(shape, -1, dtype=np.int64)
    longest, shortest = np.zeros(shape), np.zeros(shape)
    # Before the last column all is known, and before the first there is one state.
    for k in range(columns.size - 1, 0, -1):
        left, column = int(columns[k:].sum()), int(columns[k])
        sorted_state[k] = kernels.sorted_states(left, rows, strides, n_states)
        if k == columns.size - 1:
            continue
        known = sorted_state[k] >= 0
        states = np.unique(sorted_state[k][known])
        network = (states, left, column, strides, log_factorial)
        if k == columns.size - 2:
            high, low = kernels.extremes_of_two_columns(*network)
        else:
            high, low = kernels.extremes(*network, longest[k + 1], shortest[k + 1])
        longest[k][states], shortest[k][states] = high, low
        longest[k][known] = longest[k][sorted_state[k][known]]
        shortest[k][known] = shortest[k][sorted_state[k][known]]
    return sorted_state, longest, shortest
