"""Compiled moves of those who are far from the mean, and of the ends of a range."""

import numpy as np

from rejia.ensemble.moves import choose_three, inlined, round_move, turn_three
from rejia.ensemble.walk_state import Problem, State
from rejia.ensemble.xoshiro import uniform

_THIRD = 1.0 / np.sqrt(3.0)
_STRETCH, _SHORTER = 0.7, 3.0  # of a way to an end, of the distance to the mean
_PASS = 0.5  # of moves of ends, where columns are linked


@inlined
def choose_far(
    pool: np.ndarray,
    begin: np.ndarray,
    seed: np.ndarray,
    x: np.ndarray,
    base: int,
    touched: np.ndarray,
) -> tuple[int, float, float]:
    """
    Choose three patients of one group, the first by its squared distance to the mean.

    Few far values carry most of a sum of squares, and they move slowest. Turns keep
    the mean, and mostly the sum of these distances.

    Returns
    -------
    count : int
        3, or 0 if the group has fewer patients or all have one value.
    mean, total : float
        Mean of the group; sum of squared distances to it.
    """
    at = int(uniform(seed) * len(pool))
    g = 0
    while begin[g + 1] <= at:
        g += 1
    size = begin[g + 1] - begin[g]
    mean, total = 0.0, 0.0
    for i in range(begin[g], begin[g + 1]):
        mean += x[base, pool[i]]
    mean /= size
    for i in range(begin[g], begin[g + 1]):
        total += (x[base, pool[i]] - mean) ** 2
    left, first = uniform(seed) * total, 0
    while first < size - 1:
        left -= (x[base, pool[begin[g] + first]] - mean) ** 2
        if left < 0.0:
            break
        first += 1
    j = int(uniform(seed) * (size - 1))
    j += j >= first
    h = int(uniform(seed) * (size - 2))
    h += h >= min(first, j)
    h += h >= max(first, j)
    if size < 3 or total == 0.0:
        return 0, mean, total
    touched[0], touched[1] = pool[begin[g] + first], pool[begin[g] + j]
    touched[2] = pool[begin[g] + h]
    return 3, mean, total


@inlined
def way_back(
    x: np.ndarray,
    base: int,
    touched: np.ndarray,
    new: np.ndarray,
    mean: float,
    total: float,
) -> float:
    """Return the logarithm of how much more likely the way back is to be chosen."""
    after = total
    for t in range(3):
        after += (new[base, t] - mean) ** 2 - (x[base, touched[t]] - mean) ** 2
    far = (x[base, touched[0]] - mean) ** 2 / total
    return float(np.log((new[base, 0] - mean) ** 2 / after / far))


@inlined
def turn_to_end(
    link: np.ndarray,
    coord: int,
    only: int,
    value: int,
    seed: np.ndarray,
    x: np.ndarray,
    touched: np.ndarray,
    new: np.ndarray,
) -> float:
    """
    Turn three patients so that the first gets to the end of a range, or away from it.

    Parameters
    ----------
    link : numpy.ndarray
        Weights of the two bases in the third coordinate.
    coord : int
        The coordinate whose end it is.
    only : int
        The base that turns; -1 for all.
    value : int
        The end.
    seed, x, touched, new : numpy.ndarray
        Random numbers; values; patients; what is proposed.

    Returns
    -------
    float
        Logarithm of the density of the way back over that of the way there, by
        angle; NaN where the first patient is neither at the end nor near enough, or
        cannot get there.

    Notes
    -----
    An end is one value among many, so other moves seldom hit it, and seldom leave it
    where it is weighed more. The coordinate is drawn evenly from the stretch of the
    end, or from a stretch beside it whose length does not depend on the state.
    """
    away, still = 0.0, 0.0
    first, second, third = 0.0, 0.0, 0.0
    half = 0.5 if coord < 2 else 1.0  # a sum of two is off by up to one unit
    for b in range(x.shape[0]):
        factor = link[b] if coord == 2 else int(b == coord)
        if only in (-1, b):
            first += factor * x[b, touched[0]]
            second += factor * x[b, touched[1]]
            third += factor * x[b, touched[2]]
        else:
            still += factor * x[b, touched[0]]
    mean = (first + second + third) / 3.0
    side = 1.0 if value > mean + still else -1.0
    beside = _STRETCH * np.exp(-_SHORTER * uniform(seed)) * abs(value - mean - still)
    away = side * (value - still - first)  # inwards from the end
    at_end = away <= half
    if away > half + beside or away < -half:
        return np.nan
    if at_end:
        to, source, target = half + beside * uniform(seed), 2.0 * half, beside
    else:
        to, source, target = half * (2.0 * uniform(seed) - 1.0), beside, 2.0 * half
    along, across = first - mean, (third - second) * _THIRD
    radius = np.sqrt(along * along + across * across)
    aim = value - side * to - still - mean
    if radius <= abs(aim) or across == 0.0:
        return np.nan
    height = np.sqrt(radius * radius - aim * aim)
    over = height if uniform(seed) < 0.5 else -height
    cosine = (along * aim + across * over) / (radius * radius)
    sine = (across * aim - along * over) / (radius * radius)
    turn_three(x, touched, new, cosine, sine, only, 0)
    return float(np.log(abs(across) * target / (height * source)))


