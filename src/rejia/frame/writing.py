"""Write a table or any file, whole or not at all."""

import os
import tempfile
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rejia.frame.columns import Column, Contract

if TYPE_CHECKING:
    import pyarrow as pa

    Written = tuple["pa.Array", NDArray[np.signedinteger]]

# So many rows become text at once.
_PIECE = 1 << 18


def to_text(frame: pd.DataFrame, contract: Contract) -> str:
    """
    Render a frame as tab-separated text in full precision.

    Parameters
    ----------
    frame : pandas.DataFrame
        With the columns of the contract; others follow in their order.
    contract : mapping of str to Column
        Columns by name.

    Returns
    -------
    str
        Header and rows; numbers as their shortest text that reads back the same.

    Raises
    ------
    ValueError
        If a column of the contract is missing, or a number in a column of whole
        numbers is none.
    """
    missing = [name for name in contract if name not in frame.columns]
    if missing:
        raise ValueError(f"frame must have the columns {', '.join(missing)}")
    names = [*contract, *(str(n) for n in frame.columns if n not in contract)]
    header = "\t".join(map(_quoted, names)) + "\n"
    columns = [_written(frame[name], name, contract.get(name)) for name in names]
    if not columns or not len(frame):
        return header
    pieces = [
        _lines([(cells, rows[start : start + _PIECE]) for cells, rows in columns])
        for start in range(0, len(frame), _PIECE)
    ]
    return "".join([header, *pieces])


def _lines(columns: Sequence["Written"]) -> str:
    """Return the lines of some rows."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # Lines are joined outside Python: a registry has millions of them.
    text = pa.large_string()
    made = [cells.take(pa.array(rows)) for cells, rows in columns]
    lines = pc.binary_join_element_wise(*made, pa.scalar("\t", text))
    lines = pc.binary_join_element_wise(
        lines, pa.scalar("", text), pa.scalar("\n", text)
    )
    # Texts of a column without nulls lie one behind the other.
    whole = lines.buffers()[2].to_pybytes()[: pc.sum(pc.binary_length(lines)).as_py()]
    return str(whole.decode())


def _written(column: pd.Series, name: str, declared: Column | None) -> "Written":
    """Return each different value as it is written, and which of them each row has."""
    import pyarrow as pa

    if pd.api.types.is_float_dtype(column.dtype):
        # By their bits, for 0.0 and -0.0 are equal and written apart.
        bits, known = pd.factorize(column.to_numpy(dtype=float).view("int64"))
        values = known.view("float64").tolist()
    elif isinstance(column.dtype, pd.StringDtype):
        bits, texts = pd.factorize(column, use_na_sentinel=False)
        values = [None if pd.isna(text) else text for text in texts.tolist()]
    else:
        values = column.tolist()
        bits = np.arange(len(values))
    cells = pa.array(
        [_quoted(_cell(value, name, declared)) for value in values], pa.large_string()
    )
    return cells, bits.astype(np.int32 if len(values) < 2**31 else np.int64)


def _cell(value: object, name: str, column: Column | None) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        if isnan(value):
            return ""
        if column is not None and column.kind == "integer":
            if not value.is_integer():
                raise ValueError(f"{name} must be a whole number, but got {value!r}")
            return str(int(value))
        return repr(float(value))
    return str(value)


def _quoted(text: str) -> str:
    # csv.writer leaves a lone carriage return bare before Python 3.13.
    if any(sign in text for sign in '\t\n\r"'):
        return '"' + text.replace('"', '""') + '"'
    return text


def write_table(frame: pd.DataFrame, path: Path, contract: Contract) -> None:
    """Write a frame as tab-separated text, whole or not at all."""
    write_text(path, to_text(frame, contract))


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """
    Write a file whole or not at all.

    A file of the same folder is written first and renamed, so that a reader never
    sees half of it and an orphaned job never mixes its text into a successor's.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
