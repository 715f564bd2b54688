"""Exchange of visits within patients: enumeration, draws, brute force, models."""

from itertools import product
from math import comb, exp, inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.multiverse.arrangements import (
    Members,
    arrange,
    log_odds_ratios,
    superiority,
)
from rejia.stats.effects import probability_of_superiority
from rejia.stats.models import logistic


def generator(seed=1):
    return np.random.Generator(np.random.PCG64(seed))


def members(observed, exchanged):
    return Members(
        observed=np.array(observed, dtype=bool),
        exchanged=np.array(exchanged, dtype=bool),
    )


def groups_of(before, after):
    """Membership of worsened and of everyone else, by the sign of the change."""
    change = np.array(after) - np.array(before)
    worsened = members(change > 0, change < 0)
    return worsened, members(~(change > 0), ~(change < 0))


def test_few_patients_are_enumerated_each_arrangement_once():
    found = arrange(3, draws=8, generator=generator())
    assert found.is_exact
    assert {tuple(row) for row in found.swapped} == set(
        product([False, True], repeat=3)
    )
    assert not found.swapped[0].any()


def test_many_patients_are_drawn_each_with_probability_one_half():
    found = arrange(14, draws=10_000, generator=generator())
    assert not found.is_exact
    assert found.swapped.shape == (10_000, 14)
    # Five standard errors of a share of 140 000 tosses.
    assert abs(found.swapped.mean() - 0.5) < 5 * 0.5 / 140_000**0.5


def test_draws_are_those_of_their_seed():
    one, again, other = (
        arrange(20, draws=100, generator=generator(seed)).swapped for seed in (1, 1, 2)
    )
    assert (one == again).all()
    assert (one != other).any()


@pytest.mark.parametrize(("n", "draws"), [(-1, 10), (3, 0)])
def test_arguments_without_meaning_are_refused(n, draws):
    with pytest.raises(ValueError, match="must be at least"):
        arrange(n, draws=draws, generator=generator())


BEFORE = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0])
AFTER = np.array([5.0, 3.0, 5.0, 1.0, 2.0, 6.0, nan])


def naive(before, after, swapped):
    """Loop over patients as one would on paper."""
    first = [a if s else b for b, a, s in zip(before, after, swapped, strict=True)]
    last = [b if s else a for b, a, s in zip(before, after, swapped, strict=True)]
    x = [f for f, g in zip(first, last, strict=True) if g > f]
    y = [f for f, g in zip(first, last, strict=True) if not g > f and not isnan(f)]
    if not x or not y:
        return nan
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a in x for b in y]
    return sum(wins) / len(wins)


def test_superiority_is_that_of_a_loop_over_all_arrangements():
    swapped = arrange(7, draws=128, generator=generator()).swapped
    found = superiority(BEFORE, AFTER, *groups_of(BEFORE, AFTER), swapped)
    expected = [naive(BEFORE, AFTER, row) for row in swapped]
    np.testing.assert_allclose(found, expected, rtol=0, atol=0)


values = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=6
)


@settings(max_examples=60)
@given(values)
def test_superiority_of_any_pairs_is_that_of_a_loop(pairs):
    before, after = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    swapped = arrange(len(pairs), draws=64, generator=generator()).swapped
    found = superiority(before, after, *groups_of(before, after), swapped)
    expected = [naive(before, after, row) for row in swapped]
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=60)
@given(values)
def test_exchange_of_everybody_is_the_study_read_backwards(pairs):
    before, after = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    everybody = np.ones((1, len(pairs)), dtype=bool)
    nobody = ~everybody
    forwards = superiority(before, after, *groups_of(before, after), everybody)
    backwards = superiority(after, before, *groups_of(after, before), nobody)
    np.testing.assert_array_equal(forwards, backwards)


def test_arrangement_as_observed_gives_the_probability_of_superiority():
    worsened, others = groups_of(BEFORE, AFTER)
    nobody = np.zeros((1, 7), dtype=bool)
    (found,) = superiority(BEFORE, AFTER, worsened, others, nobody)
    there = probability_of_superiority(
        BEFORE[worsened.observed], BEFORE[others.observed]
    )
    assert found == pytest.approx(there.estimate, abs=1e-15)


def test_coupling_alone_puts_the_worsened_below():
    # No value is better than its pair, and each group has the lower states first.
    before = np.arange(0, 20, 2.0)
    after = before[::-1] + 1.0
    swapped = arrange(10, draws=1024, generator=generator()).swapped
    found = superiority(before, after, *groups_of(before, after), swapped)
    assert np.nanmean(found) < 0.35


