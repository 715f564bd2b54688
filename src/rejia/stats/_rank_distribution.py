"""
Levels of intervals between order statistics, from untied rank distributions.

The limits are the k-th smallest and the k-th largest of M values (Walsh averages, or
differences between groups). The interval misses on one side with the probability that
the rank statistic is below k, whatever the distribution of the data, if it has no ties.
"""

from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# Below the middle of the distribution the quick recurrence, which subtracts, is right
# to 1e-13 at 300 + 300 (measured against the other); it loses all digits near 1000.
_QUICK_UP_TO = 400

# A tail that equals its limit but for rounding is within it: 1/20 at 0.90 with 3 + 3.
_ROUNDING = 1e-9


def signed_rank_cdf(n: int, limit: int) -> FloatArray:
    """Return P(W+ <= w) for w = 0 ... limit, with n untied differences."""
    mass = np.zeros(limit + 1)
    mass[0] = 1.0
    reach = 0
    for rank in range(1, n + 1):
        reach = min(limit, reach + rank)
        added = mass[: reach + 1].copy()
        if rank <= reach:
            added[rank:] += mass[: reach + 1 - rank]
        mass[: reach + 1] = added / 2
    return np.cumsum(mass)


def rank_sum_cdf(n: int, ref_n: int, limit: int) -> FloatArray:
    """Return P(U <= u) for u = 0 ... limit, with untied groups of n and ref_n."""
    smaller, larger = sorted((n, ref_n))
    if smaller <= _QUICK_UP_TO:
        mass = _rank_sum_mass_quick(smaller, larger, limit)
    else:
        mass = _rank_sum_mass_positive(smaller, larger, limit)
    return np.cumsum(mass)


def _rank_sum_mass_quick(smaller: int, larger: int, limit: int) -> FloatArray:
    r"""
    Divide out the Gaussian binomial :math:`\prod_i (1 - q^{n + i}) / (1 - q^i)`.

    Every factor is scaled, so that coefficients stay probabilities.
    """
    mass = np.zeros(limit + 1)
    mass[0] = 1.0
    for i in range(1, smaller + 1):
        mass[larger + i :] -= mass[: max(limit + 1 - larger - i, 0)].copy()
        # Dividing by 1 - q^i sums every i-th coefficient.
        padded = np.zeros(-(-mass.size // i) * i)
        padded[: mass.size] = mass
        summed = np.cumsum(padded.reshape(-1, i), axis=0).ravel()[: mass.size]
        mass = summed * (i / (larger + i))
    return mass


def _rank_sum_mass_positive(smaller: int, larger: int, limit: int) -> FloatArray:
    """Ask which group the largest value is in; only adds, so that nothing cancels."""
    masses = [np.ones(1) for _ in range(smaller + 1)]
    for j in range(1, larger + 1):
        for i in range(1, smaller + 1):
            mass = np.zeros(min(i * j, limit) + 1)
            mass[: masses[i].size] = masses[i] * (j / (i + j))
            above = masses[i - 1][: max(mass.size - j, 0)]
            mass[j : j + above.size] += above * (i / (i + j))
            masses[i] = mass
    return masses[smaller]


def exact_rank(cdf: FloatArray, alpha: float) -> int:
    """Return the largest k with P(statistic < k) <= alpha / 2; 0 if there is none."""
    return int(np.searchsorted(cdf, alpha / 2 * (1 + _ROUNDING), side="right"))


def level_of_rank(cdf: FloatArray, k: int) -> float:
    """Return the level of the limits at rank k; 1 for infinite limits (k = 0)."""
    return 1.0 if k < 1 else 1 - 2 * float(cdf[k - 1])


def normal_level(k: int, mean: float, variance: float) -> float:
    """Return the normal approximation to `level_of_rank`, with half a unit of rank."""
    return 1.0 if k < 1 else 1 - erfc((mean - k + 0.5) / sqrt(2 * variance))
