"""Groups against their total: true data pass, published slips do not."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_papers import Paper, alarms, fact, paper, proofs, structure, table
from rejia.audit import audit
from rejia.constraints import Interval, sqrt_high, sqrt_low
from rejia.constraints.intervals import between_range, between_squares
from rejia.study import Structure

RULES = ("subgroup_mean", "subgroup_sd")
SEEDS = st.integers(0, 2**40)


def _printed(made: Paper, *, declared: bool) -> Structure:
    everyone: list[Fraction] = []
    made.cohort()
    for group, size in made.sizes.items():
        values = made.observed(made.values(size))
        everyone += values
        made.summarise("score", group, values)
        if declared:
            columns = {"outcome": "score", "group": group}
            made.rows.append(fact(f"n_{group}", "n", str(len(values)), **columns))
    made.summarise("score", "all", everyone)
    if made.missing == 0:
        return structure(made, complete=["patients"])
    return structure(made)


def _complete_is_silent(seed: int) -> None:
    made = paper(seed)
    declared = _printed(made, declared=False)
    assert alarms(audit(made.facts(), declared, repairs=False)) == []


def _declared_missing_is_silent(seed: int) -> None:
    made = paper(seed, missing=0.4)
    declared = _printed(made, declared=True)
    assert alarms(audit(made.facts(), declared, repairs=False)) == []


def _undeclared_missing_is_never_proof(seed: int) -> None:
    made = paper(seed, missing=0.4, largest=12)
    declared = _printed(made, declared=False)
    audited = audit(made.facts(), declared, repairs=False)
    assert proofs(audited) == []
    assert all("complete data" in row for row in alarms(audited))


@settings(max_examples=80, deadline=None)
@given(SEEDS)
def test_true_complete_data_pass(seed):
    _complete_is_silent(seed)


@settings(max_examples=80, deadline=None)
@given(SEEDS)
def test_true_data_pass_where_the_number_of_values_is_printed(seed):
    _declared_missing_is_silent(seed)


@settings(max_examples=80, deadline=None)
@given(SEEDS)
def test_values_missing_without_a_word_are_never_a_proof(seed):
    _undeclared_missing_is_never_proof(seed)


def _three_groups(total_mean: str, total_sd: str) -> object:
    rows = [
        fact(f"n_{g}", "n", n, outcome="cohort", group=g)
        for g, n in (("A", "11"), ("B", "8"), ("C", "21"), ("all", "40"))
    ]
    printed = (
        ("A", "11.0", "9.9"),
        ("B", "8.1", "15.6"),
        ("C", "2.3", "3.2"),
        ("all", total_mean, total_sd),
    )
    for group, mean, sd in printed:
        rows.append(fact(f"{group}_mean", "mean", mean, outcome="x", group=group))
        rows.append(fact(f"{group}_sd", "sd", sd, outcome="x", group=group))
    return audit(
        table(*rows),
        Structure(partitions=(("A", "B", "C"),), complete=("patients",)),
    ).set_index("id")


# By hand: (11 x 11.0 + 8 x 8.1 + 21 x 2.3) / 40 = 234.1 / 40 = 5.8525. The within-
# group sum of squares is 980.1 + 1703.52 + 204.8 = 2888.42, the between-group one
# 596.90, so the SD is sqrt(3485.32 / 39) = 9.4534.
def test_a_total_that_fits_is_consistent_and_its_arithmetic_can_be_read():
    rows = _three_groups("5.9", "9.5")
    mean, sd = rows.loc["subgroup_mean-all_mean"], rows.loc["subgroup_sd-all_sd"]
    assert mean["verdict"] == sd["verdict"] == "consistent"
    assert "(11 x 11.0 + 8 x 8.1 + 21 x 2.3) / 40 = 5.8525" in mean["arithmetic"]
    assert "= 9.4534" in sd["arithmetic"]
    assert mean["low"] == pytest.approx(5.8025)
    assert mean["high"] == pytest.approx(5.9025)


@pytest.mark.parametrize(
    ("mean", "sd", "verdicts"),
    [
        ("5.8", "9.4", ("consistent_by_rounding", "consistent_by_rounding")),
        ("6.0", "9.2", ("inconsistent", "inconsistent")),
        ("5.7", "9.7", ("inconsistent", "inconsistent")),
    ],
)
def test_a_total_is_held_to_the_windows_of_its_groups(mean, sd, verdicts):
    rows = _three_groups(mean, sd)
    found = rows.loc[["subgroup_mean-all_mean", "subgroup_sd-all_sd"], "verdict"]
    assert tuple(found) == verdicts


def test_a_standard_error_printed_as_sd_is_offered_as_an_explanation():
    row = _three_groups("5.9", "1.5").loc["subgroup_sd-all_sd"]
    assert row["verdict"] == "inconsistent"
    assert "a standard error: 1.5 x sqrt(40) = 9.48683" in row["explanations"]


WINDOWS = st.lists(
    st.tuples(st.integers(-8, 8), st.integers(0, 6)), min_size=2, max_size=3
)


@settings(max_examples=80, deadline=None)
@given(WINDOWS, st.lists(st.integers(1, 9), min_size=3, max_size=3))
def test_the_between_group_range_holds_every_grid_point_and_is_reached(boxes, weights):
    windows = [Interval(Fraction(a), Fraction(a + w)) for a, w in boxes]
    ns = weights[: len(windows)]
    found = between_range(windows, ns)
    grid = [
        [w.low + (w.high - w.low) * Fraction(i, 6) for i in range(7)] for w in windows
    ]
    sums = [between_squares(point, ns) for point in product(*grid)]
    assert found.low <= min(sums)
    assert found.high == max(sums)
    # The least is reached, though not always on the grid: one step finer comes near.
    assert min(sums) - found.low <= sum(ns) * max(w.high - w.low for w in windows) ** 2


@given(st.fractions(min_value=0, max_value=10**6))
def test_square_roots_are_enclosed(value):
    low, high = sqrt_low(value), sqrt_high(value)
    assert low**2 <= value <= high**2
    assert high - low <= Fraction(1, 10**12)
