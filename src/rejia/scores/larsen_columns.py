"""Larsen scores of large registries: all patients at once, the same numbers."""

from collections.abc import Collection, Sequence
from math import lcm

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rejia.coded import Coded
from rejia.scores.findings import Area, complete_total
from rejia.scores.readings import Cohort
from rejia.scores.score import SORTED_BY

Integers = NDArray[np.int64]
# Whole numbers up to here are floats without rounding.
_EXACT = 2**53


def larsen_frame(
    name: str,
    cohort: Cohort,
    *,
    finding: str,
    layout: str,
    areas: Sequence[Area],
    known: Collection[Area],
    allowed: Collection[int],
) -> pd.DataFrame | None:
    """
    Score every visit of a cohort.

    Parameters
    ----------
    name : str
        Variable of the study.
    cohort : Cohort
        With its table of findings.
    finding : str
        What was read: ``larsen``.
    layout : str
        Its version is ``larsen_<layout>``.
    areas, known : collection of (site, side)
        Areas that count, and all that the finding may have.
    allowed : collection of int
        Grades of a single reading.

    Returns
    -------
    pandas.DataFrame or None
        Table ``scores``, sorted; None where a reading is at fault, or the readings
        need fractions that whole numbers cannot hold: these are gone through one by
        one (`larsen._derive`).

    Notes
    -----
    The mean grade of an area, over the readings of each reader and then over readers,
    is a whole number over one common denominator, so that sums are exact and each
    number is rounded once, as the fractions of `findings.mean_of_readers` are.
    """
    if "findings" not in cohort.tables or not cohort.patient_visits:
        return None
    sums = _area_sums(cohort, finding, areas, known, allowed)
    if sums is None:
        return None
    numerator, is_read, denominator = sums
    values = np.where(is_read, numerator / denominator, np.nan)
    total = numerator.sum(axis=1, where=is_read) / denominator
    n_areas = is_read.sum(axis=1)
    reasons, reason = _reasons(is_read, areas)
    any_read, all_read = n_areas > 0, n_areas == len(areas)
    visits = np.flatnonzero(any_read)
    everyone = np.arange(len(total))
    n = len(areas)
    of_areas = {
        "at": np.repeat(visits, n),
        "score": Coded.constant(name, len(visits) * n),
        "component": Coded.of(
            np.tile(np.arange(n), len(visits)), [site for site, _ in areas]
        ),
        "side": Coded.of(
            np.tile(np.arange(n), len(visits)), [side for _, side in areas]
        ),
        "value": values[visits].ravel(),
        "unit": Coded.constant("grade", len(visits) * n),
        "reason": Coded.of(is_read[visits].ravel().astype(np.int8), ["not read", ""]),
    }
    parts = [of_areas]
    for what, value, why, unit in (
        ("total", np.where(all_read, total, np.nan), reason, "points"),
        ("available", np.where(any_read, total, np.nan), reason, "points"),
        ("n_areas", n_areas.astype(float), None, "areas"),
    ):
        length = len(everyone)
        parts.append(
            {
                "at": everyone,
                "score": Coded.constant(f"{name}_{what}", length),
                "component": Coded.constant("", length),
                "side": Coded.constant("", length),
                "value": value,
                "unit": Coded.constant(unit, length),
                "reason": Coded.constant("", length)
                if why is None
                else Coded.of(why, reasons),
            }
        )
    return _sorted_frame(parts, cohort.patient_visits, f"larsen_{layout}")


