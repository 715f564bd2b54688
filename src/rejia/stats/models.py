"""Models of a binary outcome: logistic regression, separation, area under the ROC."""

from collections.abc import Sequence
from math import inf, isfinite, isnan, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from rejia.estimate import Estimate
from rejia.stats._logistic import FloatArray
from rejia.stats._logistic_model import (
    Term,
    build_design,
    compute_terms,
    name_separation,
)
from rejia.stats._logistic_separation import Separation, recession

__all__ = ["Separation", "auc", "logistic", "separation"]

INFERENCES = {
    "wald": "logistic_maximum_likelihood_wald",
    "profile": "logistic_maximum_likelihood_profile_likelihood",
    "firth": "logistic_firth_penalized_profile_likelihood",
}


def logistic(
    outcome: ArrayLike,
    predictors: ArrayLike,
    *,
    names: Sequence[str],
    inference: str = "wald",
    confidence: float = 0.95,
) -> tuple[Estimate, ...]:
    """
    Odds ratios of a logistic model with an intercept.

    The model is log odds(outcome = 1) = a + b₁x₁ + … + bₖxₖ. Separation is looked
    for before anything is reported.

    Parameters
    ----------
    outcome : array_like of shape (n,)
        1 for an event, 0 for none.
    predictors : array_like of shape (n, k)
        One column a predictor, without a column of ones. A category enters as 0
        and 1 against its reference level.
    names : sequence of str
        Name of each column, used as `term` and in warnings.
    inference : {'wald', 'profile', 'firth'}
        ``wald``: maximum likelihood, z test and interval b ± z·SE. ``profile``:
        maximum likelihood, likelihood-ratio test and profile-likelihood interval.
        ``firth``: Firth's penalised likelihood, penalised likelihood-ratio test
        and penalised profile interval.
    confidence : float
        Confidence level of the intervals.

    Returns
    -------
    tuple of Estimate
        One a predictor, in the order of `names`. `estimate`, `ci_low` and `ci_high`
        are odds ratios per one unit of the predictor; above 1 when larger values
        go with the event. `std_error` is that of the log odds ratio, from the
        inverse Fisher information. `test_statistic` is Wald's z, or the
        likelihood-ratio chi-square on one degree of freedom.

    Raises
    ------
    ValueError
        If shapes do not fit, the outcome is not 0 and 1, a predictor is missing or
        infinite, or a choice is unknown.

    Notes
    -----
    Test and interval are of the same method: the interval leaves out 1 exactly when
    p < 1 − `confidence`.

    Firth's estimate maximises l(b) + ½ log det I(b). Tests and profiles keep the
    determinant of the whole information, as ``logistf`` does, not that of the
    model without the term.

    Not estimable, so `nan` and a warning: a constant predictor; predictors that are
    collinear (all that are involved; the others are estimated beside them); no
    events; only events; fewer observations than coefficients.

    Under separation maximum likelihood has no finite estimate: an odds ratio that
    runs off is `inf` or 0, without Wald test or interval; its likelihood-ratio test
    and one-sided profile limit exist and are given by ``profile``. Odds ratios that
    stay finite are limits, from the observations that are not separated, and say
    so. An odds ratio whose direction the data do not determine is `nan`.

    Predictors are standardised for the iterations; Newton's method stops when no
    component of the score exceeds 1e-10.

    References
    ----------
    .. [1] Firth D. Bias reduction of maximum likelihood estimates. Biometrika 1993;
       80:27-38.
    .. [2] Heinze G, Schemper M. A solution to the problem of separation in logistic
       regression. Stat Med 2002; 21:2409-2419.
    .. [3] Albert A, Anderson JA. On the existence of maximum likelihood estimates in
       logistic regression models. Biometrika 1984; 71:1-10.
    .. [4] Venzon DJ, Moolgavkar SH. A method for computing profile-likelihood-based
       confidence intervals. Appl Stat 1988; 37:87-94.

    Examples
    --------
    Exposed: 8 events of 20. Not exposed: 3 of 20. The odds ratio is
    (8 × 17) / (12 × 3).

    >>> outcome = [1] * 8 + [0] * 12 + [1] * 3 + [0] * 17
    >>> exposed = [[1]] * 20 + [[0]] * 20
    >>> (e,) = logistic(outcome, exposed, names=["exposed"], inference="wald")
    >>> round(e.estimate, 4), round(e.ci_low, 4), round(e.ci_high, 4)
    (3.7778, 0.8272, 17.2522)
    >>> (e,) = logistic(outcome, exposed, names=["exposed"], inference="profile")
    >>> round(e.ci_low, 4), round(e.ci_high, 4), round(e.p_value, 4)
    (0.8889, 20.0922, 0.0725)
    """
    y, x = _check_model(outcome, predictors, names)
    if inference not in INFERENCES:
        allowed = ", ".join(INFERENCES)
        raise ValueError(f"inference must be one of {allowed}, but got {inference!r}")
    _check_confidence(confidence)

    nothing = _why_no_model(y, len(names))
    if nothing:
        terms = [Term(warning=nothing)] * len(names)
    else:
        design = build_design(x, names)
        terms = compute_terms(y, design, names, inference, confidence)

    return tuple(
        _odds_ratio(term, name, INFERENCES[inference], y, confidence)
        for name, term in zip(names, terms, strict=True)
    )


