"""Draws from a slab against complete lists and against the exact programme."""

import numpy as np
import pytest
from scipy.stats import chisquare

from ensemble_specs import cell, column, fits, spec, vectors
from rejia.ensemble import slab
from rejia.ensemble.exact import build, demand

TWO = spec(
    [column("x", 0, 6)],
    (("A", 2), ("B", 3)),
    [
        cell("x", "A", 2, (4, 6), (1, 16)),
        cell("x", "B", 3, (7, 10), (6, 42)),
        cell("x", "A+B", 5, (12, 15), (30, 120)),
    ],
)


def drawn(small, cohorts, seed=3):
    found = slab.slabs(small, "x")
    rng = np.random.default_rng(seed)
    return slab.draw_slabs(small, "x", found, cohorts, rng).T


def test_draws_are_uniform_over_the_listed_vectors_of_two_groups_and_a_total():
    listed = vectors(5, 0, 6)
    for one, members in zip(
        TWO.cells, (slice(0, 2), slice(2, 5), slice(0, 5)), strict=True
    ):
        listed = listed[fits(one, listed[:, members])]
    base = 7 ** np.arange(5)
    found, times = np.unique(drawn(TWO, 60 * len(listed)) @ base, return_counts=True)
    assert set(found) == set(listed @ base)
    assert chisquare(times).pvalue > 0.001


def test_a_spread_of_nothing_is_drawn_too():
    # The slab begins at the mean itself, and reaches vectors at the ends of the scale.
    small = spec([column("x", 0, 3)], (("A", 3),), [cell("x", "A", 3, (0, 9), (0, 6))])
    listed = vectors(3, 0, 3)
    listed = listed[fits(small.cells[0], listed)]
    base = 4 ** np.arange(3)
    found, times = np.unique(drawn(small, 100 * len(listed)) @ base, return_counts=True)
    assert set(found) == set(listed @ base)
    assert chisquare(times).pvalue > 0.001


def test_draws_agree_with_the_exact_programme():
    # Erythrocyte sedimentation rate before, group A.
    large = spec(
        [column("x", 0, 150)],
        (("A", 11),),
        [cell("x", "A", 11, (446, 456), (20048, 23127))],
    )
    rng = np.random.default_rng(8)
    programme = build(demand(large, "x", "A"))
    exact = programme.vectors(programme.states(20_000, rng), rng)
    for functional in (
        lambda values: values.max(axis=1),
        lambda values: values.min(axis=1),
        lambda values: (values**3.0).mean(axis=1),
        lambda values: (values == 40).sum(axis=1),
    ):
        one, other = functional(drawn(large, 20_000)), functional(exact)
        error = np.hypot(one.std(), other.std()) / np.sqrt(20_000)
        assert abs(one.mean() - other.mean()) < 3.0 * error


@pytest.mark.parametrize("more", [{"lowest": 0}, {"highest": 6}, {"zeros": 1}])
def test_ends_and_zeros_are_left_to_other_engines(more):
    asked = spec(
        [column("x", 0, 6)], (("A", 4),), [cell("x", "A", 4, (8, 12), (4, 90), **more)]
    )
    assert slab.slabs(asked, "x") == ()


def test_a_slab_of_which_the_scale_leaves_little_is_too_dear():
    skewed = spec(
        [column("x", 0, 71)],
        (("C", 21),),
        [cell("x", "C", 21, (71, 72), (7587, 7947))],
    )
    found = slab.slabs(skewed, "x")
    assert not slab.is_cheap(skewed, "x", found, np.random.default_rng(1))
    found = slab.slabs(TWO, "x")
    assert slab.is_cheap(TWO, "x", found, np.random.default_rng(1))
