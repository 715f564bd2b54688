"""Rates of events over an exposure time, with exact Poisson limits and tests."""

from math import inf, isfinite, log

import numpy as np
from scipy import special

from rejia.estimate import Estimate
from rejia.stats._exact_tables_2x2 import RELATIVE_TOLERANCE
from rejia.stats._exact_tables_arguments import (
    DISAGREEMENT,
    check_confidence,
    whole_count,
)
from rejia.stats._exact_tables_binomial import clopper_pearson, odds


def poisson_rate(
    events: float, exposure: float, *, confidence: float = 0.95
) -> Estimate:
    r"""
    Rate of events per unit of exposure, with Garwood's exact interval.

    Parameters
    ----------
    events : int
        Number of events.
    exposure : float
        Time at risk, for instance patient-years.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        ``events / exposure``, in the inverse unit of the exposure. There is no
        hypothesis, so no p-value; n is not known, as exposure is no count.

    Raises
    ------
    ValueError
        If events is no whole number, exposure is negative or not finite, or there are
        events without exposure.

    Notes
    -----
    :math:`\chi^2_{2x, \alpha/2} / 2T` to :math:`\chi^2_{2x + 2, 1 - \alpha/2} / 2T`
    [1]_; the lower limit is 0 without events. Without exposure there is no estimate.

    References
    ----------
    .. [1] Garwood F. Fiducial limits for the Poisson distribution. Biometrika 1936;
       28:437-442.

    Examples
    --------
    >>> e = poisson_rate(10, 250.0)
    >>> round(e.estimate, 4), round(e.ci_low, 4), round(e.ci_high, 4)
    (0.04, 0.0192, 0.0736)
    """
    check_confidence(confidence)
    x, time = _events_over(events, exposure, "events", "exposure")

    if time == 0:
        return Estimate(
            statistic="rate", method="garwood_exact", n_events=x, warning="no exposure"
        )
    tail = (1 - confidence) / 2
    return Estimate(
        statistic="rate",
        method="garwood_exact",
        estimate=x / time,
        ci_low=float(special.gammaincinv(x, tail)) / time if x else 0.0,
        ci_high=float(special.gammainccinv(x + 1, tail)) / time,
        confidence=confidence,
        n_events=x,
    )


def rate_ratio(
    events: float,
    exposure: float,
    ref_events: float,
    ref_exposure: float,
    *,
    confidence: float = 0.95,
) -> Estimate:
    r"""
    Ratio of two rates, exact given the total number of events.

    Parameters
    ----------
    events, exposure : int, float
        Events and time at risk in the group.
    ref_events, ref_exposure : int, float
        The same in the reference group.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        Rate of the group over rate of the reference; above 1 when events are more
        frequent in the group. Infinite without events in the reference.

    Raises
    ------
    ValueError
        If a number of events is no whole number, an exposure is negative or not finite,
        or there are events without exposure.

    Notes
    -----
    Given all events, those of the group are binomial with probability
    :math:`\pi = \rho T / (\rho T + T_0)`. The limits of :math:`\rho` come from the
    Clopper-Pearson limits of :math:`\pi`; the p-value of :math:`\rho = 1` sums the
    probabilities of all outcomes not more probable than the observed one, within a
    relative 1e-7 [1]_, as R's ``poisson.test`` does. Interval and p-value order the
    outcomes differently, so that they can disagree about 1; the warning says so where
    they do. Without events in both groups, or without exposure in one, there is no
    estimate.

    References
    ----------
    .. [1] Lehmann EL, Romano JP. Testing statistical hypotheses. 3rd ed. New York:
       Springer, 2005; section 4.5 (conditional test); the choice of the two tails is
       that of ``binom.test``.

    Examples
    --------
    >>> e = rate_ratio(11, 800, 3, 1011)
    >>> round(e.estimate, 3), round(e.ci_low, 3), round(e.ci_high, 3)
    (4.634, 1.224, 25.867)
    """
    check_confidence(confidence)
    x, time = _events_over(events, exposure, "events", "exposure")
    ref_x, ref_time = _events_over(
        ref_events, ref_exposure, "ref_events", "ref_exposure"
    )

    if time == 0 or ref_time == 0 or x + ref_x == 0:
        no_time = time == 0 or ref_time == 0
        return Estimate(
            statistic="rate_ratio",
            method="conditional_binomial_exact",
            n_events=x + ref_x,
            warning="no exposure in a group"
            if no_time
            else "no events in either group",
        )
    limits = odds(clopper_pearson(x, x + ref_x, 1 - confidence))
    low, high = (limit * ref_time / time for limit in limits)
    p_value = _binomial_p_value(x, x + ref_x, log(time) - log(ref_time))
    disagree = (p_value < 1 - confidence) == (low <= 1 <= high)
    return Estimate(
        statistic="rate_ratio",
        method="conditional_binomial_exact",
        estimate=x / time / (ref_x / ref_time) if ref_x else inf,
        ci_low=low,
        ci_high=high,
        confidence=confidence,
        p_value=p_value,
        n_events=x + ref_x,
        warning=DISAGREEMENT if disagree else "",
    )


def _events_over(
    events: float, exposure: float, events_name: str, exposure_name: str
) -> tuple[int, float]:
    x = whole_count(events, events_name)
    if not isfinite(exposure) or exposure < 0:
        raise ValueError(
            f"{exposure_name} must be a finite number, 0 or more, but got {exposure}"
        )
    if exposure == 0 and x > 0:
        raise ValueError(
            f"{exposure_name} must be above 0 where there are {events_name} ({x}), "
            "but got 0"
        )
    return x, float(exposure)


def _binomial_p_value(x: int, n: int, log_odds: float) -> float:
    """Sum the probabilities of all outcomes not more probable than x of n."""
    k = np.arange(n, dtype=np.float64)
    # Ratios of neighbours keep the digits that differences of factorials lose.
    ratio = np.log((n - k) / (k + 1)) + log_odds
    log_weight = np.concatenate([[0.0], np.cumsum(ratio)])
    limit = log_weight[x] + np.log1p(RELATIVE_TOLERANCE)
    weight = np.exp(log_weight - log_weight.max())
    return min(float(weight[log_weight <= limit].sum() / weight.sum()), 1.0)
