"""Scenarios of a study: thresholds, exchange, follow-up of unequal length."""

from fractions import Fraction
from math import isnan, nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rejia.analyses import run_analyses
from rejia.analyses.rows import CohortRows
from rejia.contracts import ESTIMATES, SCORES
from rejia.disclosure import suppress
from rejia.errors import DefinitionError
from rejia.estimate import KEY_FIELDS
from rejia.groups import derive_groups
from rejia.multiverse.run import run_multiverse
from rejia.multiverse.small_cells import shown_scenarios
from rejia.results import gather_results
from rejia.study import Study, read_study

DEFINITION = """\
study: small
title: A small study
citation: small2020
sources: {{cohort: cohorts/small}}
visits: {{before: {{label: Before}}, after: {{label: After}}}}
variables:
  sex: {{label: Sex, per: patient, levels: [male, female]}}
  female: {{label: Female, per: patient, indicator_of: sex, level: female}}
  age: {{label: Age, unit: years, step: 0.1, per: patient}}
  years: {{label: Follow-up, unit: {unit}, step: 0.1, per: patient}}
  damage: {{label: Damage, unit: points, step: 0.25, worse: high}}
  crp: {{label: CRP, unit: mg/L, step: 0.1, worse: high}}
groups:
  outcome: damage
  from: before
  to: after
  labels: {{improved: A, unchanged: B, worsened: C}}
  merges: {{A+B: [A, B]}}
families:
  models: {{m: 3, per: [analysis], method: none}}
analyses:
  - {{id: describe, test: describe, outcomes: [age], groups: [all, A, B, C, A+B]}}
  - {{id: change, test: signed_rank, outcomes: [crp], visit: after, ref_visit: before,
     groups: [all, C], convention: r-4.6, family: none_declared}}
  - {{id: contrast, test: rank_sum, outcomes: [age, crp], visits: [before, after],
     group: C, reference: A+B, convention: r-4.6, family: none_declared}}
  - {{id: risk, test: logistic, event: {{group: C}}, predictors: [age, female, crp],
     visit: before, inference: wald, each: true, family: models}}
  - {{id: joint, test: logistic, event: {{group: C}}, predictors: [age, crp],
     visit: before, inference: wald, family: models}}
sensitivity: {sensitivity}
"""
ALL = (
    "{thresholds: [0, 0.5, 2, 100], exchange: {draws: 1000, of: [visits, outcome]}, "
    "per_year: {outcomes: [damage, crp], duration: years}}"
)
# Damage and CRP before and after, age, sex, years of follow-up.
PATIENTS = [
    (4.0, 3.0, 12.0, 1.0, 2.1, "male", 1.0),
    (2.0, 1.5, 3.0, 2.0, 5.0, "female", 2.0),
    (7.25, 5.0, 30.5, 0.5, 1.4, "female", 4.0),
    (3.0, 3.0, 8.0, 1.2, 9.9, "male", 1.5),
    (0.0, 0.0, 22.0, 3.0, 3.3, "female", 3.0),
    (1.0, 1.5, 41.0, 4.0, 8.2, "male", 0.5),
    (2.0, 4.5, 17.0, 9.0, 10.4, "female", 2.5),
    (0.5, 1.0, 5.5, 2.0, 7.7, "male", 1.0),
    (3.5, 9.0, 2.0, 0.1, 4.6, "male", 5.0),
    (1.25, 2.0, 11.0, 6.0, 12.5, "female", 3.0),
    (0.25, 3.0, 9.5, 2.5, 11.1, "male", 2.0),
]
COLUMNS = ["damage_before", "damage_after", "crp_before", "crp_after"]


def study_of(folder: Path, sensitivity: str = ALL, unit: str = "years") -> Study:
    path = folder / "small.yaml"
    path.write_text(DEFINITION.format(sensitivity=sensitivity, unit=unit))
    return read_study(path)


