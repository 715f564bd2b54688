"""What estimates tell beyond their counts, held against brute force."""

from itertools import combinations_with_replacement, product
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.disclosure.subtraction import follows, tells
from rejia.disclosure.told import (
    QUANTILES,
    few_signs,
    fewest_patients_beyond,
    levels_told,
    two_by_two,
)
from rejia.stats.models import logistic
from rejia.stats.ranks import signed_rank


@settings(max_examples=40, deadline=None)
@given(*(st.integers(1, 30) for _ in range(4)))
def test_table_is_solved_from_odds_ratio_and_standard_error(a, b, c, d):
    ratio, error = a * d / (b * c), sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    assert (a, b) in two_by_two(ratio, error, a + b + c + d, a + c)


@pytest.mark.parametrize("inference", ["wald", "profile", "firth"])
def test_fitted_model_of_one_indicator_tells_its_table(inference):
    exposed = np.repeat([1.0, 1.0, 0.0, 0.0], [3, 9, 12, 16])
    event = np.repeat([1.0, 0.0, 1.0, 0.0], [3, 9, 12, 16])
    (fit,) = logistic(event, exposed[:, None], names=["x"], inference=inference)
    assert (3, 9) in two_by_two(fit.estimate, fit.std_error, 40, 15)


def test_model_of_a_measured_predictor_tells_no_table():
    rng = np.random.default_rng(1)
    for _ in range(30):
        x, event = rng.normal(size=60), rng.integers(0, 2, 60).astype(float)
        (fit,) = logistic(event, x[:, None], names=["x"], inference="wald")
        assert two_by_two(fit.estimate, fit.std_error, 60, event.sum()) == []


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 4), st.data())
def test_grades_told_are_those_of_every_sample_with_these_moments(top, data):
    n = data.draw(st.integers(2, 8))
    grades = st.lists(st.integers(0, top), min_size=n, max_size=n)
    values = np.array(data.draw(grades), dtype=float)
    same = [
        np.bincount(other, minlength=top + 1)
        for other in combinations_with_replacement(range(top + 1), n)
        if sum(other) == values.sum()
        and sum(v * v for v in other) == (values * values).sum()
    ]
    told = levels_told(
        n, values.mean(), values.std(ddof=1), low=0.0, step=1.0, high=float(top)
    )
    for what, fewest, most in told:
        if what.startswith("level"):
            found = [counts[int(what.split()[1])] for counts in same]
            assert (fewest, most) == (min(found), max(found))
            continue
        found = [n - counts[0 if "floor" in what else top] for counts in same]
        assert fewest <= min(found) <= max(found) <= most


def test_few_patients_off_the_floor_are_told():
    values = np.array([0.0] * 57 + [1.0] * 3)
    told = {
        what: (fewest, most)
        for what, fewest, most in levels_told(
            60, values.mean(), values.std(ddof=1), low=0.0, step=1.0, high=None
        )
    }
    assert told == {"off the floor": (3, 3)}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-6, 9).filter(bool), min_size=5, max_size=30))
def test_signed_rank_sum_tells_few_of_a_sign_only_where_there_are_few(values):
    found = signed_rank(np.array(values, dtype=float), zeros="drop", method="normal")
    positive = sum(value > 0 for value in values)
    if few_signs(found.estimate, len(values), 5):
        assert 0 < min(positive, len(values) - positive) < 5


@pytest.mark.parametrize("name", sorted(QUANTILES))
def test_patients_at_or_beyond_a_quantile_are_counted(name):
    for n in range(1, 60):
        values = np.arange(n)
        at = np.quantile(values, QUANTILES[name])
        beyond = min((values <= at).sum(), (values >= at).sum())
        assert fewest_patients_beyond(n, QUANTILES[name]) == beyond


def test_counts_of_groups_follow_by_subtraction():
    known = [(frozenset("AB"), 20.0), (frozenset("ABC"), 24.0)]
    assert follows(known, frozenset("C")) == pytest.approx(4)
    assert np.isnan(follows(known, frozenset("A")))
    assert tells(known, 5)
    assert not tells(known, 4)


def test_none_of_several_groups_is_none_of_each():
    known = [(frozenset("AB"), 0.0), (frozenset("BC"), 9.0), (frozenset("ACD"), 15.0)]
    # A and B are none, so C is 9 and D is 6.
    assert not tells(known, 5)
    assert tells(known, 7)
    assert not tells(known[1:], 7)


def test_odds_ratio_of_every_small_table_is_found_among_its_own():
    for a, b, c, d in product(range(1, 6), repeat=4):
        ratio, error = a * d / (b * c), sqrt(1 / a + 1 / b + 1 / c + 1 / d)
        for x, y in two_by_two(ratio, error, a + b + c + d, a + c):
            u, v = a + c - x, b + d - y
            halves = [(x, y, u, v), (x + 0.5, y + 0.5, u + 0.5, v + 0.5)]
            ratios = [log(p * s / (q * r)) for p, q, r, s in halves if p * q * r * s]
            assert any(abs(each - log(ratio)) < 1e-5 for each in ratios)
