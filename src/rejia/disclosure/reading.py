"""What a row of results counts: which patients, of which groups, with which values."""

from collections.abc import Mapping
from math import isnan, nan

from rejia.study import Study
from rejia.study.schema import Logistic, Transitions

EVERYONE = "all"
UNGROUPED = ""
TOTALS = ("_total", "_available")

Row = Mapping[object, object]
# Outcome, component, visit, visit before, predictor.
Block = tuple[str, ...]
# Values that a patient must have to be counted: outcome, component, visit.
Needs = frozenset[tuple[str, str, str]]


class Reading:
    """
    Reads rows of results against their study.

    Parameters
    ----------
    study : Study
        Its groups and merges, indicator variables and analyses.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.indicators = {
            name: str(variable.indicator_of)
            for name, variable in study.variables.items()
            if variable.indicator_of is not None
        }
        self.indicator_at = {
            (str(variable.indicator_of), str(variable.level)): name
            for name, variable in study.variables.items()
            if variable.indicator_of is not None
        }
        self.parts = _parts(study)
        self._analyses = {definition.id: definition for definition in study.analyses}

    def block(self, row: Row) -> Block:
        """Return what is withheld as a whole: a subject over groups and levels."""
        # Two counts and the odds ratio of a category make its whole table.
        is_model = row["statistic"] == "odds_ratio"
        outcome = row["term"] if is_model else row["outcome"]
        term = "" if is_model else row["term"]
        outcome = self.indicators.get(str(outcome), outcome)
        where = (row["component"], row["visit"], row["ref_visit"], term)
        return (str(outcome), *(str(part) for part in where))

    def of(self, row: Row) -> frozenset[str]:
        """Return the groups whose patients a row counts."""
        return self.named(str(row["group"]) or EVERYONE) | self.named(
            str(row["reference"])
        )

    def named(self, label: str) -> frozenset[str]:
        """Return the plain groups of a label; none of an empty one."""
        return self.parts.get(label, frozenset({label})) if label else frozenset()

    def of_size(self, row: Row) -> tuple[Block, frozenset[str]]:
        """Return the population, and the groups of it, that a row starts from."""
        everyone = row["statistic"] == "odds_ratio"
        of = self.parts[EVERYONE] if everyone else self.of(row)
        return (str(row["population"]), str(row["component"])), of

    def predictors(self, row: Row) -> list[str]:
        """Return the terms of the model that a row is of."""
        others = str(row["adjusted_for"]).split(";")
        return [str(row["term"]), *(name for name in others if name)]

    def needs(self, row: Row) -> Needs:
        """
        Return the values that a patient must have to be counted in a row.

        A row that needs more values than another counts some of its patients: their
        difference is a count as well.
        """
        definition = self._analyses.get(str(row["analysis"]))
        visit, before = str(row["visit"]), str(row["ref_visit"])
        if row["statistic"] == "odds_ratio":
            at = definition.visit if isinstance(definition, Logistic) else visit
            return frozenset(
                self._value(name, "", at or visit, row) for name in self.predictors(row)
            )
        if row["outcome"] in {"cohort", ""}:
            return frozenset()
        outcome, component = str(row["outcome"]), str(row["component"])
        visits = {visit} | ({before} if before else set())
        if isinstance(definition, Transitions):
            visits |= {definition.visit, definition.ref_visit}
        found = {self._value(outcome, component, at, row) for at in visits}
        if row["term"]:
            found.add(self._value(str(row["term"]), "", visit, row))
        sensitivity = self.study.sensitivity
        if row["scenario"] == "per_year" and sensitivity and sensitivity.per_year:
            found.add((sensitivity.per_year.duration, "", ""))
        return frozenset(found)

    def _value(
        self, name: str, component: str, visit: str, row: Row
    ) -> tuple[str, str, str]:
        name = self.indicators.get(name, name)
        variable = self.study.variables.get(name)
        if variable is not None and variable.per == "patient":
            visit = ""
        scenario, version = str(row["scenario"]), str(row["score_version"])
        is_version = scenario.startswith("convention:") and version.endswith(
            scenario.removeprefix("convention:")
        )
        return (
            (f"{name} {version}" if is_version and version else name),
            component,
            visit,
        )

    def lattice(self, row: Row) -> tuple[float, float, float | None] | None:
        """Return floor, step and ceiling of a row's outcome, where they are known."""
        name = str(row["outcome"])
        variable = self.study.variables.get(name)
        # Of a total the variable declares the range of its parts, or none at all.
        is_whole = variable is not None and not row["component"]
        for ending in TOTALS:
            if variable is None and name.endswith(ending):
                variable = self.study.variables.get(name.removesuffix(ending))
        if variable is None or variable.step is None or variable.min is None:
            return None
        return variable.min, variable.step, variable.max if is_whole else None


def _parts(study: Study) -> dict[str, frozenset[str]]:
    """Return the plain groups of each label; those without a group are one too."""
    if study.groups is None:
        return {EVERYONE: frozenset({UNGROUPED})}
    labels = study.groups.labels
    plain = (labels.improved, labels.unchanged, labels.worsened)
    return {
        **{label: frozenset({label}) for label in plain},
        **{name: frozenset(of) for name, of in study.groups.merges.items()},
        EVERYONE: frozenset({*plain, UNGROUPED}),
    }


def number(value: object) -> float:
    """Return a cell as a number; `nan` where it is empty."""
    return float(value) if isinstance(value, int | float) else nan


def at_hand(*values: float) -> bool:
    """Say whether all of some numbers are there."""
    return not any(isnan(value) for value in values)
