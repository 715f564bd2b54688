"""Measurements and scores of each patient, for cohorts whose patients may be shown."""

from collections.abc import Mapping

import pandas as pd

from rejia.contracts import COURSE


def derive_course(
    tables: Mapping[str, pd.DataFrame], scores: pd.DataFrame, groups: pd.DataFrame
) -> pd.DataFrame:
    """
    Put measurements and scores of each patient into one table.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Canonical cohort tables.
    scores, groups : pandas.DataFrame
        Tables ``scores`` and ``groups``.

    Returns
    -------
    pandas.DataFrame
        Table ``course``, sorted by patient, visit and variable.
    """
    measured = tables["measurements"].assign(component="", score_version="")
    scored = scores.rename(columns={"score": "variable", "level": "text"}).assign(
        comparator="",
        lower_limit=float("nan"),
        upper_limit=float("nan"),
        confidence="",
        note=scores["reason"],
    )
    scored = scored[scored["side"] == ""]
    columns = [name for name in COURSE if name != "group"]
    course = pd.concat([measured[columns], scored[columns]])
    labels = dict(zip(groups["patient"], groups["group"], strict=True))
    course.insert(1, "group", [labels.get(name, "") for name in course["patient"]])
    return course.sort_values(
        ["patient", "visit", "variable", "component", "score_version"],
        ignore_index=True,
        kind="stable",
    )
