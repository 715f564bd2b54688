"""
Compiled random walk on a dithered lattice.

Importing this module imports numba; `rejia.ensemble.chains` does so when it walks.
"""

import numpy as np

from rejia.ensemble.far_moves import choose_far, move_end, way_back
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

TO_ENDS = 0.2  # of all steps, where a range has ends to attain
# Of other steps; the rest are shifts. Of turns: first patient by its distance.
TURNS, FAR = 0.85, 0.5


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
    to_ends = TO_ENDS if heat == 0.0 and len(end_value) > 0 else 0.0
    for c in range(len(coord)):
        away += away_from(window, scale, c, sums[c], squares[c])
    for step in range(steps):
        if heat > 0.0 and away == 0.0:
            return records, step
        bias = 0.0
        kind = uniform(seed)
        if kind < to_ends:
            count, good, bias = move_end(problem, state)
        elif kind < to_ends + (1.0 - to_ends) * TURNS * (1.0 - FAR):
            count = choose_three(pool, begin, seed, touched)
            good = count > 0 and turn_inside(
                link, low, high, tied, seed, x, touched, new, new_k
            )
        elif kind < to_ends + (1.0 - to_ends) * TURNS:
            b = 0 if x.shape[0] == 1 else int(2 * uniform(seed))
            count, mean, total = choose_far(pool, begin, seed, x, b, touched)
            good = count > 0 and turn_inside(
                link, low, high, tied, seed, x, touched, new, new_k
            )
            if good:
                bias = way_back(x, b, touched, new, mean, total)
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
            gain = bias + attain_ends(
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
