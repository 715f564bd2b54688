"""Groups defined by the change of an outcome, against that outcome's numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from rejia.audit.context import Context
from rejia.audit.equations import Equation, read_equation
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
    plausible,
    power_of,
    show,
    spell,
    stands,
)
from rejia.constraints import Cell, Interval, Size, sqrt_high
from rejia.constraints.intervals import weighted_sum
from rejia.study.schema import Groups

ZERO = Fraction(0)


def definition_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of groups against their definition.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``group_change_mean`` (means before and after move as the group is named),
        ``group_change_sd`` (an unchanged group keeps its SD) and
        ``group_change_parts`` (and the sum of its components' means).
    """
    groups = context.structure.groups
    # A threshold that the readings give is not printed: nothing follows from it.
    if groups is None or groups.sdc is not None:
        return
    for direction, label in groups.labels.model_dump().items():
        if direction == groups.missing:
            continue
        for after in context.cells.of("mean", "sd"):
            key = after.key
            if (key.outcome, key.group, key.visit) != (
                groups.outcome,
                label,
                groups.end,
            ) or (key.component or key.ref_visit or after.comparator):
                continue
            before = context.cells.first(
                replace(key, visit=groups.start), after.statistic, place=after.place
            )
            if before is None:
                continue
            if after.statistic == "mean":
                yield _mean(context, groups, direction, before.fact, after.fact)
            elif direction == "unchanged":
                size = context.sizes.of(key, after.place)
                yield _sd(groups, before.fact, after.fact, size)
        if direction == "unchanged":
            yield from _parts(context, groups, label)


def _allowed_change(
    context: Context, groups: Groups, direction: str, cell: Cell
) -> tuple[Fraction | None, Fraction | None]:
    """Return the least and the greatest change of one patient, None where open."""
    threshold = Fraction(str(groups.threshold))
    if direction == "unchanged":
        return -threshold, threshold
    variables = context.structure.variables
    variable = variables.get(groups.outcome) or variables.get(
        groups.outcome.removesuffix("_total")
    )
    step = context.step(cell.key) or ZERO
    worse = variable.worse if variable is not None else None
    if worse is None:
        return None, None
    least = max(threshold, step)
    rises = (direction == "worsened") == (worse == "high")
    return (least, None) if rises else (None, -least)


def _mean(
    context: Context, groups: Groups, direction: str, before: str, held: str
) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        start, end = cells[before], cells[held]
        least, most = _allowed_change(context, groups, direction, end)
        low = None if least is None else start.window.low + least
        high = None if most is None else start.window.high + most
        below = low is not None and end.window.high < low
        above = high is not None and end.window.low > high
        verdict = INCONSISTENT if below or above else CONSISTENT
        if verdict == CONSISTENT and direction == "unchanged":
            moved = abs(end.value - start.value) > Fraction(str(groups.threshold))
            verdict = BY_ROUNDING if moved else CONSISTENT
        scale = plausible(end, start.value)
        span = Interval(
            scale.low if low is None else low, scale.high if high is None else high
        )
        told = " or more" if high is None else " or less" if low is None else ""
        change = least if least is not None else most
        return Outcome(
            verdict,
            PROOF,
            f"each patient of group {end.key.group} has {direction}"
            + ("" if change is None else f": change {show(change)}{told}"),
            f"before {start.printed}, after {end.printed}; from {stands(start)} the "
            f"mean after is {spell(span.low, span.high)}; {stands(end)}: "
            + meeting(verdict),
            float(span.low),
            float(span.high),
            power_of(end, [span], scale) if span.low <= span.high else 1.0,
        )

    return Check("group_change_mean", held, (held, before), evaluate)


