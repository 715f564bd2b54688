"""Tests of tables of counts: Fisher for r x c, McNemar, Cochran-Armitage."""

from math import erfc, exp, inf, isfinite, log, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from rejia.estimate import Estimate
from rejia.stats._exact_tables_2x2 import Hypergeometric
from rejia.stats._exact_tables_arguments import (
    check_choice,
    check_confidence,
    events_of_total,
    whole_count,
)
from rejia.stats._exact_tables_binomial import (
    Limits,
    clopper_pearson,
    mid_p,
    odds,
    wilson,
    wilson_corrected,
)

MCNEMAR_METHODS = ("exact", "mid_p", "chi2", "chi2_corrected")


def fisher_exact(table: ArrayLike) -> Estimate:
    """
    Fisher's exact test of a table with any number of rows and columns.

    Parameters
    ----------
    table : array of int, two-dimensional
        Counts.

    Returns
    -------
    Estimate
        The p-value; `test_statistic` is the probability of the observed table, given
        its margins. There is no estimate: `odds_ratio_2x2` has one for two by two.

    Raises
    ------
    ValueError
        If the table is not two-dimensional or a cell is no whole number, 0 or more.

    Notes
    -----
    The p-value is the sum of the probabilities of all tables with the same margins
    that are not more probable than the observed one, within a relative 1e-7 [1]_. All
    of them are counted, by the network algorithm [2]_; nothing is simulated. Empty rows
    and columns are left out. If only one table has these margins, p is 1. A table with
    more than 8 million states or 5 billion steps (five minutes) has no p-value and a
    warning; tables of 400 observations in 6 x 3 cells or 100 in 5 x 5 take seconds.

    R's ``fisher.test`` takes a tolerance of 3.5e-7 for tables larger than 2 x 2, so
    that p-values of large tables can differ in the ninth digit.

    References
    ----------
    .. [1] Freeman GH, Halton JH. Note on an exact treatment of contingency, goodness of
       fit and other problems of significance. Biometrika 1951; 38:141-149.
    .. [2] Mehta CR, Patel NR. A network algorithm for performing Fisher's exact test in
       r x c contingency tables. J Am Stat Assoc 1983; 78:427-434.

    Examples
    --------
    >>> job_satisfaction = [[1, 2, 1, 0], [3, 3, 6, 1], [10, 10, 14, 9], [6, 7, 12, 11]]
    >>> round(fisher_exact(job_satisfaction).p_value, 4)
    0.7827
    """
    counts = _table_of_counts(table)

    counts = counts[counts.sum(1) > 0][:, counts.sum(0) > 0]
    n = int(counts.sum())
    if n == 0:
        return Estimate(
            statistic="fisher_exact",
            method="fisher_exact_enumeration",
            n=0,
            warning="no subjects",
        )
    probability, p_value, warning = _fisher_p_value(counts)
    return Estimate(
        statistic="fisher_exact",
        method="fisher_exact_enumeration",
        test_statistic=probability,
        p_value=p_value,
        n=n,
        warning=warning,
    )


