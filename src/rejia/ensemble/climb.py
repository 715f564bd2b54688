"""
Compiled search for the cohort that fits a spec and serves a goal best.

The moves are those of the random walk; a move that leaves a window is refused, one
that raises the energy is accepted less and less often (simulated annealing).
"""

import numpy as np

from rejia.ensemble.goal import Goal, Room, energy
from rejia.ensemble.moves import (
    attain_ends,
    choose_three,
    compiled,
    make_move,
    round_move,
    shift,
    turn_inside,
    weigh,
)
from rejia.ensemble.walk import TURNS
from rejia.ensemble.walk_state import Problem, State
from rejia.ensemble.xoshiro import uniform


@compiled
def climb(
    problem: Problem,
    state: State,
    goal: Goal,
    room: Room,
    values: np.ndarray,
    place: np.ndarray,
    best: np.ndarray,
    steps: int,
    hot: float,
    cold: float,
) -> float:
    """
    Search; keep the best cohort that attains every end of a range.

    Parameters
    ----------
    problem : Problem
        What the search keeps to; its weights of ends say how rarely one is lost.
    state : State
        Where it begins, inside all windows, and where it ends.
    goal, room : Goal, Room
        What is wanted.
    values : numpy.ndarray
        int64 ``[row, patient]``: all columns that the goal reads; changed in place.
    place : numpy.ndarray
        Row of `values` of each coordinate of the state; -1 where none is read.
    best : numpy.ndarray
        ``values`` of the best cohort.
    steps : int
        Moves that are tried.
    hot, cold : float
        First and last temperature, in units of the energy.

    Returns
    -------
    float
        Energy of `best`; infinite if none attained all ends.
    """
    link, low, high, tied, _, pool, begin, reach = problem[:8]
    coord, member, window, scale = problem[8:12]
    end_coord, end_member, end_value, end_weight = problem[12:16]
    x, k, sums, squares, holders, seed, _ = state[:7]
    touched, new, new_k, new_s, new_q, new_h = state[7:]
    now = energy(values, goal, room)
    least = np.inf
    heat = hot
    for step in range(steps):
        if step % 64 == 0:
            heat = hot * (cold / hot) ** (step / steps)
        if uniform(seed) < TURNS:
            count = choose_three(pool, begin, seed, touched)
            good = count > 0 and turn_inside(
                link, low, high, tied, seed, x, touched, new, new_k
            )
        else:
            count = shift(pool, reach, seed, x, touched, new)
            good = round_move(link, low, high, tied, touched, count, new, new_k)
        if not good:
            continue
        far = weigh(
            *(coord, member, window, scale, k, sums, squares),
            *(touched, count, new_k, new_s, new_q, True),
        )
        if far < 0.0:
            continue
        gain = attain_ends(
            *(end_coord, end_member, end_value, end_weight),
            *(k, holders, touched, count, new_k, new_h),
        )
        changed = False
        for t in range(count):
            for b in range(len(place)):
                if place[b] >= 0 and k[b, touched[t]] != new_k[b, t]:
                    values[place[b], touched[t]] = new_k[b, t]
                    changed = True
        then = energy(values, goal, room) if changed else now
        gain += (now - then) / heat
        if gain >= 0.0 or np.log(1.0 - uniform(seed)) < gain:
            make_move(state, count)
            now = then
            if now < least:
                whole = True
                for e in range(len(holders)):
                    whole = whole and holders[e] > 0
                if whole:
                    least = now
                    for r in range(values.shape[0]):
                        for i in range(values.shape[1]):
                            best[r, i] = values[r, i]
        else:
            for t in range(count):
                for b in range(len(place)):
                    if place[b] >= 0:
                        values[place[b], touched[t]] = k[b, touched[t]]
    return least
