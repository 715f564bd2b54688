"""Each cohort of a study as a study of its own: what the stages run on."""

from collections.abc import Iterator
from typing import Any

from rejia.study.cohorts import cohort_document
from rejia.study.columns import column_map_faults
from rejia.study.document import Document, Place
from rejia.study.schema import Agreement, Describe, Logistic, Study

# Analyses whose estimates have standard errors.
POOLED = (Agreement, Describe, Logistic)
BETWEEN = "/"  # of a study and its cohort, as of their folders


def run_studies(study: Study, content: dict[str, Any]) -> dict[str, Study]:
    """
    Return what is run for a study: itself, or each of its cohorts.

    Parameters
    ----------
    study : Study
        As read.
    content : dict
        Its YAML.

    Returns
    -------
    dict of str to Study
        By the name of their folders: ``study``, or ``study/cohort``.
    """
    if not study.cohorts:
        return {study.study: study}
    return {
        f"{study.study}{BETWEEN}{cohort.name}": Study.model_validate(
            cohort_document(content, cohort.name)
        )
        for cohort in study.cohorts
    }


def cohort_faults(study: Study, document: Document) -> Iterator[tuple[Place, str]]:
    """
    Give what is wrong with the cohorts of a study, and with what is pooled.

    Parameters
    ----------
    study : Study
        That fits the schema.
    document : Document
        Its text.

    Yields
    ------
    tuple of place and str
    """
    if not study.cohorts:
        if study.pooling is not None:
            yield ("pooling",), "pooling: the study has no `cohorts:` to pool"
        return
    if len(study.cohorts) == 1:
        yield ("cohorts",), "cohorts: one cohort alone belongs under `sources:`"
    names = [cohort.name for cohort in study.cohorts]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield ("cohorts", index), f"cohorts: name {name!r} is given twice"
    there = {
        "sources.cohort": study.sources.cohort,
        "sources.facts": study.sources.facts,
        "draw": study.draw,
        "ensemble": study.ensemble,
    }
    for part, given in there.items():
        if given is not None:
            yield (
                tuple(part.split(".")),
                f"{part}: a study with `cohorts:` has none; take it out, or make it a "
                "study of its own (compare_with names one with printed numbers)",
            )
    for index, one in enumerate(run_studies(study, document.content).values()):
        for place, what in column_map_faults(one):
            yield ("cohorts", index, *place[1:]), f"cohorts.{names[index]}: {what}"
    known = {analysis.id: analysis for analysis in study.analyses}
    for name in study.pooling.analyses if study.pooling is not None else ():
        at: Place = ("pooling", "analyses")
        if name not in known:
            listed = ", ".join(known)
            yield at, f"pooling.analyses: no analysis {name!r} (there: {listed})"
        elif not isinstance(known[name], POOLED):
            yield (
                at,
                f"pooling.analyses: {name} ({known[name].test}) gives no standard "
                "error to pool with; a description or a model does",
            )
