"""The standardised mean difference."""

from dataclasses import replace
from math import sqrt

from numpy.typing import ArrayLike
from scipy import special

from rejia.estimate import Estimate
from rejia.stats._effects_arguments import finite_values
from rejia.stats._exact_tables_arguments import check_confidence
from rejia.stats._exact_tables_binomial import bisect


def standardized_mean_difference(
    x: ArrayLike, y: ArrayLike, *, confidence: float = 0.95
) -> Estimate:
    r"""
    Difference of two means in units of the pooled standard deviation (Cohen's d).

    Parameters
    ----------
    x, y : array of float
        Values of the group and of the reference group.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        Positive when the mean of x is larger. Test statistic and p-value are those of
        Student's t test with equal variances, which the interval inverts: it excludes 0
        exactly when p is below 1 - confidence.

    Raises
    ------
    ValueError
        If x or y is not a vector of finite numbers.

    Notes
    -----
    :math:`d = (\bar x - \bar y) / s`,
    :math:`s^2 = (\sum (x_i - \bar x)^2 + \sum (y_i - \bar y)^2) / (m + n - 2)`; no
    correction for small samples (Hedges). Under normal distributions with one variance
    :math:`t = d / \sqrt{1/m + 1/n}` is noncentral t; the limits are the noncentralities
    that give t a tail of :math:`\alpha / 2`, times :math:`\sqrt{1/m + 1/n}` [1]_. The
    standard deviation is that within groups, not the square root of the mean of the two
    variances that tables of baseline balance use; they agree for groups of one size.

    References
    ----------
    .. [1] Steiger JH, Fouladi RT. Noncentrality interval estimation and the evaluation
       of statistical models. In: Harlow LL et al., eds. What if there were no
       significance tests? Mahwah: Erlbaum, 1997; 221-257.

    Examples
    --------
    >>> e = standardized_mean_difference([5, 6, 7, 8], [3, 4, 5, 6])
    >>> round(e.estimate, 4), round(e.ci_low, 4), round(e.ci_high, 4)
    (1.5492, -0.1246, 3.1337)
    """
    check_confidence(confidence)
    first, second = finite_values(x, "x"), finite_values(y, "y")

    n, ref_n = first.size, second.size
    result = Estimate(
        statistic="standardized_mean_difference",
        method="pooled_sd_noncentral_t",
        n=n + ref_n,
    )
    if n == 0 or ref_n == 0:
        return replace(result, warning="no values in a group")
    # Asked of the values: the variance of equal decimals is not always exactly 0.
    if first.min() == first.max() and second.min() == second.max():
        return replace(result, warning="no variation within the groups")
    df = n + ref_n - 2
    squares = first.var() * n + second.var() * ref_n
    unit = sqrt(1 / n + 1 / ref_n)
    d = float(first.mean() - second.mean()) / sqrt(squares / df)
    low, high = _noncentralities(d / unit, df, (1 - confidence) / 2)
    return replace(
        result,
        estimate=d,
        ci_low=low * unit,
        ci_high=high * unit,
        confidence=confidence,
        test_statistic=d / unit,
        p_value=2 * float(special.stdtr(df, -abs(d / unit))),
    )


def _noncentralities(t: float, df: int, tail: float) -> tuple[float, float]:
    """Return the noncentralities at which t lies at the upper and at the lower tail."""

    def solve(probability: float) -> float:
        # The distribution function falls as the noncentrality grows.
        def excess(noncentrality: float) -> float:
            return probability - float(special.nctdtr(df, noncentrality, t))

        reach = 1.0
        while excess(t - reach) > 0:
            reach *= 2
        low, reach = t - reach, 1.0
        while excess(t + reach) < 0:
            reach *= 2
        return bisect(excess, low, t + reach, resolution=1e-14)

    return solve(1 - tail), solve(tail)
