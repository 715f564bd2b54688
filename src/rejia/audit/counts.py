"""Counts against totals: over groups, over levels, within their group."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from rejia.audit.context import ALL, FLOW, Context
from rejia.audit.finding import (
    CONSISTENT,
    INCONSISTENT,
    NOT_CHECKABLE,
    PROOF,
    Check,
    Lookup,
    Outcome,
    Scale,
    power_of,
    show,
)
from rejia.constraints import Cell, Interval, Size


def count_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of counts.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``count_sum`` (over the groups of a partition), ``level_sum`` (over levels
        that exclude each other and are everyone), ``count_in_group`` and
        ``group_size`` (the level that defines a group against its size).
    """
    yield from _group_sums(context)
    yield from _level_sums(context)
    yield from _within(context)
    yield from _group_sizes(context)


def _group_sums(context: Context) -> Iterator[Check]:
    seen: set[tuple[str, ...]] = set()
    for total in context.cells.of("n", "denominator"):
        if not total.whole:
            continue
        for label, groups in context.unions():
            if total.key.group != label:
                continue
            parts = [
                context.cells.first(
                    replace(total.key, group=group), total.statistic, place=total.place
                )
                for group in groups
            ]
            found = tuple(p.fact for p in parts if p is not None and p.whole)
            shape = (total.printed, label, *found)
            if len(found) == len(groups) and shape not in seen:
                seen.add(shape)
                yield _group_sum(total.fact, found)


def _group_sum(held: str, parts: tuple[str, ...]) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        total = cells[held]
        value = sum((cells[part].value for part in parts), Fraction(0))
        return Outcome(
            CONSISTENT if value == total.value else INCONSISTENT,
            PROOF,
            "each counted in one group",
            f"{' + '.join(cells[part].printed for part in parts)} = {show(value)}; "
            f"printed {total.printed}",
            float(value),
            float(value),
            _power(total, value, value, 2 * max(value, total.value)),
        )

    return Check("count_sum", held, (held, *parts), evaluate)


def _level_sums(context: Context) -> Iterator[Check]:
    for first in context.cells.of("n"):
        levels = context.levels(first.key)
        if not levels or first.key.level != levels[0]:
            continue
        parts = [
            context.cells.first(replace(first.key, level=level), "n", place=first.place)
            for level in levels
        ]
        found = [part for part in parts if part is not None and part.whole]
        same_place = len({part.place for part in found}) == 1
        size = context.sizes.of(replace(first.key, level=""), first.place)
        if size is not None and same_place and len(found) == len(levels):
            yield _level_sum(size, [part.fact for part in found])


def _level_sum(size: Size, parts: Sequence[str]) -> Check:
    facts = (*parts, *((size.fact,) if size.fact else ()))

    def evaluate(cells: Lookup) -> Outcome:
        total = size.of(cells)
        value = int(sum(cells[part].value for part in parts))
        arithmetic = (
            f"{' + '.join(cells[part].printed for part in parts)} = {value}; "
            f"the group counts {total}"
        )
        verdict = CONSISTENT if value == total else INCONSISTENT
        under = "levels exclude each other"
        if value < total:
            verdict = INCONSISTENT if size.exact else NOT_CHECKABLE
            under += "; complete data" if size.exact else ""
            arithmetic += f"; {total - value} would have no value"
        others = value - int(cells[parts[0]].value)
        least = total - others if size.exact else 0
        held = cells[parts[0]]
        return Outcome(
            verdict,
            PROOF,
            under,
            arithmetic,
            float(least),
            float(total - others),
            _power(held, least, total - others, total),
        )

    return Check("level_sum", parts[0], facts, evaluate)


def _within(context: Context) -> Iterator[Check]:
    for cell in context.cells.of("n", "n_of"):
        if not cell.whole or not cell.key.level or cell.key.analysis == FLOW:
            continue  # a flow chart counts those who are left out, too
        size = context.sizes.of(cell.key, cell.place, share=True)
        if size is not None and size.fact != cell.fact:
            yield _in_group(cell.fact, size)


def _in_group(held: str, size: Size) -> Check:
    facts = (held, size.fact) if size.fact else (held,)

    def evaluate(cells: Lookup) -> Outcome:
        cell, total = cells[held], size.of(cells)
        return Outcome(
            CONSISTENT if cell.value <= total else INCONSISTENT,
            PROOF,
            "counted within the group",
            f"printed {cell.printed}; the group counts {total}",
            0.0,
            float(total),
            _power(cell, 0, total, 2 * max(total, int(cell.value))),
        )

    return Check("count_in_group", held, facts, evaluate)


def _group_sizes(context: Context) -> Iterator[Check]:
    groups = context.structure.groups
    if groups is None:
        return
    labels = groups.labels.model_dump()
    for cell in context.cells.of("n"):
        key = cell.key
        label = labels.get(key.level)
        if label is None or key.outcome != groups.outcome or key.group != ALL:
            continue
        size = context.sizes.group(key.population, label, cell.place)
        if size is not None and size.fact and cell.whole:
            yield _group_size(cell.fact, size.fact, label)


def _group_size(held: str, size: str, label: str) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        cell, group = cells[held], cells[size]
        return Outcome(
            CONSISTENT if cell.value == group.value else INCONSISTENT,
            PROOF,
            f"group {label} is defined as {cell.key.level}",
            f"printed {cell.printed} {cell.key.level}; group {label} counts "
            f"{group.printed}",
            float(group.value),
            float(group.value),
            _power(cell, group.value, group.value, 2 * max(group.value, cell.value)),
        )

    return Check("group_size", held, (held, size), evaluate)


def _power(
    cell: Cell, low: Fraction | int, high: Fraction | int, top: Fraction | int
) -> float:
    """Return the share of whole numbers from 0 to `top` outside low to high."""
    quarter = Fraction(1, 4)
    allowed = [Interval(Fraction(low) + quarter, Fraction(high) - quarter)]
    if low == high:
        allowed = [Interval(Fraction(low), Fraction(low))]
    return power_of(cell, allowed, Scale(Fraction(0), Fraction(top)))
