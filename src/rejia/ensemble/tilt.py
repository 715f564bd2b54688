"""What each group of a link is asked, and a law of one patient tilted towards it.

Where every patient of a group is drawn independently from a law whose density is that
of the wanted law times ``exp(tilt . t)``, with ``t`` the sums and sums of squares that
the windows are about, all vectors with the same ``t`` keep their proportions. The tilt
that brings the expected ``t`` to the middle of the windows makes them most frequent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rejia.ensemble.model import Cell, Spec
from rejia.ensemble.walk_state import Problem

_PASSES = 50  # of drawing in windows; each only narrows them
_STEPS = 100  # of Newton
_CLOSE = 1e-6  # to the optimum, in SDs of one patient
_ROUND = 1e-3  # below this, the size of a tilt is rounded off
_MISSED = 0.1  # SDs of one patient by which a window may be missed
_WIDEST = 1 << 60


@dataclass(frozen=True, slots=True)
class Windows:
    """
    Closed windows of sums and sums of squares: int64 ``[coordinate, group, 2]``.

    Attributes
    ----------
    sums, squares : numpy.ndarray
        Drawn in by what groups, totals and linked columns ask of each other.
    spreads : numpy.ndarray
        Of ``n * sum(x * x) - sum(x) ** 2``, as the cells of a group alone ask.
    """

    sums: np.ndarray
    squares: np.ndarray
    spreads: np.ndarray


@dataclass(frozen=True, slots=True)
class Tilted:
    """
    Law of one patient of a group.

    Attributes
    ----------
    n : int
        Patients.
    values : numpy.ndarray
        What a patient can have: int64 ``[cell, base]``.
    holds : numpy.ndarray
        Bits of the ends of ranges that each cell attains: int64 ``[cell]``.
    logs : numpy.ndarray
        Logarithm of the tilted density of each cell, but for a constant.
    tilt : numpy.ndarray
        By sum and sum of squares of each coordinate: float64 ``[coordinate, 2]``.
    """

    n: int
    values: np.ndarray
    holds: np.ndarray
    logs: np.ndarray
    tilt: np.ndarray


def windows(spec: Spec, columns: Sequence[str], problem: Problem) -> Windows | None:
    """
    Draw in the windows of each group by those of totals and of linked columns.

    Parameters
    ----------
    spec : Spec
        Demands.
    columns : sequence of str
        Of the link; the third coordinate of a link by sign has none.
    problem : Problem
        Scales of the patients, and weights of the bases in the third coordinate.

    Returns
    -------
    Windows or None
        None where some window is empty; a cohort that fits is inside all windows.
    """
    sizes = [size for _, size in spec.groups]
    coords, link = len(problem.low), problem.link
    first = np.cumsum([0, *sizes[:-1]])
    n = np.array(sizes)
    low, high = problem.low[:, first], problem.high[:, first]
    sums = np.stack([n * low, n * high], axis=2)
    top = np.maximum(np.abs(low), np.abs(high))
    squares = np.stack([np.zeros_like(top), n * top * top], axis=2)
    spreads = np.zeros((coords, len(n), 2), np.int64)
    spreads[:, :, 1] = _WIDEST
    places = {label: at for at, (label, _) in enumerate(spec.groups)}
    cells = [
        (at, [places[label] for label in cell.groups], cell)
        for at, name in enumerate(columns)
        for cell in spec.cells_of(name)
    ]
    for at, groups, cell in cells:
        if len(groups) == 1:
            _narrow(spreads[at, groups[0]], cell.spread_low, cell.spread_high)
    for _ in range(_PASSES):
        before = sums.copy(), squares.copy()
        for at, groups, cell in cells:
            _share(sums[at], groups, (cell.sum_low, cell.sum_high))
            _share(squares[at], groups, _squares(cell, sums[at, groups].sum(axis=0)))
        if coords == 3:
            _join(sums, link)
        if (sums[..., 0] > sums[..., 1]).any() or (
            squares[..., 0] > squares[..., 1]
        ).any():
            return None
        if (sums == before[0]).all() and (squares == before[1]).all():
            break
    return Windows(sums, squares, spreads)


def _narrow(window: np.ndarray, low: int, high: int) -> None:
    window[0], window[1] = max(int(window[0]), low), min(int(window[1]), high)


def _share(found: np.ndarray, groups: Sequence[int], whole: tuple[int, int]) -> None:
    """Draw in the windows of groups by that of their sum, in place."""
    for g in groups:
        rest = found[groups].sum(axis=0) - found[g]
        _narrow(found[g], whole[0] - int(rest[1]), whole[1] - int(rest[0]))


def _squares(cell: Cell, sums: np.ndarray) -> tuple[int, int]:
    """Return the window of the sum of squares of a cell over its possible sums."""
    low, high = max(cell.sum_low, int(sums[0])), min(cell.sum_high, int(sums[1]))
    least = 0 if low <= 0 <= high else min(low * low, high * high)
    most = max(low * low, high * high)
    return -(-(cell.spread_low + least) // cell.n), (cell.spread_high + most) // cell.n


def _join(sums: np.ndarray, link: np.ndarray) -> None:
    """Draw in the windows of the sums of three linked coordinates, in place."""
    for g in range(sums.shape[1]):
        terms = [(0, int(link[0])), (1, int(link[1])), (2, -1)]
        for at, factor in terms:
            ends = [
                sorted((-other * int(sums[c, g, 0]), -other * int(sums[c, g, 1])))
                for c, other in terms
                if c != at
            ]
            low, high = (sum(end[side] for end in ends) for side in (0, 1))
            if factor < 0:
                low, high = -high, -low
            _narrow(sums[at, g], low, high)


def tilted(
    problem: Problem,
    found: Windows,
    group: int,
) -> Tilted | None:
    """
    Tilt the law of one patient of a group to the middle of its windows.

    Parameters
    ----------
    problem : Problem
        Scales, ends to attain, and law.
    found : Windows
        Of all groups.
    group : int
        Its place.

    Returns
    -------
    Tilted or None
        None where no tilt reaches the middle.
    """
    members = np.flatnonzero(problem.group == group)
    low, high = problem.low[:, members[0]], problem.high[:, members[0]]
    ends = problem.low[:, members], problem.high[:, members]
    if (ends[0] != low[:, None]).any() or (ends[1] != high[:, None]).any():
        return None
    bases = min(len(low), 2)
    grids = [np.arange(low[b], high[b] + 1) for b in range(bases)]
    values = np.stack(np.meshgrid(*grids, indexing="ij"), axis=-1).reshape(-1, bases)
    if bases == 2:
        third = values @ problem.link
        values = values[(third >= low[2]) & (third <= high[2])]
    logs = np.zeros(len(values))
    for b in range(len(problem.law)):
        # Of columns that are tied, the first alone weighs.
        if b == 0 or not problem.tied[members[0]]:
            logs += problem.law[b, group, values[:, b] - problem.law_low[b]]
    values, logs = values[logs > -np.inf], logs[logs > -np.inf]
    if not len(values):
        return None
    points = values if bases == 1 else np.column_stack([values, values @ problem.link])
    holds = np.zeros(len(values), np.int64)
    for e, (coord, value) in enumerate(
        zip(problem.end_coord, problem.end_value, strict=True)
    ):
        if problem.end_member[e, members[0]]:
            holds |= (points[:, coord] == value).astype(np.int64) << e
    n = len(members)
    tilt = _solve(points, logs, n, found, group)
    if tilt is None:
        return None
    logs = logs + points @ tilt[:, 0] + points**2 @ tilt[:, 1]
    return Tilted(n, values, holds, logs, tilt)


def _solve(
    points: np.ndarray, logs: np.ndarray, n: int, found: Windows, group: int
) -> np.ndarray | None:
    """
    Return the tilt of the law of most entropy whose means are inside the windows.

    Its dual is convex: the logarithm of the mass, less the middle of each window times
    its tilt, plus half the width of the window times the size of the tilt.
    """
    asked, features, middles, halves = [], [], [], []
    for c in range(points.shape[1]):
        low, high = (int(end) for end in found.sums[c, group])
        least, most = (int(end) for end in found.spreads[c, group])
        middle = (low + high) / 2 / n
        if c < 2:
            asked.append((c, 0))
            features.append(points[:, c].astype(np.float64))
            middles.append(middle)
            halves.append((high - low) / 2 / n)
        ends = [max(least / n**2 + middle**2, found.squares[c, group, 0] / n)]
        ends += [min(most / n**2 + middle**2, found.squares[c, group, 1] / n)]
        asked.append((c, 1))
        features.append(points[:, c].astype(np.float64) ** 2)
        middles.append(sum(ends) / 2)
        halves.append(max(ends[1] - ends[0], 0.0) / 2)
    table = np.array(features).T
    centre, scale = table.mean(axis=0), table.std(axis=0)
    scale[scale == 0.0] = 1.0
    table = (table - centre) / scale
    aim, width = (np.array(middles) - centre) / scale, np.array(halves) / scale

    def dual(theta: np.ndarray) -> tuple[float, np.ndarray]:
        terms = logs + table @ theta
        top = terms.max()
        mass = np.exp(terms - top)
        size = np.sqrt(theta**2 + _ROUND**2)
        value = top + np.log(mass.sum()) - theta @ aim + width @ size
        return float(value), mass / mass.sum()

    theta = np.zeros(len(asked))
    value, mass = dual(theta)
    for _ in range(_STEPS):
        mean = mass @ table
        size = np.sqrt(theta**2 + _ROUND**2)
        slope = mean - aim + width * theta / size
        if np.abs(slope).max() < _CLOSE:
            break
        bend = (table * mass[:, None]).T @ table - np.outer(mean, mean)
        bend += np.diag(width * _ROUND**2 / size**3)
        step = np.linalg.lstsq(bend, slope, rcond=1e-13)[0]
        part = 1.0
        while part > 1e-9:
            after, other = dual(theta - part * step)
            if after < value:
                break
            part /= 2
        else:
            break
        theta, value, mass = theta - part * step, after, other
    if (np.abs(mass @ table - aim) > width + _MISSED).any():
        return None
    tilt = np.zeros((points.shape[1], 2))
    for (c, power), one in zip(asked, theta / scale, strict=True):
        tilt[c, power] = one
    return tilt
