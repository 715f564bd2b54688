"""Compiled logistic models of several predictors, many cohorts at a time."""

import numpy as np
from numba import njit

from rejia.ensemble._battery_lanes import COMPILED, Floats, Lanes, exp_of
from rejia.ensemble._battery_logistic import (
    FAR,
    FITTED,
    LANES,
    STEPS,
    UNKNOWN,
    enough,
    factor,
    fit_damped,
    load,
    solve,
    standard_errors,
)
from rejia.ensemble._battery_order import Integers

MOST = 4  # predictors of the compiled model; absent ones are columns of zeros
_SIZE = MOST + 1
_G, _H = _SIZE * LANES, 2 * _SIZE * LANES
_STATE = _H + _SIZE * (_SIZE + 1) // 2 * LANES


@njit(**COMPILED)
def _accumulate(x: Floats, s: Floats) -> None:
    """
    Add up probabilities times each column, and information by its lower triangle.

    `x` is [predictor, patient, lane]; `s` holds pieces of `LANES`: 5 coefficients, 5
    sums, 15 elements. Written out, because a loop over predictors inside the one over
    lanes would keep the compiler from doing several lanes at once.
    """
    s[_G:] = 0.0
    for i in range(x.shape[1]):
        x1, x2, x3, x4 = x[0, i], x[1, i], x[2, i], x[3, i]
        for c in range(LANES):
            t, u, v, r = x1[c], x2[c], x3[c], x4[c]
            eta = s[c] + s[LANES + c] * t + s[2 * LANES + c] * u
            eta += s[3 * LANES + c] * v + s[4 * LANES + c] * r
            size = abs(eta)
            e = exp_of(-size if size < FAR else -FAR)
            q = 1.0 / (1.0 + e)
            eq = e * q
            p = q if eta > 0.0 else eq
            w = eq * q
            s[_G + c] += p
            s[_G + LANES + c] += p * t
            s[_G + 2 * LANES + c] += p * u
            s[_G + 3 * LANES + c] += p * v
            s[_G + 4 * LANES + c] += p * r
            wt, wu, wv, wr = w * t, w * u, w * v, w * r
            s[_H + c] += w
            s[_H + LANES + c] += wt
            s[_H + 2 * LANES + c] += wt * t
            s[_H + 3 * LANES + c] += wu
            s[_H + 4 * LANES + c] += wu * t
            s[_H + 5 * LANES + c] += wu * u
            s[_H + 6 * LANES + c] += wv
            s[_H + 7 * LANES + c] += wv * t
            s[_H + 8 * LANES + c] += wv * u
            s[_H + 9 * LANES + c] += wv * v
            s[_H + 10 * LANES + c] += wr
            s[_H + 11 * LANES + c] += wr * t
            s[_H + 12 * LANES + c] += wr * u
            s[_H + 13 * LANES + c] += wr * v
            s[_H + 14 * LANES + c] += wr * r


@njit(**COMPILED)
def _step_lane(
    c: int, m: float, sums: Floats, s: Floats, score: Floats, d: Floats, one: Floats
) -> float:
    """Take a lane's step; leave its factor in `one`; `nan` if that is singular."""
    size = score.size
    place = 0
    for k in range(size):
        score[k] = (m if k == 0 else sums[k - 1, c]) - s[_G + k * LANES + c]
        for j in range(k + 1):
            one[k, j] = s[_H + place * LANES + c]
            place += 1
    if not factor(one, size):
        return np.nan
    square = solve(one, score, size, d)
    for k in range(size):
        s[k * LANES + c] += d[k]
    return square


@njit(**COMPILED)
def _newton(
    x: Floats, m: int, sums: Floats, s: Floats, se: Floats, status: Lanes
) -> None:
    """Fit all lanes from zero; status becomes `FITTED` where that succeeds."""
    size = se.shape[0]
    score, d, error = np.empty(size), np.empty(size), np.empty(size)
    one = np.empty((size, size))
    lost = np.zeros(LANES, np.bool_)
    s[:] = 0.0
    status[:] = UNKNOWN
    for _ in range(STEPS):
        _accumulate(x, s)
        left = 0
        for c in range(LANES):
            if status[c] == FITTED or lost[c]:
                continue
            square = _step_lane(c, float(m), sums, s, score, d, one)
            if np.isnan(square):
                lost[c] = True
            elif square < enough(x.shape[1]):
                status[c] = FITTED
                standard_errors(one, size, error)
                for j in range(size):
                    se[j, c] = error[j]
            else:
                left += 1
        if left == 0:
            break


@njit(**COMPILED)
def multivariable_blocks(
    values: Lanes,
    columns: Integers,
    rows: Integers,
    m: int,
    beta: Floats,
    se: Floats,
    status: Lanes,
) -> None:
    """
    Write coefficients and standard errors per step, [predictor, cohort].

    Events are the first m of `rows`. `nan` where the status is not `FITTED`. More than
    `MOST` predictors are fitted cohort by cohort.
    """
    k, n = columns.size, rows.size
    x, shift = np.zeros((max(k, MOST), n, LANES)), np.empty(LANES)
    s, errors = np.empty(_STATE), np.empty((k + 1, LANES))
    sums = np.empty((k, LANES))
    found, one = np.empty(LANES, np.int8), np.ones((n, k + 1))
    for first in range(0, values.shape[2], LANES):
        width = min(LANES, values.shape[2] - first)
        for j in range(k):
            load(values[columns[j]], rows, first, x[j], shift)
            sums[j] = 0.0
            for i in range(m):
                for c in range(LANES):
                    sums[j, c] += x[j, i, c]
        found[:] = UNKNOWN
        if k <= MOST:
            _newton(x, m, sums, s, errors, found)
        for c in range(width):
            at = first + c
            status[at] = found[c]
            if found[c] == FITTED:
                for j in range(k):
                    beta[j, at] = s[(j + 1) * LANES + c]
                    se[j, at] = errors[j + 1, c]
                continue
            for j in range(k):
                for i in range(n):
                    one[i, j + 1] = x[j, i, c]
            status[at], again, error = fit_damped(one, m)
            good = status[at] == FITTED
            for j in range(k):
                beta[j, at] = again[j + 1] if good else np.nan
                se[j, at] = error[j + 1] if good else np.nan
