"""
A registry read, checked and scored: time and peak memory by stage, and their growth.

``python benchmarks/registry.py`` makes registries of 10^3, 10^4, 3 x 10^4 and 10^5
patients with 4 visits, 10 joints and 2 readers each (8 million readings for the
largest) as Parquet and as CSV, and reads, checks and scores each in a process of its
own, so that one's peak memory is not another's; writing the canonical tables as TSV,
and reading them again as later stages do, is shown beside. Times are processor seconds.

``--patients N --format parquet`` measures one; ``--make FOLDER`` only writes it.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

STUDY = """\
study: registry
title: A registry, made up to be large
citation: registry
sources: {cohort: cohorts/registry}
visits:
  month_0: {label: Month 0, month: 0}
  month_6: {label: Month 6, month: 6}
  month_12: {label: Month 12, month: 12}
  month_24: {label: Month 24, month: 24}
variables:
  larsen:
    label: Larsen grade of large joints
    instrument: larsen_large_joints
    layout: large10
    step: 0.25
    min: 0
    max: 5
    worse: high
"""
VISITS = {"month_0": 0, "month_6": 182, "month_12": 365, "month_24": 730}
SITES = ("shoulder", "elbow", "hip", "knee", "ankle")
TABLES = ("patients", "visits", "findings")
SEED = 20140501


def make_registry(folder: Path, patients: int, kind: str) -> None:
    """Write study and cohort; the same seed gives the same registry."""
    import pandas as pd

    rng = np.random.default_rng(SEED)
    names = np.array([f"R{number:06d}" for number in range(patients)])
    own = pd.DataFrame(
        {"patient": names, "sex": rng.choice(["female", "male"], patients)}
    )
    visits = pd.DataFrame(
        {
            "patient": np.repeat(names, len(VISITS)),
            "visit": np.tile(list(VISITS), patients),
            "day": np.tile(np.array([*VISITS.values()], dtype=float), patients),
        }
    )
    readings = 2 * 2 * len(SITES)
    places = [(s, side, r) for s in SITES for side in ("left", "right") for r in "12"]
    sites, sides, readers = (np.array(part) for part in zip(*places, strict=True))
    # A joint's grade, and now and then a reader who sees one more.
    grade = rng.choice(
        6, len(visits) * readings // 2, p=[0.6, 0.2, 0.1, 0.05, 0.03, 0.02]
    )
    seen = np.repeat(grade, 2) + (rng.random(len(visits) * readings) < 0.1)
    findings = pd.DataFrame(
        {
            "patient": np.repeat(visits["patient"].to_numpy(), readings),
            "visit": np.repeat(visits["visit"].to_numpy(), readings),
            "site": np.tile(sites, len(visits)),
            "side": np.tile(sides, len(visits)),
            "finding": "larsen",
            "reader": np.tile(readers, len(visits)),
            "reading": "1",
            "value": np.minimum(seen, 5).astype(np.int8),
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "registry.yaml").write_text(STUDY)
    cohort = folder / "cohort"
    cohort.mkdir(exist_ok=True)
    for name, table in (("patients", own), ("visits", visits), ("findings", findings)):
        if kind == "parquet":
            table.to_parquet(cohort / f"{name}.parquet", index=False)
        else:
            table.to_csv(cohort / f"{name}.csv", index=False)


def peak() -> float:
    """Return the largest resident memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def measure(folder: Path) -> dict[str, object]:
    """Read, check and score a registry; say what each stage took."""
    from rejia.cohort import inspect_cohort
    from rejia.contracts import COHORT_TABLES
    from rejia.frame import read_table, write_table
    from rejia.scores import derive_scores
    from rejia.scores.forms import known_findings
    from rejia.study import read_study

    study = read_study(folder / "registry.yaml")
    base, stages = peak(), {}
    start = time.process_time()
    found = inspect_cohort(study, folder / "cohort", known_findings(study))
    stages["read and check"] = (time.process_time() - start, peak())
    start = time.process_time()
    scores = derive_scores(study, found.tables)
    stages["score"] = (time.process_time() - start, peak())
    start = time.process_time()
    for name in TABLES:
        contract = COHORT_TABLES[name]
        write_table(found.tables[name], folder / "out" / f"{name}.tsv", contract)
    stages["write as TSV"] = (time.process_time() - start, peak())
    start = time.process_time()
    for name in TABLES:
        read_table(folder / "out" / f"{name}.tsv", COHORT_TABLES[name], extra=True)
    stages["read the TSV"] = (time.process_time() - start, peak())
    return {
        "readings": len(found.tables["findings"]),
        "faults": len(found.faults),
        "scores": len(scores),
        "before": base,
        "stages": stages,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int)
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    parser.add_argument("--make", type=Path, help="only write the registry there")
    parser.add_argument("--folder", type=Path, help="measure the registry there")
    arguments = parser.parse_args()
    if arguments.folder:
        print(json.dumps(measure(arguments.folder)))
        return
    if arguments.make:
        make_registry(arguments.make, arguments.patients or 1000, arguments.format)
        return
    counts = (10**3, 10**4, 3 * 10**4, 10**5)
    sizes = [(kind, patients) for kind in ("parquet", "csv") for patients in counts]
    if arguments.patients:
        sizes = [(arguments.format, arguments.patients)]
    print(
        f"{'':8s} {'patients':>9s} {'readings':>10s}  stage            CPU s   peak GB"
    )
    for kind, patients in sizes:
        with tempfile.TemporaryDirectory() as name:
            make = (sys.executable, __file__, "--make", name, "--format", kind)
            subprocess.run([*make, "--patients", str(patients)], check=True)
            run = (sys.executable, __file__, "--folder", name)
            done = subprocess.run(run, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        own = [found["stages"][name][0] for name in ("read and check", "score")]
        total = sum(own)
        for stage, (seconds, memory) in found["stages"].items():
            print(
                f"{kind:8s} {patients:9,d} {found['readings']:10,d}  "
                f"{stage:15s} {seconds:6.1f}   {memory:7.2f}"
            )
        per = 1e6 * total / max(found["readings"], 1)
        print(f"{'':31s}read to score   {total:6.1f}   {per:.1f} s a million readings")


if __name__ == "__main__":
    main()
