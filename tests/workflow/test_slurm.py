"""Blocks of drawn cohorts go to a cluster: the same bytes as without one."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STARTER = Path(__file__).parents[1] / "slurm"
STUDY = "aoki2014"
DRAWS = 2

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


def make_project(folder):
    """Copy the study, with one spec and law and few cohorts."""
    for part in ("config", "data"):
        shutil.copytree(ROOT / part, folder / part)
    study = folder / "config" / "studies" / f"{STUDY}.yaml"
    text = study.read_text()
    for old, new in (
        ("specs: [repaired, half_steps, whole_steps]", "specs: [half_steps]"),
        ("laws: [uniform, gamma, lognormal]", "laws: [uniform]"),
    ):
        assert old in text
        text = text.replace(old, new)
    study.write_text(text)
    config = folder / "config" / "config.yaml"
    lines = config.read_text().split("ensemble:")[0]
    config.write_text(
        f"{lines}ensemble: {{cohorts: 2048, cohorts_a_job: 1024, steps: 500}}\n"
    )


def run(folder, *options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    folder_of_python = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([folder_of_python, environment["PATH"]])
    command = [sys.executable, "-m", "rejia", "run", STUDY, "--project", str(folder)]
    done = subprocess.run(
        [*command, *options], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def digest(folder, *names):
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in names
    }


def test_a_cluster_gives_the_same_bytes_and_only_blocks_go_out(cluster, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        make_project(folder)
    run(here, "--cores", "2")
    run(there, "--profile", "slurm")
    names = [
        *(f"work/{STUDY}/draws/half_steps-uniform-{at}.npz" for at in range(DRAWS)),
        f"results/{STUDY}/attainable.tsv",
        f"results/{STUDY}/comparison.tsv",
    ]
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
