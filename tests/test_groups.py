"""Improved, unchanged, worsened: from two values of a patient to a label."""

from math import isnan, nan
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.contracts import GROUPS, SCORES
from rejia.groups import derive_groups
from rejia.study import Study, read_study

DEFINITION = """\
study: small
title: A small study
citation: small2020
sources: {{cohort: cohorts/small}}
visits: {{baseline: {{label: Before}}, follow_up: {{label: After}}}}
variables:
  crp: {{label: CRP, unit: mg/L, step: 0.1, min: 0, worse: {worse}}}
  larsen: {{label: L, instrument: larsen_large_joints, step: 0.1, worse: {worse}{more}}}
{groups}
"""
GROUPING = """\
groups:
  outcome: {outcome}
  from: baseline
  to: follow_up
  threshold: {threshold}
  labels: {{improved: A, unchanged: B, worsened: C}}
"""


def study_of(
    folder: Path,
    *,
    worse: str = "high",
    threshold: float = 0,
    outcome: str = "crp",
    grouped: bool = True,
    more: str = "",
) -> Study:
    groups = GROUPING.format(outcome=outcome, threshold=threshold) if grouped else ""
    path = folder / "small.yaml"
    path.write_text(DEFINITION.format(worse=worse, groups=groups, more=more))
    return read_study(path)


def tables_of(**patients: tuple[float, float]) -> dict[str, pd.DataFrame]:
    """Cohort tables of patients with a value of CRP before and after."""
    rows = [
        (patient, visit, "crp", value, "")
        for patient, values in patients.items()
        for visit, value in zip(("baseline", "follow_up"), values, strict=True)
    ]
    columns = ["patient", "visit", "variable", "value", "comparator"]
    return {
        "patients": pd.DataFrame({"patient": list(patients)}),
        "measurements": pd.DataFrame(rows, columns=columns),
    }


def scores_of(*rows: dict[str, object]) -> pd.DataFrame:
    blank = dict.fromkeys(SCORES, "")
    return pd.DataFrame([{**blank, **row} for row in rows], columns=list(SCORES))


NO_SCORES = scores_of()


def labels(study: Study, **patients: tuple[float, float]) -> dict[str, str]:
    groups = derive_groups(study, tables_of(**patients), NO_SCORES)
    return dict(zip(groups["patient"], groups["group"], strict=True))


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    return study_of(tmp_path_factory.mktemp("study"))


def test_sign_of_the_change_makes_the_group(study):
    found = labels(study, p1=(5, 4.9), p2=(5, 5), p3=(0, 0.1))
    assert found == {"p1": "A", "p2": "B", "p3": "C"}


def test_improvement_is_upward_where_low_values_are_worse(tmp_path):
    study = study_of(tmp_path, worse="low")
    found = labels(study, p1=(5, 4.9), p2=(5, 5), p3=(0, 0.1))
    assert found == {"p1": "C", "p2": "B", "p3": "A"}


# In binary fractions 0.8 - 0.6 is above 0.2 and 0.3 - 0.1 is below it.
AT_THRESHOLD = [(0.6, 0.8), (0.1, 0.3), (0.0, 0.2), (1.1, 1.3), (0.8, 0.6), (0.3, 0.1)]


@pytest.mark.parametrize("pair", AT_THRESHOLD)
def test_change_of_just_the_threshold_is_unchanged(tmp_path, pair):
    assert labels(study_of(tmp_path, threshold=0.2), p1=pair) == {"p1": "B"}


@pytest.mark.parametrize(("pair", "group"), [((0.6, 0.9), "C"), ((0.9, 0.6), "A")])
def test_change_beyond_the_threshold_is_a_change(tmp_path, pair, group):
    assert labels(study_of(tmp_path, threshold=0.2), p1=pair) == {"p1": group}


