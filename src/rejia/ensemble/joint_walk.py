"""
Compiled walk over the grades of all joints.

All moves are as likely as their reverse, and a state weighs ``exp(-cold · distance)``
by how far it is outside the windows. So states inside all windows, which alone are
recorded, are uniform; those outside are bridges between them.

Importing this module imports numba; `rejia.ensemble.joint_chain` does so when it walks.
"""

import numpy as np
from numba import njit

from rejia.ensemble.joint_state import Grid, Place
from rejia.ensemble.xoshiro import uniform

# As in `rejia.ensemble.moves`: nothing is allocated inside a walk.
compiled = njit(  # type: ignore[call-overload]
    cache=True, nogil=True, error_model="numpy", _nrt=False
)
inlined = njit(  # type: ignore[call-overload]
    cache=True, nogil=True, error_model="numpy", _nrt=False, forceinline=True
)
_FATES = 3


@inlined
def _kind(grid: Grid, before: int, after: int) -> int:
    """Return the class and fate of a joint; -1 if it has no grades or no class."""
    if before < 0 or grid.number[before] < 0:
        return -1
    kind = _FATES * grid.number[before] + (after >= before) + (after > before)
    return int(kind)


@inlined
def _row_away(grid: Grid, place: Place, row: int) -> float:
    total, squares = place.moment[row, 0], place.moment[row, 1]
    missing = place.moment[row, 2]
    spread = grid.size[row, missing] * squares - total * total
    low, high = grid.window[row, missing, 0], grid.window[row, missing, 1]
    away = max(low - total, total - high, 0) * grid.scale[row, 0]
    low, high = grid.window[row, missing, 2], grid.window[row, missing, 3]
    away += max(low - spread, spread - high, 0) * grid.scale[row, 1]
    return float(away)


@inlined
def _sign_away(grid: Grid, place: Place, p: int) -> float:
    change = place.total[1, p] - place.total[0, p]
    sign = grid.sign[grid.group[p]]
    if sign == 0:
        return float(abs(change))
    return float(max(0, 1 - sign * change))


@inlined
def _count_away(grid: Grid, place: Place, k: int) -> float:
    value = place.counted[k]
    away = max(grid.ends[k, 0] - value, value - grid.ends[k, 1], 0.0)
    return float(away * grid.unit[k])


@compiled
def distance(grid: Grid, place: Place) -> float:
    """
    Return how far a state is outside all windows; 0 inside.

    The distances of rows, patients and counts are kept in `place.away`, in this
    order.
    """
    away = 0.0
    rows, patients = len(place.moment), len(grid.group)
    for at in range(len(place.away)):
        if at < rows:
            own = _row_away(grid, place, at)
        elif at < rows + patients:
            own = _sign_away(grid, place, at - rows)
        else:
            own = _count_away(grid, place, at - rows - patients)
        place.away[at] = own
        away += own
    return away


@inlined
def _touch(place: Place, at: int, touched: int) -> int:
    """Note once that a move bears on something; return how much it bears on."""
    if place.noted[at] == 0:
        place.noted[at] = 1
        place.touched[touched] = at
        return touched + 1
    return touched


@compiled
def _bears_on(grid: Grid, place: Place, changes: int) -> int:
    """Note the rows and patients that a move bears on; return their number."""
    touched = 0
    rows = len(place.moment)
    for i in range(changes):
        v, j, p = place.move[i, 0], place.move[i, 1], place.move[i, 2]
        g, s = grid.group[p], grid.site[j]
        touched = _touch(place, rows + p, touched)
        for k in range(grid.rows_of_site.shape[3]):
            if grid.rows_of_site[v, g, s, k] >= 0:
                touched = _touch(place, grid.rows_of_site[v, g, s, k], touched)
        for k in range(grid.rows_of_total.shape[2]):
            if grid.rows_of_total[v, g, k] >= 0:
                touched = _touch(place, grid.rows_of_total[v, g, k], touched)
    for k in range(len(place.counted)):
        touched = _touch(place, rows + len(grid.group) + k, touched)
    for at in range(touched):
        place.noted[place.touched[at]] = 0
    return touched


@compiled
def _gain(grid: Grid, place: Place, touched: int) -> float:
    """Return by how much a move comes nearer; keep the new distances aside."""
    gain = 0.0
    rows, patients = len(place.moment), len(grid.group)
    for i in range(touched):
        at = place.touched[i]
        if at < rows:
            own = _row_away(grid, place, at)
        elif at < rows + patients:
            own = _sign_away(grid, place, at - rows)
        else:
            own = _count_away(grid, place, at - rows - patients)
        place.fresh[i] = own
        gain += place.away[at] - own
    return gain


