"""Rank correlation: Spearman and Kendall."""

from math import inf, isfinite, nan, prod, sqrt

import numpy as np
from numpy.typing import ArrayLike

from rejia.estimate import Estimate
from rejia.stats.ranks._ranking import (
    Integers,
    check_choice,
    compute_kendall_variance,
    compute_p,
    double_midranks,
    read_pairs,
)

METHODS = ("exact", "student_t")

# Cells of the table of states; 320 MB. Without ties n = 15 just fits.
_MAX_CELLS = 4 * 10**7


def spearman(x: ArrayLike, y: ArrayLike, *, method: str = "exact") -> Estimate:
    """
    Spearman's rank correlation of two paired samples.

    Parameters
    ----------
    x, y : array_like
        Paired values, of one length.
    method : {"exact", "student_t"}
        How the p-value is found.

    Returns
    -------
    Estimate
        `estimate` is rho, the correlation of the midranks; `test_statistic` is
        Student's t with n - 2 degrees of freedom, also for ``exact``; `p_value` is
        two-sided.

    Raises
    ------
    ValueError
        If the lengths differ, the method is unknown, a value is missing or no
        number, or ``exact`` is asked for more than 15 pairs (some more where ties
        reduce the number of arrangements, 14 where one variable has ties that make
        half ranks).

    Notes
    -----
    ``student_t`` refers ``t = rho sqrt((n - 2) / (1 - rho**2))`` to n - 2 degrees of
    freedom. ``exact`` is ``P(|rho*| >= |rho|)`` over all n! arrangements of the
    midranks of one variable against those of the other, conditional on the ties, by
    a dynamic programme over the values already dealt. R and others double the
    smaller tail, which without ties is the same.

    Fewer than three pairs have no t; a variable all of whose values are tied has no
    rho: `nan`, with a warning. A perfect correlation has an infinite t, and the
    p-value 0 of ``student_t`` is then no probability to quote: a warning says so.

    References
    ----------
    .. [1] Spearman C. The proof and measurement of association between two things.
       Am J Psychol 1904;15:72-101.
    .. [2] Kendall MG. Rank correlation methods. 4th ed. Griffin 1970, chapters 1, 4
       and 5.

    Examples
    --------
    Hunter L measure and panel score of canned tuna, Hollander and Wolfe 1973,
    page 187; R prints p-value = 0.0968:

    >>> measure = [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1]
    >>> score = [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8]
    >>> e = spearman(measure, score, method="exact")
    >>> round(e.estimate, 4), round(e.p_value, 4)
    (0.6, 0.0968)
    """
    first, second = read_pairs(x, y)
    check_choice("method", method, METHODS)

    name = f"spearman_{method}"
    a, b = double_midranks(first)[0], double_midranks(second)[0]
    n = a.size
    reason = _find_obstacle(a, b)
    if reason:
        return Estimate(statistic="spearman_rho", method=name, n=n, warning=reason)
    rho = _correlate(a, b)
    t = _compute_t(rho, n)
    warning = ""
    if method == "exact":
        p_value = _compute_exact_p(a, b)
    elif n > 2:
        p_value = compute_p(t, "two-sided", n - 2)
        warning = "" if isfinite(t) else "perfect correlation: Student t is infinite"
    else:
        p_value, warning = nan, "fewer than three pairs: no Student t"

    return Estimate(
        statistic="spearman_rho",
        method=name,
        estimate=rho,
        test_statistic=t,
        p_value=p_value,
        n=n,
        warning=warning,
    )


