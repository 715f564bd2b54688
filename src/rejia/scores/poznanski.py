"""
Poznanski score: carpal length for the length of the second metacarpal.

The standards' coefficients are in no public source, so none are here: a study's
scores are those that its readers gave, and lengths need a table of the user's own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import nan

from rejia.scores.findings import Area, Grades, read_grades
from rejia.scores.readings import Cohort
from rejia.scores.rules import read_rules
from rejia.scores.score import Instrument, Score, choice_faults
from rejia.study.schema import Study, Variable

FINDING = "poznanski"
LENGTHS = ("rm_mm", "m2_mm")
_HANDS: tuple[Area, ...] = (("hand", "left"), ("hand", "right"))
_NO_REFERENCE = "no_reference: lengths need a table of the user's own"


@dataclass(frozen=True, kw_only=True, slots=True)
class Standard:
    """
    A line of expected carpal length, of the user's own source.

    Attributes
    ----------
    sex : str
        ``female`` or ``male``.
    intercept_mm, slope, sd_mm : float
        ``expected = intercept + slope * m2``, and the SD about it.
    m2_min_mm, m2_max_mm : float
        Lengths of the second metacarpal for which it holds.
    source : str
        Where it is from.
    """

    sex: str
    intercept_mm: float
    slope: float
    sd_mm: float
    m2_min_mm: float
    m2_max_mm: float
    source: str


def poznanski_score(
    rm_mm: float,
    m2_mm: float,
    *,
    sex: str,
    standards: Sequence[Standard],
    physis_closed: bool = False,
) -> tuple[float, str]:
    """
    Poznanski score from lengths.

    Parameters
    ----------
    rm_mm : float
        Midpoint of the distal radial growth plate to the base of the third
        metacarpal.
    m2_mm : float
        Length of the second metacarpal.
    sex : str
        Sex of the patient.
    standards : sequence of Standard
        Of the user's own source; may be empty.
    physis_closed : bool
        Whether the growth plate is closed: then there is no score.

    Returns
    -------
    score : float
        ``(rm - expected) / sd``; negative is damage, a rise is an improvement.
    reason : str
        ``physis_closed``, ``no_reference`` or ``outside_reference``.

    Raises
    ------
    ValueError
        If a length is not positive.
    """
    for name, length in (("rm_mm", rm_mm), ("m2_mm", m2_mm)):
        if not length > 0:
            raise ValueError(f"{name} must be above 0, but got {length}")
    if physis_closed:
        return nan, "physis_closed"
    own = [standard for standard in standards if standard.sex == sex]
    if not own:
        return nan, "no_reference"
    for standard in own:
        if standard.m2_min_mm <= m2_mm <= standard.m2_max_mm:
            expected = standard.intercept_mm + standard.slope * m2_mm
            return (rm_mm - expected) / standard.sd_mm, ""
    return nan, "outside_reference"


@cache
def _layouts() -> dict[str, str]:
    rules = read_rules("poznanski.csv")
    return {rule["layout"]: rule["patient_value"] for rule in rules}


def patient_value(hands: Sequence[Fraction], *, layout: str) -> Fraction:
    """Return a patient's value from both hands: their mean, or the lower."""
    if _layouts()[layout] == "lowest":
        return min(hands)
    return sum(hands, Fraction(0)) / len(hands)


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    layout = variable.layout or next(iter(_layouts()))
    given, *lengths = (
        read_grades(cohort, finding, areas=_HANDS, known=_HANDS, allowed=None)
        for finding in (FINDING, *LENGTHS)
    )
    scores = []
    for patient, visit in cohort.patient_visits:
        hands = given.get((patient, visit), {})
        measured = {hand for each in lengths for hand in each.get((patient, visit), {})}
        for score, side, value, reason in _rows(name, layout, hands, measured):
            scores.append(
                Score(
                    patient=patient,
                    visit=visit,
                    score=score,
                    side=side,
                    value=value,
                    unit="SD",
                    score_version=f"poznanski_as_given_{layout}",
                    reason=reason,
                )
            )
    return scores


def _rows(
    name: str, layout: str, hands: Grades, measured: Collection[Area]
) -> list[tuple[str, str, float, str]]:
    """Return score, side, value and reason of the hands, then of the patient."""
    rows = [
        (name, hand[1], float(hands[hand]), "")
        if hand in hands
        else (name, hand[1], nan, _NO_REFERENCE if hand in measured else "not read")
        for hand in _HANDS
        if hands or measured
    ]
    missing = [hand[1] for hand in _HANDS if hand not in hands]
    if missing:
        reason = f"no score of the {' and '.join(missing)} hand"
        return [*rows, (f"{name}_total", "", nan, reason)]
    total = patient_value(list(hands.values()), layout=layout)
    return [*rows, (f"{name}_total", "", float(total), "")]


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    if variable.layout is None:
        return []
    return choice_faults("layout", variable.layout, tuple(_layouts()))


INSTRUMENT = Instrument(_derive, _faults)
