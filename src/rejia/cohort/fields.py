"""The columns of the template: their names, units, levels, ranges and examples."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rejia.cohort.finding_rules import Findings
from rejia.cohort.tables import EXAMPLE
from rejia.contracts import COHORT_TABLES
from rejia.frame import Column
from rejia.study import Study, Variable
from rejia.study.columns import measured, of_patients

_DATES = ("birth_date", "onset_date", "date")


@dataclass(frozen=True, slots=True)
class Field:
    """
    One column of the template.

    Attributes
    ----------
    sheet, name, unit : str
        Its header is ``name [unit]``.
    meaning : str
        One line for who fills it in.
    kind : str
        ``text``, ``number``, ``date`` or ``list``.
    allowed : tuple of str
        Of a list, its levels.
    low, high, step : float or None
        Of a number.
    is_needed : bool
        Whether a row without it is a fault.
    examples : tuple of str
        Cells of the example rows.
    """

    sheet: str
    name: str
    meaning: str
    kind: str = "text"
    unit: str = ""
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    step: float | None = None
    is_needed: bool = False
    examples: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        """What stands above the column."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    @property
    def range(self) -> str:
        """What is allowed, in words."""
        if self.allowed:
            return ", ".join(self.allowed)
        if self.kind == "date":
            return "a date (YYYY-MM-DD)"
        parts = [
            "" if self.low is None else f"from {self.low:g}",
            "" if self.high is None else f"to {self.high:g}",
            "" if self.step is None else f"in steps of {self.step:g}",
        ]
        return " ".join(part for part in parts if part)


def template_fields(study: Study, findings: Findings) -> Iterator[Field]:
    """
    Give the columns of a study's template, sheet by sheet.

    Parameters
    ----------
    study : Study
        Declares visits, variables, units and levels.
    findings : mapping
        Of each finding, the areas to be read and their grades.
    """
    visits = tuple(study.visits)
    yield from _patient_fields(study)
    yield from _visit_fields(study, visits)
    if findings:
        yield from _finding_fields(findings, visits)
    for table in ("treatments", "adverse_events"):
        for name, column in COHORT_TABLES[table].items():
            examples = _EXAMPLES[table].get(name, "")
            yield _contract_field(table, name, column, (examples,))


_EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "treatments": {
        "patient": f"{EXAMPLE}1",
        "drug": "tocilizumab",
        "start": "0",
        "dose": "8",
        "unit": "mg/kg",
        "route": "intravenous",
    },
    "adverse_events": {
        "patient": f"{EXAMPLE}1",
        "day": "30",
        "term": "upper respiratory tract infection",
        "grade": "2",
        "serious": "no",
    },
}


def _contract_field(
    sheet: str, name: str, column: Column, examples: tuple[str, ...]
) -> Field:
    kind = "number" if column.kind != "text" else "text"
    if name in _DATES:
        kind = "date"
    if column.levels:
        kind = "list"
    return Field(
        sheet,
        name,
        column.meaning,
        kind,
        allowed=column.levels,
        low=None if column.low == float("-inf") else column.low,
        high=None if column.high == float("inf") else column.high,
        is_needed=not column.nullable,
        examples=examples,
    )


def _patient_fields(study: Study) -> Iterator[Field]:
    shown = {
        "patient": (f"{EXAMPLE}1", f"{EXAMPLE}2"),
        "sex": ("female", "male"),
        "birth_date": ("2004-03-15", "2006-11-02"),
        "onset_date": ("2008-06-01", "2010-01-20"),
    }
    for name in of_patients(study):
        if name in COHORT_TABLES["patients"]:
            column = COHORT_TABLES["patients"][name]
            yield _contract_field("patients", name, column, shown.get(name, ("", "")))
        else:
            yield _variable_field("patients", name, study.variables[name], 2)


def _visit_fields(study: Study, visits: tuple[str, ...]) -> Iterator[Field]:
    chosen = (visits[0], visits[min(1, len(visits) - 1)]) if visits else ("", "")
    yield Field(
        "visits",
        "patient",
        "identifier, as in sheet patients",
        "patient",
        is_needed=True,
        examples=(f"{EXAMPLE}1", f"{EXAMPLE}1"),
    )
    yield Field(
        "visits",
        "visit",
        "visit of the study: "
        + "; ".join(f"{name} = {visit.label}" for name, visit in study.visits.items()),
        "list",
        allowed=visits,
        is_needed=True,
        examples=chosen,
    )
    day, date = (COHORT_TABLES["visits"][name] for name in ("day", "date"))
    yield _contract_field("visits", "day", day, ("0", "365"))
    yield _contract_field("visits", "date", date, ("2012-05-07", "2013-05-07"))
    for name in measured(study):
        yield _variable_field("visits", name, study.variables[name], 2)


def _variable_field(sheet: str, name: str, variable: Variable, rows: int) -> Field:
    if variable.levels:
        example = variable.levels[0]
    else:
        low, high = variable.min, variable.max
        middle = (low or 0) if high is None else ((low or 0) + min(high, 50)) / 2
        step = variable.step or 1
        example = f"{round(middle / step) * step:.10g}"
    return Field(
        sheet,
        name,
        variable.label,
        "list" if variable.levels else "number",
        unit=variable.unit,
        allowed=variable.levels,
        low=variable.min,
        high=variable.max,
        step=variable.step,
        examples=(example,) * rows,
    )


def _finding_fields(findings: Findings, visits: tuple[str, ...]) -> Iterator[Field]:
    yield Field(
        "findings",
        "patient",
        "identifier, as in sheet patients",
        "patient",
        is_needed=True,
        examples=(f"{EXAMPLE}1",),
    )
    yield Field(
        "findings",
        "visit",
        "visit at which the radiograph was taken",
        "list",
        allowed=visits,
        is_needed=True,
        examples=(visits[0] if visits else "",),
    )
    for name, meaning in (
        ("reader", "who read it, where several did; one row a reader"),
        ("reading", "first or second reading of that reader; one row a reading"),
    ):
        yield Field("findings", name, meaning, examples=("",))
    for finding, areas in findings.items():
        for (site, side), grades in areas.items():
            place = " ".join(part for part in (site, side) if part)
            yield Field(
                "findings",
                f"{finding} {place}",
                f"{finding.replace('_', ' ')} of {side} {site.replace('_', ' ')}",
                "number" if grades is None else "list",
                allowed=() if grades is None else tuple(map(str, grades)),
                examples=("" if grades is None else str(grades[0]),),
            )
