"""Columns of few texts and many rows: each text once, and which row has which."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.signedinteger]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Coded(Sequence[str]):
    """
    A column of text that reads like a list of str.

    Attributes
    ----------
    codes : numpy.ndarray
        Place in `texts`, row by row; the smallest integers that hold it.
    texts : tuple of str
        Different texts.
    """

    codes: Codes
    texts: tuple[str, ...]

    @classmethod
    def of(cls, codes: Codes, texts: Iterable[str]) -> "Coded":
        """Make a column of texts that may repeat; each is kept once."""
        own = list(texts)
        places = {text: place for place, text in enumerate(dict.fromkeys(own))}
        kind = np.min_scalar_type(-max(len(places), 1))
        renamed = np.array([places[text] for text in own], dtype=kind)
        made = codes.astype(kind) if len(places) == len(own) else renamed[codes]
        return cls(made, tuple(places))

    @classmethod
    def constant(cls, text: str, length: int) -> "Coded":
        """Make a column of one text."""
        return cls(np.zeros(length, dtype=np.int8), (text,))

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> "Coded": ...
    def __getitem__(self, row: int | slice) -> "str | Coded":
        if isinstance(row, slice):
            return Coded(self.codes[row], self.texts)
        return self.texts[int(self.codes[row])]

    def __iter__(self) -> Iterator[str]:
        texts = self.texts
        return (texts[code] for code in self.codes.tolist())

    def mapped(self, change: Callable[[str], str]) -> "Coded":
        """Return the column with each text changed; a text is looked at once."""
        return Coded.of(self.codes, [change(text) for text in self.texts])

    def rows_of(self, texts: Iterable[str]) -> Rows:
        """Return the rows that have one of some texts, in their order."""
        wanted = set(texts)
        is_wanted = np.array([text in wanted for text in self.texts], dtype=bool)
        if not is_wanted.any():
            return np.array([], dtype=np.intp)
        return np.flatnonzero(is_wanted[self.codes])

    def series(self) -> pd.Series:
        """Return the column as pandas' own text."""
        # Without rows there may be no text to take.
        known = pd.array(list(self.texts), dtype="str")
        return pd.Series(known.take(self.codes.astype(np.intp)))

    def numbers(self, parse: Callable[[str], float]) -> pd.Series:
        """Return the column as float64; a text is parsed once."""
        known = np.array([parse(text) for text in self.texts], dtype=float)
        return pd.Series(known[self.codes] if len(known) else np.array([], float))


def cells_of(table: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    """
    Give the cells of some columns, row by row.

    A column leaves pandas whole: taken one by one, as by ``iter``, its texts cost
    fifteen times as much.
    """
    return zip(*(table[name].tolist() for name in names), strict=True)


def records(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Give rows as ``to_dict("records")`` does, see `cells_of`."""
    names = [str(name) for name in table.columns]
    rows = cells_of(table, *table.columns)
    return (dict(zip(names, row, strict=True)) for row in rows)


def kinds_of(table: pd.DataFrame, columns: Sequence[str]) -> tuple[Rows, Rows]:
    """
    Return which of the different rows each row is, and where each stands first.

    Parameters
    ----------
    table : pandas.DataFrame
        Texts and numbers.
    columns : sequence of str
        What rows are told apart by; numbers by their bits, so that 0.0 is not -0.0.

    Returns
    -------
    which : numpy.ndarray
        Number of its kind, row by row.
    first : numpy.ndarray
        First row of each kind, in the order of the rows.
    """
    which = np.zeros(len(table), dtype=np.intp)
    for name in columns:
        cells: Any = table[name]
        if pd.api.types.is_float_dtype(cells.dtype):
            cells = cells.to_numpy(dtype=float).view(np.int64)
        codes, texts = pd.factorize(cells, use_na_sentinel=False)
        # No more kinds than rows: the product stays far below the largest integer.
        which, _ = pd.factorize(which * max(len(texts), 1) + codes)
    _, first = np.unique(which, return_index=True)
    return which, first
