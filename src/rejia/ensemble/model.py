"""What an ensemble is made of: columns, cells, rules, and the cohorts themselves."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from rejia.ensemble._battery_tests import Test


@dataclass(frozen=True, slots=True)
class Column:
    """
    A variable, at a visit where it has several, on its recorded lattice.

    Attributes
    ----------
    name : str
        ``age_onset``, ``crp@baseline``.
    unit : str
        Unit of the physical values.
    step : Fraction
        Physical size of one lattice unit.
    low, high : int
        Ends of the scale, in whole steps.
    variable, visit : str
        What the name is made of; no visit for a variable of the patient.
    """

    name: str
    unit: str
    step: Fraction
    low: int
    high: int
    variable: str
    visit: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """
    What is printed of a column in a group, in exact whole numbers of the lattice.

    Attributes
    ----------
    column : str
        Name of the column.
    group : str
        Label as printed: a group, a merge, or ``all``.
    groups : tuple of str
        The groups that do not overlap of which it consists.
    n : int
        Patients.
    sum_low, sum_high : int
        Closed window of the sum of the values, in steps.
    spread_low, spread_high : int
        Closed window of ``n * sum(x * x) - sum(x) ** 2``, which is the sample
        variance times ``n * (n - 1)``, in squared steps.
    lowest, highest : int or None
        Ends of the range that at least one patient attains and none exceeds.
    zeros : int or None
        Patients whose value is 0.
    facts : tuple of str
        Printed numbers that the cell rests on.
    """

    column: str
    group: str
    groups: tuple[str, ...]
    n: int
    sum_low: int
    sum_high: int
    spread_low: int
    spread_high: int
    lowest: int | None = None
    highest: int | None = None
    zeros: int | None = None
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SumRule:
    """Column `whole` is the sum of two others, patient by patient."""

    whole: str
    parts: tuple[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the rule links."""
        return (self.whole, *self.parts)


@dataclass(frozen=True, slots=True)
class SignRule:
    """
    Sign of ``after - before`` by group.

    Attributes
    ----------
    before, after : str
        Columns of one step.
    signs : tuple of (str, int)
        Group and -1, 0 or 1.
    facts : tuple of str
        Printed numbers that the rule rests on.
    """

    before: str
    after: str
    signs: tuple[tuple[str, int], ...]
    facts: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the rule links."""
        return (self.before, self.after)


@dataclass(frozen=True, slots=True)
class Spec:
    """
    A named set of facts and repairs, as demands on a cohort.

    Attributes
    ----------
    study, id : str
        Study, and the name of the spec in it.
    columns : tuple of Column
        In the order of the ensemble.
    groups : tuple of (str, int)
        Groups that do not overlap, with their sizes; patients in this order.
    cells : tuple of Cell
        Several of one column and group stand for their intersection.
    rules : tuple of SumRule or SignRule
        Links between columns.
    facts : tuple of str
        All printed numbers used, as premises.
    tests : tuple of Test
        The battery: analyses of the study that read these columns alone.
    outcome : str
        Outcome whose change defines the groups, for the keys of models.
    merges : tuple of (str, tuple of str)
        Labels of unions of groups, ``all`` among them.
    """

    study: str
    id: str
    columns: tuple[Column, ...]
    groups: tuple[tuple[str, int], ...]
    cells: tuple[Cell, ...]
    rules: tuple[SumRule | SignRule, ...] = ()
    facts: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()
    outcome: str = ""
    merges: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def n(self) -> int:
        """Patients of a cohort."""
        return sum(size for _, size in self.groups)

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        for column in self.columns:
            if column.name == name:
                return column
        known = ", ".join(column.name for column in self.columns)
        raise ValueError(f"column must be one of {known}, but got {name!r}")

    @property
    def labels(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Labels of groups and of their unions, each with its groups."""
        alone = tuple((label, (label,)) for label, _ in self.groups)
        return (*alone, *self.merges)

    def cells_of(self, name: str) -> tuple[Cell, ...]:
        """Return the cells of a column."""
        return tuple(cell for cell in self.cells if cell.column == name)

    def linked(self, columns: Iterable[str]) -> frozenset[str]:
        """Return columns, and all that rules link to them, however far."""
        reached = set(columns)
        while True:
            near = [r.columns for r in self.rules if reached.intersection(r.columns)]
            found = reached.union(*near)
            if found == reached:
                return frozenset(found)
            reached = found


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """
    How well one functional of one column was sampled.

    Attributes
    ----------
    column, functional, engine : str
        Engine ``exact`` (independent draws), ``pools`` (nearly so) or ``chains``.
    r_hat : float
        Split potential scale reduction over chains; 1 for independent draws.
    ess : float
        Effective sample size among the cohorts of the ensemble.
    mean, std_error : float
        Mean of the functional and its Monte Carlo standard error.
    """

    column: str
    functional: str
    engine: str
    r_hat: float
    ess: float
    mean: float
    std_error: float


