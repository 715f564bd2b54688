"""Counts of levels: what they leave over, and how those in two units differ."""

from collections.abc import Sequence
from itertools import combinations

from rejia.disclosure.reading import Block, Reading, Row, number
from rejia.disclosure.subtraction import Counted

Counts = dict[tuple[Block, Block], list[Counted]]


def left_over(
    reading: Reading, rows: Sequence[Row]
) -> list[tuple[tuple[Block, Block], list[Counted]]]:
    """
    Return how many the levels of a block leave over.

    Parameters
    ----------
    reading : Reading
        Of the rows' study.
    rows : sequence of mapping
        Rows of results.

    Returns
    -------
    list of ((Block, Block), list of (groups, count))
        Block and kind, and patients that no level counts, by groups.
    """
    sums: dict[tuple[Block, Block, frozenset[str]], dict[str, Row]] = {}
    for row in rows:
        level = str(row["level"])
        # Fates of a class overlap: "improved or unchanged".
        if row["statistic"] == "n" and level and ">" not in level:
            names = ("scenario", "analysis", "population", "visit")
            kind = tuple(str(row[name]) for name in names)
            key = (reading.block(row), kind, reading.of(row))
            sums.setdefault(key, {})[level] = row
    left: Counts = {}
    for (block, kind, of), levels in sums.items():
        n = max(number(row["n"]) for row in levels.values())
        total = sum(number(row["n_events"]) for row in levels.values())
        left.setdefault((block, kind), []).append((of, n - total))
    return list(left.items())


def of_other_units(
    reading: Reading, rows: Sequence[Row]
) -> list[tuple[tuple[Block, Block], list[Counted]]]:
    """
    Return how counts in two units, as hips and patients, differ.

    Parameters
    ----------
    reading : Reading
        Of the rows' study.
    rows : sequence of mapping
        Rows of results.

    Returns
    -------
    list of ((Block, Block), list of (groups, count))
        Block and level, and the difference by groups.
    """
    counts: dict[tuple[Block, str, frozenset[str]], dict[str, float]] = {}
    for row in rows:
        if row["statistic"] == "n" and row["level"] != "":
            key = (reading.block(row), str(row["level"]), reading.of(row))
            found = counts.setdefault(key, {})
            found[str(row["population"])] = number(row["n_events"])
    return [
        ((block, (level,)), [(of, abs(first - second))])
        for (block, level, of), found in counts.items()
        for first, second in combinations(found.values(), 2)
    ]