def separation(
    outcome: ArrayLike, predictors: ArrayLike, *, names: Sequence[str] = ()
) -> Separation:
    """
    Say whether predictors separate events from non-events, which, and how.

    Parameters
    ----------
    outcome : array_like of shape (n,)
        1 for an event, 0 for none.
    predictors : array_like of shape (n, k)
        As for `logistic`.
    names : sequence of str
        Name of each column; without names they are ``column 0``, ``column 1``, …

    Returns
    -------
    Separation
        Kind, the predictors without a finite maximum-likelihood estimate, and the
        direction in which each runs off.

    Raises
    ------
    ValueError
        As for `logistic`.

    Notes
    -----
    Separation is complete when a combination of the predictors is above a bound for
    every event and below it for every non-event, quasi-complete when some lie on
    the bound [1]_. A maximum of the likelihood whose score is small enough proves
    that there is none. Otherwise linear programmes find the largest set of
    observations that can be separated [2]_; a coefficient is infinite when the
    other observations alone do not determine it, and its direction is found by
    maximising and minimising it over all separating combinations. With no events,
    or only events, the intercept alone separates. Constant and collinear predictors
    are left out, as the warning says: of collinear ones, the later in order.

    References
    ----------
    .. [1] Albert A, Anderson JA. On the existence of maximum likelihood estimates in
       logistic regression models. Biometrika 1984; 71:1-10.
    .. [2] Konis K. Linear programming algorithms for detecting separated data in
       binary logistic regression models. DPhil thesis, University of Oxford, 2007.

    Examples
    --------
    >>> found = separation([0, 0, 1, 1], [[1], [2], [2], [3]], names=["age"])
    >>> found.kind, found.names, found.directions, found.n_separated
    ('quasi', ('age',), ('up',), 2)
    >>> found.text
    "quasi-complete separation by 'age' (odds ratio tends to infinity)"
    """
    columns = np.asarray(predictors).shape[1] if np.ndim(predictors) == 2 else 0
    names = tuple(names) or tuple(f"column {i}" for i in range(columns))
    y, x = _check_model(outcome, predictors, names)
    if not len(y):
        return Separation("none", (), (), (), 0, 0, "no observations")
    if _why_no_model(y, 0):
        return Separation("complete", (), (), (), len(y), len(y), _why_no_model(y, 0))

    design = build_design(x, names)

    return name_separation(recession(y, design.x), design, names)


