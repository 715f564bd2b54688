"""SDs of groups against the SD of their union, by the total-variance identity."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

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
    Scale,
    meeting,
    power_of,
    show,
    spell,
    stands,
)
from rejia.audit.missing import sd_rescued
from rejia.audit.quick import apart, ends, variance_ends
from rejia.audit.union import ANY_MISSING, COMPLETE, Read, Union
from rejia.constraints import Cell, Interval, sqrt_high, sqrt_low
from rejia.constraints.intervals import between_range, between_squares, weighted_sum

ZERO = Fraction(0)


def total_variance(
    means: Sequence[Interval], sds: Sequence[Interval], ns: Sequence[int], lost: int
) -> Interval:
    """
    Return the range of the variance of a union.

    Parameters
    ----------
    means, sds : sequence of Interval
        Windows of the groups.
    ns : sequence of int
        Group sizes, together more than `lost`.
    lost : int
        1 for sample SDs (divisor n - 1), 0 for population SDs.

    Returns
    -------
    Interval

    Notes
    -----
    ``(N - 1) S**2 = sum((n - 1) s**2) + sum(n (m - M)**2)``. The first sum grows
    with each SD; the range of the second over the windows of the means is exact
    (`between_range`).
    """
    within = weighted_sum(
        [sd.clamped(ZERO).squared() for sd in sds], [n - lost for n in ns]
    )
    return (within + between_range(means, ns)).times(Fraction(1, sum(ns) - lost))


def sd_check(context: Context, union: Union) -> Check:
    """
    Hold the SD of a union against the groups' means and SDs.

    Parameters
    ----------
    context : Context
        For the scale.
    union : Union
        Total and groups.

    Returns
    -------
    Check
        ``subgroup_sd``. The verdict compares squares, without a root.
    """

    def evaluate(cells: Lookup) -> Outcome:
        read = union.read(cells)
        total, ns = read.total, read.ns
        variance = total_variance(read.windows, read.spreads, ns, 1)
        allowed = Interval(sqrt_low(variance.low), sqrt_high(variance.high))
        held = _square(total)
        point = _point(read)
        verdict = BY_ROUNDING
        if not held.meets(variance):
            verdict = INCONSISTENT
        elif held.holds(point):
            verdict = CONSISTENT
        evidence, under = PROOF, f"sample SD (n - 1); {COMPLETE}"
        if verdict == INCONSISTENT:
            evidence, under = _standing(read, held, union.exact)
        return Outcome(
            verdict,
            evidence,
            under,
            _arithmetic(read, point, allowed) + meeting(verdict),
            float(allowed.low),
            float(allowed.high),
            power_of(total, [allowed], _scale(context, total, read.n, allowed.high)),
            lambda: _why(read, held, allowed, union.exact),
        )

    def passes(cells: Lookup) -> bool:
        read = union.read(cells)
        means = [ends(mean) for mean in read.means]
        near = variance_ends(means, [ends(sd) for sd in read.sds], read.ns)
        low, high = ends(read.total)
        if apart((max(low, 0.0) ** 2, max(high, 0.0) ** 2), near):
            return False
        variance = total_variance(read.windows, read.spreads, read.ns, 1)
        return _square(read.total).meets(variance)

    return Check("subgroup_sd", union.total, union.facts, evaluate, union.slug, passes)


def _square(total: Cell) -> Interval:
    return total.window.clamped(ZERO).squared()


def _point(read: Read) -> Fraction:
    """Return the variance of the union if the printed digits were exact."""
    pairs = zip(read.ns, read.sds, strict=True)
    within = sum(((k - 1) * sd.value**2 for k, sd in pairs), ZERO)
    between = between_squares([mean.value for mean in read.means], read.ns)
    return (within + between) / (read.n - 1)


def _standing(read: Read, held: Interval, declared: bool) -> tuple[str, str]:
    """Return what an inconsistency rests on, and which assumptions it needs."""
    population = held.meets(total_variance(read.windows, read.spreads, read.ns, 0))
    missing = not declared and sd_rescued(held, read.windows, read.spreads, read.ns)
    sd = "sample SD (n - 1)" if population else "sample or population SD"
    data = COMPLETE if declared or missing else ANY_MISSING
    return (ENUMERATION if population or missing else PROOF), f"{sd}; {data}"


def _arithmetic(read: Read, point: Fraction, allowed: Interval) -> str:
    centre = show(read.centre)
    inner = " + ".join(
        f"{k - 1} x {s.printed}^2" for k, s in zip(read.ns, read.sds, strict=True)
    )
    outer = " + ".join(
        f"{k} x ({m.printed} - {centre})^2"
        for k, m in zip(read.ns, read.means, strict=True)
    )
    return (
        f"sqrt(({inner} + {outer}) / {read.n - 1}) = {show(sqrt_low(point))}; with "
        f"each mean and SD within half a unit: {spell(allowed.low, allowed.high)}; "
        f"{stands(read.total)}: "
    )


def _scale(context: Context, total: Cell, n: int, high: Fraction) -> Scale:
    """Return where an SD could have been printed: up to its largest on the scale."""
    low, top = context.bounds(total.key)
    if low is None or top is None or n < 2:
        return Scale(ZERO, 2 * max(total.value, high, total.step))
    largest = sqrt_high((top - low) ** 2 / 4 * Fraction(n, n - 1))
    return Scale(ZERO, max(largest, total.value))


def _why(
    read: Read, held: Interval, allowed: Interval, declared: bool
) -> Iterator[str]:
    windows, spreads, ns, n = read.windows, read.spreads, read.ns, read.n
    if held.meets(total_variance(windows, spreads, ns, 0)):
        yield "population SD (divisor n) instead of sample SD"
    if held.times(n).meets(allowed.squared()):
        value = show(sqrt_low(read.total.value**2 * n))
        yield (
            f"a standard error: {read.total.printed} x sqrt({n}) = {value}, "
            "an SD that fits"
        )
    for index, (sd, k) in enumerate(zip(read.sds, ns, strict=True)):
        root = sqrt_high(Fraction(k))
        others = list(spreads)
        others[index] = sd.window.times(root)
        if held.meets(total_variance(windows, others, ns, 1)):
            yield f"{sd.printed} of group {sd.key.group} as a standard error"
    trunc = total_variance(
        [mean.truncation for mean in read.means],
        [sd.truncation for sd in read.sds],
        ns,
        1,
    )
    if read.total.truncation.clamped(ZERO).squared().meets(trunc):
        yield "truncation instead of rounding"
    if sd_rescued(held, windows, spreads, ns):
        yield "missing values in some groups" + (
            ", though declared complete" if declared else ""
        )
