"""Definitions and a cohort to keyed estimates, on five patients done by hand."""

from math import isnan, nan, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from rejia.analyses import run_analyses
from rejia.analyses.published import allowed_counts
from rejia.analyses.rows import CohortRows, lattice_units
from rejia.contracts import ESTIMATES, FACTS, SCORES
from rejia.errors import DataError, DefinitionError
from rejia.study import Study, read_study

DEFINITION = """\
study: five
title: Five patients
citation: five2020
sources: {{cohort: cohorts/five, facts: published/five/facts.tsv}}
visits: {{baseline: {{label: Before}}, follow_up: {{label: After}}}}
variables:
  sex: {{label: Sex, per: patient, levels: [female, male]}}
  female: {{label: Female, per: patient, indicator_of: sex, level: female}}
  age: {{label: Age, unit: years, step: 0.1, per: patient}}
  crp: {{label: CRP, unit: mg/L, step: 0.1, worse: high}}
  larsen:
    label: Larsen grade
    instrument: larsen_large_joints
    step: 0.25
    min: 0
    max: 5
    worse: high
    population: joints
populations:
  patients: {{unit: patient}}
  joints: {{unit: joint}}
groups:
  outcome: crp
  from: baseline
  to: follow_up
  labels: {{improved: A, unchanged: B, worsened: C}}
  merges: {{A+B: [A, B]}}
analyses:
{analyses}
"""
TRANSITIONS = (
    "  - {id: fates, test: transitions, outcome: larsen, visit: follow_up, "
    "ref_visit: baseline, classes: {%s}}\n"
)
CLASSES = "grade_0: [0], grade_1: [1], grade_2_5: [2, 3, 4, 5]"
ANALYSES = (
    "  - {id: describe, test: describe, outcomes: [sex, female, crp], "
    "visits: [baseline, follow_up], groups: [all, A, C, A+B]}\n"
    "  - {id: cases, test: case_values, outcomes: [crp], visits: [follow_up]}\n"
    "  - {id: change, test: change_counts, outcomes: [crp], visit: follow_up, "
    "ref_visit: baseline}\n"
    "  - {id: change_half, test: change_counts, outcomes: [crp], visit: follow_up, "
    "ref_visit: baseline, threshold: 0.5}\n" + TRANSITIONS % CLASSES
)

# patient: sex, age, CRP before, CRP after (p4: <0.2, censored), group
PATIENTS = {
    "p1": ("female", 2.0, 1.0, 0.5, "A"),
    "p2": ("female", 4.0, 2.0, 2.0, "B"),
    "p3": ("male", 6.0, 3.0, 4.0, "C"),
    "p4": ("male", 8.0, 4.0, 0.2, ""),
    "p5": ("", 10.0, 10.0, nan, ""),
}

# patient, side: grade before, grade after; p5 has no right hip.
HIPS = {
    ("p1", "left"): (0.0, 0.0),
    ("p1", "right"): (0.0, 1.0),
    ("p2", "left"): (1.0, 0.0),
    ("p2", "right"): (1.0, 1.0),
    ("p3", "left"): (0.75, 0.5),
    ("p3", "right"): (2.0, 2.0),
    ("p4", "left"): (3.0, 2.0),
    ("p4", "right"): (1.0, 1.5),
    ("p5", "left"): (0.0, 0.0),
}


def study_of(folder: Path, analyses: str) -> Study:
    path = folder / "five.yaml"
    path.write_text(DEFINITION.format(analyses=analyses))
    return read_study(path)


def measurements(pairs: dict[str, tuple[float, float]]) -> pd.DataFrame:
    rows = [
        (patient, visit, "crp", value, "", "", "mg/L")
        for patient, values in pairs.items()
        for visit, value in zip(("baseline", "follow_up"), values, strict=True)
    ]
    names = ["patient", "visit", "variable", "value", "comparator", "text", "unit"]
    return pd.DataFrame(rows, columns=names)


