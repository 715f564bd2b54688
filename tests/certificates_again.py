"""A second engine for certificates: signed interval arithmetic, 80-bit floats."""

from fractions import Fraction
from itertools import combinations
from math import log, prod

import numpy as np

from rejia.ensemble.certify_claims import (
    Balance,
    Information,
    Nobody,
    Slope,
    WeightedMean,
)
from rejia.ensemble.certify_windows import windows

WIDE = np.longdouble
SPARE = WIDE("1e-11")


def curve(t):
    return 1 / (1 + np.exp(-t))


def times(one, two):
    ends = [a * b for a in one for b in two]
    return np.minimum.reduce(ends), np.maximum.reduce(ends)


def plus(one, two):
    return one[0] + two[0], one[1] + two[1]


class Checked:
    """One proof, read anew."""

    def __init__(self, proof):
        self.proof, self.claim, strata = proof, proof.claim, proof.windows.strata
        m, s = proof.windows.centre, proof.windows.scale
        values = [range(one.low, one.high + 1) for one in strata]
        self.u = [np.array([v - m for v in r], WIDE) / WIDE(s) for r in values]
        self.y = [WIDE(one.group in proof.event) for one in strata]
        self.points = []
        for block in proof.windows.blocks:
            pairs = [
                (
                    Fraction(total - block.n * m, s),
                    Fraction(q - 2 * m * total + block.n * m * m, s * s),
                )
                for total, q in block.points
            ]
            self.points.append([(WIDE(float(a)), WIDE(float(b))) for a, b in pairs])

    def holds(self):
        return self.covers() and all(self.box_holds(box) for box in self.proof.boxes)

    def covers(self):
        """Say whether the boxes fill the range: volumes add up, none overlap."""

        low, high, boxes = self.proof.low, self.proof.high, self.proof.boxes
        axes = [j for j in range(len(low)) if low[j] < high[j]]

        def volume(box):
            return prod(Fraction(box.high[j]) - Fraction(box.low[j]) for j in axes)

        inside = all(
            low[j] <= box.low[j] and box.high[j] <= high[j]
            for box in boxes
            for j in range(len(low))
        )
        apart = all(
            any(a.high[j] <= b.low[j] or b.high[j] <= a.low[j] for j in axes)
            for a, b in combinations(boxes, 2)
        )
        return inside and apart and sum(map(volume, boxes)) == volume(self.proof)

    def place(self, at):
        """Return intercept, slope and c of a place."""
        match self.claim:
            case Slope(slope=slope):
                return at[0], slope, 0.0
            case Balance(intercept=intercept):
                return intercept, at[0], 0.0
            case WeightedMean(centre=centre):
                return at[0], at[1], centre
            case Information():
                return at[0], at[1], at[2]
        return 0.0, 0.0, 0.0

    def terms(self, at, u, y):
        """Return the summand, and those of the equations."""
        a, b, c = (WIDE(one) for one in self.place(at))
        p = curve(a + b * u)
        rest, weight = y - p, p * (1 - p)
        match self.claim:
            case Nobody():
                return 0 * u, []
            case Balance(sign=sign):
                return sign * rest, []
            case Slope(sign=sign):
                return sign * u * rest, [rest]
            case WeightedMean(sign=sign):
                return sign * weight * (u - c), [rest, u * rest]
            case Information(sign=sign):
                main = sign * weight * (u - c) ** 2
                return main, [rest, u * rest, weight * (u - c)]

    def curvature(self, box, j, u):
        """Return intervals of main_jj, and of (e_j, e_jj) of each equation."""
        low, high = self.place(box.low), self.place(box.high)
        slopes = [WIDE(low[1]) * u, WIDE(high[1]) * u]
        t = (WIDE(low[0]) + np.minimum(*slopes), WIDE(high[0]) + np.maximum(*slopes))
        p = tuple(curve(one) for one in t)
        ends = [one * (1 - one) for one in p]
        top = np.where((p[0] < 0.5) & (p[1] > 0.5), WIDE("0.25"), np.maximum(*ends))
        d1 = (np.minimum(*ends), top)
        d2 = times(d1, (1 - 2 * p[1], 1 - 2 * p[0]))
        d3 = times(d1, (1 - 6 * d1[1], 1 - 6 * d1[0]))
        zero = (0 * u, 0 * u)
        one = (1 + 0 * u, 1 + 0 * u)
        away = (u - WIDE(high[2]), u - WIDE(low[2]))
        squared = times(away, away)
        squared = (np.where(away[0] * away[1] < 0, 0, squared[0]), squared[1])
        by_c = isinstance(self.claim, Information) and j == 2
        by_slope = isinstance(self.claim, Balance) or j == 1
        step = (u, u) if by_slope else one
        twice = times(step, step)
        minus = (-1 + 0 * u, -1 + 0 * u)
        first = times(minus, times(step, d1))
        second = times(minus, times(twice, d2))
        rest = (first, second)
        moved = tuple(times((u, u), part) for part in rest)
        pull = (times(times(step, d2), away), times(times(twice, d3), away))
        sign = getattr(self.claim, "sign", 1)
        signs = (sign + 0 * u, sign + 0 * u)
        match self.claim:
            case Nobody():
                return zero, []
            case Balance():
                return times(signs, second), []
            case Slope():
                return times(signs, moved[1]), [rest]
            case WeightedMean():
                return times(signs, pull[1]), [rest, moved]
        if by_c:
            still = (zero, zero)
            last = (times(minus, d1), zero)
            return times(signs, times((2 + 0 * u, 2 + 0 * u), d1)), [still, still, last]
        main = times(signs, times(times(twice, d3), squared))
        return main, [rest, moved, pull]

    def sag(self, box, u):
        """Return how far a term can lie below its interpolation: if it is convex."""
        weights = np.array([one.equations for one in box.corners], WIDE)
        dims = len(box.low)
        total = 0 * u
        for j in range(dims):
            width = WIDE(box.high[j]) - WIDE(box.low[j])
            if width == 0:
                continue
            main, equations = self.curvature(box, j, u)
            bit = 1 << (dims - 1 - j)
            pairs = [(at, at | bit) for at in range(2**dims) if not at & bit]
            for k, (first, second) in enumerate(equations):
                rise = [(weights[b, k] - weights[a, k]) / width for a, b in pairs]
                turn = times((2 * min(rise) + 0 * u, 2 * max(rise) + 0 * u), first)
                size = (weights[:, k].min() + 0 * u, weights[:, k].max() + 0 * u)
                main = plus(main, plus(turn, times(size, second)))
            total = total + width**2 / 8 * np.maximum(main[1], 0)
        return total

    def box_holds(self, box):
        """Say whether the inequality holds in a box."""
        worst = []
        sags = [self.sag(box, u) for u in self.u]
        for at, one in zip(box.places(), box.corners, strict=True):
            total = WIDE(0)
            for stratum, u, y, sag in zip(
                self.proof.windows.strata, self.u, self.y, sags, strict=True
            ):
                main, equations = self.terms(at, u, y)
                term = main - sag
                for k, equation in enumerate(equations):
                    term = term + WIDE(one.equations[k]) * equation
                for block in stratum.blocks:
                    mu, nu = (WIDE(w) for w in one.sums[block])
                    term = term - mu * u - nu * u * u
                total += stratum.n * term.min()
            for points, (mu, nu) in zip(self.points, one.sums, strict=True):
                total += min(WIDE(mu) * a + WIDE(nu) * b for a, b in points)
            worst.append(total)
        if not isinstance(self.claim, Information):
            return bool(min(worst) > SPARE)
        return self.with_level(box, worst)

    def with_level(self, box, worst):
        """Add the level; a cohort's slope lies somewhere in the box."""
        z, pole, sign = self.claim.z, self.claim.pole, self.claim.sign
        away = [abs(WIDE(end) - WIDE(pole)) for end in (box.low[1], box.high[1])]
        assert not box.low[1] < pole < box.high[1]
        if sign > 0:  # concave: least at the corners, corner by corner
            if min(away) == 0:
                return False
            levels = [
                -((z / abs(WIDE(at[1]) - WIDE(pole))) ** 2) for at in box.places()
            ]
            return bool(min(w + v for w, v in zip(worst, levels, strict=True)) > SPARE)
        if min(worst) + (z / max(away)) ** 2 > SPARE:
            return True
        if min(away) == 0:
            return False
        # Below the chord by at most this: a tangent at one end is below the curve.
        near, far = ((z / one) ** 2 for one in (min(away), max(away)))
        width = max(away) - min(away)
        grid = [min(away) + width * i / WIDE(64) for i in range(65)]
        slope = (far - near) / width if width else WIDE(0)
        chord = [near + slope * (x - min(away)) for x in grid]
        sag = max(c - (z / x) ** 2 for c, x in zip(chord, grid, strict=True))
        sag += (width / 64) ** 2 * 6 * z**2 / min(away) ** 4 + SPARE
        levels = [(z / abs(WIDE(at[1]) - WIDE(pole))) ** 2 for at in box.places()]
        return bool(
            min(w + v for w, v in zip(worst, levels, strict=True)) - sag > SPARE
        )


