"""Times of logistic regression against statsmodels, firthmodels and R, in one run.

Run: python benchmarks/logistic.py. Milliseconds, the best of five, after warming up,
and how many times those of rejia they are. The work is what an analyst would ask for:
estimates, tests and intervals of all terms. rejia looks for separation first, which is
timed on its own. The estimates of all that ran must agree; R is timed inside its own
process, without its start. One BLAS thread, as in the pipeline.
"""

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import shutil
import subprocess
import tempfile
import warnings
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
from firthmodels import FirthLogisticRegression, detect_separation
from statsmodels.discrete.discrete_model import Logit

from rejia.stats.models import logistic, separation

SIZES = ((40, 1), (40, 3), (189, 5), (239, 6), (2000, 8))

R_SCRIPT = """
suppressMessages(library(MASS))
data <- read.csv(commandArgs(TRUE)[1])
best <- function(f) {
  f()
  min(sapply(1:5, function(i) { start <- proc.time()[[3]]
    for (j in 1:5) f(); (proc.time()[[3]] - start) / 5 * 1e3 }))
}
fit <- glm(y ~ ., binomial(), data)
cat(best(function() { f <- glm(y ~ ., binomial(), data); confint.default(f) }),
    best(function() suppressMessages({ f <- glm(y ~ ., binomial(), data)
      drop1(f, test = "LRT"); confint(f) })), coef(fit)[2])
"""


def measure(call):
    """Result, and milliseconds of the best of five."""
    call()
    times = []
    for _ in range(5):
        start = perf_counter()
        result = call()
        times.append(1e3 * (perf_counter() - start))
    return result, min(times)


def draw(n, k):
    rng = np.random.default_rng(n + k)
    x = rng.normal(size=(n, k)).round(1)
    x[:, ::2] = (x[:, ::2] > 0).astype(float)
    p = 1 / (1 + np.exp(0.5 - x @ np.linspace(0.8, -0.3, k)))
    return (rng.random(n) < p).astype(int), x


def firthmodels_fit(y, x):
    fit = FirthLogisticRegression().fit(x, y)
    fit.lrt()
    return fit.coef_, fit.conf_int(method="pl")


def statsmodels_fit(y, x):
    fit = Logit(y, np.column_stack([np.ones(len(y)), x])).fit(disp=False)
    return fit.params[1:], fit.pvalues, fit.conf_int()


def time_r(y, x):
    """Milliseconds of glm with Wald, and with likelihood ratio and profile."""
    command = shutil.which("Rscript")
    if command is None:
        return None
    columns = [f"x{i}" for i in range(x.shape[1])]
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "data.csv", Path(folder) / "time.R"
        header = ",".join(["y", *columns])
        np.savetxt(
            data, np.column_stack([y, x]), delimiter=",", header=header, comments=""
        )
        script.write_text(R_SCRIPT)
        run = [command, script, data]
        answer = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    wald, profile, slope = map(float, answer.split())
    return wald, profile, slope


def row(label, own, other):
    """One line: milliseconds here, there, and there over here."""
    if other is None:
        print(f"  {label:<44}{own:>9.2f}{'-':>10}{'-':>9}")
    else:
        print(f"  {label:<44}{own:>9.2f}{other:>10.2f}{other / own:>8.1f}×")


def compare(y, x):
    names = [f"x{i}" for i in range(x.shape[1])]
    own, slopes = {}, {}
    for inference in ("wald", "profile", "firth"):
        choice = {"names": names, "inference": inference}
        rows, own[inference] = measure(partial(logistic, y, x, **choice))
        slopes[inference] = np.log([e.estimate for e in rows])
    (other, *_), wald = measure(partial(statsmodels_fit, y, x))
    if not np.allclose(slopes["wald"], other, atol=1e-5):
        raise SystemExit("statsmodels has other estimates")
    (other, _), firth = measure(partial(firthmodels_fit, y, x))
    if not np.allclose(slopes["firth"], other, atol=1e-3):
        raise SystemExit("firthmodels has other estimates")
    in_r = time_r(y, x)
    if in_r and abs(in_r[2] - slopes["wald"][0]) > 1e-5:
        raise SystemExit("R has other estimates")
    _, found = measure(partial(separation, y, x))
    _, other_found = measure(partial(detect_separation, x, y))
    row("wald, statsmodels Logit", own["wald"], wald)
    row("wald, R glm", own["wald"], in_r and in_r[0])
    row("profile, R glm + drop1 + confint", own["profile"], in_r and in_r[1])
    row("firth, firthmodels", own["firth"], firth)
    row("separation, firthmodels", found, other_found)


def main():
    for n, k in SIZES:
        y, x = draw(n, k)
        print(f"n = {n}, {k} predictors, {y.sum()} events")
        compare(y, x)
        # A separated copy: whoever has the first, binary predictor has the event.
        y = np.where(x[:, 0] == 1.0, 1, y)
        _, found = measure(partial(separation, y, x))
        _, other = measure(partial(detect_separation, x, y))
        row(f"separation ({separation(y, x).kind}), firthmodels", found, other)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
