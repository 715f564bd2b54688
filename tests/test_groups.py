"""Improved, unchanged, worsened: from two values of a patient to a label."""

from math import isnan, nan
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.contracts import GROUPS, SCORES
from rejia.errors import DataError, DefinitionError
from rejia.groups import derive_groups, detectable_change
from rejia.scores import derive_scores
from rejia.scores.by_reader import needed_by_reader, scores_by_reader
from rejia.stats.agreement import smallest_detectable_change
from rejia.study import Study, classify, read_study

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
  boundary: {boundary}
  missing: {missing}
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
    boundary: str = "unchanged",
    missing: str = "excluded",
) -> Study:
    groups = GROUPING.format(
        outcome=outcome, threshold=threshold, boundary=boundary, missing=missing
    )
    groups = groups if grouped else ""
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


@pytest.mark.parametrize("pair", AT_THRESHOLD)
def test_change_of_just_the_threshold_is_a_change_where_the_study_says_so(
    tmp_path, pair
):
    study = study_of(tmp_path, threshold=0.2, boundary="changed")
    group = "C" if pair[1] > pair[0] else "A"
    assert labels(study, p1=pair) == {"p1": group}
    assert labels(study, p1=(pair[0], pair[0] + 0.1)) == {"p1": "B"}


@pytest.mark.parametrize("boundary", ["unchanged", "changed"])
def test_no_change_is_unchanged_under_every_boundary(tmp_path, boundary):
    assert labels(study_of(tmp_path, boundary=boundary), p1=(3, 3)) == {"p1": "B"}


steps = st.integers(-50, 50)


@given(steps, st.integers(0, 50), st.sampled_from(["high", "low"]))
def test_boundaries_differ_at_the_threshold_and_nowhere_else(change, threshold, worse):
    found = [
        classify(change, threshold=threshold, worse=worse, boundary=boundary)
        for boundary in ("unchanged", "changed")
    ]
    assert (found[0] != found[1]) == (abs(change) == threshold and change != 0)


@given(steps, st.integers(0, 50), st.sampled_from(["unchanged", "changed"]))
def test_change_the_other_way_is_the_mirrored_class(change, threshold, boundary):
    mirror = {"improved": "worsened", "worsened": "improved", "unchanged": "unchanged"}
    one, other = (
        classify(sign * change, threshold=threshold, worse="high", boundary=boundary)
        for sign in (1, -1)
    )
    assert other == mirror[one]


def test_boundary_that_is_none_is_refused():
    with pytest.raises(ValueError, match="boundary must be one of unchanged, changed"):
        classify(1, threshold=0, worse="high", boundary="open")


@pytest.mark.parametrize(("missing", "group"), [("unchanged", "B"), ("worsened", "C")])
def test_patient_without_a_value_is_counted_as_the_study_says(tmp_path, missing, group):
    study = study_of(tmp_path, missing=missing)
    row = derive_groups(study, tables_of(p1=(1.0, nan)), NO_SCORES).iloc[0]
    assert row["group"] == group
    assert row["reason"] == f"no crp at follow_up; counted as {missing}"
    assert isnan(row["change"])


# The smallest detectable change

READINGS = """\
study: small
title: A small study
citation: small2020
sources: {cohort: cohorts/small}
visits: {baseline: {label: Before}, follow_up: {label: After}}
variables:
  larsen:
    {label: L, instrument: larsen_large_joints, layout: large10, step: 0.25,
     worse: high}
groups:
  outcome: larsen_total
  from: baseline
  to: follow_up
  sdc: {k: 2, level: 0.95}
  labels: {improved: A, unchanged: B, worsened: C}
"""
AREAS = [(s, d) for s in ("shoulder", "elbow", "hip", "knee", "ankle") for d in "lr"]
# Changes of the total by each of two readers: the worked example of the SDC.
FIRST = [0, 1, 3, -1, 2, 5, 0, 4]
SECOND = [1, 1, 2, 0, 2, 3, -1, 6]


def readings(readers=("one", "two")) -> dict[str, pd.DataFrame]:
    rows = []
    for at, changes in enumerate(zip(FIRST, SECOND, strict=True)):
        for reader, change in zip(("one", "two"), changes, strict=True):
            for place, (site, side) in enumerate(AREAS):
                before = 1
                spread = abs(change) > place
                after = before + (1 if change > 0 else -1) * spread
                for visit, value in (("baseline", before), ("follow_up", after)):
                    rows.append(
                        {
                            "patient": f"p{at}",
                            "visit": visit,
                            "site": site,
                            "side": "left" if side == "l" else "right",
                            "finding": "larsen",
                            "reader": reader,
                            "reading": "1",
                            "value": float(value),
                        }
                    )
    findings = pd.DataFrame(rows)
    patients = [f"p{at}" for at in range(len(FIRST))]
    visits = [(p, v, nan) for p in patients for v in ("baseline", "follow_up")]
    return {
        "patients": pd.DataFrame({"patient": patients}),
        "visits": pd.DataFrame(visits, columns=["patient", "visit", "day"]),
        "measurements": tables_of()["measurements"],
        "findings": findings[findings["reader"].isin(readers)],
    }


@pytest.fixture
def read(tmp_path) -> Study:
    path = tmp_path / "small.yaml"
    path.write_text(READINGS)
    return read_study(path)


def test_threshold_is_the_smallest_detectable_change_of_the_readers(read):
    tables = readings()
    by_reader = needed_by_reader(read, tables)
    found = detectable_change(read, read.groups.sdc, by_reader)
    # Worked number of the instruments: 1.2831211946 at k = 2.
    assert found.estimate == pytest.approx(1.2831211946, abs=1e-9)
    pairs = list(zip(FIRST, SECOND, strict=True))
    assert found == smallest_detectable_change(pairs, k=2, level=0.95)


def test_groups_by_the_smallest_detectable_change_are_those_of_its_worked_example(read):
    tables = readings()
    scores = derive_scores(read, tables)
    groups = derive_groups(read, tables, scores, needed_by_reader(read, tables))
    # Mean changes 0.5, 1, 2.5, -0.5, 2, 4, -0.5, 5: four of eight progress.
    assert groups["change"].tolist() == [0.5, 1, 2.5, -0.5, 2, 4, -0.5, 5]
    assert groups["group"].tolist() == ["B", "B", "C", "B", "C", "C", "B", "C"]


def test_one_reader_gives_no_threshold_and_the_reason_is_said(read):
    tables = readings(readers=("one",))
    scores = derive_scores(read, tables)
    with pytest.raises(DataError) as caught:
        derive_groups(read, tables, scores, scores_by_reader(read, tables))
    (fault,) = caught.value.faults
    assert fault == "findings must be of 2 readers, but there are: one"


def test_readers_are_not_scored_where_the_threshold_is_a_number(study):
    assert needed_by_reader(study, readings()) == {}


def test_a_threshold_and_a_detectable_change_exclude_each_other(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(READINGS.replace("  sdc:", "  threshold: 1\n  sdc:"))
    with pytest.raises(DefinitionError) as caught:
        read_study(path)
    assert "threshold and sdc exclude each other" in caught.value.faults[0]
