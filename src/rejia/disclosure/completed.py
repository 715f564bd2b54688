"""Scenarios of missing values: shown beside the plan's rows, and without counts."""

from collections.abc import Iterable, Mapping

from rejia.estimate import KEY_FIELDS

COMPLETED = "missing:"
_SAME = tuple(name for name in KEY_FIELDS if name != "scenario")
Row = Mapping[object, object]


def is_completed(row: Row) -> bool:
    """Say whether a row is of a scenario in which missing values are filled in."""
    return str(row["scenario"]).startswith(COMPLETED)


def shown_completed(
    completed: Iterable[Row], others: Iterable[Row], shown: set[str]
) -> set[str]:
    """
    Return the rows with filled-in values that may be shown, without their counts.

    Parameters
    ----------
    completed : iterable of mapping
        Rows of such scenarios.
    others : iterable of mapping
        All other rows.
    shown : set of str
        Those of them that are shown.

    Returns
    -------
    set of str
        Names of rows. A row is shown if the plan's row of the same question is: how
        many values were filled in then is no small count, and the counts, of which
        another difference could be made, are left out.
    """
    planned = {
        _question(row)
        for row in others
        if row["scenario"] == "primary" and str(row["row"]) in shown
    }
    return {str(row["row"]) for row in completed if _question(row) in planned}


def _question(row: Row) -> tuple[str, ...]:
    return (*(str(row[name]) for name in _SAME), str(row["statistic"]))
