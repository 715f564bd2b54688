"""What words say of numbers: of which rows they are, and what they are adjusted for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rejia.audit.context import Context
from rejia.audit.equations import read_equation
from rejia.audit.finding import (
    CONSISTENT,
    INCONSISTENT,
    NOT_CHECKABLE,
    WORDING,
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
from rejia.constraints import Cell, Interval, sqrt_high
from rejia.study.schema import Logistic

ZERO = Fraction(0)
CENTRES = ("mean", "median", "q1", "q3", "min", "max")
SPREADS = ("sd", "se", "plus_minus")
INTERCEPT = "1"
Relation = dict[str, Fraction]


@dataclass(frozen=True, slots=True)
class Rows:
    """
    A way to read a summary: of which rows, on which scale.

    Attributes
    ----------
    unit : str
        What a row is.
    count : int or None
        How many there are.
    scale : Interval
        Of the value of one row.
    """

    unit: str
    count: int | None
    scale: Interval

    def allowed(self, statistic: str) -> Interval:
        """Return what a summary of such rows can be: a spread has its largest."""
        if statistic not in SPREADS:
            return self.scale
        half = (self.scale.high - self.scale.low) / 2
        n = max(self.count or 2, 2)
        return Interval(ZERO, half * sqrt_high(Fraction(n, n - 1)))

    def __str__(self) -> str:
        many = "" if self.count is None else f"{self.count} "
        return f"{many}rows, each one {self.unit}, from " + spell(
            self.scale.low, self.scale.high
        )


def wording_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of words.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``rows_worded`` (a summary said to be of hands, hips or joints that can only
        be of patients) and ``collinear_adjustment`` (a model adjusted for variables
        that add up to each other).
    """
    worded = context.structure.worded
    said = {fact: name for name, facts in worded.items() for fact in facts}
    for cell in context.cells.of(*CENTRES, *SPREADS):
        name = said.get(cell.fact, cell.key.population)
        population = context.structure.populations.get(name)
        nested = population is not None and population.of is not None
        if cell.comparator or cell.key.ref_visit or not nested:
            continue
        if cell.fact in said or not (cell.key.component or cell.key.level):
            readings = _readings(context, cell, name)
            if readings is not None:
                yield _rows(context, cell, *readings)
    yield from _models(context)


def _readings(context: Context, cell: Cell, name: str) -> tuple[Rows, Rows] | None:
    """Return how a summary is worded, and how it would be a sum of each patient."""
    population = context.structure.populations[name]
    total, part, factor = _outcomes(context, cell, population.rows)
    single = context.structure.variables.get(part)
    if single is None or single.min is None or single.max is None:
        return None
    low, high = Fraction(str(single.min)), Fraction(str(single.max))
    sizes = context.sizes
    rows = sizes.group(name, cell.key.group, cell.place)
    patients = sizes.group(str(population.of), cell.key.group, cell.place)
    whole = context.structure.variables.get(total)
    ends = Interval(low * factor, high * factor)
    if whole is not None and whole.min is not None and whole.max is not None:
        ends = Interval(Fraction(str(whole.min)), Fraction(str(whole.max)))
    return (
        Rows(population.unit, rows.value if rows else None, Interval(low, high)),
        Rows("patient's sum", patients.value if patients else None, ends),
    )


def _outcomes(context: Context, cell: Cell, rows: int) -> tuple[str, str, Fraction]:
    """Return the sum, its part, and how many parts a patient has."""
    outcome = cell.key.outcome
    for text in context.structure.identities:
        equation = read_equation(text)
        parts = {term.name for term in equation.right}
        if len(parts) == 1 and outcome in {equation.left.name, *parts}:
            weight = sum((term.weight for term in equation.right), ZERO)
            return equation.left.name, parts.pop(), weight
    part = outcome.removesuffix("_total")
    return f"{part}_total", part, Fraction(rows)


def _rows(context: Context, cell: Cell, worded: Rows, summed: Rows) -> Check:
    places = _same_of_patients(context, cell, worded.unit)

    def evaluate(cells: Lookup) -> Outcome:
        held = cells[cell.fact]
        first, other = worded.allowed(held.statistic), summed.allowed(held.statistic)
        fits, sums = held.window.meets(first), held.window.meets(other)
        verdict = CONSISTENT if fits else INCONSISTENT
        told = f"worded as of {worded}"
        if held.statistic in SPREADS:
            told += f", whose SD is at most {show(first.high)}"
        told += f"; {stands(held)}: {meeting(verdict)}"
        if not fits:
            told += f"; as of {summed}, it " + ("fits" if sums else "does not fit")
        top = 2 * max(first.high, held.value, held.step)
        return Outcome(
            verdict,
            WORDING,
            f"each row is one {worded.unit}",
            told,
            float(first.low),
            float(first.high),
            power_of(held, [first], Scale(min(ZERO, first.low), top)),
            lambda: _why_rows(places, summed if sums else None),
        )

    return Check("rows_worded", cell.fact, (cell.fact,), evaluate)


