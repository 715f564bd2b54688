"""Compiled logistic models of many cohorts: Newton's method in lanes.

A lane that has converged is left alone, so that no cohort depends on its neighbours.
Lanes that do not converge are fitted again, one by one, by damped steps from zero.
"""

import numpy as np
from numba import njit

from rejia.ensemble._battery_lanes import COMPILED, Floats, Lanes, exp_of
from rejia.ensemble._battery_order import Integers

LANES = 32  # a block lasts as long as its slowest cohort
FITTED, SEPARATED, CONSTANT, UNKNOWN = 0, 1, 2, 3

# The squared step in standard errors. The next step would be the square of this one
# and standard errors are those of the last point, so that all digits are there. With
# more patients the rounding of their sums is larger; 1e-16 is 1e-8 standard errors.
_ENOUGH, _ENOUGH_ROWS, _ENOUGH_MOST = 1e-24, 400, 1e-16
STEPS = 14
_DAMPED_STEPS = 40
_PIVOT = 1e-10  # of a diagonal element, below which columns are collinear
FAR = 700.0


@njit(**COMPILED)
def enough(n: int) -> float:
    """Return the squared step at which n patients are fitted."""
    return min(_ENOUGH * max(1.0, (n / _ENOUGH_ROWS) ** 2), _ENOUGH_MOST)


@njit(**COMPILED)
def load(values: Lanes, rows: Integers, first: int, x: Floats, shift: Floats) -> None:
    """Copy a block of a column, less the whole number next to its mean."""
    width = min(x.shape[1], values.shape[1] - first)
    n = rows.size
    shift[:] = 0.0
    for i in range(n):
        source = values[rows[i], first : first + width]
        target = x[i]
        for c in range(width):
            target[c] = float(source[c])
        for c in range(width, target.size):
            target[c] = target[width - 1]
        for c in range(target.size):
            shift[c] += target[c]
    for c in range(shift.size):
        shift[c] = np.floor(shift[c] / n + 0.5)
    for i in range(n):
        target = x[i]
        for c in range(target.size):
            target[c] -= shift[c]


@njit(**COMPILED)
def _summarise(x: Floats, low: Floats, high: Floats, total: Floats) -> None:
    """Write range and sum of each lane, and add to the sum of squares, row 1."""
    for c in range(low.size):
        low[c] = x[0, c]
        high[c] = x[0, c]
    total[:] = 0.0
    sums, squares = total[0], total[1]
    for i in range(x.shape[0]):
        row = x[i]
        for c in range(row.size):
            low[c] = min(low[c], row[c])
            high[c] = max(high[c], row[c])
        for c in range(row.size):
            sums[c] += row[c]
            squares[c] += row[c] * row[c]


@njit(**COMPILED)
def _start(x: Floats, m: int, ab: Floats, status: Lanes, work: Floats) -> None:
    """
    Set the discriminant's coefficients, and say which lanes have no model.

    With one predictor events and the others are separated if their ranges meet at
    most at an end: that is all there is to separation.
    """
    n = x.shape[0]
    events, others = work[0:4], work[4:8]
    _summarise(x[:m], events[0], events[1], events[2:4])
    _summarise(x[m:], others[0], others[1], others[2:4])
    for c in range(x.shape[1]):
        ab[0, c], ab[1, c] = 0.0, 0.0
        low, high = min(events[0, c], others[0, c]), max(events[1, c], others[1, c])
        if low == high:
            status[c] = CONSTANT
            continue
        if others[1, c] <= events[0, c] or events[1, c] <= others[0, c]:
            status[c] = SEPARATED
            ab[1, c] = np.inf if others[1, c] <= events[0, c] else -np.inf
            continue
        status[c] = UNKNOWN
        mean, ref_mean = events[2, c] / m, others[2, c] / (n - m)
        within = events[3, c] - m * mean**2 + others[3, c] - (n - m) * ref_mean**2
        slope = (mean - ref_mean) * n / within
        ab[0, c] = np.log(m / (n - m)) - slope * (mean + ref_mean) / 2.0
        ab[1, c] = slope


