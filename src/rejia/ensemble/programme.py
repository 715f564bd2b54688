"""
Compiled loops of the dynamic programme over (patients, sum, sum of squares).

Importing this module imports numba; `rejia.ensemble.exact` does so when it builds.
Values count from 0, the lower end of the scale. A sum of squares has the parity of
its sum, so a row holds every second one.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _least(k: int, s: int) -> int:
    """Return the smallest sum of squares of k whole numbers of sum s."""
    if k == 0:
        return 0
    rest = s % k
    return (s * s + rest * (k - rest)) // k


@njit(cache=True, nogil=True)
def _most(s: int, top: int) -> int:
    """Return a sum of squares that no whole numbers to top of sum s exceed."""
    if top == 0:
        return 0
    full = s // top
    part = s - full * top
    return full * top * top + part * part


@njit(cache=True, nogil=True)
def lay_rows(
    n: int, top: int, first: int, lows: np.ndarray, highs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """
    Return the sums of squares that can be reached and can still reach the windows.

    Parameters
    ----------
    n, top : int
        Patients; largest value.
    first : int
        Smallest final sum; the final sums follow one by one.
    lows, highs : numpy.ndarray
        Window of the sum of squares at each final sum; empty where low > high.

    Returns
    -------
    low, width : numpy.ndarray
        By patients and sum: the first sum of squares, and how many, two apart.
    """
    last = first + len(lows) - 1
    low = np.zeros((n + 1, last + 1), np.int64)
    width = np.zeros((n + 1, last + 1), np.int64)
    for k in range(n + 1):
        for s in range(min(last, k * top) + 1):
            if k == 0 and s > 0:
                continue
            least, most = 1 << 62, -1
            for at in range(len(lows)):
                left = first + at - s
                if lows[at] > highs[at] or left < 0 or left > (n - k) * top:
                    continue
                if k == n and left > 0:
                    continue
                least = min(least, lows[at] - _most(left, top))
                most = max(most, highs[at] - _least(n - k, left))
            least = max(least, _least(k, s))
            most = min(most, _most(s, top))
            least += (least - s) % 2
            if least <= most:
                low[k, s] = least
                width[k, s] = (most - least) // 2 + 1
    return low, width


@njit(cache=True, nogil=True)
def _add(target: np.ndarray, source: np.ndarray, weight: float) -> None:
    for step in range(len(target)):
        target[step] += weight * source[step]


@njit(cache=True, nogil=True)
def fill(
    table: np.ndarray,
    start: np.ndarray,
    low: np.ndarray,
    width: np.ndarray,
    weights: np.ndarray,
) -> None:
    """
    Fill the table: weights of ordered vectors by patients, sum and sum of squares.

    Parameters
    ----------
    table : numpy.ndarray
        float64, all rows one after another; zeros on entry.
    start : numpy.ndarray
        Where each row begins, by patients and sum.
    low, width : numpy.ndarray
        Of `lay_rows`.
    weights : numpy.ndarray
        Weight of each value; ones count.
    """
    n, sums = low.shape[0] - 1, low.shape[1]
    if width[0, 0] > 0:
        table[start[0, 0]] = 1.0
    for k in range(1, n + 1):
        for s in range(sums):
            if width[k, s] == 0:
                continue
            end = low[k, s] + 2 * width[k, s]
            for v in range(min(len(weights) - 1, s) + 1):
                count = width[k - 1, s - v]
                if count == 0 or weights[v] == 0.0:
                    continue
                begin = low[k - 1, s - v] + v * v
                since = max(begin, low[k, s])
                until = min(begin + 2 * count, end)
                steps = (until - since) // 2
                if steps <= 0:
                    continue
                source = start[k - 1, s - v] + (since - begin) // 2
                target = start[k, s] + (since - low[k, s]) // 2
                # Slices, so that the loop has no negative places and is vectorised.
                _add(
                    table[target : target + steps],
                    table[source : source + steps],
                    weights[v],
                )


@njit(cache=True, nogil=True)
def trace(
    out: np.ndarray,
    sums: np.ndarray,
    squares: np.ndarray,
    uniforms: np.ndarray,
    table: np.ndarray,
    start: np.ndarray,
    low: np.ndarray,
    width: np.ndarray,
    weights: np.ndarray,
) -> None:
    """
    Trace final states back to ordered vectors, each with its exact probability.

    Parameters
    ----------
    out : numpy.ndarray
        int32 ``[draw, patient]``; filled.
    sums, squares : numpy.ndarray
        Final state of each draw.
    uniforms : numpy.ndarray
        ``[draw, patient]``, in [0, 1).
    table, start, low, width, weights : numpy.ndarray
        Of `fill`.
    """
    n = out.shape[1]
    for draw in range(out.shape[0]):
        s, q = sums[draw], squares[draw]
        for k in range(n, 0, -1):
            here = table[start[k, s] + (q - low[k, s]) // 2]
            left = uniforms[draw, k - 1] * here
            chosen = -1
            for v in range(min(len(weights) - 1, s) + 1):
                rest = q - v * v
                place = (rest - low[k - 1, s - v]) // 2
                if rest < low[k - 1, s - v] or place >= width[k - 1, s - v]:
                    continue
                mass = weights[v] * table[start[k - 1, s - v] + place]
                if mass > 0.0:
                    chosen = v
                    left -= mass
                    if left < 0.0:
                        break
            out[draw, k - 1] = chosen
            s -= chosen
            q -= chosen * chosen
