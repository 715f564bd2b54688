"""Reading error: limits of agreement, smallest detectable change and difference."""

from dataclasses import replace
from math import nan, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import nctdtrit, ndtri, stdtr, stdtrit

from rejia.estimate import Estimate

FloatArray = NDArray[np.float64]

LIMITS = ("approximate", "exact")
_Z = float(ndtri(0.975))  # the limits of agreement enclose 95 %, whatever else


def bland_altman(
    first: ArrayLike,
    second: ArrayLike,
    *,
    limits: str = "approximate",
    confidence: float = 0.95,
) -> tuple[Estimate, Estimate, Estimate]:
    """
    Bias and 95 % limits of agreement of two methods or readers.

    Parameters
    ----------
    first, second : array_like of shape (n,)
        Paired measurements in the same unit.
    limits : {'approximate', 'exact'}
        Intervals of the two limits: Bland and Altman's, or by the noncentral t
        distribution. The limits themselves are the same.
    confidence : float
        Confidence level of the three intervals; the limits always enclose 95 %.

    Returns
    -------
    tuple of Estimate
        ``bias`` (mean of first − second, positive when `first` reads higher, with
        its paired t test), ``limit_of_agreement_low`` and
        ``limit_of_agreement_high``.

    Raises
    ------
    ValueError
        If the arrays differ in length or hold missing values, or a choice is
        unknown.

    Notes
    -----
    With d̄ and s the mean and standard deviation (n − 1) of the differences and
    z = 1.95996: limits d̄ ± z s; bias interval d̄ ± t s/√n. A limit has standard error
    s √(1/n + z²/(2(n − 1))); its approximate interval is that times t on n − 1 degrees
    of freedom [1]_. The exact interval of the upper limit is d̄ + s q/√n, where q are
    quantiles of the noncentral t with noncentrality z√n; that of the lower limit is
    its mirror image [2]_. Both assume normal differences whose spread does not
    depend on size; the exact ones are longer outwards than inwards.

    `nan`, with a warning: everything without pairs; all but the bias with one pair;
    intervals and tests when all differences are equal.

    References
    ----------
    .. [1] Bland JM, Altman DG. Measuring agreement in method comparison studies.
       Stat Methods Med Res 1999; 8:135-160.
    .. [2] Carkeet A. Exact parametric confidence intervals for Bland-Altman limits
       of agreement. Optom Vis Sci 2015; 92:e71-e80.

    Examples
    --------
    >>> bias, low, high = bland_altman([12.1, 9.8, 14.0, 11.2], [11.6, 9.9, 13.1, 10.9])
    >>> round(bias.estimate, 3), round(low.estimate, 3), round(high.estimate, 3)
    (0.4, -0.416, 1.216)
    """
    if limits not in LIMITS:
        raise ValueError(
            f"limits must be one of {', '.join(LIMITS)}, but got {limits!r}"
        )
    _check_level(confidence, "confidence")
    x, y = _check_values(first, "first"), _check_values(second, "second")
    if len(x) != len(y):
        raise ValueError(
            f"second must have {len(x)} values like first, but got {len(y)}"
        )

    n = len(x)
    bias, s, warning = _mean_and_spread(x, y)
    varies = s > 0.0
    error = s / sqrt(n) if varies else nan
    t = float(stdtrit(n - 1, (1.0 + confidence) / 2.0)) if varies else nan
    ratio = bias / error
    inner, outer = _limit_margins(n, limits, confidence) if varies else (nan, nan)
    limit_error = s * _limit_spread(n) if varies else nan
    low, high = bias - _Z * s, bias + _Z * s

    method = f"bland_altman_{limits}"
    given = Estimate(
        statistic="bias",
        method="paired_mean_student_t",
        estimate=bias,
        std_error=error,
        ci_low=bias - t * error,
        ci_high=bias + t * error,
        confidence=confidence,
        test_statistic=ratio,
        p_value=float(2.0 * stdtr(n - 1, -abs(ratio))) if varies else nan,
        n=n,
        warning=warning,
    )
    limit = replace(
        given,
        method=method,
        std_error=limit_error,
        test_statistic=nan,
        p_value=nan,
    )
    return (
        given,
        replace(
            limit,
            statistic="limit_of_agreement_low",
            estimate=low,
            ci_low=low - outer * s,
            ci_high=low - inner * s,
        ),
        replace(
            limit,
            statistic="limit_of_agreement_high",
            estimate=high,
            ci_low=high + inner * s,
            ci_high=high + outer * s,
        ),
    )


