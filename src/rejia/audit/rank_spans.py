"""P-values of rank tests that sizes, signs and bounds of a rank sum can give."""

from functools import lru_cache
from math import comb, exp, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from rejia.audit.p_values import Span, student_two_sided
from rejia.audit.wald import two_sided
from rejia.stats.ranks import rank_sum

NORMAL = "normal approximation"
CORRECTED = "normal approximation with continuity correction"
STUDENT = "Student's t of the ranks"
EXACT = "exact, given the ties"
DOUBLED = "exact, given the ties, twice the smaller tail"
UNTIED = "exact, without ties"
RANK_SUM_METHODS = {
    "normal": NORMAL,
    "normal_corrected": CORRECTED,
    "student_t": STUDENT,
    "exact": EXACT,
    "exact_doubled": DOUBLED,
    "exact_untied": UNTIED,
}
_MOST_PAIRS = 40_000
_MOST_EXACT = 2_500
_SLACK = 1e-9


@lru_cache(maxsize=4096)
def rank_sum_spans(n: int, ref_n: int, low: float, high: float) -> tuple[Span, ...]:
    """
    Return the two-sided p-values that a range of U can give, whatever the ties.

    Parameters
    ----------
    n, ref_n : int
        Sizes, 1 or more.
    low, high : float
        U lies between them.

    Returns
    -------
    tuple of Span
        One a method of `rejia.stats.ranks.rank_sum`, in the order of
        `RANK_SUM_METHODS`.

    Notes
    -----
    With d = abs(U - n m / 2) and N = n + m, the variance is
    ``n m (N^3 - sum(t^3)) / (12 N (N - 1))`` over tied classes of t values. It is
    greatest without ties. It is at least ``d^2 / (N - 1)``, since z^2 / (N - 1) is a
    share of the ranks' variance; and pairs of one class count for neither side, so
    that a class of a and b values has ``a b <= n m - 2 d``, which bounds the largest
    class, and with it ``sum(t^3) <= t^3 + min((N - t)^3, t^2 (N - t))``.

    Given the ties, an exact p is at least 1 / C(N, n), and twice that where the
    distribution is symmetric; and at most ``V / d^2`` (Chebyshev) and
    ``2 exp(-2 d^2 / (k (1 - (k - 1) / N) (N - 1)^2))`` with k the smaller size
    (Serfling 1974); where no pair is the other way, at most 2 / C(N, n).
    """
    pairs, total = n * ref_n, n + ref_n
    first = max(np.ceil(2 * low - _SLACK) / 2, 0.0)
    last = min(np.floor(2 * high + _SLACK) / 2, float(pairs))
    if first > last:  # the bounds contradict each other: nothing is said
        first, last = 0.0, float(pairs)
    centre = pairs / 2
    far = max(abs(first - centre), abs(last - centre))
    near = (
        0.0 if first <= centre <= last else min(abs(first - centre), abs(last - centre))
    )
    loose = pairs * (total + 1) / 12
    spans = []
    for name, step, student in (
        (NORMAL, 0.0, False),
        (CORRECTED, 0.5, False),
        (STUDENT, 0.5, True),
    ):
        largest = _largest_z(n, ref_n, near, far, step)
        smallest = max(near - step, 0.0) / sqrt(loose)
        ends = [
            student_two_sided(z, total - 1) if student else two_sided(z)
            for z in (largest, smallest)
        ]
        spans.append(Span(name, *ends))
    floor = 1 / comb(total, n)
    ceiling = _exact_ceiling(n, ref_n, near, loose)
    symmetric = 2 * floor if n == ref_n else floor
    spans.append(Span(EXACT, min(symmetric, 1.0), ceiling))
    doubled = 2 * ceiling if near < pairs / 2 else 2 * floor
    spans.append(Span(DOUBLED, min(2 * floor, 1.0), min(doubled, 1.0)))
    untied = (min(2 * floor, 1.0), min(2 * ceiling, 1.0))
    if pairs <= _MOST_EXACT:
        untied = (_untied(n, ref_n, far), _untied(n, ref_n, near))
    spans.append(Span(UNTIED, *untied))
    return tuple(spans)


def _largest_z(n: int, ref_n: int, near: float, far: float, step: float) -> float:
    """Return the largest z for a distance from `near` to `far`, any ties."""
    pairs, total = n * ref_n, n + ref_n
    most = sqrt(total - 1)
    if pairs > _MOST_PAIRS or far <= step:
        return most * max(1 - step / far, 0.0) if far else 0.0
    distances = np.arange(2 * near, 2 * far + 0.5) / 2
    distances = distances[distances > step]
    if not len(distances):
        return 0.0
    variance = _least_variance(n, ref_n, distances)
    z = (distances - step) / np.sqrt(variance)
    return float(z.max())


def _least_variance(
    n: int, ref_n: int, distances: NDArray[np.float64]
) -> NDArray[np.float64]:
    pairs, total = n * ref_n, n + ref_n
    a = np.arange(n + 1)[:, None]
    b = np.arange(ref_n + 1)[None, :]
    size = (a + b).astype(float)
    rest = total - size
    cubes = size**3 + np.minimum(rest**3, size**2 * rest)
    together = (a * b).ravel()
    order = np.argsort(together, kind="stable")
    best = np.maximum.accumulate(cubes.ravel()[order])
    spare = pairs - 2 * distances
    where = np.searchsorted(together[order], spare + _SLACK, side="right") - 1
    tied = pairs * (total**3 - best[where]) / (12 * total * (total - 1))
    least: NDArray[np.float64] = np.maximum(tied, distances**2 / (total - 1))
    return least


