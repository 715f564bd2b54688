"""Minimal sets of facts that cannot all stand, and the fewest that must give way."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import pandas as pd

from rejia.audit.context import Context
from rejia.audit.finding import INCONSISTENT, PROOF, Check, Lookup
from rejia.audit.runner import audit, make_checks, name_checks
from rejia.constraints import Cell, Cells, Sizes
from rejia.constraints.conflicts import Facts, clusters, corrections, minimal_sets
from rejia.constraints.sizes import COHORT
from rejia.study.schema import Structure

COLUMNS = ("id", "cluster", "conflict", "rules", "corrections", "repairs")
COUNTS = ("n", "n_of", "denominator")
LARGEST = 12
ROUNDS = 8


def conflicts(
    facts: pd.DataFrame,
    structure: Structure,
    *,
    audited: pd.DataFrame | None = None,
    evidence: Collection[str] = (PROOF,),
    most: int = 6,
) -> pd.DataFrame:
    """
    List the minimal conflicts of printed numbers, and their minimal corrections.

    Parameters
    ----------
    facts : pandas.DataFrame
        With the columns of `rejia.contracts.FACTS`.
    structure : Structure
        As for `rejia.audit.audit`.
    audited : pandas.DataFrame or None
        The audit of these facts, where it has been made already.
    evidence : collection of str
        Evidence of the rows that count as conflicts.
    most : int
        Corrections of more facts are not looked for.

    Returns
    -------
    pandas.DataFrame
        One row a conflict: ``id``; ``cluster``, the conflicts that share facts with
        it; ``conflict``, its facts joined by ``;``; ``rules``, the rows of the audit
        that read all of them, joined by ``;``; ``corrections``, the minimal sets of
        facts without which the whole cluster is at peace, facts joined by ``;`` and
        sets by `` | ``, the smallest first; ``repairs``, what the audit offers.

    Raises
    ------
    ValueError
        If a column is missing, or a printed text is no number.

    Notes
    -----
    A conflict starts as the facts that an inconsistent row reads. Facts other than
    counts are taken away one by one as long as what is left, audited alone, is still
    inconsistent. Group sizes and denominators are part of a conflict, but only a
    conflict of nothing else is corrected by dropping one: other numbers rest on them.
    A number printed in several places with the same digits gives way in all of them.
    A rule reads one printing of a number, so that dropping it can bring out another:
    the smallest corrections are audited in turn, and what they bring out is added,
    until nothing is left.
    """
    cells = Context.of(facts, structure).cells
    if audited is None:
        audited = audit(facts, structure)
    found, repairs = _found(structure, cells, audited, frozenset(evidence), most)
    kept = minimal_sets(found)
    rules = {
        small: [n for large, names in found.items() if small <= large for n in names]
        for small in kept
    }
    return pd.DataFrame(_rows(cells, kept, rules, repairs, most), columns=list(COLUMNS))


def _found(
    structure: Structure,
    cells: Cells,
    audited: pd.DataFrame,
    evidence: frozenset[str],
    most: int,
) -> tuple[dict[Facts, list[str]], dict[str, str]]:
    """Return the conflicts with the rows that bring them out, and each row's repair."""
    search = _Search(cells, structure, evidence)
    found: dict[Facts, list[str]] = {}
    red = audited["verdict"] == INCONSISTENT
    rows = audited[red & audited["evidence"].isin(evidence)]
    repairs: dict[str, str] = dict(zip(rows["id"], rows["repair"], strict=True))
    brought = [
        (str(name), frozenset(read.split(";")))
        for name, read in zip(rows["id"], rows["facts"], strict=True)
    ]
    for _ in range(ROUNDS):
        for name, read in brought:
            repairs.setdefault(name, "")
            for small in search.minimal(read):
                names = found.setdefault(small, [])
                names.extend([name] if name not in names else [])
        if not brought:
            break
        dropped = _smallest(cells, found, most)
        brought = search.red_rows(c for c in cells if c.fact not in dropped)
    return found, repairs


def _smallest(cells: Cells, found: Iterable[Facts], most: int) -> set[str]:
    """Return the facts of the smallest correction of each cluster."""
    one = _printings(cells)
    soft = {
        frozenset(one[fact][0] for fact in _soft(cells, conflict)) for conflict in found
    }
    dropped: set[str] = set()
    for cluster in clusters(minimal_sets(soft)):
        sets = corrections(cluster, most=most)
        firsts = sets[0] if sets else frozenset().union(*cluster)
        dropped |= {fact for first in firsts for fact in one[first]}
    return dropped


