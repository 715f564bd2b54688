"""Rank tests of all cohorts of a piece: choose types and engine, call the kernels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from rejia.ensemble._battery_lanes import Floats, Lanes
from rejia.ensemble._battery_order import (
    BLOCK,
    LANES,
    NETWORK_ROWS,
    Integers,
    contrast_blocks,
    correlate_ranks,
    difference_blocks,
    key_type,
    pack_differences,
    pack_groups,
    scan_contrasts,
    scan_differences,
    sorting_network,
    sum_type,
)

ZEROS = ("drop", "pratt", "keep")
STEPS = {"normal": 0.0, "normal_corrected": 0.5}


@dataclass(frozen=True, slots=True)
class Contrast:
    """Places of the groups of two samples, and the method of the p-value."""

    group: tuple[int, ...]
    reference: tuple[int, ...]
    method: str


def rank_sums(
    values: Lanes,
    group: Lanes,
    contrasts: Sequence[Contrast],
    u: Floats,
    z: Floats,
) -> None:
    """
    Write U and z of all contrasts of one column.

    Parameters
    ----------
    values : array of int, [patient, cohort]
        The column.
    group : array of int
        Group of each patient.
    contrasts : sequence of Contrast
        Rows of `u` and `z`.
    u, z : array of float, [contrast, cohort]
        Filled; `nan` where a sample is empty or all values are tied.
    """
    used = sorted({g for c in contrasts for g in (*c.group, *c.reference)})
    rows = np.flatnonzero(np.isin(group, used)).astype(np.int64)
    if not rows.size:
        u[:], z[:] = np.nan, np.nan
        return
    low, high = int(values[rows].min()), int(values[rows].max())
    shift = len(used)
    # Arithmetic modulo the size of a type: what fits in the end need not before.
    kind = key_type(((high - low + 1) << shift) - 1)
    codes = (1 << np.searchsorted(used, group[rows])).astype(kind)
    sides = [(c.group, c.reference) for c in contrasts]
    masks = np.array([[_mask(side, used) for side in pair] for pair in sides], kind)
    sizes = np.array(
        [[int(np.isin(group, side).sum()) for side in pair] for pair in sides], np.int64
    )
    steps = np.array([STEPS[c.method] for c in contrasts])
    if rows.size <= NETWORK_ROWS:
        keys = np.empty((rows.size, BLOCK), kind)
        state = np.empty(6 * LANES, sum_type(rows.size))
        network = sorting_network(rows.size)
        contrast_blocks(
            *(values, rows, low, shift, codes, network, masks),
            *(sizes, steps, keys, state, u, z),
        )
        return
    keys = (values[rows].astype(np.int64) - low).astype(kind)
    pack_groups(keys, 0, shift, codes)
    keys = _sort_columns(keys)
    state = np.empty(6 * LANES, sum_type(rows.size))
    scan_contrasts(keys, shift, masks, sizes, steps, state, 0, u, z)


def signed_ranks(
    before: Lanes,
    after: Lanes,
    rows: Integers,
    *,
    zeros: str,
    method: str,
    out: tuple[Floats, Floats],
) -> None:
    """
    Write W+ and z of the differences of two columns.

    Parameters
    ----------
    before, after : array of int, [patient, cohort]
        Columns of one step.
    rows : array of int
        Patients of the test.
    zeros, method : str
        As in `rejia.stats.ranks.signed_rank`.
    out : pair of array of float, [cohort]
        W+ and z, filled; `nan` where no difference is left.
    """
    w, z = out
    if not rows.size:
        w[:], z[:] = np.nan, np.nan
        return
    ends = [int(end) for v in (before, after) for end in (v.min(), v.max())]
    kind = key_type(2 * (max(ends) - min(ends)) + 1)
    way, step = ZEROS.index(zeros), 4.0 * STEPS[method]
    if rows.size <= NETWORK_ROWS:
        keys, second = (np.empty((rows.size, BLOCK), kind) for _ in range(2))
        state = np.empty(7 * LANES, sum_type(rows.size))
        network = sorting_network(rows.size)
        difference_blocks(
            *(before, after, rows, network, way, step), *(keys, second, state, w, z)
        )
        return
    wide = key_type(max(map(abs, ends)) + abs(max(ends) - min(ends)) * 2)
    keys = before[rows].astype(wide)
    pack_differences(keys, after[rows].astype(wide))
    keys = _sort_columns(keys)
    state = np.empty(7 * LANES, sum_type(rows.size))
    scan_differences(keys, way, step, state, 0, w, z)


def correlations(
    x: Lanes, y: Lanes, rows: Integers, out: tuple[Floats, Floats, Floats]
) -> None:
    """
    Write Spearman's rho, Student's t and p of two columns.

    Parameters
    ----------
    x, y : array of int, [patient, cohort]
        The columns.
    rows : array of int
        Patients of the test.
    out : three arrays of float, [cohort]
        Filled; `nan` where all values of a column are tied.
    """
    rho, t, p = out
    shift = max(1, int(rows.size).bit_length())
    sorted_keys = []
    for values in (x[rows], y[rows]):
        low, high = (int(values.min()), int(values.max())) if rows.size else (0, 0)
        kind = key_type((high - low + 1) << shift)
        keys = (values.astype(np.int64) - low) << shift
        keys |= np.arange(rows.size)[:, np.newaxis]
        by_cohort = np.ascontiguousarray(keys.astype(kind).T)
        by_cohort.sort(axis=1)
        sorted_keys.append(by_cohort)
    correlate_ranks(sorted_keys[0], sorted_keys[1], shift, rho, t)
    freedom = max(rows.size - 2, 1)
    p[:] = 2.0 * stdtr(freedom, -np.abs(t))


def _mask(side: Sequence[int], used: Sequence[int]) -> int:
    return sum(1 << used.index(place) for place in side)


def _sort_columns(keys: Lanes) -> Lanes:
    """Sort each cohort, NumPy wants it in one piece; fill up the last lanes."""
    by_cohort = np.ascontiguousarray(keys.T)
    by_cohort.sort(axis=1)
    width = -(-by_cohort.shape[0] // LANES) * LANES
    padded = np.empty((by_cohort.shape[1], width), keys.dtype)
    padded[:, : by_cohort.shape[0]] = by_cohort.T
    padded[:, by_cohort.shape[0] :] = by_cohort[-1][:, np.newaxis]
    return padded