@dataclass(frozen=True, slots=True)
class Ensemble:
    """
    Cohorts that fit a spec.

    Attributes
    ----------
    values : numpy.ndarray
        int16 or int32, ``[column, patient, cohort]``, in steps, C-contiguous.
    step : numpy.ndarray
        float64, physical size of one step, by column.
    group : numpy.ndarray
        int8, place in `groups` of each patient's group.
    columns : tuple of Column
        First axis of `values`.
    groups : tuple of str
        Labels of groups.
    law : str
        ``uniform``, ``gamma`` or ``lognormal``.
    spec : str
        Name of the spec.
    diagnostics : tuple of Diagnostic
        One a column and functional.
    linked : tuple of tuple of str
        Columns that a rule links: patients keep these together.
    """

    values: np.ndarray
    step: np.ndarray
    group: np.ndarray
    columns: tuple[Column, ...]
    groups: tuple[str, ...]
    law: str = "uniform"
    spec: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    linked: tuple[tuple[str, ...], ...] = ()

    @property
    def cohorts(self) -> int:
        """Number of cohorts."""
        return int(self.values.shape[2])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    def place(self, column: str) -> int:
        """Return the place of a column on the first axis of `values`."""
        if column not in self.names:
            known = ", ".join(self.names)
            raise ValueError(f"column must be one of {known}, but got {column!r}")
        return self.names.index(column)

    def physical(self, column: str) -> np.ndarray:
        """Return a column in its unit: float64 ``[patient, cohort]``."""
        at = self.place(column)
        # Division by a whole number of steps a unit gives the nearest float.
        size = self.columns[at].step
        units = self.values[at].astype(np.float64)
        return np.asarray(units * size.numerator / size.denominator)

    def chunks(self, size: int) -> Iterator["Ensemble"]:
        """Yield the cohorts in pieces of at most `size`, each C-contiguous."""
        if size < 1:
            raise ValueError(f"size must be 1 or more, but got {size}")
        for start in range(0, self.cohorts, size):
            piece = np.ascontiguousarray(self.values[:, :, start : start + size])
            yield replace(self, values=piece)

    def to_frame(self, cohort: int) -> pd.DataFrame:
        """Return one cohort: a row a patient and column, values in their unit."""
        if not 0 <= cohort < self.cohorts:
            raise ValueError(
                f"cohort must be from 0 to {self.cohorts - 1}, but got {cohort}"
            )
        patients = np.arange(len(self.group))
        labels = np.asarray(self.groups, dtype=object)[self.group]
        pieces = [
            pd.DataFrame(
                {
                    "patient": patients,
                    "group": labels,
                    "variable": column.variable,
                    "visit": column.visit,
                    "value": self.physical(column.name)[:, cohort],
                    "unit": column.unit,
                }
            )
            for column in self.columns
        ]
        return pd.concat(pieces, ignore_index=True)
