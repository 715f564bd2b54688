"""The project as every rule sees it, and digests: what makes a rule run again."""

from pathlib import Path

from snakemake.exceptions import WorkflowError

from rejia.contracts import COHORT_TABLES
from rejia.errors import UserError
from rejia.study.flow import (
    ENSEMBLE_TABLES,
    REPRODUCER_PARTS,
    Flow,
    given,
    prepare_environment,
)
from rejia.study.project import read_project, source_digest
from rejia.study.runs import BETWEEN

prepare_environment()
try:
    CHOSEN = tuple(filter(None, str(config.get("studies", "")).split(",")))
    FLOW = Flow(read_project(Path.cwd(), only=CHOSEN))
except UserError as error:
    raise WorkflowError(str(error))

STUDIES = FLOW.studies
RUNS = FLOW.runs
SOURCE = source_digest(present=False)
SOURCE_PRESENT = source_digest(present=True)
LABELS = "config/labels.yaml"
# Priorities: what most of a run waits for, then what takes long.
FIRST, SOON = 20, 10


wildcard_constraints:
    study="|".join(RUNS),
