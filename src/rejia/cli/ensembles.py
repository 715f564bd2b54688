"""Stages of the ensemble: draw cohorts, search, prove, say what was attainable."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from rejia import contracts
from rejia.ensemble.alternatives import planned_spec
from rejia.ensemble.attainable import (
    Drawn,
    attainable_rows,
    judged_facts,
    printed_texts,
    witness_rows,
)
from rejia.ensemble.blocks import (
    draw_blocks,
    read_cohorts,
    read_measured,
    write_blocks,
)
from rejia.ensemble.certify import certificate_rows, certify
from rejia.ensemble.dependent import draw_dependent
from rejia.ensemble.hulls import find_hulls
from rejia.ensemble.kept import read_hulls, write_hulls
from rejia.ensemble.model import Ensemble, Spec
from rejia.ensemble.reproducer import reproducer_rows
from rejia.ensemble.sampled import sampling_rows
from rejia.facts import read_facts
from rejia.frame import read_table, write_table
from rejia.study import Study, read_config, read_study
from rejia.study.config import Config
from rejia.study.flow import draw_files

STARTS = 1024  # cohorts that searches may begin from
_DEPENDENT = 2048  # cohorts whose columns are made to depend on each other


def write_draws(arguments: argparse.Namespace) -> None:
    """Draw one file of blocks."""
    study, config = read_study(arguments.study), read_config(arguments.config)
    spec = planned_spec(study, read_facts(arguments.facts), str(arguments.spec))
    arrays = draw_blocks(
        spec,
        law=str(arguments.law),
        seed=config.seed,
        first=int(str(arguments.first)),
        cohorts=int(str(arguments.cohorts)),
    )
    write_blocks(arguments.out, arrays)
    sys.stderr.write(f"{arrays['values'].shape[2]} cohorts drawn\n")


def write_searched(arguments: argparse.Namespace) -> None:
    """Search the hulls of every spec."""
    plan = _Plan.of(arguments)
    found = {
        spec.id: find_hulls(
            spec,
            spec.tests,
            plan.starts(spec),
            seed=plan.config.seed,
            steps=plan.config.ensemble.steps,
        )
        for spec in plan.specs
    }
    write_hulls(arguments.out, found)
    for name, hulls in found.items():
        sys.stderr.write(f"{len(hulls.found)} hulls of {name}\n")


def write_certificates(arguments: argparse.Namespace) -> None:
    """Prove bounds of every spec."""
    plan = _Plan.of(arguments)
    tables = []
    for spec in plan.specs:
        hulls = read_hulls(arguments.hulls, spec, plan.starts(spec))
        # The cohorts that were drawn are witnesses: what is proved is not of an empty
        # set.
        proved = certify(spec, hulls, printed_texts(spec, plan.facts))
        tables.append(certificate_rows(plan.study.study, proved))
    table = pd.concat(tables, ignore_index=True)
    write_table(table, arguments.out, contracts.CERTIFICATES)
    sys.stderr.write(f"{len(table)} bounds proved\n")


def write_reproduced(arguments: argparse.Namespace) -> None:
    """Look for cohorts that reproduce the print: one part of the searches."""
    plan = _Plan.of(arguments)
    first = plan.specs[0]
    tables = reproducer_rows(
        plan.study,
        plan.facts,
        first,
        plan.starts(first),
        seed=plan.config.seed,
        part=int(str(arguments.part)),
        parts=int(str(arguments.parts)),
    )
    for name, table in zip(_REPRODUCED, tables, strict=True):
        write_table(table, arguments.out / f"{name}.tsv", _CONTRACTS[name])
    found = int((tables[0]["found"] == "yes").sum())
    sys.stderr.write(f"{found} of {len(tables[0])} sets of numbers reproduced\n")


def write_attainable(arguments: argparse.Namespace) -> None:
    """Put together what was drawn, found and proved; judge printed numbers by it."""
    plan = _Plan.of(arguments)
    study, facts = plan.study, plan.facts
    certificates = read_table(arguments.certificates, contracts.CERTIFICATES)
    found = [_of_spec(plan, spec, arguments.hulls, certificates) for spec in plan.specs]
    parts = [
        arguments.reproduced / str(part) for part in range(int(str(arguments.parts)))
    ]
    reproduced = {
        name: [read_table(part / f"{name}.tsv", _CONTRACTS[name]) for part in parts]
        for name in _REPRODUCED
    }
    rows = [one.rows for one in found]
    tables = {
        "attainable": rows,
        "witnesses": [*(one.witnesses for one in found), *reproduced["witnesses"]],
        "sampling": [one.sampling for one in found],
        "reproducer": reproduced["reproducer"],
        "certificates": [certificates],
        "judged": [judged_facts(study, facts, rows, certificates)],
    }
    for name, pieces in tables.items():
        table = pd.concat(pieces, ignore_index=True)
        write_table(table, arguments.out / f"{name}.tsv", _CONTRACTS[name])
    for verdict, count in tables["judged"][0]["attainability"].value_counts().items():
        sys.stderr.write(f"{count} printed numbers {verdict}\n")


_REPRODUCED = ("reproducer", "witnesses")
_CONTRACTS = {
    "attainable": contracts.ATTAINABLE,
    "witnesses": contracts.WITNESSES,
    "certificates": contracts.CERTIFICATES,
    "sampling": contracts.SAMPLING,
    "reproducer": contracts.REPRODUCER,
    "judged": contracts.JUDGED,
}


@dataclass(frozen=True)
class _Plan:
    """What a study plans to draw, and where the drawn cohorts lie."""

    study: Study
    facts: pd.DataFrame
    config: Config
    folder: Path

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> "_Plan":
        """Read it."""
        return cls(
            read_study(arguments.study),
            read_facts(arguments.facts),
            read_config(arguments.config),
            arguments.draws,
        )

    @cached_property
    def specs(self) -> tuple[Spec, ...]:
        """Return the planned specs."""
        plan = self.study.ensemble
        names = plan.specs if plan is not None else ()
        return tuple(planned_spec(self.study, self.facts, name) for name in names)

    @property
    def laws(self) -> Sequence[str]:
        """Return the laws; the first is that of all searches."""
        return self.study.ensemble.laws if self.study.ensemble is not None else ()

    def paths(self, spec: Spec, law: str) -> list[Path]:
        """Return the files of the cohorts of a spec and law."""
        return [
            self.folder / Path(file.path).name
            for file in draw_files(self.study, self.config)
            if (file.spec, file.law) == (spec.id, law)
        ]

    def starts(self, spec: Spec, most: int = STARTS) -> Ensemble:
        """Return the first cohorts of a spec."""
        law = self.laws[0]
        return read_cohorts(spec, law, self.paths(spec, law)[0], most)


@dataclass(frozen=True)
class _Found:
    """What one spec gave."""

    rows: pd.DataFrame
    witnesses: pd.DataFrame
    sampling: pd.DataFrame


def _of_spec(
    plan: _Plan, spec: Spec, hulls_file: Path, certificates: pd.DataFrame
) -> _Found:
    study = plan.study
    hulls = read_hulls(hulls_file, spec, plan.starts(spec))
    drawn = [Drawn(law, read_measured(plan.paths(spec, law))) for law in plan.laws]
    sampling = sampling_rows(study.study, spec, drawn)
    drawn += _dependent(plan, spec)
    rows = attainable_rows(study, plan.facts, spec, drawn, hulls, certificates)
    return _Found(rows, witness_rows(spec, hulls), sampling)


def _dependent(plan: _Plan, spec: Spec) -> Iterator[Drawn]:
    rhos: Sequence[float] = (
        plan.study.ensemble.dependence if plan.study.ensemble else ()
    )
    if rhos:
        ensemble = plan.starts(spec, _DEPENDENT)
        yield from draw_dependent(spec, ensemble, rhos, seed=plan.config.seed)
