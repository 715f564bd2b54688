"""
Moves over the grades of all joints, drawn from their law given all other grades.

All outcomes of a move are weighed at once. None is refused, and moves of large grades,
which single shifts hardly ever make, are as easy as small ones.

Importing this module imports numba; `rejia.ensemble.joint_chain` does so when it walks.
"""

import numpy as np

from rejia.ensemble.joint_energy import (
    count_away,
    inlined,
    inner,
    kind_of,
    row_away,
    settle,
    sign_away,
)
from rejia.ensemble.joint_moves import below, choose_two, member, note
from rejia.ensemble.joint_state import MOST, Grid, Place
from rejia.ensemble.xoshiro import uniform

# A weight of exp(-30) is none; one beyond exp(600) would leave the numbers.
_NONE, _ALL = -30.0, 600.0


@inlined
def _weight(cold: float, gain: float) -> float:
    more = cold * gain
    return float(np.exp(min(more, _ALL))) if more > _NONE else 0.0


@inner
def _first(grid: Grid, j: int) -> int:
    """Return the first joint of the same site; joints lie by site."""
    while j > 0 and grid.site[j - 1] == grid.site[j]:
        j -= 1
    return int(j)


@inner
def beside(grid: Grid, j: int, seed: np.ndarray) -> int:
    """Choose a joint of the same site."""
    first = last = _first(grid, j)
    while last + 1 < len(grid.site) and grid.site[last + 1] == grid.site[j]:
        last += 1
    return int(first + below(seed, last + 1 - first))


@inner
def _pair_joints(grid: Grid, place: Place, p: int, q: int) -> int:
    """Pair the joints of two patients by site; return how many pairs differ."""
    n = shift = 0
    joints = len(grid.site)
    begin = _first(grid, below(place.seed, joints))
    grade = place.grade
    for step in range(joints):
        j = (begin + step) % joints
        first = _first(grid, j)
        sides = 1
        while first + sides < joints and grid.site[first + sides] == grid.site[j]:
            sides += 1
        if j == first:
            shift = below(place.seed, sides)
        i = first + (j - first + shift) % sides
        same = grade[0, j, p] == grade[0, i, q] and grade[1, j, p] == grade[1, i, q]
        if n < MOST and not same:
            place.dealt[n, 0], place.dealt[n, 1] = j, i
            for v in range(2):
                more = max(grade[v, i, q], 0) - max(grade[v, j, p], 0)
                place.dealt[n, 2 + v] = more
            n += 1
    return n


@inner
def _totals_away(
    grid: Grid, place: Place, v: int, g: int, p: int, q: int, by: int
) -> float:
    """Return the distance of a group's totals if one patient's went to another."""
    away = 0.0
    more = 2 * by * (place.total[v, p] - place.total[v, q] + by)
    for k in range(grid.rows_of_total.shape[2]):
        row = grid.rows_of_total[v, g, k]
        if row >= 0:
            moment = place.moment[row]
            away += row_away(grid, row, moment[0], moment[1] + more, moment[2])
    return away


@inner
def _choose_deal(grid: Grid, place: Place, cold: float, p: int, q: int, n: int) -> int:
    """Choose which of the paired joints change patients, as bits."""
    seed, g = place.seed, grid.group[p]
    sign = grid.sign[g]
    change = place.total[1, p] - place.total[0, p]
    other = place.total[1, q] - place.total[0, q]
    code = chosen = before = after = 0
    whole = start = 0.0
    for t in range(1 << n):
        if t > 0:
            # In Gray's order, one joint more or less changes at a time.
            low = 0
            while (t >> low) & 1 == 0:
                low += 1
            code ^= 1 << low
            way = 1 if (code >> low) & 1 else -1
            before += way * place.dealt[low, 2]
            after += way * place.dealt[low, 3]
        by = after - before
        away = sign_away(sign, change + by) + sign_away(sign, other - by)
        for v in range(2):
            away += _totals_away(grid, place, v, g, p, q, after if v else before)
        if t == 0:
            start = away
        weight = _weight(cold, start - away)
        whole += weight
        if uniform(seed) * whole < weight:
            chosen = code
    return chosen


@inner
def deal(grid: Grid, place: Place, cold: float) -> float:
    """Deal the joints of two patients of a group anew; return the gain."""
    seed = place.seed
    g = below(seed, len(grid.begin) - 1)
    if uniform(seed) < 0.5:
        g = grid.group[below(seed, len(grid.group))]
    p, q = member(grid, g, seed), member(grid, g, seed)
    if p == q:
        return 0.0
    n = _pair_joints(grid, place, p, q)
    chosen = _choose_deal(grid, place, cold, p, q, n)
    changes = 0
    for k in range(n):
        if (chosen >> k) & 1:
            j, i = place.dealt[k, 0], place.dealt[k, 1]
            for v in range(2):
                note(place, changes, v, j, p, place.grade[v, i, q])
                note(place, changes + 1, v, i, q, place.grade[v, j, p])
                changes += 2
    return float(settle(grid, place, changes)) if changes else 0.0


