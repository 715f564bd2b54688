"""CARSH: the Childhood Arthritis Radiographic Score of the Hip."""

from fractions import Fraction
from functools import cache
from math import nan

from rejia.scores.findings import Area, Grades, complete_total, read_grades
from rejia.scores.readings import Cohort
from rejia.scores.rules import read_rules
from rejia.scores.score import Instrument, Score
from rejia.study.schema import Study, Variable

SIDES = ("left", "right")
_VERSION = "carsh_2010"
_HIPS: tuple[Area, ...] = tuple(("hip", side) for side in SIDES)


@cache
def components() -> dict[str, tuple[int, ...]]:
    """Return the components with the values that one reading may give."""
    return {
        rule["component"]: tuple(int(value) for value in rule["allowed"].split(";"))
        for rule in read_rules("carsh_components.csv")
    }


def carsh_total(grades: Grades) -> tuple[float, str]:
    """
    CARSH of a patient at a visit: both hips, 0-32.

    Parameters
    ----------
    grades : mapping of (component, side) to Fraction
        Mean value of each component of each hip.

    Returns
    -------
    total : float
        `nan` where any component of either hip has no value.
    reason : str
        Which components have none.
    """
    areas = [(component, side) for side in SIDES for component in components()]
    total, reason = complete_total(grades, areas)
    return (nan if reason else float(total)), reason


def carsh_hip(grades: Grades, side: str) -> tuple[float, str]:
    """
    CARSH of one hip, 0-16.

    Parameters
    ----------
    grades : mapping of (component, side) to Fraction
        Mean value of each component.
    side : str
        ``left`` or ``right``.

    Returns
    -------
    total : float
        `nan` where any component has no value.
    reason : str
        Which components have none.

    Raises
    ------
    ValueError
        If the side is neither.
    """
    if side not in SIDES:
        raise ValueError(f"side must be left or right, but got {side!r}")
    total, reason = complete_total(grades, [(c, side) for c in components()])
    return (nan if reason else float(total)), reason


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    by_visit: dict[tuple[str, str], dict[Area, Fraction]] = {}
    for rule in read_rules("carsh_components.csv"):
        component = rule["component"]
        read = read_grades(
            cohort,
            rule["finding"],
            areas=_HIPS,
            known=_HIPS,
            allowed=components()[component],
        )
        for key, grades in read.items():
            found = {(component, side): grade for (_, side), grade in grades.items()}
            by_visit.setdefault(key, {}).update(found)
    scores = []
    for patient, visit in cohort.patient_visits:
        grades = by_visit.get((patient, visit), {})
        scores += _hip_scores(name, patient, visit, grades) if grades else []
        total, reason = carsh_total(grades)
        scores.append(
            Score(
                patient=patient,
                visit=visit,
                score=f"{name}_total",
                value=total,
                unit="points",
                score_version=_VERSION,
                reason=reason,
            )
        )
    return scores


def _hip_scores(name: str, patient: str, visit: str, grades: Grades) -> list[Score]:
    """Return a row a component and side, and a row a hip."""
    rows: list[tuple[str, str, float, str]] = []
    for side in SIDES:
        for component in components():
            grade = grades.get((component, side))
            value, reason = (nan, "not read") if grade is None else (float(grade), "")
            rows.append((component, side, value, reason))
        rows.append(("hip", side, *carsh_hip(grades, side)))
    return [
        Score(
            patient=patient,
            visit=visit,
            score=name,
            component=component,
            side=side,
            value=value,
            unit="points",
            score_version=_VERSION,
            reason=reason,
        )
        for component, side, value, reason in rows
    ]


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    if variable.layout is None:
        return []
    return [f"layout has no meaning for carsh, but got {variable.layout!r}"]


INSTRUMENT = Instrument(_derive, _faults)
