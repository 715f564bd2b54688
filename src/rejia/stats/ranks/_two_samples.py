"""Wilcoxon rank sum test, also called Mann-Whitney."""

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike

from rejia.estimate import Estimate
from rejia.stats.ranks._ranking import (
    ALTERNATIVES,
    Floats,
    Integers,
    check_choice,
    compute_p,
    compute_z,
    describe_near_ties,
    double_midranks,
    find_empty,
    read_sample,
)

METHODS = (
    "exact",
    "exact_doubled",
    "exact_untied",
    "normal",
    "normal_corrected",
    "student_t",
)

# Beyond this the exact distribution would take more than 4 GB.
_MAX_CELLS = 5 * 10**8


@dataclass(frozen=True, slots=True)
class _RankSum:
    """
    Rank sum of x in whole numbers.

    Attributes
    ----------
    n_x, n_y : int
        Sizes of the samples.
    scores : array of int
        Twice the midranks of both samples, ascending.
    observed : int
        Sum of the scores of x.
    variance : float
        Variance of U given the ties; 0 when all values are tied.
    """

    n_x: int
    n_y: int
    scores: Integers
    observed: int
    variance: float

    @property
    def n(self) -> int:
        return self.n_x + self.n_y

    @property
    def expected(self) -> int:
        return self.n_x * (self.n + 1)

    @property
    def u(self) -> float:
        return (self.observed - self.n_x * (self.n_x + 1)) / 2

    @property
    def is_symmetric(self) -> bool:
        """Whether the null distribution is symmetric about its expectation."""
        mirrored = 2 * (self.n + 1) - self.scores[::-1]
        return self.n_x == self.n_y or bool((mirrored == self.scores).all())


def rank_sum(
    x: ArrayLike,
    y: ArrayLike,
    *,
    method: str = "exact",
    alternative: str = "two-sided",
) -> Estimate:
    """
    Wilcoxon rank sum test (Mann-Whitney U test) of two independent samples.

    Parameters
    ----------
    x, y : array_like
        The samples.
    method : {"exact", "exact_doubled", "exact_untied", "normal", "normal_corrected", \
"student_t"}
        How the p-value is found.
    alternative : {"two-sided", "less", "greater"}
        ``greater``: x tends to be greater than y.

    Returns
    -------
    Estimate
        `estimate` is U of x, the pairs in which x is greater, ties counted half;
        `test_statistic` is z, positive when U is above its expectation (with
        continuity correction for ``normal_corrected`` and ``student_t``, without
        for the others).

    Raises
    ------
    ValueError
        If a choice is unknown or a value is missing or no number.

    Notes
    -----
    With samples of m and n, N = m + n and tied classes of t values, U has under the
    null hypothesis, given the ties, the expectation ``E = m n / 2`` and the variance
    ``V = m n / 12 * (N + 1 - sum(t**3 - t) / (N (N - 1)))``.

    ``exact`` is conditional on the observed midranks, at any size: a dynamic
    programme over doubled midranks that keeps only the tails [2]_. Two-sided, it is
    ``P(|U - E| >= |u - E|)``, as in coin and SAS. ``exact_doubled`` is twice the
    smaller tail, at most 1, as in R from 4.6. They differ only when there are ties
    and the samples differ in size: only then is the distribution not symmetric.
    ``exact_untied`` doubles the smaller tail of the distribution without ties, as
    SPSS prints beside U ("not corrected for ties"); the smaller U is rounded down
    where ties made it fractional.

    ``normal`` refers ``z = (U - E) / sqrt(V)`` to the normal distribution;
    ``normal_corrected`` moves the numerator by 1/2 towards 0 first; ``student_t``
    refers the corrected z to Student's t with N - 1 degrees of freedom, as SAS does.

    All values tied: the exact p-value is 1; the approximations have no variance and
    give `nan`, with a warning. An empty sample gives `nan`.

    References
    ----------
    .. [1] Mann HB, Whitney DR. On a test of whether one of two random variables is
       stochastically larger than the other. Ann Math Stat 1947;18:50-60.
    .. [2] Streitberg B, Röhmel J. Exact distributions for permutation and rank
       tests. Stat Softw Newsl 1986;12:10-17.
    .. [3] SAS/STAT 9.3 User's Guide, The NPAR1WAY Procedure, "Simple linear rank
       tests for two-sample data".

    Examples
    --------
    Reaction times under two stimulants, SAS/STAT User's Guide, The NPAR1WAY
    Procedure, "Exact Wilcoxon two-sample test", where p is printed as 0.1054:

    >>> first = [1.94] * 2 + [2.92] * 4 + [3.27] * 4 + [3.70] * 2 + [3.74]
    >>> second = [3.27] * 3 + [3.70] * 2 + [3.74]
    >>> e = rank_sum(second, first)
    >>> e.estimate, round(e.p_value, 4)
    (58.5, 0.1054)
    """
    first, second = read_sample(x, "x"), read_sample(y, "y")
    check_choice("method", method, METHODS)
    check_choice("alternative", alternative, ALTERNATIVES)

    name = f"rank_sum_{method}"
    if alternative != "two-sided":
        name += f"_{alternative}"
    empty = find_empty([first, second], ["x", "y"])
    if empty:
        return Estimate(
            statistic="mann_whitney_u",
            method=name,
            n=first.size + second.size,
            warning=empty,
        )
    pooled = np.concatenate([first, second])
    ranked = _rank_samples(pooled, first.size)
    statistic, p_value, warning = _test_samples(ranked, method, alternative)

    return Estimate(
        statistic="mann_whitney_u",
        method=name,
        estimate=ranked.u,
        test_statistic=statistic,
        p_value=p_value,
        n=ranked.n,
        warning="; ".join(filter(None, [warning, describe_near_ties(pooled)])),
    )


