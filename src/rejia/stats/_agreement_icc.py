"""Agreement on measurements of several readers: intraclass correlation."""

from math import inf, isnan, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, fdtri

from rejia.estimate import Estimate

FloatArray = NDArray[np.float64]

FORMS = {
    "1,1": "icc_1,1_one_way_random_single (Shrout-Fleiss 1,1)",
    "1,k": "icc_1,k_one_way_random_average (Shrout-Fleiss 1,k)",
    "A,1": "icc_A,1_two_way_random_absolute_single (Shrout-Fleiss 2,1)",
    "A,k": "icc_A,k_two_way_random_absolute_average (Shrout-Fleiss 2,k)",
    "C,1": "icc_C,1_two_way_mixed_consistency_single (Shrout-Fleiss 3,1)",
    "C,k": "icc_C,k_two_way_mixed_consistency_average (Shrout-Fleiss 3,k)",
}
_FEWEST_DEGREES = 0.05  # below, quantiles of F exceed 1e60


def icc(ratings: ArrayLike, *, form: str = "1,1", confidence: float = 0.95) -> Estimate:
    """
    Intraclass correlation of several readers who all rated the same subjects.

    Parameters
    ----------
    ratings : array_like of shape (n, k)
        One row a subject, one column a reader.
    form : {'1,1', '1,k', 'A,1', 'A,k', 'C,1', 'C,k'}
        McGraw and Wong's names: one-way; two-way with absolute agreement; two-way
        with consistency; of one rating or of the mean of k. Shrout and Fleiss
        call them (1,1), (1,k), (2,1), (2,k), (3,1), (3,k); `method` gives both.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        The correlation, not cut at 0. `test_statistic` is the F ratio of subjects
        to error; `p_value` tests a correlation of 0 against a larger one (one
        tail), as is usual for F. `n` counts subjects.

    Raises
    ------
    ValueError
        If ratings are not a table of finite numbers with two columns or more, or
        the form is unknown.

    Notes
    -----
    With mean squares of subjects MSR, readers MSC, error MSE, and MSW within
    subjects [1]_ (tables 4 and 7):

    - 1,1: (MSR − MSW)/(MSR + (k−1)MSW)
    - A,1: (MSR − MSE)/(MSR + (k−1)MSE + k(MSC − MSE)/n)
    - C,1: (MSR − MSE)/(MSR + (k−1)MSE)

    and the k forms are their Spearman-Brown values kρ/(1 + (k−1)ρ). Intervals are
    from the F distribution; those of the A forms use Satterthwaite's degrees of
    freedom, so they are approximate.

    `nan`, with a warning: fewer than two subjects; no variance between subjects nor
    of error; estimated variances (subjects, readers, error) that do not sum to more
    than 0, which happens when readers contradict each other. Without variance of
    error, or between subjects, the estimate stands, interval and test do not; nor
    does an approximate interval that leaves out the estimate. A lower limit of a mean
    of k is −inf where that of one rating is at or below −1/(k − 1).

    References
    ----------
    .. [1] McGraw KO, Wong SP. Forming inferences about some intraclass correlation
       coefficients. Psychol Methods 1996; 1:30-46; correction 1:390.
    .. [2] Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater
       reliability. Psychol Bull 1979; 86:420-428.

    Examples
    --------
    Shrout and Fleiss, table 2: six targets, four judges.

    >>> judges = [
    ...     [9, 2, 5, 8],
    ...     [6, 1, 3, 2],
    ...     [8, 4, 6, 8],
    ...     [7, 1, 2, 6],
    ...     [10, 5, 6, 9],
    ...     [6, 2, 4, 7],
    ... ]
    >>> round(icc(judges, form="A,1").estimate, 2)
    0.29
    >>> icc(judges, form="A,1").method
    'icc_A,1_two_way_random_absolute_single (Shrout-Fleiss 2,1)'
    """
    if form not in FORMS:
        raise ValueError(f"form must be one of {' '.join(FORMS)}, but got {form!r}")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must be between 0 and 1, but got {confidence!r}")
    x = _check_table(ratings)

    estimate, low, high, ratio, p_value, warning = _icc(x, form, confidence)

    return Estimate(
        statistic="icc",
        method=FORMS[form],
        estimate=estimate,
        ci_low=low,
        ci_high=high,
        confidence=confidence,
        test_statistic=ratio,
        p_value=p_value,
        n=len(x),
        warning=warning,
    )


