import csv
import subprocess
from math import inf, isnan, nan, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rejia.stats.agreement import (
    bland_altman,
    icc,
    smallest_detectable_change,
    smallest_detectable_difference,
    weighted_kappa,
)

approx = pytest.approx

REFERENCE = Path(__file__).parent / "reference" / "agreement.csv"
SCRIPT = REFERENCE.with_suffix(".R")


def read_reference(text):
    """Return the tables by function and case, and results by function, case, choice."""
    tables, results = {}, {}
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines):
        function, case, choice = row["function"], row["case"], row["choice"]
        if choice == "input":
            cells = [line.split(";") for line in row["value"].split("|")]
            tables[function, case] = np.array(cells, dtype=float)
        else:
            fields = results.setdefault((function, case, choice), {})
            fields[row["field"]] = float(row["value"])
    return tables, results


TABLES, RESULTS = read_reference(REFERENCE.read_text())


def reference(function):
    return [(case, choice) for name, case, choice in RESULTS if name == function]


def fields(estimate, names):
    return {name: getattr(estimate, name) for name in names}


def grades(table):
    """Turn a table of counts into the grades of two readers."""
    places = [
        (row, column)
        for row, counts in enumerate(np.array(table, dtype=int))
        for column, count in enumerate(counts)
        for _ in range(count)
    ]
    first, second = zip(*places, strict=True)
    return first, second


def kappa_of(table, weights):
    return weighted_kappa(*grades(table), levels=range(len(table)), weights=weights)


# ---- published values

# SAS/STAT User's Guide, PROC FREQ, Getting Started, "Agreement Study": two
# dermatologists; kappa, ASE, limits, and z from the ASE under the null hypothesis.
SKIN = {
    "unweighted": (0.3449, 0.0724, 0.2030, 0.4868),
    "linear": (0.5082, 0.0655, 0.3798, 0.6366),
}


@pytest.mark.parametrize("weights", SKIN)
def test_kappa_matches_the_dermatologists_of_sas(weights):
    e = kappa_of(TABLES["kappa", "skin"], weights)
    found = (e.estimate, e.std_error, e.ci_low, e.ci_high)
    assert found == approx(SKIN[weights], abs=5e-5)


def test_kappa_has_the_null_standard_error_of_sas():
    e = kappa_of(TABLES["kappa", "skin"], "unweighted")
    assert e.test_statistic == approx(5.6366, abs=5e-5)
    assert e.estimate / e.test_statistic == approx(0.0612, abs=5e-5)


def test_kappa_matches_spss_as_printed_by_kavanagh_2009():
    # BMC Cancer 9:1, table 2: 0.906, SE 0.092 not assuming the null, T 4.894 under it.
    e = kappa_of([[7, 1, 0], [0, 8, 0], [0, 0, 2]], "unweighted")
    assert (e.estimate, e.std_error) == approx((0.906, 0.092), abs=5e-4)
    assert e.test_statistic == approx(4.894, abs=5e-4)


def test_kappa_matches_the_pathologists_of_agresti():
    # Categorical Data Analysis, 2nd ed. 2002, section 10.5.4: 0.493, SE 0.057.
    e = kappa_of(TABLES["kappa", "carcinoma"], "unweighted")
    assert (e.estimate, e.std_error) == approx((0.493, 0.057), abs=5e-4)


# Shrout and Fleiss 1979, Psychol Bull 86:420-428, table 4, from the data of table 2.
SHROUT_FLEISS = {
    "1,1": 0.17,
    "A,1": 0.29,
    "C,1": 0.71,
    "1,k": 0.44,
    "A,k": 0.62,
    "C,k": 0.91,
}


@pytest.mark.parametrize("form", SHROUT_FLEISS)
def test_icc_matches_shrout_and_fleiss_1979(form):
    e = icc(TABLES["icc", "shrout_fleiss"], form=form)
    assert e.estimate == approx(SHROUT_FLEISS[form], abs=5e-3)


def with_mean_and_sd(n, mean, sd):
    x = np.linspace(-1, 1, n)
    return mean + (x - x.mean()) * sd / x.std(ddof=1)


