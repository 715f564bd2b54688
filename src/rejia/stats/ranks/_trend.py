"""Jonckheere-Terpstra test of a trend over ordered groups."""

from collections.abc import Sequence
from functools import reduce
from math import comb, nan, prod

import numpy as np
from numpy.typing import ArrayLike

from rejia.estimate import Estimate
from rejia.stats.ranks._many_groups import find_obstacle
from rejia.stats.ranks._ranking import (
    Floats,
    Integers,
    check_choice,
    compute_kendall_variance,
    compute_p,
    compute_z,
    describe_near_ties,
    double_midranks,
    read_groups,
)
from rejia.stats.ranks._two_samples import list_subset_masses

METHODS = ("exact", "normal")

# Cells of the table of states; 160 MB.
_MAX_CELLS = 2 * 10**7


def jonckheere(groups: Sequence[ArrayLike], *, method: str = "exact") -> Estimate:
    """
    Jonckheere-Terpstra test of a trend over ordered groups.

    Parameters
    ----------
    groups : sequence of array_like
        Two samples or more, in the order in which the values are expected to rise.
    method : {"exact", "normal"}
        How the p-value is found.

    Returns
    -------
    Estimate
        `estimate` is J, the pairs of values from two groups in which the later
        group has the greater one, ties counted half; `test_statistic` is z, positive
        for a rising trend, without continuity correction; `p_value` is two-sided.

    Raises
    ------
    ValueError
        If there are fewer than two groups, the method is unknown, a value is missing
        or no number, or ``exact`` is asked for ties in groups so large that the
        product of (size + 1) over the groups, times the number of pairs, exceeds
        10 000 000.

    Notes
    -----
    Under the null hypothesis J has the expectation ``(N**2 - sum(n**2)) / 4``. Its
    variance given the ties is a quarter of that of Kendall's S between group and
    value [2]_; without ties it is ``(N**2 (2N + 3) - sum(n**2 (2n + 3))) / 72``.

    ``exact`` is ``P(|J - E| >= |j - E|)``, conditional on the ties. Without ties J is a
    sum of independent U statistics, one a group, at any size; with ties the values
    are dealt to the groups class by class, over all states of the groups.

    All values tied: the exact p-value is 1, the normal one `nan`, with a warning.
    An empty group gives `nan`.

    References
    ----------
    .. [1] Jonckheere AR. A distribution-free k-sample test against ordered
       alternatives. Biometrika 1954;41:133-145.
    .. [2] Kendall MG. Rank correlation methods. 4th ed. Griffin 1970, chapter 4.
    .. [3] Hollander M, Wolfe DA. Nonparametric statistical methods. 2nd ed. Wiley
       1999, section 6.2.

    Examples
    --------
    Effect of knowing one's performance, [3]_ example 6.2 (where z is 2.02 with the
    variance that ignores the ties):

    >>> none = [40, 35, 38, 43, 44, 41]
    >>> rough = [38, 40, 47, 44, 40, 42]
    >>> accurate = [48, 40, 45, 43, 46, 44]
    >>> e = jonckheere([none, rough, accurate], method="normal")
    >>> e.estimate, round(e.test_statistic, 3)
    (79.0, 2.039)
    """
    samples = read_groups(groups)
    check_choice("method", method, METHODS)

    name = f"jonckheere_{method}"
    pooled = np.concatenate(samples)
    sizes = np.array([sample.size for sample in samples])
    doubled = _count_rises(samples)
    tied = find_obstacle(samples)
    if tied.startswith("no values"):
        return Estimate(
            statistic="jonckheere_j", method=name, n=pooled.size, warning=tied
        )
    ties = double_midranks(pooled)[1]
    expected = (pooled.size**2 - int((sizes**2).sum())) / 4
    variance = compute_kendall_variance(sizes, ties) / 4
    z = nan if tied else compute_z(doubled / 2 - expected, variance, 0, "two-sided")
    if method == "exact":
        p_value = _compute_exact_p(doubled, sizes, ties)
    else:
        p_value = compute_p(z, "two-sided")

    return Estimate(
        statistic="jonckheere_j",
        method=name,
        estimate=doubled / 2,
        test_statistic=z,
        p_value=p_value,
        n=pooled.size,
        warning=tied or describe_near_ties(pooled),
    )


def _count_rises(samples: Sequence[Floats]) -> int:
    """Twice J."""
    doubled = 0
    for number, later in enumerate(samples[1:], 1):
        earlier = np.sort(np.concatenate(samples[:number]))
        below = np.searchsorted(earlier, later, "left")
        doubled += int((below + np.searchsorted(earlier, later, "right")).sum())
    return doubled


def _compute_exact_p(doubled: int, sizes: Integers, ties: Integers) -> float:
    """P(|J - E| >= |j - E|), from the distribution of 2 J."""
    masses = _list_untied(sizes) if ties.max() == 1 else _list_tied(sizes, ties)
    # Twice the expectation of 2 J, in whole numbers.
    centre = masses.size - 1
    distance = np.abs(2 * np.arange(masses.size) - centre)
    p_value = float(masses[distance >= abs(2 * doubled - centre)].sum())
    return min(1.0, p_value)


def _list_untied(sizes: Integers) -> Floats:
    """Masses of 2 J = 0, 1, …: each group's U against all earlier groups is free."""
    parts = []
    for number in range(1, sizes.size):
        earlier, size = int(sizes[:number].sum()), int(sizes[number])
        scores = np.arange(earlier + size)
        parts.append(list_subset_masses(scores, size, earlier * size))
    single: Floats = reduce(np.convolve, parts)
    masses = np.zeros(2 * single.size - 1)
    masses[::2] = single
    return masses


def _list_tied(sizes: Integers, ties: Integers) -> Floats:
    """Masses of 2 J = 0, 1, … given the ties."""
    from rejia.stats._rank_kernels import trend_masses

    n = int(sizes.sum())
    shape = tuple(int(size) + 1 for size in sizes)
    width = n**2 - int((sizes**2).sum()) + 1
    if prod(shape) * width > _MAX_CELLS:
        raise ValueError(
            f"method exact with ties needs groups whose states times pairs are at most "
            f"{_MAX_CELLS // 2}, but got sizes {', '.join(map(str, sizes))}; use normal"
        )
    counts = np.indices(shape).reshape(sizes.size, -1).T.copy()
    pascal = np.array([[float(comb(i, j)) for j in range(n + 1)] for i in range(n + 1)])
    masses: Floats = trend_masses(counts, counts.sum(axis=1), ties, pascal, width)
    return masses
