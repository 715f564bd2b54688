"""The noncentral hypergeometric distribution of a 2 x 2 table with fixed margins."""

from collections.abc import Callable
from math import exp, inf, log, log1p

import numpy as np
from numpy.typing import NDArray

from rejia.stats._exact_tables_binomial import bisect

# R's fisher.test and binom.test call outcomes equally probable within this ratio.
RELATIVE_TOLERANCE = 1e-7


class Hypergeometric:
    """
    Count a of the table (a, b; c, d), given all its margins.

    Attributes
    ----------
    support : array
        Values that the count can take.
    observed : int
        Place of the observed count in `support`.
    log_weight : array
        Logarithm of the central probabilities, up to a constant.
    """

    def __init__(self, a: int, b: int, c: int, d: int) -> None:
        low, high = max(0, a - d), min(a + b, a + c)
        self.support = np.arange(low, high + 1, dtype=np.float64)
        self.observed = a - low
        k = self.support[:-1]
        # Ratios of neighbours keep the digits that differences of factorials lose.
        ratio = (a + b - k) * (a + c - k) / ((k + 1) * (d - a + k + 1))
        self.log_weight = np.concatenate([[0.0], np.cumsum(np.log(ratio))])

    def probability(self) -> float:
        """Return the probability of the observed table."""
        weight = np.exp(self.log_weight - self.log_weight[self.observed])
        return float(1 / weight.sum())

    def p_value(self) -> float:
        """Sum the probabilities of all tables not more probable than the observed."""
        limit = self.log_weight[self.observed] + log1p(RELATIVE_TOLERANCE)
        weight = np.exp(self.log_weight - self.log_weight.max())
        p = weight[self.log_weight <= limit].sum() / weight.sum()
        return min(float(p), 1.0)

    def odds_ratio(self) -> float:
        """Return the odds ratio at which the expected count is the observed one."""
        if self.observed == 0:
            return 0.0
        if self.observed == self.support.size - 1:
            return inf
        target = self.support[self.observed]

        def excess(log_odds_ratio: float) -> float:
            weight = self._weight(log_odds_ratio)
            return float(np.dot(weight, self.support - target))

        return exp(_root(excess))

    def limits(self, alpha: float) -> tuple[float, float]:
        """Return the odds ratios at which a tail is alpha / 2."""

        def low_excess(log_odds_ratio: float) -> float:
            tail = self._weight(log_odds_ratio)[self.observed :].sum()
            return _safe_log(float(tail)) - log(alpha / 2)

        def high_excess(log_odds_ratio: float) -> float:
            tail = self._weight(log_odds_ratio)[: self.observed + 1].sum()
            return log(alpha / 2) - _safe_log(float(tail))

        at_low, at_high = self.observed == 0, self.observed == self.support.size - 1
        low = 0.0 if at_low else exp(_root(low_excess))
        high = inf if at_high else exp(_root(high_excess))
        return low, high

    def _weight(self, log_odds_ratio: float) -> NDArray[np.float64]:
        logs = self.log_weight + log_odds_ratio * self.support
        weight = np.exp(logs - logs.max())
        return np.asarray(weight / weight.sum(), dtype=np.float64)


def _safe_log(value: float) -> float:
    return log(value) if value > 0 else -inf


def _root(increasing: Callable[[float], float]) -> float:
    """Return the root of an increasing function on the whole line."""
    low, high = -1.0, 1.0
    while increasing(low) > 0:
        low *= 2
    while increasing(high) < 0:
        high *= 2
    return bisect(increasing, low, high, resolution=1e-15)