def test_limits_of_agreement_match_bland_and_altman_1999():
    # Stat Methods Med Res 8:135-160, section 2: 85 pairs of systolic blood pressures,
    # mean difference -16.29, SD 19.61 mmHg; only these two enter. The paper takes
    # 1.71 s/√n for the standard error of a limit and rounds on the way.
    d = with_mean_and_sd(85, -16.29, 19.61)
    _, low, high = bland_altman(d, np.zeros(85))
    found = (low.estimate, low.ci_low, low.ci_high)
    assert found == approx((-54.7, -61.9, -47.5), abs=0.12)
    found = (high.estimate, high.ci_low, high.ci_high)
    assert found == approx((22.1, 14.9, 29.3), abs=0.12)


def test_the_bias_matches_bland_and_altman_1986():
    # Lancet 327:307-310: peak flow by two meters, mean difference -2.1, SD 38.8 l/min,
    # 95 % interval -22.0 to 17.8 (17.8 comes from the rounded mean and error).
    bias, _, _ = bland_altman(*TABLES["bland_altman", "pefr"].T)
    assert bias.estimate == approx(-2.1, abs=0.05)
    assert bias.std_error * sqrt(17) == approx(38.8, abs=0.05)
    assert (bias.ci_low, bias.ci_high) == approx((-22.0, 17.8), abs=0.1)


CHANGES = list(zip([0, 1, 3, -1, 2, 5, 0, 4], [1, 1, 2, 0, 2, 3, -1, 6], strict=True))
STATUSES = list(
    zip([10, 4, 7, 0, 12, 20, 3, 8], [9, 5, 7, 1, 14, 18, 3, 9], strict=True)
)


# The test vectors of the definition that the project follows; the last is cut off, not
# rounded, after ten digits.
@pytest.mark.parametrize(
    ("k", "level", "expected"),
    [(1, 0.95, 1.8146073956), (2, 0.95, 1.2831211946), (2, 0.80, 0.8389724365)],
)
def test_the_smallest_detectable_change_has_the_values_of_its_definition(
    k, level, expected
):
    e = smallest_detectable_change(CHANGES, k=k, level=level)
    assert e.estimate == approx(expected, abs=1e-10)


@pytest.mark.parametrize(("k", "expected"), [(1, 2.5122101823), (2, 1.7764008557)])
def test_the_smallest_detectable_difference_has_the_values_of_its_definition(
    k, expected
):
    e = smallest_detectable_difference(STATUSES, k=k, level=0.95)
    assert e.estimate == approx(expected, abs=1e-10)


def test_of_eight_mean_changes_four_exceed_the_smallest_detectable_one():
    sdc = smallest_detectable_change(CHANGES, k=2, level=0.95).estimate
    assert sum(np.mean(CHANGES, axis=1) > sdc) == 4


# ---- another program


@pytest.mark.parametrize(("case", "weights"), reference("kappa"))
def test_kappa_agrees_with_vcd(case, weights):
    expected = RESULTS["kappa", case, weights]
    e = kappa_of(TABLES["kappa", case], weights)
    assert fields(e, expected) == approx(expected, rel=1e-8)


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
@pytest.mark.parametrize("case", [c for f, c in TABLES if f == "kappa"])
def test_kappa_agrees_with_statsmodels_on_both_standard_errors(case, weights):
    from statsmodels.stats.inter_rater import cohens_kappa

    table = TABLES["kappa", case]
    wt = {"unweighted": None, "linear": "linear", "quadratic": "quadratic"}[weights]
    other = cohens_kappa(table, wt=wt)
    e = kappa_of(table, weights)
    found = (e.estimate, e.std_error, e.test_statistic, e.p_value)
    expected = (other.kappa, other.std_kappa, other.z_value, other.pvalue_two_sided)
    assert found == approx(expected, rel=1e-8)


@pytest.mark.parametrize(("case", "form"), reference("icc"))
def test_icc_agrees_with_psych(case, form):
    expected = RESULTS["icc", case, form]
    e = icc(TABLES["icc", case], form=form.replace("-", ","))
    if expected["ci_low"] > expected["ci_high"]:
        # psych goes on past the pole of Spearman and Brown's formula, to 10.01.
        expected = expected | {"ci_low": -inf}
        assert e.warning == "a mean of readers has no lower limit"
    assert fields(e, expected) == approx(expected, rel=1e-8, abs=1e-14)


