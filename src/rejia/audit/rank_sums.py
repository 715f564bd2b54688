"""Mann-Whitney p-values: what sizes alone and printed summaries allow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rejia.audit.context import Context
from rejia.audit.finding import (
    ENUMERATION,
    INCONSISTENT,
    NOT_CHECKABLE,
    PROOF,
    Check,
    Lookup,
    Outcome,
    meeting,
    show,
    spell,
    stands,
)
from rejia.audit.p_values import Judgement, family_size, judge, stated
from rejia.audit.rank_spans import RANK_SUM_METHODS, rank_sum_spans
from rejia.audit.samples import (
    Bounds,
    Sample,
    group_key,
    group_size,
    read_sample,
    u_range_of,
)
from rejia.constraints import Cell, Size
from rejia.stats.ranks import CONVENTIONS
from rejia.stats.ranks import printed as printed_by
from rejia.study.schema import RankSum


@dataclass(frozen=True, slots=True)
class Contrast:
    """
    A printed p-value of a declared Mann-Whitney test.

    Attributes
    ----------
    held : str
        Fact of the p-value.
    analysis : RankSum
        Its declaration.
    m : int or None
        Comparisons in the declared family, where it is corrected.
    sizes : tuple of Size
        Of the group and of the reference.
    """

    held: str
    analysis: RankSum
    m: int | None
    sizes: tuple[Size, Size]

    @property
    def named(self) -> tuple[str, ...]:
        """Facts that print the sizes."""
        return tuple(size.fact for size in self.sizes if size.fact)

    def numbers(self, cells: Lookup) -> tuple[int, int]:
        """Return the sizes, 1 or more."""
        n, ref_n = (max(size.of(cells), 1) for size in self.sizes)
        return n, ref_n

    def judged(
        self, cells: Lookup, n: int, ref_n: int, u: tuple[float, float]
    ) -> Judgement:
        """Hold the p-value against a range of U."""
        spans = rank_sum_spans(n, ref_n, *u)
        wanted = _methods(self.analysis.convention, n, ref_n)
        declared = [s for s in spans if s.name in wanted]
        others = [s for s in spans if s.name not in wanted]
        return judge(cells[self.held], declared, others, self.m)


def rank_sum_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of Mann-Whitney tests that the structure declares.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``rank_sum_floor`` (p against the smallest that the sizes can give) and
        ``rank_sum_summaries`` (p against the U that means, SDs, ranges and counts of
        zeros allow).
    """
    declared = {a.id: a for a in context.structure.analyses if isinstance(a, RankSum)}
    for p in context.cells.of("p_value"):
        analysis = declared.get(p.key.analysis)
        if analysis is None or not p.key.group or not p.key.reference:
            continue
        if "sas-9.3-univariate" == analysis.convention:
            continue
        keys = [group_key(p.key, g) for g in (p.key.group, p.key.reference)]
        sizes = [group_size(context, key, p.place) for key in keys]
        if not all(size and size.value >= 1 and not size.spare for size in sizes):
            continue
        first, second = (size for size in sizes if size is not None)
        m = family_size(context, analysis.family)
        contrast = Contrast(p.fact, analysis, m, (first, second))
        yield _floor(contrast)
        samples = [
            read_sample(context, key, size, p.place)
            for key, size in zip(keys, contrast.sizes, strict=True)
        ]
        if all(sample.sources for sample in samples):
            yield _summaries(contrast, samples)


def _methods(convention: str, n: int, ref_n: int) -> set[str]:
    """Return what a convention prints, with ties or without."""
    return {
        RANK_SUM_METHODS[arguments["method"]]
        for ties in (False, True)
        for _, arguments in printed_by(
            convention, "rank_sum", n=(n, ref_n), n_zero=0, ties=ties
        )
    }


def _floor(contrast: Contrast) -> Check:
    facts = (contrast.held, *contrast.named)

    def evaluate(cells: Lookup) -> Outcome:
        p = cells[contrast.held]
        n, ref_n = contrast.numbers(cells)
        result = contrast.judged(cells, n, ref_n, (0.0, float(n * ref_n)))
        spans = rank_sum_spans(n, ref_n, 0.0, float(n * ref_n))
        told = "; ".join(f"{span.name} {show(span.least)}" for span in spans)
        return Outcome(
            result.verdict,
            result.evidence,
            _under(contrast, p) + "; any ties, any missing values",
            f"{n} against {ref_n} values: the smallest p is 1 / C({n + ref_n}, {n}) "
            f"exactly and that of z = sqrt({n + ref_n} - 1) by the normal "
            f"approximation ({told}); so p is {spell(result.least, result.most)}; "
            f"{stands(p)}: {meeting(result.verdict)}",
            result.least,
            result.most,
            result.power,
            lambda: result.explanations,
        )

    return Check("rank_sum_floor", contrast.held, facts, evaluate)


def _under(contrast: Contrast, p: Cell) -> str:
    applied = " or ".join(a.name for a in stated(p.adjustment, contrast.m))
    program = CONVENTIONS[contrast.analysis.convention].program
    return f"Mann-Whitney test, {program}; {applied}"


def _summaries(contrast: Contrast, samples: Sequence[Sample]) -> Check:
    sources = [source for sample in samples for source in sample.sources]
    names = dict.fromkeys(name for source in sources for name in source.names)
    facts = (contrast.held, *contrast.named, *names)
    complete = all(source.size.exact for source in sources) and all(
        size.exact for size in contrast.sizes
    )
    bounds = u_range_of(samples)

    def evaluate(cells: Lookup) -> Outcome:
        p = cells[contrast.held]
        n, ref_n = contrast.numbers(cells)
        u = bounds(cells, None)
        if u is None:
            told = "nothing bounds the values of the groups"
            return Outcome(NOT_CHECKABLE, PROOF, _under(contrast, p), told)
        result = contrast.judged(cells, n, ref_n, u)
        evidence = result.evidence if complete else ENUMERATION
        red = result.verdict == INCONSISTENT
        return Outcome(
            result.verdict,
            evidence if red else PROOF,
            _under(contrast, p) + "; complete data",
            f"{n} against {ref_n} values: means, SDs and ranges leave U from "
            f"{spell(*u)} of {n * ref_n}, so p is {spell(result.least, result.most)}; "
            f"{stands(p)}: {meeting(result.verdict)}",
            result.least,
            result.most,
            result.power,
            lambda: _why(contrast, cells, result, bounds, complete),
        )

    return Check("rank_sum_summaries", contrast.held, facts, evaluate)


def _why(
    contrast: Contrast,
    cells: Lookup,
    result: Judgement,
    bounds: Bounds,
    complete: bool,
) -> Iterator[str]:
    yield from result.explanations
    if complete:
        return
    n, ref_n = contrast.numbers(cells)
    tried = sorted(
        ((a, b) for a in range(1, n + 1) for b in range(1, ref_n + 1)),
        key=lambda pair: n + ref_n - sum(pair),
    )
    for sizes in tried[1:400]:
        u = bounds(cells, sizes)
        if u is None or contrast.judged(cells, *sizes, u).verdict != INCONSISTENT:
            a, b = sizes
            yield f"missing values: with {a} of {n} and {b} of {ref_n} it could be"
            return
    yield f"no number of missing values among the {len(tried[1:400])} smallest would do"