@inlined
def _put(grid: Grid, place: Place, v: int, j: int, p: int, new: int) -> None:
    """Give a joint another grade, and all sums over it."""
    old = place.grade[v, j, p]
    place.grade[v, j, p] = new
    gain = max(new, 0) - max(old, 0)
    more = max(new, 0) ** 2 - max(old, 0) ** 2
    absent = int(new < 0) - int(old < 0)
    g, s = grid.group[p], grid.site[j]
    for k in range(grid.rows_of_site.shape[3]):
        row = grid.rows_of_site[v, g, s, k]
        if row >= 0:
            place.moment[row, 0] += gain
            place.moment[row, 1] += more
            place.moment[row, 2] += absent
    total = place.total[v, p]
    place.total[v, p] = total + gain
    for k in range(grid.rows_of_total.shape[2]):
        row = grid.rows_of_total[v, g, k]
        if row >= 0:
            place.moment[row, 0] += gain
            place.moment[row, 1] += gain * (2 * total + gain)


@compiled
def _recount(grid: Grid, place: Place, begin: int, end: int, by: int) -> None:
    """Count the joints of a part of a move, each once."""
    for i in range(begin, end):
        j, p = place.move[i, 1], place.move[i, 2]
        first = True
        for h in range(begin, i):
            first &= place.move[h, 1] != j or place.move[h, 2] != p
        kind = _kind(grid, place.grade[0, j, p], place.grade[1, j, p])
        if first and kind >= 0:
            for k in range(len(place.counted)):
                place.counted[k] += by * grid.factor[k, kind]


@compiled
def _make(grid: Grid, place: Place, begin: int, end: int, column: int) -> None:
    """Make a part of a move (column 3: new grades) or take it back (column 4)."""
    _recount(grid, place, begin, end, -1)
    for i in range(begin, end):
        move = place.move
        _put(grid, place, move[i, 0], move[i, 1], move[i, 2], move[i, column])
    _recount(grid, place, begin, end, 1)


@inlined
def _below(seed: np.ndarray, n: int) -> int:
    return int(uniform(seed) * n)


@inlined
def _note(place: Place, i: int, v: int, j: int, p: int, new: int) -> None:
    place.move[i, 0], place.move[i, 1], place.move[i, 2] = v, j, p
    place.move[i, 3], place.move[i, 4] = new, place.grade[v, j, p]


@compiled
def _step(grid: Grid, place: Place, i: int, v: int, j: int, p: int, by: int) -> bool:
    """Note a shift of a grade; say whether it keeps to the scale."""
    old = place.grade[v, j, p]
    _note(place, i, v, j, p, old + by)
    return bool(old >= 0 and 0 <= old + by <= grid.top)


@compiled
def _exchange(place: Place, at: int, j: int, p: int, i: int, q: int) -> int:
    """Exchange both grades of two joints, one of which may be missing."""
    if p == q and i == j:
        return 0
    for v in range(2):
        _note(place, at + 2 * v, v, j, p, place.grade[v, i, q])
        _note(place, at + 2 * v + 1, v, i, q, place.grade[v, j, p])
    return 4


@inlined
def _member(grid: Grid, g: int, seed: np.ndarray) -> int:
    """Choose a patient of a group."""
    first = grid.begin[g]
    return int(first + _below(seed, grid.begin[g + 1] - first))


@compiled
def _choose_two(grid: Grid, seed: np.ndarray, g: int) -> tuple[int, int]:
    """Choose two patients, of a group or, if it is -1, of any."""
    if g >= 0:
        return _member(grid, g, seed), _member(grid, g, seed)
    if uniform(seed) < 0.5:
        p = _below(seed, len(grid.group))
    else:
        p = _member(grid, _below(seed, len(grid.begin) - 1), seed)
    if uniform(seed) < 0.2:
        return p, _below(seed, len(grid.group))
    return p, _member(grid, grid.group[p], seed)


@compiled
def _beside(grid: Grid, j: int, seed: np.ndarray) -> int:
    """Choose a second joint, more often of the same site; joints lie by site."""
    joints = len(grid.site)
    if uniform(seed) < 0.5:
        return int(_below(seed, joints))
    first = last = j
    while first > 0 and grid.site[first - 1] == grid.site[j]:
        first -= 1
    while last + 1 < joints and grid.site[last + 1] == grid.site[j]:
        last += 1
    return int(first + _below(seed, last + 1 - first))


@compiled
def _turn(
    grid: Grid, place: Place, at: int, v: int, j: int, p: int, q: int, by: int
) -> int:
    """Shift a joint of three patients of a group, so that its sum stays."""
    seed = place.seed
    r = _member(grid, grid.group[p], seed)
    other = -1 if by > 0 else 1
    other *= _below(seed, abs(by) + 1)
    if p in (q, r) or q == r or grid.group[q] != grid.group[p]:
        return 0
    changes = 0
    good = True
    for visit in range(2):
        if v in (visit, 2):
            good &= _step(grid, place, at + changes, visit, j, p, by)
            good &= _step(grid, place, at + changes + 1, visit, j, q, other)
            good &= _step(grid, place, at + changes + 2, visit, j, r, -by - other)
            changes += 3
    return changes if good else 0


