"""Exact p-values against enumeration, and against whole numbers where p is tiny."""

from fractions import Fraction
from itertools import combinations, pairwise, permutations, product
from math import comb, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.stats.ranks import jonckheere, rank_sum, signed_rank, spearman


def rank(values):
    """Twice the midrank of each value, by counting."""
    return [
        2 * sum(w < v for w in values) + sum(w == v for w in values) + 1 for v in values
    ]


def list_signed_sums(differences, zeros):
    """Four times W+ under every assignment of signs, and as observed."""
    kept = [d for d in differences if d or zeros != "drop"]
    ranks = rank([abs(d) for d in kept])
    # Half of the ranks of the zeros is there always, when they are kept.
    fixed = sum(r for r, d in zip(ranks, kept, strict=True) if d == 0)
    fixed = fixed if zeros == "keep" else 0
    free = [2 * r for r, d in zip(ranks, kept, strict=True) if d]
    positive = [d > 0 for d in kept if d]
    sums = [
        fixed + sum(r for r, sign in zip(free, signs, strict=True) if sign)
        for signs in product([False, True], repeat=len(free))
    ]
    observed = fixed + sum(r for r, sign in zip(free, positive, strict=True) if sign)
    return sums, observed


def find_p(sums, observed, alternative):
    """Share of the sums that are as extreme as the observed one."""
    if alternative == "less":
        return np.mean([s <= observed for s in sums])
    if alternative == "greater":
        return np.mean([s >= observed for s in sums])
    centre = Fraction(sum(sums), len(sums))
    return np.mean([abs(s - centre) >= abs(observed - centre) for s in sums])


@given(
    st.lists(st.integers(-4, 4), min_size=1, max_size=9).filter(any),
    st.sampled_from(["drop", "pratt", "keep"]),
    st.sampled_from(["two-sided", "less", "greater"]),
)
@settings(deadline=None, max_examples=100)
def test_signed_rank_counts_all_assignments_of_signs(differences, zeros, alternative):
    sums, observed = list_signed_sums(differences, zeros)
    result = signed_rank(differences, zeros=zeros, alternative=alternative)
    assert result.estimate == observed / 4
    assert result.p_value == pytest.approx(
        find_p(sums, observed, alternative), rel=1e-12
    )


@given(
    st.lists(st.integers(0, 6), min_size=2, max_size=9),
    st.integers(1, 5),
    st.sampled_from(["two-sided", "less", "greater"]),
)
@settings(deadline=None, max_examples=100)
def test_rank_sum_counts_all_choices_of_the_first_sample(pooled, size, alternative):
    size = min(size, len(pooled) - 1)
    ranks = rank(pooled)
    sums = [sum(chosen) for chosen in combinations(ranks, size)]
    observed = sum(ranks[:size])
    x, y = pooled[:size], pooled[size:]
    result = rank_sum(x, y, alternative=alternative)
    assert result.estimate == sum((a > b) + (a == b) / 2 for a in x for b in y)
    assert result.p_value == pytest.approx(
        find_p(sums, observed, alternative), rel=1e-12
    )
    doubled = rank_sum(x, y, method="exact_doubled").p_value
    tails = [find_p(sums, observed, tail) for tail in ("less", "greater")]
    assert doubled == pytest.approx(min(1, 2 * min(tails)), rel=1e-12)


