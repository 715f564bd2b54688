"""How far searches widen the hulls of Aoki 2014, beside drawing for as long.

Run: python benchmarks/hulls.py [STEPS]. Both columns use the CPU time of one thread.
`wider` is the share of statistics whose hull, by search, reaches further at one end at
least; `log10 p` is by how many powers of ten the smallest p goes further, by median.
"""

import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from rejia.ensemble.battery import battery
from rejia.ensemble.hulls import cell_values, find_hulls
from rejia.ensemble.sampling import BLOCK, prepare
from rejia.ensemble.spec import build_spec
from rejia.facts import read_facts
from rejia.study import read_study

ROOT = Path(__file__).parents[1]
SEED = 1


def drawn_ends(results):
    ends = {}
    for row in range(len(results.index)):
        for cell, values in cell_values(results, row).items():
            if not np.isnan(values).all():
                ends[row, cell] = float(np.nanmin(values)), float(np.nanmax(values))
    return ends


def main(steps):
    study = read_study(ROOT / "config" / "studies" / "aoki2014.yaml")
    facts = read_facts(ROOT / "data" / "published" / "aoki2014" / "facts.tsv")
    spec = build_spec(study, facts, "repaired")
    sources = prepare(spec, seed=SEED)
    starts = sources.draw_ensemble(0)
    find_hulls(spec, spec.tests, starts, seed=SEED, steps=200)
    wall, cpu = perf_counter(), process_time()
    hulls = find_hulls(spec, spec.tests, starts, seed=SEED, steps=steps)
    cpu = process_time() - cpu
    print(
        f"search: {len(hulls.found)} hulls, {hulls.witnesses.cohorts} witnesses, "
        f"{perf_counter() - wall:.1f} s, {cpu:.1f} s of CPU"
    )
    began, ends, block = process_time(), drawn_ends(battery(starts, spec.tests)), 1
    while process_time() - began < cpu:
        more = drawn_ends(battery(sources.draw_ensemble(block), spec.tests))
        for name, (low, high) in more.items():
            ends[name] = min(low, ends[name][0]), max(high, ends[name][1])
        block += 1
    wider = [
        hull.low < ends[name][0] or hull.high > ends[name][1]
        for name, hull in hulls.found.items()
    ]
    further = [
        np.log10(ends[name][0] / hull.low)
        for name, hull in hulls.found.items()
        if name[1] == "p_value" and hull.low > 0
    ]
    print(
        f"draws for as long: {block * BLOCK} cohorts; the search is wider in "
        f"{100 * np.mean(wider):.0f} %, log10 p by {np.median(further):.1f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
