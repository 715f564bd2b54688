"""Studies run in this process, for the tests of what is presented of them."""

from functools import cache
from pathlib import Path

import pandas as pd

from present_material import ROOT
from rejia.analyses import run_analyses
from rejia.analyses.rows import CohortRows
from rejia.audit import audit
from rejia.cohort import read_cohort
from rejia.comparison import compare
from rejia.contracts import COHORT_TABLES, GROUPS, RESULTS, SCORES
from rejia.ensemble import draw_cohort
from rejia.facts import read_facts
from rejia.frame import write_table
from rejia.groups import derive_groups
from rejia.results import gather_results
from rejia.scores import derive_scores
from rejia.study import Study, read_study

TINY = ROOT / "tests" / "workflow" / "project"
COMPUTED = (
    "baseline_by_group",
    "before_after",
    "risk_factors",
    "grade_transitions",
    "agreement",
    "acr_pedi_by_visit",
    "inactive_disease",
)


@cache
def definition(name: str) -> Study:
    """Return a study that asks for its printed tables, and all that are computed."""
    folder = TINY if name == "tiny" else ROOT
    study = read_study(folder / "config" / "studies" / f"{name}.yaml")
    printed = [
        t for t in study.tables if not isinstance(t, str) and t.show == "printed"
    ]
    wanted = (*printed, *COMPUTED, "published_and_recomputed")
    return study.model_copy(update={"tables": wanted})


@cache
def cohort(name: str) -> CohortRows:
    """Return the cohort of a study: drawn, or from its files."""
    study, data = definition(name), (TINY if name == "tiny" else ROOT) / "data"
    if study.sources.cohort is not None:
        faults, tables = read_cohort(study, data / study.sources.cohort)
        assert not faults
    else:
        facts = read_facts(data / str(study.sources.facts))
        tables = draw_cohort(study, facts, seed=20140501)
    scores = derive_scores(study, tables)
    groups = derive_groups(study, tables, scores)
    return CohortRows(
        study=study, tables=tables, scores=scores, groups=groups, planned_only=True
    )


@cache
def released(name: str) -> dict[str, pd.DataFrame]:
    """Return the released tables of a study."""
    study, data = definition(name), (TINY if name == "tiny" else ROOT) / "data"
    facts = read_facts(data / str(study.sources.facts))
    estimates = run_analyses(study, cohort=cohort(name), facts=facts)
    results, multiverse = gather_results(study, estimates)
    return {
        "results.tsv": results,
        "multiverse.tsv": multiverse,
        "comparison.tsv": compare(name, "", facts, results),
        "audit.tsv": audit(facts, study.structure),
    }


def write_work(name: str, folder: Path) -> Path:
    """Write what the script in R reads; return the results file."""
    rows = cohort(name)
    for table, contract in COHORT_TABLES.items():
        write_table(rows.tables[table], folder / "cohort" / f"{table}.tsv", contract)
    write_table(rows.scores, folder / "scores" / "scores.tsv", SCORES)
    write_table(rows.groups, folder / "groups" / "groups.tsv", GROUPS)
    path = folder / "results" / "results.tsv"
    write_table(released(name)["results.tsv"], path, RESULTS)
    return path