@given(st.lists(st.integers(0, 6), min_size=2, max_size=9), st.integers(1, 5))
@settings(deadline=None, max_examples=60)
def test_untied_rank_sum_doubles_the_tail_of_the_smaller_u_rounded_down(pooled, size):
    size = min(size, len(pooled) - 1)
    x, y = pooled[:size], pooled[size:]
    u = sum((a > b) + (a == b) / 2 for a in x for b in y)
    small = int(min(u, len(x) * len(y) - u))
    chosen = combinations(range(len(pooled)), size)
    low = [sum(c) - size * (size - 1) // 2 <= small for c in chosen]
    result = rank_sum(x, y, method="exact_untied")
    assert result.p_value == pytest.approx(min(1, 2 * np.mean(low)), rel=1e-12)


@given(
    st.lists(st.integers(0, 4), min_size=3, max_size=7),
    st.sampled_from([(1, 1), (1, 2), (2, 1), (2, 2), (1, 3)]),
)
@settings(deadline=None, max_examples=60)
def test_jonckheere_counts_all_orders_of_the_values(pooled, sizes):
    if sum(sizes) >= len(pooled):
        sizes = (1, 1)
    cuts = [0, sizes[0], sum(sizes), len(pooled)]

    def count(values):
        groups = [values[a:b] for a, b in pairwise(cuts)]
        return sum(
            2 * (b > a) + (b == a)
            for first, second in combinations(groups, 2)
            for a in first
            for b in second
        )

    result = jonckheere([pooled[a:b] for a, b in pairwise(cuts)])
    sums = [count(order) for order in permutations(pooled)]
    assert result.estimate == count(pooled) / 2
    assert result.p_value == pytest.approx(
        find_p(sums, count(pooled), "two-sided"), rel=1e-12
    )


def test_jonckheere_without_ties_counts_all_orders_of_the_values():
    pooled = [3.1, 0.2, 5.5, 4.0, 6.1, 2.2, 7.3, 8.8]
    sums = []
    for first in combinations(range(8), 2):
        rest = [i for i in range(8) if i not in first]
        for second in combinations(rest, 3):
            third = [i for i in rest if i not in second]
            parts = [first, second, third]
            sums.append(
                sum(
                    pooled[j] > pooled[i]
                    for a, b in combinations(parts, 2)
                    for i in a
                    for j in b
                )
            )
    result = jonckheere([pooled[:2], pooled[2:5], pooled[5:]])
    assert len(sums) == factorial(8) / (2 * 6 * 6)
    assert result.p_value == pytest.approx(find_p(sums, result.estimate, "two-sided"))


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=7
    ).filter(
        lambda data: all(len(set(column)) > 1 for column in zip(*data, strict=True))
    )
)
@settings(deadline=None, max_examples=60)
def test_spearman_counts_all_arrangements_of_one_variable(data):
    x, y = zip(*data, strict=True)
    a, b = rank(x), rank(y)
    sums = [
        sum(p * q for p, q in zip(a, order, strict=True)) for order in permutations(b)
    ]
    observed = sum(p * q for p, q in zip(a, b, strict=True))
    result = spearman(x, y, method="exact")
    assert result.p_value == pytest.approx(
        find_p(sums, observed, "two-sided"), rel=1e-12
    )


def test_spearman_of_a_perfect_order_of_fourteen_is_two_arrangements():
    result = spearman(range(14), range(14), method="exact")
    assert result.p_value == pytest.approx(2 / factorial(14), rel=1e-12)


def count_signed(ranks, limit):
    """Assignments of signs whose sum is at most limit, in whole numbers."""
    counts = np.zeros(limit + 1, dtype=object)
    counts[0] = 1
    for r in ranks:
        counts[r:] = counts[r:] + counts[: max(0, limit + 1 - r)]
    return int(counts.sum())


def count_subsets(ranks, size, limit):
    """Subsets whose sum is at most limit above the smallest one, in whole numbers."""
    base = sum(sorted(ranks)[:size])
    counts = np.zeros((size + 1, base + limit + 1), dtype=object)
    counts[0, 0] = 1
    for r in sorted(ranks):
        for kept in range(size, 0, -1):
            counts[kept, r:] += counts[kept - 1, : max(0, base + limit + 1 - r)]
    return int(counts[size].sum())


