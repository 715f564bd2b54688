"""Means and SDs that whole numbers of steps can give: GRIM and GRIMMER in integers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

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
    power_of,
    show,
    stands,
)
from rejia.constraints import Cell, Interval, Size, sqrt_high, sqrt_low

_MOST_SUMS = 4000
_FEW_SUMS = 5
_MOST_MISSING = 200
ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Lattice:
    """
    Values that could be recorded.

    Attributes
    ----------
    step : Fraction
        Values are whole multiples of it.
    low, high : Fraction or None
        Ends of the scale, where they are known.
    """

    step: Fraction
    low: Fraction | None
    high: Fraction | None

    @property
    def units(self) -> tuple[int | None, int | None]:
        """Ends of the scale in steps."""
        return (
            None if self.low is None else ceil(self.low / self.step),
            None if self.high is None else floor(self.high / self.step),
        )


def granularity_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of means and SDs on a lattice.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``mean_step`` and ``sd_step``, where the step is declared, n is known, and
        the digits are fine enough to say something.
    """
    for mean in context.cells.of("mean"):
        step = context.step(mean.key)
        size = context.sizes.of(mean.key, mean.place)
        if mean.comparator or step is None or size is None or size.value < 1:
            continue
        if mean.key.ref_visit:
            continue
        lattice = Lattice(step, *context.bounds(mean.key))
        if step / size.value > mean.step:
            yield _mean_check(mean.fact, size, lattice)
        sd = context.cells.first(mean.key, "sd", place=mean.place)
        if sd is not None and sd.place == mean.place and size.value > 1:
            yield _sd_check(mean.fact, sd.fact, size, lattice)


def sums_allowed(mean: Interval, n: int, lattice: Lattice) -> range:
    """
    Return the sums, in steps, that a mean's window allows.

    Parameters
    ----------
    mean : Interval
        Window of the mean.
    n : int
        Number of values.
    lattice : Lattice
        Step and scale.

    Returns
    -------
    range
    """
    least, most = lattice.units
    low = ceil(mean.low * n / lattice.step)
    high = floor(mean.high * n / lattice.step)
    low = low if least is None else max(low, n * least)
    high = high if most is None else min(high, n * most)
    return range(low, high + 1)


def squares_range(
    total: int, n: int, ends: tuple[int | None, int | None]
) -> tuple[int, int | None]:
    """
    Return the least and the greatest sum of squares of n whole numbers.

    Parameters
    ----------
    total : int
        Their sum.
    n : int
        How many they are.
    ends : tuple of int or None
        Their scale; open where an end is not known.

    Returns
    -------
    least : int
        All as even as they can be.
    most : int or None
        All at the ends, but one; None where an end is open.
    """
    even, rest = divmod(total, n)
    least = n * even * even + rest * (2 * even + 1)
    low, high = ends
    if low is None or high is None:
        return least, None
    width = high - low
    if width == 0:
        return least, least
    at_top, beyond = divmod(total - n * low, width)
    if at_top >= n:
        return least, n * high * high
    between = low + beyond
    rest_low = n - at_top - 1
    most = at_top * high * high + rest_low * low * low + between * between
    return least, most


def sd_attainable(
    mean: Interval, sd: Interval, n: int, lattice: Lattice
) -> tuple[bool, Interval | None]:
    """
    Say whether some sum and sum of squares give both mean and SD.

    Parameters
    ----------
    mean, sd : Interval
        Windows.
    n : int
        Number of values, above 1.
    lattice : Lattice
        Step and scale.

    Returns
    -------
    fits : bool
        Necessary for data to exist: the sum of squares is a whole number of the
        parity of the sum, between its least and its greatest.
    variances : Interval or None
        Range of the variance over the sums; None where no sum is possible.
    """
    if len(sums_allowed(mean, n, lattice)) > _MOST_SUMS:
        return True, None
    bounds = _squares_allowed(mean, n, lattice)
    if not bounds:
        return False, None
    square = sd.clamped(ZERO).squared()
    unit = lattice.step * lattice.step
    fits = _some_square(bounds, n, square.low / unit, square.high / unit)
    scaled = unit / (n * (n - 1))
    evens = [least * n - total * total for total, least, _ in bounds]
    tops = [most * n - t * t for t, _, most in bounds if most is not None]
    top = max(tops) * scaled if tops else max(square.high, max(evens) * scaled)
    return fits, Interval(min(evens) * scaled, top)


_Squares = list[tuple[int, int, int | None]]


