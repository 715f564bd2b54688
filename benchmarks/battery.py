"""Speed of the battery against a loop over SciPy and statsmodels, and one over R.

Run: python benchmarks/battery.py. All three do the same 114 tests on the same cohorts
in one run: 22 columns x 4 Mann-Whitney contrasts, 9 Wilcoxon, 13 univariable logits
(one of them of a fixed 0/1 predictor), one of four predictors, one Spearman, two
linearly weighted kappas of 398 joints. Times are processor time of one thread, so that
other work on the machine weighs on all alike; the load is printed. The p-values of the
loops must be those of the battery. Then: growth with patients and with columns, where
the time goes, and network against NumPy's sort.
"""

import os
import shutil
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path
from time import process_time

import numpy as np
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from rejia.ensemble import _battery_order, _battery_ranks
from rejia.ensemble.battery import (
    FixedLogistic,
    Kappa,
    Logistic,
    RankSum,
    SignedRank,
    Spearman,
    battery,
)
from rejia.ensemble.model import Column, Ensemble

LABELS = ("A", "B", "C")
CONTRASTS = (("C", "AB"), ("A", "B"), ("A", "C"), ("B", "C"))
# Ends of the scales of Aoki 2014 in steps; half of the columns before, half after.
TOPS = (136, 161, 186, 97, 200, 71, 69, 800, 600, 150, 3000)
MULTIVARIABLE = ("c0", "c4", "c1", "c3")
LOOPED = 8


def make_ensemble(values, group):
    columns = tuple(
        Column(f"c{i}", "", Fraction(1), 0, int(v.max()), f"c{i}")
        for i, v in enumerate(values)
    )
    return Ensemble(values, np.ones(len(values)), group, columns, LABELS)


