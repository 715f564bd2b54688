"""One row of the table of scores, and what an instrument is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from math import nan
from typing import TypedDict

import numpy as np
import pandas as pd

from rejia.contracts import SCORES
from rejia.frame import nearest
from rejia.scores.readings import Cohort
from rejia.study.schema import Study, Variable

UNCLASSIFIED = "unclassified"
SORTED_BY = ("patient", "visit", "score", "component", "score_version", "side")


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """One row of the table of scores; the columns are told in `contracts.SCORES`."""

    patient: str
    visit: str
    score: str
    component: str = ""
    side: str = ""
    value: float = nan
    level: str = ""
    unit: str = ""
    score_version: str
    reason: str = ""


class Spoken(TypedDict):
    """Value and level of an answer."""

    value: float
    level: str


def spoken(answer: bool | None, *, yes: str = "yes", no: str = "no") -> Spoken:
    """Return the value (1, 0 or `nan`) and the level of an answer to yes or no."""
    if answer is None:
        return Spoken(value=nan, level="")
    return Spoken(value=float(answer), level=yes if answer else no)


@dataclass(frozen=True, slots=True)
class Instrument:
    """
    How a study's variable is made.

    Attributes
    ----------
    derive : callable
        Name of the variable, its definition and the cohort to rows.
    faults : callable
        Name, definition and study to what is wrong with the definition.
    derive_frame : callable, optional
        The same rows as `derive`, made as columns and sorted, for a score that no
        other is made of; None where it must be done one by one.
    """

    derive: Callable[[str, Variable, Cohort], list[Score]]
    faults: Callable[[str, Variable, Study], list[str]]
    derive_frame: Callable[[str, Variable, Cohort], pd.DataFrame | None] | None = None


def scores_frame(scores: Iterable[Score]) -> pd.DataFrame:
    """Return rows as a table with the columns of `contracts.SCORES`, sorted."""
    rows = sorted(
        scores, key=lambda score: tuple(getattr(score, name) for name in SORTED_BY)
    )
    return pd.DataFrame(
        {
            field.name: pd.Series(
                [getattr(row, field.name) for row in rows],
                dtype="float64" if SCORES[field.name].kind == "number" else "str",
            )
            for field in fields(Score)
        }
    )


def together(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return sorted tables of scores as one."""
    own = list(frames)
    there = [frame for frame in own if len(frame)]
    if len(there) < 2:
        return (there or own)[0]
    table = pd.concat(there, ignore_index=True)
    ranks = []
    for name in reversed(SORTED_BY):
        codes, texts = pd.factorize(table[name])
        rank = np.empty(len(texts), dtype=np.int64)
        # As Python sorts text: by its characters, whatever the language.
        rank[sorted(range(len(texts)), key=texts.tolist().__getitem__)] = range(
            len(texts)
        )
        ranks.append(rank[codes])
    return table.take(np.lexsort(ranks)).reset_index(drop=True)


def choice_faults(field: str, found: str | None, allowed: Iterable[str]) -> list[str]:
    """Say what is wrong with a choice that must be one of a known list."""
    known = ", ".join(allowed := tuple(allowed))
    if found is None:
        return [f"{field} is missing (known: {known})"]
    if found not in allowed:
        return [f"{field}: no {found!r}{nearest(found, allowed)} (known: {known})"]
    return []
