"""The stage of disclosure: private tables to released ones."""

import argparse
from collections.abc import Iterator

from rejia import contracts
from rejia.cli.cohorts import read_cohort_tables
from rejia.disclosure import derive_course, suppress
from rejia.disclosure.flow import suppress_flow
from rejia.frame import read_table, write_table
from rejia.study import read_config, read_study
from rejia.study.flow import ENSEMBLE_TABLES


def write_released(arguments: argparse.Namespace) -> Iterator[str]:
    """
    Release tables, small cells of observed cohorts suppressed.

    Parameters
    ----------
    arguments : argparse.Namespace
        Study, configuration, private tables, folder of released ones.

    Yields
    ------
    str
        How much was kept back.
    """
    study = read_study(arguments.study)
    config = read_config(arguments.config)
    tables = {
        name: read_table(path, contracts.TABLES[name])
        for name, path in (
            ("results", arguments.results),
            ("multiverse", arguments.multiverse),
            ("comparison", arguments.comparison),
        )
        if path is not None
    }
    privacy = study.privacy or config.privacy
    released = suppress(tables, study=study, min_cell=privacy.min_cell)
    for name, table in released.tables.items():
        write_table(table, arguments.out / f"{name}.tsv", contracts.TABLES[name])
    if arguments.flow is not None:
        flow = read_table(arguments.flow, contracts.FLOW)
        flow = suppress_flow(flow, study=study, min_cell=privacy.min_cell)
        write_table(flow, arguments.out / "flow.tsv", contracts.FLOW)
    # These rest on printed numbers alone.
    for name in ("audit", "conflicts", *ENSEMBLE_TABLES):
        path = getattr(arguments, name)
        if path is not None:
            table = read_table(path, contracts.TABLES[name])
            write_table(table, arguments.out / f"{name}.tsv", contracts.TABLES[name])
    if arguments.cohort is not None and study.cohort_kind == "observed":
        yield "the course of observed patients is not released"
    elif arguments.cohort is not None:
        scores = read_table(arguments.scores, contracts.SCORES)
        groups = read_table(arguments.groups, contracts.GROUPS)
        course = derive_course(read_cohort_tables(arguments.cohort), scores, groups)
        write_table(course, arguments.out / "course.tsv", contracts.COURSE)
    yield f"{released.n_suppressed} rows suppressed"
