"""Tests of paired differences: Wilcoxon signed rank, and sign."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

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
    read_sample,
)

ZEROS = ("drop", "pratt", "keep")
METHODS = ("exact", "normal", "normal_corrected", "student_t")


@dataclass(frozen=True, slots=True)
class _SignedRanks:
    """
    Signed ranks in whole numbers.

    Attributes
    ----------
    n : int
        Differences ranked.
    scores : array of int
        Twice the midranks of the differences that are not zero.
    positive : int
        Sum of the scores of the positive differences.
    squares : int
        Sum of the squared scores, 16 times the variance of W+.
    zero_share : float
        What the zeros give to W+.
    """

    n: int
    scores: Integers
    positive: int
    squares: int
    zero_share: float

    @property
    def total(self) -> int:
        return int(self.scores.sum())

    @property
    def centred(self) -> int:
        """Four times W+ less its expectation."""
        return 2 * self.positive - self.total


def signed_rank(
    differences: ArrayLike,
    *,
    zeros: str = "drop",
    method: str = "exact",
    alternative: str = "two-sided",
) -> Estimate:
    """
    Wilcoxon signed rank test of paired differences.

    Parameters
    ----------
    differences : array_like
        One difference a pair. Differences of decimals make false non-ties
        (0.3 - 0.1 is not 0.2): pass whole units of the scale.
    zeros : {"drop", "pratt", "keep"}
        ``drop``: zeros leave before the ranking (Wilcoxon). ``pratt``: zeros are
        ranked, then their ranks leave. ``keep``: zeros are ranked and half of
        their rank sum goes to either side.
    method : {"exact", "normal", "normal_corrected", "student_t"}
        How the p-value is found.
    alternative : {"two-sided", "less", "greater"}
        ``greater``: the differences tend to be positive.

    Returns
    -------
    Estimate
        `estimate` is W+, the sum of the midranks of the positive differences;
        `test_statistic` is z, positive when W+ is above its expectation (with
        ``exact`` the z of ``normal``, with ``student_t`` that t); `n` is the
        number of differences ranked, zeros among them unless they were dropped.

    Raises
    ------
    ValueError
        If a choice is unknown or a difference is missing or no number.

    Notes
    -----
    Given the midranks r of the absolute differences, each nonzero difference is
    positive or negative with probability 1/2: W+ has the expectation
    ``E = sum(r) / 2`` and the variance ``V = sum(r**2) / 4``, sums over the nonzero
    differences. Without zeros V is ``n(n+1)(2n+1)/24 - sum(t**3 - t)/48`` for tied
    classes of t differences. Ties need no further correction.

    ``exact`` is conditional on the observed ranks, with ties and zeros, at any n:
    a dynamic programme over doubled midranks [4]_, up to the smaller tail. The
    distribution is symmetric, so that doubling the smaller tail and
    ``P(|W - E| >= |w - E|)`` agree.

    ``normal`` refers ``z = (W - E) / sqrt(V)`` to the normal distribution;
    ``normal_corrected`` moves the numerator by 1/2 towards 0 first. ``student_t``
    refers ``t = S sqrt((n - 1) / (n V - S**2))`` with ``S = W - E`` to n - 1 degrees
    of freedom [3]_, which is Student's test of the signed ranks.

    With ``keep`` a zero has no sign that could be exchanged: it gives half its
    rank always, so that the exact p-value is that of ``pratt`` and only W+ differs.
    The variance of its approximations, though, lets the zeros' ranks vary like all
    others, which is what SciPy's ``zsplit`` does; they are therefore larger than
    with ``pratt``.

    When every difference is zero there is nothing to test: `nan`, and a warning.

    References
    ----------
    .. [1] Wilcoxon F. Individual comparisons by ranking methods. Biometrics
       Bulletin 1945;1:80-83.
    .. [2] Pratt JW. Remarks on zeros and ties in the Wilcoxon signed rank
       procedures. J Am Stat Assoc 1959;54:655-667.
    .. [3] Iman RL. Use of a t-statistic as an approximation to the exact
       distribution of the Wilcoxon signed ranks test statistic. Communications in
       Statistics 1974;3:795-806. The formula stands in SAS 9.3, PROC UNIVARIATE,
       "Tests for location".
    .. [4] Streitberg B, Röhmel J. Exact distributions for permutation and rank
       tests. Stat Softw Newsl 1986;12:10-17.

    Examples
    --------
    Depression scores of nine patients, Hollander and Wolfe 1973, page 29:

    >>> first = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    >>> second = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    >>> e = signed_rank([a - b for a, b in zip(first, second)])
    >>> e.estimate, round(e.p_value, 8)
    (40.0, 0.0390625)
    """
    sample = read_sample(differences, "differences")
    check_choice("zeros", zeros, ZEROS)
    check_choice("method", method, METHODS)
    check_choice("alternative", alternative, ALTERNATIVES)

    ranked = _rank_signed(sample, zeros)
    name = _name_method(f"signed_rank_{method}_{zeros}", alternative)
    if ranked.scores.size == 0:
        reason = "all differences are zero" if sample.size else "no differences"
        return Estimate(statistic="w_plus", method=name, n=ranked.n, warning=reason)
    statistic, p_value, warning = _test_signed(ranked, method, alternative)

    return Estimate(
        statistic="w_plus",
        method=name,
        estimate=ranked.positive / 2 + ranked.zero_share,
        test_statistic=statistic,
        p_value=p_value,
        n=ranked.n,
        warning="; ".join(filter(None, [warning, describe_near_ties(np.abs(sample))])),
    )


def sign_test(differences: ArrayLike) -> Estimate:
    """
    Exact sign test of paired differences.

    Parameters
    ----------
    differences : array_like
        One difference a pair.

    Returns
    -------
    Estimate
        `estimate` is the number of positive differences, `n` the number of
        differences that are not zero, `p_value` two-sided.

    Raises
    ------
    ValueError
        If a difference is missing or no number.

    Notes
    -----
    Zeros are dropped. Given n differences that are not zero, the number of
    positive ones is binomial (n, 1/2); the p-value is twice the smaller tail, at
    most 1, which for this symmetric distribution is also
    ``P(|X - n/2| >= |x - n/2|)``. `test_statistic` is ``z = (2x - n) / sqrt(n)``,
    without continuity correction; the p-value does not use it.

    References
    ----------
    .. [1] Conover WJ. Practical nonparametric statistics. 3rd ed. Wiley 1999,
       section 3.4.

    Examples
    --------
    Ten better, two worse, three unchanged:

    >>> e = sign_test([1] * 10 + [-1] * 2 + [0] * 3)
    >>> e.estimate, e.n, round(e.p_value, 6)
    (10, 12, 0.038574)
    """
    sample = read_sample(differences, "differences")

    positive = int((sample > 0).sum())
    n = int((sample != 0).sum())
    if n == 0:
        reason = "all differences are zero" if sample.size else "no differences"
        return Estimate(
            statistic="n_positive", method="sign_test_exact", n=0, warning=reason
        )

    return Estimate(
        statistic="n_positive",
        method="sign_test_exact",
        estimate=positive,
        test_statistic=(2 * positive - n) / sqrt(n),
        p_value=min(1.0, 2 * float(bdtr(min(positive, n - positive), n, 0.5))),
        n=n,
    )


def _name_method(name: str, alternative: str) -> str:
    return name if alternative == "two-sided" else f"{name}_{alternative}"


def _rank_signed(sample: Floats, zeros: str) -> _SignedRanks:
    nonzero = sample[sample != 0]
    n_zero = sample.size - nonzero.size
    # Zeros are the smallest: ranked with the others, they move each rank by n_zero.
    moved = 0 if zeros == "drop" else 2 * n_zero
    scores = double_midranks(np.abs(nonzero))[0] + moved
    kept = n_zero if zeros == "keep" else 0
    return _SignedRanks(
        n=nonzero.size if zeros == "drop" else sample.size,
        scores=scores,
        positive=int(scores[nonzero > 0].sum()),
        squares=sum(int(s) ** 2 for s in scores) + kept * (kept + 1) ** 2,
        zero_share=kept * (kept + 1) / 4,
    )


def _test_signed(
    ranked: _SignedRanks, method: str, alternative: str
) -> tuple[float, float, str]:
    """Test statistic, p-value and warning."""
    z = compute_z(ranked.centred, ranked.squares, 0, alternative)
    if method == "exact":
        return z, _compute_exact_p(ranked, alternative), ""
    if method == "normal":
        return z, compute_p(z, alternative), ""
    if method == "normal_corrected":
        z = compute_z(ranked.centred, ranked.squares, 2, alternative)
        return z, compute_p(z, alternative), ""
    spread = ranked.n * ranked.squares - ranked.centred**2
    if ranked.n < 2 or spread <= 0:
        return nan, nan, "the signed ranks do not vary: no Student t"
    t = ranked.centred * sqrt((ranked.n - 1) / spread)
    return t, compute_p(t, alternative, ranked.n - 1), ""


def _compute_exact_p(ranked: _SignedRanks, alternative: str) -> float:
    positive, negative = ranked.positive, ranked.total - ranked.positive
    if alternative == "less":
        return _compute_probability_at_most(ranked.scores, positive)
    if alternative == "greater":
        # The distribution is symmetric: W+ at least w is W- at most total - w.
        return _compute_probability_at_most(ranked.scores, negative)
    smaller = min(positive, negative)
    return min(1.0, 2 * _compute_probability_at_most(ranked.scores, smaller))


def _compute_probability_at_most(scores: Integers, limit: int) -> float:
    """P(S <= limit), S the sum of scores that are each in with probability 1/2."""
    from rejia.stats._rank_kernels import signed_sum_masses

    total = int(scores.sum())
    if 2 * limit >= total:
        # The other tail is shorter, and 1 less it loses no digits.
        if limit >= total:
            return 1.0
        return 1.0 - _compute_probability_at_most(scores, total - limit - 1)
    unit = int(np.gcd.reduce(scores))
    return float(signed_sum_masses(np.sort(scores) // unit, limit // unit).sum())