def cohort_of(study: Study) -> CohortRows:
    measured = measurements({p: row[2:4] for p, row in PATIENTS.items()})
    measured.loc[7, "comparator"] = "<"
    blank = dict.fromkeys(SCORES, "")
    scores = [
        {
            **blank,
            "patient": patient,
            "visit": visit,
            "score": "larsen",
            "component": "hip",
            "side": side,
            "value": grade,
            "score_version": "larsen_large10",
        }
        for (patient, side), grades in HIPS.items()
        for visit, grade in zip(("baseline", "follow_up"), grades, strict=True)
    ]
    return CohortRows(
        study=study,
        tables={
            "patients": pd.DataFrame(
                [(p, row[0], row[1]) for p, row in PATIENTS.items()],
                columns=["patient", "sex", "age"],
            ),
            "measurements": measured,
        },
        scores=pd.DataFrame(scores, columns=list(SCORES)),
        groups=pd.DataFrame(
            [(p, row[4]) for p, row in PATIENTS.items()], columns=["patient", "group"]
        ),
    )


def run(folder: Path, analyses: str) -> pd.DataFrame:
    study = study_of(folder, analyses)
    return run_analyses(study, cohort=cohort_of(study), facts=facts_of())


def facts_of(**printed: str) -> pd.DataFrame:
    rows = [
        {**dict.fromkeys(FACTS, ""), "fact": f, "printed": t}
        for f, t in printed.items()
    ]
    return pd.DataFrame(rows, columns=list(FACTS))


@pytest.fixture(scope="module")
def estimates(tmp_path_factory) -> pd.DataFrame:
    return run(tmp_path_factory.mktemp("five"), ANALYSES)


def row_of(table: pd.DataFrame, **key: str) -> pd.Series:
    found = table
    for name, value in key.items():
        found = found[found[name] == value]
    assert len(found) == 1, f"{len(found)} rows for {key}"
    return found.iloc[0]


def values_of(table: pd.DataFrame, **key: str) -> dict[str, float]:
    found = table
    for name, value in key.items():
        found = found[found[name] == value]
    return dict(zip(found["statistic"], found["estimate"], strict=True))


def test_estimates_fit_their_contract_and_are_sorted(estimates):
    assert list(estimates.columns) == list(ESTIMATES)
    assert set(estimates["study"]) == {"five"}
    assert set(estimates["cohort"]) == {"five"}
    assert set(estimates["scenario"]) == {"primary"}
    assert set(estimates["cohort_kind"]) == {"observed"}
    assert estimates["analysis"].is_monotonic_increasing


def test_moments_of_five_values_are_those_done_by_hand(estimates):
    found = values_of(
        estimates, analysis="describe", outcome="crp", visit="baseline", group="all"
    )
    # 1, 2, 3, 4, 10: squares about 4 are 9, 4, 1, 0, 36, together 50.
    assert found == pytest.approx(
        {
            "mean": 4,
            "sd": sqrt(12.5),
            "min": 1,
            "max": 10,
            "q1": 2,
            "median": 3,
            "q3": 4,
        }
    )


def test_standard_error_of_a_mean_is_its_sd_over_the_root_of_n(estimates):
    key = {"analysis": "describe", "outcome": "crp", "visit": "baseline"}
    row = row_of(estimates, **key, group="all", statistic="mean")
    assert row["std_error"] == pytest.approx(sqrt(2.5))
    assert (row["n"], row["n_missing"], row["unit"]) == (5, 0, "mg/L")


def test_censored_and_missing_values_are_left_out_and_told(estimates):
    key = {"analysis": "describe", "outcome": "crp", "visit": "follow_up"}
    found = values_of(estimates, **key, group="all")
    # 0.5, 2, 4: quartiles half way between neighbours.
    assert found["mean"] == pytest.approx(6.5 / 3)
    assert (found["q1"], found["median"], found["q3"]) == (1.25, 2, 3)
    row = row_of(estimates, **key, group="all", statistic="mean")
    assert (row["n"], row["n_missing"]) == (3, 2)
    assert row["warning"] == "1 censored values left out"


