"""Changes, flow charts, bounds of coefficients, and units."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from rejia.audit.context import ALL, FLOW, Context
from rejia.audit.equations import Equation, read_equation
from rejia.audit.finding import (
    CONSISTENT,
    ENUMERATION,
    INCONSISTENT,
    PROOF,
    WORDING,
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
    verdict_of,
)
from rejia.constraints import Cell, Interval
from rejia.estimate import Key

MEASURED = ("mean", "sd", "se", "plus_minus", "min", "max", "median", "q1", "q3")
ONE = Fraction(1)
DOMAINS = {
    "p_value": (Fraction(0), ONE),
    "percent": (Fraction(0), Fraction(100)),
    "kappa": (-ONE, ONE),
    "icc": (-ONE, ONE),
    "agreement": (-ONE, ONE),
    "spearman": (-ONE, ONE),
}


def statement_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of single statements.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``change_of_means``, ``flow``, ``domain`` and ``unit``.
    """
    yield from _changes(context)
    for text in context.structure.flows:
        yield from _flows(context, read_equation(text))
    for cell in context.cells.of(*DOMAINS):
        yield _domain(cell.fact)
    yield from _units(context)


def _changes(context: Context) -> Iterator[Check]:
    """Hold a printed mean change against the two means."""
    for change in context.cells.of("mean"):
        key = change.key
        if not key.ref_visit or key.reference or key.term or change.comparator:
            continue
        means = [
            _any_analysis(context, change, visit)
            for visit in (key.visit, key.ref_visit)
        ]
        after, before = means
        if after is not None and before is not None:
            yield _change(change.fact, after.fact, before.fact)


def _any_analysis(context: Context, change: Cell, visit: str) -> Cell | None:
    wanted = replace(change.key, visit=visit, ref_visit="", analysis="")
    found = [
        cell
        for cell in context.cells.of("mean")
        if not cell.comparator and replace(cell.key, analysis="") == wanted
    ]
    return min(found, key=lambda c: c.place != change.place) if found else None


def _change(held: str, after: str, before: str) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        change, end, start = cells[held], cells[after], cells[before]
        allowed = end.window - start.window
        point = end.value - start.value
        verdict = verdict_of(change, point, allowed)
        return Outcome(
            verdict,
            ENUMERATION if verdict == INCONSISTENT else PROOF,
            "the same rows at both visits",
            f"{end.printed} - {start.printed} = {show(point)}; with each within half a "
            f"unit: {spell(allowed.low, allowed.high)}; {stands(change)}: "
            + meeting(verdict),
            float(allowed.low),
            float(allowed.high),
            power_of(change, [allowed], plausible(change, -abs(point), point)),
        )

    return Check("change_of_means", held, (held, after, before), evaluate)


def _flows(context: Context, equation: Equation) -> Iterator[Check]:
    for total in context.cells.of("n"):
        if total.key.analysis != FLOW or total.key.level != equation.left.name:
            continue
        parts = [_flow_cell(context, total, term.name) for term in equation.right]
        found = [part.fact for part in parts if part is not None]
        if total.whole and len(found) == len(parts):
            weights = [term.weight for term in equation.right]
            yield _flow(total.fact, tuple(found), weights)


def _flow_cell(context: Context, total: Cell, level: str) -> Cell | None:
    found = [
        cell
        for cell in context.cells.of("n")
        if cell.key.analysis == FLOW and cell.key.level == level and cell.whole
    ]
    return min(found, key=lambda c: c.place != total.place) if found else None


def _flow(held: str, parts: tuple[str, ...], weights: list[Fraction]) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        total = cells[held]
        told, value = "", Fraction(0)
        for part, weight in zip(parts, weights, strict=True):
            value += weight * cells[part].value
            sign = " - " if weight < 0 else " + " if told else ""
            told += sign + cells[part].printed
        return Outcome(
            CONSISTENT if value == total.value else INCONSISTENT,
            PROOF,
            "each patient counted once",
            f"{told} = {show(value)}; printed {total.printed}",
            float(value),
            float(value),
            power_of(
                total,
                [Interval(value, value)],
                Scale(Fraction(0), 2 * max(abs(value), total.value, ONE)),
            ),
        )

    return Check("flow", held, (held, *parts), evaluate)


def _domain(held: str) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        cell = cells[held]
        low, high = DOMAINS[cell.statistic]
        above = cell.comparator in {">", "≥"} and cell.value >= high
        below = cell.comparator in {"<", "≤"} and cell.value <= low
        outside = not cell.comparator and not cell.window.meets(Interval(low, high))
        verdict = INCONSISTENT if above or below or outside else CONSISTENT
        return Outcome(
            verdict,
            PROOF,
            "the statistic's own limits",
            f"{stands(cell)}; it lies from {spell(low, high)}: {meeting(verdict)}",
            float(low),
            float(high),
            0.0,
        )

    return Check("domain", held, (held,), evaluate)


def _units(context: Context) -> Iterator[Check]:
    """Yield outcomes whose numbers wear more than one unit."""
    labels = {ALL, ""}
    for total, groups in context.unions():
        labels |= {total, *groups}
    found: dict[tuple[Key, str], list[Cell]] = {}
    for cell in context.cells.of(*MEASURED):
        if cell.unit:
            group = "" if cell.key.group in labels else cell.key.group
            key = replace(cell.key, analysis="", group=group)
            found.setdefault((key, cell.statistic), []).append(cell)
    for (key, statistic), cells in found.items():
        if len(cells) > 1:
            yield _unit(tuple(cell.fact for cell in cells), key, statistic)


def _unit(facts: tuple[str, ...], key: Key, statistic: str) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        places: dict[str, list[str]] = {}
        for fact in facts:
            known = places.setdefault(cells[fact].unit, [])
            if cells[fact].place not in known:
                known.append(cells[fact].place)
        told = "; ".join(f"{unit}: {', '.join(at)}" for unit, at in places.items())
        return Outcome(
            INCONSISTENT if len(places) > 1 else CONSISTENT,
            WORDING,
            "one quantity has one unit",
            told,
            explain=lambda: _why_units([cells[fact] for fact in facts]),
        )

    named = (key.outcome, key.component, key.level, key.visit, key.group, statistic)
    slug = "-".join(part.replace("+", "").lower() for part in named if part)
    return Check("unit", facts[-1], facts, evaluate, slug)


def _why_units(cells: list[Cell]) -> Iterator[str]:
    by_key: dict[object, dict[str, set[Fraction]]] = {}
    for cell in cells:
        own = by_key.setdefault((cell.key, cell.statistic), {})
        own.setdefault(cell.unit, set()).add(cell.value)
    for units in by_key.values():
        shared = set.intersection(*units.values()) if len(units) > 1 else set()
        if shared:
            yield "equal digits under both units: a slip of the unit, not a conversion"
            return
