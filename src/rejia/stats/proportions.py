"""Proportions and tables of counts: limits, differences, odds ratios, exact tests."""

from math import erfc, exp, inf, log, sqrt

from rejia.estimate import Estimate
from rejia.stats._exact_tables_2x2 import Hypergeometric
from rejia.stats._exact_tables_arguments import (
    DISAGREEMENT,
    check_choice,
    check_confidence,
    events_of_total,
    whole_count,
)
from rejia.stats._exact_tables_binomial import (
    LIMITS,
    standard_normal_quantile,
    wilson,
)
from rejia.stats._exact_tables_tests import cochran_armitage, fisher_exact, mcnemar

__all__ = [
    "cochran_armitage",
    "fisher_exact",
    "mcnemar",
    "odds_ratio_2x2",
    "proportion",
    "risk_difference",
]

PROPORTION_METHODS = tuple(LIMITS)
RISK_DIFFERENCE_METHODS = ("newcombe",)
ODDS_RATIO_METHODS = ("woolf", "exact")


def proportion(
    events: float, total: float, *, method: str = "wilson", confidence: float = 0.95
) -> Estimate:
    r"""
    One proportion, with its interval.

    Parameters
    ----------
    events, total : int
        Subjects with the event, and all subjects.
    method : {"wilson", "clopper_pearson", "jeffreys"}
        Which interval.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        ``events / total``. There is no hypothesis, so no p-value.

    Raises
    ------
    ValueError
        If a count is no whole number, or events are not from 0 to total.

    Notes
    -----
    ``wilson`` solves :math:`n (p - \pi)^2 = z^2 \pi (1 - \pi)` (method 3 of [1]_);
    ``clopper_pearson`` gives each binomial tail half of the error, or less [2]_;
    ``jeffreys`` takes the quantiles of Beta(x + 1/2, n - x + 1/2) and closes the ends:
    the lower limit is 0 at x = 0 and the upper limit 1 at x = n (section 3.1.3 of
    [3]_; programs that leave the ends open differ there, and only there). With no
    subjects there is no estimate.

    References
    ----------
    .. [1] Newcombe RG. Two-sided confidence intervals for the single proportion:
       comparison of seven methods. Stat Med 1998; 17:857-872.
    .. [2] Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated
       in the case of the binomial. Biometrika 1934; 26:404-413.
    .. [3] Brown LD, Cai TT, DasGupta A. Interval estimation for a binomial proportion.
       Stat Sci 2001; 16:101-133.

    Examples
    --------
    >>> e = proportion(81, 263)
    >>> round(e.estimate, 4), round(e.ci_low, 4), round(e.ci_high, 4)
    (0.308, 0.2553, 0.3662)
    """
    check_choice(method, "method", PROPORTION_METHODS)
    check_confidence(confidence)
    x, n = events_of_total(events, total, "events", "total")

    if n == 0:
        return Estimate(
            statistic="proportion",
            method=method,
            n=0,
            n_events=0,
            warning="no subjects",
        )
    low, high = LIMITS[method](x, n, 1 - confidence)
    return Estimate(
        statistic="proportion",
        method=method,
        estimate=x / n,
        ci_low=low,
        ci_high=high,
        confidence=confidence,
        n=n,
        n_events=x,
    )


def risk_difference(
    events: float,
    total: float,
    ref_events: float,
    ref_total: float,
    *,
    method: str = "newcombe",
    confidence: float = 0.95,
) -> Estimate:
    r"""
    Difference between two independent proportions.

    Four counts are taken, not a table, so that group and reference cannot be swapped
    by the order of a table's rows.

    Parameters
    ----------
    events, total : int
        Subjects with the event, and all subjects, in the group.
    ref_events, ref_total : int
        The same in the reference group.
    method : {"newcombe"}
        Which interval.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        ``events / total - ref_events / ref_total``; positive when the event is more
        frequent in the group than in the reference. No p-value: the interval is of no
        test.

    Raises
    ------
    ValueError
        If a count is no whole number, or events are not from 0 to their total.

    Notes
    -----
    Newcombe's hybrid score interval without continuity correction (method 10 of [1]_),
    made of the Wilson limits l, u of each proportion:
    :math:`d - \sqrt{(p_1 - l_1)^2 + (u_2 - p_2)^2}` to
    :math:`d + \sqrt{(u_1 - p_1)^2 + (p_2 - l_2)^2}`. It needs no rule for empty cells.
    With an empty group there is no estimate.

    References
    ----------
    .. [1] Newcombe RG. Interval estimation for the difference between independent
       proportions: comparison of eleven methods. Stat Med 1998; 17:873-890.

    Examples
    --------
    >>> e = risk_difference(56, 70, 48, 80)
    >>> round(e.estimate, 4), round(e.ci_low, 4), round(e.ci_high, 4)
    (0.2, 0.0524, 0.3339)
    """
    check_choice(method, "method", RISK_DIFFERENCE_METHODS)
    check_confidence(confidence)
    x, n = events_of_total(events, total, "events", "total")
    ref_x, ref_n = events_of_total(ref_events, ref_total, "ref_events", "ref_total")

    if n == 0 or ref_n == 0:
        empty = "group" if n == 0 else "reference group"
        return Estimate(
            statistic="risk_difference",
            method=method,
            n=n + ref_n,
            n_events=x + ref_x,
            warning=f"no subjects in the {empty}",
        )
    p, ref_p = x / n, ref_x / ref_n
    low, high = wilson(x, n, 1 - confidence)
    ref_low, ref_high = wilson(ref_x, ref_n, 1 - confidence)
    return Estimate(
        statistic="risk_difference",
        method=method,
        estimate=p - ref_p,
        ci_low=p - ref_p - sqrt((p - low) ** 2 + (ref_high - ref_p) ** 2),
        ci_high=p - ref_p + sqrt((high - p) ** 2 + (ref_p - ref_low) ** 2),
        confidence=confidence,
        n=n + ref_n,
        n_events=x + ref_x,
    )


