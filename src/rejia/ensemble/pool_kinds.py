"""Groups of pools, combined at random where they fit totals and attain all ends."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from rejia.ensemble.pool_groups import Group, Pool, draw_pool

_BINS = 6  # kinds by what vectors add to a total
_TOP_UP = 0.2  # of a block, where pools gave too few


@dataclass(frozen=True, slots=True)
class Pools:
    """
    How blocks of a link are drawn.

    Attributes
    ----------
    groups : tuple of Group
        One a group.
    link : numpy.ndarray
        Weights of the bases in the third coordinate.
    rate : float
        Combinations that are tried, as a share of all there are.
    totals : tuple
        Coordinate, groups, n and windows of each cell of several groups.
    steer : int
        The total that is met most seldom: kinds are told apart by what they add to it;
        -1 where all are met often.
    """

    groups: tuple[Group, ...]
    link: np.ndarray
    rate: float
    totals: tuple[tuple[int, tuple[int, ...], tuple[int, ...]], ...]
    steer: int = -1

    @property
    def cost(self) -> int:
        """Patients drawn for a block, roughly."""
        return sum(one.rounds * one.halves * one.law.n for one in self.groups)

    def draw(self, draws: int, words: np.ndarray) -> np.ndarray:
        """
        Draw cohorts.

        Parameters
        ----------
        draws : int
            Cohorts.
        words : numpy.ndarray
            State of the random numbers: four of uint64.

        Returns
        -------
        numpy.ndarray
            int32 ``[coordinate, patient, cohort]``; patients of a group are in a
            random order.
        """
        seed = words.copy()
        rng = np.random.Generator(np.random.PCG64([int(word) for word in words]))
        kept = [self._cohorts(seed, rng)]
        # What is missing is drawn from smaller pools.
        more = self.scaled([_TOP_UP] * len(self.groups), _TOP_UP)
        while sum(len(part) for part in kept) < draws:
            kept.append(more._cohorts(seed, rng))
        values = np.concatenate(kept)[:draws]
        return np.ascontiguousarray(values.transpose(2, 1, 0).astype(np.int32))

    def scaled(self, factors: Sequence[float], tries: float) -> "Pools":
        """Return pools so many times as large, of which so many times are tried."""
        groups, rate = [], self.rate * tries
        for one, factor in zip(self.groups, factors, strict=True):
            rounds = ceil(one.rounds * factor)
            part = one.rounds * factor / rounds
            halves = ceil(one.halves * part ** (0.5 if one.sizes[1] else 1.0))
            rate /= factor
            groups.append(replace(one, rounds=rounds, halves=halves))
        return replace(self, groups=tuple(groups), rate=rate)

    def _cohorts(self, seed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw pools and combine them: ``[cohort, patient, coordinate]``."""
        pools = [draw_pool(one, self.link, seed) for one in self.groups]
        chosen = combine(self, pools, self.rate, rng)
        chosen = chosen[self.fit(pools, chosen)]
        chosen = chosen[rng.permutation(len(chosen))]
        pieces = []
        for g, pool in enumerate(pools):
            found = pool.values[chosen[:, g]]
            order = np.argsort(rng.random(found.shape[:2]), axis=1)
            pieces.append(np.take_along_axis(found, order[:, :, None], axis=1))
        return np.concatenate(pieces, axis=1)

    def fit(self, pools: Sequence[Pool], chosen: np.ndarray) -> np.ndarray:
        """Say which combinations of groups fit the totals."""
        good = np.ones(len(chosen), np.bool_)
        for coord, groups, (n, *window) in self.totals:
            s = sum(pools[g].sums[chosen[:, g], coord] for g in groups)
            q = sum(pools[g].squares[chosen[:, g], coord] for g in groups)
            spread = n * q - s * s
            good &= (s >= window[0]) & (s <= window[1])
            good &= (spread >= window[2]) & (spread <= window[3])
        return good


@dataclass(frozen=True, slots=True)
class Kinds:
    """Combinations of kinds of groups, by the ends that each attains, that attain all.

    `order`, `start` and `count` say by group where the vectors of each kind are in a
    random order; `places` which kinds go together; `weight` how often they are wanted,
    by combination of vectors.
    """

    order: tuple[np.ndarray, ...]
    start: tuple[np.ndarray, ...]
    count: tuple[np.ndarray, ...]
    places: np.ndarray
    weight: np.ndarray


