import csv
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.stats.multiplicity import adjust

approx = pytest.approx

REFERENCE = Path(__file__).parent / "reference" / "rates.csv"
METHODS = ["none", "bonferroni", "holm", "benjamini_hochberg"]

# Benjamini & Hochberg 1995, J R Stat Soc B 57:289-300, section 3.2: fifteen ordered
# p-values of a trial of thrombolysis. At 0.05 Bonferroni rejects the first three
# hypotheses and the new procedure the first four.
THROMBOLYSIS = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]


def read_reference():
    lines = [r for r in REFERENCE.read_text().splitlines() if not r.startswith("#")]
    cases = {}
    for row in csv.DictReader(lines):
        if row["function"] == "adjust":
            method = row["method"].replace("BH", "benjamini_hochberg")
            values = cases.setdefault((method, row["arguments"]), [])
            values.append(float(row["value"]))
    return [
        (
            method,
            list(map(float, text.split("|")[0].split())),
            int(text.split("|")[1]),
            v,
        )
        for (method, text), v in cases.items()
    ]


p_values = st.lists(st.floats(0, 1) | st.just(nan), max_size=12)


def test_benjamini_and_hochberg_1995_reject_as_many_as_they_print():
    rejected = {
        method: sum(p <= 0.05 for p in adjust(THROMBOLYSIS, method=method, m=15))
        for method in METHODS
    }
    assert rejected["bonferroni"] == 3
    assert rejected["benjamini_hochberg"] == 4


@pytest.mark.parametrize(("method", "p", "m", "expected"), read_reference())
def test_adjusted_p_values_agree_with_r(method, p, m, expected):
    assert adjust(p, method=method, m=m) == approx(expected, rel=1e-12)


def test_reference_has_plans_larger_than_what_was_computed():
    assert any(m > len(p) for _, p, m, _ in read_reference())


@settings(deadline=None)
@given(p_values, st.integers(0, 20))
def test_planned_tests_without_result_count_like_p_values_of_one(p, more):
    m = len(p) + more
    padded = [1.0 if isnan(v) else v for v in p] + [1.0] * more
    for method in METHODS:
        full = adjust(padded, method=method, m=m)[: len(p)]
        for value, adjusted, of_full in zip(
            p, adjust(p, method=method, m=m), full, strict=True
        ):
            assert isnan(adjusted) if isnan(value) else adjusted == approx(of_full)


@settings(deadline=None)
@given(p_values, st.integers(0, 20))
def test_methods_are_ordered_and_keep_the_order_of_p_values(p, more):
    none, bonferroni, holm, bh = (
        np.array(adjust(p, method=method, m=len(p) + more)) for method in METHODS
    )
    known = ~np.isnan(np.array(p, dtype=float))
    tolerance = 1e-12
    assert (none[known] == np.array(p, dtype=float)[known]).all()
    assert (none[known] <= bh[known] + tolerance).all()
    assert (bh[known] <= holm[known] + tolerance).all()
    assert (holm[known] <= bonferroni[known] + tolerance).all()
    assert (bonferroni[known] <= 1).all()
    order = np.argsort(none[known])
    for adjusted in (bonferroni, holm, bh):
        assert (np.diff(adjusted[known][order]) >= 0).all()


@settings(deadline=None)
@given(p_values, st.randoms(use_true_random=False))
def test_adjustment_follows_its_p_value_when_they_are_shuffled(p, random):
    places = list(range(len(p)))
    random.shuffle(places)
    for method in METHODS:
        straight = adjust(p, method=method, m=len(p) + 1)
        shuffled = adjust([p[i] for i in places], method=method, m=len(p) + 1)
        assert shuffled == approx(tuple(straight[i] for i in places), nan_ok=True)


def test_m_comes_from_the_plan_and_not_from_the_data():
    assert adjust([0.01], method="bonferroni", m=13) == approx((0.13,))
    assert adjust([0.01, nan, nan], method="holm", m=3)[0] == approx(0.03)


def test_missing_p_values_stay_missing_and_an_empty_family_is_empty():
    adjusted = adjust([nan, 0.5], method="bonferroni", m=2)
    assert isnan(adjusted[0])
    assert adjusted[1] == 1
    assert adjust([], method="holm", m=0) == ()
    assert all(isnan(p) for p in adjust([nan, nan], method="holm", m=2))


def test_nothing_is_adjusted_when_no_method_is_named():
    assert adjust([0.2, 0.01], m=9) == (0.2, 0.01)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: adjust([0.1, 0.2], method="holm", m=1),
            r"m must be at least the number of p-values \(2\), but got 1",
        ),
        (lambda: adjust([0.1], method="holm", m=1.5), "m must be a whole number"),
        (
            lambda: adjust([1.1], method="holm", m=1),
            "p_values must be from 0 to 1 or nan, but got 1.1",
        ),
        (lambda: adjust([-np.inf], m=1), "p_values must be from 0 to 1 or nan"),
        (lambda: adjust([[0.1]], m=1), "p_values must have one dimension, but got 2"),
        (
            lambda: adjust([0.1], method="fdr", m=1),
            "method must be one of none, bonferroni, holm, benjamini_hochberg, but",
        ),
    ],
)
def test_a_wrong_argument_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()
