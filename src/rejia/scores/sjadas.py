"""Systemic JADAS: the items of a JADAS and the systemic manifestations."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from math import nan

from rejia.scores.intervals import relation
from rejia.scores.jadas import GLOBALS, acute_phase_roles, compute_jadas, joint_role
from rejia.scores.readings import NOT_MEASURED, Cohort, Reading, convert, flag
from rejia.scores.roles import role_faults, role_readings
from rejia.scores.rules import Rule, check_choice, read_rules, region
from rejia.scores.score import Instrument, Score, choice_faults
from rejia.study.schema import Study, Variable

# Each systemic score and the JADAS that it contains.
LAYOUTS: Mapping[str, str] = {"sjadas10": "jadas10"}


@cache
def _items() -> dict[str, tuple[Rule, ...]]:
    rules = read_rules("sjadas_manifestations.csv")
    names = dict.fromkeys(rule["item"] for rule in rules)
    return {name: tuple(r for r in rules if r["item"] == name) for name in names}


def _roles(item: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule["role"] for rule in _items()[item]))


def systemic_manifestations(parts: Mapping[str, Reading]) -> tuple[float, str]:
    """
    Sum the points of the modified systemic manifestation score.

    Parameters
    ----------
    parts : mapping of str to Reading
        ``temperature`` (the highest, in °C), ``rash``, ``lymphadenopathy``,
        ``hepatosplenomegaly`` and ``serositis`` (yes or no, or 1 or 0),
        ``haemoglobin``, and ``platelets`` or ``ferritin`` or both.

    Returns
    -------
    score : float
        0-10; `nan` where an item is missing.
    reason : str
        Which item, and why.

    Notes
    -----
    Of platelets and ferritin either is enough for the point. Without the point both
    are needed if both are among the parts. Censored values count where all that
    they can be gives the same points.

    Examples
    --------
    >>> from rejia.scores.readings import reading
    >>> no = reading(0)
    >>> flags = dict.fromkeys(
    ...     ["rash", "lymphadenopathy", "hepatosplenomegaly", "serositis"], no
    ... )
    >>> systemic_manifestations(
    ...     flags
    ...     | {
    ...         "temperature": reading(38.5, unit="°C"),
    ...         "haemoglobin": reading(8.9, unit="g/dL"),
    ...         "platelets": reading(601, unit="10^9/L"),
    ...     }
    ... )
    (4.0, '')
    """
    total = Fraction(0)
    reasons = []
    for item in _items():
        points, reason = _points(parts, item)
        total += points
        if reason:
            reasons.append(reason)
    return (nan, "; ".join(reasons)) if reasons else (float(total), "")


def _points(parts: Mapping[str, Reading], item: str) -> tuple[Fraction, str]:
    """Return the points of an item, or why there are none."""
    given = [role for role in _roles(item) if role in parts] or list(_roles(item))
    reasons = []
    best = Fraction(0)
    for role in given:
        rules = [rule for rule in _items()[item] if rule["role"] == role]
        found, reason = _role_points(parts.get(role, NOT_MEASURED), role, rules)
        best = max(best, found)
        reasons += [reason] if reason else []
    most = max(Fraction(rule["points"]) for rule in _items()[item])
    return (best, "") if best == most else (best, "; ".join(reasons))


def _role_points(found: Reading, role: str, rules: list[Rule]) -> tuple[Fraction, str]:
    if rules[0]["rule"] == "present":
        present = flag(found)
        if present is None:
            return Fraction(0), f"{role}: {found.reason or 'neither yes nor no'}"
        return Fraction(rules[0]["points"]) * present, ""
    found = convert(found, rules[0]["unit"])
    if found.value is None:
        return Fraction(0), f"{role}: {found.reason}"
    hits = [(rule, relation(found.not_negative, region(rule))) for rule in rules]
    inside = [Fraction(rule["points"]) for rule, how in hits if how == "inside"]
    if any(how == "across" for _, how in hits):
        return Fraction(0), f"{role}: censored ({found.shown})"
    return max(inside, default=Fraction(0)), ""


def compute_sjadas(
    parts: Mapping[str, Reading], *, layout: str
) -> tuple[float, float, str]:
    """
    Systemic JADAS.

    Parameters
    ----------
    parts : mapping of str to Reading
        Those of `compute_jadas` with ESR or CRP, and of `systemic_manifestations`.
    layout : str
        ``sjadas10``.

    Returns
    -------
    score : float
        0-50; `nan` where a component is missing.
    manifestations : float
        0-10.
    reason : str
        Which component, and why.

    Raises
    ------
    ValueError
        If the layout is unknown, or not exactly one acute phase reactant is given.
    """
    check_choice("layout", layout, LAYOUTS)
    jadas, why = compute_jadas(parts, layout=LAYOUTS[layout])
    systemic, also = systemic_manifestations(parts)
    reason = "; ".join(part for part in (why, also) if part)
    if reason:
        return nan, systemic, reason
    exact = Fraction(repr(jadas)) + Fraction(repr(systemic))
    return float(exact), systemic, ""


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    layout = variable.layout or ""
    roles = list(variable.of.values()) if isinstance(variable.of, dict) else []
    marker = next((marker for marker in acute_phase_roles() if marker in roles), "")
    left_out = [r for r in _roles("platelets_or_ferritin") if r not in roles]
    version = "_".join([layout, marker, *(f"without_{role}" for role in left_out)])
    scores = []
    for patient, visit in cohort.patient_visits:
        parts = role_readings(variable, cohort, patient, visit)
        value, systemic, reason = compute_sjadas(parts, layout=layout)
        _, why = systemic_manifestations(parts)
        for score, number, told in (
            (name, value, reason),
            (f"{name}_manifestations", systemic, why),
        ):
            scores.append(
                Score(
                    patient=patient,
                    visit=visit,
                    score=score,
                    value=number,
                    unit="points",
                    score_version=version,
                    reason=told,
                )
            )
    return scores


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    faults = choice_faults("layout", variable.layout, tuple(LAYOUTS))
    if faults:
        return faults
    either = _roles("platelets_or_ferritin")
    flags = [role for item in _items() for role in _roles(item) if role not in either]
    needed = [*GLOBALS, joint_role(LAYOUTS[variable.layout or ""]), *flags]
    markers = acute_phase_roles()
    faults = role_faults(variable, needed=needed, optional=[*either, *markers])
    roles = variable.of.values() if isinstance(variable.of, dict) else ()
    if not faults and sum(marker in roles for marker in markers) != 1:
        faults.append(f"of: one variable must be {' or '.join(markers)}")
    if not faults and not set(either) & set(roles):
        faults.append(f"of: one variable must be {' or '.join(either)}")
    return faults


INSTRUMENT = Instrument(_derive, _faults)
