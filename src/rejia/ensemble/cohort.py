"""One drawn cohort: every column in its own stream, laid out as cohort tables."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from rejia.contracts import COHORT_KEYS, COHORT_TABLES
from rejia.ensemble.categories import directions, draw_levels, draw_responders
from rejia.ensemble.columns import draw_column, draw_identity, draw_pair, identities
from rejia.ensemble.hips import components, draw_hips
from rejia.ensemble.joints import Grades, draw_joints
from rejia.ensemble.plan import Plan
from rejia.ensemble.readings import draw_readings
from rejia.ensemble.safety import draw_adverse_events, given_drugs
from rejia.ensemble.targets import DESCRIBE
from rejia.study import Study, Variable
from rejia.study.schema import Correlation
from rejia.study.specs import under_spec

DAYS_A_MONTH, DAYS_A_YEAR = 30.44, 365.25
SIDES = ("left", "right")
Row = dict[str, Any]


def draw_cohort(
    study: Study, facts: pd.DataFrame, *, seed: int
) -> dict[str, pd.DataFrame]:
    """
    Draw one cohort that is consistent with the printed numbers of a source.

    Parameters
    ----------
    study : Study
        Definitions; its ``draw`` names the spec of facts.
    facts : pandas.DataFrame
        Table ``facts``.
    seed : int
        Seed of the run.

    Returns
    -------
    dict of str to pandas.DataFrame
        Canonical cohort tables by name, sorted by their keys. The table of patients
        also holds the study's variables of a patient.

    Raises
    ------
    DefinitionError
        If group sizes are not printed or a drawn variable has no step.

    Notes
    -----
    Every column is a vector of whole steps. A seeded descent shifts and swaps steps
    within groups until means, sample SDs and ranges lie in the windows that the
    printed digits stand for. Where windows contradict each other it ends where the
    distances, in last printed digits, are smallest together; nothing is refused and
    nothing hidden: the comparison shows each distance. Columns are independent
    within a group, but for declared identities, directions of change, nested
    responses, joints with their totals, and the printed correlation of the hips.
    """
    if study.draw is not None and study.specs:
        study = under_spec(study, study.draw.spec)
    rows = _rows(Plan.of(study, facts, seed))
    return {name: _table(name, rows[name]) for name in COHORT_TABLES}


def _rows(plan: Plan) -> dict[str, list[Row]]:
    """Draw every column; return the rows of each table."""
    patient_columns = _patient_columns(plan)
    measurements, findings = _visit_columns(plan)
    drawn = {
        name: draw_joints(plan, name)
        for name, variable in plan.study.variables.items()
        if _reads(variable, "larsen_large_joints")
    }
    joints = {name: grades for name, grades in drawn.items() if grades}
    for name, grades in joints.items():
        findings += _joint_rows(plan, name, grades)
    for name, variable in plan.study.variables.items():
        if _reads(variable, "carsh"):
            findings += _hip_rows(plan, name, joints)
    patients = [
        {
            "patient": patient,
            **{name: column[at] for name, column in patient_columns.items()},
        }
        for at, patient in enumerate(plan.patients)
    ]
    return {
        "patients": patients,
        "visits": _visit_rows(plan, patient_columns, measurements + findings),
        "measurements": measurements,
        "findings": findings,
        "treatments": _treatment_rows(plan),
        "adverse_events": draw_adverse_events(plan),
    }


def _reads(variable: Variable, instrument: str) -> bool:
    return variable.instrument == instrument


def _patient_columns(plan: Plan) -> dict[str, dict[int, Any]]:
    """Return the variables of a patient, in the order of the study."""
    variables = plan.study.variables
    sums = identities(plan)
    tied: dict[str, dict[int, int]] = {}
    for identity in sums:
        tied |= draw_identity(plan, identity)
    printed = plan.targets.outcomes(DESCRIBE)
    columns: dict[str, dict[int, Any]] = {}
    for name, variable in variables.items():
        if variable.per != "patient" or variable.indicator_of or variable.instrument:
            continue
        if name not in tied and name not in printed:
            continue
        if variable.levels:
            columns[name] = draw_levels(plan, name)
        else:
            steps = tied[name] if name in tied else draw_column(plan, name)
            scale = plan.scale(name)
            columns[name] = {at: scale.value(units) for at, units in steps.items()}
    return columns


def _visit_columns(plan: Plan) -> tuple[list[Row], list[Row]]:
    """Return measurements and findings of the variables that no layout divides."""
    measurements: list[Row] = []
    findings: list[Row] = []
    for (name, visit), column in draw_responders(plan).items():
        measurements += _text_rows(plan, name, visit, column)
    stopped = _discontinued(plan)
    for (name, visit), column in stopped.items():
        measurements += _text_rows(plan, name, visit, column)
    for name, variable in plan.study.variables.items():
        if variable.per != "visit" or variable.levels or variable.indicator_of:
            continue
        visits = plan.targets.visits(name)
        if variable.instrument == "poznanski":
            findings += _hand_rows(plan, name, visits)
        elif variable.instrument is None and visits:
            measurements += _number_rows(plan, name, visits, stopped)
    return measurements, findings


def _discontinued(plan: Plan) -> dict[tuple[str, str], dict[int, str]]:
    """Draw the levels of variables whose counts are printed at a visit."""
    drawn = {}
    for name, variable in plan.study.variables.items():
        if variable.per != "visit" or not variable.levels or variable.instrument:
            continue
        for visit in plan.study.visits:
            if list(plan.targets.find(DESCRIBE, name, ("n",), visit=visit)):
                drawn[name, visit] = draw_levels(plan, name, visit)
    return drawn


def _text_rows(plan: Plan, name: str, visit: str, column: dict[int, str]) -> list[Row]:
    return [
        {"patient": plan.patients[at], "visit": visit, "variable": name, "text": text}
        for at, text in column.items()
    ]


def _number_rows(
    plan: Plan,
    name: str,
    visits: tuple[str, ...],
    stopped: dict[tuple[str, str], dict[int, str]],
) -> list[Row]:
    """Draw a measured variable; a drug is 0 where ``<drug>_discontinued`` is yes."""
    scale = plan.scale(name)
    members = plan.population(plan.study.variables[name])
    direction = directions(plan, name, members)
    columns: dict[str, dict[int, int]] = {}
    if direction is not None and len(visits) == 2:
        pair = draw_pair(plan, name, (visits[0], visits[1]), direction)
        columns = {
            visit: {at: sides[0] for at, sides in column.items()}
            for visit, column in pair.items()
        }
    for visit in visits if not columns else ():
        given_up = stopped.get((f"{name}_discontinued", visit), {})
        top = scale.high if scale.high is not None else 10**6
        limits = {
            at: (0, 0) if text == "yes" else (1, top) for at, text in given_up.items()
        }
        columns[visit] = draw_column(plan, name, visit, limits=limits)
    return [
        {
            "patient": plan.patients[at],
            "visit": visit,
            "variable": name,
            "value": scale.value(units),
            "unit": plan.study.variables[name].unit,
        }
        for visit, column in columns.items()
        for at, units in column.items()
    ]


def _hand_rows(plan: Plan, name: str, visits: tuple[str, ...]) -> list[Row]:
    """Draw a score of each hand; a patient's direction is that of both together."""
    members = plan.population(plan.study.variables[name])
    direction = directions(plan, f"{name}_total", members)
    if direction is None or len(visits) != 2:
        return []
    scale = plan.scale(name)
    drawn = draw_pair(plan, name, (visits[0], visits[1]), direction, sides=2)
    return [
        {
            "patient": plan.patients[at],
            "visit": visit,
            "site": "hand",
            "side": side,
            "finding": name,
            "value": scale.value(units),
        }
        for visit, column in drawn.items()
        for at, both in column.items()
        for side, units in zip(SIDES, both, strict=True)
    ]


