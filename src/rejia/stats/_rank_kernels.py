"""Compiled exact null distributions of rank statistics.

All of them hold probabilities, not counts, and only ever add and multiply
positive numbers: no overflow at any n, and a tail of 1e-30 keeps its digits.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@njit(cache=True)
def _add(target: Floats, source: Floats, factor: float) -> None:
    """Add factor * source to the front of target."""
    # Bounds that are sizes, not sums: the compiler can then vectorise the loop.
    for s in range(source.size):
        target[s] += factor * source[s]


@njit(cache=True)
def signed_sum_masses(scores: Integers, limit: int) -> Floats:
    """P(S = 0 … limit), S the sum of scores each kept with probability 1/2."""
    masses = np.zeros(limit + 1)
    buffer = np.zeros(limit + 1)
    masses[0] = 1.0
    reach = 0
    for score in scores:
        top = min(limit, reach + score)
        buffer[: top + 1] = 0.0
        _add(buffer, masses[: reach + 1], 0.5)
        if score <= top:
            _add(buffer[score:], masses[: top - score + 1], 0.5)
        masses, buffer = buffer, masses
        reach = top
    return masses


@njit(cache=True)
def subset_sum_masses(scores: Integers, tops: Integers, start: Integers) -> Floats:
    """
    P(S = 0, 1, …), S the sum of a random subset less the smallest such sum.

    Scores ascend and are seen one by one; a state is how many were kept and their
    offset, the sum less the smallest sum of as many scores. ``tops[seen, kept]``
    is the largest offset that matters (-1 for none), and ``start`` says where the
    row of each number of kept scores begins in the memory that they share.
    """
    n, size = tops.shape[0] - 1, tops.shape[1] - 1
    masses = np.zeros(start[size + 1])
    masses[0] = 1.0
    for seen in range(1, n + 1):
        left = n - seen + 1
        # Downwards, so that row kept - 1 is still the one of the score before.
        for kept in range(min(seen, size), max(0, size - left + 1) - 1, -1):
            # The window of a row only grows and then only shrinks: what lies above
            # it is still zero, or is never read again.
            top = tops[seen, kept]
            row = masses[start[kept] : start[kept] + top + 1]
            stay = (left - (size - kept)) / left
            for s in range(row.size):
                row[s] *= stay
            if kept == 0:
                continue
            shift = scores[seen - 1] - scores[kept - 1]
            known = min(top - shift, tops[seen - 1, kept - 1])
            if known >= 0:
                source = masses[start[kept - 1] : start[kept - 1] + known + 1]
                _add(row[shift:], source, (size - kept + 1) / left)
    last: Floats = masses[start[size] : start[size] + tops[n, size] + 1]
    return last


@njit(cache=True)
def trend_masses(
    counts: Integers, level: Integers, ties: Integers, pascal: Floats, width: int
) -> Floats:
    """
    P(2 J = 0 … width - 1), J the Jonckheere-Terpstra statistic, given the ties.

    A state is how many values each group has had so far: its row of `counts`, and
    `level` their sum. `ties` are the sizes of the tied classes in ascending order
    of the values; a class is dealt to the groups at once, because ties within it
    count half. ``pascal[n, k]`` is the binomial coefficient.
    """
    sizes = counts[-1]
    masses = np.zeros((level.size, width))
    masses[0, 0] = 1.0
    done = 0
    for tie in ties:
        sources = np.nonzero(level == done)[0]
        targets = np.nonzero(level == done + tie)[0]
        ways_in_all = pascal[level[-1] - done, tie]
        for source in sources:
            for target in targets:
                shift, below, ways = 0, 0, 1.0
                for g in range(sizes.size):
                    dealt = counts[target, g] - counts[source, g]
                    if dealt < 0:
                        ways = 0.0
                        break
                    ways *= pascal[sizes[g] - counts[source, g], dealt]
                    shift += dealt * below
                    below += 2 * counts[source, g] + dealt
                if ways > 0.0:
                    row = masses[source, : width - shift]
                    _add(masses[target, shift:], row, ways / ways_in_all)
        done += tie
    last: Floats = masses[-1]
    return last


@njit(cache=True)
def product_sum_masses(
    first: Integers, values: Integers, counts: Integers, width: int
) -> Floats:
    """
    P(S = 0 … width - 1), S = Σ first[i] * second[π(i)] over random permutations π.

    The second variable takes the distinct `values`, each `counts` times. A state
    is how many of each value have been dealt; it fixes which score is next.
    """
    n = first.size
    states = 1
    for count in counts:
        states *= count + 1
    masses = np.zeros((states, width))
    masses[0, 0] = 1.0
    for state in range(states - 1):
        rest = state
        dealt = 0
        for count in counts:
            dealt += rest % (count + 1)
            rest //= count + 1
        rest = state
        stride = 1
        for j in range(counts.size):
            free = counts[j] - rest % (counts[j] + 1)
            rest //= counts[j] + 1
            if free > 0:
                shift = first[dealt] * values[j]
                source = masses[state, : width - shift]
                _add(masses[state + stride, shift:], source, free / (n - dealt))
            stride *= counts[j] + 1
    last: Floats = masses[-1]
    return last
