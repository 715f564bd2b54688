"""SPSS, SAS and Stata: values as stored, value labels and missing codes beside them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rejia.cohort.grids import (
    MOST_CELLS,
    Grid,
    UnreadableError,
    header_faults,
    typed_text,
    unreadable,
)
from rejia.study.sources import Sources

_PROGRAMS = {
    ".sav": "SPSS",
    ".zsav": "SPSS",
    ".por": "SPSS",
    ".sas7bdat": "SAS",
    ".xpt": "SAS",
    ".dta": "Stata",
}
# These formats keep several kinds of missing values apart.
_WITH_MISSING = (".sav", ".zsav", ".sas7bdat", ".dta")


def read_statistical(path: Path, sources: Sources) -> list[Grid]:
    """
    Read a file of a statistics program.

    Parameters
    ----------
    path : Path
        ``.sav``, ``.zsav``, ``.por``, ``.sas7bdat``, ``.xpt`` or ``.dta``.
    sources : Sources
        Declares the decimal sign that numbers are shown with.

    Returns
    -------
    list of Grid
        One, with value labels and codes of missing values.

    Raises
    ------
    UnreadableError
        If it is damaged, of another format, or too large.
    """
    suffix = path.suffix.lower()
    if path.stat().st_size == 0:
        raise unreadable("the file has 0 bytes", "export it again")
    read = _reader(suffix)
    options: dict[str, Any] = {"output_format": "dict"}
    if suffix in _WITH_MISSING:
        options["user_missing"] = True
    try:
        _, meta = read(str(path), metadataonly=True)
        n_columns = max(1, len(meta.column_names))
        limit = MOST_CELLS // n_columns
        columns, meta = read(str(path), row_limit=limit + 1, **options)
    # The library raises whatever a damaged file leads it to.
    except Exception:
        raise unreadable(
            f"it is no {_PROGRAMS[suffix]} file ({suffix}), or a damaged one",
            f"export it again from {_PROGRAMS[suffix]}",
        ) from None
    n_rows = max((len(values) for values in columns.values()), default=0)
    if n_rows > limit:
        raise unreadable(
            f"it has more than {MOST_CELLS:,} cells", "save it as Parquet, or split it"
        )
    return [_grid(path.name, columns, meta, sources.decimal)]


def _reader(suffix: str) -> Callable[..., Any]:
    import pyreadstat

    readers: dict[str, Callable[..., Any]] = {
        ".sav": pyreadstat.read_sav,
        ".zsav": pyreadstat.read_sav,
        ".por": pyreadstat.read_por,
        ".sas7bdat": pyreadstat.read_sas7bdat,
        ".xpt": pyreadstat.read_xport,
        ".dta": pyreadstat.read_dta,
    }
    return readers[suffix]


def _grid(
    file: str, columns: Mapping[str, Sequence[Any]], meta: Any, decimal: str
) -> Grid:
    header = [str(name) for name in columns]
    faults = list(header_faults(header))
    if not header:
        raise unreadable("the file has no column", "export it again")
    if faults:
        raise UnreadableError(*faults)
    labels: dict[str, dict[str, str]] = {}
    missing: dict[tuple[int, str], str] = {}
    cells: list[list[str]] = []
    for name, values in columns.items():
        narrow = meta.readstat_variable_types.get(name) == "float"
        texts = [_text(value, narrow, decimal) for value in values]
        own = {
            typed_text(code, decimal=decimal): str(label)
            for code, label in meta.variable_value_labels.get(name, {}).items()
        }
        if own:
            labels[name] = own
        is_missing = _missing(meta, name)
        for row, value in enumerate(values):
            if texts[row] and is_missing(value):
                label = own.get(texts[row], "")
                code = texts[row] + (f" ({label})" if label else "")
                missing[row, name] = code
                texts[row] = ""
        cells.append(texts)
    rows = [list(row) for row in zip(*cells, strict=True)]
    # Row 1 is the first patient in these programs; they have no header line.
    lines = range(1, len(rows) + 1)
    return Grid(file, "", tuple(header), rows, lines, labels, missing)


def _text(value: object, narrow: bool, decimal: str) -> str:
    """Return a value's text; one stored in single precision by its own digits."""
    if narrow and isinstance(value, float):
        import numpy as np

        return typed_text(float(str(np.float32(value))), decimal=decimal)
    return typed_text(value, decimal=decimal)


def _missing(meta: Any, name: str) -> Callable[[Any], bool]:
    """Return a function that says whether a value is declared missing."""
    codes = set(meta.missing_user_values.get(name, ()))
    ranges = [(r["lo"], r["hi"]) for r in meta.missing_ranges.get(name, ())]

    def declared(value: Any) -> bool:
        if value in codes:
            return True
        return any(
            isinstance(value, str) == isinstance(low, str) and low <= value <= high
            for low, high in ranges
        )

    return declared
