"""A second engine for certificates of rank tests: own sums, 80-bit floats."""

from itertools import combinations
from math import prod

import numpy as np
from scipy.special import ndtr

from rejia.ensemble._battery_tests import RankSum
from rejia.ensemble.certify_windows import windows

WIDE = np.longdouble
SPARE = WIDE("1e-9")
UP, DOWN, STILL = "up", "down", "still"


class Checked:
    """One proof, read anew."""

    def __init__(self, proof):
        self.proof, self.cuts = proof, proof.cuts
        self.paired = not isinstance(proof.test, RankSum)
        self.patients = self.paired_patients() if self.paired else self.two_groups()
        ranked = [
            n for n, sides, *_ in self.patients if self.paired or STILL not in sides
        ]
        self.ranked = sum(ranked)
        self.up = sum(n for n, sides, *_ in self.patients if set(sides) == {UP})
        self.points = [
            [
                (
                    WIDE(total - block.n * case.centre) / case.scale,
                    WIDE(
                        q
                        - 2 * case.centre * total
                        + block.n * case.centre * case.centre
                    )
                    / case.scale**2,
                )
                for total, q in block.points
            ]
            for case in proof.windows
            for block in case.blocks
        ]
        smallest = min(min(places) for _, _, places, _ in self.patients)
        largest = max(max(places) for _, _, places, _ in self.patients)
        starts = [1 if self.paired else smallest, *(cut + 1 for cut in self.cuts)]
        ends = [*self.cuts, largest]
        self.alone = [a == b for a, b in zip(starts, ends, strict=True)]

    def two_groups(self):
        """Yield of each stratum: patients, sides, places, values by block."""
        (case,) = self.proof.windows
        first, second = self.proof.test.group, self.proof.test.reference
        if not self.proof.rising:
            first, second = second, first
        found = []
        for one in case.strata:
            side = UP if one.group in first else DOWN if one.group in second else STILL
            values = range(one.low, one.high + 1)
            u = [WIDE(v - case.centre) / case.scale for v in values]
            blocks = {block: u for block in one.blocks}
            found.append((one.n, [side] * len(u), list(values), blocks))
        return found

    def paired_patients(self):
        before, after = self.proof.windows
        sign = 1 if self.proof.rising else -1
        found = []
        for x in before.strata:
            for y in after.strata:
                if x.group != y.group:
                    continue
                pairs = [
                    (a, b)
                    for a in range(x.low, x.high + 1)
                    for b in range(y.low, y.high + 1)
                ]
                changes = [sign * (b - a) for a, b in pairs]
                sides = [UP if c > 0 else DOWN if c < 0 else STILL for c in changes]
                u = [WIDE(a - before.centre) / before.scale for a, _ in pairs]
                v = [WIDE(b - after.centre) / after.scale for _, b in pairs]
                blocks = {block: u for block in x.blocks}
                blocks |= {len(before.blocks) + block: v for block in y.blocks}
                found.append((min(x.n, y.n), sides, [abs(c) for c in changes], blocks))
        # Patients of each group are split as the finer of both columns says.
        sizes = {one.group: 0 for one in before.strata}
        for one in before.strata:
            sizes[one.group] += one.n
        assert sum(n for n, *_ in found) == sum(sizes.values())
        return found

    def counted(self):
        """Return of each count, in order, which patients it counts."""
        rows = [("below", cut, None) for cut in self.cuts]
        rows += [("above", cut, None) for cut in self.cuts]
        rows += [("above", np.inf, None), ("apart", None, None)]
        for at in range(len(self.patients) if self.paired else 0):
            rows += [("above", np.inf, at), ("not below", -1, at)]
            rows.append(("not below", (*self.cuts, np.inf)[0], at))
        return rows

    def root(self):
        """Return all counts that there can be."""
        n, k = self.ranked, len(self.cuts)
        if self.paired:
            tall = [n] * (2 * k + 2)
            tall += [one[0] for one in self.patients for _ in range(3)]
            return [0] * len(tall), tall
        down = n - self.up
        low = [0] * (2 * k) + [self.up, 0]
        return low, [down] * k + [self.up] * (k + 1) + [0]

    def covers(self):
        """Say whether the boxes hold all counts: volumes add up, none overlap."""
        low, high = self.root()
        boxes = [(one.low, one.high) for one in self.proof.boxes]

        def volume(ends):
            return prod(b - a + 1 for a, b in zip(*ends, strict=True))

        inside = all(
            all(x <= a <= b <= y for x, a, b, y in zip(low, *box, high, strict=True))
            for box in boxes
        )
        apart = all(
            any(b < c or d < a for a, b, c, d in zip(*one, *other, strict=True))
            for one, other in combinations(boxes, 2)
        )
        return inside and apart and sum(map(volume, boxes)) == volume((low, high))

    def p_at(self, m, statistic):
        """Return p without ties where so many are ranked."""
        if self.paired:
            centre, variance = m * (m + 1) / 4, m * (m + 1) * (2 * m + 1) / 24
        else:
            pairs = self.up * (m - self.up)
            centre, variance = pairs / 2, pairs * (m + 1) / 12
        away = centre - statistic
        away -= 0.5 if self.proof.test.method == "normal_corrected" else 0.0
        return 2 * ndtr(-away / variance**0.5) if away > 0 and variance else 1.0

    def level(self, m):
        """Return what the statistic must stay below: 1/2 above where p is small."""
        if m == 0:
            return WIDE(0.5)
        statistic = -0.5
        while self.p_at(m, statistic + 0.5) <= self.proof.p_value:
            statistic += 0.5
        if statistic < 0:  # no statistic would do, so none that there is may be left
            while self.p_at(m, statistic) > self.proof.p_value:
                statistic -= 0.5
        return WIDE(statistic) + WIDE(0.5)

    def facets(self, box):
        """Return what a box says: by interval, patients above and pairs below."""
        k, n = len(self.cuts), self.ranked
        low, high = [list(map(int, ends)) for ends in (box.low, box.high)]
        apart = (low[2 * k + 1], high[2 * k + 1])
        up = [[low[k + j], high[k + j]] for j in range(k + 1)]
        for j in range(1, k + 1):
            up[j][0] = max(up[j][0], up[j - 1][0])
        for j in reversed(range(k)):
            up[j][1] = min(up[j][1], up[j + 1][1])
        rest = [n - apart[1] - up[-1][1], n - apart[0] - up[-1][0]]
        down = [[low[j], high[j]] for j in range(k)] + [[max(rest[0], 0), rest[1]]]
        for j in range(1, k + 1):
            down[j][0] = max(down[j][0], down[j - 1][0])
        for j in reversed(range(k)):
            down[j][1] = min(down[j][1], down[j + 1][1])
        if any(a > b for a, b in [*up, *down, apart]):
            return None
        here = [
            (
                max(0, up[j][0] - up[j - 1][1] if j else up[j][0]),
                up[j][1] - (up[j - 1][0] if j else 0),
            )
            for j in range(k + 1)
        ]
        under = []
        for j in range(k + 1):
            last = down[j - 1] if j else [0, 0]
            if self.alone[j]:
                under.append(
                    [WIDE(a + b) / 2 for a, b in zip(last, down[j], strict=True)]
                )
            else:
                under.append([WIDE(a) for a in down[j]])
        return here, under, up[-1], apart

    def box_holds(self, box):
        """Say whether the statistic stays below its level in a box."""
        facets = self.facets(box)
        if facets is None:
            return True
        here, under, up, apart = facets
        total, steepness, tilt = WIDE(0), WIDE(0), WIDE(0)
        if self.paired:
            # P (P + 1) / 2 is below its chord; the level is above a line.
            steepness = WIDE(up[0] + up[1] + 1) / 2
            total -= WIDE(up[0]) * up[1] / 2
            ranked = range(self.ranked - apart[1], self.ranked - apart[0] + 1)
            levels = [self.level(m) for m in ranked]
            if len(levels) > 1:
                tilt = (levels[-1] - levels[0]) / (len(levels) - 1)
            total -= min(v - tilt * m for m, v in zip(ranked, levels, strict=True))
            total -= tilt * self.ranked
        else:
            total -= self.level(self.ranked)
        shares = [WIDE(share) for share in box.planes]
        if any(not 0 <= share <= 1 for share in shares):
            return False
        of_held, of_under = [], []
        for share, (a, b), (c, d) in zip(shares, here, under, strict=True):
            if b == 0 or d == 0:  # nobody, or no pairs
                of_held.append(WIDE(0))
                of_under.append(WIDE(0))
                continue
            of_held.append(share * d + (1 - share) * c)
            of_under.append(share * a + (1 - share) * b)
            total -= share * a * d + (1 - share) * b * c
        weights = self.weights(of_held, of_under, steepness, tilt)
        for ends in zip(box.counts, box.low, box.high, strict=True):
            total += max(WIDE(ends[0]) * ends[1], WIDE(ends[0]) * ends[2])
        for points, (mu, nu) in zip(self.points, box.sums, strict=True):
            total += max(WIDE(mu) * a + WIDE(nu) * b for a, b in points)
        for at, (n, *_) in enumerate(self.patients):
            total += n * self.largest(at, weights, box)
        return bool(total < -SPARE)

    def weights(self, of_held, of_under, steepness, tilt):
        """Return the weight of a patient, by side and interval, but multipliers."""
        down = []
        for j in range(len(of_held)):
            halves = [
                weight * (WIDE(0.5) if self.alone[i] and i == j else WIDE(1))
                for i, weight in enumerate(of_under)
                if i >= j
            ]
            down.append(sum(halves, WIDE(0)))
        up = [weight + steepness for weight in of_held]
        return {UP: up, DOWN: down, STILL: [tilt if self.paired else WIDE(0)] * len(up)}

    def largest(self, at, weights, box):
        """Return the largest term of any patient of a stratum."""
        _, sides, places, blocks = self.patients[at]
        intervals = np.searchsorted(np.array(self.cuts), places, side="left")
        known = {}
        for side, interval in set(zip(sides, intervals.tolist(), strict=True)):
            top = (*self.cuts, np.inf)[interval]
            weight = weights[side][interval]
            for multiplier, row in zip(box.counts, self.counted(), strict=True):
                if self.counts(row, at, side, top):
                    weight -= WIDE(multiplier)
            known[side, interval] = weight
        terms = np.array(
            [known[key] for key in zip(sides, intervals.tolist(), strict=True)], WIDE
        )
        for block, u in blocks.items():
            mu, nu = (WIDE(one) for one in box.sums[block])
            values = np.array(u, WIDE)
            terms -= mu * values + nu * values * values
        return terms.max()

    def counts(self, row, at, side, top):
        """Say whether a count is of a patient: stratum, side, end of its interval."""
        kind, cut, stratum = row
        if stratum is not None and stratum != at:
            return False
        if kind == "apart":
            return self.paired and side == STILL
        if kind == "above":
            return side == UP and top <= cut
        if kind == "below":
            return side == DOWN and top <= cut
        return side != DOWN or top <= cut


def holds(proof):
    """Say whether a proof holds: boxes cover, and each inequality is true."""
    checked = Checked(proof)
    return checked.covers() and all(map(checked.box_holds, proof.boxes))


def suffices(spec, certificate):
    """Say whether the claim of a certificate is about its spec and gives its bound."""
    (proof,) = certificate.proofs
    test = proof.test
    names = (test.column,) if isinstance(test, RankSum) else (test.before, test.after)
    groups = None if isinstance(test, RankSum) else test.groups or None
    asked = tuple(windows(spec, name, groups, holders=False)[0] for name in names)
    return (
        certificate.side == "high"
        and proof.p_value <= certificate.bound
        and proof.windows == asked
        and certificate.quantity.columns == names
        and getattr(test, "zeros", "drop") == "drop"
    )
