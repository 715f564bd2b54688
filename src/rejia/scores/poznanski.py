"""
Poznanski score: carpal length for the length of the second metacarpal.

The standards' coefficients are in no public source, so none are here: a study's
scores are those that its readers gave, and lengths need a table of the user's own
(``reference`` of the variable, a file below ``data``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import nan

from rejia.errors import DataError
from rejia.scores.findings import Area, Grades, read_grades
from rejia.scores.intervals import exact
from rejia.scores.readings import Cohort
from rejia.scores.rules import read_rules
from rejia.scores.score import Instrument, Score, choice_faults
from rejia.scores.standards import Standard
from rejia.study.schema import Study, Variable

FINDING = "poznanski"
LENGTHS = ("rm_mm", "m2_mm")
PHYSIS = "physis_closed"
_HANDS: tuple[Area, ...] = (("hand", "left"), ("hand", "right"))
_NO_REFERENCE = "no_reference: lengths need a table of the user's own"


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
    found, reason = _score(exact(rm_mm), exact(m2_mm), sex, standards)
    return (nan, reason) if found is None else (float(found), "")


def _score(
    rm_mm: Fraction, m2_mm: Fraction, sex: str, standards: Sequence[Standard]
) -> tuple[Fraction | None, str]:
    """Return the exact score of lengths, or why there is none."""
    own = [standard for standard in standards if standard.sex == sex]
    if not own:
        return None, "no_reference"
    for standard in own:
        if exact(standard.m2_min_mm) <= m2_mm <= exact(standard.m2_max_mm):
            expected = exact(standard.intercept_mm) + exact(standard.slope) * m2_mm
            return (rm_mm - expected) / exact(standard.sd_mm), ""
    return None, "outside_reference"


@cache
def _layouts() -> dict[str, str]:
    rules = read_rules("poznanski.csv")
    return {rule["layout"]: rule["patient_value"] for rule in rules}


def patient_value(hands: Sequence[Fraction], *, layout: str) -> Fraction:
    """Return a patient's value from both hands: their mean, or the lower."""
    if _layouts()[layout] == "lowest":
        return min(hands)
    return sum(hands, Fraction(0)) / len(hands)


@dataclass(frozen=True, slots=True)
class _Hand:
    """Value of a hand, how it was come by, or why there is none."""

    value: Fraction | None
    how: str = ""
    reason: str = ""


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    layout = variable.layout or next(iter(_layouts()))
    found = {
        finding: read_grades(cohort, finding, areas=_HANDS, known=_HANDS, allowed=None)
        for finding in (FINDING, *LENGTHS, PHYSIS)
    }
    standards = cohort.standards.get(name, ())
    sexes = _sexes(cohort)
    scores = []
    faults: list[str] = []
    for patient, visit in cohort.patient_visits:
        parts = {finding: of.get((patient, visit), {}) for finding, of in found.items()}
        if not any(parts[finding] for finding in (FINDING, *LENGTHS)):
            hands = {}
        else:
            hands = {
                hand: _hand(parts, hand, sexes.get(patient, ""), standards)
                for hand in _HANDS
            }
        for hand in hands:
            given = parts[FINDING].get(hand)
            fault = _differs(parts, hand, sexes.get(patient, ""), standards, variable)
            if given is not None and fault:
                faults.append(f"{patient}, {visit}, {hand[1]} hand: {fault}")
        for score, side, made in _rows(name, layout, hands):
            scores.append(
                Score(
                    patient=patient,
                    visit=visit,
                    score=score,
                    side=side,
                    value=nan if made.value is None else float(made.value),
                    unit="SD",
                    score_version=f"poznanski_{made.how or 'as_given'}_{layout}",
                    reason=made.reason,
                )
            )
    if faults:
        raise DataError(
            "given Poznanski scores are not those of their lengths:", faults
        )
    return scores


def _sexes(cohort: Cohort) -> dict[str, str]:
    patients = cohort.tables.get("patients")
    if patients is None or "sex" not in patients:
        return {}
    return dict(zip(patients["patient"], patients["sex"], strict=True))


def _hand(
    parts: Mapping[str, Grades], hand: Area, sex: str, standards: Sequence[Standard]
) -> _Hand:
    """Return a given score, else the computed one, else why there is none."""
    if parts[PHYSIS].get(hand):
        return _Hand(None, reason="physis_closed")
    if hand in parts[FINDING]:
        return _Hand(parts[FINDING][hand], "as_given")
    lengths = [parts[finding].get(hand) for finding in LENGTHS]
    reason = _no_score(lengths, sex, standards)
    if reason:
        return _Hand(None, reason=reason)
    rm, m2 = (length or Fraction(0) for length in lengths)
    value, reason = _score(rm, m2, sex, standards)
    return _Hand(value, "computed", reason)


def _no_score(
    lengths: Sequence[Fraction | None], sex: str, standards: Sequence[Standard]
) -> str:
    """Say why lengths cannot be scored at all."""
    missing = [n for n, length in zip(LENGTHS, lengths, strict=True) if length is None]
    if len(missing) == len(LENGTHS):
        return "not read"
    if not standards:
        return _NO_REFERENCE
    if missing:
        return f"{', '.join(missing)} is missing"
    if not sex:
        return "sex is missing"
    is_short = any(length is not None and length <= 0 for length in lengths)
    return "a length is not above 0" if is_short else ""


def _differs(
    parts: Mapping[str, Grades],
    hand: Area,
    sex: str,
    standards: Sequence[Standard],
    variable: Variable,
) -> str:
    """Say how a given score differs from its lengths, beyond half a recorded step."""
    rest = {**parts, FINDING: {}}
    computed = _hand(rest, hand, sex, standards).value
    given = parts[FINDING].get(hand)
    if computed is None or given is None or variable.step is None:
        return ""
    if abs(given - computed) <= exact(variable.step) / 2:
        return ""
    return f"{float(given):g} is given, but the lengths give {float(computed):.4g}"


def _rows(
    name: str, layout: str, hands: Mapping[Area, _Hand]
) -> list[tuple[str, str, _Hand]]:
    """Return score, side and value of the hands, then of the patient."""
    rows = [(name, hand[1], made) for hand, made in hands.items()]
    missing = [
        hand[1] for hand in _HANDS if hand not in hands or hands[hand].value is None
    ]
    if missing:
        reason = f"no score of the {' and '.join(missing)} hand"
        return [*rows, (f"{name}_total", "", _Hand(None, reason=reason))]
    values = [made.value for made in hands.values() if made.value is not None]
    hows = sorted({made.how for made in hands.values()})
    total = patient_value(values, layout=layout)
    return [*rows, (f"{name}_total", "", _Hand(total, "_and_".join(hows)))]


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    faults = []
    if variable.reference is not None and variable.step is None:
        faults.append("step is missing; it says how finely given scores are recorded")
    if variable.layout is not None:
        faults += choice_faults("layout", variable.layout, tuple(_layouts()))
    return faults


INSTRUMENT = Instrument(_derive, _faults)