@pytest.mark.parametrize(("case", "choice"), reference("bland_altman"))
def test_limits_of_agreement_agree_with_r(case, choice):
    limits, level, *side = choice.split("_")
    rows = bland_altman(
        *TABLES["bland_altman", case].T,
        limits="exact" if limits == "exact" else "approximate",
        confidence=float(level),
    )
    row = rows[{"low": 1, "high": 2}[side[0]] if side else 0]
    expected = RESULTS["bland_altman", case, choice]
    # The noncentral t of R has about eleven digits.
    assert fields(row, expected) == approx(expected, rel=1e-8)


@pytest.mark.r
def test_the_reference_values_are_those_of_the_script(require):
    made = subprocess.run(
        [require("r"), SCRIPT], check=True, capture_output=True, text=True
    )
    _, results = read_reference(made.stdout)
    assert results.keys() == RESULTS.keys()
    for key, values in results.items():
        assert values == approx(RESULTS[key], rel=1e-9)


# ---- identities

WEIGHTS = ("unweighted", "linear", "quadratic")
FORMS = tuple(SHROUT_FLEISS)

two_readers = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40
)
tables_of_ratings = st.integers(2, 4).flatmap(
    lambda k: st.lists(
        st.lists(st.integers(-6, 6), min_size=k, max_size=k), min_size=2, max_size=10
    )
)


def numbers(estimate):
    return (
        estimate.estimate,
        estimate.std_error,
        estimate.ci_low,
        estimate.ci_high,
        estimate.test_statistic,
        estimate.p_value,
    )


def same(estimate, other):
    return numbers(other) == approx(numbers(estimate), rel=1e-7, abs=1e-9, nan_ok=True)


@settings(deadline=None, max_examples=60)
@given(two_readers, st.sampled_from(WEIGHTS))
def test_kappa_does_not_change_when_readers_or_the_scale_are_turned_round(
    pairs, weights
):
    first, second = zip(*pairs, strict=True)
    e = weighted_kappa(first, second, levels=range(5), weights=weights)
    assert same(e, weighted_kappa(second, first, levels=range(5), weights=weights))
    back = weighted_kappa(first, second, levels=range(4, -1, -1), weights=weights)
    assert same(e, back)


@settings(deadline=None, max_examples=60)
@given(two_readers)
def test_quadratic_kappa_is_the_correlation_that_pays_for_bias(pairs):
    # Krippendorff 1970: 2 cov / (var + var + (difference of means)²), divisor n.
    first, second = np.array(pairs).T
    below = first.var() + second.var() + (first.mean() - second.mean()) ** 2
    assume(below > 0)
    covariance = np.mean((first - first.mean()) * (second - second.mean()))
    e = weighted_kappa(first, second, levels=range(5), weights="quadratic")
    assert e.estimate == approx(2 * covariance / below, abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(two_readers, st.integers(2, 5), st.sampled_from(WEIGHTS))
def test_repeating_every_pair_shrinks_the_errors_of_kappa_by_a_root(
    pairs, times, weights
):
    e, many = (
        weighted_kappa(*zip(*p, strict=True), levels=range(5), weights=weights)
        for p in (pairs, pairs * times)
    )
    assert many.estimate == approx(e.estimate, abs=1e-12, nan_ok=True)
    assert many.std_error * sqrt(times) == approx(e.std_error, rel=1e-6, nan_ok=True)
    assert many.test_statistic == approx(
        e.test_statistic * sqrt(times), rel=1e-6, abs=1e-9, nan_ok=True
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(*[st.integers(0, 1)] * 2), min_size=1, max_size=40))
def test_of_two_grades_all_weights_are_the_same(pairs):
    first, second = zip(*pairs, strict=True)
    rows = [
        weighted_kappa(first, second, levels=(0, 1), weights=weights)
        for weights in WEIGHTS
    ]
    assert same(rows[0], rows[1])
    assert same(rows[0], rows[2])


