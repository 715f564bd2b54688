"""How many values of a group can lie at or below a threshold, given its summaries."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, sqrt

import numpy as np
from numpy.typing import NDArray

from rejia.constraints import Interval

Floats = NDArray[np.float64]
_SLACK = 1e-9
_MOST_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Summary:
    """
    What is printed of a group's values.

    Attributes
    ----------
    n : int
        Number of values.
    mean, sd : Interval or None
        Windows.
    low, high : Fraction or None
        No value is below or above: scale, printed minimum and maximum.
    step : Fraction or None
        All values are whole multiples of it.
    zeros : tuple of int or None
        At least and at most so many values are 0 (none is below 0).
    """

    n: int
    mean: Interval | None = None
    sd: Interval | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    step: Fraction | None = None
    zeros: tuple[int, int] | None = None

    def range(self) -> tuple[float, float] | None:
        """
        Return ends that hold all values, or None where nothing bounds them.

        No value is further from the mean than ``s (n - 1) / sqrt(n)`` (Samuelson),
        with s at most the SD's window, or ``s sqrt(n)`` if it is a population SD.
        """
        low = None if self.low is None else float(self.low)
        high = None if self.high is None else float(self.high)
        if self.mean is not None and self.sd is not None:
            reach = max(float(self.sd.high), 0.0) * sqrt(self.n)
            least, most = float(self.mean.low) - reach, float(self.mean.high) + reach
            low = least if low is None else max(low, least)
            high = most if high is None else min(high, most)
        if self.mean is not None and self.n == 1:
            low, high = float(self.mean.low), float(self.mean.high)
        if low is None or high is None or low > high:
            return None
        return low, high

    def means(self) -> tuple[float, float] | None:
        """Return the means that whole sums of steps can give inside the window."""
        if self.mean is None:
            return None
        if self.step is None:
            return float(self.mean.low), float(self.mean.high)
        unit = self.step / self.n
        first, last = ceil(self.mean.low / unit), floor(self.mean.high / unit)
        if first > last:  # no sum gives the mean: for `mean_step` to tell
            return float(self.mean.low), float(self.mean.high)
        return float(first * unit), float(last * unit)


@dataclass(frozen=True, slots=True)
class Grid:
    """
    Thresholds.

    Attributes
    ----------
    thresholds : ndarray of shape (t,)
        Ascending.
    step : float
        Their distance where they are all points of the lattice, else 0.
    """

    thresholds: Floats
    step: float


def make_grid(summaries: Sequence[Summary], step: Fraction | None) -> Grid | None:
    """
    Return thresholds that reach over all values of some groups.

    Parameters
    ----------
    summaries : sequence of Summary
        Groups.
    step : Fraction or None
        Lattice of all of them.

    Returns
    -------
    Grid or None
        None where nothing bounds the values of a group.
    """
    ranges = [summary.range() for summary in summaries]
    known = [ends for ends in ranges if ends is not None]
    if len(known) < len(ranges) or not known:
        return None
    low, high = min(a for a, _ in known), max(b for _, b in known)
    most = max(_MOST_CELLS // (max(s.n for s in summaries) + 1), 50)
    if step is not None:
        first, last = floor(low / float(step)) - 1, ceil(high / float(step)) + 1
        if last - first + 1 <= most:
            lattice = [float(k * step) for k in range(first, last + 1)]
            return Grid(np.array(lattice), float(step))
    ends = np.array([end for pair in known for end in pair])
    points = np.linspace(low, high, min(most, 400))
    return Grid(np.unique(np.concatenate([points, ends])), 0.0)


def counts_below(summary: Summary, grid: Grid) -> tuple[Floats, Floats]:
    """
    Return the least and greatest number of values at or below each threshold.

    Parameters
    ----------
    summary : Summary
        The group.
    grid : Grid
        Thresholds.

    Returns
    -------
    least, most : ndarray of shape (t,)
        Ascending. Where the summary contradicts itself, 0 and n.

    Notes
    -----
    With k of n values at or below t and the others at or above u (the next point of
    the lattice, or t itself), all within [a, b], a number k is refused where
    (1) the mean is out of reach: k a + (n - k) u to k t + (n - k) b;
    (2) the least sum of squares about the mean m, that of k values at c and the
    others at one point, c = min(t, (n m - (n - k) u) / k), which is
    n k (m - c)^2 / (n - k), exceeds n s^2;
    (3) the greatest, by the chords x^2 <= (a + t) x - a t below and
    x^2 <= (u + b) x - u b above, stays below (n - 1) s^2.
    The sums of squares hold for a sample SD and for a population SD.
    """
    n, ends, means = summary.n, summary.range(), summary.means()
    count = len(grid.thresholds)
    least, most = np.zeros(count), np.full(count, float(n))
    if ends is not None:
        k = np.arange(n + 1.0)[:, None]
        allowed = _in_range(k, n, grid, ends)
        if means is not None:
            allowed &= _fits_mean(k, n, grid, ends, means)
            if summary.sd is not None and n > 1:
                allowed &= _fits_sd(k, n, grid, ends, means, summary.sd)
        if allowed.any(axis=0).all():
            least = allowed.argmax(axis=0).astype(float)
            most = n - allowed[::-1].argmax(axis=0).astype(float)
    if summary.zeros is not None:
        few, many = summary.zeros
        slack = _SLACK * (1 + np.abs(grid.thresholds))
        from_zero = grid.thresholds >= -slack
        least = np.where(from_zero, np.maximum(least, few), least)
        at_zero = from_zero & (grid.thresholds < grid.step - slack)
        most = np.where(at_zero, np.minimum(most, many), most)
    least = np.maximum.accumulate(least)
    most = np.minimum.accumulate(most[::-1])[::-1]
    if (least > most).any():
        return np.zeros(count), np.full(count, float(n))
    return least, most


def _slack(grid: Grid, ends: tuple[float, float]) -> float:
    return _SLACK * (1 + max(abs(ends[0]), abs(ends[1]), grid.step))


def _in_range(
    k: Floats, n: int, grid: Grid, ends: tuple[float, float]
) -> NDArray[np.bool_]:
    t, slack = grid.thresholds[None, :], _slack(grid, ends)
    some_below: NDArray[np.bool_] = (k == 0) | (t >= ends[0] - slack)
    fitting: NDArray[np.bool_] = some_below & (
        (k == n) | (t + grid.step <= ends[1] + slack)
    )
    return fitting


def _fits_mean(
    k: Floats,
    n: int,
    grid: Grid,
    ends: tuple[float, float],
    means: tuple[float, float],
) -> NDArray[np.bool_]:
    t, slack = grid.thresholds[None, :], n * _slack(grid, ends)
    low, high = ends
    smallest = k * low + (n - k) * np.maximum(t + grid.step, low)
    largest = k * np.minimum(t, high) + (n - k) * high
    fitting: NDArray[np.bool_] = (smallest <= n * means[1] + slack) & (
        largest >= n * means[0] - slack
    )
    return fitting


def _fits_sd(
    k: Floats,
    n: int,
    grid: Grid,
    ends: tuple[float, float],
    means: tuple[float, float],
    sd: Interval,
) -> NDArray[np.bool_]:
    (low, high), (first, last) = ends, means
    t = np.clip(grid.thresholds, low, high)[None, :]
    u = np.clip(grid.thresholds + grid.step, low, high)[None, :]
    inside = (k > 0) & (k < n)
    kept = np.clip(k, 1, max(n - 1, 1))  # for divisions only
    centre = np.clip((kept * t + (n - kept) * u) / n, first, last)
    gap = np.maximum(centre - t, (n - kept) / kept * (u - centre))
    spread = np.where(inside, n * kept / (n - kept) * gap**2, 0.0)
    upper = np.full(np.broadcast_shapes(k.shape, t.shape), -np.inf)
    for mean in (
        first,
        last,
        np.clip((u + high) / 2, first, last),
        np.clip((low + t) / 2, first, last),
        np.clip((k * low + (n - k) * high) / n, first, last),
    ):
        below = np.maximum(k * low, n * mean - (n - k) * high)
        squares = (low + t) * below + (u + high) * (n * mean - below)
        squares = squares - k * low * t - (n - k) * u * high - n * mean**2
        upper = np.maximum(upper, squares)
    slack = n * _SLACK * (1 + max(abs(low), abs(high)) ** 2)
    small, large = max(float(sd.low), 0.0), max(float(sd.high), 0.0)
    fitting: NDArray[np.bool_] = (spread <= n * large**2 + slack) & (
        upper >= (n - 1) * small**2 - slack
    )
    return fitting


def pairs_above(
    x: tuple[Floats, Floats], y: tuple[Floats, Floats], n: tuple[int, int], grid: Grid
) -> tuple[float, float]:
    """
    Return the least and greatest U of x: pairs in which x is greater, ties half.

    Parameters
    ----------
    x, y : pair of ndarray of shape (t,)
        Least and greatest counts at or below each threshold.
    n : pair of int
        Sizes.
    grid : Grid
        Thresholds.

    Returns
    -------
    least, most : float

    Notes
    -----
    U grows when values of x rise and values of y fall, so it is greatest for x with
    the smallest counts below every threshold and y with the greatest. Two values
    between the same thresholds are tied on a lattice; off it, either may be greater.
    """
    return (
        n[0] * n[1] - _most_above(y, x, (n[1], n[0]), grid),
        _most_above(x, y, n, grid),
    )


def _most_above(
    x: tuple[Floats, Floats], y: tuple[Floats, Floats], n: tuple[int, int], grid: Grid
) -> float:
    high = np.diff(x[0], prepend=0.0, append=float(n[0]))
    reached = np.append(y[1], float(n[1]))
    own = np.diff(reached, prepend=0.0)
    share = np.full(len(reached), 0.5 if grid.step else 1.0)
    share[-1] = 1.0  # beyond the thresholds nothing is known of ties
    return float((high * (reached - own + share * own)).sum())