def _rows(
    cells: Cells,
    kept: Sequence[Facts],
    rules: dict[Facts, list[str]],
    repairs: dict[str, str],
    most: int,
) -> Iterator[dict[str, str]]:
    """Yield the conflicts, cluster by cluster."""
    one = _printings(cells)
    whole: dict[Facts, list[Facts]] = {}
    for conflict in kept:
        soft = frozenset(one[fact][0] for fact in _soft(cells, conflict))
        whole.setdefault(soft, []).append(conflict)
    number = 0
    for place, cluster in enumerate(clusters(minimal_sets(whole)), start=1):
        told = " | ".join(
            ";".join(sorted(fact for first in dropped for fact in one[first]))
            for dropped in corrections(cluster, most=most)
        )
        members = [
            conflict
            for small, full in whole.items()
            if any(other <= small for other in cluster)
            for conflict in full
        ]
        for conflict in sorted(members, key=lambda c: (len(c), sorted(c))):
            number += 1
            names = list(dict.fromkeys(rules[conflict]))
            offered = dict.fromkeys(repairs[name] for name in names if repairs[name])
            yield {
                "id": f"conflict_{number}",
                "cluster": f"cluster_{place}",
                "conflict": ";".join(sorted(conflict)),
                "rules": ";".join(names),
                "corrections": told,
                "repairs": "; ".join(offered),
            }


def _printings(cells: Cells) -> dict[str, list[str]]:
    """Return for each fact those that print the same number in the same digits."""
    found: dict[tuple[object, ...], list[str]] = {}
    for cell in cells:
        same = found.setdefault(
            (cell.key, cell.statistic, cell.adjustment, cell.printed), []
        )
        same.append(cell.fact)
    return {fact: same for same in found.values() for fact in same}


def _soft(cells: Cells, conflict: Facts) -> Facts:
    """Return the facts that may be dropped: no sizes, unless there is nothing else."""
    return frozenset(f for f in conflict if not _given(cells.by_fact[f])) or conflict


def _given(cell: Cell) -> bool:
    return cell.statistic == "denominator" or cell.key.outcome == COHORT


class _Search:
    """Takes facts away from a conflict as long as it remains one."""

    def __init__(
        self, cells: Cells, structure: Structure, evidence: frozenset[str]
    ) -> None:
        self._cells = cells
        self._structure = structure
        self._evidence = evidence
        self._known: dict[Facts, bool] = {}
        self._red: dict[tuple[str, str, tuple[str, ...]], bool] = {}

    def minimal(self, conflict: Facts) -> list[Facts]:
        """Return the smallest conflicts within a conflict; itself if it is too wide."""
        if len(conflict) > LARGEST:
            return [conflict]
        found: set[Facts] = set()
        tried: set[Facts] = set()
        waiting = [conflict]
        while waiting:
            facts = waiting.pop()
            if facts in tried:
                continue
            tried.add(facts)
            smaller = [
                facts - {fact}
                for fact in sorted(facts)
                if self._cells.by_fact[fact].statistic not in COUNTS
                and self._is_red(facts - {fact})
            ]
            waiting.extend(smaller)
            if not smaller:
                found.add(facts)
        return minimal_sets(found)

    def _is_red(self, facts: Facts) -> bool:
        if facts not in self._known:
            self._known[facts] = self._audit(
                [cell for cell in self._cells if cell.fact in facts]
            )
        return self._known[facts]

    def _audit(self, chosen: Iterable[Cell]) -> bool:
        context = self._context(chosen)
        return any(
            self._brings(check, context.cells.by_fact) for check in make_checks(context)
        )

    def red_rows(self, chosen: Iterable[Cell]) -> list[tuple[str, Facts]]:
        """Return the checks of some facts that conflict, and what each reads."""
        context = self._context(chosen)
        return [
            (name, frozenset(check.facts))
            for name, check in name_checks(context)
            if self._brings(check, context.cells.by_fact)
        ]

    def _context(self, chosen: Iterable[Cell]) -> Context:
        cells = Cells(chosen)
        return Context(cells, Sizes(cells, self._structure), self._structure)

    def _brings(self, check: Check, cells: Lookup) -> bool:
        """Say whether a check conflicts; one rule and its facts are tried once."""
        asked = (check.rule, check.slug, check.facts)
        if asked not in self._red:
            outcome = check.evaluate(cells)
            self._red[asked] = (
                outcome.verdict == INCONSISTENT and outcome.evidence in self._evidence
            )
        return self._red[asked]