def _table_of_counts(
    table: ArrayLike,
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(
            f"table must have two dimensions, but got {values.ndim} dimension(s)"
        )
    bad = values[~((values >= 0) & (values == np.floor(values)) & np.isfinite(values))]
    if bad.size:
        raise ValueError(
            f"table must hold whole numbers, 0 or more, but got {float(bad[0])}"
        )
    return values.astype(np.int64)


def _fisher_p_value(
    counts: np.ndarray[tuple[int, int], np.dtype[np.int64]],
) -> tuple[float, float, str]:
    """Return the probability of the table, its p-value and a warning."""
    if min(counts.shape) == 1:
        return 1.0, 1.0, "only one table has these margins"
    if counts.shape == (2, 2):
        (a, b), (c, d) = counts.tolist()
        tables = Hypergeometric(a, b, c, d)
        return tables.probability(), tables.p_value(), ""
    # Imported here: numba is slow to import, and a two by two table needs none.
    from rejia.stats import _exact_tables_network as network

    p_value = network.exact_p_value(counts)
    warning = "" if isfinite(p_value) else "too many tables to enumerate"
    return exp(network.log_probability(counts)), p_value, warning


def mcnemar(
    b: float, c: float, *, method: str = "exact", confidence: float = 0.95
) -> Estimate:
    r"""
    McNemar's test of paired proportions.

    Parameters
    ----------
    b, c : int
        Discordant pairs: event only in the first of the pair, only in the second.
    method : {"exact", "mid_p", "chi2", "chi2_corrected"}
        Binomial, binomial with half of the observed outcome, chi-square without and
        with continuity correction.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        ``b / c``, the odds ratio of the event given the pair. The test statistic is b
        for ``exact`` and ``mid_p``, chi-square (1 degree of freedom) for the others; n
        is the number of discordant pairs.

    Raises
    ------
    ValueError
        If a count is no whole number, 0 or more.

    Notes
    -----
    Given b + c, b is binomial with probability 1/2 under the hypothesis.
    ``exact``: :math:`\min(1, 2 P(X \le \min(b, c)))`; ``mid_p``: the same less
    :math:`P(X = b)` [1]_; ``chi2``: :math:`(b - c)^2 / (b + c)` [2]_;
    ``chi2_corrected``: :math:`\max(|b - c| - 1, 0)^2 / (b + c)`, so that at b = c the
    statistic is 0 and p is 1, as in R's ``mcnemar.test``. (statsmodels 0.15 squares -1
    there.)

    The interval is that of the same test: the odds of the limits of b out of b + c by
    Clopper-Pearson, mid-p, Wilson, and Wilson with continuity correction. It excludes 1
    exactly when p is below 1 - confidence. (Wilson's corrected limits and chi-square
    corrected solve the same equation.)

    Without discordant pairs there is no odds ratio; p is 1 for the binomial methods, as
    only one outcome is possible, and not defined (0/0) for chi-square.

    References
    ----------
    .. [1] Fagerland MW, Lydersen S, Laake P. The McNemar test for binary matched-pairs
       data: mid-p and asymptotic are better than exact conditional. BMC Med Res
       Methodol 2013; 13:91.
    .. [2] McNemar Q. Note on the sampling error of the difference between correlated
       proportions or percentages. Psychometrika 1947; 12:153-157.

    Examples
    --------
    >>> round(mcnemar(1, 7, method="exact").p_value, 4)
    0.0703
    >>> round(mcnemar(150, 86, method="chi2_corrected").test_statistic, 4)
    16.8178
    """
    check_choice(method, "method", MCNEMAR_METHODS)
    check_confidence(confidence)
    first, second = whole_count(b, "b"), whole_count(c, "c")

    n = first + second
    if n == 0:
        return Estimate(
            statistic="paired_odds_ratio",
            method=f"mcnemar_{method}",
            p_value=1.0 if method in {"exact", "mid_p"} else nan,
            n=0,
            warning="no discordant pairs",
        )
    statistic, p_value, limits = _mcnemar_test(first, second, method, 1 - confidence)
    low, high = odds(limits)
    return Estimate(
        statistic="paired_odds_ratio",
        method=f"mcnemar_{method}",
        estimate=first / second if second else inf,
        ci_low=low,
        ci_high=high,
        confidence=confidence,
        test_statistic=statistic,
        p_value=p_value,
        n=n,
    )


def _mcnemar_test(
    b: int, c: int, method: str, alpha: float
) -> tuple[float, float, Limits]:
    """Return the test statistic, the p-value and the limits of b out of b + c."""
    n = b + c
    if method in {"chi2", "chi2_corrected"}:
        corrected = method == "chi2_corrected"
        distance = max(abs(b - c) - 1, 0) if corrected else abs(b - c)
        p_value = erfc(distance / sqrt(2 * n))
        limits = wilson_corrected if corrected else wilson
        return distance**2 / n, p_value, limits(b, n, alpha)
    tail = float(special.bdtr(min(b, c), n, 0.5))
    if method == "exact":
        return float(b), min(1.0, 2 * tail), clopper_pearson(b, n, alpha)
    # P(X = b) as a difference of tails would cancel; the beta function does not.
    point = exp(-special.betaln(b + 1, c + 1) - n * log(2)) / (n + 1)
    p_value = 1.0 if b == c else 2 * tail - point
    return float(b), p_value, mid_p(b, n, alpha)


def cochran_armitage(
    events: ArrayLike, totals: ArrayLike, scores: ArrayLike
) -> Estimate:
    r"""
    Cochran-Armitage test of a trend of proportions over ordered groups.

    Parameters
    ----------
    events, totals : array of int
        Subjects with the event, and all subjects, of each group.
    scores : array of float
        Place of each group on the scale of the trend.

    Returns
    -------
    Estimate
        Slope of the proportion per unit of score (weighted least squares), with its
        standard error under the hypothesis; the test statistic is z, positive when the
        proportion grows with the score. No interval: the standard error holds only
        under the hypothesis.

    Raises
    ------
    ValueError
        If the arrays differ in length or are empty, a count is no whole number, events
        are not from 0 to their total, or a score is not finite.

    Notes
    -----
    :math:`z = S_{xy} / \sqrt{p (1 - p) S_{xx}}` with
    :math:`S_{xy} = \sum s_i (x_i - n_i p)`, :math:`S_{xx} = \sum n_i (s_i - \bar
    s)^2` and p the proportion in all groups together [1]_. Its square is the statistic
    of R's ``prop.trend.test``. There is no estimate when all or no subjects have the
    event, or when all subjects have the same score.

    References
    ----------
    .. [1] Armitage P. Tests for linear trends in proportions and frequencies.
       Biometrics 1955; 11:375-386.

    Examples
    --------
    >>> smokers, patients = [83, 90, 129, 70], [86, 93, 136, 82]
    >>> round(cochran_armitage(smokers, patients, [1, 2, 3, 4]).p_value, 6)
    0.004132
    """
    x, n, s = _groups(events, totals, scores)

    total = n.sum()
    p = x.sum() / total if total else nan
    centred = s - (n @ s / total if total else 0.0)
    spread = n @ centred**2
    warning = ""
    if total == 0:
        warning = "no subjects"
    elif x.sum() in {0, total}:
        warning = "no events" if x.sum() == 0 else "all subjects have the event"
    elif np.unique(s[n > 0]).size == 1:
        warning = "all subjects have the same score"
    if warning:
        return Estimate(
            statistic="slope_of_proportion",
            method="cochran_armitage",
            n=float(total),
            n_events=float(x.sum()),
            warning=warning,
        )
    slope = centred @ x / spread
    error = sqrt(p * (1 - p) / spread)
    return Estimate(
        statistic="slope_of_proportion",
        method="cochran_armitage",
        estimate=float(slope),
        std_error=error,
        test_statistic=float(slope) / error,
        p_value=erfc(abs(float(slope)) / error / sqrt(2)),
        n=float(total),
        n_events=float(x.sum()),
    )


def _groups(
    events: ArrayLike, totals: ArrayLike, scores: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    arrays = [np.asarray(a, dtype=np.float64) for a in (events, totals, scores)]
    sizes = [a.size for a in arrays]
    if len(set(sizes)) > 1 or arrays[0].size == 0 or any(a.ndim != 1 for a in arrays):
        raise ValueError(
            "events, totals and scores must be of the same length, 1 or more, "
            f"but got lengths {', '.join(map(str, sizes))}"
        )
    pairs = [
        events_of_total(x, n, f"events[{i}]", f"totals[{i}]")
        for i, (x, n) in enumerate(zip(arrays[0], arrays[1], strict=True))
    ]
    if not np.isfinite(arrays[2]).all():
        raise ValueError(f"scores must be finite numbers, but got {arrays[2].tolist()}")
    counts = np.array(pairs, dtype=np.float64)
    return counts[:, 0], counts[:, 1], arrays[2]
