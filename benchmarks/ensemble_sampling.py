"""What sampling the ensemble of a spec takes: engine, speed, effective sizes, memory.

Run: python benchmarks/ensemble_sampling.py [COHORTS]. The spec is `repaired` of Aoki
2014. `us` is CPU time of one thread by cohort, `prepare` that of building, tuning and
pilot; `share` is the least effective size of a functional by cohort, `ess/s` what that
makes a second, and `rejection/s` the cohorts a second of the obvious alternative
(its best case: totals, ends and links are not asked). The last lines time one whole
sample, with its preparation and all numbers that are reported of its cohorts, and
give the least effective size of all reported quantiles.
"""

import resource
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from rejia.ensemble import chains, sampling
from rejia.ensemble.attainable import Drawn
from rejia.ensemble.diagnose import effective_size, functionals
from rejia.ensemble.exact import demand, forecast
from rejia.ensemble.quantities import measure
from rejia.ensemble.sampled import sampling_rows
from rejia.ensemble.spec import build_spec
from rejia.facts import read_facts
from rejia.study import read_study

ROOT = Path(__file__).parents[1]
SEED = 1


def published_spec():
    study = read_study(ROOT / "config" / "studies" / "aoki2014.yaml")
    facts = read_facts(ROOT / "data" / "published" / "aoki2014" / "facts.tsv")
    return build_spec(study, facts, "repaired")


def rejection(spec, name, tries=20_000):
    """Cohorts a second of one column by the obvious way, or 0 where none is accepted.

    Normal numbers with exactly the printed mean and SD of a group, rounded, and
    rejected outside the scale or the windows; totals and ends are not even asked.
    """
    rng = np.random.default_rng(SEED)
    scale, seconds = spec.column(name), 0.0
    for label, n in spec.groups:
        cells = [c for c in spec.cells_of(name) if c.groups == (label,)]
        start = process_time()
        values = rng.normal(size=(tries, n))
        values -= values.mean(axis=1, keepdims=True)
        values /= np.sqrt((values**2).sum(axis=1, keepdims=True))
        spread = (cells[0].spread_low + cells[0].spread_high) / 2 / n
        mean = (cells[0].sum_low + cells[0].sum_high) / 2 / n
        values = np.round(mean + np.sqrt(spread) * values)
        good = (values >= scale.low).all(axis=1) & (values <= scale.high).all(axis=1)
        sums, squares = values.sum(axis=1), (values**2).sum(axis=1)
        for c in cells:
            spreads = n * squares - sums**2
            good &= (sums >= c.sum_low) & (sums <= c.sum_high)
            good &= (spreads >= c.spread_low) & (spreads <= c.spread_high)
        seconds += (process_time() - start) / max(good.sum(), 1e-300)
    return 1.0 / seconds if seconds < 1e6 else 0.0


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(cohorts):
    spec = published_spec()
    start = perf_counter()
    sampling.sample(spec, 1, seed=SEED)
    print(
        f"first sample, with compilation or its cache: {perf_counter() - start:.1f} s"
    )
    before = megabytes()
    print(f"{'columns':48} engine  us/cohort prepare share    ess/s rejection/s")
    for link in chains.links(spec):
        start = process_time()
        source = sampling._source(spec, link, "uniform", SEED)
        prepared = process_time() - start
        start = process_time()
        drawn = source.draw(0)
        each = (process_time() - start) / sampling.BLOCK
        shares = [1.0]
        if source.engine != "exact":
            columns = tuple(spec.column(name) for name in link.columns)
            group = np.repeat(range(len(spec.groups)), [n for _, n in spec.groups])
            shares = [
                effective_size(series.reshape(chains.CHAINS, -1).astype(float))
                / sampling.BLOCK
                for _, _, series in functionals(drawn, columns, group)
            ]
        obvious = min(rejection(spec, name) for name in link.columns)
        print(
            f"{', '.join(link.columns)[:47]:48} {source.engine:6} {1e6 * each:10.1f}"
            f" {prepared:6.2f}s  {min(shares):.2f} {min(shares) / each:8.0f}"
            f" {obvious:11.0f}"
        )
    states = [
        forecast(demand(spec, column.name, group))
        for column in spec.columns
        for group, _ in spec.groups
    ]
    print(f"largest programme not built: {max(f.megabytes for f in states):,.0f} MB")
    wall, cpu = perf_counter(), process_time()
    ensemble = sampling.sample(spec, cohorts, seed=SEED, jobs=2)
    measured = measure(spec, ensemble, threads=2)
    wall, cpu = perf_counter() - wall, process_time() - cpu
    print(
        f"{cohorts} cohorts, 2 threads: {wall:.1f} s, {cpu:.1f} s of CPU; "
        f"{megabytes() - before:.0f} MB more than before"
    )
    rows = sampling_rows("aoki2014", spec, [Drawn("uniform", measured)])
    rows = rows.sort_values("ess")
    for _, row in rows.head(5).iterrows():
        key = " ".join(str(row[name]) for name in ("outcome", "visit", "group", "term"))
        print(f"effective size {row['ess']:7.0f} of {row['statistic']} of {key}")
    print(
        f"least of {len(rows)} reported quantities: {rows['ess'].min():.0f}; largest "
        f"R-hat {rows['r_hat'].max():.4f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12_288)
