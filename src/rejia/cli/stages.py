"""``rejia stage NAME``: what the rules of the workflow call; files in, files out."""

import argparse
import ctypes
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from rejia import contracts
from rejia.errors import DefinitionError
from rejia.frame import read_table, write_table, write_text
from rejia.study import read_config, read_study

Arguments = argparse.Namespace


def run_stage(argv: Sequence[str]) -> None:
    """
    Run one stage.

    Parameters
    ----------
    argv : sequence of str
        Name of the stage and its options.

    Raises
    ------
    UserError
        With the faults of its inputs; nothing has been written then.
    """
    _die_with_parent()
    parser = argparse.ArgumentParser(prog="rejia stage", allow_abbrev=False)
    stages = parser.add_subparsers(dest="stage", required=True)
    for name, (function, options) in _STAGES.items():
        stage = stages.add_parser(
            name, help=(function.__doc__ or "").strip(), allow_abbrev=False
        )
        stage.set_defaults(function=function)
        for option in options.split():
            stage.add_argument(
                f"--{option.rstrip('?*')}",
                type=Path,
                required=not option.endswith("?"),
            )
    arguments = parser.parse_args(argv)
    arguments.function(arguments)


def _die_with_parent() -> None:
    """End with the workflow: an orphan would write beside its successor (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _say(text: str) -> None:
    """Write one decision to the log; counts only, never a patient's value."""
    sys.stderr.write(f"{text}\n")


def _audit(arguments: Arguments) -> None:
    """Audit the printed numbers of a study."""
    from rejia.audit import audit, conflicts, lay_conflicts
    from rejia.facts import read_facts

    study = read_study(arguments.study)
    facts = read_facts(arguments.facts)
    findings = audit(facts, study.structure)
    found = lay_conflicts(conflicts(facts, study.structure, audited=findings))
    write_table(findings, arguments.out, contracts.AUDIT)
    write_table(found, arguments.conflicts, contracts.CONFLICTS)
    for verdict, count in findings["verdict"].value_counts().sort_index().items():
        _say(f"{count} checks {verdict}")
    for kind, count in found["kind"].value_counts().sort_index().items():
        _say(f"{count} sets: {kind}")


def _joint_conflicts(arguments: Arguments) -> None:
    """Add the conflicts of the joint level to those of the audit."""
    from rejia.cli.joints import write_joint_conflicts

    write_joint_conflicts(arguments)


def _ensemble(arguments: Arguments) -> None:
    """Draw one cohort that is consistent with the printed numbers."""
    from rejia.ensemble import draw_cohort
    from rejia.facts import read_facts

    study, config = read_study(arguments.study), read_config(arguments.config)
    tables = draw_cohort(study, read_facts(arguments.facts), seed=config.seed)
    for name, table in tables.items():
        write_table(table, arguments.out / f"{name}.tsv", contracts.COHORT_TABLES[name])
    _say(f"{len(tables['patients'])} patients drawn with seed {config.seed}")


def _draws(arguments: Arguments) -> None:
    """Draw some blocks of cohorts that fit a spec."""
    from rejia.cli.ensembles import write_draws

    write_draws(arguments)


def _hulls(arguments: Arguments) -> None:
    """Search how far each statistic can go."""
    from rejia.cli.ensembles import write_searched

    write_searched(arguments)


def _certificates(arguments: Arguments) -> None:
    """Prove bounds that no cohort passes."""
    from rejia.cli.ensembles import write_certificates

    write_certificates(arguments)


def _reproducer(arguments: Arguments) -> None:
    """Search for cohorts with all that is printed of some columns."""
    from rejia.cli.ensembles import write_reproduced

    write_reproduced(arguments)


def _attainable(arguments: Arguments) -> None:
    """Say which values were attainable, and judge the printed numbers by them."""
    from rejia.cli.ensembles import write_attainable

    write_attainable(arguments)


def _cohort(arguments: Arguments) -> None:
    """Read and check a cohort; write canonical tables of those who are analysed."""
    from rejia.cli.cohorts import write_cohort

    for line in write_cohort(arguments):
        _say(line)


