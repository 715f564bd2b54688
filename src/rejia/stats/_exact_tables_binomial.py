"""Limits of one binomial proportion: events `x` of `n`, error `alpha` in both tails."""

from collections.abc import Callable
from math import inf, sqrt

from scipy import special

Limits = tuple[float, float]


def standard_normal_quantile(alpha: float) -> float:
    """Return z such that alpha lies outside (-z, z)."""
    return -float(special.ndtri(alpha / 2))


def wilson(x: int, n: int, alpha: float) -> Limits:
    """Solve n (p - pi)^2 = z^2 pi (1 - pi) for pi (Newcombe 1998, method 3)."""
    z = standard_normal_quantile(alpha)
    high = (x + z * z / 2 + z * sqrt(x * (n - x) / n + z * z / 4)) / (n + z * z)
    # The product of the roots is x^2 / n / (n + z^2); the difference would cancel.
    low = x * x / n / (n + z * z) / high
    return low, 1.0 if x == n else high


def wilson_corrected(x: int, n: int, alpha: float) -> Limits:
    """Solve |p - pi| - 1/(2n) = z sqrt(pi (1 - pi) / n) (Newcombe 1998, method 4)."""
    z = standard_normal_quantile(alpha)
    p, q = x / n, 1 - x / n
    low_root = sqrt(max(z * z - 2 - 1 / n + 4 * p * (n * q + 1), 0.0))
    high_root = sqrt(max(z * z + 2 - 1 / n + 4 * p * (n * q - 1), 0.0))
    low = (2 * x + z * z - 1 - z * low_root) / (2 * (n + z * z))
    high = (2 * x + z * z + 1 + z * high_root) / (2 * (n + z * z))
    return (0.0 if x == 0 else max(low, 0.0), 1.0 if x == n else min(high, 1.0))


def clopper_pearson(x: int, n: int, alpha: float) -> Limits:
    """Give each tail of the binomial distribution half of alpha, or less."""
    low = 0.0 if x == 0 else float(special.betaincinv(x, n - x + 1, alpha / 2))
    high = 1.0 if x == n else float(special.betainccinv(x + 1, n - x, alpha / 2))
    return low, high


def jeffreys(x: int, n: int, alpha: float) -> Limits:
    """Take quantiles of Beta(x + 1/2, n - x + 1/2), with the ends closed at 0 and n."""
    low = 0.0 if x == 0 else special.betaincinv(x + 0.5, n - x + 0.5, alpha / 2)
    high = 1.0 if x == n else special.betainccinv(x + 0.5, n - x + 0.5, alpha / 2)
    return float(low), float(high)


def mid_p(x: int, n: int, alpha: float) -> Limits:
    """Count half of the observed outcome in its tail (Newcombe 1998, method 6)."""

    def upper_tail(pi: float) -> float:
        # Mean of P(X > x) and P(X >= x); both are incomplete beta functions.
        beyond = special.betainc(x + 1, n - x, pi) if x < n else 0.0
        from_x = special.betainc(x, n - x + 1, pi) if x > 0 else 1.0
        return float(beyond + from_x) / 2

    low = 0.0 if x == 0 else bisect(lambda pi: upper_tail(pi) - alpha / 2, 0.0, 1.0)
    high = (
        1.0 if x == n else bisect(lambda pi: upper_tail(pi) - 1 + alpha / 2, 0.0, 1.0)
    )
    return low, high


def bisect(
    increasing: Callable[[float], float],
    low: float,
    high: float,
    *,
    resolution: float = 0.0,
) -> float:
    """Return the root of an increasing function; to the last bit at resolution 0."""
    while high - low > resolution:
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if increasing(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def odds(limits: Limits) -> Limits:
    """Turn proportions into odds; a proportion of 1 has infinite odds."""
    low, high = (inf if p == 1 else p / (1 - p) for p in limits)
    return low, high


LIMITS: dict[str, Callable[[int, int, float], Limits]] = {
    "wilson": wilson,
    "clopper_pearson": clopper_pearson,
    "jeffreys": jeffreys,
}
