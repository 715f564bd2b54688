"""Estimates to results: families, duplicate questions, names of rows."""

from math import isnan, nan
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.contracts import ESTIMATES, RESULTS
from rejia.errors import DefinitionError
from rejia.estimate import KEY_FIELDS
from rejia.results import gather_results, row_names
from rejia.study import Study, read_study

DEFINITION = """\
study: small
title: A small study
citation: small2020
sources: {cohort: cohorts/small}
families:
  contrasts: {m: 3, method: bonferroni}
  by_outcome: {m: 3, per: [outcome, visit], method: bonferroni}
  stepwise: {m: 3, method: holm}
  rates: {m: 4, method: benjamini_hochberg}
  free: {m: 3, method: none}
"""

BASE = {
    **dict.fromkeys(ESTIMATES, ""),
    **{
        name: nan
        for name, column in ESTIMATES.items()
        if column.kind in {"number", "integer"}
    },
    "study": "small",
    "cohort": "small",
    "scenario": "primary",
    "statistic": "mann_whitney_u",
    "method": "rank_sum_exact",
    "cohort_kind": "observed",
}


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    path: Path = tmp_path_factory.mktemp("study") / "small.yaml"
    path.write_text(DEFINITION)
    return read_study(path)


def table(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([{**BASE, **row} for row in rows], columns=list(ESTIMATES))


def family_of(family: str, *p_values: float, **more: object) -> pd.DataFrame:
    return table(
        *(
            {"analysis": f"t{i}", "family": family, "p_value": p, **more}
            for i, p in enumerate(p_values)
        )
    )


def adjusted(study: Study, estimates: pd.DataFrame) -> list[float]:
    results, _ = gather_results(study, estimates)
    return results["p_adjusted"].tolist()


def test_bonferroni_multiplies_by_the_planned_tests_and_not_by_those_done(study):
    assert adjusted(study, family_of("contrasts", 0.01, 0.4)) == pytest.approx(
        [0.03, 1]
    )


def test_planned_size_stands_beside_each_test(study):
    results, _ = gather_results(study, family_of("contrasts", 0.01, 0.4))
    assert results["m"].tolist() == [3, 3]


# Holm 1979, m = 3: 0.01 x 3, then 0.02 x 2, then 0.03 x 1 but not below 0.04.
def test_holm_steps_down_and_never_turns(study):
    found = adjusted(study, family_of("stepwise", 0.01, 0.02, 0.03))
    assert found == pytest.approx([0.03, 0.04, 0.04])


# Benjamini and Hochberg 1995, m = 4: 4 x 0.01 / 1, 4 x 0.02 / 2, 4 x 0.03 / 3, 0.5.
def test_false_discovery_rate_steps_up(study):
    found = adjusted(study, family_of("rates", 0.01, 0.02, 0.03, 0.5))
    assert found == pytest.approx([0.04, 0.04, 0.04, 0.5])


def test_family_without_adjustment_keeps_its_p_and_says_its_size(study):
    results, _ = gather_results(study, family_of("free", 0.01, 0.4))
    assert results["p_adjusted"].tolist() == [0.01, 0.4]
    assert results["m"].tolist() == [3, 3]


def test_undeclared_family_keeps_its_p_and_has_no_size(study):
    results, _ = gather_results(study, family_of("none_declared", 0.01, 0.4))
    assert results["p_adjusted"].tolist() == [0.01, 0.4]
    assert results["m"].isna().all()


def test_row_without_a_family_has_no_adjusted_p(study):
    results, _ = gather_results(study, table({"statistic": "mean", "estimate": 4}))
    assert isnan(results["p_adjusted"][0])
    assert isnan(results["m"][0])


def test_each_outcome_and_visit_is_a_family_of_its_own(study):
    rows = [
        {
            "analysis": a,
            "outcome": o,
            "visit": v,
            "family": "by_outcome",
            "p_value": 0.02,
        }
        for o in ("crp", "esr")
        for v in ("baseline", "follow_up")
        for a in ("a_vs_b", "a_vs_c", "b_vs_c")
    ]
    assert adjusted(study, table(*rows)) == pytest.approx([0.06] * 12)


def test_test_that_could_not_be_done_leaves_the_others_their_m(study):
    rows = family_of("contrasts", 0.01, nan)
    found = adjusted(study, rows)
    assert found[0] == pytest.approx(0.03)
    assert isnan(found[1])


def test_more_tests_than_planned_are_refused_with_both_numbers(study):
    with pytest.raises(DefinitionError) as caught:
        gather_results(study, family_of("contrasts", 0.1, 0.2, 0.3, 0.4))
    (fault,) = caught.value.faults
    assert fault.startswith("family 'contrasts' plans m = 3 tests, but 4 belong to it")
    assert fault.endswith("declare m or per in families")


def test_more_tests_than_planned_are_refused_within_each_outcome(study):
    rows = [
        {"analysis": f"t{i}", "outcome": "crp", "visit": "M0", "family": "by_outcome"}
        for i in range(4)
    ]
    with pytest.raises(
        DefinitionError, match=r"but 4 belong to it \(primary, crp, M0\)"
    ):
        gather_results(study, table(*rows))


def test_test_under_another_convention_is_no_further_test_of_the_plan(study):
    plan = family_of("contrasts", 0.01, 0.02, 0.03)
    other = family_of("contrasts", 0.011, 0.021, 0.031, scenario="convention:r-4.6")
    again = family_of(
        "contrasts", 0.012, 0.022, 0.032, scenario="convention:r-4.6", method="normal"
    )
    results, multiverse = gather_results(study, pd.concat([plan, other, again]))
    assert results["p_adjusted"].tolist() == pytest.approx([0.03, 0.06, 0.09])
    assert sorted(multiverse["p_adjusted"]) == pytest.approx(
        [0.033, 0.036, 0.063, 0.066, 0.093, 0.096]
    )


def test_two_rows_for_one_question_are_refused_with_their_key(study):
    row = {"analysis": "describe", "outcome": "crp", "statistic": "mean", "group": "A"}
    with pytest.raises(DefinitionError) as caught:
        gather_results(study, table(row, row, {**row, "group": "B"}))
    (fault,) = caught.value.faults
    assert fault.startswith("2 rows for one question: ")
    assert "describe, crp, A, mean" in fault


def test_another_method_for_one_question_is_another_row(study):
    row = {"analysis": "t", "outcome": "crp"}
    results, _ = gather_results(study, table(row, {**row, "method": "other"}))
    assert len(results) == 2
    assert results["row"].is_unique


def test_plan_and_other_scenarios_are_parted(study):
    rows = table({"analysis": "a"}, {"analysis": "a", "scenario": "threshold:2"})
    results, multiverse = gather_results(study, rows)
    assert results["scenario"].tolist() == ["primary"]
    assert multiverse["scenario"].tolist() == ["threshold:2"]
    assert list(results.columns) == list(multiverse.columns) == list(RESULTS)


def test_results_do_not_depend_on_the_order_of_estimates(study):
    rows = pd.concat([family_of("contrasts", 0.01, 0.2), family_of("rates", 0.3)])
    rows["outcome"] = ["b", "a", "c"]
    there, _ = gather_results(study, rows)
    back, _ = gather_results(study, rows[::-1])
    pd.testing.assert_frame_equal(there, back)


def test_estimates_are_left_as_they_were(study):
    rows = family_of("contrasts", 0.01)
    before = rows.copy()
    gather_results(study, rows)
    pd.testing.assert_frame_equal(rows, before)


def test_name_of_a_row_reads_as_its_key():
    row = {
        "analysis": "c_vs_ab",
        "population": "patients",
        "outcome": "mmp3",
        "visit": "follow_up",
        "group": "C",
        "reference": "A+B",
    }
    assert row_names(table(row)) == [
        "c_vs_ab-patients-mmp3-follow_up-C-A_and_B-mann_whitney_u"
    ]


def test_scenario_stands_before_the_name_of_a_row():
    (name,) = row_names(table({"analysis": "t", "scenario": "threshold:2"}))
    assert name.startswith("threshold_2-t-")


# Keys that differ in a sign, or in which field is empty.
ALIKE = [
    ({"level": "≤2"}, {"level": "≥2"}),
    ({"level": "a b"}, {"level": "a_b"}),
    ({"group": "A+B"}, {"group": "A_and_B"}),
    ({"visit": "M0"}, {"ref_visit": "M0"}),
    ({"group": "A"}, {"reference": "A"}),
    ({"outcome": "crp"}, {"term": "crp"}),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_rows_of_different_keys_have_different_names(one, other):
    names = row_names(table(one, other))
    assert len(set(names)) == 2


def keyed(rows: list[dict[str, str]]) -> pd.DataFrame:
    names = [*KEY_FIELDS, "statistic", "method"]
    return (
        pd.DataFrame([{**BASE, **row} for row in rows])[names]
        if rows
        else (pd.DataFrame(columns=names))
    )


words = st.sampled_from(["", "a", "a+b", "a_and_b", "a>b", "≤2", "≥2", "+", "-", "ä"])
keys = st.fixed_dictionaries(
    dict.fromkeys([f for f in KEY_FIELDS if f not in {"study", "cohort"}], words)
)


@settings(max_examples=50)
@given(st.lists(keys, unique_by=lambda key: tuple(key.values()), max_size=8))
def test_name_of_a_row_is_unique_and_fit_for_an_address(rows):
    names = row_names(keyed(rows))
    assert len(set(names)) == len(names)
    assert all(name.isascii() and " " not in name and "#" not in name for name in names)


@settings(max_examples=50)
@given(st.lists(keys, unique_by=lambda key: tuple(key.values()), max_size=8))
def test_names_of_rows_do_not_depend_on_their_order(rows):
    names = row_names(keyed(rows))
    assert row_names(keyed(rows[::-1])) == names[::-1]
