"""The only rounding: numbers to text, halves away from zero on their decimal text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite, isnan
from typing import Literal

ROUNDING = "half away from zero, on the shortest decimal text of the number"
MISSING = "–"
P_FLOOR = Decimal("0.001")
# From which part of the last step below 1 a p is written as above it: with two decimals
# only where it would be rounded to 1.
P_TOP = {False: Decimal(0), True: Decimal("0.5")}
MINUS = "−"
BOUND = ">9999"

Style = Literal["fixed", "p", "significant", "shortest", "bounded"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """
    A number and how it is to be written; rounded only when a table is rendered.

    Attributes
    ----------
    value : float
        Unrounded.
    style : str
        ``fixed`` decimals, ``significant`` digits, ``p`` for a p-value,
        ``shortest`` for a value as it was recorded, or ``bounded`` for fixed decimals
        of what may run away, such as an odds ratio.
    digits : int
        Decimals or significant digits.
    row : str
        Row of ``results.tsv`` that it is of, where it must be traced.
    """

    value: float
    style: Style = "fixed"
    digits: int = 2
    row: str = ""


Part = str | Quantity


def format_number(value: float, decimals: int) -> str:
    """
    Write a number with fixed decimals.

    Examples
    --------
    >>> format_number(2.675, 2), format_number(-0.04, 1), format_number(0.5, 0)
    ('2.68', '0.0', '1')
    """
    if isnan(value):
        return MISSING
    if not isfinite(value):
        return "∞" if value > 0 else "-∞"
    rounded = Decimal(repr(float(value))).quantize(
        Decimal(1).scaleb(-decimals), ROUND_HALF_UP
    )
    return f"{abs(rounded) if rounded == 0 else rounded:f}"


def format_significant(value: float, digits: int = 3) -> str:
    """
    Write a number with significant digits, never fewer than its whole part.

    Examples
    --------
    >>> format_significant(0.012345), format_significant(1234.5)
    ('0.0123', '1235')
    """
    if isnan(value) or not isfinite(value):
        return format_number(value, 0)
    if value == 0:
        return "0"
    exact = Decimal(repr(float(value)))
    return format_number(value, max(0, digits - 1 - exact.adjusted()))


def format_trimmed(value: float, digits: int = 6) -> str:
    """
    Write a number with at most so many significant digits, without idle zeros.

    Examples
    --------
    >>> format_trimmed(1.3065), format_trimmed(40.0), format_trimmed(2 / 3)
    ('1.3065', '40', '0.666667')
    """
    text = format_significant(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_p(value: float, decimals: int = 3) -> str:
    """
    Write a p-value; below 0.001 as such, and never as exactly 1.

    Examples
    --------
    >>> format_p(0.00004), format_p(0.0385), format_p(0.9999)
    ('<0.001', '0.039', '>0.999')
    """
    if isnan(value):
        return MISSING
    exact = Decimal(repr(float(value)))
    if exact < P_FLOOR:
        return f"<{P_FLOOR}"
    top = 1 - Decimal(1).scaleb(-min(decimals, 3))
    if top < exact < 1 and exact >= top + (1 - top) * P_TOP[decimals < 3]:
        return f">{top}"
    return format_number(value, decimals)


def format_recorded(value: float) -> str:
    """
    Write a recorded value as it is, without the ``.0`` of a binary number.

    Examples
    --------
    >>> format_recorded(5.04), format_recorded(129.0)
    ('5.04', '129')
    """
    if isnan(value) or not isfinite(value):
        return format_number(value, 0)
    text = f"{Decimal(repr(float(value))):f}"
    return text.removesuffix(".0")


def format_bounded(value: float, decimals: int) -> str:
    """
    Write a number with fixed decimals; one that ran away only as such.

    Examples
    --------
    >>> format_bounded(1.32592, 4), format_bounded(3.06e7, 4)
    ('1.3259', '>9999')
    """
    return BOUND if value > 9999 else format_number(value, decimals)


def format_quantity(quantity: Quantity) -> str:
    """Write a quantity in its style."""
    if quantity.style == "p":
        return format_p(quantity.value, quantity.digits)
    if quantity.style == "significant":
        return format_significant(quantity.value, quantity.digits)
    if quantity.style == "bounded":
        return format_bounded(quantity.value, quantity.digits)
    if quantity.style == "shortest":
        return format_recorded(quantity.value)
    return format_number(quantity.value, quantity.digits)


def format_parts(parts: Sequence[Part]) -> str:
    """Write the parts of a cell one after the other."""
    return "".join(
        part if isinstance(part, str) else format_quantity(part) for part in parts
    )


def typeset_minus(text: str) -> str:
    """
    Give numbers the minus sign of print.

    Examples
    --------
    >>> typeset_minus("-1.5 (2.0)"), typeset_minus("anti-dsDNA")
    ('−1.5 (2.0)', 'anti-dsDNA')
    """
    out = []
    for place, character in enumerate(text):
        before = text[place - 1] if place else " "
        after = text[place + 1] if place + 1 < len(text) else ""
        is_sign = character == "-" and after.isdigit() and before in " ([<>≤≥"
        out.append(MINUS if is_sign else character)
    return "".join(out)


_POWER = re.compile(r"(?<![\w.])10\^(-?\d+)")
_CUBE = re.compile(r"(?<=[a-zµμ])3\b")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def typeset(text: str) -> str:
    """
    Give numbers the minus sign, and powers the raised digits, of print.

    Examples
    --------
    >>> typeset("-1.5, 10^3/mm3"), typeset("MMP-3")
    ('−1.5, 10³/mm³', 'MMP-3')
    """
    raised = _POWER.sub(lambda found: f"10{found[1].translate(_RAISED)}", text)
    if raised != text:
        raised = _CUBE.sub("³", raised)
    return typeset_minus(raised)
