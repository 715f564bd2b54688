"""Percentages against counts and denominators, and what counts they allow."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import floor

from rejia.audit.context import Context
from rejia.audit.finding import (
    BY_ROUNDING,
    CONSISTENT,
    ENUMERATION,
    INCONSISTENT,
    NOT_CHECKABLE,
    PROOF,
    Check,
    Lookup,
    Outcome,
    Scale,
    meeting,
    power_of,
    show,
    spell,
    stands,
    verdict_of,
)
from rejia.constraints import Cell, Interval, Size
from rejia.estimate import Key

HUNDRED = Fraction(100)
_SCALE = Scale(Fraction(0), HUNDRED)
_SHOWN = 8


def percentage_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of percentages.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``percent_of_count`` (100 k / n, where the count is printed too),
        ``percent_attainable`` (is there a whole k at all?) and ``percent_sum``
        (levels that exclude each other and are everyone).
    """
    seen: set[tuple[str, ...]] = set()
    for cell in context.cells.of("percent"):
        size = context.sizes.of(cell.key, cell.place, share=True)
        if cell.comparator or size is None or size.value < 1:
            continue
        count = context.cells.first(cell.key, "n", "n_of", place=cell.place)
        if count is not None and count.whole:
            yield _of_count(cell.fact, count.fact, size)
            continue
        shape = (cell.printed, size.fact, str(size.value), str(cell.key))
        if shape not in seen:
            seen.add(shape)
            yield _attainable(cell.fact, size, _companions(context, cell))
    yield from _sums(context)


