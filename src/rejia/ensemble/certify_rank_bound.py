"""
Bounds of a rank statistic over all cohorts whose counts lie in a box.

The statistic is a sum over intervals of places: patients above in the interval, times
what each has below. Of two factors in known intervals, the product is at most either of
two planes (McCormick), so at most any mean of them: linear in the counts of kinds of
patients. Lagrange multipliers of the windows and of the box make it a sum over
patients, each at most the largest term of any kind. Multipliers come from a linear
programme; a wrong one makes the bound weak, never false.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rejia.ensemble.certify_rank_counts import Counts, Facets, Whole

SAFETY = 1e-9  # of the size of all terms: some 1e7 times what floats lose
_DEAR = 1e4  # cost of a unit of breach: multipliers stay bounded
_FIRST, _ROUNDS, _ENOUGH = 24, 40, 1e-6


@dataclass(frozen=True, slots=True)
class CountBox:
    """
    A box of counts, and the multipliers that prove a bound there.

    Attributes
    ----------
    low, high : tuple of int
        Ends, in the order of `Counts`.
    planes : tuple of float
        By interval: share of the first plane; the rest is of the second.
    counts : tuple of float
        Multipliers of the counts.
    sums : tuple of (float, float)
        By block: multipliers of the sum and of the sum of squares, scaled.
    """

    low: Whole
    high: Whole
    planes: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()
    sums: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Bounded:
    """
    What was found of a box.

    Attributes
    ----------
    box : CountBox
        With the best multipliers found.
    bound : float
        The statistic lies at most so far above the level: a proof if below 0.
    facets : Facets or None
        None if nothing lies in the box.
    held : numpy.ndarray
        Patients by code at the solution of the programme; need not be whole.
    products : numpy.ndarray
        By interval: the product that the programme found possible.
    """

    box: CountBox
    bound: float
    facets: Facets | None
    held: np.ndarray
    products: np.ndarray


@dataclass
class Bounder:
    """
    Bounds over boxes of counts; what programmes learn of one box serves the next.

    Attributes
    ----------
    counts : Counts
        Kinds of patients, and what is counted.
    levels : numpy.ndarray
        What the statistic is to stay below, by patients who are ranked.
    """

    counts: Counts
    levels: np.ndarray
    _active: np.ndarray = field(init=False, repr=False)
    _kept: list[list[int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        space = self.space = self.counts.space
        self._edges = [*space.starts, len(space.side)]
        first = [
            start + np.linspace(0, end - start - 1, _FIRST).round().astype(int)
            for start, end in zip(self._edges[:-1], self._edges[1:], strict=True)
        ]
        self._active = np.unique(np.concatenate(first))
        self._kept = [sorted({0, len(p) // 2, len(p) - 1}) for p in space.points]

    def bound(self, low: Whole, high: Whole) -> Bounded:
        """
        Bound how far the statistic lies above its level.

        Parameters
        ----------
        low, high : tuple of int
            Ends of the box.
        """
        facets = self.counts.facets(low, high, self.levels)
        if facets is None:
            none = np.empty(0)
            return Bounded(CountBox(low, high), -np.inf, None, none, none)
        return self._best(low, high, facets, *self.objective(facets))

    def furthest(self, low: Whole, high: Whole, at: int, sign: int) -> float:
        """Bound a count (sign 1), or its negative, over all cohorts in a box."""
        nothing = ((0.0, 0.0),) * self.counts.intervals
        facets = Facets(nothing, nothing, (0.0, 0.0), (0.0, 0.0))
        main = sign * self.counts.forms[at]
        return self._best(low, high, facets, main, 0.0, stop=False).bound

    def objective(self, facets: Facets) -> tuple[np.ndarray, float]:
        """Return the linear part by code, without products, and the constant."""
        (rise, base), (slope, level) = facets.curve, facets.level
        main = rise * self.counts.above[-1] + slope * self.counts.apart
        return main, base - level - slope * self.space.patients

    def _best(
        self,
        low: Whole,
        high: Whole,
        facets: Facets,
        main: np.ndarray,
        constant: float,
        *,
        stop: bool = True,
    ) -> Bounded:
        for _ in range(_ROUNDS):
            least, box, held, products = self._solve(low, high, facets, main)
            bound, terms = self.evaluate(box, facets, main, constant)
            # More kinds of patients only raise what a programme finds possible.
            if stop and (bound < 0.0 or least + constant > _ENOUGH):
                break
            if not self._enter(terms, box):
                break
        return Bounded(box, bound, facets, held, products)

    def evaluate(
        self, box: CountBox, facets: Facets, main: np.ndarray, constant: float
    ) -> tuple[float, np.ndarray]:
        """
        Return the bound that a box's multipliers give, and the terms of all kinds.

        Parameters
        ----------
        box : CountBox
            With multipliers.
        facets : Facets
            What it says.
        main, constant : numpy.ndarray, float
            As `objective` returns them.
        """
        counts, space = self.counts, self.space
        weights, multipliers = main.copy(), np.array(box.counts)
        for j, ((a, b), (c, d)) in enumerate(
            zip(facets.above, facets.under, strict=True)
        ):
            if b == 0 or d == 0.0:
                continue  # so is the product
            share, rest = box.planes[j], 1.0 - box.planes[j]
            weights += (share * d + rest * c) * counts.held[j]
            weights += (share * a + rest * b) * counts.under[j]
            constant -= share * a * d + rest * b * c
        weights -= multipliers @ counts.forms
        sums = np.array(box.sums)
        terms = weights[counts.code] - sums.ravel() @ space.moments
        most = space.sizes * np.maximum.reduceat(terms, space.starts)
        ends = np.maximum(multipliers * box.low, multipliers * box.high)
        tails = [(p @ one).max() for p, one in zip(space.points, sums, strict=True)]
        pieces = np.concatenate([[constant], most, ends, tails])
        return float(pieces.sum() + SAFETY * np.abs(pieces).sum()), terms

    def _enter(self, terms: np.ndarray, box: CountBox) -> bool:
        """Let in the kinds and points that would raise the sum; say if any did."""
        code, new = self.counts.code, []
        for start, end in zip(self._edges[:-1], self._edges[1:], strict=True):
            mine = self._active[(self._active >= start) & (self._active < end)]
            over = start + np.flatnonzero(terms[start:end] > terms[mine].max() + 1e-7)
            # The best of each code: sorted by code, the largest term first.
            over = over[np.lexsort((-terms[over], code[over]))]
            new.append(over[np.diff(code[over], prepend=-1) > 0])
        found = np.concatenate(new)
        self._active = np.union1d(self._active, found).astype(np.int64)
        entered = len(found) > 0
        for kept, points, one in zip(
            self._kept, self.space.points, box.sums, strict=True
        ):
            tail = points @ np.array(one)
            best = int(tail.argmax())
            if tail[best] > tail[kept].max() + 1e-7:
                kept.append(best)
                entered = True
        return entered

    def _solve(
        self, low: Whole, high: Whole, facets: Facets, main: np.ndarray
    ) -> tuple[float, CountBox, np.ndarray, np.ndarray]:
        """Maximise over the active kinds; return the maximum and its multipliers."""
        counts, space, active = self.counts, self.space, self._active
        code, strata, blocks = counts.code[active], counts.strata, len(space.points)
        planes = list(_planes(counts, facets))
        rows = [
            space.stratum[active] == np.arange(strata)[:, np.newaxis],
            space.moments[:, active],
            np.zeros((blocks, len(active))),
            counts.forms[:, code],
            *(-plane[np.newaxis, code] for _, plane, _ in planes),
        ]
        kinds = np.vstack(rows)
        first = strata + 3 * blocks + len(counts.forms)
        at = np.array([j for j, _, _ in planes], int)
        factors = np.zeros((len(kinds), counts.intervals))
        factors[first + np.arange(len(at)), at] = 1.0
        breach = np.eye(len(kinds))[:, strata:first]
        pieces = [kinds, factors, *self._means(len(kinds)), breach, -breach]
        gains = np.full(sum(piece.shape[1] for piece in pieces), 0.0)
        gains[: len(active)] = main[code]
        gains[len(active) + np.unique(at)] = 1.0
        gains[-2 * breach.shape[1] :] = -_DEAR
        # Where counts are breached, both planes may be below 0.
        floors = np.zeros(len(gains))
        floors[len(active) : len(active) + counts.intervals] = -np.inf
        ends = [space.sizes, np.zeros(2 * blocks), np.ones(blocks)]
        caps = [cap for _, _, cap in planes]
        most, dual, found = _maximise(
            gains,
            np.hstack(pieces),
            np.concatenate([*ends, low, np.full(len(at), -np.inf)]),
            np.concatenate([*ends, high, caps]),
            floors,
        )
        sums = dual[strata : strata + 2 * blocks].reshape(blocks, 2)
        box = CountBox(
            low,
            high,
            _shares(counts.intervals, at, dual[first:]),
            tuple(map(float, dual[strata + 3 * blocks : first])),
            tuple((float(a), float(b)) for a, b in sums),
        )
        held = np.bincount(code, found[: len(active)], minlength=len(main))
        products = found[len(active) : len(active) + counts.intervals]
        return most, box, held, products

    def _means(self, rows: int) -> Iterator[np.ndarray]:
        """Yield the columns of the points that sums of a block are means of."""
        blocks, strata = len(self.space.points), self.counts.strata
        for block, (points, kept) in enumerate(
            zip(self.space.points, self._kept, strict=True)
        ):
            piece = np.zeros((rows, len(kept)))
            row = strata + 2 * block
            piece[row : row + 2] = -points[kept].T
            piece[strata + 2 * blocks + block] = 1.0
            yield piece


def _planes(counts: Counts, facets: Facets) -> Iterator[tuple[int, np.ndarray, float]]:
    """Yield both planes over each product: interval, weights by code, constant."""
    for j, ((a, b), (c, d)) in enumerate(zip(facets.above, facets.under, strict=True)):
        if b > 0 and d > 0:
            yield j, d * counts.held[j] + a * counts.under[j], -a * d
            yield j, c * counts.held[j] + b * counts.under[j], -b * c


def _shares(intervals: int, at: np.ndarray, dual: np.ndarray) -> tuple[float, ...]:
    """Return the share of the first plane of each interval; 1 where there is none."""
    found = [1.0] * intervals
    pairs = np.maximum(dual, 0.0).reshape(-1, 2)
    for j, (first, second) in zip(at[::2], pairs, strict=True):
        if first + second > 1e-9:
            found[int(j)] = float(first / (first + second))
    return tuple(found)


def _maximise(
    gains: np.ndarray,
    rows: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    floors: np.ndarray,
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the largest gain, the duals, and the variables, none below its floor."""
    from ortools.linear_solver.python import model_builder_helper as helper
    from scipy.sparse import csr_matrix

    model: Any = helper.ModelBuilderHelper()
    free = np.full(len(gains), np.inf)
    model.fill_model_from_sparse_data(floors, free, -gains, low, high, csr_matrix(rows))
    solver: Any = helper.ModelSolverHelper("glop")
    solver.solve(model)
    if solver.status() != helper.SolveStatus.OPTIMAL:
        return _maximise_slowly(gains, rows, low, high, floors)
    duals = -np.array(solver.dual_values(), float)
    return -solver.objective_value(), duals, np.array(solver.variable_values())


def _maximise_slowly(
    gains: np.ndarray,
    rows: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    floors: np.ndarray,
) -> tuple[float, np.ndarray, np.ndarray]:
    """Do as `_maximise` with a second solver, where the first one stumbles."""
    from scipy.optimize import linprog

    capped, floored = np.isfinite(high), np.isfinite(low)
    found: Any = linprog(
        -gains,
        A_ub=np.vstack([rows[capped], -rows[floored]]),
        b_ub=np.concatenate([high[capped], -low[floored]]),
        bounds=[(float(floor), None) for floor in floors],
        method="highs",
    )
    if found.status != 0:
        raise ArithmeticError(f"linear programme of a proof: {found.message}")
    duals = np.zeros(len(rows))
    duals[capped] -= found.ineqlin.marginals[: capped.sum()]
    duals[floored] += found.ineqlin.marginals[capped.sum() :]
    return -float(found.fun), duals, found.x
