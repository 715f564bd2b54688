"""How often a value of one group exceeds one of the other, ties counting half."""

from dataclasses import dataclass, replace
from math import nan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from rejia.estimate import Estimate
from rejia.stats._effects_arguments import FloatArray, finite_values
from rejia.stats._exact_tables_arguments import check_confidence


def probability_of_superiority(
    x: ArrayLike, y: ArrayLike, *, confidence: float = 0.95
) -> Estimate:
    r"""
    Probability that a value of x exceeds one of y, ties counting half.

    Parameters
    ----------
    x, y : array of float
        Values of the group and of the reference group.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        :math:`P(X > Y) + P(X = Y) / 2`: 1 when all x are larger, 1/2 without a
        tendency. The p-value is that of 1/2.

    Raises
    ------
    ValueError
        If x or y is not a vector of finite numbers.

    Notes
    -----
    The mean of the placements of x in y, which is U / mn. Interval and p-value are
    Brunner and Munzel's [1]_: Student t with Satterthwaite's degrees of freedom on the
    variance of the placements in each group, without the assumption of equal
    distributions; limits beyond 0 or 1 are moved to 0 or 1. When the groups do not
    overlap, or all values are equal, the variance is 0 and there is an estimate but no
    interval; so too when a group has a single value.

    References
    ----------
    .. [1] Brunner E, Munzel U. The nonparametric Behrens-Fisher problem: asymptotic
       theory and a small-sample approximation. Biom J 2000; 42:17-25.

    Examples
    --------
    >>> probability_of_superiority([3, 4, 5], [1, 3, 4]).estimate
    0.7777777777777778
    """
    check_confidence(confidence)
    first, second = finite_values(x, "x"), finite_values(y, "y")

    name = "brunner_munzel_t"
    n = first.size + second.size
    if first.size == 0 or second.size == 0:
        return Estimate(
            statistic="probability_of_superiority",
            method=name,
            n=n,
            warning="no values in a group",
        )
    share = float(_placements(first, second).mean())
    result = Estimate(
        statistic="probability_of_superiority", method=name, estimate=share, n=n
    )
    if first.size == 1 or second.size == 1:
        return replace(result, warning="a single value in a group: no interval")
    spread = _spread(first, second)
    if spread.error == 0:
        equal = share == 0.5
        why = "all values are equal" if equal else "the groups do not overlap"
        return replace(result, warning=f"{why}: no interval")
    half = spread.error * -float(special.stdtrit(spread.df, (1 - confidence) / 2))
    statistic = (share - 0.5) / spread.error
    return replace(
        result,
        std_error=spread.error,
        ci_low=max(share - half, 0.0),
        ci_high=min(share + half, 1.0),
        confidence=confidence,
        test_statistic=statistic,
        p_value=2 * float(special.stdtr(spread.df, -abs(statistic))),
    )


def rank_biserial(x: ArrayLike, y: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    r"""
    Rank-biserial correlation of two groups (Cliff's delta).

    Parameters
    ----------
    x, y : array of float
        Values of the group and of the reference group.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        :math:`P(X > Y) - P(X < Y)`: 1 when all x are larger, -1 when all y are, 0
        without a tendency.

    Raises
    ------
    ValueError
        If x or y is not a vector of finite numbers.

    Notes
    -----
    Twice `probability_of_superiority` less 1, with its interval and p-value: ties count
    for neither side [1]_.

    References
    ----------
    .. [1] Cliff N. Dominance statistics: ordinal analyses to answer ordinal questions.
       Psychol Bull 1993; 114:494-509.

    Examples
    --------
    >>> round(rank_biserial([3, 4, 5], [1, 3, 4]).estimate, 4)
    0.5556
    """
    e = probability_of_superiority(x, y, confidence=confidence)

    return replace(
        e,
        statistic="rank_biserial",
        estimate=2 * e.estimate - 1,
        std_error=2 * e.std_error,
        ci_low=2 * e.ci_low - 1,
        ci_high=2 * e.ci_high - 1,
    )


def _placements(values: FloatArray, others: FloatArray) -> FloatArray:
    """Return the share of others below each value, equal ones counting half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, side="left")
    not_above = np.searchsorted(ordered, values, side="right")
    return np.asarray((below + not_above) / (2 * others.size), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Spread:
    error: float
    df: float


def _spread(x: FloatArray, y: FloatArray) -> _Spread:
    first = float(_placements(x, y).var(ddof=1)) / x.size
    second = float(_placements(y, x).var(ddof=1)) / y.size
    variance = first + second
    if variance == 0:
        return _Spread(0.0, nan)
    shares = (first / variance) ** 2 / (x.size - 1)
    shares += (second / variance) ** 2 / (y.size - 1)
    return _Spread(sqrt(variance), 1 / shares)
