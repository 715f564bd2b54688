"""Limits between order statistics: which rank, at which level, with which warning."""

from dataclasses import dataclass
from math import floor, inf, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

from rejia.stats._rank_distribution import (
    exact_rank,
    level_of_rank,
    normal_level,
    rank_sum_cdf,
    signed_rank_cdf,
)

FloatArray = NDArray[np.float64]

# Up to these sizes the level of limits by a normal method is computed exactly too; it
# takes at most 0.2 s. Beyond them its normal approximation is right to 1e-4.
EXACT_LEVEL_DIFFERENCES = 500
EXACT_LEVEL_PAIRS = 40_000


@dataclass(frozen=True, slots=True)
class RankDistribution:
    """
    A rank statistic from 0 to `top`, symmetric, without ties.

    Attributes
    ----------
    sizes : tuple of int
        Number of differences, or sizes of two groups.
    top : int
        Largest value, and the number of values between whose order statistics the
        limits lie.
    variance : float
        Under the hypothesis.
    """

    sizes: tuple[int, ...]
    top: int
    variance: float

    def cdf(self, limit: int) -> FloatArray:
        """Return the distribution function at 0 ... limit."""
        if len(self.sizes) == 1:
            return signed_rank_cdf(self.sizes[0], limit)
        return rank_sum_cdf(self.sizes[0], self.sizes[1], limit)

    def level(self, k: int) -> float:
        """Return the level of limits at rank k; exact up to the sizes above."""
        small = (
            self.sizes[0] <= EXACT_LEVEL_DIFFERENCES
            if len(self.sizes) == 1
            else self.top <= EXACT_LEVEL_PAIRS
        )
        if k >= 1 and small:
            return level_of_rank(self.cdf(k - 1), k)
        return normal_level(k, self.top / 2, self.variance)


def signed_rank(n: int) -> RankDistribution:
    """Return the distribution of W+ with n differences."""
    return RankDistribution(
        sizes=(n,), top=n * (n + 1) // 2, variance=n * (n + 1) * (2 * n + 1) / 24
    )


def rank_sum(n: int, ref_n: int) -> RankDistribution:
    """Return the distribution of U with groups of n and ref_n."""
    return RankDistribution(
        sizes=(n, ref_n), top=n * ref_n, variance=n * ref_n * (n + ref_n + 1) / 12
    )


@dataclass(frozen=True, slots=True)
class OrderLimits:
    """Limits, the level that they have, and why they are infinite if they are."""

    low: float
    high: float
    confidence: float
    warning: str


def exact_limits(
    ordered: FloatArray, distribution: RankDistribution, confidence: float
) -> OrderLimits:
    """Take the narrowest limits whose exact level is at least `confidence`."""
    cdf = distribution.cdf((distribution.top - 1) // 2)
    k = exact_rank(cdf, 1 - confidence)
    return _limits_at(k, level_of_rank(cdf, k), ordered, distribution, confidence)


def normal_limits(
    ordered: FloatArray,
    distribution: RankDistribution,
    confidence: float,
    *,
    variance: float,
) -> OrderLimits:
    """Take the shifts that the normal test without continuity correction keeps."""
    k = floor(_normal_rank(distribution, confidence, variance)) + 1
    return _limits_at(k, distribution.level(k), ordered, distribution, confidence)


def moses_limits(
    ordered: FloatArray,
    distribution: RankDistribution,
    confidence: float,
    *,
    variance: float,
) -> OrderLimits:
    """Take the integer part of the normal rank, one place further out."""
    k = floor(_normal_rank(distribution, confidence, variance))
    return _limits_at(k, distribution.level(k), ordered, distribution, confidence)


def _normal_rank(
    distribution: RankDistribution, confidence: float, variance: float
) -> float:
    return distribution.top / 2 - normal_width(confidence) / 2 * sqrt(variance)


def normal_width(confidence: float) -> float:
    """Return the width 2 z of a standard normal interval."""
    return -2 * float(special.ndtri((1 - confidence) / 2))


def _limits_at(
    k: int,
    level: float,
    ordered: FloatArray,
    distribution: RankDistribution,
    confidence: float,
) -> OrderLimits:
    if k >= 1:
        return OrderLimits(float(ordered[k - 1]), float(ordered[-k]), level, "")
    widest = distribution.level(1)
    warning = (
        f"a level of {confidence:g} is out of reach, so the limits are infinite: "
        f"smallest and largest value together have {widest:.6g}"
    )
    return OrderLimits(-inf, inf, 1.0, warning)
