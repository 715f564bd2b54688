"""Tables with small cells suppressed, and how much was kept back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from rejia.disclosure.completed import is_completed, shown_completed
from rejia.disclosure.guard import Guard
from rejia.multiverse.small_cells import is_regrouped, shown_scenarios, tells_size
from rejia.study import Study

# Cells of a row that would tell the estimate, or let it be recovered: the level that
# an exact interval achieves is a function of the number of patients.
_TOLD = (
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "confidence",
    "test_statistic",
    "p_value",
    "p_adjusted",
    "n",
    "n_events",
    "n_missing",
)
# Counts in the words of a warning: "2 censored values left out", "left out: 2".
_COUNTED = re.compile(r"\b(?P<n>[1-9]\d*) (?P<what>censored|events)\b")
_BEHIND = re.compile(r"(?P<what>left out|dropped): (?P<n>[1-9]\d*)\b")


@dataclass(frozen=True, slots=True)
class Released:
    """
    Tables that may leave, and how much was kept back.

    Attributes
    ----------
    tables : dict of str to pandas.DataFrame
        The tables with suppressed cells.
    n_suppressed : int
        Rows of results whose numbers were kept back.
    """

    tables: dict[str, pd.DataFrame]
    n_suppressed: int


def suppress(
    tables: Mapping[str, pd.DataFrame], *, study: Study, min_cell: int
) -> Released:
    """
    Suppress small cells of an observed cohort.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Tables ``results``, ``multiverse`` and ``comparison``.
    study : Study
        Its cohort's kind, its groups and merges, its indicator variables.
    min_cell : int
        Smallest count of patients, or of patients without the event, that may be
        shown; 0 suppresses nothing.

    Returns
    -------
    Released

    Notes
    -----
    Only an observed cohort is suppressed. A count is small if it is shown, or if it
    follows by addition and subtraction of shown ones over the groups and merges of
    the study: everyone minus A and B is C.

    - Where the size of a group, a union of groups, or of those without a group is
      small, only the rows of everyone are shown, and those of the first merge and of
      the other groups together where their sizes tell no small one.
    - Rows that need the same values are withheld together if few patients have them,
      lack them, or have only some of them (`nesting.small_needs`); a value that
      nobody lacks is not needed (`nesting.closed`).
    - A block (one outcome, component and visit over all its analyses, groups and
      levels; an indicator is of the block of its category) with a small count is
      withheld whole. Counted are events and levels, what they leave over, each table
      that an odds ratio is solved for, grades that mean and SD tell, the few
      differences of one sign that a signed-rank sum tells, and the difference of
      counts in two units (`told`).
    - Of a sum (a score and its parts, a declared equation, all adverse events) no
      term is withheld alone.
    - Extremes are always withheld, a quantile with few patients beyond it too, and
      the values of single patients left out.
    - A rank sum whose two samples no row counts is withheld, and so is a model of
      indicators alone, or of one whose split between the groups no row counts.
    - A scenario with other groups is shown only if their sizes, and how these differ
      from those of the plan and of other thresholds, are not small. Its other counts
      and remarks are withheld, and all that is of a category.
    - A comparison with a withheld row says nothing of it, not even its verdict.

    ``docs/disclosure.md`` says what this follows, and what it does not protect.
    """
    if study.cohort_kind != "observed" or min_cell <= 0:
        return Released({name: table.copy() for name, table in tables.items()}, 0)
    kept = {
        name: table[table["statistic"] != "value"] if name != "comparison" else table
        for name, table in tables.items()
    }
    rows = [
        row
        for name, table in kept.items()
        if name != "comparison"
        for row in table.to_dict("records")
    ]
    completed = [row for row in rows if is_completed(row)]
    rows = [row for row in rows if not is_completed(row)]
    guard = Guard(study, min_cell, [row for row in rows if not is_regrouped(row)])
    scenarios = shown_scenarios(rows, study=study, min_cell=min_cell)
    shown = {
        str(row["row"])
        for row in rows
        if not guard.withholds(row)
        and (not is_regrouped(row) or guard.shows_regrouped(row, scenarios))
    }
    shown |= shown_completed(completed, rows, shown)
    released = {
        name: _compared(table, shown)
        if name == "comparison"
        else _withheld(table, shown, min_cell)
        for name, table in kept.items()
    }
    n_rows = sum(len(t) for name, t in tables.items() if name != "comparison")
    return Released(released, n_rows - len(shown))


def _withheld(table: pd.DataFrame, shown: set[str], min_cell: int) -> pd.DataFrame:
    hide = ~table["row"].isin(list(shown))
    table = table.copy()
    table.loc[hide, list(_TOLD)] = nan
    table.loc[hide, "warning"] = f"suppressed: a count under {min_cell}"

    others = np.array(
        [
            (is_regrouped(r) and not tells_size(r)) or is_completed(r)
            for r in table.to_dict("records")
        ],
        dtype=bool,
    )
    table.loc[others, ["n", "n_events", "n_missing"]] = nan
    table.loc[others & ~hide.to_numpy(), "warning"] = ""
    table["warning"] = [_without_few(str(t), min_cell) for t in table["warning"]]
    return table


def _without_few(warning: str, min_cell: int) -> str:
    """Return a warning in which few patients or events are "some"."""

    def told(found: re.Match[str]) -> str:
        if int(found["n"]) >= min_cell:
            return found[0]
        before, _, behind = found[0].partition(found["n"])
        return f"{before}some{behind}"

    return _BEHIND.sub(told, _COUNTED.sub(told, warning))


def _compared(table: pd.DataFrame, shown: set[str]) -> pd.DataFrame:
    hide = (table["row"] != "") & ~table["row"].isin(list(shown))
    table = table.copy()
    table.loc[hide, ["computed", "distance"]] = nan
    table.loc[hide, "reproduction"] = "not_comparable"
    table.loc[hide, "note"] = [
        "; ".join(part for part in (str(note), "recomputed value suppressed") if part)
        for note in table.loc[hide, "note"]
    ]
    return table