def test_an_unused_grade_in_between_counts_in_the_distance():
    first, second = [0, 0, 1, 3, 3, 1], [0, 1, 1, 3, 1, 3]
    declared = weighted_kappa(first, second, levels=(0, 1, 2, 3), weights="linear")
    collapsed = weighted_kappa(first, second, levels=(0, 1, 3), weights="linear")
    assert declared.estimate < collapsed.estimate - 0.01
    plain = [
        weighted_kappa(first, second, levels=levels, weights="unweighted").estimate
        for levels in ((0, 1, 2, 3), (0, 1, 3))
    ]
    assert plain[0] == approx(plain[1])


def test_the_standard_error_of_kappa_is_that_of_many_samples():
    # Simulation error of 20 000 standard deviations is 0.5 %; n = 500 is large.
    p = TABLES["kappa", "skin"] / 88.0
    rng = np.random.default_rng(20260101)
    counts = rng.multinomial(500, p.ravel(), size=20_000).reshape(-1, 4, 4) / 500
    w = 1 - np.abs(np.subtract.outer(np.arange(4), np.arange(4))) / 3
    observed = (w * counts).sum(axis=(1, 2))
    margins = counts.sum(axis=2)[:, :, None] * counts.sum(axis=1)[:, None, :]
    expected = (w * margins).sum(axis=(1, 2))
    kappas = (observed - expected) / (1 - expected)
    e = kappa_of(TABLES["kappa", "skin"], "linear")
    assert e.std_error * sqrt(88 / 500) == approx(kappas.std(), rel=0.02)


@settings(deadline=None, max_examples=60)
@given(
    tables_of_ratings, st.sampled_from(FORMS), st.floats(0.1, 10), st.floats(-50, 50)
)
def test_icc_does_not_depend_on_unit_or_zero_of_the_scale(ratings, form, unit, zero):
    e = icc(ratings, form=form)
    moved = icc(np.array(ratings) * unit + zero, form=form)
    assert moved.warning == e.warning
    assert same(e, moved)


@settings(deadline=None, max_examples=60)
@given(tables_of_ratings, st.sampled_from(("C,1", "C,k")), st.integers(1, 9))
def test_consistency_does_not_see_a_shift_of_one_reader(ratings, form, shift):
    shifted = np.array(ratings)
    shifted[:, 0] += shift
    assert same(icc(ratings, form=form), icc(shifted, form=form))


@settings(deadline=None, max_examples=60)
@given(tables_of_ratings, st.sampled_from("1AC"))
def test_the_mean_of_k_readers_has_the_spearman_brown_reliability(ratings, kind):
    one, mean = (icc(ratings, form=f"{kind},{suffix}") for suffix in ("1", "k"))
    k = len(ratings[0])
    assume(not one.warning and not mean.warning)
    for field in ("estimate", "ci_low", "ci_high"):
        # Backwards: reliability of one from that of the mean.
        rho = getattr(mean, field)
        assert rho / (k - (k - 1) * rho) == approx(getattr(one, field), abs=1e-9)
    assert one.ci_low <= one.estimate <= one.ci_high


def test_the_interval_of_icc_covers_as_often_as_it_says():
    # 2 000 draws: the share has a standard error of 0.5 %.
    rng = np.random.default_rng(20260102)
    truth = {"1,1": 0.6, "C,k": 0.6 * 3 / (1 + 2 * 0.6)}
    for form, rho in truth.items():
        hits = 0
        for _ in range(2000):
            subjects = rng.normal(0, sqrt(0.6), (12, 1))
            e = icc(subjects + rng.normal(0, sqrt(0.4), (12, 3)), form=form)
            hits += e.ci_low < rho < e.ci_high
        assert hits / 2000 == approx(0.95, abs=0.02)


pairs_of_values = st.lists(
    st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=2, max_size=20
)


@settings(deadline=None, max_examples=60)
@given(pairs_of_values, st.sampled_from(("approximate", "exact")))
def test_limits_of_agreement_turn_over_when_the_methods_are_swapped(pairs, limits):
    x, y = np.array(pairs).T
    bias, low, high = bland_altman(x, y, limits=limits)
    back, back_low, back_high = bland_altman(y, x, limits=limits)
    assert back.estimate == approx(-bias.estimate)
    for row, other in ((low, back_high), (high, back_low)):
        assert (other.estimate, other.ci_low, other.ci_high) == approx(
            (-row.estimate, -row.ci_high, -row.ci_low), nan_ok=True
        )


