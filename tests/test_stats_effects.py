import csv
import itertools
from math import comb, inf, isinf, isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rejia.stats import _effects_order_limits as order_limits
from rejia.stats import _rank_distribution as ranks
from rejia.stats import effects
from rejia.stats.effects import (
    hodges_lehmann_shift,
    probability_of_superiority,
    pseudo_median,
    rank_biserial,
    rank_biserial_paired,
    standardized_mean_difference,
)

approx = pytest.approx

REFERENCE = Path(__file__).parent / "reference" / "effects.csv"

# Hollander & Wolfe, Nonparametric Statistical Methods, Table 3.1, Hamilton depression
# scale factor IV, after less before; and Table 4.1, permeability at term and at 12-26
# weeks.
DEPRESSION = [-0.952, 0.147, -1.022, -0.430, -0.620, -0.590, -0.490, 0.080, -0.010]
AT_TERM = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
EARLIER = [1.15, 0.88, 0.90, 0.74, 1.21]
# SAS/STAT user's guide, NPAR1WAY, data set React, and the example of the CAMIS project
# (psiaims.github.io/CAMIS, SAS, non-parametric point estimation).
REACT_1 = [1.94] * 2 + [2.92] * 4 + [3.27] * 4 + [3.70] * 2 + [3.74]
REACT_2 = [3.27] * 3 + [3.70] * 2 + [3.74]
CAMIS_A = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
CAMIS_B = [0.878, 0.647, 0.598, 2.050, 1.060, 1.290, 1.060, 3.140, 1.290]
# Brunner & Munzel 2000, pain scores on the third day under two treatments.
PAIN_Y = [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1]
PAIN_N = [3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4]
# Student 1908, extra hours of sleep under two drugs (R: sleep).
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def read_reference():
    lines = [r for r in REFERENCE.read_text().splitlines() if not r.startswith("#")]
    cases = {}
    for row in csv.DictReader(lines):
        key = row["function"], row["method"], row["arguments"]
        cases.setdefault(key, {})[row["field"]] = float(row["value"])
    for (function, method, text), values in cases.items():
        vectors = [[float(v) for v in part.split()] for part in text.split("|")]
        choices = {"method": method} if method else {}
        if function in {"pseudo_median", "hodges_lehmann_shift"}:
            choices["confidence"] = vectors.pop()[0]
        yield function, vectors, choices, values


def fields(estimate, names):
    return {name: getattr(estimate, name) for name in names}


lattice = st.lists(st.integers(-6, 6), min_size=1, max_size=25)
distinct = st.lists(
    st.integers(-5000, 5000).filter(bool), min_size=1, max_size=10, unique_by=abs
)


def test_pseudo_median_matches_hollander_and_wolfe():
    # Examples 3.2 and 3.3: -0.46, and -0.786 to -0.010 at 96.1 %.
    e = pseudo_median(DEPRESSION, confidence=0.96)
    assert e.estimate == approx(-0.46, abs=1e-12)
    assert (e.ci_low, e.ci_high) == approx((-0.786, -0.010), abs=1e-12)
    assert e.confidence == approx(0.961, abs=5e-4)


def test_shift_matches_hollander_and_wolfe():
    # Examples 4.2 and 4.3: 0.305, and -0.15 to 0.76 at 96 %.
    e = hodges_lehmann_shift(AT_TERM, EARLIER, confidence=0.96)
    assert e.estimate == approx(0.305, abs=1e-12)
    assert (e.ci_low, e.ci_high) == approx((-0.15, 0.76), abs=1e-12)
    assert e.confidence == approx(0.96, abs=5e-4)


def test_moses_limits_match_the_two_printed_outputs_of_sas():
    react = hodges_lehmann_shift(REACT_2, REACT_1, method="sas", confidence=0.98)
    assert react.estimate == approx(0.35)
    assert (react.ci_low, react.ci_high) == approx((0.0, 0.82), abs=1e-12)
    assert react.std_error == approx(0.1762, abs=5e-5)
    camis = hodges_lehmann_shift(CAMIS_A, CAMIS_B, method="sas")
    assert camis.estimate == approx(0.56)
    assert (camis.ci_low, camis.ci_high) == approx((-0.37, 1.183), abs=1e-12)
    assert camis.std_error == approx(0.3962, abs=5e-5)


