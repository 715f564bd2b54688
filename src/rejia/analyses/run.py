"""Run a study's analyses, in their order."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import chain
from typing import TypeVar

import pandas as pd

from rejia.analyses.rows import CohortRows, Row
from rejia.analyses.units import converted_units
from rejia.contracts import ESTIMATES
from rejia.errors import DefinitionError
from rejia.estimate import KEY_FIELDS, Estimate
from rejia.study import Study
from rejia.study.schema import (
    AdverseEventRate,
    Agreement,
    Analysis,
    CaseValues,
    ChangeCounts,
    Correlation,
    Describe,
    Logistic,
    MissingPattern,
    Positives,
    PublishedEvents,
    PublishedProportion,
    RankSum,
    SignedRank,
    StandardizedDifference,
    Transitions,
)

# Analyses of printed numbers, which need no cohort.
PUBLISHED = (PublishedProportion, PublishedEvents)
PUBLISHED_COHORT = "published"


def run_analyses(
    study: Study, *, cohort: CohortRows | None, facts: pd.DataFrame | None
) -> pd.DataFrame:
    """
    Run every analysis of a study.

    Parameters
    ----------
    study : Study
        Its definitions.
    cohort : CohortRows or None
        Patient-level tables; `None` where the study has none, and then only
        analyses of printed summaries can run.
    facts : pandas.DataFrame or None
        Printed numbers.

    Returns
    -------
    pandas.DataFrame
        Table ``estimates``; one row an estimate, sorted by key.

    Raises
    ------
    DefinitionError
        If an analysis needs a cohort, or facts, that the study does not have.
    """
    faults = [
        f"analysis {definition.id!r} needs {what}; add it to sources, or drop it"
        for definition in study.analyses
        for what, there in (("a cohort", cohort), ("facts", facts))
        if there is None and (what == "facts") == isinstance(definition, PUBLISHED)
    ]
    if faults:
        raise DefinitionError(f"study {study.study} cannot be run:", faults)
    planned = (
        row for definition in study.analyses for row in _run(definition, cohort, facts)
    )
    converted = converted_units(cohort) if cohort is not None else ()
    return estimates_table(study, chain(planned, converted))


def _published(study: Study) -> set[str]:
    return {d.id for d in study.analyses if isinstance(d, PUBLISHED)}


def estimates_table(study: Study, rows: Iterable[Row]) -> pd.DataFrame:
    """Return rows as table ``estimates``, sorted by key."""
    found = [_flat(study, row) for row in rows]
    return pd.DataFrame(found, columns=list(ESTIMATES)).sort_values(
        [*KEY_FIELDS, "statistic", "method"], ignore_index=True
    )


def _run(
    definition: Analysis, cohort: CohortRows | None, facts: pd.DataFrame | None
) -> Iterable[Row]:
    # Each family of statistics is imported when an analysis asks for it: compiled
    # and statistical libraries take longer to import than most stages take to run.
    if isinstance(definition, PublishedProportion):
        from rejia.analyses.published import run_published_proportion

        return run_published_proportion(definition, _there(facts))
    if isinstance(definition, PublishedEvents):
        from rejia.analyses.published import run_published_events

        return run_published_events(definition, _there(facts))
    return _run_on_cohort(definition, _there(cohort))


def _run_on_cohort(definition: Analysis, cohort: CohortRows) -> Iterator[Row]:
    yield from _run_planned(definition, cohort)
    if definition.missing and not cohort.planned_only:
        from rejia.analyses.missing import run_missing

        yield from run_missing(definition, cohort, _run_planned)


def _run_planned(definition: Analysis, cohort: CohortRows) -> Iterator[Row]:
    from rejia.analyses import describe

    match definition:
        case Describe():
            yield from describe.run_describe(definition, cohort)
        case CaseValues():
            yield from describe.run_case_values(definition, cohort)
        case ChangeCounts():
            yield from describe.run_change_counts(definition, cohort)
        case Positives():
            yield from describe.run_positives(definition, cohort)
        case Transitions():
            from rejia.analyses.transitions import run_transitions

            yield from run_transitions(definition, cohort)
        case AdverseEventRate():
            from rejia.analyses.adverse_events import run_adverse_event_rate

            yield from run_adverse_event_rate(definition, cohort)
        case MissingPattern():
            from rejia.analyses.missing_pattern import run_missing_pattern

            yield from run_missing_pattern(definition, cohort)
        case Logistic():
            from rejia.analyses.models import run_logistic

            yield from run_logistic(definition, cohort)
        case _:
            yield from _run_tests(definition, cohort)


def _run_tests(definition: Analysis, cohort: CohortRows) -> Iterator[Row]:
    from rejia.analyses import rank_tests

    match definition:
        case SignedRank():
            yield from rank_tests.run_signed_rank(definition, cohort)
        case StandardizedDifference():
            from rejia.analyses.contrasts import run_standardized_difference

            yield from run_standardized_difference(definition, cohort)
        case RankSum():
            yield from rank_tests.run_rank_sum(definition, cohort)
        case Correlation():
            yield from rank_tests.run_correlation(definition, cohort)
        case Agreement():
            yield from rank_tests.run_agreement(definition, cohort)


T = TypeVar("T")


def _there(value: T | None) -> T:
    if value is None:
        raise TypeError("an analysis was run without its input")
    return value


_CELLS = tuple(f.name for f in fields(Estimate) if f.name != "term")


def _flat(study: Study, row: Row) -> dict[str, object]:
    published = row.key.analysis in _published(study)
    # Plain look-ups: `asdict` copies every string of thousands of rows.
    return {
        **{name: getattr(row.key, name) for name in KEY_FIELDS},
        "study": study.study,
        "cohort": PUBLISHED_COHORT if published else cohort_name(study),
        "scenario": row.key.scenario or "primary",
        **{name: getattr(row.estimate, name) for name in _CELLS},
        "n_missing": row.n_missing,
        "unit": row.unit or row.estimate.unit,
        "score_version": row.score_version,
        "adjusted_for": row.adjusted_for,
        "cohort_kind": "published_summary" if published else study.cohort_kind,
        "family": row.family,
    }


def cohort_name(study: Study) -> str:
    """Return the name that results of a study's cohort carry."""
    if study.sources.cohort is not None:
        return study.sources.name or study.study
    return study.draw.cohort if study.draw is not None else PUBLISHED_COHORT
