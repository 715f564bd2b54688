"""Pools of one group: halves drawn from a tilted law, joined where they fit.

Halves of a group are drawn patient by patient, many thousands of them; the pairs that
fit all windows of the group are found by sorting, and kept in proportion to what they
weigh. Halves that attain an end of a range may be favoured; how many times as often
groups are then made is known by the ends that they attain.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rejia.ensemble.tilt import Tilted, Windows

LEAST_HALVES = 1 << 9
_REACH, _SHIFT = 30, 0.8  # of a shift, in steps and in SDs of a patient


@dataclass(frozen=True, slots=True)
class Group:
    """
    How a pool of one group is drawn.

    Attributes
    ----------
    law : Tilted
        Of one patient.
    sums, squares, spreads : numpy.ndarray
        Windows ``[coordinate, 2]``.
    favour : numpy.ndarray
        How many times as likely a first half is made that attains an end; 1 where the
        ends are frequent.
    makers : tuple of _Maker
        Of first halves, with ends favoured, and of second ones.
    reach : int
        By how much a sum of the first base may miss its window before one patient is
        shifted.
    halves, rounds : int
        Halves of either kind; how often they are drawn for one pool.
    share : float
        Of the pairs that fit, what is kept.
    """

    law: Tilted
    sums: np.ndarray
    squares: np.ndarray
    spreads: np.ndarray
    favour: np.ndarray
    makers: tuple["_Maker", "_Maker"]
    reach: int = 0
    halves: int = LEAST_HALVES
    rounds: int = 1
    share: float = 1.0

    @property
    def sizes(self) -> tuple[int, int]:
        """Patients of first and second halves: a first half can hold every end."""
        n = self.law.n
        behind = min(n // 2, n - int((self.favour > 1.0).sum()))
        return n - behind, behind

    @property
    def single(self) -> np.ndarray:
        """How often a first half holds so many ends, each of one patient."""
        ahead, n = self.sizes[0], self.law.n
        ratios = [(ahead - i) / (n - i) for i in range(min(len(self.favour), ahead))]
        return np.cumprod([1.0, *ratios])

    @property
    def kinds(self) -> np.ndarray:
        """Logarithm of how many times as often groups are made, by their ends."""
        ends = np.arange(len(self.favour))
        bits = (np.arange(1 << len(ends))[:, None] >> ends) & 1
        number = (bits * (self.favour > 1.0)).sum(axis=1)
        single = self.single
        known = np.log(single[np.minimum(number, len(single) - 1)])
        return np.asarray(bits @ np.log(self.favour) + known)


@dataclass(frozen=True, slots=True)
class _Maker:
    """What halves are drawn from: arguments of `draw_halves`; values kind by kind."""

    ladder: np.ndarray
    steps: tuple[np.ndarray, np.ndarray, np.ndarray]
    alias: tuple[np.ndarray, np.ndarray, np.ndarray]
    order: np.ndarray


def _sizes(n: int, favour: np.ndarray) -> tuple[int, int]:
    """Return the patients of both halves: the first can hold every favoured end."""
    behind = min(n // 2, n - int((favour > 1.0).sum()))
    return n - behind, behind


def _maker(law: Tilted, size: int, favour: np.ndarray) -> _Maker:
    """
    Prepare what draws halves of so many patients.

    Forwards, the probability of each set of ends that patients hold together is summed
    up; drawn backwards, a half holds its ends without any being thrown away.
    """
    from rejia.ensemble.halves import alias_table

    favoured = np.flatnonzero(favour > 1.0)
    held = law.holds & int((1 << favoured).sum())
    # Few distinct sets: the bits of other ends are always 0.
    kinds, kind = np.unique(held, return_inverse=True)
    order = np.argsort(kind, kind="stable")
    mass = np.exp(law.logs - law.logs.max())
    begin = np.searchsorted(kind[order], np.arange(len(kinds) + 1))
    threshold, other = np.empty(len(mass)), np.empty(len(mass), np.int64)
    for low, high in pairwise(begin):
        one, two = alias_table(mass[order][low:high])
        threshold[low:high], other[low:high] = one, two + low
    likely = np.bincount(kind, mass) / mass.sum()
    sets = 1 << len(favour) if len(favoured) else 1
    table = np.zeros((size + 1, sets))
    table[0, 0] = 1.0
    options: dict[tuple[int, int], list[tuple[float, int, int]]] = {}
    for k in range(1, size + 1):
        for before in np.flatnonzero(table[k - 1]).tolist():
            for place, bits in enumerate(kinds.tolist()):
                part = float(table[k - 1, before] * likely[place])
                table[k, before | bits] += part
                options.setdefault((k, before | bits), []).append((part, place, before))
    most = max((len(found) for found in options.values()), default=1)
    steps = (
        np.ones((size + 1, sets, most)),
        np.zeros((size + 1, sets, most), np.int64),
        np.zeros((size + 1, sets, most), np.int64),
    )
    for (k, bits), found in options.items():
        found.sort(reverse=True)
        chance = np.cumsum([part for part, _, _ in found])
        steps[0][k, bits, : len(found) - 1] = (chance / chance[-1])[:-1]
        steps[1][k, bits, : len(found)] = [place for _, place, _ in found]
        steps[2][k, bits, : len(found)] = [before for _, _, before in found]
    bits = (np.arange(sets)[:, None] >> np.arange(len(favour))) & 1
    ladder = np.cumsum(table[size] * np.exp(bits @ np.log(favour)))
    return _Maker(ladder / ladder[-1], steps, (begin, threshold, other), order)


@dataclass(frozen=True, slots=True)
class Pool:
    """Vectors of one group ``[vector, patient, coordinate]``, ends, and sums."""

    values: np.ndarray
    held: np.ndarray
    sums: np.ndarray
    squares: np.ndarray


def draw_pool(group: Group, link: np.ndarray, seed: np.ndarray) -> Pool:
    """Draw the pool of a group, for as many rounds as it takes."""
    tables = tables_of(group)
    parts = [draw_round(group, link, tables, seed)[0] for _ in range(group.rounds)]
    return Pool(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("values", "held", "sums", "squares")
        )
    )


@dataclass(frozen=True, slots=True)
class Tables:
    """What every round of a pool looks up; arguments of the compiled loops."""

    values: tuple[tuple[np.ndarray, np.ndarray], ...]
    law: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]
    corner: tuple[int, int]
    tilt: np.ndarray
    most: float


def tables_of(group: Group) -> Tables:
    """Return what every round of a group's pool looks up."""
    law, coords = group.law, len(group.sums)
    dense, ends, corner, place = _lay(law)
    tilt = np.zeros(5)
    tilt[: min(coords, 2)], tilt[2 : 2 + coords] = law.tilt[:2, 0], law.tilt[:, 1]
    numbers = np.arange(len(group.favour))
    bits = (np.arange(1 << len(numbers))[:, None] >> numbers) & 1
    favoured = int((1 << numbers[group.favour > 1.0]).sum())
    product = np.exp(bits @ np.log(group.favour))
    return Tables(
        tuple((law.values[one.order], place[one.order]) for one in group.makers),
        (dense, ends, product, group.single, favoured),
        corner,
        tilt,
        _most(group),
    )


