"""The whole workflow on a project of ten patients."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from rejia.contracts import COMPARISON, FACTS, RESULTS
from rejia.frame import read_table

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

pytestmark = pytest.mark.workflow


def fact(**cells):
    return [cells.get(name, "") for name in FACTS]


ABOUT = {"analysis": "response", "population": "patients", "outcome": "response"}
ABOUT |= {"group": "all", "place": "Table 1"}
FOURTH = [
    list(FACTS),
    fact(fact="a", level="yes", statistic="percent", printed="40", unit="%", **ABOUT),
    fact(fact="b", statistic="denominator", printed="10", **ABOUT),
]


def fresh(folder):
    """Write the project, not yet run."""
    shutil.copytree(HERE / "project", folder)
    shutil.copy(ROOT / "config" / "labels.yaml", folder / "config" / "labels.yaml")
    return folder


@pytest.fixture
def project(tmp_path):
    return fresh(tmp_path / "project")


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    """Run the project once for all tests that begin with a run that has ended."""
    folder = fresh(tmp_path_factory.mktemp("first") / "project")
    return folder, rejia(folder, "run", "--cores", "2")


ROUNDS = """
import sys
from snakemake.scheduling.job_scheduler import JobScheduler

select, rounds = JobScheduler.job_selector, []
JobScheduler.job_selector = lambda *given: rounds.append(1) or select(*given)
sys.argv = ["rejia", "run", "--cores", "1", "--project", sys.argv[1]]
from rejia.cli import main

try:
    main()
finally:
    print("rounds", len(rounds))
