"""Several cohorts under one definition: what is run, put together, pooled and shown."""

import json
import subprocess
import sys
from math import exp, isnan, log, nan

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort_projects import COHORTS, ROOT, STUDY, write_project
from rejia.cli.stages import run_stage
from rejia.contracts import POOLED, RESULTS
from rejia.errors import DefinitionError
from rejia.frame import read_table, write_table
from rejia.pooled import gather_cohorts, pool_results
from rejia.present.figure_style import RC
from rejia.present.figures import render as render_figure
from rejia.present.gathered import _order, pooled_table, side_by_side
from rejia.present.labels import read_labels
from rejia.present.model import Cell, Row, Table, heading
from rejia.present.pooled_forest import pooled_forest
from rejia.present.tables import FORMATS, render
from rejia.stats.pooling import pool
from rejia.study import read_study
from rejia.study.cohorts import cohort_document
from rejia.study.flow import Flow
from rejia.study.project import read_project

approx = pytest.approx


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("three") / "project")


@pytest.fixture(scope="module")
def study(project):
    return read_study(project / "config" / "studies" / "three.yaml")


@pytest.fixture(scope="module")
def labels():
    return read_labels(ROOT / "config" / "labels.yaml")


def read(tmp_path, text):
    path = tmp_path / "three.yaml"
    path.write_text(text)
    return read_study(path)


# ---- definitions


def test_each_cohort_is_a_study_of_its_own(project):
    found = read_project(project)
    assert list(found.studies) == ["three"]
    assert found.runs_of("three") == ["three/north", "three/south", "three/west"]
    south = found.runs["three/south"]
    assert south.study == "three"
    assert south.title == "One definition, three hospitals: Southern hospital"
    assert south.cohorts == ()
    assert south.pooling is None
    assert south.sources.decimal == ","
    assert set(south.sources.columns) >= {"Kennung", "Schaden_{visit}"}
    # What a cohort does not say is taken from `sources:`.
    assert set(found.runs["three/west"].sources.columns) >= {"id", "damage_{visit}"}
    assert south.analyses == found.runs["three/north"].analyses
    files = [path.name for path in found.raw_inputs("three")]
    assert files == ["north.csv", "south.csv", "west.csv"]
    assert [p.name for p in found.raw_inputs("three/south")] == ["south.csv"]


def test_the_written_definition_of_a_cohort_reads_as_the_one_that_runs(
    project, tmp_path
):
    source = project / "config" / "studies" / "three.yaml"
    for run, expected in read_project(project).runs.items():
        cohort = run.partition("/")[2]
        out = tmp_path / cohort / "three.yaml"
        options = {"study": source, "cohort": cohort, "out": out}
        run_stage(["definition", *(str(x) for o in options.items() for x in dashed(o))])
        assert read_study(out) == expected


def dashed(option):
    return f"--{option[0]}", option[1]


def test_folders_of_a_study_of_one_cohort_stay_as_they_were():
    flow = Flow(read_project(ROOT, only=("cabrera2016",)))
    assert flow.runs == flow.studies == ["cabrera2016"]
    assert flow.gathered == []
    assert flow.definition_of("cabrera2016") == "config/studies/cabrera2016.yaml"
    assert "results/cabrera2016/results.tsv" in flow.files("cabrera2016")


def test_files_of_several_cohorts_lie_below_their_study(project):
    flow = Flow(read_project(project))
    files = flow.files("three")
    assert len(files) == len(set(files))
    assert {f"results/three/{name}/report.html" for name in COHORTS} < set(files)
    assert {"results/three/pooled.tsv", "results/three/report.html"} < set(files)
    assert flow.definition_of("three/north") == "work/three/north/three.yaml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: west", "name: north", "name 'north' is given twice"),
        ("name: west", "name: tables", "tables is a folder of the study"),
        (", cohort: cohorts/three/west.csv", "", "needs `cohort:`"),
        ("cohorts/three/west.csv", "../west.csv", "must stay inside the folder data"),
        (
            "cohort: cohorts/three/west.csv",
            "cohort: cohorts/three/west.csv, facts: a.tsv",
            "printed numbers belong to a study of their own",
        ),
        ("analyses: [risk, describe]", "analyses: [risks]", "no analysis 'risks'"),
        ("analyses: [risk, describe]", "analyses: [paired]", "no standard error"),
        ("  columns:\n    id", "  cohort: a.csv\n  columns:\n    id", "has none"),
        ("Alter: age", "Alter: ages", "cohorts.south: sources.columns: Alter"),
        (
            STUDY[STUDY.index("cohorts:\n") : STUDY.index("pooling:")],
            "",
            "the study has no `cohorts:` to pool",
        ),
    ],
)
def test_what_is_wrong_with_cohorts_is_said(tmp_path, old, new, said):
    assert STUDY.count(old) == 1
    with pytest.raises(DefinitionError) as caught:
        read(tmp_path, STUDY.replace(old, new))
    assert any(said in line for line in caught.value.faults), caught.value.faults