def _rank_samples(pooled: Floats, n_x: int) -> _RankSum:
    scores, ties = double_midranks(pooled)
    n, n_y = pooled.size, pooled.size - n_x
    tied = sum(int(t) ** 3 - int(t) for t in ties)
    # In whole numbers, so that the variance is exactly 0 when all values are tied.
    share = n * (n - 1) * (n + 1) - tied
    return _RankSum(
        n_x=n_x,
        n_y=n_y,
        scores=np.sort(scores),
        observed=int(scores[:n_x].sum()),
        variance=n_x * n_y * share / (12 * n * (n - 1)),
    )


def _test_samples(
    ranked: _RankSum, method: str, alternative: str
) -> tuple[float, float, str]:
    """Test statistic, p-value and warning."""
    tied = ranked.variance == 0
    step = 0.5 if method in {"normal_corrected", "student_t"} else 0.0
    centred = (ranked.observed - ranked.expected) / 2
    z = nan if tied else compute_z(centred, ranked.variance, step, alternative)
    warning = "all values are tied" if tied else ""
    if method.startswith("exact"):
        p_value = _compute_exact_p(ranked, method, alternative)
        if np.isnan(p_value):
            warning = "the exact distribution needs more than 4 GB"
        return z, p_value, warning
    if tied:
        return nan, nan, warning
    if method == "student_t":
        return z, compute_p(z, alternative, ranked.n - 1), ""
    return z, compute_p(z, alternative), ""


def _compute_exact_p(ranked: _RankSum, method: str, alternative: str) -> float:
    scores, size, observed = ranked.scores, ranked.n_x, ranked.observed
    if method == "exact_untied":
        scores = np.arange(2, 2 * ranked.n + 2, 2)
    if alternative == "less":
        return _compute_probability_at_most(scores, size, observed)
    if alternative == "greater":
        return _compute_probability_at_least(scores, size, observed)
    if method == "exact_doubled":
        lower = _compute_probability_at_most(scores, size, observed)
        upper = _compute_probability_at_least(scores, size, observed)
        return _cap(2 * np.minimum(lower, upper))
    # Where the distribution is symmetric one tail will do; without ties it is.
    low = min(observed, 2 * ranked.expected - observed)
    if low == ranked.expected:
        return 1.0
    lower = _compute_probability_at_most(scores, size, low)
    if method == "exact_untied" or ranked.is_symmetric:
        return _cap(2 * lower)
    high = 2 * ranked.expected - low
    return _cap(lower + _compute_probability_at_least(scores, size, high))


def _cap(p_value: float) -> float:
    return float(np.minimum(1.0, p_value))  # unlike min, keeps nan


def _compute_probability_at_least(scores: Integers, size: int, limit: int) -> float:
    """P(S >= limit), S the sum of `size` of the ascending scores drawn at random."""
    ends = int(scores[0] + scores[-1])
    mirrored = ends - scores[::-1]
    return _compute_probability_at_most(mirrored, size, size * ends - limit)


def _compute_probability_at_most(scores: Integers, size: int, limit: int) -> float:
    """P(S <= limit), S the sum of `size` of the ascending scores drawn at random."""
    n, total = scores.size, int(scores.sum())
    if limit * n > size * total:
        # The other tail is shorter, and 1 less it loses no digits.
        return 1.0 - _compute_probability_at_least(scores, size, limit + 1)
    if 2 * size > n:
        return _compute_probability_at_least(scores, n - size, total - limit)
    steps = scores - scores[0]
    unit = int(np.gcd.reduce(steps)) or 1
    offset = (limit - int(scores[:size].sum())) // unit
    if offset < 0:
        return 0.0
    return float(list_subset_masses(steps // unit, size, offset).sum())


def list_subset_masses(scores: Integers, size: int, limit: int) -> Floats:
    """
    Masses of the offsets 0, 1, …, at most limit, of a sum from the smallest one.

    The sum is of `size` of the ascending scores drawn at random; `nan` when the
    distribution would not fit the memory.
    """
    from rejia.stats._rank_kernels import subset_sum_masses

    tops = _find_windows(scores, size, limit)
    start = np.concatenate([[0], np.cumsum(tops.max(axis=0) + 1)])
    if start[-1] > _MAX_CELLS:
        return np.array([nan])
    masses: Floats = subset_sum_masses(scores, tops, start)
    return masses


def _find_windows(scores: Integers, size: int, limit: int) -> Integers:
    """
    Largest offset that matters, by scores seen (row) and scores kept (column).

    An offset is a sum less the smallest sum of as many scores. It is at most what
    the largest of the scores seen give; and the cheapest way to end, which keeps
    the very next scores, must still end at or below limit. -1: a state that
    cannot be, or cannot end.
    """
    n = scores.size
    prefix = np.concatenate([[0], np.cumsum(scores)])
    seen = np.arange(n + 1)[:, np.newaxis]
    kept = np.arange(size + 1)
    possible = (kept <= seen) & (size - kept <= n - seen)
    reach = prefix[seen] - prefix[np.maximum(seen - kept, 0)] - prefix[kept]
    cheapest = prefix[np.minimum(seen + size - kept, n)] - prefix[seen]
    future = cheapest - (prefix[size] - prefix[kept])
    tops: Integers = np.where(possible, np.minimum(reach, limit - future), -1)
    return np.maximum(tops, -1)
