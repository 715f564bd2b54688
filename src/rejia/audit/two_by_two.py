"""Odds ratio, interval and p of a predictor whose 2 x 2 table is printed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

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
    plausible,
    power_of,
    show,
    stands,
)
from rejia.audit.inferences import INFERENCES, Table, Values, infer
from rejia.audit.p_values import UNIT, p_ends
from rejia.audit.tables_2x2 import Row, read_sides
from rejia.constraints import Cell, Interval
from rejia.study.schema import Logistic

_HELD = ("odds_ratio", "ci_low", "ci_high", "p_value")
_NAMES = {"odds_ratio": "ratio", "ci_low": "lower limit", "ci_high": "upper limit"}
_MOST_TABLES = 400
_MOST_FITTED = 40  # tables for which a likelihood is maximised
_MOST_LOST = 3
_TOLERANCE = 1e-6


def two_by_two_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of odds ratios whose 2 x 2 table is printed.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``two_by_two``: one for each printed ratio, limit and p-value of a declared
        logistic model with one predictor that is an indicator of a category.
    """
    declared = {
        a.id: a
        for a in context.structure.analyses
        if isinstance(a, Logistic) and (a.each or len(a.predictors) == 1)
    }
    for cell in context.cells.of(*_HELD):
        analysis = declared.get(cell.key.analysis)
        if analysis is None or not cell.key.term or not cell.key.reference:
            continue
        if cell.key.group != analysis.event.group or cell.adjustment == "bonferroni":
            continue
        variable = context.structure.variables.get(cell.key.term)
        if variable is None or variable.indicator_of is None or not variable.level:
            continue
        key = replace(
            cell.key,
            analysis="",
            term="",
            reference="",
            outcome=variable.indicator_of,
            level=variable.level,
        )
        event = read_sides(context, key, cell.place)
        rest = read_sides(context, replace(key, group=cell.key.reference), cell.place)
        if event and rest:
            level = context.structure.confidence
            row = Row(cell.fact, cell.statistic, event, rest, analysis.inference, level)
            yield _check(row)


def _check(row: Row) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        held = cells[row.held]
        tables = row.tables(cells)
        values = _declared(row, tables)
        under = f"{INFERENCES[row.inference]} (declared), one predictor; " + (
            "complete data" if row.full else "complete data, not declared"
        )
        if not values:
            return Outcome(NOT_CHECKABLE, PROOF, under, _why_none(tables))
        verdict = _verdict(held, values)
        told = "; ".join(
            f"{a} of {a + c} against {b} of {b + d}" for a, b, c, d in tables[:3]
        )
        if len(tables) > 3:
            told += f"; {len(tables)} tables in all"
        low, high = min(v.low for v in values), max(v.high for v in values)
        scale = UNIT if row.statistic == "p_value" else plausible(held, low, high)
        rescues = _Rescues(row, cells, tables)
        return Outcome(
            verdict,
            PROOF if verdict != INCONSISTENT else rescues.evidence(),
            under,
            f"with the predictor {told}: {_name(row)} "
            + (show(low) if show(low) == show(high) else f"{show(low)} to {show(high)}")
            + f"; {stands(held)}: {meeting(verdict)}",
            low,
            high,
            _power(held, values, scale),
            rescues.explain,
        )

    def passes(cells: Lookup) -> bool:
        values = _declared(row, row.tables(cells))
        return not values or _verdict(cells[row.held], values) != INCONSISTENT

    return Check("two_by_two", row.held, row.facts, evaluate, passes=passes)


def _name(row: Row) -> str:
    return _NAMES.get(row.statistic, "p")


def _declared(row: Row, tables: Sequence[Table]) -> list[Values]:
    if len(tables) > (_MOST_TABLES if row.inference == "wald" else _MOST_FITTED):
        return []
    found = (infer(row.inference, table, row.confidence) for table in tables)
    values = [item[row.statistic] for item in found if row.statistic in item]
    return values if len(values) == len(tables) else []


def _why_none(tables: Sequence[Table]) -> str:
    if not tables:
        return "no table of whole numbers fits the printed counts"
    if len(tables) > _MOST_FITTED:
        return f"{len(tables)} tables fit the printed percentages, which is too many"
    return "a table with an empty cell, for which the inference gives no number"


