import csv
import dataclasses
import itertools
import shutil
import subprocess
from fractions import Fraction
from math import comb, exp, factorial, inf, isnan, log, prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.stats import _exact_tables_network
from rejia.stats.proportions import (
    cochran_armitage,
    fisher_exact,
    mcnemar,
    odds_ratio_2x2,
    proportion,
    risk_difference,
)

approx = pytest.approx

REFERENCE = Path(__file__).parent / "reference" / "proportions.csv"
SCRIPT = REFERENCE.with_suffix(".R")


def read_reference(text):
    """Group the lines of the R script: one (function, method, arguments) a case."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    cases = {}
    for row in csv.DictReader(lines):
        key = row["function"], row["method"], row["arguments"]
        cases.setdefault(key, {})[row["field"]] = float(row["value"])
    return cases


CASES = read_reference(REFERENCE.read_text())


def cases(function, *methods):
    return [
        (method, tuple(tuple(map(float, part.split())) for part in text.split("|")), v)
        for (name, method, text), v in CASES.items()
        if name == function and (not methods or method in methods)
    ]


def fields(estimate, names):
    return {name: getattr(estimate, name) for name in names}


# Newcombe 1998, Stat Med 17:857-872, Table I, methods 3 and 5; printed to 4 decimals.
NEWCOMBE_SINGLE = [
    (81, 263, "wilson", 0.2553, 0.3662),
    (15, 148, "wilson", 0.0624, 0.1605),
    (0, 20, "wilson", 0.0, 0.1611),
    (1, 29, "wilson", 0.0061, 0.1718),
    (81, 263, "clopper_pearson", 0.2527, 0.3676),
    (15, 148, "clopper_pearson", 0.0578, 0.1617),
    (0, 20, "clopper_pearson", 0.0, 0.1684),
    (1, 29, "clopper_pearson", 0.0009, 0.1776),
]
# The same table, methods 4 and 6: the intervals behind two forms of McNemar's test.
NEWCOMBE_SINGLE_MCNEMAR = [
    (81, 263, "chi2_corrected", 0.2535, 0.3682),
    (15, 148, "chi2_corrected", 0.0598, 0.1644),
    (0, 20, "chi2_corrected", 0.0, 0.2005),
    (1, 29, "chi2_corrected", 0.0018, 0.1963),
    (81, 263, "mid_p", 0.2544, 0.3658),
    (15, 148, "mid_p", 0.0601, 0.1581),
    (0, 20, "mid_p", 0.0, 0.1391),
    (1, 29, "mid_p", 0.0017, 0.1585),
]
# Newcombe 1998, Stat Med 17:873-890, Table II, method 10; printed to 4 decimals.
NEWCOMBE_DIFFERENCE = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0000)),
    ((10, 10, 0, 10), (0.6075, 1.0000)),
]


@pytest.mark.parametrize(("x", "n", "method", "low", "high"), NEWCOMBE_SINGLE)
def test_proportion_matches_newcombe_1998(x, n, method, low, high):
    e = proportion(x, n, method=method)
    assert (e.ci_low, e.ci_high) == approx((low, high), abs=5.1e-5)


@pytest.mark.parametrize(("x", "n", "method", "low", "high"), NEWCOMBE_SINGLE_MCNEMAR)
def test_limits_of_mcnemar_are_the_odds_of_newcombe_1998(x, n, method, low, high):
    e = mcnemar(x, n - x, method=method)
    limits = [odds / (1 + odds) for odds in (e.ci_low, e.ci_high)]
    assert limits == approx([low, high], abs=5.1e-5)


@pytest.mark.parametrize(("counts", "interval"), NEWCOMBE_DIFFERENCE)
def test_risk_difference_matches_newcombe_1998(counts, interval):
    e = risk_difference(*counts)
    assert (e.ci_low, e.ci_high) == approx(interval, abs=5.1e-5)


def test_woolf_odds_ratio_matches_bland_and_altman_2000():
    # BMJ 2000; 320:1468, hay fever and eczema: 4.89, log 1.588, its SE 0.103,
    # 95 % interval of the log 1.386 to 1.790.
    e = odds_ratio_2x2(141, 420, 928, 13525, method="woolf")
    assert e.estimate == approx(4.89, abs=0.005)
    assert e.std_error == approx(0.103, abs=0.0005)
    assert (log(e.ci_low), log(e.ci_high)) == approx((1.386, 1.790), abs=0.0006)


def test_exact_odds_ratio_matches_the_lady_tasting_tea():
    # Agresti, Categorical Data Analysis, 2nd ed. 2002, 3.5.2 and 3.6.1.
    e = odds_ratio_2x2(3, 1, 1, 3, method="exact")
    assert e.p_value == approx(34 / 70, rel=1e-12)
    assert e.estimate == approx(6.41, abs=0.005)


# Agresti 2002, Table 2.8 and R's help of fisher.test: p = 0.7827. Mehta & Patel 1983,
# sixth table, as recomputed by R (help of fisher.test): p = 0.03929.
JOB_SATISFACTION = [[1, 2, 1, 0], [3, 3, 6, 1], [10, 10, 14, 9], [6, 7, 12, 11]]
MEHTA_PATEL = [
    [1, 2, 2, 1, 1, 0, 1],
    [2, 0, 0, 2, 3, 0, 0],
    [0, 1, 1, 1, 2, 7, 3],
    [1, 1, 2, 0, 0, 0, 1],
    [0, 1, 1, 1, 1, 0, 0],
]


@pytest.mark.parametrize(
    ("table", "p_value"), [(JOB_SATISFACTION, 0.7827), (MEHTA_PATEL, 0.03929)]
)
def test_fisher_exact_matches_published_tables(table, p_value):
    digits = len(str(p_value)) - 2
    assert fisher_exact(table).p_value == approx(p_value, abs=0.5 * 10**-digits)


def test_mcnemar_matches_published_examples():
    # Fagerland, Lydersen & Laake, BMC Med Res Methodol 2013; 13:91: airway
    # hyper-responsiveness, discordant pairs 1 and 7.
    p = [mcnemar(1, 7, method=m).p_value for m in ("exact", "mid_p", "chi2")]
    assert p == approx([0.070, 0.039, 0.034], abs=5e-4)
    assert mcnemar(1, 7, method="chi2_corrected").p_value == approx(0.077, abs=5e-4)
    # Agresti 2002, 10.1.1, approval of the Prime Minister: z^2 = 17.36.
    e = mcnemar(150, 86, method="chi2")
    assert e.test_statistic == approx(17.36, abs=0.005)


def test_cochran_armitage_matches_agresti_2002():
    # Table 3.7 and 5.3.5, alcohol and malformation: z^2 = 6.57, p = 0.010.
    e = cochran_armitage(
        [48, 38, 5, 1, 1], [17114, 14502, 793, 127, 38], [0, 0.5, 1.5, 4, 7]
    )
    assert e.test_statistic**2 == approx(6.57, abs=0.005)
    assert e.p_value == approx(0.010, abs=5e-4)


@pytest.mark.parametrize(("method", "arguments", "values"), cases("proportion"))
def test_proportion_agrees_with_r(method, arguments, values):
    x, n, confidence = arguments[0]
    e = proportion(x, n, method=method, confidence=confidence)
    assert fields(e, values) == approx(values, rel=1e-8, abs=1e-15)


@pytest.mark.parametrize(("method", "arguments", "values"), cases("risk_difference"))
def test_risk_difference_agrees_with_r(method, arguments, values):
    e = risk_difference(*arguments[0], method=method)
    assert fields(e, values) == approx(values, rel=1e-8)


@pytest.mark.parametrize(
    ("method", "arguments", "values"), cases("odds_ratio_2x2", "woolf", "woolf_epiR")
)
def test_woolf_odds_ratio_agrees_with_vcd_and_epir(method, arguments, values):
    e = odds_ratio_2x2(*arguments[0], method="woolf")
    assert fields(e, values) == approx(values, rel=1e-8)


@pytest.mark.parametrize(
    ("method", "arguments", "values"), cases("odds_ratio_2x2", "exact")
)
def test_exact_odds_ratio_agrees_with_dhyper(method, arguments, values):
    e = odds_ratio_2x2(*arguments[0], method=method)
    assert fields(e, values) == approx(values, rel=1e-8)


@pytest.mark.parametrize(
    ("method", "arguments", "values"), cases("odds_ratio_2x2", "fisher.test")
)
def test_exact_odds_ratio_agrees_with_fisher_test_to_the_digits_it_has(
    method, arguments, values
):
    # fisher.test stops its search at 1.2e-4 on the scale of the odds ratio or of its
    # inverse: limits of 600 are known to 1 % there.
    e = odds_ratio_2x2(*arguments[0], method="exact")
    assert fields(e, values) == approx(values, rel=2e-2)


@pytest.mark.parametrize(("method", "arguments", "values"), cases("fisher_exact"))
def test_fisher_exact_agrees_with_r(method, arguments, values):
    assert fisher_exact(arguments).p_value == approx(values["p_value"], rel=1e-7)


@pytest.mark.parametrize(("method", "arguments", "values"), cases("mcnemar"))
def test_mcnemar_agrees_with_r(method, arguments, values):
    e = mcnemar(*arguments[0], method=method)
    assert fields(e, values) == approx(values, rel=1e-8, abs=1e-15)


@pytest.mark.parametrize(("method", "arguments", "values"), cases("cochran_armitage"))
def test_cochran_armitage_agrees_with_r(method, arguments, values):
    e = cochran_armitage(*arguments)
    assert e.test_statistic**2 == approx(values["chi_square"], rel=1e-8, abs=1e-25)
    assert e.p_value == approx(values["p_value"], rel=1e-8)
    assert e.estimate == approx(values["estimate"], rel=1e-8, abs=1e-15)


@pytest.mark.r
def test_reference_script_gives_the_committed_values():
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is missing")
    ran = subprocess.run(
        ["Rscript", SCRIPT], capture_output=True, text=True, check=True
    )
    again = read_reference(ran.stdout)
    assert again.keys() == CASES.keys()
    for key, values in CASES.items():
        assert again[key] == approx(values, rel=1e-9, abs=1e-15)


counts = st.integers(0, 60)


@st.composite
def events_and_total(draw, least=1, most=200):
    total = draw(st.integers(least, most))
    return draw(st.integers(0, total)), total


@st.composite
def small_tables(draw):
    rows, columns = draw(st.integers(2, 3)), draw(st.integers(2, 4))
    cells = st.integers(0, 5 if rows * columns < 9 else 3)
    return [[draw(cells) for _ in range(columns)] for _ in range(rows)]


@settings(deadline=None)
@given(
    events_and_total(),
    st.sampled_from(["wilson", "clopper_pearson", "jeffreys"]),
    st.sampled_from([0.8, 0.95, 0.99]),
)
def test_limits_of_a_proportion_swap_when_events_become_non_events(xn, method, level):
    x, n = xn
    e = proportion(x, n, method=method, confidence=level)
    f = proportion(n - x, n, method=method, confidence=level)
    assert 0 <= e.ci_low <= e.estimate <= e.ci_high <= 1
    assert (f.ci_low, f.ci_high) == approx((1 - e.ci_high, 1 - e.ci_low), abs=1e-12)


@settings(deadline=None)
@given(events_and_total())
def test_clopper_pearson_tails_are_half_of_the_error(xn):
    x, n = xn
    e = proportion(x, n, method="clopper_pearson")

    def at_least(k, p):
        return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))

    if x > 0:
        assert at_least(x, e.ci_low) == approx(0.025, rel=1e-8)
    if x < n:
        assert 1 - at_least(x + 1, e.ci_high) == approx(0.025, rel=1e-8)


@settings(deadline=None)
@given(events_and_total())
def test_wilson_limits_are_the_roots_of_the_score_equation(xn):
    x, n = xn
    e = proportion(x, n, method="wilson", confidence=0.9)
    for limit in (e.ci_low, e.ci_high):
        squared = n * (x / n - limit) ** 2
        assert squared == approx(1.6448536269514722**2 * limit * (1 - limit), abs=1e-12)


@settings(deadline=None)
@given(events_and_total(), events_and_total())
def test_risk_difference_changes_sign_when_groups_are_swapped(group, reference):
    there = risk_difference(*group, *reference)
    back = risk_difference(*reference, *group)
    assert back.estimate == approx(-there.estimate)
    assert (back.ci_low, back.ci_high) == approx((-there.ci_high, -there.ci_low))
    assert -1 <= there.ci_low <= there.ci_high <= 1


@settings(deadline=None)
@given(*[st.integers(1, 60)] * 4, st.sampled_from(["woolf", "exact"]))
def test_odds_ratio_inverts_when_rows_are_swapped(a, b, c, d, method):
    there = odds_ratio_2x2(a, b, c, d, method=method)
    back = odds_ratio_2x2(c, d, a, b, method=method)
    assert back.estimate == approx(1 / there.estimate, rel=1e-9)
    assert back.ci_low == approx(1 / there.ci_high, rel=1e-9)
    assert back.p_value == approx(there.p_value, rel=1e-9)


@settings(deadline=None, max_examples=40)
@given(counts, counts, counts, counts)
def test_expected_count_at_the_conditional_estimate_is_the_count(a, b, c, d):
    e = odds_ratio_2x2(a, b, c, d, method="exact")
    low, high = max(0, a - d), min(a + b, a + c)
    if low < a < high:
        support = range(low, high + 1)
        weight = [
            comb(a + b, k) * comb(c + d, a + c - k) * Fraction(e.estimate) ** k
            for k in support
        ]
        mean = sum(w * k for w, k in zip(weight, support, strict=True)) / sum(weight)
        assert float(mean) == approx(a, rel=1e-12)
    elif low < high:
        assert e.estimate == (0 if a == low else inf)


@settings(deadline=None, max_examples=40)
@given(counts, counts, counts, counts)
def test_tails_at_the_exact_limits_are_half_of_the_error(a, b, c, d):
    e = odds_ratio_2x2(a, b, c, d, method="exact", confidence=0.9)
    low, high = max(0, a - d), min(a + b, a + c)

    def share(ratio, support):
        def weight(k):
            return (
                comb(a + b, k) * comb(c + d, a + c - k) * Fraction(ratio) ** (k - low)
            )

        total = sum(weight(k) for k in range(low, high + 1))
        return float(sum(weight(k) for k in support) / total)

    if low < a:
        assert share(e.ci_low, range(a, high + 1)) == approx(0.05, rel=1e-8)
    if a < high:
        assert share(e.ci_high, range(low, a + 1)) == approx(0.05, rel=1e-8)


@settings(deadline=None)
@given(counts, counts, counts, counts)
def test_fisher_exact_of_two_by_two_sums_integer_weights(a, b, c, d):
    def weight(k):
        return comb(a + b, k) * comb(c + d, a + c - k)

    all_weights = [weight(k) for k in range(max(0, a - d), min(a + b, a + c) + 1)]
    expected = Fraction(sum(w for w in all_weights if w <= weight(a)), sum(all_weights))
    if a + b + c + d:
        p = fisher_exact([[a, b], [c, d]]).p_value
        assert p == approx(float(expected), rel=1e-10)


def compositions(total, upper):
    for x in itertools.product(*(range(min(u, total) + 1) for u in upper)):
        if sum(x) == total:
            yield x


def brute_force(table):
    """Enumerate every table as integers: weight n! / prod x!, exactly."""
    rows = [sum(row) for row in table]
    columns = [sum(column) for column in zip(*table, strict=True)]

    def products(left, k):
        if k == len(columns) - 1:
            yield prod(map(factorial, left))
            return
        for x in compositions(columns[k], left):
            rest = [a - b for a, b in zip(left, x, strict=True)]
            for product in products(rest, k + 1):
                yield prod(map(factorial, x)) * product

    mine = prod(factorial(cell) for row in table for cell in row)
    top = prod(map(factorial, rows)) * prod(map(factorial, columns))
    bottom = factorial(sum(rows))
    counted = sum(Fraction(top, bottom * p) for p in products(rows, 0) if p >= mine)
    return float(counted), float(Fraction(top, bottom * mine))


@settings(deadline=None, max_examples=60)
@given(small_tables())
def test_fisher_exact_agrees_with_enumeration_in_whole_numbers(table):
    if np.sum(table) == 0:
        return
    e = fisher_exact(table)
    assert (e.p_value, e.test_statistic) == approx(brute_force(table), rel=1e-10)


@settings(deadline=None, max_examples=40)
@given(small_tables(), st.randoms(use_true_random=False))
def test_fisher_exact_does_not_change_when_rows_and_columns_are_permuted(table, random):
    shuffled = [list(row) for row in table]
    random.shuffle(shuffled)
    shuffled = [list(column) for column in zip(*shuffled, strict=True)]
    random.shuffle(shuffled)
    assert fisher_exact(shuffled).p_value == approx(
        fisher_exact(table).p_value, rel=1e-12, nan_ok=True
    )


def test_fisher_exact_splits_into_probability_bands_that_sum_to_one():
    # Every table of one set of margins: the p-value at the most probable table is 1.
    rows, columns = (4, 3, 3), (5, 3, 2)
    tables = [
        (x, y, tuple(r - a - b for r, a, b in zip(rows, x, y, strict=True)))
        for x in compositions(columns[0], rows)
        for y in compositions(columns[1], [r - a for r, a in zip(rows, x, strict=True)])
    ]
    results = [fisher_exact(np.transpose(t)) for t in tables]
    assert sum(e.test_statistic for e in results) == approx(1, rel=1e-12)
    assert max(e.p_value for e in results) == approx(1, rel=1e-12)
    least = min(results, key=lambda e: e.test_statistic)
    equal = [e for e in results if e.test_statistic == approx(least.test_statistic)]
    assert least.p_value == approx(len(equal) * least.test_statistic, rel=1e-10)


@settings(deadline=None)
@given(
    st.integers(0, 80),
    st.integers(0, 80),
    st.sampled_from(["exact", "mid_p", "chi2", "chi2_corrected"]),
    st.sampled_from([0.8, 0.95]),
)
def test_mcnemar_interval_excludes_one_exactly_when_p_is_small(b, c, method, level):
    e = mcnemar(b, c, method=method, confidence=level)
    if b + c and abs(e.p_value - (1 - level)) > 1e-9:
        assert (e.p_value < 1 - level) == (not e.ci_low <= 1 <= e.ci_high)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 500), st.integers(0, 500))
def test_mcnemar_exact_sums_whole_numbers(b, c):
    n, k = b + c, min(b, c)
    tail = Fraction(sum(comb(n, i) for i in range(k + 1)), 2**n)
    mid = 2 * tail - Fraction(comb(n, k), 2**n)
    assert mcnemar(b, c).p_value == approx(float(min(1, 2 * tail)), rel=1e-8)
    assert mcnemar(b, c, method="mid_p").p_value == approx(float(mid), rel=1e-8)


@pytest.mark.parametrize("pairs", [1, 2, 7, 1000])
@pytest.mark.parametrize("method", ["exact", "mid_p", "chi2", "chi2_corrected"])
def test_mcnemar_p_is_one_when_discordant_pairs_balance(pairs, method):
    e = mcnemar(pairs, pairs, method=method)
    assert (e.p_value, e.estimate, e.warning) == (1, 1, "")
    if method.startswith("chi2"):
        assert e.test_statistic == 0


@pytest.mark.parametrize(
    ("method", "p_value"),
    [("exact", 1), ("mid_p", 1), ("chi2", None), ("chi2_corrected", None)],
)
def test_mcnemar_without_discordant_pairs_has_no_estimate(method, p_value):
    e = mcnemar(0, 0, method=method)
    assert e.warning == "no discordant pairs"
    assert isnan(e.estimate)
    assert isnan(e.ci_low)
    assert e.p_value == p_value if p_value else isnan(e.p_value)


def test_mcnemar_with_one_sided_discordance_has_an_open_interval():
    e = mcnemar(6, 0)
    assert (e.estimate, e.ci_high) == (inf, inf)
    assert e.p_value == approx(2 / 64)
    assert mcnemar(0, 6).ci_low == 0


@settings(deadline=None)
@given(
    st.lists(events_and_total(least=0, most=40), min_size=1, max_size=6),
    st.floats(-3, 3).filter(lambda x: abs(x) > 0.01),
)
def test_trend_reverses_and_scales_with_the_scores(groups, scale):
    x, n = zip(*groups, strict=True)
    s = list(range(len(x)))
    e = cochran_armitage(x, n, s)
    f = cochran_armitage(x, n, [scale * v + 1 for v in s])
    if e.warning:
        assert e.warning == f.warning
        assert isnan(e.estimate)
    else:
        assert f.estimate * scale == approx(e.estimate, abs=1e-12)
        sign = 1 if scale > 0 else -1
        assert f.test_statistic * sign == approx(e.test_statistic, abs=1e-9)


def test_trend_of_two_groups_is_the_chi_square_test_of_the_table():
    x, n = [8, 3], [20, 25]
    observed = np.array([x, [12, 22]])
    expected = np.outer(observed.sum(1), observed.sum(0)) / 45
    chi_square = ((observed - expected) ** 2 / expected).sum()
    assert cochran_armitage(x, n, [0, 1]).test_statistic ** 2 == approx(chi_square)


@pytest.mark.parametrize("method", ["wilson", "clopper_pearson", "jeffreys"])
def test_proportion_closes_its_interval_at_the_ends(method):
    none, every = proportion(0, 5, method=method), proportion(5, 5, method=method)
    assert (none.estimate, none.ci_low) == (0, 0)
    assert (every.estimate, every.ci_high) == (1, 1)
    assert none.ci_high == approx(1 - every.ci_low)
    assert 0 < proportion(0, 1, method=method).ci_high < 1


def test_an_empty_group_has_no_estimate():
    for e in (proportion(0, 0), risk_difference(0, 0, 3, 9), fisher_exact([[0, 0]])):
        assert isnan(e.estimate)
        assert "no subjects" in e.warning
    assert "reference" in risk_difference(3, 9, 0, 0).warning
    assert cochran_armitage([0, 0], [0, 0], [1, 2]).warning == "no subjects"


def test_an_empty_cell_has_no_woolf_odds_ratio():
    e = odds_ratio_2x2(0, 5, 3, 4)
    assert all(isnan(v) for v in (e.estimate, e.ci_low, e.ci_high, e.p_value))
    assert "a cell of the table is empty" in e.warning


def test_an_empty_margin_says_nothing_about_the_odds_ratio():
    e = odds_ratio_2x2(0, 5, 0, 4, method="exact")
    assert isnan(e.estimate)
    assert (e.ci_low, e.ci_high, e.p_value) == (0, inf, 1)
    assert "only one table" in e.warning
    assert fisher_exact([[5, 4], [0, 0]]).p_value == 1


def test_exact_odds_ratio_says_where_interval_and_p_value_disagree():
    disagreeing = [
        counts
        for counts in itertools.product(range(12), repeat=4)
        if counts[0] + counts[1] == 11
        and counts[2] + counts[3] == 9
        and "disagree" in odds_ratio_2x2(*counts, method="exact").warning
    ]
    assert disagreeing
    for counts_ in disagreeing:
        e = odds_ratio_2x2(*counts_, method="exact")
        assert (e.p_value < 0.05) == (e.ci_low <= 1 <= e.ci_high)


def test_trend_without_variation_has_no_estimate():
    assert cochran_armitage([0, 0], [5, 6], [1, 2]).warning == "no events"
    assert "all subjects" in cochran_armitage([5, 6], [5, 6], [1, 2]).warning
    same = cochran_armitage([2, 3], [5, 6], [1, 1])
    assert same.warning == "all subjects have the same score"
    assert isnan(same.p_value)
    assert cochran_armitage([2, 0], [5, 0], [1, 2]).warning == same.warning


def test_fisher_exact_leaves_out_empty_rows_and_columns():
    padded = [[3, 0, 1, 4], [0, 0, 0, 0], [2, 0, 5, 0]]
    assert fisher_exact(padded).p_value == approx(
        fisher_exact([[3, 1, 4], [2, 5, 0]]).p_value, rel=1e-12
    )


@pytest.mark.parametrize("kept", [1, 10, 100])
def test_fisher_exact_does_not_depend_on_how_many_partial_tables_are_kept(
    kept, monkeypatch
):
    table = [[3, 1, 4, 2], [2, 5, 0, 3], [1, 1, 6, 2], [4, 0, 1, 1]]
    all_kept = fisher_exact(table).p_value
    monkeypatch.setattr(_exact_tables_network, "MOST_PARTIAL_TABLES", kept)
    assert fisher_exact(table).p_value == approx(all_kept, rel=1e-12)


@pytest.mark.parametrize("limit", ["MOST_STATES", "MOST_STEPS"])
def test_fisher_exact_gives_up_loudly_where_there_are_too_many_tables(
    limit, monkeypatch
):
    monkeypatch.setattr(_exact_tables_network, limit, 1)
    e = fisher_exact([[3, 1, 4], [2, 5, 0], [1, 1, 6]])
    assert isnan(e.p_value)
    assert e.warning == "too many tables to enumerate"


def test_fisher_exact_keeps_tiny_p_values():
    # Diagonal tables: the observed one and its row permutations are least probable.
    k = 30
    p = fisher_exact(np.diag([k, k, k])).p_value
    expected = 6 * Fraction(factorial(k) ** 3, factorial(3 * k))
    assert p == approx(float(expected), rel=1e-9)


def test_results_name_their_method_and_counts():
    e = proportion(3, 9, method="jeffreys", confidence=0.9)
    assert (e.statistic, e.method, e.n, e.n_events) == ("proportion", "jeffreys", 9, 3)
    assert e.confidence == 0.9
    assert odds_ratio_2x2(1, 2, 3, 4, method="exact").method == "conditional_exact"
    assert mcnemar(2, 3, method="mid_p").method == "mcnemar_mid_p"
    assert dataclasses.is_dataclass(e)


REFUSALS = [
    (lambda: proportion(11, 10), r"events must be from 0 to total \(10\), but got 11"),
    (lambda: proportion(-1, 10), r"events must be from 0 to total \(10\), but got -1"),
    (lambda: proportion(2.5, 10), "events must be a whole number, but got 2.5"),
    (lambda: proportion(1, float("nan")), "total must be a whole number, 0 or more"),
    (lambda: proportion(float("nan"), 3), "events must be a whole number, but got nan"),
    (
        lambda: proportion(1, 2, method="auto"),
        "method must be one of wilson, clopper_pearson, jeffreys, but got 'auto'",
    ),
    (
        lambda: proportion(1, 2, confidence=95),
        "confidence must be between 0 and 1, both excluded, but got 95",
    ),
    (
        lambda: risk_difference(1, 2, 5, 4),
        r"ref_events must be from 0 to ref_total \(4\), but got 5",
    ),
    (
        lambda: risk_difference(1, 2, 3, 4, method="wald"),
        "method must be one of newcombe, but got 'wald'",
    ),
    (lambda: odds_ratio_2x2(1, 2, -3, 4), "c must be a whole number, 0 or more, but"),
    (
        lambda: odds_ratio_2x2(1, 2, 3, 4, method="wald"),
        "method must be one of woolf, exact, but got 'wald'",
    ),
    (lambda: fisher_exact([1, 2]), r"table must have two dimensions, but got 1"),
    (lambda: fisher_exact([[1, 2.5]]), "table must hold whole numbers, 0 or more, but"),
    (lambda: fisher_exact([[1, np.nan]]), "table must hold whole numbers, 0 or more"),
    (
        lambda: mcnemar(1, 2, method="corrected"),
        "method must be one of exact, mid_p, chi2, chi2_corrected, but got",
    ),
    (
        lambda: cochran_armitage([1, 2], [3, 4], [1]),
        "events, totals and scores must be of the same length, 1 or more, "
        "but got lengths 2, 2, 1",
    ),
    (
        lambda: cochran_armitage([1, 5], [3, 4], [1, 2]),
        r"events\[1\] must be from 0 to totals\[1\] \(4\), but got 5",
    ),
    (
        lambda: cochran_armitage([1, 2], [3, 4], [1, np.nan]),
        "scores must be finite numbers",
    ),
]


@pytest.mark.parametrize(("call", "words"), REFUSALS)
def test_a_wrong_argument_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_exact_limits_stay_finite_numbers_on_large_tables():
    e = odds_ratio_2x2(4000, 96000, 5000, 95000, method="exact")
    f = odds_ratio_2x2(4000, 96000, 5000, 95000, method="woolf")
    assert (log(e.ci_low), log(e.ci_high)) == approx(
        (log(f.ci_low), log(f.ci_high)), abs=2e-3
    )
    assert e.p_value < exp(-50)
