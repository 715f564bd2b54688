"""
Compiled statistics of one cohort, for a search over cohorts.

Importing this module imports numba; `rejia.ensemble.attain` does so when it searches.
The values agree with `rejia.ensemble.battery` to about 1e-8; what is reported of a
cohort that was found is computed by the battery, not here.
"""

from math import erfc, exp, sqrt
from typing import NamedTuple

import numpy as np

from rejia.ensemble.moves import compiled, inlined

RANK_SUM, SIGNED_RANK, LOGISTIC = 0, 1, 2
# What each test fills, by row: z and p of a rank test; of a term also the coefficient
# and the limits of its interval, on the log scale.
RANK_OUT, TERM_OUT = 2, 5
MOST_TERMS = 5
_NORMAL_975 = 1.959963984540054
_STEPS, _CLOSE, _FAR = 30, 1e-9, 30.0
_ROOT_2 = sqrt(2.0)


class Goal(NamedTuple):
    """
    What a search wants of a cohort.

    Attributes
    ----------
    tests : numpy.ndarray
        int64 ``[test, 3]``: kind, whether corrected, number of columns.
    columns : numpy.ndarray
        int64 ``[test, 4]``: rows of the values that a test reads.
    member : numpy.ndarray
        int8 ``[test, patient]``: 1 in the group, with the event, or of a paired test;
        2 in the reference or without the event; 0 not used.
    sizes : numpy.ndarray
        Physical size of one step of each row of the values.
    linear : numpy.ndarray
        By output, what is added to the energy for each unit.
    low, high, weight : numpy.ndarray
        By output, a window and what each unit outside it adds.
    """

    tests: np.ndarray
    columns: np.ndarray
    member: np.ndarray
    sizes: np.ndarray
    linear: np.ndarray
    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray


class Room(NamedTuple):
    """
    Where the statistics are computed; changed in place.

    Attributes
    ----------
    out : numpy.ndarray
        Outputs of all tests.
    design, chance : numpy.ndarray
        Standardised predictors ``[term, patient]``; fitted probabilities.
    centre, spread : numpy.ndarray
        Of the predictors.
    beta, gradient, step : numpy.ndarray
        Coefficients, the constant last; derivatives; the Newton step.
    hessian, inverse : numpy.ndarray
        Second derivatives, and their inverse.
    ranks : numpy.ndarray
        Absolute differences of a paired test.
    """

    out: np.ndarray
    design: np.ndarray
    chance: np.ndarray
    centre: np.ndarray
    spread: np.ndarray
    beta: np.ndarray
    gradient: np.ndarray
    step: np.ndarray
    hessian: np.ndarray
    inverse: np.ndarray
    ranks: np.ndarray


def make_room(outputs: int, patients: int) -> Room:
    """Return empty room for so many outputs and patients."""
    wide = MOST_TERMS
    return Room(
        np.zeros(outputs),
        np.zeros((wide, patients)),
        np.zeros(patients),
        np.zeros(wide),
        np.zeros(wide),
        np.zeros(wide),
        np.zeros(wide),
        np.zeros(wide),
        np.zeros((wide, wide)),
        np.zeros((wide, wide)),
        np.zeros(patients, np.int64),
    )


@inlined
def two_sided(z: float) -> float:
    """Return the two-sided p of a standard normal deviate."""
    return float(erfc(abs(z) / _ROOT_2))


@inlined
def rank_sum_z(
    values: np.ndarray, row: int, member: np.ndarray, test: int, corrected: int
) -> float:
    """Return z of the Mann-Whitney test; 0 where all values are tied."""
    n = values.shape[1]
    m1, m2, twice, ties = 0, 0, 0, 0
    for i in range(n):
        if member[test, i] == 0:
            continue
        first = member[test, i] == 1
        m1 += first
        m2 += not first
        v, equal = values[row, i], 0
        for j in range(n):
            if member[test, j] == 0:
                continue
            w = values[row, j]
            equal += v == w
            if first and member[test, j] == 2:
                twice += (v > w) - (v < w)
        ties += equal * equal - 1
    total = m1 + m2
    if total < 2:
        return 0.0
    variance = m1 * m2 / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)))
    if variance <= 0.0:
        return 0.0
    return float(_scaled(0.5 * twice, variance, corrected))


@inlined
def signed_rank_z(
    values: np.ndarray,
    columns: np.ndarray,
    member: np.ndarray,
    test: int,
    corrected: int,
    ranks: np.ndarray,
) -> float:
    """Return z of the signed-rank test, zeros dropped; 0 where nothing differs."""
    n, before, after = 0, columns[test, 0], columns[test, 1]
    for i in range(values.shape[1]):
        d = values[after, i] - values[before, i]
        if member[test, i] == 1 and d != 0:
            ranks[n] = d
            n += 1
    if n == 0:
        return 0.0
    signed, ties = 0, 0
    for i in range(n):
        v = abs(ranks[i])
        below, equal = 0, 0
        for j in range(n):
            w = abs(ranks[j])
            below += w < v
            equal += w == v
        twice = 2 * below + equal + 1
        signed += twice if ranks[i] > 0 else -twice
        ties += equal * equal - 1
    # W+ - E is a quarter of the signed sum of doubled ranks.
    variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0
    return float(_scaled(0.25 * signed, variance, corrected))