def test_censored_value_of_another_group_is_not_told_here(estimates):
    key = {"analysis": "describe", "outcome": "crp", "visit": "follow_up"}
    row = row_of(estimates, **key, group="A", statistic="mean")
    assert (row["n"], row["n_missing"], row["estimate"]) == (1, 0, 0.5)
    assert row["warning"] == ""


def test_spread_of_one_value_is_missing_and_not_zero(estimates):
    key = {"analysis": "describe", "outcome": "crp", "visit": "baseline", "group": "A"}
    assert isnan(values_of(estimates, **key)["sd"])
    assert isnan(row_of(estimates, **key, statistic="mean")["std_error"])


def test_merge_of_groups_is_described_as_both_together(estimates):
    key = {"analysis": "describe", "outcome": "crp", "visit": "baseline"}
    assert values_of(estimates, **key, group="A+B")["mean"] == 1.5


SIZES = [("all", 5), ("A", 1), ("C", 1), ("A+B", 2)]


@pytest.mark.parametrize(("group", "n"), SIZES)
def test_size_of_a_group_is_given(estimates, group, n):
    row = row_of(estimates, analysis="describe", outcome="cohort", group=group)
    assert (row["statistic"], row["estimate"], row["n"]) == ("n", n, n)


@pytest.mark.parametrize("level", ["female", "male"])
def test_level_is_counted_among_those_who_have_one(estimates, level):
    key = {"analysis": "describe", "outcome": "sex", "level": level, "group": "all"}
    count = row_of(estimates, **key, statistic="n")
    assert (count["estimate"], count["n"], count["n_events"]) == (2, 4, 2)
    assert count["n_missing"] == 1
    share = row_of(estimates, **key, statistic="proportion")
    assert share["estimate"] == 0.5
    # Clopper and Pearson, 2 of 4: P(X >= 2) = 0.025 at 0.0676, and its mirror.
    limits = (share["ci_low"], share["ci_high"])
    assert limits == pytest.approx((0.0676, 0.9324), abs=5e-5)


def test_level_that_nobody_has_is_a_count_of_zero(estimates):
    key = {"analysis": "describe", "outcome": "sex", "group": "A", "level": "male"}
    assert row_of(estimates, **key, statistic="n")["estimate"] == 0


def test_indicator_of_a_category_is_one_and_zero(estimates):
    key = {"analysis": "describe", "outcome": "female", "group": "all"}
    found = values_of(estimates, **key)
    # 1, 1, 0, 0 and one unknown.
    assert found["mean"] == 0.5
    assert found["sd"] == pytest.approx(sqrt(1 / 3))
    assert row_of(estimates, **key, statistic="mean")["n_missing"] == 1


def test_category_without_a_value_has_no_mean(tmp_path):
    study = study_of(
        tmp_path, "  - {id: d, test: describe, outcomes: [sex], groups: [all]}"
    )
    cohort = cohort_of(study)
    cohort.tables["patients"]["sex"] = ""
    found = run_analyses(study, cohort=cohort, facts=facts_of())
    sexes = found[found["outcome"] == "sex"]
    assert sexes["statistic"].tolist() == ["n", "n"]
    assert sexes["n"].tolist() == [0, 0]


def test_each_published_case_has_its_value_or_a_reason(estimates):
    cases = estimates[estimates["analysis"] == "cases"].set_index("group")
    assert cases["estimate"].tolist()[:3] == [0.5, 2, 4]
    assert cases.loc["p4", "warning"] == "missing or censored"
    assert isnan(cases.loc["p4", "estimate"])
    assert isnan(cases.loc["p5", "estimate"])
    assert cases["n"].tolist() == [1, 1, 1, 0, 0]


CHANGES = [
    ("change", {"improved": 1, "unchanged": 1, "worsened": 1}),
    ("change_half", {"improved": 0, "unchanged": 2, "worsened": 1}),
]


@pytest.mark.parametrize(("analysis", "expected"), CHANGES)
def test_changes_are_counted_by_direction(estimates, analysis, expected):
    counts = estimates[
        (estimates["analysis"] == analysis) & (estimates["method"] == "count")
    ]
    assert dict(zip(counts["level"], counts["estimate"], strict=True)) == expected
    assert set(counts["n"]) == {3}
    assert set(counts["n_missing"]) == {2}


