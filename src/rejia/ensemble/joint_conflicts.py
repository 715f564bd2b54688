"""Printed numbers of joints that rule each other out, and the fewest to put aside."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rejia.ensemble.joint_model import by_groups
from rejia.ensemble.joint_program import (
    FEASIBLE,
    INFEASIBLE,
    Program,
    highs,
    solve,
)
from rejia.ensemble.joint_spec import Count, JointSpec, Moment

_MOST = 400  # rounds of conflicts and corrections


@dataclass(frozen=True, slots=True)
class Conflict:
    """
    Demands that no grades meet together; without any one of them, sums of groups do.

    Attributes
    ----------
    facts : tuple of tuple of str
        Printed numbers, those of one demand together.
    engines : tuple of str
        What proved it: ``cp-sat``, and ``highs`` where the second engine closes.
    """

    facts: tuple[tuple[str, ...], ...]
    engines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflicts:
    """
    Conflicts of a spec.

    Attributes
    ----------
    found : tuple of Conflict
        Minimal conflicts; enough of them to prove `aside` smallest, not all.
    aside : tuple of str
        Facts of one smallest correction: without them sums of groups are possible.
    cost : int
        Number of its printed numbers; no correction has fewer.
    """

    found: tuple[Conflict, ...]
    aside: tuple[str, ...]
    cost: int


def conflicts(spec: JointSpec) -> Conflicts:
    """
    Find minimal conflicts of a spec, and a smallest set of facts to put aside.

    Parameters
    ----------
    spec : JointSpec
        Demands.

    Returns
    -------
    Conflicts
        Exact for sums over groups (`joint_model.by_groups`). Each conflict is proved
        for grades too; that none is left does not prove that grades exist.

    Raises
    ------
    RuntimeError
        If CP-SAT reaches its limit of deterministic time.

    Notes
    -----
    A smallest set of demands that meets every known conflict is put aside. If the
    rest is possible, no smaller correction exists; if not, CP-SAT names assumptions
    that it rests on, a deletion filter makes them minimal, and the search goes on
    with one conflict more. Among corrections of as many printed numbers, percentages
    go before means of all patients, these before those of groups, and these before
    totals and counts.
    """
    program = by_groups(spec).program
    everything = range(len(spec.demands))
    known: list[frozenset[int]] = []
    for _ in range(_MOST):
        aside = _smallest(spec, known)
        core = _core(program, set(everything) - aside)
        if core is None:
            facts = [f for d in sorted(aside) for f in spec.demands[d].facts]
            found = [_conflict(spec, program, demands) for demands in known]
            return Conflicts(tuple(found), tuple(facts), len(facts))
        known.append(minimal(program, core, _order(spec)))
    raise RuntimeError(f"conflicts were still found after {_MOST} rounds")


def _conflict(spec: JointSpec, program: Program, demands: frozenset[int]) -> Conflict:
    second = highs(program, demands) == INFEASIBLE
    return Conflict(
        tuple(spec.demands[d].facts for d in sorted(demands)),
        ("cp-sat", "highs") if second else ("cp-sat",),
    )


def _order(spec: JointSpec) -> list[int]:
    """Return demands, those that should rather stand last: cheap ones first."""
    ranks = [(d.cost, _rank(spec, d), at) for at, d in enumerate(spec.demands)]
    return [at for _, _, at in sorted(ranks, reverse=True)]


def _rank(spec: JointSpec, demand: Moment | Count) -> int:
    if isinstance(demand, Count):
        return 0 if demand.share else 4
    if not demand.site:
        return 3
    return 1 if len(demand.groups) == len(spec.groups) else 2


def _core(program: Program, kept: Collection[int]) -> frozenset[int] | None:
    """Return demands that rule each other out; None if all can stand."""
    answer = solve(program, kept, core=True)
    if answer.status == FEASIBLE:
        return None
    if answer.status != INFEASIBLE:
        raise RuntimeError(f"{len(kept)} demands were not decided within the limit")
    return answer.core


def minimal(
    program: Program, core: Collection[int], order: Sequence[int]
) -> frozenset[int]:
    """
    Make a conflict minimal: without any one of its demands the rest can stand.

    Parameters
    ----------
    program : Program
        What the demands belong to.
    core : collection of int
        Demands that rule each other out.
    order : sequence of int
        Demands in the order in which they are tried to be left out.

    Returns
    -------
    frozenset of int
    """
    left = frozenset(core)
    for demand in order:
        if demand in left:
            smaller = _core(program, left - {demand})
            left = left if smaller is None else smaller
    return left


def _smallest(spec: JointSpec, known: Sequence[frozenset[int]]) -> set[int]:
    """Return the demands of least cost that meet every known conflict."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    aside = [model.new_bool_var(f"d{d}") for d in range(len(spec.demands))]
    for conflict in known:
        model.add_bool_or([aside[d] for d in sorted(conflict)])
    costs = [100 * d.cost + _rank(spec, d) for d in spec.demands]
    model.minimize(cp_model.LinearExpr.weighted_sum(aside, costs))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if solver.solve(model) != cp_model.OPTIMAL:
        raise RuntimeError("a conflict has no demand that could be put aside")
    return {d for d in range(len(spec.demands)) if solver.value(aside[d])}
