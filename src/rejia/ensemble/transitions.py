"""Classes of a joint: its grade at first, and what became of it."""

from rejia.ensemble.lattice import Classes, Lattice
from rejia.ensemble.plan import Plan
from rejia.study.schema import Transitions

_FATES = {-1: "improved", 0: "unchanged", 1: "worsened"}


def transition_classes(plan: Plan, name: str, lattice: Lattice) -> Classes | None:
    """
    Add the printed counts of a table of transitions as goals.

    Parameters
    ----------
    plan : Plan
        Patients and targets.
    name : str
        Variable of which the study has an analysis of transitions.
    lattice : Lattice
        Is given the goals.

    Returns
    -------
    callable or None
        Grade before and after, in steps, to goals; None without such an analysis.

    Notes
    -----
    A level is a class of grades (``grade_1``), or that class and one or more fates
    (``grade_1>improved_or_unchanged``). A grade between two classes belongs to the
    lower one.
    """
    analyses = (a for a in plan.study.analyses if isinstance(a, Transitions))
    definition = next((a for a in analyses if a.outcome == name), None)
    if definition is None:
        return None
    scale = plan.scale(name)
    goals: dict[tuple[str, frozenset[str]], int] = {}
    for cell in plan.targets.find(definition.id, name, ("n", "n_of")):
        label, _, fates = cell.key.level.partition(">")
        key = label, frozenset(fates.split("_or_") if fates else _FATES.values())
        if key not in goals:
            goals[key] = lattice.add_goal(int(cell.value))
    lows = sorted(
        (
            (min(grades) / scale.step, name)
            for name, grades in definition.classes.items()
        ),
        reverse=True,
    )
    sign = -1 if plan.study.variables[name].worse == "low" else 1

    def goals_of(before: int, after: int) -> tuple[int, ...]:
        label = next((label for low, label in lows if before >= low), "")
        fate = _FATES[sign * ((after > before) - (after < before))]
        return tuple(
            goal
            for (wanted, fates), goal in goals.items()
            if wanted == label and fate in fates
        )

    ends = range(scale.low or 0, (scale.high or 0) + 1)
    table = [[goals_of(before, after) for after in ends] for before in ends]
    return lambda before, after: table[before][after]
