"""Two groups' printed summaries, and the rank sums that they allow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from rejia.audit.bands import (
    Floats,
    Grid,
    Summary,
    counts_below,
    make_grid,
    pairs_above,
)
from rejia.audit.context import Context
from rejia.audit.finding import Lookup
from rejia.constraints import Cell, Interval, Size
from rejia.estimate import Key

_READ = ("mean", "sd", "min", "max")


Bounds = Callable[[Lookup, tuple[int, int] | None], tuple[float, float] | None]


@dataclass(frozen=True, slots=True)
class Source:
    """
    What is printed of one group.

    Attributes
    ----------
    size : Size
        Number of values.
    facts : tuple of (str, str)
        Statistic and the fact that prints it.
    low, high, step : Fraction or None
        Scale and lattice.
    zero : str
        Fact that counts values that are 0, or empty.
    every : bool
        Whether it counts all of them.
    """

    size: Size
    facts: tuple[tuple[str, str], ...]
    low: Fraction | None
    high: Fraction | None
    step: Fraction | None
    zero: str = ""
    every: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All facts that are read."""
        extra = (self.size.fact, self.zero)
        return (*(fact for _, fact in self.facts), *(fact for fact in extra if fact))

    def read(self, cells: Lookup, n: int | None = None) -> Summary:
        """Return the windows, for `n` values instead of the printed number."""
        own = self.size.of(cells) if n is None else n
        windows = {name: cells[fact].window for name, fact in self.facts}
        lows = [self.low, windows["min"].low if "min" in windows else None]
        highs = [self.high, windows["max"].high if "max" in windows else None]
        zeros = None
        if self.zero and self.low == 0:
            count = int(cells[self.zero].value)
            zeros = (count, count if self.every else own) if count <= own else None
        return Summary(
            own,
            windows.get("mean"),
            windows.get("sd"),
            max((low for low in lows if low is not None), default=None),
            min((high for high in highs if high is not None), default=None),
            self.step,
            zeros,
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """A group: its own summaries, and those of the groups that make it up."""

    size: Size
    whole: Source | None
    parts: tuple[Source, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """All sources."""
        return (*((self.whole,) if self.whole else ()), *self.parts)


def group_key(key: Key, group: str) -> Key:
    """Return the key of a group's summaries, from that of a contrast."""
    return replace(key, analysis="", group=group, reference="", term="", ref_visit="")


def group_size(context: Context, key: Key, place: str) -> Size | None:
    """Return the number of values of a group, under the key of its mean if printed."""
    mean = _cell(context, key, "mean", place)
    return context.sizes.of(key if mean is None else mean.key, place)


def read_sample(context: Context, key: Key, size: Size, place: str) -> Sample:
    """Return what is printed of a group, and of the groups that make it up."""
    parts: list[Source] = []
    for group in context.structure.merges.get(key.group, ()):
        own = replace(key, group=group)
        part = group_size(context, own, place)
        source = _source(context, own, part, place) if part else None
        if source is None:
            parts = []
            break
        parts.append(source)
    return Sample(size, _source(context, key, size, place), tuple(parts))


def _source(context: Context, key: Key, size: Size, place: str) -> Source | None:
    """Return the summaries of a group; None where nothing is printed of it."""
    found = {}
    for statistic in _READ:
        cell = _cell(context, key, statistic, place)
        if cell is not None:
            found[statistic] = cell.fact
    zero, every = _zero(context, key, place)
    low, high = context.bounds(key)
    step = context.step(key)
    if not found and not zero:
        return None
    return Source(size, tuple(found.items()), low, high, step, zero, every)


def _cell(context: Context, key: Key, statistic: str, place: str) -> Cell | None:
    """Return a summary of a group, in the variable's unit, whatever its analysis."""
    variable = context.structure.variables.get(key.outcome)
    unit = _plain(variable.unit) if variable is not None else ""
    found = [
        cell
        for cell in context.cells.of(statistic)
        if (cell.key.outcome, cell.key.group) == (key.outcome, key.group)
        and replace(cell.key, analysis="") == key
        and not cell.comparator
        and (not unit or not cell.unit or _plain(cell.unit) == unit)
    ]
    return min(found, key=lambda cell: cell.place != place, default=None)


def _plain(unit: str) -> str:
    return unit.lower().replace(" ", "")


def _zero(context: Context, key: Key, place: str) -> tuple[str, bool]:
    """Return the fact that counts a group's values of 0, and whether all of them."""
    for zeros in context.structure.zeros:
        if zeros.of != key.outcome or key.component:
            continue
        wanted = replace(key, outcome=zeros.outcome, level=zeros.level)
        found = [
            cell
            for cell in context.cells.of("n")
            if replace(cell.key, analysis="") == wanted and cell.whole
        ]
        if found:
            best = min(found, key=lambda cell: cell.place != place)
            return best.fact, zeros.every
    return "", False


def u_range_of(samples: Sequence[Sample]) -> Bounds:
    """
    Return a function from the cells to the range of U.

    Parameters
    ----------
    samples : sequence of Sample
        The group and the reference.

    Returns
    -------
    callable
        It takes the cells, and sizes to be tried instead of the printed ones (for
        groups that are printed themselves); it returns the least and greatest U, or
        None where nothing bounds the values.

    Notes
    -----
    Two bounds are joined: that of the counts below each threshold (`bands`), and
    Cantelli's inequality for the difference of two values drawn from both groups,
    whose mean is the difference d of the means and whose variance is at most
    ``v = s^2 + t^2``: if d > 0, U is at least ``n m d^2 / (v + d^2)``.
    """

    def bounds(
        cells: Lookup, sizes: tuple[int, int] | None
    ) -> tuple[float, float] | None:
        read = [
            _read(sample, cells, None if sizes is None else sizes[k])
            for k, sample in enumerate(samples)
        ]
        n, ref_n = (r[0] for r in read)
        pairs = float(n * ref_n)
        low, high = 0.0, pairs
        told = False
        everything = [summary for r in read for summary in r[1]]
        steps = {summary.step for summary in everything}
        grid = make_grid(everything, steps.pop() if len(steps) == 1 else None)
        if grid is not None:
            x, y = (_counts(*r, grid) for r in read)
            low, high = pairs_above(x, y, (n, ref_n), grid)
            told = True
        wholes = [sample.whole for sample in samples]
        if all(wholes):
            shares = _cantelli([w.read(cells) for w in wholes if w])
            if shares is not None:
                low, high = max(low, shares[0] * pairs), min(high, shares[1] * pairs)
                told = True
        return (low, high) if told else None

    return bounds


def _read(
    sample: Sample, cells: Lookup, n: int | None
) -> tuple[int, list[Summary], list[Summary]]:
    """Return the size, all summaries, and those of the parts."""
    own = max(sample.size.of(cells), 1) if n is None else n
    whole = [sample.whole.read(cells, own)] if sample.whole else []
    parts = [part.read(cells) for part in sample.parts] if n is None else []
    if sum(part.n for part in parts) != own or min((p.n for p in parts), default=0) < 1:
        parts = []
    return own, [*whole, *parts], parts


def _counts(
    n: int, summaries: list[Summary], parts: list[Summary], grid: Grid
) -> tuple[Floats, Floats]:
    count = len(grid.thresholds)
    least, most = np.zeros(count), np.full(count, float(n))
    if len(summaries) > len(parts):
        least, most = counts_below(summaries[0], grid)
    if parts:
        found = [counts_below(part, grid) for part in parts]
        low, high = sum(f[0] for f in found), sum(f[1] for f in found)
        low, high = np.maximum(least, low), np.minimum(most, high)
        if (low <= high).all():
            least, most = low, high
    return least, most


def _cantelli(summaries: Sequence[Summary]) -> tuple[float, float] | None:
    (x, y), (v, w) = ([s.mean for s in summaries], [s.sd for s in summaries])
    if x is None or y is None or v is None or w is None:
        return None
    variance = float(v.high) ** 2 + float(w.high) ** 2
    low, high = (_share(gap, variance) for gap in (x - y, y - x))
    return low, 1 - high


def _share(gap: Interval, variance: float) -> float:
    """Return the least share of pairs with a positive difference."""
    least = float(gap.low)
    if least <= 0:
        return 0.0
    return least**2 / (variance + least**2)
