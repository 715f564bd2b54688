"""What a timeline draws: measurements by patient, variable and visit."""

from dataclasses import dataclass
from math import isnan

from rejia.present.evidence import Record, Released, number, records
from rejia.present.format import format_recorded
from rejia.present.labels import Panel
from rejia.present.patients import visits_of
from rejia.study.schema import Study

PLOT, STRIP_LINE = 1.02, 0.2


@dataclass(frozen=True, slots=True)
class Row:
    """A panel with the variables that this study has of it."""

    panel: Panel
    variables: tuple[str, ...]

    @property
    def height(self) -> float:
        """Height in inches."""
        if self.panel.scale == "strip":
            return STRIP_LINE * len(self.variables) + 0.04
        return PLOT


@dataclass(frozen=True, slots=True)
class Course:
    """Measurements by patient, variable and visit, and where the visits lie."""

    values: dict[tuple[str, str, str], Record]
    patients: tuple[str, ...]
    visits: tuple[str, ...]
    x: tuple[float, ...]


def read_course(study: Study, released: Released) -> Course:
    """Return the measured course; scores are left to the table."""
    found = [
        row
        for row in records(released, "course.tsv")
        if not row["score_version"] and not row["component"]
    ]
    visits = visits_of(study, found)
    months = [study.visits[v].month if v in study.visits else None for v in visits]
    known = [month for month in months if month is not None]
    x = known if len(known) == len(visits) else [float(n) for n in range(len(visits))]
    return Course(
        values={(r["patient"], r["variable"], r["visit"]): r for r in found},
        patients=tuple(dict.fromkeys(row["patient"] for row in found)),
        visits=tuple(visits),
        x=tuple(x),
    )


def shown(row: Record | None) -> str:
    """Return a value as it was recorded, with its sign; nothing if there is none."""
    if row is None:
        return ""
    value = number(row, "value")
    return row["text"] if isnan(value) else row["comparator"] + format_recorded(value)


def scaled(row: Record, panel: Panel) -> float:
    """Return a value on the scale of its panel."""
    value = number(row, "value")
    return value / number(row, "upper_limit") if panel.against_limit else value


def limits_of(row: Row, course: Course) -> dict[str, tuple[float, float]]:
    """Return the limits of normal of each variable, where it has any."""
    found = {}
    for (_, variable, _), record in course.values.items():
        low, high = number(record, "lower_limit"), number(record, "upper_limit")
        if variable in row.variables and not (isnan(low) and isnan(high)):
            found[variable] = (low, high)
    return found


def unit_of(course: Course, variable: str) -> str:
    """Return the unit of a variable."""
    units = [
        record["unit"]
        for (_, name, _), record in course.values.items()
        if name == variable and record["unit"]
    ]
    return units[0] if units else ""
