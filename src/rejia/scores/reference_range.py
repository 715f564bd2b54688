"""Laboratory values below, within or above their limits of normal."""

from rejia.scores.intervals import Interval, relation
from rejia.scores.readings import Cohort, Reading
from rejia.scores.rules import check_choice, read_rules
from rejia.scores.score import UNCLASSIFIED, Instrument, Score, choice_faults
from rejia.study.schema import Study, Variable

_FILE = "reference_range_conventions.csv"


def conventions() -> tuple[str, ...]:
    """Return the conventions for a value that equals a limit; the first is usual."""
    return tuple(rule["convention"] for rule in read_rules(_FILE))


def reference_range(found: Reading, *, convention: str) -> tuple[str, str]:
    """
    Place of a value against its limits of normal.

    Parameters
    ----------
    found : Reading
        The value, censored or not, with its limits.
    convention : str
        ``upper_inclusive``: the upper limit itself is within (a threshold printed
        ``>7``); ``upper_exclusive``: it is above (a normal range printed ``<40``).
        The lower limit itself is within under both.

    Returns
    -------
    level : str
        ``below``, ``within``, ``above`` or ``unclassified``.
    reason : str
        Why it is unclassified.

    Raises
    ------
    ValueError
        If the convention is unknown.

    Notes
    -----
    With one limit the range is open to the other side. A censored value has a
    place only where every value that it can be has the same one.

    Examples
    --------
    >>> from rejia.scores.readings import reading
    >>> reference_range(reading(7, upper=7), convention="upper_inclusive")
    ('within', '')
    >>> reference_range(reading(7, upper=7), convention="upper_exclusive")
    ('above', '')
    """
    rules = {rule["convention"]: rule for rule in read_rules(_FILE)}
    check_choice("convention", convention, rules)
    if found.value is None:
        return UNCLASSIFIED, found.reason
    if found.lower is None and found.upper is None:
        return UNCLASSIFIED, "no limit of normal"
    low_closed = rules[convention]["lower_limit_is"] == "within"
    high_closed = rules[convention]["upper_limit_is"] == "within"
    regions = {"within": Interval(found.lower, found.upper, low_closed, high_closed)}
    if regions["within"].is_empty:
        return UNCLASSIFIED, "the lower limit of normal is above the upper"
    if found.lower is not None:
        regions["below"] = Interval(high=found.lower, high_closed=not low_closed)
    if found.upper is not None:
        regions["above"] = Interval(low=found.upper, low_closed=not high_closed)
    for level, region in regions.items():
        if relation(found.interval, region) == "inside":
            return level, ""
    return UNCLASSIFIED, f"censored ({found.shown}) across a limit"


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    convention = variable.layout or conventions()[0]
    scores = []
    for patient, visit in cohort.patient_visits:
        for laboratory in variable.of:
            found = cohort.reading(patient, visit, laboratory)
            level, reason = reference_range(found, convention=convention)
            if found.comparator and not reason:
                reason = f"censored ({found.shown})"
            scores.append(
                Score(
                    patient=patient,
                    visit=visit,
                    score=name,
                    component=laboratory,
                    value=found.number,
                    level=level,
                    unit=found.unit,
                    score_version=f"reference_range_{convention}",
                    reason=reason,
                )
            )
    return scores


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    faults = [] if variable.of else ["of is missing; it lists the variables to place"]
    if variable.layout is not None:
        faults += choice_faults("layout", variable.layout, conventions())
    return faults


INSTRUMENT = Instrument(_derive, _faults)
