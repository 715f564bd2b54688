"""Kruskal-Wallis test, and Dunn's comparisons after it."""

from collections.abc import Sequence
from itertools import combinations
from math import nan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from rejia.estimate import Estimate
from rejia.stats.ranks._ranking import (
    Floats,
    compute_p,
    describe_near_ties,
    double_midranks,
    find_empty,
    read_groups,
)


def kruskal_wallis(groups: Sequence[ArrayLike]) -> Estimate:
    """
    Kruskal-Wallis test of independent groups.

    Parameters
    ----------
    groups : sequence of array_like
        Two samples or more.

    Returns
    -------
    Estimate
        `estimate` and `test_statistic` are H, corrected for ties; `p_value` is from
        chi-square with as many degrees of freedom as groups, less one.

    Raises
    ------
    ValueError
        If there are fewer than two groups, or a value is missing or no number.

    Notes
    -----
    ``H = (12 / (N (N + 1)) sum(R**2 / n) - 3 (N + 1)) / C`` with the rank sums R and
    ``C = 1 - sum(t**3 - t) / (N**3 - N)`` for tied classes of t values. No continuity
    correction. An empty group, or all values tied, gives `nan` with a warning.

    References
    ----------
    .. [1] Kruskal WH, Wallis WA. Use of ranks in one-criterion variance analysis.
       J Am Stat Assoc 1952;47:583-621, eq. 1.3.

    Examples
    --------
    Half-times of mucociliary clearance, Hollander and Wolfe 1973, page 116:

    >>> healthy = [2.9, 3.0, 2.5, 2.6, 3.2]
    >>> obstructive = [3.8, 2.7, 4.0, 2.4]
    >>> asbestosis = [2.8, 3.4, 3.7, 2.2, 2.0]
    >>> e = kruskal_wallis([healthy, obstructive, asbestosis])
    >>> round(e.estimate, 5), round(e.p_value, 4)
    (0.77143, 0.68)
    """
    samples = read_groups(groups)

    method = "kruskal_wallis_chi2"
    pooled = np.concatenate(samples)
    reason = find_obstacle(samples)
    if reason:
        return Estimate(
            statistic="kruskal_wallis_h", method=method, n=pooled.size, warning=reason
        )
    scores, _ = double_midranks(pooled)
    sizes = np.array([sample.size for sample in samples])
    sums = np.add.reduceat(scores - (pooled.size + 1), np.cumsum(sizes) - sizes)
    # Between groups over total variation of the ranks is H / (N - 1), ties included.
    spread = float(((scores - (pooled.size + 1)) ** 2).sum())
    h = (pooled.size - 1) * float((sums**2 / sizes).sum()) / spread

    return Estimate(
        statistic="kruskal_wallis_h",
        method=method,
        estimate=h,
        test_statistic=h,
        p_value=float(chdtrc(len(samples) - 1, h)),
        n=pooled.size,
        warning=describe_near_ties(pooled),
    )


def dunn(groups: Sequence[ArrayLike]) -> tuple[Estimate, ...]:
    """
    Dunn's comparisons of all pairs of independent groups after Kruskal-Wallis.

    Parameters
    ----------
    groups : sequence of array_like
        Two samples or more.

    Returns
    -------
    tuple of Estimate
        One a pair, in the order 1-2, 1-3, …, 2-3, …; `term` says ``1-2``. `estimate`
        is the mean rank of the first less that of the second, with its
        `std_error`; `test_statistic` is z, and `p_value` is two-sided and **not
        adjusted** for the number of pairs (`rejia.stats.multiplicity` does that).

    Raises
    ------
    ValueError
        If there are fewer than two groups, or a value is missing or no number.

    Notes
    -----
    All groups are ranked together. The variance of a difference is
    ``(N (N + 1) / 12 - sum(t**3 - t) / (12 (N - 1))) (1 / n_i + 1 / n_j)``. No
    continuity correction. With two groups z squared is the H of `kruskal_wallis`.

    References
    ----------
    .. [1] Dunn OJ. Multiple comparisons using rank sums. Technometrics 1964;6:
       241-252.

    Examples
    --------
    >>> first, *_ = dunn([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    >>> first.term, first.estimate, round(first.test_statistic, 6)
    ('1-2', -3.0, -1.341641)
    """
    samples = read_groups(groups)

    pooled = np.concatenate(samples)
    reason = find_obstacle(samples)
    ranks = double_midranks(pooled)[0] / 2
    parts = np.split(ranks, np.cumsum([sample.size for sample in samples])[:-1])
    # The variance of the midranks is the formula above, corrected for ties.
    variance = nan if reason else float(ranks.var(ddof=1))

    return tuple(
        _compare(parts[i], parts[j], variance, f"{i + 1}-{j + 1}", reason)
        for i, j in combinations(range(len(parts)), 2)
    )


def find_obstacle(samples: Sequence[Floats]) -> str:
    """Say why the groups cannot be compared; empty if they can."""
    names = [f"group {number}" for number in range(1, len(samples) + 1)]
    empty = find_empty(samples, names)
    if empty:
        return empty
    pooled = np.concatenate(samples)
    return "all values are tied" if (pooled == pooled[0]).all() else ""


def _compare(
    first: Floats, second: Floats, variance: float, term: str, reason: str
) -> Estimate:
    """Dunn's comparison of two groups, from their ranks among all."""
    n = first.size + second.size
    if reason:
        return Estimate(
            statistic="mean_rank_difference",
            method="dunn_normal_unadjusted",
            n=n,
            term=term,
            warning=reason,
        )
    difference = float(first.mean() - second.mean())
    std_error = sqrt(variance * (1 / first.size + 1 / second.size))
    z = difference / std_error
    return Estimate(
        statistic="mean_rank_difference",
        method="dunn_normal_unadjusted",
        estimate=difference,
        std_error=std_error,
        test_statistic=z,
        p_value=compute_p(z, "two-sided"),
        n=n,
        term=term,
    )
