"""Likelihood, penalised likelihood and profiles of a binary outcome, in numpy."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from math import inf, isnan, nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_ITERATIONS = 200
_HALVINGS = 60
_DOUBLINGS = 60
_LARGEST_MOVE = 10.0  # of a linear predictor, in one step
_ENDLESS = 1e100
_DAMPING = (0.0, *(10.0**power for power in range(-12, 1)))


@dataclass(frozen=True, slots=True)
class Point:
    """Value and derivatives at one vector of coefficients; `curvature` = −Hessian."""

    coefficients: FloatArray
    value: float
    score: FloatArray
    information: FloatArray
    curvature: FloatArray


@dataclass(frozen=True, slots=True)
class Fit:
    """A maximum over the free coefficients, and whether it is one."""

    point: Point
    residual: float
    converged: bool

    @property
    def value(self) -> float:
        """Maximised (penalised) log-likelihood."""
        return self.point.value


@dataclass(frozen=True)
class Likelihood:
    """
    Log-likelihood l of a logistic model, or l + ½ log det I (Firth 1993).

    Attributes
    ----------
    y : ndarray
        0 and 1.
    x : ndarray
        Design, one row an observation, the column of ones included.
    offset : ndarray
        Known part of the linear predictor.
    penalized : bool
        Whether Jeffreys' penalty is added.
    """

    y: FloatArray
    x: FloatArray
    offset: FloatArray
    penalized: bool

    @property
    def tolerance(self) -> float:
        """Largest score that counts as zero; the sum's rounding grows with n."""
        return 1e-10 * max(1.0, len(self.y) / 1000)

    @cached_property
    def bound(self) -> FloatArray:
        """Bound of the Fisher information over all coefficients."""
        return self.x.T @ self.x / 4.0

    @cached_property
    def _products(self) -> FloatArray:
        """All products of two columns, one row an observation."""
        pairs = self.x[:, :, None] * self.x[:, None, :]
        return pairs.reshape(len(self.x), -1)

    def at(self, coefficients: FloatArray) -> Point:
        """Evaluate value, score, Fisher information and curvature."""
        eta = self.offset + self.x @ coefficients
        p = expit(eta)
        w = p * expit(-eta)
        value = float(self.y @ eta - np.logaddexp(0.0, eta).sum())
        score = self.x.T @ (self.y - p)
        information = (self.x.T * w) @ self.x
        plain = Point(coefficients, value, score, information, information)
        return self._penalize(plain, p, w) if self.penalized else plain

    def _penalize(self, plain: Point, p: FloatArray, w: FloatArray) -> Point:
        """Add ½ log det I, its gradient and its exact Hessian."""
        information = plain.information
        sign, log_det = np.linalg.slogdet(information)
        if sign <= 0 or not np.isfinite(log_det):
            return replace(plain, value=-inf)
        x, size = self.x, self.x.shape[1]
        inverse = np.linalg.inv(information)
        leverage = np.einsum("ij,ij->i", x @ inverse, x)
        slope = w * (1.0 - 2.0 * p)
        bend = w * (1.0 - 6.0 * w)
        # tr(I⁻¹ I_r I⁻¹ I_s), where I_r is the derivative of I by coefficient r.
        derivatives = ((x.T * slope) @ self._products).reshape(size, size, size)
        turned = inverse @ derivatives
        traces = np.einsum("rab,sba->rs", turned, turned)
        hessian = ((x.T * (bend * leverage)) @ x - traces) / 2.0
        return replace(
            plain,
            value=plain.value + float(log_det) / 2.0,
            score=plain.score + x.T @ (slope * leverage) / 2.0,
            curvature=information - hessian,
        )


def maximize(likelihood: Likelihood, start: FloatArray, free: BoolArray) -> Fit:
    """Maximise over the free coefficients by damped Newton steps."""
    here = likelihood.at(start)
    for _ in range(_ITERATIONS):
        residual = float(np.max(np.abs(here.score[free]), initial=0.0))
        if residual <= likelihood.tolerance:
            return Fit(here, residual, True)
        there = _step(likelihood, here, free)
        if there is None:
            break
        here = there
    residual = float(np.max(np.abs(here.score[free]), initial=0.0))
    # Rounding can hold the score just above the tolerance; the next digit is lost.
    return Fit(here, residual, residual <= 1e3 * likelihood.tolerance)


def _step(likelihood: Likelihood, here: Point, free: BoolArray) -> Point | None:
    """Take a step, halved until it does not go down; None if none can be taken."""
    direction = np.zeros_like(here.coefficients)
    direction[free] = _direction(likelihood, here, free)
    slack = 1e-14 * (1.0 + abs(here.value))
    for _ in range(_HALVINGS):
        there = likelihood.at(here.coefficients + direction)
        if np.array_equal(there.coefficients, here.coefficients):
            return None
        if there.value >= here.value - slack:
            return there
        direction = direction / 2.0
    return None


