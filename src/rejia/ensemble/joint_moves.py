"""
Moves over the grades of all joints, each as likely as its reverse.

Importing this module imports numba; `rejia.ensemble.joint_chain` does so when it walks.
"""

import numpy as np

from rejia.ensemble.joint_energy import inlined, inner, make
from rejia.ensemble.joint_state import Grid, Place
from rejia.ensemble.xoshiro import uniform


@inlined
def below(seed: np.ndarray, n: int) -> int:
    """Return a number from 0 to below `n`."""
    return int(uniform(seed) * n)


@inlined
def note(place: Place, i: int, v: int, j: int, p: int, new: int) -> None:
    """Note the new grade of a joint."""
    place.move[i, 0], place.move[i, 1], place.move[i, 2] = v, j, p
    place.move[i, 3], place.move[i, 4] = new, place.grade[v, j, p]


@inner
def _step(grid: Grid, place: Place, i: int, v: int, j: int, p: int, by: int) -> bool:
    """Note a shift of a grade; say whether it keeps to the scale."""
    old = place.grade[v, j, p]
    note(place, i, v, j, p, old + by)
    return bool(old >= 0 and 0 <= old + by <= grid.top)


@inner
def _exchange(place: Place, at: int, j: int, p: int, i: int, q: int) -> int:
    """Exchange both grades of two joints, one of which may be missing."""
    if p == q and i == j:
        return 0
    for v in range(2):
        note(place, at + 2 * v, v, j, p, place.grade[v, i, q])
        note(place, at + 2 * v + 1, v, i, q, place.grade[v, j, p])
    return 4


@inlined
def member(grid: Grid, g: int, seed: np.ndarray) -> int:
    """Choose a patient of a group."""
    first = grid.begin[g]
    return int(first + below(seed, grid.begin[g + 1] - first))


@inner
def choose_two(grid: Grid, seed: np.ndarray) -> tuple[int, int]:
    """Choose two patients, more often of the same group."""
    if uniform(seed) < 0.5:
        p = below(seed, len(grid.group))
    else:
        p = member(grid, below(seed, len(grid.begin) - 1), seed)
    if uniform(seed) < 0.2:
        return p, below(seed, len(grid.group))
    return p, member(grid, grid.group[p], seed)


@inner
def _beside(grid: Grid, j: int, seed: np.ndarray) -> int:
    """Choose a second joint, more often of the same site; joints lie by site."""
    joints = len(grid.site)
    if uniform(seed) < 0.5:
        return int(below(seed, joints))
    first = last = j
    while first > 0 and grid.site[first - 1] == grid.site[j]:
        first -= 1
    while last + 1 < joints and grid.site[last + 1] == grid.site[j]:
        last += 1
    return int(first + below(seed, last + 1 - first))


@inner
def _turn(
    grid: Grid, place: Place, at: int, v: int, j: int, p: int, q: int, by: int
) -> int:
    """Shift a joint of three patients of a group, so that its sum stays."""
    seed = place.seed
    r = member(grid, grid.group[p], seed)
    other = -1 if by > 0 else 1
    other *= below(seed, abs(by) + 1)
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


@inner
def propose(grid: Grid, place: Place, at: int, g: int) -> int:
    """
    Choose a move that is as likely as its reverse; return its changes, 0 for none.

    A joint's grades are exchanged with another's, in the patient or anywhere; a
    grade, or both of a joint, is shifted; one, or both, is shifted against another;
    a joint of three patients is shifted; four joints in a rectangle of two patients
    and joints. Who and what is chosen does not depend on the grades.
    """
    seed = place.seed
    if g >= 0:
        p, q = member(grid, g, seed), member(grid, g, seed)
    else:
        p, q = choose_two(grid, seed)
    j = below(seed, len(grid.site))
    i = _beside(grid, j, seed)
    v, kind = below(seed, 2), uniform(seed)
    by = 1 + int(grid.top * uniform(seed) ** 6)
    by = -by if uniform(seed) < 0.5 else by
    if kind < 0.1:
        return int(_exchange(place, at, j, p, below(seed, len(grid.site)), p))
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


@inner
def compose(grid: Grid, place: Place) -> int:
    """
    Choose a move of up to three parts and make it; return its changes, 0 for none.

    A part's grades are those that the part before has left, so the parts of the
    reverse are as likely. `place.parts` holds where each part begins.
    """
    seed = place.seed
    g = below(seed, len(grid.begin) - 1) if uniform(seed) < 0.6 else -1
    parts = 1 + below(seed, 3)
    for part in range(parts):
        begin = place.parts[part]
        changes = propose(grid, place, begin, g)
        if changes == 0:
            take_back(grid, place, part)
            return 0
        place.parts[part + 1] = begin + changes
        make(grid, place, begin, begin + changes, 3)
    place.parts[4] = parts
    return int(place.parts[parts])


@inner
def take_back(grid: Grid, place: Place, parts: int) -> None:
    """Take back so many parts of a move, the last first."""
    for part in range(parts - 1, -1, -1):
        make(grid, place, place.parts[part], place.parts[part + 1], 4)
