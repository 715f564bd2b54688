"""Proved bounds of the p of rank tests, over all cohorts that fit a spec."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from rejia.ensemble._battery_tests import RankSum, SignedRank
from rejia.ensemble.certify_rank_bound import CountBox
from rejia.ensemble.certify_rank_counts import Counts
from rejia.ensemble.certify_rank_space import ABOVE, Space, two_samples, two_visits
from rejia.ensemble.certify_rank_tree import Tree
from rejia.ensemble.certify_windows import Windows, windows
from rejia.ensemble.model import Spec

_BUDGET = 400  # boxes of a claim
_GROWTH, _SINGLE, _CUTS = 1.6, 24, 20
_SPARE = 1e-9


@dataclass(frozen=True, slots=True)
class RankProof:
    """
    A rank statistic stays below a level in every cohort, so p does not pass a value.

    Attributes
    ----------
    test : RankSum or SignedRank
        The test.
    windows : tuple of Windows
        Demands on its columns.
    rising : bool
        Wilcoxon: whether patients whose value rises are above. Mann-Whitney: whether
        those of the first group are.
    p_value : float
        No cohort has a larger p.
    cuts : tuple of int
        Ends of intervals of places.
    boxes : tuple of CountBox
        They hold all counts.
    margin : float
        Least distance of the statistic from its level, in pairs of patients; above 0.
    """

    test: RankSum | SignedRank
    windows: tuple[Windows, ...]
    rising: bool
    p_value: float
    cuts: tuple[int, ...]
    boxes: tuple[CountBox, ...]
    margin: float


def prove_rank_test(
    spec: Spec, test: RankSum | SignedRank, p_value: float, *, boxes: int = _BUDGET
) -> RankProof | None:
    """
    Prove that the p of a rank test passes a value in no cohort.

    Parameters
    ----------
    spec : Spec
        Demands. Links between columns, and who holds the ends of ranges, are left out:
        every cohort that fits the spec fits what is left.
    test : RankSum or SignedRank
        With normal approximation; zeros dropped.
    p_value : float
        Above 0, below 1.
    boxes : int
        At most so many boxes of counts are looked at.

    Returns
    -------
    RankProof or None
        None if it was not proved.

    Notes
    -----
    Ties make the variance smaller, so that p without their correction is an upper
    bound: it is p that is claimed to be at most so large, never at least.
    """
    if not 0.0 < p_value < 1.0:
        raise ValueError(f"p_value must be above 0 and below 1, but got {p_value}")
    found = space_of(spec, test)
    if found is None:
        return None
    space, demands, rising = found
    levels = levels_of(space, p_value, corrected=test.method == "normal_corrected")
    cuts = _cuts(space, demands)
    tree = Tree(Counts(space, cuts), levels, boxes)
    if not tree.prove():
        return None
    return RankProof(
        test, demands, rising, p_value, cuts, tuple(tree.boxes), tree.margin
    )


def space_of(
    spec: Spec, test: RankSum | SignedRank
) -> tuple[Space, tuple[Windows, ...], bool] | None:
    """
    Return what a test sees, so turned that few pairs are expected.

    Returns
    -------
    tuple of (Space, tuple of Windows, bool) or None
        Kinds of patients, the demands behind them, and `RankProof.rising`. None if
        the test is of another kind, or there are too many kinds.
    """
    if isinstance(test, RankSum):
        cases = windows(spec, test.column, holders=False)
        if not cases:
            return None
        first, second = (_mean(cases[0], part) for part in (test.group, test.reference))
        rising = first < second
        sides = (test.group, test.reference)[:: 1 if rising else -1]
        return two_samples(cases[0], *sides), cases, rising
    if test.zeros != "drop":
        return None
    groups = test.groups or None
    both = [
        windows(spec, name, groups, holders=False) for name in (test.before, test.after)
    ]
    if not all(both):
        return None
    demands = (both[0][0], both[1][0])
    labels = tuple({one.group for one in demands[0].strata})
    rising = _mean(demands[1], labels) < _mean(demands[0], labels)
    space = two_visits(*demands, rising=rising)
    return None if space is None else (space, demands, rising)


def _mean(case: Windows, groups: Sequence[str]) -> float:
    """Return about the mean of some groups, in steps."""
    blocks = {
        one.blocks[0]: case.blocks[one.blocks[0]]
        for one in case.strata
        if one.group in groups
    }
    total = sum(block.points[0][0] for block in blocks.values())
    return total / sum(block.n for block in blocks.values())


def levels_of(space: Space, p_value: float, *, corrected: bool) -> np.ndarray:
    """
    Return what a statistic must stay below for p to be at most a value.

    Parameters
    ----------
    space : Space
        Kinds of patients; paired, the statistic is the sum of the ranks of those above,
        else the number of pairs.
    p_value : float
        The value.
    corrected : bool
        Whether the normal approximation is corrected for continuity.

    Returns
    -------
    numpy.ndarray
        By patients who are ranked. Statistics are multiples of 1/2: what is below the
        level is at most 1/2 less.
    """
    z = -NormalDist().inv_cdf(0.5 * p_value) * (1.0 + _SPARE)
    m = np.arange(space.patients + 1.0)
    if space.paired:
        centre, variance = m * (m + 1) / 4, m * (m + 1) * (2 * m + 1) / 24
    else:
        above = space.on(ABOVE)
        pairs = above * (m - above)
        centre, variance = pairs / 2, pairs * (m + 1) / 12
    step = 0.5 if corrected else 0.0
    most = centre - step - z * np.sqrt(np.maximum(variance, 0.0))
    levels = np.floor(2.0 * most - _SPARE) / 2 + 0.5
    levels[0] = 0.5  # nobody is ranked: there is no p
    return np.asarray(levels)


def _cuts(space: Space, demands: Sequence[Windows]) -> tuple[int, ...]:
    """Return the ends of intervals of places: close where patients may lie."""
    if not space.paired:
        ends = (int(space.place.min()), int(space.place.max()))
        if ends[1] - ends[0] <= _SINGLE:
            return tuple(range(ends[0], ends[1]))
        away = np.linspace(-2.0, 3.0, _CUTS) * demands[0].scale + demands[0].centre
        inside = {int(at) for at in away if ends[0] <= at < ends[1]}
        return tuple(sorted({ends[0], *inside}))
    above = space.place[space.side == ABOVE]
    found, at, top = [], 1.0, int(above.max(initial=1))
    while at < top:
        found.append(int(at))
        at = max(at + 1.0, at * _GROWTH)
    return (*found, top)
