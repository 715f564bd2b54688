"""Odds ratio, interval and p: order, symmetry and implied p."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import log
from statistics import NormalDist

from rejia.audit.context import Context
from rejia.audit.finding import (
    BY_ROUNDING,
    CONSISTENT,
    ENUMERATION,
    INCONSISTENT,
    NOT_CHECKABLE,
    PROOF,
    Check,
    Lookup,
    Outcome,
    Scale,
    meeting,
    power_of,
    show,
    spell,
    stands,
    verdict_of,
)
from rejia.audit.inferences import INFERENCES
from rejia.audit.wald import P_TOLERANCE, implied_p, point_p
from rejia.constraints import Cell, Interval, sqrt_high, sqrt_low
from rejia.study.schema import Logistic

ONE = Fraction(1)
ZERO = Fraction(0)
_UNIT = Scale(ZERO, ONE)


@dataclass(frozen=True, slots=True)
class Ratio:
    """
    Facts of one row of a model.

    Attributes
    ----------
    odds, low, high : str
        Facts of the ratio and its limits.
    p : str
        Fact of the p-value, or empty.
    confidence : float
        Level of the interval.
    inference : str
        As the analysis declares it; empty where nobody does.
    """

    odds: str
    low: str
    high: str
    p: str
    confidence: float
    inference: str = ""

    @property
    def other(self) -> str:
        """What is declared instead of Wald, in words; empty for Wald or nothing."""
        return "" if self.inference in {"", "wald"} else INFERENCES[self.inference]

    def cells(self, cells: Lookup) -> tuple[Cell, Cell, Cell]:
        """Return ratio, lower and upper limit."""
        return cells[self.odds], cells[self.low], cells[self.high]


def ratio_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of odds ratios.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``ratio_order``, ``ratio_symmetry``, ``ratio_p`` and ``ratio_null``.
    """
    declared = {
        a.id: a.inference for a in context.structure.analyses if isinstance(a, Logistic)
    }
    for odds in context.cells.of("odds_ratio"):
        low = context.cells.first(odds.key, "ci_low", place=odds.place)
        high = context.cells.first(odds.key, "ci_high", place=odds.place)
        if odds.comparator or low is None or high is None:
            continue
        found = context.cells.find(odds.key, "p_value", place=odds.place)
        raw = [p for p in found if p.adjustment in {"raw", ""}]
        p = raw[0].fact if raw else ""
        inference = declared.get(odds.key.analysis, "")
        level = context.structure.confidence
        ratio = Ratio(odds.fact, low.fact, high.fact, p, level, inference)
        yield Check(
            "ratio_order", odds.fact, (odds.fact, low.fact, high.fact), _order(ratio)
        )
        yield Check(
            "ratio_symmetry",
            odds.fact,
            (odds.fact, low.fact, high.fact),
            _symmetry(ratio),
        )
        if p:
            facts = (odds.fact, low.fact, high.fact, p)
            yield Check("ratio_p", p, facts, _p(ratio))
            yield Check("ratio_null", p, (low.fact, high.fact, p), _null(ratio))


def _order(ratio: Ratio) -> Callable[[Lookup], Outcome]:
    def evaluate(cells: Lookup) -> Outcome:
        odds, low, high = ratio.cells(cells)
        allowed = Interval(
            min(low.window.low, high.window.high), max(low.window.low, high.window.high)
        )
        crossed = low.window.low > high.window.high
        point = odds.value if low.value <= odds.value <= high.value else None
        verdict = INCONSISTENT if crossed else verdict_of(odds, point, allowed)
        inside = "outside" if verdict == INCONSISTENT else "inside"
        return Outcome(
            verdict,
            PROOF,
            "an interval that contains its estimate",
            f"{stands(odds)}; the interval {low.printed} to {high.printed} reaches at "
            f"most from {spell(allowed.low, allowed.high)}: the estimate is {inside}"
            + ("; the limits are crossed" if crossed else ""),
            float(allowed.low),
            float(allowed.high),
            power_of(odds, [allowed], _odds_scale(odds, allowed)),
            lambda: _why_order(odds, low, high),
        )

    return evaluate


def _odds_scale(odds: Cell, allowed: Interval) -> Scale:
    return Scale(ZERO, 2 * max(odds.value, allowed.high, ONE))


def _why_order(odds: Cell, low: Cell, high: Cell) -> Iterator[str]:
    if low.window.low > 0:
        root = spell(
            sqrt_low(low.window.low * high.window.low),
            sqrt_high(low.window.high * high.window.high),
        )
        yield f"the limits' geometric mean, the estimate under Wald, is {root}"
    if odds.value > 0 and high.value > 0:
        lower = odds.value**2 / high.value
        yield f"with the upper limit kept, the lower limit under Wald is {show(lower)}"


def _symmetry(ratio: Ratio) -> Callable[[Lookup], Outcome]:
    def evaluate(cells: Lookup) -> Outcome:
        odds, low, high = ratio.cells(cells)
        lows, highs = low.window.clamped(ZERO), high.window.clamped(ZERO)
        product = Interval(lows.low * highs.low, lows.high * highs.high)
        allowed = Interval(sqrt_low(product.low), sqrt_high(product.high))
        square = odds.window.clamped(ZERO).squared()
        point = low.value * high.value
        verdict = BY_ROUNDING
        if not square.meets(product):
            verdict = INCONSISTENT
        elif square.holds(point):
            verdict = CONSISTENT
        if verdict == INCONSISTENT and ratio.other:
            return _not_wald(ratio)
        return Outcome(
            verdict,
            ENUMERATION if verdict == INCONSISTENT else PROOF,
            "Wald",
            f"sqrt({low.printed} x {high.printed}) = {show(sqrt_low(point))}; with "
            f"each limit within half a unit: {spell(allowed.low, allowed.high)}; "
            f"{stands(odds)}: {meeting(verdict)}",
            float(allowed.low),
            float(allowed.high),
            power_of(odds, [allowed], _odds_scale(odds, allowed)),
            lambda: _why_symmetry(odds, low, high),
        )

    return evaluate