def smallest_detectable_change(changes: ArrayLike, *, k: int, level: float) -> Estimate:
    """
    Smallest change that exceeds the error of the readers (SDC).

    Parameters
    ----------
    changes : array_like of shape (n, 2)
        Change scores of the same patients, one column a reader.
    k : int
        Number of readers whose mean is the score that will be judged.
    level : float
        Level of the limits: 0.95 or, as some propose, 0.80.

    Returns
    -------
    Estimate
        The SDC in units of the score. A change larger than it (strictly) is beyond
        reading error.

    Raises
    ------
    ValueError
        If `changes` has not two columns of finite numbers, `k` is not a positive
        whole number, or `level` is not between 0 and 1.

    Notes
    -----
    SDC = z s/(√2 √k), s the standard deviation (n − 1) of the differences between
    the readers' changes: s/√2 is the error of one reader's change [1]_. At level
    0.95 z is 1.96, as the definition prints it; at other levels it is the normal
    quantile (1.2816 at 0.80).

    A systematic difference between the readers is not part of it: see
    `bland_altman`. Where a scale has a floor, many changes of zero make the SDC
    smaller than one unit of the score. `nan`: fewer than two patients.

    References
    ----------
    .. [1] Bruynesteyn K, Boers M, Kostense P, van der Linden S, van der Heijde D.
       Deciding on progression of joint damage in paired films of individual
       patients: smallest detectable difference or change. Ann Rheum Dis 2005;
       64:179-182.

    Examples
    --------
    >>> first = [0, 1, 3, -1, 2, 5, 0, 4]
    >>> second = [1, 1, 2, 0, 2, 3, -1, 6]
    >>> changes = list(zip(first, second))
    >>> round(smallest_detectable_change(changes, k=2, level=0.95).estimate, 6)
    1.283121
    """
    return _smallest_detectable(
        _check_pairs(changes, "changes"), "smallest_detectable_change", 2.0, k, level
    )


def smallest_detectable_difference(
    statuses: ArrayLike, *, k: int, level: float
) -> Estimate:
    """
    Smallest difference of two status scores that exceeds reading error (SDD).

    Parameters
    ----------
    statuses : array_like of shape (n, 2)
        Status scores of the same patients at one visit, one column a reader.
    k : int
        Number of readers whose mean is the score that will be judged.
    level : float
        Level of the limits.

    Returns
    -------
    Estimate
        The SDD in units of the score.

    Raises
    ------
    ValueError
        As for `smallest_detectable_change`.

    Notes
    -----
    SDD = z s/√k, s the standard deviation (n − 1) of the differences between the
    readers' statuses, z as for `smallest_detectable_change`. Two visits double the
    error, hence no √2. For k = 1 it is 1.96 √2 SEM, which software often calls SDC.
    Films read in pairs are judged by the SDC; the SDD overestimates their error
    [1]_.

    References
    ----------
    .. [1] As for `smallest_detectable_change`.

    Examples
    --------
    >>> first = [10, 4, 7, 0, 12, 20, 3, 8]
    >>> second = [9, 5, 7, 1, 14, 18, 3, 9]
    >>> statuses = list(zip(first, second))
    >>> round(smallest_detectable_difference(statuses, k=2, level=0.95).estimate, 6)
    1.776401
    """
    return _smallest_detectable(
        _check_pairs(statuses, "statuses"),
        "smallest_detectable_difference",
        1.0,
        k,
        level,
    )


def _smallest_detectable(
    pairs: FloatArray, statistic: str, readings: float, k: int, level: float
) -> Estimate:
    """Return z s/√(readings · k); `readings` is 2 for changes, 1 for statuses."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k must be a whole number of readers from 1, but got {k!r}")
    _check_level(level, "level")
    # The definition prints 1.96, and scores are compared with its value.
    z = 1.96 if level == 0.95 else float(ndtri((1.0 + level) / 2.0))
    _, s, warning = _mean_and_spread(pairs[:, 0], pairs[:, 1])
    return Estimate(
        statistic=statistic,
        method=f"{statistic}_z_{z:.6g}_readers_{k}_level_{level:g}",
        estimate=z * s / sqrt(readings * k),
        n=len(pairs),
        warning=warning,
    )


def _mean_and_spread(first: FloatArray, second: FloatArray) -> tuple[float, float, str]:
    """Return mean and standard deviation (n − 1) of differences, and a warning."""
    differences = first - second
    n = len(differences)
    if n == 0:
        return nan, nan, "no pairs"
    mean = float(differences.mean())
    if n == 1:
        return mean, nan, "one pair has no spread"
    s = float(differences.std(ddof=1))
    # Equal differences of decimals leave a spread that is rounding only.
    size = float(max(np.max(np.abs(first)), np.max(np.abs(second))))
    if s <= 8.0 * np.finfo(np.float64).eps * size:
        return mean, 0.0, "all differences are equal, so they show no error"
    return mean, s, ""


def _limit_spread(n: int) -> float:
    """Return the standard error of a limit of agreement, in units of s."""
    return sqrt(1.0 / n + _Z * _Z / (2.0 * (n - 1)))


def _limit_margins(n: int, limits: str, confidence: float) -> tuple[float, float]:
    """Return how far the interval of the upper limit reaches in and out, in s."""
    if limits == "approximate":
        margin = float(stdtrit(n - 1, (1.0 + confidence) / 2.0)) * _limit_spread(n)
        return -margin, margin
    shares = ((1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0)
    inner, outer = (
        float(nctdtrit(n - 1, _Z * sqrt(n), share)) / sqrt(n) - _Z for share in shares
    )
    return inner, outer


def _check_values(values: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, but got {array.ndim}")
    return _check_finite(array, name)


def _check_pairs(values: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        array = array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(
            f"{name} must have two columns, one a reader, but got shape {array.shape}"
        )
    return _check_finite(array, name)


def _check_finite(array: FloatArray, name: str) -> FloatArray:
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        raise ValueError(
            f"{name} must be finite (drop missing values before), "
            f"but got {array[tuple(bad[0])]} in row {bad[0][0]}"
        )
    return array


def _check_level(level: float, name: str) -> None:
    if not 0.0 < level < 1.0:
        raise ValueError(f"{name} must be between 0 and 1, but got {level!r}")
