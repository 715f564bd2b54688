"""A study of three cohorts through the whole workflow, disclosure on."""

import json
import subprocess
import sys
from math import isnan

import pytest

from cohort_projects import COHORTS, write_project
from rejia.contracts import POOLED, RESULTS
from rejia.frame import read_table

pytestmark = pytest.mark.workflow
FEW = 9


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


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Run the study; the first cohort has so few patients that groups are hidden."""
    folder = write_project(tmp_path_factory.mktemp("three") / "p", formats="[csv]")
    path = folder / "data" / "cohorts" / "three" / "north.csv"
    path.write_text("\n".join(path.read_text().splitlines()[: FEW + 1]) + "\n")
    rejia(folder, "run")
    return folder


def test_every_cohort_has_its_own_folder_and_the_study_gathers_them(project):
    made = project / "results" / "three"
    whole = read_table(made / "results.tsv", RESULTS)
    for name in COHORTS:
        own = read_table(made / name / "results.tsv", RESULTS)
        assert set(own["cohort"]) == {name}
        assert len(own) == (whole["cohort"] == name).sum()
        assert (made / name / "report.html").is_file()
        assert (made / name / "tables" / "risk_factors.csv").is_file()
    table = (made / "tables" / "before_after.csv").read_text()
    for label in ("Northern", "Southern", "Western"):
        assert f"{label} hospital: " in table
    page = (made / "report.html").read_text()
    assert 'href="north/report.html"' in page
    assert 'href="three/report.html"' in (project / "results/index.html").read_text()


def test_what_is_withheld_of_a_cohort_is_nowhere_together(project):
    made = project / "results" / "three"
    whole = read_table(made / "results.tsv", RESULTS)
    small = whole[(whole["cohort"] == "north") & (whole["analysis"] == "risk")]
    assert small["estimate"].isna().all()
    pooled = read_table(made / "pooled.tsv", POOLED)
    risk = pooled[pooled["analysis"] == "risk"]
    assert (risk["left_out"] == "north").all()
    assert (risk["cohorts"] == "south;west").all()
    assert risk["prediction_low"].map(isnan).all()
    counts = whole[(whole["cohort"] == "north")]["n_events"].dropna()
    assert not counts.between(1, 4).any()


def test_the_manifest_has_the_files_of_every_cohort(project):
    manifest = json.loads((project / "results" / "manifest.json").read_text())
    for name in COHORTS:
        assert f"data/cohorts/three/{name}.csv" in manifest["inputs"]
        assert f"three/{name}/results.tsv" in manifest["outputs"]
    assert "three/pooled.tsv" in manifest["outputs"]


def test_a_row_of_a_cohort_is_explained_below_its_study(project):
    own = read_table(project / "results/three/west/results.tsv", RESULTS)
    row = own[own["statistic"] == "odds_ratio"]["row"].iloc[0]
    assert row in rejia(project, "explain", "three/west", row).stdout


def test_a_second_run_has_nothing_to_do_until_a_cohort_changes(project):
    planned = rejia(project, "run", "three", "--dry-run").stderr
    assert "would run" not in planned
    path = project / "data" / "cohorts" / "three" / "west.csv"
    path.write_text(path.read_text() + "w99,1,5.0,3,4\n")
    planned = rejia(project, "run", "three", "--dry-run").stderr
    assert "would run: cohort three/west\n" in planned
    assert "would run: gather_three\n" in planned
    assert "south" not in planned
