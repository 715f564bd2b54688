"""What flows through the workflow for each study: files by stage, options, products."""

import os
import shlex
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from rejia.contracts import COHORT_TABLES
from rejia.study.config import Config
from rejia.study.graded import graded_by_joint
from rejia.study.project import Project, digest
from rejia.study.runs import BETWEEN
from rejia.study.schema import Study

Files = Callable[[Any], list[str]]

# The same bytes from run to run; the commands of the rules inherit these.
ENVIRONMENT = {
    "SOURCE_DATE_EPOCH": "1388534400",
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "MPLBACKEND": "Agg",
    "LC_ALL": "C.UTF-8",
}


def prepare_environment() -> None:
    """Fix what bytes depend on, and call the rejia of this interpreter."""
    os.environ.update(ENVIRONMENT)
    # Dozens of short processes must not compile the package each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    folder = str(Path(sys.executable).parent)
    if folder not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([folder, os.environ["PATH"]])


def given(name: str, paths: str | Iterable[str], *, folder: bool = False) -> str:
    """
    Return an option of a command and its path, or nothing where there is none.

    Parameters
    ----------
    name : str
        Option without dashes.
    paths : str or iterable of str
        The first is taken.
    folder : bool
        Whether the command wants the folder of that file.
    """
    first = [paths] if isinstance(paths, str) else list(paths)
    if not first:
        return ""
    path = Path(first[0]).parent if folder else Path(first[0])
    return f"--{name} {shlex.quote(path.as_posix())}"


# Tables that the ensemble makes and disclosure releases.
ENSEMBLE_TABLES = (
    "attainable",
    "witnesses",
    "certificates",
    "reproducer",
    "sampling",
)
# Steps of the workflow that share the searches for cohorts that reproduce the print.
REPRODUCER_PARTS = 3
# Cohorts of a block; the draws of a block depend on its number alone.
BLOCK = 1024


@dataclass(frozen=True, slots=True)
class DrawFile:
    """One job of the ensemble: some blocks of one spec and law."""

    spec: str
    law: str
    first: int
    cohorts: int
    path: str