def sort_kinds(pools: Pools, drawn: Sequence[Pool], rng: np.random.Generator) -> Kinds:
    """Sort vectors into kinds: by the ends they attain, and by what a total gets."""
    ends = len(pools.groups[0].favour)
    labels = [pool.held.copy() for pool in drawn]
    if pools.steer >= 0:
        for g, terms in _terms(pools, pools.steer, drawn).items():
            cuts = np.quantile(terms, np.arange(1, _BINS) / _BINS)
            labels[g] |= np.searchsorted(cuts, terms).astype(np.int64) << ends
    orders: list[np.ndarray] = []
    starts: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    kinds: list[np.ndarray] = []
    for label in labels:
        order = np.lexsort((rng.random(len(label)), label))
        kind, start, count = np.unique(
            label[order], return_index=True, return_counts=True
        )
        for found, part in zip(
            (orders, starts, counts, kinds), (order, start, count, kind), strict=True
        ):
            found.append(part)
    grid = np.indices([len(kind) for kind in kinds])
    places = grid.reshape(len(kinds), -1).T
    columns = list(zip(kinds, places.T, strict=True))
    whole = np.bitwise_or.reduce([kind[at] for kind, at in columns], axis=0)
    good = (whole & ((1 << ends) - 1)) == (1 << ends) - 1
    for at, total in enumerate(pools.totals):
        good &= _possible(pools, drawn, at, total[2], orders, starts, places)
    places = places[good]
    logs = np.zeros(len(places))
    for group, kind, at in zip(pools.groups, kinds, places.T, strict=True):
        logs -= group.kinds[kind[at] & ((1 << ends) - 1)]
    return Kinds(tuple(orders), tuple(starts), tuple(counts), places, np.exp(logs))


def _terms(pools: Pools, at: int, drawn: Sequence[Pool]) -> dict[int, np.ndarray]:
    """
    Return by group what vectors add to the spread of a total.

    With `m` the middle of the window of the sum `s`, the spread ``n q - s * s`` is
    ``(n q - 2 m s) + m * m - (s - m) ** 2``, whose first part is a sum over groups and
    whose last is small. Times two, to stay whole.
    """
    coord, groups, (n, low, high, _, _) = pools.totals[at]
    return {
        g: 2 * (n * drawn[g].squares[:, coord] - (low + high) * drawn[g].sums[:, coord])
        for g in groups
    }


def _possible(
    pools: Pools,
    drawn: Sequence[Pool],
    at: int,
    window: tuple[int, ...],
    orders: Sequence[np.ndarray],
    starts: Sequence[np.ndarray],
    places: np.ndarray,
) -> np.ndarray:
    """Say of which combinations of kinds some vectors may fit a total."""
    low, high = np.zeros(len(places), np.int64), np.zeros(len(places), np.int64)
    for g, terms in _terms(pools, at, drawn).items():
        sorted_terms = terms[orders[g]]
        low += np.minimum.reduceat(sorted_terms, starts[g])[places[:, g]]
        high += np.maximum.reduceat(sorted_terms, starts[g])[places[:, g]]
    _, least, most, narrow, wide = window
    # Twice the spread is the sum of terms, plus this, less at most that.
    middle = (least + most) ** 2 // 2
    away = (most - least) ** 2 // 2 + 2
    return (high + middle + 2 >= 2 * narrow) & (low + middle - away <= 2 * wide)


def combine(
    pools: Pools,
    drawn: Sequence[Pool],
    rate: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """
    Combine groups that together attain all ends, and may fit the totals.

    Parameters
    ----------
    pools : Pools
        How the groups were drawn.
    drawn : sequence of Pool
        One a group.
    rate : float
        How often a combination of vectors is tried, times how much more often its
        groups are made than wanted.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    numpy.ndarray
        int64 ``[combination, group]``.

    Notes
    -----
    Combinations of kinds are tried in numbers whose expectations are exact, those of
    which none can fit left out. Inside a kind, vectors are used once each before any
    is used again, which spreads them and does not change how often each is expected.
    """
    found = sort_kinds(pools, drawn, rng)
    expected = rate * found.weight
    for count, at in zip(found.count, found.places.T, strict=True):
        expected = expected * count[at]
    tries = np.floor(expected + rng.random(len(expected))).astype(np.int64)
    chosen = np.empty((int(tries.sum()), len(drawn)), np.int64)
    for g, at in enumerate(found.places.T):
        kind = np.repeat(at, tries)
        by_kind = np.argsort(kind, kind="stable")
        first = np.searchsorted(kind[by_kind], np.arange(len(found.count[g])))
        turn = np.empty(len(kind), np.int64)
        turn[by_kind] = np.arange(len(kind)) - first[kind[by_kind]]
        size = found.count[g][kind]
        again = (rng.random(len(kind)) * size).astype(np.int64)
        within = np.where(turn < size, turn, again)
        chosen[:, g] = found.order[g][found.start[g][kind] + within]
    return chosen


def expect(
    pools: Pools, pilots: Sequence[Pool], rng: np.random.Generator
) -> tuple[float, Kinds, np.ndarray]:
    """Return kinds, and in what proportion they are tried, in all and each."""
    found = sort_kinds(pools, pilots, rng)
    expected = found.weight.copy()
    for count, at in zip(found.count, found.places.T, strict=True):
        expected *= count[at]
    return float(expected.sum()), found, expected
