"""JADAS and clinical JADAS from their components."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from math import nan

from rejia.scores.intervals import Interval
from rejia.scores.readings import NOT_MEASURED, Cohort, Reading, convert
from rejia.scores.roles import role_faults, role_readings
from rejia.scores.rules import Rule, check_choice, read_rules
from rejia.scores.score import Instrument, Score, choice_faults
from rejia.study.schema import Study, Variable

GLOBALS = ("physician_global", "patient_global")
_TEN = Fraction(10)


@cache
def _layouts() -> dict[str, Rule]:
    return {rule["layout"]: rule for rule in read_rules("jadas_layouts.csv")}


@cache
def _markers() -> dict[str, Rule]:
    return {rule["marker"]: rule for rule in read_rules("jadas_acute_phase.csv")}


def acute_phase_roles() -> tuple[str, ...]:
    """Return the acute phase reactants that a JADAS may have, one of them."""
    return tuple(_markers())


def joint_role(layout: str) -> str:
    """Return the joint count that a layout needs."""
    return _layouts()[layout]["joints"]


def normalised_acute_phase(found: Fraction, *, marker: str) -> Fraction:
    """
    Bring an acute phase reactant to 0-10.

    Parameters
    ----------
    found : Fraction
        ESR in mm/h or CRP in mg/L.
    marker : str
        ``esr``: ``(ESR - 20) / 10`` between 20 and 120; ``crp``: ``(CRP - 10) / 10``
        between 10 and 110; 0 below, 10 above.

    Raises
    ------
    ValueError
        If the marker is unknown.

    Examples
    --------
    >>> float(normalised_acute_phase(Fraction("36.2"), marker="crp"))
    2.62
    """
    check_choice("marker", marker, _markers())
    rule = _markers()[marker]
    low, high = Fraction(rule["zero_up_to"]), Fraction(rule["ten_from"])
    return min(max((found - low) / (high - low) * 10, Fraction(0)), _TEN)


def compute_jadas(parts: Mapping[str, Reading], *, layout: str) -> tuple[float, str]:
    """
    Sum of the components of a JADAS.

    Parameters
    ----------
    parts : mapping of str to Reading
        ``physician_global`` and ``patient_global`` (0-10), ``active_joints``
        (``active_joints_27`` for the 27-joint scores) and, unless the score is
        clinical, ``esr`` or ``crp``.
    layout : str
        ``jadas10``, ``jadas27``, ``jadas71``, or with a leading ``c`` the clinical.

    Returns
    -------
    score : float
        `nan` where a component is missing.
    reason : str
        Which component, and why.

    Raises
    ------
    ValueError
        If the layout is unknown, or not exactly one acute phase reactant is given
        where one is needed.

    Notes
    -----
    Scales of 100 mm are divided by 10 and CRP in mg/dL is multiplied by 10, by the
    reading's unit. The 10-joint count stops at 10. A censored component is used
    where it adds the same whatever it is: CRP ``<5`` adds 0.
    """
    check_choice("layout", layout, _layouts())
    rule = _layouts()[layout]
    terms = [_global(parts.get(name, NOT_MEASURED), name) for name in GLOBALS]
    terms.append(_joints(parts.get(rule["joints"], NOT_MEASURED), rule))
    if rule["acute_phase"] == "yes":
        given = [marker for marker in _markers() if marker in parts]
        if len(given) != 1:
            raise ValueError(f"parts must hold esr or crp, but got {given}")
        terms.append(_acute_phase(parts[given[0]], given[0]))
    reasons = [reason for _, reason in terms if reason]
    if reasons:
        return nan, "; ".join(reasons)
    return float(sum(value for value, _ in terms)), ""


def _global(found: Reading, name: str) -> tuple[Fraction, str]:
    return _clamped(convert(found, "cm"), name, _TEN, capped=False)


def _joints(found: Reading, rule: Rule) -> tuple[Fraction, str]:
    n_joints, capped = Fraction(rule["n_joints"]), rule["capped"] == "yes"
    value, reason = _clamped(found, rule["joints"], n_joints, capped=capped)
    if value.denominator != 1:
        return value, f"{rule['joints']}: {found.shown} is no count"
    return value, reason


def _acute_phase(found: Reading, marker: str) -> tuple[Fraction, str]:
    found = convert(found, _markers()[marker]["unit"])
    if found.value is None:
        return Fraction(0), f"{marker}: {found.reason}"
    if found.not_negative.is_empty:
        return Fraction(0), f"{marker}: {found.shown} is below zero"
    low, high = _ends(found.not_negative, Fraction(_markers()[marker]["ten_from"]))
    low = normalised_acute_phase(low, marker=marker)
    high = normalised_acute_phase(high, marker=marker)
    return low, "" if low == high else f"{marker}: censored ({found.shown})"


def _clamped(
    found: Reading, name: str, highest: Fraction, *, capped: bool
) -> tuple[Fraction, str]:
    """Return a value from 0 to its highest, or why there is none."""
    if found.value is None:
        return Fraction(0), f"{name}: {found.reason}"
    possible = found.not_negative
    above = not capped and found.value > highest
    if possible.is_empty or above:
        return Fraction(0), f"{name}: {found.shown} is outside 0 to {highest}"
    low, high = _ends(possible, highest)
    if capped:
        low, high = min(low, highest), min(high, highest)
    return low, "" if low == high else f"{name}: censored ({found.shown})"


def _ends(possible: Interval, highest: Fraction) -> tuple[Fraction, Fraction]:
    low = Fraction(0) if possible.low is None else possible.low
    high = max(low, highest) if possible.high is None else possible.high
    return low, high


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    layout = variable.layout or ""
    roles = variable.of.values() if isinstance(variable.of, dict) else ()
    marker = next((marker for marker in _markers() if marker in roles), "")
    scores = []
    for patient, visit in cohort.patient_visits:
        parts = role_readings(variable, cohort, patient, visit)
        value, reason = compute_jadas(parts, layout=layout)
        scores.append(
            Score(
                patient=patient,
                visit=visit,
                score=name,
                value=value,
                unit="points",
                score_version=f"{layout}_{marker}" if marker else layout,
                reason=reason,
            )
        )
    return scores


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    faults = choice_faults("layout", variable.layout, tuple(_layouts()))
    if faults:
        return faults
    rule = _layouts()[variable.layout or ""]
    markers = tuple(_markers()) if rule["acute_phase"] == "yes" else ()
    needed = (*GLOBALS, rule["joints"])
    faults = role_faults(variable, needed=needed, optional=markers)
    roles = variable.of.values() if isinstance(variable.of, dict) else ()
    given = [marker for marker in markers if marker in roles]
    if not faults and markers and len(given) != 1:
        faults.append(f"of: one variable must be {' or '.join(markers)}")
    return faults


INSTRUMENT = Instrument(_derive, _faults)
