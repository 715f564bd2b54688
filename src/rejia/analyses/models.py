"""Logistic models of a study: univariable, multivariable, declared alternatives."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rejia.analyses.rows import CohortRows, Row
from rejia.estimate import Key
from rejia.stats import models
from rejia.study.schema import Logistic


def run_logistic(definition: Logistic, rows: CohortRows) -> Iterator[Row]:
    """
    Fit each predictor alone, or all together; then the declared alternatives.

    The event is being in the declared group; everyone else with a group is the
    reference.
    """
    for terms in terms_of(definition):
        yield from _fit(definition, rows, terms, scenario="primary")
    for terms in definition.alternatives.predictors:
        yield from _fit(
            definition, rows, terms, scenario=f"predictors:{'+'.join(terms)}"
        )


def terms_of(definition: Logistic) -> list[tuple[str, ...]]:
    """Return the predictors of each model of the plan."""
    if definition.each:
        return [(name,) for name in definition.predictors]
    return [definition.predictors]


def design_of(
    definition: Logistic, rows: CohortRows, terms: tuple[str, ...]
) -> tuple[pd.Series, pd.DataFrame]:
    """
    Return event and predictors of every patient who has a group.

    Parameters
    ----------
    definition : Logistic
        Its event.
    rows : CohortRows
        The cohort.
    terms : tuple of str
        Predictors.

    Returns
    -------
    event : pandas.Series
        1 and 0 by patient.
    design : pandas.DataFrame
        A column a predictor; `nan` where missing.
    """
    grouped = rows.groups[rows.groups["group"] != ""].set_index("patient")["group"]
    members = rows.members(definition.event.group)
    event = pd.Series(
        [float(patient in members) for patient in grouped.index], index=grouped.index
    )
    columns = {}
    for name in terms:
        visit = _visit(definition, rows, name)
        values = rows.values(name, visit=visit, population="patients")
        columns[name] = values.numbers
    return event, pd.DataFrame(columns).reindex(grouped.index)


def key_of(
    definition: Logistic, rows: CohortRows, name: str, *, scenario: str = "primary"
) -> Key:
    """Return the key of a predictor's odds ratio."""
    return Key(
        scenario=scenario,
        analysis=definition.id,
        population=definition.population or "patients",
        outcome=rows.study.groups.outcome if rows.study.groups else "",
        term=name,
        visit=_visit(definition, rows, name),
        group=definition.event.group,
        reference=reference_of(rows, definition.event.group),
    )


def _fit(
    definition: Logistic, rows: CohortRows, terms: tuple[str, ...], *, scenario: str
) -> Iterator[Row]:
    event, design = design_of(definition, rows, terms)
    complete = design.notna().all(axis=1)
    estimates = models.logistic(
        event[complete].to_numpy(),
        design[complete].to_numpy(),
        names=list(terms),
        inference=definition.inference,
    )
    for name, estimate in zip(terms, estimates, strict=True):
        unit = rows.variable(name).unit
        yield Row(
            key=key_of(definition, rows, name, scenario=scenario),
            estimate=estimate,
            n_missing=float(np.sum(~complete)) + len(rows.patients) - len(event),
            unit=f"per {unit}" if unit else "",
            adjusted_for=";".join(other for other in terms if other != name),
            family=definition.family,
        )


def _visit(definition: Logistic, rows: CohortRows, name: str) -> str:
    variable = rows.variable(name)
    return (definition.visit or "") if variable.per == "visit" else ""


def reference_of(rows: CohortRows, group: str) -> str:
    """Return the label of everyone else, as a declared merge where there is one."""
    groups = rows.study.groups
    if groups is None:
        return ""
    labels = groups.labels
    others = [
        label
        for label in (labels.improved, labels.unchanged, labels.worsened)
        if label != group
    ]
    for merge, parts in groups.merges.items():
        if sorted(parts) == sorted(others):
            return merge
    return "+".join(others)
