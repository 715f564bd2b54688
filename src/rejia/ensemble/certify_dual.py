"""Multipliers for proofs: the duals of linear programmes over counts of values."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rejia.ensemble.certify_windows import Windows

PENALTY = 100.0
_FIRST = 24  # values of a stratum that a programme begins with
_ROUNDS = 40
_TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True)
class Multipliers:
    """
    Weights of equations and of sums.

    Attributes
    ----------
    equations : numpy.ndarray
        One an equation.
    sums : numpy.ndarray
        ``[block, 2]``: of the sum and of the sum of squares, scaled.
    """

    equations: np.ndarray
    sums: np.ndarray


@dataclass
class Proposer:
    """
    Linear programmes over the counts of values, solved on a few values at a time.

    Whatever it proposes is only a proposal: the proof is that of
    `rejia.ensemble.certify_boxes`.

    Attributes
    ----------
    windows : Windows
        Demands.
    """

    windows: Windows
    _active: np.ndarray = field(init=False, repr=False)
    _points: list[np.ndarray] = field(init=False, repr=False)
    _kept: list[list[int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.u, self.starts = self.windows.values()
        self.sizes = np.diff([*self.starts, len(self.u)])
        self.stratum = np.repeat(np.arange(len(self.sizes)), self.sizes)
        first = [
            start + np.linspace(0, size - 1, _FIRST).round().astype(int)
            for start, size in zip(self.starts, self.sizes, strict=True)
        ]
        self._active = np.unique(np.concatenate(first))
        blocks = range(len(self.windows.blocks))
        self._points = [self.windows.corners(block) for block in blocks]
        self._kept = [
            sorted({0, 1 % len(p), len(p) - 1, max(len(p) - 2, 0)})
            for p in self._points
        ]
        self.moments = self._moment_rows()

    def _moment_rows(self) -> np.ndarray:
        """Return the rows of sums and sums of squares over all values."""
        rows = np.zeros((2 * len(self._points), len(self.u)))
        for at, one in enumerate(self.windows.strata):
            of = self.stratum == at
            for block in one.blocks:
                rows[2 * block, of] = self.u[of]
                rows[2 * block + 1, of] = self.u[of] ** 2
        return rows

    def propose(
        self, main: np.ndarray, equations: np.ndarray, penalty: float = PENALTY
    ) -> tuple[float, Multipliers, np.ndarray]:
        """
        Minimise a sum over all counts that fit, where equations hold.

        Parameters
        ----------
        main : numpy.ndarray
            Summand of each value.
        equations : numpy.ndarray
            ``[equation, value]``.
        penalty : float
            Cost of a unit of breach of an equation; no multiplier is larger.

        Returns
        -------
        least : float
            The minimum.
        multipliers : Multipliers
            Its duals.
        counts : numpy.ndarray
            Count of each value at the minimum; need not be whole.
        """
        for _ in range(_ROUNDS):
            least, dual, weights = self._solve(main, equations, penalty)
            multipliers = self._read(dual, len(equations))
            if not self._enter(main, equations, dual, multipliers):
                break
        counts = np.zeros(len(self.u))
        counts[self._active[: len(weights)]] = weights
        return least, multipliers, counts

    def _solve(
        self, main: np.ndarray, equations: np.ndarray, penalty: float
    ) -> tuple[float, np.ndarray, np.ndarray]:
        active, strata = self._active, len(self.sizes)
        blocks, k = len(self._points), len(equations)
        rows = strata + 3 * blocks + k
        values = np.zeros((rows, len(active)))
        values[self.stratum[active], np.arange(len(active))] = 1.0
        values[strata : strata + 2 * blocks] = self.moments[:, active]
        values[strata + 3 * blocks :] = equations[:, active]
        pieces, costs = [values], [main[active]]
        for block, (points, kept) in enumerate(
            zip(self._points, self._kept, strict=True)
        ):
            piece = np.zeros((rows, len(kept)))
            piece[strata + 2 * block] = -points[kept, 0]
            piece[strata + 2 * block + 1] = -points[kept, 1]
            piece[strata + 2 * blocks + block] = 1.0
            pieces.append(piece)
            costs.append(np.zeros(len(kept)))
        # A breach of any row is allowed, and dear: duals stay bounded.
        breach = np.eye(rows)[:, strata:]
        pieces += [breach, -breach]
        dear = np.full(rows - strata, PENALTY)
        dear[3 * blocks :] = penalty
        costs += [dear, dear]
        right = np.zeros(rows)
        right[:strata] = [one.n for one in self.windows.strata]
        right[strata + 2 * blocks : strata + 3 * blocks] = 1.0
        return _minimise(
            np.concatenate(costs), np.hstack(pieces), right, count=len(active)
        )

    def _read(self, dual: np.ndarray, k: int) -> Multipliers:
        strata, blocks = len(self.sizes), len(self._points)
        sums = dual[strata : strata + 2 * blocks].reshape(blocks, 2)
        return Multipliers(-dual[len(dual) - k :], sums)

    def _enter(
        self,
        main: np.ndarray,
        equations: np.ndarray,
        dual: np.ndarray,
        multipliers: Multipliers,
    ) -> bool:
        """Let the values and points in that would lower the sum; say if any did."""
        strata, blocks = len(self.sizes), len(self._points)
        cost = main + multipliers.equations @ equations
        cost = cost - multipliers.sums.ravel() @ self.moments
        cost -= dual[:strata][self.stratum]
        edge = np.concatenate([[np.inf], cost, [np.inf]])
        dips = (cost < -_TOLERANCE) & (cost <= edge[:-2]) & (cost <= edge[2:])
        new = np.setdiff1d(np.flatnonzero(dips), self._active)
        entered = len(new) > 0
        if entered:
            self._active = np.union1d(self._active, new)
        for block, points in enumerate(self._points):
            tail = points @ multipliers.sums[block]
            tail = tail - dual[strata + 2 * blocks + block]
            best = int(np.argmin(tail))
            if tail[best] < -_TOLERANCE and best not in self._kept[block]:
                self._kept[block] = sorted([*self._kept[block], best])
                entered = True
        return entered


def _minimise(
    costs: np.ndarray, rows: np.ndarray, right: np.ndarray, *, count: int
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the least cost, the duals, and the first variables of a programme."""
    from ortools.linear_solver.python import model_builder_helper as helper
    from scipy.sparse import csr_matrix

    model: Any = helper.ModelBuilderHelper()
    free = np.full(len(costs), np.inf)
    model.fill_model_from_sparse_data(
        np.zeros(len(costs)), free, costs, right, right, csr_matrix(rows)
    )
    solver: Any = helper.ModelSolverHelper("glop")
    solver.solve(model)
    if solver.status() != helper.SolveStatus.OPTIMAL:
        return _minimise_slowly(costs, rows, right, count=count)
    duals = np.array(solver.dual_values(), float)
    return solver.objective_value(), duals, np.array(solver.variable_values())[:count]


def _minimise_slowly(
    costs: np.ndarray, rows: np.ndarray, right: np.ndarray, *, count: int
) -> tuple[float, np.ndarray, np.ndarray]:
    """Do as `_minimise` with a second solver, where the first one stumbles."""
    from scipy.optimize import linprog

    found: Any = linprog(costs, A_eq=rows, b_eq=right, method="highs-ds")
    if found.status != 0:
        raise ArithmeticError(f"linear programme of a proof: {found.message}")
    return float(found.fun), np.asarray(found.eqlin.marginals), found.x[:count]