def _joint_rows(plan: Plan, name: str, grades: Grades) -> list[Row]:
    instrument = plan.study.variables[name].instrument or ""
    readings = draw_readings(plan, name, list(grades.values()))
    return [
        {
            "patient": plan.patients[at],
            "visit": visit,
            "site": site,
            "side": side,
            "finding": instrument.partition("_")[0],
            "reader": reader,
            "reading": reading,
            "value": float(grade),
        }
        for joint, (visit, at, (site, side)) in enumerate(grades)
        for reader, reading, grade in readings.rows(joint)
    ]


def _hip_rows(plan: Plan, name: str, joints: dict[str, Grades]) -> list[Row]:
    severity: dict[str, dict[int, int]] = {}
    for definition in plan.study.analyses:
        if isinstance(definition, Correlation) and definition.outcome in joints:
            by_patient = severity.setdefault(definition.visit, {})
            for (visit, at, (site, _)), units in joints[definition.outcome].items():
                if visit == definition.visit and site == definition.component:
                    by_patient[at] = by_patient.get(at, 0) + units
    findings = {part.name: part.finding for part in components()}
    return [
        {
            "patient": plan.patients[at],
            "visit": visit,
            "site": "hip",
            "side": side,
            "finding": findings[part],
            "value": float(value),
        }
        for (visit, at, side, part), value in draw_hips(plan, name, severity).items()
    ]


