"""What a column of a table holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf
from typing import Literal

Kind = Literal["text", "number", "integer"]


@dataclass(frozen=True, slots=True)
class Column:
    """
    Contract of one column.

    Attributes
    ----------
    meaning : str
        One line for the data dictionary.
    kind : str
        ``text``, ``number`` (float64) or ``integer`` (float64 without fraction).
    nullable : bool
        Whether a cell may be empty.
    required : bool
        Whether the column must be in a file.
    levels : tuple of str
        Closed list of values of a text column; empty for any text.
    low, high : float
        Inclusive range of a number.
    unit : str
        Unit, for the data dictionary.
    """

    meaning: str
    kind: Kind = "text"
    nullable: bool = True
    required: bool = True
    levels: tuple[str, ...] = ()
    low: float = -inf
    high: float = inf
    unit: str = ""


Contract = Mapping[str, Column]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name most like `name` as a hint, or nothing."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""