def test_mean_of_the_changes_is_that_of_the_pairs(estimates):
    row = row_of(estimates, analysis="change", statistic="mean")
    # -0.5, 0 and 1
    assert row["estimate"] == pytest.approx(0.5 / 3)
    assert (row["n"], row["n_missing"]) == (3, 2)


# class, joints in it; improved, unchanged, worsened, improved or unchanged
FATES = [
    ("grade_0", 4, (1, 2, 1, 3)),
    ("grade_1", 3, (1, 1, 1, 2)),
    ("grade_2_5", 2, (1, 1, 0, 2)),
]


@pytest.mark.parametrize(("name", "size", "fates"), FATES)
def test_joints_are_followed_from_their_first_grade(estimates, name, size, fates):
    key = {"analysis": "fates", "statistic": "n"}
    whole = row_of(estimates, **key, level=name)
    assert (whole["estimate"], whole["n"], whole["n_missing"]) == (size, 9, 1)
    assert (whole["visit"], whole["ref_visit"]) == ("baseline", "")
    names = ("improved", "unchanged", "worsened", "improved_or_unchanged")
    for fate, events in zip(names, fates, strict=True):
        row = row_of(estimates, **key, level=f"{name}>{fate}")
        assert (row["estimate"], row["n"]) == (events, size)
        assert (row["visit"], row["ref_visit"]) == ("follow_up", "baseline")


def test_grade_of_no_declared_class_is_in_none_of_them(tmp_path):
    found = run(tmp_path, TRANSITIONS % "grade_0: [0], grade_2_5: [2, 3, 4, 5]")
    counts = found[(found["statistic"] == "n") & (found["visit"] == "baseline")]
    assert dict(zip(counts["level"], counts["estimate"], strict=True)) == {
        "grade_0": 4,
        "grade_2_5": 2,
    }


def test_lattice_makes_ties_of_equal_decimals():
    after = lattice_units(pd.Series([0.3, 0.2, 0.1]), 0.1)
    before = lattice_units(pd.Series([0.1, 0.0, 0.3]), 0.1)
    assert np.array_equal(after - before, [2, 2, -2])
    assert 0.3 - 0.1 != 0.2 - 0.0  # what binary fractions would have said


def test_values_without_a_step_stay_as_they_are():
    assert lattice_units(pd.Series([0.3, 0.14]), None).tolist() == [0.3, 0.14]


def test_value_off_its_lattice_is_refused_with_a_count_and_no_value():
    with pytest.raises(DataError) as caught:
        lattice_units(pd.Series([0.3, 0.14, 7.77]), 0.1)
    (fault,) = caught.value.faults
    assert fault.startswith("2 values are no whole multiple of 0.1")
    assert "7.77" not in fault


def test_signed_rank_test_sees_the_ties_of_the_lattice(tmp_path):
    study = study_of(
        tmp_path,
        "  - {id: t, test: signed_rank, outcomes: [crp], visit: follow_up, "
        "ref_visit: baseline, convention: spss-16-npar, family: none_declared}",
    )
    cohort = cohort_of(study)
    pairs = {"p1": (0.1, 0.3), "p2": (0.0, 0.2), "p3": (0.3, 0.1), "p4": (1.0, 1.7)}
    tables = {**cohort.tables, "measurements": measurements(pairs)}
    cohort = CohortRows(
        study=study, tables=tables, scores=cohort.scores, groups=cohort.groups
    )
    found = run_analyses(study, cohort=cohort, facts=facts_of())
    row = row_of(found, scenario="primary")
    # Sizes 2, 2, 2, 7: ranks 2, 2, 2, 4; positive are 2 + 2 + 4.
    assert row["estimate"] == 8
    assert (row["n_missing"], row["family"]) == (1, "none_declared")