def _visit_rows(
    plan: Plan, patient_columns: dict[str, dict[int, Any]], rows: list[Row]
) -> list[Row]:
    """
    Return the visits that other tables use.

    A visit without a month is at the end of treatment: the patient's ``…_duration``
    in years that is in no identity.
    """
    tied = {n for i in identities(plan) for n in (i.whole, *i.parts)}
    years: dict[int, float] = next(
        (
            column
            for name, column in patient_columns.items()
            if name.endswith("_duration")
            and name not in tied
            and plan.study.variables[name].unit == "years"
        ),
        {},
    )
    used = {(str(row["patient"]), str(row["visit"])) for row in rows}
    found = []
    for at, patient in enumerate(plan.patients):
        for name, visit in plan.study.visits.items():
            if (patient, name) not in used:
                continue
            day = None
            if visit.month is not None:
                day = round(visit.month * DAYS_A_MONTH)
            elif at in years:
                day = round(years[at] * DAYS_A_YEAR)
            found.append({"patient": patient, "visit": name, "day": day})
    return found


def _treatment_rows(plan: Plan) -> list[Row]:
    """Return the drugs whose dose is part of the design: given from day 0 on."""
    return [
        {
            "patient": patient,
            "drug": name,
            "start": "0",
            "dose": float(cell.value),
            "unit": cell.unit,
        }
        for name, cell in _doses(plan)
        for patient in plan.patients
    ] + given_drugs(plan)


def _doses(plan: Plan) -> Iterator[tuple[str, Any]]:
    for outcome in plan.targets.outcomes("design"):
        if outcome.endswith("_dose"):
            for cell in list(plan.targets.find("design", outcome, ("mean",)))[:1]:
                yield outcome.removesuffix("_dose"), cell


def _table(name: str, rows: list[Row]) -> pd.DataFrame:
    """Return rows with the columns of their contract, sorted by their key."""
    contract = COHORT_TABLES[name]
    extra = [column for column in (rows[0] if rows else {}) if column not in contract]
    key = COHORT_KEYS[name]
    ordered = sorted(rows, key=lambda row: [str(row.get(part, "")) for part in key])
    frame = {}
    for column in [*contract, *extra]:
        is_number = column in contract and contract[column].kind != "text"
        empty: object = float("nan") if is_number else ""
        values = [row.get(column, empty) for row in ordered]
        values = [empty if value is None else value for value in values]
        if column in extra and all(isinstance(value, float) for value in values):
            is_number = True
        frame[column] = pd.Series(values, dtype="float64" if is_number else "str")
    return pd.DataFrame({column: frame[column] for column in [*contract, *extra]})
