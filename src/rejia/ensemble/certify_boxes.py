"""
Proofs that no cohort breaks a claim: multipliers at the corners of boxes.

Over all cohorts, a sum of one term a patient is at least n times the least term of any
value that the patient may have. Adding multiples of what is known (both sums of each
group lie in their windows; scores are 0 at a fit) makes that bound sharp. Between
corners multipliers are interpolated: the bound there is at least the mean of those at
the corners, less what each term can bend.
"""

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, product

import numpy as np

from rejia.ensemble.certify_claims import Bend, Claim
from rejia.ensemble.certify_dual import PENALTY, Multipliers, Proposer
from rejia.ensemble.certify_windows import Windows

# Floats carry some 1e-16 of the size of a term; a proof asks for this much more.
SAFETY = 1e-10
_PENALTIES = (1.0, 5.0, PENALTY)
_ENOUGH = 1e-3


@dataclass(frozen=True, slots=True)
class Box:
    """
    A box of parameters, and multipliers at its corners.

    Attributes
    ----------
    low, high : tuple of float
        Ends by parameter.
    corners : tuple of Multipliers
        First parameter slowest, low before high.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    corners: tuple[Multipliers, ...]

    def places(self) -> np.ndarray:
        """Return the corners: float64 ``[corner, parameter]``."""
        return np.array(list(product(*zip(self.low, self.high, strict=True))))


@dataclass(frozen=True, slots=True)
class Proof:
    """
    A claim that was proved on a box of parameters.

    Attributes
    ----------
    claim : Claim
        What holds for every cohort that fits the windows.
    windows : Windows
        Demands.
    event : tuple of str
        Groups that are the event of the model.
    low, high : tuple of float
        Ends of the parameters.
    boxes : tuple of Box
        They cover all of it.
    margin : float
        Least bound over the boxes; above 0.
    """

    claim: Claim
    windows: Windows
    event: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    boxes: tuple[Box, ...]
    margin: float


@dataclass(frozen=True, slots=True)
class _Judged:
    """Bound of a box, and at its corners alone; the dimension that costs most."""

    bound: float
    alone: float
    split: int


@dataclass
class Prover:
    """
    Proofs about one column.

    Attributes
    ----------
    windows : Windows
        Demands.
    event : tuple of str
        Groups that are the event.
    """

    windows: Windows
    event: tuple[str, ...]

    def __post_init__(self) -> None:
        self.proposer = Proposer(self.windows)
        self.u, self.starts = self.proposer.u, self.proposer.starts
        strata = self.windows.strata
        inside = np.array([one.group in self.event for one in strata])
        self.n = np.array([float(one.n) for one in strata])
        self.y = inside.astype(float)[self.proposer.stratum]
        self.exhausted, self.looked = False, 0
        self.events, self.patients = float(self.n[inside].sum()), float(self.n.sum())
        blocks = range(len(self.windows.blocks))
        self.points = [self.windows.corners(block) for block in blocks]

    def intercepts(self, slopes: tuple[float, float]) -> tuple[float, float]:
        """
        Return the intercepts that a fit can have.

        Some patients' fitted probability is at least the share of events, and some
        patients' at most.

        Parameters
        ----------
        slopes : tuple of float
            Least and largest slope.
        """
        share = np.log(self.events / (self.patients - self.events))
        reach = np.outer(slopes, (self.u.min(), self.u.max()))
        spare = 1e-9 * (1.0 + np.abs(reach).max())
        return float(share - reach.max() - spare), float(share - reach.min() + spare)

    def prove(
        self,
        claim: Claim,
        low: tuple[float, ...],
        high: tuple[float, ...],
        *,
        boxes: int = 400,
    ) -> Proof | None:
        """
        Prove a claim on a box of parameters, by halving it.

        Parameters
        ----------
        claim : Claim
            What is claimed.
        low, high : tuple of float
            Ends of each parameter.
        boxes : int
            At most so many are looked at.

        Returns
        -------
        Proof or None
            None if the bound fails at some corner, or boxes run out: then `exhausted`
            is true.
        """
        known: dict[tuple[float, ...], Multipliers] = {}
        # Where the bound is worst first: a claim that does not hold fails soon.
        queue = [(0.0, 0, self._solved(claim, low, high, known))]
        done: list[Box] = []
        margin, self.looked, order = np.inf, 0, count(1)
        while queue:
            _, born, box = heappop(queue)
            self.looked += 1
            judged = self.judge(claim, box)
            if judged.bound <= 0.0 and judged.alone <= 0.0 and born:
                # Interpolated multipliers fail at a corner: solve for its own.
                box = self._solved(claim, box.low, box.high, known)
                judged = self.judge(claim, box)
            if judged.bound > 0.0:
                done.append(box)
                margin = min(margin, judged.bound)
            elif judged.alone <= 0.0 or self.looked >= boxes:
                self.exhausted = judged.alone > 0.0
                return None
            else:
                for half in _halves(box, judged.split):
                    heappush(queue, (judged.bound, next(order), half))
        ends = (low, high)
        return Proof(claim, self.windows, self.event, *ends, tuple(done), float(margin))

    def _solved(
        self,
        claim: Claim,
        low: tuple[float, ...],
        high: tuple[float, ...],
        known: dict[tuple[float, ...], Multipliers],
    ) -> Box:
        """Return a box with the best multipliers of each corner."""
        corners = []
        for place in product(*zip(low, high, strict=True)):
            if place not in known:
                known[place] = self._multipliers(claim, np.array(place))
            corners.append(known[place])
        return Box(low, high, tuple(corners))

    def _multipliers(self, claim: Claim, at: np.ndarray) -> Multipliers:
        """Return the smallest multipliers that do: small ones differ less nearby."""
        rows, level = claim.rows(at, self.u, self.y), claim.level(at)
        for penalty in _PENALTIES:
            least, multipliers, _ = self.proposer.propose(*rows, penalty)
            if least + level > _ENOUGH or not claim.equations:
                break
        return multipliers

    def judge(self, claim: Claim, box: Box) -> _Judged:
        """
        Bound the claim's sum and level from below, over a box and all cohorts.

        Parameters
        ----------
        claim : Claim
            What is claimed.
        box : Box
            With its multipliers.
        """
        low, high = np.array(box.low), np.array(box.high)
        weights = np.array([one.equations for one in box.corners])
        bent = self._bent(claim.bend(low, high, self.u, self.y), weights, high - low)
        places = box.places()
        sums, alone = np.empty(len(places)), np.empty(len(places))
        worst, split = np.inf, 0
        for at, (place, one) in enumerate(zip(places, box.corners, strict=True)):
            main, equations = claim.rows(place, self.u, self.y)
            terms = main + one.equations @ equations
            terms -= one.sums.ravel() @ self.proposer.moments
            tails = [(p @ one.sums[b]).min() for b, p in enumerate(self.points)]
            size = self.patients + float(np.abs(tails).sum())
            least = np.minimum.reduceat(terms, self.starts)
            size += float(self.n @ np.abs(least))
            tail = sum(tails) - SAFETY * size
            alone[at] = self.n @ least + tail
            lowest = terms - bent.sum(axis=0)
            sums[at] = self.n @ np.minimum.reduceat(lowest, self.starts) + tail
            if sums[at] < worst:
                worst = sums[at]
                split = self._dearest(lowest, bent)
        levels = np.array([claim.level(place) for place in places])
        bound = sums.min() + claim.least_level(low, high)
        loss = claim.level_loss(low, high)
        if np.isfinite(loss):
            bound = max(bound, (sums + levels).min() - loss)
        return _Judged(float(bound), float((alone + levels).min()), split)

    def _bent(self, bend: Bend, weights: np.ndarray, widths: np.ndarray) -> np.ndarray:
        """Return what each value's term can lie below its interpolation."""
        largest = np.abs(weights).max(axis=0)
        k = weights.shape[1]
        cube = weights.reshape(*[2] * len(widths), k)
        found = []
        for j, width in enumerate(widths):
            steps = np.abs(np.diff(cube, axis=j)).reshape(len(weights) // 2, k).max(0)
            second = bend.main[j] + largest @ bend.second[j]
            found.append(
                width**2 / 8.0 * second + width / 4.0 * (steps @ bend.first[j])
            )
        return np.stack(found)

    def _dearest(self, lowest: np.ndarray, bent: np.ndarray) -> int:
        ends = [*self.starts[1:], len(lowest)]
        at = [
            start + int(np.argmin(lowest[start:end]))
            for start, end in zip(self.starts, ends, strict=True)
        ]
        return int(np.argmax(bent[:, at] @ self.n))


def _halves(box: Box, split: int) -> list[Box]:
    """Halve a box, with means of multipliers in the middle."""
    low, high = box.low, box.high
    middle = 0.5 * (low[split] + high[split])
    upper = (*low[:split], middle, *low[split + 1 :])
    lower = (*high[:split], middle, *high[split + 1 :])
    far = 1 << (len(low) - 1 - split)
    first, second = [], []
    for at, corner in enumerate(box.corners):
        other = box.corners[at ^ far]
        mean = Multipliers(
            0.5 * (corner.equations + other.equations), 0.5 * (corner.sums + other.sums)
        )
        first.append(mean if at & far else corner)
        second.append(corner if at & far else mean)
    return [Box(low, lower, tuple(first)), Box(upper, high, tuple(second))]