def _squares_allowed(mean: Interval, n: int, lattice: Lattice) -> _Squares:
    """Return each sum that the mean allows, with its least and greatest squares."""
    ends = lattice.units
    return [
        (total, *squares_range(total, n, ends))
        for total in sums_allowed(mean, n, lattice)
    ]


def _some_square(bounds: _Squares, n: int, small: Fraction, large: Fraction) -> bool:
    """Say whether a sum of squares of the right parity gives a variance in between."""
    for total, least, most in bounds:
        own = total * total
        # (n - 1) s**2 + total**2 / n, rounded up and down in whole numbers
        low = (n - 1) * n * small.numerator + own * small.denominator
        low = max(-(-low // (n * small.denominator)), least)
        high = (n - 1) * n * large.numerator + own * large.denominator
        high //= n * large.denominator
        high = high if most is None else min(high, most)
        if low + (low - total) % 2 <= high:
            return True
    return False


def _ns(size: Size, cells: Lookup) -> range:
    """Return the numbers of values that the declarations leave open."""
    n = size.of(cells)
    return range(max(1, n - size.spare), n + 1)


def _missing_too(size: Size, n: int) -> range:
    return range(1, 1) if size.declared else range(1, n)


def _under(lattice: Lattice, n: range, extra: str = "") -> str:
    count = f"n = {n[-1]}" if len(n) == 1 else f"n = {n[0]} to {n[-1]}"
    return f"step {show(lattice.step)}; {count}{extra}"


def _mean_check(held: str, size: Size, lattice: Lattice) -> Check:
    facts = (held, size.fact) if size.fact else (held,)

    def evaluate(cells: Lookup) -> Outcome:
        mean = cells[held]
        ns = _ns(size, cells)
        fits = [n for n in ns if len(sums_allowed(mean.window, n, lattice))]
        n = ns[-1]
        nearest = round(mean.value * n / lattice.step)
        tried = [nearest - 1, nearest, nearest + 1]
        told = ", ".join(
            f"{show(k * lattice.step)}/{n} = {show(k * lattice.step / n)}"
            for k in tried
        )
        exact = mean.value * n / lattice.step
        verdict = CONSISTENT if exact.denominator == 1 else BY_ROUNDING
        verdict = verdict if fits else INCONSISTENT
        rescue = [
            k
            for k in _missing_too(size, n)
            if not fits and len(sums_allowed(mean.window, k, lattice))
        ]
        low = floor(mean.value * n / lattice.step) * lattice.step / n
        return Outcome(
            verdict,
            ENUMERATION if rescue else PROOF,
            _under(lattice, ns, "; complete data" if rescue else ""),
            f"{told}; {stands(mean)}: " + ("a sum fits" if fits else "no sum fits"),
            float(low),
            float(low + lattice.step / n),
            _mean_power(mean, ns, lattice),
            lambda: _why(rescue, mean, lattice, n),
        )

    def passes(cells: Lookup) -> bool:
        window = cells[held].window
        return any(len(sums_allowed(window, n, lattice)) for n in _ns(size, cells))

    return Check("mean_step", held, facts, evaluate, passes=passes)


def _why(rescue: list[int], mean: Cell, lattice: Lattice, n: int) -> Iterator[str]:
    if rescue:
        shown = ", ".join(str(k) for k in rescue[::-1][:8])
        yield f"with other numbers of values: {shown}"
    trunc = sums_allowed(mean.truncation, n, lattice)
    if trunc:
        yield "truncation instead of rounding"
    for parts in (2, 4):
        finer = Lattice(lattice.step / parts, lattice.low, lattice.high)
        if len(sums_allowed(mean.window, n, finer)):
            yield f"a step of {show(finer.step)} (averages of {parts} readings)"
            return


def _mean_power(mean: Cell, ns: range, lattice: Lattice) -> float:
    """Return the share of means with these digits that no sum gives, over one step."""
    span = max(1, ceil(lattice.step / mean.step))
    start = mean.units - span // 2
    accepted: set[int] = set()
    for n in ns:
        # The sum of k steps gives k a / b half units of the mean's last digit.
        ratio = 2 * lattice.step / (n * mean.step)
        a, b = ratio.numerator, ratio.denominator
        for k in range((2 * start - 1) * b // a, (2 * (start + span) + 1) * b // a + 1):
            low, high = -((b - k * a) // (2 * b)), (k * a + b) // (2 * b)
            accepted.update(range(max(low, start), min(high, start + span - 1) + 1))
    return 1 - len(accepted) / span


def _sd_check(mean_fact: str, held: str, size: Size, lattice: Lattice) -> Check:
    facts = (held, mean_fact, *((size.fact,) if size.fact else ()))

    def evaluate(cells: Lookup) -> Outcome:
        mean, sd = cells[mean_fact], cells[held]
        ns = [n for n in _ns(size, cells) if n > 1]
        if not ns:
            return Outcome(NOT_CHECKABLE, PROOF, "n = 1", "one value has no SD")
        found = [sd_attainable(mean.window, sd.window, n, lattice) for n in ns]
        fits = any(fit for fit, _ in found)
        spans = [span for _, span in found if span is not None]
        no_sum = not fits and not spans
        missing = not fits and (
            (ns[-1] > _MOST_MISSING and not size.declared)
            or _some_fit(mean, sd, _missing_too(size, ns[-1]), lattice)
        )
        # Nobody declares the divisor; other numbers of values go with either.
        divisor = not fits and _some_fit(
            mean, sd, [*_missing_too(size, ns[-1]), *ns], lattice, lost=0
        )
        low = min((span.low for span in spans), default=ZERO)
        high = max((span.high for span in spans), default=ZERO)
        span = Interval(sqrt_low(low), sqrt_low(high))
        verdict = INCONSISTENT if not fits and not no_sum else CONSISTENT
        told = "no sum fits the mean" if no_sum else "sums of squares were tried"
        return Outcome(
            verdict,
            ENUMERATION if missing or divisor else PROOF,
            _under(lattice, range(ns[0], ns[-1] + 1), "; sample SD (n - 1)")
            + ("; complete data" if missing else ""),
            f"{len(sums_allowed(mean.window, ns[-1], lattice))} sums fit the mean "
            f"{mean.printed} of {ns[-1]} values; {told}; the SD of the most even "
            f"values is {show(sqrt_low(low))}; {stands(sd)}: "
            + ("none gives it" if verdict == INCONSISTENT else "some give it"),
            float(sqrt_low(low)),
            float(sqrt_low(high)),
            _sd_power(mean, sd, ns, lattice, span),
            lambda: _why_sd(mean, sd, ns[-1], lattice),
        )

    def passes(cells: Lookup) -> bool:
        mean, sd = cells[mean_fact].window, cells[held].window
        ns = [n for n in _ns(size, cells) if n > 1]
        found = [sd_attainable(mean, sd, n, lattice) for n in ns]
        return any(fit for fit, _ in found) or all(span is None for _, span in found)

    return Check("sd_step", held, facts, evaluate, passes=passes)


def _some_fit(
    mean: Cell, sd: Cell, ns: Sequence[int], lattice: Lattice, lost: int = 1
) -> bool:
    """Say whether some number of values gives both, with divisor n less `lost`."""
    return any(
        sd_attainable(mean.window, _as_sample(sd, n, lost), n, lattice)[0]
        for n in ns
        if n > 1
    )


def _as_sample(sd: Cell, n: int, lost: int) -> Interval:
    """Return the sample SDs for which the number can stand with this divisor."""
    if lost:
        return sd.window
    window = sd.window.clamped(ZERO)
    factor = Fraction(n, n - 1)
    return Interval(window.low * sqrt_low(factor), window.high * sqrt_high(factor))


def _why_sd(mean: Cell, sd: Cell, n: int, lattice: Lattice) -> Iterator[str]:
    if sd_attainable(mean.window, sd.truncation, n, lattice)[0]:
        yield "truncation instead of rounding"
    root = sqrt_low(Fraction(n))
    if sd.value and sd_attainable(mean.window, sd.window.times(root), n, lattice)[0]:
        yield f"a standard error: {sd.printed} x sqrt({n}) = {show(sd.value * root)}"
    if _some_fit(mean, sd, [n], lattice, lost=0):
        yield "population SD (divisor n) instead of sample SD"


def _sd_power(
    mean: Cell, sd: Cell, ns: list[int], lattice: Lattice, span: Interval
) -> float:
    """Return the share of SDs, up to twice the largest at hand, that are refused."""
    scale = Scale(ZERO, 2 * max(span.high, sd.value, sd.step))
    if len(sums_allowed(mean.window, ns[-1], lattice)) > _FEW_SUMS:
        return power_of(sd, [span], scale)
    bounds = [(n, _squares_allowed(mean.window, n, lattice)) for n in ns]
    half = sd.step / lattice.step / 2
    count = int(scale.high / sd.step) + 1
    tried = range(0, count, max(1, count // 40))
    accepted = 0
    for units in tried:
        small, large = (
            (max(2 * units - 1, 0) * half) ** 2,
            ((2 * units + 1) * half) ** 2,
        )
        accepted += any(_some_square(own, n, small, large) for n, own in bounds)
    return 1 - accepted / len(tried)
