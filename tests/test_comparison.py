"""Printed numbers against recomputed ones."""

from math import isnan, nan

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.comparison import compare
from rejia.contracts import COMPARISON, FACTS, RESULTS

KEY = {
    "analysis": "describe",
    "population": "patients",
    "outcome": "crp",
    "visit": "baseline",
    "group": "C",
}
NUMBERS = [n for n, column in RESULTS.items() if column.kind in {"number", "integer"}]


def fact(statistic: str, printed: str, **more: str) -> dict[str, str]:
    blank = dict.fromkeys(FACTS, "")
    place = {"fact": "f", "place": "Table 2", "statistic": statistic}
    return {**blank, **KEY, **place, "printed": printed, **more}


def result(statistic: str, **more: object) -> dict[str, object]:
    blank = {**dict.fromkeys(RESULTS, ""), **dict.fromkeys(NUMBERS, nan)}
    return {**blank, **KEY, "statistic": statistic, "row": f"row-{statistic}", **more}


def compared(facts: list[dict], results: list[dict]) -> pd.DataFrame:
    return compare(
        "small",
        "drawn",
        pd.DataFrame(facts, columns=list(FACTS)),
        pd.DataFrame(results, columns=list(RESULTS)),
    )


def one(facts: dict, *results: dict) -> pd.Series:
    return compared([facts], list(results)).iloc[0]


def test_every_fact_is_there_in_its_order_under_the_contract():
    facts = [fact("mean", "7.1", fact=f"f{i}") for i in (3, 1, 2)]
    found = compared(facts, [])
    assert found["fact"].tolist() == ["f3", "f1", "f2"]
    assert list(found.columns) == list(COMPARISON)
    assert set(found["cohort"]) == {"drawn"}


# printed, statistic of the fact and of the row, recomputed, verdict
AGREEMENT = [
    ("7.1", "mean", "mean", 7.14, "agrees"),
    ("7.1", "mean", "mean", 7.05, "agrees"),
    ("7.1", "mean", "mean", 7.16, "differs"),
    ("7.5", "sd", "sd", 7.46, "agrees"),
    ("7.5", "sd", "mean", 7.46, "absent"),
    ("7.5", "plus_minus", "sd", 7.46, "agrees"),
    ("52", "percent", "proportion", 0.525, "agrees"),
    ("52", "percent", "proportion", 0.53, "differs"),
    ("28", "percent", "proportion", 11 / 40, "agrees"),
    ("20", "percent", "proportion", 0.2, "agrees"),
    ("0.2", "percent", "proportion", 0.2, "differs"),
    ("21", "n", "n", 21.0, "agrees"),
    ("21", "n", "n", 20.0, "differs"),
    ("52", "n_of", "n", 52.0, "agrees"),
    ("0.73412", "spearman", "spearman_rho", 0.734118, "agrees"),
    ("1.312", "odds_ratio", "odds_ratio", 1.3117, "agrees"),
    ("−1.5", "mean", "mean", -1.46, "agrees"),
    ("−1.5", "mean", "mean", 1.5, "differs"),
]


@pytest.mark.parametrize("row", AGREEMENT)
def test_printed_number_agrees_within_its_own_digits(row):
    printed, statistic, computed_as, value, expected = row
    found = one(fact(statistic, printed), result(computed_as, estimate=value))
    assert found["reproduction"] == expected


# Halves that binary fractions miss: 23 of 40 is 57.5 %, 0.575 * 100 is below it.
HALVES = [
    ("percent", "58", "proportion", 23 / 40),
    ("percent", "57", "proportion", 23 / 40),
    ("percent", "29", "proportion", 57 / 200),
    ("mean", "4.35", "mean", (4.345 * 3) / 3),
    ("mean", "1.01", "mean", 1.005),
    ("mean", "1.00", "mean", 1.005),
]


@pytest.mark.parametrize(("statistic", "printed", "computed_as", "value"), HALVES)
def test_half_of_the_last_digit_agrees_whatever_its_binary_fraction(
    statistic, printed, computed_as, value
):
    found = one(fact(statistic, printed), result(computed_as, estimate=value))
    assert found["reproduction"] == "agrees"
    assert abs(found["distance"]) == pytest.approx(0.5)


@settings(max_examples=50)
@given(st.integers(0, 400), st.integers(1, 400), st.integers(0, 2))
def test_rounded_percentage_of_a_count_agrees_with_its_proportion(
    events, total, digits
):
    events = min(events, total)
    # Round half up in whole numbers: 100 * events / total, to so many digits.
    scaled = (2 * 100 * 10**digits * events + total) // (2 * total)
    printed = f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}".rstrip(".")
    printed = printed if digits else str(scaled)
    found = one(fact("percent", printed), result("proportion", estimate=events / total))
    assert found["reproduction"] == "agrees"
    assert abs(found["distance"]) <= 0.5 + 1e-9