@compiled
def propose(grid: Grid, place: Place, at: int, g: int) -> int:
    """
    Choose a move that is as likely as its reverse; return its changes, 0 for none.

    A joint's grades are exchanged with another's, in the patient or anywhere; a
    grade, or both of a joint, is shifted; one, or both, is shifted against another;
    a joint of three patients is shifted; four joints in a rectangle of two patients
    and joints. Who and what is chosen does not depend on the grades.
    """
    seed = place.seed
    p, q = _choose_two(grid, seed, g)
    j = _below(seed, len(grid.site))
    i = _beside(grid, j, seed)
    v, kind = _below(seed, 2), uniform(seed)
    by = 1 + int(grid.top * uniform(seed) ** 6)
    by = -by if uniform(seed) < 0.5 else by
    if kind < 0.1:
        return int(_exchange(place, at, j, p, _below(seed, len(grid.site)), p))
    if kind < 0.35:
        return int(_exchange(place, at, j, p, i, q))
    if kind < 0.5:
        both = uniform(seed) < 0.5
        return int(_turn(grid, place, at, 2 if both else v, j, p, q, by))
    good = _step(grid, place, at, v, j, p, by)
    changes = 1
    if kind < 0.55:
        return int(good)
    if kind < 0.6:
        good &= _step(grid, place, at + 1, 1 - v, j, p, by)
        changes = 2
    elif kind < 0.7:
        good &= i != j and _step(grid, place, at + 1, v, i, p, -by)
        changes = 2
    elif kind < 0.8:
        good &= q != p and _step(grid, place, at + 1, v, i, q, -by)
        changes = 2
    elif kind < 0.9:
        good &= p != q and _step(grid, place, at + 1, 1 - v, j, p, by)
        good &= _step(grid, place, at + 2, v, i, q, -by)
        good &= _step(grid, place, at + 3, 1 - v, i, q, -by)
        changes = 4
    else:
        good &= p != q and i != j
        good &= _step(grid, place, at + 1, v, i, p, -by)
        good &= _step(grid, place, at + 2, v, j, q, -by)
        good &= _step(grid, place, at + 3, v, i, q, by)
        changes = 4
    return changes if good else 0


@compiled
def _compose(grid: Grid, place: Place) -> int:
    """
    Choose a move of up to three parts and make it; return its changes, 0 for none.

    A part's grades are those that the part before has left, so the parts of the
    reverse are as likely. `place.parts` holds where each part begins.
    """
    seed = place.seed
    g = _below(seed, len(grid.begin) - 1) if uniform(seed) < 0.6 else -1
    parts = 1 + _below(seed, 3)
    for part in range(parts):
        begin = place.parts[part]
        changes = propose(grid, place, begin, g)
        if changes == 0:
            _take_back(grid, place, part)
            return 0
        place.parts[part + 1] = begin + changes
        _make(grid, place, begin, begin + changes, 3)
    place.parts[4] = parts
    return int(place.parts[parts])


@compiled
def _take_back(grid: Grid, place: Place, parts: int) -> None:
    for part in range(parts - 1, -1, -1):
        _make(grid, place, place.parts[part], place.parts[part + 1], 4)


@inlined
def _record(place: Place, out: np.ndarray, record: int) -> None:
    visits, joints, patients = place.grade.shape
    for v in range(visits):
        for j in range(joints):
            for p in range(patients):
                out[record, v, j, p] = place.grade[v, j, p]


@compiled
def walk(
    grid: Grid,
    place: Place,
    out: np.ndarray,
    steps: int,
    thin: int,
    cold: float,
    descend: bool,
) -> tuple[int, int, int]:
    """
    Walk, and record states inside all windows.

    Parameters
    ----------
    grid, place : Grid, Place
        What the walk keeps to, where it begins and ends.
    out : numpy.ndarray
        int8 ``[record, visit, joint, patient]``.
    steps, thin : int
        Most steps; steps between looks.
    cold : float
        Weight of a distance; a descent begins at a hundredth of it.
    descend : bool
        Whether the walk cools down, and ends at the first state inside.

    Returns
    -------
    records, inside, steps : int
        Records made, looks inside all windows, steps made.
    """
    away = distance(grid, place)
    records = inside = 0
    for step in range(steps):
        weight = cold
        if descend:
            if away < 1e-9:
                return records, inside, step
            weight = cold * 0.01 ** (1.0 - min(1.0, 1.25 * step / steps))
        changes = _compose(grid, place)
        if changes > 0:
            touched = _bears_on(grid, place, changes)
            gain = _gain(grid, place, touched)
            if gain >= 0.0 or uniform(place.seed) < np.exp(weight * gain):
                away -= gain
                for at in range(touched):
                    place.away[place.touched[at]] = place.fresh[at]
            else:
                _take_back(grid, place, place.parts[4])
        if not descend and (step + 1) % thin == 0:
            away = distance(grid, place)
            if away == 0.0:
                inside += 1
                if records < len(out):
                    _record(place, out, records)
                    records += 1
                    if records == len(out):
                        return records, inside, step + 1
    return records, inside, steps