"""


@pytest.fixture(scope="module")
def on_one_core(tmp_path_factory):
    """Run the project on one core elsewhere; count how often jobs were selected."""
    folder = fresh(tmp_path_factory.mktemp("elsewhere") / "deeper" / "project")
    done = subprocess.run(
        [sys.executable, "-c", ROUNDS, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder.parent,
    )
    if done.returncode:
        pytest.fail(done.stdout + done.stderr)
    return folder, done


@pytest.fixture
def whole(first_run):
    """Return the digests of what the whole run made."""
    return digests(first_run[0])


@pytest.fixture
def finished(first_run, tmp_path):
    """Return a copy of the project that has run, with all that it recorded."""
    return shutil.copytree(first_run[0], tmp_path / "finished")


def rejia(project, *arguments, check=True):
    done = subprocess.run(
        [sys.executable, "-m", "rejia", *arguments, "--project", str(project)],
        capture_output=True,
        text=True,
        check=False,
        cwd=project.parent,
    )
    if check and done.returncode:
        pytest.fail(done.stdout + done.stderr)
    return done


def digests(project):
    results = project / "results"
    return {
        path.relative_to(results).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.is_file()
    }


def steps(done):
    """Return the names of the steps that ran, without their times."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("[")]
    return {line.split("] ", 1)[1].rsplit("  ", 1)[0] for line in lines}


def planned(project):
    """Return the names of the steps that a run would run."""
    done = rejia(project, "run", "--cores", "2", "--dry-run")
    lines = done.stderr.splitlines()
    return {line.split(": ", 1)[1] for line in lines if line.startswith("would run: ")}


def test_the_workflow_makes_what_the_study_names_and_says_where_it_lies(first_run):
    project, done = first_run
    assert "report: " in done.stdout
    assert "index.html" in done.stdout
    made = set(digests(project))
    assert made >= {
        "index.html",
        "manifest.json",
        "config.resolved.yaml",
        "tiny/results.tsv",
        "tiny/multiverse.tsv",
        "tiny/comparison.tsv",
        "tiny/audit.tsv",
        "tiny/course.tsv",
        "tiny/report.html",
        "tiny/methods.md",
        "tiny/tables/table_1.csv",
        "tiny/tables/table_1.html",
        "tiny/figures/audit_map.svg",
    }

    results = read_table(project / "results" / "tiny" / "results.tsv", RESULTS)
    mean = results[(results["outcome"] == "age") & (results["statistic"] == "mean")]
    found = dict(zip(mean["group"], mean["estimate"], strict=True))
    # Ages are 1 to 10; the first four improve, the next two do not change.
    assert found == {"all": 5.5, "A": 2.5, "B": 5.5, "C": 8.5, "A+B": 3.5}
    compared = read_table(
        project / "results" / "tiny" / "comparison.tsv", COMPARISON
    ).set_index("fact")
    assert compared.loc["t1_age_mean", "reproduction"] == "agrees"
    assert compared.loc["t1_age_ab_mean", "reproduction"] == "differs"
    assert compared.loc["t1_female", "reproduction"] == "agrees"

    manifest = json.loads((project / "results" / "manifest.json").read_text())
    assert set(manifest) == {"versions", "seed", "inputs", "outputs"}
    for name, digest in manifest["outputs"].items():
        content = (project / "results" / name).read_bytes()
        assert sha256(content).hexdigest() == digest


def test_bytes_are_the_same_on_one_core_and_on_two_and_in_another_folder(
    whole, on_one_core
):
    assert digests(on_one_core[0]) == whole


def test_what_an_edit_concerns_runs_again_and_nothing_else(finished):
    study = finished / "config" / "studies" / "tiny.yaml"
    study.touch()
    assert steps(rejia(finished, "run", "--cores", "2")) == set()

    labels = finished / "config" / "labels.yaml"
    labels.write_text(labels.read_text() + "\n# an edit of the words\n")
    again = planned(finished)
    assert "tables_tiny" in again
    assert not again & {"audit tiny", "analyses tiny", "cohort tiny"}

    patients = finished / "data" / "cohorts" / "tiny" / "patients.tsv"
    old = patients.stat()
    patients.write_text(patients.read_text().replace("p01\tmale", "p01\tfemale"))
    # A restored time hides the edit from anything that looks at times alone.
    os.utime(patients, ns=(old.st_atime_ns, old.st_mtime_ns))
    foretold = planned(finished)
    assert {"cohort tiny", "analyses tiny", "report_tiny"} <= foretold
    assert steps(rejia(finished, "run", "--cores", "2")) == foretold - {"all"}


def test_a_missing_raw_file_is_a_fault_and_earlier_results_stay(finished, whole):
    (finished / "data" / "published" / "tiny" / "facts.tsv").unlink()
    done = rejia(finished, "run", "--cores", "2", check=False)
    assert done.returncode == 1
    assert "facts.tsv does not exist" in done.stderr
    assert "Traceback" not in done.stderr
    assert digests(finished) == whole


def test_faults_of_data_end_with_1_without_traceback_and_leave_results(finished, whole):
    facts = finished / "data" / "published" / "tiny" / "facts.tsv"
    facts.write_text(facts.read_text().replace("\t3.03\t", "\tthree\t"))
    cohort = finished / "data" / "cohorts" / "tiny" / "measurements.tsv"
    cohort.write_text(
        cohort.read_text().replace("p03\tbefore\tdamage\t7", "p03\tbefore\tdamage\t77")
    )
    done = rejia(finished, "run", "--cores", "2", check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "'three' is no printed number" in done.stderr
    # Patients' values stay out of logs: the log counts, `check` shows.
    assert "77" not in done.stderr
    assert digests(finished) == whole
    shown = rejia(finished, "check", "tiny", check=False)
    assert shown.returncode == 1
    assert "77" in shown.stdout
    assert "p03" in shown.stdout
    assert "77" not in shown.stderr


def test_a_killed_run_resumes_to_the_same_bytes(project, whole):
    running = subprocess.Popen(
        [sys.executable, "-m", "rejia", "run", "--project", str(project)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not list(project.glob("work/tiny/*/*.tsv")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    rejia(project, "run", "--cores", "2")
    assert digests(project) == whole
    left = [p for p in (project / "results").rglob(".*") if p.is_file()]
    assert left == []


def test_a_further_study_needs_only_files(project):
    (project / "data" / "published" / "fourth").mkdir()
    (project / "data" / "published" / "fourth" / "facts.tsv").write_text(
        "\n".join("\t".join(cells) for cells in FOURTH) + "\n"
    )
    (project / "config" / "studies" / "fourth.yaml").write_text(
        "study: fourth\ntitle: A fourth study\ncitation: fourth\n"
        "sources: {facts: published/fourth/facts.tsv}\n"
        "variables: {response: {label: Response, levels: ['yes', 'no']}}\n"
        "analyses:\n"
        "  - {id: response, test: published_proportion, percent: [a], denominator: b}\n"
        "tables: [{id: table_1, title: Response, place: Table 1}]\n"
    )
    rejia(project, "run", "fourth", "--cores", "2")
    made = digests(project)
    assert {"fourth/report.html", "fourth/tables/table_1.csv"} <= set(made)
    assert not any(name.startswith("tiny/") for name in made)
    results = read_table(project / "results" / "fourth" / "results.tsv", RESULTS)
    share = results[results["statistic"] == "proportion"].iloc[0]
    # Clopper-Pearson 95 % for 4 of 10, as tabulated: 0.122 to 0.738.
    assert share["estimate"] == pytest.approx(0.4)
    assert (round(share["ci_low"], 3), round(share["ci_high"], 3)) == (0.122, 0.738)


def test_the_scheduler_rests_while_jobs_wait_for_a_core(on_one_core):
    done = on_one_core[1]
    rounds = int(done.stdout.rpartition("rounds ")[2])
    steps = int(done.stderr.rpartition("/")[2].partition("]")[0])
    # One for each step that ended, and not one after the other without a pause.
    assert steps <= rounds <= 3 * steps
