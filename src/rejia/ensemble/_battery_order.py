"""Compiled rank statistics of many cohorts, from values in ascending order.

A value and its group share one whole number, so that one sort of a column serves all
contrasts. Up to `NETWORK_ROWS` patients a network of minima and maxima sorts whole
blocks of cohorts, one instruction for 16 of them; beyond, its n log(n)^2 exchanges
cost more than NumPy's sort of one cohort after the other (benchmarks/battery.py).
"""

from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rejia.ensemble._battery_lanes import COMPILED, Floats, Lanes, gather

NETWORK_ROWS = 100
BLOCK = 256  # cohorts; 40 patients of two bytes then fit the first cache
LANES = 64  # cohorts of a scan

Integers = NDArray[np.int64]


@cache
def sorting_network(n: int) -> Integers:
    """Return the exchanges of Batcher's odd-even merge sort of n rows."""
    pairs = []
    p = 1
    while p < n:
        k = p
        while k:
            for j in range(k % p, n - k, 2 * k):
                for i in range(j, min(j + k, n - k)):
                    if i // (2 * p) == (i + k) // (2 * p):
                        pairs.append((i, i + k))
            k //= 2
        p *= 2
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def key_type(largest: int) -> type[np.signedinteger]:
    """Return the smallest type of whole numbers that holds a packed value."""
    for kind in (np.int16, np.int32):
        if largest <= np.iinfo(kind).max:
            return kind
    return np.int64


