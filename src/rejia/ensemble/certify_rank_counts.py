"""Counts that proofs about rank tests branch on, and what a box of them says."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rejia.ensemble.certify_rank_space import ABOVE, BELOW, NEITHER, Space

Whole = tuple[int, ...]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Facets:
    """
    What a box of counts says of each interval of places, and of the level.

    Attributes
    ----------
    above : tuple of (float, float)
        By interval: patients above who have such a place.
    under : tuple of (float, float)
        By interval: how many pairs a patient above with such a place has at most.
    curve : tuple of (float, float)
        Slope and value at 0 of a line over ``P (P + 1) / 2``, P patients above.
    level : tuple of (float, float)
        Slope and value at 0 of a line under the level, by patients who are ranked.
    """

    above: tuple[Span, ...]
    under: tuple[Span, ...]
    curve: Span
    level: Span


@dataclass
class Counts:
    """
    Whole numbers of patients by side and place, as sums over kinds of patients.

    In this order: those below with a place up to each cut; those above likewise; all
    above; all on neither side; and of paired data, stratum by stratum, those above,
    those not below, and those not below a first cut.

    Attributes
    ----------
    space : Space
        Kinds of patients.
    cuts : tuple of int
        Ends of intervals of places, rising.
    """

    space: Space
    cuts: Whole
    forms: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        space, k = self.space, len(self.cuts) + 1
        self.intervals, self.strata = k, len(space.sizes)
        at = np.searchsorted(self.cuts, space.place, side="left")
        at = np.where(space.side == NEITHER, 0, at)
        self.code = (space.stratum * 3 + space.side) * k + at
        self.below = [self._form(BELOW, range(j + 1)) for j in range(k)]
        self.above = [self._form(ABOVE, range(j + 1)) for j in range(k)]
        self.apart = self._form(NEITHER, [0])
        if not space.paired:
            self.apart = np.zeros_like(self.apart)
        rows = [*self.below[:-1], *self.above, self.apart]
        self.forms = np.array(rows + self._by_stratum())
        lows = (space.least, *(cut + 1 for cut in self.cuts))
        ends = (*self.cuts, int(space.place.max()))
        # Where an interval is one place, all of its pairs are ties.
        self.single = [low == end for low, end in zip(lows, ends, strict=True)]
        self.held = [self._form(ABOVE, [j]) for j in range(k)]
        none = np.zeros_like(self.apart)
        self.under = [
            0.5 * ((self.below[j - 1] if j else none) + self.below[j])
            if self.single[j]
            else self.below[j]
            for j in range(k)
        ]

    def _form(self, side: int, intervals: Sequence[int]) -> np.ndarray:
        found = np.zeros((self.strata, 3, self.intervals))
        found[:, side, list(intervals)] = 1.0
        return found.ravel()

    def _by_stratum(self) -> list[np.ndarray]:
        rows: list[np.ndarray] = []
        for stratum in range(self.strata if self.space.paired else 0):
            mine = np.zeros((self.strata, 3 * self.intervals))
            mine[stratum] = 1.0
            over = self.above[-1] + self.apart
            several = (self.above[-1], over, over + self.below[0])
            rows += [mine.ravel() * one for one in several]
        return rows

    def root(self) -> tuple[Whole, Whole]:
        """Return the box of all counts."""
        space, k = self.space, self.intervals
        if not space.paired:
            above, below = space.on(ABOVE), space.on(BELOW)
            low = [0] * (2 * k - 2) + [above, 0]
            return tuple(low), tuple([below] * (k - 1) + [above] * k + [0])
        n = space.patients
        of_strata = [int(size) for size in space.sizes for _ in range(3)]
        high = [n] * (2 * k) + of_strata
        return (0,) * len(high), tuple(high)

    def facets(self, low: Whole, high: Whole, levels: np.ndarray) -> Facets | None:
        """
        Say what holds of all cohorts whose counts lie in a box.

        Parameters
        ----------
        low, high : tuple of int
            Ends, in the order of the counts.
        levels : numpy.ndarray
            What the statistic must stay below, by patients who are ranked.

        Returns
        -------
        Facets or None
            None if no counts at all lie in it.
        """
        k, n = self.intervals, self.space.patients
        apart = (low[2 * k - 1], high[2 * k - 1])
        above = _monotone(low[k - 1 : 2 * k - 1], high[k - 1 : 2 * k - 1])
        # Who is neither above nor apart is below.
        last = (n - apart[1] - above[-1][1], n - apart[0] - above[-1][0])
        below = _monotone((*low[: k - 1], last[0]), (*high[: k - 1], last[1]))
        if any(a > b for a, b in (*above, *below, apart)):
            return None
        before = [(0, 0), *above[:-1]]
        held = tuple(
            (max(0, a - d), b - c) for (a, b), (c, d) in zip(above, before, strict=True)
        )
        lower = [(0, 0), *below[:-1]]
        under = tuple(
            (0.5 * (c + a), 0.5 * (d + b)) if single else (float(a), float(b))
            for single, (a, b), (c, d) in zip(self.single, below, lower, strict=True)
        )
        curve, level = (0.0, 0.0), (0.0, float(levels[n]))
        if self.space.paired:
            a, b = above[-1]
            curve = (0.5 * (a + b + 1), -0.5 * a * b)
            level = _line_under(levels, n - apart[1], n - apart[0])
        return Facets(held, under, curve, level)


def _monotone(low: Sequence[int], high: Sequence[int]) -> list[tuple[int, int]]:
    """Draw in the ends of numbers that never fall, and are never below 0."""
    lows = np.maximum.accumulate(np.maximum(low, 0))
    highs = np.minimum.accumulate(np.array(high)[::-1])[::-1]
    return [(int(a), int(b)) for a, b in zip(lows, highs, strict=True)]


def _line_under(levels: np.ndarray, low: int, high: int) -> Span:
    """Return a line that no level passes downwards, from low to high."""
    slope = (levels[high] - levels[low]) / (high - low) if high > low else 0.0
    steps = np.arange(low, high + 1)
    return float(slope), float((levels[low : high + 1] - slope * steps).min())
