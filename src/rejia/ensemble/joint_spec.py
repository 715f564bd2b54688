"""Grades of joints at two visits: what is printed of them, as exact demands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.resources import as_file, files
from math import ceil, floor

from rejia.constraints import Cell
from rejia.ensemble.targets import DESCRIBE, EVERYONE, Targets
from rejia.errors import DefinitionError
from rejia.frame import read_rows
from rejia.study import Study
from rejia.study.schema import Transitions

FATES = ("improved", "unchanged", "worsened")
TOTAL = ""
AS_PRINTED = "as_printed"
_SPREADS = ("sd", "plus_minus", "se")


@dataclass(frozen=True, slots=True)
class Moment:
    """
    A printed mean or spread of the joints of a site, or of patients' totals.

    Attributes
    ----------
    visit : str
        Visit.
    site : str
        Site of a joint, both sides; empty: total of a patient.
    groups : tuple of str
        Groups of patients that it is taken over.
    statistic : str
        ``mean``, ``sd`` or ``se``.
    low, high : Fraction
        Closed window of what the digits stand for, in steps.
    facts : tuple of str
        Places where it is printed.
    """

    visit: str
    site: str
    groups: tuple[str, ...]
    statistic: str
    low: Fraction
    high: Fraction
    facts: tuple[str, ...]

    @property
    def cost(self) -> int:
        """Printed numbers that fall with it."""
        return len(self.facts)


@dataclass(frozen=True, slots=True)
class Count:
    """
    A printed number of joints of a class, or its share in percent.

    Attributes
    ----------
    level : str
        Class of grades at the first visit.
    fates : tuple of str
        What became of these joints; all three: of the class itself.
    low, high : Fraction
        Closed window of the number, or of the share.
    share : bool
        Whether it is a share: of the class, or of all joints for the class itself.
    facts : tuple of str
        Places where it is printed.
    """

    level: str
    fates: tuple[str, ...]
    low: Fraction
    high: Fraction
    share: bool
    facts: tuple[str, ...]

    @property
    def cost(self) -> int:
        """Printed numbers that fall with it."""
        return len(self.facts)


Demand = Moment | Count


def rules(name: str) -> list[dict[str, str]]:
    """Return the rows of a rule file that the instruments read too."""
    with as_file(files("rejia").joinpath("scores", "data", name)) as path:
        header, rows = read_rows(path, delimiter=",")
    return [dict(zip(header, row, strict=True)) for row in rows]


@dataclass(frozen=True, slots=True)
class JointSpec:
    """
    What is asked of the grades of all joints of all patients at two visits.

    Attributes
    ----------
    study, id, variable : str
        Study, spec of facts, graded variable.
    step : Fraction
        Physical size of one step of a grade.
    top : int
        Highest grade, in steps; the lowest is 0.
    visits : tuple of str
        Before, after.
    areas : tuple of (str, str)
        Site and side of each joint of a patient.
    groups : tuple of (str, int)
        Groups that do not overlap, with their patients; patients in this order.
    signs : tuple of int
        Sign of the change of a patient's total, by group.
    missing : int
        Joints, of all patients, without a grade at either visit.
    classes : tuple of (str, int, int)
        Classes of grades at the first visit, with their ends in steps.
    demands : tuple of Moment or Count
        What may be put aside.
    premises : tuple of str
        Printed numbers that are taken for granted: sizes of groups, number of joints.
    aside : tuple of str
        Facts that were put aside by `without`.
    """

    study: str
    id: str
    variable: str
    step: Fraction
    top: int
    visits: tuple[str, str]
    areas: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, int], ...]
    signs: tuple[int, ...]
    missing: int
    classes: tuple[tuple[str, int, int], ...]
    demands: tuple[Demand, ...]
    premises: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def patients(self) -> int:
        """Patients of a cohort."""
        return sum(size for _, size in self.groups)

    @property
    def sites(self) -> tuple[str, ...]:
        """Sites, each once."""
        return tuple(dict.fromkeys(site for site, _ in self.areas))

    @property
    def group(self) -> tuple[int, ...]:
        """Place in `groups` of each patient's group."""
        return tuple(
            at for at, (_, size) in enumerate(self.groups) for _ in range(size)
        )

    def members(self, groups: Sequence[str]) -> tuple[int, ...]:
        """Return the places of groups."""
        labels = [label for label, _ in self.groups]
        return tuple(labels.index(group) for group in groups)

    def cells(self, moment: Moment) -> int:
        """Return the number of values of a moment if none is missing."""
        patients = sum(self.groups[at][1] for at in self.members(moment.groups))
        return patients * max(1, [site for site, _ in self.areas].count(moment.site))

    def without(self, facts: Sequence[str]) -> "JointSpec":
        """Return the spec without the demands that any of these facts print."""
        kept = tuple(d for d in self.demands if not set(d.facts) & set(facts))
        fallen = [d for d in self.demands if set(d.facts) & set(facts)]
        aside = (*self.aside, *(fact for d in fallen for fact in d.facts))
        return replace(self, demands=kept, aside=tuple(dict.fromkeys(aside)))


def sums(moment: Moment, n: int) -> tuple[int, int]:
    """Return the window of the sum of `n` values with a printed mean, in steps."""
    return ceil(n * moment.low), floor(n * moment.high)


