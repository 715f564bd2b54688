"""Parquet: typed columns as the text that reads back as the same value."""

from pathlib import Path
from typing import Any

import numpy as np

from rejia.coded import Coded
from rejia.cohort.grids import (
    CodedCells,
    Grid,
    UnreadableError,
    header_faults,
    typed_text,
    unreadable,
)
from rejia.study.sources import Sources

# Typed columns take little room; a registry of millions of readings is meant to fit.
MOST_TYPED_CELLS = 200_000_000


def read_parquet(path: Path, sources: Sources) -> list[Grid]:
    """
    Read a Parquet file.

    Parameters
    ----------
    path : Path
        ``.parquet``.
    sources : Sources
        Declares the decimal sign that numbers are shown with.

    Returns
    -------
    list of Grid
        One; dictionary columns by their values.

    Raises
    ------
    UnreadableError
        If it is damaged, too large, or has a column of lists or other nested values.
    """
    import pyarrow as pa
    from pyarrow import parquet

    if path.stat().st_size == 0:
        raise unreadable("the file has 0 bytes", "export it again")
    try:
        file = parquet.ParquetFile(path)
        n_cells = file.metadata.num_rows * file.metadata.num_columns
        if n_cells > MOST_TYPED_CELLS:
            raise unreadable(
                f"it has more than {MOST_TYPED_CELLS:,} cells", "split it by patient"
            )
        table = file.read()
    except (pa.ArrowException, OSError):
        raise unreadable(
            "it is no Parquet file, or a damaged one", "export it again"
        ) from None
    header = [str(name) for name in table.column_names]
    faults = list(header_faults(header))
    if faults:
        raise UnreadableError(*faults)
    nested = [f.name for f in table.schema if pa.types.is_nested(f.type)]
    if nested:
        raise unreadable(
            f"column {nested[0]!r} holds lists or records", "one value a cell"
        )
    columns = []
    for name, column in zip(header, table.columns, strict=True):
        try:
            columns.append(_texts(column, sources.decimal))
        except (pa.ArrowException, ValueError, OverflowError):
            raise unreadable(
                f"column {name!r} holds values that no text can show",
                "store it as text",
            ) from None
    cells = CodedCells(tuple(columns))
    return [Grid(path.name, "", tuple(header), cells, range(1, len(cells) + 1))]


def _texts(column: Any, decimal: str) -> Coded:
    """Return a column of an Arrow table as text; each different value is read once."""
    import pyarrow as pa

    try:
        coded = column.combine_chunks().dictionary_encode()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        texts = _values(column, decimal)
        return Coded.of(np.arange(len(texts)), texts)
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    texts = _values(coded.dictionary, decimal)
    codes = coded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return Coded.of(codes, [*texts, ""])


def _values(column: Any, decimal: str) -> list[str]:
    import pyarrow as pa

    if pa.types.is_float32(column.type) or pa.types.is_float16(column.type):
        values = column.to_numpy(zero_copy_only=False)
        known = column.is_valid().to_pylist()
        return [
            typed_text(float(str(value)), decimal=decimal) if is_known else ""
            for value, is_known in zip(values, known, strict=True)
        ]
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return ["" if v is None else v.strip() for v in column.to_pylist()]
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return ["" if v is None else v.decode("utf-8") for v in column.to_pylist()]
    return [typed_text(value, decimal=decimal) for value in column.to_pylist()]
