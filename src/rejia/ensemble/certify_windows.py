"""Windows of one column as a polytope of counts, scaled for proofs by duality."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import isqrt

import numpy as np

from rejia.ensemble.exact import Demand, demand
from rejia.ensemble.feasible import squares
from rejia.ensemble.model import Cell, Spec


@dataclass(frozen=True, slots=True)
class Block:
    """
    Patients whose sums are bound together.

    Attributes
    ----------
    n : int
        Patients.
    points : tuple of (int, int)
        Sums and sums of squares, in steps: each attainable pair is a mean of some.
    """

    n: int
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Stratum:
    """
    Patients of one group who may have the same values.

    Attributes
    ----------
    n : int
        Patients.
    low, high : int
        Ends of their values, in steps.
    group : str
        Their group.
    blocks : tuple of int
        Places of the blocks that hold them.
    """

    n: int
    low: int
    high: int
    group: str
    blocks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Windows:
    """
    What a spec demands of a column, patient by patient and block by block.

    Attributes
    ----------
    strata : tuple of Stratum
        Everyone, once.
    blocks : tuple of Block
        Groups, and unions of groups of which more is printed.
    centre, scale : int
        Proofs read a value x, in steps, as ``(x - centre) / scale``.
    """

    strata: tuple[Stratum, ...]
    blocks: tuple[Block, ...]
    centre: int
    scale: int

    def values(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all values, scaled, stratum by stratum, and where each begins."""
        pieces = [np.arange(one.low, one.high + 1) for one in self.strata]
        starts = np.cumsum([0, *(len(piece) for piece in pieces[:-1])])
        return (np.concatenate(pieces) - self.centre) / self.scale, starts

    def corners(self, block: int) -> np.ndarray:
        """Return the points of a block, scaled: float64 ``[point, 2]``."""
        one, m, s = self.blocks[block], self.centre, self.scale
        return np.array(
            [
                ((total - one.n * m) / s, (q - 2 * m * total + one.n * m * m) / s**2)
                for total, q in one.points
            ]
        )


_CASES = 12


def windows(
    spec: Spec,
    column: str,
    groups: Sequence[str] | None = None,
    *,
    holders: bool = True,
) -> tuple[Windows, ...]:
    """
    Return the demands on one column, in a form that proofs by duality read.

    Parameters
    ----------
    spec : Spec
        Demands; links to other columns are left out, so that every cohort that fits the
        spec fits the windows of some case.
    column : str
        Name of the column.
    groups : sequence of str or None
        Groups of the proof; everyone if None.
    holders : bool
        Whether it matters that somebody attains the ends of a range; else there is one
        case.

    Returns
    -------
    tuple of Windows
        One a case: which groups hold the ends of ranges that somebody attains. Ends are
        left out if there were more than `_CASES` cases. Empty if no vector of some
        group fits.
    """
    names = [label for label, _ in spec.groups if groups is None or label in groups]
    asked = [demand(spec, column, name) for name in names]
    if any(not one.sums or one.low > one.high for one in asked):
        return ()
    blocks = [Block(one.n + one.zeros, _points(one.sums)) for one in asked]
    members = [[at] for at in range(len(names))]
    cells = [cell for cell in spec.cells_of(column) if set(cell.groups) <= set(names)]
    for cell in cells:
        if len(cell.groups) > 1:
            within = [at for at, name in enumerate(names) if name in cell.groups]
            points = _union_points(cell, [asked[at] for at in within])
            if not points:
                return ()
            blocks.append(Block(cell.n, points))
            members.append(within)
    strata = []
    for at, (name, one) in enumerate(zip(names, asked, strict=True)):
        mine = tuple(place for place, within in enumerate(members) if at in within)
        if one.n:
            strata.append(Stratum(one.n, one.low, one.high, name, mine))
        if one.zeros:
            strata.append(Stratum(one.zeros, 0, 0, name, mine))
    whole = Windows(tuple(strata), tuple(blocks), *_centre(asked))
    if not holders:
        return (whole,)
    return tuple(replace(whole, strata=case) for case in _cases(whole.strata, cells))


def _cases(
    strata: tuple[Stratum, ...], cells: Sequence[Cell]
) -> Iterator[tuple[Stratum, ...]]:
    """Yield the strata with the holders of attained ends apart."""
    ends = [
        (cell, value)
        for cell in cells
        for value in dict.fromkeys((cell.lowest, cell.highest))
        if value is not None
    ]
    # Two cells may speak of one patient; then nobody is set apart.
    values = [value for _, value in ends]
    holders = [
        [
            at
            for at, one in enumerate(strata)
            if one.group in cell.groups and one.low <= value <= one.high
        ]
        for cell, value in ends
    ]
    cases = 1
    for places in holders:
        cases *= len(places)
    if len(values) > len(set(values)) or cases > _CASES:
        holders = []
    for chosen in product(*holders):
        left = [one.n - chosen.count(at) for at, one in enumerate(strata)]
        if min(left) < 0:
            continue
        apart = [
            Stratum(1, value, value, strata[at].group, strata[at].blocks)
            for at, value in zip(chosen, values, strict=False)
        ]
        rest = [replace(one, n=n) for one, n in zip(strata, left, strict=True) if n]
        yield (*rest, *apart)


def _points(sums: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, int], ...]:
    pairs = [(total, q) for total, *ends in sums for q in ends]
    return tuple(dict.fromkeys(pairs))


def _union_points(cell: Cell, parts: Sequence[Demand]) -> tuple[tuple[int, int], ...]:
    """Return the points of a union: what its own cell and its groups allow."""
    low = max(cell.sum_low, sum(one.sums[0][0] for one in parts))
    high = min(cell.sum_high, sum(one.sums[-1][0] for one in parts))
    least = sum(min(q for _, q, _ in one.sums) for one in parts)
    most = sum(max(q for _, _, q in one.sums) for one in parts)
    found = []
    for total in range(low, high + 1):
        a, b = squares(cell, total)
        if max(a, least) <= min(b, most):
            found.append((total, max(a, least), min(b, most)))
    return _points(found)


def _centre(asked: Sequence[Demand]) -> tuple[int, int]:
    """Return the rounded mean and SD of everyone."""
    n = sum(one.n + one.zeros for one in asked)
    total = sum(one.sums[0][0] + one.sums[-1][0] for one in asked)
    squared = sum(one.sums[0][1] + one.sums[-1][2] for one in asked)
    mean = round(total / (2 * n))
    spread = max(0, squared // (2 * n) - (total // (2 * n)) ** 2)
    return mean, max(1, isqrt(spread))
