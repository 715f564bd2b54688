"""P-values of rank tests that printed counts and coefficients allow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import sqrt

from rejia.audit.context import ALL, DIRECTIONS, Context
from rejia.audit.finding import (
    BY_ROUNDING,
    CONSISTENT,
    ENUMERATION,
    INCONSISTENT,
    PROOF,
    Check,
    Lookup,
    Outcome,
    meeting,
    power_of,
    show,
    spell,
    stands,
)
from rejia.audit.p_values import (
    UNIT,
    Span,
    family_size,
    judge,
    stated,
    student_two_sided,
)
from rejia.audit.rank_spans import signed_rank_spans
from rejia.audit.wald import P_TOLERANCE
from rejia.constraints import Cell, Interval, Size
from rejia.stats.ranks import CONVENTIONS
from rejia.stats.ranks import printed as printed_by
from rejia.study.schema import SignedRank

_FEW = 20


def rank_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of p-values of signed-rank tests and of coefficients.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``signed_rank_floor`` (a paired p against the smallest that the number of
        pairs can give), ``signed_rank_counts`` (against the printed numbers of
        patients who improved and worsened) and ``correlation_p`` (a Spearman
        coefficient and its p).
    """
    declared = {
        a.id: a for a in context.structure.analyses if isinstance(a, SignedRank)
    }
    for p in context.cells.of("p_value"):
        analysis = declared.get(p.key.analysis)
        if p.key.ref_visit and not p.key.reference:
            pairs = context.sizes.of(replace(p.key, ref_visit=""), p.place)
            m = family_size(context, analysis.family) if analysis else None
            if analysis and pairs is not None and pairs.value >= 1:
                yield _signed_floor(p.fact, pairs, analysis, m)
            found = _directions(context, p)
            if found is not None and (analysis or p.adjustment in {"raw", ""}):
                yield _signed_rank(p.fact, found, analysis, m)
        if p.adjustment not in {"raw", ""}:
            continue
        spearman = context.cells.first(p.key, "spearman", place=p.place)
        size = context.sizes.of(p.key, p.place)
        if spearman is not None and size is not None and size.value > 3:
            yield _correlation(p.fact, spearman.fact, size)


@dataclass(frozen=True, slots=True)
class Signs:
    """
    Facts that count differences by sign.

    Attributes
    ----------
    improved, unchanged, worsened : str
        Facts; empty where a group's definition leaves nobody, or nobody counts them.
    known : bool
        Whether an empty `unchanged` means nobody.
    """

    improved: str
    unchanged: str
    worsened: str
    known: bool

    @property
    def facts(self) -> tuple[str, ...]:
        """Those that are printed."""
        return tuple(f for f in (self.improved, self.unchanged, self.worsened) if f)

    def read(self, cells: Lookup) -> tuple[int, int, int | None]:
        """Return improved, worsened and unchanged; None where that is not known."""
        down, same, up = (
            int(cells[fact].value) if fact else 0
            for fact in (self.improved, self.unchanged, self.worsened)
        )
        return down, up, same if self.unchanged or self.known else None


def _directions(context: Context, p: Cell) -> Signs | None:
    """Return the facts that count those who improved, stayed and worsened."""
    found: list[str] = []
    wanted = replace(p.key, analysis="")
    for level in DIRECTIONS:
        key = replace(wanted, level=level)
        own = [
            cell
            for cell in context.cells.of("n")
            if cell.whole and replace(cell.key, analysis="") == key
        ]
        best = min(own, key=lambda cell: cell.place != p.place, default=None)
        found.append(best.fact if best is not None else "")
    if found[0] and found[2]:
        return Signs(found[0], found[1], found[2], known=False)
    return _of_groups(context, p)


