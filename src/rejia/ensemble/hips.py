"""Components of a score of both hips, given to patients by their joint grades."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

import numpy as np

from rejia.ensemble.columns import demand
from rejia.ensemble.joint_spec import rules
from rejia.ensemble.lattice import Lattice
from rejia.ensemble.plan import Column, Plan, Scale, start_values
from rejia.ensemble.targets import EVERYONE
from rejia.study.schema import Correlation, Positives

SIDES = ("left", "right")
_SCALE = Scale(Fraction(1), None, None)
_STEPS, _PATIENCE, _HEAT = 20_000, 5_000, 0.5
Profiles = dict[tuple[str, int, str, str], int]


@dataclass(frozen=True)
class Component:
    """A component of the score: name, finding, and the values of one reading."""

    name: str
    finding: str
    allowed: tuple[int, ...]

    @property
    def stride(self) -> int:
        """Distance of neighbouring values."""
        return gcd(*(value - self.allowed[0] for value in self.allowed))


def components() -> list[Component]:
    """Return the components of CARSH, as its instrument reads them."""
    return [
        Component(
            row["component"],
            row["finding"],
            tuple(int(value) for value in row["allowed"].split(";")),
        )
        for row in rules("carsh_components.csv")
    ]


def draw_hips(
    plan: Plan, name: str, severity: Mapping[str, Mapping[int, int]]
) -> Profiles:
    """
    Draw the components of each hip at each visit.

    Parameters
    ----------
    plan : Plan
        Patients and targets.
    name : str
        Variable of the score.
    severity : mapping of str to mapping of int to int
        By visit and patient, the grade that the total should correlate with.

    Returns
    -------
    dict
        Whole values by visit, patient, side and component. Sums over both hips have
        the printed means and SDs, by component and in total; counts of hips and
        patients with a finding are as printed.

    Notes
    -----
    Values are drawn without regard to patients. Whole profiles, both visits
    together, are then given to patients so that Spearman's correlation with their
    joint grades comes nearest to the printed one.
    """
    rng = plan.stream(name)
    visits = plan.targets.visits(f"{name}_total")
    lattice = Lattice()
    cells = _cells(plan, name, visits, lattice, rng)
    patients = range(len(plan.patients))
    for visit in visits:
        _demand_visit(plan, lattice, name, visit, cells)
    pools = [
        [cells[visit, at, s, part.name] for at in patients for s in SIDES]
        for visit in visits
        for part in components()
    ]
    pools += [
        [cells[visit, at, s, part.name] for s in SIDES for part in components()]
        for visit in visits
        for at in patients
    ]
    lattice.descend(rng, pools, steps=_STEPS, patience=_PATIENCE, heat=_HEAT)
    drawn = {key: lattice.values[cell] for key, cell in cells.items()}
    order = _assignment(plan, name, drawn, severity, rng)
    return {(v, order[at], s, part): n for (v, at, s, part), n in drawn.items()}


def _demand_visit(
    plan: Plan, lattice: Lattice, name: str, visit: str, cells: Profiles
) -> None:
    """Demand the sums over both hips, by component and in total."""
    patients = range(len(plan.patients))
    for part in components():
        sums = {
            at: lattice.add_term(cells[visit, at, s, part.name] for s in SIDES)
            for at in patients
        }
        demand(plan, lattice, [sums], Column(name, _SCALE, visit, part.name))
    totals = {
        at: lattice.add_term(
            cells[visit, at, s, part.name] for s in SIDES for part in components()
        )
        for at in patients
    }
    demand(plan, lattice, [totals], Column(f"{name}_total", _SCALE, visit))
    _demand_count(plan, lattice, f"{name}_total", visit, list(totals.values()))


def _cells(
    plan: Plan,
    name: str,
    visits: tuple[str, ...],
    lattice: Lattice,
    rng: np.random.Generator,
) -> Profiles:
    """Add cells that start with all components worse in the same patients."""
    n = len(plan.patients)
    worst = rng.permutation(n)
    ranked = np.argsort(worst).tolist()
    cells: Profiles = {}
    for visit in visits:
        for part in components():
            low, high = part.allowed[0], part.allowed[-1]
            scale = Scale(_SCALE.step, 2 * low, 2 * high)
            windows = plan.windows(Column(name, scale, visit, part.name), EVERYONE, n)
            starts = sorted(start_values(rng, windows, scale, n))
            ends = _pinned(plan, name, part, visit, ranked)
            for at, start in zip(ranked, starts, strict=True):
                halves = (start // 2, start - start // 2)
                for side, half in zip(SIDES, halves, strict=True):
                    cells[visit, at, side, part.name] = lattice.add_cell(
                        half, *ends[at, side], stride=part.stride
                    )
    return cells


def _demand_count(
    plan: Plan, lattice: Lattice, outcome: str, visit: str, terms: list[int]
) -> None:
    """Demand the printed count of patients in whom anything is found."""
    count = _positives(plan, outcome, None, visit, "patient")
    if count is not None:
        goal = lattice.add_goal(count)
        for term in terms:
            lattice.classify([term], _positive(goal))


def _positives(
    plan: Plan, outcome: str, component: str | None, visit: str, unit: str
) -> int | None:
    """Return the printed number of hips or patients with a value above 0."""
    for definition in plan.study.analyses:
        if not isinstance(definition, Positives) or definition.outcome != outcome:
            continue
        population = definition.population or "patients"
        if plan.study.populations[population].unit != unit:
            continue
        if definition.component == component:
            return plan.targets.count(
                definition.id,
                outcome,
                "n",
                component=component or "",
                visit=visit,
                level="yes",
            )
    return None


def _pinned(
    plan: Plan, name: str, part: Component, visit: str, ranked: list[int]
) -> dict[tuple[int, str], tuple[int, int]]:
    """
    Return ends of the scale of hips in which a finding is, or is not.

    The worst patients have it, the worst of them on both sides, as the printed
    counts of hips and patients say; patients beyond those with any abnormality have
    none.
    """
    low, high = part.allowed[0], part.allowed[-1]
    ends = {(at, side): (low, high) for at in ranked for side in SIDES}
    anything = _positives(plan, f"{name}_total", None, visit, "patient")
    if anything is not None:
        healthy = ranked[: len(ranked) - anything]
        ends |= {(at, side): (low, low) for at in healthy for side in SIDES}
    hips = _positives(plan, name, part.name, visit, "hip")
    if hips is not None:
        printed = _positives(plan, name, part.name, visit, "patient")
        patients = printed or -(-hips // 2)
        worst = ranked[::-1]
        both, one = worst[: hips - patients], worst[hips - patients : patients]
        ends = dict.fromkeys(ends, (low, low))
        found = [(at, side) for at in both for side in SIDES]
        found += [(at, SIDES[at % 2]) for at in one]
        ends |= dict.fromkeys(found, (low + part.stride, high))
    return ends


def _positive(goal: int) -> Callable[..., tuple[int, ...]]:
    return lambda value: (goal,) if value > 0 else ()


def _assignment(
    plan: Plan,
    name: str,
    drawn: Profiles,
    severity: Mapping[str, Mapping[int, int]],
    rng: np.random.Generator,
) -> list[int]:
    """Return the patient of each profile."""
    n = len(plan.patients)
    for definition in plan.study.analyses:
        if not isinstance(definition, Correlation):
            continue
        if definition.term != f"{name}_total" or definition.visit not in severity:
            continue
        goals = plan.targets.find(definition.id, definition.outcome, ("spearman",))
        goal = next((float(cell.value) for cell in goals), None)
        if goal is None:
            continue
        totals = [
            sum(
                value
                for (visit, who, _, _), value in drawn.items()
                if visit == definition.visit and who == at
            )
            for at in range(n)
        ]
        grades = [severity[definition.visit][at] for at in range(n)]
        return _match(np.array(totals), np.array(grades), goal, rng)
    return [int(at) for at in rng.permutation(n)]


def _match(
    totals: np.ndarray, grades: np.ndarray, goal: float, rng: np.random.Generator
) -> list[int]:
    """Give totals to grades, largest to largest, then swap until the goal is near."""
    n = len(totals)
    ties = rng.random((2, n))
    order = np.empty(n, dtype=int)
    order[np.lexsort((ties[0], totals))] = np.lexsort((ties[1], grades))
    first, second = _ranks(totals), _ranks(grades)
    spread = float(np.sqrt((first @ first) * (second @ second))) or 1.0
    product = float(first @ second[order])
    for one, other in rng.integers(0, n, size=(4000, 2)).tolist():
        gain = (first[one] - first[other]) * (second[order[other]] - second[order[one]])
        if abs(product + gain - goal * spread) < abs(product - goal * spread):
            product += float(gain)
            order[[one, other]] = order[[other, one]]
    return [int(at) for at in order]


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks around their mean; ties share their average."""
    below = (values[:, None] > values).sum(axis=1)
    same = (values[:, None] == values).sum(axis=1)
    ranks: np.ndarray = below + (same - 1) / 2 - (len(values) - 1) / 2
    return ranks
