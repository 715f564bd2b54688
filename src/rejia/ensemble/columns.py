"""Columns of numbers: alone, tied by an identity, or paired between two visits."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rejia.ensemble.lattice import Lattice, Window
from rejia.ensemble.plan import Column, Plan, Scale, bounds, start_values
from rejia.ensemble.targets import EVERYONE
from rejia.errors import DataError

_IDENTITY = re.compile(r"\s*(\w+)\s*=\s*(\w+(?:\s*\+\s*\w+)+)\s*")
DIRECTIONS = ("improved", "unchanged", "worsened")
_STEPS, _PATIENCE = 20_000, 3_000


@dataclass(frozen=True)
class Identity:
    """A variable that is the sum of others of the same patient."""

    whole: str
    parts: tuple[str, ...]


def identities(plan: Plan) -> list[Identity]:
    """Return the declared sums all of whose variables belong to a patient."""
    found = []
    for text in plan.study.structure.identities:
        match = _IDENTITY.fullmatch(text)
        if match is None:
            continue
        parts = tuple(part.strip() for part in match[2].split("+"))
        variables = [plan.study.variables.get(n) for n in (match[1], *parts)]
        if all(v is not None and v.per == "patient" for v in variables):
            found.append(Identity(match[1], parts))
    return found


def draw_column(
    plan: Plan,
    name: str,
    visit: str = "",
    *,
    limits: Mapping[int, tuple[int, int]] | None = None,
) -> dict[int, int]:
    """
    Draw a column that no other is tied to.

    Parameters
    ----------
    plan : Plan
        Patients and targets.
    name, visit : str
        Variable, and its visit where it has several.
    limits : mapping of int to (int, int)
        Narrower ends of the scale of some patients, in steps.

    Returns
    -------
    dict of int to int
        Value in steps by place of the patient.
    """
    rng = plan.stream(f"{name}@{visit}")
    column = Column(name, plan.scale(name), visit)
    members = plan.population(plan.study.variables[name])
    lattice = Lattice()
    starts = _starts(plan, column, members, rng)
    cells = _add_cells(plan, lattice, column, starts, limits=limits)
    terms = {at: lattice.add_term([cell]) for at, cell in cells.items()}
    demand(plan, lattice, [terms], column)
    lattice.descend(
        rng, pools(plan, [cells]), steps=_STEPS, patience=_PATIENCE, heat=1.0
    )
    return {at: lattice.values[cell] for at, cell in cells.items()}


def draw_identity(plan: Plan, identity: Identity) -> dict[str, dict[int, int]]:
    """
    Draw the parts of a sum together, so that the sum fits as well.

    Parameters
    ----------
    plan : Plan
        Patients and targets.
    identity : Identity
        All its variables have the step of the sum.

    Returns
    -------
    dict of str to dict of int to int
        Steps by patient, by variable; the sum is computed of its parts.
    """
    rng = plan.stream(identity.whole)
    lattice = Lattice()
    everyone = list(range(len(plan.patients)))
    columns = {}
    for name in identity.parts:
        column = Column(name, plan.scale(name))
        starts = _starts(plan, column, everyone, rng)
        cells = _add_cells(plan, lattice, column, starts)
        terms = {at: lattice.add_term([cell]) for at, cell in cells.items()}
        demand(plan, lattice, [terms], column)
        columns[name] = cells
    sums = {
        at: lattice.add_term(cells[at] for cells in columns.values()) for at in everyone
    }
    demand(plan, lattice, [sums], Column(identity.whole, plan.scale(identity.whole)))
    own = [[cells[at] for cells in columns.values()] for at in everyone]
    lattice.descend(
        rng,
        pools(plan, list(columns.values())) * (len(own) // 4) + own,
        steps=3 * _STEPS,
        patience=2 * _PATIENCE,
        heat=2.0,
    )
    drawn = {
        name: {at: lattice.values[cell] for at, cell in cells.items()}
        for name, cells in columns.items()
    }
    drawn[identity.whole] = {
        at: sum(column[at] for column in drawn.values()) for at in everyone
    }
    return drawn


def draw_pair(
    plan: Plan,
    outcome: str,
    visits: tuple[str, str],
    directions: Mapping[int, str],
    *,
    sides: int = 1,
    more: Mapping[tuple[str, str], Window] | None = None,
) -> dict[str, dict[int, list[int]]]:
    """
    Draw a column at two visits, with the direction of each patient's change.

    Parameters
    ----------
    plan : Plan
        Patients and targets.
    outcome : str
        Variable, or the total of an instrument.
    visits : tuple of str
        Start and end.
    directions : mapping of int to str
        ``improved``, ``unchanged`` or ``worsened`` by patient.
    sides : int
        Values of a patient at a visit; the direction is that of their sum.
    more : mapping of (str, str) to Window
        Further windows by visit and group, in steps.

    Returns
    -------
    dict of str to dict of int to list of int
        By visit, the steps of each side of each patient.

    Raises
    ------
    DataError
        If no column was found whose changes have their directions.
    """
    rng = plan.stream(f"{outcome}@{visits[0]}>{visits[1]}")
    lattice = Lattice()
    drawn: dict[str, list[dict[int, int]]] = {visit: [] for visit in visits}
    for visit in visits:
        column = Column(outcome, _total_scale(plan, outcome), visit)
        for side in range(sides):
            before = drawn[visits[0]][side] if visit != visits[0] else {}
            starts = _starts(plan, column, list(directions), rng)
            starts = _follow(plan, starts, before, lattice) if before else starts
            cells = _add_cells(plan, lattice, column, starts)
            if sides == 1:
                # One cell serves both visits, or no spread could change.
                kept = [at for at in before if directions[at] == "unchanged"]
                cells |= {at: before[at] for at in kept}
            drawn[visit].append(cells)
        _demand_sides(plan, lattice, drawn[visit], column, more or {})
    _demand_signs(plan, lattice, outcome, list(drawn.values()), directions)
    near = _near(plan, [c for both in drawn.values() for c in both], directions)
    lattice.descend(rng, near, steps=2 * _STEPS, patience=_PATIENCE, heat=1.0)
    _check_signs(lattice, outcome)
    return {visit: _by_patient(lattice, cells) for visit, cells in drawn.items()}


def _near(
    plan: Plan, columns: Sequence[Mapping[int, int]], members: Iterable[int]
) -> list[list[int]]:
    """Return the cells of columns by group, and as often those of one patient."""
    own = [[cells[at] for cells in columns] for at in members]
    return pools(plan, columns) * len(own) + own


def _by_patient(
    lattice: Lattice, sides: Sequence[Mapping[int, int]]
) -> dict[int, list[int]]:
    return {at: [lattice.values[cells[at]] for cells in sides] for at in sides[0]}


def _check_signs(lattice: Lattice, outcome: str) -> None:
    if not lattice.keeps_signs:
        raise DataError(
            f"{outcome} cannot be drawn:",
            ["no values were found whose changes have the printed directions"],
        )


def _demand_sides(
    plan: Plan,
    lattice: Lattice,
    sides: Sequence[Mapping[int, int]],
    column: Column,
    more: Mapping[tuple[str, str], Window],
) -> None:
    terms = [{at: lattice.add_term([c]) for at, c in cells.items()} for cells in sides]
    demand(plan, lattice, terms, column)
    for label in plan.targets.labels:
        chosen = [t[at] for t in terms for at in plan.members(label) if at in t]
        if (column.visit, label) in more:
            lattice.demand(chosen, [more[column.visit, label]])


def _demand_signs(
    plan: Plan,
    lattice: Lattice,
    outcome: str,
    visits: Sequence[Sequence[Mapping[int, int]]],
    directions: Mapping[int, str],
) -> None:
    worse = plan.study.variables[_variable(plan, outcome)].worse or "high"
    for at, direction in directions.items():
        ends = [lattice.add_term(cells[at] for cells in sides) for sides in visits]
        lattice.demand_sign(ends[0], ends[1], sign_of(direction, worse))


def _variable(plan: Plan, outcome: str) -> str:
    """Return the variable of an outcome, also of the total of a score."""
    known = outcome in plan.study.variables
    return outcome if known else outcome.removesuffix("_total")


def sign_of(direction: str, worse: str) -> int:
    """Return the sign of a change that improves, keeps or worsens."""
    sign = DIRECTIONS.index(direction) - 1
    return sign if worse == "high" else -sign


def pools(plan: Plan, columns: Sequence[Mapping[int, int]]) -> list[list[int]]:
    """Return the cells of each column, by group and all, that values move between."""
    return [
        [cells[at] for at in plan.members(label) if at in cells]
        for cells in columns
        for label in (*plan.targets.labels, EVERYONE)
    ]


def demand(
    plan: Plan, lattice: Lattice, sides: Sequence[Mapping[int, int]], column: Column
) -> None:
    """Demand all printed windows of a column, in every group, over all sides."""
    for label in plan.labels():
        members = plan.members(label)
        chosen = [side[at] for side in sides for at in members if at in side]
        lattice.demand(chosen, plan.windows(column, label, len(chosen)))


def _group_windows(
    plan: Plan, column: Column, label: str, n: int
) -> tuple[Window, ...]:
    """Return the windows of a group; of everyone where it has none."""
    own = plan.windows(column, label, n)
    return own or plan.windows(column, EVERYONE, n)


def _starts(
    plan: Plan, column: Column, members: Sequence[int], rng: np.random.Generator
) -> dict[int, int]:
    """Draw a value a patient, from the summaries of the patient's group."""
    starts: dict[int, int] = {}
    for label in plan.targets.labels:
        there = [at for at in plan.members(label) if at in members]
        windows = _group_windows(plan, column, label, len(there))
        values = start_values(rng, windows, column.scale, len(there))
        starts |= dict(zip(there, values, strict=True))
    return starts


