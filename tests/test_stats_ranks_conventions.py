"""What each program does by default, against the programs that run here."""

import csv
from pathlib import Path

import numpy as np
import pytest
import scipy
from scipy import stats

from rejia.stats.ranks import (
    CONVENTIONS,
    all_conventions,
    printed,
    rank_sum,
    resolve,
    signed_rank,
)

REFERENCE = Path(__file__).parent / "reference"

# convention, n, zeros among them, ties; how zeros are treated, and the method.
SIGNED_RANK = [
    ("spss-16-npar", 9, 0, False, ("drop", "normal")),
    ("spss-16-npar", 80, 3, True, ("drop", "normal")),
    ("sas-9.3-univariate", 20, 0, True, ("drop", "exact")),
    ("sas-9.3-univariate", 24, 4, True, ("drop", "exact")),
    ("sas-9.3-univariate", 21, 0, False, ("drop", "student_t")),
    ("r-4.5", 49, 0, False, ("drop", "exact")),
    ("r-4.5", 50, 0, False, ("drop", "normal_corrected")),
    ("r-4.5", 49, 0, True, ("drop", "normal_corrected")),
    ("r-4.5", 49, 1, False, ("drop", "normal_corrected")),
    ("r-4.6", 49, 0, False, ("pratt", "exact")),
    ("r-4.6", 49, 9, True, ("pratt", "exact")),
    ("r-4.6", 50, 9, True, ("drop", "normal_corrected")),
    ("scipy-1.17", 50, 0, False, ("drop", "exact")),
    ("scipy-1.17", 51, 0, False, ("drop", "normal")),
    ("scipy-1.17", 13, 0, True, ("drop", "exact")),
    ("scipy-1.17", 13, 2, True, ("drop", "exact")),
    ("scipy-1.17", 14, 0, True, ("drop", "normal")),
    ("scipy-1.17", 14, 1, False, ("drop", "normal")),
]


@pytest.mark.parametrize(("convention", "n", "n_zero", "ties", "expected"), SIGNED_RANK)
def test_resolve_knows_when_each_program_turns_to_exact_for_pairs(
    convention, n, n_zero, ties, expected
):
    found = resolve(convention, "signed_rank", n=n, n_zero=n_zero, ties=ties)
    assert (found["zeros"], found["method"]) == expected


RANK_SUM = [
    ("spss-16-npar", (3, 4), False, "normal"),
    ("spss-16-npar", (20, 21), True, "normal"),
    ("sas-9.3-npar1way", (3, 4), False, "normal_corrected"),
    ("r-4.5", (49, 49), False, "exact"),
    ("r-4.5", (49, 50), False, "normal_corrected"),
    ("r-4.5", (9, 8), True, "normal_corrected"),
    ("r-4.6", (49, 12), False, "exact"),
    ("r-4.6", (49, 12), True, "exact_doubled"),
    ("r-4.6", (49, 49), True, "exact"),
    ("r-4.6", (50, 3), True, "normal_corrected"),
    ("scipy-1.17", (8, 500), False, "exact"),
    ("scipy-1.17", (9, 9), False, "normal_corrected"),
    ("scipy-1.17", (8, 8), True, "normal_corrected"),
]


@pytest.mark.parametrize(("convention", "n", "ties", "method"), RANK_SUM)
def test_resolve_knows_when_each_program_turns_to_exact_for_samples(
    convention, n, ties, method
):
    found = resolve(convention, "rank_sum", n=n, n_zero=0, ties=ties)
    assert found == {"method": method}


@pytest.mark.parametrize(("n", "count"), [((20, 20), 2), ((8, 50), 2), ((20, 21), 1)])
def test_spss_prints_an_exact_p_beside_u_up_to_400_pairs(n, count):
    found = printed("spss-16-npar", "rank_sum", n=n, n_zero=0, ties=True)
    assert [arguments["method"] for _, arguments in found] == [
        "normal",
        "exact_untied",
    ][:count]


def test_npar1way_prints_the_same_z_by_normal_and_by_student():
    found = printed("sas-9.3-npar1way", "rank_sum", n=(5, 6), n_zero=0, ties=False)
    methods = [arguments["method"] for _, arguments in found]
    assert methods == ["normal_corrected", "student_t"]


def find_default(convention, test, samples):
    (found,) = (
        result
        for result in all_conventions(test, *samples)
        if result.convention == convention and result.is_default
    )
    return found.estimate


def read_samples(row):
    return [[float(v) for v in row[name].split()] for name in "xy" if row[name]]


@pytest.mark.parametrize(
    ("version", "convention"),
    [("4.2.2", "r-4.5"), ("4.5.1", "r-4.5"), ("4.6.0", "r-4.6")],
)
def test_the_conventions_of_r_give_what_r_of_that_version_gave(version, convention):
    text = (REFERENCE / f"ranks_wilcox_{version}.csv").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert version in lines[0]
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert len(rows) > 30
    for row in rows:
        result = find_default(convention, row["test"], read_samples(row))
        assert result.estimate == float(row["statistic"]), row
        assert result.p_value == pytest.approx(float(row["p_value"]), rel=1e-8), row


