"""What may leave: private tables to released ones, small cells suppressed."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from rejia.contracts import COURSE

# Cells of a row that would tell the estimate, or let it be recovered.
_TOLD = (
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "test_statistic",
    "p_value",
    "p_adjusted",
    "n",
    "n_events",
    "n_missing",
)
# An extreme is one patient's value, however large the group.
_ONE_PATIENT = ("min", "max", "value")
_BLOCK = ("scenario", "outcome", "component", "visit", "ref_visit", "term")


@dataclass(frozen=True, slots=True)
class Released:
    """
    Tables that may leave, and how much was kept back.

    Attributes
    ----------
    tables : dict of str to pandas.DataFrame
        Results and multiverse with suppressed cells.
    n_suppressed : int
        Rows whose numbers were kept back.
    """

    tables: dict[str, pd.DataFrame]
    n_suppressed: int


def suppress(
    tables: Mapping[str, pd.DataFrame], *, cohort_kind: str, min_cell: int
) -> Released:
    """
    Suppress small cells of an observed cohort.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Tables ``results`` and ``multiverse``.
    cohort_kind : str
        Only ``observed`` cohorts are suppressed.
    min_cell : int
        Smallest count of patients, or of patients without the event, that may be
        shown; 0 suppresses nothing.

    Returns
    -------
    Released

    Notes
    -----
    A block (one outcome, component and visit over all its analyses, groups and
    levels) with any small count is withheld whole: within it, nothing can be
    recovered by subtraction of levels, groups or merges. Extremes are always
    withheld, because each is the value of one patient.
    """
    if cohort_kind != "observed" or min_cell <= 0:
        return Released({name: table.copy() for name, table in tables.items()}, 0)
    small_blocks = set()
    for table in tables.values():
        for row in table.to_dict("records"):
            if _is_small(row, min_cell):
                small_blocks.add(tuple(row[name] for name in _BLOCK[1:]))
    released, count = {}, 0
    for name, table in tables.items():
        blocks = [tuple(row[n] for n in _BLOCK[1:]) for row in table.to_dict("records")]
        hide = pd.Series(
            [
                block in small_blocks or statistic in _ONE_PATIENT
                for block, statistic in zip(blocks, table["statistic"], strict=True)
            ],
            index=table.index,
            dtype=bool,
        )
        shown = table.copy()
        shown.loc[hide, list(_TOLD)] = float("nan")
        shown.loc[hide, "warning"] = f"suppressed: a count under {min_cell}"
        released[name] = shown
        count += int(hide.sum())
    return Released(released, count)


def _is_small(row: Mapping[object, object], min_cell: int) -> bool:
    def number(name: str) -> float:
        value = row[name]
        return float(value) if isinstance(value, int | float) else float("nan")

    n, events = number("n"), number("n_events")
    counts = [n, number("n_missing"), events, n - events]
    return any(0 < count < min_cell for count in counts)


def derive_course(
    tables: Mapping[str, pd.DataFrame], scores: pd.DataFrame
) -> pd.DataFrame:
    """
    Put measurements and scores of each patient into one table.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Canonical cohort tables.
    scores : pandas.DataFrame
        Table ``scores``.

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
    course = pd.concat([measured[list(COURSE)], scored[list(COURSE)]])
    return course.sort_values(
        ["patient", "visit", "variable", "component", "score_version"],
        ignore_index=True,
        kind="stable",
    )