def draw_round(
    group: Group, link: np.ndarray, tables: Tables, seed: np.ndarray
) -> tuple[Pool, int]:
    """Draw halves and join them; return the vectors, and the pairs looked at."""
    from rejia.ensemble.halves import draw_halves, join_alone, join_linked

    coords = len(group.sums)
    # By a sum that is not shifted, then by what is sought in a range.
    keys = (1, 3) if coords == 3 else (0, 2)
    parts = []
    for size, maker, values in zip(
        group.sizes, group.makers, tables.values, strict=True
    ):
        count = group.halves if size else 1
        cells = np.empty((count, size), np.int32)
        moments = np.empty((5, count), np.int64)
        draw_halves(
            *(seed, maker.ladder, maker.steps, maker.alias),
            *(values[0], link, values[1], cells, moments),
        )
        one, other = moments[keys[0]], moments[keys[1]]
        key = (one - one.min()) * (np.ptp(other) + 1) + (other - other.min())
        order = np.argsort(key)
        parts.append((cells[order], moments[:, order]))
    (cells, first), (others, second) = parts
    lowest = int(second[keys[0], 0])
    begin = np.cumsum(np.bincount(second[keys[0]] - lowest + 1))
    of_halves = (first, second, begin, lowest, cells, others)
    asked = (group.sums, group.squares, group.spreads)
    held = np.zeros(group.law.n, np.int64)
    tail = (tables.tilt, tables.most, group.reach, group.share, held)
    corner = tables.corner
    out = np.empty((0, 3), np.int64)
    before, found, seen = seed.copy(), 1 << 12, 0
    while found > len(out):
        out = np.empty((found, 3), np.int64)
        seed[:] = before
        if coords == 1:
            found, seen = join_alone(
                seed, *of_halves, asked, tables.law, corner[0], *tail, out
            )
        else:
            weights = (int(link[0]), int(link[1]))
            found, seen = join_linked(
                seed, *of_halves, asked, tables.law, corner, weights, *tail, out
            )
    out = out[:found]
    whole = np.concatenate([cells[out[:, 0]], others[out[:, 1]]], axis=1)
    whole[:, 0] += out[:, 2].astype(np.int32)
    y, x = np.divmod(whole, tables.law[0].shape[1])
    points = [x + corner[0]] if coords == 1 else [x + corner[0], y + corner[1]]
    if coords == 3:
        points.append(link[0] * points[0] + link[1] * points[1])
    vectors = np.stack(points, axis=2).astype(np.int64)
    attained = np.bitwise_or.reduce(tables.law[1].ravel()[whole], axis=1)
    return Pool(vectors, attained, vectors.sum(axis=1), (vectors**2).sum(axis=1)), seen


