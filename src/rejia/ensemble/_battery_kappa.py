"""Compiled weighted kappa of many cohorts."""

import numpy as np
from numba import njit

from rejia.ensemble._battery_lanes import COMPILED, Floats, Lanes
from rejia.ensemble._battery_order import Integers

BLOCK = 64
_ROUNDING = 1e-14  # as in rejia.stats: a smaller variance is zero


@njit(**COMPILED)
def _count(
    first: Lanes, second: Lanes, rows: Integers, start: int, table: Lanes
) -> None:
    """Count pairs of grades, [cohort, first, second]."""
    width = min(table.shape[0], first.shape[1] - start)
    table[:] = 0
    for i in range(rows.size):
        one = first[rows[i], start : start + width]
        two = second[rows[i], start : start + width]
        for c in range(width):
            table[c, one[c], two[c]] += 1


@njit(**COMPILED)
def _kappa(p: Floats, w: Floats) -> tuple[float, float, float]:
    """Return kappa, n times its variance, and n times that under kappa = 0."""
    g = p.shape[0]
    rows, columns = np.zeros(g), np.zeros(g)
    for i in range(g):
        for j in range(g):
            rows[i] += p[i, j]
            columns[j] += p[i, j]
    row_means, column_means = np.zeros(g), np.zeros(g)
    observed, expected = 0.0, 0.0
    for i in range(g):
        for j in range(g):
            row_means[i] += w[i, j] * columns[j]
            column_means[j] += rows[i] * w[i, j]
            observed += w[i, j] * p[i, j]
        expected += rows[i] * row_means[i]
        if p[i, i] == 1.0:
            return np.nan, np.nan, np.nan
    kappa = (observed - expected) / (1.0 - expected)
    spread, null_spread = 0.0, 0.0
    for i in range(g):
        for j in range(g):
            mean = row_means[i] + column_means[j]
            spread += p[i, j] * (w[i, j] - mean * (1.0 - kappa)) ** 2
            null_spread += rows[i] * columns[j] * (w[i, j] - mean) ** 2
    scale = (1.0 - expected) ** 2
    null_variance = (null_spread - expected**2) / scale
    if null_variance < _ROUNDING:
        return 0.0, np.nan, np.nan
    variance = (spread - (kappa - expected * (1.0 - kappa)) ** 2) / scale
    return kappa, variance if variance >= _ROUNDING else np.nan, null_variance


@njit(**COMPILED)
def kappa_blocks(
    first: Lanes,
    second: Lanes,
    rows: Integers,
    w: Floats,
    kappa: Floats,
    se: Floats,
    z: Floats,
) -> None:
    """Write kappa, its standard error, and kappa over that under kappa = 0."""
    g, n = w.shape[0], rows.size
    table = np.empty((BLOCK, g, g), np.int32)
    p = np.empty((g, g))
    for start in range(0, first.shape[1], BLOCK):
        _count(first, second, rows, start, table)
        for c in range(min(BLOCK, first.shape[1] - start)):
            for i in range(g):
                for j in range(g):
                    p[i, j] = table[c, i, j] / n
            value, variance, null_variance = _kappa(p, w)
            kappa[start + c] = value
            se[start + c] = np.sqrt(variance / n)
            z[start + c] = value / np.sqrt(null_variance / n)
