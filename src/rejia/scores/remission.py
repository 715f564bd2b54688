"""Remission on and off medication: inactive disease without interruption."""

from collections.abc import Mapping, Sequence
from functools import cache
from math import isnan, nan

from rejia.scores.changes import Answer
from rejia.scores.courses import Calendar, Course, covers, is_given, rows_by_patient
from rejia.scores.glucocorticoid_free import glucocorticoids
from rejia.scores.readings import Cohort, flag
from rejia.scores.rules import Rule, check_choice, read_rules
from rejia.scores.score import Instrument, Score, choice_faults, spoken
from rejia.study.schema import Study, Variable

Visits = Sequence[tuple[float, Answer, Answer]]
_OFF = "off"


@cache
def states() -> dict[str, Rule]:
    """Return the rules of remission by state."""
    return {rule["state"]: rule for rule in read_rules("wallace_remission.csv")}


@cache
def _medications() -> dict[str, bool]:
    known = {r["drug"]: r["counts"] == "yes" for r in read_rules("medications.csv")}
    return known | dict.fromkeys(glucocorticoids(), True)


def remission_at(visits: Visits, *, state: str) -> list[Answer]:
    """
    Say at each visit whether a patient is in remission.

    Parameters
    ----------
    visits : sequence of (day, inactive, on medication)
        In the order of days; what is not known is None.
    state : str
        ``remission_on_medication`` (at least 183 days) or
        ``remission_off_medication`` (at least 365).

    Returns
    -------
    list of bool or None
        True where inactive disease has lasted long enough, counted from the first of
        an unbroken series of visits; None where what is not known could decide it.

    Raises
    ------
    ValueError
        If the state is unknown or the days are not in order.

    Notes
    -----
    A visit with active disease or the wrong medication ends the series, and so does
    a gap longer than the rule's.
    """
    check_choice("state", state, states())
    days = [day for day, _, _ in visits]
    if days != sorted(days):
        raise ValueError(f"visits must be in the order of days, but got {days}")
    rule = states()[state]
    wanted = rule["medication"] != _OFF
    answers = [
        False
        if inactive is False or treated is (not wanted)
        else None
        if inactive is None or treated is None
        else True
        for _, inactive, treated in visits
    ]
    surely = _long_enough(days, [answer is True for answer in answers], rule)
    possibly = _long_enough(days, [answer is not False for answer in answers], rule)
    return [
        True if sure else None if possible else False
        for sure, possible in zip(surely, possibly, strict=True)
    ]


def _long_enough(
    days: Sequence[float], holds: Sequence[bool], rule: Rule
) -> list[bool]:
    """Say at each visit whether what holds has held for as long as the rule asks."""
    found = []
    period: list[float] = []
    for day, here in zip(days, holds, strict=True):
        if not here or (period and day - period[-1] > float(rule["max_gap_days"])):
            period = []
        if here:
            period.append(day)
        is_long = bool(period) and day - period[0] >= float(rule["min_days"])
        found.append(is_long and len(period) >= int(rule["min_visits"]))
    return found


def on_medication(
    courses: Sequence[tuple[str, Course]],
    *,
    since: float,
    day: float,
    counting: frozenset[str] = frozenset(),
    other: frozenset[str] = frozenset(),
) -> tuple[Answer, str]:
    """
    Say whether a patient had a drug against arthritis or uveitis.

    Parameters
    ----------
    courses : sequence of (drug, Course)
        By any route.
    since, day : float
        Days between which a course counts, both included.
    counting, other : frozenset of str
        Drugs that the study adds to those of ``data/medications.csv``: such that
        count, and such that do not.

    Returns
    -------
    answer : bool or None
        None where it rests on a drug that is not known or on unknown days.
    reason : str
        Which drug, or days.
    """
    unknown = []
    for drug, course in courses:
        name = drug.strip().lower()
        counts = True if name in counting else _medications().get(name)
        counts = False if name in other else counts
        touched = covers(course, since, day)
        if counts is False or touched is False:
            continue
        if counts and touched:
            return True, ""
        unknown.append(
            f"the days of {name} are not known"
            if counts
            else f"not known whether {name} counts (declare it in drugs or other_drugs)"
        )
    return (None, "; ".join(dict.fromkeys(unknown))) if unknown else (False, "")


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    visits = rows_by_patient(cohort.tables, "visits")
    treatments = rows_by_patient(cohort.tables, "treatments")
    order: dict[str, list[str]] = {}
    for patient, visit in cohort.patient_visits:
        order.setdefault(patient, []).append(visit)
    scores = []
    for patient, names in order.items():
        calendar = Calendar(visits.get(patient, []))
        names.sort(
            key=lambda visit: (isnan(calendar.visit(visit)), calendar.visit(visit))
        )
        given = treatments.get(patient, [])
        for state in variable.versions:
            inputs, reasons = _inputs(
                variable, cohort, patient, names, calendar, given, state
            )
            answers = _answers(inputs, state)
            for visit, answer, why in zip(names, answers, reasons, strict=True):
                scores.append(
                    Score(
                        patient=patient,
                        visit=visit,
                        score=name,
                        **spoken(answer),
                        unit="remission",
                        score_version=state,
                        reason="" if answer is not None else why,
                    )
                )
    return scores


def _inputs(
    variable: Variable,
    cohort: Cohort,
    patient: str,
    names: Sequence[str],
    calendar: Calendar,
    given: Sequence[Mapping[str, object]],
    state: str,
) -> tuple[Visits, list[str]]:
    """Return what is known of each visit, and what to say where it is undecided."""
    courses = [
        (str(row["drug"]), calendar.course(row)) for row in given if is_given(row)
    ]
    counting = frozenset(drug.strip().lower() for drug in variable.drugs)
    other = frozenset(drug.strip().lower() for drug in variable.other_drugs)
    inputs: list[tuple[float, Answer, Answer]] = []
    reasons = []
    before = nan
    told: dict[str, None] = {}
    for visit in names:
        day = calendar.visit(visit)
        # Off medication asks for the days between two visits too.
        is_off = states()[state]["medication"] == _OFF
        since = before if is_off and not isnan(before) else day
        treated, why = on_medication(
            courses, since=since, day=day, counting=counting, other=other
        )
        if not given:
            treated, why = None, "no treatment of the patient is recorded"
        inactive = flag(cohort.reading(patient, visit, variable.source or ""))
        if inactive is None:
            why = "; ".join(filter(None, (f"{variable.source} is not known", why)))
        if isnan(day):
            why = "the day of the visit is missing"
        told |= {f"{visit}: {why}": None} if why else {}
        inputs.append((day, inactive, treated))
        reasons.append("; ".join(told))
        before = day
    return inputs, reasons


def _answers(inputs: Visits, state: str) -> list[Answer]:
    """Answer up to the first visit without a day; from there on nothing is known."""
    dated = [visit for visit in inputs if not isnan(visit[0])]
    if len(dated) < len(inputs):
        return [None for _ in inputs]
    return remission_at(dated, state=state)


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    faults = []
    if variable.source is None:
        faults.append("from is missing; it names the variable of inactive disease")
    if not variable.versions:
        faults.append(f"versions is missing (known: {', '.join(states())})")
    for version in variable.versions:
        faults += choice_faults("versions", version, tuple(states()))
    return faults


INSTRUMENT = Instrument(_derive, _faults)