def auc(outcome: ArrayLike, score: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """
    Area under the ROC curve with DeLong's variance.

    Parameters
    ----------
    outcome : array_like of shape (n,)
        1 for an event, 0 for none.
    score : array_like of shape (n,)
        Larger values are taken to speak for the event.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        Probability that an event scores higher than a non-event, ties counting one
        half. `test_statistic` and `p_value` test 0.5 with the same standard error.

    Raises
    ------
    ValueError
        If shapes differ, the outcome is not 0 and 1, or a score is not finite.

    Notes
    -----
    With placements V of the m events among the non-events and of the r non-events
    among the events, the variance is var(V₁)/m + var(V₀)/r [1]_. The interval is
    Wald's, area ± z·SE, on the scale of the area itself (no logit), cut off at 0
    and 1. `nan`: no events or only events; variance with a single event or a single
    non-event, or when it is zero (a score that separates perfectly, or is constant).

    References
    ----------
    .. [1] DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or
       more correlated receiver operating characteristic curves: a nonparametric
       approach. Biometrics 1988; 44:837-845.

    Examples
    --------
    >>> e = auc([0, 0, 0, 1, 1, 1], [1, 2, 4, 2, 3, 5])
    >>> round(e.estimate, 4), round(e.std_error, 4)
    (0.7222, 0.2485)
    """
    y = _check_outcome(outcome)
    values = _check_finite(score, "score", 1)
    if len(values) != len(y):
        raise ValueError(
            f"score must have {len(y)} values like outcome, but got {len(values)}"
        )
    _check_confidence(confidence)

    area, std_error, warning = _delong(values[y == 1], values[y == 0])
    half = float(ndtri((1.0 + confidence) / 2.0)) * std_error
    z = nan if isnan(std_error) else (area - 0.5) / std_error

    return Estimate(
        statistic="auc",
        method="auc_delong_wald",
        estimate=area,
        std_error=std_error,
        ci_low=nan if isnan(half) else max(0.0, area - half),
        ci_high=nan if isnan(half) else min(1.0, area + half),
        confidence=confidence,
        test_statistic=z,
        p_value=float(2.0 * ndtr(-abs(z))),
        n=len(y),
        n_events=float(y.sum()),
        warning=warning,
    )


def _delong(events: FloatArray, others: FloatArray) -> tuple[float, float, str]:
    """Return area, its standard error, and why there is none."""
    m, r = len(events), len(others)
    if not m or not r:
        return nan, nan, "no events" if not m else "only events"
    pooled = _midranks(np.concatenate([events, others]))
    placed = (pooled[:m] - _midranks(events)) / r
    ref_placed = 1.0 - (pooled[m:] - _midranks(others)) / m
    area = float(placed.mean())
    if m == 1 or r == 1:
        which = "event" if m == 1 else "non-event"
        return area, nan, f"a single {which} has no variance"
    variance = float(placed.var(ddof=1) / m + ref_placed.var(ddof=1) / r)
    # Placements are multiples of 1/(2m) and 1/(2r): what is smaller is rounding.
    if variance < 1e-20:
        why = "the score is constant" if area == 0.5 else "the score separates"
        return area, nan, f"{why}, so that DeLong's variance is zero"
    return area, sqrt(variance), ""


def _midranks(values: FloatArray) -> FloatArray:
    """Rank from 1, ties sharing their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: FloatArray = (last - (counts - 1) / 2.0)[inverse]
    return ranks


def _odds_ratio(
    term: Term, name: str, method: str, y: FloatArray, confidence: float
) -> Estimate:
    with np.errstate(over="ignore"):
        ratio, low, high = np.exp([term.coefficient, term.low, term.high]).tolist()
    warning = term.warning
    if isfinite(term.coefficient) and ratio in (0.0, inf):
        warning = "the odds ratio is out of range; a larger unit would show it"
    return Estimate(
        statistic="odds_ratio",
        method=method,
        estimate=ratio,
        std_error=term.std_error,
        ci_low=low,
        ci_high=high,
        confidence=confidence,
        test_statistic=term.test_statistic,
        p_value=term.p_value,
        n=len(y),
        n_events=float(y.sum()),
        term=name,
        warning=warning,
    )


def _why_no_model(y: FloatArray, k: int) -> str:
    """Say why no odds ratio can be estimated at all; empty if one can."""
    if not len(y):
        return "no observations"
    if not y.any():
        return "no events"
    if y.all():
        return "only events"
    if len(y) <= k:
        return f"{len(y)} observations for {k + 1} coefficients (intercept included)"
    return ""


def _check_model(
    outcome: ArrayLike, predictors: ArrayLike, names: Sequence[str]
) -> tuple[FloatArray, FloatArray]:
    y = _check_outcome(outcome)
    x = _check_finite(predictors, "predictors", 2)
    if len(x) != len(y):
        raise ValueError(
            f"predictors must have {len(y)} rows like outcome, but got {len(x)}"
        )
    if not x.shape[1]:
        raise ValueError("predictors must have at least one column, but got 0")
    if isinstance(names, str) or len(names) != x.shape[1]:
        raise ValueError(
            f"names must be {x.shape[1]} texts, one a column of predictors, "
            f"but got {names!r}"
        )
    if len(set(names)) != len(names):
        raise ValueError(f"names must differ, but got {', '.join(names)}")
    return y, x


def _check_outcome(outcome: ArrayLike) -> FloatArray:
    y = _check_finite(outcome, "outcome", 1)
    strange = y[(y != 0) & (y != 1)]
    if len(strange):
        raise ValueError(f"outcome must hold 0 and 1 only, but got {strange[0]:g}")
    return y


def _check_finite(values: ArrayLike, name: str, dimensions: int) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != dimensions:
        raise ValueError(
            f"{name} must have {dimensions} dimension(s), but got {array.ndim}"
        )
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        place = ", column ".join(str(i) for i in bad[0])
        raise ValueError(
            f"{name} must be finite (drop missing values before), "
            f"but got {array[tuple(bad[0])]} in row {place}"
        )
    return array


def _check_confidence(confidence: float) -> None:
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must be between 0 and 1, but got {confidence!r}")
