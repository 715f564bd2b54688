"""
Compiled steps through the network of r x c tables with fixed margins.

A state is what is left of the row sums, as a number: ``strides`` weighs each row but
the first, which follows from the total. ``x`` is one column, laid in a state ``s``.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

# Partial tables are merged when their log probabilities agree to this; it is far below
# the tolerance of 1e-7 within which probabilities count as equal.
_MERGE = 1e-11


@njit(cache=True)
def _first(upper: Integers, total: int, x: Integers) -> None:
    """Set x to the first vector below `upper` with this total."""
    for i in range(upper.size):
        x[i] = min(upper[i], total)
        total -= x[i]


@njit(cache=True)
def _following(upper: Integers, x: Integers) -> bool:
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
def _decode(state: int, left: int, strides: Integers, s: Integers) -> None:
    """Set s to the state of this number, of which `left` observations are left."""
    s[0] = left
    for i in range(1, s.size):
        s[i] = state // strides[i]
        state -= s[i] * strides[i]
        s[0] -= s[i]


@njit(cache=True)
def _step(
    s: Integers, x: Integers, strides: Integers, log_factorial: Floats
) -> tuple[float, int]:
    """Return the log weight of a column, and the (unsorted) state that it leaves."""
    log_p = 0.0
    state = 0
    for i in range(s.size):
        rest = s[i] - x[i]
        log_p -= log_factorial[x[i]] + log_factorial[rest]
        state += rest * strides[i]
    return log_p, state


@njit(cache=True)
def _constant(s: Integers, left: int, column: int, log_factorial: Floats) -> float:
    """Return what turns the log weight of a column into its log probability."""
    constant: float = log_factorial[column] + log_factorial[left - column]
    constant -= log_factorial[left]
    for i in range(s.size):
        constant += log_factorial[s[i]]
    return constant


@njit(cache=True)
def sorted_states(
    left: int, rows: Integers, strides: Integers, n_states: int
) -> Integers:
    """Return, for each state, the state with the same sums in falling order; or -1."""
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
def extremes_of_two_columns(
    states: Integers, left: int, column: int, strides: Integers, log_factorial: Floats
) -> tuple[Floats, Floats]:
    """
    Return the extreme log probabilities of the last but one column, for each state.

    The log probability is a concave function of each cell. Its largest value is where
    no unit can move to a better row; its smallest is at a corner, where every row but
    one is full or empty.
    """
    high, low = np.empty(states.size), np.empty(states.size)
    s, x = np.empty_like(strides), np.empty_like(strides)
    for number in range(states.size):
        _decode(states[number], left, strides, s)
        constant = _constant(s, left, column, log_factorial)
        _balance(s, left, column, x)
        filled = 0.0
        for i in range(s.size):
            filled -= log_factorial[s[i]]
        high[number] = constant + _step(s, x, strides, log_factorial)[0]
        low[number] = constant + filled + _least_corner(s, column, log_factorial)
    return high, low


@njit(cache=True)
def _balance(s: Integers, left: int, column: int, x: Integers) -> None:
    """Set x to the most probable column."""
    missing = column
    for i in range(s.size):
        x[i] = s[i] * column // left
        missing -= x[i]
    while True:
        # A unit more in row i multiplies the probability by (s - x) / (x + 1), a unit
        # less by x / (s - x + 1).
        taker, giver, gain, loss = 0, 0, 0.0, 0.0
        for i in range(s.size):
            more, less = (s[i] - x[i]) / (x[i] + 1), x[i] / (s[i] - x[i] + 1)
            if more > gain:
                taker, gain = i, more
            if less > loss:
                giver, loss = i, less
        if missing == 0 and gain * loss <= 1 + 1e-12:
            return
        x[taker] += 1
        if missing > 0:
            missing -= 1
        else:
            x[giver] -= 1


@njit(cache=True)
def _least_corner(s: Integers, column: int, log_factorial: Floats) -> float:
    """Return the least log binomial coefficient that a corner leaves to its one row."""
    least = np.inf
    for full in range(1 << s.size):
        rest = column
        for i in range(s.size):
            if full >> i & 1:
                rest -= s[i]
        if rest < 0:
            continue
        for j in range(s.size):
            if not full >> j & 1 and rest <= s[j]:
                value = log_factorial[s[j]] - log_factorial[rest]
                least = min(least, value - log_factorial[s[j] - rest])
    # All rows full: the column takes everything.
    return least if least < np.inf else 0.0


@njit(cache=True)
def extremes(
    states: Integers,
    left: int,
    column: int,
    strides: Integers,
    log_factorial: Floats,
    longest: Floats,
    shortest: Floats,
) -> tuple[Floats, Floats]:
    """Return the log probability of the most and the least probable completion."""
    high, low = np.empty(states.size), np.empty(states.size)
    s, x = np.empty_like(strides), np.empty_like(strides)
    for number in range(states.size):
        _decode(states[number], left, strides, s)
        _first(s, column, x)
        most, least, more = -np.inf, np.inf, True
        while more:
            log_p, rest = _step(s, x, strides, log_factorial)
            most = max(most, log_p + longest[rest])
            least = min(least, log_p + shortest[rest])
            more = _following(s, x)
        constant = _constant(s, left, column, log_factorial)
        high[number], low[number] = most + constant, least + constant
    return high, low


@njit(cache=True)
def _count_up_to(value: float, increasing: Floats, low: int, high: int) -> int:
    """Return the place in low ... high behind the last number up to `value`."""
    while low < high:
        middle = (low + high) >> 1
        if increasing[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True)
def _end_of_state(states: Integers, start: int) -> int:
    stop = start
    while stop < states.size and states[stop] == states[start]:
        stop += 1
    return stop


@njit(cache=True)
def _find(
    slots: Integers, states: Integers, keys: Integers, state: int, key: int
) -> int:
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
def _rehash(n_slots: int, states: Integers, keys: Integers) -> Integers:
    slots = np.full(n_slots, -1, np.int64)
    for entry in range(states.size):
        slots[_find(slots, states, keys, states[entry], keys[entry])] = entry
    return slots


@njit(cache=True)
def lay_column(
    limit: float,
    states: Integers,
    past: Floats,
    mass: Floats,
    left: int,
    column: int,
    strides: Integers,
    log_factorial: Floats,
    sorted_state: Integers,
    longest: Floats,
    shortest: Floats,
    most: int,
) -> tuple[float, Integers, Floats, Floats]:
    """
    Lay one column onto all partial tables, and merge the equal ones.

    Partial tables are a sorted state, the log probability so far and the probability,
    in order of the first two. Returns the probability that is settled to count, and the
    partial tables that are not settled; `nan` if they are more than `most`.
    """
    s, x = np.empty_like(strides), np.empty_like(strides)
    slots = np.full(4096, -1, np.int64)
    new_states, keys = np.empty(2048, np.int64), np.empty(2048, np.int64)
    new_past, new_mass = np.empty(2048), np.empty(2048)
    settled, lost, start, n = 0.0, 0.0, 0, 0
    while start < states.size:
        stop = _end_of_state(states, start)
        _decode(states[start], left, strides, s)
        constant = _constant(s, left, column, log_factorial)
        _first(s, column, x)
        more = True
        while more:
            log_p, rest = _step(s, x, strides, log_factorial)
            log_p += constant
            room = limit - log_p
            inside = _count_up_to(room - longest[rest], past, start, stop)
            outside = _count_up_to(room - shortest[rest], past, inside, stop)
            p = np.exp(log_p)
            counted = 0.0
            for entry in range(start, inside):
                counted += mass[entry]
            # Kahan: millions of small terms would lose their digits.
            term = counted * p - lost
            raised = settled + term
            lost = (raised - settled) - term
            settled = raised
            for entry in range(inside, outside):
                so_far = past[entry] + log_p
                child, key = int(sorted_state[rest]), int(np.rint(so_far / _MERGE))
                slot = _find(slots, new_states, keys, child, key)
                if slots[slot] >= 0:
                    new_mass[slots[slot]] += mass[entry] * p
                    continue
                if n == most:
                    return np.nan, new_states, new_past, new_mass
                if n == new_states.size:
                    new_states = np.append(new_states, np.empty_like(new_states))
                    keys = np.append(keys, np.empty_like(keys))
                    new_past = np.append(new_past, np.empty_like(new_past))
                    new_mass = np.append(new_mass, np.empty_like(new_mass))
                    slots = _rehash(2 * slots.size, new_states[:n], keys)
                    slot = _find(slots, new_states, keys, child, key)
                slots[slot] = n
                new_states[n], keys[n] = child, key
                new_past[n], new_mass[n] = so_far, mass[entry] * p
                n += 1
            more = _following(s, x)
        start = stop
    return settled, new_states[:n], new_past[:n], new_mass[:n]


@njit(cache=True)
def complete_tables(
    limit: float,
    states: Integers,
    past: Floats,
    mass: Floats,
    columns: Integers,
    strides: Integers,
    log_factorial: Floats,
    longest: Floats,
    shortest: Floats,
    most: int,
) -> float:
    """
    Go through all completions of the partial tables, without keeping any.

    `columns` are those still to be laid; ``longest[k]`` and ``shortest[k]`` belong to
    the states before column k of them. For a path of columns the partial tables that
    it does not settle are a range, which shrinks from column to column. Returns the
    probability that counts; `nan` if there are more than `most` steps.
    """
    depths = columns.size - 1
    s = np.empty((depths, strides.size), np.int64)
    x = np.empty((depths, strides.size), np.int64)
    low, high = np.empty(depths, np.int64), np.empty(depths, np.int64)
    constant = np.empty(depths)
    left = np.cumsum(columns[::-1])[::-1]
    settled, lost, start, steps = 0.0, 0.0, 0, 0
    while start < states.size:
        stop = _end_of_state(states, start)
        cumulated = np.zeros(stop - start + 1)
        for at in range(start, stop):
            cumulated[at - start + 1] = cumulated[at - start] + mass[at]
        here = past[start:stop]
        depth, low[0], high[0] = 0, 0, stop - start
        _decode(states[start], left[0], strides, s[0])
        constant[0] = _constant(s[0], left[0], columns[0], log_factorial)
        _first(s[0], columns[0], x[0])
        while depth >= 0:
            log_p, rest = _step(s[depth], x[depth], strides, log_factorial)
            log_p += constant[depth]
            room = limit - log_p
            floor, top = low[depth], high[depth]
            inside = _count_up_to(room - longest[depth + 1, rest], here, floor, top)
            outside = _count_up_to(room - shortest[depth + 1, rest], here, inside, top)
            term = (cumulated[inside] - cumulated[floor]) * np.exp(log_p) - lost
            # Kahan: millions of small terms would lose their digits.
            raised = settled + term
            lost = (raised - settled) - term
            settled = raised
            steps += 1
            if steps > most:
                return np.nan
            if inside < outside:
                depth += 1
                low[depth], high[depth] = inside, outside
                _decode(rest, left[depth], strides, s[depth])
                constant[depth] = log_p + _constant(
                    s[depth], left[depth], columns[depth], log_factorial
                )
                _first(s[depth], columns[depth], x[depth])
                continue
            while depth >= 0 and not _following(s[depth], x[depth]):
                depth -= 1
        start = stop
    return settled
