"""What a printed number stands for: exact fractions and rounding rules."""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import inf

ROUNDINGS = ("half_any", "half_up", "half_even", "truncate")

# Minus: hyphen, U+2212, en dash (common in print). The plus of "+0.4" is allowed.
_NUMBER = re.compile(
    r"\s*(?P<comparator><=|>=|[<>≤≥])?\s*(?P<sign>[-−–+])?\s*"
    r"(?P<digits>\d+(?:\.\d+)?|\.\d+)\s*"
)
_COMPARATORS = {"<=": "≤", ">=": "≥"}


@dataclass(frozen=True, slots=True)
class Printed:
    """
    A printed number, taken apart.

    Attributes
    ----------
    comparator : str
        Empty, or one of ``<``, ``>``, ``≤``, ``≥``.
    value : Fraction
        The number as printed.
    decimals : int
        Digits after the point.
    """

    comparator: str
    value: Fraction
    decimals: int

    @property
    def unit(self) -> Fraction:
        """One unit of the last printed digit."""
        return Fraction(1, 10**self.decimals)


def parse(text: str) -> Printed:
    """
    Take a printed number apart.

    Parameters
    ----------
    text : str
        As printed, without unit: ``0.190``, ``<0.001``, ``−1.5``, ``.05``.

    Returns
    -------
    Printed

    Raises
    ------
    ValueError
        If the text is no number in this notation; thousands separators, decimal
        commas and percent signs are refused, because they can be read in two ways.

    Examples
    --------
    >>> parse("<0.001").comparator, parse("0.190").decimals
    ('<', 3)
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(
            "printed must be a number such as 0.190, <0.001 or -1.5 "
            f"(no unit, no thousands separator), but got {text!r}"
        )
    comparator = match["comparator"] or ""
    digits = match["digits"]
    sign = -1 if match["sign"] in {"-", "−", "–"} else 1
    return Printed(
        comparator=_COMPARATORS.get(comparator, comparator),
        value=sign * Fraction(digits),
        decimals=len(digits.partition(".")[2]),
    )


def stands_for(
    text: str, *, rounding: str = "half_any"
) -> tuple[Fraction | float, Fraction | float]:
    """
    Return the closed interval of values that a printed number stands for.

    Parameters
    ----------
    text : str
        As printed.
    rounding : str
        ``half_any``: half a unit of the last digit each way, whichever rule for
        halves was used; ``half_up`` (halves away from zero), ``half_even``: the
        same closed hull; ``truncate``: digits were cut off, toward zero.

    Returns
    -------
    low, high : Fraction
        Ends of the interval; an end that is open to infinity is ``-inf`` or ``inf``.
        A strict comparator gives its own limit as the (excluded) end.

    Raises
    ------
    ValueError
        If the text is no number or the rounding is unknown.

    Notes
    -----
    ``half_up`` and ``half_even`` differ from ``half_any`` only in whether an end
    itself is included. The closed hull is the only one of the three under which
    no true value can be refused.

    Examples
    --------
    >>> stands_for("12.4")
    (Fraction(247, 20), Fraction(249, 20))
    >>> stands_for("-1.5", rounding="truncate")
    (Fraction(-8, 5), Fraction(-3, 2))
    >>> stands_for("<0.001")
    (-inf, Fraction(1, 1000))
    """
    if rounding not in ROUNDINGS:
        raise ValueError(
            f"rounding must be one of {', '.join(ROUNDINGS)}, but got {rounding!r}"
        )
    number = parse(text)
    if number.comparator in {"<", "≤"}:
        return -inf, number.value
    if number.comparator in {">", "≥"}:
        return number.value, inf
    if rounding != "truncate":
        half = number.unit / 2
        return number.value - half, number.value + half
    if number.value > 0:
        return number.value, number.value + number.unit
    if number.value < 0:
        return number.value - number.unit, number.value
    return -number.unit, number.unit


def contains(text: str, value: Fraction | float, *, rounding: str = "half_any") -> bool:
    """
    Say whether a printed number can stand for a value.

    Parameters
    ----------
    text : str
        As printed.
    value : Fraction or float
        Unrounded value; a float is compared exactly, as the binary number it is.
    rounding : str
        See `stands_for`.

    Returns
    -------
    bool
        With a strict comparator (``<``, ``>``) the limit itself is outside.

    Examples
    --------
    >>> contains("0.05", 0.0451), contains("<0.05", 0.05)
    (True, False)
    """
    low, high = stands_for(text, rounding=rounding)
    comparator = parse(text).comparator
    if comparator == "<":
        return value < high
    if comparator == ">":
        return value > low
    return low <= value <= high


def distance(text: str, value: float) -> float:
    """
    Return how far a value is from the printed number, in last printed digits.

    Parameters
    ----------
    text : str
        As printed.
    value : float
        Unrounded value.

    Returns
    -------
    float
        Value minus printed number in units of the last printed digit: within half
        a unit each way the two agree. With a comparator, 0 on its side of the
        limit and the distance from the limit otherwise.

    Examples
    --------
    >>> round(distance("12.4", 12.46), 6), distance("<0.001", 0.0005)
    (0.6, 0.0)
    """
    number = parse(text)
    if number.comparator:
        low, high = stands_for(text)
        if low <= value <= high:
            return 0.0
    return float((Fraction(value) - number.value) / number.unit)