def _not_wald(ratio: Ratio) -> Outcome:
    """Say that a declared inference has no such identity."""
    told = (
        f"{ratio.other} is declared, whose interval and p follow from the data alone, "
        "not from each other"
    )
    return Outcome(NOT_CHECKABLE, PROOF, ratio.other, told)


def _why_symmetry(odds: Cell, low: Cell, high: Cell) -> Iterator[str]:
    if 0 < low.value < odds.value < high.value:
        down = log(odds.value / low.value)
        up = log(high.value / odds.value)
        side = "upper" if up > down else "lower"
        yield (
            f"a profile, Firth or exact interval, which only the data could give: on "
            f"the log scale the {side} arm is longer "
            f"({show(max(up, down) / min(up, down))} times)"
        )
    if low.value > 0 and odds.value > 0:
        yield f"lower limit {show(odds.value**2 / high.value)} would fit the others"
        yield f"upper limit {show(odds.value**2 / low.value)} would fit the others"


def _p(ratio: Ratio) -> Callable[[Lookup], Outcome]:
    def evaluate(cells: Lookup) -> Outcome:
        odds, low, high = ratio.cells(cells)
        p = cells[ratio.p]
        least, most, point = _implied(odds, low, high, ratio.confidence)
        if most <= 0 and least <= 0:
            return Outcome(NOT_CHECKABLE, PROOF, "Wald", "a limit is not above 0")
        verdict = _p_verdict(p, least, most, point)
        if verdict == INCONSISTENT and ratio.other:
            return _not_wald(ratio)
        text = (
            f"log({odds.printed}) / ((log({high.printed}) - log({low.printed})) / "
            f"(2 x {show(_z(ratio.confidence))})) gives p = {show(point)}; with each "
            f"within half a unit: {spell(least, most)}; {stands(p)}: {meeting(verdict)}"
        )
        allowed = Interval(Fraction(least), Fraction(most))
        power = 0.0 if p.comparator else power_of(p, [allowed], _UNIT)
        return Outcome(
            verdict,
            ENUMERATION if verdict == INCONSISTENT else PROOF,
            "Wald",
            text,
            least,
            most,
            power,
            lambda: _why_p(odds, low, high, p, ratio.confidence),
        )

    return evaluate


def _implied(
    odds: Cell, low: Cell, high: Cell, level: float
) -> tuple[float, float, float]:
    least, most = implied_p(odds.window, low.window, high.window, _z(level))
    return least, most, point_p(odds.value, low.value, high.value, _z(level))


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _p_ends(p: Cell) -> tuple[float, float]:
    if p.comparator in {"<", "≤"}:
        return 0.0, float(p.value)
    if p.comparator in {">", "≥"}:
        return float(p.value), 1.0
    return max(float(p.window.low), 0.0), min(float(p.window.high), 1.0)


def _p_verdict(p: Cell, least: float, most: float, point: float) -> str:
    start, end = _p_ends(p)
    if least > end * (1 + P_TOLERANCE) or most < start * (1 - P_TOLERANCE):
        return INCONSISTENT
    return CONSISTENT if start <= point <= end else BY_ROUNDING


def _why_p(odds: Cell, low: Cell, high: Cell, p: Cell, level: float) -> Iterator[str]:
    least, most, _ = _implied(odds, low, high, level)
    if not p.comparator:
        for power, name in (
            (10, "a zero lost"),
            (100, "two zeros lost"),
        ):
            half = float(p.step) / 2 / power
            value = float(p.value) / power
            if least <= value + half and value - half <= most:
                yield f"{name}: {show(value)} would fit"
    start, end = _p_ends(p)
    for other in (0.9, 0.99):
        small, large, _ = _implied(odds, low, high, other)
        if other != level and small <= end and large >= start:
            yield f"a {other:.0%} interval would fit"
    if odds.value > 0 and 0 < low.value < high.value:
        yield (
            "p of a likelihood-ratio, penalised, exact or score test, or an interval "
            "that is not Wald's: only the data could give these"
        )


def _null(ratio: Ratio) -> Callable[[Lookup], Outcome]:
    def evaluate(cells: Lookup) -> Outcome:
        low, high, p = cells[ratio.low], cells[ratio.high], cells[ratio.p]
        alpha = 1 - Fraction(str(ratio.confidence))
        start, end = _p_ends(p)
        excludes = low.window.low > ONE or high.window.high < ONE
        includes = low.window.high < ONE < high.window.low
        verdict, allowed = CONSISTENT, (0.0, 1.0)
        if excludes:
            allowed = (0.0, float(alpha))
            verdict = INCONSISTENT if start > float(alpha) else CONSISTENT
        elif includes:
            allowed = (float(alpha), 1.0)
            verdict = INCONSISTENT if end < float(alpha) else CONSISTENT
        else:
            verdict = BY_ROUNDING
        side = "excludes" if excludes else "contains" if includes else "may contain"
        span = Interval(Fraction(allowed[0]), Fraction(allowed[1]))
        return Outcome(
            verdict,
            ENUMERATION if verdict == INCONSISTENT else PROOF,
            "interval and p from one method",
            f"the interval {low.printed} to {high.printed} {side} 1, so p is "
            f"{spell(*allowed)}; {stands(p)}: {meeting(verdict)}",
            *allowed,
            0.0 if p.comparator else power_of(p, [span], _UNIT),
        )

    return evaluate
