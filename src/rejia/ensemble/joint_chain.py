"""Joint-level demands as arrays of a compiled walk, and starts inside all windows."""

from hashlib import sha256
from math import ceil, floor, sqrt

import numpy as np

from rejia.ensemble.joint_check import ABSENT
from rejia.ensemble.joint_spec import (
    FATES,
    TOTAL,
    Count,
    JointSpec,
    Moment,
    spreads,
    sums,
)
from rejia.ensemble.joint_state import Grid, Place

_WIDE = 2**62
COLD = 6.0
# A chain that is outside half the time bears a spread that a descent does not.
CHAIN_SPREAD = 0.5
_DESCENT, _TRIES = 1_000_000, 40


def grid_of(spec: JointSpec, *, spread: float = 1.0) -> Grid:
    """
    Return what a walk keeps to.

    Parameters
    ----------
    spec : JointSpec
        Demands.
    spread : float
        What a spread outside its window weighs, beside a sum; it changes the speed
        of a chain, not its law.

    Returns
    -------
    Grid
    """
    keys = list(
        dict.fromkeys(
            (m.visit, m.site, m.groups) for m in spec.demands if isinstance(m, Moment)
        )
    )
    shape = (len(keys), spec.missing + 1)
    size, window = np.zeros(shape, np.int64), np.zeros((*shape, 4), np.int64)
    scale = np.zeros((len(keys), 2))
    for row, key in enumerate(keys):
        found = [
            m
            for m in spec.demands
            if isinstance(m, Moment) and (m.visit, m.site, m.groups) == key
        ]
        for missing in range(shape[1]):
            n = spec.cells(found[0]) - (missing if key[1] else 0)
            size[row, missing] = n
            window[row, missing] = _window(found, n)
        scale[row] = 1.0, spread * _spread_scale(found, int(size[row, 0]))
    factor, ends, unit = _counts(spec)
    visits = {visit: at for at, visit in enumerate(spec.visits)}
    sites = {site: at for at, site in enumerate(spec.sites)}
    most = max(1, len(keys))
    of_site = np.full((2, len(spec.groups), len(sites), most), -1, np.int64)
    of_total = np.full((2, len(spec.groups), most), -1, np.int64)
    for row, (visit, site, groups) in enumerate(keys):
        for g in spec.members(groups):
            v = visits[visit]
            found = of_total[v, g] if site == TOTAL else of_site[v, g, sites[site]]
            found[np.flatnonzero(found < 0)[0]] = row
    return Grid(
        np.array(spec.group, np.int64),
        np.cumsum([0, *(size for _, size in spec.groups)]).astype(np.int64),
        np.array([sites[site] for site, _ in spec.areas], np.int64),
        np.array(spec.signs, np.int64),
        spec.top,
        _numbers(spec),
        _trimmed(of_site),
        _trimmed(of_total),
        size,
        window,
        scale,
        factor,
        ends,
        unit,
    )


def _trimmed(rows: np.ndarray) -> np.ndarray:
    """Return the table without columns that no row fills."""
    used = (rows >= 0).reshape(-1, rows.shape[-1]).any(axis=0)
    return np.ascontiguousarray(rows[..., : max(1, int(used.sum()))])


def _window(moments: list[Moment], n: int) -> tuple[int, int, int, int]:
    """Return the ends of sum and spread that all demands of a row leave."""
    ends = [-_WIDE, _WIDE, -_WIDE, _WIDE]
    for moment in moments:
        at = 0 if moment.statistic == "mean" else 2
        low, high = sums(moment, n) if at == 0 else spreads(moment, n)
        ends[at], ends[at + 1] = max(ends[at], low), min(ends[at + 1], high)
    return ends[0], ends[1], ends[2], ends[3]


def _spread_scale(moments: list[Moment], n: int) -> float:
    """Return one over what a step of a value one SD from the mean does to a spread."""
    for moment in moments:
        if moment.statistic != "mean":
            deviation = float(moment.low + moment.high) / 2
            if moment.statistic == "se":
                deviation *= sqrt(n)
            return 1.0 / (2.0 * n * max(deviation, 1.0))
    return 0.0


def _numbers(spec: JointSpec) -> np.ndarray:
    found = np.full(spec.top + 1, -1, np.int64)
    for at, (_, low, high) in enumerate(spec.classes or (("", 0, spec.top),)):
        found[low : high + 1] = at
    return found


