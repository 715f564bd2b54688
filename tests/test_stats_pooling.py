"""Pooled estimates: metafor, statsmodels, identities, corners, refusals."""

import csv
import subprocess
from math import isnan, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.stats.pooling import INTERVALS, METHODS, _q, _reml, pool

approx = pytest.approx
REFERENCE = Path(__file__).parent / "reference" / "pooling.csv"
SCRIPT = REFERENCE.with_suffix(".R")
METHOD = {"DL": "dersimonian_laird", "REML": "reml"}
INTERVAL = {"z": "normal", "knha": "hartung_knapp"}


def read_reference(text):
    inputs, results = {}, {}
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines):
        if row["method"] == "input":
            column = [float(value) for value in row["value"].split(";")]
            inputs.setdefault(row["case"], {})[row["field"]] = column
        else:
            key = (row["case"], row["method"], row["interval"])
            results.setdefault(key, {})[row["field"]] = float(row["value"])
    return inputs, results


INPUTS, RESULTS = read_reference(REFERENCE.read_text())


@pytest.mark.parametrize("key", sorted(RESULTS), ids="-".join)
def test_every_number_is_that_of_metafor(key):
    case, method, interval = key
    found = pool(**INPUTS[case], method=METHOD[method], interval=INTERVAL[interval])
    for field, value in RESULTS[key].items():
        here = found.estimate if hasattr(found.estimate, field) else found
        # Its own iteration stops within 1e-10 of tau2, its Q-profile within 1e-13.
        assert getattr(here, field) == approx(value, rel=1e-6, abs=1e-9), field


@pytest.mark.r
def test_the_reference_values_are_those_of_the_script(require):
    made = subprocess.run(
        [require("r"), SCRIPT], check=True, capture_output=True, text=True
    )
    _, results = read_reference(made.stdout)
    assert results.keys() == RESULTS.keys()
    for key, fields in results.items():
        assert fields == approx(RESULTS[key], rel=1e-6, abs=1e-9)


# statsmodels takes the root of a negative variance where cohorts are very alike.
@pytest.mark.parametrize("case", sorted(INPUTS.keys() - {"alike"}))
def test_dersimonian_laird_and_hartung_knapp_are_those_of_statsmodels(case):
    from statsmodels.stats.meta_analysis import combine_effects

    y, s = (np.array(column) for column in INPUTS[case].values())
    other = combine_effects(y, s**2, method_re="dl", use_t=True)
    mine = pool(y, s, method="dersimonian_laird")
    assert mine.tau2 == approx(other.tau2, rel=1e-9)
    assert mine.estimate.estimate == approx(other.mean_effect_re, rel=1e-9)
    # The standard error of Hartung, Knapp, Sidik and Jonkman.
    assert mine.estimate.std_error == approx(other.sd_eff_w_re_hksj, rel=1e-9)


def test_two_alike_cohorts_are_pooled_by_hand():
    # Equal standard errors 1, estimates 0 and 4: Q = 8, tau2 = 7, mean 2 (4 / 2).
    found = pool([0, 4], [1, 1], method="dersimonian_laird", interval="normal")
    assert found.q == approx(8)
    assert found.tau2 == approx(7)
    assert found.i2 == approx(7 / 8)
    assert found.estimate.estimate == approx(2)
    assert found.estimate.std_error == approx(2)  # sqrt((1 + 7) / 2)
    assert found.weights == approx((0.5, 0.5))
    assert "two cohorts" in found.estimate.warning
    assert isnan(found.prediction_low)


def test_reml_of_equal_standard_errors_is_the_sample_variance_less_theirs():
    y = np.array([0.1, 0.9, 1.4, -0.3, 0.7])
    found = pool(y, [0.2] * 5)
    assert found.tau2 == approx(np.var(y, ddof=1) - 0.04, rel=1e-12)
    # With equal weights Hartung-Knapp is the one-sample t-test.
    assert found.estimate.std_error == approx(np.std(y, ddof=1) / np.sqrt(5))


def test_one_cohort_is_not_pooled():
    found = pool([0.4], [0.2])
    assert isnan(found.estimate.estimate)
    assert "one cohort" in found.estimate.warning


def test_equal_estimates_have_no_interval_by_hartung_and_knapp():
    found = pool([0.5, 0.5, 0.5], [0.1, 0.2, 0.3])
    assert found.tau2 == 0
    assert found.estimate.estimate == approx(0.5)
    assert isnan(found.estimate.ci_low)
    assert isnan(found.estimate.p_value)
    assert "equal estimates" in found.estimate.warning


def test_an_interval_narrower_than_the_normal_one_is_said():
    found = pool(**INPUTS["alike"])
    assert "narrower" in found.estimate.warning


@pytest.mark.parametrize(
    ("estimates", "errors", "options", "named"),
    [
        ([], [], {}, "estimates"),
        ([1, 2], [1], {}, "std_errors"),
        ([1, float("nan")], [1, 1], {}, "estimates"),
        ([1, 2], [1, 0], {}, "std_errors"),
        ([1, 2], [1, -1], {}, "std_errors"),
        ([1, 2], [1, float("inf")], {}, "std_errors"),
        ([1, 2], [1, 1], {"method": "paule_mandel"}, "method"),
        ([1, 2], [1, 1], {"interval": "t"}, "interval"),
        ([1, 2], [1, 1], {"confidence": 1}, "confidence"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(estimates, errors, options, named):
    with pytest.raises(ValueError, match=rf"{named}.* must be .*but got"):
        pool(estimates, errors, **options)


cohorts = st.lists(
    st.tuples(st.floats(-3, 3), st.floats(0.05, 2)), min_size=2, max_size=12
)


@settings(deadline=None)
@given(cohorts, st.sampled_from(METHODS), st.sampled_from(INTERVALS), st.randoms())
def test_pooling_keeps_its_identities(pairs, method, interval, rng):
    def of(shift, pairs):
        y, s = zip(*pairs, strict=True)
        return pool([a + shift for a in y], s, method=method, interval=interval)

    found, moved = of(0, pairs), of(1.5, pairs)
    y = [a for a, _ in pairs]
    # A mean of the estimates, moved with them, in whatever order they come.
    assert min(y) - 1e-9 <= found.estimate.estimate <= max(y) + 1e-9
    assert moved.estimate.estimate == approx(found.estimate.estimate + 1.5, abs=1e-6)
    assert moved.tau2 == approx(found.tau2, rel=1e-5, abs=1e-8)
    shuffled = rng.sample(pairs, len(pairs))
    assert of(0, shuffled).estimate.estimate == approx(
        found.estimate.estimate, abs=1e-6
    )
    assert sum(found.weights) == approx(1)
    assert 0 <= found.i2 < 1
    assert found.tau2 >= 0
    assert found.tau2_low <= found.tau2_high


@settings(deadline=None, max_examples=50)
@given(cohorts)
def test_no_variance_between_cohorts_is_more_likely_than_that_of_reml(pairs):
    y, v = (np.array(column) for column in zip(*pairs, strict=True))
    v = v**2

    def minus(tau2):
        w = 1 / (v + tau2)
        return -np.log(w).sum() + log(w.sum()) + _q(tau2, y, v)

    best = minus(_reml(y, v))
    for tau2 in np.linspace(0, 4 * np.ptp(y) ** 2 + 1e-3, 200):
        assert best <= minus(tau2) + 1e-9
