"""A cohort without those whom its study excludes, for the commands that read one."""

from pathlib import Path
from typing import TYPE_CHECKING

from rejia.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from rejia.cohort.exclusions import Analysed


def analysed_cohort(
    study: Study, tables: "dict[str, pd.DataFrame]", data: Path
) -> "Analysed":
    """
    Leave out the patients whom a study excludes; scores are made if a rule asks.

    Parameters
    ----------
    study : Study
        With or without exclusions.
    tables : dict of str to pandas.DataFrame
        Canonical tables without fault.
    data : Path
        The project's folder ``data``, for standards of scores.

    Returns
    -------
    Analysed
    """
    from rejia.cohort.exclusions import exclude, needs_scores

    scores = None
    if needs_scores(study):
        from rejia.scores import derive_scores, read_references

        scores = derive_scores(study, tables, read_references(study, data))
    return exclude(study, tables, scores)
