"""The p-value that a ratio and its interval imply under Wald."""

from fractions import Fraction
from itertools import product
from math import erfc, inf, isnan, log, sqrt

from rejia.constraints import Interval

P_TOLERANCE = 2e-4  # programs that take 1.96 for the quantile move p by this much


def two_sided(z: float) -> float:
    """Return the two-sided normal p-value of z."""
    return erfc(abs(z) / sqrt(2))


def point_p(odds: Fraction, low: Fraction, high: Fraction, z: float) -> float:
    """Return p if the printed digits were exact; 1 where the width is 0."""
    if min(odds, low, high) <= 0 or low >= high:
        return 1.0
    return two_sided(2 * z * log(odds) / (log(high) - log(low)))


def implied_p(
    odds: Interval, low: Interval, high: Interval, z: float
) -> tuple[float, float]:
    """
    Return the range of the Wald p-value over windows of ratio and limits.

    Parameters
    ----------
    odds, low, high : Interval
        Windows.
    z : float
        Normal quantile of the interval's level.

    Returns
    -------
    least, most : float
        0 and 1 where the windows force nothing.

    Notes
    -----
    Under Wald two of the three numbers give the third, so p has four formulas: of
    ratio and width, of the two limits, of the ratio and either limit. Each is
    monotone in each log where the others are held, so its extremes over a box are
    at corners. A true p lies in all four ranges; where those have no point in
    common (the numbers are not of one Wald interval), the first alone is used.
    """
    if low.high <= 0 or high.high <= 0 or odds.high <= 0:
        return 0.0, 1.0
    o, lo, hi = (_logs(window) for window in (odds, low, high))
    whole = _range(
        [2 * z * a / (c - b) if c > b else None for a, b, c in product(o, lo, hi)]
    )
    ranges = [
        whole,
        _range([z * (c + b) / (c - b) if c > b else None for b, c in product(lo, hi)]),
        _range([z * a / (a - b) if a > b else None for a, b in product(o, lo)]),
        _range([z * a / (c - a) if c > a else None for a, c in product(o, hi)]),
    ]
    small = max(first for first, _ in ranges)
    large = min(last for _, last in ranges)
    if small > large:
        small, large = whole
    return _p_of(small, large)


def _logs(window: Interval) -> tuple[float, float]:
    low = log(window.low) if window.low > 0 else -inf
    return low, log(window.high)


def _range(zs: list[float | None]) -> tuple[float, float]:
    """Return the range of z over a box; everything where its width can be 0."""
    known = [z for z in zs if z is not None and not isnan(z)]
    if len(known) < len(zs):
        return -inf, inf
    return min(known), max(known)


def _p_of(small: float, large: float) -> tuple[float, float]:
    ps = (two_sided(small), two_sided(large))
    most = 1.0 if small <= 0 <= large else max(ps)
    return min(ps), most