@njit(**COMPILED)
def _accumulate_one(x: Floats, n: int, s: Floats) -> None:
    """
    Add up probabilities and weights, each times 1 and x, and weights times x * x.

    `s` holds blocks of `LANES`: a, b, then the five sums; as one array, because the
    compiler would have to ask whether several overlap.
    """
    for i in range(n):
        row = x[i]
        for c in range(LANES):
            u = row[c]
            eta = s[c] + s[LANES + c] * u
            size = abs(eta)
            e = exp_of(-size if size < FAR else -FAR)
            q = 1.0 / (1.0 + e)
            eq = e * q
            w = eq * q
            p = q if eta > 0.0 else eq
            wu = w * u
            s[2 * LANES + c] += p
            s[3 * LANES + c] += p * u
            s[4 * LANES + c] += w
            s[5 * LANES + c] += wu
            s[6 * LANES + c] += wu * u


@njit(**COMPILED)
def _newton_one(
    x: Floats, m: int, ab: Floats, se: Floats, status: Lanes, s: Floats, sum_x: Floats
) -> None:
    """Fit the lanes whose status is `UNKNOWN`, which becomes `FITTED`."""
    for c in range(LANES):
        idle = status[c] != UNKNOWN
        s[c] = 0.0 if idle else ab[0, c]
        s[LANES + c] = 0.0 if idle else ab[1, c]
    for _ in range(STEPS):
        s[2 * LANES :] = 0.0
        _accumulate_one(x, x.shape[0], s)
        left = 0
        for c in range(LANES):
            g0 = m - s[2 * LANES + c]
            g1 = sum_x[c] - s[3 * LANES + c]
            h00, h01, h11 = s[4 * LANES + c], s[5 * LANES + c], s[6 * LANES + c]
            determinant = h00 * h11 - h01 * h01
            d0 = (h11 * g0 - h01 * g1) / determinant
            d1 = (h00 * g1 - h01 * g0) / determinant
            step = g0 * d0 + g1 * d1
            if status[c] == UNKNOWN:
                s[c] += d0
                s[LANES + c] += d1
                if step < enough(x.shape[0]) and determinant > _PIVOT * h00 * h11:
                    status[c] = FITTED
                    ab[0, c], ab[1, c] = s[c], s[LANES + c]
                    se[c] = np.sqrt(h00 / determinant)
                else:
                    left += 1
        if left == 0:
            break


@njit(**COMPILED)
def univariable_blocks(
    values: Lanes, rows: Integers, m: int, beta: Floats, se: Floats, status: Lanes
) -> None:
    """
    Write coefficient and standard error per step of one predictor.

    Events are the first m of `rows`. Separation gives plus or minus infinity.
    """
    n = rows.size
    x = np.empty((n, LANES))
    shift, errors = np.empty(LANES), np.empty(LANES)
    ab = np.empty((2, LANES))
    found = np.empty(LANES, np.int8)
    work, s = np.empty((8, LANES)), np.empty(7 * LANES)
    one = np.empty((n, 2))
    for first in range(0, values.shape[1], LANES):
        width = min(LANES, values.shape[1] - first)
        load(values, rows, first, x, shift)
        _start(x, m, ab, found, work)
        _newton_one(x, m, ab, errors, found, s, work[2])
        for c in range(width):
            at = first + c
            status[at] = found[c]
            beta[at], se[at] = ab[1, c], errors[c]
            if found[c] == UNKNOWN:
                for i in range(n):
                    one[i, 0], one[i, 1] = 1.0, x[i, c]
                status[at], b, error = fit_damped(one, m)
                beta[at], se[at] = b[1], error[1]
            if status[at] == CONSTANT or status[at] == UNKNOWN:
                beta[at] = np.nan
            if status[at] != FITTED:
                se[at] = np.nan


