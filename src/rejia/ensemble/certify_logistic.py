"""Proved bounds of odds ratio, Wald limits and p of a model with one predictor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite, log
from statistics import NormalDist

import numpy as np

from rejia.ensemble.certify_boxes import Proof, Prover
from rejia.ensemble.certify_claims import (
    Balance,
    Information,
    Nobody,
    Slope,
    WeightedMean,
    expit,
)
from rejia.ensemble.certify_windows import windows
from rejia.ensemble.model import Spec

Z_95 = 1.959963984540054
_STEEPEST = 12.0  # log odds for one SD; steeper fits are close to separation
_SPARE = 1e-11  # of a slope: more than a logarithm is off
_TRIES = 4
_BOXES = 150
_BUDGET = 600  # boxes of all claims of information behind one limit
_DEPTH = 3

Interval = tuple[float, float]
Proofs = tuple[Proof, ...]


@dataclass
class OneSlope:
    """
    Proofs about the model of membership in some groups by one column.

    Attributes
    ----------
    spec : Spec
        Demands.
    column : str
        Predictor.
    event : tuple of str
        Groups that are the event.
    """

    spec: Spec
    column: str
    event: tuple[str, ...]
    empty: Proofs = field(default=(), init=False)
    _boxes: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        cases = windows(self.spec, self.column)
        self.provers = []
        for case in cases:
            prover = Prover(case, self.event)
            nobody = prover.prove(Nobody(), (0.0,), (0.0,))
            if nobody is None:
                self.provers.append(prover)
            else:
                self.empty += (nobody,)
        step = float(self.spec.column(self.column).step)
        self.unit = step * cases[0].scale if cases else step

    def slope_of(self, odds_ratio: float) -> float:
        """Return a slope for one unit of u, from an odds ratio for one unit."""
        return log(odds_ratio) * self.unit

    def odds_ratio(self, sign: int, start: float) -> tuple[float, Proofs] | None:
        """
        Find and prove a bound that no odds ratio passes.

        Parameters
        ----------
        sign : int
            1 for a lower, -1 for an upper bound.
        start : float
            An odds ratio near it.

        Returns
        -------
        tuple of (float, tuple of Proof) or None
            The bound, of 8 digits, rounded outwards, with one proof a case.
        """
        if not self.provers or abs(self.slope_of(start)) > _STEEPEST:
            return None
        found = [self._extreme(one, sign, self.slope_of(start)) for one in self.provers]
        # What was proved of a case at one bound holds at every wider one.
        proved: dict[int, Proofs] = {}
        extreme = min(found) if sign > 0 else max(found)
        away = 1e-3 * max(abs(extreme), 0.02)
        for _ in range(2 * _TRIES):
            bound = outward(float(np.exp((extreme - sign * away) / self.unit)), sign)
            for at in sorted(range(len(found)), key=lambda at: sign * found[at]):
                if at not in proved:
                    proofs = self._prove_slope(self.provers[at], bound, sign)
                    if proofs is None:
                        break
                    proved[at] = proofs
            else:
                return bound, self.empty + tuple(
                    p for one in proved.values() for p in one
                )
            away *= 3.0
        return None

    def _extreme(self, prover: Prover, sign: int, slope: float) -> float:
        """Return about the extreme slope: Newton, at the worst of some intercepts."""
        low, high = (_edge(prover, slope, side) for side in (1, -1))
        for _ in range(4):
            grid = np.linspace(low, high, 7)
            scores = [_score(prover, sign, float(at), slope) for at in grid]
            worst = int(np.argmin([least for least, _ in scores]))
            at = float(grid[worst])
            for _ in range(2):
                least, steep = _score(prover, sign, at, slope)
                if steep == 0.0:
                    break
                slope -= float(np.clip(least / steep, -0.3, 0.3))
            low, high = float(grid[max(worst - 1, 0)]), float(grid[min(worst + 1, 6)])
        return slope

    def _prove_slope(self, prover: Prover, bound: float, sign: int) -> Proofs | None:
        slope = self.slope_of(bound)
        slope += sign * _SPARE * (1.0 + abs(slope))
        edges = self._edges(prover, (slope, slope))
        proofs = [proof for _, proof in edges if proof is not None]
        low, high = (end for end, _ in edges)
        proof = prover.prove(Slope(slope, sign), (low,), (high,), boxes=_BOXES)
        return None if proof is None else (*proofs, proof)

    def _edges(
        self, prover: Prover, slopes: Interval
    ) -> tuple[tuple[float, Proof | None], ...]:
        """Return the intercepts between which all fits lie, with their proofs."""
        widest = prover.intercepts(slopes)
        found = []
        for sign, outer in ((1, widest[0]), (-1, widest[1])):
            edge = sign * min(sign * _edge(prover, s, sign) for s in slopes)
            proof, away = None, 1e-3
            for _ in range(_TRIES):
                at = edge - sign * away
                if sign * (at - outer) <= 0.0:
                    break
                ends = ((slopes[0],), (slopes[1],))
                proof = prover.prove(Balance(at, sign), *ends, boxes=_BOXES)
                if proof is not None:
                    break
                away *= 4.0
            found.append((outer if proof is None else at, proof))
        return tuple(found)

    def limit(
        self, statistic: str, sign: int, value: float, slopes: Interval
    ) -> Proofs | None:
        """
        Prove that a limit or p passes a value in no cohort.

        Parameters
        ----------
        statistic : {'ci_low', 'ci_high', 'p_value'}
            Of the Wald interval at 0.95, or two-sided.
        sign : int
            1: none lies below the value; -1: none above.
        value : float
            Limit as an odds ratio, or p.
        slopes : tuple of float
            Odds ratios between which all are, proved before; infinite where unproved.

        Returns
        -------
        tuple of Proof or None
            None if it was not proved.
        """
        asked = self._asked(statistic, sign, value, slopes)
        if asked is None:
            return None
        little, level, (low, high) = asked
        if low >= high:
            return ()  # the odds ratio itself says so
        found = list(self.empty)
        self._boxes = _BUDGET
        for prover in self.provers:
            for part in _signs(low, high, level[1]):
                proofs = self._information(prover, little, level, part, _DEPTH)
                if proofs is None:
                    return None
                found += proofs
        return tuple(found)

    def _asked(
        self, statistic: str, sign: int, value: float, slopes: Interval
    ) -> tuple[bool, Interval, Interval] | None:
        """
        Say what must be proved of the information.

        Returns
        -------
        tuple of (bool, (float, float), (float, float)) or None
            Whether little of it is claimed; normal quantile and pole; and for which
            slopes. None if the slopes themselves speak against it, or do not end.
        """
        low, high = (end if abs(end) == inf else self.slope_of(end) for end in slopes)
        if statistic == "p_value":
            level = (NormalDist().inv_cdf(1.0 - 0.5 * value), 0.0)
            little = sign > 0
            allowed = little or not low <= 0.0 <= high
        else:
            pole = self.slope_of(value)
            level = (Z_95, pole)
            below = statistic == "ci_low"
            little = below == (sign < 0)
            allowed = little or (low > pole if below else high < pole)
            low, high = (max(low, pole), high) if below else (low, min(high, pole))
        if not allowed or (low < high and not (isfinite(low) and isfinite(high))):
            return None
        return little, level, (low, high)

    def _information(
        self,
        prover: Prover,
        little: bool,
        level: Interval,
        slopes: Interval,
        depth: int,
    ) -> list[Proof] | None:
        """Prove a claim of information, in parts of the slopes if need be."""
        edges = self._edges(prover, slopes)
        proofs = [proof for _, proof in edges if proof is not None]
        ends = (edges[0][0], edges[1][0])
        means, of_means = self._means(prover, [ends, slopes])
        proofs += of_means
        low, high = zip(ends, slopes, means, strict=True)
        claim = Information(*level, -1 if little else 1)
        boxes = min(4 * _BOXES, self._boxes)
        proof = prover.prove(claim, low, high, boxes=boxes) if boxes > 0 else None
        self._boxes -= prover.looked
        if proof is not None:
            return [*proofs, proof]
        if depth == 0 or not prover.exhausted or self._boxes <= 0:
            return None
        middle = 0.5 * (slopes[0] + slopes[1])
        found = []
        for part in ((slopes[0], middle), (middle, slopes[1])):
            half = self._information(prover, little, level, part, depth - 1)
            if half is None:
                return None
            found += half
        return found

    def _means(
        self, prover: Prover, corners: Sequence[Interval]
    ) -> tuple[Interval, list[Proof]]:
        """Return the weighted means of all fits, with their proofs."""
        low, high = zip(*corners, strict=True)
        ends, proofs = [], []
        for sign, outer in ((1, prover.u.min()), (-1, prover.u.max())):
            centre = _extreme_mean(prover, sign, corners)
            away, end = 0.02, float(outer)
            for _ in range(_TRIES):
                at = centre - sign * away
                if sign * (at - outer) <= 0.0:
                    break
                proof = prover.prove(WeightedMean(at, sign), low, high, boxes=_BOXES)
                if proof is not None:
                    proofs.append(proof)
                    end = at
                    break
                away *= 4.0
            ends.append(end)
        return (ends[0], ends[1]), proofs


def outward(value: float, sign: int, digits: int = 8) -> float:
    """Round to so many digits, downwards for sign 1, upwards for sign -1."""
    size = 10.0 ** (digits - 1 - int(np.floor(np.log10(abs(value)))))
    turn: Callable[[float], float] = np.floor if sign > 0 else np.ceil
    return float(turn(value * size) / size)


def _signs(low: float, high: float, pole: float) -> list[Interval]:
    """Return an interval, in two if the pole lies inside."""
    if low < pole < high:
        return [(low, pole), (pole, high)]
    return [(low, high)]


def _score(
    prover: Prover, sign: int, intercept: float, slope: float
) -> tuple[float, float]:
    """Return the least second score, and how it changes with the slope."""
    rows = Slope(slope, sign).rows(np.array([intercept]), prover.u, prover.y)
    least, multipliers, counts = prover.proposer.propose(*rows)
    p = expit(intercept + slope * prover.u)
    weight = sign * prover.u + multipliers.equations[0]
    return least, float(-(counts * weight * p * (1.0 - p) * prover.u).sum())


def _edge(prover: Prover, slope: float, sign: int) -> float:
    """Return about the intercept where the least (largest) first score is 0."""
    at = float(np.log(prover.events / (prover.patients - prover.events)))
    for _ in range(6):
        rows = Balance(at, sign).rows(np.array([slope]), prover.u, prover.y)
        least, _, counts = prover.proposer.propose(*rows)
        p = expit(at + slope * prover.u)
        steep = -sign * float((counts * p * (1.0 - p)).sum())
        if steep == 0.0:
            break
        step = float(np.clip(least / steep, -1.0, 1.0))
        at -= step
        if abs(step) < 1e-4:
            break
    return at


def _extreme_mean(prover: Prover, sign: int, corners: Sequence[Interval]) -> float:
    """Return about the least (largest) weighted mean over a box's diagonal."""
    found = []
    for at in (*np.array(corners).T, np.array(corners).mean(axis=1)):
        weight = expit(at[0] + at[1] * prover.u)
        weight *= 1.0 - weight
        centre = 0.0
        for _ in range(4):
            rows = WeightedMean(centre, sign).rows(at, prover.u, prover.y)
            counts = prover.proposer.propose(*rows)[2] * weight
            centre = float((counts * prover.u).sum() / counts.sum())
        found.append(centre)
    return sign * min(sign * one for one in found)
