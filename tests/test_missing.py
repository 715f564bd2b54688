"""Missing values: patterns, best and worst case, imputation; declared and bounded."""

from collections import Counter
from math import isclose, isnan, log, nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.analyses import run_analyses
from rejia.analyses.imputed import impute
from rejia.analyses.missing_pattern import chosen_columns, patterns_of
from rejia.analyses.rows import CohortRows
from rejia.contracts import GROUPS, MEASUREMENTS, RESULTS, SCORES
from rejia.disclosure import suppress
from rejia.errors import DefinitionError
from rejia.results import gather_results
from rejia.stats import models
from rejia.study import Study, read_study
from rejia.study.missing import Imputation

STUDY = """\
study: small
title: A small study
citation: small2020
sources: {{cohort: cohorts/small}}
visits: {{baseline: {{label: Before}}, follow_up: {{label: After}}}}
variables:
  sex: {{label: Sex, per: patient, levels: [female, male]}}
  female: {{label: Female, per: patient, indicator_of: sex, level: female, worse: high}}
  age: {{label: Age, unit: years, step: 0.1, per: patient}}
  weight: {{label: Weight, unit: kg, step: 0.1, per: patient}}
  crp: {{label: CRP, unit: mg/L, step: 0.1, worse: high}}
  pain: {{label: Pain, step: 1, min: 0, max: 10, worse: high}}
  able: {{label: Ability, step: 1, min: 0, max: 4, worse: low}}
  rash: {{label: Rash, levels: [none, mild, severe], worse: high}}
groups:
  outcome: crp
  from: baseline
  to: follow_up
  labels: {{improved: A, unchanged: B, worsened: C}}
{imputation}
analyses:
{analyses}
"""
IMPUTATION = "imputation: {seed: 7, imputations: 5, cycles: 3}"


def study_of(folder: Path, *analyses: str, imputation: str = IMPUTATION) -> Study:
    path = folder / "small.yaml"
    lines = "".join(f"  - {{{analysis}}}\n" for analysis in analyses)
    path.write_text(STUDY.format(analyses=lines, imputation=imputation))
    return read_study(path)


# Six patients; no value of pain at follow-up in p5 and p6, none of p6 before.
PATIENTS = ["p1", "p2", "p3", "p4", "p5", "p6"]
VALUES = {
    ("pain", "baseline"): [5, 6, 7, 7, 4, nan],
    ("pain", "follow_up"): [1, 2, 9, 8, nan, nan],
    ("able", "baseline"): [1, 2, 1, 3, nan, 2],
    ("crp", "baseline"): [5, 5, 5, 5, 5, 5],
}
RASH = ["none", "mild", "severe", "none", "", ""]
GROUP = ["A", "A", "C", "C", "C", ""]


def measured(values=VALUES, patients=PATIENTS) -> pd.DataFrame:
    nothing = dict.fromkeys(MEASUREMENTS, "")
    rows = [
        nothing
        | {"patient": p, "visit": visit, "variable": name, "value": float(value)}
        for (name, visit), numbers in values.items()
        for p, value in zip(patients, numbers, strict=True)
        if not isnan(value)
    ]
    rows += [
        nothing
        | {"patient": p, "visit": "baseline", "variable": "rash", "text": text}
        | {"value": nan}
        for p, text in zip(PATIENTS, RASH, strict=True)
        if text and patients is PATIENTS
    ]
    return pd.DataFrame(rows)


def cohort_of(study: Study) -> CohortRows:
    patients = pd.DataFrame(
        {
            "patient": PATIENTS,
            "sex": ["female", "male", "female", "", "male", "female"],
            "age": [3.0, 4.0, 9.0, nan, 12.0, 5.0],
            "weight": [15.0, 16.0, 30.0, 31.0, 40.0, 18.0],
        }
    )
    groups = pd.DataFrame(
        [(p, g, nan, "") for p, g in zip(PATIENTS, GROUP, strict=True)],
        columns=list(GROUPS),
    )
    return CohortRows(
        study=study,
        tables={"patients": patients, "measurements": measured()},
        scores=pd.DataFrame({name: [] for name in SCORES}),
        groups=groups,
    )


