"""What sampling the ensemble of a spec takes: engine, speed, effective sizes, memory.

Run: python benchmarks/ensemble_sampling.py [COHORTS]. The spec is `repaired` of Aoki
2014, without the facts that contradict the others where the study does not drop them
itself. `us` is CPU time of one thread by cohort, with building, tuning and descents;
`least ess` is that of the worst functional. The last lines time one whole sample.
"""

import re
import resource
import sys
from pathlib import Path
from time import perf_counter, process_time

from rejia.ensemble import chains, sampling
from rejia.ensemble.diagnose import effective_size, functionals
from rejia.ensemble.exact import demand, forecast
from rejia.ensemble.spec import build_spec
from rejia.errors import DefinitionError
from rejia.facts import read_facts
from rejia.study import read_study

ROOT = Path(__file__).parents[1]
SEED = 1


def consistent_spec():
    """Drop totals, then anything else that a conflict names, until none is left."""
    study = read_study(ROOT / "config" / "studies" / "aoki2014.yaml")
    facts = read_facts(ROOT / "data" / "published" / "aoki2014" / "facts.tsv")
    one = next(spec for spec in study.specs if spec.id == "repaired")
    drop = set(one.drop)
    while True:
        changed = one.model_copy(update={"drop": tuple(sorted(drop))})
        try:
            return build_spec(
                study.model_copy(update={"specs": (changed,)}), facts, one.id
            )
        except DefinitionError as error:
            named = {
                name
                for fault in error.faults
                for name in re.findall(r"\w+_(?:mean|sd|pm)\b", fault)
                if "_all_" in name or "_ab_" in name or name.startswith(("abs", "disc"))
            }
            named |= {"t2_larsen_b_after_sd", "t2_active_b_after_sd"}
            if named <= drop:
                raise
            drop |= named


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(cohorts):
    spec = consistent_spec()
    start = perf_counter()
    sampling.sample(spec, 1, seed=SEED)
    print(
        f"first sample, with compilation or its cache: {perf_counter() - start:.1f} s"
    )
    before = megabytes()
    print(f"{'columns':58} engine   us/cohort  r/1024  least ess/cohort")
    for link in chains.links(spec):
        start = process_time()
        source = sampling._source(spec, link, "uniform", SEED)
        prepared = process_time() - start
        start = process_time()
        drawn = source.draw(0)
        each = (process_time() - start) / sampling.BLOCK
        shares = [1.0]
        if source.engine == "chains":
            columns = tuple(spec.column(name) for name in link.columns)
            shares = [
                effective_size(series.reshape(chains.CHAINS, -1).astype(float))
                / sampling.BLOCK
                for _, _, series in functionals(drawn, columns, source.problem.group)
            ]
        print(
            f"{', '.join(link.columns)[:57]:58} {source.engine:7} {1e6 * each:9.1f}"
            f"  {prepared:5.2f}s  {min(shares):.2f}"
        )
    states = [
        forecast(demand(spec, column.name, group))
        for column in spec.columns
        for group, _ in spec.groups
    ]
    print(f"largest programme not built: {max(f.megabytes for f in states):,.0f} MB")
    wall, cpu = perf_counter(), process_time()
    ensemble = sampling.sample(spec, cohorts, seed=SEED, jobs=2)
    wall, cpu = perf_counter() - wall, process_time() - cpu
    least = min(ensemble.diagnostics, key=lambda d: d.ess)
    worst = max(d.r_hat for d in ensemble.diagnostics)
    print(
        f"{cohorts} cohorts, 2 threads: {wall:.1f} s, {cpu:.1f} s of CPU; least "
        f"effective size {least.ess:.0f} ({least.column}, {least.functional}); "
        f"largest R-hat {worst:.4f}; {megabytes() - before:.0f} MB more than before"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12_288)
