"""True data for ratios, rank tests and corrected p-values."""

from fractions import Fraction
from math import exp, isnan, sqrt
from statistics import NormalDist

from scipy import stats

from audit_true_data import Batch, DataSet, Source, draw_size, draw_values
from rejia.audit.orders import order_checks
from rejia.audit.ranks import rank_checks
from rejia.audit.ratios import ratio_checks
from rejia.audit.wald import two_sided


def put_p(data: DataSet, value: float, **columns: str) -> None:
    """Print p, or that it is below a limit."""
    for limit in ("0.001", "0.01", "0.05"):
        if value < float(limit) and data.random.random() < 0.4:
            data.put("p_value", f"<{limit}", **columns)
            return
    p = Fraction(min(value, 1.0))
    data.number("p_value", p, data.random.choice((1, 2, 3, 3, 4)), **columns)


def _start_ratios(batch: Batch) -> None:
    batch.declared["confidence"] = batch.random.choice((0.95, 0.95, 0.9, 0.99))


def _ratios(batch: Batch) -> None:
    """Print an odds ratio with its Wald interval and p; or any other interval."""
    data = batch.begin("complete", "silent")
    random = data.random
    level = float(batch.declared["confidence"])
    beta = random.gauss(0, random.choice((0.05, 0.5, 2)))
    error = abs(random.gauss(0, random.choice((0.02, 0.5, 2)))) + 0.001
    z = NormalDist().inv_cdf((1 + level) / 2)
    if level == 0.95 and random.random() < 0.5:
        z = 1.96
    below, above, p = z * error, z * error, two_sided(beta / error)
    if data.kind == "silent":
        below, above = random.expovariate(1), random.expovariate(1)
        p = random.random()
    columns = {"outcome": data.name("worse"), "term": "age", "group": "all"}
    digits = random.randint(0, 4)
    ends = {"odds_ratio": beta, "ci_low": beta - below, "ci_high": beta + above}
    for statistic, end in ends.items():
        data.number(statistic, Fraction(exp(end)), data.digits(digits), **columns)
    put_p(data, p, adjustment="raw", **columns)


def _signed_rank(changes: list[int]) -> float:
    """Normal approximation, zeros dropped, ties in the variance, no correction."""
    kept = [change for change in changes if change]
    n = len(kept)
    if not n:
        return 1.0
    sizes = [abs(change) for change in kept]
    ranks = stats.rankdata(sizes)
    plus = sum(r for r, change in zip(ranks, kept, strict=True) if change > 0)
    ties = sum(sizes.count(s) ** 3 - sizes.count(s) for s in set(sizes)) / 48
    return two_sided(
        (plus - n * (n + 1) / 4) / sqrt(n * (n + 1) * (2 * n + 1) / 24 - ties)
    )


def _paired(batch: Batch) -> None:
    """Count who changed, and print the p of the signed ranks."""
    data = batch.begin("complete", "silent")
    random = data.random
    reach = random.choice((1, 3, 50))
    low = -reach + random.choice((-reach, 0, 0, reach // 2, reach))
    changes = draw_values(random, draw_size(random, 60), low, low + 2 * reach)
    columns = {
        "outcome": data.name("score"),
        "visit": "after",
        "ref_visit": "before",
        "group": "all",
    }
    counts = {
        "improved": sum(c < 0 for c in changes),
        "unchanged": changes.count(0),
        "worsened": sum(c > 0 for c in changes),
    }
    for level, count in counts.items():
        data.put("n", str(count), level=level, analysis="change", **columns)
    p = random.random() if data.kind == "silent" else _signed_rank(changes)
    put_p(data, p, adjustment=random.choice(("raw", "raw", "")), **columns)


def _correlated(batch: Batch) -> None:
    """Print a coefficient and the p of its t, or another p."""
    data = batch.begin("complete", "silent")
    random = data.random
    size = random.randint(4, random.choice((6, 20, 200)))
    data.size(size, group="all")
    r = random.choice((random.uniform(-1, 1), random.gauss(0, 0.1)))
    r = max(-0.999, min(0.999, r))
    p = 2 * stats.t.sf(abs(r) * sqrt((size - 2) / (1 - r * r)), size - 2)
    if data.kind == "silent":
        p = random.random()
    columns = {"outcome": data.name("age"), "term": "score", "group": "all"}
    data.number("spearman", Fraction(r), random.randint(1, 5), **columns)
    if not isnan(p):
        put_p(data, p, adjustment="raw", **columns)


def _corrected(batch: Batch) -> None:
    """Print p before and after a correction for many comparisons."""
    data = batch.begin("complete", "silent")
    random = data.random
    p = random.random() ** random.choice((1, 1, 3, 8))
    factor = random.choice((1, 2, 3, 6, random.randint(1, 100)))
    after = min(1.0, p * factor)
    if data.kind == "silent":  # Holm, or a rule of its own: never below p
        after = min(1.0, p * random.uniform(1, 10))
    columns = {"outcome": data.name("score"), "group": "P1", "reference": "P2"}
    put_p(data, p, adjustment="raw", **columns)
    put_p(data, after, adjustment="bonferroni", **columns)


SOURCES = (
    Source(
        "ratios",
        (ratio_checks,),
        ("ratio_order", "ratio_symmetry", "ratio_p", "ratio_null"),
        _ratios,
        _start_ratios,
    ),
    Source("paired", (rank_checks,), ("signed_rank_counts",), _paired),
    Source("correlated", (rank_checks,), ("correlation_p",), _correlated),
    Source("corrected", (order_checks,), ("corrected_p",), _corrected),
)