def _exact_ceiling(n: int, ref_n: int, near: float, loose: float) -> float:
    if not near:
        return 1.0
    total, few = n + ref_n, min(n, ref_n)
    if near == n * ref_n / 2:  # every pair the same way: one arrangement, or its mirror
        return min(1.0, 2 / comb(total, n))
    spread = few * (1 - (few - 1) / total) * (total - 1) ** 2
    return min(1.0, loose / near**2, 2 * exp(-2 * near**2 / spread))


@lru_cache(maxsize=4096)
def _untied(n: int, ref_n: int, distance: float) -> float:
    """Return the exact p of U at a distance from its centre, rounded down."""
    u = int(np.floor(n * ref_n / 2 - distance + _SLACK))
    # Samples without ties that have this U: q of x above all of y, one above r.
    full, above = divmod(u, ref_n)
    reference = [2.0 * k for k in range(1, ref_n + 1)]
    top = 2.0 * ref_n + 2
    x = [top + k for k in range(full)]
    if full < n:
        x.append(2.0 * above + 1)
        x += [1 - (k + 1) / (n + 1) for k in range(n - full - 1)]
    return rank_sum(x, reference, method="exact_untied").p_value


def signed_rank_spans(fewer: int, more: int, zeros: int | None) -> dict[str, Span]:
    """
    Return the two-sided signed-rank p-values that the signs can give, any ties.

    Parameters
    ----------
    fewer, more : int
        Differences of one sign and of the other.
    zeros : int or None
        Differences that are zero; None where their number is not known.

    Returns
    -------
    dict of str to Span
        By the arguments of `rejia.stats.ranks.signed_rank`: ``"normal drop"``.

    Notes
    -----
    Of n = k + l differences, k of the rarer sign have a rank sum W from k (k + 1) / 2
    to k (2 n - k + 1) / 2; the squares of the ranks add up to n (n + 1)^2 / 4 (all
    tied) to n (n + 1) (2 n + 1) / 6 (none). Zeros that are ranked raise each rank by
    their number, and with ``keep`` add their own squares. ``z <= sqrt(n)``, by
    Cauchy and Schwarz.

    An exact p is at least 2^(k + 1 - n), since every subset of the k has no larger
    sum, equal to that for k = 0; and at most V / d^2 (Chebyshev) and
    2 exp(-d^2 / (2 V)) (Hoeffding 1963).
    """
    spans: dict[str, Span] = {}
    n = fewer + more
    for rule in ("drop", "pratt", "keep"):
        unknown = zeros is None and rule != "drop"
        found = _signed(fewer, more, 0 if rule == "drop" else zeros or 0, rule)
        for method, ends in found.items():
            least, most = ends
            if unknown:
                least = ends[0] if method == "exact" else two_sided(sqrt(n))
                most = ends[1] if method == "exact" and not min(fewer, more) else 1.0
            name = f"{_METHODS[method]}, zeros {_ZEROS[rule]}"
            spans[f"{method} {rule}"] = Span(name, least, most)
    return spans


_METHODS = {
    "normal": NORMAL,
    "normal_corrected": CORRECTED,
    "student_t": STUDENT,
    "exact": EXACT,
}
_ZEROS = {
    "drop": "dropped",
    "pratt": "ranked and left out",
    "keep": "ranked and halved",
}


def _signed(
    fewer: int, more: int, zeros: int, rule: str
) -> dict[str, tuple[float, float]]:
    n, k = fewer + more, min(fewer, more)
    if n == 0:
        return dict.fromkeys(("normal", "normal_corrected", "exact"), (1.0, 1.0))
    total = n * (n + 1) / 2
    shift = 2 * zeros * total + n * zeros**2
    if rule == "keep":
        shift += zeros * ((zeros + 1) / 2) ** 2
    tight = (n * (n + 1) ** 2 / 4 + shift) / 4
    loose = (n * (n + 1) * (2 * n + 1) / 6 + shift) / 4
    centre = (total + n * zeros) / 2
    low = k * (k + 1) / 2 + k * zeros
    high = k * (2 * n - k + 1) / 2 + k * zeros
    far = max(abs(low - centre), abs(high - centre))
    near = 0.0 if low <= centre <= high else min(abs(low - centre), abs(high - centre))
    root = sqrt(n)
    found = {
        "normal": (
            two_sided(min(far / sqrt(tight), root)),
            two_sided(near / sqrt(loose)),
        ),
        "normal_corrected": (
            two_sided(min((far - 0.5) / sqrt(tight), root * (1 - 0.5 / far))),
            two_sided(max(near - 0.5, 0.0) / sqrt(loose)),
        ),
    }
    floor = min(2.0 ** (k + 1 - n), 1.0)
    bound = (
        min(1.0, loose / near**2, 2 * exp(-(near**2) / (2 * loose))) if near else 1.0
    )
    found["exact"] = (floor, floor if k == 0 else max(bound, floor))
    if rule == "drop" and n > 1:
        ends = [_iman(z, n) for z in (min(far / sqrt(tight), root), near / sqrt(loose))]
        found["student_t"] = (ends[0], ends[1])
    return found


def _iman(z: float, n: int) -> float:
    """Return Student's p of the signed ranks whose normal statistic is z."""
    rest = n - z * z
    t = inf if rest <= _SLACK else z * sqrt((n - 1) / rest)
    return student_two_sided(t, n - 1)
