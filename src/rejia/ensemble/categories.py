"""Columns of words: levels by group, directions of change, nested responders."""

from collections.abc import Mapping

from rejia.ensemble.columns import DIRECTIONS
from rejia.ensemble.plan import Plan
from rejia.ensemble.targets import DESCRIBE, EVERYONE, nearest_count
from rejia.study import Variable
from rejia.study.schema import ChangeCounts, Describe, PublishedProportion


def draw_levels(plan: Plan, name: str, visit: str = "") -> dict[int, str]:
    """
    Draw who has which level, by the counts printed of each group.

    Parameters
    ----------
    plan : Plan
        Patients and targets.
    name, visit : str
        Variable with levels, and its visit where it has several.

    Returns
    -------
    dict of int to str
        Level by place of the patient. The last level without a printed count takes
        the patients that are left; where no group has counts, those of everyone
        are used.
    """
    variable = plan.study.variables[name]
    rng = plan.stream(f"{name}@{visit}")
    members = plan.population(variable)
    groups = [
        label
        for label in plan.targets.labels
        if _printed_levels(plan, name, visit, label)
    ]
    drawn: dict[int, str] = {}
    for label in groups or [EVERYONE]:
        there = [at for at in plan.members(label) if at in members]
        levels = _spread(
            variable, _printed_levels(plan, name, visit, label), len(there)
        )
        order = rng.permutation(len(there))
        drawn |= {there[at]: level for at, level in zip(order, levels, strict=True)}
    return drawn


def _printed_levels(plan: Plan, name: str, visit: str, group: str) -> dict[str, int]:
    cells = plan.targets.find(DESCRIBE, name, ("n",), group=group, visit=visit)
    return {cell.key.level: int(cell.value) for cell in cells}


def _spread(variable: Variable, counts: Mapping[str, int], n: int) -> list[str]:
    """Return a level for each of `n` patients."""
    levels = [level for level in variable.levels for _ in range(counts.get(level, 0))][
        :n
    ]
    rest = [level for level in variable.levels if level not in counts]
    return levels + [(rest or variable.levels)[-1]] * (n - len(levels))


def directions(plan: Plan, outcome: str, members: list[int]) -> dict[int, str] | None:
    """
    Draw who improved, who was unchanged and who worsened in an outcome.

    Parameters
    ----------
    plan : Plan
        Patients and targets.
    outcome : str
        Variable or total; that of the study's groups follows the groups.
    members : list of int
        Places of the patients who have a value.

    Returns
    -------
    dict of int to str or None
        None where nothing is printed. Counts that do not add up to the patients are
        reached by taking from, or adding to, the largest class.
    """
    groups = plan.study.groups
    if groups is not None and outcome == groups.outcome:
        names = dict(groups.labels)
        labels = {label: direction for direction, label in names.items()}
        return {at: labels[plan.groups[at]] for at in members}
    counts = _direction_counts(plan, outcome)
    if len(counts) < len(DIRECTIONS):
        return None
    largest = max(counts, key=lambda direction: counts[direction])
    counts[largest] += len(members) - sum(counts.values())
    words = [direction for direction in DIRECTIONS for _ in range(counts[direction])]
    order = plan.stream(f"direction of {outcome}").permutation(len(members))
    return {members[at]: word for at, word in zip(order, words, strict=True)}


def _direction_counts(plan: Plan, outcome: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for analysis in plan.study.analyses:
        if isinstance(analysis, ChangeCounts) and outcome in analysis.outcomes:
            for direction in DIRECTIONS:
                found = plan.targets.count(analysis.id, outcome, "n", level=direction)
                if found is not None:
                    counts.setdefault(direction, found)
    return counts


def draw_responders(plan: Plan) -> dict[tuple[str, str], dict[int, str]]:
    """
    Draw the levels that are printed as percentages, visit by visit.

    Outcomes whose names differ only in a last number (``acr_pedi_30``,
    ``acr_pedi_70``) rank patients alike at a visit, so the rarer is nested in the
    commoner. Half of a patient's rank is the patient's own, half the visit's.

    Returns
    -------
    dict
        Level by patient, by outcome and visit; counts are those whose percentages
        are nearest to the printed ones.
    """
    drawn: dict[tuple[str, str], dict[int, str]] = {}
    published = [
        analysis.id
        for analysis in plan.study.analyses
        if isinstance(analysis, PublishedProportion)
    ]
    for analysis in plan.study.analyses:
        if not isinstance(analysis, Describe):
            continue
        for outcome in analysis.outcomes:
            variable = plan.study.variables.get(outcome)
            if variable is None or not variable.levels or variable.per != "visit":
                continue
            for visit in analysis.visits:
                members = plan.population(variable)
                cells = [
                    cell
                    for name in (analysis.id, *published)
                    for cell in plan.targets.find(
                        name, outcome, ("percent",), visit=visit
                    )
                ]
                count = nearest_count(cells, len(members))
                if count is None or list(
                    plan.targets.find(analysis.id, outcome, ("n",), visit=visit)
                ):
                    continue
                order = _ranking(plan, outcome.rstrip("0123456789"), visit, members)
                words = _spread(variable, {cells[0].key.level: count}, len(members))
                drawn[outcome, visit] = dict(zip(order, words, strict=True))
    return drawn


def _ranking(plan: Plan, stem: str, visit: str, members: list[int]) -> list[int]:
    own = plan.stream(stem).random(len(members))
    now = plan.stream(f"{stem}@{visit}").random(len(members))
    keys = (own + now).tolist()
    return [at for _, at in sorted(zip(keys, members, strict=True))]