def test_draws_agree_with_the_enumeration_within_their_error():
    before = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3])
    after = np.array([5.0, 8, 9, 7, 9, 3, 2, 3, 8, 4])
    both = groups_of(before, after)
    whole = superiority(
        before, after, *both, arrange(10, draws=1024, generator=generator()).swapped
    )
    drawn = superiority(before, after, *both, generator(7).random((10_000, 10)) < 0.5)
    whole, drawn = whole[~np.isnan(whole)], drawn[~np.isnan(drawn)]
    error = whole.std() / len(drawn) ** 0.5
    assert abs(drawn.mean() - whole.mean()) < 5 * error
    for bound in (0.2, 0.35, 0.5):
        share = (whole <= bound).mean()
        spread = (share * (1 - share) / len(drawn)) ** 0.5
        assert abs((drawn <= bound).mean() - share) < 5 * spread + 1e-12


def test_group_without_a_value_has_no_superiority():
    swapped = np.zeros((1, 2), dtype=bool)
    none = members([False, False], [False, False])
    both = members([True, True], [True, True])
    (found,) = superiority(np.array([1.0, 2]), np.array([1.0, 2]), none, both, swapped)
    assert isnan(found)


# Age, glucocorticoid before and after, and the event, of twelve patients.
AGE = [2.0, 3.5, 1.0, 7.0, 8.5, 4.0, 6.0, 5.5, 9.0, 2.5, 6.5, 3.0]
DOSE = [10.0, 5, 0, 20, 15, 2, 8, 30, 4, 12, 6, 1]
LATER = [0.0, 2, 1, 5, 0, 0, 3, 4, 1, 0, 2, 0]
EVENT = np.array([0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1], dtype=bool)
TURNED = np.array([0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0], dtype=bool)
INFERENCES = [("wald", False), ("firth", True)]


@pytest.mark.parametrize(("inference", "is_penalized"), INFERENCES)
@pytest.mark.parametrize("columns", [[0], [1], [0, 1]])
def test_odds_ratios_of_each_arrangement_are_those_of_the_model(
    columns, inference, is_penalized
):
    before = np.column_stack([AGE, DOSE])[:, columns]
    after = np.column_stack([AGE, LATER])[:, columns]
    swapped = generator(3).random((40, 12)) < 0.5
    swapped[0] = False
    event = members(EVENT, TURNED)
    found = log_odds_ratios(before, after, event, swapped, is_penalized=is_penalized)
    names = [str(column) for column in columns]
    for row, log_ratios in zip(swapped, found, strict=True):
        x = np.where(row[:, None], after, before)
        y = np.where(row, TURNED, EVENT)
        expected = logistic(y, x, names=names, inference=inference)
        for log_ratio, estimate in zip(log_ratios, expected, strict=True):
            if isnan(log_ratio):
                assert "separation" in estimate.warning
            else:
                assert exp(log_ratio) == pytest.approx(estimate.estimate, rel=1e-6)


def test_separating_predictor_runs_off_in_its_direction():
    x = np.array([[1.0], [2], [3], [4]])
    nobody = np.zeros((1, 4), dtype=bool)
    up = members([0, 0, 1, 1], [0, 0, 0, 0])
    down = members([1, 1, 0, 0], [0, 0, 0, 0])
    assert log_odds_ratios(x, x, up, nobody)[0, 0] == inf
    assert log_odds_ratios(x, x, down, nobody)[0, 0] == -inf


@pytest.mark.parametrize(
    ("values", "event"),
    [([1.0, 1, 1, 1], [0, 1, 0, 1]), ([1.0, 2, 3, 4], [0, 0, 0, 0])],
)
def test_constant_predictor_or_no_event_has_no_odds_ratio(values, event):
    x = np.array(values)[:, None]
    nobody = np.zeros((1, 4), dtype=bool)
    found = log_odds_ratios(x, x, members(event, [0, 0, 0, 0]), nobody)
    assert isnan(found[0, 0])


def test_missing_value_leaves_its_patient_out_of_the_model():
    x = np.array([*AGE, nan])[:, None]
    event = members([*EVENT, True], [*TURNED, False])
    nobody = np.zeros((1, 13), dtype=bool)
    whole = log_odds_ratios(
        x[:12], x[:12], members(EVENT, TURNED), np.zeros((1, 12), dtype=bool)
    )
    assert log_odds_ratios(x, x, event, nobody) == pytest.approx(whole, rel=1e-9)


def test_sizes_under_exchange_are_those_of_coin_tosses():
    worsened, _ = groups_of([0.0] * 6, [1.0] * 6)
    swapped = arrange(6, draws=64, generator=generator()).swapped
    sizes = np.bincount(worsened.at(swapped).sum(axis=1), minlength=7)
    assert sizes.tolist() == [comb(6, k) for k in range(7)]
