"""Estimates from printed summaries, where no patient-level cohort is needed."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor, nan

import pandas as pd

from rejia.analyses.rows import Row
from rejia.errors import DefinitionError
from rejia.estimate import FACT_KEY_FIELDS, Estimate, Key
from rejia.frame import nearest
from rejia.printed import parse, stands_for
from rejia.stats.proportions import proportion
from rejia.study.schema import PublishedEvents, PublishedProportion


def run_published_proportion(
    definition: PublishedProportion, facts: pd.DataFrame
) -> Iterator[Row]:
    """
    Give a proportion and its interval for every count that a percentage allows.

    Notes
    -----
    A count `x` of `n` is allowed if ``100 x / n`` lies in the closed interval that
    the printed text stands for. Where exactly one is allowed it is the primary
    estimate; where several are, each is a scenario of its own.
    """
    printed = facts.set_index("fact")
    total = _total(definition, printed)
    for fact in definition.percent:
        row = printed.loc[fact]
        key = Key(**{name: str(row[name]) for name in FACT_KEY_FIELDS})
        key = replace(key, analysis=definition.id, scenario="primary")
        counts = allowed_counts(str(row["printed"]), total)
        if not counts:
            yield Row(
                key=key,
                estimate=Estimate(
                    statistic="proportion",
                    method=f"{definition.method}_from_printed_percentage",
                    n=total,
                    warning=f"no whole number of {total} gives {row['printed']} %",
                ),
            )
        for count in counts:
            scenario = "primary" if len(counts) == 1 else f"count:{count}"
            share = proportion(count, total, method=definition.method)
            size = Estimate(
                statistic="n",
                method="count_from_printed_percentage",
                estimate=count,
                n=total,
                n_events=count,
            )
            for estimate in (size, share):
                yield Row(key=replace(key, scenario=scenario), estimate=estimate)


def run_published_events(
    definition: PublishedEvents, facts: pd.DataFrame
) -> Iterator[Row]:
    """
    Give the events that a source names without a number, with what that allows.

    Notes
    -----
    Each was seen in at least one patient and at most in all. The limits of the
    proportion are the lower one of one patient and the upper one of all: no count
    that is allowed has an interval beyond them.
    """
    total = _total(definition, facts.set_index("fact"))
    lowest = proportion(1, total, method="clopper_pearson")
    for term in definition.terms:
        key = Key(
            analysis=definition.id,
            scenario="primary",
            population=definition.population or "patients",
            outcome="adverse_events",
            component=term,
            group="all",
        )
        warning = f"named without a count ({definition.place}): 1 to {total}"
        for statistic, low, high, confidence in (
            ("n", 1.0, float(total), nan),
            ("proportion", lowest.ci_low, 1.0, lowest.confidence),
        ):
            yield Row(
                key=key,
                estimate=Estimate(
                    statistic=statistic,
                    method="named_without_a_count",
                    ci_low=low,
                    ci_high=high,
                    confidence=confidence,
                    n=total,
                    warning=warning,
                ),
            )


def _total(
    definition: PublishedProportion | PublishedEvents, printed: pd.DataFrame
) -> int:
    """Return the denominator; refuse facts that are not there, or no whole number."""
    known = [str(fact) for fact in printed.index]
    faults = [
        f"analysis {definition.id!r}: no fact {fact!r}{nearest(fact, known)}"
        for fact in (*getattr(definition, "percent", ()), definition.denominator)
        if fact not in known
    ]
    if not faults:
        text = str(printed.loc[definition.denominator, "printed"])
        total = parse(text)
        if not total.comparator and total.value > 0 and not total.decimals:
            return int(total.value)
        faults = [
            f"analysis {definition.id!r}: denominator {definition.denominator!r} "
            f"must be a whole number, but is {text!r}"
        ]
    raise DefinitionError("published numbers cannot be computed:", faults)


def allowed_counts(percent: str, total: int) -> list[int]:
    """
    Return the whole numbers of `total` that a printed percentage can stand for.

    Parameters
    ----------
    percent : str
        As printed, without the percent sign.
    total : int
        Denominator.

    Returns
    -------
    list of int

    Examples
    --------
    >>> allowed_counts("64", 75), allowed_counts("90", 32)
    ([48], [])
    """
    low, high = stands_for(percent)
    low, high = max(low, Fraction(0)), min(high, Fraction(100))
    first, last = ceil(low * total / 100), floor(high * total / 100)
    return list(range(first, last + 1))
