"""Binary fractions first: what is clearly apart needs no exact arithmetic."""

from collections.abc import Sequence
from itertools import product

from rejia.constraints import Cell

_MARGIN = 1e-7

Ends = tuple[float, float]


def ends(cell: Cell) -> Ends:
    """Return a cell's window as binary fractions."""
    return float(cell.window.low), float(cell.window.high)


def apart(first: Ends, second: Ends) -> bool:
    """Say whether two intervals are apart by more than binary rounding can move."""
    margin = _MARGIN * (1 + max(abs(end) for end in (*first, *second)))
    return first[0] > second[1] + margin or second[0] > first[1] + margin


def mean_ends(means: Sequence[Ends], ns: Sequence[int]) -> Ends:
    """Return the range of a weighted mean."""
    n = sum(ns)
    return (
        sum(k * low for k, (low, _) in zip(ns, means, strict=True)) / n,
        sum(k * high for k, (_, high) in zip(ns, means, strict=True)) / n,
    )


def variance_ends(
    means: Sequence[Ends], sds: Sequence[Ends], ns: Sequence[int]
) -> Ends:
    """Return a range that holds the sample variance of a union."""
    n = sum(ns)
    small = sum((k - 1) * max(s, 0.0) ** 2 for k, (s, _) in zip(ns, sds, strict=True))
    large = sum((k - 1) * max(s, 0.0) ** 2 for k, (_, s) in zip(ns, sds, strict=True))
    most = 0.0
    if len(ns) > 10:
        return small / (n - 1), float("inf")
    for corner in product(*means):
        centre = sum(k * m for k, m in zip(ns, corner, strict=True)) / n
        spread = sum(k * (m - centre) ** 2 for k, m in zip(ns, corner, strict=True))
        most = max(most, spread)
    middles = [(low + high) / 2 for low, high in means]
    centre = sum(k * m for k, m in zip(ns, middles, strict=True)) / n
    spread = sum(k * (m - centre) ** 2 for k, m in zip(ns, middles, strict=True))
    # Moving each mean by up to its half width h moves the root of the sum of squares
    # by at most sqrt(sum(n h**2)).
    moved = sum(k * ((b - a) / 2) ** 2 for k, (a, b) in zip(ns, means, strict=True))
    least = max(spread**0.5 - moved**0.5, 0.0) ** 2
    return (small + least) / (n - 1), (large + most) / (n - 1)