def test_probability_of_superiority_matches_brunner_and_munzel_2000():
    # Statistic 3.1375, p = 0.005786, 0.789 with 0.5952 to 0.9827, as printed by the
    # help page of lawstat's brunner.munzel.test for these data.
    e = probability_of_superiority(PAIN_N, PAIN_Y)
    assert e.estimate == approx(0.788961, abs=5e-7)
    assert (e.ci_low, e.ci_high) == approx((0.5952169, 0.9827052), abs=5e-8)
    assert e.test_statistic == approx(3.1375, abs=5e-5)
    assert e.p_value == approx(0.005786, abs=5e-7)


def test_rank_biserial_matches_the_runners_of_kerby_2014():
    # Places 1, 2, 3, 4, 6 against 5, 7, 8, 9: 95 % of pairs favourable, r = 0.90.
    e = rank_biserial([5, 7, 8, 9], [1, 2, 3, 4, 6])
    assert e.estimate == approx(0.90)


def test_standardized_mean_difference_matches_student_1908():
    # t = -1.8608, 18 degrees of freedom, p = 0.07919 (R: t.test, var.equal).
    e = standardized_mean_difference(SLEEP_1, SLEEP_2)
    assert e.test_statistic == approx(-1.8608, abs=5e-5)
    assert e.p_value == approx(0.07919, abs=5e-6)
    assert e.estimate == approx(-0.83, abs=5e-3)
    assert (e.ci_low, e.ci_high) == approx((-1.74, 0.09), abs=1e-2)


@pytest.mark.parametrize(
    ("function", "vectors", "choices", "values"), list(read_reference())
)
def test_effects_agree_with_r(function, vectors, choices, values):
    e = getattr(effects, function)(*vectors, **choices)
    assert fields(e, values) == approx(values, rel=1e-8, abs=1e-10)


def signed_rank_outcomes(d):
    """Return the share of sign patterns at each value of the rank sum."""
    n = len(d)
    sums = [
        sum(rank for rank, sign in zip(range(1, n + 1), signs, strict=True) if sign)
        for signs in itertools.product((0, 1), repeat=n)
    ]
    return np.bincount(sums) / 2**n


@pytest.mark.parametrize("n", [1, 2, 5, 11])
def test_signed_rank_distribution_agrees_with_all_sign_patterns(n):
    top = n * (n + 1) // 2
    expected = np.cumsum(signed_rank_outcomes(range(n)))
    assert ranks.signed_rank_cdf(n, top) == approx(expected, rel=1e-12)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 6), (4, 4), (3, 7)])
def test_rank_sum_distribution_agrees_with_all_splits(m, n):
    us = [
        sum(places) - m * (m - 1) // 2
        for places in itertools.combinations(range(m + n), m)
    ]
    expected = np.cumsum(np.bincount(us, minlength=m * n + 1)) / comb(m + n, m)
    assert ranks.rank_sum_cdf(m, n, m * n) == approx(expected, rel=1e-12)
    positive = np.cumsum(ranks._rank_sum_mass_positive(m, n, m * n))
    assert positive == approx(expected, rel=1e-12)


def whole_number_rank_sum(m, n):
    counts = np.zeros(m * n + 1, dtype=object)
    counts[0] = 1
    for i in range(1, m + 1):
        for u in range(m * n, n + i - 1, -1):
            counts[u] -= counts[u - n - i]
        for u in range(i, m * n + 1):
            counts[u] += counts[u - i]
    return counts


