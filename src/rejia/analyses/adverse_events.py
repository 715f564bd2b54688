"""Adverse events under treatment: patients, events and rates with exact intervals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan

from rejia.analyses.rows import CohortRows, Row
from rejia.estimate import Estimate, Key
from rejia.scores.courses import Calendar, exposure, is_given, rows_by_patient
from rejia.stats.proportions import proportion
from rejia.stats.rates import poisson_rate
from rejia.study.schema import AdverseEventRate, Study

DAYS_A_YEAR = 365.25
OUTCOME, EXPOSURE = "adverse_events", "exposure"
_EVERY_TERM = ""
DRAWN = "number of patients drawn between one and all: it says nothing of how often"


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a patient under treatment."""

    patient: str
    term: str


@dataclass(frozen=True, slots=True)
class Observed:
    """
    What of the safety of a cohort is known.

    Attributes
    ----------
    days : mapping of str to float
        Days under treatment, by patient; patients whose days are not known are not
        there.
    events : tuple of Event
        That count.
    n_undated, n_outside, n_ungraded : int
        Events without a day (counted or not, as declared), on days without
        treatment, and without the grade or seriousness that was asked for.
    """

    days: Mapping[str, float]
    events: tuple[Event, ...]
    n_undated: int = 0
    n_outside: int = 0
    n_ungraded: int = 0

    def of(self, patients: frozenset[str]) -> "Observed":
        """Return what is known of some patients."""
        return replace(
            self,
            days={name: days for name, days in self.days.items() if name in patients},
            events=tuple(event for event in self.events if event.patient in patients),
        )


def run_adverse_event_rate(
    definition: AdverseEventRate, rows: CohortRows
) -> Iterator[Row]:
    """
    Count patients with an event and events, and give their rates.

    Notes
    -----
    The rate per 100 patient-years, and the events per patient, have Garwood's exact
    limits, which take events as independent: where a patient has several, the
    warning says so, and the proportion of patients is the safer number. A patient
    whose days of treatment are not known is missing from both.
    """
    for group in definition.groups:
        members = rows.members(group)
        observed = observe(definition, rows, members)
        key = Key(
            analysis=definition.id,
            population=definition.population or "patients",
            outcome=EXPOSURE,
            group=group,
        )
        missing = float(len(members) - len(observed.days))
        years = sum(observed.days.values()) / DAYS_A_YEAR
        yield Row(
            key=key,
            estimate=Estimate(
                statistic="patient_years",
                method="union_of_courses",
                estimate=years,
                n=len(observed.days),
                warning=_remark(definition, observed),
            ),
            n_missing=missing,
            unit="years",
        )
        drawn = _drawn_terms(rows.study)
        found = dict.fromkeys(sorted({event.term for event in observed.events}))
        for term in (_EVERY_TERM, *(definition.terms or found)):
            here = replace(key, outcome=OUTCOME, component=term)
            says_nothing = bool(drawn) and (not term or term in drawn)
            for estimate, unit in _estimates(observed, term, years, definition):
                told = (estimate.warning, DRAWN if says_nothing else "")
                warning = "; ".join(filter(None, told))
                yield Row(
                    key=here,
                    estimate=replace(estimate, warning=warning),
                    n_missing=missing,
                    unit=unit,
                )


def _drawn_terms(study: Study) -> frozenset[str]:
    """Return the events that a source names without a count, in a drawn cohort."""
    is_drawn = study.cohort_kind == "drawn" and study.draw is not None
    return frozenset(study.draw.adverse_events if is_drawn and study.draw else ())