def test_exact_limits_cover_as_often_as_they_say_in_small_samples():
    # 4 000 draws: the share has a standard error of 0.35 %.
    rng = np.random.default_rng(20260103)
    hits = {"approximate": 0, "exact": 0}
    for _ in range(4000):
        d = rng.normal(0, 1, 5)
        for limits in hits:
            _, _, high = bland_altman(d, np.zeros(5), limits=limits)
            hits[limits] += high.ci_low < 1.959964 < high.ci_high
    assert hits["exact"] / 4000 == approx(0.95, abs=0.015)
    assert hits["approximate"] / 4000 < 0.935


def test_the_two_intervals_of_a_limit_meet_in_large_samples():
    d = with_mean_and_sd(20_000, 1.0, 2.0)
    rough, exact = (
        bland_altman(d, np.zeros(20_000), limits=limits)[2]
        for limits in ("approximate", "exact")
    )
    assert (rough.ci_low, rough.ci_high) == approx(
        (exact.ci_low, exact.ci_high), abs=1e-3
    )


@settings(deadline=None, max_examples=60)
@given(pairs_of_values, st.integers(1, 6))
def test_the_change_is_the_difference_by_root_two_and_shrinks_with_readers(pairs, k):
    change = smallest_detectable_change(pairs, k=k, level=0.9)
    difference = smallest_detectable_difference(pairs, k=k, level=0.9)
    one = smallest_detectable_change(pairs, k=1, level=0.9)
    assert change.estimate * sqrt(2) == approx(difference.estimate)
    assert change.estimate * sqrt(k) == approx(one.estimate)


# ---- corners


def test_perfect_agreement_is_one_without_an_interval():
    e = weighted_kappa([0, 1, 2], [0, 1, 2], levels=range(4), weights="linear")
    assert e.estimate == 1.0
    assert all(map(isnan, (e.std_error, e.ci_low, e.ci_high)))
    assert 0 < e.p_value < 1
    assert e.warning == "all pairs agree, so no interval"


def test_perfect_disagreement_has_no_interval():
    e = weighted_kappa([0, 1], [1, 0], levels=range(2), weights="unweighted")
    assert e.estimate == -1.0
    assert isnan(e.std_error)
    assert e.warning == "all pairs disagree alike, so no interval"


def test_one_grade_only_has_no_kappa():
    e = weighted_kappa([1, 1, 1], [1, 1, 1], levels=range(3), weights="linear")
    assert all(map(isnan, numbers(e)))
    assert e.warning == "both readers gave every item the same grade"
    assert e.n == 3


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(
    "second", [[1, 1, 1, 1], [3, 3, 3, 3]], ids=["shared", "unshared"]
)
def test_a_reader_with_a_single_grade_makes_kappa_zero(second, weights):
    e = weighted_kappa([0, 1, 2, 1], second, levels=range(4), weights=weights)
    assert e.estimate == 0.0
    assert all(map(isnan, (e.std_error, e.ci_low, e.test_statistic, e.p_value)))
    assert e.warning == "kappa is 0 for all pairs of these margins"


def test_kappa_of_no_pairs_is_not_a_number():
    e = weighted_kappa([], [], levels=range(3), weights="linear")
    assert all(map(isnan, numbers(e)))
    assert (e.n, e.warning) == (0, "no pairs of grades")


def test_grades_may_be_text_or_arrays():
    text = weighted_kappa(["I", "II"] * 3, ["I"] * 6, levels=("I", "II", "III"))
    assert text.estimate == 0.0
    first, second = np.array([0.5, 1.0, 1.5, 0.5]), np.array([0.5, 1.0, 1.0, 1.5])
    halves = weighted_kappa(first, second, levels=(0.5, 1, 1.5), weights="linear")
    whole = weighted_kappa(
        [0, 1, 2, 0], [0, 1, 1, 2], levels=range(3), weights="linear"
    )
    assert same(halves, whole)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("ratings", "warning"),
    [
        (np.empty((0, 2)), "fewer than two subjects"),
        ([[3, 4, 5]], "fewer than two subjects"),
        ([[0.1, 0.1], [0.1, 0.1]], "no variance between subjects, and none left"),
    ],
)
def test_icc_without_variance_is_not_a_number(form, ratings, warning):
    e = icc(ratings, form=form)
    assert all(map(isnan, numbers(e)))
    assert e.warning.startswith(warning)


