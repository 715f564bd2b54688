"""Blocks of drawn cohorts go to a cluster: the same bytes as without one."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rejia.contracts import FACTS

ROOT = Path(__file__).parents[2]
STARTER = Path(__file__).parents[1] / "slurm"
STUDY = "printed"
DRAWS = 2
DEFINITION = """
study: printed
title: Twelve patients of whom only summaries are printed
citation: printed
sources: {facts: published/printed/facts.tsv}
visits: {before: {label: Before}, after: {label: After}}
variables:
  age: {label: Age, unit: years, step: 0.5, min: 0, max: 18, per: patient}
  damage: {label: Damage, step: 1, min: 0, max: 30, worse: high}
groups:
  outcome: damage
  from: before
  to: after
  labels: {improved: A, unchanged: B, worsened: C}
  merges: {A+B: [A, B]}
families: {contrasts: {m: 1, method: none}}
analyses:
  - {id: c_vs_ab, test: rank_sum, outcomes: [age], group: C, reference: A+B,
     convention: spss-16-npar, family: contrasts}
specs: [{id: whole, reason: every printed number}]
ensemble: {specs: [whole]}
draw: {spec: whole}
"""
PRINTED = [
    # variable, visit, group, n, mean, SD
    ("age", "", "A", "6.5", "2.5"),
    ("age", "", "B", "7.0", "3.0"),
    ("age", "", "C", "10.5", "3.5"),
    ("damage", "before", "A", "10.0", "2.9"),
    ("damage", "before", "B", "8.0", "1.8"),
    ("damage", "before", "C", "9.0", "3.4"),
    ("damage", "after", "A", "6.0", "2.9"),
    ("damage", "after", "B", "8.0", "1.8"),
    ("damage", "after", "C", "15.0", "3.9"),
]
LABELS = {"A": "4", "B": "4", "C": "4"}

pytestmark = [pytest.mark.workflow, pytest.mark.slurm]


@pytest.fixture
def cluster(tmp_path, require):
    """Start a one-node SLURM on this machine, and stop it afterwards."""
    require("slurm")
    if os.geteuid() != 0:
        pytest.skip("SLURM is started by root alone; this user is not root")
    environment = {**os.environ, "SLURM_BASE": str(tmp_path / "slurm")}
    subprocess.run(["bash", STARTER / "up.sh"], env=environment, check=True)
    yield
    subprocess.run(["bash", STARTER / "down.sh"], env=environment, check=False)


def fact(**cells):
    return "\t".join(cells.get(name, "") for name in FACTS)


def make_project(folder):
    """Write a study of which only summaries are printed."""
    (folder / "config" / "studies").mkdir(parents=True)
    (folder / "data" / "published" / STUDY).mkdir(parents=True)
    shutil.copy(ROOT / "config" / "labels.yaml", folder / "config" / "labels.yaml")
    (folder / "config" / "studies" / f"{STUDY}.yaml").write_text(DEFINITION)
    (folder / "config" / "config.yaml").write_text(
        "seed: 7\nformats: {tables: [csv], figures: [svg]}\n"
        "ensemble: {cohorts: 2048, cohorts_a_job: 1024, steps: 500}\n"
    )
    shared = {"analysis": "describe", "population": "patients", "place": "Table 1"}
    rows = ["\t".join(FACTS)]
    rows += [
        fact(
            **shared,
            fact=f"n_{label.lower()}",
            outcome="cohort",
            group=label,
            statistic="n",
            printed=n,
        )
        for label, n in LABELS.items()
    ]
    for outcome, visit, label, mean, sd in PRINTED:
        for statistic, printed in (("mean", mean), ("sd", sd)):
            rows.append(
                fact(
                    **shared,
                    fact=f"{outcome}_{visit}_{label.lower()}_{statistic}",
                    outcome=outcome,
                    visit=visit,
                    group=label,
                    statistic=statistic,
                    printed=printed,
                )
            )
    rows.append(
        fact(
            fact="age_p",
            analysis="c_vs_ab",
            population="patients",
            place="Table 1",
            outcome="age",
            group="C",
            reference="A+B",
            statistic="p_value",
            printed="0.06",
            adjustment="raw",
        )
    )
    facts = folder / "data" / "published" / STUDY / "facts.tsv"
    facts.write_text("\n".join(rows) + "\n")


def run(folder, *options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    folder_of_python = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([folder_of_python, environment["PATH"]])
    command = [sys.executable, "-m", "rejia", "run", STUDY, "--project", str(folder)]
    done = subprocess.run(
        [*command, *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def digest(folder, *names):
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names
    }


def test_a_cluster_gives_the_same_bytes_and_only_blocks_go_out(cluster, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    make_project(there)
    run(there, "--profile", "slurm")
    draws = [f"work/{STUDY}/draws/whole-uniform-{at}.npz" for at in range(DRAWS)]
    names = [
        *draws,
        f"results/{STUDY}/attainable.tsv",
        f"results/{STUDY}/comparison.tsv",
    ]
    # What did not go out is here already; the rest is made again without a cluster.
    shutil.copytree(there, here)
    for name in (*names, f"work/{STUDY}/attainable/attainable.tsv"):
        (here / name).unlink()
    told = run(here, "--cores", "2")
    assert told.count("draws printed whole") == DRAWS
    assert digest(here, *names) == digest(there, *names)
    jobs = subprocess.run(
        ["scontrol", "show", "job", "--oneliner"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    ended = [line for line in jobs.splitlines() if "JobId=" in line]
    assert len(ended) == DRAWS
    assert all("JobState=COMPLETED" in line for line in ended)
