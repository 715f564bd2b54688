"""What of a study can run, and why the rest cannot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import comb

from rejia.study import Analysis, Study
from rejia.study.references import EVERYONE
from rejia.study.schema import (
    Agreement,
    Correlation,
    Logistic,
    PublishedEvents,
    PublishedProportion,
    RankSum,
    StandardizedDifference,
)

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


@dataclass(frozen=True, slots=True)
class AtHand:
    """
    What a cohort has.

    Attributes
    ----------
    measured : frozenset of str
        Outcomes with a value.
    visits : dict of str to frozenset of str
        Visits at which an outcome has a value; none for those of patients.
    group_sizes : dict of str to int
        Patients by group, unions of groups too; empty where the study has none.
    readers, readings : int
        Readers of the findings, and most readings that one of them made.
    patients : int
        Patients of the cohort.
    """

    measured: frozenset[str] = frozenset()
    visits: Mapping[str, frozenset[str]] = field(default_factory=dict)
    group_sizes: Mapping[str, int] = field(default_factory=dict)
    readers: int = 0
    readings: int = 0
    patients: int = 0


def plan_analyses(
    study: Study, at_hand: AtHand | None, *, facts: bool
) -> list[Planned]:
    """
    Say of each analysis whether it can run.

    Parameters
    ----------
    study : Study
        Its definitions.
    at_hand : AtHand or None
        What its cohort has; `None` without a cohort.
    facts : bool
        Whether there are printed numbers.

    Returns
    -------
    list of Planned
        In the order of the study.
    """
    return [_planned(study, d, at_hand, facts) for d in study.analyses]


def _planned(
    study: Study, definition: Analysis, at_hand: AtHand | None, facts: bool
) -> Planned:
    name = definition.id
    if isinstance(definition, PublishedProportion | PublishedEvents):
        return Planned(name, facts, "" if facts else "the study has no facts")
    if at_hand is None:
        return Planned(name, False, "the study has no cohort")
    absent, present = _split(study, definition, at_hand)
    if absent and (not present or _is_of_all(definition)):
        return Planned(name, False, f"no value of {', '.join(absent)}")
    why = _hindered(definition, at_hand)
    if why:
        return Planned(name, False, why)
    notes = [f"no value of {', '.join(absent)}: not estimable"] if absent else []
    return Planned(name, True, "; ".join(notes + _notes(definition, at_hand)))


def _split(
    study: Study, definition: Analysis, at_hand: AtHand
) -> tuple[list[str], list[str]]:
    """Return the outcomes that the cohort lacks, at a visit, and those that it has."""
    absent, present = [], []
    wanted = _visits(definition)
    is_paired = getattr(definition, "ref_visit", None) is not None
    for outcome in _outcomes(definition):
        if not _there(study, outcome, at_hand.measured):
            absent.append(outcome)
            continue
        had = at_hand.visits.get(outcome)
        missing = [visit for visit in wanted if had is not None and visit not in had]
        if missing and (is_paired or len(missing) == len(wanted)):
            absent.append(f"{outcome} at {' and '.join(missing)}")
        else:
            present.append(outcome)
    return absent, present


def _is_of_all(definition: Analysis) -> bool:
    """Say whether an analysis is of all its variables at once."""
    is_model = isinstance(definition, Logistic) and not definition.each
    return is_model or isinstance(definition, Correlation)


def _visits(definition: Analysis) -> list[str]:
    one = [getattr(definition, name, None) for name in ("visit", "ref_visit")]
    several = getattr(definition, "visits", None) or ()
    return [*several, *(visit for visit in one if visit is not None)]


def _hindered(definition: Analysis, at_hand: AtHand) -> str:
    """Say why no estimate of an analysis is possible."""
    sizes = at_hand.group_sizes
    if isinstance(definition, RankSum | StandardizedDifference) and sizes:
        for group in (definition.group, definition.reference):
            if sizes.get(group, 0) == 0:
                return f"group {group} is empty"
    if isinstance(definition, Logistic) and sizes:
        events, others = _events(definition, at_hand)
        if events == 0:
            return f"group {definition.event.group} is empty"
        if others == 0:
            return f"everyone is in group {definition.event.group}"
    if isinstance(definition, Agreement):
        if definition.between == "inter" and at_hand.readers < 2:
            return f"{at_hand.readers or 'no'} reader is named; two are needed"
        if definition.between == "intra" and at_hand.readings < 2:
            return "no reader read twice"
    return ""


def _events(definition: Logistic, at_hand: AtHand) -> tuple[int, int]:
    """Return patients in the group of the event, and in the other groups."""
    events = at_hand.group_sizes.get(definition.event.group, 0)
    return events, at_hand.group_sizes.get(EVERYONE, 0) - events


def _notes(definition: Analysis, at_hand: AtHand) -> list[str]:
    """Return what to know about an analysis that can run."""
    sizes = at_hand.group_sizes
    if isinstance(definition, RankSum) and sizes:
        groups = (definition.group, definition.reference)
        shown = " and ".join(f"{sizes.get(g, 0)} in {g}" for g in groups)
        # With 3 and 3 the smallest exact two-sided p-value is 2/20.
        if comb(sum(sizes.get(g, 0) for g in groups), sizes.get(groups[0], 0)) <= 40:
            return [f"{shown}: too few for any exact p-value under 0.05"]
        return [f"{shown}"]
    if isinstance(definition, Logistic) and sizes:
        smaller = min(_events(definition, at_hand))
        terms = 1 if definition.each else len(definition.predictors)
        if smaller < EVENTS_PER_TERM * terms:
            plural = "s" if terms > 1 else ""
            found = f"{smaller} events or non-events for {terms} term{plural}"
            return [f"{found}: unstable ({EVENTS_PER_TERM} a term are advised)"]
    return []


def _outcomes(definition: object) -> list[str]:
    names: list[str] = []
    for name in ("outcomes", "outcome", "term", "predictors"):
        value = getattr(definition, name, None)
        names += [value] if isinstance(value, str) else list(value or ())
    return names


def _there(study: Study, outcome: str, measured: frozenset[str]) -> bool:
    variable = study.variables.get(outcome.removesuffix(TOTAL))
    base = variable.indicator_of if variable is not None else None
    return outcome in measured or (base or "") in measured
