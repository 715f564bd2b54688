"""Chains against complete lists and against the exact programme."""

import numpy as np
import pytest

from ensemble_specs import cell, column, fits, spec, vectors
from rejia.ensemble import chains
from rejia.ensemble.diagnose import effective_size, r_hat, u_statistic, w_plus
from rejia.ensemble.exact import build, demand
from rejia.ensemble.laws import log_weights
from rejia.ensemble.model import SignRule, SumRule
from rejia.errors import DataError


def walked(small, draws, *, thin, seed=5, law=None):
    """Cohorts of the first link: ``[cohort, column, patient]``."""
    link = chains.links(small)[0]
    weights = None
    if law is not None:
        weights = {name: log_weights(small, name, law) for name in link.bases}
    problem = chains.pose(small, link, weights)
    chains.tune(small, link, problem, seed)
    drawn = chains.draw_block(
        small, link, problem, draws=draws, thin=thin, seed=seed, block=0
    )
    return drawn.transpose(2, 0, 1)


def z_score(series, expected):
    """Distance of a mean of chains from the truth, in its standard errors."""
    by_chain = series.reshape(chains.CHAINS, -1).astype(float)
    error = by_chain.std() / np.sqrt(effective_size(by_chain))
    return abs(by_chain.mean() - expected) / max(error, 1e-12)


def functionals(values):
    """Of ``[cohort, patient]``: maximum, third moment, zeros, first patient's."""
    return [
        values.max(axis=1),
        (values.astype(float) ** 3).mean(axis=1),
        (values == 0).sum(axis=1),
        values[:, 0],
    ]


TWO_GROUPS = spec(
    [column("x", 0, 7)],
    (("A", 3), ("B", 4)),
    [
        cell("x", "A", 3, (5, 8), (6, 40)),
        cell("x", "B", 4, (10, 14), (20, 120)),
        cell("x", "A+B", 7, (17, 19), (100, 260)),
    ],
)


def test_chains_are_uniform_over_two_groups_and_their_total():
    listed = vectors(7, 0, 7)
    for one, members in zip(
        TWO_GROUPS.cells, (slice(0, 3), slice(3, 7), slice(0, 7)), strict=True
    ):
        listed = listed[fits(one, listed[:, members])]
    drawn = walked(TWO_GROUPS, 8192, thin=60)[:, 0]
    for members in (slice(0, 3), slice(3, 7), slice(0, 7)):
        for of_chains, of_list in zip(
            functionals(drawn[:, members]),
            functionals(listed[:, members]),
            strict=True,
        ):
            assert z_score(of_chains, of_list.mean()) < 3.0


@pytest.mark.parametrize("law", ["gamma", "lognormal"])
def test_weighted_chains_follow_the_products_of_weights(law):
    small = spec(
        [column("x", 0, 9)], (("A", 5),), [cell("x", "A", 5, (12, 14), (70, 130))]
    )
    listed = vectors(5, 0, 9)
    listed = listed[fits(small.cells[0], listed)]
    weights = np.exp(log_weights(small, "x", law)[0][listed].sum(axis=1))
    drawn = walked(small, 65_536, thin=60, law=law)[:, 0]
    for of_chains, of_list in zip(functionals(drawn), functionals(listed), strict=True):
        expected = (weights * of_list).sum() / weights.sum()
        assert z_score(of_chains, expected) < 3.0


def test_holders_of_the_ends_have_their_share_of_the_list():
    # The ends of the range are held now in A, now in B.
    small = spec(
        [column("x", 0, 8)],
        (("A", 3), ("B", 3)),
        [
            cell("x", "A", 3, (9, 12), (10, 90)),
            cell("x", "B", 3, (11, 14), (10, 90)),
            cell("x", "A+B", 6, (20, 26), (0, 600), lowest=0, highest=8),
        ],
    )
    listed = vectors(6, 0, 8)
    for one, members in zip(
        small.cells, (slice(0, 3), slice(3, 6), slice(0, 6)), strict=True
    ):
        listed = listed[fits(one, listed[:, members])]
    drawn = walked(small, 8192, thin=80)[:, 0]
    assert fits(small.cells[2], drawn).all()
    for value in (0, 8):
        in_a = (drawn[:, :3] == value).any(axis=1)
        share = (listed[:, :3] == value).any(axis=1).mean()
        assert 0.02 < share < 0.98
        assert z_score(in_a, share) < 3.0


