"""What rank tests see of a patient: a side, a place, and moments in their windows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rejia.ensemble.certify_windows import Stratum, Windows

NEITHER, ABOVE, BELOW = 0, 1, 2
# Kinds of patients that a programme is given; more would be slow, not wrong.
MOST = 40_000


@dataclass(frozen=True, slots=True)
class Space:
    """
    Kinds of patients, stratum by stratum.

    The statistic is the number of pairs of one patient above and one below in which the
    former has the larger place; a pair with equal places counts half.

    Attributes
    ----------
    side, place : numpy.ndarray
        By kind: `ABOVE`, `BELOW` or `NEITHER`; and a whole number.
    starts, sizes : numpy.ndarray
        Where the kinds of each stratum begin; how many patients it has.
    moments : numpy.ndarray
        ``[2 * block, kind]``: value and squared value, scaled, where a block holds the
        stratum, else 0.
    points : tuple of numpy.ndarray
        By block: sums and sums of squares that are allowed, ``[point, 2]``; means of
        these are.
    least : int
        No place is smaller.
    paired : bool
        Whether sides are signs of differences, so that they are free: then ranks are
        those of all who are above or below.
    """

    side: np.ndarray
    place: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    moments: np.ndarray
    points: tuple[np.ndarray, ...]
    least: int
    paired: bool

    @property
    def stratum(self) -> np.ndarray:
        """Stratum of each kind."""
        lengths = np.diff([*self.starts, len(self.side)])
        return np.repeat(np.arange(len(self.starts)), lengths)

    @property
    def patients(self) -> int:
        """Patients whose ranks count: all who may be above or below."""
        if self.paired:
            return int(self.sizes.sum())
        return self.on(ABOVE) + self.on(BELOW)

    def on(self, side: int) -> int:
        """Return how many patients of two samples are on a side."""
        return int(self.sizes[self.side[self.starts] == side].sum())


def two_samples(case: Windows, above: Sequence[str], below: Sequence[str]) -> Space:
    """
    Return the space of a Mann-Whitney test: places are values, sides are groups.

    Parameters
    ----------
    case : Windows
        Demands on the column.
    above, below : sequence of str
        Groups.
    """
    sides, places, moments = [], [], []
    for one in case.strata:
        values = np.arange(one.low, one.high + 1)
        side = ABOVE if one.group in above else BELOW if one.group in below else NEITHER
        sides.append(np.full(len(values), side))
        places.append(values)
        moments.append(_moments(values, one, case))
    points = tuple(case.corners(block) for block in range(len(case.blocks)))
    sizes = [one.n for one in case.strata]
    return _joined(sides, places, moments, sizes, points, paired=False)


def two_visits(before: Windows, after: Windows, *, rising: bool) -> Space | None:
    """
    Return the space of a Wilcoxon test: places are sizes of differences.

    Parameters
    ----------
    before, after : Windows
        Demands on both columns, of the same groups.
    rising : bool
        Whether those above are the patients whose value rises; else it falls.

    Returns
    -------
    Space or None
        None if both columns of a group have several strata, or kinds are too many.
    """
    pairs = _in_common(before, after)
    kinds = sum((x.high - x.low + 1) * (y.high - y.low + 1) for x, y in pairs)
    if not 0 < kinds <= MOST:
        return None
    sides, places, moments, sizes = [], [], [], []
    for x, y in pairs:
        width = y.high - y.low + 1
        values = np.arange(x.low, x.high + 1)
        first = np.repeat(values, width)
        second = np.tile(np.arange(y.low, y.high + 1), len(values))
        change = (second - first) if rising else (first - second)
        sides.append(np.choose(np.sign(change) + 1, (BELOW, NEITHER, ABOVE)))
        places.append(np.abs(change))
        rows = [_moments(first, x, before), _moments(second, y, after)]
        moments.append(np.vstack(rows))
        sizes.append(min(x.n, y.n))
    points = tuple(
        case.corners(block)
        for case in (before, after)
        for block in range(len(case.blocks))
    )
    return _joined(sides, places, moments, sizes, points, paired=True)


def _in_common(before: Windows, after: Windows) -> list[tuple[Stratum, Stratum]]:
    """Return strata of both columns with patients in common; none if unknown."""
    found = []
    for group in dict.fromkeys(one.group for one in before.strata):
        first = [one for one in before.strata if one.group == group]
        second = [one for one in after.strata if one.group == group]
        if len(first) > 1 and len(second) > 1:
            return []
        found += [(x, y) for x in first for y in second]
    return found


def _moments(values: np.ndarray, stratum: Stratum, case: Windows) -> np.ndarray:
    u = (values - case.centre) / case.scale
    rows = np.zeros((2 * len(case.blocks), len(values)))
    for block in stratum.blocks:
        rows[2 * block], rows[2 * block + 1] = u, u * u
    return rows


def _joined(
    sides: Sequence[np.ndarray],
    places: Sequence[np.ndarray],
    moments: Sequence[np.ndarray],
    sizes: Sequence[int],
    points: tuple[np.ndarray, ...],
    *,
    paired: bool,
) -> Space:
    place = np.concatenate(places)
    lengths = [len(one) for one in sides]
    return Space(
        np.concatenate(sides),
        place,
        np.cumsum([0, *lengths[:-1]]),
        np.array(sizes, float),
        np.hstack(moments),
        points,
        1 if paired else int(place.min()),
        paired,
    )
