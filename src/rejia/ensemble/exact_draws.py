"""Columns drawn exactly: which fit a programme, and independent draws from it."""

from collections.abc import Mapping, Sequence

import numpy as np

from rejia.ensemble.chains import Link
from rejia.ensemble.exact import Programme, build, demand, forecast
from rejia.ensemble.model import Spec
from rejia.errors import DataError

EXACT_MEGABYTES, EXACT_SECONDS = 16.0, 0.1
_BATCHES = 2_000


def fits_exactly(spec: Spec, link: Link) -> bool:
    """Say whether all groups of a link fit the exact programme."""
    if len(link.bases) > 1:
        return False
    name = link.bases[0]
    cells = spec.cells_of(name)
    if any(c.lowest is not None or c.highest is not None for c in cells):
        return False
    forecasts = [forecast(demand(spec, name, label)) for label, _ in spec.groups]
    return (
        sum(f.megabytes for f in forecasts) <= EXACT_MEGABYTES
        and sum(f.seconds for f in forecasts) <= EXACT_SECONDS
    )


def exact_programmes(
    spec: Spec, column: str, weights: Mapping[str, np.ndarray] | None
) -> tuple[Programme, ...]:
    """
    Build the programme of each group of a column.

    Raises
    ------
    DataError
        If some group has no vector that fits: a proof.
    """
    built = []
    for at, (label, _) in enumerate(spec.groups):
        asked = demand(spec, column, label)
        weight = None
        if weights is not None and asked.sums:
            start = asked.low - spec.column(column).low
            used = weights[column][at, start : start + asked.high - asked.low + 1]
            weight = np.exp(used - used.max())
        programme = build(asked, weight)
        if not len(programme.mass):
            facts = [f for c in spec.cells_of(column) for f in c.facts]
            raise DataError(
                f"no cohort fits spec {spec.id}:",
                [f"{column}, {label}: the count of vectors is 0 ({', '.join(facts)})"],
            )
        built.append(programme)
    return tuple(built)


def draw_exact(
    spec: Spec,
    column: str,
    programmes: Sequence[Programme],
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """
    Draw a column exactly, independently from cohort to cohort.

    Parameters
    ----------
    spec, column : Spec, str
        Cells of merges are met by rejection of final states.
    programmes : sequence of Programme
        One a group.
    draws : int
        Cohorts.
    rng : numpy.random.Generator
        Stream of the block.

    Returns
    -------
    numpy.ndarray
        int32 ``[patient, cohort]``.

    Raises
    ------
    DataError
        If no combination of groups was met that fits a merge.
    """
    labels = [label for label, _ in spec.groups]
    merged = [cell for cell in spec.cells_of(column) if len(cell.groups) > 1]
    totals = [programme.original() for programme in programmes]
    kept: list[np.ndarray] = []
    count = 0
    for _ in range(_BATCHES):
        states = np.stack([p.states(4 * draws, rng) for p in programmes])
        good = np.ones(4 * draws, np.bool_)
        for cell in merged:
            of = [labels.index(label) for label in cell.groups]
            s = np.sum([totals[g][0][states[g]] for g in of], axis=0)
            q = np.sum([totals[g][1][states[g]] for g in of], axis=0)
            spread = cell.n * q - s * s
            good &= (s >= cell.sum_low) & (s <= cell.sum_high)
            good &= (spread >= cell.spread_low) & (spread <= cell.spread_high)
        kept.append(states[:, good])
        count += int(good.sum())
        if count >= draws:
            chosen = np.concatenate(kept, axis=1)[:, :draws]
            pieces = [
                p.vectors(of, rng) for p, of in zip(programmes, chosen, strict=True)
            ]
            return np.ascontiguousarray(np.concatenate(pieces, axis=1).T)
    raise DataError(
        f"spec {spec.id} cannot be sampled:",
        [f"{column}: {_BATCHES * 4 * draws} combinations of groups miss its merges"],
    )
