"""P-values of rank tests that counts and coefficients allow."""

from fractions import Fraction
from math import erfc, sqrt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from audit_papers import alarms, fact, rounded, table
from rejia.audit import audit
from rejia.audit.rank_spans import signed_rank_spans
from rejia.audit.ranks import student_two_sided
from rejia.study import Structure


def _ranks(values: list[int]) -> list[float]:
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) + 1) / 2 for value in values]


def _signed_rank_p(changes: list[int]) -> float:
    """Normal approximation, zeros dropped, no correction; written out by hand."""
    kept = [change for change in changes if change]
    n = len(kept)
    if n == 0:
        return 1.0
    sizes = [abs(change) for change in kept]
    ranks = _ranks(sizes)
    plus = sum(rank for rank, change in zip(ranks, kept, strict=True) if change > 0)
    ties = sum(sizes.count(size) ** 3 - sizes.count(size) for size in set(sizes)) / 48
    spread = n * (n + 1) * (2 * n + 1) / 24 - ties
    return erfc(abs(plus - n * (n + 1) / 4) / sqrt(2 * spread))


def _printed(changes: list[int], text: str) -> object:
    columns = {"outcome": "x", "visit": "after", "ref_visit": "before"}
    counts = {
        "improved": sum(change < 0 for change in changes),
        "worsened": sum(change > 0 for change in changes),
    }
    rows = [
        fact(level, "n", str(count), level=level, analysis="change", **columns)
        for level, count in counts.items()
    ]
    rows.append(fact("p", "p_value", text, adjustment="raw", **columns))
    return table(*rows)


def _signs_are_silent(seed: int) -> None:
    random = Random(seed)
    reach = random.choice((1, 2, 5, 50))
    lean = random.choice((-reach, -1, 0, 0, 1, reach))
    count = random.randint(1, 30)
    changes = [random.randint(-reach, reach) + lean for _ in range(count)]
    p = _signed_rank_p(changes)
    text = rounded(Fraction(p), random.randint(1, 4), "half_even")
    assert alarms(audit(_printed(changes, text), Structure())) == []


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**40))
def test_true_signed_rank_p_values_pass(seed):
    _signs_are_silent(seed)


# 17 differences, 4 against 13: the rank sum of the 4 is 10 to 62, its mean 76.5.
def test_signs_alone_bound_the_p_value():
    span = signed_rank_spans(4, 13, 0)["normal drop"]
    assert span.most == pytest.approx(erfc((76.5 - 62) / sqrt(2 * 446.25)))
    assert span.least < 0.001
    row = audit(_printed([-1] * 4 + [1] * 13, "0.73"), Structure()).set_index("rule")
    assert row.loc["signed_rank_counts", "verdict"] == "inconsistent"


@pytest.mark.parametrize("df", [1, 2, 3, 8, 9, 38])
@pytest.mark.parametrize("t", [0.0, 0.3, 2.1, 6.7])
def test_students_t_agrees_with_scipy(df, t):
    expected = 2 * stats.t.sf(t, df)
    assert student_two_sided(t, df) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("r", "p", "verdict"),
    [
        ("0.73412", "<0.001", "consistent"),
        ("0.3", "0.10", "consistent_by_rounding"),
        ("0.2", "0.01", "inconsistent"),
    ],
)
def test_a_coefficient_and_its_p_are_held_together(r, p, verdict):
    rows = [
        fact("n", "n", "40", outcome="cohort"),
        fact("r", "spearman", r, outcome="x", term="y"),
        fact("p", "p_value", p, outcome="x", term="y", adjustment="raw"),
    ]
    row = audit(table(*rows), Structure()).set_index("rule").loc["correlation_p"]
    assert row["verdict"] == verdict
