"""A check of printed numbers, what it found, and how both are told."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, inf, nan

from rejia.constraints import Cell, Interval

CONSISTENT = "consistent"
BY_ROUNDING = "consistent_by_rounding"
INCONSISTENT = "inconsistent"
NOT_CHECKABLE = "not_checkable"
PROOF = "proof"
ENUMERATION = "enumeration"
WORDING = "wording"

Lookup = Mapping[str, Cell]
Number = Fraction | float | int


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What a check found.

    Attributes
    ----------
    verdict, evidence, under, arithmetic : str
        As in the table of the audit.
    low, high : float
        What the other facts allow.
    power : float
        Share of printable values that the check would have refused.
    explain : callable
        Makes the benign explanations; called for inconsistent rows only.
    """

    verdict: str
    evidence: str
    under: str
    arithmetic: str
    low: float = nan
    high: float = nan
    power: float = nan
    explain: Callable[[], Iterable[str]] = field(default=tuple)


@dataclass(frozen=True, slots=True)
class Check:
    """
    One constraint between printed numbers.

    Attributes
    ----------
    rule : str
        Name of the rule.
    held : str
        Fact that is held against the others.
    facts : tuple of str
        All facts that are read, `held` among them.
    evaluate : callable
        From the cells by fact to the outcome; a repair is tried by handing it
        changed cells.
    slug : str
        Second half of the identifier where it is not the fact held.
    passes : callable or None
        A quick way to learn whether the outcome would not be inconsistent.
    """

    rule: str
    held: str
    facts: tuple[str, ...]
    evaluate: Callable[[Lookup], Outcome]
    slug: str = ""
    passes: Callable[[Lookup], bool] | None = None

    @property
    def name(self) -> str:
        """Identifier of the row."""
        return f"{self.rule}-{self.slug or self.held}"


def show(value: Number) -> str:
    """Return a number for a calculation: exact where short, else six digits."""
    if isinstance(value, float) and value in {inf, -inf}:
        return "infinity" if value > 0 else "-infinity"
    text = f"{float(value):.6g}"
    if "e" in text:
        return text if abs(float(value)) < 1e-3 else f"{float(value):.0f}"
    return text


def spell(low: Number, high: Number) -> str:
    """Return an interval in words."""
    return f"{show(low)} to {show(high)}"


def stands(cell: Cell) -> str:
    """Return what a printed number stands for, in words."""
    if cell.comparator:
        return f"printed {cell.printed}"
    return f"printed {cell.printed} stands for " + spell(
        cell.window.low, cell.window.high
    )


def verdict_of(cell: Cell, point: Fraction | None, allowed: Interval) -> str:
    """
    Compare a printed number with what others allow.

    Parameters
    ----------
    cell : Cell
        An exact printed number.
    point : Fraction or None
        What the others give if their printed digits were exact; None if unknown.
    allowed : Interval
        What they give over their windows.

    Returns
    -------
    str
        Verdict.
    """
    if not cell.window.meets(allowed):
        return INCONSISTENT
    if point is not None and cell.window.holds(point):
        return CONSISTENT
    return BY_ROUNDING


def meeting(verdict: str) -> str:
    """Return the end of a calculation."""
    return "they do not meet" if verdict == INCONSISTENT else "they meet"


@dataclass(frozen=True, slots=True)
class Scale:
    """Range in which a number could have been printed."""

    low: Fraction
    high: Fraction


def power_of(cell: Cell, allowed: Iterable[Interval], scale: Scale) -> float:
    """
    Return the share of printable values that do not meet what others allow.

    Parameters
    ----------
    cell : Cell
        Gives the number of decimals.
    allowed : iterable of Interval
        Disjoint or overlapping intervals that the others allow.
    scale : Scale
        Printable values lie in it.

    Returns
    -------
    float
        From 0 to 1; `nan` where nothing is printable.
    """
    step, half = cell.step, cell.step / 2
    first, last = ceil(scale.low / step), floor(scale.high / step)
    total = last - first + 1
    if total <= 0:
        return nan
    spans = sorted(
        (
            max(first, ceil((i.low - half) / step)),
            min(last, floor((i.high + half) / step)),
        )
        for i in allowed
    )
    accepted, reached = 0, first - 1
    for start, end in spans:
        begin = max(start, reached + 1)
        if end >= begin:
            accepted += end - begin + 1
            reached = end
    return 1 - accepted / total


def plausible(cell: Cell, *others: Number) -> Scale:
    """
    Return the window of printable values where no scale is declared.

    From 0 (or from its mirror image, if a number below 0 is at hand) to twice the
    largest number at hand.
    """
    values = [float(cell.value), *(float(other) for other in others)]
    finite = [abs(value) for value in values if abs(value) != inf]
    top = max(2 * Fraction(max(finite)), 2 * cell.step)
    return Scale(-top if min(values) < 0 else Fraction(0), top)
