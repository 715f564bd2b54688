"""Agreement on grades: Cohen's kappa, plain and weighted."""

from collections.abc import Hashable, Sequence
from math import nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from rejia.estimate import Estimate

FloatArray = NDArray[np.float64]
Grades = Sequence[Hashable] | NDArray[Any]

WEIGHTS = ("unweighted", "linear", "quadratic")
_ROUNDING = 1e-14


def weighted_kappa(
    first: Grades,
    second: Grades,
    *,
    levels: Sequence[Hashable],
    weights: str = "unweighted",
    confidence: float = 0.95,
) -> Estimate:
    """
    Cohen's kappa of two readers, plain or weighted by the distance of the grades.

    Parameters
    ----------
    first, second : sequence of shape (n,)
        Grades that the two readers gave to the same items.
    levels : sequence
        All grades of the scale in their order, also those that nobody used: a
        distance counts every grade in between.
    weights : {'unweighted', 'linear', 'quadratic'}
        Credit for grades i and j of g: 1 if equal else 0; 1 − |i − j|/(g − 1);
        1 − (i − j)²/(g − 1)².
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        Kappa; 1 is perfect agreement, 0 what chance gives. `std_error` is the
        non-null one, on which the interval rests. `test_statistic` is kappa over its
        standard error under kappa = 0, and `p_value` comes from that.

    Raises
    ------
    ValueError
        If the readers differ in length, a grade is not among `levels`, levels
        repeat, or a choice is unknown.

    Notes
    -----
    With p_ij the observed shares, w_ij the weights, w̄ their means over the other
    reader's margins, P_o = Σ w_ij p_ij and P_e = Σ w_ij p_i. p_.j:
    κ = (P_o − P_e)/(1 − P_e), and [1]_

    - non-null variance: {Σ p_ij [w_ij − (w̄_i. + w̄_.j)(1 − κ)]² − [κ − P_e(1 − κ)]²} /
      {n (1 − P_e)²};
    - null variance: {Σ p_i. p_.j [w_ij − (w̄_i. + w̄_.j)]² − P_e²} / {n (1 − P_e)²}.

    The interval is Wald's on the scale of kappa and is not cut at ±1. Because two
    variances are used, interval and p can disagree near the border.

    `nan`, with a warning: kappa when both readers gave one and the same grade to
    everything; standard error and interval when all pairs agree (or all disagree
    alike); these and the test when the margins force kappa to be 0, as when a reader
    used a single grade.

    References
    ----------
    .. [1] Fleiss JL, Cohen J, Everitt BS. Large sample standard errors of kappa and
       weighted kappa. Psychol Bull 1969; 72:323-327.
    .. [2] Cohen J. Weighted kappa: nominal scale agreement with provision for scaled
       disagreement or partial credit. Psychol Bull 1968; 70:213-220.

    Examples
    --------
    >>> first = ["I", "I", "II", "II", "III", "III", "IV", "IV", "IV", "IV"]
    >>> second = ["I", "II", "II", "II", "III", "IV", "IV", "IV", "IV", "III"]
    >>> grades = ["0", "I", "II", "III", "IV", "V"]
    >>> e = weighted_kappa(first, second, levels=grades, weights="linear")
    >>> round(e.estimate, 4), round(e.std_error, 4)
    (0.7541, 0.1235)
    """
    if weights not in WEIGHTS:
        raise ValueError(
            f"weights must be one of {', '.join(WEIGHTS)}, but got {weights!r}"
        )
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must be between 0 and 1, but got {confidence!r}")
    table = _count_pairs(first, second, levels)
    n = int(table.sum())

    kappa, variance, null_variance, warning = (
        _fleiss_cohen_everitt(table / n, _credit(len(table), weights))
        if n
        else (nan, nan, nan, "no pairs of grades")
    )
    std_error = sqrt(variance / n) if n else nan
    z = kappa / sqrt(null_variance / n) if n else nan
    half = float(ndtri((1.0 + confidence) / 2.0)) * std_error

    return Estimate(
        statistic="kappa",
        method=f"kappa_{weights}_fleiss_cohen_everitt_wald",
        estimate=kappa,
        std_error=std_error,
        ci_low=kappa - half,
        ci_high=kappa + half,
        confidence=confidence,
        test_statistic=z,
        p_value=float(2.0 * ndtr(-abs(z))),
        n=n,
        warning=warning,
    )


def _credit(g: int, weights: str) -> FloatArray:
    """Return the weight of each pair of grades, by their places in the scale."""
    places = np.arange(g)
    distance = np.abs(places[:, None] - places) / (g - 1)
    if weights == "unweighted":
        distance = np.sign(distance)
    elif weights == "quadratic":
        distance = distance**2
    credit: FloatArray = 1.0 - distance
    return credit


def _fleiss_cohen_everitt(
    p: FloatArray, w: FloatArray
) -> tuple[float, float, float, str]:
    """Return kappa, n times its non-null and its null variance, and a warning."""
    if np.count_nonzero(p) == 1 and np.trace(p) > 0:
        return nan, nan, nan, "both readers gave every item the same grade"
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    by_chance = np.outer(rows, columns)
    observed, expected = float((w * p).sum()), float((w * by_chance).sum())
    means = (w @ columns)[:, None] + (rows @ w)[None, :]

    scale = (1.0 - expected) ** 2
    null_spread = float((by_chance * (w - means) ** 2).sum())
    null_variance = (null_spread - expected**2) / scale
    if null_variance < _ROUNDING:
        # As when a reader used a single grade: P_o = P_e whatever the pairs are.
        return 0.0, nan, nan, "kappa is 0 for all pairs of these margins"
    kappa = (observed - expected) / (1.0 - expected)
    spread = float((p * (w - means * (1.0 - kappa)) ** 2).sum())
    variance = (spread - (kappa - expected * (1.0 - kappa)) ** 2) / scale
    if variance < _ROUNDING:
        alike = "agree" if kappa > 0 else "disagree alike"
        return kappa, nan, null_variance, f"all pairs {alike}, so no interval"
    return kappa, variance, null_variance, ""


def _count_pairs(
    first: Grades, second: Grades, levels: Sequence[Hashable]
) -> FloatArray:
    """Count the pairs of grades in a square table of all levels."""
    places = {level: place for place, level in enumerate(levels)}
    if len(places) != len(levels) or len(places) < 2:
        raise ValueError(
            f"levels must be two or more different grades, but got {list(levels)}"
        )
    if len(first) != len(second):
        raise ValueError(
            f"second must have {len(first)} grades like first, but got {len(second)}"
        )
    table = np.zeros((len(places), len(places)))
    for row, column in zip(_grades(first), _grades(second), strict=True):
        for name, grade in (("first", row), ("second", column)):
            if grade not in places:
                raise ValueError(
                    f"{name} must hold declared levels only "
                    f"({', '.join(map(str, levels))}), but got {grade!r}"
                )
        table[places[row], places[column]] += 1.0
    return table


def _grades(grades: Grades) -> list[Hashable]:
    """Return plain Python values, so that messages show them as they were written."""
    return grades.tolist() if isinstance(grades, np.ndarray) else list(grades)
