"""The command line as a user meets it: words, exit codes, no traceback."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rejia import __version__
from rejia.cli import main
from rejia.contracts import AUDIT, FACTS
from rejia.frame import read_table

ROOT = Path(__file__).parents[1]

STUDY = """\
study: small
title: A small study
citation: small2020
sources: {facts: published/small/facts.tsv, cohort: cohorts/small}
visits: {baseline: {label: Before}}
variables:
  crp: {label: CRP, unit: mg/L, step: 0.1, min: 0, max: 600}
"""
FACT = {
    "fact": "t1_crp_p",
    "outcome": "crp",
    "statistic": "p_value",
    "printed": "0.04",
    "adjustment": "raw",
    "place": "Table 1",
}
PATIENTS = "patient\tsex\nsecret_1\tfemale\nsecret_2\tmale\n"
VISITS = "patient\tvisit\nsecret_1\tbaseline\nsecret_2\tbaseline\n"
MEASUREMENTS = (
    "patient\tvisit\tvariable\tvalue\tunit\n"
    "secret_1\tbaseline\tcrp\t36.2\tmg/L\n"
    "secret_2\tbaseline\tcrp\t<0.2\tmg/L\n"
)


def facts_of(*changes: dict[str, str]) -> str:
    rows = [{**FACT, **change} for change in ({}, *changes)]
    lines = [FACTS, *([row.get(name, "") for name in FACTS] for row in rows)]
    return "\n".join("\t".join(cells) for cells in lines) + "\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "config/config.yaml": "seed: 1\n",
        "config/studies/small.yaml": STUDY,
        "data/published/small/facts.tsv": facts_of(),
        "data/cohorts/small/patients.tsv": PATIENTS,
        "data/cohorts/small/visits.tsv": VISITS,
        "data/cohorts/small/measurements.tsv": MEASUREMENTS,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def started(*arguments: object) -> Done:
    """Run the command as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "rejia", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def rejia(monkeypatch, capsys) -> Callable[..., Done]:
    """Return the command run inside this process: the same words, in less time."""

    def run(*arguments: object) -> Done:
        monkeypatch.chdir(ROOT)
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setattr(sys, "argv", ["rejia", *map(str, arguments)])
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        return Done(int(str(code or 0)), out, err)

    return run


def test_help_names_every_command():
    done = started("--help")
    assert done.returncode == 0
    for command in ("run", "check", "audit", "explain"):
        assert f"│ {command} " in done.stdout


def test_version_is_that_of_the_package(rejia):
    done = rejia("--version")
    assert (done.returncode, done.stdout) == (0, f"rejia {__version__}\n")


def test_unknown_command_ends_with_two():
    done = started("frobnicate")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'frobnicate'" in done.stderr