def _scores(arguments: Arguments) -> None:
    """Derive every score that the study declares."""
    from rejia.cli.cohorts import read_cohort_tables
    from rejia.scores import derive_scores, read_references

    study = read_study(arguments.study)
    standards = read_references(study, arguments.data) if arguments.data else None
    tables = read_cohort_tables(arguments.cohort)
    scores = derive_scores(study, tables, standards)
    write_table(scores, arguments.out, contracts.SCORES)
    _say(f"{len(scores)} scores, {int((scores['reason'] != '').sum())} with a reason")


def _groups(arguments: Arguments) -> None:
    """Group the patients by the change of the study's outcome."""
    from rejia.cli.cohorts import read_cohort_tables
    from rejia.groups import derive_groups, detectable_change
    from rejia.scores.by_reader import needed_by_reader

    study = read_study(arguments.study)
    scores = read_table(arguments.scores, contracts.SCORES)
    tables = read_cohort_tables(arguments.cohort)
    by_reader = needed_by_reader(study, tables)
    if study.groups is not None and study.groups.sdc is not None:
        found = detectable_change(study, study.groups.sdc, by_reader)
        _say(f"threshold: smallest detectable change of {found.estimate:g}")
    groups = derive_groups(study, tables, scores, by_reader)
    write_table(groups, arguments.out, contracts.GROUPS)
    _say(f"{int((groups['group'] != '').sum())} of {len(groups)} patients grouped")


def _analyses(arguments: Arguments) -> None:
    """Run the study's analyses."""
    from rejia.analyses import run_analyses
    from rejia.analyses.rows import CohortRows
    from rejia.cli.cohorts import read_cohort_tables
    from rejia.facts import read_facts

    study = read_study(arguments.study)
    facts = read_facts(arguments.facts) if arguments.facts else None
    rows = None
    if arguments.cohort is not None:
        rows = CohortRows(
            study=study,
            tables=read_cohort_tables(arguments.cohort),
            scores=read_table(arguments.scores, contracts.SCORES),
            groups=read_table(arguments.groups, contracts.GROUPS),
        )
    estimates = run_analyses(study, cohort=rows, facts=facts)
    write_table(estimates, arguments.out, contracts.ESTIMATES)
    _say(f"{len(estimates)} estimates")


def _multiverse(arguments: Arguments) -> None:
    """Run the scenarios that the study declares: thresholds, exchange, follow-up."""
    from rejia.cli.cohorts import read_cohort_tables
    from rejia.multiverse.run import run_multiverse

    study, config = read_study(arguments.study), read_config(arguments.config)
    estimates = run_multiverse(
        study,
        tables=read_cohort_tables(arguments.cohort),
        scores=read_table(arguments.scores, contracts.SCORES),
        groups=read_table(arguments.groups, contracts.GROUPS),
        seed=config.seed,
    )
    write_table(estimates, arguments.out, contracts.ESTIMATES)
    for scenario, count in estimates["scenario"].value_counts().sort_index().items():
        _say(f"{count} estimates, {scenario}")


def _results(arguments: Arguments) -> None:
    """Gather estimates and adjust p-values within families."""
    from rejia.results import gather_results

    study = read_study(arguments.study)
    estimates = read_table(arguments.estimates, contracts.ESTIMATES)
    if arguments.scenarios is not None:
        scenarios = read_table(arguments.scenarios, contracts.ESTIMATES)
        estimates = pd.concat([estimates, scenarios], ignore_index=True)
    results, multiverse = gather_results(study, estimates)
    write_table(results, arguments.out / "results.tsv", contracts.RESULTS)
    write_table(multiverse, arguments.out / "multiverse.tsv", contracts.RESULTS)
    _say(f"{len(results)} results, {len(multiverse)} rows of other scenarios")


def _comparison(arguments: Arguments) -> None:
    """Hold each printed number against what was recomputed."""
    from rejia.analyses.run import cohort_name
    from rejia.comparison import compare, unknown_facts
    from rejia.facts import read_facts

    study = read_study(arguments.study)
    facts = read_facts(arguments.facts)
    faults = unknown_facts(study, facts)
    if faults:
        raise DefinitionError(f"study {study.study} names facts there are not:", faults)
    results = None
    if arguments.results is not None:
        results = read_table(arguments.results, contracts.RESULTS)
    judged = None
    if arguments.judged is not None:
        judged = read_table(arguments.judged, contracts.JUDGED)
    compared = compare(study.study, cohort_name(study), facts, results, judged)
    write_table(compared, arguments.out, contracts.COMPARISON)
    for verdict, count in compared["reproduction"].value_counts().sort_index().items():
        _say(f"{count} printed numbers: {verdict}")


