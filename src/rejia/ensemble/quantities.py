"""Every number that the cohorts of a spec have: summaries, p-values, odds ratios."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rejia.ensemble._battery_tests import Row, find_rows
from rejia.ensemble.battery import battery
from rejia.ensemble.hulls import cell_values
from rejia.ensemble.model import Ensemble, Spec
from rejia.estimate import Key

DESCRIBE, PATIENTS = "describe", "patients"
SUMMARIES = ("mean", "sd", "min", "max")


@dataclass(frozen=True, slots=True)
class Quantity:
    """
    One number of a cohort.

    Attributes
    ----------
    key : Key
        As of the facts; without study and cohort.
    statistic : str
        ``mean``, ``sd``, ``min``, ``max``, ``p_value``, ``odds_ratio``, ``ci_low``,
        ``ci_high``, ``spearman``.
    method : str
        In full.
    columns : tuple of str
        Columns that it is computed from.
    row : int
        Row of the battery; -1 for a summary.
    """

    key: Key
    statistic: str
    method: str
    columns: tuple[str, ...]
    row: int = -1


def quantities(spec: Spec) -> tuple[Quantity, ...]:
    """
    Return the numbers of a spec's cohorts, in the order of `measure`.

    Parameters
    ----------
    spec : Spec
        Columns, labels and battery.

    Returns
    -------
    tuple of Quantity
        Mean, sample SD, smallest and largest value of each column in each group and
        union of groups; then the cells of each row of the battery.
    """
    return (*_summaries(spec), *_cells(spec))


def _summaries(spec: Spec) -> Iterator[Quantity]:
    for column in spec.columns:
        for label, _ in spec.labels:
            key = Key(
                scenario="primary",
                analysis=DESCRIBE,
                population=PATIENTS,
                outcome=column.variable,
                visit=column.visit,
                group=label,
            )
            for statistic in SUMMARIES:
                method = "sample_sd" if statistic == "sd" else statistic
                yield Quantity(key, statistic, method, (column.name,))


def battery_rows(spec: Spec) -> tuple[tuple[Row, tuple[str, ...]], ...]:
    """Return the rows of a spec's battery, each with all columns of its test."""
    units = {column.name: column.unit for column in spec.columns}
    labels = tuple(label for label, _ in spec.groups)
    found = []
    for test in spec.tests:
        for row in find_rows(test, units, labels):
            found.append((row, (*row.columns, *row.adjusted_for)))
    return tuple(found)


def _cells(spec: Spec) -> Iterator[Quantity]:
    for at, (row, columns) in enumerate(battery_rows(spec)):
        key = key_of(spec, row)
        cells = ["p_value"]
        if row.kind == "logistic":
            cells += ["odds_ratio", "ci_low", "ci_high"]
        elif row.kind == "spearman":
            cells.append("spearman")
        for cell in cells:
            yield Quantity(key, cell, row.method, columns, at)


def key_of(spec: Spec, row: Row) -> Key:
    """
    Return the key that facts and results use for a row of the battery.

    Parameters
    ----------
    spec : Spec
        Columns and labels.
    row : Row
        Of its battery.

    Returns
    -------
    Key
        Without study and cohort.
    """
    known = {column.name: column for column in spec.columns}
    names = {groups: label for label, groups in spec.labels}
    last = known.get(row.columns[-1])
    variable, visit = (
        (last.variable, last.visit) if last is not None else (row.columns[-1], "")
    )
    if row.kind == "signed_rank":
        first = known[row.columns[0]]
        within = row.contrast or "all"
        return Key(
            scenario=row.scenario,
            analysis=row.analysis,
            population=PATIENTS,
            outcome=variable,
            visit=visit,
            ref_visit=first.visit,
            group=names.get(tuple(within.split("+")), within),
        )
    if row.kind == "spearman":
        first = known[row.columns[0]]
        return Key(
            scenario=row.scenario,
            analysis=row.analysis,
            population=PATIENTS,
            outcome=first.variable,
            term=variable,
            visit=visit,
            group=row.contrast or "all",
        )
    group, reference = (
        names.get(tuple(side.split("+")), side) for side in row.contrast.split(" vs ")
    )
    of_model = row.kind == "logistic"
    return Key(
        scenario=row.scenario,
        analysis=row.analysis,
        population=PATIENTS,
        outcome=spec.outcome if of_model else variable,
        term=variable if of_model else "",
        visit=visit,
        group=group,
        reference=reference,
    )


def measure(spec: Spec, ensemble: Ensemble, *, threads: int = 1) -> np.ndarray:
    """
    Compute every quantity of every cohort.

    Parameters
    ----------
    spec : Spec
        What the ensemble was drawn from.
    ensemble : Ensemble
        Cohorts.
    threads : int
        Of the battery; the result does not depend on it.

    Returns
    -------
    numpy.ndarray
        float64 ``[quantity, cohort]``, in the order of `quantities`.
    """
    rows = [*_summarise(spec, ensemble)]
    results = battery(ensemble, spec.tests, threads=threads)
    for at in range(len(results.index)):
        rows += cell_values(results, at).values()
    return np.stack(rows) if rows else np.empty((0, ensemble.cohorts))


def _summarise(spec: Spec, ensemble: Ensemble) -> Iterator[np.ndarray]:
    places = {label: at for at, label in enumerate(ensemble.groups)}
    for at, column in enumerate(spec.columns):
        size = float(column.step)
        for _, groups in spec.labels:
            members = np.isin(ensemble.group, [places[group] for group in groups])
            values = ensemble.values[at][members].astype(np.int64)
            n = len(values)
            total = values.sum(axis=0)
            # n * sum of squares - square of the sum: exact in whole steps.
            spread = n * (values * values).sum(axis=0) - total * total
            yield total / n * size
            yield np.sqrt(spread / (n * max(n - 1, 1))) * size
            yield values.min(axis=0) * size
            yield values.max(axis=0) * size
