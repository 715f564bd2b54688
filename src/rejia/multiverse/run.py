"""Every scenario that a study declares, as one table of estimates."""

from collections.abc import Mapping

import pandas as pd

from rejia.analyses.rows import CohortRows
from rejia.contracts import ESTIMATES
from rejia.errors import DefinitionError
from rejia.estimate import KEY_FIELDS
from rejia.multiverse.exchange import run_exchange
from rejia.multiverse.follow_up import run_adjusted, run_per_year
from rejia.multiverse.thresholds import run_thresholds
from rejia.study import Study


def run_multiverse(
    study: Study,
    *,
    tables: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame,
    groups: pd.DataFrame,
    seed: int,
) -> pd.DataFrame:
    """
    Run every scenario that a study declares under `sensitivity`.

    Parameters
    ----------
    study : Study
        With groups and `sensitivity`.
    tables : mapping of str to pandas.DataFrame
        Canonical cohort tables.
    scores, groups : pandas.DataFrame
        Tables of the stages before.
    seed : int
        Of the exchanges that are drawn.

    Returns
    -------
    pandas.DataFrame
        Table ``estimates``, none of scenario ``primary``; sorted by key.

    Raises
    ------
    DefinitionError
        If the study declares no sensitivity, or no groups.
    """
    declared = study.sensitivity
    if declared is None or study.groups is None:
        raise DefinitionError(
            f"study {study.study} has no multiverse:",
            ["declare groups and sensitivity in the study"],
        )
    rows = CohortRows(study=study, tables=tables, scores=scores, groups=groups)
    parts = [run_thresholds(study, declared, rows)]
    if declared.exchange is not None:
        parts.append(run_exchange(study, declared.exchange, rows, seed=seed))
    if declared.per_year is not None:
        parts.append(run_per_year(study, declared.per_year, rows))
        parts.append(run_adjusted(study, declared.per_year, rows))
    there = [part for part in parts if not part.empty]
    table = pd.concat(there) if there else parts[0]
    order = [*KEY_FIELDS, "statistic", "method"]
    return table[list(ESTIMATES)].sort_values(order, ignore_index=True)