def ran(study: Study, scenario: str, **key: str) -> pd.DataFrame:
    found = run_analyses(study, cohort=cohort_of(study), facts=None)
    for name, value in {"scenario": scenario, **key}.items():
        found = found[found[name] == value]
    return found


SIGNED = (
    "id: pain, test: signed_rank, outcomes: [pain], visit: follow_up, "
    "ref_visit: baseline, convention: r-4.6, family: none_declared"
)


def test_best_and_worst_change_fill_the_later_value_alone(tmp_path):
    study = study_of(tmp_path, f"{SIGNED}, missing: [best, worst]")
    # Changes -4 -4 2 1, and of p5 -4 (pain 0) or 6 (pain 10); p6 has no earlier one.
    for scenario, n, missing, w_plus in (
        ("primary", 4, 2, 3.0),
        ("missing:best", 5, 1, 3.0),
        ("missing:worst", 5, 1, 8.0),
    ):
        row = ran(study, scenario, statistic="w_plus").iloc[0]
        assert (row["n"], row["n_missing"]) == (n, missing)
        assert row["estimate"] == w_plus


def test_best_of_a_scale_on_which_low_is_worse_is_its_top(tmp_path):
    study = study_of(
        tmp_path,
        "id: d, test: describe, outcomes: [able, rash, female], visits: [baseline], "
        "missing: [best, worst]",
    )
    mean = {
        how: ran(study, how, outcome="able", statistic="mean")["estimate"].iloc[0]
        for how in ("primary", "missing:best", "missing:worst")
    }
    assert mean == {
        "primary": 9 / 5,
        "missing:best": 13 / 6,
        "missing:worst": 9 / 6,
    }
    best = ran(study, "missing:best", outcome="rash", statistic="n")
    worst = ran(study, "missing:worst", outcome="rash", statistic="n")
    counts = [dict(zip(t["level"], t["estimate"], strict=True)) for t in (best, worst)]
    assert counts == [
        {"none": 4, "mild": 1, "severe": 1},
        {"none": 2, "mild": 1, "severe": 3},
    ]
    female = ran(study, "missing:worst", outcome="female", statistic="mean")
    assert female["estimate"].tolist() == [4 / 6]


def test_patients_without_group_are_improved_or_worsened_in_a_model(tmp_path):
    model = (
        "id: m, test: logistic, event: {group: C}, predictors: [weight], "
        "inference: wald, family: none_declared, missing: [best, worst]"
    )
    study = study_of(tmp_path, model)
    found = {
        how: ran(study, how).iloc[0]
        for how in ("primary", "missing:best", "missing:worst")
    }
    assert [(r["n"], r["n_events"], r["n_missing"]) for r in found.values()] == [
        (5, 3, 1),
        (6, 3, 0),
        (6, 4, 0),
    ]


def test_scenarios_leave_the_plan_as_it_is_and_go_to_the_multiverse(tmp_path):
    plain, more = (
        study_of(tmp_path, SIGNED),
        study_of(tmp_path, f"{SIGNED}, missing: [best, worst]"),
    )
    alone, beside = (
        gather_results(s, run_analyses(s, cohort=cohort_of(s), facts=None))
        for s in (plain, more)
    )
    pd.testing.assert_frame_equal(alone[0], beside[0])
    added = set(beside[1]["scenario"]) - set(alone[1]["scenario"])
    assert added == {"missing:best", "missing:worst"}
    assert list(beside[1].columns) == list(RESULTS)