def _follow(
    plan: Plan, starts: Mapping[int, int], before: Mapping[int, int], lattice: Lattice
) -> dict[int, int]:
    """Give larger values to patients of the group whose values were larger before."""
    ordered: dict[int, int] = {}
    for label in plan.targets.labels:
        there = [at for at in plan.members(label) if at in starts]
        values = sorted(starts[at] for at in there)
        there.sort(key=lambda at: lattice.values[before[at]])
        ordered |= dict(zip(there, values, strict=True))
    return {at: ordered[at] for at in starts}


def _add_cells(
    plan: Plan,
    lattice: Lattice,
    column: Column,
    starts: Mapping[int, int],
    *,
    limits: Mapping[int, tuple[int, int]] | None = None,
) -> dict[int, int]:
    """Add a cell a patient."""
    ends = {
        label: bounds(column.scale, _group_windows(plan, column, label, len(starts)))
        for label in plan.targets.labels
    }
    cells: dict[int, int] = {}
    for at, start in starts.items():
        low, high = ends[plan.groups[at]]
        least, most = (limits or {}).get(at, (low, high))
        cells[at] = lattice.add_cell(start, max(low, least), min(high, most))
    return cells


def _total_scale(plan: Plan, outcome: str) -> Scale:
    """Return the scale of a variable; of its total, the printed ends."""
    name = _variable(plan, outcome)
    scale = plan.scale(name)
    if name == outcome:
        return scale
    names = ("score_min", "score_max")
    ends = [plan.targets.count("design", outcome, end) for end in names]
    low, high = (None if end is None else int(end / scale.step) for end in ends)
    return Scale(scale.step, scale.low if low is None else low, high)