@pytest.mark.parametrize(("n", "n_negative"), [(30, 2), (60, 1), (110, 2), (200, 0)])
def test_signed_rank_keeps_eight_digits_of_a_tiny_p(n, n_negative):
    generator = np.random.default_rng(n)
    differences = generator.integers(1, 40, n)
    differences[:n_negative] = -1
    ranks = rank(list(map(abs, differences.tolist())))
    limit = sum(ranks[:n_negative])
    expected = Fraction(2 * count_signed(ranks, limit), 2**n)
    result = signed_rank(differences)
    assert result.p_value < 1e-6
    assert result.p_value == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize(("m", "n", "top"), [(25, 25, 20), (40, 30, 60), (11, 60, 9)])
def test_rank_sum_keeps_eight_digits_of_a_tiny_p(m, n, top):
    generator = np.random.default_rng(m)
    x = generator.integers(0, top, m).tolist()
    y = (generator.integers(0, top, n) + top - 2).tolist()
    ranks = rank(x + y)
    smallest = sum(sorted(ranks)[:m])
    low = count_subsets(ranks, m, sum(ranks[:m]) - smallest)
    ways = comb(m + n, m)
    result = rank_sum(x, y, alternative="less")
    assert result.p_value < 1e-9
    assert result.p_value == pytest.approx(float(Fraction(low, ways)), rel=1e-12)
    # Two-sided, the other tail is that of the mirrored ranks.
    mirrored = [2 * (m + n + 1) - r for r in ranks]
    far = 2 * m * (m + n + 1) - sum(ranks[:m])
    limit = 2 * m * (m + n + 1) - far - sum(sorted(mirrored)[:m])
    high = count_subsets(mirrored, m, limit) if limit >= 0 else 0
    both = rank_sum(x, y).p_value
    assert both == pytest.approx(float(Fraction(low + high, ways)), rel=1e-12)


def test_rank_sum_of_150_and_150_is_right_at_1e_minus_80():
    # One pair of neighbours exchanged at the border, and some ties inside.
    x = [*range(149), 150, 150]
    y = [149, 151, *range(151, 300)]
    ranks = rank(x + y)
    offset = sum(ranks[: len(x)]) - sum(sorted(ranks)[: len(x)])
    base_free = [r - min(ranks) for r in ranks]
    low = count_subsets_near(base_free, len(x), offset)
    expected = Fraction(low, comb(len(x) + len(y), len(x)))
    result = rank_sum(x, y, alternative="less")
    assert float(expected) < 1e-80
    assert result.p_value == pytest.approx(float(expected), rel=1e-12)


def count_subsets_near(ranks, size, limit):
    """The same count for a small limit: sums are held as offsets, in whole numbers."""
    ordered = sorted(ranks)
    states = {(0, 0): 1}
    for r in ordered:
        following = dict(states)
        for (kept, offset), count in states.items():
            if kept < size:
                moved = offset + r - ordered[kept]
                if moved <= limit:
                    key = (kept + 1, moved)
                    following[key] = following.get(key, 0) + count
        states = following
    return sum(count for (kept, _), count in states.items() if kept == size)


def test_rank_sum_agrees_with_whole_numbers_where_wilcox_exact_does_not():
    # The eleven and twenty-nine values of ranks.csv: coin 0.5305824465616735,
    # wilcox.exact 0.5257562024877015.
    x = [7, 6, 4, 10, 0, 6, 8, 0, 8, 5, 7]
    y = [3, 3, 10, 4, 11, 12, 7, 7, 7, 4, 8, 4, 6, 10, 7, 3, 4, 4, 7, 9, 7, 7, 9, 2]
    y += [6, 9, 7, 9, 3]
    ranks = rank(x + y)
    distance = abs(sum(ranks[:11]) - 11 * 41)
    smallest = sum(sorted(ranks)[:11])
    low = count_subsets(ranks, 11, 11 * 41 - distance - smallest)
    below = count_subsets(ranks, 11, 11 * 41 + distance - 1 - smallest)
    expected = Fraction(low + comb(40, 11) - below, comb(40, 11))
    assert float(expected) == pytest.approx(0.5305824465616735, rel=1e-12)
    assert rank_sum(x, y).p_value == pytest.approx(float(expected), rel=1e-12)