def odds_ratio_2x2(
    a: float,
    b: float,
    c: float,
    d: float,
    *,
    method: str = "woolf",
    confidence: float = 0.95,
) -> Estimate:
    r"""
    Odds ratio of a 2 x 2 table.

    Parameters
    ----------
    a, b : int
        Subjects with and without the event in the group.
    c, d : int
        Subjects with and without the event in the reference group.
    method : {"woolf", "exact"}
        Logarithmic normal approximation, or conditional on all margins.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        Above 1 when the event is more frequent in the group than in the reference.
        For ``woolf`` the standard error is that of the logarithm, and the test
        statistic is the logarithm over its standard error.

    Raises
    ------
    ValueError
        If a cell is no whole number, 0 or more.

    Notes
    -----
    ``woolf``: :math:`\log(ad/bc)` with variance :math:`1/a + 1/b + 1/c + 1/d` [1]_.
    With an empty cell there is no estimate, and nothing is added to the cells.

    ``exact``: given all margins, a follows Fisher's noncentral hypergeometric
    distribution. The estimate is its conditional maximum likelihood estimate (the odds
    ratio at which the expected a is the observed a), not ad/bc; the limits give each
    tail half of the error [2]_. The p-value sums the probabilities of all tables not
    more probable than the observed one, within a relative 1e-7, as R's ``fisher.test``
    does. Interval and p-value order the tables differently, so that they can disagree
    about 1; the warning says so where they do.

    References
    ----------
    .. [1] Woolf B. On estimating the relation between blood group and disease. Ann Hum
       Genet 1955; 19:251-253.
    .. [2] Cornfield J. A statistical problem arising from retrospective studies. Proc
       Third Berkeley Symp Math Stat Prob 1956; 4:135-148.

    Examples
    --------
    >>> e = odds_ratio_2x2(3, 1, 1, 3, method="exact")
    >>> round(e.estimate, 4), round(e.ci_low, 4), round(e.ci_high, 2)
    (6.4083, 0.2117, 626.24)
    """
    check_choice(method, "method", ODDS_RATIO_METHODS)
    check_confidence(confidence)
    cells = (
        whole_count(a, "a"),
        whole_count(b, "b"),
        whole_count(c, "c"),
        whole_count(d, "d"),
    )

    if method == "woolf":
        return _odds_ratio_woolf(cells, confidence)
    return _odds_ratio_exact(cells, confidence)


def _odds_ratio_woolf(cells: tuple[int, int, int, int], confidence: float) -> Estimate:
    a, b, c, d = cells
    if 0 in cells:
        return Estimate(
            statistic="odds_ratio",
            method="woolf",
            n=sum(cells),
            n_events=a + c,
            warning="a cell of the table is empty: no logarithm of the odds ratio",
        )
    log_ratio = log(a) + log(d) - log(b) - log(c)
    error = sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    half = standard_normal_quantile(1 - confidence) * error
    return Estimate(
        statistic="odds_ratio",
        method="woolf",
        estimate=a * d / (b * c),
        std_error=error,
        ci_low=exp(log_ratio - half),
        ci_high=exp(log_ratio + half),
        confidence=confidence,
        test_statistic=log_ratio / error,
        p_value=erfc(abs(log_ratio) / error / sqrt(2)),
        n=sum(cells),
        n_events=a + c,
    )


def _odds_ratio_exact(cells: tuple[int, int, int, int], confidence: float) -> Estimate:
    a, b, c, d = cells
    tables = Hypergeometric(a, b, c, d)
    if tables.support.size == 1:
        return Estimate(
            statistic="odds_ratio",
            method="conditional_exact",
            ci_low=0.0,
            ci_high=inf,
            confidence=1.0,
            p_value=1.0,
            n=sum(cells),
            n_events=a + c,
            warning="a row or column is empty: only one table has these margins",
        )
    low, high = tables.limits(1 - confidence)
    p_value = tables.p_value()
    disagree = (p_value < 1 - confidence) == (low <= 1 <= high)
    return Estimate(
        statistic="odds_ratio",
        method="conditional_exact",
        estimate=tables.odds_ratio(),
        ci_low=low,
        ci_high=high,
        confidence=confidence,
        p_value=p_value,
        n=sum(cells),
        n_events=a + c,
        warning=DISAGREEMENT if disagree else "",
    )
