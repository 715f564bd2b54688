"""Small specs whose cohorts can all be listed, and that of Aoki 2014."""

from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np

from rejia.ensemble.model import Cell, Column, Spec
from rejia.ensemble.spec import build_spec
from rejia.facts import read_facts
from rejia.study import read_study

ROOT = Path(__file__).parents[1]


@cache
def aoki():
    """Return study, facts and the repaired spec of Aoki 2014."""
    study = read_study(ROOT / "config" / "studies" / "aoki2014.yaml")
    facts = read_facts(ROOT / "data" / "published" / "aoki2014" / "facts.tsv")
    return study, facts, build_spec(study, facts, "repaired")


def column(name: str, low: int, high: int, *, visit: str = "") -> Column:
    whole = f"{name}@{visit}" if visit else name
    return Column(whole, "", Fraction(1), low, high, name, visit)


def cell(
    name: str,
    groups: str,
    n: int,
    sums: tuple[int, int],
    spreads: tuple[int, int],
    **more: int,
) -> Cell:
    return Cell(
        name,
        groups,
        tuple(groups.split("+")),
        n,
        *sums,
        *spreads,
        facts=(f"{name}_{groups}",),
        **more,
    )


def spec(columns, groups, cells, rules=()) -> Spec:
    return Spec("toy", "small", tuple(columns), groups, tuple(cells), tuple(rules))


def fits(cell: Cell, values: np.ndarray) -> np.ndarray:
    """Say which rows of ``[vector, patient]`` fit a cell."""
    s = values.sum(axis=1)
    spread = cell.n * (values**2).sum(axis=1) - s**2
    good = (s >= cell.sum_low) & (s <= cell.sum_high)
    good &= (spread >= cell.spread_low) & (spread <= cell.spread_high)
    if cell.zeros is not None:
        good &= (values == 0).sum(axis=1) == cell.zeros
    if cell.lowest is not None:
        good &= values.min(axis=1) == cell.lowest
    if cell.highest is not None:
        good &= values.max(axis=1) == cell.highest
    return good


def vectors(n: int, low: int, high: int) -> np.ndarray:
    """List all ordered vectors of a scale."""
    return np.array(list(product(range(low, high + 1), repeat=n)))
