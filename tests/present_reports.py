"""The reports of the project's own studies, for tests in a browser."""

from functools import cache
from itertools import cycle
from pathlib import Path

import pandas as pd

from present_cohorts import cohort, released
from present_material import ROOT, frame, words
from rejia.audit import conflicts, lay_conflicts
from rejia.contracts import REPRODUCER
from rejia.disclosure import derive_course
from rejia.facts import read_facts
from rejia.frame import write_text
from rejia.multiverse.run import run_multiverse
from rejia.present.figures import build_figures, write_figures
from rejia.present.labels import Labels
from rejia.present.methods import methods_text
from rejia.present.model import ATTAINABLE_SYMBOLS
from rejia.present.report import build_index, build_report, build_summary
from rejia.present.tables import build_tables, write_tables
from rejia.results import gather_results
from rejia.study import Study, read_study

STUDIES = ("aoki2014", "cabrera2016", "alexeeva2013")
FORMATS = ("svg",)
ASKED = ("p_value", "odds_ratio", "ci_low", "ci_high")


@cache
def real_study(name: str) -> Study:
    """Return a study as the project declares it."""
    return read_study(ROOT / "config" / "studies" / f"{name}.yaml")


def write_reports(folder: Path) -> Path:
    """Write the reports, tables and figures of all studies, and their index."""
    labels = words()
    entries = []
    for name in STUDIES:
        study, tables = real_study(name), report_tables(name)
        entries.append((study, build_summary(study, tables, labels)))
        _write_report(study, tables, labels, folder / name)
    write_text(folder / "index.html", build_index(entries, labels))
    return folder


def _write_report(
    study: Study, tables: dict[str, pd.DataFrame], labels: Labels, folder: Path
) -> None:
    made = build_tables(study, tables, labels)
    write_tables(made, ["html"], folder / "tables")
    figures = build_figures(study, tables, labels)
    write_figures(figures, FORMATS, folder / "figures")
    page = build_report(
        study, tables, made, folder / "figures", labels, {"seed": "1"}, ["html"]
    )
    write_text(folder / "report.html", page)
    write_text(folder / "methods.md", methods_text(study, tables, {}, labels))


@cache
def report_tables(name: str) -> dict[str, pd.DataFrame]:
    """Return what the report of a study is made of."""
    study = real_study(name)
    tables = dict(released(name))
    facts = read_facts(ROOT / "data" / str(study.sources.facts))
    found = conflicts(facts, study.structure, audited=tables["audit.tsv"])
    tables["conflicts.tsv"] = lay_conflicts(found)
    if study.cohort_kind != "published_summary":
        rows = cohort(name)
        tables["course.tsv"] = derive_course(rows.tables, rows.scores, rows.groups)
    if study.sensitivity is not None:
        tables["multiverse.tsv"] = _few_scenarios(study)
    if study.ensemble is not None:
        tables["comparison.tsv"] = _judged_by_turns(tables["comparison.tsv"])
        tables["reproducer.tsv"] = _searched(tables["comparison.tsv"])
    return tables


def _few_scenarios(study: Study) -> pd.DataFrame:
    """Run two thresholds and forty exchanges: enough for every part of a page."""
    assert study.sensitivity is not None
    assert study.sensitivity.exchange is not None
    exchange = study.sensitivity.exchange.model_copy(update={"draws": 40})
    few = {"thresholds": (0, 1), "exchange": exchange}
    sensitivity = study.sensitivity.model_copy(update=few)
    rows = cohort(study.study)
    estimates = run_multiverse(
        study.model_copy(update={"sensitivity": sensitivity}),
        tables=rows.tables,
        scores=rows.scores,
        groups=rows.groups,
        seed=1,
    )
    return gather_results(study, estimates)[1]


def _judged_by_turns(comparison: pd.DataFrame) -> pd.DataFrame:
    """
    Give printed numbers the verdicts by turns, so that a page shows each of them.

    What an ensemble says of the numbers is tested elsewhere; few cohorts would not give
    every verdict.
    """
    table = comparison.copy()
    table.attrs = {}  # what was read of the frame that it was copied from
    asked = table.index[table["statistic"].isin(ASKED)]
    for at, verdict in zip(asked, cycle(ATTAINABLE_SYMBOLS), strict=False):
        cells = {"spec": "repaired", "law": "uniform", "evidence": "search"}
        cells |= {"attainability": verdict, "witness": "repaired-1;repaired-2"}
        limits = {"attainable_low": 0.001, "attainable_high": 0.9}
        for name, value in (cells | limits).items():
            table.loc[at, name] = value
        table.loc[at, ["q005", "q50", "q995"]] = [0.002, 0.03, 0.4]
    return table


def _searched(comparison: pd.DataFrame) -> pd.DataFrame:
    some = comparison[comparison["statistic"].isin(ASKED)].head(3)
    row = {
        "study": "aoki2014",
        "spec": "repaired",
        "subject": "mmp3@baseline",
        "facts": ";".join(some["fact"]),
        "printed": ";".join(some["printed"]),
        "readings": ";".join(["raw"] * len(some)),
        "nearest": ";".join(["0.01"] * len(some)),
    }
    found = {"found": "yes", "distance": 0.0, "witness": "repaired-r1"}
    missing = {"found": "no", "distance": 268.6, "witness": "repaired-r2"}
    return frame(REPRODUCER, row | found, row | missing)
