"""Numbers in order: quantiles, and p before and after correction."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from rejia.audit.context import Context
from rejia.audit.finding import (
    BY_ROUNDING,
    CONSISTENT,
    ENUMERATION,
    INCONSISTENT,
    PROOF,
    Check,
    Lookup,
    Outcome,
    meeting,
    plausible,
    power_of,
    spell,
    stands,
)
from rejia.constraints import Cell, Interval

QUANTILES = ("min", "q1", "median", "q3", "max")
ONE = Fraction(1)
ZERO = Fraction(0)


def order_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of numbers that have an order.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``quantile_order`` (minimum, quartiles, median and maximum of one place and
        unit) and ``corrected_p`` (a p corrected after Bonferroni against the raw one).
    """
    seen: set[tuple[str, ...]] = set()
    for cell in context.cells.of(*QUANTILES):
        if not cell.key.group:
            continue  # a limit of a definition, not of data
        found = [
            other.fact
            for statistic in QUANTILES
            for other in context.cells.find(cell.key, statistic, place=cell.place)[:1]
            if not other.comparator
            and (other.place, other.unit) == (cell.place, cell.unit)
        ]
        middle = [f for f in found if context.cells.by_fact[f].statistic == "median"]
        if len(found) > 1 and tuple(found) not in seen:
            seen.add(tuple(found))
            yield _order((middle or found)[0], tuple(found))
    for p in context.cells.of("p_value"):
        if p.adjustment == "bonferroni":
            same = context.cells.find(p.key, "p_value", place=p.place)
            raw = next((cell for cell in same if cell.adjustment == "raw"), None)
            if raw is not None:
                yield _corrected(p.fact, raw.fact)


def _order(held: str, facts: tuple[str, ...]) -> Check:
    place = facts.index(held)

    def evaluate(cells: Lookup) -> Outcome:
        found = [cells[fact] for fact in facts]
        cell = found[place]
        low, high = _between(found, place)
        values = [other.value for other in found]
        verdict = CONSISTENT if values == sorted(values) else BY_ROUNDING
        reached = found[0].window.low
        for other in found:
            reached = max(reached, other.window.low)
            if reached > other.window.high:
                verdict = INCONSISTENT
        low, high = min(low, high), max(low, high)
        told = " ≤ ".join(f"{other.statistic} {other.printed}" for other in found)
        return Outcome(
            verdict,
            PROOF,
            "one set of values, one definition of quantiles",
            f"{told}; {stands(cell)}: "
            + ("out of order" if verdict == INCONSISTENT else "in order"),
            float(low),
            float(high),
            power_of(cell, [Interval(low, high)], plausible(cell, *values)),
        )

    return Check("quantile_order", held, facts, evaluate)


def _between(found: list[Cell], place: int) -> tuple[Fraction, Fraction]:
    """Return where the others leave room for one of them."""
    below = [cell.window.low for cell in found[:place]]
    above = [cell.window.high for cell in found[place + 1 :]]
    top = 2 * max(abs(cell.value) + cell.step for cell in found)
    return max(below, default=-top), min(above, default=top)


def _ends(cell: Cell) -> tuple[Fraction, Fraction]:
    if cell.comparator in {"<", "≤"}:
        return ZERO, min(cell.value, ONE)
    if cell.comparator in {">", "≥"}:
        return max(cell.value, ZERO), ONE
    return max(cell.window.low, ZERO), min(cell.window.high, ONE)


def comparisons(raw: Cell, corrected: Cell) -> tuple[int, int | None] | None:
    """
    Return the numbers of comparisons that lead from a raw p to a corrected one.

    Parameters
    ----------
    raw, corrected : Cell
        Printed p-values.

    Returns
    -------
    tuple of (int, int or None) or None
        Least and greatest m with ``min(1, m p)`` in the window of the corrected p
        for some p in that of the raw one; None for the greatest where there is no
        limit; None where no whole number does.
    """
    (a, b), (c, d) = _ends(raw), _ends(corrected)
    if b <= 0:
        return (1, None) if c <= 0 else None
    least = max(1, ceil(c / b))
    if d >= ONE or a <= 0:
        return least, None
    most = floor(d / a)
    return (least, most) if least <= most else None


def _corrected(held: str, raw: str) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        p, before = cells[held], cells[raw]
        found = comparisons(before, p)
        verdict = CONSISTENT if found is not None else INCONSISTENT
        below = _ends(p)[1] < _ends(before)[0]
        told = "no whole number of comparisons"
        if found is not None:
            least, most = found
            several = f"{least} or more" if most is None else spell(least, most)
            told = f"{several} comparisons"
        return Outcome(
            verdict,
            PROOF if below or found is not None else ENUMERATION,
            "one test before and after"
            + ("" if below else "; p times the number of comparisons, at most 1"),
            f"raw p printed {before.printed}; corrected {stands(p)}: {told}; "
            + ("a correction never lowers p" if below else meeting(verdict)),
            float(_ends(before)[0]),
            1.0,
        )

    return Check("corrected_p", held, (held, raw), evaluate)
