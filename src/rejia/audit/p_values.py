"""Hold a printed p-value against those that conventions and adjustments can give."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import atan, cos, inf, pi, sin, sqrt

from rejia.audit.context import Context
from rejia.audit.finding import (
    CONSISTENT,
    ENUMERATION,
    INCONSISTENT,
    PROOF,
    Scale,
    power_of,
)
from rejia.constraints import Cell, Interval

UNIT = Scale(Fraction(0), Fraction(1))
_TOLERANCE = 1e-6  # relative: what binary fractions and quantiles can move


@dataclass(frozen=True, slots=True)
class Span:
    """
    The p-values that one convention can give.

    Attributes
    ----------
    name : str
        The convention, in words.
    least, most : float
        Ends, two-sided and not adjusted.
    """

    name: str
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Adjustment:
    """
    What was done to a p-value before it was printed.

    Attributes
    ----------
    name : str
        In words.
    m : int or None
        Comparisons of a Bonferroni correction, 1 for none; None for any number.
    """

    name: str
    m: int | None

    def applied(self, span: Span) -> tuple[float, float]:
        """Return the adjusted ends, ``min(1, m p)``."""
        if self.m is None:
            return min(span.least, 1.0), 1.0
        return min(self.m * span.least, 1.0), min(self.m * span.most, 1.0)


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    What came of a printed p-value.

    Attributes
    ----------
    verdict, evidence : str
        As in the table of the audit.
    least, most : float
        What the declared conventions allow, stated adjustments included.
    power : float
        Share of printable values that would have been refused.
    explanations : tuple of str
        What else would give the printed value.
    """

    verdict: str
    evidence: str
    least: float
    most: float
    power: float
    explanations: tuple[str, ...]


RAW = Adjustment("raw", 1)
ANY = Adjustment("Bonferroni for any number of comparisons", None)


def family_size(context: Context, family: str) -> int | None:
    """Return the comparisons that a declared family is corrected for, if any."""
    found = context.structure.families.get(family)
    return found.m if found is not None and found.method == "bonferroni" else None


def stated(adjustment: str, m: int | None) -> tuple[Adjustment, ...]:
    """
    Return the adjustments that a printed p-value can have.

    Parameters
    ----------
    adjustment : str
        Of the fact: raw, bonferroni or unstated, which is tried as both.
    m : int or None
        Comparisons in the declared family; None where none is declared.

    Returns
    -------
    tuple of Adjustment
    """
    corrected = ANY if m is None else Adjustment(f"Bonferroni, m = {m}", m)
    if adjustment == "bonferroni":
        return (corrected,)
    return (RAW, corrected) if adjustment == "unstated" else (RAW,)


def p_ends(p: Cell) -> tuple[float, float]:
    """Return what a printed p-value stands for, within 0 to 1."""
    if p.comparator in {"<", "≤"}:
        return 0.0, float(p.value)
    if p.comparator in {">", "≥"}:
        return float(p.value), 1.0
    return max(float(p.window.low), 0.0), min(float(p.window.high), 1.0)


def fits(p: Cell, least: float, most: float) -> bool:
    """Say whether a printed p-value meets a range."""
    low, high = p_ends(p)
    return least <= high * (1 + _TOLERANCE) and most >= low * (1 - _TOLERANCE)


def judge(
    p: Cell, declared: Sequence[Span], others: Sequence[Span], m: int | None
) -> Judgement:
    """
    Hold a printed p-value against the conventions declared, and then against others.

    Parameters
    ----------
    p : Cell
        The p-value.
    declared : sequence of Span
        What the declared convention prints, one of them or another.
    others : sequence of Span
        Conventions tried as explanations.
    m : int or None
        Comparisons in the declared family.

    Returns
    -------
    Judgement
        Inconsistent where no declared convention gives it under a stated adjustment;
        that is proof where no other convention, number of comparisons or a one-sided
        test gives it either. A p-value printed as raw is taken as raw.
    """
    adjustments = stated(p.adjustment, m)
    ranges = [a.applied(span) for span in declared for a in adjustments]
    least = min((low for low, _ in ranges), default=0.0)
    most = max((high for _, high in ranges), default=1.0)
    spans = [Interval(Fraction(low), Fraction(high)) for low, high in ranges]
    power = 0.0 if p.comparator else power_of(p, spans, UNIT)
    if any(fits(p, low, high) for low, high in ranges):
        return Judgement(CONSISTENT, PROOF, least, most, power, ())
    found = tuple(_rescues(p, declared, others, adjustments))
    evidence = ENUMERATION if found else PROOF
    told = found or ("no other convention, correction or one-sided test gives it",)
    if not p.comparator and any(_cut(p, low, high) for low, high in ranges):
        told = ("truncation instead of rounding", *told)
    return Judgement(INCONSISTENT, evidence, least, most, power, told)


def _cut(p: Cell, least: float, most: float) -> bool:
    """Say whether p would fit if its digits were cut off."""
    return least <= float(p.truncation.high) and most >= float(p.truncation.low)


def _rescues(
    p: Cell,
    declared: Sequence[Span],
    others: Sequence[Span],
    adjustments: Sequence[Adjustment],
) -> Iterable[str]:
    for span in others:
        for adjustment in adjustments:
            if fits(p, *adjustment.applied(span)):
                yield f"{span.name} ({adjustment.name}) could"
    everything = [*declared, *others]
    if RAW not in adjustments or len(adjustments) > 1:
        for span in everything:
            if fits(p, *ANY.applied(span)):
                yield f"{span.name}, corrected for another number of comparisons, could"
                break
    for span in everything:
        half = Span(span.name, span.least / 2, span.most / 2)
        for adjustment in adjustments:
            if fits(p, *adjustment.applied(half)):
                yield f"one-sided, {span.name} ({adjustment.name}) could"
                return


def student_two_sided(t: float, df: int) -> float:
    """
    Return the two-sided p-value of Student's t for whole degrees of freedom.

    Parameters
    ----------
    t : float
        Statistic; infinity gives 0.
    df : int
        Degrees of freedom, 1 or more.

    Returns
    -------
    float

    References
    ----------
    Abramowitz M, Stegun IA. Handbook of mathematical functions, 26.7.3 and 26.7.4.
    """
    if abs(t) == inf:
        return 0.0
    theta = atan(abs(t) / sqrt(df))
    cosine, term, total = cos(theta), 1.0, 0.0
    if df % 2:
        term = cosine
        for step in range(1, (df - 1) // 2 + 1):
            total += term
            term *= cosine**2 * 2 * step / (2 * step + 1)
        inside = 2 / pi * (theta + sin(theta) * total)
    else:
        for step in range(1, df // 2 + 1):
            total += term
            term *= cosine**2 * (2 * step - 1) / (2 * step)
        inside = sin(theta) * total
    return max(1 - inside, 0.0)