def tables_of(patients=PATIENTS) -> dict[str, pd.DataFrame]:
    names = [f"p{at:02d}" for at in range(len(patients))]
    rows = [
        {
            "patient": name,
            "visit": visit,
            "variable": variable,
            "value": patient[COLUMNS.index(f"{variable}_{visit}")],
            "comparator": "",
            "text": "",
        }
        for name, patient in zip(names, patients, strict=True)
        for variable in ("damage", "crp")
        for visit in ("before", "after")
    ]
    ages, sexes, years = ([p[at] for p in patients] for at in (4, 5, 6))
    return {
        "patients": pd.DataFrame(
            {"patient": names, "age": ages, "sex": sexes, "years": years}
        ),
        "measurements": pd.DataFrame(rows),
    }


NO_SCORES = pd.DataFrame(columns=list(SCORES))


def run(study: Study, tables=None, seed: int = 1) -> pd.DataFrame:
    tables = tables or tables_of()
    groups = derive_groups(study, tables, NO_SCORES)
    return run_multiverse(
        study, tables=tables, scores=NO_SCORES, groups=groups, seed=seed
    )


def plan(study: Study, tables=None) -> pd.DataFrame:
    tables = tables or tables_of()
    groups = derive_groups(study, tables, NO_SCORES)
    rows = CohortRows(study=study, tables=tables, scores=NO_SCORES, groups=groups)
    found = run_analyses(study, cohort=rows, facts=None)
    return found[found["scenario"] == "primary"]


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    return study_of(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def made(study) -> pd.DataFrame:
    return run(study)


KEY = [name for name in KEY_FIELDS if name != "scenario"]


def test_threshold_of_the_plan_gives_the_results_of_the_plan(study, made):
    at_zero = made[made["scenario"] == "threshold:0"].set_index([*KEY, "statistic"])
    planned = plan(study).set_index([*KEY, "statistic"]).loc[at_zero.index]
    same = [c for c in ESTIMATES if c not in {*KEY_FIELDS, "statistic", "warning"}]
    pd.testing.assert_frame_equal(at_zero[same], planned[same])
    assert {"contrast", "risk", "joint", "change", "describe"} == set(
        at_zero.reset_index()["analysis"]
    )


def sizes(made: pd.DataFrame, scenario: str) -> dict[str, float]:
    rows = made[(made["scenario"] == scenario) & (made["outcome"] == "cohort")]
    return dict(zip(rows["group"], rows["estimate"], strict=True))


def test_sizes_are_those_of_the_changes_beyond_each_threshold(made):
    # Changes: -1, -0.5, -2.25, 0, 0, 0.5, 2.5, 0.5, 5.5, 0.75, 2.75.
    assert sizes(made, "threshold:0") == {"A": 3, "B": 2, "C": 6, "A+B": 5}
    assert sizes(made, "threshold:0.5") == {"A": 2, "B": 5, "C": 4, "A+B": 7}
    assert sizes(made, "threshold:2") == {"A": 1, "B": 7, "C": 3, "A+B": 8}


def test_threshold_that_nobody_reaches_gives_reasons_and_no_estimates(made):
    rows = made[(made["scenario"] == "threshold:100") & (made["outcome"] != "cohort")]
    assert len(rows)
    assert rows["p_value"].isna().all()
    assert (rows["warning"] != "").all()


def test_groups_too_small_for_a_result_say_so(made):
    rows = made[made["scenario"] == "threshold:2"].set_index(["analysis", "term"])
    assert (
        "3 events or non-events for 2 terms: unstable"
        in (rows.loc[("joint", "age"), "warning"])
    )
    assert (
        "3 events or non-events for 1 term: unstable"
        in (rows.loc[("risk", "age"), "warning"])
    )


def test_sizes_without_any_small_p_say_so(tmp_path):
    study = study_of(tmp_path, "{thresholds: [3]}")
    rows = run(study)
    (warning,) = set(rows.loc[rows["analysis"] == "contrast", "warning"])
    assert "no exact p under 0.05 with 1 of 11" in warning


def test_rows_of_all_scenarios_are_gathered_without_a_clash(study, made):
    results, multiverse = gather_results(
        study, pd.concat([plan(study), made], ignore_index=True)
    )
    assert set(results["scenario"]) == {"primary"}
    assert set(multiverse["scenario"]) == {
        "threshold:0",
        "threshold:0.5",
        "threshold:2",
        "threshold:100",
        "exchange:visits",
        "exchange:outcome",
        "per_year",
        "adjusted:years",
    }


def test_sizes_are_given_where_no_analysis_describes_groups(study):
    less = study.model_copy(
        update={"analyses": tuple(a for a in study.analyses if a.id != "describe")}
    )
    found = sizes(run(less), "threshold:0")
    assert found == {"A": 3, "B": 2, "C": 6}


def test_study_without_sensitivity_has_no_multiverse(study):
    less = study.model_copy(update={"sensitivity": None})
    with pytest.raises(DefinitionError, match="no multiverse"):
        run(less)


# Exchange


def exchange(made: pd.DataFrame, what: str = "visits") -> pd.DataFrame:
    rows = made[made["scenario"] == f"exchange:{what}"]
    return rows.set_index(["analysis", "term", "outcome"])


def test_statistic_beside_its_exchange_is_that_of_the_plan(study, made):
    planned = plan(study)
    for what in ("visits", "outcome"):
        for (analysis, term, outcome), row in exchange(made, what).iterrows():
            mine = (planned["analysis"] == analysis) & (planned["term"] == term)
            mine &= planned["outcome"] == outcome
            mine &= planned["visit"] == row["visit"]
            if outcome == "damage" and not term:
                continue
            (there,) = planned[mine].to_dict("records")
            expected = there["estimate"]
            if analysis == "contrast":
                expected /= 6 * 5
            assert row["test_statistic"] == pytest.approx(expected, rel=1e-7)


def test_comparisons_are_those_of_the_first_visit_and_the_outcome_itself(made):
    rows = exchange(made)
    assert set(rows.loc[["contrast"]].reset_index()["outcome"]) == {
        "age",
        "crp",
        "damage",
    }
    assert set(rows["visit"]) == {"", "before"}


def test_method_names_everything(made):
    (method,) = set(exchange(made).loc[["contrast"], "method"])
    assert method == (
        "rank_sum_probability_of_superiority_under_exchange_of_before_and_after_within_"
        "patients_1000_draws_seed_1"
    )


def small(tmp_path, draws: int = 4096) -> Study:
    return study_of(tmp_path, f"{{exchange: {{draws: {draws}}}}}")


def by_hand(patients) -> np.ndarray:
    """Superiority of CRP at the first visit over every arrangement, by loops."""
    found = []
    for code in range(2 ** len(patients)):
        x, y = [], []
        for at, patient in enumerate(patients):
            damage, crp = list(patient[:2]), list(patient[2:4])
            if code >> at & 1:
                damage.reverse()
                crp.reverse()
            (x if damage[1] > damage[0] else y).append(crp[0])
        if x and y:
            wins = [(a > b) + (a == b) / 2 for a in x for b in y]
            found.append(sum(wins) / len(wins))
    return np.array(found)


def test_enumeration_is_that_of_a_naive_loop(tmp_path):
    patients = PATIENTS[:8]
    row = exchange(run(small(tmp_path), tables_of(patients))).loc[
        ("contrast", "", "crp")
    ]
    whole = by_hand(patients)
    assert "all_256_arrangements" in row["method"]
    assert row["estimate"] == pytest.approx(whole.mean(), rel=1e-12)
    assert row["ci_low"] == np.quantile(whole, 0.025, method="inverted_cdf")
    assert row["ci_high"] == np.quantile(whole, 0.975, method="inverted_cdf")
    seen = whole[0]
    assert row["test_statistic"] == pytest.approx(seen)
    far = np.abs(whole - whole.mean()) >= abs(seen - whole.mean()) - 1e-9
    assert row["p_value"] == pytest.approx(far.mean())


def test_draws_agree_with_the_enumeration_within_their_error(tmp_path):
    tables = tables_of(PATIENTS[:10])
    exact = exchange(run(small(tmp_path), tables))
    drawn = exchange(run(small(tmp_path, draws=1000), tables))
    for at in exact.index:
        n = 1000
        error = 5 * exact.loc[at, "std_error"] / n**0.5
        scale = np.log if at[0] != "contrast" else float
        means = [scale(table.loc[at, "estimate"]) for table in (exact, drawn)]
        assert abs(means[0] - means[1]) < error


def test_draws_depend_on_the_seed_and_on_nothing_else(study):
    one, again, other = (exchange(run(study, seed=seed)) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert (one["estimate"] != other["estimate"]).any()


def test_what_has_no_visit_moves_alike_under_both_exchanges(made):
    both = [exchange(made, what) for what in ("visits", "outcome")]
    numbers = ["estimate", "ci_low", "ci_high", "p_value"]
    for at in [("contrast", "", "age"), ("risk", "age", "damage")]:
        assert both[0].loc[at, numbers].tolist() == both[1].loc[at, numbers].tolist()
    crp = ("contrast", "", "crp")
    assert both[0].loc[crp, "estimate"] != both[1].loc[crp, "estimate"]


def test_exchange_alone_puts_the_worsened_below_in_the_outcome_itself(made):
    assert exchange(made).loc[("contrast", "", "damage"), "estimate"] < 0.45


def test_patient_without_a_group_is_not_exchanged(tmp_path):
    patients = [*PATIENTS[:8], (nan, 3.0, 1.0, 2.0, 4.0, "male", 1.0)]
    with_missing = exchange(run(small(tmp_path), tables_of(patients)))
    without = exchange(run(small(tmp_path), tables_of(PATIENTS[:8])))
    numbers = ["estimate", "ci_low", "ci_high", "p_value", "test_statistic", "n"]
    pd.testing.assert_frame_equal(with_missing[numbers], without[numbers])


# Follow-up


def test_change_per_year_is_divided_exactly(made):
    rows = made[(made["scenario"] == "per_year") & (made["statistic"] == "mean")]
    found = dict(zip(rows["outcome"] + rows["group"], rows["estimate"], strict=True))
    rates = [
        Fraction(str(after)) - Fraction(str(before)) for before, after, *_ in PATIENTS
    ]
    rates = [r / Fraction(str(p[6])) for r, p in zip(rates, PATIENTS, strict=True)]
    assert found["damageall"] == pytest.approx(float(sum(rates) / len(rates)))
    worsened = [rate for rate in rates if rate > 0]
    assert found["damageC"] == pytest.approx(float(sum(worsened) / len(worsened)))
    assert set(rows["unit"]) == {"points per year", "mg/L per year"}
    assert set(rows["visit"] + "-" + rows["ref_visit"]) == {"after-before"}


def test_outcome_that_makes_the_groups_is_described_and_not_tested(made):
    rows = made[(made["scenario"] == "per_year") & (made["analysis"] == "contrast")]
    assert rows["outcome"].tolist() == ["crp"]
    assert rows["p_value"].notna().all()


@pytest.mark.parametrize(("unit", "per_year"), [("months", 12), ("days", 365.25)])
def test_duration_in_another_unit_is_turned_into_years(tmp_path, study, unit, per_year):
    other = study_of(tmp_path, unit=unit)
    means = []
    for definition in (study, other):
        rows = run(definition)
        mine = (rows["scenario"] == "per_year") & (rows["statistic"] == "mean")
        means.append(rows[mine]["estimate"].to_numpy())
    np.testing.assert_allclose(means[1], means[0] * per_year)


def test_duration_as_covariate_leaves_one_row_a_predictor(made):
    rows = made[made["scenario"] == "adjusted:years"]
    single = rows[rows["analysis"] == "risk"]
    assert sorted(single["term"]) == ["age", "crp", "female"]
    assert set(single["adjusted_for"]) == {"years"}
    joint = rows[rows["analysis"] == "joint"]
    assert sorted(joint["term"]) == ["age", "crp", "years"]


# The schema

FAULTS = [
    ("{thresholds: [0, 0]}", "sensitivity.thresholds: 0 is given twice"),
    ("{thresholds: [-1]}", "must be|greater"),
    ("{threshold: [1]}", "sensitivity.threshold: key is unknown"),
    ("{exchange: {draws: 10}}", "draws"),
    ("{per_year: {outcomes: [dmg], duration: years}}", "no outcome 'dmg'"),
    ("{per_year: {outcomes: [crp], duration: crp}}", "must be per: patient"),
    ("{per_year: {outcomes: [crp], duration: age_}}", "no variable 'age_'"),
]


@pytest.mark.parametrize(("text", "message"), FAULTS)
def test_declaration_that_cannot_be_meant_is_refused(tmp_path, text, message):
    with pytest.raises(DefinitionError) as caught:
        study_of(tmp_path, text)
    assert pd.Series(caught.value.faults).str.contains(message).any()


# What may leave


def size_rows(**scenarios: tuple[int, int, int]) -> list[dict[str, object]]:
    return [
        {
            "scenario": name.replace("_", ":"),
            "statistic": "n",
            "outcome": "cohort",
            "group": group,
            "estimate": float(n),
        }
        for name, found in scenarios.items()
        for group, n in zip("ABC", found, strict=True)
    ]


LEAVING = [
    ({"threshold_1": (10, 20, 30)}, {"threshold:1"}),
    ({"primary": (10, 20, 30), "threshold_1": (8, 22, 30)}, set()),
    ({"primary": (10, 20, 30), "threshold_1": (10, 30, 20)}, {"threshold:1"}),
    ({"threshold_1": (10, 20, 30), "threshold_2": (6, 20, 34)}, {"threshold:1"}),
    ({"threshold_1": (3, 20, 37)}, set()),
    ({"threshold_1": (0, 20, 40)}, {"threshold:1"}),
]


@pytest.mark.parametrize(("scenarios", "expected"), LEAVING)
def test_scenario_leaves_only_if_no_difference_is_small(study, scenarios, expected):
    rows = size_rows(**scenarios)
    assert shown_scenarios(rows, study=study, min_cell=5) == expected


def released(study: Study, made: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    whole = pd.concat([plan(study), made], ignore_index=True)
    results, multiverse = gather_results(study, whole)
    tables = {"results": results, "multiverse": multiverse}
    table = suppress(tables, study=study, min_cell=min_cell).tables["multiverse"]
    return table[table["scenario"].str.startswith("threshold:")]


def test_small_groups_at_a_threshold_do_not_leave(study, made):
    rows = released(study, made, min_cell=2)
    told = ["estimate", "p_value", "test_statistic", "n", "n_events"]
    # At 2 one patient is improved; at 0.5 one is less than in the plan.
    for scenario in ("threshold:2", "threshold:0.5"):
        assert rows.loc[rows["scenario"] == scenario, told].isna().all(axis=None)


def test_counts_beside_a_shown_threshold_do_not_leave(study, made):
    rows = released(study, made, min_cell=1)
    there = rows[(rows["outcome"] != "cohort") & (rows["term"] != "female")]
    assert there.loc[there["scenario"] == "threshold:0", "estimate"].notna().any()
    assert there[["n", "n_events", "n_missing"]].isna().all(axis=None)
    assert (there["warning"] == "").all()
    female = rows[rows["term"] == "female"]
    assert female["estimate"].isna().all()


def test_results_do_not_depend_on_the_order_of_patients(study, made):
    tables = tables_of()
    tables["patients"] = tables["patients"].iloc[::-1].reset_index(drop=True)
    found = run(study, tables)
    numbers = found.select_dtypes("number").columns
    np.testing.assert_allclose(found[numbers], made[numbers], rtol=1e-9)


def test_no_estimate_of_the_multiverse_is_of_the_plan(made):
    assert "primary" not in set(made["scenario"])
    assert not any(isnan(n) for n in made.loc[made["outcome"] == "cohort", "estimate"])
