"""Closed intervals of exact fractions, and what sums of squares can reach on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product
from math import isqrt

_SQRT_SCALE = 10**12


@dataclass(frozen=True, slots=True)
class Interval:
    """
    Closed interval ``[low, high]``.

    Attributes
    ----------
    low, high : Fraction
        Ends; ``low <= high``.
    """

    low: Fraction
    high: Fraction

    def meets(self, other: "Interval") -> bool:
        """Say whether the two share a point."""
        return self.low <= other.high and other.low <= self.high

    def holds(self, value: Fraction) -> bool:
        """Say whether `value` lies in it, ends included."""
        return self.low <= value <= self.high

    def __add__(self, other: "Interval") -> "Interval":
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Interval") -> "Interval":
        return Interval(self.low - other.high, self.high - other.low)

    def times(self, factor: Fraction | int) -> "Interval":
        """Return the interval multiplied by a number of either sign."""
        ends = (self.low * factor, self.high * factor)
        return Interval(min(ends), max(ends))

    def squared(self) -> "Interval":
        """Return the interval of the squares."""
        ends = (self.low * self.low, self.high * self.high)
        inside = self.low <= 0 <= self.high
        return Interval(Fraction(0) if inside else min(ends), max(ends))

    def clamped(self, low: Fraction) -> "Interval":
        """Return the part at or above `low`; `low` itself where there is none."""
        return Interval(max(self.low, low), max(self.high, low))


def sqrt_low(value: Fraction) -> Fraction:
    """Return a square root rounded down to a trillionth; 0 below 0."""
    if value <= 0:
        return Fraction(0)
    scaled = value.numerator * _SQRT_SCALE**2 // value.denominator
    return Fraction(isqrt(scaled), _SQRT_SCALE)


def sqrt_high(value: Fraction) -> Fraction:
    """Return a square root rounded up to a trillionth; 0 below 0."""
    if value <= 0:
        return Fraction(0)
    scaled = -(-value.numerator * _SQRT_SCALE**2 // value.denominator)
    root = isqrt(scaled)
    return Fraction(root + (root * root < scaled), _SQRT_SCALE)


def weighted_sum(
    intervals: Sequence[Interval], weights: Sequence[Fraction | int]
) -> Interval:
    """
    Return the interval of ``sum(w * x)``.

    Parameters
    ----------
    intervals : sequence of Interval
        One a summand.
    weights : sequence of Fraction or int
        Of either sign.

    Returns
    -------
    Interval
    """
    total = Interval(Fraction(0), Fraction(0))
    for interval, weight in zip(intervals, weights, strict=True):
        total = total + interval.times(weight)
    return total


def between_squares(means: Sequence[Fraction], weights: Sequence[int]) -> Fraction:
    """Return ``sum(w * (m - M)**2)`` with M the weighted mean."""
    total = sum(weights)
    first = sum((w * m for m, w in zip(means, weights, strict=True)), Fraction(0))
    second = sum((w * m * m for m, w in zip(means, weights, strict=True)), Fraction(0))
    return second - first * first / total if total else Fraction(0)


def between_range(boxes: Sequence[Interval], weights: Sequence[int]) -> Interval:
    """
    Return the exact range of the between-group sum of squares over boxes.

    Parameters
    ----------
    boxes : sequence of Interval
        Window of each group's mean.
    weights : sequence of int
        Group sizes.

    Returns
    -------
    Interval

    Notes
    -----
    The sum is a convex function of the means, so its maximum is at a corner; the
    corners are tried one group at a time from each start where there are more than
    twelve groups, and then bounded from above instead. Its minimum is that of
    ``sum(w * dist(c, box)**2)`` over c, a convex, piecewise quadratic function of
    one variable, found piece by piece.
    """
    used = [(b, w) for b, w in zip(boxes, weights, strict=True) if w > 0]
    if len(used) < 2:
        return Interval(Fraction(0), Fraction(0))
    ns = [w for _, w in used]
    windows = [b for b, _ in used]
    return Interval(_least_between(windows, ns), _greatest_between(windows, ns))


def _greatest_between(boxes: Sequence[Interval], weights: Sequence[int]) -> Fraction:
    if len(boxes) <= 12:
        return max(
            between_squares(corner, weights)
            for corner in product(*((b.low, b.high) for b in boxes))
        )
    # The spread about any fixed point is no smaller than about the mean.
    centre = sum(
        (w * (b.low + b.high) / 2 for b, w in zip(boxes, weights, strict=True)),
        Fraction(0),
    ) / sum(weights)
    return sum(
        (
            w * max((b.low - centre) ** 2, (b.high - centre) ** 2)
            for b, w in zip(boxes, weights, strict=True)
        ),
        Fraction(0),
    )


def _least_between(boxes: Sequence[Interval], weights: Sequence[int]) -> Fraction:
    ends = sorted({end for b in boxes for end in (b.low, b.high)})
    least: Fraction | None = None
    for left, right in pairwise(ends):
        pulls = [
            (w, b.high if b.high <= left else b.low)
            for b, w in zip(boxes, weights, strict=True)
            if b.high <= left or b.low >= right
        ]
        mass = sum(w for w, _ in pulls)
        if not mass:
            return Fraction(0)
        centre = sum((w * end for w, end in pulls), Fraction(0)) / mass
        centre = min(max(centre, left), right)
        value = sum((w * (end - centre) ** 2 for w, end in pulls), Fraction(0))
        least = value if least is None else min(least, value)
    if least is None:  # all boxes are one point
        return Fraction(0)
    return least
