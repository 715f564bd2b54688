"""Rubin's rules: one estimate from those of several imputed data sets."""

from dataclasses import dataclass
from math import inf, isfinite, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

__all__ = ["Pooled", "pool"]


@dataclass(frozen=True, slots=True)
class Pooled:
    """
    An estimate over imputed data sets.

    Attributes
    ----------
    estimate, std_error : float
        Mean of the estimates, and the root of its total variance.
    within, between : float
        Mean of the variances, and variance of the estimates.
    df : float
        Degrees of freedom of Barnard and Rubin.
    ci_low, ci_high : float
        Limits by Student's t.
    t, p_value : float
        Test that the estimate is 0, two-sided.
    missing_information : float
        Fraction of information that is missing.
    """

    estimate: float
    std_error: float
    within: float
    between: float
    df: float
    ci_low: float
    ci_high: float
    t: float
    p_value: float
    missing_information: float


def pool(
    estimates: ArrayLike,
    variances: ArrayLike,
    *,
    df_complete: float = inf,
    confidence: float = 0.95,
) -> Pooled:
    """
    Pool estimates of imputed data sets by Rubin's rules.

    Parameters
    ----------
    estimates, variances : array_like of shape (m,)
        Of each data set, on a scale on which they are about normal: log odds ratios.
    df_complete : float
        Degrees of freedom if nothing were missing; infinite for a z test.
    confidence : float
        Level of the limits.

    Returns
    -------
    Pooled

    Raises
    ------
    ValueError
        If there are fewer than two data sets, lengths differ, a value is not finite
        or a variance not positive, or `df_complete` or `confidence` are out of range.

    Notes
    -----
    With m data sets the total variance is T = W + (1 + 1/m) B, W the mean of the
    variances and B the variance of the estimates [1]_. With λ = (1 + 1/m) B / T the
    degrees of freedom are ν = 1 / (1/ν₁ + 1/ν₂), ν₁ = (m − 1) / λ² and
    ν₂ = (ν₀ + 1) / (ν₀ + 3) · ν₀ (1 − λ), ν₀ those of complete data [2]_. The fraction
    of missing information is (r + 2 / (ν + 3)) / (r + 1), r = (1 + 1/m) B / W.

    References
    ----------
    .. [1] Rubin DB. Multiple imputation for nonresponse in surveys. New York: Wiley;
       1987. Section 3.3.
    .. [2] Barnard J, Rubin DB. Small-sample degrees of freedom with multiple
       imputation. Biometrika 1999; 86:948-955.

    Examples
    --------
    Estimates 1, 2 and 3 with variance 1 each: W = 1, B = 1, T = 1 + 4/3.

    >>> found = pool([1, 2, 3], [1, 1, 1])
    >>> round(found.estimate, 4), round(found.std_error, 4), round(found.df, 4)
    (2.0, 1.5275, 6.125)
    """
    q, u = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    _check(q, u, df_complete, confidence)
    m = len(q)
    within, between = float(u.mean()), float(q.var(ddof=1))
    extra = (1 + 1 / m) * between
    total = within + extra
    share = extra / total
    df = _degrees(m, share, df_complete)
    error = sqrt(total)
    mean = float(q.mean())
    half = float(student.ppf((1 + confidence) / 2, df)) * error
    ratio = extra / within
    return Pooled(
        estimate=mean,
        std_error=error,
        within=within,
        between=between,
        df=df,
        ci_low=mean - half,
        ci_high=mean + half,
        t=mean / error,
        p_value=float(2 * student.sf(abs(mean) / error, df)),
        missing_information=(ratio + 2 / (df + 3)) / (ratio + 1),
    )


def _degrees(m: int, share: float, complete: float) -> float:
    """Return the degrees of freedom of Barnard and Rubin."""
    # Where nothing is missing, or complete data have no end of them, one term is 0.
    between = share**2 / (m - 1)
    if isfinite(complete):
        observed = (complete + 1) / (complete + 3) * complete * (1 - share)
        return 1 / (between + 1 / observed)
    return 1 / between if between > 0 else inf


def _check(
    estimates: np.ndarray, variances: np.ndarray, df_complete: float, confidence: float
) -> None:
    if estimates.ndim != 1 or estimates.shape != variances.shape:
        raise ValueError(
            "estimates and variances must be of one length, but got shapes "
            f"{estimates.shape} and {variances.shape}"
        )
    if len(estimates) < 2:
        raise ValueError(f"estimates must be at least 2, but got {len(estimates)}")
    if not np.isfinite(estimates).all():
        raise ValueError("estimates must be finite, but got nan or inf")
    if not np.isfinite(variances).all() or (variances <= 0).any():
        raise ValueError("variances must be finite and above 0, but got another")
    if not df_complete > 0:
        raise ValueError(f"df_complete must be above 0, but got {df_complete}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, but got {confidence}")
