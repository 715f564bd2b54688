"""
Grades of laboratory values by the NCI's Common Terminology Criteria (CTCAE).

The limit of normal itself is grade 0. On the low side a bound belongs to the milder
grade (neutrophils of 1.0 are grade 2), on the high side too (3.0 times the upper
limit is grade 1). Versions 5 and 6 grade ALT and AST against the value before
treatment where that was above its upper limit.
"""

from fractions import Fraction
from functools import cache
from math import nan

from rejia.scores.intervals import bounded, relation
from rejia.scores.readings import NOT_MEASURED, Cohort, Reading, convert
from rejia.scores.rules import Rule, check_choice, read_rules
from rejia.scores.score import Instrument, Score, choice_faults
from rejia.study.schema import Study, Variable

UNKNOWN_BASELINES = ("undecided", "normal")
_LAYOUT = "unknown_baseline_as_normal"
_ANY, _NORMAL, _ABNORMAL = "any", "normal", "abnormal"


@cache
def known(column: str) -> tuple[str, ...]:
    """Return the terms or versions that the rules know."""
    return tuple(dict.fromkeys(rule[column] for rule in read_rules("ctcae_grades.csv")))


@cache
def _terms() -> dict[str, Rule]:
    return {rule["term"]: rule for rule in read_rules("ctcae_terms.csv")}


@cache
def _rules(term: str, version: str) -> tuple[Rule, ...]:
    return tuple(
        rule
        for rule in read_rules("ctcae_grades.csv")
        if rule["term"] == term and rule["version"] == version
    )


def ctcae_grade(
    found: Reading,
    *,
    term: str,
    version: str,
    baseline: Reading | None = None,
    unknown_baseline: str = "undecided",
) -> tuple[int | None, str]:
    """
    Grade of a laboratory value.

    Parameters
    ----------
    found : Reading
        The value with its unit and limits of normal.
    term : str
        CTCAE term: ``alt_increased``, ``white_blood_cell_decreased``.
    version : str
        ``v4``, ``v5`` or ``v6``.
    baseline : Reading, optional
        The value before treatment.
    unknown_baseline : str
        ``undecided``: without a known baseline only what is grade 0 under a normal
        one is graded; ``normal``: as if the baseline had been normal (admiral).

    Returns
    -------
    grade : int or None
        0 to 4; grade 5 is never given by a value.
    reason : str
        Why there is no grade.

    Raises
    ------
    ValueError
        If the term, the version or `unknown_baseline` is unknown.

    Notes
    -----
    The worst grade is asked first. A censored value, or one without the limit
    that a grade needs, has a grade only where every value that it can be has the
    same one.

    Examples
    --------
    >>> from rejia.scores.readings import reading
    >>> ctcae_grade(
    ...     reading(326, unit="U/L", upper=40), term="alt_increased", version="v4"
    ... )
    (3, '')
    """
    check_choice("term", term, _terms())
    check_choice("version", version, known("version"))
    check_choice("unknown_baseline", unknown_baseline, UNKNOWN_BASELINES)
    unit = _terms()[term]["unit"]
    found = convert(found, unit)
    if not _rules(term, version):
        return None, f"{version} has no rule for it"
    reason = _not_gradable(found, term)
    if reason:
        return None, reason
    before = convert(baseline or NOT_MEASURED, unit)
    return _graded(found, _rules(term, version), before, unknown_baseline)


def _graded(
    found: Reading, rules: tuple[Rule, ...], baseline: Reading, unknown_baseline: str
) -> tuple[int | None, str]:
    """Choose the rules that the baseline calls for, and grade by them."""
    if all(rule["baseline"] == _ANY for rule in rules):
        return _worst(found, rules, None)
    status, why = _baseline_status(baseline)
    if status:
        return _worst(found, [r for r in rules if r["baseline"] == status], baseline)
    grade, reason = _worst(found, [r for r in rules if r["baseline"] == _NORMAL], None)
    if unknown_baseline == "normal" or grade == 0:
        return grade, reason
    return None, f"baseline is unknown: {why}"


