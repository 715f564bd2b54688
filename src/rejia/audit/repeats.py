"""One quantity printed twice: equal keys, other digits."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

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
    power_of,
    stands,
)
from rejia.constraints import Cell

COUNTED = ("n", "n_of", "denominator")


def repeat_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of quantities that are printed more than once.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``repeat``.
    """
    for _, _, cells in context.cells.groups():
        for adjustment in dict.fromkeys(cell.adjustment for cell in cells):
            same = [cell for cell in cells if cell.adjustment == adjustment]
            if len(same) > 1:
                yield _digits(context, tuple(cell.fact for cell in same))


def _digits(context: Context, facts: tuple[str, ...]) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        found = [cells[fact] for fact in facts]
        worst = max(
            (_pair(a, b) for a, b in combinations(found, 2)), key=lambda pair: pair[0]
        )
        rank, first, second = worst
        verdict = (CONSISTENT, BY_ROUNDING, INCONSISTENT, INCONSISTENT)[rank]
        low, high = _ends(first)
        finite = not (first.comparator or second.comparator)
        return Outcome(
            verdict,
            ENUMERATION if rank == 2 else PROOF,
            "one rounding rule for both" if rank == 2 else "one quantity",
            f"{first.place} {stands(first)}; {second.place} {stands(second)}: "
            + ("they do not meet" if rank > 1 else "they meet")
            + (" but in one point" if rank == 2 else ""),
            float(low),
            float(high),
            power_of(second, [first.window], context.scale(second, first.value))
            if finite
            else 0.0,
        )

    return Check("repeat", facts[-1], facts, evaluate)


def _ends(cell: Cell) -> tuple[Fraction | float, Fraction | float]:
    if cell.comparator in {"<", "≤"}:
        return float("-inf"), cell.value
    if cell.comparator in {">", "≥"}:
        return cell.value, float("inf")
    return cell.window.low, cell.window.high


def _pair(first: Cell, second: Cell) -> tuple[int, Cell, Cell]:
    """
    Rank a pair: 0 the same, 1 other digits that meet, 2 touch, 3 apart.

    Two exact numbers of one precision touch where they are neighbours: one value,
    half-way, rounded by two rules. Counts are not rounded.
    """
    if first.value == second.value and first.comparator == second.comparator:
        return 0, first, second
    (a, b), (c, d) = _ends(first), _ends(second)
    if a > d or c > b:
        return 3, first, second
    if first.whole and second.whole and first.statistic in COUNTED:
        return 3, first, second
    touching = a == d or c == b
    return (2 if touching else 1), first, second
