"""Sizes of effects: pseudo-median, shift, rank-biserial, superiority, SMD."""

from math import isinf, nan

import numpy as np
from numpy.typing import ArrayLike

from rejia.estimate import Estimate
from rejia.stats._effects_arguments import (
    FloatArray,
    finite_values,
    mid_ranks,
    tie_sum,
)
from rejia.stats._effects_order_limits import (
    OrderLimits,
    exact_limits,
    moses_limits,
    normal_limits,
    normal_width,
    rank_sum,
    signed_rank,
)
from rejia.stats._effects_standardized import standardized_mean_difference
from rejia.stats._effects_superiority import probability_of_superiority, rank_biserial
from rejia.stats._exact_tables_arguments import check_choice, check_confidence

__all__ = [
    "hodges_lehmann_shift",
    "probability_of_superiority",
    "pseudo_median",
    "rank_biserial",
    "rank_biserial_paired",
    "standardized_mean_difference",
]

ZEROS = ("drop", "keep")
PSEUDO_MEDIAN_METHODS = ("exact", "normal")
SHIFT_METHODS = ("exact", "normal", "sas")
TIES = "ties: the level is at least the one given"


def pseudo_median(
    differences: ArrayLike,
    *,
    zeros: str = "drop",
    method: str = "exact",
    confidence: float = 0.95,
) -> Estimate:
    r"""
    Hodges-Lehmann estimate of the centre of paired differences.

    Parameters
    ----------
    differences : array of float
        One difference a pair, in whole units of the scale: differences of decimal
        numbers hide ties.
    zeros : {"drop", "keep"}
        Whether pairs without a difference are left out first, as `signed_rank` does
        with ``zeros="drop"`` and R's ``wilcox.test`` does, or kept.
    method : {"exact", "normal"}
        Which rank the limits have.
    confidence : float
        Least confidence level of the interval.

    Returns
    -------
    Estimate
        Median of the Walsh averages. `confidence` is the level that the limits really
        have, not the one asked for.

    Raises
    ------
    ValueError
        If differences are not a vector of finite numbers, or a choice is unknown.

    Notes
    -----
    With the M = n(n+1)/2 Walsh averages :math:`(d_i + d_j) / 2`, :math:`i \le j`, in
    ascending order, the limits are the k-th smallest and the k-th largest [1]_.

    - ``exact``: the largest k with :math:`P(W^+ < k) \le \alpha / 2` under the exact
      distribution of the signed-rank statistic without ties.
    - ``normal``: :math:`k = \lfloor M/2 - z \sigma \rfloor + 1` with
      :math:`\sigma^2 = n(n+1)(2n+1)/24 - \sum (t^3 - t)/48` over groups of t equal
      differences. These are the centres that the normal test without continuity
      correction does not reject: what R's ``wilcox.test(exact = FALSE, correct =
      FALSE)`` searches for, to 1e-4.

    The level is :math:`1 - 2 P(W^+ < k)` for both methods, exact up to 500 differences
    for ``normal``, beyond them by the normal approximation. It needs a symmetric
    distribution and no ties. With ties, or zeros kept, the closed interval covers with
    at least this probability [2]_, and the warning says so; the distribution
    conditional on the ties is not used, because it holds at a centre of 0 only. If no k
    reaches the level, the limits are infinite, the level is 1, and the warning gives
    the level of the range of the differences.

    References
    ----------
    .. [1] Hollander M, Wolfe DA, Chicken E. Nonparametric statistical methods. 3rd ed.
       Hoboken: Wiley, 2014; sections 3.2 and 3.3.
    .. [2] Noether GE. Wilcoxon confidence intervals for location parameters in the
       discrete case. J Am Stat Assoc 1967; 62:184-188.

    Examples
    --------
    >>> change = [-0.952, 0.147, -1.022, -0.43, -0.62, -0.59, -0.49, 0.08, -0.01]
    >>> e = pseudo_median(change, confidence=0.96)
    >>> round(e.estimate, 3), e.ci_low, e.ci_high, round(e.confidence, 3)
    (-0.46, -0.786, -0.01, 0.961)
    """
    check_choice(zeros, "zeros", ZEROS)
    check_choice(method, "method", PSEUDO_MEDIAN_METHODS)
    check_confidence(confidence)
    d = finite_values(differences, "differences")

    n_zero = int((d == 0).sum()) if zeros == "drop" else 0
    d = d[d != 0] if zeros == "drop" else d
    name = f"walsh_{method}_zeros_{zeros}"
    if d.size == 0:
        warning = "all differences are zero" if n_zero else "no differences"
        return Estimate(
            statistic="pseudo_median", method=name, n=d.size, warning=warning
        )
    ordered = _walsh_averages(d)
    distribution = signed_rank(d.size)
    if method == "exact":
        limits = exact_limits(ordered, distribution, confidence)
    else:
        variance = distribution.variance - tie_sum(d) / 48
        limits = normal_limits(ordered, distribution, confidence, variance=variance)
    tied = np.unique(np.abs(d)).size < d.size or not d.all()
    warnings = [
        f"zero differences left out: {n_zero}" if n_zero else "",
        limits.warning or (TIES if tied else ""),
    ]
    return Estimate(
        statistic="pseudo_median",
        method=name,
        estimate=float(np.median(ordered)),
        ci_low=limits.low,
        ci_high=limits.high,
        confidence=limits.confidence,
        n=d.size,
        warning="; ".join(filter(None, warnings)),
    )