def _icc(
    x: FloatArray, form: str, confidence: float
) -> tuple[float, float, float, float, float, str]:
    """Return estimate, limits, F, p and a warning."""
    n, k = x.shape
    nothing = (nan, nan, nan, nan, nan)
    if n < 2:
        return *nothing, "fewer than two subjects"
    subjects, readers, error = _mean_squares(x, one_way=form[0] == "1")
    if subjects == error == 0.0:
        return *nothing, "no variance between subjects, and none left for error"
    # Of one rating; for the A forms readers add to the total.
    between = k * (readers - error) / n if form[0] == "A" else 0.0
    total = subjects + (k - 1) * error + between
    single = (subjects - error) / total if total > 1e-12 * error else -inf
    estimate = single if form[2] == "1" else _spearman_brown(single, k)
    if estimate == -inf:
        return *nothing, "the estimated variances do not sum to more than 0"
    if error == 0.0 or subjects == 0.0:
        what = "error variance" if subjects > 0.0 else "variance between subjects"
        return estimate, nan, nan, nan, nan, f"no {what}, so no interval"

    within = n * (k - 1) if form[0] == "1" else (n - 1) * (k - 1)
    ratio = subjects / error
    p_value = float(fdtrc(n - 1, within, ratio))
    low, high = (
        _absolute_limits(x.shape, (subjects, readers, error), single, confidence)
        if form[0] == "A"
        else _ratio_limits(ratio, n - 1, within, k, confidence)
    )
    if form[2] == "k":
        low, high = _spearman_brown(low, k), _spearman_brown(high, k)
    if low <= estimate <= high:
        warning = "" if low > -inf else "a mean of readers has no lower limit"
        return estimate, low, high, ratio, p_value, warning
    return estimate, nan, nan, ratio, p_value, "the approximate interval breaks down"


def _mean_squares(x: FloatArray, *, one_way: bool) -> tuple[float, float, float]:
    """Return mean squares of subjects, readers and error; rounding becomes zero."""
    n, k = x.shape
    centred = x - x.mean()
    by_subject, by_reader = centred.mean(axis=1), centred.mean(axis=0)
    rest = centred - by_subject[:, None]
    readers = float(n * (by_reader**2).sum() / (k - 1))
    if one_way:
        error = float((rest**2).sum() / (n * (k - 1)))
    else:
        error = float(((rest - by_reader) ** 2).sum() / ((n - 1) * (k - 1)))
    subjects = float(k * (by_subject**2).sum() / (n - 1))
    # What a sum of decimals leaves behind is no variance.
    rounding = (16.0 * np.finfo(np.float64).eps * float(np.max(np.abs(x)))) ** 2
    return (
        subjects if subjects > rounding else 0.0,
        readers if readers > rounding else 0.0,
        error if error > rounding else 0.0,
    )


def _ratio_limits(
    ratio: float, df: int, ref_df: int, k: int, confidence: float
) -> tuple[float, float]:
    """Turn exact limits of an F ratio into those of a single-rating correlation."""
    share = (1.0 + confidence) / 2.0
    low = ratio / float(fdtri(df, ref_df, share))
    high = ratio * float(fdtri(ref_df, df, share))
    return (low - 1.0) / (low + k - 1.0), (high - 1.0) / (high + k - 1.0)


def _absolute_limits(
    shape: tuple[int, ...],
    squares: tuple[float, float, float],
    single: float,
    confidence: float,
) -> tuple[float, float]:
    """McGraw and Wong 1996, table 7, case 2A, with Satterthwaite's degrees."""
    n, k = shape
    subjects, readers, error = squares
    from_readers = k * single * readers
    from_error = (n * (1.0 - single) + k * single * (n - 1)) * error
    parts = from_readers**2 / (k - 1) + from_error**2 / ((n - 1) * (k - 1))
    degrees = (from_readers + from_error) ** 2 / parts
    if degrees < _FEWEST_DEGREES:
        return nan, nan
    share = (1.0 + confidence) / 2.0
    noise = k * readers + (k * n - k - n) * error
    f = float(fdtri(n - 1, degrees, share))
    low = n * (subjects - f * error) / (f * noise + n * subjects)
    f = float(fdtri(degrees, n - 1, share))
    high = n * (f * subjects - error) / (noise + n * f * subjects)
    return low, high


def _spearman_brown(single: float, k: int) -> float:
    """Return the reliability of a mean of k from that of one; −inf for none."""
    noise = 1.0 + (k - 1) * single
    if isnan(noise):
        return nan
    # A sum of estimated variances that should be zero differs from it by rounding.
    return k * single / noise if noise > 1e-12 * k else -inf


def _check_table(ratings: ArrayLike) -> FloatArray:
    x = np.asarray(ratings, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] < 2:
        raise ValueError(
            f"ratings must be a table with two or more columns, but got shape {x.shape}"
        )
    bad = np.argwhere(~np.isfinite(x))
    if len(bad):
        row, column = bad[0]
        raise ValueError(
            "ratings must be finite (drop missing values before), "
            f"but got {x[row, column]} in row {row}, column {column}"
        )
    return x
