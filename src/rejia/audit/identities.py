"""Variables that are sums of others: means, and the correlation that SDs force."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from rejia.audit.context import Context
from rejia.audit.equations import Equation, Term, read_equation
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
    verdict_of,
)
from rejia.audit.missing import corners
from rejia.constraints import Cell, Interval, Size, sqrt_high, sqrt_low
from rejia.constraints.intervals import weighted_sum

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Sum:
    """
    A total and its parts, as facts.

    Attributes
    ----------
    held : str
        Fact of the total.
    parts : tuple of str
        Facts of the parts.
    weights : tuple of Fraction
        Of the parts.
    spare : int
        Rows of the parts known to be missing somewhere.
    patients : Size or None
        Of the total.
    declared : bool
        Whether all sizes are those of the values themselves.
    missing : Interval
        What a missing row may have been counted as in the sum.
    lost : tuple of int
        Rows of each part that are missing, where the source prints their numbers.
    factors : tuple of Fraction
        With which one row of each part counts in the sum: the weight, over the rows
        of a patient.
    """

    held: str
    parts: tuple[str, ...]
    weights: tuple[Fraction, ...]
    spare: int
    patients: Size | None
    declared: bool
    missing: Interval
    lost: tuple[int, ...] = ()
    factors: tuple[Fraction, ...] = ()


def identity_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of declared identities.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``identity_mean``: the mean of a sum is the sum of the means, for each group
        and visit where all are printed. ``identity_correlation``: the SDs of a sum
        of two variables and of its parts need a correlation from -1 to 1.
    """
    for text in context.structure.identities:
        equation = read_equation(text)
        for total in context.cells.of("mean", "sd"):
            if not _is(total, equation.left) or total.comparator:
                continue
            parts = [_part(context, total, term) for term in equation.right]
            found = [part for part in parts if part is not None]
            if len(found) < len(parts):
                continue
            if total.statistic == "mean":
                yield _mean_check(context, _sum(context, total, found, equation))
            elif len(found) == 2 and all(
                part.key.population == total.key.population for part in found
            ):
                weights = tuple(term.weight for term in equation.right)
                facts = (total.fact, found[0].fact, found[1].fact)
                made = _sum(context, total, found, equation)
                same = made.declared and not made.spare
                yield _correlation_check(facts, weights, same)


def _is(cell: Cell, term: Term) -> bool:
    key = cell.key
    return (
        key.outcome == term.name
        and key.component == term.component
        and not key.ref_visit
        and not key.level
    )


def _part(context: Context, total: Cell, term: Term) -> Cell | None:
    """Return the part's cell of the same group and visit, of any population."""
    key = replace(total.key, outcome=term.name, component=term.component)
    found = context.cells.first(key, total.statistic, place=total.place)
    if found is not None:
        return found
    populations = {
        cell.key.population: cell.key
        for cell in context.cells.of(total.statistic)
        if cell.key.outcome == term.name and cell.key.component == term.component
    }
    for population in populations:
        own = replace(key, population=population)
        found = context.cells.first(own, total.statistic, place=total.place)
        if found is not None:
            return found
    return None


def _sum(
    context: Context, total: Cell, parts: Sequence[Cell], equation: Equation
) -> Sum:
    sizes = [context.sizes.of(part.key, part.place) for part in parts]
    spare = max((size.spare for size in sizes if size is not None), default=0)
    ends = [context.bounds(part.key) for part in parts]
    lows = [low for low, _ in ends if low is not None]
    highs = [high for _, high in ends if high is not None]
    size = context.sizes.of(total.key, total.place)
    weights = tuple(term.weight for term in equation.right)
    lost = _lost(context, parts, sizes, size)
    known = not any(lost) or (min(lost) >= 0 and len(highs) == len(parts))
    return Sum(
        total.fact,
        tuple(part.fact for part in parts),
        weights,
        sum(lost) if any(lost) and known else spare,
        size,
        known
        and all(s is not None and s.declared for s in (*sizes, size))
        and _everyone(context, total, size),
        Interval(min([*lows, ZERO]), max([*highs, ZERO])),
        lost if any(lost) and known else (),
        tuple(w / _each(context, p) for w, p in zip(weights, parts, strict=True)),
    )


def _each(context: Context, part: Cell) -> int:
    """Return how many rows of a part a patient has."""
    population = context.structure.populations.get(part.key.population)
    nested = part.key.component and population is not None and population.of
    return population.each if nested and population is not None else 1


def _everyone(context: Context, total: Cell, size: Size | None) -> bool:
    """
    Say whether the sum has a value for each of its group.

    Otherwise equal numbers of values need not be of the same rows.
    """
    key = total.key
    group = context.sizes.group(key.population, key.group, total.place)
    if size is None or group is None:
        return context.sizes.complete(key)
    return size.value >= group.value


def _lost(
    context: Context,
    parts: Sequence[Cell],
    sizes: Sequence[Size | None],
    total: Size | None,
) -> tuple[int, ...]:
    """Return the rows of each part that are missing, by the printed numbers."""
    lost = []
    for part, size in zip(parts, sizes, strict=True):
        if size is None or total is None or not size.declared or size.spare:
            return ()
        lost.append(_each(context, part) * total.value - size.value)
    return tuple(lost)


