"""The rows of a population: values of an outcome, one a patient, hand, hip or joint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, nan

import numpy as np
import pandas as pd

from rejia.errors import DataError
from rejia.estimate import Estimate, Key
from rejia.study import Study, Variable

EVERYONE = "all"
TOTAL = "_total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One estimate with its key and what only the analysis knows about it."""

    key: Key
    estimate: Estimate
    n_missing: float = nan
    unit: str = ""
    score_version: str = ""
    adjusted_for: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """
    Values of one outcome at one visit.

    Attributes
    ----------
    numbers : pandas.Series
        float64 by row unit (patient, component, side); `nan` where missing.
    levels : pandas.Series
        Text by row unit; empty where missing or a number.
    censored : pandas.Series
        Whether a value is known only to lie beyond a limit; missing as a number.
    score_version : str
        Definition of the score, where the outcome is one.
    """

    numbers: pd.Series
    levels: pd.Series
    censored: pd.Series
    score_version: str

    def at(self, patients: frozenset[str]) -> "Values":
        """Return the rows of these patients."""
        keep = self.numbers.index.get_level_values("patient").isin(list(patients))
        return Values(
            numbers=self.numbers[keep],
            levels=self.levels[keep],
            censored=self.censored[keep],
            score_version=self.score_version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRows:
    """
    A cohort as analyses see it.

    Attributes
    ----------
    study : Study
        Declares variables, populations and groups.
    tables : mapping of str to pandas.DataFrame
        Canonical cohort tables.
    scores, groups : pandas.DataFrame
        Tables of the stages before.
    planned_only : bool
        Whether tests are given under the convention of the plan alone.
    """

    study: Study
    tables: Mapping[str, pd.DataFrame]
    scores: pd.DataFrame
    groups: pd.DataFrame
    planned_only: bool = False
    _cache: dict[tuple[str, ...], Values] = field(default_factory=dict)

    def regrouped(self, study: Study, groups: pd.DataFrame) -> "CohortRows":
        """Return the same cohort in other groups; its values are read once."""
        return CohortRows(
            study=study,
            tables=self.tables,
            scores=self.scores,
            groups=groups,
            planned_only=True,
            _cache=self._cache,
        )

    @property
    def patients(self) -> list[str]:
        """All patients, in the order of the table."""
        return [str(patient) for patient in self.tables["patients"]["patient"]]

    def members(self, group: str) -> frozenset[str]:
        """
        Return the patients of a group, a merge of groups, or everyone.

        Parameters
        ----------
        group : str
            Label of the study, or a patient of published cases.
        """
        if group == EVERYONE:
            return frozenset(self.patients)
        merges = self.study.groups.merges if self.study.groups else {}
        labels = merges.get(group, (group,))
        chosen = self.groups["group"].isin(list(labels))
        return frozenset(self.groups.loc[chosen, "patient"])

    def variable(self, outcome: str) -> Variable:
        """Return the variable of an outcome, also of the total of a score."""
        variables = self.study.variables
        return variables[
            outcome if outcome in variables else outcome.removesuffix(TOTAL)
        ]

    def step_of(self, outcome: str) -> float | None:
        """Return the lattice of an outcome; the mean of two hands has half steps."""
        variable = self.variable(outcome)
        is_mean = variable.instrument == "poznanski" and outcome.endswith(TOTAL)
        return variable.step / 2 if variable.step and is_mean else variable.step

    def population_of(self, outcome: str, declared: str | None) -> str:
        """Return the population: declared, that of the outcome, or patients."""
        if declared is not None:
            return declared
        own = self.study.variables.get(outcome)
        return (own.population if own is not None else None) or "patients"

    def unit_of(self, population: str) -> str:
        """Return the row unit of a population."""
        return self.study.populations[population].unit

    def components(self, outcome: str) -> list[str]:
        """Return the components of a score; one empty name where it has none."""
        mine = self.scores[(self.scores["score"] == outcome)]
        names = [str(name) for name in dict.fromkeys(mine["component"]) if name]
        return names or [""]

    def versions(self, outcome: str) -> list[str]:
        """Return the declared definitions of a score; the first is the plan's."""
        variable = self.variable(outcome)
        return [*variable.cutoffs, *variable.versions] or [""]

    def values(
        self,
        outcome: str,
        *,
        visit: str,
        population: str,
        component: str = "",
        version: str = "",
    ) -> Values:
        """
        Return an outcome's values, one for each row unit of the population.

        Parameters
        ----------
        outcome : str
            Variable, or the total of a score.
        visit : str
            Visit; empty for variables of the patient.
        population : str
            Declared population; gives the row unit.
        component : str
            Component of a score; empty for all of them, or for none.
        version : str
            Definition of a score that has several; empty for the first declared.

        Returns
        -------
        Values
            Patients without a row are there, as missing.
        """
        key = (outcome, visit, population, component, version)
        if key not in self._cache:
            self._cache[key] = self._values(*key)
        return self._cache[key]

    def _values(
        self, outcome: str, visit: str, population: str, component: str, version: str
    ) -> Values:
        variable = self.variable(outcome)
        if variable.indicator_of is not None:
            return self._indicator(variable, visit, population)
        rows = self._long(outcome, variable, visit, component, version)
        unit = self.unit_of(population)
        columns = {
            "patient": ["patient"],
            "hand": ["patient", "side"],
            "hip": ["patient", "side"],
            "joint": ["patient", "component", "side"],
        }[unit]
        if unit == "patient" and (rows["side"] != "").any():
            rows = _sum_of_sides(rows)
        index = self._expected(rows, columns)
        if rows.duplicated(columns).any():
            raise DataError(
                f"{outcome} cannot be analysed by {unit}:",
                [f"more than one value for one {unit} at visit {visit or '(none)'}"],
            )
        rows = rows.set_index(columns).reindex(index)
        censored = rows["comparator"].fillna("") != ""
        versions = [v for v in rows["score_version"].dropna().unique() if v]
        return Values(
            numbers=rows["value"].where(~censored).astype(float),
            levels=rows["level"].fillna("").astype(str),
            censored=censored,
            score_version=versions[0] if versions else "",
        )

    def _expected(self, rows: pd.DataFrame, columns: list[str]) -> pd.Index:
        """Return every row unit of every patient, whether it has a value or not."""
        if columns == ["patient"]:
            return pd.Index(self.patients, name="patient")
        levels = [self.patients]
        if "component" in columns:
            levels.append([str(name) for name in dict.fromkeys(rows["component"])])
        if "side" in columns:
            levels.append(["left", "right"])
        return pd.MultiIndex.from_product(levels, names=columns)

    def _long(
        self,
        outcome: str,
        variable: Variable,
        visit: str,
        component: str,
        version: str,
    ) -> pd.DataFrame:
        """Return patient, component, side, value, comparator, level, score_version."""
        if variable.instrument is not None:
            mine = (self.scores["score"] == outcome) & (self.scores["visit"] == visit)
            if component:
                mine &= self.scores["component"] == component
            rows = self.scores[mine].assign(comparator="")
            chosen = version or self.versions(outcome)[0]
            if chosen:
                rows = rows[rows["score_version"].str.endswith(chosen)]
        elif variable.per == "patient":
            rows = self._patient_column(outcome)
        else:
            table = self.tables["measurements"]
            mine = (table["variable"] == outcome) & (table["visit"] == visit)
            rows = table[mine].rename(columns={"text": "level"})
            rows = rows.assign(component="", side="", score_version="")
        names = ["patient", "component", "side", "value"]
        return rows[[*names, "comparator", "level", "score_version"]]

    def _patient_column(self, outcome: str) -> pd.DataFrame:
        patients = self.tables["patients"]
        column = patients[outcome]
        is_text = not pd.api.types.is_float_dtype(column)
        return pd.DataFrame(
            {
                "patient": patients["patient"],
                "component": "",
                "side": "",
                "value": nan if is_text else column,
                "comparator": "",
                "level": column if is_text else "",
                "score_version": "",
            }
        )

    def _indicator(self, variable: Variable, visit: str, population: str) -> Values:
        base = str(variable.indicator_of)
        source = self.values(base, visit=visit, population=population)
        numbers = (source.levels == variable.level).astype(float)
        return Values(
            numbers=numbers.where(source.levels != ""),
            levels=source.levels.where(source.levels == "", ""),
            censored=pd.Series(False, index=source.levels.index),
            score_version=source.score_version,
        )


def _sum_of_sides(rows: pd.DataFrame) -> pd.DataFrame:
    """Add right and left up to one value a patient; missing if a side is missing."""
    keys = ["patient", "component"]
    sums = rows.groupby(keys, sort=False, as_index=False).agg(
        value=("value", lambda side: side.sum(skipna=False) if len(side) == 2 else nan),
        score_version=("score_version", "first"),
    )
    return sums.assign(side="", comparator="", level="")


def lattice_units(values: pd.Series, step: float | None) -> np.ndarray:
    """
    Return values as whole units of their recorded step.

    Parameters
    ----------
    values : pandas.Series
        Numbers without missing values.
    step : float or None
        Recorded step; `None` leaves the values as they are.

    Returns
    -------
    numpy.ndarray
        float64; whole numbers where a step is declared, so that 0.3 - 0.1 and
        0.2 - 0.0 are a tie.

    Raises
    ------
    DataError
        If a value does not lie on the declared lattice.
    """
    numbers = values.to_numpy(dtype=float)
    if step is None:
        return numbers
    units = numbers / step
    whole = np.rint(units)
    if not np.allclose(units, whole, rtol=0, atol=1e-6):
        raise DataError(
            "values do not fit the step of their variable:",
            [
                f"{int((np.abs(units - whole) > 1e-6).sum())} values are no whole "
                f"multiple of {step:g}; mend the step in the study, or the values"
            ],
        )
    return np.asarray(whole)


def finite(values: pd.Series) -> pd.Series:
    """Return the values that are there."""
    return values[[isfinite(value) for value in values]]