def _area_sums(
    cohort: Cohort,
    finding: str,
    areas: Sequence[Area],
    known: Collection[Area],
    allowed: Collection[int],
) -> tuple[Integers, NDArray[np.bool_], int] | None:
    """Return numerators of the mean grades, visit by area, and their denominator."""
    table = cohort.tables["findings"]
    own = np.asarray((table["finding"] == finding) & table["value"].notna())
    kept = table.loc[own, ["patient", "visit", "site", "side", "reader", "value"]]
    value = kept["value"].to_numpy(dtype=float)
    if not np.isin(value, list(allowed)).all():
        return None
    place = _area_places(kept, areas, known)
    if place is None:
        return None
    at = _visit_places(kept, cohort.patient_visits)
    reader, readers = pd.factorize(kept["reader"])
    counts = place >= 0
    key = (at * len(areas) + place) * max(len(readers), 1) + reader
    keys, which, n = np.unique(key[counts], return_inverse=True, return_counts=True)
    grades = np.bincount(which, weights=value[counts], minlength=len(keys))
    cells, of, n_readers = np.unique(
        keys // max(len(readers), 1), return_inverse=True, return_counts=True
    )
    within = lcm(*np.unique(n).tolist())
    between = lcm(*np.unique(n_readers).tolist())
    denominator = within * between
    if denominator * max(allowed) * len(areas) >= _EXACT:
        return None
    by_reader = np.rint(grades).astype(np.int64) * (within // n)
    sums = np.bincount(of, weights=by_reader, minlength=len(cells))
    shape = (len(cohort.patient_visits), len(areas))
    numerator, is_read = np.zeros(shape, np.int64), np.zeros(shape, bool)
    numerator.flat[cells] = np.rint(sums).astype(np.int64) * (between // n_readers)
    is_read.flat[cells] = True
    return numerator, is_read, denominator


def _area_places(
    kept: pd.DataFrame, areas: Sequence[Area], known: Collection[Area]
) -> Integers | None:
    """Return the place of each reading's area, -1 for one that does not count."""
    site, sites = pd.factorize(kept["site"])
    side, sides = pd.factorize(kept["side"])
    order = {area: place for place, area in enumerate(areas)}
    if not len(kept):
        return np.zeros(0, np.int64)
    places = np.full((len(sites), len(sides)), -1, dtype=np.int64)
    pairs = np.bincount(site * len(sides) + side)
    for x, y in zip(*np.divmod(np.flatnonzero(pairs), len(sides)), strict=True):
        area = str(sites[x]), str(sides[y])
        if area not in known:
            return None
        places[x, y] = order.get(area, -1)
    return places[site, side]


def _visit_places(
    kept: pd.DataFrame, patient_visits: Sequence[tuple[str, str]]
) -> Integers:
    """Return the place of each reading's patient and visit."""
    known = pd.DataFrame(patient_visits, columns=["patient", "visit"], dtype="str")
    people, visits = (pd.Index(known[name].unique()) for name in known.columns)

    def pairs(table: pd.DataFrame) -> Integers:
        codes = []
        for name, index in (("patient", people), ("visit", visits)):
            code, texts = pd.factorize(table[name])
            codes.append(index.get_indexer(pd.Index(texts)).astype(np.int64)[code])
        return np.asarray(codes[0] * len(visits) + codes[1])

    place = np.empty(len(people) * len(visits), dtype=np.int64)
    place[pairs(known)] = np.arange(len(known))
    return place[pairs(kept)] if len(kept) else np.zeros(0, np.int64)


def _reasons(
    is_read: NDArray[np.bool_], areas: Sequence[Area]
) -> tuple[list[str], Integers]:
    """Return the different reasons why totals are none, and which visit has which."""
    bits = is_read.astype(np.int64) @ (2 ** np.arange(len(areas), dtype=np.int64))
    kinds, which = np.unique(bits, return_inverse=True)
    told = []
    for kind in kinds.tolist():
        there = {area: 0 for place, area in enumerate(areas) if kind >> place & 1}
        told.append(complete_total(there, areas)[1])  # type: ignore[arg-type]
    return told, which


def _sorted_frame(
    parts: Sequence[dict[str, object]],
    patient_visits: Sequence[tuple[str, str]],
    version: str,
) -> pd.DataFrame:
    """Put parts together, in the order of `SORTED_BY`; text is made at the end."""
    at = np.concatenate([np.asarray(part["at"]) for part in parts])
    places = np.arange(len(patient_visits))
    patient = Coded.of(places, [name for name, _ in patient_visits])
    visit = Coded.of(places, [name for _, name in patient_visits])
    columns = {
        "patient": Coded(patient.codes[at], patient.texts),
        "visit": Coded(visit.codes[at], visit.texts),
        **{
            name: _joined([part[name] for part in parts])
            for name in ("score", "component", "side", "unit", "reason")
        },
        "level": Coded.constant("", len(at)),
        "score_version": Coded.constant(version, len(at)),
    }
    order = np.lexsort([_ranks(columns[name]) for name in reversed(SORTED_BY)])
    value = np.concatenate([np.asarray(part["value"]) for part in parts])
    made = {
        name: Coded(column.codes[order], column.texts).series()
        for name, column in columns.items()
    }
    made["value"] = pd.Series(value[order], dtype="float64")
    names = ("patient", "visit", "score", "component", "side", "value", "level")
    return pd.DataFrame(
        {n: made[n] for n in (*names, "unit", "score_version", "reason")}
    )


def _joined(parts: Sequence[object]) -> Coded:
    """Return columns below each other."""
    columns = [part for part in parts if isinstance(part, Coded)]
    texts = [text for column in columns for text in column.texts]
    starts = np.cumsum([0, *(len(column.texts) for column in columns)])
    codes = [
        column.codes.astype(np.int32) + np.int32(start)
        for column, start in zip(columns, starts, strict=False)
    ]
    return Coded.of(np.concatenate(codes), texts)


def _ranks(column: Coded) -> Integers:
    """Return where each row's text stands in the order of all texts."""
    ranks = np.empty(max(len(column.texts), 1), dtype=np.int64)
    by_text = sorted(range(len(column.texts)), key=column.texts.__getitem__)
    ranks[by_text] = np.arange(len(column.texts))
    return ranks[column.codes]
