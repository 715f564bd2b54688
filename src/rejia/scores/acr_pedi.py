"""ACR Pediatric 30, 50, 70, 90 and 100, with the fever rule of systemic JIA."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from rejia.scores.changes import Answer, at_least_and_at_most, both, improved, worsened
from rejia.scores.intervals import bounded, relation
from rejia.scores.readings import NOT_MEASURED, Cohort, Reading
from rejia.scores.roles import role_faults, role_readings
from rejia.scores.rules import Rule, check_choice, read_rules
from rejia.scores.score import Instrument, Score, choice_faults, spoken
from rejia.study.schema import Study, Variable

CORE = (
    "physician_global",
    "patient_global",
    "functional_ability",
    "active_joints",
    "limited_joints",
    "acute_phase",
)
TEMPERATURE = "max_temperature_c"


@cache
def _levels() -> dict[str, Rule]:
    return {rule["component"]: rule for rule in read_rules("acr_pedi.csv")}


@cache
def _fever() -> dict[str, Rule]:
    return {rule["version"]: rule for rule in read_rules("acr_pedi_fever.csv")}


@cache
def _zero() -> tuple[str, ...]:
    return tuple(r["layout"] for r in read_rules("acr_pedi_zero_baseline.csv"))


def acr_pedi(
    before: Mapping[str, Reading],
    after: Mapping[str, Reading],
    *,
    level: str,
    zero_baseline: str = "zero_conservative",
) -> Answer:
    """
    Response by the ACR Pediatric criteria.

    Parameters
    ----------
    before, after : mapping of str to Reading
        The six core variables by their part (see `CORE`); lower is better.
    level : str
        ``acr_30``, ``acr_50``, ``acr_70``, ``acr_90`` or ``acr_100``.
    zero_baseline : str
        ``zero_conservative``: from zero nothing improves and any rise is worse;
        ``zero_drop``: a variable that starts at zero counts for nothing.

    Returns
    -------
    bool or None
        At least 3 of 6 improve by the level's percentage and at most 1 worsens by
        more than 30 %; None where missing or censored variables could decide it
        either way.

    Raises
    ------
    ValueError
        If a choice is unknown.

    Notes
    -----
    The limit for worsening is 30 % at every level. Percentages are compared as
    exact fractions: from 7.0 to 4.9 is an improvement of 30 %.
    """
    check_choice("level", level, _levels())
    check_choice("zero_baseline", zero_baseline, _zero())
    rule = _levels()[level]
    better, worse = [], []
    for name in CORE:
        start = before.get(name, NOT_MEASURED)
        end = after.get(name, NOT_MEASURED)
        if start.value == 0 and not start.comparator and zero_baseline == "zero_drop":
            continue
        better.append(improved(start, end, percent=Fraction(rule["improved_percent"])))
        worse.append(
            worsened(
                start, end, percent=Fraction(rule["worsened_percent"]), strict=True
            )
        )
    return at_least_and_at_most(
        better, int(rule["n_improved"]), worse, int(rule["n_worsened"])
    )


def without_fever(temperature: Reading, *, version: str) -> Answer:
    """
    Say whether a patient had no fever in the days before a visit.

    Parameters
    ----------
    temperature : Reading
        Highest temperature in the window of the rule, in degrees Celsius.
    version : str
        ``jia`` (no rule: always true), ``sjia_fever_from_37_5`` (37.5 is fever) or
        ``sjia_fever_above_37_5`` (37.5 is none).

    Returns
    -------
    bool or None
        None without a temperature: a missing diary is not absence of fever.

    Raises
    ------
    ValueError
        If the version is unknown.
    """
    check_choice("version", version, _fever())
    rule = _fever()[version]
    if not rule["comparator"]:
        return True
    if temperature.value is None:
        return None
    fever = bounded(rule["comparator"], Fraction(rule["threshold_c"]))
    how = relation(temperature.interval, fever)
    return None if how == "across" else how == "outside"


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    zero = variable.layout or ""
    scores = []
    for patient, visit in cohort.patient_visits:
        if visit == variable.baseline:
            continue
        before = role_readings(variable, cohort, patient, variable.baseline or "")
        after = role_readings(variable, cohort, patient, visit)
        for version in variable.versions:
            afebrile = without_fever(
                after.get(TEMPERATURE, NOT_MEASURED), version=version
            )
            for level in _levels():
                answer = both(
                    acr_pedi(before, after, level=level, zero_baseline=zero), afebrile
                )
                scores.append(
                    Score(
                        patient=patient,
                        visit=visit,
                        score=name,
                        component=level,
                        **spoken(answer),
                        unit="response",
                        score_version=f"acr_pedi_{zero}_{version}",
                        reason=_reason(before, after, version, answer),
                    )
                )
    return scores


def _reason(
    before: Mapping[str, Reading],
    after: Mapping[str, Reading],
    version: str,
    answer: Answer,
) -> str:
    if answer is not None:
        return ""
    unknown = [
        f"{role} {when}"
        for when, parts in (("before", before), ("after", after))
        for role in CORE
        if parts[role].value is None or parts[role].comparator
    ]
    if _fever()[version]["comparator"] and after[TEMPERATURE].value is None:
        unknown.append(f"{TEMPERATURE} after")
    return f"undecided: {', '.join(unknown) or 'units or values do not compare'}"


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    versions = tuple(_fever())
    faults = choice_faults("layout", variable.layout, _zero())
    if not variable.versions:
        faults.append(f"versions is missing (known: {', '.join(versions)})")
    for version in variable.versions:
        faults += choice_faults("versions", version, versions)
    if variable.baseline is None:
        faults.append("baseline is missing; it names the visit to compare with")
    with_fever = [
        v for v in variable.versions if v in versions and _fever()[v]["comparator"]
    ]
    fever = (TEMPERATURE,)
    needed = (*CORE, *fever) if with_fever else CORE
    optional = () if with_fever else fever
    return faults + role_faults(variable, needed=needed, optional=optional)


INSTRUMENT = Instrument(_derive, _faults)
