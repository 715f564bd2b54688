"""The 2 x 2 tables that printed counts and percentages allow."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, product

from rejia.audit.context import Context
from rejia.audit.finding import Lookup
from rejia.audit.inferences import Table
from rejia.constraints import Cell, Size
from rejia.estimate import Key

_MOST_PRODUCTS = 20_000


@dataclass(frozen=True, slots=True)
class Side:
    """
    What is printed of the predictor in one group, or in a group that is part of it.

    Attributes
    ----------
    size : Size
        Number of patients.
    yes, no : str
        Facts that count the patients with and without it, or empty.
    percent : str
        Fact that prints the percentage with it, where there is no count.
    """

    size: Size
    yes: str
    no: str
    percent: str

    @property
    def facts(self) -> tuple[str, ...]:
        """All facts that are read."""
        found = (self.yes, self.no, self.percent, self.size.fact)
        return tuple(fact for fact in found if fact)

    @property
    def full(self) -> bool:
        """Whether nobody's value can be missing without a word."""
        return self.size.exact or bool(self.yes and self.no)

    def counts(self, cells: Lookup, lost: int = 0) -> list[tuple[int, int]]:
        """Return every number with and without it, of `lost` fewer patients."""
        n = self.size.of(cells) - lost
        if self.yes and self.no:
            pair = (int(cells[self.yes].value), int(cells[self.no].value))
            return [pair] if not lost else []
        if self.yes:
            k = int(cells[self.yes].value)
            return [(k, n - k)] if 0 <= k <= n else []
        if self.no:
            k = int(cells[self.no].value)
            return [(n - k, k)] if 0 <= k <= n else []
        window = cells[self.percent].window
        return [
            (k, n - k) for k in range(n + 1) if n and window.holds(Fraction(100 * k, n))
        ]


@dataclass(frozen=True, slots=True)
class Row:
    """
    A printed number of a model with one yes-or-no predictor.

    Attributes
    ----------
    held, statistic : str
        Its fact, and which number it is.
    event, rest : tuple of Side
        The groups with the event, and without it.
    inference : str
        As the analysis declares it.
    confidence : float
        Level of the interval.
    """

    held: str
    statistic: str
    event: tuple[Side, ...]
    rest: tuple[Side, ...]
    inference: str
    confidence: float

    @property
    def sides(self) -> tuple[Side, ...]:
        """All groups."""
        return (*self.event, *self.rest)

    @property
    def facts(self) -> tuple[str, ...]:
        """All facts that are read."""
        names = (name for side in self.sides for name in side.facts)
        return tuple(dict.fromkeys((self.held, *names)))

    @property
    def full(self) -> bool:
        """Whether nobody's value can be missing without a word."""
        return all(side.full for side in self.sides)

    def tables(self, cells: Lookup, lost: Sequence[int] | None = None) -> list[Table]:
        """Return every table that the printed numbers allow."""
        gone = lost or [0] * len(self.sides)
        options = [s.counts(cells, k) for s, k in zip(self.sides, gone, strict=True)]
        here = len(self.event)
        found = {
            (
                sum(yes for yes, _ in chosen[:here]),
                sum(yes for yes, _ in chosen[here:]),
                sum(no for _, no in chosen[:here]),
                sum(no for _, no in chosen[here:]),
            )
            for chosen in islice(product(*options), _MOST_PRODUCTS)
        }
        return sorted(found)


def read_sides(context: Context, key: Key, place: str) -> tuple[Side, ...]:
    """
    Return a group's side, or those of the groups that make it up.

    Parameters
    ----------
    context : Context
        Cells, sizes and structure.
    key : Key
        Outcome and level of the predictor, population, visit and group.
    place : str
        Numbers printed there are preferred.

    Returns
    -------
    tuple of Side
        Empty where something is not printed.
    """
    own = _side(context, key, place)
    if own is not None:
        return (own,)
    parts = context.structure.merges.get(key.group, ())
    sides = [_side(context, replace(key, group=part), place) for part in parts]
    return tuple(s for s in sides if s is not None) if all(sides) else ()


def _side(context: Context, key: Key, place: str) -> Side | None:
    yes = _first(context, key, "n", place)
    percent = _first(context, key, "percent", place)
    levels = context.levels(key)
    others = [level for level in levels if level != key.level]
    no = (
        _first(context, replace(key, level=others[0]), "n", place)
        if (len(levels) == 2 and len(others) == 1)
        else None
    )
    found = yes or no or percent
    if found is None:
        return None
    size = context.sizes.of(replace(found.key, level=key.level), place, share=True)
    if size is None or size.spare:
        return None
    return Side(
        size,
        yes.fact if yes else "",
        no.fact if no else "",
        percent.fact if percent and not (yes or no) else "",
    )


def _first(context: Context, key: Key, statistic: str, place: str) -> Cell | None:
    """Return a number of a key, whatever its analysis and with or without a visit."""
    wanted = {key, replace(key, visit="")}
    found = [
        cell
        for cell in context.cells.of(statistic)
        if (cell.key.outcome, cell.key.group) == (key.outcome, key.group)
        and replace(cell.key, analysis="") in wanted
        and (cell.whole if statistic == "n" else not cell.comparator)
    ]
    return min(found, key=lambda cell: cell.place != place, default=None)
