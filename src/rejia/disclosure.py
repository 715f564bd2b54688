"""What may leave: private tables to released ones, small cells suppressed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isnan, nan

import numpy as np
import pandas as pd

from rejia.contracts import COURSE
from rejia.multiverse.small_cells import is_regrouped, shown_scenarios, tells_size
from rejia.study import Study

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
_EXTREMES = ("min", "max")
_EVERYONE = "all"
# Events add up over their terms: all of them minus those shown are those withheld.
_EVENTS = "adverse_events"
_UNGROUPED = ""

Row = Mapping[object, object]
Block = tuple[str, ...]
# Patients of which groups, and how many.
Counted = tuple[frozenset[str], float]


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
      small, only the rows of everyone are shown.
    - A block (one outcome, component and visit over all its analyses, groups and
      levels; an indicator is of the block of its category) with a small count is
      withheld whole.
    - The sum of all adverse events is withheld with any one of them.
    - Extremes are always withheld, and the values of single patients left out.
    - A scenario with other groups is shown only if their sizes, and how these differ
      from those of the plan and of other thresholds, are not small. Its other counts
      and remarks are withheld, and all that is of a category.
    - A comparison with a withheld row says nothing of it, not even its verdict.
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
    guard = _Guard(study, min_cell, [row for row in rows if not is_regrouped(row)])
    scenarios = shown_scenarios(rows, study=study, min_cell=min_cell)
    shown = {
        str(row["row"])
        for row in rows
        if not guard.withholds(row)
        and (not is_regrouped(row) or guard.shows_regrouped(row, scenarios))
    }
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

    def told(match: re.Match[str]) -> str:
        return match[0] if int(match[1]) >= min_cell else f"some {match[2]}"

    others = np.array(
        [is_regrouped(r) and not tells_size(r) for r in table.to_dict("records")],
        dtype=bool,
    )
    table.loc[others, ["n", "n_events", "n_missing"]] = nan
    table.loc[others & ~hide.to_numpy(), "warning"] = ""
    table["warning"] = [
        re.sub(r"\b([1-9]\d*) (censored)", told, str(text)) for text in table["warning"]
    ]
    return table


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


class _Guard:
    """Decides which rows tell of a small count, shown or recoverable."""

    def __init__(self, study: Study, min_cell: int, rows: Sequence[Row]) -> None:
        self._min_cell = min_cell
        self._indicators = {
            name: str(variable.indicator_of)
            for name, variable in study.variables.items()
            if variable.indicator_of is not None
        }
        self._parts = _parts(study)
        # A test that drops zeros, or a class of joints, counts fewer than its group.
        self._sizes: dict[tuple[Block, frozenset[str]], float] = {}
        for row in rows:
            n, missing = _number(row["n"]), _number(row["n_missing"])
            if not isnan(n) and not isnan(missing):
                key = self._of_size(row)
                self._sizes[key] = max(n + missing, self._sizes.get(key, 0.0))
        known: dict[Block, list[Counted]] = {}
        for (kind, of), size in self._sizes.items():
            known.setdefault(kind, []).append((of, size))
        self._only_everyone = any(self._tells(sizes) for sizes in known.values())
        counts: dict[tuple[Block, Block], list[Counted]] = {}
        for row in rows:
            if not self._is_of_a_group(row):
                for kind, counted in self._counts(row):
                    counts.setdefault((self._block(row), kind), []).append(counted)
        self._small = {block for (block, _), c in counts.items() if self._tells(c)}

    def withholds(self, row: Row) -> bool:
        return (
            row["statistic"] in _EXTREMES
            or self._is_of_a_group(row)
            or self._block(row) in self._small
            or self._sums_small(row)
        )

    def _sums_small(self, row: Row) -> bool:
        """Say whether a row sums events of which some may not be shown."""
        if row["outcome"] != _EVENTS or row["component"] != "":
            return False
        return any(block[0] == _EVENTS for block in self._small)

    def shows_regrouped(self, row: Row, scenarios: set[str]) -> bool:
        """Say whether a row of other groups may be shown; its counts may not."""
        names = {str(row["outcome"]), str(row["term"])}
        categories = {*self._indicators, *self._indicators.values()}
        is_category = bool(names & categories) or row["level"] != ""
        return str(row["scenario"]) in scenarios and not is_category

    def _is_of_a_group(self, row: Row) -> bool:
        """Say whether a row is of a group while groups may not be shown."""
        grouped = row["group"] not in {"", _EVERYONE} or row["reference"] != ""
        return self._only_everyone and grouped

    def _block(self, row: Row) -> Block:
        # Two counts and the odds ratio of a category make its whole table.
        outcome = row["term"] if row["statistic"] == "odds_ratio" else row["outcome"]
        term = "" if row["statistic"] == "odds_ratio" else row["term"]
        outcome = self._indicators.get(str(outcome), outcome)
        where = (row["component"], row["visit"], row["ref_visit"], term)
        return (str(outcome), *(str(part) for part in where))

    def _of(self, row: Row) -> frozenset[str]:
        """Return the groups whose patients a row counts."""
        names = [str(row["group"]) or _EVERYONE, str(row["reference"])]
        known = [self._parts.get(name, frozenset({name})) for name in names if name]
        return frozenset().union(*known)

    def _of_size(self, row: Row) -> tuple[Block, frozenset[str]]:
        """Return the population, and the groups of it, that a row starts from."""
        everyone = row["statistic"] == "odds_ratio"
        of = self._parts[_EVERYONE] if everyone else self._of(row)
        return (str(row["population"]), str(row["component"])), of

    def _counts(self, row: Row) -> Iterator[tuple[Block, Counted]]:
        of, events_of = self._of(row), self._of(row)
        kind = (str(row["population"]), str(row["score_version"]))
        n, events = _number(row["n"]), _number(row["n_events"])
        level: Block = (str(row["analysis"]), str(row["level"]))
        if row["statistic"] == "odds_ratio":
            events_of = self._of({**row, "reference": ""})
            level = ("event",)
        elif str(row["outcome"]) in self._indicators and row["statistic"] == "mean":
            events = round(n * _number(row["estimate"])) if n else nan
            level = ("indicator", str(row["outcome"]))
        missing = _number(row["n_missing"])
        dropped = self._sizes.get(self._of_size(row), nan) - n - missing
        if row["statistic"] != "odds_ratio":
            yield (*kind, *level, "dropped"), (of, dropped)
        if not dropped:
            yield (*kind, "there"), (of, n)
            yield (*kind, "missing"), (of, missing)
        yield (*kind, *level, "here"), (of, n)
        yield (*kind, *level, "missing"), (of, missing)
        yield (*kind, *level), (events_of, events)
        yield (*kind, *level, "without"), (of, n - events)

    def _tells(self, known: list[Counted]) -> bool:
        """Say whether counts of some groups tell a small one of any others."""
        known = [(of, count) for of, count in known if not isnan(count)]
        if any(0 < count < self._min_cell for _, count in known):
            return True
        first = dict(reversed(known))
        atoms = sorted(frozenset().union(*first))
        if not atoms:
            return False
        matrix = np.array([[atom in of for of in first] for atom in atoms], dtype=float)
        counts = np.array(list(first.values()))
        for size in range(1, len(atoms) + 1):
            for chosen in combinations(atoms, size):
                wanted = np.array([atom in chosen for atom in atoms], dtype=float)
                weights, *_ = np.linalg.lstsq(matrix, wanted, rcond=None)
                found = float(weights @ counts)
                follows = np.allclose(matrix @ weights, wanted, atol=1e-9)
                if follows and 0.5 < found < self._min_cell - 0.5:
                    return True
        return False


def _parts(study: Study) -> dict[str, frozenset[str]]:
    """Return the plain groups of each label; those without a group are one too."""
    if study.groups is None:
        return {_EVERYONE: frozenset({_UNGROUPED})}
    labels = study.groups.labels
    plain = (labels.improved, labels.unchanged, labels.worsened)
    return {
        **{label: frozenset({label}) for label in plain},
        **{name: frozenset(of) for name, of in study.groups.merges.items()},
        _EVERYONE: frozenset({*plain, _UNGROUPED}),
    }


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else nan


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
