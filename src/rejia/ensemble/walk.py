"""
Compiled random walk on a dithered lattice.

Importing this module imports numba; `rejia.ensemble.chains` does so when it walks.
"""

import numpy as np

from rejia.ensemble.moves import (
    attain_ends,
    away_from,
    choose_three,
    compiled,
    lean,
    look,
    make_move,
    round_move,
    shift,
    turn_inside,
    weigh,
)
from rejia.ensemble.walk_state import Problem, State
from rejia.ensemble.xoshiro import uniform

TURNS = 0.85


@compiled
def walk(
    problem: Problem,
    state: State,
    out: np.ndarray,
    steps: int,
    thin: int,
    heat: float,
) -> tuple[int, int]:
    """
    Walk, and record states in which every end of a range is attained.

    Parameters
    ----------
    problem : Problem
        What the walk keeps to.
    state : State
        Where it begins, and where it ends.
    out : numpy.ndarray
        ``[record, coordinate, patient]``.
    steps, thin : int
        Most steps; steps between looks.
    heat : float
        0 keeps inside all windows; more lets a descent from outside climb, less and
        less, until it is inside.

    Returns
    -------
    records, steps : int
        How many records were made in how many steps.
    """
    link, low, high, tied, group, pool, begin, reach = problem[:8]
    coord, member, window, scale = problem[8:12]
    end_coord, end_member, end_value, end_weight, law, law_low = problem[12:]
    x, k, sums, squares, holders, seed, _ = state[:7]
    touched, new, new_k, new_s, new_q, new_h = state[7:]
    away, records = 0.0, 0
    for c in range(len(coord)):
        away += away_from(window, scale, c, sums[c], squares[c])
    for step in range(steps):
        if heat > 0.0 and away == 0.0:
            return records, step
        if uniform(seed) < TURNS:
            count = choose_three(pool, begin, seed, touched)
            good = count > 0 and turn_inside(
                link, low, high, tied, seed, x, touched, new, new_k
            )
        else:
            count = shift(pool, reach, seed, x, touched, new)
            good = round_move(link, low, high, tied, touched, count, new, new_k)
        far = -1.0
        if good:
            far = weigh(
                *(coord, member, window, scale, k, sums, squares),
                *(touched, count, new_k, new_s, new_q, heat == 0.0),
            )
        if far >= 0.0:
            gain = attain_ends(
                *(end_coord, end_member, end_value, end_weight),
                *(k, holders, touched, count, new_k, new_h),
            )
            if len(law):
                gain += lean(law, law_low, tied, group, touched, count, k, new_k)
            if heat > 0.0:
                gain += (away - far) / (heat * 0.001 ** (step / steps))
            if gain >= 0.0 or np.log(1.0 - uniform(seed)) < gain:
                make_move(state, count)
                away = far
        if heat == 0.0 and (step + 1) % thin == 0:
            records = look(state, out, records)
            if records == len(out) and records > 0:
                return records, step + 1
    return records, steps
