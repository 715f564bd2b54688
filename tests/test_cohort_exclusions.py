"""Who is excluded, in which order, what of the counts may leave, and the chart."""

from collections import defaultdict
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from present_material import words
from rejia.analyses import run_analyses
from rejia.analyses.rows import CohortRows
from rejia.cohort import read_cohort
from rejia.cohort.exclusions import exclude, flow_table, needs_scores
from rejia.contracts import FLOW, SCORES
from rejia.disclosure.flow import suppress_flow
from rejia.errors import DefinitionError
from rejia.groups import derive_groups
from rejia.present.figures import build_figures
from rejia.study import Study, read_study

STUDY = """\
study: small
title: A small study
citation: small2020
sources: {{cohort: cohorts/small}}
visits: {{baseline: {{label: Before}}, follow_up: {{label: After}}}}
variables:
  setting: {{label: Setting, per: patient, levels: [trial, practice]}}
  age: {{label: Age, unit: years, step: 0.1, per: patient}}
  crp: {{label: CRP, unit: mg/L, step: 0.1, worse: high}}
  larsen: {{label: Larsen, instrument: larsen_large_joints, step: 0.25, worse: high}}
exclusions:
{exclusions}
analyses:
  - {{id: describe, test: describe, outcomes: [crp], visits: [baseline], groups: [all]}}
figures: [flow]
"""
ALL = """\
  - {id: setting, label: Not in a trial, rule: not_in, of: setting, levels: [trial]}
  - {id: old, label: Older than 16, rule: outside, of: age, max: 16}
  - {id: no_crp, label: No CRP, rule: missing_value, of: crp, visits: [baseline]}
  - {id: lost, label: Lost, rule: missing_visit, visits: [baseline, follow_up]}
"""