def _walsh_averages(d: FloatArray) -> FloatArray:
    return np.sort(np.concatenate([d[i:] + d[i] for i in range(d.size)]) / 2)


def hodges_lehmann_shift(
    x: ArrayLike, y: ArrayLike, *, method: str = "exact", confidence: float = 0.95
) -> Estimate:
    r"""
    Hodges-Lehmann estimate of the shift between two groups.

    Parameters
    ----------
    x, y : array of float
        Values of the group and of the reference group, in whole units of the scale:
        differences of decimal numbers hide ties.
    method : {"exact", "normal", "sas"}
        Which rank the limits have.
    confidence : float
        Least confidence level of the interval.

    Returns
    -------
    Estimate
        Median of all differences x - y; positive when x is larger. `confidence` is the
        level that the limits really have, not the one asked for. For ``sas`` the
        standard error is SAS's: the length of the interval over 2 z.

    Raises
    ------
    ValueError
        If x or y is not a vector of finite numbers, or the method is unknown.

    Notes
    -----
    With the M = mn differences in ascending order, the limits are the k-th smallest and
    the k-th largest [1]_.

    - ``exact``: the largest k with :math:`P(U < k) \le \alpha / 2` under the exact
      distribution of the Mann-Whitney statistic without ties.
    - ``normal``: :math:`k = \lfloor M/2 - z \sigma \rfloor + 1` with
      :math:`\sigma^2 = mn/12 \, (N + 1 - \sum (t^3 - t) / (N (N - 1)))` over ties
      within each group. These are the shifts that the normal test without continuity
      correction does not reject: what R's ``wilcox.test(exact = FALSE, correct =
      FALSE)`` searches for, to 1e-4.
    - ``sas``: :math:`k = \lfloor M/2 - z \sigma \rfloor`, the asymptotic (Moses)
      limits of the HL option of SAS PROC NPAR1WAY [2]_, with sigma corrected for ties
      in all values together. The correction is inferred from the example of the manual,
      whose 98 % limits of 0.00 and 0.82 it alone gives; SAS itself was not run.

    The level is :math:`1 - 2 P(U < k)` for all methods, exact up to 40 000 differences
    for ``normal`` and ``sas``, beyond them by the normal approximation. It supposes no
    ties; with ties the closed interval covers with at least this probability, and the
    warning says so. The distribution conditional on the ties, which SAS and coin use
    for their exact limits, is not used, because it holds at a shift of 0 only. If no k
    reaches the level, the limits are infinite, the level is 1, and the warning gives
    the level of the range of the differences.

    References
    ----------
    .. [1] Hollander M, Wolfe DA, Chicken E. Nonparametric statistical methods. 3rd ed.
       Hoboken: Wiley, 2014; sections 4.2 and 4.3.
    .. [2] SAS Institute. SAS/STAT user's guide: the NPAR1WAY procedure, details,
       Hodges-Lehmann estimation of location shift; example "Hodges-Lehmann estimation".

    Examples
    --------
    >>> at_term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    >>> e = hodges_lehmann_shift(at_term, [1.15, 0.88, 0.90, 0.74, 1.21])
    >>> round(e.estimate, 3), round(e.ci_low, 2), round(e.ci_high, 2)
    (0.305, -0.15, 0.76)
    >>> round(e.confidence, 3)
    0.96
    """
    check_choice(method, "method", SHIFT_METHODS)
    check_confidence(confidence)
    first, second = finite_values(x, "x"), finite_values(y, "y")

    n, ref_n = first.size, second.size
    name = f"hodges_lehmann_{'sas_moses' if method == 'sas' else method}"
    if n == 0 or ref_n == 0:
        return Estimate(
            statistic="hodges_lehmann_shift",
            method=name,
            n=n + ref_n,
            warning="no values in a group",
        )
    ordered = np.sort(np.subtract.outer(first, second).ravel())
    distribution = rank_sum(n, ref_n)
    pooled = np.concatenate([first, second])
    unit = n * ref_n / (12 * (n + ref_n) * (n + ref_n - 1))
    if method == "exact":
        limits = exact_limits(ordered, distribution, confidence)
    elif method == "normal":
        ties = tie_sum(first) + tie_sum(second)
        variance = distribution.variance - unit * ties
        limits = normal_limits(ordered, distribution, confidence, variance=variance)
    else:
        variance = distribution.variance - unit * tie_sum(pooled)
        limits = moses_limits(ordered, distribution, confidence, variance=variance)
    tied = np.unique(pooled).size < pooled.size
    return Estimate(
        statistic="hodges_lehmann_shift",
        method=name,
        estimate=float(np.median(ordered)),
        std_error=_length_over_2z(limits, confidence) if method == "sas" else nan,
        ci_low=limits.low,
        ci_high=limits.high,
        confidence=limits.confidence,
        n=n + ref_n,
        warning=limits.warning or (TIES if tied else ""),
    )


