"""Refractory disease after Aoki 2014: which children were given tocilizumab."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from rejia.scores.changes import Answer, both
from rejia.scores.intervals import bounded, relation
from rejia.scores.readings import NOT_MEASURED, Cohort, Reading, convert, flag
from rejia.scores.roles import role_faults, role_readings
from rejia.scores.rules import Rule, check_choice, read_rules
from rejia.scores.score import Instrument, Score, choice_faults, spoken
from rejia.study.schema import Study, Variable

_DECIDED: Mapping[str, Answer] = {"inside": True, "outside": False, "across": None}


@cache
def versions() -> dict[str, int]:
    """Return how many criteria each reading of the definition needs."""
    rules = read_rules("refractory_versions.csv")
    return {rule["version"]: int(rule["n_criteria"]) for rule in rules}


@cache
def roles() -> tuple[str, ...]:
    """Return the parts that a study gives to its variables."""
    return tuple(dict.fromkeys(rule["role"] for rule in read_rules("refractory.csv")))


def criteria(parts: Mapping[str, Reading]) -> dict[str, Answer]:
    """
    Say which criteria of refractory disease hold.

    Parameters
    ----------
    parts : mapping of str to Reading
        ``persistent_inflammation``, ``prolonged_glucocorticoid``,
        ``severe_glucocorticoid_reaction`` and ``inactive_under_glucocorticoid`` (yes
        or no), and ``glucocorticoid_dose`` in mg/kg/day of prednisolone.

    Returns
    -------
    dict of str to bool or None
        By criterion: ``persistent``, ``toxic``, ``dependent``; None where a part is
        unknown and no other fails.
    """
    answers: dict[str, Answer] = {}
    for rule in read_rules("refractory.csv"):
        answer = _holds(parts.get(rule["role"], NOT_MEASURED), rule)
        answers[rule["criterion"]] = both(answers.get(rule["criterion"], True), answer)
    return answers


def _holds(found: Reading, rule: Rule) -> Answer:
    if rule["rule"] == "present":
        return flag(found)
    found = convert(found, rule["unit"])
    if found.value is None:
        return None
    wanted = bounded(rule["rule"], Fraction(rule["bound"]))
    return _DECIDED[relation(found.not_negative, wanted)]


def refractory(parts: Mapping[str, Reading], *, version: str) -> tuple[Answer, str]:
    """
    Say whether disease is refractory.

    Parameters
    ----------
    parts : mapping of str to Reading
        Those of `criteria`.
    version : str
        ``aoki_2014_any`` (one criterion is enough) or ``aoki_2014_all``.

    Returns
    -------
    answer : bool or None
        None where unknown criteria could decide it.
    reason : str
        Which criteria are unknown.

    Raises
    ------
    ValueError
        If the version is unknown.
    """
    check_choice("version", version, versions())
    answers = criteria(parts)
    sure = sum(answer is True for answer in answers.values())
    unknown = [name for name, answer in answers.items() if answer is None]
    needed = versions()[version]
    if sure >= needed:
        return True, ""
    if sure + len(unknown) < needed:
        return False, ""
    return None, f"undecided: {', '.join(unknown)}"


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    scores = []
    for patient, visit in cohort.patient_visits:
        parts = role_readings(variable, cohort, patient, visit)
        for version in variable.versions:
            answer, reason = refractory(parts, version=version)
            scores.append(
                Score(
                    patient=patient,
                    visit=visit,
                    score=name,
                    **spoken(answer),
                    unit="refractory disease",
                    score_version=version,
                    reason=reason,
                )
            )
    return scores


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    faults = role_faults(variable, needed=roles())
    if not variable.versions:
        faults.append(f"versions is missing (known: {', '.join(versions())})")
    for version in variable.versions:
        faults += choice_faults("versions", version, tuple(versions()))
    return faults


INSTRUMENT = Instrument(_derive, _faults)
