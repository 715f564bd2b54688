"""Exact intervals: what a censored value can be, and where a class begins and ends."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Relation = Literal["inside", "outside", "across"]


def exact(number: float) -> Fraction:
    """
    Return the decimal number that a float was written as.

    Examples
    --------
    >>> exact(0.1) == Fraction(1, 10)
    True
    """
    return Fraction(repr(float(number)))


@dataclass(frozen=True, slots=True)
class Interval:
    """
    An interval of exact numbers.

    Attributes
    ----------
    low, high : Fraction or None
        Ends; None is an end that is open to infinity.
    low_closed, high_closed : bool
        Whether an end belongs to the interval; an infinite end never does.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    low_closed: bool = False
    high_closed: bool = False

    def __post_init__(self) -> None:
        if self.low is None and self.low_closed:
            object.__setattr__(self, "low_closed", False)
        if self.high is None and self.high_closed:
            object.__setattr__(self, "high_closed", False)

    @property
    def is_empty(self) -> bool:
        """Whether no number lies in it."""
        if self.low is None or self.high is None:
            return False
        if self.low == self.high:
            return not (self.low_closed and self.high_closed)
        return self.low > self.high


def bounded(comparator: str, limit: Fraction) -> Interval:
    """
    Return the numbers that a comparator and its limit stand for.

    Parameters
    ----------
    comparator : str
        ``""`` for the number itself, or ``<``, ``≤``, ``>``, ``≥``.
    limit : Fraction
        The limit.

    Raises
    ------
    ValueError
        If the comparator is unknown.
    """
    if comparator == "":
        return Interval(limit, limit, True, True)
    if comparator in {"<", "≤"}:
        return Interval(high=limit, high_closed=comparator == "≤")
    if comparator in {">", "≥"}:
        return Interval(low=limit, low_closed=comparator == "≥")
    raise ValueError(f"comparator must be '', <, ≤, > or ≥, but got {comparator!r}")


def intersection(first: Interval, second: Interval) -> Interval:
    """Return the numbers that lie in both."""
    low, low_closed = first.low, first.low_closed
    if second.low is not None and (low is None or second.low > low):
        low, low_closed = second.low, second.low_closed
    elif second.low == low:
        low_closed = low_closed and second.low_closed
    high, high_closed = first.high, first.high_closed
    if second.high is not None and (high is None or second.high < high):
        high, high_closed = second.high, second.high_closed
    elif second.high == high:
        high_closed = high_closed and second.high_closed
    return Interval(low, high, low_closed, high_closed)


def _holds(outer: Interval, number: Fraction) -> bool:
    """Say whether a number lies in an interval."""
    low, high = outer.low, outer.high
    if low is not None and (number < low or (number == low and not outer.low_closed)):
        return False
    return high is None or number < high or (number == high and outer.high_closed)


def relation(inner: Interval, outer: Interval) -> Relation:
    """
    Say whether all, none or some of an interval lie in another.

    Examples
    --------
    >>> below_two = bounded("<", Fraction(2))
    >>> relation(below_two, bounded("≤", Fraction(1)))
    'across'
    """
    if inner.low is not None and inner.low is inner.high:
        return "inside" if _holds(outer, inner.low) else "outside"
    common = intersection(inner, outer)
    if common.is_empty:
        return "outside"
    return "inside" if common == inner else "across"