def test_change_is_the_exact_difference_of_the_decimals(study):
    groups = derive_groups(study, tables_of(p1=(0.1, 0.3), p2=(0.3, 0.1)), NO_SCORES)
    assert groups["change"].tolist() == [0.2, -0.2]


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_decimals_are_compared_as_the_whole_numbers_behind_them(study, before, after):
    expected = "A" if after < before else "C" if after > before else "B"
    assert labels(study, p1=(before / 10, after / 10)) == {"p1": expected}


MISSING = [
    ((nan, 1.0), "no crp at baseline"),
    ((1.0, nan), "no crp at follow_up"),
    ((nan, nan), "no crp at baseline and follow_up"),
]


@pytest.mark.parametrize(("pair", "reason"), MISSING)
def test_patient_without_a_value_has_no_group_but_a_reason(study, pair, reason):
    row = derive_groups(study, tables_of(p1=pair), NO_SCORES).iloc[0]
    assert (row["group"], row["reason"]) == ("", reason)
    assert isnan(row["change"])


def test_patient_without_a_row_has_no_group_but_a_reason(study):
    tables = tables_of(p1=(1, 2), p2=(1, 2))
    tables["measurements"] = tables["measurements"].iloc[:3]
    row = derive_groups(study, tables, NO_SCORES).iloc[1]
    assert (row["group"], row["reason"]) == ("", "no crp at follow_up")


def test_censored_value_makes_no_group(study):
    tables = tables_of(p1=(36.2, 0.2))
    tables["measurements"]["comparator"] = ["", "<"]
    row = derive_groups(study, tables, NO_SCORES).iloc[0]
    assert (row["group"], row["reason"]) == ("", "no crp at follow_up")


def test_every_patient_has_one_row_in_order_of_name(study):
    groups = derive_groups(study, tables_of(p2=(1, 2), p1=(2, 1)), NO_SCORES)
    assert groups["patient"].tolist() == ["p1", "p2"]
    assert list(groups.columns) == list(GROUPS)


def test_study_without_groups_gives_none_and_says_so(tmp_path):
    study = study_of(tmp_path, grouped=False)
    row = derive_groups(study, tables_of(p1=(1, 2)), NO_SCORES).iloc[0]
    assert (row["group"], row["reason"]) == ("", "the study declares no groups")


def score(visit: str, value: float, **more: object) -> dict[str, object]:
    return {
        "patient": "p1",
        "visit": visit,
        "score": "larsen_total",
        "value": value,
        "score_version": "larsen_v1",
        **more,
    }


def group_of_score(study: Study, *rows: dict[str, object]) -> str:
    tables = tables_of(p1=(nan, nan))
    return str(derive_groups(study, tables, scores_of(*rows)).iloc[0]["group"])


def test_total_of_a_score_makes_the_group_and_not_its_parts(tmp_path):
    study = study_of(tmp_path, outcome="larsen_total")
    found = group_of_score(
        study,
        score("baseline", 2.0),
        score("follow_up", 1.0),
        score("follow_up", 9.0, component="hip"),
        score("follow_up", 8.0, side="left"),
    )
    assert found == "A"


def test_sum_that_misses_its_decimal_by_a_bit_is_no_change(tmp_path):
    study = study_of(tmp_path, outcome="larsen_total")
    # 0.1 + 0.2 is 0.30000000000000004: three steps, as 0.3 is.
    found = group_of_score(study, score("baseline", 0.1 + 0.2), score("follow_up", 0.3))
    assert found == "B"


def test_first_declared_version_of_a_score_makes_the_group(tmp_path):
    study = study_of(tmp_path, outcome="larsen_total", more=", versions: [v5, v4]")
    found = group_of_score(
        study,
        score("baseline", 2.0, score_version="x_v5"),
        score("follow_up", 1.0, score_version="x_v5"),
        score("baseline", 1.0, score_version="x_v4"),
        score("follow_up", 2.0, score_version="x_v4"),
    )
    assert found == "A"
