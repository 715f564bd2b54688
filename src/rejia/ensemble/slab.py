"""Independent draws of a column by rejection from a slab around its lattice vectors.

All reals that round to a vector weigh the same. They lie in a slab that is easy to draw
from evenly: a range of sums, and a range of distances from the mean. What is drawn is
rounded, and rejected where the vector does not fit. Where the scale cuts little off,
this is faster than a chain and as exact as the programme.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rejia.ensemble.exact import demand
from rejia.ensemble.model import Spec

_TRIES = 2048
_SAMPLED = 128  # cohorts on which the price is measured
PRICE = 1500  # numbers drawn for a cohort, at most; some 20 to 40 ns each


@dataclass(frozen=True, slots=True)
class Slab:
    """
    What is demanded of a column in one group.

    Attributes
    ----------
    n : int
        Patients.
    low, high : int
        Ends of the values.
    sums, spreads : tuple of (int, int)
        Closed windows of the sum and of ``n * sum(x * x) - sum(x) ** 2``.
    """

    n: int
    low: int
    high: int
    sums: tuple[int, int]
    spreads: tuple[int, int]

    def vectors(self, rng: np.random.Generator) -> np.ndarray:
        """Draw vectors that fit: int64 ``[vector, patient]``, as many as are met."""
        n, wide = self.n, np.sqrt(self.n) / 2
        sums = rng.uniform(self.sums[0] - n / 2, self.sums[1] + n / 2, _TRIES)
        # Rounding moves a vector by at most half the root of n.
        near = max(np.sqrt(self.spreads[0] / n) - wide, 0.0)
        far = np.sqrt(self.spreads[1] / n) + wide
        share = rng.random(_TRIES) * (1.0 - (near / far) ** (n - 1))
        radius = far * (1.0 - share) ** (1.0 / max(n - 1, 1))
        away = rng.standard_normal((_TRIES, n))
        away -= away.mean(axis=1, keepdims=True)
        away *= (radius / np.sqrt((away**2).sum(axis=1)))[:, None]
        found = np.floor(sums[:, None] / n + away + 0.5)
        good = (found.min(axis=1) >= self.low) & (found.max(axis=1) <= self.high)
        whole = found[good].astype(np.int64)
        total = whole.sum(axis=1)
        spread = n * (whole**2).sum(axis=1) - total**2
        fit = (total >= self.sums[0]) & (total <= self.sums[1])
        fit &= (spread >= self.spreads[0]) & (spread <= self.spreads[1])
        return np.asarray(whole[fit])


def slabs(spec: Spec, column: str) -> tuple[Slab, ...]:
    """Return the slab of every group; none where ends or zeros are asked for."""
    cells = spec.cells_of(column)
    asked = [(c.lowest, c.highest, c.zeros) for c in cells]
    if any(part is not None for one in asked for part in one):
        return ()
    found = []
    for label, n in spec.groups:
        own = [cell for cell in cells if cell.groups == (label,)]
        window = demand(spec, column, label)
        if n < 2 or not own or not window.sums:
            return ()
        found.append(
            Slab(
                n,
                window.low,
                window.high,
                (max(c.sum_low for c in own), min(c.sum_high for c in own)),
                (max(c.spread_low for c in own), min(c.spread_high for c in own)),
            )
        )
    return tuple(found)


def is_cheap(
    spec: Spec, column: str, found: Sequence[Slab], rng: np.random.Generator
) -> bool:
    """Say whether a few cohorts can be drawn for their price."""
    limit = PRICE * _SAMPLED
    return draw_slabs(spec, column, found, _SAMPLED, rng, limit=limit) is not None


def draw_slabs(
    spec: Spec,
    column: str,
    found: Sequence[Slab],
    draws: int,
    rng: np.random.Generator,
    *,
    limit: int | None = None,
) -> np.ndarray | None:
    """
    Draw a column, independently from cohort to cohort.

    Parameters
    ----------
    spec, column : Spec, str
        Cells of merges are met by rejection.
    found : sequence of Slab
        One a group.
    draws : int
        Cohorts.
    rng : numpy.random.Generator
        Stream of the block.
    limit : int or None
        Numbers to draw at most.

    Returns
    -------
    numpy.ndarray or None
        int32 ``[patient, cohort]``; None where the limit is met first.
    """
    pools = [np.empty((0, slab.n), np.int64) for slab in found]
    kept: list[np.ndarray] = []
    count, spent = 0, 0
    while count < draws:
        short = min(range(len(found)), key=lambda g: len(pools[g]))
        pools[short] = np.concatenate([pools[short], found[short].vectors(rng)])
        spent += _TRIES * found[short].n
        ready = min(len(pool) for pool in pools)
        if ready >= min(draws - count, _TRIES) or (ready and limit is not None):
            joined = np.concatenate([pool[:ready] for pool in pools], axis=1)
            pools = [pool[ready:] for pool in pools]
            kept.append(joined[_fit_merges(spec, column, joined)])
            count += len(kept[-1])
        if limit is not None and spent > limit:
            return None
    drawn = np.concatenate(kept)[:draws].T
    return np.ascontiguousarray(drawn.astype(np.int32))


def _fit_merges(spec: Spec, column: str, values: np.ndarray) -> np.ndarray:
    labels = np.repeat(
        [label for label, _ in spec.groups], [size for _, size in spec.groups]
    )
    good = np.ones(len(values), np.bool_)
    for cell in spec.cells_of(column):
        if len(cell.groups) > 1:
            part = values[:, np.isin(labels, cell.groups)]
            total = part.sum(axis=1)
            spread = cell.n * (part**2).sum(axis=1) - total**2
            good &= (total >= cell.sum_low) & (total <= cell.sum_high)
            good &= (spread >= cell.spread_low) & (spread <= cell.spread_high)
    return good