@inner
def _holds(rows: np.ndarray, row: int) -> bool:
    found = False
    for k in range(len(rows)):
        found |= rows[k] == row
    return found


@inner
def _rows_away(
    grid: Grid,
    place: Place,
    own: np.ndarray,
    other: np.ndarray,
    by: int,
    squares: int,
    back: int,
) -> float:
    """Return the distance of the rows of two values, one up and the other down."""
    away = 0.0
    for k in range(len(own)):
        row = own[k]
        if row >= 0:
            moment = place.moment[row]
            total, square = moment[0] + by, moment[1] + squares
            if _holds(other, row):
                total, square = total - by, square + back
            away += row_away(grid, row, total, square, moment[2])
    for k in range(len(other)):
        row = other[k]
        if row >= 0 and not _holds(own, row):
            moment = place.moment[row]
            away += row_away(grid, row, moment[0] - by, moment[1] + back, moment[2])
    return away


@inner
def _weigh_grades(grid: Grid, place: Place, j: int, p: int, i: int, q: int) -> None:
    """Note the distance of all rows for each grade of a joint, by visit."""
    s, g, h = grid.site[j], grid.group[p], grid.group[q]
    for v in range(2):
        old, whole = place.grade[v, j, p], place.grade[v, j, p] + place.grade[v, i, q]
        x, y = place.total[v, p], place.total[v, q]
        for new in range(max(0, whole - grid.top), min(grid.top, whole) + 1):
            by = new - old
            away = _rows_away(
                grid,
                place,
                grid.rows_of_site[v, g, s],
                grid.rows_of_site[v, h, s],
                by,
                by * (new + old),
                -by * (2 * (whole - old) - by),
            )
            if p != q:
                away += _rows_away(
                    grid,
                    place,
                    grid.rows_of_total[v, g],
                    grid.rows_of_total[v, h],
                    by,
                    by * (2 * x + by),
                    -by * (2 * y - by),
                )
            place.by_grade[v, new] = away


@inlined
def _moved(grid: Grid, k: int, old: int, new: int) -> float:
    """Return what a joint adds to a count when its class or fate changes."""
    more = 0.0
    if new != old:
        if new >= 0:
            more += grid.factor[k, new]
        if old >= 0:
            more -= grid.factor[k, old]
    return more


@inner
def _counts_away(
    grid: Grid, place: Place, old: int, new: int, other: int, turned: int
) -> float:
    """Return the distance of all counts if two joints were of another kind."""
    away = 0.0
    for k in range(len(place.counted)):
        value = place.counted[k] + _moved(grid, k, old, new)
        away += count_away(grid, k, value + _moved(grid, k, other, turned))
    return away


@inner
def share(grid: Grid, place: Place, cold: float) -> float:
    """Share the grades of two joints of a site anew; return the gain."""
    seed, grade = place.seed, place.grade
    p, q = choose_two(grid, seed)
    j = below(seed, len(grid.site))
    i = beside(grid, j, seed)
    if (p == q and i == j) or grade[0, j, p] < 0 or grade[0, i, q] < 0:
        return 0.0
    b, a = grade[0, j, p], grade[1, j, p]
    before, after = b + grade[0, i, q], a + grade[1, i, q]
    if before + after == 0:
        return 0.0
    _weigh_grades(grid, place, j, p, i, q)
    place.by_kinds[:] = np.inf
    old, other = kind_of(grid, b, a), kind_of(grid, grade[0, i, q], grade[1, i, q])
    change = place.total[1, p] - place.total[0, p]
    back = place.total[1, q] - place.total[0, q]
    sign, way = grid.sign[grid.group[p]], grid.sign[grid.group[q]]
    start = place.by_grade[0, b] + place.by_grade[1, a]
    start += sign_away(sign, change) + sign_away(way, back)
    start += _counts_away(grid, place, old, old, other, other)
    whole, new_b, new_a = 0.0, b, a
    for x in range(max(0, before - grid.top), min(grid.top, before) + 1):
        for y in range(max(0, after - grid.top), min(grid.top, after) + 1):
            by = y - a - x + b if p != q else 0
            away = place.by_grade[0, x] + place.by_grade[1, y]
            away += sign_away(sign, change + by) + sign_away(way, back - by)
            own, rest = kind_of(grid, x, y), kind_of(grid, before - x, after - y)
            if place.by_kinds[own + 1, rest + 1] == np.inf:
                counts = _counts_away(grid, place, old, own, other, rest)
                place.by_kinds[own + 1, rest + 1] = counts
            away += place.by_kinds[own + 1, rest + 1]
            weight = _weight(cold, start - away)
            whole += weight
            if uniform(seed) * whole < weight:
                new_b, new_a = x, y
    if new_b == b and new_a == a:
        return 0.0
    changes = 0
    for v in range(2):
        x, both = (new_a, after) if v else (new_b, before)
        note(place, changes, v, j, p, x)
        note(place, changes + 1, v, i, q, both - x)
        changes += 2
    return float(settle(grid, place, changes))


