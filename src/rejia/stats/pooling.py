"""Estimates of several cohorts, pooled with random effects, and how they differ."""

from dataclasses import dataclass, field
from math import inf, isfinite, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from rejia.estimate import Estimate
from rejia.stats._exact_tables_arguments import check_choice, check_confidence

FloatArray = NDArray[np.float64]

METHODS = ("dersimonian_laird", "reml")
INTERVALS = ("normal", "hartung_knapp")
# Points at which the restricted likelihood is looked at before its peak is refined.
_POINTS = 241


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """
    What several estimates say together.

    Attributes
    ----------
    estimate : Estimate
        Mean over cohorts, on the scale of the input; `n` counts cohorts.
    tau2, tau2_low, tau2_high : float
        Variance between cohorts, and its Q-profile interval.
    i2 : float
        Share of the variance of a typical estimate that lies between cohorts, 0 to 1.
    q, q_p_value : float
        Cochran's Q and its p-value, chi-squared with one degree of freedom less than
        there are cohorts.
    prediction_low, prediction_high : float
        Where the true value of one further cohort is expected; `nan` under three.
    weights : tuple of float
        Share of each cohort in the mean.
    """

    estimate: Estimate
    tau2: float = nan
    tau2_low: float = nan
    tau2_high: float = nan
    i2: float = nan
    q: float = nan
    q_p_value: float = nan
    prediction_low: float = nan
    prediction_high: float = nan
    weights: tuple[float, ...] = field(default=())


def pool(
    estimates: ArrayLike,
    std_errors: ArrayLike,
    *,
    method: str = "reml",
    interval: str = "hartung_knapp",
    confidence: float = 0.95,
) -> Pooled:
    r"""
    Pool the estimates of independent cohorts with random effects.

    Parameters
    ----------
    estimates, std_errors : array of float
        One of each a cohort, on a scale on which estimates are about normal: the
        logarithm of an odds ratio.
    method : {"dersimonian_laird", "reml"}
        How the variance between cohorts is estimated.
    interval : {"normal", "hartung_knapp"}
        How test and interval of the mean are made.
    confidence : float
        Confidence level of all three intervals.

    Returns
    -------
    Pooled
        Of a single cohort only its warning.

    Raises
    ------
    ValueError
        If the arrays differ in length, are empty, or hold anything but finite estimates
        and positive standard errors.

    Notes
    -----
    With :math:`v_i = s_i^2`, :math:`w_i = 1 / (v_i + \tau^2)` and
    :math:`\hat\mu = \sum w_i y_i / \sum w_i`:

    - ``dersimonian_laird``: :math:`\tau^2 = \max(0, (Q - (k - 1)) / c)` with
      :math:`Q = \sum v_i^{-1} (y_i - \hat\mu_0)^2`,
      :math:`c = \sum v_i^{-1} - \sum v_i^{-2} / \sum v_i^{-1}` [1]_.
    - ``reml``: the maximum over :math:`\tau^2 \ge 0` of
      :math:`-\tfrac12 (\sum \log (v_i + \tau^2) + \log \sum w_i
      + \sum w_i (y_i - \hat\mu)^2)` [2]_; looked for on a grid first, as it may have
      two peaks.
    - ``normal``: variance :math:`1 / \sum w_i`, normal distribution.
    - ``hartung_knapp``: variance
      :math:`\sum w_i (y_i - \hat\mu)^2 / ((k - 1) \sum w_i)`, t with :math:`k - 1`
      degrees of freedom [3]_. Where the cohorts are more alike than chance makes them
      this is narrower than ``normal``, and the warning says so.

    :math:`I^2 = \tau^2 / (\tau^2 + \tilde v)` with the typical variance
    :math:`\tilde v = (k - 1) / c` [4]_. The interval of :math:`\tau^2` holds the values
    under which :math:`Q(\tau^2)` is no surprise (Q-profile [2]_). The prediction
    interval is :math:`\hat\mu \pm t_{k-2} \sqrt{\tau^2 + s^2}`, s the standard error
    of the mean [5]_.

    References
    ----------
    .. [1] DerSimonian R, Laird N. Meta-analysis in clinical trials. Control Clin Trials
       1986; 7:177-188.
    .. [2] Viechtbauer W. Confidence intervals for the amount of heterogeneity in
       meta-analysis. Stat Med 2007; 26:37-52.
    .. [3] Knapp G, Hartung J. Improved tests for a random effects meta-regression with
       a single covariate. Stat Med 2003; 22:2693-2710.
    .. [4] Higgins JPT, Thompson SG. Quantifying heterogeneity in a meta-analysis. Stat
       Med 2002; 21:1539-1558.
    .. [5] Higgins JPT, Thompson SG, Spiegelhalter DJ. A re-evaluation of random-effects
       meta-analysis. J R Stat Soc A 2009; 172:137-159.

    Examples
    --------
    >>> p = pool([0.41, -0.08, 0.62, 0.20], [0.21, 0.17, 0.30, 0.12])
    >>> round(p.estimate.estimate, 3), round(p.tau2, 4), round(p.i2, 2)
    (0.226, 0.03, 0.47)
    """
    check_choice(method, "method", METHODS)
    check_choice(interval, "interval", INTERVALS)
    check_confidence(confidence)
    y, v = _checked(estimates, std_errors)
    name, k = f"random_effects_{method}_{interval}", len(y)
    if k == 1:
        only = Estimate(
            statistic="pooled", method=name, n=1, warning="one cohort: nothing to pool"
        )
        return Pooled(estimate=only)

    tau2 = _dersimonian_laird(y, v) if method == METHODS[0] else _reml(y, v)
    w = 1 / (v + tau2)
    mean = float(w @ y / w.sum())
    plain = 1 / sqrt(w.sum())
    error = plain
    if interval == "hartung_knapp":
        error = sqrt(float(w @ (y - mean) ** 2) / ((k - 1) * w.sum()))
    law = stats.t(k - 1) if interval == "hartung_knapp" else stats.norm()
    reach = float(law.ppf((1 + confidence) / 2))
    test = mean / error if error > 0 else nan

    q = float(_q(0.0, y, v))
    low, high = _q_profile(y, v, confidence)
    ahead = (
        float(stats.t.ppf((1 + confidence) / 2, k - 2)) * sqrt(tau2 + error**2)
        if k > 2
        else nan
    )
    found = Estimate(
        statistic="pooled",
        method=name,
        estimate=mean,
        std_error=error,
        ci_low=mean - reach * error if error > 0 else nan,
        ci_high=mean + reach * error if error > 0 else nan,
        confidence=confidence,
        test_statistic=test,
        p_value=2 * float(law.sf(abs(test))),
        n=k,
        warning=_warning(k, error, plain, reach, confidence),
    )
    return Pooled(
        estimate=found,
        tau2=tau2,
        tau2_low=low,
        tau2_high=high,
        i2=tau2 / (tau2 + (k - 1) / _spread(v)),
        q=q,
        q_p_value=float(stats.chi2.sf(q, k - 1)),
        prediction_low=mean - ahead,
        prediction_high=mean + ahead,
        weights=tuple(float(share) for share in w / w.sum()),
    )