def _estimates(
    observed: Observed, term: str, years: float, definition: AdverseEventRate
) -> Iterator[tuple[Estimate, str]]:
    """Give the estimates of a term, or of all, and their units."""
    wanted = definition.terms
    events = [
        event
        for event in observed.events
        if event.term == term or (not term and (not wanted or event.term in wanted))
    ]
    affected = len({event.patient for event in events})
    n = len(observed.days)
    yield (
        Estimate(
            statistic="n",
            method="patients_with_an_event",
            estimate=affected,
            n=n,
            n_events=affected,
        ),
        "",
    )
    if n:
        yield proportion(affected, n, method=definition.method), ""
    yield (
        Estimate(
            statistic="events",
            method="count_of_events",
            estimate=len(events),
            n=n,
            n_events=len(events),
        ),
        "",
    )
    warning = ""
    if len(events) > affected:
        warning = "events of one patient are taken as independent"
    for statistic, time, unit in (
        ("rate", years / 100, "per 100 patient-years"),
        ("rate_per_patient", float(n), "per patient"),
    ):
        rate = poisson_rate(len(events) if time else 0, time)
        told = "; ".join(part for part in (rate.warning, warning) if part)
        yield replace(rate, statistic=statistic, n=n, warning=told), unit


def observe(
    definition: AdverseEventRate, rows: CohortRows, members: frozenset[str]
) -> Observed:
    """
    Take exposure and events from the tables of a cohort.

    Parameters
    ----------
    definition : AdverseEventRate
        Drugs that count, and which events.
    rows : CohortRows
        Tables ``visits``, ``treatments`` and ``adverse_events``.
    members : frozenset of str
        Patients.

    Returns
    -------
    Observed
        A patient without a course of the drugs has no day under treatment.
    """
    visits = rows_by_patient(rows.tables, "visits")
    treatments = rows_by_patient(rows.tables, "treatments")
    recorded = rows_by_patient(rows.tables, "adverse_events")
    drugs = {drug.strip().lower() for drug in definition.drugs}
    days: dict[str, float] = {}
    events: list[Event] = []
    n_undated = n_outside = n_ungraded = 0
    for patient in sorted(members):
        calendar = Calendar(visits.get(patient, []))
        spans = exposure(
            [
                calendar.course(row)
                for row in treatments.get(patient, [])
                if str(row["drug"]).strip().lower() in drugs and is_given(row)
            ],
            first=calendar.first,
            last=calendar.last,
        )
        if not spans:
            if spans is not None:
                n_outside += len(recorded.get(patient, []))
            continue
        days[patient] = sum(stop - start for start, stop in spans)
        for row in recorded.get(patient, []):
            asked = _is_asked(row, definition)
            dated = _is_under(_number(row.get("day")), spans, definition.days_after)
            n_ungraded += asked is None
            if not asked:
                continue
            n_undated += dated is None
            n_outside += dated is False
            if dated or (dated is None and definition.undated == "counted"):
                events.append(Event(patient, str(row["term"])))
    return Observed(days, tuple(events), n_undated, n_outside, n_ungraded)


def _number(value: object) -> float:
    return float(str(value)) if value not in (None, "") else float("nan")


def _is_under(
    day: float, spans: Sequence[tuple[float, float]], days_after: float
) -> bool | None:
    """Say whether a day lies under treatment; the last visit belongs to it."""
    if isnan(day):
        return None
    return any(start <= day <= stop + days_after for start, stop in spans)


def _is_asked(row: Mapping[str, object], definition: AdverseEventRate) -> bool | None:
    """Say whether an event is of the grade and seriousness asked for."""
    answers: list[bool | None] = []
    if definition.min_grade is not None:
        grade = _number(row.get("grade"))
        answers.append(None if isnan(grade) else grade >= definition.min_grade)
    if definition.serious_only:
        serious = str(row.get("serious", ""))
        answers.append({"yes": True, "no": False}.get(serious))
    if False in answers:
        return False
    return None if None in answers else True


def _remark(definition: AdverseEventRate, observed: Observed) -> str:
    told = {
        f"events without a day {definition.undated.replace('_', ' ')}": (
            observed.n_undated
        ),
        "events outside treatment left out": observed.n_outside,
        "events without grade or seriousness left out": observed.n_ungraded,
    }
    return "; ".join(f"{count} {words}" for words, count in told.items() if count)