def test_a_single_cohort_belongs_under_sources(tmp_path):
    start, end = STUDY.index("  - name: south"), STUDY.index("pooling:")
    with pytest.raises(DefinitionError) as caught:
        read(tmp_path, STUDY[:start] + STUDY[end:])
    assert any("belongs under `sources:`" in line for line in caught.value.faults)


def test_an_unknown_cohort_is_refused():
    with pytest.raises(ValueError, match=r"must be one of north, but got 'south'"):
        cohort_document(
            {"title": "t", "cohorts": [{"name": "north", "label": "N"}]}, "south"
        )


def rejia(project, *arguments, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "rejia", *arguments, "--project", str(project)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def test_check_and_plan_go_through_every_cohort(project):
    checked, planned = (rejia(project, name, "three") for name in ("check", "plan"))
    for name, n in COHORTS.items():
        assert f"study three/{name}: {n} patients; 0 faults" in checked
        assert f"cohort {name}\nruns    describe" in planned
    assert rejia(project, "plan", "three/south").startswith("runs    describe")


def test_faults_of_all_cohorts_come_as_one_json(tmp_path):
    project = write_project(tmp_path / "project")
    for name in ("north", "west"):
        path = project / "data" / "cohorts" / "three" / f"{name}.csv"
        path.write_text(path.read_text() + "x1,3,5.0,1,2\n")
    found = json.loads(rejia(project, "check", "three", "--json", code=1))
    assert {record["cohort"] for record in found} == {"north", "west"}
    assert {record["patient"] for record in found} == {"x1"}


# ---- results


def stages(study, source, work):
    """Run the stages on one cohort; return its results."""
    names = ("cohort", "scores.tsv", "groups.tsv", "estimates.tsv")
    cohort, scores, groups, estimates = (work / name for name in names)
    for name, options in (
        ("cohort", {"cohort": source, "out": cohort}),
        ("scores", {"cohort": cohort, "out": scores}),
        ("groups", {"cohort": cohort, "scores": scores, "out": groups}),
        (
            "analyses",
            {"cohort": cohort, "scores": scores, "groups": groups, "out": estimates},
        ),
        ("results", {"estimates": estimates, "out": work}),
    ):
        given = [text for option in options.items() for text in dashed(option)]
        run_stage([str(text) for text in (name, "--study", study, *given)])
    return read_table(work / "results.tsv", RESULTS)


@pytest.fixture(scope="module")
def by_cohort(project, tmp_path_factory):
    """Return the results of each cohort, run by itself."""
    work = tmp_path_factory.mktemp("work")
    source = project / "config" / "studies" / "three.yaml"
    found = {}
    for name in COHORTS:
        out = work / name / "three.yaml"
        options = {"study": source, "cohort": name, "out": out}
        run_stage(["definition", *(str(x) for o in options.items() for x in dashed(o))])
        file = project / "data" / "cohorts" / "three" / f"{name}.csv"
        found[name] = stages(out, file, work / name)
    return found


def test_a_cohort_of_several_has_the_results_it_has_alone(project, by_cohort, tmp_path):
    start, end = STUDY.index("cohorts:\n"), STUDY.index("visits:")
    text = STUDY[:start] + STUDY[end:]
    text = text.replace("sources:\n", "sources:\n  cohort: cohorts/three/west.csv\n", 1)
    (tmp_path / "three.yaml").write_text(text)
    file = project / "data" / "cohorts" / "three" / "west.csv"
    alone = stages(tmp_path / "three.yaml", file, tmp_path / "work")
    assert set(alone["cohort"]) == {"three"}
    pd.testing.assert_frame_equal(alone.assign(cohort="west"), by_cohort["west"])


def test_results_of_all_cohorts_stand_in_one_table(by_cohort, tmp_path):
    whole = gather_cohorts(by_cohort)
    assert len(whole) == sum(len(table) for table in by_cohort.values())
    assert set(whole["cohort"]) == set(COHORTS)
    assert whole["row"].is_unique
    assert all(
        row.startswith(f"{cohort}-")
        for row, cohort in zip(whole["row"], whole["cohort"], strict=True)
    )
    write_table(whole, tmp_path / "results.tsv", RESULTS)
    read_table(tmp_path / "results.tsv", RESULTS)


def test_odds_ratios_are_pooled_as_logarithms(study, by_cohort, tmp_path):
    pooled = pool_results(study, gather_cohorts(by_cohort))
    write_table(pooled, tmp_path / "pooled.tsv", POOLED)
    read_table(tmp_path / "pooled.tsv", POOLED)
    assert set(pooled["analysis"]) == {"risk", "describe"}
    rows = [
        table[(table["analysis"] == "risk") & (table["term"] == "age")].iloc[0]
        for table in by_cohort.values()
    ]
    for method in ("reml", "dersimonian_laird"):
        expected = pool(
            [log(row["estimate"]) for row in rows],
            [row["std_error"] for row in rows],
            method=method,
        )
        found = pooled[
            (pooled["analysis"] == "risk")
            & (pooled["term"] == "age")
            & pooled["method"].str.contains(f"_{method}_")
        ].iloc[0]
        assert found["estimate"] == approx(exp(expected.estimate.estimate))
        assert found["ci_low"] == approx(exp(expected.estimate.ci_low))
        assert found["tau2"] == approx(expected.tau2)
        assert found["cohorts"] == "north;south;west"
        assert found["n"] == 3
        assert found["left_out"] == ""


def test_means_are_pooled_as_they_are_and_not_tested_against_zero(study, by_cohort):
    pooled = pool_results(study, gather_cohorts(by_cohort))
    mean = pooled[(pooled["statistic"] == "mean") & (pooled["outcome"] == "age")]
    assert len(mean) == 2
    assert (mean["scale"] == "identity").all()
    assert mean["p_value"].isna().all()
    ages = [
        table[(table["outcome"] == "age") & (table["statistic"] == "mean")].iloc[0]
        for table in by_cohort.values()
    ]
    assert (
        mean["estimate"].between(*np.sort([a["estimate"] for a in ages])[[0, 2]]).all()
    )


def withhold(table, **where):
    """Return a table in which some rows look as disclosure leaves them."""
    hide = np.logical_and.reduce([table[name] == text for name, text in where.items()])
    table = table.copy()
    cells = ["estimate", "std_error", "ci_low", "ci_high", "p_value", "p_adjusted", "n"]
    table.loc[hide, cells] = nan
    table.loc[hide, "warning"] = "suppressed: a count under 5"
    return table


def test_what_is_withheld_of_a_cohort_is_not_in_what_is_pooled(study, by_cohort):
    shown = {
        **by_cohort,
        "south": withhold(by_cohort["south"], analysis="risk", term="female"),
    }
    pooled = pool_results(study, gather_cohorts(shown))
    row = pooled[(pooled["term"] == "female")].iloc[0]
    assert row["cohorts"] == "north;west"
    assert row["left_out"] == "south"
    # It is, to the last bit, what is pooled if the cohort does not exist.
    without = {name: table for name, table in by_cohort.items() if name != "south"}
    other = pool_results(study, gather_cohorts(without))
    same = other[other["term"] == "female"].iloc[0]
    for name, column in POOLED.items():
        if column.kind != "text":
            assert row[name] == same[name] or isnan(row[name])


def test_a_question_that_no_cohort_may_answer_is_a_row_without_a_number(
    study, by_cohort
):
    hidden = {
        name: withhold(table, analysis="risk", term="female")
        for name, table in by_cohort.items()
    }
    pooled = pool_results(study, gather_cohorts(hidden))
    rows = pooled[pooled["term"] == "female"]
    assert rows["estimate"].isna().all()
    assert (rows["n"] == 0).all()
    assert rows["warning"].str.contains("may be shown").all()


def test_an_odds_ratio_that_ran_away_is_left_out(study, by_cohort):
    table = by_cohort["west"].copy()
    table.loc[table["term"] == "age", "estimate"] = float("inf")
    pooled = pool_results(study, gather_cohorts({**by_cohort, "west": table}))
    assert (pooled.loc[pooled["term"] == "age", "left_out"] == "west").all()


# ---- tables and figure


def table_of(rows, columns=2, notes=(), top=False):
    head = (heading("what"), *(heading(f"column {c}") for c in range(columns)))
    above = ((heading(""), heading("both", columns)),) if top else ()
    body = [
        Row((heading(text, columns + 1),), is_heading=True)
        if text.isupper()
        else Row(
            (heading(text), *(Cell(parts=(f"{text}{c}",)) for c in range(columns)))
        )
        for text in rows
    ]
    return Table("t", "T", (*above, head), tuple(body), footnotes=notes)


def texts(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_rows_of_the_same_name_stand_side_by_side():
    first = table_of(["age", "\u2003median", "crp", "\u2003median"])
    second = table_of(["age", "\u2003median", "esr", "crp", "\u2003median"], columns=1)
    found = side_by_side({"North": first, "South": second})
    assert [row[0] for row in texts(found)] == [
        *("age", "\u2003median", "esr", "crp", "\u2003median")
    ]
    assert texts(found)[2] == ["esr", "", "", "esr0"]
    below = "\u2003median"
    assert texts(found)[4] == [below, f"{below}0", f"{below}1", f"{below}0"]
    assert [(cell.text, cell.span) for cell in found.header[0]] == [
        *(("", 1), ("North", 2), ("South", 1))
    ]


def test_every_line_of_a_table_side_by_side_is_as_wide_as_the_table():
    tables = {
        "North": table_of(["A", "age"], columns=3, top=True),
        "South": table_of(["A", "crp"], columns=2),
    }
    found = side_by_side(tables)
    assert found.width == 6
    for line in found.header:
        assert sum(cell.span for cell in line) == 6
    for row in found.rows:
        if not row.is_heading:
            assert sum(cell.span for cell in row.cells) == 6
    for name in FORMATS:
        assert render(found, name)


def test_a_note_that_is_not_everyones_names_its_cohort():
    shared, own = ("", "Rounded."), ("", "Withheld.")
    found = side_by_side(
        {
            "North": table_of(["a"], notes=(shared, own)),
            "South": table_of(["a"], notes=(shared,)),
        }
    )
    assert found.footnotes == (shared, ("", "North: Withheld."))


def test_tables_that_are_not_the_same_are_refused():
    with pytest.raises(ValueError, match="one table of each cohort"):
        side_by_side({})


@given(st.lists(st.lists(st.integers(0, 6), unique=True), min_size=1, max_size=4))
def test_the_order_of_rows_keeps_every_row_once_and_the_first_table_as_it_is(lists):
    keys = [[("", str(n), 0) for n in numbers] for numbers in lists]
    found = _order(keys)
    assert len(found) == len(set(found))
    assert set(found) == {key for one in keys for key in one}
    assert [key for key in found if key in keys[0]] == keys[0]


@pytest.fixture(scope="module")
def released(study, by_cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("released")
    whole = gather_cohorts(by_cohort)
    write_table(whole, folder / "results.tsv", RESULTS)
    write_table(pool_results(study, whole), folder / "pooled.tsv", POOLED)
    return {
        "results.tsv": read_table(folder / "results.tsv", RESULTS),
        "pooled.tsv": read_table(folder / "pooled.tsv", POOLED),
    }


def test_the_table_of_what_is_pooled_has_a_row_a_question_and_method(
    study, released, labels
):
    table = pooled_table(study, released, labels)
    body = [row for row in table.rows if not row.is_heading]
    assert len(body) == len(released["pooled.tsv"])
    methods = [row.cells[1].text for row in body]
    assert methods == ["REML", "DerSimonian-Laird"] * (len(body) // 2)
    age = next(row for row in body if row.cells[0].text == "Age, years")
    row = released["pooled.tsv"].query("analysis == 'risk' and term == 'age'").iloc[0]
    assert age.cells[3].text.startswith(f"{row['estimate']:.2f} ({row['ci_low']:.2f}–")
    for name in FORMATS:
        assert render(table, name)


def test_the_forest_plot_names_every_cohort_and_what_is_pooled(study, released, labels):
    with mpl.rc_context(RC):
        figure = pooled_forest(study, released, labels)
        words = figure.get_label()
        for cohort in study.cohorts:
            assert cohort.label in words
        assert words.count("Pooled") == 5
        assert render_figure(figure, "svg") == render_figure(
            pooled_forest(study, released, labels), "svg"
        )


def test_a_hostile_label_of_a_cohort_stays_text(study, released, labels):
    cohorts = tuple(
        cohort.model_copy(update={"label": "<script>alert(1)</script> $x$"})
        for cohort in study.cohorts
    )
    hostile = study.model_copy(update={"cohorts": cohorts})
    with mpl.rc_context(RC):
        svg = render_figure(pooled_forest(hostile, released, labels), "svg")
    assert b"<script>" not in svg