# Age 6 against 2 and 4: 3 apart, squares within 2, one degree of freedom.
def test_a_standardised_difference_is_that_done_by_hand(tmp_path):
    found = run(
        tmp_path,
        "  - {id: d, test: standardized_difference, outcomes: [age, crp], "
        "visits: [baseline, follow_up], group: C, reference: A+B}\n",
    )
    age = row_of(found, outcome="age")
    assert age["estimate"] == pytest.approx(3 / sqrt(2))
    assert (age["n"], age["n_missing"], age["family"]) == (3, 0, "")
    assert list(found[found["outcome"] == "crp"]["visit"]) == ["baseline", "follow_up"]
    before = row_of(found, outcome="crp", visit="baseline")
    assert before["estimate"] == pytest.approx(1.5 / sqrt(0.5))


def test_test_with_an_empty_group_is_a_row_with_a_warning(tmp_path):
    study = study_of(
        tmp_path,
        "  - {id: t, test: rank_sum, outcomes: [crp], visits: [baseline], group: C, "
        "reference: A+B, convention: spss-16-npar, family: none_declared}",
    )
    cohort = cohort_of(study)
    cohort.groups["group"] = ["A", "A", "B", "", ""]
    (row,) = run_analyses(study, cohort=cohort, facts=facts_of()).to_dict("records")
    assert row["warning"] == "no value in group C"
    assert row["method"] == "not_estimable"
    assert isnan(row["p_value"])


def test_ranks_of_two_groups_are_those_done_by_hand(tmp_path):
    found = run(
        tmp_path,
        "  - {id: t, test: rank_sum, outcomes: [age], group: C, "
        "reference: A+B, convention: spss-16-npar, family: none_declared}",
    )
    row = row_of(found, scenario="primary")
    # Age 6 against 2 and 4: the one value of C is above both.
    assert (row["estimate"], row["n"], row["visit"]) == (2, 3, "")


def test_correlation_of_ordered_pairs_is_one(tmp_path):
    found = run(
        tmp_path,
        "  - {id: t, test: spearman, outcome: crp, term: age, visit: baseline, "
        "method: student_t, family: none_declared}",
    )
    (row,) = found.to_dict("records")
    assert row["estimate"] == pytest.approx(1)
    assert (row["outcome"], row["term"], row["n_missing"]) == ("crp", "age", 0)


def test_predictor_that_separates_gives_a_row_with_a_warning(tmp_path):
    found = run(
        tmp_path,
        "  - {id: t, test: logistic, event: {group: C}, predictors: [age], "
        "inference: wald, family: none_declared}",
    )
    (row,) = found.to_dict("records")
    assert row["warning"] != ""
    assert isnan(row["p_value"])
    assert (row["term"], row["group"], row["reference"]) == ("age", "C", "A+B")
    assert row["n_missing"] == 2


def test_readers_who_agree_on_every_joint_have_a_kappa_of_one(tmp_path):
    study = study_of(
        tmp_path,
        "  - {id: t, test: weighted_kappa, outcome: larsen, finding: larsen, "
        "between: inter, weights: linear, visits: [baseline]}",
    )
    cohort = cohort_of(study)
    rows = [
        (patient, "baseline", "hip", side, "larsen", reader, "1", float(int(grade)))
        for (patient, side), (grade, _) in HIPS.items()
        for reader in ("one", "two")
    ]
    names = ["patient", "visit", "site", "side", "finding", "reader", "reading"]
    findings = pd.DataFrame(rows, columns=[*names, "value"])
    cohort = CohortRows(
        study=study,
        tables={**cohort.tables, "findings": findings},
        scores=cohort.scores,
        groups=cohort.groups,
    )
    share, row = run_analyses(study, cohort=cohort, facts=facts_of()).to_dict("records")
    assert (share["statistic"], share["estimate"]) == ("agreement", 1.0)
    assert row["estimate"] == pytest.approx(1)
    assert (row["population"], row["level"]) == ("joints", "inter")


# 48 of 75 is 64 %; 55 of 75 is 73.3 %; 28 and 29 of 32 are 87.5 % and 90.6 %.
COUNTS = [
    ("64", 75, [48]),
    ("73", 75, [55]),
    ("90", 32, []),
    ("91", 32, [29]),
    ("0", 10, [0]),
    ("100", 10, [10]),
    ("50", 200, [99, 100, 101]),
    ("50.0", 200, [100]),
    ("<5", 40, [0, 1, 2]),
]