def frame_of(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    x = np.round(rng.normal(10, 2, n), 1)
    y = np.round(x + rng.normal(0, 1, n), 1)
    frame = pd.DataFrame({"x": x, "y": y, "z": rng.integers(0, 2, n).astype(float)})
    # Large values of y hide x: those who have x are not like the others.
    frame.loc[(y > 11) & (rng.random(n) < 0.7), "x"] = nan
    frame.loc[:2, "z"] = nan
    return frame


PLAN = Imputation(seed=7, imputations=5, cycles=3)


def test_imputed_values_are_recorded_ones_and_others_stay():
    frame = frame_of(120)
    completed, why = impute(frame, PLAN, name="a")
    assert (len(completed), why) == (5, "")
    for data in completed:
        assert not data.isna().to_numpy().any()
        there = frame.notna()
        assert (data.where(there) == frame.where(there)).to_numpy()[there].all()
        for name in frame.columns:
            assert set(data[name]) <= set(frame[name].dropna())
    assert not completed[0].equals(completed[1])


def test_same_seed_gives_the_same_and_another_name_others():
    frame = frame_of(60)
    first, again, other = (
        impute(frame, PLAN, name=name)[0][0] for name in ("a", "a", "b")
    )
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_imputation_undoes_what_leaving_out_distorts():
    rng = np.random.default_rng(11)
    x = np.round(rng.normal(10, 2, 400), 1)
    truth = x.mean()
    frame = frame_of(400)
    means = [data["x"].mean() for data in impute(frame, PLAN, name="a")[0]]
    assert truth - frame["x"].mean() > 0.4
    assert abs(np.mean(means) - truth) < 0.15


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (pd.DataFrame({"x": [nan] * 20, "y": range(20)}), "fewer than 5 values of x"),
        (frame_of(20).head(8), "fewer than 3 patients for each column"),
    ],
)
def test_what_has_no_imputation_model_says_so(frame, told):
    completed, why = impute(frame, PLAN, name="a")
    assert completed == []
    assert told in why


MODEL = (
    "id: m, test: logistic, event: {group: C}, predictors: [age, weight], "
    "inference: wald, family: none_declared, missing: [mi]"
)


def larger(study: Study, n: int = 80) -> CohortRows:
    rng = np.random.default_rng(3)
    names = [f"p{i:03d}" for i in range(n)]
    age = np.round(rng.uniform(1, 16, n), 1)
    weight = np.round(8 + 2.5 * age + rng.normal(0, 4, n), 1)
    ill = rng.random(n) < 1 / (1 + np.exp(-(age - 8) / 3))
    age[rng.random(n) < 0.2] = nan
    patients = pd.DataFrame({"patient": names, "sex": "", "age": age, "weight": weight})
    labels = np.where(ill, "C", "A")
    labels[:4] = ""
    groups = pd.DataFrame(
        [(p, g, nan, "") for p, g in zip(names, labels, strict=True)],
        columns=list(GROUPS),
    )
    values = {("crp", "baseline"): [5.0] * n}
    return CohortRows(
        study=study,
        tables={"patients": patients, "measurements": measured(values, names)},
        scores=pd.DataFrame({name: [] for name in SCORES}),
        groups=groups,
    )


def test_imputed_model_uses_everyone_who_has_a_group(tmp_path):
    study = study_of(tmp_path, MODEL)
    found = run_analyses(study, cohort=larger(study), facts=None)
    mi = found[found["scenario"] == "missing:mi"].set_index("term")
    plan = found[found["scenario"] == "primary"].set_index("term")
    assert mi["n"].tolist() == [76, 76]
    assert mi["n_missing"].tolist() == [4, 4]
    assert plan.loc["age", "n"] < 76
    assert plan.loc["age", "n"] + plan.loc["age", "n_missing"] == 80
    method = mi.loc["age", "method"]
    assert "5_imputations" in method
    assert "seed_7" in method
    # Weight is complete: more patients tell more of it.
    assert mi.loc["weight", "std_error"] < plan.loc["weight", "std_error"]
    assert abs(log(mi.loc["age", "estimate"] / plan.loc["age", "estimate"])) < 0.3


