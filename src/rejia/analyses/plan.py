"""What of a study can run, and why the rest cannot."""

from dataclasses import dataclass

from rejia.study import Study
from rejia.study.schema import Logistic, PublishedEvents, PublishedProportion

TOTAL = "_total"
# Events (and non-events) for each term of a logistic model below which its
# estimates are known to be unstable (Peduzzi 1996).
EVENTS_PER_TERM = 10


@dataclass(frozen=True, slots=True)
class Planned:
    """
    One analysis of a plan.

    Attributes
    ----------
    analysis : str
        Its identifier.
    runs : bool
        Whether it can run.
    why : str
        Why it cannot, or what to know about it.
    """

    analysis: str
    runs: bool
    why: str


def plan_analyses(
    study: Study,
    *,
    measured: frozenset[str] | None,
    group_sizes: dict[str, int],
    facts: bool,
) -> list[Planned]:
    """
    Say of each analysis whether it can run.

    Parameters
    ----------
    study : Study
        Its definitions.
    measured : frozenset of str or None
        Outcomes that the cohort has a value of; `None` without a cohort.
    group_sizes : dict of str to int
        Patients by group; empty where they are not known yet.
    facts : bool
        Whether there are printed numbers.

    Returns
    -------
    list of Planned
        In the order of the study.
    """
    return [
        _planned(study, definition, measured, group_sizes, facts)
        for definition in study.analyses
    ]


def _planned(
    study: Study,
    definition: object,
    measured: frozenset[str] | None,
    group_sizes: dict[str, int],
    facts: bool,
) -> Planned:
    name = str(getattr(definition, "id", ""))
    if isinstance(definition, PublishedProportion | PublishedEvents):
        return Planned(name, facts, "" if facts else "the study has no facts")
    if measured is None:
        return Planned(name, False, "the study has no cohort")
    wanted = _outcomes(definition)
    absent = [outcome for outcome in wanted if not _there(study, outcome, measured)]
    if absent and len(absent) == len(wanted):
        return Planned(name, False, f"no value of {', '.join(absent)}")
    notes = [f"no value of {', '.join(absent)}: not estimable"] if absent else []
    if isinstance(definition, Logistic) and group_sizes:
        events = group_sizes.get(definition.event.group, 0)
        smaller = min(events, sum(group_sizes.values()) - events)
        terms = 1 if definition.each else len(definition.predictors)
        if smaller == 0:
            return Planned(name, False, f"group {definition.event.group} is empty")
        if smaller < EVENTS_PER_TERM * terms:
            notes.append(f"{smaller} events or non-events for {terms} terms: unstable")
    return Planned(name, True, "; ".join(notes))


def _outcomes(definition: object) -> list[str]:
    names: list[str] = []
    for field in ("outcomes", "outcome", "term", "predictors"):
        value = getattr(definition, field, None)
        names += [value] if isinstance(value, str) else list(value or ())
    return names


def _there(study: Study, outcome: str, measured: frozenset[str]) -> bool:
    variable = study.variables.get(outcome.removesuffix(TOTAL))
    base = variable.indicator_of if variable is not None else None
    return outcome in measured or (base or "") in measured