@pytest.mark.parametrize(("m", "n"), [(60, 45), (70, 70)])
def test_rank_sum_distribution_keeps_its_digits_in_the_tail(m, n):
    counts = np.cumsum(whole_number_rank_sum(m, n))[: m * n // 2]
    expected = np.array([int(c) / comb(m + n, m) for c in counts])
    got = ranks.rank_sum_cdf(m, n, m * n // 2 - 1)
    assert np.abs(got / expected - 1).max() < 1e-12


def test_quick_and_positive_recurrences_agree_beyond_150():
    quick = np.cumsum(ranks._rank_sum_mass_quick(160, 170, 9000))
    positive = np.cumsum(ranks._rank_sum_mass_positive(160, 170, 9000))
    assert np.abs(quick / positive - 1)[positive > 1e-290].max() < 1e-12


@settings(deadline=None)
@given(distinct, st.sampled_from([0.8, 0.9, 0.95]))
def test_exact_limits_are_the_centres_that_the_exact_test_keeps(d, level):
    e = pseudo_median(d, confidence=level)
    if isinf(e.ci_low):
        assert 1 - 2 * 0.5 ** len(d) < level
        return

    def upper_tail(centre):
        shifted = np.array(d) - centre
        w = int(stats.rankdata(np.abs(shifted)) @ (shifted > 0))
        return signed_rank_outcomes(d)[w:].sum()

    # Walsh averages are half a unit apart at least, so that 1/8 moves past no other.
    assert upper_tail(e.ci_low - 1 / 8) <= (1 - level) / 2 * (1 + 1e-9)
    assert upper_tail(e.ci_low + 1 / 8) > (1 - level) / 2 * (1 - 1e-9)
    assert e.confidence >= level - 1e-9


@settings(deadline=None)
@given(lattice, st.integers(-20, 20), st.sampled_from(["exact", "normal"]))
def test_pseudo_median_moves_with_the_differences(d, shift, method):
    e = pseudo_median(d, zeros="keep", method=method)
    f = pseudo_median([v + shift for v in d], zeros="keep", method=method)
    assert (f.estimate, f.ci_low, f.ci_high, f.confidence) == approx(
        (e.estimate + shift, e.ci_low + shift, e.ci_high + shift, e.confidence)
    )


@settings(deadline=None)
@given(
    lattice,
    st.sampled_from(["exact", "normal"]),
    st.sampled_from(["drop", "keep"]),
    st.sampled_from([0.5, 0.95, 0.999]),
)
def test_pseudo_median_mirrors_its_limits_when_signs_change(d, method, zeros, level):
    choices = {"method": method, "zeros": zeros, "confidence": level}
    e, f = pseudo_median(d, **choices), pseudo_median([-v for v in d], **choices)
    assert (f.estimate, f.ci_low, f.ci_high) == approx(
        (-e.estimate, -e.ci_high, -e.ci_low), nan_ok=True
    )
    if not e.warning.startswith("all differences"):
        assert e.ci_low <= e.estimate <= e.ci_high


@settings(deadline=None)
@given(
    lattice,
    lattice,
    st.integers(-20, 20),
    st.sampled_from(["exact", "normal", "sas"]),
    st.sampled_from([0.5, 0.95]),
)
def test_shift_moves_and_mirrors(x, y, shift, method, level):
    choices = {"method": method, "confidence": level}
    e = hodges_lehmann_shift(x, y, **choices)
    back = hodges_lehmann_shift(y, x, **choices)
    assert (back.estimate, back.ci_low, back.ci_high) == approx(
        (-e.estimate, -e.ci_high, -e.ci_low)
    )
    assert e.ci_low <= e.estimate <= e.ci_high
    if method != "sas":  # SAS's ties are those of the values as they stand
        moved = hodges_lehmann_shift([v + shift for v in x], y, **choices)
        assert (moved.estimate, moved.ci_low) == approx(
            (e.estimate + shift, e.ci_low + shift)
        )


@settings(deadline=None)
@given(distinct, distinct, st.sampled_from(["exact", "normal"]))
def test_shift_limits_agree_with_the_test_of_scipy(x, y, method):
    # A shift just inside the interval is kept and one just outside is refused.
    y = [v + 0.25 for v in y]
    e = hodges_lehmann_shift(x, y, method=method)
    if isinf(e.ci_low):
        return
    name = "exact" if method == "exact" else "asymptotic"

    def p_value(shift):
        return stats.mannwhitneyu(
            [v - shift for v in x], y, method=name, use_continuity=False
        ).pvalue

    inside, outside = p_value(e.ci_low + 1 / 16), p_value(e.ci_low - 1 / 16)
    if np.unique(x).size == len(x) and np.unique(y).size == len(y):
        assert inside > 0.05 * (1 - 1e-9)
        assert outside <= 0.05 * (1 + 1e-9)


def test_level_of_tied_limits_is_a_lower_bound():
    # All outcomes of six differences on a lattice, symmetric about 0: the closed
    # interval holds 0 at least as often as it says.
    values, n = (-2, -1, 1, 2), 6
    results = [
        pseudo_median(d, zeros="keep", confidence=0.9)
        for d in itertools.combinations_with_replacement(values, n)
    ]
    weights = [
        np.prod(
            [
                comb(n - sum(map(d.count, values[:i])), d.count(values[i]))
                for i in range(4)
            ]
        )
        for d in itertools.combinations_with_replacement(values, n)
    ]
    covered = sum(
        w for w, e in zip(weights, results, strict=True) if e.ci_low <= 0 <= e.ci_high
    )
    assert sum(weights) == 4**n
    assert covered / 4**n >= results[0].confidence
    assert all("ties" in e.warning for e in results)


@pytest.mark.parametrize("method", ["exact", "normal"])
def test_level_is_the_one_of_the_rank_and_not_the_one_asked_for(method):
    d = [1, -2, 4, 8, 16, 32, 64, 128, 256, 512]  # no two averages are equal
    e = pseudo_median(d, method=method, confidence=0.95)
    walsh = np.sort(
        [(a + b) / 2 for a, b in itertools.combinations_with_replacement(d, 2)]
    )
    k = int(np.searchsorted(walsh, e.ci_low)) + 1
    outcomes = signed_rank_outcomes(d)
    assert e.confidence == approx(1 - 2 * outcomes[:k].sum())
    assert e.confidence != 0.95


def test_large_samples_use_the_normal_approximation_of_the_level(monkeypatch):
    rng = np.random.default_rng(4)
    d = rng.permutation(np.arange(1, 301)) * rng.choice([-1, 1], 300)
    x, y = d[:120] * 1.0, d[120:] + 0.5
    paired, shift = (
        pseudo_median(d, method="normal"),
        hodges_lehmann_shift(x, y, method="normal"),
    )
    monkeypatch.setattr(order_limits, "EXACT_LEVEL_DIFFERENCES", 10)
    monkeypatch.setattr(order_limits, "EXACT_LEVEL_PAIRS", 10)
    assert pseudo_median(d, method="normal").confidence == approx(
        paired.confidence, abs=2e-4
    )
    assert hodges_lehmann_shift(x, y, method="normal").confidence == approx(
        shift.confidence, abs=2e-4
    )


def test_unreachable_levels_give_infinite_limits_and_say_what_is_reachable():
    e = pseudo_median([1, 2, 3, 4, 5])
    assert (e.estimate, e.ci_low, e.ci_high, e.confidence) == (3, -inf, inf, 1)
    assert e.warning.endswith("smallest and largest value together have 0.9375")
    assert pseudo_median([1, 2, 3, 4, 5], confidence=0.9375).ci_low == 1
    # P(U = 0) is 1/20 with 3 + 3: a level of 0.90 is reached exactly.
    f = hodges_lehmann_shift([4, 5, 6], [1, 2, 3], confidence=0.9)
    assert (f.ci_low, f.ci_high) == (1, 5)
    assert f.confidence == approx(0.9)
    for method in ("exact", "normal", "sas"):
        g = hodges_lehmann_shift([4], [1], method=method)
        assert (g.estimate, g.ci_low, g.ci_high) == (3, -inf, inf)
        assert "out of reach" in g.warning


def test_zeros_are_left_out_or_kept_as_told():
    d = [0, 0, 0, 1, 2, 3, 4, 5, 6, 7]
    drop, keep = pseudo_median(d), pseudo_median(d, zeros="keep")
    assert (drop.n, drop.estimate) == (7, 4)
    # Of 55 averages 27 are at most 2.5 and 33 at most 3.
    assert (keep.n, keep.estimate) == (10, 3)
    assert drop.warning == "zero differences left out: 3"
    assert rank_biserial_paired(d).estimate == 1
    assert rank_biserial_paired(d).n == 7


def test_differences_without_information_have_no_estimate():
    for e in (pseudo_median([0, 0]), rank_biserial_paired([0.0])):
        assert isnan(e.estimate)
        assert e.warning == "all differences are zero"
    assert pseudo_median([]).warning == "no differences"
    kept = pseudo_median([0] * 8, zeros="keep")
    assert (kept.estimate, kept.ci_low, kept.ci_high) == (0, 0, 0)


@settings(deadline=None)
@given(lattice, lattice)
def test_superiority_counts_pairs(x, y):
    pairs = [(a > b) + (a == b) / 2 for a in x for b in y]
    e = probability_of_superiority(x, y)
    assert e.estimate == approx(np.mean(pairs))
    assert rank_biserial(x, y).estimate == approx(2 * np.mean(pairs) - 1, abs=1e-12)
    back = probability_of_superiority(y, x)
    assert back.estimate == approx(1 - e.estimate)
    assert (back.ci_low, back.ci_high) == approx(
        (1 - e.ci_high, 1 - e.ci_low), nan_ok=True, abs=1e-12
    )


@settings(deadline=None)
@given(lattice, lattice)
def test_superiority_test_agrees_with_scipy(x, y):
    e = probability_of_superiority(x, y)
    if not e.warning:
        expected = stats.brunnermunzel(y, x)
        assert e.test_statistic == approx(expected.statistic, abs=1e-9)
        assert e.p_value == approx(expected.pvalue, rel=1e-7)


@settings(deadline=None)
@given(lattice)
def test_paired_rank_biserial_agrees_with_the_signed_ranks_of_scipy(d):
    nonzero = [v for v in d if v]
    e = rank_biserial_paired(d)
    if nonzero:
        n = len(nonzero)
        ranked = stats.rankdata(np.abs(nonzero))
        w = ranked[np.array(nonzero) > 0].sum()
        assert e.estimate == approx(4 * w / (n * (n + 1)) - 1, abs=1e-12)
        assert rank_biserial_paired([-v for v in d]).estimate == approx(-e.estimate)


def test_groups_that_do_not_overlap_have_an_estimate_but_no_interval():
    e = probability_of_superiority([4, 5], [1, 2, 3])
    assert (e.estimate, e.warning) == (1, "the groups do not overlap: no interval")
    assert isnan(e.ci_low)
    assert isnan(e.p_value)
    assert rank_biserial([1, 2], [3, 4]).estimate == -1
    assert probability_of_superiority([1, 1], [1, 1]).estimate == 0.5
    assert "all values are equal" in probability_of_superiority([1, 1], [1, 1]).warning
    assert "a single value" in probability_of_superiority([1], [0, 2]).warning


@settings(deadline=None)
@given(lattice, lattice, st.sampled_from([0.8, 0.95]))
def test_smd_interval_excludes_zero_exactly_when_p_is_small(x, y, level):
    e = standardized_mean_difference(x, y, confidence=level)
    if e.warning or abs(e.p_value - (1 - level)) < 1e-9:
        return
    assert (e.p_value < 1 - level) == (not e.ci_low <= 0 <= e.ci_high)
    if len(set(x)) == 1 or len(set(y)) == 1:
        return  # SciPy warns of lost digits
    expected = stats.ttest_ind(x, y)
    assert (e.test_statistic, e.p_value) == approx(
        (expected.statistic, expected.pvalue), abs=1e-9
    )
    back = standardized_mean_difference(y, x, confidence=level)
    assert (back.estimate, back.ci_low) == approx((-e.estimate, -e.ci_high), abs=1e-9)


@settings(deadline=None)
@given(lattice, lattice, st.floats(0.1, 10), st.floats(-50, 50))
def test_smd_does_not_change_with_unit_and_origin(x, y, unit, origin):
    e = standardized_mean_difference(x, y)
    f = standardized_mean_difference(
        [v * unit + origin for v in x], [v * unit + origin for v in y]
    )
    if not e.warning:
        assert (f.estimate, f.ci_low) == approx((e.estimate, e.ci_low), abs=1e-6)


def test_empty_and_constant_groups_have_no_estimate():
    for function in (
        hodges_lehmann_shift,
        probability_of_superiority,
        rank_biserial,
        standardized_mean_difference,
    ):
        e = function([], [1, 2])
        assert isnan(e.estimate)
        assert e.warning == "no values in a group"
    for x, y in (([1], [2]), ([1, 1], [2, 2, 2]), ([0.1] * 3, [0.7] * 3)):
        e = standardized_mean_difference(x, y)
        assert isnan(e.estimate)
        assert e.warning == "no variation within the groups"
    assert standardized_mean_difference([1], [2, 4]).estimate < 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: pseudo_median([1, np.nan]),
            r"differences must hold finite numbers \(remove missing values first\), "
            "but got nan",
        ),
        (
            lambda: pseudo_median([[1]]),
            "differences must have one dimension, but got 2",
        ),
        (
            lambda: pseudo_median([1], zeros="pratt"),
            "zeros must be one of drop, keep, but got 'pratt'",
        ),
        (
            lambda: pseudo_median([1], method="auto"),
            "method must be one of exact, normal, but got 'auto'",
        ),
        (
            lambda: hodges_lehmann_shift([1], [2], method="moses"),
            "method must be one of exact, normal, sas, but got 'moses'",
        ),
        (lambda: hodges_lehmann_shift([1], [inf]), "y must hold finite numbers"),
        (
            lambda: probability_of_superiority([1], [2], confidence=0),
            "confidence must be between 0 and 1, both excluded, but got 0",
        ),
        (lambda: rank_biserial([None], [2]), "x must hold finite numbers"),
        (lambda: rank_biserial_paired([inf]), "differences must hold finite numbers"),
        (lambda: standardized_mean_difference(3, [2]), "x must have one dimension"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()
