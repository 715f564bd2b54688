"""Cut-offs and criteria, read from the package's CSV files: one row a rule."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import as_file, files

from rejia.frame import read_rows
from rejia.scores.intervals import Interval

Rule = Mapping[str, str]


@cache
def read_rules(name: str) -> tuple[Rule, ...]:
    """
    Read a rule file of the package.

    Parameters
    ----------
    name : str
        File in ``rejia/scores/data``; every row cites its ``source``.

    Returns
    -------
    tuple of mapping of str to str
        In the order of the file.
    """
    with as_file(files("rejia.scores").joinpath("data", name)) as path:
        header, rows = read_rows(path, delimiter=",")
    return tuple(dict(zip(header, row, strict=True)) for row in rows)


def rule_files() -> tuple[str, ...]:
    """Return the names of all rule files."""
    folder = files("rejia.scores").joinpath("data")
    return tuple(sorted(f.name for f in folder.iterdir() if f.name.endswith(".csv")))


def region(rule: Rule) -> Interval:
    """Return the interval of a rule with low, low_closed, high and high_closed."""
    return Interval(
        Fraction(rule["low"]) if rule["low"] else None,
        Fraction(rule["high"]) if rule["high"] else None,
        rule["low_closed"] == "yes",
        rule["high_closed"] == "yes",
    )


def check_choice(name: str, found: str, allowed: Iterable[str]) -> None:
    """Refuse a choice outside a closed list, in the words of `stats`."""
    known = tuple(allowed)
    if found not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, but got {found!r}")
