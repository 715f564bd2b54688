"""
Distances of grades of all joints from what is asked, kept up as a move is made.

Importing this module imports numba; `rejia.ensemble.joint_chain` does so when it walks.
"""

import numpy as np
from numba import njit

from rejia.ensemble.joint_state import Grid, Place

# As in `rejia.ensemble.moves`: nothing is allocated inside a walk.
compiled = njit(  # type: ignore[call-overload]
    cache=True, nogil=True, error_model="numpy", _nrt=False
)
# What only compiled code calls needs no entry from Python, which takes long to make.
inner = njit(  # type: ignore[call-overload]
    cache=True,
    nogil=True,
    error_model="numpy",
    _nrt=False,
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
)
inlined = njit(  # type: ignore[call-overload]
    cache=True,
    nogil=True,
    error_model="numpy",
    _nrt=False,
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
    forceinline=True,
)
_FATES = 3
# No sum fits so many missing joints: so far outside that even a hot walk, which may
# begin where they fit, does not go there.
_EMPTY = 10_000.0


@inlined
def kind_of(grid: Grid, before: int, after: int) -> int:
    """Return the class and fate of a joint; -1 if it has no grades or no class."""
    if before < 0 or grid.number[before] < 0:
        return -1
    kind = _FATES * grid.number[before] + (after >= before) + (after > before)
    return int(kind)


@inlined
def outside(value: float, low: float, high: float) -> float:
    """Return how far a value is above its window, or below it as a negative number."""
    if value > high:
        return float(value - high)
    return float(min(value - low, 0.0))


@inner
def row_away(grid: Grid, row: int, total: int, squares: int, missing: int) -> float:
    """Return how far a row is from its windows if it had these sums."""
    size, window = grid.size[row, missing], grid.window[row, missing]
    by = outside(total, window[0], window[1])
    away = (abs(by) + grid.lean[row, 0] * by) * grid.scale[row, 0]
    if window[0] > window[1]:
        away += _EMPTY
    by = outside(size * squares - total * total, window[2], window[3])
    away += (abs(by) + grid.lean[row, 1] * by) * grid.scale[row, 1]
    return float(away)


@inlined
def sign_away(sign: int, change: int) -> float:
    """Return how far a patient's change is from the sign that it should have."""
    if sign == 0:
        return float(abs(change))
    return float(max(0, 1 - sign * change))


@inlined
def count_away(grid: Grid, k: int, value: float) -> float:
    """Return how far a count is from its window."""
    by = outside(value, grid.ends[k, 0], grid.ends[k, 1])
    return float((abs(by) + grid.lean_of_count[k] * by) * grid.unit[k])


@inlined
def _away(grid: Grid, place: Place, at: int) -> float:
    """Return the distance of a row, a patient or a count, in this order."""
    rows, patients = len(place.moment), len(grid.group)
    if at < rows:
        moment = place.moment[at]
        return float(row_away(grid, at, moment[0], moment[1], moment[2]))
    if at < rows + patients:
        p = at - rows
        change = place.total[1, p] - place.total[0, p]
        return float(sign_away(grid.sign[grid.group[p]], change))
    k = at - rows - patients
    return float(count_away(grid, k, place.counted[k]))


@compiled
def distance(grid: Grid, place: Place) -> float:
    """
    Return how far a state is outside all windows; 0 inside.

    The distances of rows, patients and counts are kept in `place.away`, in this
    order. Where windows lean, one side of them can be at a negative distance.
    """
    away = 0.0
    for at in range(len(place.away)):
        place.away[at] = _away(grid, place, at)
        away += place.away[at]
    return away


@inner
def is_inside(grid: Grid, place: Place) -> bool:
    """Say whether a state is inside all windows."""
    for k in range(len(place.counted)):
        if outside(place.counted[k], grid.ends[k, 0], grid.ends[k, 1]) != 0.0:
            return False
    for row in range(len(place.moment)):
        total, squares = place.moment[row, 0], place.moment[row, 1]
        missing = place.moment[row, 2]
        window = grid.window[row, missing]
        spread = grid.size[row, missing] * squares - total * total
        if outside(total, window[0], window[1]) != 0.0:
            return False
        if outside(spread, window[2], window[3]) != 0.0:
            return False
    for p in range(len(grid.group)):
        change = place.total[1, p] - place.total[0, p]
        if sign_away(grid.sign[grid.group[p]], change) > 0.0:
            return False
    return True


@compiled
def add_outside(grid: Grid, place: Place, found: np.ndarray) -> None:
    """Add how far sum and spread of each row, and each count, are outside, weighed."""
    rows = len(place.moment)
    for row in range(rows):
        total, missing = place.moment[row, 0], place.moment[row, 2]
        window = grid.window[row, missing]
        spread = grid.size[row, missing] * place.moment[row, 1] - total * total
        by = outside(total, window[0], window[1])
        found[2 * row] += by * grid.scale[row, 0]
        by = outside(spread, window[2], window[3])
        found[2 * row + 1] += by * grid.scale[row, 1]
    for k in range(len(place.counted)):
        by = outside(place.counted[k], grid.ends[k, 0], grid.ends[k, 1])
        found[2 * rows + k] += by * grid.unit[k]


@inlined
def _touch(place: Place, at: int, touched: int) -> int:
    """Note once that a move bears on something; return how much it bears on."""
    if place.noted[at] == 0:
        place.noted[at] = 1
        place.touched[touched] = at
        return touched + 1
    return touched


@inner
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


@inner
def gain_of(grid: Grid, place: Place, changes: int) -> float:
    """Return the gain of a move that was made; keep its distances aside."""
    touched = _bears_on(grid, place, changes)
    place.parts[5] = touched
    gain = 0.0
    for i in range(touched):
        at = place.touched[i]
        place.fresh[i] = _away(grid, place, at)
        gain += place.away[at] - place.fresh[i]
    return gain


@inlined
def keep(place: Place) -> None:
    """Take over the distances that `gain_of` kept aside."""
    for at in range(place.parts[5]):
        place.away[place.touched[at]] = place.fresh[at]


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


@inner
def _recount(grid: Grid, place: Place, begin: int, end: int, by: int) -> None:
    """Count the joints of a part of a move, each once."""
    for i in range(begin, end):
        j, p = place.move[i, 1], place.move[i, 2]
        first = True
        for h in range(begin, i):
            first &= place.move[h, 1] != j or place.move[h, 2] != p
        kind = kind_of(grid, place.grade[0, j, p], place.grade[1, j, p])
        if first and kind >= 0:
            for k in range(len(place.counted)):
                place.counted[k] += by * grid.factor[k, kind]


@inner
def make(grid: Grid, place: Place, begin: int, end: int, column: int) -> None:
    """Make a part of a move (column 3: new grades) or take it back (column 4)."""
    move = place.move
    # A loop over numbers, since numba compiles a function anew for each literal.
    for by in range(-1, 2, 2):
        _recount(grid, place, begin, end, by)
        for i in range(begin, end if by < 0 else begin):
            _put(grid, place, move[i, 0], move[i, 1], move[i, 2], move[i, column])


@inner
def settle(grid: Grid, place: Place, changes: int) -> float:
    """Make the move that was noted; return by how much it comes nearer."""
    make(grid, place, place.parts[0], changes, 3)
    gain = gain_of(grid, place, changes)
    keep(place)
    return float(gain)
