"""Branch and bound over boxes of counts: proofs about rank statistics."""

from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import ceil, floor

import numpy as np

from rejia.ensemble.certify_rank_bound import Bounded, Bounder, CountBox
from rejia.ensemble.certify_rank_counts import Counts, Facets, Whole

_WHOLE = 1e-6


@dataclass
class Tree:
    """
    Boxes that together hold all cohorts.

    Attributes
    ----------
    counts : Counts
        What is branched on.
    levels : numpy.ndarray
        What the statistic is to stay below, by patients who are ranked.
    budget : int
        At most so many boxes are bounded while branching.
    """

    counts: Counts
    levels: np.ndarray
    budget: int
    boxes: list[CountBox] = field(default_factory=list, init=False)
    margin: float = field(default=np.inf, init=False)
    looked: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.bounder = Bounder(self.counts, self.levels)

    def prove(self) -> bool:
        """
        Prove that the statistic stays below its level in every cohort.

        Returns
        -------
        bool
            Whether it was proved; then `boxes` cover all counts, and `margin` is the
            least distance to the level.
        """
        low, high = self._tightened()
        order = count()
        queue: list[tuple[float, int, Bounded]] = []
        self._look(low, high, queue, order)
        while queue:
            # Where the bound is worst first: a claim that does not hold fails soon.
            _, _, worst = heappop(queue)
            chosen = self._choose(worst)
            if chosen is None or self.looked >= self.budget:
                return False
            for box in _halves(worst.box, *chosen):
                self._look(*box, queue, order)
        return True

    def _look(
        self,
        low: Whole,
        high: Whole,
        queue: list[tuple[float, int, Bounded]],
        order: "count[int]",
    ) -> None:
        found = self.bounder.bound(low, high)
        self.looked += 1
        if found.bound < 0.0:
            self._keep(found)
        else:
            heappush(queue, (-found.bound, next(order), found))

    def _keep(self, found: Bounded) -> None:
        self.boxes.append(found.box)
        self.margin = min(self.margin, -found.bound)

    def _tightened(self) -> tuple[Whole, Whole]:
        """Cut off what no cohort has, count by count, each with its proof."""
        low, high = self.counts.root()
        k, of_strata = self.counts.intervals, range(len(low))
        first = [*of_strata[2 * k :], 2 * k - 1, 2 * k - 2]
        for at in (*first, *range(2 * k - 3, k - 2, -1), *range(k - 1)):
            for sign in (1, -1):
                if low[at] >= high[at]:
                    continue
                most = self.bounder.furthest(low, high, at, sign) + _WHOLE
                if not np.isfinite(most):
                    continue
                edge = floor(most) if sign > 0 else ceil(-most) - 1
                if not low[at] <= edge < high[at]:
                    continue
                lower, upper = _halves(CountBox(low, high), at, edge)
                kept, cut = (lower, upper) if sign > 0 else (upper, lower)
                found = self.bounder.bound(*cut)
                if found.bound < 0.0:
                    self._keep(found)
                    low, high = kept
        return low, high

    def _choose(self, found: Bounded) -> tuple[int, int] | None:
        """Return the count to branch on, and where; None if nothing is left."""
        low, high, facets = found.box.low, found.box.high, found.facets
        assert facets is not None  # nothing is left of an empty box
        values = self.counts.forms @ found.held
        gaps = self._gaps(found, facets, values)
        free = [at for at in range(len(low)) if low[at] < high[at]]
        if not self.counts.space.paired:
            free = [at for at in free if at < 2 * self.counts.intervals - 2]
        if not free:
            return None
        at = max(free, key=lambda one: gaps[one])
        if gaps[at] <= 0.0:
            away = np.abs(values - np.round(values))
            at = max(free, key=lambda one: float(away[one]))
            if away[at] <= _WHOLE:
                at = max(free, key=lambda one: high[one] - low[one])
                return at, (low[at] + high[at]) // 2
        return at, min(max(floor(values[at] + _WHOLE), low[at]), high[at] - 1)

    def _gaps(self, found: Bounded, facets: Facets, values: np.ndarray) -> np.ndarray:
        """Return how much of a box's bound is owed to each count not being known."""
        counts, k = self.counts, self.counts.intervals
        low, high = np.array(found.box.low), np.array(found.box.high)
        gaps = np.zeros(len(low))
        for j, ((a, b), (c, d)) in enumerate(
            zip(facets.above, facets.under, strict=True)
        ):
            held = float(counts.held[j] @ found.held)
            excess = found.products[j] - held * float(counts.under[j] @ found.held)
            if excess <= _WHOLE:
                continue
            near = [k - 1 + i for i in (j - 1, j) if i >= 0]
            # The last of those below is what others leave of everyone.
            near += [i for i in (j - 1, j)[not counts.single[j] :] if 0 <= i < k - 1]
            gaps[near] += excess * (high - low)[near] / (1.0 + b - a + d - c)
        if counts.space.paired:
            p, q = values[2 * k - 2], counts.space.patients - values[2 * k - 1]
            (rise, base), (slope, level) = facets.curve, facets.level
            gaps[2 * k - 2] += rise * p + base - 0.5 * p * (p + 1.0)
            known = np.interp(q, np.arange(len(self.levels)), self.levels)
            gaps[2 * k - 1] += known - slope * q - level
        gaps[gaps <= _WHOLE] = 0.0
        return gaps


def _halves(
    box: CountBox, at: int, edge: int
) -> tuple[tuple[Whole, Whole], tuple[Whole, Whole]]:
    """Return a box in two: counts up to an edge, and above it."""
    low, high = box.low, box.high
    upper = (*low[:at], edge + 1, *low[at + 1 :])
    lower = (*high[:at], edge, *high[at + 1 :])
    return (low, lower), (upper, high)