def _checked(estimates: ArrayLike, std_errors: ArrayLike) -> tuple[FloatArray, ...]:
    y, s = (np.asarray(a, dtype=float).ravel() for a in (estimates, std_errors))
    if len(y) == 0 or len(y) != len(s):
        raise ValueError(
            "estimates and std_errors must be as many, and at least one, but got "
            f"{len(y)} and {len(s)}"
        )
    for name, values, good in (
        ("estimates", y, np.isfinite(y)),
        ("std_errors", s, np.isfinite(s) & (s > 0)),
    ):
        if not good.all():
            what = "finite" if name == "estimates" else "finite and above 0"
            raise ValueError(f"{name} must be {what}, but got {values[~good][0]}")
    return y, s**2


def _warning(
    k: int, error: float, plain: float, reach: float, confidence: float
) -> str:
    parts = []
    if k == 2:
        parts.append("two cohorts tell little of the variance between cohorts")
    if error == 0:
        parts.append("equal estimates: Hartung-Knapp gives no interval")
    elif reach * error < stats.norm.ppf((1 + confidence) / 2) * plain * (1 - 1e-12):
        parts.append("narrower than the normal interval: cohorts are very alike")
    return "; ".join(parts)


def _q(tau2: float, y: FloatArray, v: FloatArray) -> float:
    """Return Cochran's Q with weights under a variance between cohorts."""
    w = 1 / (v + tau2)
    return float(w @ (y - w @ y / w.sum()) ** 2)


def _spread(v: FloatArray) -> float:
    """Return the factor by which the variance between cohorts raises Q."""
    w = 1 / v
    return float(w.sum() - w @ w / w.sum())


def _dersimonian_laird(y: FloatArray, v: FloatArray) -> float:
    return max(0.0, (_q(0.0, y, v) - (len(y) - 1)) / _spread(v))


def _reml(y: FloatArray, v: FloatArray) -> float:
    """Return the variance between cohorts of highest restricted likelihood."""

    def minus_likelihood(tau2: float) -> float:
        w = 1 / (v + tau2)
        return float(-np.log(w).sum() + np.log(w.sum()) + _q(tau2, y, v)) / 2

    def score(tau2: float) -> float:
        w = 1 / (v + tau2)
        residual = y - w @ y / w.sum()
        return float((w**2) @ residual**2 - w.sum() + w @ w / w.sum())

    # Beyond the spread of the estimates the likelihood only falls.
    top = max(float(np.ptp(y)) ** 2, float(v.min()) * 1e-6)
    grid = np.concatenate([[0.0], np.geomspace(top * 1e-9, top * 4, _POINTS)])
    best = int(np.argmin([minus_likelihood(t) for t in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, _POINTS)]
    if score(low) <= 0 or score(high) >= 0:
        return float(grid[best])
    return float(optimize.brentq(score, low, high, xtol=1e-15, rtol=1e-13))


def _q_profile(y: FloatArray, v: FloatArray, confidence: float) -> tuple[float, float]:
    """Return the limits of the variance between cohorts; both 0 where none fits."""
    tail, freedom = (1 - confidence) / 2, len(y) - 1

    def limit(wanted: float) -> float:
        if _q(0.0, y, v) <= wanted:
            return 0.0
        high = max(float(np.ptp(y)) ** 2, 1e-12)
        while _q(high, y, v) > wanted and isfinite(high):
            high *= 4
        if not isfinite(high):
            return inf
        found = optimize.brentq(
            lambda t: _q(t, y, v) - wanted, 0.0, high, xtol=1e-15, rtol=1e-13
        )
        return float(found)

    return (
        limit(float(stats.chi2.ppf(1 - tail, freedom))),
        limit(float(stats.chi2.ppf(tail, freedom))),
    )
