"""How many values are 0, by mean, SD and step, against a printed count of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor

from rejia.audit.context import Context
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
    show,
    spell,
)
from rejia.audit.granularity import Lattice, squares_range, sums_allowed
from rejia.constraints import Cell, Interval, Size, sqrt_low
from rejia.estimate import Key
from rejia.study.schema import Positives

ZERO = Fraction(0)
POSITIVE = "yes"
_MOST_CASES = 100_000


@dataclass(frozen=True, slots=True)
class Counted:
    """
    A count of zeros, or of values above 0, and what bears on it.

    Attributes
    ----------
    held, mean, sd : str
        Facts of the count, of the mean and of the SD (empty where none is printed).
    people, values : Size or None, Size
        Rows that were counted, and values behind the mean.
    lattice : Lattice
        From 0, in steps.
    above : bool
        Whether those above 0 are counted.
    every : bool
        Whether every zero is counted, or only some of them.
    """

    held: str
    mean: str
    sd: str
    people: Size
    values: Size
    lattice: Lattice
    above: bool
    every: bool

    @property
    def facts(self) -> tuple[str, ...]:
        """All facts that are read."""
        sizes = (self.people.fact, self.values.fact)
        named = (self.held, self.mean, self.sd, *sizes)
        return tuple(dict.fromkeys(fact for fact in named if fact))


def zero_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of counts of zeros.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``zero_count``: a printed count of rows without (declared under ``zeros:``)
        or with a value above 0 (an analysis ``positives``) against the zeros that
        mean, SD, step and scale leave room for.
    """
    for declared in context.structure.zeros:
        for cell in context.cells.of("n"):
            key = cell.key
            if (key.outcome, key.level) == (declared.outcome, declared.level):
                of = replace(key, outcome=declared.of)
                yield from _checks(context, cell, of, False, declared.every)
    positives = {
        analysis.id
        for analysis in context.structure.analyses
        if isinstance(analysis, Positives)
    }
    for cell in context.cells.of("n"):
        if cell.key.analysis in positives and cell.key.level == POSITIVE:
            yield from _checks(context, cell, cell.key, True, True)


def _checks(
    context: Context, cell: Cell, of: Key, above: bool, every: bool
) -> Iterator[Check]:
    key = replace(of, analysis="", level="")
    step = context.step(key)
    low, high = _scale(context, key)
    people = context.sizes.of(replace(cell.key, level=""), cell.place)
    if step is None or low != 0 or people is None or not cell.whole:
        return
    means = [c for c in context.any_analysis(key, "mean") if not c.comparator]
    printed: dict[tuple[str, str], Counted] = {}
    for mean in sorted(means, key=lambda m: m.place != cell.place):
        values = context.sizes.of(mean.key, mean.place)
        if values is None or values.value < 1:
            continue
        sd = context.cells.first(mean.key, "sd", "plus_minus", place=mean.place)
        found = Counted(
            cell.fact,
            mean.fact,
            sd.fact if sd is not None and sd.place == mean.place else "",
            people,
            values,
            Lattice(step, ZERO, high),
            above,
            every,
        )
        shape = (mean.printed, sd.printed if found.sd and sd is not None else "")
        printed.setdefault(shape, found)
    for number, found in enumerate(printed.values(), start=1):
        slug = cell.fact if number == 1 else f"{cell.fact}-{number}"
        yield _check(found, slug)


def _scale(context: Context, key: Key) -> tuple[Fraction | None, Fraction | None]:
    """Return the ends of a scale; parts of a score from 0 start at 0, too."""
    low, high = context.bounds(key)
    variable = context.structure.variables.get(key.outcome)
    if low is None and key.component and variable is not None and variable.min == 0:
        return ZERO, None
    if low is None and key.outcome.endswith("_total"):
        name = key.outcome.removesuffix("_total")
        part = context.structure.variables.get(name)
        if part is not None and part.min == 0:
            return ZERO, high
    return low, high