def _disclosure(arguments: Arguments) -> None:
    """Release tables, small cells of observed cohorts suppressed."""
    from rejia.cli.releasing import write_released

    for line in write_released(arguments):
        _say(line)


def _definition(arguments: Arguments) -> None:
    """Write the definition of one cohort as that of a study of its own."""
    from rejia.cli.gathering import write_definition

    write_definition(arguments)


def _gather(arguments: Arguments) -> None:
    """Put the released results of all cohorts together, and pool them."""
    from rejia.cli.gathering import write_gathered

    for line in write_gathered(arguments):
        _say(line)


def _config(arguments: Arguments) -> None:
    """Write the configuration as it was understood, every default filled in."""
    import yaml

    config = read_config(arguments.config)
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=True)
    write_text(arguments.out, text)


def _tables(arguments: Arguments) -> None:
    """Lay out the study's tables."""
    if read_study(arguments.study).cohorts:
        from rejia.cli.gathering import write_gathered_tables

        write_gathered_tables(arguments)
    else:
        from rejia.cli.presenting import write_study_tables

        write_study_tables(arguments)


def _figures(arguments: Arguments) -> None:
    """Draw the study's figures."""
    if read_study(arguments.study).cohorts:
        from rejia.cli.gathering import write_gathered_figures

        write_gathered_figures(arguments)
    else:
        from rejia.cli.presenting import write_study_figures

        write_study_figures(arguments)


def _report(arguments: Arguments) -> None:
    """Write the study's report and methods."""
    if read_study(arguments.study).cohorts:
        from rejia.cli.gathering import write_gathered_report

        write_gathered_report(arguments)
    else:
        from rejia.cli.presenting import write_study_report

        write_study_report(arguments)


def _index(arguments: Arguments) -> None:
    """Write the page that leads to every study's report."""
    from rejia.cli.presenting import write_index

    write_index(arguments)


def _manifest(arguments: Arguments) -> None:
    """Write the digests of every input and output."""
    from rejia.cli.presenting import write_manifest

    write_manifest(arguments)


# Options of each stage: all are paths; a question mark makes one optional.
_STAGES: dict[str, tuple[Callable[[Arguments], None], str]] = {
    "config": (_config, "config out"),
    "audit": (_audit, "study facts out conflicts"),
    "joint_conflicts": (_joint_conflicts, "study facts conflicts out"),
    "ensemble": (_ensemble, "study config facts out"),
    "draws": (_draws, "study config facts spec law first cohorts out"),
    "hulls": (_hulls, "study config facts draws out"),
    "certificates": (_certificates, "study config facts draws hulls out"),
    "reproducer": (_reproducer, "study config facts draws part parts out"),
    "attainable": (
        _attainable,
        "study config facts draws hulls certificates reproduced parts out",
    ),
    "cohort": (_cohort, "study cohort data? out"),
    "scores": (_scores, "study cohort data? out"),
    "groups": (_groups, "study cohort scores out"),
    "analyses": (_analyses, "study facts? cohort? scores? groups? out"),
    "multiverse": (_multiverse, "study config cohort scores groups out"),
    "results": (_results, "study estimates scenarios? out"),
    "comparison": (_comparison, "study facts results? judged? out"),
    "definition": (_definition, "study cohort out"),
    "gather": (_gather, "study released out"),
    "disclosure": (
        _disclosure,
        "study config results? multiverse? audit? conflicts? comparison? cohort? "
        "scores? groups? flow? attainable? witnesses? "
        "certificates? reproducer? sampling? out",
    ),
    "tables": (_tables, "study config labels released out"),
    "figures": (_figures, "study config labels released out"),
    "report": (_report, "study config labels released out"),
    "index": (_index, "project out"),
    "manifest": (_manifest, "project out"),
}
