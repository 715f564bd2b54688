"""Joint-level demands as arrays of a compiled walk, and starts inside all windows."""

from collections.abc import Mapping
from hashlib import sha256
from math import ceil, floor, sqrt
from types import MappingProxyType

import numpy as np

from rejia.ensemble.joint_check import ABSENT
from rejia.ensemble.joint_model import by_groups
from rejia.ensemble.joint_program import FEASIBLE, solve
from rejia.ensemble.joint_spec import (
    FATES,
    TOTAL,
    Count,
    JointSpec,
    Moment,
    spreads,
    sums,
)
from rejia.ensemble.joint_state import MOST, Grid, Place

_WIDE = 2**62
COLD = 6.0
# A chain crosses windows of spreads and counts often, a descent is to stay inside.
CHAIN_SPREAD, CHAIN_COUNT = 0.07, 0.16
# Steps that deal, share and turn; a descent shifts more, which alone changes sums.
MIX, _DESCENT_MIX = (0.02, 0.5, 0.3), (0.004, 0.1, 0.06)
_ROUNDS, _ROUND = 240, 10
BETWEEN = 10
# Looks of a descent, for each joint of each patient.
DESCENT = 75
_TRIES, _LOOKS = 4, 300_000


def grid_of(
    spec: JointSpec,
    *,
    spread: float = 1.0,
    count: float = 1.0,
    mix: tuple[float, float, float] = MIX,
) -> Grid:
    """
    Return what a walk keeps to.

    Parameters
    ----------
    spec : JointSpec
        Demands.
    spread, count : float
        What a spread and a count outside its window weigh, beside a sum; they change
        the speed of a chain, not its law.
    mix : tuple of float
        Shares of the steps that deal, share and turn.

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
        unit * count,
        np.zeros((len(keys), 2)),
        np.zeros(len(unit)),
        np.cumsum(mix),
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
        kinds = len(FATES) * max(1, len(names))
        return np.zeros((0, kinds)), np.zeros((0, 2)), np.zeros(0)
    factor, windows = np.array([row.ravel() for row in rows]), np.array(ends, float)
    unit = 1.0 / np.abs(factor).max(axis=1)
    exact = windows[:, 0] == windows[:, 1]
    known = int(np.linalg.matrix_rank(factor[exact])) if exact.any() else 0
    for at in range(len(unit)):
        # What exact counts settle is looked at, but does not weigh once more.
        with_it = exact | (np.arange(len(unit)) == at)
        if not exact[at] and np.linalg.matrix_rank(factor[with_it]) == known:
            unit[at] = 0.0
    return factor, windows, unit


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
        np.zeros((4 * MOST, 5), np.int64),
        np.zeros(6, np.int64),
        np.zeros(parts, np.int64),
        np.zeros(parts, np.int8),
        np.zeros(parts),
        np.zeros((MOST, 4), np.int64),
        np.zeros((2, grid.top + 1)),
        np.zeros((grid.factor.shape[1] + 1,) * 2),
        np.zeros((4, 5), np.int64),
        np.zeros((len(moment), 3), np.int64),
    )


def seed_words(seed: int, *key: str | int) -> np.ndarray:
    """Return the state of the random numbers of one chain."""
    digest = sha256(repr((seed, *key)).encode()).digest()
    words = np.frombuffer(digest, dtype="<u8").astype(np.uint64)
    return words.copy()


def place_missing(spec: JointSpec) -> dict[tuple[int, str], int]:
    """Return missing joints by group and site, as sums of groups leave room."""
    if not spec.missing:
        return {}
    model = by_groups(spec)
    answer = solve(model.program, range(len(spec.demands)))
    if answer.status != FEASIBLE:
        return {}
    found = {at: answer.values[v] for at, v in model.missing.items()}
    return {at: number for at, number in found.items() if number}


def begin(
    spec: JointSpec,
    rng: np.random.Generator,
    missing: Mapping[tuple[int, str], int] = MappingProxyType({}),
) -> np.ndarray:
    """
    Return grades near the printed means, in whole grades; they fit nothing yet.

    Where `missing` does not say in which group and site joints are missing, they are
    so anywhere.
    """
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
    cells = rng.permutation(shape[1] * shape[2])
    of_site = np.array([site for site, _ in spec.areas])[cells // shape[2]]
    for (g, site), number in missing.items() or [((-1, ""), spec.missing)]:
        here = (group[cells % shape[2]] == g) & (of_site == site)
        absent = (cells[here] if site else cells)[:number]
        grades[:, absent // shape[2], absent % shape[2]] = ABSENT
    return grades


def start_chain(spec: JointSpec, seed: int, *key: str | int) -> tuple[Grid, Place]:
    """
    Descend near all windows, and let them lean against the drift of a walk there.

    Parameters
    ----------
    spec : JointSpec
        Demands.
    seed : int
        Seed.
    *key : str or int
        Place of the chain.

    Returns
    -------
    grid, place : Grid, Place
        What the chain keeps to, where it begins: near the windows, seldom inside.
    """
    from rejia.ensemble.joint_walk import walk

    words = seed_words(seed, *key)
    rng = np.random.Generator(np.random.PCG64([int(word) for word in words]))
    grid = grid_of(spec, mix=_DESCENT_MIX)
    place = place_of(spec, grid, begin(spec, rng, place_missing(spec)), words)
    out = np.zeros((1, *place.grade.shape), np.int8)
    joints = place.grade[0].size
    walk(grid, place, out, DESCENT * joints, BETWEEN, 1, COLD, True)
    grid = grid_of(spec, spread=CHAIN_SPREAD, count=CHAIN_COUNT)
    lean(grid, place, -(-joints // 2))
    return grid, place


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

    out: np.ndarray = np.zeros((1, 2, len(spec.areas), spec.patients), np.int8)
    for attempt in range(_TRIES):
        grid, place = start_chain(spec, seed, *key, attempt)
        if walk(grid, place, out, _LOOKS, BETWEEN, 1, COLD, False)[0]:
            return np.array(out[0])
    return None


def lean(grid: Grid, place: Place, steps: int) -> None:
    """
    Let windows lean against the drift of a walk, in place.

    Parameters
    ----------
    grid, place : Grid, Place
        What the walk keeps to; where it begins and ends.
    steps : int
        Steps of the walk between looks.

    Notes
    -----
    Few states are inside all windows, many outside on one side: the walk would stay
    there. Robbins and Monro's rule leans each window until the walk is outside as
    far on one side as on the other; the mean over the second half of the rounds
    stays. What is inside weighs 1 whatever leans.
    """
    from rejia.ensemble.joint_energy import add_outside
    from rejia.ensemble.joint_walk import walk

    rows = len(place.moment)
    parts = 2 * rows + len(place.counted)
    found, now, mean = np.zeros(parts), np.zeros(parts), np.zeros(parts)
    speed = np.where(np.arange(parts) < 2 * rows, 0.045, 0.15)
    none = np.zeros((0, *place.grade.shape), np.int8)
    for made in range(_ROUNDS):
        found[:] = 0.0
        for _ in range(_ROUND):
            walk(grid, place, none, 1, steps, 1, COLD, False)
            add_outside(grid, place, found)
        drift = np.clip(found / _ROUND * COLD, -2.0, 2.0)
        now = np.clip(now + speed / (1.0 + made / 40) * drift, -6.0, 6.0)
        mean += now * (made >= _ROUNDS // 2)
        _set_lean(grid, now)
    _set_lean(grid, mean / (_ROUNDS - _ROUNDS // 2))


def _set_lean(grid: Grid, lean: np.ndarray) -> None:
    rows = grid.lean.size
    grid.lean[:] = lean[:rows].reshape(-1, 2)
    grid.lean_of_count[:] = lean[rows:]
