"""Disease activity states of a JADAS or clinical JADAS, measured or computed."""

from functools import cache

from rejia.scores.intervals import Interval, intersection, relation
from rejia.scores.readings import Cohort, Reading
from rejia.scores.rules import Rule, read_rules, region
from rejia.scores.score import UNCLASSIFIED, Instrument, Score, choice_faults
from rejia.study.schema import Study, Variable

_FILE = "jadas_states.csv"
_ANY = "any"
COURSES = ("oligo", "poly")


@cache
def known(column: str) -> tuple[str, ...]:
    """Return the cut-off sets, layouts or courses that the rules know."""
    return tuple(dict.fromkeys(rule[column] for rule in read_rules(_FILE)))


@cache
def state_rules(cutoffs: str, layout: str, course: str) -> tuple[Rule, ...]:
    """Return the classes of a cut-off set for a score and a course; none if unknown."""
    return tuple(
        rule
        for rule in read_rules(_FILE)
        if rule["cutoffs"] == cutoffs
        and rule["layout"] == layout
        and rule["course"] in {course, _ANY}
    )


def jadas_state(
    score: Reading, *, cutoffs: str, layout: str, course: str
) -> tuple[str, str]:
    """
    Class of a JADAS under a set of cut-offs.

    Parameters
    ----------
    score : Reading
        The score, censored or not.
    cutoffs : str
        Set of cut-offs: ``consolaro_2012_2014``, ``trincianti_2021``,
        ``backstrom_2019``, ``cabrera_2016_as_printed``; for the systemic score
        ``rosina_2024`` (inactive disease only) and ``rosina_2024_unverified``.
    layout : str
        ``jadas10``, ``jadas27``, ``jadas71``, ``cjadas10`` or ``sjadas10``.
    course : str
        ``oligo`` (persistent oligoarthritis) or ``poly`` (all others).

    Returns
    -------
    level : str
        ``inactive``, ``low`` or ``minimal``, ``moderate``, ``high``, or
        ``unclassified``.
    reason : str
        Why it is unclassified.

    Raises
    ------
    ValueError
        If the set gives no cut-offs for the layout and course.

    Notes
    -----
    A censored score has a class only where all values that it can be have the
    same. The comparison is exact: 8.5 is what its text says, not a binary number.

    Examples
    --------
    >>> from rejia.scores.readings import reading
    >>> jadas_state(
    ...     reading(1.0),
    ...     cutoffs="consolaro_2012_2014",
    ...     layout="cjadas10",
    ...     course="poly",
    ... )
    ('inactive', '')
    """
    rules = state_rules(cutoffs, layout, course)
    if not rules:
        raise ValueError(
            f"cutoffs must be a set for {layout} and {course} "
            f"({', '.join(sets_for(layout, course)) or 'none'}), but got {cutoffs!r}"
        )
    if score.value is None:
        return UNCLASSIFIED, score.reason
    return _classified(score, rules)


def _classified(score: Reading, rules: tuple[Rule, ...]) -> tuple[str, str]:
    classes = [(rule, region(rule)) for rule in rules]
    scale = Interval(classes[0][1].low, classes[-1][1].high, True, True)
    possible = intersection(score.interval, scale)
    if possible.is_empty:
        where = f"the scale, {scale.low} to {scale.high}"
        return UNCLASSIFIED, f"{score.shown} is outside {where}"
    found = [rule for rule, of in classes if relation(possible, of) != "outside"]
    if len(found) > 1:
        levels = ", ".join(dict.fromkeys(rule["level"] for rule in found))
        return UNCLASSIFIED, f"censored ({score.shown}) across {levels}"
    level = found[0]["level"]
    return level, found[0]["note"] if level == UNCLASSIFIED else ""


@cache
def sets_for(layout: str, course: str) -> tuple[str, ...]:
    """Return the sets that give cut-offs for a layout and a course."""
    return tuple(s for s in known("cutoffs") if state_rules(s, layout, course))


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    scores = []
    for patient, visit in cohort.patient_visits:
        found = cohort.reading(patient, visit, variable.source or "")
        for cutoffs in variable.cutoffs:
            level, reason = jadas_state(
                found,
                cutoffs=cutoffs,
                layout=variable.layout or "",
                course=variable.course or "",
            )
            if found.comparator and not reason:
                reason = f"censored ({found.shown})"
            scores.append(
                Score(
                    patient=patient,
                    visit=visit,
                    score=name,
                    value=found.number,
                    level=level,
                    unit=found.unit,
                    score_version=cutoffs,
                    reason=reason,
                )
            )
    return scores


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    faults = []
    if variable.source is None:
        faults.append("from is missing; it names the score to class")
    faults += choice_faults("layout", variable.layout, known("layout"))
    faults += choice_faults("course", variable.course, COURSES)
    if not variable.cutoffs:
        faults.append(f"cutoffs is missing (known: {', '.join(known('cutoffs'))})")
    for cutoffs in variable.cutoffs:
        faults += choice_faults("cutoffs", cutoffs, known("cutoffs"))
    if not faults and variable.layout and variable.course:
        given = sets_for(variable.layout, variable.course)
        faults += [
            f"{cutoffs} gives no cut-offs for {variable.layout}, {variable.course}"
            f" (given by: {', '.join(given)})"
            for cutoffs in variable.cutoffs
            if cutoffs not in given
        ]
    return faults


INSTRUMENT = Instrument(_derive, _faults)