def _length_over_2z(limits: OrderLimits, confidence: float) -> float:
    length = limits.high - limits.low
    return nan if isinf(length) else length / normal_width(confidence)


def rank_biserial_paired(differences: ArrayLike) -> Estimate:
    r"""
    Matched-pairs rank-biserial correlation.

    Parameters
    ----------
    differences : array of float
        One difference a pair.

    Returns
    -------
    Estimate
        From -1 (all differences negative) to 1 (all positive). No interval: the
        variance of the statistic is known under the hypothesis only; `pseudo_median`
        has one.

    Raises
    ------
    ValueError
        If differences are not a vector of finite numbers.

    Notes
    -----
    :math:`(W^+ - W^-) / (W^+ + W^-)`, the share of the rank sum in favour less the
    share against [1]_. Zero differences are left out before ranking, as Wilcoxon does;
    tied differences share the mean of their ranks. n is the number that was ranked.

    References
    ----------
    .. [1] Kerby DS. The simple difference formula: an approach to teaching
       nonparametric correlation. Compr Psychol 2014; 3:11.IT.3.1.

    Examples
    --------
    >>> rank_biserial_paired([1, 2, -3, 4, 0]).estimate
    0.4
    """
    d = finite_values(differences, "differences")

    n_zero = int((d == 0).sum())
    d = d[d != 0]
    if d.size == 0:
        warning = "all differences are zero" if n_zero else "no differences"
        return Estimate(
            statistic="rank_biserial_paired",
            method="matched_pairs_rank_biserial_zeros_drop",
            n=0,
            warning=warning,
        )
    ranks = mid_ranks(np.abs(d))
    return Estimate(
        statistic="rank_biserial_paired",
        method="matched_pairs_rank_biserial_zeros_drop",
        estimate=float(np.sign(d) @ ranks / ranks.sum()),
        n=d.size,
        warning=f"zero differences left out: {n_zero}" if n_zero else "",
    )
