"""A cohort file of one's own gives the same outputs as the drawn cohort."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rejia.contracts import RESULTS
from rejia.frame import read_table
from rejia.study.flow import ENSEMBLE_TABLES, Flow
from rejia.study.project import read_project

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.workflow


def rejia(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "rejia", *arguments, "--project", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(done.stdout + done.stderr)
    return done


# What the study does at length and no test here looks at: the ensemble, hundreds of
# scenarios, and each table and figure in every format.
SHORTER = {
    "config/studies/aoki2014.yaml": (
        (r"\nensemble:\n(  .*\n)+", "\n"),
        (r"thresholds: \[0, .*\]", "thresholds: [0, 1]"),
        (r"\{draws: 10000,", "{draws: 100,"),
        (r"\nfigures: \[.*\]\n", "\nfigures: [attainable, flow, forest, audit_map]\n"),
    ),
    "config/config.yaml": (
        (r"  tables: \[.*\]", "  tables: [csv]"),
        (r"  figures: \[.*\]", "  figures: [svg]"),
    ),
}
# An observed cohort shows no patient's course, and prints no audit of its own.
OF_DRAWN = {"course.tsv", "audit.tsv", "conflicts.tsv"}
# Nor does it show how printed numbers stand: it has none.
ABOUT_PRINTED = re.compile(r"(figures|tables)/(\w+_)?(attainable\w*|audit_map)\.")
OF_AN_ENSEMBLE = {f"{name}.tsv" for name in ENSEMBLE_TABLES}


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    for name in ("config", "data"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def test_a_cohort_of_ones_own_has_the_files_of_the_drawn_but_those_of_drawing(project):
    rejia(project, "new", "mine", "--like", "aoki2014")
    flow = Flow(read_project(project))
    drawn, mine = (
        {path.removeprefix(f"results/{name}/") for path in flow.files(name)}
        for name in ("aoki2014", "mine")
    )
    only = {name for name in drawn - mine if not ABOUT_PRINTED.match(name)}
    assert only == OF_DRAWN | OF_AN_ENSEMBLE
    assert not any(map(ABOUT_PRINTED.match, mine))
    # It shows how many of its patients are analysed.
    assert mine - drawn == {"flow.tsv"}


def test_the_drawn_cohort_as_a_file_gives_the_same_results_under_another_label(project):
    for name, edits in SHORTER.items():
        text = (project / name).read_text()
        for pattern, new in edits:
            text, found = re.subn(pattern, new, text)
            assert found == 1, pattern
        (project / name).write_text(text)
    rejia(project, "run", "aoki2014")
    rejia(project, "new", "mine", "--like", "aoki2014")
    drawn, mine = (
        project / "work" / "aoki2014" / "ensemble",
        project / "data/cohorts/mine",
    )
    shutil.rmtree(mine)
    shutil.copytree(drawn, mine)
    study = project / "config" / "studies" / "mine.yaml"
    study.write_text(study.read_text() + "privacy: {min_cell: 0}\n")
    assert "0 faults" in rejia(project, "check", "mine").stdout
    rejia(project, "run", "mine")

    made = {
        name: {
            path.relative_to(project / "results" / name).as_posix()
            for path in (project / "results" / name).rglob("*")
            if path.is_file()
        }
        for name in ("aoki2014", "mine")
    }
    only = made["aoki2014"] - made["mine"]
    assert {name for name in only if not ABOUT_PRINTED.match(name)} == OF_DRAWN
    assert made["mine"] - made["aoki2014"] == {"flow.tsv"}

    tables = {
        name: read_table(project / "results" / name / "results.tsv", RESULTS)
        for name in ("aoki2014", "mine")
    }
    label = ["study", "cohort", "cohort_kind"]
    first, second = (table.drop(columns=label) for table in tables.values())
    assert first.equals(second)
    assert set(tables["aoki2014"]["cohort_kind"]) == {"drawn"}
    assert set(tables["mine"]["cohort_kind"]) == {"observed"}
    report = (project / "results" / "mine" / "report.html").read_text()
    assert "not observed" not in report
