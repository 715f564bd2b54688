"""Dependence between columns of an ensemble, with every margin kept exactly."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rejia.ensemble.model import Ensemble
from rejia.ensemble.named import callable_as_named

_CHUNK = 1024
callable_as_named(__name__)


def couple(
    ensemble: Ensemble,
    pairs: Sequence[tuple[str, str]],
    rho: float,
    *,
    seed: int,
) -> Ensemble:
    """
    Give pairs of columns a rank correlation within groups.

    Parameters
    ----------
    ensemble : Ensemble
        Cohorts.
    pairs : sequence of (str, str)
        The second column of each is put in a new order, and the columns that a
        rule links to it with it.
    rho : float
        Correlation of normal scores, from -1 (antimonotone) to 1 (comonotone).
    seed : int
        Each block of 1,024 cohorts of each pair has a stream of its own.

    Returns
    -------
    Ensemble
        Without diagnostics. Values of each group are those of before in another
        order, so every printed summary holds as before.

    Raises
    ------
    ValueError
        If `rho` is outside [-1, 1], a column is put in order twice, or the two
        columns of a pair are linked by a rule.

    Notes
    -----
    The reordering of Iman and Conover [1]_: van der Waerden scores of the first
    column's ranks, ties broken at random, are mixed with independent scores; the
    second column is put in the order of the mixture. In a group of n patients the
    correlation scatters about `rho` by about ``1 / sqrt(n)``.

    References
    ----------
    .. [1] Iman RL, Conover WJ. A distribution-free approach to inducing rank
       correlation among input variables. Commun Stat Simul 1982;11:311-334.
    """
    if not -1.0 <= rho <= 1.0:
        raise ValueError(f"rho must be from -1 to 1, but got {rho}")
    values = ensemble.values.copy()
    ordered: set[str] = set()
    for number, (first, second) in enumerate(pairs):
        moved = _moved(ensemble, second)
        if first in moved:
            raise ValueError(f"{first} and {second} are linked by a rule")
        if ordered & moved:
            raise ValueError(f"{second} is put in order twice")
        ordered |= moved
        places = [ensemble.place(name) for name in sorted(moved)]
        at = (ensemble.place(first), ensemble.place(second))
        for block, start in enumerate(range(0, ensemble.cohorts, _CHUNK)):
            sequence = np.random.SeedSequence(seed, spawn_key=(number, block))
            rng = np.random.Generator(np.random.PCG64(sequence))
            piece = values[:, :, start : start + _CHUNK]
            for group in range(len(ensemble.groups)):
                _reorder(piece, ensemble.group == group, at, places, rho, rng)
    return replace(ensemble, values=values, diagnostics=())


def _moved(ensemble: Ensemble, column: str) -> set[str]:
    """Return a column with those that rules link to it."""
    ensemble.place(column)
    for linked in ensemble.linked:
        if column in linked:
            return set(linked)
    return {column}


def _reorder(
    values: np.ndarray,
    members: np.ndarray,
    at: tuple[int, int],
    places: Sequence[int],
    rho: float,
    rng: np.random.Generator,
) -> None:
    """Reorder columns within a group of each cohort, in place."""
    from scipy.special import ndtri

    rows = np.flatnonzero(members)
    n, cohorts = len(rows), values.shape[2]
    if n < 2:
        return
    scores = ndtri(np.arange(1, n + 1) / (n + 1))
    known = scores[_ranks(values[at[0]][rows], rng)]
    noise = rng.permuted(np.tile(scores[:, None], (1, cohorts)), axis=0)
    wanted = rho * known + np.sqrt(1.0 - rho * rho) * noise
    rank_wanted = np.argsort(np.argsort(wanted, axis=0), axis=0)
    sorted_second = np.argsort(_keys(values[at[1]][rows], rng), axis=0)
    order = np.take_along_axis(sorted_second, rank_wanted, axis=0)
    for place in places:
        values[place][rows] = np.take_along_axis(values[place][rows], order, axis=0)


def _keys(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return values with ties broken at random."""
    return values + rng.random(values.shape)


def _ranks(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.argsort(np.argsort(_keys(values, rng), axis=0), axis=0)
