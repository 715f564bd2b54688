"""What a number after plus-minus is: a standard deviation or a standard error."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from rejia.audit.context import ALL, Context
from rejia.audit.finding import (
    CONSISTENT,
    ENUMERATION,
    INCONSISTENT,
    NOT_CHECKABLE,
    PROOF,
    Check,
    Lookup,
    Outcome,
    meeting,
    plausible,
    power_of,
    show,
    spell,
    stands,
)
from rejia.audit.missing import sd_rescued
from rejia.audit.ranges import largest_variance
from rejia.constraints import Cell, Interval, Size, sqrt_high, sqrt_low
from rejia.constraints.intervals import between_range

ZERO = Fraction(0)
_LARGEST = Fraction(10**12)


@dataclass(frozen=True, slots=True)
class Spread:
    """
    A printed plus-minus and what bears on it.

    Attributes
    ----------
    held, mean : str
        Facts of the number and of its mean.
    size : Size
        Number of values.
    sds : tuple of str
        Facts that print the SD of the same key.
    groups : tuple of str
        Facts of the means of groups that make it up.
    sizes : tuple of Size
        Of the groups.
    low, high : Fraction or None
        Ends of the scale.
    """

    held: str
    mean: str
    size: Size
    sds: tuple[str, ...]
    groups: tuple[str, ...]
    sizes: tuple[Size, ...]
    low: Fraction | None
    high: Fraction | None


def kind_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of numbers printed after plus-minus.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``plus_minus_sd``: can the number be the SD, given the SD printed
        elsewhere, the means of groups, and the scale?
    """
    for cell in context.cells.of("plus_minus"):
        mean = context.cells.first(cell.key, "mean", place=cell.place)
        size = context.sizes.of(cell.key, cell.place)
        if mean is None or size is None or size.value < 2 or cell.comparator:
            continue
        sds = [
            sd.fact for sd in context.cells.find(cell.key, "sd") if not sd.comparator
        ]
        groups, sizes = _groups(context, cell)
        low, high = context.bounds(cell.key)
        yield _check(
            Spread(cell.fact, mean.fact, size, tuple(sds), groups, sizes, low, high)
        )


def _groups(context: Context, cell: Cell) -> tuple[tuple[str, ...], tuple[Size, ...]]:
    for label, groups in context.unions():
        if label != cell.key.group or label != ALL:
            continue
        keys = [replace(cell.key, group=group) for group in groups]
        means = [context.cells.first(key, "mean", place=cell.place) for key in keys]
        sizes = [context.sizes.of(key, cell.place) for key in keys]
        if all(means) and all(sizes):
            return (
                tuple(mean.fact for mean in means if mean),
                tuple(size for size in sizes if size),
            )
    return (), ()


def _check(spread: Spread) -> Check:
    sizes = [s.fact for s in (spread.size, *spread.sizes) if s.fact]
    facts = (spread.held, spread.mean, *spread.sds, *spread.groups, *sizes)

    def evaluate(cells: Lookup) -> Outcome:
        cell, n = cells[spread.held], max(spread.size.of(cells), 2)
        allowed, told = _allowed(spread, cells, n)
        error = cell.window.clamped(ZERO).times(sqrt_low(Fraction(n)))
        as_sd = cell.window.meets(allowed)
        as_error = error.meets(allowed)
        if not told:
            return Outcome(
                NOT_CHECKABLE,
                PROOF,
                "nothing else bears on it",
                f"printed {cells[spread.mean].printed} ± {cell.printed}",
            )
        verdict = CONSISTENT if as_sd else INCONSISTENT
        assumed = _assumed(spread, cells, n) if verdict == INCONSISTENT else ""
        se = (
            f"as a standard error it would mean an SD of {spell(error.low, error.high)}"
        )
        return Outcome(
            verdict,
            # Nobody declared which of the two ± is; the other one is an alternative.
            ENUMERATION if assumed or (as_error and not as_sd) else PROOF,
            f"± is the sample SD of about {n} values{assumed}",
            f"{'; '.join(told)}; {stands(cell)}: {meeting(verdict)}; {se}, which "
            + (
                "fits too" if as_error and as_sd else "fits" if as_error else "does not"
            ),
            float(allowed.low),
            float(allowed.high),
            power_of(cell, [allowed], plausible(cell, allowed.low)),
            lambda: [f"a standard error: {se}"] if as_error else [],
        )

    return Check("plus_minus_sd", spread.held, facts, evaluate)


def _assumed(spread: Spread, cells: Lookup, n: int) -> str:
    """Return what nobody declared and a conflict rests on, empty for a proof."""
    window = cells[spread.held].window
    sds = [cells[fact].window for fact in spread.sds]
    if not all(window.meets(sd) for sd in sds):
        return ""  # the SD elsewhere is of the same values, whatever they are
    square = window.clamped(ZERO).squared()
    means = [cells[fact].window for fact in spread.groups]
    ns = [size.of(cells) for size in spread.sizes]
    if all(size.declared for size in (spread.size, *spread.sizes)):
        # With divisor n the SD is smaller: only its least can have been too large.
        least = between_range(means, _kept(spread, ns)).low
        fits = square.high * n >= least and not _too_large(spread, cells, n)
        return ", with divisor n - 1" if fits else ""
    any_sd = [Interval(ZERO, _LARGEST)] * len(means)
    fits = not means or sd_rescued(square, means, any_sd, ns)
    return "; complete data" if fits and not _too_large(spread, cells, 2) else ""


def _kept(spread: Spread, ns: Sequence[int]) -> list[int]:
    """Return the fewest rows of each group; the sum of squares grows with each."""
    spare = max((size.spare for size in spread.sizes), default=0)
    return [max(k - spare, 0) for k in ns]


def _too_large(spread: Spread, cells: Lookup, n: int) -> bool:
    """Say whether n values on the scale cannot have so large an SD."""
    if spread.low is None or spread.high is None:
        return False
    most = largest_variance(cells[spread.mean].window, n, spread.low, spread.high)
    return cells[spread.held].window.clamped(ZERO).squared().low > most


def _allowed(spread: Spread, cells: Lookup, n: int) -> tuple[Interval, list[str]]:
    """Return the SDs that everything else allows, and how."""
    told: list[str] = []
    low, high = ZERO, _LARGEST
    for fact in spread.sds:
        sd = cells[fact]
        told.append(f"{sd.place} prints the SD as {sd.printed}")
        low, high = max(low, sd.window.low), min(high, sd.window.high)
    if spread.groups:
        means = [cells[fact] for fact in spread.groups]
        kept = _kept(spread, [size.of(cells) for size in spread.sizes])
        between = between_range([mean.window for mean in means], kept).low
        least = sqrt_low(between / max(n - 1, 1))
        if least > 0:
            told.append(
                "the group means "
                + ", ".join(mean.printed for mean in means)
                + f" alone need an SD of at least {show(least)}"
            )
            low = max(low, least)
    if spread.low is not None and spread.high is not None:
        window = cells[spread.mean].window
        fewest = max(n - spread.size.spare, 2)  # fewer values allow a larger SD
        most = sqrt_high(largest_variance(window, fewest, spread.low, spread.high))
        told.append(
            f"on a scale from {spell(spread.low, spread.high)} it is at most "
            f"{show(most)}"
        )
        high = min(high, most)
    return Interval(low, max(low, high)), told