def study_of(folder: Path, exclusions: str = ALL) -> Study:
    path = folder / "small.yaml"
    path.write_text(STUDY.format(exclusions=exclusions))
    return read_study(path)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Eight patients: one for each reason, one for two of them, the rest are whole."""
    folder = tmp_path / "cohort"
    folder.mkdir()
    people = [
        ("p1", "trial", "5"),
        ("p2", "practice", "17"),  # two reasons: counted under the first
        ("p3", "trial", "16"),  # the end of a range is inside
        ("p4", "trial", "16.1"),
        ("p5", "trial", "3"),  # CRP missing at baseline
        ("p6", "trial", "3"),  # no follow-up
        ("p7", "", ""),  # nothing known: kept
        ("p8", "trial", "9"),  # CRP known to be under a limit: there
    ]
    crp = {"p5": "", "p8": "<0.2"}
    rows = {
        "patients": ["patient\tsetting\tage", *("\t".join(p) for p in people)],
        "visits": ["patient\tvisit\tcrp [mg/L]"],
    }
    for patient, *_ in people:
        rows["visits"].append(f"{patient}\tbaseline\t{crp.get(patient, '2.5')}")
        if patient != "p6":
            rows["visits"].append(f"{patient}\tfollow_up\t1")
    for name, lines in rows.items():
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n")
    return folder


def test_each_patient_is_counted_under_the_first_reason(tmp_path, source):
    study = study_of(tmp_path)
    faults, tables = read_cohort(study, source)
    assert faults == []
    made = exclude(study, tables)
    assert made.counts == {"setting": 1, "old": 1, "no_crp": 1, "lost": 1}
    assert made.excluded == {"p2": "setting", "p4": "old", "p5": "no_crp", "p6": "lost"}
    assert list(made.tables["patients"]["patient"]) == ["p1", "p3", "p7", "p8"]
    for table in made.tables.values():
        assert set(table["patient"]) <= {"p1", "p3", "p7", "p8"}


def test_order_of_the_study_is_the_order_of_the_counts(tmp_path, source):
    backwards = "".join(reversed(ALL.splitlines(keepends=True)))
    study = study_of(tmp_path, backwards)
    _, tables = read_cohort(study, source)
    assert exclude(study, tables).counts == {
        "lost": 1,
        "no_crp": 1,
        "old": 2,
        "setting": 0,
    }


def test_unknown_values_are_excluded_where_the_study_says_so(tmp_path, source):
    line = "  - {id: old, label: Old, rule: outside, of: age, max: 16, if_missing: X}\n"
    for found, patients in (("kept", {"p2", "p4"}), ("excluded", {"p2", "p4", "p7"})):
        study = study_of(tmp_path, line.replace("X", found))
        _, tables = read_cohort(study, source)
        assert set(exclude(study, tables).excluded) == patients


def test_score_that_is_missing_at_a_visit_excludes(tmp_path, source):
    line = (
        "  - {id: films, label: No films, rule: missing_value, of: larsen_total, "
        "visits: [baseline, follow_up]}\n"
    )
    study = study_of(tmp_path, line)
    assert needs_scores(study)
    assert not needs_scores(study_of(tmp_path, ALL))
    _, tables = read_cohort(study, source)
    nothing = dict.fromkeys(SCORES, "")
    rows = [
        nothing | {"patient": p, "visit": v, "score": "larsen_total", "value": value}
        for p, v, value in (
            ("p1", "baseline", 2.0),
            ("p1", "follow_up", 0.0),
            ("p3", "baseline", 2.0),
            ("p4", "baseline", 2.0),
            ("p4", "follow_up", float("nan")),
        )
    ]
    made = exclude(study, tables, pd.DataFrame(rows))
    assert list(made.tables["patients"]["patient"]) == ["p1"]


def test_analysed_is_what_the_results_count(tmp_path, source):
    study = study_of(tmp_path)
    _, tables = read_cohort(study, source)
    made = exclude(study, tables)
    scores = pd.DataFrame({name: [] for name in SCORES})
    groups = derive_groups(study, made.tables, scores)
    rows = CohortRows(study=study, tables=made.tables, scores=scores, groups=groups)
    estimates = run_analyses(study, cohort=rows, facts=None)
    size = estimates[(estimates["outcome"] == "cohort") & (estimates["group"] == "all")]
    flow = flow_table(study, "small", made, {})
    analysed = flow.loc[flow["kind"] == "analysed", "n"]
    assert analysed.tolist() == size["estimate"].tolist() == [4.0]
    excluded = flow.loc[flow["kind"] == "excluded", "n"].sum()
    assert flow.loc[flow["kind"] == "start", "n"].tolist() == [4 + excluded]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("rule: missing_visit, visits: [baselin]", "did you mean 'baseline'"),
        ("rule: missing_vist, visits: [baseline]", "did you mean 'missing_visit'"),
        ("rule: missing_visit", "needs visits"),
        ("rule: missing_visit, visits: [baseline], of: crp", "does not read of"),
        ("rule: missing_value, visits: [baseline]", "needs of"),
        ("rule: missing_value, of: cpr, visits: [baseline]", "did you mean 'crp'"),
        ("rule: missing_value, of: crp", "is measured at visits; add visits"),
        ("rule: missing_value, of: age, visits: [baseline]", "leave out visits"),
        ("rule: missing_value, of: larsen_total", "is measured at visits"),
        ("rule: outside, of: age", "needs min, max or both"),
        ("rule: outside, of: age, min: 9, max: 3", "min 9 is above max 3"),
        ("rule: outside, of: setting, min: 1", "take rule not_in"),
        ("rule: not_in, of: setting", "needs levels"),
        ("rule: not_in, of: setting, levels: [trail]", "did you mean 'trial'"),
        ("rule: not_in, of: setting, level: [trial]", "did you mean 'levels'"),
        ("rule: outside, of: age, max: 3, if_missing: x", "kept, excluded"),
    ],
)
def test_exclusions_that_do_not_fit_the_study(tmp_path, line, told):
    with pytest.raises(DefinitionError) as caught:
        study_of(tmp_path, f"  - {{id: one, label: One, {line}}}\n")
    assert told in str(caught.value)


def test_exclusion_given_twice_is_a_fault(tmp_path):
    line = "  - {id: one, label: One, rule: missing_visit, visits: [baseline]}\n"
    with pytest.raises(DefinitionError, match="id 'one' is given twice"):
        study_of(tmp_path, line * 2)


def table_of(excluded: tuple[int, ...], analysed: int, *days: int) -> pd.DataFrame:
    counts = [sum(excluded) + analysed, *excluded, analysed, *days]
    kinds = ["start", *["excluded"] * len(excluded), "analysed", *["days"] * len(days)]
    rows = [
        ("small", "small", place, f"step{place}", kind, "", float(n), "")
        for place, (kind, n) in enumerate(zip(kinds, counts, strict=True), start=1)
    ]
    return pd.DataFrame(rows, columns=list(FLOW))


def shown(study: Study, table: pd.DataFrame, min_cell: int = 5) -> list[float | None]:
    made = suppress_flow(table, study=study, min_cell=min_cell)
    return [None if pd.isna(n) else float(n) for n in made["n"]]


@pytest.mark.parametrize(
    ("excluded", "analysed", "released"),
    [
        ((20,), 40, [60, 20, 40]),
        ((20, 0), 40, [60, 20, 0, 40]),
        ((4,), 40, [None, None, 40]),
        ((4, 20, 0), 36, [None, None, 20, 0, 36]),
        ((4, 3, 20), 36, [None, None, None, 20, 36]),
        ((20, 9), 4, [None] * 4),
    ],
)
def test_small_counts_are_withheld_and_their_sum(
    tmp_path, excluded, analysed, released
):
    study = study_of(tmp_path)
    assert shown(study, table_of(excluded, analysed)) == released


def test_no_withheld_count_follows_even_for_who_knows_the_rule(tmp_path):
    study = study_of(tmp_path)
    told = defaultdict(set)
    for *excluded, analysed in product(range(8), range(8), range(8), (3, 6, 7)):
        table = table_of(tuple(excluded), analysed)
        told[tuple(shown(study, table, 4))].add(tuple(table["n"]))
    for released, candidates in told.items():
        for place, count in enumerate(released):
            possible = {candidate[place] for candidate in candidates}
            if count is None and released[-1] is not None:
                assert len(possible) > 1, (released, candidates)


def test_small_counts_of_days_are_withheld_and_others_are_not(tmp_path):
    study = study_of(tmp_path)
    assert shown(study, table_of((9,), 40, 3, 12)) == [49, 9, 40, None, 12]


def test_other_cohorts_and_min_cell_of_0_show_all(tmp_path):
    study = study_of(tmp_path)
    table = table_of((1,), 2)
    assert shown(study, table, 0) == [3, 1, 2]
    sources = study.sources.model_copy(update={"cohort_kind": "published_cases"})
    published = study.model_copy(update={"sources": sources})
    assert shown(published, table) == [3, 1, 2]


def test_flow_chart_draws_the_cohorts_own_steps(tmp_path):
    study = study_of(tmp_path)
    labels = ["", "Not in a trial", "Older than 16", "No CRP", "Lost", "", ""]
    steps = ["start", "setting", "old", "no_crp", "lost", "analysed", "outside_windows"]
    table = table_of((20, 4, 6, 0), 40, 7).assign(label=labels, step=steps)
    flow = suppress_flow(table, study=study, min_cell=5)
    figure = build_figures(study, {"flow.tsv": flow}, words())["flow"]
    texts = [text.get_text() for text in figure.axes[0].texts]
    drawn = [text for text in texts if text]
    assert drawn == [
        "Patients in the files\nn = withheld",
        "Not in a trial\nn = 20",
        "Older than 16\nn = withheld",
        "No CRP\nn = 6",
        "Lost\nn = 0",
        "Patients analysed\nn = 40",
        "Days outside the windows of all visits, not read: 7.",
    ]
    assert "Older than 16: withheld." in figure.get_label()
    places = [
        text.get_position()[1] for text in figure.axes[0].texts if text.get_text()
    ]
    assert places == sorted(places)
    assert len(set(places)) == len(places)
    assert places[-1] < figure.get_size_inches()[1]
