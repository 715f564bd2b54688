"""Which observations and coefficients of a logistic model run off to infinity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from rejia.stats._logistic import BoolArray, FloatArray, Likelihood, fit_all

_RANK = 1e-10
_MEMBER = 1e-8
_SAFETY = 100.0  # over what rounding could add to a bound


@dataclass(frozen=True, slots=True)
class Recession:
    """
    Directions along which the likelihood never falls.

    Attributes
    ----------
    overlap : ndarray of bool
        Observations that no such direction can fit perfectly.
    endless : ndarray of bool
        Coefficients that the overlap does not determine.
    directions : ndarray of int
        +1 and −1 for coefficients that run off upwards and downwards, 0 for the
        others and for those that can run off either way.
    """

    overlap: BoolArray
    endless: BoolArray
    directions: NDArray[np.int64]

    @property
    def kind(self) -> str:
        """``none``, ``quasi`` or ``complete``."""
        if self.overlap.all():
            return "none"
        return "quasi" if self.overlap.any() else "complete"


def recession(y: FloatArray, x: FloatArray) -> Recession:
    """
    Find the recession cone {γ : (2y − 1) xγ ≥ 0} of a design of full rank.

    A linear programme maximises Σ (2y − 1) xγ over the cone with |γ| ≤ 1 (Konis
    2007). Observations with a positive term are separated and leave; the rest are
    asked again, until nothing more leaves. That finds all of them, because a
    direction for the rest plus a large multiple of the earlier ones is in the cone.
    A coefficient is endless unless its unit vector is orthogonal to the null space
    of the observations that stay.
    """
    size = x.shape[1]
    directions = np.zeros(size, dtype=np.int64)
    overlap = np.ones(len(y), dtype=bool)
    if _overlaps(y, x):
        return Recession(overlap, np.zeros(size, dtype=bool), directions)
    signed = x * (2.0 * y - 1.0)[:, None]
    first = np.zeros(size)
    while overlap.any():
        gamma = _furthest(signed[overlap], signed[overlap].sum(axis=0))
        leaving = overlap & (signed @ gamma > _MEMBER)
        if not leaving.any():
            break
        first = first if first.any() else gamma
        overlap &= ~leaving
    endless, dimension = undetermined(x[overlap])
    if dimension == 1:
        directions[endless] = np.sign(first[endless]).astype(np.int64)
    elif dimension > 1:
        for column in np.flatnonzero(endless):
            directions[column] = _direction(signed, int(column))
    return Recession(overlap, endless, directions)


def _overlaps(y: FloatArray, x: FloatArray) -> bool:
    """
    Say whether a maximum of the likelihood proves that nothing separates.

    A separating γ with max (2y − 1)xγ = 1 has γ·score ≥ min (1 − fitted probability of
    what was observed), while γ·score ≤ |γ| |score| ≤ |score| √n / (smallest singular
    value). Where the first bound is above the second there is no such γ.
    """
    best = fit_all(Likelihood(y, x, np.zeros(len(y)), penalized=False)).point
    least = float(np.min(expit((1.0 - 2.0 * y) * (x @ best.coefficients))))
    smallest = float(np.linalg.svd(np.linalg.qr(x, mode="r"), compute_uv=False)[-1])
    size = float(np.linalg.norm(best.score)) * np.sqrt(len(y))
    return bool(least * smallest > _SAFETY * size)


def undetermined(x: FloatArray) -> tuple[BoolArray, int]:
    """Return which coefficients a design leaves open, and how many dimensions."""
    size = x.shape[1]
    if not len(x):
        return np.ones(size, dtype=bool), size
    _, values, vectors = np.linalg.svd(np.linalg.qr(x, mode="r"))
    rank = int(np.count_nonzero(values > _RANK * max(values[0], 1.0)))
    null = vectors[rank:]
    return np.any(np.abs(null) > _MEMBER, axis=0), size - rank


def independent(x: FloatArray) -> NDArray[np.int64]:
    """Return the first columns, from left to right, that span the design."""
    kept: list[int] = []
    basis = np.empty((len(x), 0))
    for column in range(x.shape[1]):
        rest = x[:, column].copy()
        # Twice, because one pass of Gram-Schmidt leaves rounding behind.
        for _ in range(2):
            rest -= basis @ (basis.T @ rest)
        norm = float(np.linalg.norm(rest))
        if norm > _RANK * max(float(np.linalg.norm(x[:, column])), 1.0):
            kept.append(column)
            basis = np.column_stack([basis, rest / norm])
    return np.array(kept, dtype=np.int64)


def _furthest(signed: FloatArray, objective: FloatArray) -> FloatArray:
    """Return the γ of the cone in the unit box that goes furthest in one direction."""
    from scipy.optimize import linprog

    bounds = (-1.0, 1.0)
    zeros = np.zeros(len(signed))
    solved = linprog(
        -objective,
        A_ub=-signed,
        b_ub=zeros,
        bounds=bounds,
        method="highs",
        options={
            "primal_feasibility_tolerance": 1e-10,
            "dual_feasibility_tolerance": 1e-10,
        },
    )
    if solved.status != 0 or solved.x is None:
        # Now and then the simplex method gives up on points that lie on the border.
        solved = linprog(
            -objective, A_ub=-signed, b_ub=zeros, bounds=bounds, method="highs-ipm"
        )
    if solved.status != 0 or solved.x is None:
        raise RuntimeError(f"separation is not decided: {solved.message}")
    return np.asarray(solved.x, dtype=np.float64)


def _direction(signed: FloatArray, column: int) -> int:
    """Return the only sign that a coefficient has in the cone, or 0 for both."""
    axis = np.zeros(signed.shape[1])
    axis[column] = 1.0
    up = float(_furthest(signed, axis)[column]) > _MEMBER
    down = float(_furthest(signed, -axis)[column]) < -_MEMBER
    return int(up) - int(down)


@dataclass(frozen=True, slots=True)
class Separation:
    """
    Whether a logistic model separates events from non-events, and by what.

    Attributes
    ----------
    kind : str
        ``none``, ``quasi`` (some observations are fitted perfectly in the limit) or
        ``complete`` (all are).
    columns : tuple of int
        Positions of the predictors whose coefficient has no finite estimate.
    names : tuple of str
        Their names.
    directions : tuple of str
        For each of them ``up`` (the odds ratio tends to infinity), ``down`` (to 0)
        or ``either`` (the data do not say).
    n_separated : int
        Observations whose fitted probability tends to 0 or 1.
    n : int
        All observations.
    warning : str
        Predictors that were left out, and why.
    """

    kind: str
    columns: tuple[int, ...]
    names: tuple[str, ...]
    directions: tuple[str, ...]
    n_separated: int
    n: int
    warning: str = ""

    @property
    def text(self) -> str:
        """One phrase that names kind, predictors and directions."""
        if self.kind == "none":
            return "no separation"
        limits = {
            "up": "(odds ratio tends to infinity)",
            "down": "(odds ratio tends to 0)",
            "either": "(direction not determined)",
        }
        kind = {"quasi": "quasi-complete", "complete": "complete"}[self.kind]
        if not self.names:
            return f"{kind} separation by the intercept alone"
        # What has a direction is the likelier cause, so it is named first.
        pairs = sorted(
            zip(self.names, self.directions, strict=True),
            key=lambda pair: pair[1] == "either",
        )
        parts = ", ".join(f"'{name}' {limits[to]}" for name, to in pairs)
        return f"{kind} separation by {parts}"
