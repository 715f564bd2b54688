"""Joined pools against complete lists and against the exact programme."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chisquare

from ensemble_specs import cell, column, fits, spec, vectors
from rejia.ensemble import chains, pool_groups, pools
from rejia.ensemble.laws import log_weights
from rejia.ensemble.tilt import windows
from test_ensemble_chains import TWO_GROUPS, linked_with_ends

BLOCK = 1024


@pytest.fixture(autouse=True)
def at_any_price(monkeypatch):
    # Of small specs many cohorts share halves unless most pairs are thrown away.
    monkeypatch.setattr(pools, "_DEAREST_ALONE", 10**9)


def posed(small, law=None):
    link = chains.links(small)[0]
    weights = None
    if law is not None:
        weights = {name: log_weights(small, name, law) for name in link.bases}
    problem = chains.pose(small, link, weights)
    words = chains.seed_words(5, "pose")
    return pools.pose_pools(small, link.columns, problem, BLOCK, words)


def drawn(small, blocks, law=None):
    """Cohorts of the first link: ``[cohort, coordinate, patient]``."""
    found = posed(small, law)
    parts = [found.draw(BLOCK, chains.seed_words(7, block)) for block in range(blocks)]
    return np.concatenate(parts, axis=2).transpose(2, 0, 1)


def test_two_groups_and_their_total_are_uniform_over_the_list():
    listed = vectors(7, 0, 7)
    for one, members in zip(
        TWO_GROUPS.cells, (slice(0, 3), slice(3, 7), slice(0, 7)), strict=True
    ):
        listed = listed[fits(one, listed[:, members])]

    # In order within groups, so that the list is short enough to be counted.
    def key(values):
        whole = np.concatenate(
            [np.sort(values[:, :3], axis=1), np.sort(values[:, 3:], axis=1)], axis=1
        )
        return whole @ 8 ** np.arange(7)

    names, expected = np.unique(key(listed), return_counts=True)
    draws = key(drawn(TWO_GROUPS, 12)[:, 0])
    assert set(draws) <= set(names)
    times = np.bincount(np.searchsorted(names, draws), minlength=len(names))
    ready = expected * len(draws) / expected.sum()
    few = ready < 8
    if few.any():
        times = np.append(times[~few], times[few].sum())
        ready = np.append(ready[~few], ready[few].sum())
    assert len(ready) > 60
    assert chisquare(times, ready).pvalue > 0.001


def z_score(series, expected):
    error = series.std() / np.sqrt(len(series))
    return abs(series.mean() - expected) / max(error, 1e-12)


def functionals(values):
    return [
        values.max(axis=1),
        values.min(axis=1),
        (values.astype(float) ** 3).mean(axis=1),
        values[:, 0],
        values[:, 0] * values[:, 1],
    ]


@pytest.mark.parametrize("law", [None, "gamma", "lognormal"])
def test_weighted_draws_follow_the_products_of_weights(law):
    small = spec(
        [column("x", 0, 9)], (("A", 5),), [cell("x", "A", 5, (12, 14), (70, 130))]
    )
    listed = vectors(5, 0, 9)
    listed = listed[fits(small.cells[0], listed)]
    weights = np.ones(len(listed))
    if law is not None:
        weights = np.exp(log_weights(small, "x", law)[0][listed].sum(axis=1))
    values = drawn(small, 12, law)[:, 0]
    assert fits(small.cells[0], values).all()
    for one, other in zip(functionals(values), functionals(listed), strict=True):
        assert z_score(one, (weights * other).sum() / weights.sum()) < 3.5


def joined(of_a, of_b):
    return np.concatenate(
        [np.repeat(of_a, len(of_b), axis=0), np.tile(of_b, (len(of_a), 1))], axis=1
    )


@pytest.mark.parametrize("reach", [0, 1, 2])
def test_ends_of_linked_columns_have_their_share_of_the_list(reach, monkeypatch):
    monkeypatch.setattr(pool_groups, "reach_of", lambda *_: reach)
    small = linked_with_ends()
    one = vectors(3, 0, 4)
    pairs = []
    for of_x, of_y in ((0, 2), (1, 3)):
        x, y = one[fits(small.cells[of_x], one)], one[fits(small.cells[of_y], one)]
        first = np.repeat(x, len(y), axis=0)
        whole = first + np.tile(y, (len(x), 1))
        good = (whole >= 1).all(axis=1) & (whole <= 7).all(axis=1)
        pairs.append((first[good], whole[good]))
    (xa, za), (xb, zb) = pairs
    x, z = joined(xa, xb), joined(za, zb)
    good = fits(small.cells[4], x) & fits(small.cells[5], z)
    x, z = x[good], z[good]
    values = drawn(small, 12)
    assert fits(small.cells[4], values[:, 0]).all()
    assert fits(small.cells[5], values[:, 2]).all()
    assert (values[:, 2] == values[:, 0] + values[:, 1]).all()
    for members in (slice(0, 3), slice(3, 6)):
        for at, listed in ((0, x), (2, z)):
            for found, known in zip(
                functionals(values[:, at, members]),
                functionals(listed[:, members]),
                strict=True,
            ):
                assert z_score(found, known.mean()) < 3.5
        for at, listed, value in ((0, x, 0), (2, z, 1), (2, z, 7)):
            share = (listed[:, members] == value).any(axis=1).mean()
            held = (values[:, at, members] == value).any(axis=1)
            assert z_score(held, share) < 3.5
    twice = ((z == 7).sum(axis=1) > 1).mean()
    assert z_score((values[:, 2] == 7).sum(axis=1) > 1, twice) < 3.5
    both = (z[:, :3] == 1).any(axis=1) & (z[:, :3] == 7).any(axis=1)
    found = (values[:, 2, :3] == 1).any(axis=1) & (values[:, 2, :3] == 7).any(axis=1)
    assert z_score(found, both.mean()) < 3.5


def test_a_block_depends_on_its_stream_alone_and_survives_pickling():
    found = posed(linked_with_ends())
    again = pickle.loads(pickle.dumps(found))
    words = chains.seed_words(7, 3)
    first = found.draw(64, words)
    found.draw(64, chains.seed_words(7, 4))
    assert (again.draw(64, words) == first).all()
    assert (posed(linked_with_ends()).draw(64, words) == first).all()
    assert (found.draw(64, chains.seed_words(7, 4)) != first).any()


def test_windows_are_drawn_in_by_totals_and_links():
    # A + B is at least 19 and A at most 8, so that B is at least 11.
    small = replace(
        TWO_GROUPS,
        cells=(*TWO_GROUPS.cells[:2], cell("x", "A+B", 7, (19, 20), (0, 999))),
    )
    link = chains.links(small)[0]
    found = windows(small, link.columns, chains.pose(small, link, None))
    assert found.sums[0].tolist() == [[5, 8], [11, 14]]
    none = replace(small.cells[2], sum_low=23, sum_high=23)
    small = replace(small, cells=(*small.cells[:2], none))
    assert windows(small, link.columns, chains.pose(small, link, None)) is None
