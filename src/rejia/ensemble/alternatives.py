"""The part of a spec in which it differs from another."""

from dataclasses import replace

import pandas as pd

from rejia.ensemble._battery_tests import FixedLogistic, Kappa, Spearman, Test
from rejia.ensemble.model import Spec
from rejia.ensemble.search import columns_of
from rejia.ensemble.spec import build_spec
from rejia.errors import DefinitionError
from rejia.study import Study


def planned_spec(study: Study, facts: pd.DataFrame, spec_id: str) -> Spec:
    """
    Build a spec of a study's ensemble.

    Parameters
    ----------
    study : Study
        Declares the ensemble.
    facts : pandas.DataFrame
        Table ``facts``.
    spec_id : str
        One of its specs.

    Returns
    -------
    Spec
        The first spec as a whole; of any other only what differs from the first.

    Raises
    ------
    DefinitionError
        If the study plans no ensemble, the spec contradicts itself, or it differs in
        nothing.
    """
    if study.ensemble is None:
        fault = "ensemble: no specs to draw from"
        raise DefinitionError(f"{study.study} plans no ensemble:", [fault])
    first = build_spec(study, facts, study.ensemble.specs[0])
    if spec_id == first.id:
        return first
    other = build_spec(study, facts, spec_id)
    different = differing(first, other)
    if not different:
        fault = f"specs.{spec_id}: the same demands on every cohort as {first.id}"
        raise DefinitionError(f"{study.study} plans a spec twice:", [fault])
    return restrict(other, different)


def differing(first: Spec, other: Spec) -> set[str]:
    """Return the columns of a spec whose lattice or cells are not those of another."""
    known = {column.name: column for column in first.columns}
    return {
        column.name
        for column in other.columns
        if known.get(column.name) != column
        or first.cells_of(column.name) != other.cells_of(column.name)
    }


def restrict(spec: Spec, columns: set[str]) -> Spec:
    """
    Return a spec of some columns, of all that rules or tests link to them.

    Parameters
    ----------
    spec : Spec
        As a whole.
    columns : set of str
        Names.

    Returns
    -------
    Spec
        With the tests that read one of `columns`.
    """
    tests = tuple(test for test in spec.tests if set(_read(test)) & columns)
    kept = spec.linked(columns.union(*(_read(test) for test in tests)))
    return replace(
        spec,
        columns=tuple(column for column in spec.columns if column.name in kept),
        cells=tuple(cell for cell in spec.cells if cell.column in kept),
        rules=tuple(rule for rule in spec.rules if kept.issuperset(rule.columns)),
        tests=tests,
    )


def _read(test: Test) -> tuple[str, ...]:
    match test:
        case FixedLogistic():
            return ()
        case Spearman():
            return (test.x, test.y)
        case Kappa():
            return (test.first, test.second)
        case _:
            return columns_of(test)
