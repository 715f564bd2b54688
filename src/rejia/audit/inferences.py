"""Odds ratio, interval and p of a 2 x 2 table under every usual inference."""

from dataclasses import dataclass
from functools import lru_cache
from math import exp, inf, isfinite, log, sqrt
from statistics import NormalDist

from rejia.audit.wald import two_sided
from rejia.estimate import Estimate
from rejia.stats.models import logistic
from rejia.stats.proportions import fisher_exact, odds_ratio_2x2

Table = tuple[int, int, int, int]
INFERENCES = {
    "wald": "Wald (Woolf)",
    "profile": "profile likelihood",
    "firth": "Firth's penalised likelihood",
    "firth_wald": "Firth's estimate with Wald's interval and test",
    "exact": "the exact conditional method (Fisher, Cornfield)",
    "haldane": "Woolf with 1/2 added to each cell",
    "score": "the chi-square test",
    "yates": "the chi-square test with continuity correction",
    "n_1": "the chi-square test with N - 1",
    "mid_p": "Fisher's test with mid-p",
    "doubled": "Fisher's test, twice the smaller tail",
}
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Values:
    """A number as programs give it: they differ in the quantile, 1.96 or exact."""

    low: float
    high: float


@lru_cache(maxsize=20_000)
def infer(name: str, table: Table, confidence: float) -> dict[str, Values]:
    """
    Return ratio, limits and p of a table, where the inference gives them.

    Parameters
    ----------
    name : str
        A key of `INFERENCES`.
    table : tuple of int
        With the predictor: events, others; without it: events, others — in the
        order (events with, others with, events without, others without).
    confidence : float
        Level of the interval.

    Returns
    -------
    dict of str to Values
        ``odds_ratio``, ``ci_low``, ``ci_high``, ``p_value``; those that do not exist
        or are infinite are left out.
    """
    a, b, c, d = table
    margins = (a + b, c + d, a + c, b + d)
    if min(table) < 0 or min(margins) == 0:
        return {}
    if name in {"wald", "haldane"}:
        return _woolf(table, 0.5 if name == "haldane" else 0.0, confidence)
    if name in {"yates", "n_1", "score"}:
        return _chi_square(name, table)
    if sum(table) > _MOST:
        return {}
    if name in {"mid_p", "doubled"}:
        return _fisher(name, table)
    return _likelihood(name, table, confidence)


def _likelihood(name: str, table: Table, confidence: float) -> dict[str, Values]:
    a, b, c, d = table
    if name == "exact":
        return _of(odds_ratio_2x2(*table, method="exact", confidence=confidence))
    y = [1] * a + [0] * b + [1] * c + [0] * d
    x = [[1.0]] * (a + b) + [[0.0]] * (c + d)
    used = name.removesuffix("_wald")
    (term,) = logistic(y, x, names=["predictor"], inference=used, confidence=confidence)
    if used == name:
        return _of(term)
    return _normal(log(term.estimate), term.std_error, confidence)


def _of(estimate: Estimate) -> dict[str, Values]:
    found = {
        "odds_ratio": estimate.estimate,
        "ci_low": estimate.ci_low,
        "ci_high": estimate.ci_high,
        "p_value": estimate.p_value,
    }
    return {
        name: Values(value, value) for name, value in found.items() if isfinite(value)
    }


def _woolf(table: Table, added: float, confidence: float) -> dict[str, Values]:
    cells = [count + added for count in table]
    if min(cells) <= 0:
        return {}
    a, b, c, d = cells
    slope = log(a) + log(d) - log(b) - log(c)
    return _normal(slope, sqrt(sum(1 / cell for cell in cells)), confidence)


def _normal(slope: float, error: float, confidence: float) -> dict[str, Values]:
    if not (isfinite(slope) and error > 0):
        return {}
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    usual = round(z, 2)
    lows = [exp(slope - quantile * error) for quantile in (z, usual)]
    highs = [exp(slope + quantile * error) for quantile in (z, usual)]
    p = two_sided(slope / error)
    return {
        "odds_ratio": Values(exp(slope), exp(slope)),
        "ci_low": Values(min(lows), max(lows)),
        "ci_high": Values(min(highs), max(highs)),
        "p_value": Values(p, p),
    }


def _chi_square(name: str, table: Table) -> dict[str, Values]:
    a, b, c, d = table
    n = sum(table)
    product = (a + b) * (c + d) * (a + c) * (b + d)
    gap = float(abs(a * d - b * c))
    if name == "yates":
        gap = max(gap - n / 2, 0.0)
    factor = n - 1 if name == "n_1" else n
    p = two_sided(sqrt(factor * gap**2 / product))
    return {"p_value": Values(p, p)}


def _fisher(name: str, table: Table) -> dict[str, Values]:
    a, b, c, d = table
    p = fisher_exact([[a, b], [c, d]]).p_value
    n, row, column = sum(table), a + b, a + c
    least, most = max(0, row + column - n), min(row, column)
    masses = [1.0]
    for k in range(least, most):
        ratio = (row - k) * (column - k) / ((k + 1) * (n - row - column + k + 1))
        masses.append(masses[-1] * ratio)
    total, here = sum(masses), a - least
    if not 0 < total < inf:
        return {}
    value = p - masses[here] / total / 2
    if name == "doubled":
        tails = sum(masses[: here + 1]), sum(masses[here:])
        value = min(2 * min(tails) / total, 1.0)
    value = min(max(value, 0.0), 1.0)
    return {"p_value": Values(value, value)}