@pytest.mark.parametrize(("percent", "total", "expected"), COUNTS)
def test_printed_percentage_allows_these_counts(percent, total, expected):
    assert allowed_counts(percent, total) == expected


PUBLISHED = (
    "  - {id: share, test: published_proportion, percent: [one, two, three], "
    "denominator: total}"
)


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> pd.DataFrame:
    study = study_of(tmp_path_factory.mktemp("published"), PUBLISHED)
    facts = facts_of(one="64", two="64.2", three="4", total="75")
    facts["outcome"] = facts["fact"]
    return run_analyses(study, cohort=None, facts=facts)


def test_percentage_of_one_count_is_the_primary_estimate(published):
    share = row_of(published, outcome="one", statistic="proportion")
    assert share["scenario"] == "primary"
    assert (share["estimate"], share["n"]) == (0.64, 75)
    # The limits' own definition: 2.5 % in each tail.
    assert binom.sf(47, 75, share["ci_low"]) == pytest.approx(0.025)
    assert binom.cdf(48, 75, share["ci_high"]) == pytest.approx(0.025)
    assert row_of(published, outcome="one", statistic="n")["estimate"] == 48


def test_percentage_of_no_count_is_a_row_with_a_warning(published):
    row = row_of(published, outcome="two")
    assert row["warning"] == "no whole number of 75 gives 64.2 %"
    assert isnan(row["estimate"])


def test_percentage_of_several_counts_has_no_primary_estimate(tmp_path):
    study = study_of(tmp_path, PUBLISHED.replace("[one, two, three]", "[one]"))
    facts = facts_of(one="64", total="200")
    found = run_analyses(study, cohort=None, facts=facts)
    # 127.0 to 129.0 of 200
    assert sorted(set(found["scenario"])) == ["count:127", "count:128", "count:129"]


def test_percentage_of_an_unknown_fact_is_a_fault_of_the_definition(tmp_path):
    study = study_of(tmp_path, PUBLISHED)
    facts = facts_of(one="64", twoo="64.2", three="4", totals="75")
    with pytest.raises(DefinitionError) as caught:
        run_analyses(study, cohort=None, facts=facts)
    message = str(caught.value)
    assert "analysis 'share': no fact 'two'; did you mean 'twoo'?" in message
    assert "analysis 'share': no fact 'total'; did you mean 'totals'?" in message


@pytest.mark.parametrize("text", ["75.5", "<75"])
def test_denominator_that_is_no_whole_number_is_refused(tmp_path, text):
    study = study_of(tmp_path, PUBLISHED)
    facts = facts_of(one="64", two="64.2", three="4", total=text)
    with pytest.raises(DefinitionError, match="'total' must be a whole number, but is"):
        run_analyses(study, cohort=None, facts=facts)


def test_analysis_without_its_input_is_a_fault_that_says_what_to_do(tmp_path):
    study = study_of(tmp_path, ANALYSES + PUBLISHED)
    with pytest.raises(DefinitionError) as caught:
        run_analyses(study, cohort=None, facts=None)
    assert caught.value.faults == (
        "analysis 'describe' needs a cohort; add it to sources, or drop it",
        "analysis 'cases' needs a cohort; add it to sources, or drop it",
        "analysis 'change' needs a cohort; add it to sources, or drop it",
        "analysis 'change_half' needs a cohort; add it to sources, or drop it",
        "analysis 'fates' needs a cohort; add it to sources, or drop it",
        "analysis 'share' needs facts; add it to sources, or drop it",
    )


def test_patients_in_another_order_give_the_same_estimates(tmp_path, estimates):
    study = study_of(tmp_path, ANALYSES)
    cohort = cohort_of(study)
    turned = CohortRows(
        study=study,
        tables={name: table[::-1] for name, table in cohort.tables.items()},
        scores=cohort.scores[::-1],
        groups=cohort.groups[::-1],
    )
    found = run_analyses(study, cohort=turned, facts=facts_of())
    pd.testing.assert_frame_equal(found, estimates)
