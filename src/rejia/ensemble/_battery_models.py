"""Logistic models of all cohorts of a piece: kernels, and the few that they leave."""

from collections.abc import Sequence
from math import inf, log, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from rejia.ensemble._battery_lanes import Floats, Lanes
from rejia.ensemble._battery_logistic import (
    FITTED,
    SEPARATED,
    UNKNOWN,
    univariable_blocks,
)
from rejia.ensemble._battery_multiple import multivariable_blocks
from rejia.ensemble._battery_order import Integers
from rejia.stats.models import logistic, separation

Flags = NDArray[np.bool_]


def fit_univariable(
    values: Lanes,
    columns: Sequence[int],
    rows: Integers,
    m: int,
    *,
    beta: Floats,
    se: Floats,
) -> Flags:
    """
    Fit a model of one predictor in every cohort.

    Parameters
    ----------
    values : array of int, [column, patient, cohort]
        In whole steps.
    columns : sequence of int
        The predictor.
    rows : array of int
        Patients, events first.
    m : int
        Number of events.
    beta, se : array of float, [predictor, cohort]
        Filled, per step; infinite and `nan` where the predictor separates.

    Returns
    -------
    array of bool, [cohort]
        Separated.
    """
    if not 0 < m < len(rows):
        beta[:], se[:] = nan, nan
        return np.full(values.shape[2], len(rows) > 0)
    status = np.empty(values.shape[2], np.int8)
    univariable_blocks(values[columns[0]], rows, m, beta[0], se[0], status)
    return _finish(values, columns, rows, m, beta=beta, se=se, status=status)


def fit_multivariable(
    values: Lanes,
    columns: Sequence[int],
    rows: Integers,
    m: int,
    *,
    beta: Floats,
    se: Floats,
) -> Flags:
    """Fit a model of several predictors, as `fit_univariable`; `nan` if separated."""
    if not 0 < m < len(rows) or len(rows) <= len(columns):
        beta[:], se[:] = nan, nan
        return np.full(values.shape[2], len(rows) > 0 and not 0 < m < len(rows))
    status = np.empty(values.shape[2], np.int8)
    places = np.array(columns, dtype=np.int64)
    multivariable_blocks(values, places, rows, m, beta, se, status)
    return _finish(values, columns, rows, m, beta=beta, se=se, status=status)


def _finish(
    values: Lanes,
    columns: Sequence[int],
    rows: Integers,
    m: int,
    *,
    beta: Floats,
    se: Floats,
    status: NDArray[np.int8],
) -> Flags:
    """Leave to `rejia.stats` what no kernel could decide, and say what is separated."""
    outcome = (np.arange(len(rows)) < m).astype(float)
    names = [str(column) for column in columns]
    for cohort in np.flatnonzero(status == UNKNOWN):
        x = values[np.ix_(np.asarray(columns), np.asarray(rows), [cohort])][
            :, :, 0
        ].T.astype(float)
        if separation(outcome, x, names=names).kind != "none":
            status[cohort] = SEPARATED
            beta[:, cohort], se[:, cohort] = nan, nan
            continue
        status[cohort] = FITTED
        terms = logistic(outcome, x, names=names, inference="wald")
        for place, term in enumerate(terms):
            beta[place, cohort] = log(term.estimate)
            se[place, cohort] = term.std_error
    return np.asarray(status == SEPARATED)


def fit_fixed(a: int, b: int, c: int, d: int) -> tuple[float, float, bool]:
    """
    Return log odds ratio, standard error and separation of a table of counts.

    Parameters
    ----------
    a, b : int
        Events with 1 and with 0.
    c, d : int
        Others with 1 and with 0.
    """
    if not (a + b and c + d):
        return nan, nan, True
    if not (a + c and b + d):
        return nan, nan, False
    if not (a and b and c and d):
        rising = a + b == a or c + d == d
        falling = a + b == b or c + d == c
        return (inf if rising and not falling else -inf), nan, True
    return log(a * d / (b * c)), sqrt(1 / a + 1 / b + 1 / c + 1 / d), False