def sum_type(n: int) -> type[np.signedinteger]:
    """Return the smallest type that holds the sum of t (t + 1) over n tied ranks."""
    return key_type(max((n**3 - n) // 3, n * (n + 1)))


@njit(**COMPILED)
def _exchange(low: Lanes, high: Lanes) -> None:
    for c in range(low.size):
        smaller = min(low[c], high[c])
        larger = max(low[c], high[c])
        low[c] = smaller
        high[c] = larger


@njit(**COMPILED)
def sort_rows(keys: Lanes, network: Integers) -> None:
    """Sort every cohort of a block, patients being rows."""
    for q in range(network.shape[0]):
        _exchange(keys[network[q, 0]], keys[network[q, 1]])


@njit(**COMPILED)
def pack_groups(keys: Lanes, low: int, shift: int, codes: Lanes) -> None:
    """Turn values into ``(value - low) << shift | code of the patient's group``."""
    for i in range(keys.shape[0]):
        row = keys[i]
        code = codes[i]
        for c in range(row.size):
            row[c] = ((row[c] - low) << shift) | code


@njit(**COMPILED)
def _scan_two(keys: Lanes, first: int, shift: int, masks: Lanes, state: Lanes) -> None:
    """
    Go through the ranks of a contrast, in the lanes from `first`.

    Pieces of `LANES` of `state`: values of either group below the present value and
    at it, then the sums over pairs of sign(x - y), and over ranks of t (t + 1). It is
    one array, because the compiler would have to ask whether several overlap.
    """
    zero = state.dtype.type(0)
    one = state.dtype.type(1)
    x_mask, y_mask = masks[0], masks[1]
    # Two keys differ in their values if they differ above the bits of the groups.
    unit = keys.dtype.type(1 << shift)
    state[:] = 0
    for i in range(keys.shape[0]):
        now = keys[i, first : first + LANES]
        before = keys[max(i - 1, 0), first : first + LANES]
        for c in range(LANES):
            fresh = (now[c] ^ before[c]) >= unit
            in_x = (now[c] & x_mask) != 0
            in_y = (now[c] & y_mask) != 0
            x_here, y_here = state[2 * LANES + c], state[3 * LANES + c]
            x_under = state[c] + (x_here if fresh else zero)
            y_under = state[LANES + c] + (y_here if fresh else zero)
            x_tied = zero if fresh else x_here
            y_tied = zero if fresh else y_here
            t = x_tied + y_tied
            state[c] = x_under
            state[LANES + c] = y_under
            state[2 * LANES + c] = x_tied + (one if in_x else zero)
            state[3 * LANES + c] = y_tied + (one if in_y else zero)
            state[4 * LANES + c] += (y_under if in_x else zero) - (
                x_under if in_y else zero
            )
            state[5 * LANES + c] += t * (t + one) if in_x or in_y else zero


@njit(**COMPILED)
def _finish_two(
    state: Lanes, m: int, n: int, step: float, u: Floats, z: Floats
) -> None:
    """Write U and z of samples of m and n; z is `nan` when all values are tied."""
    size = m + n
    share = float(size * (size - 1) * (size + 1))
    for c in range(u.size):
        signs = float(state[4 * LANES + c])
        tied = 3.0 * state[5 * LANES + c]
        variance = m * n * (share - tied) / (12.0 * size * (size - 1))
        centred = signs / 2.0
        moved = centred - step * np.sign(centred)
        u[c] = (m * n + signs) / 2.0 if m * n > 0 else np.nan
        z[c] = moved / np.sqrt(variance) if variance > 0.0 else np.nan


@njit(**COMPILED)
def scan_contrasts(
    keys: Lanes,
    shift: int,
    masks: Lanes,
    sizes: Integers,
    steps: Floats,
    state: Lanes,
    at: int,
    u: Floats,
    z: Floats,
) -> None:
    """Write U and z of all contrasts of a block of sorted keys, cohorts from `at`."""
    width = min(keys.shape[1], u.shape[1] - at)
    for first in range(0, width, LANES):
        last = min(first + LANES, width)
        for k in range(masks.shape[0]):
            _scan_two(keys, first, shift, masks[k], state)
            u_part, z_part = u[k, at + first : at + last], z[k, at + first : at + last]
            _finish_two(state, sizes[k, 0], sizes[k, 1], steps[k], u_part, z_part)


@njit(**COMPILED)
def contrast_blocks(
    values: Lanes,
    rows: Integers,
    low: int,
    shift: int,
    codes: Lanes,
    network: Integers,
    masks: Lanes,
    sizes: Integers,
    steps: Floats,
    keys: Lanes,
    state: Lanes,
    u: Floats,
    z: Floats,
) -> None:
    """Write U and z of all contrasts of one column, block by block of cohorts."""
    for first in range(0, values.shape[1], keys.shape[1]):
        gather(values, rows, first, keys)
        pack_groups(keys, low, shift, codes)
        sort_rows(keys, network)
        scan_contrasts(keys, shift, masks, sizes, steps, state, first, u, z)


@njit(**COMPILED)
def pack_differences(before: Lanes, after: Lanes) -> None:
    """Turn `before` into ``2 * |after - before|``, plus 1 where `after` is larger."""
    zero = before.dtype.type(0)
    for i in range(before.shape[0]):
        first = before[i]
        second = after[i]
        for c in range(first.size):
            d = second[c] - first[c]
            first[c] = (abs(d) << 1) | (1 if d > zero else 0)


@njit(**COMPILED)
def _scan_signed(keys: Lanes, first: int, state: Lanes) -> None:
    """
    Go through the ranks of the absolute differences, in the lanes from `first`.

    Pieces of `LANES` of `state`: differences below the present one and at it, and the
    signs of the latter; then the signed sum of doubled ranks, the sum of t (t + 1),
    the sum of the signs, and the number of differences that are not zero.
    """
    zero = state.dtype.type(0)
    one = state.dtype.type(1)
    two = state.dtype.type(2)
    state[:] = 0
    for i in range(keys.shape[0]):
        now = keys[i, first : first + LANES]
        before = keys[max(i - 1, 0), first : first + LANES]
        for c in range(LANES):
            fresh = (now[c] ^ before[c]) > 1
            real = now[c] > 1
            rising = (now[c] & 1) != 0
            counted = one if real else zero
            sign = (one if rising else -one) if real else zero
            here = state[LANES + c]
            under = state[c] + (here if fresh else zero)
            t = zero if fresh else here
            q = zero if fresh else state[2 * LANES + c]
            state[c] = under
            state[LANES + c] = t + counted
            state[2 * LANES + c] = q + sign
            # Doubled midranks are 2 under + t + 1: each tied pair adds to both ranks.
            state[3 * LANES + c] += sign * (two * under + two + t) + q
            state[4 * LANES + c] += t * (t + one)
            state[5 * LANES + c] += sign
            state[6 * LANES + c] += counted


@njit(**COMPILED)
def _finish_signed(
    state: Lanes, n: int, zeros: int, step: float, w: Floats, z: Floats
) -> None:
    """Write W+ and z; `zeros` 0 drops them, 1 is Pratt's way, 2 keeps them."""
    for c in range(w.size):
        count = float(state[6 * LANES + c])
        absent = n - count if zeros > 0 else 0.0
        signed = state[3 * LANES + c] + 2.0 * absent * state[5 * LANES + c]
        squares = 4.0 * (count * (count + 1.0) * (2.0 * count + 1.0) / 6.0)
        squares -= float(state[4 * LANES + c])
        squares += 4.0 * absent * (count * (count + 1.0) + count * absent)
        total = count * (count + 1.0) + 2.0 * absent * count
        kept = absent if zeros == 2 else 0.0
        squares += kept * (kept + 1.0) ** 2
        moved = signed - step * np.sign(signed)
        empty = count == 0.0
        w[c] = np.nan if empty else (signed + total) / 4.0 + kept * (kept + 1.0) / 4.0
        z[c] = np.nan if empty else moved / np.sqrt(squares)


@njit(**COMPILED)
def scan_differences(
    keys: Lanes, zeros: int, step: float, state: Lanes, at: int, w: Floats, z: Floats
) -> None:
    """Write W+ and z of a block of sorted keys, cohorts from `at`."""
    width = min(keys.shape[1], w.size - at)
    for first in range(0, width, LANES):
        last = min(first + LANES, width)
        _scan_signed(keys, first, state)
        places = (w[at + first : at + last], z[at + first : at + last])
        _finish_signed(state, keys.shape[0], zeros, step, places[0], places[1])


@njit(**COMPILED)
def difference_blocks(
    before: Lanes,
    after: Lanes,
    rows: Integers,
    network: Integers,
    zeros: int,
    step: float,
    keys: Lanes,
    second: Lanes,
    state: Lanes,
    w: Floats,
    z: Floats,
) -> None:
    """Write W+ and z of two columns, block by block of cohorts."""
    for first in range(0, before.shape[1], keys.shape[1]):
        gather(before, rows, first, keys)
        gather(after, rows, first, second)
        pack_differences(keys, second)
        sort_rows(keys, network)
        scan_differences(keys, zeros, step, state, first, w, z)


@njit(**COMPILED)
def centred_ranks(order: Lanes, shift: int, ranks: Lanes) -> None:
    """Write twice the midrank less n + 1, from sorted ``value << shift | row``."""
    n = order.size
    mask = (1 << shift) - 1
    first = 0
    while first < n:
        last = first
        while last + 1 < n and (order[last + 1] >> shift) == (order[first] >> shift):
            last += 1
        for i in range(first, last + 1):
            ranks[order[i] & mask] = first + last + 1 - n
        first = last + 1


@njit(**COMPILED)
def correlate_ranks(x: Lanes, y: Lanes, shift: int, rho: Floats, t: Floats) -> None:
    """Write Spearman's rho and Student's t; a row of sorted keys is a cohort."""
    n = x.shape[1]
    ranks = np.empty((2, n), np.int64)
    for c in range(rho.size):
        centred_ranks(x[c], shift, ranks[0])
        centred_ranks(y[c], shift, ranks[1])
        across, first, second = 0, 0, 0
        for i in range(n):
            across += ranks[0, i] * ranks[1, i]
            first += ranks[0, i] * ranks[0, i]
            second += ranks[1, i] * ranks[1, i]
        product = float(first) * float(second)
        value = across / np.sqrt(product) if product > 0.0 else np.nan
        free = (1.0 - value) * (1.0 + value)
        rho[c] = value
        if n < 3:
            t[c] = np.nan
        elif free > 0.0:
            t[c] = value * np.sqrt((n - 2) / free)
        else:
            t[c] = value * np.inf
