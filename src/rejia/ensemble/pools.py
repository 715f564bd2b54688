"""Independent cohorts of columns that nothing else draws independently: pools, joined.

Halves of a group are drawn patient by patient from a tilted law, many thousands of
them; the pairs that fit all windows of the group are found by sorting, and kept in
proportion to what they weigh. Groups that were made so are then combined at random,
and kept where they fit totals and together attain the ends of ranges. Every pair of
halves, and every combination of groups, is kept with a probability that depends on
its weight alone, so each cohort follows the law; two cohorts share a half or a group
so seldom that they are nearly independent.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import numpy as np

from rejia.ensemble.model import Spec
from rejia.ensemble.pool_groups import (
    LEAST_HALVES,
    Group,
    Pool,
    draw_pool,
    draw_round,
    pose_group,
    tables_of,
)
from rejia.ensemble.pool_kinds import Pools, combine, expect
from rejia.ensemble.tilt import Tilted, tilted, windows
from rejia.ensemble.walk_state import Problem

MOST_HALVES = 1 << 18
REUSE, _LOOKS = 0.05, 12.0  # pairs a half that are kept, and that are looked at
_EXCESS = 0.04  # of combinations, which use a group for the second time
_ENOUGH, _FEW = 400, 12  # pairs that say how frequent they are; too few to go on
_PILOT = 1000  # groups in the pools of a pilot
_TUNING = 3
_AIM = 0.9  # patients who attain an end, at first
_HELD = (0.08, 0.88)  # of a pool, those that attain an end
_PILOT_TRIES = 4000
_OFTEN = 0.7  # a total that is met less often tells kinds apart
_SPARE = 1.08  # of a block, as cohorts may turn out fewer
# Numbers drawn and pairs looked at for a cohort, at most; chains of one column are
# cheaper, and mix better, than those of linked ones.
_DEAREST, _DEAREST_ALONE = 400_000, 30_000
_MOST_ENDS = 8


def pose_pools(
    spec: Spec,
    columns: Sequence[str],
    problem: Problem,
    draws: int,
    words: np.ndarray,
) -> Pools | None:
    """
    Prepare pools of a link, and see what a block takes.

    Parameters
    ----------
    spec : Spec
        Demands.
    columns : sequence of str
        Of the link.
    problem : Problem
        Scales, ends to attain, law, and weights of the bases in the third coordinate.
    draws : int
        Cohorts of a block.
    words : numpy.ndarray
        State of the random numbers.

    Returns
    -------
    Pools or None
        None where pools cannot draw the link, or not at a fair price.
    """
    found = windows(spec, columns, problem)
    sizes = [n for _, n in spec.groups]
    if found is None or min(sizes) < 2 or len(problem.end_value) > _MOST_ENDS:
        return None
    fitted = [tilted(problem, found, g) for g in range(len(sizes))]
    if any(one is None for one in fitted):
        return None
    known = [one for one in fitted if one is not None]
    places = {label: at for at, (label, _) in enumerate(spec.groups)}
    totals = tuple(
        (
            at,
            tuple(places[label] for label in cell.groups),
            (cell.n, cell.sum_low, cell.sum_high, cell.spread_low, cell.spread_high),
        )
        for at, name in enumerate(columns)
        for cell in spec.cells_of(name)
        if len(cell.groups) > 1
    )
    seed = words.copy()
    favours = _favour(known, len(problem.end_value))
    pools = Pools((), problem.link, 0.0, totals)
    pilots: list[Pool] = []
    costs: list[float] = []
    starts = [LEAST_HALVES] * len(known)
    turns = _TUNING if len(problem.end_value) else 1
    for turn in range(turns):
        if turn:
            favours = _tune(pools, pilots, favours, seed)
        sized = [
            _size(
                pose_group(law, found, g, favours[g], starts[g]),
                problem.link,
                draws,
                seed,
            )
            for g, law in enumerate(known)
        ]
        if any(one is None for one in sized):
            return None
        ready = [one for one in sized if one is not None]
        starts = [first.halves for first, _, _, _ in ready]
        pilots = [pool for _, _, pool, _ in ready]
        costs = [cost for _, _, _, cost in ready]
        pools = replace(pools, groups=tuple(one for _, one, _, _ in ready))
    pilots = [draw_pool(one, problem.link, seed) for one in pools.groups]
    return _scale(pools, pilots, costs, draws, seed)


def _favour(laws: Sequence[Tilted], ends: int) -> np.ndarray:
    """Return by what to favour ends, so that about one patient attains each."""
    expected = np.zeros((len(laws), ends))
    for g, law in enumerate(laws):
        mass = np.exp(law.logs - law.logs.max())
        for e in range(ends):
            part = mass[(law.holds >> e) & 1 == 1].sum() / mass.sum()
            expected[g, e] = law.n * part
    favour = np.maximum(_AIM / np.maximum(expected.sum(axis=0), 1e-12), 1.0)
    return np.where(expected > 0.0, favour, 1.0)


def _tune(
    pools: Pools, pilots: Sequence[Pool], favours: np.ndarray, seed: np.ndarray
) -> np.ndarray:
    """Favour ends so that groups attain them about as often as in what is kept."""
    rng = np.random.Generator(np.random.PCG64([int(word) for word in seed]))
    total, found, expected = expect(pools, pilots, rng)
    if not total > 0.0:
        return favours * 1.5
    tuned = favours.copy()
    for g, pool in enumerate(pilots):
        kinds = pool.held[found.order[g]][found.start[g]]
        share = np.bincount(found.places[:, g], expected, len(kinds)) / total
        bits = (kinds[:, None] >> np.arange(favours.shape[1])) & 1
        wanted = np.clip(share @ bits, *_HELD)
        here = np.clip(found.count[g] / len(pool.held) @ bits, *_HELD)
        odds = wanted / (1.0 - wanted) * (1.0 - here) / here
        tuned[g] = np.maximum(favours[g] * odds, 1.0)
    return tuned


def _size(
    group: Group, link: np.ndarray, draws: int, seed: np.ndarray
) -> tuple[Group, Group, Pool, float] | None:
    """
    Find how many halves to draw.

    Returns
    -------
    tuple or None
        The group as it was tried, and as it is to be drawn; what was met; the cost of
        a vector. None where too little was met.
    """
    if group.law.n < (group.favour > 1.0).sum():
        return None
    tables = tables_of(group)
    while True:
        pool, seen = draw_round(group, link, tables, seed)
        met = len(pool.held)
        if met >= _ENOUGH or group.halves == MOST_HALVES:
            break
        factor = 4.0 if met < _FEW else (1.5 * _ENOUGH / met) ** 0.5
        group = replace(group, halves=min(ceil(group.halves * factor), MOST_HALVES))
    if met < _FEW:
        return None
    power = 2 if group.sizes[1] else 1
    likely = met / group.halves**power
    if power == 2:
        # As many as give a block at once, but no more than few pairs need be looked at.
        wanted = max(REUSE / likely, min(_LOOKS / likely, draws / REUSE))
        halves = ceil(min(max(wanted, LEAST_HALVES), MOST_HALVES))
        share = min(1.0, REUSE / (likely * halves))
    else:
        halves, share = ceil(min(draws / likely, MOST_HALVES)), 1.0
    each = share * likely * halves**power
    cost = halves * group.law.n + seen * (halves / group.halves) ** power
    ready = replace(group, halves=halves, share=share, rounds=ceil(_PILOT / each))
    return group, ready, pool, cost / each


def _scale(
    pools: Pools,
    pilots: Sequence[Pool],
    costs: Sequence[float],
    draws: int,
    seed: np.ndarray,
) -> Pools | None:
    """Choose rate and rounds so that pools give a block, and a little more."""
    rng = np.random.Generator(np.random.PCG64([int(word) for word in seed]))
    total, found, expected = expect(pools, pilots, rng)
    if not total > 0.0:
        return None
    chosen = combine(pools, pilots, _PILOT_TRIES / total, rng)
    met_by = [
        replace(pools, totals=(one,)).fit(pilots, chosen).mean() for one in pools.totals
    ]
    if met_by and min(met_by) < _OFTEN:
        pools = replace(pools, steer=int(np.argmin(met_by)))
        total, found, expected = expect(pools, pilots, rng)
    chosen = combine(pools, pilots, _PILOT_TRIES / total, rng)
    met = int(pools.fit(pilots, chosen).sum())
    if met < _FEW:
        return None
    tries = _SPARE * draws * len(chosen) / met
    factors, price = [], 0.0
    for g, pool in enumerate(pilots):
        count = found.count[g]
        used = tries * np.bincount(found.places[:, g], expected, len(count)) / total
        factors.append(_factor(used, count))
        price += costs[g] * len(pool.held) * factors[-1]
    alone = len(pools.groups[0].sums) == 1
    if price > (_DEAREST_ALONE if alone else _DEAREST) * draws:
        return None
    return replace(pools, rate=tries / total).scaled(factors, 1.0)


def _factor(used: np.ndarray, count: np.ndarray) -> float:
    """Return how many times as large a pool must be to use few vectors again."""
    low, high = 0.0, 1.0
    while np.maximum(used - high * count, 0.0).sum() > _EXCESS * used.sum():
        high *= 2.0
    for _ in range(30):
        middle = (low + high) / 2
        if np.maximum(used - middle * count, 0.0).sum() > _EXCESS * used.sum():
            low = middle
        else:
            high = middle
    return high
