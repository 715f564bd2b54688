"""What exact intervals rule out of a spec, in words."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import isqrt

from rejia.ensemble.model import Cell, Column, SignRule, Spec, SumRule


def conflicts(spec: Spec) -> Iterator[str]:
    """
    Yield in words what the windows of a spec rule out, by exact intervals.

    Parameters
    ----------
    spec : Spec
        Demands.

    Yields
    ------
    str
        Column, cells and facts of a conflict. Each is proved; none found is no
        proof that a cohort exists.
    """
    for column in spec.columns:
        cells = spec.cells_of(column.name)
        alone = [cell for cell in cells if not _possible(cell, column)]
        for cell in alone:
            yield (
                f"{column.name}, {cell.group}: no {cell.n} values have these "
                f"summaries ({', '.join(cell.facts)})"
            )
        single = {c.groups[0]: c for c in cells if len(c.groups) == 1}
        for cell in cells:
            parts = [single[group] for group in cell.groups if group in single]
            if len(parts) < max(2, len(cell.groups)) or alone:
                continue
            if not _adds_up(cell, parts):
                facts = [*cell.facts, *(fact for part in parts for fact in part.facts)]
                yield (
                    f"{column.name}: {cell.group} cannot be made of "
                    f"{', '.join(cell.groups)} ({', '.join(dict.fromkeys(facts))})"
                )
    yield from _linked(spec)


def _possible(cell: Cell, column: Column) -> bool:
    """Say whether some sum and sum of squares of whole numbers fit a cell."""
    top = column.high - column.low
    for total in range(cell.sum_low, cell.sum_high + 1):
        shifted = total - cell.n * column.low
        low, high = squares(cell, total)
        # Sum of squares above the lower end: parity of the sum, and both bounds.
        move = -2 * column.low * total + cell.n * column.low**2
        rest = shifted % cell.n
        least = (shifted * shifted + rest * (cell.n - rest)) // cell.n
        full, part = divmod(shifted, top) if top else (0, 0)
        most = full * top * top + part * part
        low, high = max(low + move, least), min(high + move, most)
        low += (low - shifted) % 2
        if low <= high:
            return True
    return False


def squares(cell: Cell, total: int) -> tuple[int, int]:
    """Return the window of the sum of squares of a cell at a sum of values."""
    low = -(-(cell.spread_low + total * total) // cell.n)
    return low, (cell.spread_high + total * total) // cell.n


def _adds_up(whole: Cell, parts: Sequence[Cell]) -> bool:
    """Say whether sums and sums of squares of groups can add up to their merge."""
    windows = [
        [(s, *squares(part, s)) for s in range(part.sum_low, part.sum_high + 1)]
        for part in parts
    ]
    for chosen in product(*windows):
        total = sum(s for s, _, _ in chosen)
        if whole.sum_low <= total <= whole.sum_high:
            low, high = squares(whole, total)
            least = sum(q for _, q, _ in chosen)
            most = sum(q for _, _, q in chosen)
            if max(low, least) <= min(high, most):
                return True
    return False


def _linked(spec: Spec) -> Iterator[str]:
    """Yield groups in which linked columns cannot have their sums or spreads."""
    cells = {(c.column, c.groups[0]): c for c in spec.cells if len(c.groups) == 1}
    for rule in spec.rules:
        for group, _ in spec.groups:
            names = rule.columns
            found = [cells[name, group] for name in names if (name, group) in cells]
            if len(found) == len(names) and not _link_holds(rule, group, found):
                facts = ", ".join(fact for cell in found for fact in cell.facts)
                yield f"{' and '.join(names)} do not go together in {group} ({facts})"


def _link_holds(rule: SumRule | SignRule, group: str, found: Sequence[Cell]) -> bool:
    first, second = found[0], found[1]
    if isinstance(rule, SumRule):
        third = found[2]
        low, high = second.sum_low + third.sum_low, second.sum_high + third.sum_high
        reach = isqrt(4 * second.spread_high * third.spread_high) + 1
        most = second.spread_high + third.spread_high + reach
        return (
            max(low, first.sum_low) <= min(high, first.sum_high)
            and first.spread_low <= most
        )
    sign = dict(rule.signs)[group]
    low = second.sum_low - first.sum_high
    high = second.sum_high - first.sum_low
    if sign:
        return high >= first.n if sign > 0 else low <= -first.n
    spread = (
        max(first.spread_low, second.spread_low),
        min(first.spread_high, second.spread_high),
    )
    return low <= 0 <= high and spread[0] <= spread[1]