def test_a_sum_of_columns_keeps_to_its_own_windows():
    rule = SumRule("z", ("x", "y"))
    small = spec(
        [column("x", 0, 4), column("y", 0, 4), column("z", 1, 7)],
        (("A", 4),),
        [
            cell("x", "A", 4, (7, 9), (8, 40)),
            cell("y", "A", 4, (6, 9), (8, 40)),
            cell("z", "A", 4, (14, 17), (4, 30)),
        ],
        [rule],
    )
    one = vectors(4, 0, 4)
    x, y = one[fits(small.cells[0], one)], one[fits(small.cells[1], one)]
    whole = (x[:, None] + y[None]).reshape(-1, 4)
    good = fits(small.cells[2], whole) & (whole >= 1).all(1) & (whole <= 7).all(1)
    firsts, whole = np.repeat(x, len(y), axis=0)[good], whole[good]
    drawn = walked(small, 8192, thin=120)
    assert (drawn[:, 2] == drawn[:, 0] + drawn[:, 1]).all()
    pairs = [(drawn[:, 2], whole), (drawn[:, 0], firsts)]
    for of_chains, of_list in pairs:
        assert z_score(of_chains.max(axis=1), of_list.max(axis=1).mean()) < 3.0
        cubes = [(v.astype(float) ** 3).mean(axis=1) for v in (of_chains, of_list)]
        assert z_score(cubes[0], cubes[1].mean()) < 3.0


def linked_with_ends():
    """Two linked columns of two groups; ends of parts and of the sum are attained."""
    rule = SumRule("z", ("x", "y"))
    return spec(
        [column("x", 0, 4), column("y", 0, 4), column("z", 1, 7)],
        (("A", 3), ("B", 3)),
        [
            cell("x", "A", 3, (4, 6), (2, 30)),
            cell("x", "B", 3, (5, 8), (2, 30)),
            cell("y", "A", 3, (4, 7), (2, 30)),
            cell("y", "B", 3, (4, 6), (2, 30)),
            cell("x", "A+B", 6, (10, 13), (0, 999), lowest=0),
            cell("z", "A+B", 6, (20, 24), (0, 999), lowest=1, highest=7),
        ],
        [rule],
    )


def test_holders_of_the_ends_of_linked_columns_have_their_share_of_the_list():
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

    def joined(of_a, of_b):
        return np.concatenate(
            [np.repeat(of_a, len(of_b), axis=0), np.tile(of_b, (len(of_a), 1))], axis=1
        )

    x, z = joined(xa, xb), joined(za, zb)
    good = fits(small.cells[4], x) & fits(small.cells[5], z)
    x, z = x[good], z[good]
    drawn = walked(small, 16_384, thin=160)
    assert fits(small.cells[4], drawn[:, 0]).all()
    assert fits(small.cells[5], drawn[:, 2]).all()
    for members in (slice(0, 3), slice(3, 6)):
        for at, listed, value in ((0, x, 0), (2, z, 1), (2, z, 7)):
            share = (listed[:, members] == value).any(axis=1).mean()
            held = (drawn[:, at, members] == value).any(axis=1)
            assert 0.02 < share < 0.98
            assert z_score(held, share) < 3.5
        cubes = [(v[:, members].astype(float) ** 3).mean(axis=1) for v in (x, z)]
        for at, cube in zip((0, 2), cubes, strict=True):
            found = (drawn[:, at, members].astype(float) ** 3).mean(axis=1)
            assert z_score(found, cube.mean()) < 3.5
    # Who holds both ends of the sum: one group, or one each.
    both = (z[:, :3] == 1).any(axis=1) & (z[:, :3] == 7).any(axis=1)
    found = (drawn[:, 2, :3] == 1).any(axis=1) & (drawn[:, 2, :3] == 7).any(axis=1)
    assert z_score(found, both.mean()) < 3.5


