"""Whole-number programmes: stated once, solved by CP-SAT, checked again by HiGHS."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FEASIBLE, INFEASIBLE, UNKNOWN = "feasible", "infeasible", "unknown"
# Deterministic time of CP-SAT, about a second of one core each.
CORE_LIMIT = 60.0


@dataclass(frozen=True, slots=True)
class Linear:
    """
    ``low <= sum of coefficients times variables <= high``.

    Attributes
    ----------
    terms : tuple of (int, int)
        Variable and coefficient.
    low, high : int or None
        Closed ends; None: no end.
    demand : int or None
        Demand that it belongs to; None: it always holds.
    when : int or None
        Variable of 0 or 1; the constraint is asked for where it is 1.
    """

    terms: tuple[tuple[int, int], ...]
    low: int | None
    high: int | None
    demand: int | None = None
    when: int | None = None


@dataclass
class Program:
    """
    Whole variables with ends, linear constraints, and squares of variables.

    Attributes
    ----------
    ends : list of (int, int)
        Closed ends of each variable.
    linear : list of Linear
        Constraints.
    squares : list of (int, int)
        First variable is the square of the second.
    fixed : dict of int to int
        Values that some variables are given, to have a solution checked.
    """

    ends: list[tuple[int, int]] = field(default_factory=list)
    linear: list[Linear] = field(default_factory=list)
    squares: list[tuple[int, int]] = field(default_factory=list)
    fixed: dict[int, int] = field(default_factory=dict)

    def variable(self, low: int, high: int) -> int:
        """Add a variable and return its number."""
        self.ends.append((low, high))
        return len(self.ends) - 1

    def square(self, of: int) -> int:
        """Add the square of a variable of 0 or more."""
        low, high = self.ends[of]
        found = self.variable(low * low, high * high)
        self.squares.append((found, of))
        return found

    def ask(
        self,
        terms: Mapping[int, int],
        low: int | None,
        high: int | None,
        *,
        demand: int | None = None,
        when: int | None = None,
    ) -> None:
        """Add a linear constraint."""
        self.linear.append(Linear(tuple(terms.items()), low, high, demand, when))

    def equal(self, whole: int, parts: Mapping[int, int]) -> None:
        """Ask that a variable is a sum of others."""
        self.ask({whole: 1, **{at: -factor for at, factor in parts.items()}}, 0, 0)

    def total(self, parts: Sequence[int], low: int, high: int) -> int:
        """Add a variable that is the sum of others."""
        found = self.variable(low, high)
        self.equal(found, dict.fromkeys(parts, 1))
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a solver says.

    Attributes
    ----------
    status : str
        ``feasible``, ``infeasible`` or ``unknown`` (the limit was reached).
    values : tuple of int
        Of all variables, where feasible.
    core : frozenset of int
        Demands that rule each other out, where infeasible; not yet minimal.
    """

    status: str
    values: tuple[int, ...] = ()
    core: frozenset[int] = frozenset()


