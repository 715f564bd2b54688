"""Joint level of Aoki 2014: time of conflicts, of one solution and of chains."""

import argparse
from pathlib import Path
from time import perf_counter, process_time

from rejia.ensemble import joint_level
from rejia.facts import read_facts
from rejia.study import read_study

ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=1024)
    parser.add_argument("--every", type=int, default=16)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--between", default="nearer", choices=joint_level.BETWEEN)
    asked = parser.parse_args()
    study = read_study(ROOT / "config" / "studies" / "aoki2014.yaml")
    facts = read_facts(ROOT / "data" / "published" / "aoki2014" / "facts.tsv")
    spec = joint_level.build(study, facts, "repaired", between=asked.between)

    found = timed("conflicts", lambda: joint_level.conflicts(spec))
    both = sum("highs" in conflict.engines for conflict in found.found)
    print(f"  {len(found.found)} conflicts, {both} by both engines")
    print(f"  {found.cost} printed numbers aside: {', '.join(found.aside)}")
    kept = spec.without(found.aside)
    for name in ("solve, with compilation", "solve"):
        solution = timed(name, lambda: joint_level.solve(kept, seed=1))
        print(f"  {solution.status} ({solution.evidence})")
    drawn = timed(
        f"sample {asked.cohorts} cohorts, {asked.jobs} threads",
        lambda: joint_level.sample_joints(
            kept, asked.cohorts, seed=1, jobs=asked.jobs, every=asked.every
        ),
    )
    print("  column functional r_hat ess")
    for d in drawn.diagnostics:
        print(f"  {d.column} {d.functional} {d.r_hat:.3f} {d.ess:.0f}")


def timed(name, run):
    wall, own = perf_counter(), process_time()
    result = run()
    print(f"{name}: {perf_counter() - wall:.1f} s, CPU {process_time() - own:.1f} s")
    return result


if __name__ == "__main__":
    main()
