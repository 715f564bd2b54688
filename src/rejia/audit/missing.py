"""Whether missing values could reconcile groups with their total."""

from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from rejia.constraints import Interval

Floats = NDArray[np.float64]
_MOST_PATTERNS = 60_000
_TOLERANCE = 1e-9


def corners(spare: int, parts: int) -> list[tuple[int, ...]]:
    """
    Return the extreme ways in which missing rows can fall on some parts.

    Parameters
    ----------
    spare : int
        Rows that are missing, at most.
    parts : int
        Number of parts.

    Returns
    -------
    list of tuple of int
        None missing, or all in one part. A sum, and a ratio of two sums, that is
        linear in the numbers of missing rows has its extremes among these.
    """
    none = (0,) * parts
    if not spare:
        return [none]
    return [none, *((*none[:k], spare, *none[k + 1 :]) for k in range(parts))]


def fewest_missing(
    target: Interval, windows: Sequence[Interval], ns: Sequence[int]
) -> tuple[int, ...]:
    """
    Return a smallest number of missing values that moves the mean into a window.

    Parameters
    ----------
    target : Interval
        Window of the total's mean.
    windows : sequence of Interval
        Windows of the groups' means.
    ns : sequence of int
        Group sizes.

    Returns
    -------
    tuple of int
        Missing values a group; empty where no number would do.

    Notes
    -----
    Values go missing from the group that pulls hardest the wrong way, as long as it
    has more than one; each removal is the one that moves the mean most.
    """
    down = sum(n * w.low for n, w in zip(ns, windows, strict=True)) > target.high * sum(
        ns
    )
    ends = [w.low if down else -w.high for w in windows]
    goal = target.high if down else -target.low
    kept = list(ns)
    order = sorted(range(len(ns)), key=lambda index: ends[index], reverse=True)
    for index in order:
        while kept[index] > 1 and ends[index] > goal:
            if sum(k * e for k, e in zip(kept, ends, strict=True)) <= goal * sum(kept):
                return tuple(n - k for n, k in zip(ns, kept, strict=True))
            kept[index] -= 1
    if sum(k * e for k, e in zip(kept, ends, strict=True)) <= goal * sum(kept):
        return tuple(n - k for n, k in zip(ns, kept, strict=True))
    return ()


def sd_rescued(
    held: Interval,
    means: Sequence[Interval],
    sds: Sequence[Interval],
    ns: Sequence[int],
) -> bool:
    """
    Say whether some pattern of missing values reconciles the SDs.

    Parameters
    ----------
    held : Interval
        Window of the total's variance.
    means, sds : sequence of Interval
        Windows of the groups.
    ns : sequence of int
        Group sizes.

    Returns
    -------
    bool
        True also where there are too many patterns to try, so that False is a
        proof: each pattern is given an interval that is too wide rather than too
        narrow.
    """
    patterns = 1
    for n in ns:
        patterns *= n
    if patterns > _MOST_PATTERNS or len(ns) > 8:
        return True
    kept = np.array(list(product(*(range(1, n + 1) for n in ns))), dtype=float)
    kept = kept[kept.sum(axis=1) > 1]
    if not len(kept):
        return True
    low = np.array([float(m.low) for m in means])
    high = np.array([float(m.high) for m in means])
    small = np.array([max(float(s.low), 0.0) ** 2 for s in sds])
    large = np.array([max(float(s.high), 0.0) ** 2 for s in sds])
    n = kept.sum(axis=1)
    most = np.max(
        [
            _between(kept, np.array(corner))
            for corner in product(*zip(low, high, strict=True))
        ],
        axis=0,
    )
    least = _least_between(kept, low, high)
    floor = ((kept - 1) @ small + least) / n  # the population SD is the smallest
    ceiling = (kept @ large + most) / (n - 1)
    fits = (floor <= float(held.high) * (1 + _TOLERANCE) + _TOLERANCE) & (
        ceiling >= float(held.low) * (1 - _TOLERANCE) - _TOLERANCE
    )
    return bool(fits.any())


def _between(kept: Floats, means: Floats) -> Floats:
    n = kept.sum(axis=1)
    centre = kept @ means / n
    spread: Floats = ((means[None, :] - centre[:, None]) ** 2 * kept).sum(axis=1)
    return spread


def _least_between(kept: Floats, low: Floats, high: Floats) -> Floats:
    """Return the least between-group sum of squares of each pattern."""
    ends = np.unique(np.concatenate([low, high]))
    least = np.full(len(kept), np.inf)
    for left, right in pairwise(ends):
        outside = (high <= left) | (low >= right)
        pull = np.where(high <= left, high, low)
        weights = kept * outside
        mass = weights.sum(axis=1)
        centre = np.where(mass > 0, weights @ pull / np.maximum(mass, 1.0), left)
        centre = np.clip(centre, left, right)
        value = ((pull[None, :] - centre[:, None]) ** 2 * weights).sum(axis=1)
        least = np.minimum(least, value)
    return np.where(np.isinf(least), 0.0, least)
