"""Means and SDs within a scale, and extremes that a mean and an SD allow."""

from collections.abc import Iterator
from fractions import Fraction

from rejia.audit.context import Context
from rejia.audit.finding import (
    CONSISTENT,
    ENUMERATION,
    INCONSISTENT,
    PROOF,
    Check,
    Lookup,
    Outcome,
    Scale,
    meeting,
    plausible,
    power_of,
    show,
    spell,
    stands,
)
from rejia.constraints import Cell, Interval, Size, sqrt_high

ZERO = Fraction(0)
SCALED = ("mean", "median", "q1", "q3", "min", "max")


def range_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of summaries against a scale or a printed range.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``within_scale`` (mean, median, extremes within the declared scale),
        ``within_range`` (within the printed minimum and maximum), ``sd_on_scale``
        (SD that mean, n and range allow) and ``extreme`` (how far a minimum or
        maximum can be from the mean).
    """
    for cell in context.cells.of(*SCALED):
        low, high = context.bounds(cell.key)
        if cell.comparator or cell.key.ref_visit or (low is None and high is None):
            continue
        yield _within_scale(cell.fact, low, high)
    for mean in context.cells.of("mean"):
        if not mean.comparator and not mean.key.ref_visit:
            yield from _of_mean(context, mean)


def _within_scale(held: str, low: Fraction | None, high: Fraction | None) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        cell = cells[held]
        below = low is not None and cell.window.high < low
        above = high is not None and cell.window.low > high
        verdict = INCONSISTENT if below or above else CONSISTENT
        start = low if low is not None else float("-inf")
        end = high if high is not None else float("inf")
        guess = plausible(cell, *(e for e in (low, high) if e is not None))
        inner = Interval(
            low if low is not None else guess.low,
            high if high is not None else guess.high,
        )
        reach = 2 * max(abs(inner.low), abs(inner.high), abs(cell.value), cell.step)
        return Outcome(
            verdict,
            PROOF,
            "scale " + spell(start, end),
            f"{stands(cell)}; the scale goes from {spell(start, end)}: "
            + meeting(verdict),
            float(start),
            float(end),
            power_of(cell, [inner], Scale(-reach if inner.low < 0 else ZERO, reach)),
        )

    return Check("within_scale", held, (held,), evaluate)


def _of_mean(context: Context, mean: Cell) -> Iterator[Check]:
    key, place = mean.key, mean.place
    least = context.cells.first(key, "min", place=place)
    most = context.cells.first(key, "max", place=place)
    sd = context.cells.first(key, "sd", "plus_minus", place=place)
    size = context.sizes.of(key, place)
    if least is not None and most is not None:
        yield _within_range(mean.fact, least.fact, most.fact)
    if sd is None or sd.statistic != "sd" or size is None or size.value < 2:
        return
    low, high = context.bounds(key)
    if low is not None and high is not None:
        yield _sd_on_scale(mean.fact, sd.fact, size, low, high)
    for end in (least, most):
        if end is not None:
            yield _extreme(mean.fact, sd.fact, end.fact, size)


def _within_range(held: str, least: str, most: str) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        mean, low, high = cells[held], cells[least], cells[most]
        allowed = Interval(low.window.low, max(high.window.high, low.window.low))
        verdict = CONSISTENT if mean.window.meets(allowed) else INCONSISTENT
        if low.window.low > high.window.high:
            verdict = INCONSISTENT
        return Outcome(
            verdict,
            PROOF,
            "one set of values",
            f"{stands(mean)}; printed range {low.printed} to {high.printed}: "
            + meeting(verdict),
            float(allowed.low),
            float(allowed.high),
            power_of(mean, [allowed], plausible(mean, low.value, high.value)),
        )

    return Check("within_range", held, (held, least, most), evaluate)


def largest_variance(mean: Interval, n: int, low: Fraction, high: Fraction) -> Fraction:
    """
    Return the largest sample variance of n values on a scale with a mean in a window.

    Parameters
    ----------
    mean : Interval
        Window of the mean.
    n : int
        Number of values, above 1.
    low, high : Fraction
        Ends of the scale.

    Returns
    -------
    Fraction
        ``(high - m) (m - low) n / (n - 1)`` at the m of the window that is nearest
        to the middle of the scale; 0 where the window lies outside.
    """
    middle = (low + high) / 2
    m = min(max(middle, mean.low, low), mean.high, high)
    return max((high - m) * (m - low), ZERO) * Fraction(n, n - 1)


def _sd_on_scale(
    mean_fact: str, held: str, size: Size, low: Fraction, high: Fraction
) -> Check:
    facts = (held, mean_fact, *((size.fact,) if size.fact else ()))

    def evaluate(cells: Lookup) -> Outcome:
        mean, sd = cells[mean_fact], cells[held]
        n = max(size.of(cells), 2)
        square = sd.window.clamped(ZERO).squared()
        most = largest_variance(mean.window, n, low, high)
        # Fewer values allow a larger SD: two allow the most.
        loosest = largest_variance(mean.window, 2, low, high)
        verdict = CONSISTENT if square.low <= most else INCONSISTENT
        rescued = not size.exact and square.low <= loosest
        top = sqrt_high(most)
        return Outcome(
            verdict,
            ENUMERATION if verdict == INCONSISTENT and rescued else PROOF,
            f"scale {spell(low, high)}; sample SD (n - 1)"
            + ("; complete data" if rescued and verdict == INCONSISTENT else ""),
            f"sqrt(({show(high)} - m) x (m - {show(low)}) x {n} / {n - 1}) is at most "
            f"{show(top)} for a mean printed {mean.printed}; {stands(sd)}: "
            + meeting(verdict),
            0.0,
            float(top),
            power_of(sd, [Interval(ZERO, top)], Scale(ZERO, 2 * max(top, sd.value))),
        )

    return Check("sd_on_scale", held, facts, evaluate)


def _extreme(mean_fact: str, sd_fact: str, held: str, size: Size) -> Check:
    facts = (held, mean_fact, sd_fact, *((size.fact,) if size.fact else ()))

    def evaluate(cells: Lookup) -> Outcome:
        mean, sd, end = cells[mean_fact], cells[sd_fact], cells[held]
        n = max(size.of(cells), 2)
        root = sqrt_high(Fraction((n - 1) ** 2, n))
        # No value is farther than (n - 1) / sqrt(n) sample SDs from the mean, or
        # sqrt(n - 1) SDs with divisor n.
        allowed = _reach(mean, sd, end, root)
        verdict = CONSISTENT if end.window.meets(allowed) else INCONSISTENT
        wider = _reach(mean, sd, end, sqrt_high(Fraction(n - 1)))
        divisor = verdict == INCONSISTENT and end.window.meets(wider)
        told = "+" if end.statistic == "max" else "-"
        return Outcome(
            verdict,
            ENUMERATION if divisor else PROOF,
            f"n at most {n}; sample SD (n - 1)"
            + (" or population SD" if verdict == INCONSISTENT and not divisor else ""),
            f"{mean.printed} {told} {sd.printed} x {n - 1} / sqrt({n}) gives at the "
            f"extreme {spell(allowed.low, allowed.high)}; {stands(end)}: "
            + meeting(verdict),
            float(allowed.low),
            float(allowed.high),
            power_of(end, [allowed], plausible(end, allowed.low, allowed.high)),
            lambda: ["population SD (divisor n) instead of sample SD"] * divisor,
        )

    return Check("extreme", held, facts, evaluate)


def _reach(mean: Cell, sd: Cell, end: Cell, root: Fraction) -> Interval:
    """Return where an extreme can be, at most so many SDs from the mean."""
    far = sd.window.clamped(ZERO).high * root
    if end.statistic == "max":
        return Interval(mean.window.low, mean.window.high + far)
    return Interval(mean.window.low - far, mean.window.high)