def draw_files(study: Study, config: Config) -> list[DrawFile]:
    """
    Return the files of drawn cohorts of a study, in the order of their cohorts.

    Parameters
    ----------
    study : Study
        Plans the ensemble, or none.
    config : Config
        Says how many cohorts, and how many in one file.
    """
    plan, size = study.ensemble, config.ensemble
    blocks = max(1, size.cohorts_a_job // BLOCK)
    found = []
    for spec in plan.specs if plan is not None else ():
        for law in plan.laws if plan is not None else ():
            is_main = plan is not None and (spec, law) == (plan.specs[0], plan.laws[0])
            cohorts = size.cohorts if is_main else size.sensitivity_cohorts
            for first in range(0, -(-cohorts // BLOCK), blocks):
                count = min(blocks * BLOCK, cohorts - first * BLOCK)
                path = f"work/{study.study}/draws/{spec}-{law}-{first}.npz"
                found.append(DrawFile(spec, law, first, count, path))
    return found


@dataclass(frozen=True, slots=True)
class Flow:
    """
    The files of every study, by stage.

    A study that has several cohorts is run once for each of them; the wildcard
    `study` of a rule is such a run (``study/cohort``), and so are its folders.

    Attributes
    ----------
    project : Project
        As read.
    """

    project: Project

    @property
    def studies(self) -> list[str]:
        """Names of the studies that run."""
        return list(self.project.studies)

    @property
    def runs(self) -> list[str]:
        """What the stages run on: studies, or their cohorts."""
        return list(self.project.runs)

    @property
    def gathered(self) -> list[str]:
        """Names of the studies that have several cohorts."""
        return [name for name in self.studies if self.project.studies[name].cohorts]

    def definition(self, wildcards: Any) -> str:
        """Return the definition that the stages of a run read."""
        return self.definition_of(str(wildcards.study))

    def definition_of(self, run: str) -> str:
        """Return the definition of a run: of a study, or of one of its cohorts."""
        name = run.partition(BETWEEN)[0]
        folder = "config/studies" if name == run else f"work/{run}"
        return f"{folder}/{name}.yaml"

    def has(self, study: str, what: str) -> bool:
        """Say whether a study has facts, a cohort, a course, analyses and the like."""
        definition = self.project.runs[study]
        return {
            "facts": definition.sources.facts is not None,
            "cohort": definition.has_cohort,
            "course": definition.has_cohort and definition.cohort_kind != "observed",
            "analyses": bool(definition.analyses),
            "multiverse": definition.has_cohort and definition.sensitivity is not None,
            "flow": definition.has_cohort
            and (bool(definition.exclusions) or definition.cohort_kind == "observed"),
            "compared": self.facts_of(study) is not None,
            "ensemble": definition.ensemble is not None,
            "joints": definition.ensemble is not None
            and definition.sources.facts is not None
            and graded_by_joint(definition) is not None,
        }[what]

    def facts_of(self, study: str) -> str | None:
        """Return the printed numbers that a study is held against: its own first."""
        definition = self.project.runs[study]
        if definition.sources.facts is not None or definition.compare_with is None:
            return definition.sources.facts
        return self.project.compared[definition.compare_with].sources.facts

    def compared(self, wildcards: Any) -> list[str]:
        """Return the raw facts that a study is compared with, if there are any."""
        path = self.facts_of(str(wildcards.study))
        return [f"data/{path}"] if path else []

    def draws(self, wildcards: Any) -> list[str]:
        """Return the files of drawn cohorts of a study."""
        study = self.project.runs[str(wildcards.study)]
        return [file.path for file in draw_files(study, self.project.config)]

    def starts(self, wildcards: Any) -> list[str]:
        """Return the first file of cohorts of each spec: where searches begin."""
        study = self.project.runs[str(wildcards.study)]
        laws = study.ensemble.laws[:1] if study.ensemble is not None else ()
        return [
            file.path
            for file in draw_files(study, self.project.config)
            if file.law in laws and file.first == 0
        ]

    def drawn_before(self, wildcards: Any) -> list[str]:
        """Return the first file of cohorts, for all others: it has code compiled."""
        first, *_ = self.draws(wildcards)
        asked = f"{wildcards.spec}-{wildcards.law}-{wildcards.first}"
        return [] if Path(first).stem == asked else [first]

    def draw_size(self, wildcards: Any) -> int:
        """Return the number of cohorts of a file of drawn cohorts."""
        study = self.project.runs[str(wildcards.study)]
        asked = (wildcards.spec, wildcards.law, int(wildcards.first))
        return next(
            file.cohorts
            for file in draw_files(study, self.project.config)
            if (file.spec, file.law, file.first) == asked
        )

    def when(self, what: str, *paths: str) -> Files:
        """Return a function from wildcards to the paths of studies that have it."""

        def files(wildcards: Any) -> list[str]:
            study = str(wildcards.study)
            there = self.has(study, what)
            return [path.format(study=study) for path in paths if there]

        return files

    def facts(self, wildcards: Any) -> list[str]:
        """Return the raw facts of a study, if it has any."""
        path = self.project.runs[str(wildcards.study)].sources.facts
        return [f"data/{path}"] if path else []

    def references(self, wildcards: Any) -> list[str]:
        """Return the files of standards that a study's variables name."""
        return [f"data/{p}" for p in self.project.references(str(wildcards.study))]

    def cohort(self, wildcards: Any) -> list[str]:
        """Return the files of a study's cohort: raw ones, or those of a draw."""
        study = str(wildcards.study)
        source = self.project.runs[study].sources.cohort
        if source is None:
            return [f"work/{study}/ensemble/{name}.tsv" for name in COHORT_TABLES]
        return [
            path.as_posix()
            for path in self.project.raw_inputs(study)
            if path.is_relative_to(Path("data") / source)
        ]

    def cohort_source(self, wildcards: Any) -> str:
        """Return the folder, workbook or file that a study's cohort is read from."""
        study = str(wildcards.study)
        source = self.project.runs[study].sources.cohort
        return f"work/{study}/ensemble" if source is None else f"data/{source}"

    def data_digest(self, wildcards: Any) -> str:
        """Return a digest of a study's raw files: times do not tell every change."""
        return self.project.input_digest(str(wildcards.study))

    def definition_digest(self, wildcards: Any) -> str:
        """Return a digest of a study's definition."""
        name = str(wildcards.study).partition(BETWEEN)[0]
        file = Path("config") / "studies" / f"{name}.yaml"
        return digest([self.project.folder / file])

    def meaning_digest(self, study: str) -> str:
        """Return a digest of what a definition says: a comment does not change it."""
        known = {**self.project.studies, **self.project.runs}
        text = known[study].model_dump_json()
        return sha256(text.encode()).hexdigest()[:16]

    def released(self, study: str) -> list[str]:
        """Return the released tables of a study."""
        made = {
            "results": "analyses",
            "multiverse": "analyses",
            "audit": "facts",
            "conflicts": "facts",
            "comparison": "compared",
            "course": "course",
            "flow": "flow",
            **dict.fromkeys(ENSEMBLE_TABLES, "ensemble"),
        }
        return [
            f"results/{study}/{name}.tsv"
            for name, what in made.items()
            if self.has(study, what)
        ]

    def private(self, study: str) -> dict[str, str]:
        """Return the private tables that disclosure reads, by option."""
        work = f"work/{study}"
        made = {
            **{
                name: ("ensemble", f"{work}/attainable/{name}.tsv")
                for name in ENSEMBLE_TABLES
            },
            "results": ("analyses", f"{work}/results/results.tsv"),
            "multiverse": ("analyses", f"{work}/results/multiverse.tsv"),
            "audit": ("facts", f"{work}/audit/audit.tsv"),
            "conflicts": ("facts", self.conflicts(study)),
            "comparison": ("compared", f"{work}/comparison/comparison.tsv"),
            "cohort": ("course", f"{work}/cohort/patients.tsv"),
            "scores": ("course", f"{work}/scores/scores.tsv"),
            "groups": ("course", f"{work}/groups/groups.tsv"),
            "flow": ("flow", f"{work}/cohort/flow.tsv"),
        }
        return {
            name: path for name, (what, path) in made.items() if self.has(study, what)
        }

    def conflicts(self, study: str) -> str:
        """Return the table of conflicts, with those of joints where they are graded."""
        name = "joint_conflicts" if self.has(study, "joints") else "conflicts"
        return f"work/{study}/audit/{name}.tsv"

    def private_options(self, study: str) -> str:
        """Return the options of disclosure."""
        return " ".join(
            given(name, path, folder=name == "cohort")
            for name, path in self.private(study).items()
        )

    def products(self, study: str, what: str) -> list[str]:
        """Return the files of the tables, or figures, that a study names."""
        named = getattr(self.project.runs[study], what)
        names = [item if isinstance(item, str) else item.id for item in named]
        formats = getattr(self.project.config.formats, what)
        return [f"results/{study}/{what}/{n}.{f}" for n in names for f in formats]

    def reports(self, study: str) -> list[str]:
        """Return the report of a study, its methods, and its script in R."""
        names = ["report.html", "methods.md"]
        if self.has(study, "cohort") and self.has(study, "analyses"):
            names.append("primary.R")
        return [f"results/{study}/{name}" for name in names]

    def files(self, study: str) -> list[str]:
        """Return everything that a reader of one study opens."""
        if study in self.project.runs:
            return [
                *self.released(study),
                *self.products(study, "tables"),
                *self.products(study, "figures"),
                *self.reports(study),
            ]
        own = [file for run in self.project.runs_of(study) for file in self.files(run)]
        return [
            *own,
            *self.gathered_tables(study),
            *self.gathered_products(study, "tables"),
            *self.gathered_products(study, "figures"),
            f"results/{study}/report.html",
        ]

    def gathered_tables(self, study: str) -> list[str]:
        """Return the released tables of all cohorts of a study together."""
        pooled = self.project.studies[study].pooling is not None
        names = ["results", *(["pooled"] if pooled else [])]
        return [f"results/{study}/{name}.tsv" for name in names]

    def of_cohorts(self, study: str) -> list[str]:
        """Return the released results of each cohort of a study."""
        return [f"results/{run}/results.tsv" for run in self.project.runs_of(study)]

    def gathered_products(self, study: str, what: str) -> list[str]:
        """Return the tables side by side, or the figures, of a study's cohorts."""
        definition = self.project.studies[study]
        pooled = ["pooled"] if definition.pooling is not None else []
        named = [t for t in definition.tables if isinstance(t, str)]
        names = [*named, *pooled] if what == "tables" else pooled
        formats = getattr(self.project.config.formats, what)
        return [f"results/{study}/{what}/{n}.{f}" for n in names for f in formats]

    def reports_of(self, study: str) -> list[str]:
        """Return the pages that the index leads to, and those beside them."""
        if study in self.project.runs:
            return self.reports(study)
        return [f"results/{study}/report.html"]
