"""Stages of a study that has several cohorts: one study a cohort, then all of them."""

import argparse
from pathlib import Path

from rejia import contracts
from rejia.frame import read_table, write_text
from rejia.present.labels import Labels, read_labels
from rejia.present.model import Table
from rejia.study import read_config, read_study
from rejia.study.document import read_document
from rejia.study.runs import run_studies
from rejia.study.schema import Study

POOLED = "pooled"


def write_definition(arguments: argparse.Namespace) -> None:
    """Write the definition of one cohort as that of a study of its own."""
    import yaml

    from rejia.study.cohorts import cohort_document

    content = read_document(arguments.study).content
    made = cohort_document(content, str(arguments.cohort))
    text = yaml.safe_dump(made, sort_keys=False, allow_unicode=True)
    write_text(arguments.out, text)


def write_gathered(arguments: argparse.Namespace) -> list[str]:
    """Put the released results of all cohorts together, and pool them."""
    from rejia.frame import write_table
    from rejia.pooled import gather_cohorts, pool_results

    study = read_study(arguments.study)
    by_cohort = {
        cohort.name: read_table(
            arguments.released / cohort.name / "results.tsv", contracts.RESULTS
        )
        for cohort in study.cohorts
    }
    results = gather_cohorts(by_cohort)
    write_table(results, arguments.out / "results.tsv", contracts.RESULTS)
    said = [f"{len(results)} results of {len(by_cohort)} cohorts"]
    if study.pooling is not None:
        pooled = pool_results(study, results)
        write_table(pooled, arguments.out / "pooled.tsv", contracts.POOLED)
        said.append(f"{len(pooled)} pooled estimates")
    return said


def gathered_tables(
    study: Study, definition: Path, released: Path, labels: Labels
) -> list[Table]:
    """
    Build the tables of all cohorts of a study side by side, and what is pooled.

    Parameters
    ----------
    study : Study
        With cohorts.
    definition : Path
        Its YAML.
    released : Path
        Its folder of released tables, with one below it for each cohort.
    labels : Labels
        Words.

    Returns
    -------
    list of Table
        In the order of the study; tables of the source are not among them.
    """
    from rejia.cli.released import released_tables
    from rejia.present.abbreviations import explain_abbreviations
    from rejia.present.gathered import pooled_table, side_by_side
    from rejia.present.tables import build_tables

    computed = tuple(name for name in study.tables if isinstance(name, str))
    by_cohort: dict[str, list[Table]] = {}
    runs = run_studies(study, read_document(definition).content).values()
    for cohort, run in zip(study.cohorts, runs, strict=True):
        asked = run.model_copy(update={"tables": computed})
        own = released_tables(released / cohort.name)
        by_cohort[cohort.label] = build_tables(asked, own, labels)
    tables = [
        side_by_side(dict(zip(by_cohort, same, strict=True)))
        for same in zip(*by_cohort.values(), strict=True)
    ]
    if study.pooling is not None:
        made = pooled_table(study, released_tables(released), labels)
        tables.append(explain_abbreviations(made, labels))
    return tables


def write_gathered_tables(arguments: argparse.Namespace) -> None:
    """Write the tables of all cohorts in every configured format."""
    from rejia.present.tables import write_tables

    study, config = read_study(arguments.study), read_config(arguments.config)
    labels = read_labels(arguments.labels).styled(config.formats.preset)
    tables = gathered_tables(study, arguments.study, arguments.released, labels)
    write_tables(tables, config.formats.tables, arguments.out)


def write_gathered_figures(arguments: argparse.Namespace) -> None:
    """Write the forest plot of what is pooled in every configured format."""
    import matplotlib as mpl

    from rejia.cli.released import released_tables
    from rejia.present.figure_style import RC
    from rejia.present.figures import write_figures
    from rejia.present.pooled_forest import pooled_forest

    study, config = read_study(arguments.study), read_config(arguments.config)
    labels = read_labels(arguments.labels)
    with mpl.rc_context(RC):
        figure = pooled_forest(study, released_tables(arguments.released), labels)
    write_figures({POOLED: figure}, config.formats.figures, arguments.out)


def write_gathered_report(arguments: argparse.Namespace) -> None:
    """Write the page of all cohorts of a study."""
    from rejia.cli.presenting import digests, versions
    from rejia.cli.released import released_tables
    from rejia.present.gathered_report import build_gathered_report

    study, config = read_study(arguments.study), read_config(arguments.config)
    labels = read_labels(arguments.labels).styled(config.formats.preset)
    sources = [cohort.cohort for cohort in study.cohorts if cohort.cohort]
    provenance = {
        **{f"{name} {number}": "" for name, number in versions().items()},
        "seed": str(config.seed),
        **digests(arguments.study, sources),
    }
    page = build_gathered_report(
        study,
        released_tables(arguments.released),
        gathered_tables(study, arguments.study, arguments.released, labels),
        arguments.out / "figures",
        labels,
        provenance,
        config.formats.tables,
    )
    write_text(arguments.out / "report.html", page)
