"""From facts, repairs and drops to exact windows on a lattice."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import pandas as pd

from rejia.constraints import Cell as Printed
from rejia.ensemble._battery_study import study_tests
from rejia.ensemble.feasible import conflicts
from rejia.ensemble.model import Cell, Column, SignRule, Spec, SumRule
from rejia.ensemble.targets import DESCRIBE, EVERYONE, Targets
from rejia.errors import DefinitionError
from rejia.study import Study, Variable
from rejia.study.specs import under_spec

_IDENTITY = re.compile(r"\s*(\w+)\s*=\s*(\w+)\s*\+\s*(\w+)\s*")
_SPREADS = ("sd", "plus_minus", "se")
_TOTAL = "_total"
_STOPPED = "_discontinued"


def build_spec(study: Study, facts: pd.DataFrame, spec_id: str) -> Spec:
    """
    Build the demands of a spec on a cohort.

    Parameters
    ----------
    study : Study
        Declares variables, groups, repairs and specs.
    facts : pandas.DataFrame
        Table ``facts``.
    spec_id : str
        Name of a spec of the study.

    Returns
    -------
    Spec
        A column for each numeric variable, at each visit, whose mean is printed
        for every group; and for each indicator of a category that is counted in
        every group.

    Raises
    ------
    DefinitionError
        If the study has no such spec, or its demands contradict each other: one
        line a conflict, with the facts behind it.

    Notes
    -----
    ``±`` is read as the sample SD. A count of patients in whom a drug was
    discontinued is read as the number of doses of 0.
    """
    study = under_spec(study, spec_id)
    source = _Source(Targets(study, facts))
    columns: list[Column] = []
    cells: list[Cell] = []
    for column, found in source.columns():
        columns.append(column)
        cells += found
    rules: tuple[SumRule | SignRule, ...] = (
        *_sum_rules(study, columns),
        *_sign_rules(study, columns),
    )
    used = dict.fromkeys(fact for cell in cells for fact in cell.facts)
    spec = Spec(
        study.study,
        spec_id,
        tuple(columns),
        tuple(source.sizes.items()),
        tuple(cells),
        rules,
        tuple(used),
        study_tests(study, [c.name for c in columns], ones=_ones(columns, cells)),
        study.groups.outcome if study.groups else "",
        (*study.structure.merges.items(), (EVERYONE, tuple(source.sizes))),
    )
    faults = list(conflicts(spec))
    if faults:
        raise DefinitionError(
            f"no cohort fits spec {spec_id} of {study.study}:", faults
        )
    return spec


def _ones(
    columns: Sequence[Column], cells: Sequence[Cell]
) -> dict[str, dict[str, int]]:
    """Return the counts of 1 of columns of 0 and 1: every cohort shares them."""
    return {
        column.name: {
            cell.group: cell.sum_low
            for cell in cells
            if cell.column == column.name and len(cell.groups) == 1
        }
        for column in columns
        if (column.low, column.high) == (0, 1)
    }


@dataclass
class _Source:
    """Printed numbers under a spec, read as columns and cells."""

    targets: Targets

    def __post_init__(self) -> None:
        self.study = self.targets.study
        self.sizes = self.targets.sizes()
        labels = (*self.sizes, *self.study.structure.merges, EVERYONE)
        self.labels = tuple(dict.fromkeys(labels))

    def columns(self) -> Iterator[tuple[Column, list[Cell]]]:
        """Yield each column with its cells, in the order of the study."""
        for name, variable in self.study.variables.items():
            if variable.indicator_of is not None:
                yield from self._indicator(name, variable)
            for outcome in (name, name + _TOTAL):
                if outcome != name and outcome in self.study.variables:
                    continue
                for visit in ("", *self.study.visits):
                    yield from self._numeric(outcome, variable, visit)

    def _numeric(
        self, outcome: str, variable: Variable, visit: str
    ) -> Iterator[tuple[Column, list[Cell]]]:
        if variable.step is None or not self._complete(outcome, visit):
            return
        low, high = self._ends(outcome, variable)
        step = Fraction(repr(variable.step))
        name = f"{outcome}@{visit}" if visit else outcome
        column = Column(
            name,
            variable.unit,
            step,
            ceil(low / step),
            floor(high / step),
            outcome,
            visit,
        )
        found = [self._cell(column, label) for label in self.labels]
        yield column, [cell for cell in found if cell is not None]

    def _complete(self, outcome: str, visit: str) -> bool:
        """Say whether every group has a mean."""
        return all(
            any(self._found(outcome, visit, label, "mean")) for label in self.sizes
        )

    def _found(
        self, outcome: str, visit: str, label: str, *statistics: str
    ) -> Iterator[Printed]:
        return self.targets.find(
            DESCRIBE,
            outcome,
            statistics,
            group=label,
            visit=visit,
            population="patients",
            component="",
            level="",
        )

    def _ends(self, outcome: str, variable: Variable) -> tuple[Fraction, Fraction]:
        """Return the ends of a scale: declared, or printed of a total."""
        ends: list[Fraction | None] = [
            None if end is None else Fraction(repr(end))
            for end in (variable.min, variable.max)
        ]
        if outcome.endswith(_TOTAL) and outcome not in self.study.variables:
            printed = [
                next(self.targets.find("design", outcome, (which,)), None)
                for which in ("score_min", "score_max")
            ]
            ends = [None if cell is None else cell.value for cell in printed]
        if ends[0] is None or ends[1] is None:
            fault = f"variables.{outcome}: min or max is missing; a sample needs both"
            raise DefinitionError(f"{self.study.study} cannot be sampled:", [fault])
        return ends[0], ends[1]

    def _cell(self, column: Column, label: str) -> Cell | None:
        """Return what is printed of a column in a group; None where nothing is."""
        groups = self.targets.parts(label)
        n = sum(self.sizes[group] for group in groups)
        sums = (n * column.low, n * column.high)
        widest = n * n * (column.high - column.low) ** 2 // 4
        spread = (0, widest)
        ends: dict[str, int] = {}
        facts: list[str] = []
        asked = ("mean", *_SPREADS, "min", "max")
        for cell in self._found(column.variable, column.visit, label, *asked):
            facts.append(cell.fact)
            if cell.statistic == "mean":
                sums = _meet(sums, _sums(cell, n, column.step))
            elif cell.statistic in _SPREADS:
                spread = _meet(spread, _spreads(cell, n, column.step))
            else:
                ends[cell.statistic] = round(cell.value / column.step)
        zeros = self._zeros(column, label, facts)
        if not facts:
            return None
        return Cell(
            column.name,
            label,
            groups,
            n,
            *sums,
            *spread,
            lowest=ends.get("min"),
            highest=ends.get("max"),
            zeros=zeros,
            facts=tuple(facts),
        )

    def _zeros(self, column: Column, label: str, facts: list[str]) -> int | None:
        if label not in self.sizes:
            return None
        for cell in self.targets.find(
            DESCRIBE,
            column.variable + _STOPPED,
            ("n",),
            group=label,
            visit=column.visit,
            level="yes",
        ):
            facts.append(cell.fact)
            return int(cell.value)
        return None

    def _indicator(
        self, name: str, variable: Variable
    ) -> Iterator[tuple[Column, list[Cell]]]:
        column = Column(name, variable.unit, Fraction(1), 0, 1, name)
        cells = []
        for label in self.sizes:
            for cell in self.targets.find(
                DESCRIBE,
                variable.indicator_of or "",
                ("n",),
                group=label,
                level=variable.level or "",
                population="patients",
            ):
                n, count = self.sizes[label], int(cell.value)
                spread = n * count - count * count
                cells.append(
                    Cell(
                        name,
                        label,
                        (label,),
                        n,
                        count,
                        count,
                        spread,
                        spread,
                        facts=(cell.fact,),
                    )
                )
                break
        if len(cells) == len(self.sizes):
            yield column, cells


def _meet(window: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return max(window[0], other[0]), min(window[1], other[1])


def _sums(cell: Printed, n: int, step: Fraction) -> tuple[int, int]:
    return ceil(n * cell.window.low / step), floor(n * cell.window.high / step)


def _spreads(cell: Printed, n: int, step: Fraction) -> tuple[int, int]:
    """Return the window of ``n * sum(x * x) - sum(x) ** 2``."""
    scale = n * (n - 1) * (n if cell.statistic == "se" else 1) / step**2
    low = max(cell.window.low, Fraction(0))
    return ceil(scale * low**2), floor(scale * cell.window.high**2)


def _sum_rules(study: Study, columns: Sequence[Column]) -> Iterator[SumRule]:
    """Yield the declared sums of two columns of one step."""
    steps = {column.name: column.step for column in columns}
    for text in study.structure.identities:
        match = _IDENTITY.fullmatch(text)
        if match is not None and len({steps.get(name) for name in match.groups()}) == 1:
            if match[1] in steps:
                yield SumRule(match[1], (match[2], match[3]))


def _sign_rules(study: Study, columns: Sequence[Column]) -> Iterator[SignRule]:
    """Yield the sign of change that defines the groups."""
    groups = study.groups
    if groups is None:
        return
    names = [f"{groups.outcome}@{visit}" for visit in (groups.start, groups.end)]
    if not set(names) <= {column.name for column in columns}:
        return
    if groups.threshold:
        fault = f"groups.threshold must be 0, but is {groups.threshold}"
        raise DefinitionError(f"{study.study} cannot be sampled:", [fault])
    stem = groups.outcome.removesuffix(_TOTAL)
    worse = (study.variables.get(groups.outcome) or study.variables[stem]).worse
    better = 1 if worse == "low" else -1
    labels = groups.labels
    yield SignRule(
        names[0],
        names[1],
        (
            (labels.improved, better),
            (labels.unchanged, 0),
            (labels.worsened, -better),
        ),
    )
