"""What proofs by duality claim of a logistic model, and how far each term bends."""

from dataclasses import dataclass
from math import inf
from typing import Protocol

import numpy as np

_SECOND = 0.09622504486493763  # largest |p''| of the logistic curve: sqrt(3) / 18
_THIRD = 0.125  # largest |p'''|


def expit(t: np.ndarray) -> np.ndarray:
    """Return the logistic curve, without overflow."""
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-t)))


@dataclass(frozen=True, slots=True)
class Bend:
    """
    Bounds over a box of the parameters, by dimension (first axis).

    Attributes
    ----------
    main : numpy.ndarray
        Second derivative of the summand, ``[dimension, value]``.
    first, second : numpy.ndarray
        First and second derivatives of the summands of the equations,
        ``[dimension, equation, value]``.
    """

    main: np.ndarray
    first: np.ndarray
    second: np.ndarray


class Claim(Protocol):
    """
    A sum over patients and a level are together above 0.

    They are for all parameters, and all cohorts that solve some equations there.
    """

    @property
    def equations(self) -> int:
        """Number of equations."""
        ...

    def rows(
        self, at: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return summands ``[value]`` and those of equations, at some parameters."""
        ...

    def bend(
        self, low: np.ndarray, high: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> Bend:
        """Bound the derivatives over a box of parameters."""
        ...

    def level(self, at: np.ndarray) -> float:
        """Return the level."""
        ...

    def level_loss(self, low: np.ndarray, high: np.ndarray) -> float:
        """Bound how far the level lies below what its values at corners say."""
        ...

    def least_level(self, low: np.ndarray, high: np.ndarray) -> float:
        """Return the least level of a box."""
        ...


class _SumAlone:
    """A claim without a level: its sum over patients is above 0."""

    __slots__ = ()

    def level(self, at: np.ndarray) -> float:
        """Return 0."""
        return 0.0

    def level_loss(self, low: np.ndarray, high: np.ndarray) -> float:
        """Return 0."""
        return 0.0

    def least_level(self, low: np.ndarray, high: np.ndarray) -> float:
        """Return 0."""
        return 0.0


@dataclass(frozen=True, slots=True)
class Balance(_SumAlone):
    """
    At an intercept, the first score of every cohort is above (sign 1) or below 0.

    The score falls as the intercept rises, so that no fit lies on the far side. The
    parameter is the slope.

    Attributes
    ----------
    intercept : float
        Where.
    sign : int
        Side.
    """

    intercept: float
    sign: int

    @property
    def equations(self) -> int:
        """None."""
        return 0

    def rows(
        self, at: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return ``±(y - p)``."""
        main = self.sign * (y - expit(self.intercept + at[0] * u))
        return main, np.empty((0, len(u)))

    def bend(
        self, low: np.ndarray, high: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> Bend:
        """Bound the second derivative in the slope."""
        least = np.array([self.intercept, low[0]])
        most = np.array([self.intercept, high[0]])
        _, second, _ = _curve(*_reach(least, most, u))
        none = np.empty((1, 0, len(u)))
        return Bend((u**2 * second)[np.newaxis], none, none)


@dataclass(frozen=True, slots=True)
class Nobody(_SumAlone):
    """No cohort fits: a sum of nothing is above 0. The parameter is idle."""

    @property
    def equations(self) -> int:
        """None."""
        return 0

    def rows(
        self, at: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return zeros."""
        return np.zeros(len(u)), np.empty((0, len(u)))

    def bend(
        self, low: np.ndarray, high: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> Bend:
        """Return zeros."""
        none = np.empty((1, 0, len(u)))
        return Bend(np.zeros((1, len(u))), none, none)


@dataclass(frozen=True, slots=True)
class Slope(_SumAlone):
    """
    Every cohort's slope is above (sign 1) or below (sign -1) a value.

    At the intercept a where the first score ``sum(y - p)`` is 0, the second,
    ``sum(u (y - p))``, has the sign of the slope's distance from `slope`: the
    likelihood, maximised over the intercept, is concave in the slope.

    Attributes
    ----------
    slope : float
        Log odds ratio for one unit of u.
    sign : int
        Side.
    """

    slope: float
    sign: int

    @property
    def equations(self) -> int:
        """The first score."""
        return 1

    def rows(
        self, at: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return ``±u (y - p)`` and ``y - p``."""
        rest = y - expit(at[0] + self.slope * u)
        return self.sign * u * rest, rest[np.newaxis]

    def bend(
        self, low: np.ndarray, high: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> Bend:
        """Bound derivatives in the intercept."""
        first, second, _ = _curve(low[0] + self.slope * u, high[0] + self.slope * u)
        return Bend(
            (np.abs(u) * second)[np.newaxis],
            first[np.newaxis, np.newaxis],
            second[np.newaxis, np.newaxis],
        )


@dataclass(frozen=True, slots=True)
class WeightedMean(_SumAlone):
    """
    At every fit the weighted mean of u, weights ``p q``, is above (sign 1) or below c.

    Parameters are intercept and slope; both scores are 0 at a fit.

    Attributes
    ----------
    centre : float
        The c.
    sign : int
        Side.
    """

    centre: float
    sign: int

    @property
    def equations(self) -> int:
        """Both scores."""
        return 2

    def rows(
        self, at: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return ``±p q (u - c)`` and the summands of both scores."""
        p = expit(at[0] + at[1] * u)
        rest = y - p
        main = self.sign * p * (1.0 - p) * (u - self.centre)
        return main, np.stack([rest, u * rest])

    def bend(
        self, low: np.ndarray, high: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> Bend:
        """Bound derivatives in intercept and slope."""
        first, second, third = _curve(*_reach(low, high, u))
        away = np.abs(u)
        slopes = np.stack([np.ones_like(u), away])
        return Bend(
            slopes**2 * third * np.abs(u - self.centre),
            slopes[:, np.newaxis] * np.stack([first, away * first]),
            slopes[:, np.newaxis] ** 2 * np.stack([second, away * second]),
        )


@dataclass(frozen=True, slots=True)
class Information:
    """
    At every fit the slope's information is above (sign 1) or below a bound.

    The bound is ``(z / (slope - pole)) ** 2``. Parameters are intercept, slope and c,
    the weighted mean of u, at which ``sum(p q (u - c))`` is 0 and
    ``sum(p q (u - c) ** 2)`` is the information: one over the slope's squared
    standard error.

    Attributes
    ----------
    z, pole : float
        Normal quantile; a limit of the interval, or 0 of a p-value.
    sign : int
        Side.
    """

    z: float
    pole: float
    sign: int

    @property
    def equations(self) -> int:
        """Both scores, and the weighted mean."""
        return 3

    def rows(
        self, at: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return ``±p q (u - c) ** 2`` and the summands of three equations."""
        p = expit(at[0] + at[1] * u)
        rest, away = y - p, u - at[2]
        weight = p * (1.0 - p)
        equations = np.stack([rest, u * rest, weight * away])
        return self.sign * weight * away**2, equations

    def bend(
        self, low: np.ndarray, high: np.ndarray, u: np.ndarray, y: np.ndarray
    ) -> Bend:
        """Bound derivatives in intercept, slope and c."""
        first, second, third = _curve(*_reach(low, high, u))
        away = np.abs(u)
        far = np.maximum(np.abs(u - low[2]), np.abs(u - high[2]))
        none = np.zeros_like(u)
        slopes = np.stack([np.ones_like(u), away])
        main = [*(slopes**2 * third * far**2), 2.0 * first]
        by_two = slopes[:, np.newaxis] * np.stack([first, away * first, second * far])
        twice = slopes[:, np.newaxis] ** 2 * np.stack(
            [second, away * second, third * far]
        )
        return Bend(
            np.stack(main),
            np.concatenate([by_two, np.stack([none, none, first])[np.newaxis]]),
            np.concatenate([twice, np.zeros((1, 3, len(u)))]),
        )

    def level(self, at: np.ndarray) -> float:
        """Return the bound, its sign turned."""
        away = float(at[1] - self.pole)
        return -self.sign * inf if away == 0.0 else -self.sign * (self.z / away) ** 2

    def level_loss(self, low: np.ndarray, high: np.ndarray) -> float:
        """Return how far the level sags between corners: a convex bound may."""
        if self.sign > 0:
            return 0.0
        nearest = min(abs(low[1] - self.pole), abs(high[1] - self.pole))
        if nearest == 0.0:
            return inf
        width = float(high[1] - low[1])
        return float(width**2 / 8.0 * 6.0 * self.z**2 / nearest**4)

    def least_level(self, low: np.ndarray, high: np.ndarray) -> float:
        """Return the level at the end of the slopes where it is least."""
        ends = [self.level(np.array([0.0, end[1]])) for end in (low, high)]
        return min(ends)


def _reach(
    low: np.ndarray, high: np.ndarray, u: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and largest linear predictor over a box."""
    slopes = np.stack([low[1] * u, high[1] * u])
    return low[0] + slopes.min(axis=0), high[0] + slopes.max(axis=0)


def _curve(
    low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bound three derivatives of the logistic curve, in size, from low to high."""
    p, q = expit(low), expit(high)
    ends = np.stack([p * (1.0 - p), q * (1.0 - q)])
    first = np.where((low < 0.0) & (high > 0.0), 0.25, ends.max(axis=0))
    least = ends.min(axis=0)
    tilt = np.maximum(np.abs(1.0 - 2.0 * p), np.abs(1.0 - 2.0 * q))
    turn = np.maximum(np.abs(1.0 - 6.0 * first), np.abs(1.0 - 6.0 * least))
    return first, np.minimum(first * tilt, _SECOND), np.minimum(first * turn, _THIRD)