def solve(
    program: Program,
    kept: Collection[int],
    *,
    seed: int = 0,
    limit: float = CORE_LIMIT,
    core: bool = False,
) -> Answer:
    """
    Solve a programme with some of its demands by CP-SAT, on one thread.

    Parameters
    ----------
    program : Program
        What to solve.
    kept : collection of int
        Demands that are asked for; the others are left out.
    seed : int
        Seed of the search.
    limit : float
        Deterministic time after which the answer is ``unknown``: the same on every
        machine.
    core : bool
        Whether demands are stated as assumptions, so that an infeasible answer names
        those it rests on.

    Returns
    -------
    Answer
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    variables = [
        model.new_int_var(low, high, f"v{at}")
        for at, (low, high) in enumerate(program.ends)
    ]
    literals = {d: model.new_bool_var(f"d{d}") for d in sorted(kept)} if core else {}
    for row in program.linear:
        if row.demand is not None and row.demand not in kept:
            continue
        _add_linear(model, row, variables, literals)
    for square, of in program.squares:
        model.add_multiplication_equality(
            variables[square], [variables[of], variables[of]]
        )
    for at, value in program.fixed.items():
        model.add(variables[at] == value)
    model.add_assumptions(list(literals.values()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = limit
    # Most conflicts are sums that do not add up: the linear relaxation sees them.
    solver.parameters.linearization_level = 2
    status = solver.solve(model)
    if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return Answer(FEASIBLE, tuple(int(solver.value(v)) for v in variables))
    if status != cp_model.INFEASIBLE:
        return Answer(UNKNOWN)
    names = {literal.index: demand for demand, literal in literals.items()}
    found = solver.sufficient_assumptions_for_infeasibility() if core else ()
    return Answer(INFEASIBLE, core=frozenset(names[at] for at in found))


def _add_linear(
    model: Any, row: Linear, variables: Sequence[Any], literals: Mapping[int, Any]
) -> None:
    from ortools.sat.python import cp_model

    whole = cp_model.LinearExpr.weighted_sum(
        [variables[at] for at, _ in row.terms], [factor for _, factor in row.terms]
    )
    low = cp_model.INT_MIN if row.low is None else row.low
    high = cp_model.INT_MAX if row.high is None else row.high
    asked = model.add_linear_constraint(whole, low, high)
    conditions = []
    if row.demand is not None and row.demand in literals:
        conditions.append(literals[row.demand])
    if row.when is not None:
        conditions.append(variables[row.when])
    if conditions:
        asked.only_enforce_if(*conditions)


def highs(program: Program, kept: Collection[int], *, seconds: float = 20.0) -> str:
    """
    Solve a relaxation of a programme by HiGHS, which shares no code with CP-SAT.

    Parameters
    ----------
    program : Program
        Squares are relaxed to their secant and tangents; a constraint that depends
        on a variable holds by the variable's ends only.
    kept : collection of int
        Demands that are asked for.
    seconds : float
        Limit; it decides whether a second proof is found, nothing else.

    Returns
    -------
    str
        ``infeasible`` proves that the programme itself is; ``feasible`` proves
        nothing; ``unknown``.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    rows: list[tuple[tuple[tuple[int, int], ...], float, float]] = []
    for row in program.linear:
        if row.demand is not None and row.demand not in kept:
            continue
        if row.when is None:
            low = -np.inf if row.low is None else row.low
            high = np.inf if row.high is None else row.high
            rows.append((row.terms, low, high))
        else:
            rows += _relaxed(program, row)
    for square, of in program.squares:
        low, high = program.ends[of]
        rows.append((((square, 1), (of, -(low + high))), -np.inf, -low * high))
        for at in np.unique(np.linspace(low, high, 17).astype(int)).tolist():
            rows.append((((square, 1), (of, -2 * at)), -(at**2), np.inf))
    at = [(r, v, float(c)) for r, (terms, _, _) in enumerate(rows) for v, c in terms]
    size = (len(rows), len(program.ends))
    places = ([r for r, _, _ in at], [v for _, v, _ in at])
    matrix = csr_array(([c for _, _, c in at], places), shape=size)
    found = milp(
        np.zeros(size[1]),
        integrality=np.ones(size[1], np.int8),
        bounds=Bounds(
            [float(low) for low, _ in program.ends],
            [float(high) for _, high in program.ends],
        ),
        constraints=LinearConstraint(
            matrix, [low for _, low, _ in rows], [high for _, _, high in rows]
        ),
        options={"time_limit": seconds},
    )
    return {0: FEASIBLE, 2: INFEASIBLE}.get(found.status, UNKNOWN)


def _relaxed(
    program: Program, row: Linear
) -> list[tuple[tuple[tuple[int, int], ...], float, float]]:
    """Return a conditional constraint with as much slack as its variables allow."""
    ends = [sorted(c * e for e in program.ends[v]) for v, c in row.terms]
    least, most = sum(low for low, _ in ends), sum(high for _, high in ends)
    when = row.when if row.when is not None else -1
    found: list[tuple[tuple[tuple[int, int], ...], float, float]] = []
    if row.high is not None and most > row.high:
        terms = (*row.terms, (when, most - row.high))
        found.append((terms, -np.inf, most))
    if row.low is not None and least < row.low:
        terms = (*row.terms, (when, least - row.low))
        found.append((terms, least, np.inf))
    return found
