"""
Compiled moves on a dithered lattice.

A value ``k`` stands for all real ``x`` that round to it. All of them weigh the same
and every move keeps volume, so the recorded values are uniform on the lattice.
"""

import numpy as np
from numba import njit

from rejia.ensemble.walk_state import State
from rejia.ensemble.xoshiro import uniform

_THIRD = 1.0 / np.sqrt(3.0)
_ARCS = 12
ONLY = 0.4  # of turns of two columns: one of the three coordinates stays
_ANGLES = 4096  # a turn by one of them is undone by another
_COSINE = np.cos(2.0 * np.pi * np.arange(_ANGLES) / _ANGLES)
_SINE = np.sin(2.0 * np.pi * np.arange(_ANGLES) / _ANGLES)

# Nothing is allocated inside a walk, so references to arrays need not be counted;
# counting them would take two thirds of the time.
compiled = njit(  # type: ignore[call-overload]
    cache=True, nogil=True, error_model="numpy", _nrt=False
)
inlined = njit(  # type: ignore[call-overload]
    cache=True, nogil=True, error_model="numpy", _nrt=False, forceinline=True
)


@njit(cache=True, nogil=True)
def tally(
    k: np.ndarray, member: np.ndarray, coord: np.ndarray, value: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sums, sums of squares, and how many have `value`, of each cell."""
    cells = len(coord)
    sums = np.zeros(cells, np.int64)
    squares = np.zeros(cells, np.int64)
    holders = np.zeros(cells, np.int64)
    for c in range(cells):
        for i in range(k.shape[1]):
            if member[c, i]:
                v = k[coord[c], i]
                sums[c] += v
                squares[c] += v * v
                holders[c] += v == value[c]
    return sums, squares, holders


@inlined
def away_from(window: np.ndarray, scale: np.ndarray, c: int, s: int, q: int) -> float:
    """Return how far a cell is outside its windows, in standard errors; 0 inside."""
    spread = window[c, 0] * q - s * s
    away = 0.0
    if s < window[c, 1]:
        away += (window[c, 1] - s) * scale[c, 0]
    elif s > window[c, 2]:
        away += (s - window[c, 2]) * scale[c, 0]
    if spread < window[c, 3]:
        away += (window[c, 3] - spread) * scale[c, 1]
    elif spread > window[c, 4]:
        away += (spread - window[c, 4]) * scale[c, 1]
    return away


@inlined
def choose_three(
    pool: np.ndarray, begin: np.ndarray, seed: np.ndarray, touched: np.ndarray
) -> int:
    """Choose three patients of one group; return 0 if it has fewer."""
    at = int(uniform(seed) * len(pool))
    g = 0
    while begin[g + 1] <= at:
        g += 1
    size = begin[g + 1] - begin[g]
    if size < 3:
        return 0
    i = at - begin[g]
    j = int(uniform(seed) * (size - 1))
    j += j >= i
    h = int(uniform(seed) * (size - 2))
    h += h >= min(i, j)
    h += h >= max(i, j)
    touched[0], touched[1] = pool[at], pool[begin[g] + j]
    touched[2] = pool[begin[g] + h]
    return 3


@inlined
def turn_three(
    x: np.ndarray,
    touched: np.ndarray,
    new: np.ndarray,
    cosine: float,
    sine: float,
    only: int,
    sign: int,
) -> None:
    """
    Turn three patients about (1, 1, 1) by an angle.

    Sum and sum of squares of what turns stay; where all columns turn by one angle,
    their products stay too. `only` is -1 for all columns, 0 or 1 for one of them
    while the other stays, 2 or 3 for the first or second while their sum (or, by
    `sign`, their difference) stays.
    """
    sine *= _THIRD
    base = only % 2
    for b in range(x.shape[0]):
        u, v, w = x[b, touched[0]], x[b, touched[1]], x[b, touched[2]]
        new[b, 0], new[b, 1], new[b, 2] = u, v, w
        if only == -1 or b == base:
            mean = (u + v + w) / 3.0
            new[b, 0] = mean + cosine * (u - mean) + sine * (w - v)
            new[b, 1] = mean + cosine * (v - mean) + sine * (u - w)
            new[b, 2] = mean + cosine * (w - mean) + sine * (v - u)
    if only >= 2:
        for t in range(3):
            change = new[base, t] - x[base, touched[t]]
            new[1 - base, t] = x[1 - base, touched[t]] + sign * change


@inlined
def shift(
    pool: np.ndarray,
    reach: np.ndarray,
    seed: np.ndarray,
    x: np.ndarray,
    touched: np.ndarray,
    new: np.ndarray,
) -> int:
    """Shift one patient, or one against another, or exchange two; any groups."""
    kind = uniform(seed)
    bases = x.shape[0]
    base = 0 if bases == 1 else int(2 * uniform(seed))
    size = reach[base] * np.exp(-7.0 * uniform(seed))
    change = size * (2.0 * uniform(seed) - 1.0)
    first = pool[int(uniform(seed) * len(pool))]
    second = pool[int(uniform(seed) * len(pool))]
    touched[0], touched[1] = first, second
    for b in range(bases):
        new[b, 0], new[b, 1] = x[b, first], x[b, second]
    count = 1
    if kind < 0.4:
        new[base, 0] += change
    elif bases == 2 and kind < 0.55:
        # The sum of the two columns of a patient stays.
        new[base, 0] += change
        new[1 - base, 0] -= change
    elif first == second:
        count = 0
    elif bases == 2 and kind < 0.65:
        count = 2
        new[base, 0], new[base, 1] = x[base, second], x[base, first]
    elif bases == 2 and kind < 0.85:
        # All sums stay: of each column over both patients, and of each patient.
        count = 2
        new[0, 0] += change
        new[1, 0] -= change
        new[0, 1] -= change
        new[1, 1] += change
    else:
        count = 2
        new[base, 0] += change
        new[base, 1] -= change
    return count


@inlined
def round_move(
    link: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    tied: np.ndarray,
    touched: np.ndarray,
    count: int,
    new: np.ndarray,
    new_k: np.ndarray,
) -> bool:
    """Round what is proposed; say whether it keeps to the scales."""
    bases, coords = new.shape[0], low.shape[0]
    for t in range(count):
        i = touched[t]
        if tied[i]:
            new[1, t] = new[0, t]
        for b in range(bases):
            v = int(np.floor(new[b, t] + 0.5))
            if v < low[b, i] or v > high[b, i]:
                return False
            new_k[b, t] = v
        if coords == 3:
            v = link[0] * new_k[0, t] + link[1] * new_k[1, t]
            if v < low[2, i] or v > high[2, i]:
                return False
            new_k[2, t] = v
    return count > 0


@inlined
def lean(
    law: np.ndarray,
    law_low: np.ndarray,
    tied: np.ndarray,
    group: np.ndarray,
    touched: np.ndarray,
    count: int,
    k: np.ndarray,
    new_k: np.ndarray,
) -> float:
    """Return by how much the logarithm of the weight of a law would rise."""
    gain = 0.0
    for t in range(count):
        i = touched[t]
        for b in range(1 if tied[i] else law.shape[0]):
            gain += law[b, group[i], new_k[b, t] - law_low[b]]
            gain -= law[b, group[i], k[b, i] - law_low[b]]
    return gain


@inlined
def turn_inside(
    link: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    tied: np.ndarray,
    seed: np.ndarray,
    x: np.ndarray,
    touched: np.ndarray,
    new: np.ndarray,
    new_k: np.ndarray,
) -> bool:
    """
    Turn three patients by an angle that keeps them inside the scales.

    An elliptical slice: the arc is drawn in until they are inside.
    """
    only = -1
    if x.shape[0] == 2 and uniform(seed) < ONLY:
        only = int(4 * uniform(seed))
    angle = int(_ANGLES * uniform(seed))
    least, most = angle - _ANGLES, angle
    for _ in range(_ARCS):
        at = angle + _ANGLES if angle < 0 else angle
        turn_three(*(x, touched, new, _COSINE[at], _SINE[at], only, -link[0] * link[1]))
        if round_move(link, low, high, tied, touched, 3, new, new_k):
            return True
        if angle < 0:
            least = angle + 1
        else:
            most = angle
        angle = least + int((most - least) * uniform(seed))
    return False


@inlined
def weigh(
    coord: np.ndarray,
    member: np.ndarray,
    window: np.ndarray,
    scale: np.ndarray,
    k: np.ndarray,
    sums: np.ndarray,
    squares: np.ndarray,
    touched: np.ndarray,
    count: int,
    new_k: np.ndarray,
    new_s: np.ndarray,
    new_q: np.ndarray,
    strict: bool,
) -> float:
    """Return how far cells would be outside; -1 for any distance where strict."""
    far = 0.0
    for c in range(len(coord)):
        b = coord[c]
        s, q = sums[c], squares[c]
        inside = False
        for t in range(count):
            if member[c, touched[t]]:
                before, after = k[b, touched[t]], new_k[b, t]
                s += after - before
                q += after * after - before * before
                inside = True
        new_s[c], new_q[c] = s, q
        if strict:
            # Cells that nobody of these is in stay as they are, inside.
            if inside:
                if s < window[c, 1] or s > window[c, 2]:
                    return -1.0
                spread = window[c, 0] * q - s * s
                if spread < window[c, 3] or spread > window[c, 4]:
                    return -1.0
        else:
            far += away_from(window, scale, c, s, q)
    return far


@inlined
def attain_ends(
    end_coord: np.ndarray,
    end_member: np.ndarray,
    end_value: np.ndarray,
    end_weight: np.ndarray,
    k: np.ndarray,
    holders: np.ndarray,
    touched: np.ndarray,
    count: int,
    new_k: np.ndarray,
    new_h: np.ndarray,
) -> float:
    """Return by how much the logarithm of the weight of attained ends would rise."""
    gain = 0.0
    for e in range(len(end_coord)):
        h = holders[e]
        for t in range(count):
            if end_member[e, touched[t]]:
                h += new_k[end_coord[e], t] == end_value[e]
                h -= k[end_coord[e], touched[t]] == end_value[e]
        new_h[e] = h
        if (h > 0) != (holders[e] > 0):
            gain += end_weight[e] if h > 0 else -end_weight[e]
    return gain


@inlined
def make_move(state: State, count: int) -> None:
    """Make the move that was tried."""
    x, k, sums, squares, holders, _, _ = state[:7]
    touched, new, new_k, new_s, new_q, new_h = state[7:]
    for t in range(count):
        for b in range(x.shape[0]):
            x[b, touched[t]] = new[b, t]
        for b in range(k.shape[0]):
            k[b, touched[t]] = new_k[b, t]
    for c in range(len(sums)):
        sums[c], squares[c] = new_s[c], new_q[c]
    for e in range(len(holders)):
        holders[e] = new_h[e]


@inlined
def look(state: State, out: np.ndarray, records: int) -> int:
    """Record a state in which every end is attained; return the number of records."""
    whole = True
    for e in range(len(state.holders)):
        state.attained[e] += state.holders[e] > 0
        whole = whole and state.holders[e] > 0
    if not whole or records == len(out):
        return records
    for b in range(state.k.shape[0]):
        for i in range(state.k.shape[1]):
            out[records, b, i] = state.k[b, i]
    return records + 1