def _counts(spec: JointSpec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coefficients, ends and the weight of a joint of each row of counts."""
    names = [name for name, _, _ in spec.classes]
    joints = spec.patients * len(spec.areas) - spec.missing
    rows: list[np.ndarray] = []
    ends: list[tuple[float, float]] = []
    for demand in spec.demands:
        if not isinstance(demand, Count):
            continue
        at = names.index(demand.level)
        own = np.zeros((len(names), len(FATES)))
        own[at] = [fate in demand.fates for fate in FATES]
        n = joints if demand.share else 1
        if not demand.share or demand.fates == FATES:
            rows.append(own)
            ends.append((ceil(demand.low * n), floor(demand.high * n)))
            continue
        for end, sign in ((demand.low, 1), (demand.high, -1)):
            row = sign * end.denominator * own
            row[at] -= sign * end.numerator
            rows.append(row)
            ends.append((0.0, float(_WIDE)))
    if not rows:
        return np.zeros((0, 1)), np.zeros((0, 2)), np.zeros(0)
    factor = np.array([row.ravel() for row in rows])
    return factor, np.array(ends, float), 1.0 / np.abs(factor).max(axis=1)


def place_of(
    spec: JointSpec, grid: Grid, grades: np.ndarray, seed: np.ndarray
) -> Place:
    """Return the state of a walk at some grades."""
    grade = grades.astype(np.int64)
    value = np.maximum(grade, 0)
    total = value.sum(axis=1)
    moment = np.zeros((len(grid.size), 3), np.int64)
    for v in range(2):
        for p, g in enumerate(spec.group):
            for row in grid.rows_of_total[v, g]:
                if row >= 0:
                    moment[row] += total[v, p], total[v, p] ** 2, 0
            for j, site in enumerate(grid.site):
                for row in grid.rows_of_site[v, g, site]:
                    if row >= 0:
                        x = value[v, j, p]
                        moment[row] += x, x * x, grade[v, j, p] == ABSENT
    count = np.zeros(len(grid.ends))
    seen = grade[0] != ABSENT
    number = grid.number[grade[0][seen]]
    fate = 1 + np.sign(grade[1][seen] - grade[0][seen])
    for kind in (number * len(FATES) + fate)[number >= 0]:
        count += grid.factor[:, kind]
    parts = len(moment) + spec.patients + len(count)
    return Place(
        grade,
        total,
        moment,
        count,
        seed,
        np.zeros(parts),
        np.zeros((24, 5), np.int64),
        np.zeros(5, np.int64),
        np.zeros(parts, np.int64),
        np.zeros(parts, np.int8),
        np.zeros(parts),
    )


def seed_words(seed: int, *key: str | int) -> np.ndarray:
    """Return the state of the random numbers of one chain."""
    digest = sha256(repr((seed, *key)).encode()).digest()
    words = np.frombuffer(digest, dtype="<u8").astype(np.uint64)
    return words.copy()


def begin(spec: JointSpec, rng: np.random.Generator) -> np.ndarray:
    """Return grades near the printed means, in whole grades; they fit nothing yet."""
    shape = (2, len(spec.areas), spec.patients)
    mean = np.zeros(shape)
    group = np.array(spec.group)
    for moment in spec.demands:
        if isinstance(moment, Moment) and moment.statistic == "mean" and moment.site:
            joints = [j for j, (s, _) in enumerate(spec.areas) if s == moment.site]
            there = np.flatnonzero(np.isin(group, spec.members(moment.groups)))
            middle = float(moment.low + moment.high) / 2
            v = spec.visits.index(moment.visit)
            block = mean[v, np.array(joints)[:, None], there]
            filled = np.where(block == 0, middle, block)
            mean[v, np.array(joints)[:, None], there] = filled
    whole = max(1, round(1 / spec.step))
    grades = whole * rng.poisson(mean / whole)
    grades = np.minimum(grades, spec.top // whole * whole)
    same = np.array(spec.signs)[group] == 0
    grades[1][:, same] = grades[0][:, same]
    absent = rng.permutation(shape[1] * shape[2])[: spec.missing]
    grades[:, absent // shape[2], absent % shape[2]] = ABSENT
    return grades


def descend(spec: JointSpec, seed: int, *key: str | int) -> np.ndarray | None:
    """
    Look for grades inside all windows.

    Parameters
    ----------
    spec : JointSpec
        Demands.
    seed : int
        Seed.
    *key : str or int
        Place of the search.

    Returns
    -------
    numpy.ndarray or None
        int8 ``[visit, joint, patient]``; None if none was found, which proves nothing.
    """
    from rejia.ensemble.joint_walk import walk

    grid = grid_of(spec)
    none = np.zeros((0, 2, len(spec.areas), spec.patients), np.int8)
    for attempt in range(_TRIES):
        words = seed_words(seed, *key, attempt)
        rng = np.random.Generator(np.random.PCG64([int(word) for word in words]))
        place = place_of(spec, grid, begin(spec, rng), words)
        steps = _DESCENT * (1 + attempt // 4)
        made = walk(grid, place, none, steps, steps, COLD, True)[2]
        if made < steps:
            return place.grade.astype(np.int8)
    return None