def test_imputed_model_without_missing_values_is_the_plans_by_students_t(tmp_path):
    study = study_of(tmp_path, MODEL.replace("[age, weight]", "[weight]"))
    cohort = larger(study)
    found = run_analyses(study, cohort=cohort, facts=None)
    mi, plan = (
        found[found["scenario"] == s].iloc[0] for s in ("missing:mi", "primary")
    )
    for name in ("estimate", "std_error", "n", "n_events", "n_missing"):
        assert isclose(mi[name], plan[name], rel_tol=1e-9)
    assert mi["ci_low"] < plan["ci_low"]


def test_imputed_mean_without_missing_values_is_the_mean(tmp_path):
    study = study_of(
        tmp_path,
        "id: d, test: describe, outcomes: [weight, age, sex], groups: [all, C], "
        "missing: [mi]",
    )
    cohort = larger(study)
    found = run_analyses(study, cohort=cohort, facts=None)
    mi = found[found["scenario"] == "missing:mi"].set_index(["outcome", "group"])
    weight = cohort.tables["patients"]["weight"]
    assert isclose(mi.loc[("weight", "all"), "estimate"], weight.mean())
    assert isclose(
        mi.loc[("weight", "all"), "std_error"], weight.std(ddof=1) / len(weight) ** 0.5
    )
    assert set(mi.index.get_level_values("outcome")) == {"weight", "age"}
    assert mi.loc[("age", "all"), "n"] == 80
    plan = found[found["scenario"] == "primary"]
    age = plan[(plan["outcome"] == "age") & (plan["statistic"] == "mean")]
    age = age[age["group"] == "all"]
    # Weight tells most of age: the mean of everyone is known better than of some.
    assert mi.loc[("age", "all"), "std_error"] < age["std_error"].iloc[0]
    assert abs(mi.loc[("age", "all"), "estimate"] - age["estimate"].iloc[0]) < 1


def test_separated_data_sets_are_not_pooled(tmp_path):
    study = study_of(tmp_path, MODEL.replace("[age, weight]", "[weight]"))
    cohort = larger(study)
    weight = cohort.groups["group"].map({"C": 50.0, "A": 10.0, "": 20.0})
    cohort.tables["patients"]["weight"] = weight + np.arange(80) / 10
    found = run_analyses(study, cohort=cohort, facts=None)
    row = found[found["scenario"] == "missing:mi"].iloc[0]
    assert row["method"] == "not_estimable"
    assert "separat" in row["warning"]
    assert isnan(row["estimate"])


PATTERN = (
    "id: gaps, test: missing_pattern, outcomes: [pain, able, rash, age], "
    "visits: [baseline, follow_up], groups: [all, A, C], min_patients: 1"
)


def test_who_has_a_value_by_visit_and_group(tmp_path):
    found = ran(study_of(tmp_path, PATTERN), "primary", statistic="n_there")
    rows = found[["outcome", "visit", "group", "estimate", "n_missing"]]
    told = {tuple(row[:3]): tuple(row[3:]) for row in rows.itertuples(index=False)}
    assert told["pain", "follow_up", "all"] == (4, 2)
    assert told["pain", "follow_up", "A"] == (2, 0)
    assert told["pain", "follow_up", "C"] == (2, 1)
    assert told["rash", "baseline", "all"] == (4, 2)
    assert told["rash", "follow_up", "all"] == (0, 6)
    assert told["age", "", "all"] == (5, 1)


def test_patterns_are_counted_and_add_up(tmp_path):
    study = study_of(tmp_path, PATTERN.replace(", follow_up]", "]"))
    found = ran(study, "primary", outcome="missing_pattern")
    counts = dict(zip(found["level"], found["estimate"], strict=True))
    assert counts == {
        "none": 3,
        "age": 1,
        "able@baseline;rash@baseline": 1,
        "pain@baseline;rash@baseline": 1,
    }
    assert found["n"].unique().tolist() == [6]


columns = st.lists(
    st.lists(st.booleans(), min_size=12, max_size=12), min_size=1, max_size=5
)