def test_changes_have_the_sign_of_their_group():
    columns = [column("x", 0, 5, visit="before"), column("x", 0, 5, visit="after")]
    names = [c.name for c in columns]
    small = spec(
        columns,
        (("A", 3), ("B", 2), ("C", 3)),
        [
            cell(names[0], "A", 3, (8, 11), (2, 40)),
            cell(names[1], "A", 3, (3, 5), (2, 40)),
            cell(names[0], "B", 2, (4, 6), (1, 16)),
            cell(names[1], "B", 2, (5, 7), (0, 20)),
            cell(names[0], "C", 3, (2, 5), (2, 40)),
            cell(names[1], "C", 3, (6, 10), (2, 40)),
        ],
        [SignRule(*names, (("A", -1), ("B", 0), ("C", 1)))],
    )
    drawn = walked(small, 8192, thin=120)
    change = drawn[:, 1] - drawn[:, 0]
    assert (change[:, :3] < 0).all()
    assert (change[:, 3:5] == 0).all()
    assert (change[:, 5:] > 0).all()
    for sign, low, high, at in ((-1, 0, 3, 0), (0, 3, 5, 2), (1, 5, 8, 4)):
        one = vectors(high - low, 0, 5)
        before, after = (one[fits(small.cells[at + i], one)] for i in (0, 1))
        pairs = np.sign(after[None] - before[:, None])
        first, _ = np.nonzero((pairs == sign).all(axis=2))
        top = before[first].max(axis=1)
        assert z_score(drawn[:, 0, low:high].max(axis=1), top.mean()) < 3.0


def test_chains_agree_with_the_exact_programme():
    # Active joints before, group C, and joints with limited motion after, group C.
    for high, sums, spreads in (
        (71, (71, 72), (7587, 7947)),
        (69, (29, 30), (1144, 1286)),
    ):
        large = spec(
            [column("x", 0, high)], (("C", 21),), [cell("x", "C", 21, sums, spreads)]
        )
        rng = np.random.default_rng(8)
        programme = build(demand(large, "x", "C"))
        exact = programme.vectors(programme.states(40_000, rng), rng)
        drawn = walked(large, 4096, thin=210)[:, 0]
        for of_chains, of_exact in zip(
            functionals(drawn), functionals(exact), strict=True
        ):
            by_chain = of_chains.reshape(chains.CHAINS, -1).astype(float)
            error = np.hypot(
                by_chain.std() / np.sqrt(effective_size(by_chain)),
                of_exact.std() / np.sqrt(len(of_exact)),
            )
            assert abs(by_chain.mean() - of_exact.mean()) < 3.0 * error
            assert r_hat(by_chain) < 1.02


def test_no_start_is_an_error_that_claims_no_proof():
    # Each window can be met, both together cannot: the spread is odd for odd sums.
    small = spec([column("x", 0, 3)], (("A", 2),), [cell("x", "A", 2, (3, 3), (2, 8))])
    with pytest.raises(DataError, match="x: no start was found in 30 descents"):
        walked(small, 4, thin=4)


def test_effective_size_of_an_autoregression_is_its_known_one():
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(4, 20_000))
    series = np.zeros_like(noise)
    for at in range(1, noise.shape[1]):
        series[:, at] = 0.5 * series[:, at - 1] + noise[:, at]
    # (1 - 0.5) / (1 + 0.5) of the draws.
    assert effective_size(series) == pytest.approx(80_000 / 3, rel=0.06)
    assert r_hat(series) == pytest.approx(1.0, abs=0.002)
    assert r_hat(series + 3 * np.arange(4)[:, None]) > 1.5


def test_rank_functionals_move_with_the_tests_they_stand_for():
    from scipy.stats import mannwhitneyu, wilcoxon

    rng = np.random.default_rng(4)
    values = rng.integers(0, 9, (12, 5))
    chosen = np.arange(12) >= 7
    before, after = rng.permuted(np.tile(np.arange(8)[:, None], 5), axis=0), None
    after = before + rng.permuted(
        np.tile([[-9], [-5], [-2], [1], [3], [4], [7], [8]], 5)
    )
    for at in range(5):
        u = mannwhitneyu(values[chosen, at], values[~chosen, at]).statistic
        assert u_statistic(values, chosen)[at] == 2 * u - 5 * 7
        w = wilcoxon(after[:, at] - before[:, at], alternative="greater").statistic
        assert w_plus(before, after)[at] == 2 * w - 8 * 9 / 2