@pytest.mark.parametrize("form", FORMS)
def test_readers_who_agree_perfectly_have_an_icc_of_one_without_interval(form):
    x = np.array([0.1, 0.7, 1.3, 2.9])
    e = icc(np.column_stack([x, x]), form=form)
    assert e.estimate == 1.0
    assert all(map(isnan, (e.ci_low, e.ci_high, e.p_value)))
    assert e.warning == "no error variance, so no interval"


def test_a_constant_shift_of_a_reader_leaves_no_error_for_consistency():
    x = np.array([0.1, 0.7, 1.3, 2.9])
    e = icc(np.column_stack([x, x + 0.3]), form="C,1")
    assert (e.estimate, e.warning) == (1.0, "no error variance, so no interval")
    assert icc(np.column_stack([x, x + 0.3]), form="A,1").estimate < 1.0


def test_readers_who_contradict_each_other_have_no_reliability_above_one():
    # The formula of the mean would give 4.4, with a negative variance below it.
    e = icc([[0, 1], [3, -3]], form="A,k")
    assert isnan(e.estimate)
    one = icc([[0, 1], [3, -3]], form="A,1")
    assert one.estimate < -1
    assert isnan(one.ci_low)
    assert one.warning == "the approximate interval breaks down"


def test_subjects_alike_on_average_have_no_reliability_of_a_mean():
    alike = [[1, 3], [3, 1], [2, 2]]
    e = icc(alike, form="C,k")
    assert isnan(e.estimate)
    assert e.warning == "the estimated variances do not sum to more than 0"
    one = icc(alike, form="C,1")
    assert one.estimate == -1.0
    assert isnan(one.ci_low)
    assert one.warning == "no variance between subjects, so no interval"
    alone = icc([[1, 2], [2, 1]], form="A,1")
    assert isnan(alone.estimate)
    assert alone.warning == "the estimated variances do not sum to more than 0"


@pytest.mark.parametrize(
    ("first", "second", "bias", "warning"),
    [
        ([], [], nan, "no pairs"),
        ([3.0], [1.0], 2.0, "one pair has no spread"),
        ([1.3, 0.2, 5.5], [1.2, 0.1, 5.4], 0.1, "all differences are equal"),
    ],
)
def test_limits_of_agreement_without_spread_have_no_interval(
    first, second, bias, warning
):
    rows = bland_altman(first, second)
    assert rows[0].estimate == approx(bias, nan_ok=True)
    for row in rows:
        assert row.warning.startswith(warning)
        assert all(map(isnan, (row.std_error, row.ci_low, row.ci_high, row.p_value)))


def test_readers_who_never_differ_have_a_smallest_detectable_change_of_zero():
    e = smallest_detectable_change([[1, 1], [0, 0], [4, 4]], k=2, level=0.95)
    assert e.estimate == 0.0
    assert e.warning == "all differences are equal, so they show no error"


@pytest.mark.parametrize("changes", [[], [[1.0, 2.0]]])
def test_fewer_than_two_patients_have_no_smallest_detectable_change(changes):
    e = smallest_detectable_change(changes, k=2, level=0.95)
    assert isnan(e.estimate)
    assert (e.n, bool(e.warning)) == (len(changes), True)


@pytest.mark.parametrize(
    ("form", "both"),
    [
        ("A,1", "icc_A,1_two_way_random_absolute_single (Shrout-Fleiss 2,1)"),
        ("1,k", "icc_1,k_one_way_random_average (Shrout-Fleiss 1,k)"),
        ("C,k", "icc_C,k_two_way_mixed_consistency_average (Shrout-Fleiss 3,k)"),
    ],
)
def test_icc_says_its_name_in_both_nomenclatures(form, both):
    assert icc([[1, 2], [3, 3], [5, 4]], form=form).method == both


