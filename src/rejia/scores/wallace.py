"""Clinically inactive disease after Wallace 2004 and 2011."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache

from rejia.scores.changes import Answer
from rejia.scores.intervals import bounded, relation
from rejia.scores.readings import NOT_MEASURED, Cohort, Reading, flag
from rejia.scores.roles import role_faults, role_readings
from rejia.scores.rules import Rule, check_choice, read_rules
from rejia.scores.score import Instrument, Score, choice_faults, spoken
from rejia.study.schema import Study, Variable

MARKERS = ("esr", "crp")
NOT_JIA = "acute_phase_not_jia"
_PHASE = "acute_phase"
Parts = Mapping[str, Reading]


@cache
def definitions() -> tuple[str, ...]:
    """Return the definitions of inactive disease."""
    return tuple(dict.fromkeys(rule["version"] for rule in read_rules("wallace.csv")))


@cache
def criteria(definition: str) -> tuple[Rule, ...]:
    """Return the criteria of a definition, all of which must hold."""
    return tuple(r for r in read_rules("wallace.csv") if r["version"] == definition)


def inactive_disease(parts: Parts, *, definition: str) -> tuple[Answer, str]:
    """
    Clinically inactive disease at a visit.

    Parameters
    ----------
    parts : mapping of str to Reading
        ``active_joints``, ``systemic_features``, ``uveitis`` (yes or no, or 1 or
        0), ``esr`` and ``crp`` with their upper limits, ``physician_global``,
        ``morning_stiffness_min``, and ``acute_phase_not_jia`` where an elevation was
        judged not due to arthritis.
    definition : str
        ``wallace_2004`` (ESR and CRP normal where both are tested),
        ``wallace_2011`` (one normal or not due to arthritis is enough),
        ``wallace_2011_both_normal`` (strict reading), or either year
        ``_without_acute_phase``, for drugs that suppress ESR and CRP by themselves.

    Returns
    -------
    answer : bool or None
        None where a criterion is unknown and no other fails.
    reason : str
        Which criteria are unknown.

    Raises
    ------
    ValueError
        If the definition is unknown.
    """
    check_choice("definition", definition, definitions())
    answers = {
        rule["criterion"]: _CHECKS[rule["rule"]](parts, rule)
        for rule in criteria(definition)
    }
    if False in answers.values():
        return False, ""
    unknown = [name for name, answer in answers.items() if answer is None]
    if unknown:
        return None, f"undecided: {', '.join(unknown)}"
    return True, ""


def _at_most(parts: Parts, rule: Rule) -> Answer:
    found = parts.get(rule["criterion"], NOT_MEASURED)
    if found.value is None:
        return None
    how = relation(found.not_negative, bounded("≤", Fraction(rule["bound"])))
    return {"inside": True, "outside": False, "across": None}[how]


def _absent(parts: Parts, rule: Rule) -> Answer:
    present = flag(parts.get(rule["criterion"], NOT_MEASURED))
    return None if present is None else not present


def _normal(found: Reading) -> Answer:
    if found.value is None or found.upper is None:
        return None
    how = relation(found.not_negative, bounded("≤", found.upper))
    return {"inside": True, "outside": False, "across": None}[how]


def _markers(parts: Parts) -> list[Answer]:
    """Return whether each marker that was tested is normal."""
    return [
        _normal(parts[name])
        for name in MARKERS
        if name in parts and parts[name].value is not None
    ]


def _all_normal(parts: Parts, rule: Rule) -> Answer:
    normal = _markers(parts)
    if False in normal:
        return False
    return None if not normal or None in normal else True


def _any_normal(parts: Parts, rule: Rule) -> Answer:
    normal = _markers(parts)
    if True in normal:
        return True
    return None if not normal or None in normal else False


def _or_not_jia(check: Callable[[Parts, Rule], Answer]) -> "_Check":
    """Let an elevation pass that was judged not due to arthritis."""

    def checked(parts: Parts, rule: Rule) -> Answer:
        answer = check(parts, rule)
        excused = flag(parts.get(NOT_JIA, NOT_MEASURED))
        tested = bool(_markers(parts))
        return True if excused and tested and answer is not None else answer

    return checked


_Check = Callable[[Parts, Rule], Answer]
_CHECKS: dict[str, _Check] = {
    "≤": _at_most,
    "absent": _absent,
    "all_tested_normal": _all_normal,
    "any_tested_normal_or_not_jia": _or_not_jia(_any_normal),
    "all_tested_normal_or_not_jia": _or_not_jia(_all_normal),
}


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    scores = []
    for patient, visit in cohort.patient_visits:
        parts = role_readings(variable, cohort, patient, visit)
        for definition in variable.versions:
            answer, reason = inactive_disease(parts, definition=definition)
            scores.append(
                Score(
                    patient=patient,
                    visit=visit,
                    score=name,
                    **spoken(answer, yes="inactive", no="active"),
                    unit="inactive disease",
                    score_version=definition,
                    reason=reason,
                )
            )
    return scores


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    faults = []
    if not variable.versions:
        faults.append(f"versions is missing (known: {', '.join(definitions())})")
    for version in variable.versions:
        faults += choice_faults("versions", version, definitions())
    known = [
        rule["criterion"]
        for definition in definitions()
        for rule in criteria(definition)
        if rule["criterion"] != _PHASE
    ]
    needed = [
        rule["criterion"]
        for definition in variable.versions
        for rule in criteria(definition)
        if rule["criterion"] != _PHASE
    ]
    needed = list(dict.fromkeys(needed))
    optional = [role for role in dict.fromkeys(known) if role not in needed]
    faults += role_faults(
        variable, needed=needed or known, optional=[*optional, *MARKERS, NOT_JIA]
    )
    roles = variable.of.values() if isinstance(variable.of, dict) else ()
    is_asked = any(
        rule["criterion"] == _PHASE
        for definition in variable.versions or definitions()
        for rule in criteria(definition)
    )
    if is_asked and isinstance(variable.of, dict) and not set(MARKERS) & set(roles):
        faults.append("of: no variable is esr or crp")
    return faults


INSTRUMENT = Instrument(_derive, _faults)