def test_percentage_is_shown_as_a_percentage():
    found = one(fact("percent", "52"), result("proportion", estimate=0.53))
    assert found["computed"] == pytest.approx(53)
    assert found["distance"] == pytest.approx(1)


DISTANCES = [
    ("7.1", 7.25, 1.5),
    ("7.1", 6.95, -1.5),
    ("0.047", 0.0505, 3.5),
    ("42", 40.5, -1.5),
    ("7.1", 7.12, 0.2),
    ("7.1", 7.1, 0),
]


@pytest.mark.parametrize(("printed", "value", "expected"), DISTANCES)
def test_distance_is_in_units_of_the_last_printed_digit(printed, value, expected):
    found = one(fact("mean", printed), result("mean", estimate=value))
    assert found["distance"] == pytest.approx(expected, abs=1e-9)


def test_interval_of_the_text_is_given():
    found = one(fact("mean", "7.1"), result("mean", estimate=7.1))
    assert (found["low"], found["high"]) == pytest.approx((7.05, 7.15))


P_VALUES = [
    ("raw", "0.02", "agrees", 0.02),
    ("raw", "0.06", "differs", 0.02),
    ("bonferroni", "0.06", "agrees", 0.06),
    ("bonferroni", "0.02", "differs", 0.06),
    ("unstated", "0.02", "agrees", 0.02),
    ("unstated", "0.06", "agrees", 0.06),
    ("unstated", "0.05", "differs", 0.06),
    ("unstated", "0.03", "differs", 0.02),
]


@pytest.mark.parametrize(("adjustment", "printed", "verdict", "computed"), P_VALUES)
def test_p_is_held_against_the_adjustment_that_the_source_states(
    adjustment, printed, verdict, computed
):
    row = result("mann_whitney_u", p_value=0.02, p_adjusted=0.06)
    found = one(fact("p_value", printed, adjustment=adjustment), row)
    assert (found["reproduction"], found["computed"]) == (verdict, computed)


COMPARATORS = [("<0.001", 0.0004, "agrees"), ("<0.001", 0.001, "differs")]


@pytest.mark.parametrize(("printed", "p", "verdict"), COMPARATORS)
def test_p_below_a_limit_agrees_only_below_it(printed, p, verdict):
    row = result("mann_whitney_u", p_value=p)
    found = one(fact("p_value", printed, adjustment="raw"), row)
    assert found["reproduction"] == verdict


def test_limits_of_an_odds_ratio_are_those_of_its_row():
    row = result("odds_ratio", estimate=1.3, ci_low=1.011, ci_high=1.703)
    assert one(fact("ci_low", "1.011"), row)["reproduction"] == "agrees"
    assert one(fact("ci_high", "1.703"), row)["reproduction"] == "agrees"
    assert one(fact("ci_high", "1.7"), row)["computed"] == 1.703


def test_fact_that_no_analysis_gives_is_absent_and_names_the_nearest():
    row = result("mean", estimate=7.1, row="describe-crp", visit="follow_up")
    found = one(fact("mean", "7.1", note="as printed"), row)
    assert found["reproduction"] == "absent"
    assert isnan(found["computed"])
    assert found["note"] == (
        "as printed; no analysis gives this; nearest row: describe-crp"
    )


def test_fact_unlike_anything_is_absent_without_a_hint():
    row = result("mean", estimate=7.1, analysis="other", outcome="esr")
    found = one(fact("mean", "7.1"), row)
    assert (found["reproduction"], found["note"]) == ("absent", "")


def test_study_without_results_has_every_fact_absent():
    facts = pd.DataFrame([fact("mean", "7.1")], columns=list(FACTS))
    found = compare("small", "published", facts, None)
    assert found["reproduction"].tolist() == ["absent"]


def test_row_that_could_not_be_estimated_leaves_its_fact_absent():
    found = one(fact("mean", "7.1"), result("mean", warning="no value"))
    assert found["reproduction"] == "absent"


def test_count_of_a_category_that_nobody_was_asked_for_is_absent():
    facts = [fact("n", "7", level="yes")]
    nobody = result("n", level="yes", estimate=0.0, n=0.0, n_events=0.0, n_missing=24.0)
    assert compared(facts, [nobody])["reproduction"].item() == "absent"
    # In a group of nobody there is nobody: that is a count.
    empty = {**nobody, "n_missing": 0.0}
    assert compared(facts, [empty])["reproduction"].item() == "differs"


def test_row_of_another_key_is_not_compared():
    for field, other in (("group", "A"), ("visit", "follow_up"), ("level", "male")):
        found = one(fact("mean", "7.1"), result("mean", estimate=7.1, **{field: other}))
        assert found["reproduction"] == "absent"


def test_recomputed_value_names_its_row():
    found = one(fact("mean", "7.1"), result("mean", estimate=7.1, row="the-row"))
    assert found["row"] == "the-row"