def draw(n, cohorts, columns=22):
    rng = np.random.default_rng(20140401)
    group = np.repeat([0, 1, 2], [n // 4, n // 4, n - 2 * (n // 4)]).astype(np.int8)
    values = np.empty((columns, n, cohorts), np.int16)
    for i in range(columns):
        top = TOPS[i % len(TOPS)]
        drawn = rng.gamma(1.5, top / 8, (n, cohorts)) + (group == 2)[:, None] * top / 25
        values[i] = np.minimum(drawn, top)
    return make_ensemble(values, group)


def draw_joints(cohorts):
    rng = np.random.default_rng(4)
    first = rng.choice(6, (2, 398, cohorts), p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.05])
    second = np.clip(first + rng.integers(-1, 2, first.shape), 0, 5)
    values = np.concatenate([first, second]).astype(np.int16)
    return make_ensemble(values, np.zeros(398, np.int8))


def make_tests(columns=22):
    half = len(TOPS)
    names = [f"c{i}" for i in range(columns)]
    return {
        "Mann-Whitney": [
            RankSum(name, tuple(g), tuple(r)) for name in names for g, r in CONTRASTS
        ],
        "Wilcoxon": [SignedRank(f"c{i}", f"c{i + half}") for i in range(2, half)],
        "logit": [Logistic((f"c{i}",), ("C",)) for i in range(12)],
        "fixed logit": [
            FixedLogistic("female", ("C",), (("A", 4), ("B", 6), ("C", 14)))
        ],
        "multivariable": [Logistic(MULTIVARIABLE, ("C",))],
        "Spearman": [Spearman("c0", "c16")],
    }


KAPPAS = (Kappa("c0", "c2"), Kappa("c1", "c3"))


def measure(call, repeats=3):
    """Result, and seconds of the best of several."""
    call()
    times = []
    for _ in range(repeats):
        start = process_time()
        result = call()
        times.append(process_time() - start)
    return result, min(times)


def loop_python(ensemble, joints, tests, cohorts):
    """p-values of every test of some cohorts, by SciPy and statsmodels."""
    group, event = ensemble.group, (ensemble.group == 2).astype(float)
    member = {k: np.isin(group, [LABELS.index(x) for x in k]) for k in ("A", "B", "C")}
    member["AB"] = member["A"] | member["B"]
    female = np.concatenate([np.arange(10) < 4, np.arange(10) < 6, np.arange(20) < 14])
    found = []
    for cohort in range(cohorts):
        v = {f"c{i}": row[:, cohort] for i, row in enumerate(ensemble.values)}
        p = []
        for t in tests["Mann-Whitney"]:
            pair = [v[t.column][member["".join(g)]] for g in (t.group, t.reference)]
            p.append(
                stats.mannwhitneyu(
                    *pair, method="asymptotic", use_continuity=False
                ).pvalue
            )
        for t in tests["Wilcoxon"]:
            d = v[t.after] - v[t.before]
            p.append(stats.wilcoxon(d, method="asymptotic").pvalue)
        designs = [v[t.columns[0]] for t in tests["logit"]] + [female]
        designs.append(np.column_stack([v[name] for name in MULTIVARIABLE]))
        for x in designs:
            design = sm.add_constant(x.astype(float))
            p += list(sm.Logit(event, design).fit(disp=0, tol=1e-10).pvalues[1:])
        p.append(stats.spearmanr(v["c0"], v["c16"]).pvalue)
        for k in (0, 1):
            table = np.zeros((6, 6))
            np.add.at(
                table, (joints.values[k, :, cohort], joints.values[k + 2, :, cohort]), 1
            )
            kappa = cohens_kappa(table, wt="linear")
            p.append(kappa.pvalue_two_sided)
        found.append(p)
    return np.array(found).T


R_SCRIPT = """
read <- function(f, d) array(scan(f, quiet = TRUE), d)
s <- scan("sizes.txt", quiet = TRUE)
v <- read("values.txt", s[1:3]); joints <- read("joints.txt", s[4:6])
group <- scan("group.txt", quiet = TRUE); event <- as.numeric(group == 2)
female <- c(1:10 <= 4, 1:10 <= 6, 1:20 <= 14) + 0
sets <- list(list(2, c(0, 1)), list(0, 1), list(0, 2), list(1, 2))
w <- 1 - abs(outer(0:5, 0:5, "-")) / 5
p_of <- function(...) suppressWarnings(
  wilcox.test(..., exact = FALSE, correct = FALSE)$p.value)
fit <- function(x) {
  g <- glm(event ~ x, family = binomial, control = list(epsilon = 1e-12))
  coef(summary(g))[-1, 4]
}
kappa_p <- function(a, b) {
  p <- table(factor(a, 0:5), factor(b, 0:5)) / length(a)
  r <- rowSums(p); q <- colSums(p); e <- sum(w * outer(r, q))
  m <- outer(as.vector(w %*% q), as.vector(r %*% w), "+")
  k <- (sum(w * p) - e) / (1 - e)
  v <- (sum(outer(r, q) * (w - m)^2) - e^2) / (1 - e)^2 / length(a)
  2 * pnorm(-abs(k / sqrt(v)))
}
battery <- function(x, j) c(
  unlist(lapply(1:22, function(i) sapply(sets, function(s)
    p_of(x[group %in% s[[1]], i], x[group %in% s[[2]], i])))),
  sapply(3:11, function(i) p_of(x[, i + 11], x[, i], paired = TRUE)),
  sapply(1:12, function(i) fit(x[, i])), fit(female), fit(x[, c(1, 5, 2, 4)]),
  suppressWarnings(cor.test(x[, 1], x[, 17], method = "spearman",
                            exact = FALSE))$p.value,
  kappa_p(j[, 1], j[, 3]), kappa_p(j[, 2], j[, 4]))
invisible(battery(v[, , 1], joints[, , 1]))
start <- proc.time()
p <- sapply(1:s[3], function(c) battery(v[, , c], joints[, , c]))
cat(sum((proc.time() - start)[1:2]), "\\n"); cat(sprintf("%.17g\\n", p))
"""


def loop_r(ensemble, joints, cohorts):
    """p-values and seconds of the same loop in R; None where R is not installed."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        sizes = []
        for name, values in (("values", ensemble.values), ("joints", joints.values)):
            part = values[:, :, :cohorts]
            sizes += [part.shape[1], part.shape[0], part.shape[2]]
            text = " ".join(map(str, part.transpose(2, 0, 1).ravel().tolist()))
            Path(folder, f"{name}.txt").write_text(text, encoding="utf-8")
        for name, row in (("sizes", sizes), ("group", ensemble.group.tolist())):
            Path(folder, f"{name}.txt").write_text(
                " ".join(map(str, row)), encoding="utf-8"
            )
        Path(folder, "run.R").write_text(R_SCRIPT, encoding="utf-8")
        out = subprocess.run(
            ["Rscript", "run.R"], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.split()
    return np.array(out[1:], float).reshape(cohorts, -1).T, float(out[0])


def compare(name, seconds, p, ours, ours_us):
    """Print a line; stop if p-values differ."""
    cohorts = p.shape[1]
    us = 1e6 * seconds / cohorts
    gap = np.nanmax(np.abs(p - ours[:, :cohorts]))
    print(f"{name:20s}{1e6 / us:12.1f} cohorts/s  battery is {us / ours_us:7.0f} x")
    print(f"{'':20s}largest difference of a p-value: {gap:.1e}")
    if gap > 1e-6:
        raise SystemExit(f"{name}: p-values differ")


def show_speed():
    ensemble, joints, tests = draw(40, 8192), draw_joints(8192), make_tests()
    flat = [t for group in tests.values() for t in group]
    first, seconds = measure(lambda: battery(ensemble, flat))
    second, more = measure(lambda: battery(joints, KAPPAS))
    ours = np.concatenate([first.p, second.p])
    us = 1e6 * (seconds + more) / ensemble.cohorts
    number = len(flat) + len(KAPPAS)
    print(
        f"{number} tests, n = 40, one thread; load {os.getloadavg()[0]:.1f} on "
        f"{os.cpu_count()} cores"
    )
    print(f"{'battery':20s}{1e6 / us:12.0f} cohorts/s")
    start = process_time()
    p = loop_python(ensemble, joints, tests, LOOPED)
    compare("SciPy, statsmodels", process_time() - start, p, ours, us)
    r = loop_r(ensemble, joints, LOOPED)
    if r is None:
        print("R is not installed: no ratio to R")
    else:
        compare("R", r[1], r[0], ours, us)
    print("\nwhere the time goes, us a cohort")
    for name, group in tests.items():
        used = measure(lambda group=group: battery(ensemble, group))[1]
        print(f"  {name:16s}{1e6 * used / ensemble.cohorts:8.2f}  ({len(group)} tests)")
    print(f"  {'kappa':16s}{1e6 * more / joints.cohorts:8.2f}  ({len(KAPPAS)} tests)")


def show_growth():
    print("\ngrowth with patients, us a cohort: a column's 4 contrasts, one logit")
    for n, cohorts in ((40, 4096), (400, 512), (4000, 64), (40000, 64)):
        ensemble = draw(n, cohorts, 1)
        tests = make_tests(1)
        mw = measure(lambda e=ensemble, t=tests: battery(e, t["Mann-Whitney"]))[1]
        logit = measure(lambda e=ensemble, t=tests: battery(e, t["logit"][:1]))[1]
        print(f"  {n:6d}{1e6 * mw / cohorts:12.2f}{1e6 * logit / cohorts:12.2f}")
    print("\ngrowth with columns, us a cohort (4 contrasts each)")
    for columns in (11, 22, 44, 88):
        ensemble, tests = draw(40, 2048, columns), make_tests(columns)
        used = measure(lambda e=ensemble, t=tests: battery(e, t["Mann-Whitney"]))[1]
        print(f"  {columns:6d}{1e6 * used / 2048:12.2f}")


def show_sorts():
    print("\nnetwork against NumPy's sort, us a column (4 contrasts)")
    for n in (20, 40, 60, 80, 100, 140, 200):
        ensemble, tests, used = draw(n, 1024, 1), make_tests(1)["Mann-Whitney"], []
        for limit in (n, 0):
            _battery_ranks.NETWORK_ROWS = limit
            used.append(measure(lambda e=ensemble, t=tests: battery(e, t), 5)[1] / 1024)
        print(f"  {n:6d}{1e6 * used[0]:12.2f}{1e6 * used[1]:12.2f}")
    _battery_ranks.NETWORK_ROWS = _battery_order.NETWORK_ROWS


def main():
    show_speed()
    show_growth()
    show_sorts()


if __name__ == "__main__":
    main()
