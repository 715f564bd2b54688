"""The most economical repair of a red row: a candidate, never applied."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rejia.audit.context import Context
from rejia.audit.finding import INCONSISTENT, Check, Lookup
from rejia.constraints import Cell
from rejia.printed import parse

_GROUPED = ("group", "visit")
_COUNTS = ("n", "denominator")
_ENDS = ("odds_ratio", "ci_low", "ci_high")
_LEADING_ZERO = re.compile(r"\D?0\d")
WORDED = frozenset({"unit"})


@dataclass(frozen=True, slots=True)
class Change:
    """
    A candidate: other texts for some facts.

    Attributes
    ----------
    texts : tuple of (str, str)
        Fact and its new text.
    cost : int
        0 printed so elsewhere, 1 two digits swapped, 2 two cells swapped, 3 the
        point moved, 4 one digit changed.
    why : str
        In words.
    """

    texts: tuple[tuple[str, str], ...]
    cost: int
    why: str


class Repairer:
    """
    Tries candidates against every check that reads the changed cells.

    Parameters
    ----------
    context : Context
        The cells.
    checks : sequence of Check
        All checks.
    red : set of str or None
        Names of the checks that are inconsistent as printed; None to look for no
        repair.
    """

    def __init__(
        self,
        context: Context,
        checks: Sequence[tuple[str, Check]],
        red: set[str] | None,
    ) -> None:
        self._context = context
        self._red = red or set()
        self._touching: dict[str, list[tuple[str, Check]]] = {}
        for name, check in checks:
            if check.rule not in WORDED:
                for fact in set(check.facts):
                    self._touching.setdefault(fact, []).append((name, check))

    def best(self, check: Check) -> str:
        """
        Return the most economical repair of a check, in words.

        Parameters
        ----------
        check : Check
            An inconsistent one.

        Returns
        -------
        str
            Empty where no single slip of the kinds in `Change` mends it without
            making another check inconsistent.
        """
        if check.rule in WORDED or not self._red:
            return ""
        for cost in range(5):
            found = [
                (change, *judged)
                for change in self._changes(check, cost)
                if (judged := self._judge(check, change)) is not None
            ]
            if found:
                change, mended, passed = max(found, key=lambda item: (item[1], item[2]))
                return self._told(change, mended, passed, len(found) - 1)
        return ""

    def _judge(self, check: Check, change: Change) -> tuple[int, int] | None:
        """Return how many red checks it mends and how many it passes, or None."""
        cells = dict(self._context.cells.by_fact)
        for fact, text in change.texts:
            cells[fact] = cells[fact].reprinted(text)
        if _is_red(check, cells):
            return None
        touched = {
            name: other
            for fact, _ in change.texts
            for name, other in self._touching.get(fact, ())
        }
        mended = 0
        for name, other in touched.items():
            if _is_red(other, cells):
                if name not in self._red:
                    return None
            elif name in self._red:
                mended += 1
        return mended, len(touched)

    def _told(self, change: Change, mended: int, passed: int, others: int) -> str:
        cells = self._context.cells.by_fact
        told = " and ".join(
            f"{fact}: {text} instead of {cells[fact].printed}"
            for fact, text in change.texts
        )
        more = f"; {others} other candidates of this kind" if others else ""
        return (
            f"{told} ({change.why}); mends {mended} and breaks none of the {passed} "
            f"checks that read it{more}"
        )

    def _changes(self, check: Check, cost: int) -> Iterator[Change]:
        cells = self._context.cells.by_fact
        facts = [f for f in dict.fromkeys(check.facts) if not cells[f].comparator]
        for fact in facts:
            cell = cells[fact]
            if cell.statistic in _COUNTS and check.held != fact and cost:
                continue  # a group size is shared by all of its column
            if cost == 2:
                yield from self._swaps(check, cell)
                continue
            for text, why in self._texts(cell, cost):
                if _printable(cell, text):
                    yield Change(self._everywhere(cell, text), cost, why)

    def _texts(self, cell: Cell, cost: int) -> Iterator[tuple[str, str]]:
        if cost == 0:
            for other in self._same(cell):
                if other.value != cell.value and not other.comparator:
                    yield other.printed, f"printed so in {other.place}"
        elif cost == 1:
            yield from _digit_swaps(cell.printed)
        elif cost == 3:
            yield from _point_moves(cell.printed)
        elif cost == 4:
            yield from _one_digit(cell.printed)

    def _everywhere(self, cell: Cell, text: str) -> tuple[tuple[str, str], ...]:
        """Change a number wherever it is printed with the same digits."""
        same = [c for c in self._same(cell) if c.printed == cell.printed]
        return tuple((c.fact, text) for c in same)

    def _same(self, cell: Cell) -> list[Cell]:
        """Return the cells that print the same quantity."""
        found = self._context.cells.find(cell.key, cell.statistic)
        return [other for other in found if other.adjustment == cell.adjustment]

    def _swaps(self, check: Check, cell: Cell) -> Iterator[Change]:
        """Swap a cell with a neighbour: another group, visit, or limit of the row."""
        for other in self._neighbours(cell):
            if other.printed != cell.printed:
                texts = ((cell.fact, other.printed), (other.fact, cell.printed))
                yield Change(texts, 2, "two neighbouring cells swapped")

    def _neighbours(self, cell: Cell) -> Iterator[Cell]:
        if cell.statistic in _ENDS:
            for statistic in _ENDS:
                if statistic > cell.statistic:
                    yield from self._there(replace(cell, statistic=statistic))
            return
        bare = replace(cell.key, **dict.fromkeys(_GROUPED, ""))
        for other in self._context.cells.of(cell.statistic):
            if other.place != cell.place or other.fact <= cell.fact:
                continue
            differing = [
                name
                for name in _GROUPED
                if getattr(other.key, name) != getattr(cell.key, name)
            ]
            same = replace(other.key, **dict.fromkeys(_GROUPED, "")) == bare
            if same and len(differing) == 1 and not other.comparator:
                yield other

    def _there(self, cell: Cell) -> list[Cell]:
        found = self._context.cells.find(cell.key, cell.statistic)
        return [c for c in found if c.place == cell.place and not c.comparator]


def _printable(cell: Cell, text: str) -> bool:
    """Say whether a candidate could have been printed, and leaves a group of two."""
    if _LEADING_ZERO.match(text):
        return False
    return (
        cell.statistic not in _COUNTS or bool(cell.key.level) or parse(text).value > 1
    )


def _is_red(check: Check, cells: Lookup) -> bool:
    if check.passes is not None:
        return not check.passes(cells)
    return check.evaluate(cells).verdict == INCONSISTENT


def _digit_swaps(text: str) -> Iterator[tuple[str, str]]:
    places = [place for place, letter in enumerate(text) if letter.isdigit()]
    for first, second in pairwise(places):
        if text[first] != text[second]:
            letters = list(text)
            letters[first], letters[second] = letters[second], letters[first]
            yield "".join(letters), "two digits swapped"


def _point_moves(text: str) -> Iterator[tuple[str, str]]:
    sign = text[: len(text) - len(text.lstrip("+-−–"))]
    bare = text[len(sign) :]
    whole, _, part = bare.partition(".")
    if part and len(part) > 1:
        yield f"{sign}{whole}{part[0]}.{part[1:]}".lstrip("0"), "the point moved"
    elif part:
        yield f"{sign}{whole}{part}", "a point too many"
    if len(whole) > 1:
        yield f"{sign}{whole[:-1]}.{whole[-1]}{part}", "the point moved"
    else:
        yield f"{sign}0.{whole}{part}", "a zero lost after the point"


def _one_digit(text: str) -> Iterator[tuple[str, str]]:
    for place, letter in enumerate(text):
        if letter.isdigit():
            for digit in "0123456789":
                if digit != letter:
                    yield text[:place] + digit + text[place + 1 :], "one digit changed"
