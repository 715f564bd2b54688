"""Hulls on disk, between the search for them and what is made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from rejia.ensemble._battery_tests import Row, find_rows
from rejia.ensemble.blocks import write_blocks
from rejia.ensemble.hulls import Hull, Hulls
from rejia.ensemble.model import Ensemble, Spec

_FIELDS = ("low", "high", "at_low", "at_high")


def write_hulls(path: Path, hulls: Mapping[str, Hulls]) -> None:
    """
    Write the hulls of several specs; the same hulls give the same bytes.

    Parameters
    ----------
    path : Path
        File.
    hulls : mapping of str to Hulls
        By name of the spec.
    """
    arrays: dict[str, np.ndarray] = {}
    for name, one in hulls.items():
        arrays[f"{name}-values"] = one.witnesses.values
        arrays[f"{name}-rows"] = np.array([row for row, _ in one.found], np.int64)
        arrays[f"{name}-cells"] = np.array([cell for _, cell in one.found], np.str_)
        for field in _FIELDS:
            found = [getattr(hull, field) for hull in one.found.values()]
            arrays[f"{name}-{field}"] = np.array(found)
    write_blocks(path, arrays)


def read_hulls(path: Path, spec: Spec, starts: Ensemble) -> Hulls:
    """
    Read the hulls of one spec.

    Parameters
    ----------
    path : Path
        Written by `write_hulls`.
    spec : Spec
        Whose hulls they are.
    starts : Ensemble
        Cohorts of the spec, where the searches began.

    Returns
    -------
    Hulls
    """
    with np.load(path, allow_pickle=False) as file:
        rows, cells, values, low, high, at_low, at_high = (
            file[f"{spec.id}-{name}"] for name in ("rows", "cells", "values", *_FIELDS)
        )
    found = {
        (int(row), str(cell)): Hull(float(a), float(b), int(c), int(d))
        for row, cell, a, b, c, d in zip(
            rows, cells, low, high, at_low, at_high, strict=True
        )
    }
    witnesses = replace(starts, values=np.ascontiguousarray(values), diagnostics=())
    return Hulls(_index(spec, starts.groups), found, witnesses)


def _index(spec: Spec, groups: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows of the battery of a spec."""
    units = {column.name: column.unit for column in spec.columns}
    rows = [find_rows(test, units, tuple(groups)) for test in spec.tests]
    return tuple(row for several in rows for row in several)
