"""Adjustment of p-values for the number of planned tests."""

from collections.abc import Callable
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rejia.stats._exact_tables_arguments import check_choice, whole_count

FloatArray = NDArray[np.float64]


def adjust(p_values: ArrayLike, *, method: str = "none", m: float) -> tuple[float, ...]:
    r"""
    Adjust p-values for the number of tests of their family.

    Parameters
    ----------
    p_values : array of float
        The p-values that were computed; `nan` where a test was planned but had no
        result.
    method : {"none", "bonferroni", "holm", "benjamini_hochberg"}
        What is controlled: nothing, the family-wise error twice, the false discovery
        rate.
    m : int
        Number of tests that were planned. It comes from the plan, not from the data:
        it may exceed the number of p-values, and tests without a result count.

    Returns
    -------
    tuple of float
        In the order of `p_values`; at most 1; `nan` stays `nan`.

    Raises
    ------
    ValueError
        If a p-value is outside 0 to 1, or m is below the number of p-values.

    Notes
    -----
    With the p-values sorted, :math:`p_{(1)} \le \dots \le p_{(k)}`, :math:`k \le m`:

    - ``bonferroni``: :math:`\min(1, m p)`.
    - ``holm``: :math:`\max_{j \le i} \min(1, (m - j + 1) p_{(j)})` [1]_.
    - ``benjamini_hochberg``: :math:`\min_{j \ge i} \min(1, m p_{(j)} / j)` [2]_.

    Planned tests without a p-value count as if theirs were 1: for all methods this is
    the largest adjustment that they could cause. R's ``p.adjust(p, n = m)`` does the
    same. The false discovery rate is controlled for independent or positively dependent
    tests.

    References
    ----------
    .. [1] Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat
       1979; 6:65-70.
    .. [2] Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical
       and powerful approach to multiple testing. J R Stat Soc B 1995; 57:289-300.

    Examples
    --------
    >>> [round(p, 4) for p in adjust([0.01, 0.04, 0.03], method="holm", m=3)]
    [0.03, 0.06, 0.06]
    >>> [round(p, 4) for p in adjust([0.01, 0.04, 0.03], method="bonferroni", m=13)]
    [0.13, 0.52, 0.39]
    """
    check_choice(method, "method", tuple(_ADJUSTMENTS))
    p = _checked(p_values)
    planned = whole_count(m, "m")
    if planned < p.size:
        raise ValueError(
            f"m must be at least the number of p-values ({p.size}), but got {planned}"
        )

    adjusted = np.full(p.size, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted[order] = np.minimum(_ADJUSTMENTS[method](p[order], planned), 1.0)
    return tuple(adjusted.tolist())


def _checked(p_values: ArrayLike) -> FloatArray:
    p = np.atleast_1d(np.asarray(p_values, dtype=np.float64))
    for value in p.ravel():
        if (isfinite(value) and not 0 <= value <= 1) or np.isinf(value):
            raise ValueError(f"p_values must be from 0 to 1 or nan, but got {value}")
    if p.ndim != 1:
        raise ValueError(
            f"p_values must have one dimension, but got {p.ndim} dimensions"
        )
    return p


def _none(p: FloatArray, _: int) -> FloatArray:
    return p


def _bonferroni(p: FloatArray, m: int) -> FloatArray:
    return m * p


def _holm(p: FloatArray, m: int) -> FloatArray:
    return np.maximum.accumulate((m - np.arange(p.size)) * p)


def _benjamini_hochberg(p: FloatArray, m: int) -> FloatArray:
    scaled = m / np.arange(1, p.size + 1) * p
    return np.minimum.accumulate(scaled[::-1])[::-1]


_ADJUSTMENTS: dict[str, Callable[[FloatArray, int], FloatArray]] = {
    "none": _none,
    "bonferroni": _bonferroni,
    "holm": _holm,
    "benjamini_hochberg": _benjamini_hochberg,
}
