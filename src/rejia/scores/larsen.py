"""Modified Larsen score: grades 0-5 of large joints or of areas of the hands."""

from functools import cache
from math import nan

import pandas as pd

from rejia.scores.findings import Area, Grades, complete_total, read_grades
from rejia.scores.larsen_columns import larsen_frame
from rejia.scores.readings import Cohort
from rejia.scores.rules import check_choice, read_rules
from rejia.scores.score import Instrument, Score, choice_faults
from rejia.study.schema import Study, Variable

_FINDING = "larsen"


@cache
def layouts() -> tuple[str, ...]:
    """Return the layouts that the rules know."""
    return tuple(dict.fromkeys(r["layout"] for r in read_rules("larsen_areas.csv")))


@cache
def areas_of(layout: str) -> tuple[Area, ...]:
    """Return the areas of a layout, as site and side."""
    return tuple(
        (rule["site"], rule["side"])
        for rule in read_rules("larsen_areas.csv")
        if rule["layout"] == layout
    )


@cache
def grades_allowed() -> tuple[int, ...]:
    """Return the grades that one reading may give."""
    return tuple(int(rule["grade"]) for rule in read_rules("larsen_grades.csv"))


def larsen_total(grades: Grades, *, layout: str) -> tuple[float, str]:
    """
    Larsen total of a patient at a visit.

    Parameters
    ----------
    grades : mapping of (site, side) to Fraction
        Mean grade of each area.
    layout : str
        ``large10`` (0-50) or ``hands24`` (0-120).

    Returns
    -------
    total : float
        `nan` where an area has no grade: no rule for imputation is published.
    reason : str
        Which areas have none.

    Raises
    ------
    ValueError
        If the layout is unknown.

    Examples
    --------
    >>> from fractions import Fraction
    >>> areas = areas_of("large10")
    >>> larsen_total({area: Fraction(5) for area in areas}, layout="large10")
    (50.0, '')
    """
    check_choice("layout", layout, layouts())
    total, reason = complete_total(grades, areas_of(layout))
    return (nan if reason else float(total)), reason


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    layout = variable.layout or ""
    areas = areas_of(layout)
    known = [area for each in layouts() for area in areas_of(each)]
    read = read_grades(
        cohort, _FINDING, areas=areas, known=known, allowed=grades_allowed()
    )
    scores = []
    for patient, visit in cohort.patient_visits:
        grades = read.get((patient, visit), {})
        scores += _area_scores(name, patient, visit, grades, layout)
        total, reason = larsen_total(grades, layout=layout)
        available, _ = complete_total(grades, areas)
        for what, value, why in (
            ("total", total, reason),
            ("available", float(available) if grades else nan, reason),
            ("n_areas", float(len(grades)), ""),
        ):
            scores.append(
                Score(
                    patient=patient,
                    visit=visit,
                    score=f"{name}_{what}",
                    value=value,
                    unit="areas" if what == "n_areas" else "points",
                    score_version=f"larsen_{layout}",
                    reason=why,
                )
            )
    return scores


def _derive_frame(name: str, variable: Variable, cohort: Cohort) -> pd.DataFrame | None:
    layout = variable.layout or ""
    return larsen_frame(
        name,
        cohort,
        finding=_FINDING,
        layout=layout,
        areas=areas_of(layout),
        known=[area for each in layouts() for area in areas_of(each)],
        allowed=grades_allowed(),
    )


def _area_scores(
    name: str, patient: str, visit: str, grades: Grades, layout: str
) -> list[Score]:
    """Return a row an area, for a visit at which any was read."""
    return [
        Score(
            patient=patient,
            visit=visit,
            score=name,
            component=site,
            side=side,
            value=float(grades[site, side]) if (site, side) in grades else nan,
            unit="grade",
            score_version=f"larsen_{layout}",
            reason="" if (site, side) in grades else "not read",
        )
        for site, side in areas_of(layout)
        if grades
    ]


def _faults_for(layout: str) -> Instrument:
    def faults(name: str, variable: Variable, study: Study) -> list[str]:
        return choice_faults("layout", variable.layout, (layout,))

    return Instrument(_derive, faults, _derive_frame)


LARGE_JOINTS = _faults_for("large10")
HANDS = _faults_for("hands24")