def holds(proof):
    return Checked(proof).holds()


def suffices(spec, certificate):
    """Say whether the claims of a certificate, if true, give its bound."""
    (column,) = certificate.quantity.columns
    cases = windows(spec, column)
    of_case = [
        [proof for proof in certificate.proofs if proof.windows == case]
        for case in cases
    ]
    return bool(cases) and all(
        any(isinstance(proof.claim, Nobody) for proof in proofs)
        or _case_suffices(spec, certificate, case, proofs)
        for case, proofs in zip(cases, of_case, strict=True)
    )


def _unit(spec, column, case):
    return float(spec.column(column).step) * case.scale


def _slopes(case, proofs):
    """Return what the claims of slopes leave of it."""
    low, high = -np.inf, np.inf
    for proof in proofs:
        if isinstance(proof.claim, Slope) and _all_intercepts(
            case, proofs, proof, (proof.claim.slope,) * 2
        ):
            if proof.claim.sign > 0:
                low = max(low, proof.claim.slope)
            else:
                high = min(high, proof.claim.slope)
    return low, high


def _case_suffices(spec, certificate, case, proofs):
    low, high = _slopes(case, proofs)
    value, unit = certificate.bound, _unit(spec, certificate.quantity.columns[0], case)
    statistic = certificate.quantity.statistic
    sign = 1 if certificate.side == "low" else -1
    if statistic == "odds_ratio":
        return low >= log(value) * unit if sign > 0 else high <= log(value) * unit
    pole = 0.0 if statistic == "p_value" else log(value) * unit
    if statistic == "ci_low":
        if sign > 0 and low <= pole:
            return False
        low = max(low, pole)
    elif statistic == "ci_high":
        if sign < 0 and high >= pole:
            return False
        high = min(high, pole)
    elif sign < 0 and low <= 0 <= high:
        return False
    little = {"ci_low": -1, "ci_high": 1, "p_value": 1}[statistic] == sign
    parts = sorted(
        (proof.low[1], proof.high[1])
        for proof in proofs
        if isinstance(proof.claim, Information)
        and (proof.claim.sign < 0) == little
        and proof.claim.pole == pole
        and _all_intercepts(case, proofs, proof, (proof.low[1], proof.high[1]))
        and _all_means(case, proofs, proof)
    )
    reached = low
    for start, end in parts:
        if start <= reached + 1e-9:
            reached = max(reached, end)
    return reached >= high - 1e-9


