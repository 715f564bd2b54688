"""What every rule is given: cells, sizes and structure."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import pandas as pd

from rejia.audit.finding import Number, Scale, plausible
from rejia.constraints import Cell, Cells, Sizes, read_cells
from rejia.estimate import Key
from rejia.study.schema import Structure

ALL = "all"
FLOW = "flow"
DIRECTIONS = ("improved", "unchanged", "worsened")


@dataclass(frozen=True)
class Context:
    """
    Cells, sizes and structure of one source.

    Attributes
    ----------
    cells : Cells
        All printed numbers.
    sizes : Sizes
        Group sizes and denominators.
    structure : Structure
        What is declared.
    """

    cells: Cells
    sizes: Sizes
    structure: Structure

    @classmethod
    def of(cls, facts: pd.DataFrame, structure: Structure) -> "Context":
        """Read the facts."""
        cells = read_cells(facts)
        return cls(cells, Sizes(cells, structure), structure)

    def bounds(self, key: Key) -> tuple[Fraction | None, Fraction | None]:
        """Return the ends of a scale: declared for the variable, or printed."""
        variable = self.structure.variables.get(key.outcome)
        if variable is not None and (not key.component or self._single(key)):
            low, high = variable.min, variable.max
            return (
                None if low is None else Fraction(str(low)),
                None if high is None else Fraction(str(high)),
            )
        if key.component:
            return None, None
        return self._ends.get(key.outcome, (None, None))

    @cached_property
    def _ends(self) -> dict[str, tuple[Fraction | None, Fraction | None]]:
        """Scales that the source prints, by outcome."""
        ends: dict[str, tuple[Fraction | None, Fraction | None]] = {}
        for cell in self.cells.of("score_min", "score_max"):
            if cell.key.component or cell.comparator:
                continue
            low, high = ends.get(cell.key.outcome, (None, None))
            if cell.statistic == "score_min":
                low = cell.value
            else:
                high = cell.value
            ends[cell.key.outcome] = (low, high)
        return ends

    def _single(self, key: Key) -> bool:
        """Say whether a component's row is one joint, not a patient's sum."""
        population = self.structure.populations.get(key.population)
        return population is not None and population.unit != "patient"

    def step(self, key: Key) -> Fraction | None:
        """Return the lattice that values are recorded on; a sum keeps its parts'."""
        names = (key.outcome, key.outcome.removesuffix("_total"))
        for name in names:
            variable = self.structure.variables.get(name)
            if variable is not None and variable.step is not None:
                return Fraction(str(variable.step))
        return None

    def scale(self, cell: Cell, *others: Number) -> Scale:
        """Return where a mean could have been printed."""
        low, high = self.bounds(cell.key)
        guess = plausible(cell, *others)
        return Scale(
            guess.low if low is None else min(low, cell.value),
            guess.high if high is None else max(high, cell.value),
        )

    def any_analysis(self, key: Key, statistic: str) -> list[Cell]:
        """Return the cells of a key, whichever analysis they are filed under."""
        return self._bare.get((replace(key, analysis=""), statistic), [])

    @cached_property
    def _bare(self) -> dict[tuple[Key, str], list[Cell]]:
        found: dict[tuple[Key, str], list[Cell]] = {}
        for cell in self.cells:
            key = replace(cell.key, analysis="")
            found.setdefault((key, cell.statistic), []).append(cell)
        return found

    def unions(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return each group that is a union of others, with its parts."""
        merges = self.structure.merges
        found: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}
        for label, parts in merges.items():
            found.setdefault((label, frozenset(parts)), parts)
        for partition in self.structure.partitions:
            found.setdefault((ALL, frozenset(partition)), partition)
            for label, parts in merges.items():
                if set(parts) < set(partition):
                    rest = tuple(g for g in partition if g not in parts)
                    coarse = (label, *rest)
                    found.setdefault((ALL, frozenset(coarse)), coarse)
        return [(total, parts) for (total, _), parts in found.items()]

    def levels(self, key: Key) -> tuple[str, ...]:
        """
        Return levels that exclude each other and together are everyone.

        Declared for the outcome or the analysis, or the levels of the variable;
        improved, unchanged and worsened are so by their meaning.
        """
        declared = self.structure.exhaustive
        for name in (key.outcome, key.analysis):
            if name in declared:
                return declared[name]
        variable = self.structure.variables.get(key.outcome)
        if variable is not None and variable.levels:
            return variable.levels
        return DIRECTIONS if key.level in DIRECTIONS else ()
