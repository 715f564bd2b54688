"""The stage of a cohort: read, check, exclude; and its tables for later stages."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from rejia import contracts
from rejia.errors import DataError
from rejia.frame import read_table, write_table
from rejia.study import read_study


def write_cohort(arguments: argparse.Namespace) -> Iterator[str]:
    """
    Read and check a cohort; write canonical tables of those who are analysed.

    Parameters
    ----------
    arguments : argparse.Namespace
        Study, cohort, folder of data, folder of tables.

    Yields
    ------
    str
        What was decided: counts only, never a patient's value.

    Raises
    ------
    DataError
        If the cohort has faults, or nobody is left.
    """
    from rejia.analyses.run import cohort_name
    from rejia.cli.excluding import analysed_cohort
    from rejia.cohort import inspect_cohort
    from rejia.cohort.check import count_faults
    from rejia.cohort.exclusions import flow_table
    from rejia.scores.forms import known_findings

    study = read_study(arguments.study)
    found = inspect_cohort(study, arguments.cohort, known_findings(study))
    faults, data = found.faults, arguments.data or Path("data")
    if faults:
        advice = f"run `rejia check {study.study}` to see rows and values"
        raise DataError(
            f"{arguments.cohort} does not fit study {study.study} "
            f"({len(faults)} faults); {advice}:",
            count_faults(faults),
        )
    if found.warnings:
        yield f"{len(found.warnings)} warnings; `rejia check {study.study}` shows them"
    analysed = analysed_cohort(study, found.tables, data)
    tables = analysed.tables
    if study.exclusions:
        yield f"{len(tables['patients'])} of {analysed.n} patients analysed"
    if tables["patients"].empty:
        raise DataError(
            f"no patient of study {study.study} is left:",
            ["its exclusions fit everyone; `rejia check` shows whom, and why"],
        )
    if study.sources.hash_identifiers:
        from rejia.cohort.identifiers import project_key, with_hashes

        tables = with_hashes(tables, project_key(data)[0])
        yield "identifiers are keyed hashes"
    flow = flow_table(study, cohort_name(study), analysed, found.set_aside)
    write_table(flow, arguments.out / "flow.tsv", contracts.FLOW)
    for name, table in tables.items():
        write_table(table, arguments.out / f"{name}.tsv", contracts.COHORT_TABLES[name])
        yield f"{name}: {len(table)} rows"


def read_cohort_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the canonical tables of a cohort, the study's own columns included."""
    return {
        name: _numbers(read_table(folder / f"{name}.tsv", contract, extra=True))
        for name, contract in contracts.COHORT_TABLES.items()
    }


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Turn the study's own columns back into numbers where all of them are."""
    for name in table.columns:
        if name not in contracts.PATIENTS and name not in contracts.MEASUREMENTS:
            texts = table[name]
            if pd.api.types.is_float_dtype(texts):
                continue
            numbers = pd.to_numeric(texts.where(texts != ""), errors="coerce")
            if (numbers.notna() == (texts != "")).all() and (texts != "").any():
                table[name] = numbers
    return table