def make_differences(n, n_zero, ties, seed):
    generator = np.random.default_rng(seed)
    sizes = generator.integers(1, 6, n) if ties else 1 + generator.permutation(n)
    differences = sizes * generator.choice([-1, 1, 1], n)
    differences[:n_zero] = 0
    return differences


# n, zeros among them, ties: either side of each of SciPy's limits.
SCIPY_PAIRS = [
    (50, 0, False),
    (51, 0, False),
    (9, 0, True),
    (9, 2, False),
    (13, 2, True),
    (14, 0, True),
    (14, 2, False),
    (30, 2, True),
]


@pytest.mark.parametrize(("n", "n_zero", "ties"), SCIPY_PAIRS)
def test_the_convention_of_scipy_is_what_wilcoxon_does_here(n, n_zero, ties):
    assert scipy.__version__.startswith("1.17.")
    differences = make_differences(n, n_zero, ties, seed=n)
    result = find_default("scipy-1.17", "signed_rank", [differences])
    expected = stats.wilcoxon(differences).pvalue
    assert result.p_value == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("sizes", [(3, 5), (8, 20), (20, 8), (9, 9), (12, 40)])
@pytest.mark.parametrize("top", [8, 10**6])
def test_the_convention_of_scipy_is_what_mannwhitneyu_does_here(sizes, top):
    generator = np.random.default_rng(sizes[0] + top)
    x, y = (generator.integers(0, top, size) for size in sizes)
    result = find_default("scipy-1.17", "rank_sum", [x, y])
    expected = stats.mannwhitneyu(x, y)
    assert result.estimate == expected.statistic
    assert result.p_value == pytest.approx(expected.pvalue, rel=1e-8)


# Peers' measured example: ten differences with ties and zeros, four different p.
MIXED = [1, 1, 2, 3, 4, -1, 0, 0, 2, 5]


def test_all_conventions_run_their_own_arguments_on_the_same_differences():
    results = all_conventions("signed_rank", MIXED)
    assert [r.convention for r in results] == [
        name for name, item in CONVENTIONS.items() if "signed_rank" in item.rules
    ]
    for result in results:
        expected = resolve(result.convention, "signed_rank", n=10, n_zero=2, ties=True)
        assert result.arguments == expected
        assert result.estimate == signed_rank(MIXED, **expected)


def test_all_conventions_list_every_p_value_that_a_program_prints():
    x, y = [1, 2, 2, 5], [2, 3, 7, 8, 9]
    results = all_conventions("rank_sum", x, y)
    shown = [(r.convention, r.printed_as, r.is_default) for r in results]
    assert shown[:4] == [
        ("spss-16-npar", "Asymp. Sig. (2-tailed)", True),
        ("spss-16-npar", "Exact Sig. [2*(1-tailed Sig.)]", False),
        ("sas-9.3-npar1way", "Normal Approximation, Two-Sided Pr > |Z|", True),
        ("sas-9.3-npar1way", "t Approximation, Two-Sided Pr > |Z|", False),
    ]
    assert [r.estimate for r in results] == [
        rank_sum(x, y, **r.arguments) for r in results
    ]


@pytest.mark.parametrize("convention", CONVENTIONS.values(), ids=CONVENTIONS)
def test_each_convention_says_where_it_comes_from(convention):
    assert convention.source
    assert convention.rules.keys() == convention.choose.keys()
    assert convention.evidence in {"executed", "documented"}
    assert bool(convention.executed_with) == (convention.evidence == "executed")


REFUSALS = [
    (
        lambda: resolve("r", "signed_rank", n=9, n_zero=0, ties=False),
        "convention must be one of spss-16-npar, .* scipy-1.17, but got 'r'",
    ),
    (
        lambda: resolve("r-4.5", "t_test", n=9, n_zero=0, ties=False),
        "test must be one of signed_rank, rank_sum, but got 't_test'",
    ),
    (
        lambda: resolve(
            "sas-9.3-univariate", "rank_sum", n=(9, 9), n_zero=0, ties=True
        ),
        "test must be one of signed_rank for sas-9.3-univariate, but got 'rank_sum'",
    ),
    (
        lambda: resolve("r-4.5", "rank_sum", n=9, n_zero=0, ties=False),
        "n must be a pair of counts for rank_sum, but got 9",
    ),
    (
        lambda: resolve("r-4.5", "signed_rank", n=(9, 9), n_zero=0, ties=False),
        r"n must be one count for signed_rank, but got \(9, 9\)",
    ),
    (
        lambda: resolve("r-4.5", "signed_rank", n=9, n_zero=10, ties=False),
        r"n_zero must be from 0 to n \(9\), but got 10",
    ),
    (
        lambda: resolve("r-4.5", "rank_sum", n=(9, 9), n_zero=1, ties=False),
        "n_zero must be 0 for rank_sum, but got 1",
    ),
    (
        lambda: all_conventions("kruskal_wallis", [1, 2]),
        "test must be one of signed_rank, rank_sum, but got 'kruskal_wallis'",
    ),
    (
        lambda: all_conventions("rank_sum", [1, 2]),
        r"rank_sum takes 2 sample\(s\), but got 1",
    ),
]


@pytest.mark.parametrize(("call", "words"), REFUSALS)
def test_an_impossible_convention_is_refused_by_its_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