def _not_gradable(found: Reading, term: str) -> str:
    """Say why a value cannot be held against any bound, or nothing."""
    if found.value is None:
        return found.reason
    if found.not_negative.is_empty:
        return f"{found.shown} is below zero"
    if _terms()[term]["limit"] == "upper_limit" and found.upper is None:
        return "upper limit of normal is missing"
    return ""


def _worst(
    found: Reading, rules: list[Rule] | tuple[Rule, ...], baseline: Reading | None
) -> tuple[int | None, str]:
    possible = found.not_negative
    for rule in rules:
        bound = _bound(rule, found, baseline)
        if bound is None:
            return None, f"{rule['of'].replace('_', ' ')} of normal is missing"
        how = relation(possible, bounded(rule["comparator"], bound))
        if how == "inside":
            return int(rule["grade"]), ""
        if how == "across":
            return None, f"censored ({found.shown}) across grades"
    return 0, ""


def _bound(rule: Rule, found: Reading, baseline: Reading | None) -> Fraction | None:
    factor = _number(rule["bound"])
    if rule["of"] == "absolute":
        return factor
    of = {
        "lower_limit": found.lower,
        "upper_limit": found.upper,
        "baseline": None if baseline is None else baseline.value,
    }[rule["of"]]
    return None if of is None else factor * of


@cache
def _number(text: str) -> Fraction:
    return Fraction(text)


def _baseline_status(baseline: Reading) -> tuple[str, str]:
    """Return normal or abnormal, or nothing and why."""
    if baseline.value is None:
        return "", baseline.reason
    if baseline.upper is None:
        return "", "its upper limit of normal is missing"
    if baseline.not_negative.is_empty:
        return "", f"{baseline.shown} is below zero"
    how = relation(baseline.not_negative, bounded("≤", baseline.upper))
    if how == "inside":
        return _NORMAL, ""
    if baseline.comparator:
        return "", f"it is censored ({baseline.shown})"
    return _ABNORMAL, ""


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    terms = variable.of if isinstance(variable.of, dict) else {}
    as_normal = variable.layout == _LAYOUT
    scores = []
    for patient, visit in cohort.patient_visits:
        for laboratory, term in terms.items():
            found = cohort.reading(patient, visit, laboratory)
            baseline = cohort.reading(patient, variable.baseline or "", laboratory)
            for version in variable.versions:
                grade, reason = ctcae_grade(
                    found,
                    term=term,
                    version=version,
                    baseline=baseline,
                    unknown_baseline="normal" if as_normal else "undecided",
                )
                scores.append(
                    Score(
                        patient=patient,
                        visit=visit,
                        score=name,
                        component=laboratory,
                        value=nan if grade is None else float(grade),
                        level="" if grade is None else f"grade_{grade}",
                        unit="grade",
                        score_version=_score_version(version, as_normal),
                        reason=reason,
                    )
                )
    return scores


def _score_version(version: str, as_normal: bool) -> str:
    return f"ctcae_{_LAYOUT}_{version}" if as_normal else f"ctcae_{version}"


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    faults = []
    if not isinstance(variable.of, dict):
        faults.append(
            "of must say the term of each variable, such as {wcc: anemia}"
            f" (known: {', '.join(_terms())})"
        )
    terms = variable.of if isinstance(variable.of, dict) else {}
    for term in terms.values():
        faults += choice_faults("of", term, tuple(_terms()))
    if not variable.versions:
        faults.append(f"versions is missing (known: {', '.join(known('version'))})")
    for version in variable.versions:
        faults += choice_faults("versions", version, known("version"))
    if variable.layout is not None:
        faults += choice_faults("layout", variable.layout, (_LAYOUT,))
    against = [
        f"{term} in {version}"
        for term in dict.fromkeys(terms.values())
        for version in variable.versions
        if any(rule["baseline"] == _ABNORMAL for rule in _rules(term, version))
    ]
    if against and variable.baseline is None and variable.layout != _LAYOUT:
        faults.append(
            f"baseline is missing; {', '.join(against)} is graded against a visit"
            f" (or set layout: {_LAYOUT})"
        )
    return faults


INSTRUMENT = Instrument(_derive, _faults)
