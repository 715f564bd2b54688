"""Scores of each reader alone, for what the readers disagree about."""

from collections.abc import Mapping

import pandas as pd

from rejia.scores.derive import derive_scores
from rejia.study import Study


def scores_by_reader(
    study: Study, tables: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """
    Derive a study's scores from the findings of one reader at a time.

    Parameters
    ----------
    study : Study
        Declares the scores.
    tables : mapping of str to pandas.DataFrame
        Canonical cohort tables; `reader` of ``findings`` says whose they are.

    Returns
    -------
    dict of str to pandas.DataFrame
        Table ``scores`` by reader, sorted; empty where no finding has a reader.
        Several readings of a reader are averaged, as for the score of all readers.
    """
    findings = tables.get("findings")
    if findings is None or "reader" not in findings:
        return {}
    readers = sorted({str(name) for name in findings["reader"].unique()} - {""})
    return {
        reader: derive_scores(
            study, {**tables, "findings": findings[findings["reader"] == reader]}
        )
        for reader in readers
    }


def needed_by_reader(
    study: Study, tables: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Return the scores of each reader where the group rule asks for them."""
    if study.groups is None or study.groups.sdc is None:
        return {}
    return scores_by_reader(study, tables)