def _mean_check(context: Context, made: Sum) -> Check:
    size = made.patients
    facts = (made.held, *made.parts, *((size.fact,) if size and size.fact else ()))

    def evaluate(cells: Lookup) -> Outcome:
        total = cells[made.held]
        parts = [cells[part] for part in made.parts]
        windows = [part.window for part in parts]
        allowed = weighted_sum(windows, made.weights)
        point = sum(
            (w * p.value for w, p in zip(made.weights, parts, strict=True)), ZERO
        )
        told = _told(parts, made.weights)
        under = "complete data"
        widened = allowed
        if made.spare and size is not None and size.of(cells):
            widened = _with_missing(made, parts, size.of(cells))
            under = (
                f"{'' if made.lost else 'at most '}{made.spare} rows missing, "
                "each counted as "
                f"{spell(made.missing.low, made.missing.high)} in the sum"
            )
        verdict = verdict_of(total, point, widened)
        missing = (
            f"; with {'' if made.lost else 'up to '}{made.spare} of its rows missing: "
            f"{spell(widened.low, widened.high)}"
            if made.spare
            else ""
        )
        return Outcome(
            verdict,
            PROOF if made.declared or verdict != INCONSISTENT else ENUMERATION,
            under,
            f"{told} = {show(point)}; with each mean within half a unit: "
            f"{spell(allowed.low, allowed.high)}{missing}; {stands(total)}: "
            + meeting(verdict),
            float(widened.low),
            float(widened.high),
            power_of(total, [widened], context.scale(total, point)),
            lambda: _why(total, parts, made.weights),
        )

    def passes(cells: Lookup) -> bool:
        parts = [cells[part] for part in made.parts]
        patients = size.of(cells) if size is not None else 0
        if made.spare and patients:
            allowed = _with_missing(made, parts, patients)
        else:
            allowed = weighted_sum([part.window for part in parts], made.weights)
        return cells[made.held].window.meets(allowed)

    return Check("identity_mean", made.held, facts, evaluate, passes=passes)


def _with_missing(made: Sum, parts: Sequence[Cell], patients: int) -> Interval:
    """
    Widen a sum of means by the rows that are missing, wherever they are.

    A part with r rows a patient has r N rows, each of which counts with the factor
    f = w / r; with k of them missing its printed mean stands for r N - k values, and
    adds f (r N - k) / N times it; what the k were counted as in the total, f times
    anything on the scale, comes on top.
    """
    lows: list[Fraction] = []
    highs: list[Fraction] = []
    known = [made.lost] if made.lost else corners(made.spare, len(parts))
    for placed in known:
        gone = [
            f * Fraction(k, patients) for f, k in zip(made.factors, placed, strict=True)
        ]
        weights = [w - g for w, g in zip(made.weights, gone, strict=True)]
        own = weighted_sum([part.window for part in parts], weights)
        own = own + weighted_sum([made.missing] * len(gone), gone)
        lows.append(own.low)
        highs.append(own.high)
    return Interval(min(lows), max(highs))


def _told(parts: Sequence[Cell], weights: Sequence[Fraction]) -> str:
    if len(set(weights)) == 1 and weights[0] != 1:
        return f"{show(weights[0])} x ({' + '.join(p.printed for p in parts)})"
    told = ""
    for part, weight in zip(parts, weights, strict=True):
        sign = " - " if weight < 0 else " + "
        factor = "" if abs(weight) == 1 else f"{show(abs(weight))} x "
        told += (sign if told or weight < 0 else "") + factor + part.printed
    return told.strip()


def _why(
    total: Cell, parts: Sequence[Cell], weights: Sequence[Fraction]
) -> Iterator[str]:
    trunc = weighted_sum([part.truncation for part in parts], weights)
    if total.truncation.meets(trunc):
        yield "truncation instead of rounding"
    yield "values missing in some of the variables, so that the means are of other rows"


def _correlation_check(
    facts: tuple[str, str, str], weights: tuple[Fraction, ...], declared: bool
) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        total, first, second = (cells[fact] for fact in facts)
        a, b = abs(weights[0]), abs(weights[1])
        square = total.window.clamped(ZERO).squared()
        one, two = (
            cell.window.clamped(ZERO).times(w) for cell, w in ((first, a), (second, b))
        )
        gap = (one - two).squared()
        both = (one + two).squared()
        allowed = Interval(sqrt_low(gap.low), sqrt_high(both.high))
        denominator = 2 * a * b * first.value * second.value
        number = total.value**2 - (a * first.value) ** 2 - (b * second.value) ** 2
        r = number / denominator if denominator else None
        verdict = BY_ROUNDING
        if not square.meets(Interval(gap.low, both.high)):
            verdict = INCONSISTENT
        elif r is None or abs(r) <= 1:
            verdict = CONSISTENT
        sign = "-" if weights[0] * weights[1] < 0 else ""
        forced = "any correlation" if r is None else f"r = {sign}{show(r)}"
        return Outcome(
            verdict,
            PROOF if declared or verdict != INCONSISTENT else ENUMERATION,
            "the same rows in all three",
            f"({total.printed}^2 - {show(a * first.value)}^2 - "
            f"{show(b * second.value)}^2) / (2 x {show(a * first.value)} x "
            f"{show(b * second.value)}) forces {forced}; an SD from "
            f"{spell(allowed.low, allowed.high)} needs |r| <= 1; {stands(total)}: "
            + meeting(verdict),
            float(allowed.low),
            float(allowed.high),
            power_of(total, [allowed], Scale(ZERO, 2 * max(allowed.high, total.value))),
        )

    return Check("identity_correlation", facts[0], facts, evaluate)
