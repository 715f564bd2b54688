"""
Fisher's exact test of r x c tables: ours, R, SciPy and brute force, in one run.

    python benchmarks/fisher_exact.py

R and SciPy are what a user would reach for. SciPy's answer for tables larger than 2 x 2
is a simulation; its error is shown. Brute force lists every table; it is left out where
there are too many. Times are of the processor, so that a busy machine changes little.
"""

import itertools
import os
import shutil
import subprocess
import time
from math import exp, lgamma, log1p

import numpy as np
from scipy import stats

from rejia.stats.proportions import fisher_exact

R_LIMIT_SECONDS = 120
TABLES = {
    "tea, 2 x 2": [[3, 1], [1, 3]],
    "3 x 3, n 15": [[3, 1, 1], [0, 4, 1], [1, 1, 3]],
    "job satisfaction, 4 x 4, n 96": [
        [1, 2, 1, 0],
        [3, 3, 6, 1],
        [10, 10, 14, 9],
        [6, 7, 12, 11],
    ],
    "Mehta and Patel, 5 x 7, n 39": [
        [1, 2, 2, 1, 1, 0, 1],
        [2, 0, 0, 2, 3, 0, 0],
        [0, 1, 1, 1, 2, 7, 3],
        [1, 1, 2, 0, 0, 0, 1],
        [0, 1, 1, 1, 1, 0, 0],
    ],
    "grades by course, 3 x 3, n 398": [[12, 203, 42], [20, 51, 16], [9, 30, 15]],
    "4 x 4, n 200": [
        [15, 9, 14, 11],
        [9, 17, 13, 12],
        [11, 14, 8, 17],
        [16, 10, 15, 9],
    ],
    "5 x 5, n 100": [
        [5, 3, 4, 6, 3],
        [2, 6, 4, 3, 5],
        [4, 4, 7, 2, 3],
        [3, 5, 2, 5, 5],
        [6, 2, 4, 4, 3],
    ],
}


def brute_force(table):
    """List every table column by column; None when there are too many."""
    rows, columns = np.sum(table, 1), np.sum(table, 0)
    if rows.size * columns.size > 9 or rows.sum() > 20:
        return None
    constant = sum(lgamma(v + 1) for v in [*rows, *columns]) - lgamma(rows.sum() + 1)

    def log_p(cells):
        return constant - sum(lgamma(v + 1) for v in cells)

    limit = log_p(np.ravel(table)) + log1p(1e-7)

    def columns_of(left, total):
        for x in itertools.product(*(range(v + 1) for v in left)):
            if sum(x) == total:
                yield x

    def total(left, k, cells):
        if k == columns.size - 1:
            value = log_p([*cells, *left])
            return exp(value) if value <= limit else 0.0
        return sum(
            total([a - b for a, b in zip(left, x, strict=True)], k + 1, [*cells, *x])
            for x in columns_of(left, columns[k])
        )

    return total(list(rows), 0, [])


def in_r(table):
    """Return p and seconds of R's fisher.test with a large workspace."""
    if shutil.which("Rscript") is None:
        return "no R", float("nan")
    cells = ",".join(map(str, np.ravel(table)))
    code = (
        f"m <- matrix(c({cells}), nrow = {len(table)}, byrow = TRUE);"
        "t <- system.time(p <- tryCatch(fisher.test(m, workspace = 2e8)$p.value,"
        "error = function(e) NA));"
        "cat(format(p, digits = 15), t[['user.self']] + t[['sys.self']])"
    )
    try:
        ran = subprocess.run(
            ["Rscript", "-e", code],
            capture_output=True,
            text=True,
            check=True,
            timeout=R_LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"> {R_LIMIT_SECONDS} s", float("nan")
    p, seconds = ran.stdout.split()
    return p, float(seconds)


def timed(function, *arguments):
    before = time.process_time()
    result = function(*arguments)
    return result, time.process_time() - before


def main():
    before = time.process_time()
    fisher_exact([[1, 2, 1], [3, 4, 1], [2, 0, 1]])
    print(
        f"first call, with import or compilation: {time.process_time() - before:.2f} s"
    )
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
    head = ("table", "ours p", "ours s", "R p", "R s", "R/ours", "SciPy p", "SciPy s")
    layout = "{:<32}{:>17}{:>9}{:>18}{:>9}{:>8}{:>10}{:>9}  {}"
    print(layout.format(*head, "brute force p, s"))
    for name, table in TABLES.items():
        ours, seconds = timed(lambda t: fisher_exact(t).p_value, table)
        r_p, r_seconds = in_r(table)
        scipy_p, scipy_seconds = timed(lambda t: stats.fisher_exact(t).pvalue, table)
        brute, brute_seconds = timed(brute_force, table)
        shown = "-" if brute is None else f"{brute:.12f}, {brute_seconds:.3f}"
        print(
            layout.format(
                name,
                f"{ours:.12f}",
                f"{seconds:.4f}",
                r_p,
                f"{r_seconds:.3f}",
                f"{r_seconds / seconds:.0f}",
                f"{scipy_p:.4f}",
                f"{scipy_seconds:.3f}",
                shown,
            )
        )


if __name__ == "__main__":
    main()
