"""A cohort file of one's own gives the same outputs as the drawn cohort."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rejia.contracts import RESULTS
from rejia.frame import read_table

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


def draw_few(folder):
    """Plan one spec and law, and few cohorts: the ensemble is not what is tested."""
    study = folder / "config" / "studies" / "aoki2014.yaml"
    text = study.read_text()
    for old, new in (
        ("specs: [repaired, half_steps, whole_steps]", "specs: [repaired]"),
        ("laws: [uniform, gamma, lognormal]", "laws: [uniform]"),
    ):
        assert old in text
        text = text.replace(old, new)
    study.write_text(text)
    config = folder / "config" / "config.yaml"
    kept = config.read_text().split("ensemble:")[0]
    config.write_text(f"{kept}ensemble: {{cohorts: 1024, steps: 400}}\n")


def test_the_drawn_cohort_as_a_file_gives_the_same_results_under_another_label(
    tmp_path,
):
    folder = tmp_path / "project"
    for name in ("config", "data"):
        shutil.copytree(ROOT / name, folder / name)
    draw_few(folder)
    rejia(folder, "run", "aoki2014")
    rejia(folder, "new", "mine", "--like", "aoki2014")
    drawn, mine = (
        folder / "work" / "aoki2014" / "ensemble",
        folder / "data/cohorts/mine",
    )
    shutil.rmtree(mine)
    shutil.copytree(drawn, mine)
    study = folder / "config" / "studies" / "mine.yaml"
    study.write_text(study.read_text() + "privacy: {min_cell: 0}\n")
    assert "0 faults" in rejia(folder, "check", "mine").stdout
    rejia(folder, "run", "mine")

    made = {
        name: {
            path.relative_to(folder / "results" / name).as_posix()
            for path in (folder / "results" / name).rglob("*")
            if path.is_file()
        }
        for name in ("aoki2014", "mine")
    }
    # An observed cohort shows no patient's course, and prints no audit of its own.
    only = {"course.tsv", "audit.tsv", "conflicts.tsv", "attainable.tsv"}
    only |= {"witnesses.tsv", "certificates.tsv", "reproducer.tsv", "sampling.tsv"}
    assert made["aoki2014"] - made["mine"] <= only
    # It shows how many of its patients are analysed.
    assert made["mine"] - made["aoki2014"] == {"flow.tsv"}

    tables = {
        name: read_table(folder / "results" / name / "results.tsv", RESULTS)
        for name in ("aoki2014", "mine")
    }
    label = ["study", "cohort", "cohort_kind"]
    first, second = (table.drop(columns=label) for table in tables.values())
    assert first.equals(second)
    assert set(tables["aoki2014"]["cohort_kind"]) == {"drawn"}
    assert set(tables["mine"]["cohort_kind"]) == {"observed"}
    report = (folder / "results" / "mine" / "report.html").read_text()
    assert "not observed" not in report
