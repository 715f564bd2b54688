"""Drawn cohorts on disk: a file holds some blocks of one spec and law."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rejia.ensemble import chains
from rejia.ensemble.model import Ensemble, Spec
from rejia.ensemble.quantities import measure
from rejia.ensemble.sampling import BLOCK, prepare
from rejia.frame import write_bytes


def draw_blocks(
    spec: Spec, *, law: str, seed: int, first: int, cohorts: int
) -> dict[str, np.ndarray]:
    """
    Draw some blocks of cohorts and measure them.

    Parameters
    ----------
    spec : Spec
        Demands.
    law : str
        Sampling law.
    seed : int
        Seed; what is drawn depends on it, the law, the spec and the block alone.
    first : int
        Number of the first block.
    cohorts : int
        Cohorts to draw; whole blocks are drawn, and the last one cut off.

    Returns
    -------
    dict of str to numpy.ndarray
        ``values`` ``[column, patient, cohort]`` in steps, and ``measured``, float64
        ``[quantity, cohort]``.
    """
    sources = prepare(spec, seed=seed, law=law)
    values, measured = [], []
    for block in range(-(-cohorts // BLOCK)):
        ensemble = sources.draw_ensemble(first + block)
        values.append(ensemble.values)
        measured.append(measure(spec, ensemble))
    return {
        "values": np.concatenate(values, axis=2)[:, :, :cohorts],
        "measured": np.concatenate(measured, axis=1)[:, :cohorts],
    }


def write_blocks(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write drawn blocks; the same arrays give the same bytes."""
    from io import BytesIO

    file = BytesIO()
    # NumPy dates every member 1980-01-01.
    np.savez(file, allow_pickle=False, **arrays)
    write_bytes(path, file.getvalue())


def read_measured(paths: Sequence[Path]) -> np.ndarray:
    """Return the quantities of all cohorts of some files, in their order."""
    pieces = []
    for path in paths:
        with np.load(path, allow_pickle=False) as file:
            pieces.append(file["measured"])
    return np.concatenate(pieces, axis=1)


def read_cohorts(spec: Spec, law: str, path: Path, most: int) -> Ensemble:
    """
    Return the first cohorts of a file.

    Parameters
    ----------
    spec : Spec
        What they were drawn from.
    law : str
        Under which law.
    path : Path
        File.
    most : int
        How many to read.
    """
    with np.load(path, allow_pickle=False) as file:
        values = np.ascontiguousarray(file["values"][:, :, :most])
    sizes = [size for _, size in spec.groups]
    return Ensemble(
        values,
        np.array([float(column.step) for column in spec.columns]),
        np.repeat(np.arange(len(sizes)), sizes).astype(np.int8),
        spec.columns,
        tuple(label for label, _ in spec.groups),
        law,
        spec.id,
        linked=tuple(
            link.columns for link in chains.links(spec) if len(link.columns) > 1
        ),
    )
