"""
Fisher's exact test of an r x c table: the network of Mehta and Patel.

Columns are laid one after another. A *state* is what is left of the row sums, sorted,
because the order of rows does not change what can still happen; a step from state to
state has the probability of that column given the state, so that the steps from any
state sum to one. For every state the most and the least probable completion are
computed first, exactly, by going backwards. Going forwards, a partial table whose
completions all count, or none of which counts, is settled at once; the others are kept
by state and probability so far, with equal ones merged.
"""

from math import log1p, nan, prod

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rejia.stats._exact_tables_2x2 import RELATIVE_TOLERANCE

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

# Memory, not time, ends an enumeration: 24 bytes a state and 48 a partial table.
MOST_STATES = 10_000_000
MOST_PARTIAL_TABLES = 5_000_000

# Partial tables are merged when their log probabilities agree to this; it is far below
# the tolerance of 1e-7 within which probabilities count as equal.
_MERGE = 1e-11


def exact_p_value(table: IntArray) -> float:
    """
    Sum the probabilities of all tables not more probable than the observed one.

    Parameters
    ----------
    table : array of int
        At least 2 x 2, no empty row or column.

    Returns
    -------
    float
        `nan` if the table has more states or partial tables than fit in memory.
    """
    rows, columns = _cheaper_orientation(table)
    columns = columns[::-1].copy()
    strides, n_states = _strides(rows)
    if n_states * columns.size > MOST_STATES:
        return nan
    log_factorial = _log_factorial(int(rows.sum()))
    limit = log_probability(table) + log1p(RELATIVE_TOLERANCE)
    stages = _extreme_completions(rows, columns, strides, n_states, log_factorial)

    total = 0.0
    partial = (np.array([(rows * strides).sum()]), np.zeros(1), np.ones(1))
    for k, column in enumerate(columns[:-1]):
        network = (int(columns[k:].sum()), int(column), strides, log_factorial)
        settled, complete, partial = _lay_column(
            limit, partial, network, stages[k + 1], MOST_PARTIAL_TABLES
        )
        if not complete:
            return nan
        total += settled
        order = np.lexsort((partial[1], partial[0]))
        partial = tuple(part[order] for part in partial)
    return min(float(total), 1.0)


def log_probability(table: IntArray) -> float:
    """Return the log probability of a table, given its row and column sums."""
    log_factorial = _log_factorial(int(table.sum()))
    margins = log_factorial[table.sum(0)].sum() + log_factorial[table.sum(1)].sum()
    return float(margins - log_factorial[table.sum()] - log_factorial[table].sum())


def _log_factorial(n: int) -> FloatArray:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])


def _cheaper_orientation(table: IntArray) -> tuple[IntArray, IntArray]:
    """Return the sums that make the states, and those laid one after another."""
    first, second = (np.sort(table.sum(axis))[::-1].astype(np.int64) for axis in (1, 0))
    if _strides(first)[1] * second.size <= _strides(second)[1] * first.size:
        return first, second
    return second, first


def _strides(rows: IntArray) -> tuple[IntArray, int]:
    """Give each state a number, by all rows but the largest, which follows."""
    sizes = [int(row) + 1 for row in rows[1:]]
    strides = [prod(sizes[i:]) for i in range(1, len(sizes) + 1)]
    return np.array([0, *strides], dtype=np.int64), prod(sizes)


def _extreme_completions(rows, columns, strides, n_states, log_factorial):
    """Return, for each stage, sorted state and extreme completions of each state."""
    zeros = np.zeros(n_states)
    stages = []
    left = 0
    for k in range(columns.size - 1, 0, -1):
        left += int(columns[k])
        sorted_state = _sorted_states(left, rows, strides, n_states)
        if k == columns.size - 1:
            stages.append((sorted_state, zeros, zeros))
            continue
        states = np.unique(sorted_state[sorted_state >= 0])
        network = (left, int(columns[k]), strides, log_factorial)
        high, low = _extremes(states, network, *stages[-1][1:])
        longest, shortest = np.empty(n_states), np.empty(n_states)
        longest[states], shortest[states] = high, low
        stages.append((sorted_state, longest[sorted_state], shortest[sorted_state]))
    return [None, *reversed(stages)]


@njit(cache=True)
def _first(upper, total, x):  # type: ignore[no-untyped-def]
    """Set x to the first vector below `upper` with this total."""
    for i in range(upper.size):
        x[i] = min(upper[i], total)
        total -= x[i]


@njit(cache=True)
def _following(upper, x):  # type: ignore[no-untyped-def]
    """Set x to the next vector with its total; tell if there is one."""
    collected = 0
    for j in range(upper.size):
        if collected > 0 and x[j] < upper[j]:
            x[j] += 1
            collected -= 1
            for i in range(j):
                x[i] = min(upper[i], collected)
                collected -= x[i]
            return True
        collected += x[j]
    return False


@njit(cache=True)
def _decode(state, left, strides, s):  # type: ignore[no-untyped-def]
    """Set s to the state of this number, of which `left` observations are left."""
    s[0] = left
    for i in range(1, s.size):
        s[i] = state // strides[i]
        state -= s[i] * strides[i]
        s[0] -= s[i]


