"""CHAQ: the disability index of the Childhood Health Assessment Questionnaire."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from math import nan

from rejia.scores.readings import Cohort, Reading, flag
from rejia.scores.roles import role_faults, role_readings
from rejia.scores.rules import Rule, check_choice, read_rules
from rejia.scores.score import Instrument, Score, choice_faults
from rejia.study.schema import Study, Variable

AIDS = "_aids"
_HIGHEST = 3


@cache
def domains() -> dict[str, Rule]:
    """Return the eight domains."""
    return {rule["domain"]: rule for rule in read_rules("chaq_domains.csv")}


@cache
def _denominators() -> dict[str, Rule]:
    return {rule["layout"]: rule for rule in read_rules("chaq_denominators.csv")}


def chaq_index(parts: Mapping[str, Reading], *, denominator: str) -> tuple[float, str]:
    """
    CHAQ disability index, 0-3.

    Parameters
    ----------
    parts : mapping of str to Reading
        Score of each domain (its highest item, 0-3) by name, and under
        ``<domain>_aids`` 1 where aids, devices or another person's help are used.
    denominator : str
        ``answered`` (mean of the domains answered), ``answered_6_of_8`` (the same,
        none with fewer than 6) or ``all_8`` (the sum divided by 8).

    Returns
    -------
    index : float
        `nan` where too few domains are answered.
    reason : str
        Why there is no index.

    Raises
    ------
    ValueError
        If the denominator is unknown.

    Notes
    -----
    Aids or help raise a domain to at least 2; a domain without an answer stays
    without one, and aids that were not recorded are none. A domain that is no whole
    number is no answer of this questionnaire and gives no index.
    """
    check_choice("denominator", denominator, _denominators())
    rule = _denominators()[denominator]
    scores: list[Fraction] = []
    for name, domain in domains().items():
        found = parts.get(name, Reading())
        if found.value is None:
            continue
        if found.comparator or found.value not in range(_HIGHEST + 1):
            return nan, f"{name}: {found.shown} is not 0, 1, 2 or 3"
        aided = flag(parts.get(name + AIDS, Reading()))
        least = Fraction(domain["aids_minimum"]) if aided else Fraction(0)
        scores.append(max(found.value, least))
    if len(scores) < int(rule["min_domains"]):
        return nan, (
            f"{len(scores)} of {len(domains())} domains answered, "
            f"{rule['min_domains']} needed"
        )
    divisor = len(domains()) if rule["denominator"] == "8" else len(scores)
    return float(sum(scores, Fraction(0)) / divisor), ""


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    layout = variable.layout or ""
    scores = []
    for patient, visit in cohort.patient_visits:
        parts = role_readings(variable, cohort, patient, visit)
        value, reason = chaq_index(parts, denominator=layout)
        scores.append(
            Score(
                patient=patient,
                visit=visit,
                score=name,
                value=value,
                unit="points",
                score_version=f"chaq_{layout}",
                reason=reason,
            )
        )
    return scores


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    aids = [domain + AIDS for domain in domains()]
    faults = choice_faults("layout", variable.layout, tuple(_denominators()))
    return faults + role_faults(variable, needed=tuple(domains()), optional=aids)


INSTRUMENT = Instrument(_derive, _faults)