def _all_intercepts(case, proofs, proof, slopes):
    """Say whether no fit has an intercept outside those of a proof."""
    events = sum(s.n for s in case.strata if s.group in proof.event)
    share = log(events / (sum(s.n for s in case.strata) - events))
    ends = [
        (v - case.centre) / case.scale for s in case.strata for v in (s.low, s.high)
    ]
    reach = [b * u for b in slopes for u in ends]
    widest = (share - max(reach), share - min(reach))
    for sign, end, outer in zip(
        (1, -1), (proof.low[0], proof.high[0]), widest, strict=True
    ):
        balanced = any(
            isinstance(one.claim, Balance)
            and (one.claim.sign, one.claim.intercept) == (sign, end)
            and one.low[0] <= slopes[0]
            and slopes[1] <= one.high[0]
            for one in proofs
        )
        if not balanced and sign * (end - outer) > 0:
            return False
    return True


def _all_means(case, proofs, proof):
    """Say whether no fit has a weighted mean outside those of a proof."""
    ends = [
        (v - case.centre) / case.scale for s in case.strata for v in (s.low, s.high)
    ]
    for sign, end in ((1, proof.low[2]), (-1, proof.high[2])):
        known = any(
            isinstance(one.claim, WeightedMean)
            and (one.claim.sign, one.claim.centre) == (sign, end)
            and all(a <= b for a, b in zip(one.low, proof.low[:2], strict=True))
            and all(a >= b for a, b in zip(one.high, proof.high[:2], strict=True))
            for one in proofs
        )
        if not known and not (end <= min(ends) if sign > 0 else end >= max(ends)):
            return False
    return True
