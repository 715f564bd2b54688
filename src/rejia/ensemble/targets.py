"""What the printed numbers of a source demand of a drawn cohort."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import sqrt

import pandas as pd

from rejia.constraints import Cell, read_cells
from rejia.ensemble.lattice import Window
from rejia.errors import DefinitionError
from rejia.study import Study

EVERYONE = "all"
DESCRIBE = "describe"
_SUMMARIES = ("mean", "sd", "plus_minus", "se", "min", "max")
# Ends of windows are drawn in by this part of a digit: a value on the very end
# would depend on binary fractions.
_MARGIN = 1e-6


class Targets:
    """
    Printed numbers under the spec that a study draws from.

    Parameters
    ----------
    study : Study
        Declares groups, merges, repairs and the spec.
    facts : pandas.DataFrame
        Table ``facts``.
    """

    def __init__(self, study: Study, facts: pd.DataFrame) -> None:
        self.study = study
        self._cells: dict[tuple[str, str], list[Cell]] = {}
        for cell in _under_spec(study, read_cells(facts)):
            key = (cell.key.analysis, cell.key.outcome)
            self._cells.setdefault(key, []).append(cell)

    @property
    def labels(self) -> tuple[str, ...]:
        """The groups that do not overlap; everyone where none are declared."""
        if self.study.groups is None:
            return (EVERYONE,)
        labels = self.study.groups.labels
        return (labels.improved, labels.unchanged, labels.worsened)

    def sizes(self) -> dict[str, int]:
        """
        Return the printed number of patients of each group.

        Raises
        ------
        DefinitionError
            If a group has no printed size.
        """
        found = {
            label: self.count(DESCRIBE, "cohort", "n", group=label)
            for label in self.labels
        }
        missing = [label for label, size in found.items() if size is None]
        if missing:
            faults = [
                f"group {label}: no fact 'cohort' with its n" for label in missing
            ]
            raise DefinitionError("a cohort cannot be drawn:", faults)
        return {label: size or 0 for label, size in found.items()}

    def parts(self, group: str) -> tuple[str, ...]:
        """Return the groups that a label stands for."""
        if group == EVERYONE:
            return self.labels
        return self.study.structure.merges.get(group, (group,))

    def outcomes(self, analysis: str) -> list[str]:
        """Return the outcomes of which an analysis prints anything."""
        return [outcome for name, outcome in self._cells if name == analysis]

    def find(
        self, analysis: str, outcome: str, statistics: Sequence[str], **key: str
    ) -> Iterator[Cell]:
        """Return exact cells of an analysis and outcome; other key fields as given."""
        for cell in self._cells.get((analysis, outcome), ()):
            if (
                cell.statistic in statistics
                and not cell.comparator
                and all(getattr(cell.key, name) == text for name, text in key.items())
            ):
                yield cell

    def count(
        self, analysis: str, outcome: str, statistic: str, **key: str
    ) -> int | None:
        """Return a printed count; None where there is none."""
        for cell in self.find(analysis, outcome, (statistic,), **key):
            return int(cell.value)
        return None

    def visits(self, outcome: str) -> tuple[str, ...]:
        """Return the visits at which an outcome is summarised, as in the study."""
        printed = {cell.key.visit for cell in self.find(DESCRIBE, outcome, _SUMMARIES)}
        return tuple(visit for visit in self.study.visits if visit in printed)

    def windows(
        self, outcome: str, group: str, n: int, *, component: str = "", visit: str = ""
    ) -> tuple[Window, ...]:
        """
        Return the windows of a column in a group.

        Parameters
        ----------
        outcome, component, visit : str
            Column.
        group : str
            Group, merge of groups, or ``all``.
        n : int
            Values that the summary is taken over.

        Notes
        -----
        ``±`` stands for the sample SD, unless the printed group means lie so far
        apart that no SD could be so small: then it stands for the standard error.
        """
        found: dict[Window, None] = {}
        apart = self.spread_of_groups(outcome, component, visit, n)
        for cell in self.find(
            DESCRIBE, outcome, _SUMMARIES, group=group, component=component, visit=visit
        ):
            if cell.key.population in self._populations(outcome):
                found[_window(cell, n, apart if group == EVERYONE else 0.0)] = None
        return tuple(found)

    def _populations(self, outcome: str) -> set[str]:
        variables = self.study.variables
        variable = variables.get(outcome) or variables.get(_stem(outcome))
        own = variable.population if variable is not None else None
        return {"patients", own or "patients"}

    def spread_of_groups(
        self, outcome: str, component: str, visit: str, n: int
    ) -> float:
        """
        Return the smallest SD of everyone that the printed group means allow.

        Parameters
        ----------
        outcome, component, visit : str
            Column.
        n : int
            Values of everyone.
        """
        sizes = self.sizes()
        means = []
        for label in self.labels:
            cells = self.find(
                DESCRIBE,
                outcome,
                ("mean",),
                group=label,
                component=component,
                visit=visit,
            )
            means += [(sizes[label], float(cell.value)) for cell in list(cells)[:1]]
        if len(means) < len(self.labels) or len(means) < 2 or n < 2:
            return 0.0
        total = sum(size for size, _ in means)
        mean = sum(size * value for size, value in means) / total
        squares = sum(size * (value - mean) ** 2 for size, value in means)
        return sqrt(squares * n / total / (n - 1))


def _stem(outcome: str) -> str:
    return outcome.removesuffix("_total")


def _window(cell: Cell, n: int, apart: float) -> Window:
    low, high = float(cell.window.low), float(cell.window.high)
    digit = float(cell.step)
    statistic = {"plus_minus": "sd", "se": "sd"}.get(cell.statistic, cell.statistic)
    is_error = cell.statistic == "se" or (
        cell.statistic == "plus_minus" and apart > high
    )
    scale = sqrt(n) if is_error else 1.0
    if statistic in {"min", "max"}:
        low = high = float(cell.value)
        return Window(statistic, low - 1e-9, high + 1e-9, digit)
    margin = _MARGIN * digit
    return Window(
        statistic, (low + margin) * scale, (high - margin) * scale, digit * scale
    )


def _under_spec(study: Study, cells: Iterable[Cell]) -> Iterator[Cell]:
    """Return the cells that the spec of the draw keeps, with its repairs."""
    wanted = study.draw.spec if study.draw is not None else ""
    spec = next((spec for spec in study.specs if spec.id == wanted), None)
    repairs = {repair.id: repair.printed for repair in study.repairs}
    for cell in cells:
        if spec is not None and cell.fact in spec.drop:
            continue
        if spec is not None and cell.fact in spec.replace:
            yield cell.reprinted(repairs[spec.replace[cell.fact]])
        else:
            yield cell


def nearest_count(cells: Sequence[Cell], total: int) -> int | None:
    """Return the count of `total` whose percentage is nearest to what is printed."""
    if not cells:
        return None
    printed = cells[0]

    def distance(count: int) -> Fraction:
        return abs(Fraction(100 * count, total) - printed.value)

    return min(range(total + 1), key=distance)
