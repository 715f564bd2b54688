"""How many values a printed summary rests on, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rejia.constraints.cells import Cell, Cells
from rejia.estimate import Key
from rejia.study.schema import Structure

COHORT = "cohort"


@dataclass(frozen=True, slots=True)
class Size:
    """
    A number of rows.

    Attributes
    ----------
    value : int
        The number; where a fact prints it, the fact's.
    fact : str
        Fact that prints it, or empty where the structure declares it.
    declared : bool
        Whether it is said of the very values of the summary (a fact of the same
        key, a declared denominator, a population declared complete); otherwise it
        is the size of the group, of which values may be missing.
    each : int
        Rows of each of the patients that the fact counts.
    spare : int
        Rows known to be missing somewhere in the population, perhaps here.
    """

    value: int
    fact: str = ""
    declared: bool = False
    each: int = 1
    spare: int = 0

    def of(self, cells: Mapping[str, Cell]) -> int:
        """Return the number, read again from `cells`."""
        return int(cells[self.fact].value) * self.each if self.fact else self.value

    @property
    def exact(self) -> bool:
        """Whether it is the number of values, none of which may be missing."""
        return self.declared and not self.spare

    @property
    def least(self) -> int:
        """The smallest number that is possible, with the missing rows here."""
        return max(self.value - self.spare, 0)


class Sizes:
    """
    Sizes of groups, populations and denominators of a source.

    Parameters
    ----------
    cells : Cells
        All printed numbers. A size is a fact with outcome ``cohort``, statistic
        ``n`` or ``denominator``, a group, and neither level nor component.
    structure : Structure
        Declared denominators, population sizes and complete populations.
    """

    def __init__(self, cells: Cells, structure: Structure) -> None:
        self._cells = cells
        self._structure = structure
        self._sizes: dict[tuple[str, str], list[Cell]] = {}
        self._outcomes: dict[tuple[str, str, str], list[Cell]] = {}
        for cell in cells.of("n", "denominator"):
            key = cell.key
            if not (key.group and _plain(key) and cell.whole):
                continue
            if key.outcome == COHORT:
                self._sizes.setdefault((key.population, key.group), []).append(cell)
            elif cell.statistic == "denominator":
                self._outcomes.setdefault(
                    (key.population, key.outcome, key.group), []
                ).append(cell)

    def complete(self, key: Key) -> bool:
        """Say whether a summary is declared to miss no value."""
        declared = set(self._structure.complete)
        return bool(declared & {key.population, key.outcome, key.analysis})

    def group(self, population: str, group: str, place: str = "") -> Size | None:
        """Return the printed or declared size of a group."""
        found = self._sizes.get((population, group), [])
        if found:
            cell = next((c for c in found if c.place == place), found[0])
            return Size(int(cell.value), cell.fact)
        merged = self._structure.merges.get(group, ())
        parts = [self.group(population, part, place) for part in merged]
        if parts and all(parts):
            return Size(sum(part.value for part in parts if part))
        declared = self._structure.populations.get(population)
        if group == "all" and declared is not None and declared.size is not None:
            return Size(declared.size)
        return None

    def of(self, key: Key, place: str = "", *, share: bool = False) -> Size | None:
        """
        Return the number of values that a summary of `key` rests on.

        Parameters
        ----------
        key : Key
            Of a mean, an SD, a count or a percentage.
        place : str
            Where it is printed; a size printed there is preferred.
        share : bool
            Whether it is a percentage, for which the structure's denominators hold.

        Returns
        -------
        Size or None
            A number printed for the key itself, or for its condition (the level
            ``grade_0>worsened`` counts among ``grade_0`` at the earlier visit);
            else the denominator that the structure declares for its outcome,
            analysis or population (group ``all`` only); else the size of its group.
        """
        cell = self._printed(key, place)
        if cell is not None:
            return Size(int(cell.value), cell.fact, declared=True)
        if ">" in key.level:
            return None
        if key.component and not self._has_each(key):
            return self._component(key, place)
        size = self.group(key.population, key.group, place)
        if share and key.group == "all":
            for name in (key.outcome, key.analysis, key.population):
                declared = self._structure.denominators.get(name)
                if declared is not None:
                    same = size is not None and size.value == declared
                    fact = size.fact if size is not None and same else ""
                    return Size(declared, fact, declared=True)
        return replace(size, declared=self.complete(key)) if size else None

    def _component(self, key: Key, place: str) -> Size | None:
        """Return the rows of one component: so many for each patient."""
        population = self._structure.populations.get(key.population)
        if population is None or population.of is None:
            return None
        patients = self.group(population.of, key.group, place)
        everyone = self.group(population.of, "all", place)
        if patients is None or everyone is None:
            return None
        spare = 0
        if population.size is not None:
            spare = max(everyone.value * population.rows - population.size, 0)
        return Size(
            patients.value * population.each,
            patients.fact,
            declared=self.complete(key) or population.size is not None,
            each=population.each,
            spare=spare,
        )

    def _printed(self, key: Key, place: str) -> Cell | None:
        """Return the number printed for the key itself or for its condition."""
        found = self._cells.first(key, "denominator", place=place)
        if found is None and ">" in key.level:
            condition = key.level.rpartition(">")[0]
            visit = key.ref_visit or key.visit
            before = replace(key, level=condition, visit=visit, ref_visit="")
            found = self._cells.first(before, "n", place=place)
        elif found is None:
            bare = replace(key, level="")
            found = self._cells.first(bare, "denominator", "n", place=place)
            if found is None:
                found = self._of_outcome(key, place)
        return found if found is not None and found.whole else None

    def _of_outcome(self, key: Key, place: str) -> Cell | None:
        """Return the denominator printed for an outcome at large."""
        found = self._outcomes.get((key.population, key.outcome, key.group), [])
        if key.component or key.outcome == COHORT:
            return None
        return next((c for c in found if c.place == place), found[0] if found else None)

    def _has_each(self, key: Key) -> bool:
        """Say whether each row has each component: not where a row is one joint."""
        population = self._structure.populations.get(key.population)
        return population is not None and population.unit != "joint"


def _plain(key: Key) -> bool:
    return not (key.level or key.component or key.term or key.reference or key.visit)