@inlined
def pass_end(
    link: np.ndarray,
    coord: int,
    value: int,
    member: np.ndarray,
    pool: np.ndarray,
    begin: np.ndarray,
    seed: np.ndarray,
    x: np.ndarray,
    k: np.ndarray,
    touched: np.ndarray,
    new: np.ndarray,
) -> int:
    """
    Exchange the value of one who is at an end with that of another of the group.

    A second coordinate of both keeps its values and the third takes up the change.
    Who is at the end of one range is then free to leave that of another.

    Returns
    -------
    int
        2, or 0 if nobody of a group drawn is at the end.
    """
    at = int(uniform(seed) * len(pool))
    g = 0
    while begin[g + 1] <= at:
        g += 1
    second = pool[at]
    first, holders = -1, 0.0
    for place in range(begin[g], begin[g + 1]):
        i = pool[place]
        if member[i] and k[coord, i] == value:
            holders += 1.0
            if uniform(seed) * holders < 1.0:
                first = i
    keep_third = uniform(seed) < 0.5
    if first in (-1, second) or not member[second]:
        return 0
    touched[0], touched[1] = first, second
    change = k[coord, second] - k[coord, first]
    b = coord if coord < 2 else int(keep_third)
    factor = 1 if coord < 2 else link[b]
    for c in range(2):
        new[c, 0], new[c, 1] = x[c, first], x[c, second]
    new[b, 0] += factor * change
    new[b, 1] -= factor * change
    if coord < 2 and keep_third:
        new[1 - b, 0] -= link[0] * link[1] * change
        new[1 - b, 1] += link[0] * link[1] * change
    return 2


@inlined
def move_end(problem: Problem, state: State) -> tuple[int, bool, float]:
    """
    Propose that an end is passed on, attained, or left.

    Returns
    -------
    count : int
        Patients that would move.
    good : bool
        Whether the proposal keeps to the scales.
    bias : float
        Logarithm of the density of the way back over that of the way there.
    """
    link, low, high, tied, _, pool, begin, _ = problem[:8]
    end_coord, end_member, end_value = problem[12:15]
    x, k, seed = state[0], state[1], state[5]
    touched, new, new_k = state[7], state[8], state[9]
    e = int(uniform(seed) * len(end_value))
    coord, bias = end_coord[e], 0.0
    if x.shape[0] == 2 and uniform(seed) < _PASS:
        count = pass_end(
            *(link, coord, end_value[e], end_member[e]),
            *(pool, begin, seed, x, k, touched, new),
        )
    else:
        count = choose_three(pool, begin, seed, touched)
        only = -1
        if x.shape[0] == 2 and uniform(seed) < 0.25:
            only = coord if coord < 2 else int(2 * uniform(seed))
        if count > 0 and end_member[e, touched[0]]:
            bias = turn_to_end(link, coord, only, end_value[e], seed, x, touched, new)
            if np.isnan(bias):
                count = 0
        else:
            count = 0
    good = round_move(link, low, high, tied, touched, count, new, new_k)
    return count, good, bias