@inlined
def _scaled(away: float, variance: float, corrected: int) -> float:
    if corrected:
        size = max(abs(away) - 0.5, 0.0)
        away = size if away > 0.0 else -size
    return away / sqrt(variance)


@inlined
def _standardise(
    values: np.ndarray, goal: Goal, test: int, room: Room, terms: int
) -> bool:
    """Fill the design; say whether no predictor is constant."""
    n = values.shape[1]
    for t in range(terms):
        row = goal.columns[test, t]
        s, q, count = 0.0, 0.0, 0
        for i in range(n):
            if goal.member[test, i]:
                v = float(values[row, i])
                s, q, count = s + v, q + v * v, count + 1
        mean = s / count
        variance = q / count - mean * mean
        if variance <= 1e-12:
            return False
        room.centre[t], room.spread[t] = mean, sqrt(variance)
        for i in range(n):
            room.design[t, i] = (values[row, i] - mean) / room.spread[t]
    for i in range(n):
        room.design[terms, i] = 1.0
    return True


@inlined
def _derive(goal: Goal, test: int, room: Room, wide: int) -> None:
    """Fill gradient and information at the coefficients."""
    for a in range(wide):
        room.gradient[a] = 0.0
        for b in range(wide):
            room.hessian[a, b] = 0.0
    for i in range(room.design.shape[1]):
        kind = goal.member[test, i]
        if kind == 0:
            continue
        line = 0.0
        for a in range(wide):
            line += room.beta[a] * room.design[a, i]
        p = 1.0 / (1.0 + exp(-line))
        w = p * (1.0 - p)
        for a in range(wide):
            x = room.design[a, i]
            room.gradient[a] += x * ((kind == 1) - p)
            for b in range(a + 1):
                room.hessian[a, b] += w * x * room.design[b, i]
    for a in range(wide):
        for b in range(a):
            room.hessian[b, a] = room.hessian[a, b]


@inlined
def _invert(room: Room, wide: int) -> bool:
    """Invert the information by Gauss and Jordan; it is positive definite."""
    for a in range(wide):
        for b in range(wide):
            room.inverse[a, b] = 1.0 if a == b else 0.0
    for c in range(wide):
        pivot = room.hessian[c, c]
        if pivot < 1e-12:
            return False
        for b in range(wide):
            room.hessian[c, b] /= pivot
            room.inverse[c, b] /= pivot
        for a in range(wide):
            if a != c:
                factor = room.hessian[a, c]
                for b in range(wide):
                    room.hessian[a, b] -= factor * room.hessian[c, b]
                    room.inverse[a, b] -= factor * room.inverse[c, b]
    return True


@inlined
def fit_logistic(
    values: np.ndarray, goal: Goal, test: int, room: Room, at: int
) -> bool:
    """Fill z, p, log odds ratio and limits of each term; False where it diverges."""
    terms = goal.tests[test, 2]
    wide = terms + 1
    if not _standardise(values, goal, test, room, terms):
        return False
    for a in range(wide):
        room.beta[a] = 0.0
    moved = 1.0
    for _ in range(_STEPS):
        _derive(goal, test, room, wide)
        if not _invert(room, wide):
            return False
        if moved < _CLOSE:
            break
        moved = 0.0
        for a in range(wide):
            step = 0.0
            for b in range(wide):
                step += room.inverse[a, b] * room.gradient[b]
            room.step[a] = step
            moved = max(moved, abs(step))
        shrink = 1.0 if moved < 4.0 else 4.0 / moved
        for a in range(wide):
            room.beta[a] += shrink * room.step[a]
            if abs(room.beta[a]) > _FAR:
                return False
    if moved >= 1e-6:
        return False
    for t in range(terms):
        scale = room.spread[t] * goal.sizes[goal.columns[test, t]]
        beta, se = room.beta[t] / scale, sqrt(room.inverse[t, t]) / scale
        place = at + TERM_OUT * t
        room.out[place] = beta / se
        room.out[place + 1] = two_sided(beta / se)
        room.out[place + 2] = beta
        room.out[place + 3] = beta - _NORMAL_975 * se
        room.out[place + 4] = beta + _NORMAL_975 * se
    return True


@inlined
def energy(values: np.ndarray, goal: Goal, room: Room) -> float:
    """Return what is to be made small; infinite where a model diverges."""
    at = 0
    for test in range(len(goal.tests)):
        kind, corrected = goal.tests[test, 0], goal.tests[test, 1]
        if kind == LOGISTIC:
            if not fit_logistic(values, goal, test, room, at):
                return np.inf
            at += TERM_OUT * goal.tests[test, 2]
            continue
        if kind == RANK_SUM:
            row = goal.columns[test, 0]
            z = rank_sum_z(values, row, goal.member, test, corrected)
        else:
            z = signed_rank_z(
                values, goal.columns, goal.member, test, corrected, room.ranks
            )
        room.out[at], room.out[at + 1] = z, two_sided(z)
        at += RANK_OUT
    total = 0.0
    for m in range(at):
        s = room.out[m]
        total += goal.linear[m] * s
        if s < goal.low[m]:
            total += goal.weight[m] * (goal.low[m] - s)
        elif s > goal.high[m]:
            total += goal.weight[m] * (s - goal.high[m])
    return total


@compiled
def evaluate(values: np.ndarray, goal: Goal, room: Room) -> float:
    """Fill the outputs of a cohort; return its energy."""
    return float(energy(values, goal, room))
