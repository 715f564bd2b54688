import numpy as np
import pytest
from scipy.stats import chisquare

from ensemble_specs import cell, column, fits, spec, vectors
from rejia.ensemble.exact import build, count, demand, forecast
from rejia.ensemble.laws import log_weights
from rejia.errors import DataError

# n, scale, sums, spreads, zeros
CASES = [
    (4, (0, 6), (9, 11), (20, 60), None),
    (5, (-3, 3), (-1, 2), (30, 90), None),
    (3, (2, 9), (15, 16), (0, 30), None),
    (5, (0, 5), (6, 9), (40, 110), 2),
    (4, (1, 1), (4, 4), (0, 0), None),
    (1, (0, 9), (3, 5), (0, 0), None),
]


def toy(case):
    n, (low, high), sums, spreads, zeros = case
    only = cell("x", "A", n, sums, spreads, zeros=zeros)
    return spec([column("x", low, high)], (("A", n),), [only])


@pytest.mark.parametrize("case", CASES)
def test_count_is_the_number_of_listed_vectors(case):
    small = toy(case)
    listed = fits(small.cells[0], vectors(case[0], *case[1])).sum()
    found = count(small, "x", "A")
    assert found.ordered == listed > 0
    assert found.relative_error == 0.0


def test_count_is_zero_where_parity_forbids_every_vector():
    # Sum 3 of 2 values: the sum of squares is odd, 5 or 9, so the spread is 1 or 9.
    small = toy((2, (0, 3), (3, 3), (2, 8), None))
    assert count(small, "x", "A").ordered == 0.0


def test_count_states_its_error_beyond_whole_floats():
    large = toy((21, (0, 71), (71, 72), (7587, 7947), None))
    found = count(large, "x", "A")
    assert found.ordered > 2.0**53
    assert 0.0 < found.relative_error < 1e-11


def test_draws_are_uniform_over_the_listed_vectors():
    small = toy(CASES[0])
    listed = vectors(4, 0, 6)
    listed = listed[fits(small.cells[0], listed)]
    rng = np.random.default_rng(20)
    programme = build(demand(small, "x", "A"))
    drawn = programme.vectors(programme.states(60 * len(listed), rng), rng)
    assert fits(small.cells[0], drawn).all()
    base = 7 ** np.arange(4)
    found, times = np.unique(drawn @ base, return_counts=True)
    assert set(found) == set(listed @ base)
    assert chisquare(times).pvalue > 0.001


def test_zeros_are_drawn_in_every_place():
    small = toy(CASES[3])
    rng = np.random.default_rng(2)
    programme = build(demand(small, "x", "A"))
    drawn = programme.vectors(programme.states(4000, rng), rng)
    assert ((drawn == 0).sum(axis=1) == 2).all()
    assert (drawn == 0).mean(axis=0) == pytest.approx([0.4] * 5, abs=0.03)


@pytest.mark.parametrize("law", ["gamma", "lognormal"])
def test_weighted_draws_follow_the_products_of_weights(law):
    small = toy((4, (0, 6), (9, 11), (20, 60), None))
    asked = demand(small, "x", "A")
    logs = log_weights(small, "x", law)[0]
    weights = np.exp(logs[asked.low : asked.high + 1])
    listed = vectors(4, 0, 6)
    listed = listed[fits(small.cells[0], listed)]
    expected = np.exp(logs[listed].sum(axis=1))
    programme = build(asked, weights)
    assert programme.total == pytest.approx(expected.sum())
    rng = np.random.default_rng(3)
    drawn = programme.vectors(programme.states(20_000, rng), rng)
    mean = (expected * listed.max(axis=1)).sum() / expected.sum()
    assert drawn.max(axis=1).mean() == pytest.approx(mean, abs=0.03)


def test_forecast_is_the_size_of_the_table_that_is_built():
    asked = demand(toy(CASES[0]), "x", "A")
    assert forecast(asked).states == len(build(asked).table)
    assert forecast(asked).megabytes == pytest.approx(forecast(asked).states * 8e-6)


def test_a_table_that_does_not_fit_is_refused_before_it_is_built():
    large = toy((21, (0, 5000), (7298, 7318), (21929145, 22121505), None))
    with pytest.raises(DataError, match=r"states need \d+ MB; 400 MB are allowed"):
        count(large, "x", "A")


def test_an_unknown_group_is_refused():
    with pytest.raises(ValueError, match="group must be one of A, but got 'D'"):
        count(toy(CASES[0]), "x", "D")