def _same_of_patients(context: Context, cell: Cell, unit: str) -> list[str]:
    """Return where the same digits are printed as a summary of patients."""
    found: dict[str, None] = {}
    family = SPREADS if cell.statistic in SPREADS else (cell.statistic,)
    name = cell.key.outcome.removesuffix("_total")
    for other in context.cells.of(*family):
        population = context.structure.populations.get(other.key.population)
        if (
            other.printed == cell.printed
            and other.place != cell.place
            and other.key.outcome.removesuffix("_total") == name
            and (other.key.visit, other.key.group) == (cell.key.visit, cell.key.group)
            and population is not None
            and population.unit != unit
        ):
            found[other.place] = None
    return list(found)


def _why_rows(places: Sequence[str], summed: Rows | None) -> Iterator[str]:
    if summed is not None:
        yield f"a summary of {summed}"
    if places:
        yield f"{', '.join(places)} prints the same of patients"


def relations(
    equations: Sequence[Mapping[str, Fraction]], names: Sequence[str]
) -> list[Relation]:
    """
    Return the linear relations that equations force among some variables.

    Parameters
    ----------
    equations : sequence of mapping of str to Fraction
        Each a sum of weighted variables that is 0; the name ``1`` is the intercept.
    names : sequence of str
        Predictors of a model; the intercept is always among them.

    Returns
    -------
    list of dict of str to Fraction
        Independent relations, as many as the model has predictors too many; empty
        where the equations leave it estimable. Found by elimination of all other
        variables, exactly.
    """
    kept = {*names, INTERCEPT}
    others = {name for equation in equations for name in equation} - kept
    order = [*sorted(others), *names, INTERCEPT]
    rows: list[Relation] = [
        {name: Fraction(w) for name, w in equation.items() if w}
        for equation in equations
    ]
    found: list[Relation] = []
    for name in order:
        pivot = next((row for row in rows if name in row), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows = [_without(row, name, pivot) for row in rows]
        if set(pivot) <= kept:
            found.append(pivot)
    return found


def _without(row: Relation, name: str, pivot: Relation) -> Relation:
    """Return a row less as much of the pivot as takes `name` out of it."""
    factor = row.get(name, ZERO) / pivot[name]
    if not factor:
        return row
    made = {
        key: row.get(key, ZERO) - factor * pivot.get(key, ZERO)
        for key in {**row, **pivot}
    }
    return {key: weight for key, weight in made.items() if weight}


def _declared(context: Context) -> list[Relation]:
    """Return what is known to add up: identities, and indicators of a category."""
    found: list[Relation] = []
    for text in context.structure.identities:
        equation = read_equation(text)
        terms = [(equation.left, Fraction(-1))]
        terms += [(term, term.weight) for term in equation.right]
        made: Relation = {}
        for term, weight in terms:
            name = term.name + (f"[{term.component}]" if term.component else "")
            made[name] = made.get(name, ZERO) + weight
        found.append(made)
    variables = context.structure.variables
    for name, variable in variables.items():
        indicators = {
            own.level: key for key, own in variables.items() if own.indicator_of == name
        }
        if variable.levels and set(variable.levels) <= set(indicators):
            of_levels = [indicators[level] for level in variable.levels]
            found.append(
                dict.fromkeys(of_levels, Fraction(1)) | {INTERCEPT: Fraction(-1)}
            )
    return found


def _models(context: Context) -> Iterator[Check]:
    equations = _declared(context)
    models = [a for a in context.structure.analyses if isinstance(a, Logistic)]
    for model in models:
        facts = tuple(
            cell.fact for cell in context.cells if cell.key.analysis == model.id
        )
        if model.each or not facts or len(model.predictors) < 2:
            continue
        yield _model(facts, model.predictors, equations)
        for other in models:
            alone = set(model.predictors) < set(other.predictors)
            if other.each and other.event == model.event and alone:
                if relations(equations, other.predictors):
                    yield _model(facts, other.predictors, equations, other.id)


def _model(
    facts: tuple[str, ...],
    predictors: Sequence[str],
    equations: Sequence[Relation],
    source: str = "",
) -> Check:
    found = relations(equations, predictors)
    verdict = (NOT_CHECKABLE if source else INCONSISTENT) if found else CONSISTENT
    under = f"adjusted for all of {', '.join(predictors)}"
    if source:
        under = f"adjusted for every factor of {source}; the source does not list them"
    told = "; ".join(f"{_equation(one)}, in every patient" for one in found) or (
        "no declared equation holds among them"
    )
    ending = ": the model can be estimated"
    if found:
        most = len(predictors) - len(found)
        ending = (
            f"; at most {most} of the {len(predictors)} can be in one model: with all "
            "of them it has no estimate"
        )
    outcome = Outcome(
        verdict,
        WORDING,
        under,
        told + ending,
        explain=lambda: ["one of the variables that add up was left out unsaid"],
    )
    slug = f"{facts[0]}-{source}" if source else facts[0]
    return Check("collinear_adjustment", facts[0], facts, lambda _: outcome, slug)


def _equation(relation: Relation) -> str:
    """Return a relation as a sum on either side."""

    def side(sign: int) -> str:
        terms = [
            (name, abs(weight))
            for name, weight in relation.items()
            if weight * sign > 0
        ]
        told = [
            show(weight)
            if name == INTERCEPT
            else name
            if weight == 1
            else f"{show(weight)} x {name}"
            for name, weight in terms
        ]
        return " + ".join(told) or "0"

    left, right = side(-1), side(1)
    return (
        f"{left} = {right}"
        if left.count("+") <= right.count("+")
        else (f"{right} = {left}")
    )