def test_methods_say_what_they_are():
    e = smallest_detectable_change(CHANGES, k=2, level=0.95)
    assert e.method == "smallest_detectable_change_z_1.96_readers_2_level_0.95"
    rows = bland_altman([1, 2, 4], [1, 1, 1], limits="exact", confidence=0.9)
    assert [(r.statistic, r.method, r.confidence) for r in rows] == [
        ("bias", "paired_mean_student_t", 0.9),
        ("limit_of_agreement_low", "bland_altman_exact", 0.9),
        ("limit_of_agreement_high", "bland_altman_exact", 0.9),
    ]


# ---- refusals


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"weights": "squared"},
            "weights must be one of unweighted, linear, quadratic, but got 'squared'",
        ),
        (
            {"first": [0, 7]},
            r"first must hold declared levels only \(0, 1\), but got 7",
        ),
        ({"second": [nan, 0]}, r"second must hold declared levels only .* but got nan"),
        ({"second": [0]}, "second must have 2 grades like first, but got 1"),
        (
            {"levels": [0]},
            r"levels must be two or more different grades, but got \[0\]",
        ),
        ({"levels": [0, 1, 1]}, "levels must be two or more different grades"),
        ({"confidence": 0}, "confidence must be between 0 and 1, but got 0"),
    ],
)
def test_kappa_refuses_by_name(wrong, message):
    arguments = {"first": [0, 1], "second": [1, 1], "levels": [0, 1]} | wrong
    with pytest.raises(ValueError, match=message):
        weighted_kappa(arguments.pop("first"), arguments.pop("second"), **arguments)


@pytest.mark.parametrize(
    ("ratings", "choices", "message"),
    [
        ([[1, 2], [3, 4]], {"form": "2,1"}, "form must be one of .*, but got '2,1'"),
        ([1, 2, 3], {}, r"ratings must be a table .*, but got shape \(3,\)"),
        ([[1], [2]], {}, r"two or more columns, but got shape \(2, 1\)"),
        ([[1, 2], [3, nan]], {}, "ratings must be finite .* nan in row 1, column 1"),
        ([[1, 2], [3, 4]], {"confidence": 2}, "confidence must be between 0 and 1"),
    ],
)
def test_icc_refuses_by_name(ratings, choices, message):
    with pytest.raises(ValueError, match=message):
        icc(ratings, **choices)


@pytest.mark.parametrize(
    ("first", "second", "choices", "message"),
    [
        ([1, 2], [1], {}, "second must have 2 values like first, but got 1"),
        ([1, nan], [1, 2], {}, "first must be finite .*, but got nan in row 1"),
        ([[1]], [[2]], {}, "first must have one dimension, but got 2"),
        (
            [1, 2],
            [1, 3],
            {"limits": "bootstrap"},
            "limits must be one of approximate, exact, but got 'bootstrap'",
        ),
        ([1], [1], {"confidence": 1}, "confidence must be between 0 and 1, but got 1"),
    ],
)
def test_bland_altman_refuses_by_name(first, second, choices, message):
    with pytest.raises(ValueError, match=message):
        bland_altman(first, second, **choices)


@pytest.mark.parametrize(
    ("changes", "k", "level", "message"),
    [
        ([[1, 2, 3]], 2, 0.95, r"changes must have two columns, .* shape \(1, 3\)"),
        ([[1, nan]], 2, 0.95, "changes must be finite .*, but got nan in row 0"),
        ([[1, 2]], 0, 0.95, "k must be a whole number of readers from 1, but got 0"),
        ([[1, 2]], 2.0, 0.95, "k must be a whole number of readers .* but got 2.0"),
        ([[1, 2]], True, 0.95, "k must be a whole number of readers .* but got True"),
        ([[1, 2]], 2, 95, "level must be between 0 and 1, but got 95"),
    ],
)
def test_the_smallest_detectable_change_refuses_by_name(changes, k, level, message):
    with pytest.raises(ValueError, match=message):
        smallest_detectable_change(changes, k=k, level=level)


def test_the_smallest_detectable_difference_names_its_own_argument():
    with pytest.raises(ValueError, match="statuses must have two columns"):
        smallest_detectable_difference([[1, 2, 3]], k=2, level=0.95)