def _lay(
    law: Tilted,
) -> tuple[np.ndarray, np.ndarray, tuple[int, int], np.ndarray]:
    """Return tables of law and ends over all values, their corner, and each place."""
    values = law.values
    if values.shape[1] == 1:
        values = np.column_stack([values, np.zeros(len(values), np.int64)])
    corner = values.min(axis=0)
    at = values - corner
    shape = (int(at[:, 1].max()) + 1, int(at[:, 0].max()) + 1)
    dense, ends = np.zeros(shape), np.zeros(shape, np.int64)
    dense[at[:, 1], at[:, 0]] = np.exp(law.logs - law.logs.max())
    ends[at[:, 1], at[:, 0]] = law.holds
    low = (int(corner[0]), int(corner[1]))
    return dense, ends, low, (at[:, 1] * shape[1] + at[:, 0]).astype(np.int32)


def _most(group: Group) -> float:
    """Return the most that undoing the tilt can weigh inside the windows."""
    total = 0.0
    for ends, power in ((group.sums, 0), (group.squares, 1)):
        tilt = group.law.tilt[:, power]
        total += np.maximum(-tilt * ends[:, 0], -tilt * ends[:, 1]).sum()
    return float(total)


def pose_group(
    law: Tilted, found: Windows, at: int, favour: np.ndarray, halves: int
) -> Group:
    """Prepare a group whose first halves are favoured where they attain ends."""
    held = np.bitwise_or.reduce(law.holds)
    favour = np.where((held >> np.arange(len(favour))) & 1 == 1, favour, 1.0)
    sizes = _sizes(law.n, favour)
    first = _maker(law, sizes[0], favour)
    second = _maker(law, sizes[1], np.ones(len(favour)))
    sums = np.ascontiguousarray(found.sums[:, at])
    width = int(sums[0, 1] - sums[0, 0])
    if len(sums) == 1:
        width = _REACH  # its halves meet often enough
    return Group(
        law,
        sums,
        np.ascontiguousarray(found.squares[:, at]),
        np.ascontiguousarray(found.spreads[:, at]),
        favour,
        (first, second),
        reach_of(law, width),
        halves,
    )


def reach_of(law: Tilted, width: int) -> int:
    """Return how far the first patient may be shifted: any reach gives one law."""
    mass = np.exp(law.logs - law.logs.max())
    x = law.values[:, 0].astype(np.float64)
    rows = law.values[:, -1] * (law.values.shape[1] - 1)
    rows = rows - rows.min()
    of_row = np.maximum(np.bincount(rows, mass), 1e-300)
    mean = np.bincount(rows, mass * x) / of_row
    sd = np.sqrt(np.average((x - mean[rows]) ** 2, weights=mass))
    return max(0, min(_REACH, int(_SHIFT * sd)) - width)
