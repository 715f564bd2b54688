"""
Compiled loops of pools: halves of a group drawn from a law, and joined.

Importing this module imports numba; `rejia.ensemble.pools` does so when it draws.
"""

import numpy as np
from numba import njit

from rejia.ensemble.moves import compiled, inlined
from rejia.ensemble.xoshiro import uniform


@njit(cache=True, nogil=True)
def alias_table(mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return thresholds and aliases of a law, for draws by one look-up (Vose 1991)."""
    size = len(mass)
    share = mass / mass.sum() * size
    threshold = np.ones(size)
    alias = np.arange(size).astype(np.int32)
    small = np.empty(size, np.int64)
    large = np.empty(size, np.int64)
    smalls, larges = 0, 0
    for at in range(size):
        if share[at] < 1.0:
            small[smalls] = at
            smalls += 1
        else:
            large[larges] = at
            larges += 1
    while smalls > 0 and larges > 0:
        smalls -= 1
        one, other = small[smalls], large[larges - 1]
        threshold[one], alias[one] = share[one], other
        share[other] -= 1.0 - share[one]
        if share[other] < 1.0:
            larges -= 1
            small[smalls] = other
            smalls += 1
    return threshold, alias


@compiled
def draw_halves(
    seed: np.ndarray,
    ladder: np.ndarray,
    steps: tuple[np.ndarray, np.ndarray, np.ndarray],
    alias: tuple[np.ndarray, np.ndarray, np.ndarray],
    values: np.ndarray,
    link: np.ndarray,
    place: np.ndarray,
    cells: np.ndarray,
    moments: np.ndarray,
) -> None:
    """
    Draw halves of a group, patient by patient, with the ends that they hold favoured.

    Parameters
    ----------
    seed : numpy.ndarray
        State of the random numbers.
    ladder : numpy.ndarray
        Cumulative probabilities of the ends, as bits, that a half holds.
    steps : tuple of numpy.ndarray
        By number of patients left and ends that these hold together, as bits: the
        cumulative probabilities of what comes next, the kind of the next patient, and
        the ends that the others then hold.
    alias : tuple of numpy.ndarray
        Where the values of each kind begin; thresholds and aliases.
    values, link, place : numpy.ndarray
        Bases, kind by kind; weights of them in the third coordinate; places in a table
        of all values.
    cells, moments : numpy.ndarray
        Filled: place of each patient ``[half, patient]``; sums and sums of squares
        ``[5, half]`` (of both bases; squares of both bases and of the third).
    """
    begin, threshold, other = alias
    chance, kinds, rests = steps
    count, size = cells.shape
    bases = values.shape[1]
    for made in range(count):
        s0, s1, q0, q1, q2, held = 0, 0, 0, 0, 0, 0
        u = uniform(seed)
        while u >= ladder[held] and held < len(ladder) - 1:
            held += 1
        for i in range(size):
            left, option = size - i, 0
            if len(ladder) > 1:
                u = uniform(seed)
                while u >= chance[left, held, option]:
                    option += 1
            kind = kinds[left, held, option]
            held = rests[left, held, option]
            u = uniform(seed) * (begin[kind + 1] - begin[kind])
            at = begin[kind] + int(u)
            if u - int(u) >= threshold[at]:
                at = other[at]
            cells[made, i] = place[at]
            x = values[at, 0]
            s0 += x
            q0 += x * x
            if bases == 2:
                y = values[at, 1]
                z = link[0] * x + link[1] * y
                s1 += y
                q1 += y * y
                q2 += z * z
        moments[0, made], moments[1, made] = s0, s1
        moments[2, made], moments[3, made], moments[4, made] = q0, q1, q2


@inlined
def _find(values: np.ndarray, low: int, high: int, value: int) -> int:
    """Return the first place of a stretch that holds at least a value."""
    while low < high:
        middle = (low + high) // 2
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def _leads(held: np.ndarray, count: int, whole: int, n: int, behind: int) -> float:
    """
    Return how often the first half holds all ends, when patients are put in any order.

    Parameters
    ----------
    held, count : numpy.ndarray, int
        Ends of the patients who hold some, as bits.
    whole : int
        All these ends.
    n, behind : int
        Patients; those of the second half.

    Notes
    -----
    By inclusion and exclusion over the ends that the second half alone holds.
    """
    total, part = 0.0, whole
    while True:
        term, left = 1.0, 0
        for t in range(count):
            if held[t] & part:
                term *= (behind - left) / (n - left)
                left += 1
        bits, rest = 0, part
        while rest:
            bits += 1
            rest &= rest - 1
        total += -term if bits % 2 else term
        if part == 0:
            return total
        part = (part - 1) & whole


@inlined
def _weigh(
    law: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int],
    places: np.ndarray,
    others: np.ndarray,
    i: int,
    j: int,
    missing: int,
    reach: int,
    held: np.ndarray,
) -> float:
    """
    Return what a vector weighs over how often it is made; 0 where it is not wanted.

    Parameters
    ----------
    law : tuple
        Density and ends ``[second base, first base]``; by what the ends of a first
        half are favoured; how often a first half holds so many single ends; favoured
        ends. The latter as bits.
    places, others : numpy.ndarray
        Patients of the halves, as places in the flattened tables.
    i, j : int
        Which halves.
    missing : int
        By how much the first patient is shifted.
    reach : int
        Longest shift.
    held : numpy.ndarray
        Scratch, one a patient.
    """
    dense, ends, product, single, favoured = law
    width, behind = dense.shape[1], others.shape[1]
    row = places[i, 0] // width
    at = places[i, 0] - row * width + missing
    rest, theirs, count = 0, 0, 0
    for t in range(1, places.shape[1]):
        place = places[i, t]
        own = ends[place // width, place % width] & favoured
        rest |= own
        if own:
            held[count] = own
            count += 1
    for t in range(behind):
        place = others[j, t]
        own = ends[place // width, place % width] & favoured
        theirs |= own
        if own:
            held[count] = own
            count += 1
    own = ends[row, at] & favoured
    whole = rest | own
    if theirs & ~whole:
        return 0.0
    made = 0.0
    for near in range(max(at - reach, 0), min(at + reach, width - 1) + 1):
        made += dense[row, near] * product[rest | (ends[row, near] & favoured)]
    made /= (2 * reach + 1) * dense[row, at]
    weight = product[whole] / made
    if whole:
        if own:
            held[count] = own
            count += 1
        number, left = 0, whole
        while left:
            number += 1
            left &= left - 1
        n = places.shape[1] + behind
        weight *= single[number] / _leads(held, count, whole, n, behind)
    return float(weight)


@inlined
def _shifts(dense: np.ndarray, place: int, missing: int, reach: int) -> bool:
    """Say whether a patient can be shifted so far."""
    width = dense.shape[1]
    row = place // width
    at = place - row * width + missing
    if missing > reach or missing < -reach or at < 0 or at >= width:
        return False
    return bool(dense[row, at] > 0.0)


@inlined
def _between(
    squares: np.ndarray, spreads: np.ndarray, c: int, n: int, s: int
) -> tuple[int, int]:
    """Return the least and the most sum of squares of a coordinate of sum `s`."""
    least = max(squares[c, 0], -((-spreads[c, 0] - s * s) // n))
    return least, min(squares[c, 1], (spreads[c, 1] + s * s) // n)


@inlined
def _keep(
    seed: np.ndarray,
    weight: float,
    out: np.ndarray,
    found: int,
    i: int,
    j: int,
    by: int,
) -> int:
    """Keep a vector as often as it weighs; return how many are kept in all."""
    for _ in range(int(weight + uniform(seed))):
        if found < len(out):
            out[found, 0], out[found, 1], out[found, 2] = i, j, by
        found += 1
    return found


@compiled
def join_alone(
    seed: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    begin: np.ndarray,
    lowest: int,
    places: np.ndarray,
    others: np.ndarray,
    windows: tuple[np.ndarray, np.ndarray, np.ndarray],
    law: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int],
    low: int,
    tilt: np.ndarray,
    most: float,
    reach: int,
    share: float,
    held: np.ndarray,
    out: np.ndarray,
) -> tuple[int, int]:
    """
    Join halves of one base as `join_linked` does.

    The second halves are in order of their sum, then of their sum of squares; `low` is
    the lowest value of the base.
    """
    sums, squares, spreads = windows
    dense = law[0]
    found, seen = 0, 0
    n = places.shape[1] + others.shape[1]
    choices = sums[0, 1] - sums[0, 0] + 1
    last = lowest + len(begin) - 2
    for i in range(len(places)):
        x = low + places[i, 0]
        since = max(sums[0, 0] - reach - first[0, i], lowest)
        until = min(sums[0, 1] + reach - first[0, i], last)
        for total in range(since, until + 1):
            start, stop = begin[total - lowest], begin[total - lowest + 1]
            if start == stop:
                continue
            s = first[0, i] + total
            if reach > 0:
                s = sums[0, 0] + int(uniform(seed) * choices)
            missing = s - first[0, i] - total
            if not _shifts(dense, places[i, 0], missing, reach):
                continue
            q = first[2, i] + (2 * x + missing) * missing
            least, highest = _between(squares, spreads, 0, n, s)
            j = _find(second[2], start, stop, least - q)
            while j < stop and second[2, j] <= highest - q:
                seen += 1
                if share == 1.0 or uniform(seed) < share:
                    weight = -most - tilt[0] * s - tilt[2] * (q + second[2, j])
                    weight = np.exp(weight)
                    weight *= _weigh(law, places, others, i, j, missing, reach, held)
                    found = _keep(seed, weight, out, found, i, j, missing)
                j += 1
    return found, seen


@compiled
def join_linked(
    seed: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    begin: np.ndarray,
    lowest: int,
    places: np.ndarray,
    others: np.ndarray,
    windows: tuple[np.ndarray, np.ndarray, np.ndarray],
    law: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int],
    corner: tuple[int, int],
    link: tuple[int, int],
    tilt: np.ndarray,
    most: float,
    reach: int,
    share: float,
    held: np.ndarray,
    out: np.ndarray,
) -> tuple[int, int]:
    """
    Find the pairs of halves that fit all windows, and keep each by its weight.

    Parameters
    ----------
    seed : numpy.ndarray
        State of the random numbers.
    first, second : numpy.ndarray
        Moments ``[moment, half]``; the second halves in order of the sum of the second
        base, then of its sum of squares.
    begin, lowest : numpy.ndarray, int
        Where each sum begins among the second; the smallest sum.
    places, others : numpy.ndarray
        Patients of the halves, as places in the flattened tables of `law`.
    windows : tuple of numpy.ndarray
        Of sums, squares and spreads ``[coordinate, 2]``.
    law : tuple
        As of `_weigh`.
    corner, link : tuple of int
        Lowest values of the bases; their weights in the third coordinate.
    tilt, most : numpy.ndarray, float
        Tilt by moment; the most that its undoing can weigh, as a logarithm.
    reach : int
        The sum of the first base may miss its window by so much: the first patient is
        then shifted by what is missing.
    share : float
        Of the pairs, what is kept.
    held : numpy.ndarray
        Scratch, one a patient.
    out : numpy.ndarray
        Filled as far as it goes: both halves, shift.

    Returns
    -------
    found, seen : int
        Vectors kept; pairs looked at.

    Notes
    -----
    Several halves lead to one vector by shifts; it is kept in proportion to its weight
    over the sum of their densities, and several times where that exceeds 1.
    """
    sums, squares, spreads = windows
    dense = law[0]
    found, seen = 0, 0
    n, width = places.shape[1] + others.shape[1], dense.shape[1]
    choices = sums[0, 1] - sums[0, 0] + 1
    last = lowest + len(begin) - 2
    for i in range(len(places)):
        row = places[i, 0] // width
        x = corner[0] + places[i, 0] - row * width
        z = link[0] * x + link[1] * (corner[1] + row)
        since = max(sums[1, 0] - first[1, i], lowest)
        until = min(sums[1, 1] - first[1, i], last)
        for total in range(since, until + 1):
            start, stop = begin[total - lowest], begin[total - lowest + 1]
            if start == stop:
                continue
            s0, s1 = sums[0, 0], first[1, i] + total
            if choices > 1:
                s0 += int(uniform(seed) * choices)
            s2 = link[0] * s0 + link[1] * s1
            if s2 < sums[2, 0] or s2 > sums[2, 1]:
                continue
            low0, high0 = _between(squares, spreads, 0, n, s0)
            low1, high1 = _between(squares, spreads, 1, n, s1)
            low2, high2 = _between(squares, spreads, 2, n, s2)
            low0, high0 = low0 - first[2, i], high0 - first[2, i]
            ahead = s0 - first[0, i]
            j = _find(second[3], start, stop, low1 - first[3, i])
            stop = _find(second[3], j, stop, high1 - first[3, i] + 1)
            seen += stop - j
            for at in range(j, stop):
                missing = ahead - second[0, at]
                q0 = second[2, at] + (2 * x + missing) * missing
                # One test of all: each alone is hard to foresee, so it would be slow.
                if (missing > reach) | (missing < -reach) | (q0 < low0) | (q0 > high0):
                    continue
                change = link[0] * missing
                q2 = first[4, i] + second[4, at] + (2 * z + change) * change
                if q2 < low2 or q2 > high2:
                    continue
                if not _shifts(dense, places[i, 0], missing, reach):
                    continue
                if share < 1.0 and uniform(seed) >= share:
                    continue
                weight = -most - tilt[0] * s0 - tilt[1] * s1
                weight -= tilt[2] * (q0 + first[2, i]) + tilt[4] * q2
                weight -= tilt[3] * (first[3, i] + second[3, at])
                weight = np.exp(weight)
                weight *= _weigh(law, places, others, i, at, missing, reach, held)
                found = _keep(seed, weight, out, found, i, at, missing)
    return found, seen