def counts_allowed(cell: Cell, total: int) -> range:
    """Return the whole counts that a printed percentage of `total` allows."""
    units, scale = 2 * cell.units, 200 * 10**cell.decimals
    low = max(0, -(-(units - 1) * total // scale))
    high = min(total, (units + 1) * total // scale)
    return range(low, high + 1)


def totals_allowed(cell: Cell, count: int, most: int) -> range:
    """Return the denominators up to `most` from which `count` is the percentage."""
    units, scale = 2 * cell.units, 200 * 10**cell.decimals
    low = max(1, count, -(-scale * count // (units + 1)))
    high = min(most, scale * count // (units - 1)) if units > 1 else most
    return range(low, high + 1)


@lru_cache(maxsize=1024)
def share_unattainable(total: int, decimals: int) -> float:
    """Return the share of printable percentages that no count of `total` gives."""
    scale: int = 10**decimals
    accepted, reached = 0, -1
    for count in range(total + 1):
        first = -(-(200 * scale * count - total) // (2 * total))
        last = (200 * scale * count + total) // (2 * total)
        start = max(first, reached + 1, 0)
        end = min(last, 100 * scale)
        accepted += max(0, end - start + 1)
        reached = max(reached, end)
    return 1 - accepted / (100 * scale + 1)


def fitting_totals(percents: Sequence[Cell], most: int) -> list[int]:
    """Return the denominators up to `most` from which all percentages can come."""
    return [
        total
        for total in range(1, most + 1)
        if all(len(counts_allowed(cell, total)) for cell in percents)
    ]


def _evidence(size: Size) -> str:
    return PROOF if size.exact else ENUMERATION


def _under(size: Size, total: int) -> str:
    if size.exact:
        return f"denominator {total}"
    return f"denominator {total}: the size of the group; complete data"


def _of_count(held: str, count: str, size: Size) -> Check:
    facts = (held, count, *((size.fact,) if size.fact else ()))

    def evaluate(cells: Lookup) -> Outcome:
        cell, events, total = cells[held], cells[count], size.of(cells)
        if not total or events.value > total:
            return Outcome(
                NOT_CHECKABLE, PROOF, _under(size, total), "the count exceeds it"
            )
        value = HUNDRED * events.value / total
        allowed = Interval(value, value)
        verdict = verdict_of(cell, value, allowed)
        rescued = not size.exact and bool(
            totals_allowed(cell, int(events.value), total)
        )
        under = _under(size, total)
        if verdict == INCONSISTENT and not size.exact and not rescued:
            under = f"a denominator up to {total}, any number of values missing"
        return Outcome(
            verdict,
            ENUMERATION if verdict == INCONSISTENT and rescued else PROOF,
            under,
            f"100 x {events.printed} / {total} = {show(value)}; {stands(cell)}: "
            + meeting(verdict),
            float(value),
            float(value),
            power_of(cell, [allowed], _SCALE),
            lambda: _why_not(cell, events, total),
        )

    return Check("percent_of_count", held, facts, evaluate)


def _why_not(cell: Cell, events: Cell, total: int) -> Iterator[str]:
    value = HUNDRED * events.value / total
    if cell.truncation.holds(value):
        yield "truncation instead of rounding"
    fits = totals_allowed(cell, int(events.value), 2 * total)
    if fits:
        yield f"with {events.printed} the denominator would be {_listed(fits)}"
    counts = counts_allowed(cell, total)
    if counts:
        yield f"with {total} the count would be {_listed(counts)}"


def _listed(values: Sequence[int]) -> str:
    if len(values) > _SHOWN:
        return f"{values[0]} to {values[-1]} ({len(values)} of them)"
    return " or ".join(str(value) for value in values)


def _companions(context: Context, cell: Cell) -> list[str]:
    """Return the percentages printed for the same patients at the same visit."""
    key = cell.key

    def alike(other: Key) -> bool:
        names = ("analysis", "population", "visit", "ref_visit", "group", "component")
        return all(getattr(other, name) == getattr(key, name) for name in names)

    return [
        other.fact
        for other in context.cells.of("percent")
        if other.place == cell.place and not other.comparator and alike(other.key)
    ]


def _attainable(held: str, size: Size, companions: list[str]) -> Check:
    facts = (held, *((size.fact,) if size.fact else ()))

    def evaluate(cells: Lookup) -> Outcome:
        cell, total = cells[held], size.of(cells)
        counts = counts_allowed(cell, total)
        nearest = round(cell.value * total / 100)
        around = sorted({max(0, nearest - 1), nearest, min(total, nearest + 1)})
        tried = ", ".join(
            f"{k}/{total} = {show(HUNDRED * k / total)}" for k in around if k <= total
        )
        verdict = INCONSISTENT
        if counts:
            exact = any(HUNDRED * k / total == cell.value for k in counts)
            verdict = CONSISTENT if exact else BY_ROUNDING
        ends = _nearest(cell, total, counts)
        return Outcome(
            verdict,
            _evidence(size) if verdict == INCONSISTENT else PROOF,
            _under(size, total),
            f"{tried}; {stands(cell)}: "
            + (f"count {_listed(counts)}" if counts else "no whole count"),
            float(ends.low),
            float(ends.high),
            share_unattainable(total, cell.decimals),
            lambda: _other_totals(cell, total, [cells[fact] for fact in companions]),
        )

    return Check("percent_attainable", held, facts, evaluate)


def _nearest(cell: Cell, total: int, counts: range) -> Interval:
    """Return what is attainable inside the window, or next to it on both sides."""
    if counts:
        ends = (counts[0], counts[-1])
    else:
        below = min(total, floor(cell.value * total / 100))
        ends = (below, min(total, below + 1))
    return Interval(*(HUNDRED * end / total for end in ends))


def _other_totals(cell: Cell, total: int, companions: Sequence[Cell]) -> Iterator[str]:
    alone = fitting_totals([cell], total)
    if not alone:
        return
    yield f"denominators up to {total} that fit it: {_listed(alone[::-1][:_SHOWN])}"
    joint = fitting_totals(companions, total)
    if len(companions) > 1 and joint:
        best = joint[-1]
        counts = ", ".join(
            f"{_listed(counts_allowed(c, best))}/{best} for {c.printed}"
            for c in companions
        )
        yield f"all {len(companions)} percentages of the visit fit {best} ({counts})"
    upper = -(-cell.truncation.high * total // 100)  # the end itself would be printed
    trunc = range(-(-cell.truncation.low * total // 100), min(total + 1, upper))
    if trunc:
        yield f"truncation instead of rounding: {_listed(trunc)}/{total}"


def _sums(context: Context) -> Iterator[Check]:
    for first in context.cells.of("percent"):
        levels = context.levels(first.key)
        if not levels or first.key.level != levels[0]:
            continue
        parts = [
            context.cells.first(
                replace(first.key, level=level), "percent", place=first.place
            )
            for level in levels
        ]
        found = [part for part in parts if part is not None]
        if len(found) == len(levels) and len({part.place for part in found}) == 1:
            yield _sum(tuple(part.fact for part in found))


def _sum(parts: tuple[str, ...]) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        used = [cells[part] for part in parts]
        low = sum((cell.window.low for cell in used), Fraction(0))
        high = sum((cell.window.high for cell in used), Fraction(0))
        value = sum((cell.value for cell in used), Fraction(0))
        verdict = CONSISTENT if value == HUNDRED else BY_ROUNDING
        if low > HUNDRED:
            verdict = INCONSISTENT
        elif high < HUNDRED:
            verdict = NOT_CHECKABLE
        most = max(HUNDRED - low + used[0].window.low, Fraction(0))
        return Outcome(
            verdict,
            PROOF,
            "levels exclude each other; one denominator",
            f"{' + '.join(cell.printed for cell in used)} = {show(value)}; with each "
            f"within half a unit: {spell(low, high)}; everyone is 100: "
            + ("below it" if verdict == NOT_CHECKABLE else meeting(verdict)),
            0.0,
            float(most),
            power_of(used[0], [Interval(Fraction(0), most)], _SCALE),
        )

    return Check("percent_sum", parts[0], parts, evaluate)
