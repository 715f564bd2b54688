"""Grades of joints at two visits: totals first, then joints."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from rejia.ensemble.categories import directions
from rejia.ensemble.columns import demand, draw_pair
from rejia.ensemble.joint_spec import rules
from rejia.ensemble.lattice import Lattice, Window
from rejia.ensemble.plan import Column, Plan, middle
from rejia.ensemble.transitions import transition_classes

Area = tuple[str, str]
Grades = dict[tuple[str, int, Area], int]
_STEPS, _PATIENCE, _HEAT = 40_000, 10_000, 2.0


@dataclass(frozen=True)
class _Joints:
    """The joints that are drawn: variable, visits, areas, directions of change."""

    plan: Plan
    name: str
    visits: tuple[str, str]
    areas: tuple[Area, ...]
    directions: Mapping[int, str]

    @property
    def patients(self) -> range:
        """Places of all patients."""
        return range(len(self.plan.patients))

    def column(self, visit: str, site: str) -> Column:
        """Return the column of a joint, both sides."""
        return Column(self.name, self.plan.scale(self.name), visit, site)


def draw_joints(plan: Plan, name: str) -> Grades:
    """
    Draw the grade of each joint of each patient at the two visits of the groups.

    Parameters
    ----------
    plan : Plan
        Patients and targets; the study declares groups.
    name : str
        Variable whose instrument grades the areas of a layout.

    Returns
    -------
    dict
        Steps of the variable by visit, patient and (site, side). Every joint has a
        grade: a patient without one would have no total, and so no group.

    Notes
    -----
    Patients' totals are drawn first, with the printed means, SDs and directions of
    change. They are spread over joints in whole grades, by the printed means of
    each joint. A descent then moves grades between the joints of a patient, alone or
    against another patient, so that every total stays: where the means of joints
    contradict the totals, the joints give way.
    """
    if plan.study.groups is None:
        return {}
    visits = (plan.study.groups.start, plan.study.groups.end)
    members = list(range(len(plan.patients)))
    layout = plan.study.variables[name].layout
    joints = _Joints(
        plan,
        name,
        visits,
        tuple(
            (row["site"], row["side"])
            for row in rules("larsen_areas.csv")
            if row["layout"] == layout
        ),
        directions(plan, f"{name}_total", members) or {},
    )
    totals = draw_pair(
        plan,
        f"{name}_total",
        visits,
        joints.directions,
        more=_totals_of_joints(joints),
    )
    rng = plan.stream(name)
    return _descend(joints, _spread(joints, totals, rng), rng)


def _totals_of_joints(joints: _Joints) -> dict[tuple[str, str], Window]:
    """
    Return the mean total of each group as the means of its joints add up to.

    Only sums of whole steps are counted. The total's own printed mean weighs more
    where the two contradict each other.
    """
    sites = [site for site, _ in joints.areas]
    found = {}
    for visit in joints.visits:
        for label in joints.plan.targets.labels:
            n = len(joints.plan.members(label))
            low = high = digit = 0.0
            for site in dict.fromkeys(sites):
                values = n * sites.count(site)
                windows = joints.plan.windows(joints.column(visit, site), label, values)
                mean = next((w for w in windows if w.statistic == "mean"), None)
                if mean is None:
                    break
                least, most = ceil(mean.low * values), floor(mean.high * values)
                if least > most:
                    least = most = round((mean.low + mean.high) / 2 * values)
                low, high = low + least / n, high + most / n
                digit += 2 * mean.digit * sites.count(site)
            else:
                found[visit, label] = Window("mean", low - 1e-9, high + 1e-9, digit)
    return found


def _spread(
    joints: _Joints,
    totals: Mapping[str, Mapping[int, list[int]]],
    rng: np.random.Generator,
) -> Grades:
    """Spread totals over joints; the second visit starts from the first."""
    plan = joints.plan
    means = {
        (visit, label): np.array(
            [
                middle(plan.windows(joints.column(visit, site), label, 1), "mean") or 0
                for site, _ in joints.areas
            ]
        )
        for visit in joints.visits
        for label in plan.targets.labels
    }
    scale = plan.scale(joints.name)
    grades: Grades = {}
    for at in joints.patients:
        now = np.zeros(len(joints.areas), dtype=int)
        for visit in joints.visits:
            left = totals[visit][at][0] - int(now.sum())
            weights = means[visit, plan.groups[at]]
            _place(now, left, weights, (scale.high or 0, round(1 / scale.step)), rng)
            for area, grade in zip(joints.areas, now.tolist(), strict=True):
                grades[visit, at, area] = grade
    return grades


def _place(
    now: np.ndarray,
    left: int,
    weights: np.ndarray,
    ends: tuple[int, int],
    rng: np.random.Generator,
) -> None:
    """Add what is left to the joints of a patient, in place, a grade at a time."""
    top, whole = ends
    sign = 1 if left > 0 else -1
    left = abs(left)
    while left:
        size = min(left, whole)
        room = (top - now) if sign > 0 else now
        chance = weights / (1.0 + now) if sign > 0 else now / (weights + 1.0)
        chance = np.where(room >= size, chance + 1e-3, 0.0)
        if not chance.any():
            size, chance = 1, (room > 0).astype(float)
        now[rng.choice(len(now), p=chance / chance.sum())] += sign * size
        left -= size


def _descend(joints: _Joints, starts: Grades, rng: np.random.Generator) -> Grades:
    """Move whole grades, then steps, until windows and counts are near."""
    scale = joints.plan.scale(joints.name)
    lattice = Lattice()
    low, high = scale.low or 0, scale.high or 0
    cells = {key: lattice.add_cell(grade, low, high) for key, grade in starts.items()}
    _demand_all(joints, lattice, cells)
    pools, grids = _neighbours(joints, cells)
    for unit, heat in ((round(1 / scale.step), _HEAT), (1, 0.0)):
        lattice.descend(
            rng,
            pools,
            steps=_STEPS,
            patience=_PATIENCE,
            heat=heat,
            unit=unit,
            grids=grids,
            keep_sums=True,
        )
    return {key: lattice.values[cell] for key, cell in cells.items()}


def _demand_all(joints: _Joints, lattice: Lattice, cells: Grades) -> None:
    plan = joints.plan
    terms = {key: lattice.add_term([cell]) for key, cell in cells.items()}
    for visit in joints.visits:
        for site in dict.fromkeys(site for site, _ in joints.areas):
            sides = [
                {at: terms[visit, at, area] for at in joints.patients}
                for area in joints.areas
                if area[0] == site
            ]
            demand(plan, lattice, sides, joints.column(visit, site))
    classes = transition_classes(plan, joints.name, lattice)
    if classes is not None:
        for at in joints.patients:
            for area in joints.areas:
                pair = [terms[visit, at, area] for visit in joints.visits]
                lattice.classify(pair, classes)


def _neighbours(
    joints: _Joints, cells: Grades
) -> tuple[list[list[int]], list[list[list[int]]]]:
    """Return cells between which grades move: of a patient, and patients by joints."""
    plan, visits, areas = joints.plan, joints.visits, joints.areas
    of_patients = [
        [cells[visit, at, area] for area in areas]
        for visit in visits
        for at in joints.patients
    ]
    grids = [
        [[cells[visit, at, area] for area in areas] for at in plan.members(label)]
        for visit in visits
        for label in plan.targets.labels
    ]
    return of_patients, grids
