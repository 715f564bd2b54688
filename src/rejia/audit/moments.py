"""Means and SDs of groups against those of their union."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from rejia.audit.context import Context
from rejia.audit.finding import (
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
    verdict_of,
)
from rejia.audit.missing import corners, fewest_missing
from rejia.audit.quick import apart, ends, mean_ends
from rejia.audit.spread import sd_check
from rejia.audit.union import ANY_MISSING, COMPLETE, Read, Union
from rejia.constraints import Cell, Interval, Size
from rejia.constraints.intervals import weighted_sum


def moment_checks(context: Context) -> Iterator[Check]:
    """
    Yield the checks of means and SDs over groups.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.

    Yields
    ------
    Check
        ``subgroup_mean`` and ``subgroup_sd``: one for each printed total whose
        groups are all printed.
    """
    found: dict[tuple[str, ...], Union] = {}
    for total in context.cells.of("mean", "sd"):
        if total.comparator:
            continue
        for label, groups in context.unions():
            union = None
            if total.key.group == label:
                union = _union(context, total, groups)
            if union is not None:
                shape = (total.printed, label, *union.facts[1:])
                part = context.cells.by_fact[union.means[0]]
                if shape not in found or total.place == part.place:
                    found[shape] = union
    for union in found.values():
        yield (sd_check if union.sds else mean_check)(context, union)


def _union(context: Context, total: Cell, groups: Sequence[str]) -> Union | None:
    """Return the cells that a total is made of, where all are printed."""
    means: list[str] = []
    sds: list[str] = []
    sizes: list[Size] = []
    for group in groups:
        key = replace(total.key, group=group)
        mean = context.cells.first(key, "mean", place=total.place)
        size = context.sizes.of(key, total.place)
        if mean is None or size is None or size.value < 1:
            return None
        means.append(mean.fact)
        sizes.append(size)
        if total.statistic == "sd":
            sd = context.cells.first(key, "sd", place=total.place)
            if sd is None:
                return None
            sds.append(sd.fact)
    slug = total.fact
    if set(groups) & set(context.structure.merges):
        slug += "-" + "_".join(group.replace("+", "").lower() for group in groups)
    return Union(total.fact, tuple(means), tuple(sds), tuple(sizes), slug)


def mean_check(context: Context, union: Union) -> Check:
    """
    Hold the mean of a union against the weighted mean of its groups.

    Parameters
    ----------
    context : Context
        For the scale.
    union : Union
        Total and groups.

    Returns
    -------
    Check
        ``subgroup_mean``.
    """

    def evaluate(cells: Lookup) -> Outcome:
        read = union.read(cells)
        total, windows, n = read.total, read.windows, read.n
        spare = max(size.spare for size in union.sizes)
        allowed = _placed(windows, read.ns, spare)
        verdict = verdict_of(total, read.centre, allowed)
        told = " + ".join(
            f"{k} x {m.printed}" for k, m in zip(read.ns, read.means, strict=True)
        )
        evidence = PROOF
        under = f"at most {spare} rows missing" if spare else COMPLETE
        if verdict == INCONSISTENT and not union.declared:
            hull = Interval(min(w.low for w in windows), max(w.high for w in windows))
            rescued = total.window.meets(hull)
            evidence = ENUMERATION if rescued else PROOF
            under = COMPLETE if rescued else ANY_MISSING
        values = [mean.value for mean in read.means]
        return Outcome(
            verdict,
            evidence,
            under,
            f"({told}) / {n} = {show(read.centre)}; with each mean within half a unit: "
            f"{spell(allowed.low, allowed.high)}; {stands(total)}: {meeting(verdict)}",
            float(allowed.low),
            float(allowed.high),
            power_of(total, [allowed], context.scale(total, *values)),
            lambda: _why(read),
        )

    def passes(cells: Lookup) -> bool:
        read = union.read(cells)
        spare = max(size.spare for size in union.sizes)
        near = mean_ends([ends(mean) for mean in read.means], read.ns)
        if not spare and apart(ends(read.total), near):
            return False
        return read.total.window.meets(_placed(read.windows, read.ns, spare))

    return Check(
        "subgroup_mean", union.total, union.facts, evaluate, union.slug, passes
    )


def _placed(windows: list[Interval], ns: list[int], spare: int) -> Interval:
    """Return the range of the weighted mean, wherever `spare` rows are missing."""
    found = [
        weighted_sum(
            windows,
            [
                Fraction(n - gone, sum(ns) - sum(lost))
                for n, gone in zip(ns, lost, strict=True)
            ],
        )
        for lost in corners(spare, len(ns))
        if spare < min(ns)
    ]
    if not found:
        return Interval(min(w.low for w in windows), max(w.high for w in windows))
    return Interval(min(f.low for f in found), max(f.high for f in found))


def _why(read: Read) -> Iterator[str]:
    total, means, ns, n = read.total, read.means, read.ns, read.n
    trunc = weighted_sum([m.truncation for m in means], [Fraction(k, n) for k in ns])
    if total.truncation.meets(trunc):
        yield "truncation instead of rounding"
    missing = fewest_missing(total.window, read.windows, ns)
    if missing:
        told = " and ".join(
            f"{lost} of {k} in {mean.key.group}"
            for mean, lost, k in zip(means, missing, ns, strict=True)
            if lost
        )
        yield f"missing values: at least {told}"
    else:
        yield "no number of missing values would do"
    plain = sum((m.value for m in means), Fraction(0)) / len(means)
    if total.window.holds(plain):
        yield f"the plain mean of the group means is {show(plain)}"