def zeros_allowed(
    mean: Interval, variance: Interval | None, n: int, lattice: Lattice, lost: int = 1
) -> list[int]:
    """
    Return how many of n values on a scale from 0 can be 0.

    Parameters
    ----------
    mean : Interval
        Window of the mean.
    variance : Interval or None
        Window of the variance; None where no SD is printed.
    n : int
        Number of values.
    lattice : Lattice
        Step and scale; its low end is 0.
    lost : int
        1 for the sample SD (divisor n - 1), 0 for the population SD.

    Returns
    -------
    list of int
        Ascending. Without a variance exactly the numbers that some values have;
        with one, all those and perhaps a few more: the sum of squares of the m
        values above 0 is a whole number, of the parity of their sum, between that
        of the most even and that of the most uneven values.
    """
    sums = sums_allowed(mean, n, lattice)
    top = lattice.units[1]
    if len(sums) * n > _MOST_CASES:
        return list(range(n + 1))
    squares = None
    if variance is not None and n > 1:
        squares = variance.times((n - lost) / (lattice.step * lattice.step))
    found: set[int] = set()
    for total in sums:
        window = None
        if squares is not None:
            centre = Fraction(total * total, n)
            window = (-floor(-squares.low - centre), floor(squares.high + centre))
        fewest = 0 if not total else 1 if top is None else -(-total // top)
        for above in range(fewest, min(total, n) + 1):
            if n - above not in found and _fits(total, above, top, window):
                found.add(n - above)
    return sorted(found)


def _fits(
    total: int, above: int, top: int | None, window: tuple[int, int] | None
) -> bool:
    """Say whether whole numbers from 1 to `top` have that sum and sum of squares."""
    if window is None:
        return True
    least, most = squares_range(total, above, (1, top)) if above else (0, 0)
    low = max(least, window[0])
    high = window[1] if most is None else min(most, window[1])
    return low + (low - total) % 2 <= high


def _check(made: Counted, slug: str) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        count, n = cells[made.held], made.values.of(cells)
        people, printed = made.people.of(cells), int(cells[made.held].value)
        zeros = people - printed if made.above else printed
        variance = _variance(made, cells)
        ns = range(max(1, n - made.values.spare), n + 1)
        bands = [_band(made, cells, variance, k, people) for k in ns]
        found = [band for band in bands if band is not None]
        if not found or not 0 <= zeros <= people or n > people:
            return _unknown(made, cells)
        low, high = min(b[0] for b in found), max(b[1] for b in found)
        fits = any(_holds(made, cells, variance, k, people, zeros) for k in ns)
        evidence, under = PROOF, _under(made, cells, n)
        if not fits:
            evidence, extra = _standing(made, cells, people, zeros)
            under += extra
        ends = (people - high, people - low) if made.above else (low, high)
        verdict = CONSISTENT if fits else INCONSISTENT
        return Outcome(
            verdict,
            evidence,
            under,
            _told(made, cells, n, (low, high))
            + f"; {_counted(made, count, people, zeros)}: {meeting(verdict)}",
            float(ends[0]),
            float(ends[1]),
            max(0.0, 1 - (ends[1] - ends[0] + 1) / (people + 1)),
            lambda: _why(made, cells, people, zeros),
        )

    return Check("zero_count", made.held, made.facts, evaluate, slug)


def _variance(made: Counted, cells: Lookup) -> Interval | None:
    return cells[made.sd].window.clamped(ZERO).squared() if made.sd else None


def _zeros(
    made: Counted, cells: Lookup, variance: Interval | None, n: int, lost: int = 1
) -> list[int]:
    return zeros_allowed(cells[made.mean].window, variance, n, made.lattice, lost)


def _band(
    made: Counted, cells: Lookup, variance: Interval | None, n: int, people: int
) -> tuple[int, int] | None:
    """Return the counts of zeros among everyone that n values leave possible."""
    found = _zeros(made, cells, variance, n)
    if not found:
        return None
    return (found[0] if made.every else 0), found[-1] + people - n


def _holds(
    made: Counted,
    cells: Lookup,
    variance: Interval | None,
    n: int,
    people: int,
    zeros: int,
    *,
    lost: int = 1,
    all_counted: bool = True,
) -> bool:
    """
    Say whether a count of zeros among everyone goes with n of the values.

    The rows without a value may be among those counted: of the values, from
    ``zeros - (people - n)`` to ``zeros`` are counted zeros, and where not every
    zero is counted there may be more of them. Rows that were not counted may be
    either.
    """
    least, most = zeros - (people - n), zeros
    if not made.every or (not all_counted and not made.above):
        most = n
    if not all_counted and made.above:
        least = 0
    found = _zeros(made, cells, variance, n, lost)
    return any(least <= k <= most for k in found)


def _standing(made: Counted, cells: Lookup, people: int, zeros: int) -> tuple[str, str]:
    """Return the evidence of a conflict and the assumptions that it needs."""
    n, spare = made.values.of(cells), made.values.spare
    variances = [_variance(made, cells)]
    known = range(max(1, n - spare), n + 1)
    extra = []
    if made.sd and cells[made.sd].statistic == "plus_minus":
        variances.append(None)

    def rescued(ns: range, lost: int, variance: Interval | None, whole: bool) -> bool:
        return any(
            _holds(
                made, cells, variance, k, people, zeros, lost=lost, all_counted=whole
            )
            for k in ns
        )

    if made.sd and rescued(known, 0, variances[0], True):
        extra.append("sample SD (n - 1)")
    if len(variances) > 1 and rescued(known, 1, None, True):
        extra.append("± is the SD")
    every = made.people.declared
    if not (every and made.values.declared):
        ns = known if made.values.declared else range(1, n + 1)
        tried = [(lost, variance) for lost in (0, 1) for variance in variances]
        if any(rescued(ns, lost, variance, every) for lost, variance in tried):
            extra.append("complete data")
    return (ENUMERATION if extra else PROOF), "".join(f"; {told}" for told in extra)


def _under(made: Counted, cells: Lookup, n: int) -> str:
    count = "every 0 is counted" if made.every else "who is counted has the value 0"
    return f"{count}; step {show(made.lattice.step)}; n = {n}"


def _told(made: Counted, cells: Lookup, n: int, zeros: tuple[int, int]) -> str:
    mean, step = cells[made.mean], made.lattice.step
    sums = sums_allowed(mean.window, n, made.lattice)
    told = f"{n} values with mean {mean.printed} have a sum of " + (
        spell(sums[0] * step, sums[-1] * step) if sums else "none"
    )
    if made.sd:
        sd = cells[made.sd]
        square = sd.window.clamped(ZERO).squared().times(n - 1)
        shift = Interval(sums[0] * step, sums[-1] * step).squared() if sums else square
        all_squares = square + shift.times(Fraction(1, n))
        told += f"; with SD {sd.printed} their squares add up to " + spell(
            all_squares.low, all_squares.high
        )
        least = Fraction(sums[0] ** 2, 1) * step * step if sums else ZERO
        if least and all_squares.high:
            told += (
                f"; values above 0 with that sum and those squares are at least "
                f"{show(sums[0] * step)}^2 / {show(all_squares.high)} = "
                f"{show(least / all_squares.high)}"
            )
    return told + f"; from {zeros[0]} to {zeros[1]} can be 0"


def _counted(made: Counted, count: Cell, people: int, zeros: int) -> str:
    if made.above:
        return f"{people} - {count.printed} = {zeros} are 0"
    return f"printed {count.printed} are 0"


def _unknown(made: Counted, cells: Lookup) -> Outcome:
    mean = cells[made.mean]
    return Outcome(
        NOT_CHECKABLE,
        PROOF,
        f"step {show(made.lattice.step)}",
        f"no values on the step give the mean {mean.printed}"
        + (f" and the SD {cells[made.sd].printed}" if made.sd else "")
        + ", whatever their zeros",
    )


def _why(made: Counted, cells: Lookup, people: int, zeros: int) -> Iterator[str]:
    n, variance = made.values.of(cells), _variance(made, cells)
    if variance is not None:
        if _holds(made, cells, variance, n, people, zeros, lost=0):
            yield "population SD (divisor n) instead of sample SD"
        if _holds(made, cells, variance.times(n), n, people, zeros):
            sd = cells[made.sd]
            yield f"{sd.printed} as a standard error: an SD of about " + show(
                sd.value * sqrt_low(Fraction(n))
            )
    for k in range(n - 1, 0, -1):
        if _holds(made, cells, variance, k, people, zeros):
            yield f"missing values: {n - k} of {n} have none"
            break
    finer = replace(made, lattice=replace(made.lattice, step=made.lattice.step / 2))
    if _holds(finer, cells, variance, n, people, zeros):
        yield f"a step of {show(finer.lattice.step)} (averages of 2 readings)"