@njit(cache=True)
def _sorted_states(left, rows, strides, n_states):  # type: ignore[no-untyped-def]
    """Return, for each state, the state that has the same sums in falling order."""
    result = np.full(n_states, -1, np.int64)
    s = np.empty_like(rows)
    for state in range(n_states):
        _decode(state, left, strides, s)
        if not 0 <= s[0] <= rows[0]:
            continue
        for i in range(1, s.size):
            value, place = s[i], i
            while place > 0 and s[place - 1] < value:
                s[place] = s[place - 1]
                place -= 1
            s[place] = value
        result[state] = (s * strides).sum()
    return result


@njit(cache=True)
def _step(s, x, log_factorial, strides):  # type: ignore[no-untyped-def]
    """Return the log weight of a column, and the (unsorted) state that it leaves."""
    log_p = 0.0
    state = 0
    for i in range(s.size):
        remaining = s[i] - x[i]
        log_p -= log_factorial[x[i]] + log_factorial[remaining]
        state += remaining * strides[i]
    return log_p, state


@njit(cache=True)
def _constant(s, column, log_factorial):  # type: ignore[no-untyped-def]
    """Return what turns the log weight of a column into its log probability."""
    total = s.sum()
    constant = (
        log_factorial[column] + log_factorial[total - column] - log_factorial[total]
    )
    for i in range(s.size):
        constant += log_factorial[s[i]]
    return constant


@njit(cache=True)
def _extremes(states, network, longest, shortest):  # type: ignore[no-untyped-def]
    """Return the log probability of the most and the least probable completion."""
    left, column, strides, log_factorial = network
    high, low = np.empty(states.size), np.empty(states.size)
    s, x = np.empty_like(strides), np.empty_like(strides)
    for number in range(states.size):
        _decode(states[number], left, strides, s)
        _first(s, column, x)
        most, least, more = -np.inf, np.inf, True
        while more:
            log_p, rest = _step(s, x, log_factorial, strides)
            most = max(most, log_p + longest[rest])
            least = min(least, log_p + shortest[rest])
            more = _following(s, x)
        constant = _constant(s, column, log_factorial)
        high[number], low[number] = most + constant, least + constant
    return high, low


@njit(cache=True)
def _find(slots, states, keys, state, key):  # type: ignore[no-untyped-def]
    """Return the slot of a partial table, or the free slot where it belongs."""
    mask = slots.size - 1
    slot = (state * 0x9E3779B1 + key * 0x85EBCA77) & mask
    slot = (slot ^ (slot >> 15)) & mask
    while slots[slot] >= 0:
        entry = slots[slot]
        if states[entry] == state and keys[entry] == key:
            break
        slot = (slot + 1) & mask
    return slot


@njit(cache=True)
def _rehash(n_slots, states, keys):  # type: ignore[no-untyped-def]
    """Build the index of the partial tables anew."""
    slots = np.full(n_slots, -1, np.int64)
    for entry in range(states.size):
        slots[_find(slots, states, keys, states[entry], keys[entry])] = entry
    return slots


@njit(cache=True)
def _count_up_to(value, increasing):  # type: ignore[no-untyped-def]
    low, high = 0, increasing.size
    while low < high:
        middle = (low + high) >> 1
        if increasing[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True)
def _lay_column(limit, partial, network, stage, most):  # type: ignore[no-untyped-def]
    """
    Lay one column onto all partial tables.

    Returns the probability that is settled to count, and the partial tables that are
    not settled: sorted state, log probability so far, probability.
    """
    states, past, mass = partial
    left, column, strides, log_factorial = network
    sorted_state, longest, shortest = stage
    s, x = np.empty_like(strides), np.empty_like(strides)
    slots = np.full(4096, -1, np.int64)
    next_states, keys = np.empty(2048, np.int64), np.empty(2048, np.int64)
    next_past, next_mass, n_next = np.empty(2048), np.empty(2048), 0
    settled, start = 0.0, 0
    while start < states.size:
        stop = start
        while stop < states.size and states[stop] == states[start]:
            stop += 1
        here = past[start:stop]
        cumulated = np.zeros(stop - start + 1)
        cumulated[1:] = np.cumsum(mass[start:stop])
        _decode(states[start], left, strides, s)
        constant = _constant(s, column, log_factorial)
        _first(s, column, x)
        more = True
        while more:
            log_p, rest = _step(s, x, log_factorial, strides)
            log_p += constant
            inside = _count_up_to(limit - log_p - longest[rest], here)
            outside = _count_up_to(limit - log_p - shortest[rest], here)
            p = np.exp(log_p) if outside > 0 else 0.0
            settled += cumulated[inside] * p
            child = sorted_state[rest]
            for entry in range(inside, outside):
                so_far = here[entry] + log_p
                key = np.int64(np.rint(so_far / _MERGE))
                slot = _find(slots, next_states, keys, child, key)
                if slots[slot] >= 0:
                    next_mass[slots[slot]] += mass[start + entry] * p
                else:
                    if n_next == most:
                        return settled, False, (next_states, next_past, next_mass)
                    slots[slot] = n_next
                    next_states[n_next], keys[n_next] = child, key
                    next_past[n_next] = so_far
                    next_mass[n_next] = mass[start + entry] * p
                    n_next += 1
                    if n_next == next_states.size:
                        next_states = np.append(next_states, np.empty_like(next_states))
                        keys = np.append(keys, np.empty_like(keys))
                        next_past = np.append(next_past, np.empty_like(next_past))
                        next_mass = np.append(next_mass, np.empty_like(next_mass))
                        slots = _rehash(2 * slots.size, next_states[:n_next], keys)
            more = _following(s, x)
        start = stop
    unsettled = (next_states[:n_next], next_past[:n_next], next_mass[:n_next])
    return settled, True, unsettled