def kendall(x: ArrayLike, y: ArrayLike) -> Estimate:
    """
    Kendall's rank correlation tau-b of two paired samples.

    Parameters
    ----------
    x, y : array_like
        Paired values, of one length.

    Returns
    -------
    Estimate
        `estimate` is tau-b; `test_statistic` is z; `p_value` is two-sided, from the
        normal distribution with the variance corrected for ties.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is missing or no number.

    Notes
    -----
    With S concordant less discordant pairs,
    ``tau-b = S / sqrt((n0 - n1) (n0 - n2))`` where n0 is the number of pairs, n1 and
    n2 those tied in x and in y. ``z = S / sqrt(V)`` without continuity correction, V
    given the ties as in [1]_ equation 4.3: the p-value of SPSS and SAS, of SciPy's
    ``asymptotic`` and of R where there are ties or 50 pairs.

    A variable all of whose values are tied, or fewer than two pairs: `nan`, with a
    warning.

    References
    ----------
    .. [1] Kendall MG. Rank correlation methods. 4th ed. Griffin 1970, chapters 3
       and 4.

    Examples
    --------
    >>> measure = [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1]
    >>> score = [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8]
    >>> e = kendall(measure, score)
    >>> round(e.estimate, 4), round(e.p_value, 4)
    (0.4444, 0.0953)
    """
    first, second = read_pairs(x, y)

    (a, ties_a), (b, ties_b) = double_midranks(first), double_midranks(second)
    n = a.size
    reason = _find_obstacle(a, b)
    if reason:
        return Estimate(
            statistic="kendall_tau_b",
            method="kendall_tau_b_normal",
            n=n,
            warning=reason,
        )
    agreement = sum(
        int((np.sign(a[i + 1 :] - a[i]) * np.sign(b[i + 1 :] - b[i])).sum())
        for i in range(n - 1)
    )
    untied = [(n * n - int((t * t).sum())) // 2 for t in (ties_a, ties_b)]
    z = agreement / sqrt(compute_kendall_variance(ties_a, ties_b))

    return Estimate(
        statistic="kendall_tau_b",
        method="kendall_tau_b_normal",
        estimate=agreement / sqrt(untied[0] * untied[1]),
        test_statistic=z,
        p_value=compute_p(z, "two-sided"),
        n=n,
    )


def _find_obstacle(a: Integers, b: Integers) -> str:
    """Say why there is no correlation; empty if there is one."""
    if a.size < 2:
        return "fewer than two pairs"
    tied = [name for name, ranks in (("x", a), ("y", b)) if (ranks == ranks[0]).all()]
    return f"all values of {' and '.join(tied)} are tied" if tied else ""


def _correlate(a: Integers, b: Integers) -> float:
    """Pearson's correlation, in whole numbers until the last step."""
    centre = a.size + 1
    first, second = a - centre, b - centre
    across = int((first * second).sum())
    return across / sqrt(int((first * first).sum()) * int((second * second).sum()))


def _compute_t(rho: float, n: int) -> float:
    if n < 3:
        return nan
    # 1 - rho**2 as a product: a rho of 1 - 1e-16 is still below 1.
    free = (1 - rho) * (1 + rho)
    return rho * sqrt((n - 2) / free) if free > 0 else rho * inf


def _compute_exact_p(a: Integers, b: Integers) -> float:
    """P(|S - E| >= |s - E|), S the sum of products over all arrangements."""
    from rejia.stats._rank_kernels import product_sum_masses

    # The variable with fewer distinct arrangements is the one that is dealt.
    first, second = sorted((_reduce(a), _reduce(b)), key=_count_states, reverse=True)
    width = int((np.sort(first) * np.sort(second)).sum()) + 1
    if _count_states(second) * width > _MAX_CELLS:
        raise ValueError(
            "method exact enumerates at most 15 pairs (14 with half ranks, more with "
            f"many ties), but got n = {a.size}; use student_t"
        )
    values, counts = np.unique(second, return_counts=True)
    masses = product_sum_masses(np.sort(first), values, counts.astype(np.int64), width)
    # All in whole numbers: what is as extreme as the observed sum is never missed.
    n, centre = a.size, int(first.sum()) * int(second.sum())
    observed = int((_reduce(a) * _reduce(b)).sum())
    distance = np.abs(n * np.arange(width) - centre)
    return min(1.0, float(masses[distance >= abs(n * observed - centre)].sum()))


def _reduce(ranks: Integers) -> Integers:
    """Move and scale to the smallest whole numbers."""
    steps = ranks - ranks.min()
    reduced: Integers = steps // np.gcd.reduce(steps)
    return reduced


def _count_states(ranks: Integers) -> int:
    return prod(int(c) + 1 for c in np.unique(ranks, return_counts=True)[1])
