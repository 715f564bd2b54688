"""Integer vectors whose sums, means and SDs come as near as they can to windows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

_BLOCK = 2048
_BROKEN = 1000.0  # a broken sign weighs more than any printed number
_MISSED = 1.0  # a missed window weighs one digit more than its distance
_ON_END = 0.5  # so does half a digit a value on the very end, as halves round both ways
_END = 2e-6
_REACHED = 1e-7
_MISCOUNT = 0.25  # a member too many or too few
_PROGRESS = 0.02
_SINGLE, _SWAP, _SAME = 0.25, 0.55, 0.8  # shares of moves: single, opposite, swap
Move = tuple[tuple[int, int], ...]
Classes = Callable[..., tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """
    What a printed summary stands for.

    Attributes
    ----------
    statistic : str
        ``mean``, ``sd`` (sample), ``min`` or ``max``.
    low, high : float
        Closed ends.
    digit : float
        One unit of the last printed digit; distances are counted in it.
    """

    statistic: str
    low: float
    high: float
    digit: float

    def in_units(self, step: float) -> "Window":
        """Return the window in whole units of a step."""
        return Window(
            self.statistic, self.low / step, self.high / step, self.digit / step
        )

    def distance(self, value: float) -> float:
        """Return how far a value is outside, in last printed digits."""
        return max(self.low - value, value - self.high, 0.0) / self.digit


@dataclass(frozen=True, slots=True)
class _Summary:
    """Terms that windows are demanded of; ``(low, high, 1 / digit)`` each."""

    terms: tuple[int, ...]
    n: int
    means: tuple[tuple[float, float, float], ...]
    sds: tuple[tuple[float, float, float], ...]
    ranges: tuple[Window, ...]

    def distance(self, total: int, squares: int, values: list[int]) -> float:
        """Return the distances from all windows, with the price of missing them."""
        distance = 0.0
        mean = total / self.n
        for low, high, weight in self.means:
            if mean < low or mean > high:
                away = (low - mean if mean < low else mean - high) * weight
                distance += away + (_MISSED if away > _END else _ON_END)
        if self.sds:
            left = squares - total * mean
            sd = sqrt(left / (self.n - 1)) if left > 0 and self.n > 1 else 0.0
            for low, high, weight in self.sds:
                if sd < low or sd > high:
                    away = (low - sd if sd < low else sd - high) * weight
                    distance += away + (_MISSED if away > _END else _ON_END)
        for window in self.ranges:
            found = [values[term] for term in self.terms]
            away = window.distance(
                min(found) if window.statistic == "min" else max(found)
            )
            distance += _MISSED + away if away else 0.0
        return distance


class Lattice:
    """
    Cells with whole numbers, and what is demanded of them.

    A term is the sum of some cells. Demands: windows for mean, SD and range of
    some terms; the sign of a change; counts of classes. The penalty is the sum of
    distances in last printed digits, one more for each window that is missed, and
    of miscounts; so a window that others contradict is left, not averaged with
    them.
    """

    def __init__(self) -> None:
        self.values: list[int] = []
        self._low: list[int] = []
        self._high: list[int] = []
        self._stride: list[int] = []
        self._terms_of: list[list[int]] = []
        self._term: list[int] = []
        # Demands by term.
        self._summaries_of: list[list[int]] = []
        self._signs_of: list[list[int]] = []
        self._members_of: list[list[int]] = []
        # Summaries, with the sums that keep them up to date.
        self._summaries: list[_Summary] = []
        self._total: list[int] = []
        self._squares: list[int] = []
        self._away: list[float] = []
        # Signs: terms before and after, sign.
        self._signs: list[tuple[int, int, int]] = []
        self._broken: list[float] = []
        # Members of classes: terms, function, classes.
        self._members: list[tuple[tuple[int, ...], Classes]] = []
        self._classes: list[tuple[int, ...]] = []
        self._excess: list[int] = []
        # What a cell bears on, once it has moved.
        self._bears_on: dict[int, tuple[set[int], set[int], set[int]]] = {}

    def add_cell(self, value: int, low: int, high: int, *, stride: int = 1) -> int:
        """Add a cell that keeps to ``low, low + stride, …, high``."""
        value = min(max(value, low), high)
        self.values.append(value - (value - low) % stride)
        self._low.append(low)
        self._high.append(high)
        self._stride.append(stride)
        self._terms_of.append([])
        return len(self.values) - 1

    def add_term(self, cells: Iterable[int]) -> int:
        """Add the sum of some cells."""
        term = len(self._term)
        cells = tuple(cells)
        for cell in cells:
            self._terms_of[cell].append(term)
        self._term.append(sum(self.values[cell] for cell in cells))
        self._summaries_of.append([])
        self._signs_of.append([])
        self._members_of.append([])
        return term

    def demand(self, terms: Sequence[int], windows: Sequence[Window]) -> None:
        """Demand windows, in units of the lattice, of some terms."""
        if not windows or not terms:
            return
        ends = [(w.statistic, (w.low, w.high, 1 / w.digit)) for w in windows]
        summary = _Summary(
            tuple(terms),
            len(terms),
            tuple(window for name, window in ends if name == "mean"),
            tuple(window for name, window in ends if name == "sd"),
            tuple(window for window in windows if window.statistic in {"min", "max"}),
        )
        values = [self._term[term] for term in terms]
        total, squares = sum(values), sum(value * value for value in values)
        for term in terms:
            self._summaries_of[term].append(len(self._summaries))
        self._summaries.append(summary)
        self._total.append(total)
        self._squares.append(squares)
        self._away.append(summary.distance(total, squares, self._term))

    def demand_sign(self, before: int, after: int, sign: int) -> None:
        """Demand that a change is negative (-1), none (0) or positive (1)."""
        for term in (before, after):
            self._signs_of[term].append(len(self._signs))
        self._signs.append((before, after, sign))
        self._broken.append(self._break(len(self._signs) - 1))

    def add_goal(self, count: int) -> int:
        """Add a class of which there should be so many members."""
        self._excess.append(-count)
        return len(self._excess) - 1

    def classify(self, terms: Sequence[int], classes_of: Classes) -> None:
        """Add a member of classes: a function of the values of some terms."""
        classes = classes_of(*(self._term[term] for term in terms))
        for name in classes:
            self._excess[name] += 1
        for term in terms:
            self._members_of[term].append(len(self._members))
        self._members.append((tuple(terms), classes_of))
        self._classes.append(classes)

    @property
    def penalty(self) -> float:
        """Distances in last printed digits, missed windows and miscounts."""
        miscount = _MISCOUNT * sum(map(abs, self._excess))
        return sum(self._away) + sum(self._broken) + miscount

    @property
    def keeps_signs(self) -> bool:
        """Whether every change has the sign that is demanded."""
        return not any(self._broken)

    def descend(
        self,
        rng: np.random.Generator,
        pools: Sequence[Sequence[int]],
        *,
        steps: int,
        patience: int,
        heat: float = 0.0,
        unit: int = 1,
        grids: Sequence[Sequence[Sequence[int]]] = (),
        keep_sums: bool = False,
    ) -> None:
        """
        Move cells at random, and keep what does not raise the penalty.

        Parameters
        ----------
        rng : numpy.random.Generator
            Stream of this lattice.
        pools : sequence of sequence of int
            Cells between which values are exchanged.
        steps : int
            Moves that are tried.
        patience : int
            Moves without a lower penalty after which the descent ends.
        heat : float
            Rise of the penalty, in last printed digits, that is borne at first; it
            falls to nothing half way.
        unit : int
            Shifts are multiples of it.
        grids : sequence of sequence of sequence of int
            Cells in rows and columns; in four of them that form a rectangle a shift
            keeps the sums of all rows and columns.
        keep_sums : bool
            Whether two cells of a pool keep their sum.
        """
        pools = [pool for pool in pools if pool]
        penalty = lowest = self.penalty
        since = 0
        for step in range(steps):
            if penalty <= _REACHED or since > patience:
                return
            if step % _BLOCK == 0:
                draws = rng.random((_BLOCK, 7)).tolist()
            draw = draws[step % _BLOCK]
            warmth = heat * (1.0 - 2.0 * step / steps)
            since += warmth <= 0.0
            if grids and step % 2:
                move = self._rectangle(grids, draw, unit)
            else:
                if keep_sums:
                    draw[3] = _SINGLE + (_SAME - _SINGLE) * draw[3]
                move = self._pair(pools, draw, unit)
            if move:
                allowed = -warmth * log(1.0 - draw[6]) if warmth > 0.0 else 1e-12
                penalty += self._try(move, allowed)
                if penalty < lowest - _PROGRESS:
                    lowest, since = penalty, 0

    def _pair(
        self, pools: Sequence[Sequence[int]], draw: list[float], unit: int
    ) -> Move:
        """Shift one cell, or shift or swap two; empty where that leaves the scale."""
        pool = pools[int(draw[0] * len(pools))]
        first = pool[int(draw[1] * len(pool))]
        second = pool[int(draw[2] * len(pool))]
        size = self._size(first, second, draw, unit)
        kind = draw[3]
        if kind < _SINGLE:
            return self._inside(((first, size),))
        if first == second:
            return ()
        if kind < _SWAP:
            return self._inside(((first, size), (second, -size)))
        if kind < _SAME:
            size = self.values[second] - self.values[first]
            return self._inside(((first, size), (second, -size)))
        return self._inside(((first, size), (second, size)))

    def _rectangle(
        self,
        grids: Sequence[Sequence[Sequence[int]]],
        draw: list[float],
        unit: int,
    ) -> Move:
        """Shift two cells up and two down, keeping rows and columns."""
        at = draw[0] * len(grids)
        grid = grids[int(at)]
        row = grid[int(draw[1] * len(grid))]
        other = grid[int(draw[2] * len(grid))]
        left = int(draw[3] * len(row))
        right = int((at - int(at)) * len(row))
        if row is other or left == right:
            return ()
        size = self._size(row[left], row[right], draw, unit)
        return self._inside(
            (
                (row[left], size),
                (row[right], -size),
                (other[left], -size),
                (other[right], size),
            )
        )

    def _size(self, first: int, second: int, draw: list[float], unit: int) -> int:
        stride = max(self._stride[first], self._stride[second], unit)
        span = (self._high[first] - self._low[first]) // (4 * stride)
        size = stride * (1 + int(draw[4] ** 4 * span))
        return size if draw[5] < 0.5 else -size

    def _inside(self, move: Move) -> Move:
        """Return a move if it keeps to the scale of every cell."""
        for cell, change in move:
            value = self.values[cell] + change
            if not change or value < self._low[cell] or value > self._high[cell]:
                return ()
            if change % self._stride[cell]:
                return ()
        return move

    def _try(self, move: Move, allowed: float) -> float:
        """Make a move, unless the penalty rises by more than is allowed."""
        summaries, signs, members = self._touched(move)
        self._shift(move)
        rise = _MISCOUNT * self._reclassify(members) if members else 0.0
        away = []
        for at in summaries:
            new = self._summaries[at].distance(
                self._total[at], self._squares[at], self._term
            )
            away.append(new)
            rise += new - self._away[at]
        broken = [self._break(at) for at in signs]
        for at, new in zip(signs, broken, strict=True):
            rise += new - self._broken[at]
        if rise > allowed:
            self._shift([(cell, -change) for cell, change in move])
            self._reclassify(members)
            return 0.0
        for at, new in zip(summaries, away, strict=True):
            self._away[at] = new
        for at, new in zip(signs, broken, strict=True):
            self._broken[at] = new
        return rise

    def _touched(self, move: Move) -> tuple[set[int], set[int], set[int]]:
        """Return the summaries, signs and members that the cells of a move bear on."""
        cells = [cell for cell, _ in move]
        for cell in cells:
            if cell not in self._bears_on:
                terms = self._terms_of[cell]
                self._bears_on[cell] = (
                    {at for term in terms for at in self._summaries_of[term]},
                    {at for term in terms for at in self._signs_of[term]},
                    {at for term in terms for at in self._members_of[term]},
                )
        first, *others = [self._bears_on[cell] for cell in cells]
        for other in others:
            first = (first[0] | other[0], first[1] | other[1], first[2] | other[2])
        return first

    def _shift(self, move: Iterable[tuple[int, int]]) -> None:
        """Change cells and all sums over them."""
        for cell, change in move:
            self.values[cell] += change
            for term in self._terms_of[cell]:
                old = self._term[term]
                self._term[term] = old + change
                more = change * (2 * old + change)
                for at in self._summaries_of[term]:
                    self._total[at] += change
                    self._squares[at] += more

    def _reclassify(self, members: set[int]) -> int:
        """Count members of classes anew; return the change of the miscount."""
        change = 0
        for at in members:
            terms, classes_of = self._members[at]
            new = classes_of(*[self._term[term] for term in terms])
            old = self._classes[at]
            if new == old:
                continue
            self._classes[at] = new
            for name, more in [(o, -1) for o in old] + [(n, 1) for n in new]:
                excess = self._excess[name]
                self._excess[name] = excess + more
                change += abs(excess + more) - abs(excess)
        return change

    def _break(self, at: int) -> float:
        before, after, sign = self._signs[at]
        change = self._term[after] - self._term[before]
        if sign == 0:
            return _BROKEN * abs(change)
        return _BROKEN * max(0, 1 - sign * change)
