"""Rubin's rules: against R's mice, by hand, and what must hold of them."""

import csv
from math import inf, isclose, sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.stats.imputation import pool

REFERENCE = Path(__file__).parent / "reference" / "rubin.csv"


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(";")]


def reference() -> list[dict[str, str]]:
    with REFERENCE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", reference(), ids=lambda row: f"n{row['n']}k{row['k']}")
def test_pool_is_that_of_mice(row):
    found = pool(
        numbers(row["estimates"]),
        numbers(row["variances"]),
        df_complete=float(row["n"]) - float(row["k"]),
    )
    assert isclose(found.estimate, float(row["qbar"]), rel_tol=1e-12)
    assert isclose(found.within, float(row["ubar"]), rel_tol=1e-12)
    assert isclose(found.between, float(row["b"]), rel_tol=1e-12)
    assert isclose(found.std_error**2, float(row["t"]), rel_tol=1e-12)
    assert isclose(found.df, float(row["df"]), rel_tol=1e-9)
    assert isclose(found.missing_information, float(row["fmi"]), rel_tol=1e-9)


def test_three_data_sets_by_hand():
    # W = 2, B = 4 (10, 12, 14), T = 2 + 4/3 * 4 = 22/3, share = 16/22 = 8/11.
    # nu1 = 2 / (8/11)^2 = 121/32; nu2 = 21/23 * 20 * 3/11 = 1260/253.
    found = pool([10, 12, 14], [1, 2, 3], df_complete=20)
    assert found.estimate == 12
    assert isclose(found.std_error, sqrt(22 / 3))
    assert isclose(found.df, 1 / (32 / 121 + 253 / 1260))
    assert isclose(found.t, 12 / sqrt(22 / 3))


def test_without_differences_it_is_the_analysis_itself():
    found = pool([2, 2, 2, 2], [4, 4, 4, 4])
    assert (found.std_error, found.df, found.missing_information) == (2, inf, 0)
    assert isclose(found.ci_high, 2 + 2 * 1.959963984540054)
    assert isclose(found.p_value, 0.317310507862914)


sets = st.lists(
    st.tuples(st.floats(-50, 50), st.floats(0.01, 50)), min_size=2, max_size=12
)


@given(sets, st.floats(2, 1000))
def test_variance_and_degrees_of_freedom_are_within_limits(pairs, complete):
    estimates, variances = zip(*pairs, strict=True)
    found = pool(estimates, variances, df_complete=complete)
    assert found.std_error**2 >= found.within * (1 - 1e-12)
    # Never more than complete data have, nor than m alone would give.
    assert 0 < found.df <= complete * (1 + 1e-9)
    unbounded = pool(estimates, variances)
    assert found.df <= unbounded.df * (1 + 1e-9)
    assert min(estimates) - 1e-9 <= found.estimate <= max(estimates) + 1e-9
    shifted = pool([e + 7 for e in estimates], variances, df_complete=complete)
    assert isclose(shifted.ci_low, found.ci_low + 7, abs_tol=1e-6)


@given(sets)
def test_interval_leaves_out_0_exactly_when_p_is_under_005(pairs):
    estimates, variances = zip(*pairs, strict=True)
    found = pool(estimates, variances, df_complete=30)
    if abs(found.p_value - 0.05) > 1e-9:
        assert (found.p_value < 0.05) == (found.ci_low > 0 or found.ci_high < 0)


@pytest.mark.parametrize(
    ("estimates", "variances", "more", "told"),
    [
        ([1], [1], {}, "estimates must be at least 2"),
        ([1, 2], [1], {}, "must be of one length"),
        ([1, float("nan")], [1, 1], {}, "estimates must be finite"),
        ([1, 2], [1, 0], {}, "variances must be finite and above 0"),
        ([1, 2], [1, inf], {}, "variances must be finite and above 0"),
        ([1, 2], [1, 1], {"df_complete": 0}, "df_complete must be above 0"),
        ([1, 2], [1, 1], {"confidence": 1}, "confidence must be between"),
    ],
)
def test_what_cannot_be_pooled_is_refused(estimates, variances, more, told):
    with pytest.raises(ValueError, match=told):
        pool(estimates, variances, **more)