def spreads(moment: Moment, n: int) -> tuple[int, int]:
    """Return the window of ``n Σx² − (Σx)²`` of `n` values with a printed spread."""
    scale = n * (n - 1) * (n if moment.statistic == "se" else 1)
    low = max(moment.low, Fraction(0))
    return ceil(scale * low**2), floor(scale * moment.high**2)


@dataclass(frozen=True)
class Reader:
    """Reads the demands of one graded variable."""

    study: Study
    targets: Targets
    variable: str
    areas: tuple[tuple[str, str], ...]
    step: Fraction
    between: str = "lower"

    def demands(self) -> tuple[Demand, ...]:
        """Return all demands; numbers that are printed twice alike are one."""
        merged: dict[tuple[object, ...], Demand] = {}
        demands: list[Demand] = [*self._moments(), *self._counts()]
        for demand in demands:
            key = _key(demand)
            first = merged.setdefault(key, demand)
            facts = tuple(dict.fromkeys((*first.facts, *demand.facts)))
            merged[key] = replace(first, facts=facts)
        return tuple(merged.values())

    def visits(self) -> tuple[str, str]:
        """Return the two visits between which groups are made."""
        groups = self.study.groups
        if groups is None:
            fault = "no groups are declared; the change between two visits is needed"
            raise DefinitionError(f"{self.study.study} has no joint level:", [fault])
        return groups.start, groups.end

    def _labels(self) -> tuple[str, ...]:
        merges = tuple(self.study.structure.merges)
        return tuple(dict.fromkeys((*self.targets.labels, *merges, EVERYONE)))

    def _moments(self) -> Iterator[Moment]:
        own = self.study.variables[self.variable].population or "patients"
        sites = dict.fromkeys(site for site, _ in self.areas)
        for outcome, site, population in (
            (f"{self.variable}_total", TOTAL, "patients"),
            *((self.variable, site, own) for site in sites),
        ):
            for visit in self.visits():
                for label in self._labels():
                    found = self.targets.find(
                        DESCRIBE,
                        outcome,
                        ("mean", *_SPREADS),
                        group=label,
                        visit=visit,
                        component=site,
                        population=population,
                        level="",
                    )
                    for cell in found:
                        yield self._moment(cell, site)

    def _moment(self, cell: Cell, site: str) -> Moment:
        """Return the demand of one cell; a ± that no SD could be is an error."""
        statistic = cell.statistic
        if statistic == "plus_minus":
            apart = 0.0
            if cell.key.group == EVERYONE:
                n = sum(self.targets.sizes().values())
                n *= max(1, [s for s, _ in self.areas].count(site))
                apart = self.targets.spread_of_groups(
                    cell.key.outcome, site, cell.key.visit, n
                )
            statistic = "se" if apart > cell.window.high else "sd"
        return Moment(
            cell.key.visit,
            site,
            self.targets.parts(cell.key.group),
            statistic,
            Fraction(cell.window.low) / self.step,
            Fraction(cell.window.high) / self.step,
            (cell.fact,),
        )

    def definition(self) -> Transitions | None:
        """Return the analysis that counts transitions of the variable."""
        for analysis in self.study.analyses:
            if isinstance(analysis, Transitions) and analysis.outcome == self.variable:
                return analysis
        return None

    def classes(self) -> tuple[tuple[str, int, int], ...]:
        """
        Return classes of grades with their ends in steps.

        A grade between two classes belongs to the lower one, or to the nearer one and
        in the middle to the higher one, as `between` says.
        """
        definition = self.definition()
        if definition is None:
            return ()
        whole = 1 / self.step
        down = Fraction(1, 2) if self.between == "nearer" else Fraction(0)
        return tuple(
            (
                name,
                max(0, ceil((min(grades) - down) * whole)),
                min(ceil((max(grades) + 1 - down) * whole) - 1, self.top()),
            )
            for name, grades in definition.classes.items()
        )

    def top(self) -> int:
        """Return the highest grade in steps."""
        top = self.study.variables[self.variable].max
        if top is None:
            fault = f"variables.{self.variable}: max is missing; a grade needs one"
            raise DefinitionError(f"{self.study.study} has no joint level:", [fault])
        return floor(Fraction(repr(top)) / self.step)

    def _counts(self) -> Iterator[Count]:
        definition = self.definition()
        if definition is None:
            return
        asked = ("n", "n_of", "percent", "denominator")
        for cell in self.targets.find(definition.id, self.variable, asked):
            level, _, fates = cell.key.level.partition(">")
            if level not in definition.classes:
                continue
            if cell.statistic == "denominator":
                fates = ""
            share = cell.statistic == "percent"
            wanted = fates.split("_or_") if fates else FATES
            yield Count(
                level,
                tuple(fate for fate in FATES if fate in wanted),
                Fraction(cell.window.low) / 100 if share else cell.value,
                Fraction(cell.window.high) / 100 if share else cell.value,
                share,
                (cell.fact,),
            )


def _key(demand: Demand) -> tuple[object, ...]:
    ends = (demand.low, demand.high)
    if isinstance(demand, Moment):
        return (demand.visit, demand.site, demand.groups, demand.statistic, *ends)
    return (demand.level, demand.fates, demand.share, *ends)