def _ends(held: Cell) -> tuple[float, float]:
    if held.statistic == "p_value":
        return p_ends(held)
    if held.comparator:
        high = held.comparator in {"<", "≤"}
        return (0.0, float(held.value)) if high else (float(held.value), float("inf"))
    return float(held.window.low), float(held.window.high)


def _fits(held: Cell, value: Values) -> bool:
    low, high = _ends(held)
    margin = _TOLERANCE * max(abs(high) if high != float("inf") else 0.0, abs(low))
    return value.low <= high + margin and value.high >= low - margin


def _verdict(held: Cell, values: Sequence[Values]) -> str:
    fitting = [value for value in values if _fits(held, value)]
    if not fitting:
        return INCONSISTENT
    return CONSISTENT if len(fitting) == len(values) else BY_ROUNDING


def _power(held: Cell, values: Sequence[Values], scale: Scale) -> float:
    if held.comparator:
        return 0.0
    spans = [Interval(Fraction(v.low), Fraction(v.high)) for v in values]
    return power_of(held, spans, scale)


@dataclass(frozen=True, slots=True)
class _Rescues:
    """What else would give the printed number."""

    row: Row
    cells: Lookup
    tables: list[Table]

    def evidence(self) -> str:
        """Return proof where nobody can be missing and nothing else gives it."""
        return ENUMERATION if not self.row.full or any(self._found()) else PROOF

    def explain(self) -> Iterator[str]:
        """Yield the explanations."""
        found = list(self._found())
        yield from found
        if not found:
            yield "no other inference, coding or number of missing values tried fits"
        held = self.cells[self.row.held]
        values = _declared(self.row, self.tables)
        cut = held.truncation
        if not held.comparator and any(
            v.low <= cut.high and v.high >= cut.low for v in values
        ):
            yield "truncation instead of rounding"
        if not held.comparator:
            yield from _digits(held, values)

    def _found(self) -> Iterator[str]:
        row, held = self.row, self.cells[self.row.held]
        for name, words in INFERENCES.items():
            for table, coding in product(self.tables[:_MOST_FITTED], (False, True)):
                value = infer(name, _turned(table) if coding else table, row.confidence)
                if row.statistic in value and _fits(held, value[row.statistic]):
                    other = "the event or the predictor coded the other way round"
                    if name != row.inference or coding:
                        yield f"{words} would fit" + (
                            f", with {other}" if coding else ""
                        )
                        break
        yield from self._limits()
        yield from self._missing()

    def _limits(self) -> Iterator[str]:
        """Try the other limit, and other levels of the interval."""
        row, held = self.row, self.cells[self.row.held]
        swapped = {"ci_low": "ci_high", "ci_high": "ci_low"}.get(row.statistic)
        if swapped is None:
            return
        for table in self.tables[:_MOST_TABLES]:
            value = infer(row.inference, table, row.confidence)
            if swapped in value and _fits(held, value[swapped]):
                yield "the limits swapped would fit"
            for level in (0.9, 0.99):
                other = infer(row.inference, table, level)
                if row.statistic in other and _fits(held, other[row.statistic]):
                    yield f"a {level:.0%} interval would fit"

    def _missing(self) -> Iterator[str]:
        """Try up to three missing values in groups that may have them."""
        if self.row.full:
            return
        sides = self.row.sides
        patterns = sorted(
            product(*(range(0 if s.full else _MOST_LOST, -1, -1) for s in sides)),
            key=sum,
        )
        for lost in patterns[1:]:
            for table in self.row.tables(self.cells, lost)[:_MOST_TABLES]:
                value = infer(self.row.inference, table, self.row.confidence)
                if self.row.statistic in value and _fits(
                    self.cells[self.row.held], value[self.row.statistic]
                ):
                    yield f"{sum(lost)} missing values would fit"
                    return
        yield f"up to {_MOST_LOST} missing values a group were tried; none fits"


def _turned(table: Table) -> Table:
    a, b, c, d = table
    return c, d, a, b


def _digits(held: Cell, values: Sequence[Values]) -> Iterator[str]:
    """Yield neighbouring digits that swapped would fit."""
    text = held.printed
    for k in range(len(text) - 1):
        if text[k : k + 2].isdigit() and text[k] != text[k + 1]:
            other = text[:k] + text[k + 1] + text[k] + text[k + 2 :]
            if any(_fits(held.reprinted(other), value) for value in values):
                yield f"two digits swapped: {other} would fit"
