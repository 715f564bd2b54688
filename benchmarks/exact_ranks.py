"""Times of the exact rank tests against SciPy, coin and brute force, in one run.

Run: python benchmarks/exact_ranks.py. Columns are milliseconds, the best of three,
after compilation, and how many times those of rejia they are; a dash says that the
alternative has no such test (SciPy's exact tests ignore ties) or would not end. SciPy
keeps the table of U between calls, so that its best of three is a look-up. The
p-values of all that ran must agree.
"""

import shutil
import subprocess
import tempfile
from itertools import combinations, permutations, product
from math import isclose
from pathlib import Path
from time import perf_counter

import numpy as np
from scipy import stats

from rejia.stats.ranks import jonckheere, rank_sum, signed_rank, spearman

LIMIT_S = 0.5  # agreed for 150 + 150 observations


def measure(call):
    """Result, and milliseconds of the best of three."""
    call()
    times = []
    for _ in range(3):
        start = perf_counter()
        result = call()
        times.append(1e3 * (perf_counter() - start))
    return result, min(times)


def brute_signed(differences):
    nonzero = differences[differences != 0]
    ranks = stats.rankdata(np.abs(nonzero))
    signs = np.array(list(product([0, 1], repeat=nonzero.size)))
    sums, observed = signs @ ranks, ranks[nonzero > 0].sum()
    centre = ranks.sum() / 2
    return (np.abs(sums - centre) >= abs(observed - centre)).mean()


def brute_samples(x, y):
    ranks = stats.rankdata(np.concatenate([x, y]))
    chosen = np.array(list(combinations(range(ranks.size), x.size)))
    sums, centre = ranks[chosen].sum(axis=1), x.size * ranks.mean()
    return (np.abs(sums - centre) >= abs(ranks[: x.size].sum() - centre)).mean()


def brute_spearman(x, y):
    a, b = stats.rankdata(x), stats.rankdata(y)
    sums = np.array(list(permutations(b))) @ a
    centre = a.sum() * b.mean()
    return (np.abs(sums - centre) >= abs(a @ b - centre) - 1e-9).mean()


R_SCRIPT = """
suppressPackageStartupMessages(library(coin))
best <- function(f) {
  f(); min(sapply(1:3, function(i) system.time(f(), gcFirst = FALSE)[["elapsed"]]))
}
for (line in readLines("cases.txt")) {
  part <- strsplit(line, ";")[[1]]
  x <- scan(text = part[2], quiet = TRUE)
  if (part[1] == "signed_rank") {
    nil <- rep(0, length(x))
    f <- function() pvalue(wilcoxsign_test(x ~ nil, distribution = "exact",
                                           zero.method = "Wilcoxon"))
  } else {
    y <- scan(text = part[3], quiet = TRUE)
    group <- factor(rep(c("x", "y"), c(length(x), length(y))))
    f <- function() pvalue(wilcox_test(c(x, y) ~ group, distribution = "exact"))
  }
  cat(sprintf("%.17g %.3f\\n", f(), 1000 * best(f)))
}
"""


def run_coin(cases):
    """(p, milliseconds) of each signed-rank or rank-sum case, by its position."""
    wanted = [i for i, case in enumerate(cases) if case[1] in TESTS_OF_COIN]
    if shutil.which("Rscript") is None:
        return {}
    lines = [
        ";".join([cases[i][1], *(" ".join(map(str, s)) for s in cases[i][2])])
        for i in wanted
    ]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "cases.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        Path(folder, "run.R").write_text(R_SCRIPT, encoding="utf-8")
        out = subprocess.run(
            ["Rscript", "run.R"], cwd=folder, check=True, capture_output=True, text=True
        ).stdout
    found = [tuple(map(float, line.split())) for line in out.splitlines()]
    return dict(zip(wanted, found, strict=True))


TESTS_OF_COIN = {"signed_rank", "rank_sum"}


def make_cases():
    """Name, test, data, SciPy's call or None, brute force or None."""
    rng = np.random.default_rng(20140401)
    cases = []

    def pairs(n, ties):
        sizes = rng.integers(1, 9, n) if ties else 1 + rng.permutation(n)
        d = sizes * rng.choice([-1, 1, 1], n)
        theirs = None if ties else lambda: stats.wilcoxon(d, method="exact").pvalue
        brute = (lambda: brute_signed(d)) if n <= 14 else None
        name = f"signed rank, {n} {'tied' if ties else 'untied'}"
        cases.append((name, "signed_rank", (d,), theirs, brute))

    def samples(m, n, ties):
        pooled = rng.integers(0, 12, m + n) if ties else rng.permutation(m + n)
        x, y = pooled[:m], pooled[m:] + (1 if ties else 0)

        def run_scipy():
            return stats.mannwhitneyu(x, y, method="exact").pvalue

        theirs = None if ties else run_scipy
        brute = (lambda: brute_samples(x, y)) if m + n <= 18 else None
        name = f"rank sum, {m} + {n} {'tied' if ties else 'untied'}"
        cases.append((name, "rank_sum", (x, y), theirs, brute))

    for n, ties in ((14, True), (50, False), (50, True), (200, True)):
        pairs(n, ties)
    for m, n, ties in ((9, 9, True), (11, 29, True), (25, 25, False), (50, 50, True)):
        samples(m, n, ties)
    samples(150, 150, False)
    samples(150, 150, True)
    samples(120, 180, True)
    continuous = np.round(rng.normal(size=300), 1)
    cases.append(
        (
            "rank sum, 150 + 150 one decimal",
            "rank_sum",
            (continuous[:150], continuous[150:] + 1),
            None,
            None,
        )
    )
    for n, brute in ((8, True), (14, False)):
        x, y = rng.permutation(n), rng.permutation(n)
        call = (lambda x=x, y=y: brute_spearman(x, y)) if brute else None
        cases.append((f"Spearman, {n} untied", "spearman", (x, y), None, call))
    groups = tuple(rng.integers(0, 9, n) + i for i, n in enumerate((11, 20, 9)))
    cases.append(("Jonckheere, 11 + 20 + 9 tied", "jonckheere", groups, None, None))
    return cases


def run_ours(test, data):
    if test == "jonckheere":
        return jonckheere(data).p_value
    calls = {"signed_rank": signed_rank, "rank_sum": rank_sum, "spearman": spearman}
    return calls[test](*data, method="exact").p_value


def show(other, ours):
    if other is None:
        return f"{'-':>20s}"
    return f"{other[1]:10.2f} {f'({other[1] / ours:.2g}x)':>9s}"


def main():
    cases = make_cases()
    coin = run_coin(cases)
    heads = "".join(f"{head:>20s}" for head in ("SciPy", "coin", "brute force"))
    print(f"{'':32s}{'p':>12s}{'rejia':>10s}{heads}")
    for place, (name, test, data, theirs, brute) in enumerate(cases):
        p, ours = measure(lambda test=test, data=data: run_ours(test, data))
        others = [measure(theirs) if theirs else None, coin.get(place)]
        others.append(measure(brute) if brute else None)
        for other in filter(None, others):
            if not isclose(other[0], p, rel_tol=1e-6):
                raise SystemExit(f"{name}: p = {p!r}, but another has {other[0]!r}")
        times = "".join(show(other, ours) for other in others)
        print(f"{name:32s}{p:12.3e}{ours:10.2f}{times}")
        if "150 + 150" in name and ours > 1e3 * LIMIT_S:
            raise SystemExit(f"{name}: {ours:.0f} ms, more than {LIMIT_S} s")


if __name__ == "__main__":
    main()
