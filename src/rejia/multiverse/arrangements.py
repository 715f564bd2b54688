"""Exchanges of two visits within patients, and statistics over all of them at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_CELLS = 100_000  # of an array that is worked on at a time: it fits a cache
_ITERATIONS = 200  # few arrangements need more than ten
_HALVINGS = 12
_SCORE = 1e-8  # of standardised predictors, at a maximum
_GAIN = 1e-11  # of a log likelihood, within its rounding
_LARGEST_MOVE = 5.0  # of a linear predictor, in one step
_SINGULAR = -60.0  # log determinant of an information that tells nothing
# Linear predictor beyond which an estimate may be running off, and where it cannot be.
_RUNNING_OFF, _FARTHEST = 30.0, 700.0


@dataclass(frozen=True, slots=True)
class Arrangements:
    """
    Which patients are exchanged in which arrangement.

    Attributes
    ----------
    swapped : ndarray of bool, shape (m, n)
        One row an arrangement, one column a patient.
    is_exact : bool
        Whether these are all 2ⁿ, each once.
    """

    swapped: BoolArray
    is_exact: bool


def arrange(n: int, *, draws: int, generator: np.random.Generator) -> Arrangements:
    """
    Return all exchanges of n patients where there are no more than `draws`, or draws.

    Parameters
    ----------
    n : int
        Patients; each is exchanged or not, with probability 1/2.
    draws : int
        At least 1.
    generator : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    Arrangements
        Of all exchanges the first is the one without any.

    Raises
    ------
    ValueError
        If `n` is negative or `draws` is not positive.
    """
    if n < 0:
        raise ValueError(f"n must be at least 0, but got {n}")
    if draws < 1:
        raise ValueError(f"draws must be at least 1, but got {draws}")
    if n < 63 and 2**n <= draws:
        codes = np.arange(2**n)[:, None]
        return Arrangements((codes >> np.arange(n)) % 2 == 1, is_exact=True)
    return Arrangements(generator.random((draws, n)) < 0.5, is_exact=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """
    Whether each patient is in a group as observed, and when exchanged.

    An exchange turns the sign of a change: who had improved has worsened.

    Attributes
    ----------
    observed, exchanged : ndarray of bool, shape (n,)
    """

    observed: BoolArray
    exchanged: BoolArray

    def at(self, swapped: BoolArray) -> BoolArray:
        """Return the membership in each arrangement, in the shape of `swapped`."""
        # As if chosen by `where`, which is slower for truth values.
        return self.observed ^ (swapped & (self.observed ^ self.exchanged))

    def of(self, who: NDArray[np.intp]) -> "Members":
        """Return the membership of rows that belong to patients `who`."""
        return Members(observed=self.observed[who], exchanged=self.exchanged[who])


def superiority(
    before: FloatArray,
    after: FloatArray,
    group: Members,
    reference: Members,
    swapped: BoolArray,
) -> FloatArray:
    """
    Probability of superiority of the first visit's value, in each arrangement.

    Parameters
    ----------
    before, after : ndarray of shape (n,)
        Values at the two visits; `nan` where missing. The same twice for what has
        no visit.
    group, reference : Members
        The two groups.
    swapped : ndarray of bool, shape (m, n)
        Arrangements.

    Returns
    -------
    ndarray of shape (m,)
        P(X > Y) + P(X = Y)/2 over pairs of a row of the group and one of the
        reference; `nan` where one of them has no value.

    Notes
    -----
    Each row has two slots, its values at the two visits; an arrangement fills one of
    them. All slots are compared once, a win counting 1 and a tie 1/2; the wins of an
    arrangement are then a sum over filled slots. Halves below 2²⁴ are exact in single
    precision, so nothing is rounded.
    """
    slots = np.concatenate([before, after])
    order = np.flatnonzero(~np.isnan(slots))
    values = slots[order]
    wins = (values[:, None] > values) + (values[:, None] == values) / np.float32(2)
    wins = wins.astype(np.float32)
    rows, is_second = order % len(before), order >= len(before)
    found = np.full(len(swapped), np.nan)
    for part in _parts(len(swapped), len(order)):
        chosen = swapped[part]
        filled = chosen[:, rows] == is_second
        x = (group.at(chosen)[:, rows] & filled).astype(np.float32)
        y = (reference.at(chosen)[:, rows] & filled).astype(np.float32)
        won = np.einsum("ij,ij->i", x @ wins, y, dtype=np.float64)
        pairs = x.sum(axis=1, dtype=np.float64) * y.sum(axis=1, dtype=np.float64)
        nothing = np.full(len(won), np.nan)
        found[part] = np.divide(won, pairs, out=nothing, where=pairs > 0)
    return found


def _parts(length: int, width: int) -> Iterator[slice]:
    size = max(1, _CELLS // max(width, 1))
    for start in range(0, length, size):
        yield slice(start, start + size)


def log_odds_ratios(
    before: FloatArray,
    after: FloatArray,
    event: Members,
    swapped: BoolArray,
    *,
    is_penalized: bool = False,
) -> FloatArray:
    """
    Log odds ratios of a logistic model of first values, in each arrangement.

    Parameters
    ----------
    before, after : ndarray of shape (n, k)
        Predictors at the two visits; `nan` where missing. Columns without a visit
        are the same twice.
    event : Members
        Who has the event.
    swapped : ndarray of bool, shape (m, n)
        Arrangements.
    is_penalized : bool
        Firth's penalised likelihood instead of the likelihood.

    Returns
    -------
    ndarray of shape (m, k)
        Per unit of each predictor. Where one predictor separates events from
        non-events: infinite, with its sign. `nan` where there is no finite maximum
        of a model of several predictors, no event, or no non-event.

    Notes
    -----
    Newton's method on standardised predictors, all arrangements together; steps that
    do not gain are halved. Separation by one predictor is decided by its ranges, so it
    does not depend on the iterations.
    """
    both = np.concatenate([before, after])
    if np.isnan(both).all(axis=0).any():
        return np.full((len(swapped), before.shape[1]), np.nan)
    centre = np.nanmean(both, axis=0)
    scale = np.nanstd(both, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    first, second = (before - centre) / scale, (after - centre) / scale
    k = before.shape[1]
    found = np.full((len(swapped), k), np.nan)
    for part in _parts(len(swapped), len(before) * (k + 1)):
        chosen = swapped[part]
        x = np.stack([np.where(chosen, second[:, j], first[:, j]) for j in range(k)])
        used = ~np.isnan(x).any(axis=0)
        y = (used & event.at(chosen)).astype(np.float64)
        x = np.where(used, x, 0.0)
        found[part] = _fit_all(x, y, used.astype(np.float64), is_penalized) / scale
    return found


def _fit_all(
    x: FloatArray, y: FloatArray, used: FloatArray, is_penalized: bool
) -> FloatArray:
    """Return the slopes of every arrangement; x is (k, m, n), y and used are (m, n)."""
    k, m, _ = x.shape
    slopes = np.full((m, k), np.nan)
    events, total = y.sum(axis=1), used.sum(axis=1)
    is_open = (events > 0) & (events < total)
    if k == 1 and not is_penalized:
        directions = _separated(x[0], y, used)
        endless = is_open & (directions != 0)
        slopes[endless, 0] = directions[endless] * np.inf
        is_open &= directions == 0
    at = np.flatnonzero(is_open)
    design = np.concatenate([np.ones_like(x[:1]), x])
    problem = _Problem(design[:, at], y[at], used[at], is_penalized)
    slopes[at] = _newton(problem)[:, 1:]
    return slopes


def _separated(x: FloatArray, y: FloatArray, used: FloatArray) -> FloatArray:
    """Return 1 or -1 where events lie all above or below, 0 where they overlap."""
    is_event = y > 0
    is_other = (used > 0) & ~is_event
    low = [np.where(rows, x, np.inf).min(axis=1) for rows in (is_event, is_other)]
    high = [np.where(rows, x, -np.inf).max(axis=1) for rows in (is_event, is_other)]
    constant = np.minimum(*low) == np.maximum(*high)
    above, below = low[0] >= high[1], high[0] <= low[1]
    found = above.astype(np.float64) - below.astype(np.float64)
    # No spread at all: no slope to be found. `nan` is neither separated nor open.
    return np.where(constant, np.nan, found)


_Point = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class _Problem:
    """Models of all arrangements: design (p, m, n), events and rows used (m, n)."""

    design: FloatArray
    y: FloatArray
    used: FloatArray
    is_penalized: bool

    @property
    def farthest(self) -> float:
        """Linear predictor beyond which an estimate is not believed to be finite."""
        # One predictor that separates has been set aside; a penalty bounds them all.
        is_bounded = self.is_penalized or len(self.design) == 2
        return _FARTHEST if is_bounded else _RUNNING_OFF

    def at(self, kept: NDArray[Any]) -> "_Problem":
        """Return some of the arrangements."""
        return _Problem(
            self.design[:, kept], self.y[kept], self.used[kept], self.is_penalized
        )

    def predictor(self, b: FloatArray) -> FloatArray:
        """Return the linear predictor at coefficients b (m, p)."""
        eta: FloatArray = b[:, :1] * self.design[0]
        for column, slope in zip(self.design[1:], b[:, 1:].T, strict=True):
            eta += slope[:, None] * column
        return eta

    def step(self, b: FloatArray) -> _Point:
        """Return value, Newton step, score and farthest predictor at b."""
        eta = self.predictor(b)
        small = np.exp(-np.abs(eta))
        larger = 1.0 / (1.0 + small)
        chance = np.where(eta >= 0, larger, small * larger)
        softplus = np.maximum(eta, 0.0) - np.log(larger)
        value = np.einsum("mn,mn->m", self.used, self.y * eta - softplus)
        w = self.used * small * larger * larger
        p, m = len(self.design), len(b)
        information = np.empty((m, p, p))
        weighted = [w * column for column in self.design]
        for i in range(p):
            for j in range(i + 1):
                product = np.einsum("mn,mn->m", weighted[i], self.design[j])
                information[:, i, j] = information[:, j, i] = product
        sign, log_det = np.linalg.slogdet(information)
        regular = (sign > 0) & (log_det > _SINGULAR)
        safe = np.where(regular[:, None, None], information, np.eye(p))
        residual = self.used * (self.y - chance)
        if self.is_penalized:
            inverse = np.linalg.inv(safe)
            leverage = np.einsum(
                "imn,mij,jmn->mn", weighted, inverse, self.design, optimize=True
            )
            residual = residual + leverage * (0.5 - chance)
            value = value + np.where(regular, log_det, -np.inf) / 2
        score = np.stack(
            [np.einsum("mn,mn->m", column, residual) for column in self.design], axis=1
        )
        step = np.linalg.solve(safe, score[:, :, None])[:, :, 0]
        step = np.where(regular[:, None], step, np.nan)
        # A step that moves a linear predictor far leaves where the curvature holds.
        move = np.abs(step) @ np.abs(self.design).max(axis=(1, 2), initial=0.0)
        step = step / np.maximum(move / _LARGEST_MOVE, 1.0)[:, None]
        size = np.abs(eta).max(axis=1, initial=0.0)
        return value, step, np.abs(score).max(axis=1), size


def _newton(problem: _Problem) -> FloatArray:
    """Maximise the (penalised) likelihood of each arrangement; `nan` where it fails."""
    p, m = problem.design.shape[:2]
    found = np.full((m, p), np.nan)
    live = np.arange(m)
    b = np.zeros((m, p))
    value, step, score, size = problem.step(b)
    for _ in range(_ITERATIONS):
        sound = np.isfinite(step).all(axis=1) & (size < problem.farthest)
        done = score <= _SCORE
        found[live[done & sound]] = b[done & sound]
        keep = np.flatnonzero(~done & sound)
        if not len(keep):
            break
        if len(keep) < len(live):
            live, b, value, step = live[keep], b[keep], value[keep], step[keep]
            problem = problem.at(keep)
        b, (value, step, score, size) = _climb(problem, b, value, step)
    return found


def _climb(
    problem: _Problem, b: FloatArray, value: FloatArray, step: FloatArray
) -> tuple[FloatArray, _Point]:
    """Take a step, halved where it does not gain, and evaluate there."""
    factor = np.ones(len(b))
    trial = problem.step(b + step)
    for _ in range(_HALVINGS):
        worse = np.flatnonzero(~(trial[0] >= value - _GAIN))
        if not len(worse):
            break
        factor[worse] /= 2
        moved = b[worse] + factor[worse, None] * step[worse]
        for whole, part in zip(trial, problem.at(worse).step(moved), strict=True):
            whole[worse] = part
    return b + factor[:, None] * step, trial