@pytest.mark.parametrize("arguments", [("check",), ("check", "--nope", "x")])
def test_wrong_command_line_ends_with_two(rejia, arguments):
    done = rejia(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""


def test_check_of_a_clean_study_says_what_was_read(rejia, project):
    done = rejia("check", "small", "--project", project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == ("study small: 1 printed numbers, 2 patients; 0 faults\n")


def test_check_shows_every_fault_of_facts_and_cohort_at_once(project):
    facts = facts_of({"printed": "ca. 5"}, {"fact": "x", "statistic": "avrage"})
    (project / "data/published/small/facts.tsv").write_text(facts)
    cohort = project / "data/cohorts/small"
    (cohort / "patients.tsv").write_text(PATIENTS.replace("female", "femal"))
    (cohort / "measurements.tsv").write_text(
        MEASUREMENTS
        + "secret_9\tbaseline\tcrp\t5\tmg/L\n"
        + "secret_1\tM99\tcrp\t5\tmg/dL\n"
        + "secret_2\tM98\tcpr\t9999\tmg/L\n"
    )
    done = started("check", "small", "--project", project)
    assert done.returncode == 1
    for words in (
        "facts: column 'printed': 'ca. 5' is no printed number in line 3",
        "facts: column 'fact': 't1_crp_p' is already given in line 2 in line 3",
        "'avrage' is not allowed",
        "patients, line 2, patient secret_1, column sex: 'femal' is not allowed; "
        "did you mean 'female'?",
        "measurements, line 4, patient secret_9, column patient: 'secret_9' is not in",
        "measurements, line 5, patient secret_1, column visit: 'M99' is no visit",
        "measurements, line 5, patient secret_1, column unit: 'mg/dL' is not the unit",
        "measurements, line 6, patient secret_2, column variable: 'cpr' is no measured "
        "variable; did you mean 'crp'?",
    ):
        assert words in done.stdout
    # Patients and their values go to the terminal of who asked, not to a log.
    assert "secret" not in done.stderr
    assert "9999" not in done.stderr
    assert "faults; they are listed above" in done.stderr


def test_faults_as_json_are_one_list(rejia, project):
    path = project / "data/cohorts/small/measurements.tsv"
    path.write_text(MEASUREMENTS.replace("36.2", "3620"))
    done = rejia("check", "small", "--project", project, "--json")
    assert done.returncode == 1
    (fault,) = json.loads(done.stdout)
    assert (fault["table"], fault["line"], fault["patient"]) == (
        "measurements",
        2,
        "secret_1",
    )
    assert (fault["column"], fault["found"]) == ("value", "3620")


def test_broken_definition_ends_with_one_and_its_line(rejia, project):
    path = project / "config/studies/small.yaml"
    path.write_text(STUDY.replace("title:", "titel:").replace("step: 0.1", "step: x"))
    done = rejia("check", "small", "--project", project)
    assert (done.returncode, done.stdout) == (1, "")
    assert "line 2: titel: key is unknown; did you mean 'title'?" in done.stderr
    assert "line 7: variables.crp.step: must be a number" in done.stderr


def test_unknown_study_ends_with_one_and_the_nearest_name(rejia, project):
    done = rejia("check", "smal", "--project", project)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no study 'smal'; did you mean 'small'? (there: small)" in done.stderr


def test_folder_that_is_no_project_ends_with_one(rejia, tmp_path):
    done = rejia("check", "small", "--project", tmp_path / "none")
    assert done.returncode == 1
    assert "config.yaml cannot be read" in done.stderr


def test_stage_tells_faults_of_patients_as_counts_only(project):
    path = project / "data/cohorts/small/measurements.tsv"
    path.write_text(MEASUREMENTS.replace("36.2", "3620"))
    out = project / "work"
    study = project / "config/studies/small.yaml"
    done = started(
        *("stage", "cohort", "--study", study),
        *("--cohort", project / "data/cohorts/small", "--out", out),
    )
    assert done.returncode == 1
    assert "measurements: column 'value': 1 fault" in done.stderr
    assert "rejia check small" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert "3620" not in done.stdout + done.stderr
    assert not out.exists()


def structure_of(tmp_path: Path) -> Path:
    path = tmp_path / "s.yaml"
    path.write_text(
        "structure: {partitions: [[A, B]], complete: [patients]}\n"
        "populations: {patients: {unit: patient}}\n"
        "variables: {sex: {label: Sex, levels: [female, male]}}\n"
    )
    return path


def test_audit_finds_groups_that_do_not_add_up(rejia, tmp_path):
    counts = {"all": "40", "A": "11", "B": "28"}
    rows = [
        {
            **{name: "" for name in FACTS},
            "fact": f"n_{group}",
            "analysis": "describe",
            "population": "patients",
            "outcome": "cohort",
            "group": group,
            "statistic": "n",
            "printed": n,
            "place": "Table 1",
        }
        for group, n in counts.items()
    ]
    lines = [FACTS, *([row[name] for name in FACTS] for row in rows)]
    facts = tmp_path / "facts.tsv"
    facts.write_text("\n".join("\t".join(cells) for cells in lines) + "\n")
    out = tmp_path / "out"
    structure = structure_of(tmp_path)
    done = rejia("audit", facts, "--structure", structure, "--out", out)
    assert done.returncode == 0
    assert "11 + 28" in done.stdout
    assert "1 inconsistent" in done.stdout
    findings = read_table(out / "audit.tsv", AUDIT)
    assert "inconsistent" in set(findings["verdict"])


def test_audit_of_the_paper_names_the_two_standard_deviations(rejia):
    done = rejia(
        *("audit", "data/published/aoki2014/facts.tsv"),
        *("--structure", "config/studies/aoki2014.yaml", "--json"),
    )
    assert done.returncode == 0
    found = [
        finding
        for finding in json.loads(done.stdout)
        if {"t1_larsen_b_sd", "t2_larsen_b_before_sd"}
        <= set(finding["facts"].split(";"))
    ]
    assert "inconsistent" in {finding["verdict"] for finding in found}


def test_audit_of_a_broken_file_ends_with_one_and_writes_nothing(tmp_path):
    facts = tmp_path / "facts.tsv"
    facts.write_text(facts_of({"fact": "x", "printed": "n.s."}))
    out = tmp_path / "out"
    structure = structure_of(tmp_path)
    done = started("audit", facts, "--structure", structure, "--out", out)
    assert (done.returncode, done.stdout) == (1, "")
    assert "'n.s.' is no printed number in line 3" in done.stderr
    assert not out.exists()


def test_places_that_cannot_be_used_are_told_without_a_traceback(tmp_path):
    facts = tmp_path / "facts.tsv"
    facts.write_text(facts_of())
    structure = structure_of(tmp_path)
    (tmp_path / "taken").write_text("a file")
    wrong = [
        (
            (facts, "--out", tmp_path / "taken" / "audit"),
            "a part of this path is a file",
        ),
        ((facts, "--out", tmp_path / "taken"), "there is a file of this name"),
        ((tmp_path,), "this is a folder; name a file in it"),
    ]
    for arguments, said in wrong:
        done = started("audit", *arguments, "--structure", structure)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_a_plan_says_how_many_cohorts_will_be_drawn_before_any_is():
    from rejia.cli.planning import ensemble_forecast, seconds
    from rejia.study.project import read_project

    project = read_project(ROOT, only=("aoki2014", "cabrera2016"))
    study, config = project.studies["aoki2014"], project.config
    size = config.ensemble
    others = len(study.ensemble.specs) * len(study.ensemble.laws) - 1
    total = size.cohorts + others * size.sensitivity_cohorts
    said = ensemble_forecast(study, config)
    assert said.startswith(f"{total:,} cohorts in ")
    assert f"{size.cohorts:,} of repaired (uniform)" in said
    assert seconds(study, 40, config).endswith("minutes")
    many = config.model_copy(
        update={"ensemble": size.model_copy(update={"cohorts": 10**6})}
    )
    assert int(seconds(study, 40, many).split()[0]) > 60
    assert seconds(project.studies["cabrera2016"], 2, config).endswith("seconds")
