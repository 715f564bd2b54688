"""
Compiled walk over the grades of all joints.

All moves are as likely as their reverse or drawn from their conditional law, and a
state weighs ``exp(-cold · distance)`` by how far it is outside the windows. So states
inside all windows, which alone are recorded, are uniform; those outside are bridges
between them. Windows may lean: what is outside on one side then weighs more than on
the other, so that the walk does not drift away from them.

Importing this module imports numba; `rejia.ensemble.joint_chain` does so when it walks.
"""

import numpy as np

from rejia.ensemble.joint_blocks import deal, share, turn
from rejia.ensemble.joint_energy import (
    compiled,
    distance,
    gain_of,
    inlined,
    inner,
    is_inside,
    keep,
)
from rejia.ensemble.joint_moves import compose, take_back
from rejia.ensemble.joint_state import Grid, Place
from rejia.ensemble.xoshiro import uniform


@inlined
def _record(place: Place, out: np.ndarray, record: int) -> None:
    visits, joints, patients = place.grade.shape
    for v in range(visits):
        for j in range(joints):
            for p in range(patients):
                out[record, v, j, p] = place.grade[v, j, p]


@inner
def _try(grid: Grid, place: Place, cold: float) -> float:
    """Try a composed move; return the gain, 0 if it is refused."""
    changes = compose(grid, place)
    if changes == 0:
        return 0.0
    gain = gain_of(grid, place, changes)
    if gain >= 0.0 or uniform(place.seed) < np.exp(cold * gain):
        keep(place)
        return float(gain)
    take_back(grid, place, place.parts[4])
    return 0.0


@inner
def _step(grid: Grid, place: Place, cold: float) -> float:
    """Make a step of any kind; return by how much it comes nearer."""
    which = uniform(place.seed)
    if which < grid.mix[0]:
        return float(deal(grid, place, cold))
    if which < grid.mix[1]:
        return float(share(grid, place, cold))
    if which < grid.mix[2]:
        return float(turn(grid, place, cold))
    return float(_try(grid, place, cold))


@compiled
def walk(
    grid: Grid,
    place: Place,
    out: np.ndarray,
    looks: int,
    between: int,
    every: int,
    cold: float,
    cooling: bool,
) -> tuple[int, int]:
    """
    Walk, and record states inside all windows.

    Parameters
    ----------
    grid, place : Grid, Place
        What the walk keeps to, where it begins and ends.
    out : numpy.ndarray
        int8 ``[record, visit, joint, patient]``.
    looks, between : int
        Most looks; steps between looks.
    every : int
        Of the looks that find the walk inside, every so many is recorded.
    cold : float
        Weight of a distance.
    cooling : bool
        Whether the walk begins at a hundredth of it.

    Returns
    -------
    records, inside : int
        Records made, looks inside all windows.
    """
    distance(grid, place)
    records = inside = 0
    for look in range(looks):
        weight = cold
        if cooling:
            weight *= 0.01 ** (1.0 - min(1.0, 1.25 * look / looks))
        for _ in range(between):
            _step(grid, place, weight)
        if is_inside(grid, place):
            inside += 1
            if records < len(out) and inside % every == 0:
                _record(place, out, records)
                records += 1
        if records == len(out) and records > 0:
            break
    return records, inside