def _direction(likelihood: Likelihood, here: Point, free: BoolArray) -> FloatArray:
    """
    Return Newton's direction, or a damped one where Newton's is not to be trusted.

    Where fitted probabilities are near 0 or 1 the curvature is almost singular, and
    far from the maximum the penalised curvature need not be positive definite. The
    damping adds a share of XᵀX/4, which bounds I (Böhning and Lindsay 1988).
    """
    block = np.ix_(free, free)
    score, bound = here.score[free], likelihood.bound[block]
    direction: FloatArray = score
    move = inf
    damped = [(here.information, share) for share in _DAMPING]
    for matrix, share in [(here.curvature, 0.0), *damped]:
        part = matrix[block] + share * bound
        try:
            np.linalg.cholesky(part)
            tried = np.asarray(np.linalg.solve(part, score), dtype=np.float64)
        except np.linalg.LinAlgError:
            continue
        if not np.all(np.abs(tried) < _ENDLESS):
            continue
        direction = tried
        move = float(np.max(np.abs(likelihood.x[:, free] @ tried), initial=0.0))
        if move <= _LARGEST_MOVE:
            return direction
    return direction * (_LARGEST_MOVE / move) if move < inf else direction


def fit_all(likelihood: Likelihood) -> Fit:
    """Maximise over all coefficients, from zero."""
    size = likelihood.x.shape[1]
    return maximize(likelihood, np.zeros(size), np.ones(size, dtype=bool))


def standard_errors(fit: Fit) -> FloatArray:
    """Square roots of the diagonal of the inverse Fisher information."""
    roots: FloatArray = np.sqrt(np.diag(np.linalg.inv(fit.point.information)))
    return roots


class Profile:
    """
    Deviance of a model as one coefficient is held and the others are maximised.

    Parameters
    ----------
    likelihood : Likelihood
        The model.
    index : int
        The coefficient that is held.
    top : float
        Supremum of the likelihood, from which deviances are measured.
    best : Fit, optional
        Its maximum, where there is one: the others then start along the ridge of
        the information.

    Attributes
    ----------
    converged : bool
        Whether the last deviance is one.
    """

    def __init__(
        self, likelihood: Likelihood, index: int, top: float, best: Fit | None = None
    ) -> None:
        self._likelihood = likelihood
        self._index = index
        self._top = top
        self._free = np.arange(likelihood.x.shape[1]) != index
        # With these companions of the held coefficient the predictor is shortest.
        self._flat = _companions(likelihood.bound, index)
        self._ridge = self._flat
        self._last = np.zeros(likelihood.x.shape[1])
        if best is not None:
            self._ridge = _companions(best.point.information, index)
            self._last = best.point.coefficients
        self.converged = True

    def deviance(self, value: float, *, twice: bool = False) -> float:
        """Return 2 (top − l(value)), not below zero; on request from two starts."""
        move = value - self._last[self._index]
        fit = maximize(self._likelihood, self._last + move * self._ridge, self._free)
        if twice or not fit.converged:
            other = maximize(self._likelihood, value * self._flat, self._free)
            if other.converged and not (fit.converged and fit.value >= other.value):
                fit = other
        self.converged = fit.converged
        if fit.converged:
            self._last = fit.point.coefficients
        return max(0.0, 2.0 * (self._top - fit.value))

    def limit(self, start: float, step: float, quantile: float) -> float:
        """
        Return where the root of the deviance crosses a normal quantile, or nan.

        The walk begins at `start` in steps that double. With the others free, the
        penalised likelihood can have two maxima far from its own: what one start
        finds is checked with two, and found again with two if they differ.
        """

        def excess(value: float, twice: bool) -> float:
            return side * (sqrt(self.deviance(value, twice=twice)) - quantile)

        first, side = self._last, 1.0
        if excess(start, False) > 0.0:
            side = -1.0
        for twice in (False, True):
            self._last = first
            found = cross(partial(excess, twice=twice), start, step)
            if isnan(found) or abs(excess(found, True)) < 1e-9:
                break
        settled, self._last = self.converged, first
        return found if settled else nan


def _companions(matrix: FloatArray, index: int) -> FloatArray:
    """Return how the others follow one coefficient along a matrix's ridge."""
    column = np.linalg.inv(matrix)[:, index]
    ridge: FloatArray = column / column[index]
    return ridge


def cross(function: Callable[[float], float], start: float, step: float) -> float:
    """Return where a function that is negative at `start` becomes zero, or nan."""
    from scipy.optimize import brentq

    # brentq asks again for both ends; a warm start must not answer otherwise.
    known = cache(function)
    near, far = start, start + step
    for _ in range(_DOUBLINGS):
        if known(far) >= 0:
            return float(brentq(known, near, far, xtol=1e-12, rtol=1e-12))
        near, far, step = far, far + 2.0 * step, 2.0 * step
    return nan


def chi_square_p(deviance: float) -> float:
    """Upper tail of the chi-square distribution with one degree of freedom."""
    return float(2.0 * ndtr(-sqrt(deviance)))
