"""Flare of juvenile arthritis against a reference visit."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from rejia.scores.acr_pedi import CORE
from rejia.scores.changes import (
    Answer,
    at_least_and_at_most,
    both,
    improved,
    rose_by,
    worsened,
)
from rejia.scores.readings import NOT_MEASURED, Cohort, Reading, canonical
from rejia.scores.roles import role_faults, role_readings
from rejia.scores.rules import Rule, check_choice, read_rules
from rejia.scores.score import Instrument, Score, choice_faults, spoken
from rejia.study.schema import Study, Variable

_MINIMA = {
    "physician_global": "min_global_cm",
    "patient_global": "min_global_cm",
    "active_joints": "min_active_joints",
}


@cache
def definitions() -> dict[str, Rule]:
    """Return the definitions of flare."""
    return {rule["version"]: rule for rule in read_rules("flare.csv")}


def flare(
    reference: Mapping[str, Reading], now: Mapping[str, Reading], *, definition: str
) -> Answer:
    """
    Flare since a reference visit.

    Parameters
    ----------
    reference, now : mapping of str to Reading
        The six core variables of the ACR Pediatric criteria; lower is better.
    definition : str
        ``printo`` (3 of 6 worsen by at least 30 %, at most 1 improves by 30 %; a
        global assessment counts from 2 cm, active joints from 2 more),
        ``printo_no_minimum``, or ``brunner_2002`` (2 of 6 by at least 40 %).

    Returns
    -------
    bool or None
        None where missing or censored variables could decide it either way.

    Raises
    ------
    ValueError
        If the definition is unknown.

    Notes
    -----
    Worsening here is *at least* the percentage, in the response criteria *more
    than*. From zero any rise is worse. The minimum is read variable by variable.
    """
    check_choice("definition", definition, definitions())
    rule = definitions()[definition]
    worse = [_worse(reference, now, name, rule) for name in CORE]
    better = [
        improved(
            reference.get(name, NOT_MEASURED),
            now.get(name, NOT_MEASURED),
            percent=Fraction(rule["improved_percent"]),
        )
        for name in CORE
    ]
    return at_least_and_at_most(
        worse, int(rule["n_worsened"]), better, int(rule["n_improved"])
    )


def _worse(
    reference: Mapping[str, Reading],
    now: Mapping[str, Reading],
    name: str,
    rule: Rule,
) -> Answer:
    start, end = reference.get(name, NOT_MEASURED), now.get(name, NOT_MEASURED)
    answer = worsened(
        start, end, percent=Fraction(rule["worsened_percent"]), strict=False
    )
    least = rule[_MINIMA[name]] if name in _MINIMA else ""
    if not least:
        return answer
    in_cm = canonical(start).unit == "cm"
    if _MINIMA[name] == "min_global_cm" and start.value is not None and not in_cm:
        return False if answer is False else None
    return both(answer, rose_by(start, end, least=Fraction(least)))


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    scores = []
    for patient, visit in cohort.patient_visits:
        if visit == variable.baseline:
            continue
        reference = role_readings(variable, cohort, patient, variable.baseline or "")
        now = role_readings(variable, cohort, patient, visit)
        for definition in variable.versions:
            answer = flare(reference, now, definition=definition)
            scores.append(
                Score(
                    patient=patient,
                    visit=visit,
                    score=name,
                    **spoken(answer),
                    unit="flare",
                    score_version=f"flare_since_{variable.baseline}_{definition}",
                    reason="" if answer is not None else "undecided: values missing",
                )
            )
    return scores


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    faults = role_faults(variable, needed=CORE)
    if not variable.versions:
        faults.append(f"versions is missing (known: {', '.join(definitions())})")
    for version in variable.versions:
        faults += choice_faults("versions", version, tuple(definitions()))
    if variable.baseline is None:
        faults.append("baseline is missing; it names the reference visit")
    return faults


INSTRUMENT = Instrument(_derive, _faults)
