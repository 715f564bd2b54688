"""
CPU and wall time of each stage of a whole run, from a cold start.

``python benchmarks/stages.py`` copies code, definitions and data into a temporary
folder, without compiled code, and runs everything there on two cores. It lists stages
by the CPU time that they took, what the workflow itself took, how long one job ran
alone, and the chain of jobs that each began when the one before it ended: what the run
waited for.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PARTS = ("src", "config", "workflow", "data")
# Stands before the real command, and notes what each of its processes took.
WRAPPER = """#!{python} -S
import resource, subprocess, sys, time
start = time.time()
code = subprocess.call([{python!r}, "-m", "rejia", *sys.argv[1:]])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
words = sys.argv[1:]
names = ("--study", "--spec", "--law", "--first", "--part")
told = [words[words.index(name) + 1] for name in names if name in words]
row = [words[1], start, time.time(), used.ru_utime + used.ru_stime, *told]
with open({log!r}, "a") as file:
    file.write("\\t".join(map(str, row)) + "\\n")
sys.exit(code)
"""


class Job(NamedTuple):
    """One process of a stage: when, CPU seconds, and on what."""

    stage: str
    start: float
    end: float
    cpu: float
    about: str


def run(folder: Path, cores: int) -> tuple[list[Job], float, float]:
    """Run everything cold; return jobs, wall time, CPU time of the workflow itself."""
    for part in PARTS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    log, programs = folder / "jobs.tsv", folder / "bin"
    programs.mkdir()
    command = programs / "rejia"
    command.write_text(WRAPPER.format(python=sys.executable, log=str(log)))
    command.chmod(0o755)
    path = [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = {
        **os.environ,
        "PATH": os.pathsep.join(path),
        "PYTHONPATH": str(folder / "src"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    argv = [sys.executable, "-m", "rejia", "run", "--cores", str(cores)]
    start = time.time()
    subprocess.run(argv, cwd=folder, env=environment, check=True)
    wall = time.time() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    jobs = []
    for line in log.read_text().splitlines():
        stage, begun, ended, cpu, *about = line.split("\t")
        shown = " ".join(Path(word).stem for word in about)
        jobs.append(Job(stage, float(begun), float(ended), float(cpu), shown))
    cpu = used.ru_utime + used.ru_stime - sum(job.cpu for job in jobs)
    return jobs, wall, cpu


def alone(jobs: list[Job]) -> float:
    """Return for how long exactly one job ran."""
    events = sorted([(j.start, 1) for j in jobs] + [(j.end, -1) for j in jobs])
    running, since, total = 0, 0.0, 0.0
    for at, change in events:
        total += (at - since) * (running == 1)
        running, since = running + change, at
    return total


def chain(jobs: list[Job]) -> list[Job]:
    """Return the jobs back from the last, each begun when the one before it ended."""
    found = [max(jobs, key=lambda job: job.end)]
    while before := [job for job in jobs if job.end <= found[0].start]:
        found.insert(0, max(before, key=lambda job: job.end))
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        jobs, wall, own = run(Path(name), cores=2)
    by_stage: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        by_stage[job.stage].append(job)
    print(f"{'stage':18s}{'jobs':>5s}{'CPU s':>8s}{'wall s':>8s}")
    for stage, some in sorted(
        by_stage.items(), key=lambda x: -sum(j.cpu for j in x[1])
    ):
        cpu, long = sum(j.cpu for j in some), sum(j.end - j.start for j in some)
        print(f"{stage:18s}{len(some):5d}{cpu:8.1f}{long:8.1f}")
    print(f"{'the workflow':18s}{1:5d}{own:8.1f}{wall:8.1f}")
    print(f"\none job alone for {alone(jobs):.1f} s; what the run waited for:")
    first = min(job.start for job in jobs)
    for job in chain(jobs):
        times = f"{job.start - first:7.1f} to {job.end - first:6.1f}"
        print(f"{times}  {job.cpu:6.1f} CPU s  {job.stage} {job.about}")


if __name__ == "__main__":
    main()
