"""P-values of rank tests that printed counts and coefficients allow."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import atan, cos, pi, sin, sqrt

from rejia.audit.context import DIRECTIONS, Context
from rejia.audit.finding import (
    BY_ROUNDING,
    CONSISTENT,
    ENUMERATION,
    INCONSISTENT,
    PROOF,
    Check,
    Lookup,
    Outcome,
    Scale,
    meeting,
    power_of,
    spell,
    stands,
)
from rejia.audit.wald import P_TOLERANCE, two_sided
from rejia.constraints import Cell, Interval, Size

_UNIT = Scale(Fraction(0), Fraction(1))


def rank_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of p-values of rank tests.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``signed_rank_counts`` (a paired p against the printed numbers of patients
        who improved and worsened) and ``correlation_p`` (a Spearman coefficient and
        its p).
    """
    for p in context.cells.of("p_value"):
        if p.adjustment not in {"raw", ""}:
            continue
        if p.key.ref_visit and not p.key.reference:
            found = _directions(context, p)
            if found:
                yield _signed_rank(p.fact, *found)
        spearman = context.cells.first(p.key, "spearman", place=p.place)
        size = context.sizes.of(p.key, p.place)
        if spearman is not None and size is not None and size.value > 3:
            yield _correlation(p.fact, spearman.fact, size)


def _directions(context: Context, p: Cell) -> tuple[str, str] | None:
    """Return the facts that count those who improved and worsened."""
    found: list[str] = []
    wanted = replace(p.key, analysis="")
    for level in (DIRECTIONS[0], DIRECTIONS[2]):
        key = replace(wanted, level=level)
        own = [
            cell
            for cell in context.cells.of("n")
            if cell.whole and replace(cell.key, analysis="") == key
        ]
        if not own:
            return None
        found.append(min(own, key=lambda cell: cell.place != p.place).fact)
    return found[0], found[1]


def signed_rank_range(fewer: int, more: int) -> tuple[float, float]:
    """
    Return bounds of the signed-rank p-value when only the signs are known.

    Parameters
    ----------
    fewer, more : int
        Differences of one sign and of the other; zeros are dropped.

    Returns
    -------
    least, most : float
        Of the normal approximation without continuity correction, whatever the
        sizes and ties of the differences.

    Notes
    -----
    With N differences, k of one sign have a rank sum from ``k (k + 1) / 2`` to
    ``k (2 N - k + 1) / 2``, ties or not. The variance is at most
    ``N (N + 1) (2 N + 1) / 24`` (no ties) and at least ``N (N + 1)**2 / 16`` (all
    tied).
    """
    n = fewer + more
    if n == 0:
        return 1.0, 1.0
    centre = n * (n + 1) / 4
    low, high = fewer * (fewer + 1) / 2, fewer * (2 * n - fewer + 1) / 2
    far = max(abs(low - centre), abs(high - centre))
    near = 0.0 if low <= centre <= high else min(abs(low - centre), abs(high - centre))
    loose, tight = n * (n + 1) * (2 * n + 1) / 24, n * (n + 1) ** 2 / 16
    return two_sided(far / sqrt(tight)), two_sided(near / sqrt(loose))


def _signed_rank(held: str, improved: str, worsened: str) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        p, down, up = cells[held], cells[improved], cells[worsened]
        least, most = signed_rank_range(int(down.value), int(up.value))
        verdict = _compare(p, least, most)
        return Outcome(
            verdict,
            ENUMERATION if verdict == INCONSISTENT else PROOF,
            "Wilcoxon signed-rank test, normal approximation, zeros dropped",
            f"{down.printed} improved and {up.printed} worsened give p from "
            f"{spell(least, most)}, whatever the sizes of the changes; {stands(p)}: "
            + meeting(verdict),
            least,
            most,
            _power(p, least, most),
        )

    return Check("signed_rank_counts", held, (held, improved, worsened), evaluate)


def student_two_sided(t: float, df: int) -> float:
    """
    Return the two-sided p-value of Student's t for whole degrees of freedom.

    Parameters
    ----------
    t : float
        Statistic.
    df : int
        Degrees of freedom, 1 or more.

    Returns
    -------
    float

    References
    ----------
    Abramowitz M, Stegun IA. Handbook of mathematical functions, 26.7.3 and 26.7.4.
    """
    theta = atan(abs(t) / sqrt(df))
    cosine, term, total = cos(theta), 1.0, 0.0
    if df % 2:
        term = cosine
        for step in range(1, (df - 1) // 2 + 1):
            total += term
            term *= cosine**2 * 2 * step / (2 * step + 1)
        inside = 2 / pi * (theta + sin(theta) * total)
    else:
        for step in range(1, df // 2 + 1):
            total += term
            term *= cosine**2 * (2 * step - 1) / (2 * step)
        inside = sin(theta) * total
    return max(1 - inside, 0.0)


def _correlation(held: str, coefficient: str, size: Size) -> Check:
    facts = (held, coefficient, *((size.fact,) if size.fact else ()))

    def evaluate(cells: Lookup) -> Outcome:
        p, r, n = cells[held], cells[coefficient], max(size.of(cells), 4)
        window = r.window
        small = (
            Fraction(0)
            if window.holds(Fraction(0))
            else min(abs(window.low), abs(window.high))
        )
        large = min(max(abs(window.low), abs(window.high)), Fraction(999999, 10**6))
        most, least = (_p_of_r(float(end), n) for end in (min(small, large), large))
        exact = min(abs(r.value), large)
        verdict = _compare(p, least, most, _p_of_r(float(exact), n))
        return Outcome(
            verdict,
            ENUMERATION if verdict == INCONSISTENT else PROOF,
            f"Student's t with n = {n}",
            f"{r.printed} x sqrt(({n} - 2) / (1 - {r.printed}^2)) gives p from "
            f"{spell(least, most)}; {stands(p)}: {meeting(verdict)}",
            least,
            most,
            _power(p, least, most),
            lambda: [f"exact p, or another n than {n}"],
        )

    return Check("correlation_p", held, facts, evaluate)


def _p_of_r(r: float, n: int) -> float:
    return student_two_sided(r * sqrt((n - 2) / (1 - r * r)), n - 2)


def _compare(p: Cell, least: float, most: float, point: float | None = None) -> str:
    low, high = float(p.window.low), float(p.window.high)
    if p.comparator in {"<", "≤"}:
        low, high = 0.0, float(p.value)
    elif p.comparator in {">", "≥"}:
        low, high = float(p.value), 1.0
    margin = P_TOLERANCE
    if least > high * (1 + margin) or most < low * (1 - margin):
        return INCONSISTENT
    return CONSISTENT if point is None or low <= point <= high else BY_ROUNDING


def _power(p: Cell, least: float, most: float) -> float:
    if p.comparator:
        return 0.0
    return power_of(p, [Interval(Fraction(least), Fraction(most))], _UNIT)