def _of_groups(context: Context, p: Cell) -> Signs | None:
    """Return the sizes of the groups that the sign of this very change defines."""
    groups = context.structure.groups
    key = p.key
    if groups is None or key.component or key.level or key.term:
        return None
    if (key.outcome, key.ref_visit, key.visit) != (
        groups.outcome,
        groups.start,
        groups.end,
    ):
        return None
    if groups.threshold or groups.sdc is not None or groups.missing != "excluded":
        return None
    labels = [getattr(groups.labels, level) for level in DIRECTIONS]
    parts = (key.group,) if key.group in labels else groups.merges.get(key.group, ())
    if key.group == ALL:
        parts = tuple(labels)
    sizes = [
        context.sizes.group(key.population, label, p.place) if label in parts else None
        for label in labels
    ]
    facts = [size.fact if size is not None else "" for size in sizes]
    if not parts or sum(map(bool, facts)) < len(parts):
        return None
    return Signs(facts[0], facts[1], facts[2], known=True)


def _split(
    spans: Mapping[str, Span], analysis: SignedRank | None, n: int, zeros: int | None
) -> tuple[list[Span], list[Span]]:
    """Return what the declared convention prints, and what else a program could."""
    wanted = {"normal drop"}
    if analysis is not None:
        wanted = {
            f"{arguments['method']} {arguments['zeros']}"
            for ties in (False, True)
            for gone in ((0, 1) if zeros is None else (zeros,))
            for _, arguments in printed_by(
                analysis.convention, "signed_rank", n=n + gone, n_zero=gone, ties=ties
            )
        }
    # No program refers 20 or fewer differences to Student's t.
    usual = {name for name in spans if n > _FEW or not name.startswith("student_t")}
    return (
        [spans[name] for name in spans if name in wanted],
        [spans[name] for name in spans if name in usual - wanted],
    )


def _under(analysis: SignedRank | None, p: Cell, m: int | None) -> str:
    applied = " or ".join(a.name for a in stated(p.adjustment or "raw", m))
    if analysis is None:
        return "Wilcoxon signed-rank test, normal approximation, zeros dropped"
    program = CONVENTIONS[analysis.convention].program
    return f"Wilcoxon signed-rank test, {program}; {applied}"


def _signed_floor(held: str, pairs: Size, analysis: SignedRank, m: int | None) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        p, n = cells[held], max(pairs.of(cells), 1)
        # Fewer differences, zeros or missing, only raise the smallest p.
        floors = {
            name: Span(span.name, span.least, 1.0)
            for name, span in signed_rank_spans(0, n, 0).items()
        }
        result = judge(p, *_split(floors, analysis, n, None), m)
        return Outcome(
            result.verdict,
            result.evidence,
            _under(analysis, p, m) + "; any ties, any zeros, any missing values",
            f"{n} pairs: the smallest p is 2^(1 - {n}) exactly and that of "
            f"z = sqrt({n}) by the normal approximation; so p is at least "
            f"{show(result.least)}; {stands(p)}: {meeting(result.verdict)}",
            result.least,
            result.most,
            result.power,
            lambda: result.explanations,
        )

    facts = (held, *((pairs.fact,) if pairs.fact else ()))
    return Check("signed_rank_floor", held, facts, evaluate)


def _signed_rank(
    held: str, signs: Signs, analysis: SignedRank | None, m: int | None
) -> Check:
    def evaluate(cells: Lookup) -> Outcome:
        p = cells[held]
        down, up, same = signs.read(cells)
        spans = signed_rank_spans(down, up, same)
        declared, others = _split(spans, analysis, down + up, same)
        result = judge(p, declared, others, m)
        red = result.verdict == INCONSISTENT
        sure = result.evidence == PROOF and analysis is not None
        stayed = "" if same is None else f", {same} unchanged"
        return Outcome(
            result.verdict,
            ENUMERATION if red and not sure else PROOF,
            _under(analysis, p, m),
            f"{down} improved and {up} worsened{stayed} give p from "
            f"{spell(result.least, result.most)}, whatever the sizes of the changes; "
            f"{stands(p)}: {meeting(result.verdict)}",
            result.least,
            result.most,
            result.power,
            lambda: result.explanations,
        )

    return Check("signed_rank_counts", held, (held, *signs.facts), evaluate)


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
    return power_of(p, [Interval(Fraction(least), Fraction(most))], UNIT)
