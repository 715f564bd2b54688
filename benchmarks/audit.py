"""Time the audit of Aoki 2014, and of simulated clean papers, start-up apart."""

import sys
from pathlib import Path
from time import perf_counter

from rejia.audit import audit
from rejia.contracts import FACTS
from rejia.frame import read_table
from rejia.study import read_structure

ROOT = Path(__file__).parents[1]
STUDIES = ("aoki2014", "cabrera2016", "alexeeva2013")
LIMIT = 3.0


def main() -> int:
    slowest = 0.0
    for study in STUDIES:
        facts = read_table(ROOT / "data" / "published" / study / "facts.tsv", FACTS)
        structure = read_structure(ROOT / "config" / "studies" / f"{study}.yaml")
        start = perf_counter()
        audited = audit(facts, structure)
        seconds = perf_counter() - start
        slowest = max(slowest, seconds)
        verdicts = audited["verdict"].value_counts().to_dict()
        print(f"{study}: {len(facts)} facts, {len(audited)} rows, {seconds:.2f} s")
        print("   " + ", ".join(f"{name} {n}" for name, n in sorted(verdicts.items())))
    print(f"slowest {slowest:.2f} s, allowed {LIMIT:.0f} s")
    return int(slowest > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