@given(columns, st.integers(1, 6))
def test_no_pattern_that_is_shown_is_of_fewer(values, least):
    there = {(f"v{n}", ""): pd.Series(column) for n, column in enumerate(values)}
    kept = chosen_columns(there, least)
    counts = patterns_of(there, kept)
    assert sum(counts.values()) == 12
    assert min(counts.values()) >= least
    # Any union of patterns is 0 or as many: so is any count that could be derived.
    brute = Counter(tuple(values[p][i] for p in kept) for i in range(12))
    assert sorted(brute.values()) == sorted(counts.values())
    if least == 1:
        assert kept == [p for p, column in enumerate(values) if not all(column)]


def test_scenarios_of_an_observed_cohort_leave_without_counts(tmp_path):
    study = study_of(tmp_path, MODEL)
    estimates = run_analyses(study, cohort=larger(study), facts=None)
    results, multiverse = gather_results(study, estimates)
    tables = {"results": results, "multiverse": multiverse}
    released = suppress(tables, study=study, min_cell=5).tables
    shown = released["results"].set_index("term")["estimate"].notna()
    mi = released["multiverse"].set_index("term")
    assert mi[["n", "n_events", "n_missing"]].isna().all().all()
    assert mi["estimate"].notna().to_dict() == shown.to_dict()


@pytest.mark.parametrize(
    ("analysis", "told"),
    [
        (f"{SIGNED}, missing: [bst]", "did you mean 'best'"),
        (f"{SIGNED}, missing: [mi]", "mi is for describe, logistic, not for signed_"),
        (SIGNED.replace("[pain]", "[crp], missing: [best]"), "crp has no best value"),
        (
            "id: s, test: spearman, outcome: pain, term: able, visit: baseline, "
            "method: exact, family: none_declared, missing: [worst]",
            "worst is for describe",
        ),
        (PATTERN.replace("pain", "pian"), "did you mean 'pain'"),
        (PATTERN.replace("min_patients", "min_patient"), "did you mean 'min_patients'"),
        (PATTERN.replace("follow_up", "follow"), "did you mean 'follow_up'"),
    ],
)
def test_options_that_do_not_fit_are_faults(tmp_path, analysis, told):
    with pytest.raises(DefinitionError) as caught:
        study_of(tmp_path, analysis)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("imputation", "told"),
    [
        ("", "mi needs imputation: {seed: …}"),
        ("imputation: {}", "imputation.seed is missing"),
        ("imputation: {seed: 1, cycle: 2}", "did you mean 'cycles'"),
        ("imputation: {seed: 1, imputations: 1}", "imputation.imputations"),
        ("imputation: {seed: 1, also: [wieght]}", "did you mean 'weight'"),
        ("imputation: {seed: 1, also: [sex]}", "must be a number of the patient"),
        ("imputation: {seed: 1, also: [pain]}", "must be a number of the patient"),
    ],
)
def test_imputation_that_does_not_fit_is_a_fault(tmp_path, imputation, told):
    with pytest.raises(DefinitionError) as caught:
        study_of(tmp_path, MODEL, imputation=imputation)
    assert told in str(caught.value)


def test_pooled_model_is_that_of_its_data_sets(tmp_path):
    """The pooled odds ratio is the geometric mean of those of the data sets."""
    study = study_of(tmp_path, MODEL)
    cohort = larger(study)
    found = run_analyses(study, cohort=cohort, facts=None)
    mi = found[found["scenario"] == "missing:mi"].set_index("term")
    grouped = cohort.groups[cohort.groups["group"] != ""].set_index("patient")["group"]
    patients = cohort.tables["patients"].set_index("patient").loc[grouped.index]
    event = (grouped == "C").astype(float)
    frame = patients[["age", "weight"]].assign(event=event)
    plan = study.imputation
    assert plan is not None
    logs = [
        log(
            models.logistic(
                event.to_numpy(),
                data[["age", "weight"]].to_numpy(),
                names=["age", "weight"],
            )[0].estimate
        )
        for data in impute(frame, plan, name="m")[0]
    ]
    assert isclose(log(mi.loc["age", "estimate"]), sum(logs) / len(logs))