@njit(**COMPILED)
def factor(h: Floats, size: int) -> bool:
    """Replace a symmetric matrix by its Cholesky factor; false if it is singular."""
    for i in range(size):
        for j in range(i + 1):
            total = h[i, j]
            for k in range(j):
                total -= h[i, k] * h[j, k]
            if i == j:
                if not total > _PIVOT * h[i, i]:
                    return False
                h[i, i] = np.sqrt(total)
            else:
                h[i, j] = total / h[j, j]
    return True


@njit(**COMPILED)
def solve(h: Floats, g: Floats, size: int, d: Floats) -> float:
    """Write the Newton step; return its square in standard errors."""
    square = 0.0
    for i in range(size):
        total = g[i]
        for k in range(i):
            total -= h[i, k] * d[k]
        d[i] = total / h[i, i]
        square += d[i] * d[i]
    for i in range(size - 1, -1, -1):
        total = d[i]
        for k in range(i + 1, size):
            total -= h[k, i] * d[k]
        d[i] = total / h[i, i]
    return square


@njit(**COMPILED)
def standard_errors(h: Floats, size: int, error: Floats) -> None:
    """Write the roots of the diagonal of the inverse, from the factor."""
    column = np.empty(size)
    for j in range(size):
        total = 0.0
        for i in range(j, size):
            rest = 1.0 if i == j else 0.0
            for k in range(j, i):
                rest -= h[i, k] * column[k]
            column[i] = rest / h[i, i]
            total += column[i] * column[i]
        error[j] = np.sqrt(total)


@njit(**COMPILED)
def _evaluate(x: Floats, m: int, b: Floats, g: Floats, h: Floats) -> tuple[float, bool]:
    """Return log-likelihood, and whether b separates; write score, information."""
    value, apart = 0.0, True
    g[:], h[:] = 0.0, 0.0
    for i in range(x.shape[0]):
        eta = 0.0
        for k in range(b.size):
            eta += b[k] * x[i, k]
        e = np.exp(-abs(eta))
        q = 1.0 / (1.0 + e)
        p = q if eta > 0.0 else e * q
        signed = eta if i < m else -eta
        value += min(signed, 0.0) - np.log1p(e)
        apart = apart and signed > 1e-9
        rest = (1.0 - p) if i < m else -p
        for k in range(b.size):
            g[k] += rest * x[i, k]
            for j in range(k + 1):
                h[k, j] += e * q * q * x[i, k] * x[i, j]
    return value, apart


@njit(**COMPILED)
def fit_damped(x: Floats, m: int) -> tuple[int, Floats, Floats]:
    """
    Fit one cohort by Newton steps that are halved until they go up.

    Returns
    -------
    status : int
        `FITTED`; `SEPARATED`, completely and with a proof in hand, a linear predictor
        that is positive for all events and for no other; or `UNKNOWN`.
    b, error : array of float
        Coefficients and standard errors, the intercept first.
    """
    size = x.shape[1]
    b, there, error = np.zeros(size), np.zeros(size), np.full(size, np.nan)
    g, d, h = np.empty(size), np.empty(size), np.empty((size, size))
    value, apart = _evaluate(x, m, b, g, h)
    for _ in range(_DAMPED_STEPS):
        if not factor(h, size):
            break
        square = solve(h, g, size, d)
        if square < enough(x.shape[0]):
            b += d
            standard_errors(h, size, error)
            return FITTED, b, error
        for _ in range(40):
            for k in range(size):
                there[k] = b[k] + d[k]
            reached, apart = _evaluate(x, m, there, g, h)
            if apart or reached >= value - 1e-14 * (1.0 + abs(value)):
                break
            d /= 2.0
        if apart:
            return SEPARATED, b, error
        for k in range(size):
            b[k] = there[k]
        value = reached
    return UNKNOWN, b, error