def _sd(groups: Groups, before: str, held: str, size: Size | None) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        start, end = cells[before], cells[held]
        threshold = Fraction(str(groups.threshold))
        n = max(size.of(cells), 2) if size is not None else 2
        slack = threshold * sqrt_high(Fraction(n, n - 1))
        allowed = Interval(start.window.low - slack, start.window.high + slack)
        allowed = allowed.clamped(ZERO)
        verdict = CONSISTENT if end.window.meets(allowed) else INCONSISTENT
        if verdict == CONSISTENT and end.value != start.value:
            verdict = BY_ROUNDING
        return Outcome(
            verdict,
            PROOF,
            f"each patient of group {end.key.group} is unchanged",
            f"before {start.printed}, after {end.printed}; values that do not change "
            f"keep their SD: {spell(allowed.low, allowed.high)}; {stands(end)}: "
            + meeting(verdict),
            float(allowed.low),
            float(allowed.high),
            power_of(end, [allowed], plausible(end, start.value)),
        )

    return Check("group_change_sd", held, (held, before), evaluate)


def _parts(context: Context, groups: Groups, label: str) -> Iterator[Check]:
    """Yield a check of the components of an unchanged group's outcome."""
    for text in context.structure.identities:
        equation = read_equation(text)
        if equation.left.name != groups.outcome or equation.left.component:
            continue
        weights = [term.weight for term in equation.right]
        seen: set[tuple[str, ...]] = set()
        for anchor in context.cells.of("mean"):
            key = anchor.key
            if (key.group, key.visit, key.ref_visit) != (label, groups.end, ""):
                continue
            before, after = (
                _terms_at(context, anchor, equation, visit)
                for visit in (groups.start, groups.end)
            )
            if before and after and after not in seen:
                seen.add(after)
                size = context.sizes.of(key, anchor.place)
                exact = size.exact if size else context.sizes.complete(key)
                spare = size.spare if size else 0
                yield _parts_check(groups, before, after, weights, spare, exact=exact)


def _terms_at(
    context: Context, anchor: Cell, equation: Equation, visit: str
) -> tuple[str, ...]:
    """Return the facts of all parts at a visit, where `anchor` is the first part."""
    first = equation.right[0]
    if (anchor.key.outcome, anchor.key.component) != (first.name, first.component):
        return ()
    found = [
        context.cells.first(
            replace(
                anchor.key, outcome=term.name, component=term.component, visit=visit
            ),
            "mean",
            place=anchor.place,
        )
        for term in equation.right
    ]
    facts = tuple(cell.fact for cell in found if cell is not None)
    return facts if len(facts) == len(found) else ()


def _parts_check(
    groups: Groups,
    before: Sequence[str],
    after: Sequence[str],
    weights: Sequence[Fraction],
    spare: int,
    *,
    exact: bool,
) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        start = [cells[fact] for fact in before]
        end = [cells[fact] for fact in after]
        first = weighted_sum([cell.window for cell in start], weights)
        last = weighted_sum([cell.window for cell in end], weights)
        threshold = Fraction(str(groups.threshold))
        allowed = Interval(first.low - threshold, first.high + threshold)
        verdict = CONSISTENT if last.meets(allowed) else INCONSISTENT
        gone = sum((w * c.value for w, c in zip(weights, start, strict=True)), ZERO)
        come = sum((w * c.value for w, c in zip(weights, end, strict=True)), ZERO)
        held = end[0]
        others = weighted_sum([c.window for c in end[1:]], weights[1:])
        own = (allowed - others).times(1 / weights[0])
        return Outcome(
            verdict,
            PROOF if verdict != INCONSISTENT or exact else ENUMERATION,
            f"each patient of group {held.key.group} is unchanged; every row scored",
            f"the components add up to {show(gone)} before, {show(come)} after; with "
            f"each within half a unit: {spell(first.low, first.high)} and "
            f"{spell(last.low, last.high)}: {meeting(verdict)}",
            float(own.low),
            float(own.high),
            power_of(
                held, [own], Scale(ZERO, 2 * max(own.high, held.value, held.step))
            ),
            lambda: _unscored(spare, exact=exact),
        )

    return Check("group_change_parts", after[0], (*after, *before), evaluate)


def _unscored(spare: int, *, exact: bool) -> Iterator[str]:
    if not exact:
        most = f": up to {spare} in all are not scored" if spare else ""
        yield f"rows missing at one visit only{most}"