@inner
def _corner(grid: Grid, place: Place, v: int, j: int, p: int, way: int, n: int) -> None:
    """Note a corner of a rectangle, and what a shift of it does to its rows."""
    place.corner[n, 0], place.corner[n, 1], place.corner[n, 2] = j, p, way
    place.corner[n, 3] = kind_of(grid, place.grade[0, j, p], place.grade[1, j, p])
    g, s = grid.group[p], grid.site[j]
    touched = place.parts[5]
    for w in range(2):
        if v == 1 - w:
            continue
        for k in range(grid.rows_of_site.shape[3]):
            row = grid.rows_of_site[w, g, s, k]
            if row < 0:
                continue
            if place.noted[row] == 0:
                place.noted[row] = 1
                place.touched[touched] = row
                touched += 1
                place.slope[row, 0] = place.slope[row, 1] = place.slope[row, 2] = 0
            place.slope[row, 0] += way
            place.slope[row, 1] += 2 * way * place.grade[w, j, p]
            place.slope[row, 2] += 1
    place.parts[5] = touched


@inner
def _reach(grid: Grid, place: Place, v: int, way: int) -> int:
    """Return how far all corners can be shifted one way."""
    most = grid.top
    for n in range(4):
        j, p = place.corner[n, 0], place.corner[n, 1]
        up = place.corner[n, 2] == way
        for w in range(2):
            if v != 1 - w:
                grade = place.grade[w, j, p]
                most = min(most, grid.top - grade if up else grade)
    return int(most)


@inner
def _turned_away(grid: Grid, place: Place, v: int, by: int) -> float:
    """Return the distance of rows and counts if a rectangle were turned."""
    away = 0.0
    for at in range(place.parts[5]):
        row = place.touched[at]
        moment, slope = place.moment[row], place.slope[row]
        squares = moment[1] + (slope[1] + slope[2] * by) * by
        away += row_away(grid, row, moment[0] + slope[0] * by, squares, moment[2])
    for n in range(4):
        j, p = place.corner[n, 0], place.corner[n, 1]
        shift = place.corner[n, 2] * by
        before = place.grade[0, j, p] + (shift if v != 1 else 0)
        after = place.grade[1, j, p] + (shift if v != 0 else 0)
        place.corner[n, 4] = kind_of(grid, before, after)
    for k in range(len(place.counted)):
        value = place.counted[k]
        for n in range(4):
            value += _moved(grid, k, place.corner[n, 3], place.corner[n, 4])
        away += count_away(grid, k, value)
    return away


@inner
def turn(grid: Grid, place: Place, cold: float) -> float:
    """Turn a rectangle of two patients and two sites; return the gain."""
    seed, grade = place.seed, place.grade
    p, q = choose_two(grid, seed)
    j, i = below(seed, len(grid.site)), below(seed, len(grid.site))
    k, m = beside(grid, j, seed), beside(grid, i, seed)
    v = below(seed, 3)
    seen = grade[0, j, p] >= 0 and grade[0, i, p] >= 0
    seen = seen and grade[0, k, q] >= 0 and grade[0, m, q] >= 0
    if p == q or grid.site[i] == grid.site[j] or not seen:
        return 0.0
    place.parts[5] = 0
    for n in range(4):
        way = 1 if n in (0, 3) else -1
        _corner(grid, place, v, (j, i, k, m)[n], p if n < 2 else q, way, n)
    for at in range(place.parts[5]):
        place.noted[place.touched[at]] = 0
    start = _turned_away(grid, place, v, 0)
    whole, chosen = 0.0, 0
    for by in range(-_reach(grid, place, v, -1), _reach(grid, place, v, 1) + 1):
        weight = _weight(cold, start - _turned_away(grid, place, v, by))
        whole += weight
        if uniform(seed) * whole < weight:
            chosen = by
    changes = 0
    for w in range(2):
        for n in range(4):
            if v != 1 - w and chosen != 0:
                j, p = place.corner[n, 0], place.corner[n, 1]
                new = grade[w, j, p] + place.corner[n, 2] * chosen
                note(place, changes, w, j, p, new)
                changes += 1
    return float(settle(grid, place, changes)) if changes else 0.0
