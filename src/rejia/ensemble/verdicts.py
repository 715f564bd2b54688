"""Whether a printed number was attainable: typical, rare, not attained, impossible."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isclose, isnan, log

from rejia import printed

# Best first: of a number that can be read in two ways, the better reading counts.
ORDER = (
    "forced",
    "typical",
    "law_dependent",
    "rare",
    "not_attained",
    "impossible",
    "not_checkable",
)


@dataclass(frozen=True, slots=True)
class Range:
    """
    What the cohorts of a spec have of one quantity.

    Attributes
    ----------
    low, high : float
        Hull.
    proven : bool
        Whether no cohort lies outside it; else nothing outside was found.
    quantiles : tuple of (float, float)
        0.5 % and 99.5 % quantile under each law.
    outer : tuple of (float, float)
        Interval outside of which certificates prove that there is none.
    """

    low: float
    high: float
    proven: bool
    quantiles: tuple[tuple[float, float], ...]
    outer: tuple[float, float] = (-inf, inf)

    @property
    def met(self) -> bool:
        """Whether what was attained and what is proved are the same, but for digits."""
        ends = zip(self.proved, (self.low, self.high), strict=True)
        return all(isclose(one, other, rel_tol=1e-9) for one, other in ends)

    @property
    def proved(self) -> tuple[float, float]:
        """Interval outside of which there is provably none."""
        if self.proven:
            return self.low, self.high
        return self.outer


@dataclass(frozen=True, slots=True)
class Verdict:
    """Attainability of a printed number, and what it rests on."""

    attainability: str
    evidence: str


def judge(text: str, found: Range, *, m: int = 1) -> Verdict:
    """
    Hold a printed number against a hull and quantiles.

    Parameters
    ----------
    text : str
        As printed.
    found : Range
        Hull and quantiles of the same quantity.
    m : int
        The printed number is m times the quantity, but at most 1 (Bonferroni); 1 for
        everything that is not an adjusted p-value.

    Returns
    -------
    Verdict
        ``forced``: every cohort prints so. ``typical``: under every law at least 0.5 %
        of the cohorts lie on either side of it, or print it. ``rare``: under every law
        fewer do. ``law_dependent``: under some. ``not_attained``: outside of all that
        was found. ``impossible``: outside of what is proven.

    Notes
    -----
    Binary fractions at the ends of windows are given the benefit of 1e-9 of a digit.
    """
    if isnan(found.low) or isnan(found.high):
        return Verdict("not_checkable", "")
    low, high = window(text, m)
    if high < found.low or low > found.high:
        return _outside(low, high, found.proved)
    if low <= found.low and found.high <= high:
        least, most = found.proved
        proven = low <= least and most <= high
        return Verdict("forced", "proof" if proven else "search")
    rare = [high < least or low > most for least, most in found.quantiles]
    evidence = "enumeration"
    if not rare:
        return Verdict("not_checkable", "")
    if all(rare):
        return Verdict("rare", evidence)
    return Verdict("law_dependent" if any(rare) else "typical", evidence)


def _outside(low: float, high: float, proved: tuple[float, float]) -> Verdict:
    """Say whether what lies outside the hull is proved to lie outside."""
    if high < proved[0] or low > proved[1]:
        return Verdict("impossible", "proof")
    return Verdict("not_attained", "search")


def window(text: str, m: int = 1) -> tuple[float, float]:
    """
    Return what a printed number stands for, before it was multiplied by m.

    Parameters
    ----------
    text : str
        As printed.
    m : int
        Factor of an adjusted p-value.
    """
    ends = printed.stands_for(text)
    low, high = (float(end) for end in ends)
    spare = 1e-9 * min(max(high - low, 1e-12), 1.0)
    low, high = low - spare, high + spare
    if m > 1 and high >= 1.0:
        high = inf
    return low / m, high / m


def better(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the best of several readings of one number."""
    return min(verdicts, key=lambda verdict: ORDER.index(verdict.attainability))


def log_window(text: str) -> tuple[float, float]:
    """Return the window of a printed ratio as logarithms."""
    low, high = window(text)
    return (log(low) if low > 0.0 else -inf), (log(high) if high > 0.0 else -inf)
